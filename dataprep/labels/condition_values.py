"""Values of conditions, as a person writes them and as arrays of a column hold them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.errors import ConfigError
from dataprep.kinds import NUMERIC, Kind

TIMES = ("date", "timestamp")
_WRITTEN_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_EXACT = 2**53
"""From here on floats, as which numbers are compared, stand for several whole numbers."""


def listed(value: Any, length: int | None, place: str) -> Sequence[Any]:
    """Return a value that must be a list, of that many values where a length is given."""
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not value
        or (length or len(value)) != len(value)
    ):
        raise ConfigError(
            f"{value!r} is no list{f' of {length}' if length else ''}",
            place=place,
            remedy="Write [low, high]." if length else "Write [a, b, ...].",
        )
    return value


def plain(value: Any, kind: Kind, place: str, column: str) -> Any:
    """Return a value as arrays of a kind hold it."""
    if kind in TIMES:
        return _time(str(value), place, column)
    if kind in NUMERIC or kind == "boolean":
        if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, int | float):
            raise ConfigError(
                f"{value!r} is no {'number' if kind in NUMERIC else 'truth value'}, as {column!r} "
                "holds",
                place=place,
                remedy="Write it without quotes.",
            )
        return _exact(value, kind, place, column)
    return value if isinstance(value, str) else _text_of(value)


def _time(value: str, place: str, column: str) -> np.datetime64:
    """Return a time; numpy takes the clock's, years alone, and zones that a column lacks."""
    try:
        if _WRITTEN_TIME.fullmatch(value):
            return np.datetime64(value)
    except ValueError:
        pass
    raise ConfigError(
        f"{value!r} is no time, as {column!r} holds",
        place=place,
        remedy="Write it as '2024-01-31' or '2024-01-31T08:00'.",
    )


def _exact(value: float, kind: Kind, place: str, column: str) -> float:
    """Return a number; not one that stands for others too, as floats hold it."""
    if value != value or (kind == "integer" and _EXACT <= abs(value) < np.inf):
        raise ConfigError(
            f"{value!r} is not told from other numbers in {column!r}",
            place=place,
            remedy="Read the column as text, --type COL=text, and write the value in quotes.",
        )
    return float(value)


def _text_of(value: Any) -> str:
    """Return a value of YAML as the text that a column of texts has for it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_array(wanted: Sequence[Any], values: np.ndarray) -> np.ndarray:
    """Return values as an array to be compared with another."""
    return np.array(wanted, dtype=object if values.dtype == object else None)
