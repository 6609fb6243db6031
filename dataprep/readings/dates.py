"""Dates and times: the formats that all of some cells are in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dataprep.kinds import Kind
from dataprep.readings.reading import Asked, Reading, all_match, compiled, order_of
from dataprep.styles import Style, date_pattern

COMPACT = "(1[6-9]|2[01])[0-9]{2}" + date_pattern("%Y%m%d").removeprefix("[0-9]{4}")
"""20240131: a day in a column that says so."""


def compact_dates(cells: Sequence[str]) -> list[Reading]:
    """Return 20240131 as a date."""
    found = bool(cells) and all_match(COMPACT, cells)
    return [Reading("date", Style(date="%Y%m%d"))] if found else []


def _formats() -> list[str]:
    days = []
    for sign in "/-.":
        for year in ("%Y", "%y"):
            days += [f"%d{sign}%m{sign}{year}", f"%m{sign}%d{sign}{year}"]
        days.append(f"%y{sign}%m{sign}%d")
    days += ["%Y/%m/%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y.%-m.%-d", "%Y-%-m-%-d"]
    for month in ("%b", "%B"):
        days += [f"%d{sign}{month}{sign}{year}" for sign in "- /." for year in ("%Y", "%y")]
        days += [f"%d. {month} %Y", f"{month} %d, %Y", f"{month} %d %Y", f"%Y-{month}-%d"]
    return days


_TIMES = (
    "%H:%M", "%H:%M:%S", "%H:%M:%S.%g", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p",
    "%I:%M:%S%p",
)  # fmt: skip
_FORMATS = _formats()
_DATES = re.compile(r"[0-9]{1,4}[-/. ]|[A-Za-z]{3,9}[ -]|[0-9]{1,2}\. [A-Za-z]")

_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AaPp][Mm])?"
_LIKE_TIME = re.compile(
    r"[0-9]{1,4}[-/.][0-9A-Za-z]{1,9}[-/.][0-9]{1,4}"
    rf"(?:(?:T|,? ){_CLOCK}(?: ?(?:Z|[+-][0-9:]+))?)?|{_CLOCK}"
)


def like_time(cell: str) -> bool:
    """Tell whether a cell is like a date, a time of day, or both.

    Examples
    --------
    >>> [like_time(cell) for cell in ("2024-01-31T10:05Z", "31/12/24", " 5-May-24 ", "1:05 PM")]
    [True, True, True, True]
    >>> [like_time(cell) for cell in ("", "2024", "12:5", "5 apples", "a-b-c")]
    [False, False, False, False, False]
    """
    return _LIKE_TIME.fullmatch(cell.strip()) is not None


def dates(cells: Sequence[str], asked: Asked) -> list[Reading]:
    """Return the formats of dates and times that all cells are in."""
    if not cells or not _DATES.match(cells[0]):
        return []
    zoned = _zoned(cells)
    if zoned:
        return zoned
    found = []
    clock = ":" in cells[0]
    for format in _FORMATS:
        # What cannot begin a cell need not be tried with each time.
        head = date_pattern(format)
        if not (compiled(head).match(cells[0]) if clock else all_match(head, cells)):
            continue
        for time in [f"{sign}{t}" for sign in (" ", "T", ", ") for t in _TIMES] if clock else [""]:
            if all_match(date_pattern(format + time), cells):
                kind: Kind = "timestamp" if time else "date"
                found.append(Reading(kind, _cased(_padded(format + time, cells), cells)))
                break
    dotted = [r for r in found if r.style and r.style.date.replace("%-", "%")[2:3] == "."]
    if asked.date_order != "month" and any(order_of(r.style or Style()) == "month" for r in dotted):
        # With dots, the day stands before the month, unless a person says otherwise.
        return [r for r in found if order_of(r.style or Style()) != "month"]
    return [r for r in found if order_of(r.style or Style())] or found[:1]


def _padded(format: str, cells: Sequence[str]) -> str:
    """Return a format with hyphens where days, months and hours lack their zeros."""
    if format.startswith("%Y") or all_match(date_pattern(format, padded=True), cells):
        return format
    return re.sub("%([dmHI])", r"%-\1", format)


def _cased(format: str, cells: Sequence[str]) -> Style:
    named = "%b" in format.lower()
    return Style(date=format, upper=named and all(cell == cell.upper() for cell in cells))


def _zoned(cells: Sequence[str]) -> list[Reading]:
    """Return times of ISO 8601 with their offset from UTC."""
    style = replace(iso_style(cells[:1]) or Style(date="%Y-%m-%d %H:%M:%S"), zone="Z")
    if not all_match(style.pattern("timestamp"), cells):
        return []
    zones = {match[0] for cell in cells if (match := re.search("(Z|[+-][0-9:]{2,6})$", cell))}
    zone = zones.pop() if len(zones) == 1 else "Z"
    return [Reading("timestamp", replace(style, zone=zone))]


def iso_style(cells: Iterable[str]) -> Style | None:
    """Return how plain times are written, where that is not ``2024-01-31 10:00:00``."""
    for cell in cells:
        sign = "T" if "T" in cell else " "
        clock = re.split("[T ]", cell)[1:]
        time = re.match("[0-9:]+(\\.[0-9]+)?", clock[0]) if clock else None
        if not time:
            return None
        seconds = ":%S" if time[0].count(":") == 2 else ""
        fraction = "" if not time[1] else ".%g" if len(time[1]) == 4 else ".%f"
        format = f"%Y-%m-%d{sign}%H:%M{seconds}{fraction}"
        return None if format == "%Y-%m-%d %H:%M:%S" else Style(date=format)
    return None
