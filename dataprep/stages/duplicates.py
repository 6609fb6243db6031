"""Rows that are the same as another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dataprep.columns import resolve
from dataprep.stage import Change, Phase, Stage, State
from dataprep.table import Table


@dataclass(eq=False, repr=False)
class DropDuplicates(Stage):
    """Drop rows that agree with another row, in all columns or in some. Training rows only.

    Values are compared, not spellings: ``1.5`` and ``1.50`` in a float column agree, and a missing
    value agrees with a missing one.

    Parameters
    ----------
    subset : str, Selector or list, optional
        The columns that must agree; by default all of them.
    keep : {"first", "last", "none", "most_complete"}, default="first"
        Which row of a group stays. ``most_complete``: the one with the most present values over
        all columns, the first among equals.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": [1, 1, 2], "name": ["Ann", "Ann", None]})
    >>> DropDuplicates().fit_resample(frame, [0, 0, 1])[0].index.tolist()
    [0, 2]
    """

    subset: Any = None
    keep: Literal["first", "last", "none", "most_complete"] = "first"

    @property
    def phase(self) -> Phase:
        """Rows are dropped in training only."""
        return "training"

    def learn(self, table: Table) -> State:
        """Return the columns that must agree."""
        return {"subset": table.columns if self.subset is None else resolve(self.subset, table)}

    def change(self, table: Table, state: State) -> Change:
        """Reject all rows of a group but one."""
        subset: Sequence[str] = state["subset"]
        if not subset:
            return Change(notes=["no column to compare"])
        complete = table.columns if self.keep == "most_complete" else ()
        return Change(rows=table.engine.duplicates(table.frame, subset, self.keep, complete))
