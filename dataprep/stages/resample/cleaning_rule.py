"""The neighbourhood cleaning rule: common classes edited, and who outvotes rare rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from annotated_types import Ge, Gt

from dataprep.columns import Columns
from dataprep.errors import ConfigError
from dataprep.resampling.cleaning_rule import outvoting
from dataprep.resampling.edited import Neighbourhoods, renewed
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.resample.cleaning import Cleaning, without
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.editing import EditedNearestNeighbours

if TYPE_CHECKING:
    pass


@dataclass(eq=False, repr=False)
class NeighbourhoodCleaningRule(Cleaning):
    """Edit common classes, and reject the neighbours by which rare rows are taken for others.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; "auto" means all but the smallest.
    edited_nearest_neighbours : dict, optional
        Parameters of the `EditedNearestNeighbours` that edits first; by default it has
        ``kind_sel="mode"`` and the classes and neighbours of this rule.
    n_neighbors : int, default=3
        How many neighbours are looked at.
    threshold_cleaning : float, default=0.5
        Neighbours of rare rows go only where their class is larger than the smallest one times
        this.
    columns : str, Selector or list, default="features"
        As in `EditedNearestNeighbours`.

    Notes
    -----
    On floats without gaps the rows that stay are those of imbalanced-learn, ties included.

    References
    ----------
    J. Laurikkala, "Improving identification of difficult small classes by balancing class
    distribution", AIME 2001.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 21.0, 22.0, 30.0, 31.0, 33.0, 35.0]})
    >>> y = [0, 0, 0, 1, 0, 1, 0]
    >>> NeighbourhoodCleaningRule(n_neighbors=2).fit_resample(X, y)[0]["age"].tolist()
    [20.0, 21.0, 22.0, 30.0, 33.0]
    >>> rule = NeighbourhoodCleaningRule(edited_nearest_neighbours={"kind": "all"})
    >>> rule.fit_resample(X, y)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: Invalid parameter 'kind' for estimator ...
    """

    reason = "its neighbours are of another class, or it is such a neighbour of rare rows"

    sampling_strategy: Strategy = "auto"
    edited_nearest_neighbours: dict[str, Any] | None = None
    n_neighbors: Annotated[int, Ge(1)] = 3
    threshold_cleaning: Annotated[float, Gt(0)] = 0.5
    columns: Columns = "features"

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Check what edits first as well."""
        super().check(counts, wanted)
        editor = self._editor()
        editor.check(counts, wanted)
        if self.edited_nearest_neighbours and not isinstance(editor.sampling_strategy, str):
            raise ConfigError(
                f"{editor.sampling_strategy!r} names classes",
                place=f"{self.name()}.edited_nearest_neighbours.sampling_strategy",
                remedy="Give a word, such as 'auto', here.",
            )

    def _editor(self) -> EditedNearestNeighbours:
        if self.edited_nearest_neighbours is not None:
            return EditedNearestNeighbours().set_params(**self.edited_nearest_neighbours)
        return EditedNearestNeighbours(
            self.sampling_strategy, n_neighbors=self.n_neighbors, kind_sel="mode"
        )

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Edit, and find who outvotes rare rows."""
        editor = self._editor()
        hoods = Neighbourhoods(rows, editor.n_neighbors, editor.kind_sel)
        first = renewed(editor.sampling_strategy, rows.y, wanted)
        edited = without(hoods.edited(hoods.start, first, editor.n_neighbors), rows)
        others = outvoting(rows, hoods, wanted, self.n_neighbors, self.threshold_cleaning)
        return Plan(np.union1d(edited, others))
