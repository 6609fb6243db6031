"""How a delimited text file is written: found from its beginning, or given."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataprep.engines.parsing import Guess
from dataprep.errors import ConfigError, ReadError
from dataprep.kinds import LEADING_ZERO, MISSING, PATTERNS, Kind
from dataprep.readers.opening import BOM, preview
from dataprep.readers.opening import is_gzip as is_gzip

DELIMITERS = (",", ";", "\t", "|")
_MOST_LEVELS = 50
NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
_STORED: tuple[Kind, ...] = ("integer", "float", "date", "timestamp")


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    delimiter : str
        One character.
    header : bool
        Whether the first line names the columns.
    columns : tuple of str
        Names: unique whatever their case, none empty.
    header_cells : tuple of str
        The names as they stand in the file, to be written back; empty without a header.
    bom : bool
        Whether the file begins with a byte order mark.
    blank : int
        How many blank lines stand above the first one.
    """

    delimiter: str
    header: bool
    columns: tuple[str, ...]
    header_cells: tuple[str, ...]
    bom: bool = False
    blank: int = 0


def guess_kinds(path: Path, dialect: Dialect) -> dict[str, Guess]:
    """Return what the first rows suggest of columns that hold numbers, dates or few levels."""
    import re

    rows = list(_rows(preview(path).removeprefix(BOM), dialect.delimiter))[dialect.header :]
    guessed: dict[str, Guess] = {}
    for i, name in enumerate(dialect.columns):
        cells = Counter(row[i] for row in rows if i < len(row))
        present = {cell.strip() for cell in cells} - set(MISSING)
        if not present or any(re.match(LEADING_ZERO, cell) for cell in present):
            continue
        for kind in _STORED:
            pattern = re.compile(PATTERNS[kind])
            if all(pattern.match(cell) for cell in present):
                guessed[name] = Guess(kind)
                break
        else:
            del cells[""]
            if len(cells) <= min(_MOST_LEVELS, len(rows) / 10):
                guessed[name] = Guess("category", sorted(cells))
    return guessed


def detect(
    path: Path,
    delimiter: str | None = None,
    header: bool | None = None,
    names: tuple[str, ...] | None = None,
) -> Dialect:
    """Find the dialect of a file; what is given is not guessed."""
    text = preview(path)
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    blank = _blank_lines(text)
    if names is not None:
        _check_names(names)
    sign = _given(delimiter) if delimiter else _delimiter(text)
    rows = list(_rows(text, sign))
    if header is None:
        header = _has_header(rows)
    first = rows[0]
    if header and any("\ufffd" in cell for cell in first):
        raise ReadError(
            f"the header is not UTF-8: {sign.join(first)[:80]!r}",
            place=str(path),
            remedy="Convert the file: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW.",
        )
    if header:
        wanted = [cell.strip() for cell in first]
        if _ends_empty(rows):
            # Every row ends with a delimiter more than the header: a column without a name.
            wanted.append("")
        return Dialect(sign, True, names or unique_names(wanted), tuple(first), bom, blank)
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    made = names or tuple(f"column_{i}" for i in range(width))
    return Dialect(sign, False, made, (), bom, blank)


def _blank_lines(text: str) -> int:
    """Return how many blank lines a text begins with."""
    return len(text[: len(text) - len(text.lstrip("\r\n"))].splitlines())


def _ends_empty(rows: list[list[str]]) -> bool:
    """Tell whether all rows have one cell more than the header, and it is empty."""
    width = len(rows[0]) + 1
    return len(rows) > 1 and all(len(row) == width and not row[-1] for row in rows[1:])


def _check_names(names: tuple[str, ...]) -> None:
    if unique_names(list(names)) != names:
        raise ConfigError(
            f"{list(names)!r}: a name is empty, or differs from another in case alone",
            place="names",
            remedy="Give each column a name of its own.",
        )


def _given(delimiter: str) -> str:
    sign = NAMES.get(delimiter.lower(), delimiter)
    if len(sign) != 1 or sign in '"\r\n':
        raise ConfigError(
            f"{delimiter!r} is no delimiter",
            place="delimiter",
            remedy="Give one character, or comma, semicolon, tab, pipe.",
        )
    return sign


def _rows(text: str, delimiter: str, most: int = 1000) -> Iterator[list[str]]:
    limit = csv.field_size_limit(2**31 - 1)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for row in reader:
            if row:
                yield row
                most -= 1
            if not most:
                return
    finally:
        csv.field_size_limit(limit)


def _delimiter(text: str) -> str:
    """Return the sign that cuts most lines into the same number of cells, more than one."""
    best, top = ",", (0.0, False, 0)
    for sign in DELIMITERS:
        widths = Counter(len(row) for row in _rows(text, sign))
        width, lines = widths.most_common(1)[0]
        share = lines / widths.total() if width > 1 else 0.0
        # Nearly equal shares: the sign that cuts the header so too, or cuts finer, was meant.
        header = len(next(_rows(text, sign))) == width
        score = (round(share, 1), header, width)
        if score > top:
            best, top = sign, score
    return best


def _has_header(rows: list[list[str]]) -> bool:
    """Tell whether the first row names the columns: it is unlike the rows below it.

    A name is no number; where the column below holds numbers, that settles it. Between texts, a
    first cell that occurs again below, or is empty, is a value.
    """
    import re

    first, below = rows[0], rows[1:]
    if not below:
        return True
    number = re.compile(PATTERNS["float"])
    date = re.compile(f"{PATTERNS['date']}|{PATTERNS['timestamp']}")
    votes = 0
    for i, cell in enumerate(first):
        column = [row[i].strip() for row in below if i < len(row)]
        present = [value for value in column if value not in MISSING]
        if not present:
            continue
        for pattern in (number, date):
            share = sum(bool(pattern.match(value)) for value in present) / len(present)
            if share > 0.8:
                votes += (
                    -3 if pattern.match(cell.strip()) else (1 if cell.strip() in MISSING else 3)
                )
                break
        else:
            if cell.strip() and cell in column:
                votes -= 1
    if votes:
        return votes > 0
    texts = [cell.strip() for cell in first]
    return all(texts) and len(set(texts)) == len(texts)


def unique_names(cells: list[str]) -> tuple[str, ...]:
    """Return names that differ whatever their case: ``a, A`` become ``a, A_2``; ``""`` a number.

    Examples
    --------
    >>> unique_names(["id", "ID", "", "id"])
    ('id', 'ID_2', 'column_2', 'id_3')
    """
    names: list[str] = []
    taken: set[str] = set()
    for i, cell in enumerate(cells):
        stem = cell or f"column_{i}"
        name, n = stem, 1
        while name.casefold() in taken:
            n += 1
            name = f"{stem}_{n}"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)
