"""Flags for levels: a column of 0 and 1 for each, for the others, and for a missing value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from dataprep.stages.levels import Level


def flags(
    name: str, found: Mapping[str, Any], handle_missing: str, handle_unknown: str
) -> dict[str, Any]:
    """Return an expression and a kind for each new column.

    Parameters
    ----------
    name : str
        The column with the levels.
    found : mapping
        ``levels`` that have a column, ``ends`` (``other``, ``missing``), the names that it
        ``makes``, and, where some levels have none of their own, ``all`` of them.
    handle_missing, handle_unknown : {"value", "return_nan", "error"}
        With ``return_nan`` the flags of such a row are missing, and the columns hold floats.
    """
    column = nw.col(name)
    made = [(column == level).fill_null(False) for level in found["levels"]]
    if "other" in found["ends"]:
        # A new level is one of the others.
        made.append(is_new(name, found["levels"]))
    if "missing" in found["ends"]:
        made.append(column.is_null())
    if "return_nan" not in (handle_missing, handle_unknown):
        return {
            new: (flag.cast(nw.Int64), "integer")
            for new, flag in zip(found["makes"], made, strict=True)
        }
    hidden_here = column.is_null() & ~column.is_null()
    if handle_missing == "return_nan":
        hidden_here = column.is_null()
    if handle_unknown == "return_nan":
        hidden_here = hidden_here | is_new(name, found["all"] or found["levels"])
    return {
        new: (nw.when(~hidden_here).then(flag.cast(nw.Float64)), "float")
        for new, flag in zip(found["makes"], made, strict=True)
    }


def is_new(name: str, levels: Sequence[Level]) -> nw.Expr:
    """Return where a column has a value that is none of the levels."""
    present = ~nw.col(name).is_null()
    # A list of nothing has no type that a column could be compared with.
    return present & ~nw.col(name).is_in(levels).fill_null(False) if levels else present
