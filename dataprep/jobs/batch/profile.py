"""A short profile of the rows as they were read: what is missing, and which values are frequent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from dataprep.table import Table, hidden

MOST_COLUMNS, MOST_CATEGORIES, MOST_LEVELS, LONGEST = 500, 30, 20, 60
"""The bounds of a profile: a wide table does not fill the history."""
_KINDS = ("category", "boolean")
_LEVEL, _COUNT = hidden("level"), hidden("count")


def profiled(table: Table) -> dict[str, Any]:
    """Return the rows of a table, missing values by column, and the frequent ones of categories.

    One query counts what is missing; each column of categories takes one more.

    Parameters
    ----------
    table : Table

    Returns
    -------
    profile : dict
        ``rows``; ``missing`` by column; ``levels``: by column, the counts of its 20 most frequent
        values.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> frame = pd.DataFrame({"plan": ["a", "a", None, "b"], "fee": [1.5, None, None, 2.0]})
    >>> profiled(open_frame(frame).table)["missing"]
    {'plan': 1, 'fee': 2}
    """
    names = table.columns[:MOST_COLUMNS]
    present = {f"c{i}": nw.col(name).count() for i, name in enumerate(names)}
    found = table.values(n=nw.len(), **present)
    rows = int(found["n"])
    categories = [name for name in names if table.kinds[name] in _KINDS][:MOST_CATEGORIES]
    return {
        "rows": rows,
        "missing": {name: rows - int(found[f"c{i}"]) for i, name in enumerate(names)},
        "levels": {name: _levels(table, name) for name in categories},
    }


def together(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the profile of the rows of two tables.

    Examples
    --------
    >>> half = {"rows": 2, "missing": {"a": 1}, "levels": {"b": {"x": 2}}}
    >>> together(half, half)
    {'rows': 4, 'missing': {'a': 2}, 'levels': {'b': {'x': 4}}}
    """
    if one is None:
        return dict(other)
    levels = {
        name: dict(
            (
                Counter(one["levels"].get(name, {})) + Counter(other["levels"].get(name, {}))
            ).most_common(MOST_LEVELS)
        )
        for name in {**one["levels"], **other["levels"]}
    }
    # A table without a column lacks it in all its rows.
    missing = {
        name: sum(part["missing"].get(name, part["rows"]) for part in (one, other))
        for name in {**one["missing"], **other["missing"]}
    }
    return {"rows": one["rows"] + other["rows"], "missing": missing, "levels": levels}


def _levels(table: Table, name: str) -> dict[str, int]:
    counted = (
        # By a name of our own: DuckDB's way to group loses a blank at the end of one.
        table.frame.select(nw.col(name).alias(_LEVEL))
        .filter(~nw.col(_LEVEL).is_null())
        .group_by(_LEVEL)
        .agg(nw.len().alias(_COUNT))
        .sort(_COUNT, _LEVEL, descending=[True, False])
        .head(MOST_LEVELS)
    )
    levels: Counter[str] = Counter()
    for row in table.engine.rows(counted):
        # Values that begin alike are one level then.
        levels[str(row[_LEVEL])[:LONGEST]] += int(row[_COUNT])
    return dict(levels)
