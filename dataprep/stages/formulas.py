"""Cells that a spreadsheet would run as a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw

from dataprep.stage import Change, Stage, State
from dataprep.table import Table

FIRST = ("=", "+", "-", "@", "\t", "\r")


@dataclass(eq=False, repr=False)
class EscapeFormulas(Stage):
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        Those of them that hold text, categories or identifiers are looked at.

    References
    ----------
    OWASP, "CSV Injection".

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"note": ["=cmd|' /C calc'!A0", "fine"]})
    >>> EscapeFormulas().fit(frame).transform(frame)["note"].tolist()
    ["'=cmd|' /C calc'!A0", 'fine']
    """

    columns: Any = "features"

    def learn(self, table: Table) -> State:
        """Return the columns with text in them."""
        words = ("text", "category", "identifier")
        return {"columns": [n for n in self.chosen(table) if table.kinds[n] in words]}

    def change(self, table: Table, state: State) -> Change:
        """Put the apostrophe."""
        cells = {}
        schema = table.frame.collect_schema()
        for name in state["columns"]:
            if name not in table.kinds or schema[name] != nw.String:
                continue
            column = nw.col(name)
            risky = column.str.starts_with(FIRST[0])
            for sign in FIRST[1:]:
                risky = risky | column.str.starts_with(sign)
            escaped = nw.concat_str([nw.lit("'"), column])
            cells[name] = nw.when(risky.fill_null(False)).then(escaped).otherwise(column)
        return Change(cells=cells, action="escape", reason="a spreadsheet would run it")
