"""Missing values: dropped, or indicated; `dataprep.stages.impute` fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import narwhals as nw
from annotated_types import Ge, Le

from dataprep.errors import DataError
from dataprep.stage import Change, Phase, Stage, State
from dataprep.table import Table


@dataclass(eq=False, repr=False)
class DropMissing(Stage):
    """Drop rows (training only) or columns with missing values.

    Parameters
    ----------
    columns : str, Selector or list, default="all"
        The columns to look at.
    axis : {"rows", "columns"}, default="rows"
        What is dropped.
    how : {"any", "all"}, default="any"
        Drop where any, or all, of the values are missing.
    max_missing : float, optional
        A share from 0 to 1: drop where more than this share of the values is missing; takes the
        place of ``how``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [1.0, None, 3.0], "b": [None, None, None]})
    >>> DropMissing(axis="columns", how="all").fit(frame).transform(frame).columns.tolist()
    ['a']
    """

    columns: Any = "all"
    axis: Literal["rows", "columns"] = "rows"
    how: Literal["any", "all"] = "any"
    max_missing: Annotated[float, Ge(0), Le(1)] | None = None

    @property
    def phase(self) -> Phase:
        """Rows go in training only; a column that goes is gone at serving too."""
        return "training" if self.axis == "rows" else "repair"

    def learn(self, table: Table) -> State:
        """Return the columns looked at, and of those the ones to remove."""
        columns = self.chosen(table)
        if self.axis == "rows":
            return {"columns": columns, "remove": {}}
        rows, present = table.height(), table.counts(columns)
        remove = {}
        for name in columns:
            missing = rows - present[name]
            if rows and self._too_many(missing, rows):
                remove[name] = f"{missing} of {rows} values missing"
        if remove and len(remove) == len(table.columns):
            raise DataError(
                f"every column has too many missing values: {', '.join(list(remove)[:5])}",
                place="drop_missing",
                remedy="Nothing would be left. Raise max_missing, or check how the table was read.",
            )
        return {"columns": columns, "remove": remove}

    def _too_many(self, missing: int, of: int) -> bool:
        if self.max_missing is not None:
            return missing > self.max_missing * of
        return missing == of if self.how == "all" else missing > 0

    def change(self, table: Table, state: State) -> Change:
        """Drop the rows, or remove the columns."""
        if self.axis == "columns":
            return Change(removes={k: v for k, v in state["remove"].items() if k in table.kinds})
        columns: list[str] = state["columns"]
        if not columns:
            return Change()
        missing = nw.sum_horizontal(*[nw.col(c).is_null().cast(nw.Int64) for c in columns])
        least = next(
            (n for n in range(1, len(columns) + 1) if self._too_many(n, len(columns))), None
        )
        if least is None:
            return Change()
        if least > 1 or len(columns) > 20:
            text = f"at least {least} of {len(columns)} values missing"
            return Change(drops={text: missing >= least})
        return Change(drops={f"{name} is missing": nw.col(name).is_null() for name in columns})


@dataclass(eq=False, repr=False)
class MissingIndicator(Stage):
    """Add a column ``<name>_missing`` that says where a value is missing.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        The columns that may get an indicator.
    features : {"missing-only", "all"}, default="missing-only"
        Whether columns without a missing value at ``fit`` have an indicator too.
    """

    columns: Any = "features"
    features: Literal["missing-only", "all"] = "missing-only"

    def learn(self, table: Table) -> State:
        """Return the columns that are to have an indicator."""
        columns = self.chosen(table)
        if self.features == "missing-only":
            rows, present = table.height(), table.counts(columns)
            columns = [name for name in columns if present[name] < rows]
        return {"columns": columns}

    def change(self, table: Table, state: State) -> Change:
        """Add the indicators."""
        adds = {
            f"{name}_missing": (nw.col(name).is_null(), "boolean")
            for name in state["columns"]
            if name in table.kinds
        }
        return Change(adds=adds)  # type: ignore[arg-type]
