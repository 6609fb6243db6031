"""Rows drawn at random: more of the rare classes, or fewer of the common ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import narwhals as nw
import numpy as np
from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.draw import integers, order, order_of_copies
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.smoothed import noise
from dataprep.resampling.strategy import Strategy
from dataprep.stage import Change, Mapped
from dataprep.stages.resample.counting import asked_of, counts_of, of_classes, target_of
from dataprep.stages.resample.features import TIE, row_keys, with_ties
from dataprep.stages.resample.sampler import Sampler
from dataprep.table import ROW, hidden

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.stage import State
    from dataprep.table import Table

_DRAW, _COPY, _PLACE = hidden("draw"), hidden("copy"), hidden("place")
_NONE = np.empty(0, dtype="int64")


@dataclass(eq=False, repr=False)
class RandomOverSampler(Sampler):
    """Repeat rows of the rare classes, drawn at random with replacement.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    shrinkage : float, optional
        Numbers of new rows are moved at random, the more the larger it is (a smoothed bootstrap);
        1.0 is the usual bandwidth. Without, new rows are exact copies.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        Which numbers ``shrinkage`` moves, and what tells rows apart when they are drawn.

    Notes
    -----
    Draws are keyed by the rows' contents, so that the order of the input does not matter. All cells
    of a new row but moved numbers are those of the row that was drawn.

    References
    ----------
    G. Menardi and N. Torelli, "Training and assessing classification rules with imbalanced data",
    Data Mining and Knowledge Discovery 28, 2014: the smoothed bootstrap.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60], "plan": ["a", "b", "a", "b"]})
    >>> sampler = RandomOverSampler()
    >>> sampler.fit_resample(X, [0, 0, 0, 1])[0]["age"].tolist()
    [30, 40, 50, 60, 60, 60]
    >>> sampler.provenance_[["row", "parent_a"]].values.tolist()
    [[4, 3], [5, 3]]
    >>> RandomOverSampler(sampling_strategy=0.2).fit_resample(X, [0, 0, 0, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: random_over_sampler.sampling_strategy: 0.2 asks for no new row: \
there are 1 rows of 1 and 3 of the other. Give a ratio above 0.3333.
    """

    sampling = "over"
    sees = "concerned"
    compares = False

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    shrinkage: Annotated[float, Ge(0)] | None = None
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Draw rows of each class with replacement."""
        drawn, moved = [], []
        for label, height in wanted.items():
            own, seed = rows.of(label), self.seed_of(label)
            turns = np.arange(height)
            picked = own[integers(turns, len(own), self.seed, seed)]
            drawn.append(picked)
            if self.shrinkage is not None:
                near = noise(rows.numbers[own], height, self.shrinkage, self.seed, seed)
                moved.append(rows.numbers[picked] + near)
        parents = np.concatenate(drawn) if drawn else _NONE
        return Plan(_NONE, Births(parents, numbers=np.concatenate(moved) if moved else None))


@dataclass(eq=False, repr=False)
class RandomUnderSampler(Sampler):
    """Keep rows of the common classes that are drawn at random; reject the others.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as small as the smallest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    replacement : bool, default=False
        Whether a row may be drawn again; its copies are new rows then.
    columns : str, Selector or list, default="features"
        What tells rows apart when they are drawn; those that hold the same, the other columns.

    Notes
    -----
    Draws are keyed by the rows' contents, so that the order of the input does not matter. On files
    the rows are ranked where they lie.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60]})
    >>> sampler = RandomUnderSampler()
    >>> sampler.fit_resample(X, [0, 0, 0, 1])[0]["age"].tolist()
    [40, 60]
    >>> RandomUnderSampler(sampling_strategy={1: 0}).fit_resample(X, [0, 0, 0, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: random_under_sampler.sampling_strategy[1]: 0 is no number of \
rows. Give a whole number from 1, or a share of the largest class in (0, 1] as a float.
    """

    sampling = "under"
    sees = "concerned"
    compares = False
    reason = "not drawn"

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    replacement: bool = False
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Draw the rows to keep."""
        gone, copies = [], []
        for label, height in wanted.items():
            own = rows.of(label)
            if self.replacement:
                turns, seed = np.arange(height), self.seed_of(label)
                drawn = own[integers(turns, len(own), self.seed, seed)]
                kept, first = np.unique(drawn, return_index=True)
                copies.append(np.delete(drawn, first))
            else:
                kept = rows.shuffled(label, self.seed, self.name())[:height]
            gone.append(np.setdiff1d(own, kept))
        again = np.concatenate(copies) if copies else _NONE
        births = Births(again) if len(again) else None
        return Plan(np.sort(np.concatenate(gone)) if gone else _NONE, births)

    def change(self, table: Table, state: State) -> Change:
        """Rank the rows of each class by their draws, where they lie."""
        if self.replacement:
            return super().change(table, state)
        engine, target = table.engine, target_of(table, self.name())
        kept = asked_of(counts_of(table, target), state)
        rows = of_classes(table, target, list(kept))
        names = [name for name in self.chosen(table) if name not in table.roles]
        frame = rows.frame.select(ROW, target, *names)
        # Without features all rows of a class have the same key.
        keyed = names or [target]
        mapped = Mapped(keyed, {_DRAW: "integer"}, partial(self._drawn, keyed))
        frame = engine.mapped(frame, mapped).select(ROW, target, _DRAW)
        same = frame.group_by(_DRAW).agg(nw.len().alias(_COPY)).filter(nw.col(_COPY) > 1)
        if engine.rows(same.head(1)):
            ties = [ROW]
            if others := self.others(table, names, target):
                frame, ties = engine.join(frame, with_ties(rows, others), ROW), [TIE, ROW]
            copy = nw.col(ROW).cum_count().over(target, _DRAW, order_by=ties).cast(nw.Int64()) - 1
            frame = engine.compute(frame, [copy.alias(_COPY)], {}, whole=True)
            drawn = order_of_copies(nw.col(_DRAW), nw.col(_COPY), self.seed, self.name())
            frame = frame.with_columns(drawn.alias(_DRAW))
        place = nw.col(ROW).cum_count().over(target, order_by=[_DRAW, ROW])
        frame = engine.compute(frame, [place.alias(_PLACE)], {}, whole=True)
        beyond = nw.lit(False)
        for label, height in kept.items():
            beyond = beyond | ((nw.col(target) == label) & (nw.col(_PLACE) > height))
        gone = frame.filter(beyond).select(ROW, nw.lit(self.reason).alias("reason"))
        return Change(rows=gone, notes=state["notes"])

    def _drawn(self, names: list[str], arrays: Arrays) -> dict[str, np.ndarray]:
        return {_DRAW: order(row_keys(arrays, names), self.seed, self.name())}
