"""Where a table begins in a text, and which of its first rows name the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dataprep.kinds import MISSING
from dataprep.readers.records import Record
from dataprep.readings import like_number, like_time

COMMENTS = ("#", "//", "%", "--", "!")
"""What lines above a table begin with where they are remarks."""
_UNITS = frozenset((
    "%", "‰", "kg", "g", "mg", "µg", "t", "lb", "oz", "m", "cm", "mm", "µm", "km", "mi",
    "ft", "in", "s", "ms", "min", "h", "d", "°c", "°f", "c", "f", "k", "pa", "hpa", "kpa",
    "bar", "v", "mv", "a", "ma", "w", "kw", "kwh", "mwh", "j", "kj", "l", "ml", "hl", "ppm",
    "ppb", "m/s", "km/h", "mph", "eur", "usd", "gbp", "chf", "jpy", "€", "$", "£", "n",
    "count", "no.",
))  # fmt: skip
_LACKING = frozenset((
    "tbd", "tba", "missing", "unknown", "none", "null", "nan", "nil", "na", "n/a", "n.a.",
    "n.a", "nd", "n.d.", "inf", "-inf", "infinity", "true", "false", "yes", "no", "pending",
    "void", "invalid", "error", "?",
))  # fmt: skip
"""What stands where a number is lacking."""
_MOST_TITLES = 60
_ROWS = 300
"""So many rows tell what a header is unlike."""
SUMS = re.compile(
    r"(?:grand |sub)?[- ]?totals?|sums?|averages?|mean|summe|gesamt(?:summe)?|insgesamt|totale?s?"
    r"|totaux|suma|somma|celkem|итого|всего|合计|合計|总计|總計|小计|小計|합계|総計",
    re.IGNORECASE,
)
"""What a line of sums below a table begins with."""


@dataclass(frozen=True)
class Head:
    """What stands above the rows.

    Parameters
    ----------
    titles : int
        How many records are titles and remarks.
    names : int
        How many records then name the columns: none, one or several.
    width : int
        How many cells rows have.
    """

    titles: int
    names: int
    width: int


def head_of(
    records: Sequence[Record], header: bool | None, comment: str | None, *, titled: bool
) -> Head:
    """Find the titles, the names and the width of a table; ``header`` where that is known.

    ``titled`` says that there may be titles.
    """
    records = records[:_ROWS]
    width = _width(records)
    titles = _titles(records, width, comment) if titled else 0
    rows = [record.cells for record in records[titles:]]
    first = rows[0]
    if header is False:
        return Head(titles, 0, width)
    full = [row for row in rows[1:] if len(row) == width]
    if _is_second_header(rows, width):
        return Head(titles, 2, width)
    named = header or len(first) != width or has_header([first, *full])
    return Head(titles, 1 if named else 0, width)


def _width(records: Sequence[Record]) -> int:
    """Return how many cells most rows have, of several equally frequent widths the widest."""
    widths = Counter(len(record.cells) for record in records)
    top = max(widths.values())
    # Two tables or many remarks: what is cut at all is more of a row than what is not.
    return max(widths, key=lambda w: (widths[w] if w > 1 or widths[w] > 0.8 * top else 0, w))


def is_comment(line: str, comment: str | None) -> bool:
    """Tell whether a line is a remark."""
    signs = (comment,) if comment else COMMENTS
    return line.lstrip().startswith(signs)


def _titles(records: Sequence[Record], width: int, comment: str | None) -> int:
    """Return how many of the first records are titles and remarks."""
    if width == 1:
        remarks = 0
        for record in records[:_MOST_TITLES]:
            if not is_comment(record.cells[0], comment):
                break
            remarks += 1
        return remarks if remarks < len(records) else 0
    found = 0
    for i, record in enumerate(records[:_MOST_TITLES]):
        if len(record.cells) == width and not _is_title(records, i, width, comment):
            found = i
            break
    else:
        return 0
    # Names fewer or more than cells stand right above the rows.
    if found and _are_names(records[found - 1].cells, records[found:], width, comment):
        return found - 1
    return found


def _is_title(records: Sequence[Record], i: int, width: int, comment: str | None) -> bool:
    """Tell whether a record of full width is a title that a spreadsheet filled up, or a remark."""
    cells = records[i].cells
    if is_comment(cells[0], comment) and i + 1 < len(records):
        # A remark sign before the names belongs to them where rows follow, not names.
        below = [record.cells for record in records[i + 1 :] if len(record.cells) == width]
        above = [record for record in records[:i] if is_comment(record.cells[0], comment)]
        return bool(below) and has_header(below) and (bool(above) or has_header(below[1:] or below))
    filled = [cell for cell in cells if cell.strip()]
    if width < 3 or len(filled) > 1 or not cells[0].strip() or i + 2 >= len(records):
        return False
    after = records[i + 1].cells
    return len(after) == width and sum(bool(cell.strip()) for cell in after) > width / 2


def _are_names(cells: list[str], below: Sequence[Record], width: int, comment: str | None) -> bool:
    """Tell whether cells too few or too many name the columns of the rows below."""
    if len(cells) < 2 or len(cells) < width / 2 or is_comment(cells[0], comment):
        return False
    texts = [cell.strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    named = len(texts) > 1 and all(texts) and not any(map(is_value, texts))
    rows = [record.cells for record in below if len(record.cells) == width]
    return named and not (len(rows) > 1 and looks_named(rows))


def looks_named(rows: list[list[str]]) -> bool:
    """Tell whether the first of the rows is a header beyond doubt: text above numbers."""
    return any(
        _share(rows[1:], i, like_number) > 0.8 and cell.strip() and not is_value(cell.strip())
        for i, cell in enumerate(rows[0])
    )


def is_sum(cells: Sequence[str | None]) -> bool:
    """Tell whether a row is one of sums: its first cell that is filled says so, and no more.

    Examples
    --------
    >>> is_sum(["Grand total:", None, "300"]), is_sum(["Total Recall", "1990", None])
    (True, False)
    """
    first = next((cell.strip() for cell in cells if cell and cell.strip()), "")
    return bool(SUMS.fullmatch(first.rstrip(" :=.")))


def is_value(text: str) -> bool:
    """Tell whether a text is a number or a date, and so no name."""
    return like_number(text) or like_time(text)


def _share(rows: Sequence[Sequence[str]], i: int, like: Callable[[str], bool]) -> float:
    """Return which share of a column's present values are like something."""
    present = [row[i].strip() for row in rows if i < len(row)]
    present = [value for value in present if value not in MISSING]
    return sum(map(like, present)) / len(present) if present else 0.0


def _is_second_header(rows: list[list[str]], width: int) -> bool:
    """Tell whether two rows name the columns: groups of columns above names, or names above units.

    A word above numbers may as well be what was written for want of a number.
    """
    if len(rows) < 4 or width < 2 or len(rows[1]) != width or len(rows[0]) > width:
        return False
    first = [cell.strip() for cell in rows[0]] + [""] * (width - len(rows[0]))
    second = [cell.strip() for cell in rows[1]]
    below = [row for row in rows[2:] if len(row) == width]
    values = [
        i
        for i in range(width)
        if max(_share(below, i, like_number), _share(below, i, like_time)) > 0.8
    ]
    names = [second[i] for i in values]
    if not names or not all(map(_is_word, names)):
        return False
    if all(name[0] in "[(" or name.lower() in _UNITS for name in names):
        return not any(first[i] and is_value(first[i]) for i in values)
    spans = any(not cell for cell in first[1:]) or len(set(first)) < width
    told = all(a or b for a, b in zip(first, second, strict=True))
    groups = all(not cell or not is_value(cell) or _is_year(cell) for cell in first)
    return spans and told and groups and len(set(names)) > 1


def _is_word(name: str) -> bool:
    """Tell whether a text may name a column or a unit, and is none of those for a lack of value."""
    begins = name[:1].isalpha() or name[:1] in ("[", "(", "%", "°", "€", "$")
    return begins and name.lower() not in _LACKING and name not in MISSING


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal() and 1800 <= int(text) <= 2200


def _counts_up(cells: Sequence[str]) -> bool:
    """Tell whether cells are whole numbers, each one more than the last: years, quarters, ages."""
    if len(cells) < 2 or not all(cell.isdecimal() for cell in cells):
        return False
    return [int(cell) for cell in cells] == list(range(int(cells[0]), int(cells[0]) + len(cells)))


def has_header(rows: list[list[str]]) -> bool:
    """Tell whether the first row names the columns: it is unlike the rows below it.

    A name is no number; where the column below holds numbers, that settles it. Between texts, a
    first cell that occurs again below, or is empty, is a value.
    """
    first = rows[0]
    # A header that comes again says nothing of what the columns hold.
    below = [row for row in rows[1:] if row != first]
    if not below:
        return len(rows) > 1 or not all(is_value(cell.strip()) for cell in first)
    numbers = [cell.strip() for cell in first if like_number(cell)]
    if _counts_up(numbers) and not any(
        _counts_up([row[i].strip() for i, c in enumerate(first) if like_number(c)])
        for row in below[:5]
        if len(row) == len(first)
    ):
        # Years and the like, one more from column to column, and no row below is like that.
        return len(numbers) < len(first) or len(numbers) > 2
    votes = 0
    for i, cell in enumerate(first):
        column = [row[i].strip() for row in below if i < len(row)]
        present = [value for value in column if value not in MISSING]
        if not present:
            continue
        for like in (like_number, like_time):
            if sum(map(like, present)) > 0.8 * len(present):
                votes += -3 if like(cell) else (1 if cell.strip() in MISSING else 3)
                break
        else:
            if cell.strip() and cell in column:
                votes -= 1
    if votes:
        return votes > 0
    texts = [cell.strip() for cell in first]
    return all(texts) and len(set(texts)) == len(texts)


def joined_names(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return one name a column from several header rows; what spans columns holds for each.

    There are more than ``width`` where a row has more cells.

    Examples
    --------
    >>> joined_names([["2023", "", "2024", ""], ["in", "out", "in", "out"]], 4)
    ['2023 in', '2023 out', '2024 in', '2024 out']
    """
    filled: list[list[str]] = []
    width = max(width, *map(len, rows))
    for depth, row in enumerate(rows):
        cells = [cell.strip() for cell in row] + [""] * (width - len(row))
        if depth < len(rows) - 1:
            for i in range(1, width):
                # What is empty below too has no part in the name to its left.
                if not cells[i] and any(len(r) > i and r[i].strip() for r in rows[depth + 1 :]):
                    cells[i] = cells[i - 1]
        filled.append(cells)
    return [" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*filled, strict=True)]
