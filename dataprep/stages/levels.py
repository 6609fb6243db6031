"""Levels of a column: how often each occurs, and what stands for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Frame
from dataprep.errors import DataError
from dataprep.table import Table, hidden

Level = str | int | float | bool
EXACT = 2**53
"""Floats tell all whole numbers up to here apart."""
MISSING, UNSEEN = -1, -2
"""The codes of a missing level, and of one that was not there at ``fit``."""
_COUNT, _LEVEL = hidden("count"), hidden("level")


def level_counts(table: Table, column: str) -> dict[Level, int]:
    """Return how often each present value of a column occurs, in the order of values."""
    rows = table.engine.rows(_counted(table, column))
    found = {plain_level(row[column]): int(row[_COUNT]) for row in rows}
    return {level: found[level] for level in sorted(found)}


def plain_level(value: Any) -> Level:
    """Return a value as JSON holds it: text, number or boolean; whole numbers as such."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return int(value) if value % 1 == 0 else float(value)


def check_exact(levels: Iterable[Level], column: str, place: str) -> None:
    """Raise for whole numbers of which a matrix, whose numbers are floats, makes one."""
    for level in levels:
        if isinstance(level, int) and abs(level) >= EXACT:
            raise DataError(
                f"{column!r} has the class {level}, and whole numbers from 2**53 on are not told "
                "apart",
                place=place,
                remedy="Give the classes as texts.",
            )


def looked_up(values: Any, found: Mapping[Any, Any], otherwise: Any) -> Any:
    """Return what stands for each value of an array; ``otherwise`` where nothing does.

    Parameters
    ----------
    values : array of shape (n,)
        Text or None, or float64 with NaN for what is missing.
    found : mapping
        From a level to what stands for it; a missing value is None.
    otherwise : value

    Returns
    -------
    array of object of shape (n,)

    Examples
    --------
    >>> looked_up(np.array([1.0, np.nan, 3.0]), {1: "one", None: "none"}, "?").tolist()
    ['one', 'none', '?']
    """
    listed = values.tolist()
    if values.dtype.kind == "f":
        listed = [None if value != value else value for value in listed]
    made = np.empty(len(listed), dtype=object)
    made[:] = [found.get(value, otherwise) for value in listed]
    return made


def by_level(column: str, values: Mapping[Any, Any], otherwise: nw.Expr) -> nw.Expr:
    """Return an expression for what stands for the level of a row.

    Parameters
    ----------
    column : str
    values : mapping of level to value
        Few: an engine goes through them one by one.
    otherwise : expression
        For a missing level, and one that is not there.
    """
    found = otherwise
    for level, value in values.items():
        here = (nw.col(column) == level).fill_null(False)
        found = nw.when(here).then(nw.lit(value)).otherwise(found)
    return found


def codes_of(values: Any, levels: Sequence[Level]) -> Any:
    """Return the place of each value among levels, `MISSING`, or `UNSEEN` for any other.

    Counted from the end, these are the places of two more values after those of the levels.

    Examples
    --------
    >>> codes_of(np.array(["b", None, "z"], dtype=object), ["a", "b"]).tolist()
    [1, -1, -2]
    """
    places: dict[Any, int] = {level: i for i, level in enumerate(levels)}
    return looked_up(values, {**places, None: MISSING}, UNSEEN).astype("int64")


def most_counted(table: Table, column: str) -> int:
    """Return how often the most frequent present value of a column occurs."""
    found = table.engine.rows(_counted(table, column).select(nw.col(_COUNT).max()))
    return int(found[0][_COUNT] or 0) if found else 0


def _counted(table: Table, column: str) -> Frame:
    # By a name of our own: DuckDB's way to group loses a blank at the end of one.
    present = table.frame.select(nw.col(column).alias(_LEVEL)).filter(~nw.col(_LEVEL).is_null())
    counted = present.group_by(_LEVEL).agg(nw.len().alias(_COUNT))
    return counted.select(nw.col(_LEVEL).alias(column), _COUNT)
