"""Where the table of a sheet lies: titles above, header rows with merged cells, notes below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataprep.readers.head import joined_names

Range = tuple[tuple[int, int], tuple[int, int]]
"""A merged range: row and column of its first and of its last cell, from 0."""
_HEAD = 200
_YEARS = range(1900, 2101)
_EXACT = 2**53
"""Up to here, the float that a sheet holds is the whole number that was typed."""


@dataclass
class Survey:
    """What one pass over a sheet tells.

    Parameters
    ----------
    head : list of list
        The first rows, merged cells filled.
    counts : list of int
        For each row, how many cells hold something.
    filled : list of int
        For each column, how many cells hold something.
    timed : set of int
        Columns with a time of day beside a date.
    tail : dict of int to list
        The last rows that hold a single cell, by number.
    """

    head: list[list[Any]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    timed: set[int] = field(default_factory=set)
    tail: dict[int, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Where the table of a sheet lies.

    Parameters
    ----------
    first, last : int
        Its rows without the header, from 0; the last is the one after.
    columns : list of int
        Those that hold something, from 0.
    header : list of str or None
        The names, those of several header rows joined; None without a header.
    skipped : list of (int, str, str)
        Rows above and below the table: number from 1, which of both, and text.
    timed : set of int
        Columns whose dates are written with a time of day.
    """

    first: int
    last: int
    columns: list[int]
    header: list[str] | None
    skipped: list[tuple[int, str, str]]
    timed: set[int]


def filled(rows: Iterable[list[Any]], merged: Sequence[Range]) -> Iterator[list[Any]]:
    """Give rows whose merged cells all hold what the first of them holds.

    Examples
    --------
    >>> list(filled([["2024", ""], ["Q1", "Q2"]], [((0, 0), (0, 1))]))
    [['2024', '2024'], ['Q1', 'Q2']]
    """
    begins: dict[int, list[Range]] = {}
    for found in merged:
        begins.setdefault(found[0][0], []).append(found)
    open_: list[tuple[Range, Any]] = []
    for number, row in enumerate(rows):
        open_ = [(found, value) for found, value in open_ if found[1][0] >= number]
        for found in begins.get(number, ()):
            first = found[0][1]
            if first < len(row) and row[first] != "":
                open_.append((found, row[first]))
        for ((_, left), (_, right)), value in open_:
            for column in range(left, min(right + 1, len(row))):
                row[column] = value
        yield row


def surveyed(rows: Iterable[list[Any]]) -> Survey:
    """Look over the rows of a sheet once."""
    survey = Survey()
    for number, row in enumerate(rows):
        count = 0
        if len(survey.filled) < len(row):
            survey.filled += [0] * (len(row) - len(survey.filled))
        for column, value in enumerate(row):
            if value == "":
                continue
            count += 1
            survey.filled[column] += 1
            if isinstance(value, dt.datetime):
                survey.timed.add(column)
        survey.counts.append(count)
        if number < _HEAD:
            survey.head.append(row)
        if count > 1:
            survey.tail.clear()
        elif count:
            survey.tail[number] = row
    return survey


def layout_of(survey: Survey, merged: Sequence[Range], header: bool | None) -> Layout | None:
    """Return where the table of a sheet lies; None where it has no table.

    Parameters
    ----------
    survey : Survey
    merged : sequence of Range
    header : bool, optional
        Whether there is a header; found by the cells where it is not given.

    Notes
    -----
    The table begins with the first row that fills at least half as many columns as the widest
    does; a title, merged over the whole width or not, fills one.
    """
    widest = max(survey.counts, default=0)
    if not widest:
        return None
    counts = [_distinct(row, number, merged) for number, row in enumerate(survey.head)]
    enough = min(widest, max(2, -(-widest // 2)))
    top = next((i for i, count in enumerate(counts) if count >= enough), None)
    if top is None:
        top = next(i for i, count in enumerate(survey.counts) if count)
    last = len(survey.counts)
    while not survey.counts[last - 1]:
        last -= 1
    notes = [number for number in survey.tail if widest > 2 and number > top]
    # Only behind an empty row: a row that is filled in one cell alone may be a row.
    if notes and not all(survey.counts[notes[0] - 1 : notes[0]]):
        last = notes[0]
        while not survey.counts[last - 1]:
            last -= 1
    else:
        notes = []
    above = [(i, survey.head[i]) for i in range(top) if survey.counts[i]]
    below = [(number, survey.tail[number]) for number in notes]
    used = list(survey.filled)
    for _, row in (*above, *below):
        for column, value in enumerate(row):
            used[column] -= value != ""
    columns = [column for column, count in enumerate(used) if count]
    deep = 0
    if header or (header is None and _is_header(survey.head, top, columns)):
        deep = min(_depth(survey.head, top, columns, merged), last - top)
    names = _names(survey.head[top : top + deep], columns) if deep else None
    skipped = [
        (i + 1, f"{where} the table", " ".join(_texts(row)))
        for where, rows in (("above", above), ("below", below))
        for i, row in rows
    ]
    return Layout(top + deep, last, columns, names, skipped, survey.timed)


def _distinct(row: Sequence[Any], number: int, merged: Sequence[Range]) -> int:
    """Return how many cells of a row are filled; one, where a single merged range fills it."""
    count = len([value for value in row if value != ""])
    for (first, left), (last, right) in merged:
        if first <= number <= last and right - left + 1 >= count:
            return 1
    return count


def _texts(row: Sequence[Any]) -> list[str]:
    """Return the texts of a row, each run of the same one once."""
    texts: list[str] = []
    for value in row:
        if value != "" and (not texts or texts[-1] != text_of_cell(value)):
            texts.append(text_of_cell(value))
    return texts


def _is_header(head: Sequence[Sequence[Any]], top: int, columns: Sequence[int]) -> bool:
    """Tell whether a row names columns: texts, or years and dates over what is no such thing."""
    below = head[top + 1 :]
    row = [(column, head[top][column]) for column in columns if head[top][column] != ""]
    for column, value in row:
        if isinstance(value, str):
            continue
        types = {type(other[column]) for other in below if other[column] != ""}
        is_year = not isinstance(value, bool | dt.date | dt.time | dt.timedelta) and value in _YEARS
        years = all(other[column] in _YEARS for other in below if type(other[column]) is float)
        if not (
            (is_year and not years) or (isinstance(value, dt.date) and type(value) not in types)
        ):
            return False
    return any(isinstance(value, str) for _, value in row)


def _depth(
    head: Sequence[Sequence[Any]], top: int, columns: Sequence[int], merged: Sequence[Range]
) -> int:
    """Return how many rows the header has."""
    deep = 1
    changed = True
    while changed:
        changed = False
        for (first, left), (last, right) in merged:
            if top <= first < top + deep and columns[0] <= left <= columns[-1]:
                # What is merged sideways has names of its own below.
                needed = last - top + 1 + (right > left)
                if needed > deep and needed <= len(head) - top:
                    deep, changed = needed, True
    return deep if deep > 1 else 1 + _has_groups(head, top, columns)


def _has_groups(head: Sequence[Sequence[Any]], top: int, columns: Sequence[int]) -> bool:
    """Tell whether gaps of a header stand over names of their own, though nothing is merged."""
    gaps = [column for column in columns if head[top][column] == ""]
    if not gaps or len(head) < top + 4:
        return False
    second = [head[top + 1][column] for column in columns]
    if not all(isinstance(value, str) and value for value in second):
        return False
    below = [[row[column] for row in head[top + 2 :] if row[column] != ""] for column in gaps]
    return all(cells and not any(isinstance(cell, str) for cell in cells) for cells in below)


def _names(rows: Sequence[Sequence[Any]], columns: Sequence[int]) -> list[str]:
    """Return one name for each column, on a line of its own."""
    cells = [[" ".join(text_of_cell(row[column]).split()) for column in columns] for row in rows]
    return joined_names(cells, len(columns))


def text_of_cell(value: Any, *, timed: bool = False) -> str:
    """Return the text of a cell: whole numbers without a point, dates and times as in ISO 8601.

    Parameters
    ----------
    value : object
        As the sheet holds it.
    timed : bool, default=False
        Whether a date is written with a time of day, as others of its column have one.

    Examples
    --------
    >>> [text_of_cell(value) for value in (1.0, 0.5, True, "007", dt.date(2024, 1, 31))]
    ['1', '0.5', 'TRUE', '007', '2024-01-31']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00" if timed else value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat() if isinstance(value, dt.time) else str(value)
