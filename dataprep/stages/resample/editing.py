"""Rows whose neighbours are of other classes: edited away, once or in rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.resampling.edited import Kind, Neighbourhoods, repeated
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.resample.cleaning import Cleaning, without

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(eq=False, repr=False)
class EditedNearestNeighbours(Cleaning):
    """Reject rows of common classes whose neighbours are of other classes.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; "auto" means all but the smallest.
    n_neighbors : int, default=3
        How many neighbours are looked at.
    kind_sel : {"all", "mode"}, default="all"
        Whether all of them, or the most frequent class among them, must be a row's own for it to
        stay.
    columns : str, Selector or list, default="features"
        What distances are taken over, as it stands: scale numbers before. Categories and booleans
        count as in SMOTENC, missing values as in scikit-learn's ``nan_euclidean_distances``.

    Notes
    -----
    On floats without gaps the rows that stay are those of imbalanced-learn, ties included.

    References
    ----------
    D. L. Wilson, "Asymptotic Properties of Nearest Neighbor Rules Using Edited Data", IEEE
    Transactions on Systems, Man, and Cybernetics 2(3), 1972.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 21.0, 30.0, 31.0, 32.0, 22.0]})
    >>> y = [0, 0, 0, 1, 1, 0]
    >>> EditedNearestNeighbours(n_neighbors=2).fit_resample(X, y)[0]["age"].tolist()
    [20.0, 21.0, 31.0, 32.0, 22.0]
    >>> EditedNearestNeighbours(n_neighbors=6).fit_resample(X, y)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: edited_nearest_neighbours.n_neighbors: 6 neighbours of each row are \
wanted, and there are 6 rows. Ask for at most 5.
    """

    reason = "its neighbours are of another class"

    sampling_strategy: Strategy = "auto"
    n_neighbors: Annotated[int, Ge(1)] = 3
    kind_sel: Literal["all", "mode"] = "all"
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Edit once."""
        hoods = Neighbourhoods(rows, self.n_neighbors, self.kind_sel)
        return Plan(without(hoods.edited(hoods.start, wanted, self.n_neighbors), rows))


class _Repeated(Cleaning):
    """What methods that edit in rounds have in common."""

    reason = "its neighbours are of another class"
    n_neighbors: int
    kind_sel: Kind

    def _repeated(
        self, rows: Rows, wanted: Mapping[int, int], rounds: Iterable[int], **stops: bool
    ) -> Plan:
        sizes = list(rounds)
        varying = len(set(sizes)) > 1
        hoods = Neighbourhoods(rows, self.n_neighbors, self.kind_sel, varying=varying)
        kept, turns = repeated(hoods, self.sampling_strategy, wanted, sizes, **stops)
        self.n_iter_ = turns
        return Plan(without(kept, rows))


@dataclass(eq=False, repr=False)
class RepeatedEditedNearestNeighbours(_Repeated):
    """Edit by nearest neighbours again and again, until no row leaves.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; a word is read anew in each round.
    n_neighbors : int, default=3
        How many neighbours are looked at.
    max_iter : int, default=100
        How many rounds there are at most. It also ends when a class has gone, or has become smaller
        than the smallest one was.
    kind_sel : {"all", "mode"}, default="all"
        As in `EditedNearestNeighbours`.
    columns : str, Selector or list, default="features"
        As in `EditedNearestNeighbours`.

    Notes
    -----
    On floats without gaps the rows that stay are those of imbalanced-learn, ties included. In
    later rounds only rows that lost a neighbour are looked at again.

    References
    ----------
    I. Tomek, "An Experiment with the Edited Nearest-Neighbor Rule", IEEE Transactions on Systems,
    Man, and Cybernetics 6(6), 1976.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 21.0, 24.0, 30.0, 31.0, 32.0, 10.0]})
    >>> y = [0, 0, 0, 0, 1, 1, 0]
    >>> sampler = RepeatedEditedNearestNeighbours(n_neighbors=2)
    >>> sampler.fit_resample(X, y)[0]["age"].tolist()
    [20.0, 21.0, 24.0, 31.0, 32.0, 10.0]
    >>> sampler.n_iter_
    2
    """

    sampling_strategy: Strategy = "auto"
    n_neighbors: Annotated[int, Ge(1)] = 3
    max_iter: Annotated[int, Ge(1)] = 100
    kind_sel: Literal["all", "mode"] = "all"
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Edit until no row leaves."""
        return self._repeated(
            rows,
            wanted,
            [self.n_neighbors] * self.max_iter,
            until_none_leaves=True,
            minority_stays_smallest=True,
        )


@dataclass(eq=False, repr=False)
class AllKNN(_Repeated):
    """Edit by one nearest neighbour, then by two, and so on.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; a word is read anew in each round.
    n_neighbors : int, default=3
        How many neighbours are looked at in the last round.
    kind_sel : {"all", "mode"}, default="all"
        As in `EditedNearestNeighbours`.
    allow_minority : bool, default=False
        Whether to go on when a class has become smaller than the smallest one was.
    columns : str, Selector or list, default="features"
        As in `EditedNearestNeighbours`.

    Notes
    -----
    On floats without gaps the rows that stay are those of imbalanced-learn, ties included.

    References
    ----------
    I. Tomek, "An Experiment with the Edited Nearest-Neighbor Rule", IEEE Transactions on Systems,
    Man, and Cybernetics 6(6), 1976.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 21.0, 24.0, 30.0, 31.0, 32.0, 10.0]})
    >>> AllKNN(n_neighbors=2).fit_resample(X, [0, 0, 0, 0, 1, 1, 0])[0]["age"].tolist()
    [20.0, 21.0, 24.0, 31.0, 32.0, 10.0]
    """

    sampling_strategy: Strategy = "auto"
    n_neighbors: Annotated[int, Ge(1)] = 3
    kind_sel: Literal["all", "mode"] = "all"
    allow_minority: bool = False
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Edit in rounds."""
        return self._repeated(
            rows,
            wanted,
            range(1, self.n_neighbors + 1),
            until_none_leaves=False,
            minority_stays_smallest=not self.allow_minority,
        )
