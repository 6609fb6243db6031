"""Columns that say nothing, or nothing more than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

from dataprep.errors import DataError
from dataprep.kinds import NUMERIC
from dataprep.stage import Change, Stage, State
from dataprep.stages.chosen import named
from dataprep.stages.correlated import correlations
from dataprep.stages.levels import most_counted
from dataprep.table import Table

_ROWS = 200_000
"""From how many rows correlations are learned."""


@dataclass(eq=False, repr=False)
class DropColumns(Stage):
    """Drop columns that hold nothing, hardly anything, or what another column tells already.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        The columns to look at; the target and ids only if named.
    constant : bool, default=True
        Drop where every row has the same value, none missing.
    empty : bool, default=True
        Drop where no row has a value.
    near_constant : float or None, default=0.99
        Drop where at least this share of the rows agrees, a missing value counting as one; None
        not to.
    max_missing : float or None, default=None
        Drop where more than this share of the values is missing.
    distinct : bool, default=False
        Drop where no two values agree and none is missing, as in names of rows; measurements
        (floats, dates, timestamps) only if named.
    max_correlation : float or None, default=None
        Drop the later of two numeric or boolean columns that correlate by more than this,
        whatever the sign.
    correlation : {"pearson", "spearman"}, default="pearson"
        Of the values, or of their ranks.

    Notes
    -----
    What is dropped is learned once: later tables lose the same columns. Correlations are learned
    from about 200,000 rows, from those where both values are present.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "twice": [2.0, 4.0, 8.0], "unit": ["kg"] * 3})
    >>> DropColumns(max_correlation=0.95).fit(frame).transform(frame).columns.tolist()
    ['x']
    >>> DropColumns(columns="unit").fit(frame[["unit"]])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: drop_columns: every feature would go: unit. Nothing would be left ...
    """

    columns: Any = "features"
    constant: bool = True
    empty: bool = True
    near_constant: Annotated[float, Gt(0), Le(1)] | None = 0.99
    max_missing: Annotated[float, Ge(0), Le(1)] | None = None
    distinct: bool = False
    max_correlation: Annotated[float, Ge(0), Lt(1)] | None = None
    correlation: Literal["pearson", "spearman"] = "pearson"

    def learn(self, table: Table) -> State:
        """Return the columns to remove, each with its reason."""
        # What a library cannot compare (lists, objects) is not looked at.
        columns = [name for name in self.chosen(table) if table.kinds[name] != "other"]
        rows = table.height()
        remove = self._silent(table, columns, rows) if rows > 1 else {}
        if self.max_correlation is not None:
            left = [name for name in columns if name not in remove]
            remove.update(self._repeated(table, left, self.max_correlation))
        features = [name for name in table.columns if name not in table.roles]
        if features and remove.keys() >= set(features):
            raise DataError(
                f"every feature would go: {', '.join(features[:5])}",
                place=self.name(),
                remedy="Nothing would be left to learn from. Choose columns, or ask for less.",
            )
        return {"remove": {name: remove[name] for name in columns if name in remove}}

    def _silent(self, table: Table, columns: Sequence[str], rows: int) -> dict[str, str]:
        """Return the columns that say nothing by themselves, with the reasons."""
        present, levels = table.counts(columns), table.n_unique(columns)
        most = self._most_agreeing(table, columns, present, levels, rows)
        listed = named(self.columns)
        found = {}
        for name in columns:
            missing, agreeing = rows - present[name], most.get(name, 0)
            measured = table.kinds[name] in ("float", "date", "timestamp") and name not in listed
            if self.empty and not present[name]:
                found[name] = f"empty: no value in {rows} rows"
            elif self.constant and levels[name] == 1 and not missing:
                found[name] = f"constant: one value in all {rows} rows"
            elif self.max_missing is not None and missing > self.max_missing * rows:
                found[name] = f"{missing} of {rows} values missing"
            elif agreeing and present[name]:
                found[name] = f"near-constant: {agreeing} of {rows} rows agree"
            elif self.distinct and levels[name] == rows and not measured:
                found[name] = f"distinct: no two of {rows} values agree"
        return found

    def _most_agreeing(
        self,
        table: Table,
        columns: Sequence[str],
        present: dict[str, int],
        levels: dict[str, int],
        rows: int,
    ) -> dict[str, int]:
        """Return how many rows agree, where those are enough for a column to go."""
        if self.near_constant is None:
            return {}
        least = self.near_constant * rows
        # A value in so many rows leaves few rows for others: more levels than these settle it.
        few = [name for name in columns if levels[name] - 1 <= rows - least]
        found = {name: max(most_counted(table, name), rows - present[name]) for name in few}
        differing = {name for name in few if levels[name] + (present[name] < rows) > 1}
        return {name: n for name, n in found.items() if n >= least and name in differing}

    def _repeated(self, table: Table, columns: Sequence[str], most: float) -> dict[str, str]:
        """Return the columns that correlate with an earlier one, with the reasons."""
        numbers = [n for n in columns if table.kinds[n] in NUMERIC or table.kinds[n] == "boolean"]
        if len(numbers) < 2:
            return {}
        sample = table.matrix(numbers, rows=_ROWS)
        found = correlations([sample[name] for name in numbers], self.correlation)
        kept: list[int] = []
        remove = {}
        for j, name in enumerate(numbers):
            earlier = next((i for i in kept if abs(found[i, j]) > most), None)
            if earlier is None:
                kept.append(j)
            else:
                told = f"{found[earlier, j]:.3f} ({self.correlation})"
                remove[name] = f"correlates with {numbers[earlier]!r}: {told}"
        return remove

    def change(self, table: Table, state: State) -> Change:
        """Remove the columns."""
        return Change(removes={k: v for k, v in state["remove"].items() if k in table.kinds})
