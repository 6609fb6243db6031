"""A table held against the one of ``fit``: the same columns, their order and their kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Frame
from dataprep.errors import SchemaError, did_you_mean
from dataprep.kinds import PATTERNS, Kind
from dataprep.table import Table

_LIKE_TEXT = ("text", "category", "identifier", "other")
_LIKE_NUMBER = ("integer", "float", "identifier", "boolean")
_TYPES: dict[Kind, Any] = {
    "integer": nw.Int64(),
    "float": nw.Float64(),
    "boolean": nw.Boolean(),
    "timestamp": nw.Datetime(),
    "category": nw.String(),
    "text": nw.String(),
    "identifier": nw.String(),
}


def check_names(
    who: str, columns: Sequence[str], expected: Sequence[str], optional: set[str], extra: bool
) -> None:
    """Raise when columns are missing, unexpected or in another order than at ``fit``.

    Parameters
    ----------
    who : str
        What was fitted, for the message.
    columns, expected : sequence of str
        The columns that are there, and those of ``fit``.
    optional : set of str
        Columns that may be absent: those with a role.
    extra : bool
        Whether columns that were not there at ``fit`` are let through.
    """
    unseen = [] if extra else sorted(set(columns) - set(expected))
    missing = sorted(set(expected) - set(columns) - optional)
    shared = [name for name in columns if name in set(expected)]
    in_order = [name for name in expected if name in set(columns)]
    if not unseen and not missing and shared == in_order:
        return
    # The sentences are scikit-learn's, word for word: its checks and its users look for them.
    message = "The feature names should match those that were passed during fit.\n"
    if unseen:
        message += "Feature names unseen at fit time:\n" + _listed(unseen)
    if missing:
        message += "Feature names seen at fit time, yet now missing:\n" + _listed(missing)
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    remedy = f"{who} was fitted on: {', '.join(map(str, expected[:20]))}."
    if unseen and missing:
        remedy = f"{missing[0]!r}: {did_you_mean(missing[0], unseen)} {remedy}"
    elif unseen:
        remedy += " Drop the extra columns, or let them through with extra='allow' (--allow-extra)."
    raise SchemaError(message, remedy=remedy)


def _listed(names: Sequence[str]) -> str:
    shown = "".join(f"- {name}\n" for name in names[:5])
    return shown + ("- ...\n" if len(names) > 5 else "")


def conformed(table: Table, expected: Mapping[str, Kind]) -> Table:
    """Return the table with the kinds of ``fit``, whose verdict on category or text holds.

    Days may come to a frame as times at midnight, and days and times as text in the form of ISO
    8601: libraries differ in what they hold them as.

    Raises
    ------
    SchemaError
        When a column holds values of another type than at ``fit``.
    """
    kinds: dict[str, Kind] = {}
    empty: dict[str, Kind] = {}
    frame = table.frame
    for name, kind in table.kinds.items():
        before = expected.get(name, kind)
        if before in ("date", "timestamp") and kind != before and isinstance(frame, nw.DataFrame):
            values = _times(frame[name], before)
            if values is not None and not values.is_null().all():
                frame, kind = frame.with_columns(values), before
        kinds[name] = _agreed(kind, before)
        if _differ(kind, before):
            # A column without a single value has no type of its own: it takes that of fit.
            if int(table.counts([name])[name]):
                raise SchemaError(
                    f"the column {name!r} was {before} at fit and is {kind} now",
                    place=name,
                    remedy=f"Convert it to {before} first, or fit again.",
                )
            if not table.has_text and before in _TYPES:
                empty[name], kinds[name] = before, before
    return replace(table, frame=_retyped(frame, empty), kinds=kinds)


def _times(series: nw.Series[Any], kind: Kind) -> nw.Series[Any] | None:
    """Return a column as days or times; None where it is neither, or not without loss."""
    if series.dtype == nw.String:
        found = _parsed(series.to_list(), kind)
    elif series.dtype == nw.Date or (
        isinstance(series.dtype, nw.Datetime) and not series.dtype.time_zone
    ):
        values = series.to_numpy().astype("datetime64[us]")
        wanted = values.astype("datetime64[D]") if kind == "date" else values
        same = np.isnat(values) | (wanted == values)
        found = wanted.tolist() if same.all() else None
    else:
        found = None
    if found is None:
        return None
    dtype = nw.Date() if kind == "date" else nw.Datetime()
    return nw.new_series(series.name, found, dtype, backend=series.implementation)


def _parsed(texts: Sequence[Any], kind: Kind) -> list[Any] | None:
    """Return text in the form of ISO 8601 as days or times; None where one is not in that form."""
    day, time = (re.compile(PATTERNS[form]) for form in ("date", "timestamp"))
    found: list[Any] = []
    for text in texts:
        if not isinstance(text, str):
            found.append(None)
        elif day.match(text) or (kind == "timestamp" and time.match(text)):
            try:
                value = datetime.fromisoformat(text)
            except ValueError:
                # There is no 31st of February.
                return None
            found.append(value.date() if kind == "date" else value)
        else:
            return None
    return found


def _retyped(frame: Frame, kinds: Mapping[str, Kind]) -> Frame:
    """Return the frame with empty columns of the given kinds."""
    if not kinds:
        return frame
    types = {name: _TYPES[kind] for name, kind in kinds.items()}
    if frame.implementation.is_pandas():
        # NumPy's whole numbers know no missing value.
        types = {name: nw.Float64() if t == nw.Int64 else t for name, t in types.items()}
    nothing = [nw.lit(None).cast(kind).alias(name) for name, kind in types.items()]
    return frame.with_columns(*nothing)


def _differ(kind: Kind, expected: Kind) -> bool:
    """Tell whether values of a kind cannot stand in a column of another."""
    if (kind, expected) == ("integer", "other"):
        # Whole numbers that need 64 bits without a sign; the few at hand may be small.
        return False
    return kind != expected and not any(
        kind in alike and expected in alike for alike in (_LIKE_TEXT, _LIKE_NUMBER)
    )


def _agreed(kind: Kind, expected: Kind) -> Kind:
    """Return the kind to go by: that of fit among texts, that of the values among numbers."""
    if (kind, expected) == ("integer", "other"):
        return expected
    if kind in _LIKE_TEXT and expected in _LIKE_TEXT:
        return expected
    if kind in _LIKE_NUMBER and expected in _LIKE_NUMBER and "identifier" in (kind, expected):
        return expected
    return kind
