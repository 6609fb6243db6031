"""Groups of rows: the text that names one, from the columns that make it, on every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw

from dataprep.errors import DataError
from dataprep.kinds import Kind

# A cell's own \x1f is escaped, so that no text is taken for one of these.
_SIGN, _ESCAPED, _BETWEEN, _NONE, _FRACTION = "\x1f", "\x1f1", "\x1f2", "\x1f3", "\x1f4"


def group_key(kinds: Mapping[str, Kind], by: Sequence[str]) -> nw.Expr:
    """Return an expression for the group of a row, the same text on every engine."""
    parts = []
    for name in by:
        column = nw.col(name)
        kind = kinds[name]
        if kind == "float":
            # A fraction names no group that could have been learned.
            whole = column.fill_null(0.0) % 1 == 0
            number = nw.when(whole).then(column).otherwise(0.0).fill_null(0.0).cast(nw.Int64)
            as_text = nw.when(whole).then(number.cast(nw.String)).otherwise(nw.lit(_FRACTION))
        elif kind == "boolean":
            as_text = nw.when(column).then(nw.lit("true")).otherwise(nw.lit("false"))
        elif kind == "timestamp":
            # Libraries write a time in as many ways as there are rows beside it.
            as_text = column.dt.timestamp("us").cast(nw.String)
        else:
            as_text = column.cast(nw.String).str.replace_all(_SIGN, _ESCAPED, literal=True)
        parts.append(nw.when(column.is_null()).then(nw.lit(_NONE)).otherwise(as_text))
    if len(parts) == 1:
        return parts[0]
    return nw.concat_str(parts, separator=_BETWEEN)


def check_groups(
    kinds: Mapping[str, Kind], by: Sequence[str], values: Callable[..., Mapping[str, Any]]
) -> None:
    """Raise where a column cannot name groups; ``values`` aggregates over all rows."""
    floats = [name for name in by if kinds[name] == "float"]
    whole = values(
        **{f"x{i}": (nw.col(n).fill_null(0.0) % 1 == 0).all() for i, n in enumerate(floats)}
    )
    for i, name in enumerate(floats):
        if not whole[f"x{i}"]:
            raise DataError(
                f"the column {name!r} has fractions and cannot name groups",
                place="by",
                remedy="Group by a category or whole numbers; bin this column first.",
            )


def split_group(key: str) -> list[str | None]:
    """Return the parts of a group's text, None for a missing one."""
    parts = key.split(_BETWEEN)
    return [None if part == _NONE else part.replace(_ESCAPED, _SIGN) for part in parts]


def join_group(parts: Sequence[str | None]) -> str:
    """Return the text of a group from its parts."""
    return _BETWEEN.join(_NONE if part is None else part.replace(_SIGN, _ESCAPED) for part in parts)
