"""Common classes without the rows that are told by the others anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.resampling.condense import condensed, one_sided, seeds_of
from dataprep.resampling.rounding import known_to_scikit_learn
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.spaces import by_contents, space_of
from dataprep.resampling.strategy import Strategy
from dataprep.resampling.tomek import linked
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler


class _Condensing(Sampler):
    """What methods have in common that compare each class with the smallest one."""

    sampling = "clean"

    random_state: int | None
    n_neighbors: int | None
    n_seeds_S: int  # noqa: N815 -- imbalanced-learn's name

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where the smallest class would lose rows, or there are too few to vote."""
        smallest = min(counts, key=counts.__getitem__)
        if smallest in wanted:
            raise DataError(
                f"{smallest!r} is the smallest class; it keeps its rows, for the others are "
                "compared with them",
                place=f"{self.name()}.sampling_strategy",
                remedy="Leave it out: 'auto' means all classes but the smallest.",
            )
        held = counts[smallest] + min([self.n_seeds_S, *(counts[label] for label in wanted)])
        if (self.n_neighbors or 1) > held:
            raise DataError(
                f"{self.n_neighbors} neighbours are wanted of {held} rows to begin with: "
                f"{counts[smallest]} of the class {smallest!r}, and the seeds",
                place=f"{self.name()}.n_neighbors",
                remedy=f"Ask for at most {held}.",
            )


@dataclass(eq=False, repr=False)
class CondensedNearestNeighbour(_Condensing):
    """Keep the rows of common classes by which the nearest neighbour tells the class of all.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; "auto" means all but the smallest.
    random_state : int, default=0
        Which rows each class begins with.
    n_neighbors : int, optional
        How many of the nearest rows vote; one by default.
    n_seeds_S : int, default=1
        How many rows of a class to begin with.
    columns : str, Selector or list, default="features"
        What distances are taken over, as it stands: scale numbers before. Categories and booleans
        count as in SMOTENC, missing values as in scikit-learn's ``nan_euclidean_distances``.

    Notes
    -----
    Rows are looked at one after the other, once. Here they are in an order that follows their
    contents, so that the order of the input does not matter; from the same order and the same first
    rows imbalanced-learn keeps the same.

    References
    ----------
    P. Hart, "The condensed nearest neighbor rule", IEEE Transactions on Information Theory 14(3),
    1968.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20, 21, 22, 40, 41, 60, 61]})
    >>> y = ["no", "no", "no", "yes", "yes", "no", "no"]
    >>> CondensedNearestNeighbour().fit_resample(X, y)[0]["age"].tolist()
    [22, 40, 41, 61]
    >>> CondensedNearestNeighbour(sampling_strategy="all").fit_resample(X, y)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: condensed_nearest_neighbour.sampling_strategy: 'yes' is the \
smallest class; it keeps its rows, for the others are compared with them. Leave it out: 'auto' \
means all classes but the smallest.
    """

    reason = "told by the rows that are kept"

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    n_neighbors: Annotated[int, Ge(1)] | None = None
    n_seeds_S: Annotated[int, Ge(1)] = 1  # noqa: N815 -- imbalanced-learn's name
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Condense each class."""
        start = np.lexsort((np.arange(len(rows)), rows.y, rows.keys))
        rows = rows.take(start)
        seeds = seeds_of(rows, list(wanted), self.n_seeds_S, self.seed, self.name())
        kept = condensed(rows, list(wanted), seeds, self.n_neighbors or 1)
        return Plan(np.sort(start[~kept]))


@dataclass(eq=False, repr=False)
class OneSidedSelection(_Condensing):
    """Keep the rows of common classes that the smallest class and a few rows tell wrongly.

    Of what is left, rows in a Tomek link with a row of another class are rejected as well.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; "auto" means all but the smallest.
    random_state : int, default=0
        Which rows each class begins with.
    n_neighbors : int, optional
        How many of the nearest rows vote; one by default.
    n_seeds_S : int, default=1
        How many rows of a class to begin with.
    columns : str, Selector or list, default="features"
        As in `CondensedNearestNeighbour`.

    Notes
    -----
    From the same first rows imbalanced-learn keeps the same, on numbers without gaps.

    References
    ----------
    M. Kubat and S. Matwin, "Addressing the curse of imbalanced training sets: one-sided selection",
    ICML 1997.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20, 21, 22, 40, 41, 60, 61]})
    >>> y = ["no", "no", "no", "yes", "yes", "no", "no"]
    >>> OneSidedSelection().fit_resample(X, y)[0]["age"].tolist()
    [20, 21, 22, 40, 41, 61]
    >>> OneSidedSelection(n_neighbors=9).fit_resample(X, y)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: one_sided_selection.n_neighbors: 9 neighbours are wanted of 3 rows \
to begin with: 2 of the class 'yes', and the seeds. Ask for at most 3.
    """

    reason = "told by the rows that are kept, or in a Tomek link"

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    n_neighbors: Annotated[int, Ge(1)] | None = None
    n_seeds_S: Annotated[int, Ge(1)] = 1  # noqa: N815 -- imbalanced-learn's name
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Select, then clean what is left."""
        # Ties are broken by place: imbalanced-learn's, where it takes such rows at all.
        alike = known_to_scikit_learn(space_of(rows))
        start = np.arange(len(rows)) if alike else by_contents(rows)
        rows = rows.take(start)
        seeds = seeds_of(rows, list(wanted), self.n_seeds_S, self.seed, self.name())
        chosen = one_sided(rows, list(wanted), seeds, self.n_neighbors or 1)
        kept = np.delete(chosen, linked(rows.take(chosen), wanted))
        return Plan(np.sort(np.delete(start, kept)))
