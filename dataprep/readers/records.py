"""Records of delimited text: read as they should be written, or as they can only be meant."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

Cell = str | None
"""A cell's text; None where nothing stands between two delimiters."""
BLANKS, WIDE_BLANKS = r"\s+", r"\s{2,}"
"""Delimiters of aligned tables: any run of blanks, and runs of at least two."""
_CUT = "\x1c"
MOST_LINES = 200
"""How many lines a record may take."""
_LONGEST, _MOST_OPEN = 50, 20
"""How many lines a record of a sample may take unchecked, and how many may take too many."""


@dataclass(frozen=True)
class Form:
    """How cells are told apart.

    Parameters
    ----------
    delimiter : str
        One sign or several, `BLANKS` or `WIDE_BLANKS`.
    quote : str
        The sign around cells that hold delimiters; empty where there is none.
    escape : str
        What stands before a quote inside of quotes: a quote, or a backslash; without quotes, a
        backslash before a delimiter, or nothing.
    """

    delimiter: str
    quote: str = '"'
    escape: str = '"'

    @property
    def is_blank(self) -> bool:
        """Whether runs of blanks are between the cells."""
        return self.delimiter in (BLANKS, WIDE_BLANKS)

    @cached_property
    def _quoted(self) -> re.Pattern[str]:
        q = re.escape(self.quote)
        # Blanks behind quotes are passed over, but not those that end the cell.
        after = "".join(sign for sign in " \t" if sign not in self.delimiter)
        rest = f"[{after}]*" if after else ""
        if self.escape == self.quote:
            # Of two quotes in a row the first ends no cell, though the line may end soon after.
            return re.compile(f"{q}((?:[^{q}]|{q}{q})*){q}(?!{q}){rest}", re.S)
        return re.compile(rf"{q}((?:[^{q}\\]|\\.)*){q}{rest}", re.S)

    @cached_property
    def _between(self) -> re.Pattern[str]:
        return re.compile(" +|\t+|[ \t]+" if self.delimiter == BLANKS else "[ \t]{2,}|\t")

    def unescaped(self, text: str) -> str:
        """Return what stands inside of quotes as it is meant."""
        if self.escape == self.quote:
            return text.replace(self.quote * 2, self.quote)
        return re.sub(r"\\(.)", r"\1", text, flags=re.S) if self.escape else text

    def strict(self, text: str) -> list[Cell] | bool:
        """Return the cells of a record; True while a quote is open, False where one is astray."""
        if self.is_blank:
            text = text.strip(" \t")
        cells: list[Cell] = []
        at = 0
        while True:
            start = at
            while not self.is_blank and text[start : start + 1] == " ":
                start += 1
            if self.quote and text.startswith(self.quote, start):
                found = self._quoted.match(text, start)
                if found is None:
                    return self._is_open(text, start)
                cells.append(self.unescaped(found[1]))
                at = found.end() if not self.is_blank else found.end(1) + len(self.quote)
                if at == len(text):
                    return cells
                width = self._delimiter_at(text, at)
                if not width:
                    return self._is_open(text, at, inside=False)
                at += width
                continue
            end, width = self._next_delimiter(text, at)
            cell = text[at:end]
            cells.append((self._unguarded(cell) if self.guards else cell) or None)
            if not width:
                return cells
            at = end + width

    @property
    def guards(self) -> bool:
        """Whether a backslash guards delimiters outside of quotes."""
        return self.escape == "\\" and not self.quote

    def _unguarded(self, cell: str) -> str:
        return re.sub(r"\\(.)", r"\1", cell, flags=re.S)

    def _is_open(self, text: str, at: int, *, inside: bool = True) -> bool:
        """Tell whether a quote may yet end in a later line."""
        return inside and self._quoted.match(text + self.quote, at) is not None

    def _delimiter_at(self, text: str, at: int) -> int:
        if self.is_blank:
            found = self._between.match(text, at)
            return len(found[0]) if found else 0
        return len(self.delimiter) if text.startswith(self.delimiter, at) else 0

    def _next_delimiter(self, text: str, at: int) -> tuple[int, int]:
        if self.is_blank:
            found = self._between.search(text, at)
            return (found.start(), len(found[0])) if found else (len(text), 0)
        end = text.find(self.delimiter, at)
        while self.guards and end > 0 and text[end - 1] == "\\" and _is_odd(text, end):
            end = text.find(self.delimiter, end + 1)
        return (end, len(self.delimiter)) if end >= 0 else (len(text), 0)

    def pieces(self, text: str) -> list[str]:
        """Return a line cut at every delimiter, whatever quotes it has."""
        if self.is_blank:
            return self._between.split(text.strip(" \t"))
        return text.split(self.delimiter)

    def loose(self, text: str) -> list[Cell]:
        """Return the cells of a line whose quotes are astray: they hold where they can."""
        joined: list[str] = []
        pieces = self.pieces(text)
        i = 0
        while i < len(pieces):
            end = i if self._closed(pieces[i]) else self._end_of_quotes(pieces, i)
            joined.append(self.delimiter.join(pieces[i : end + 1]))
            i = end + 1
        return [self.bare(piece) for piece in joined]

    def _closed(self, piece: str) -> bool:
        bare = piece.strip(" ")
        q = self.quote
        return bool(q) and len(bare) > 1 and bare.startswith(q) and bare.endswith(q)

    def _end_of_quotes(self, pieces: Sequence[str], i: int) -> int:
        """Return where the quotes that open in a piece end; the piece itself where they do not."""
        if not self.quote or not pieces[i].lstrip(" ").startswith(self.quote):
            return i
        for j in range(i + 1, len(pieces)):
            if pieces[j].lstrip(" ").startswith(self.quote):
                return i
            if pieces[j].rstrip(" ").endswith(self.quote):
                return j
        return i

    def bare(self, piece: str) -> Cell:
        """Return a cell without the quotes around it, or the one that has no other."""
        if not piece:
            return None
        text, q = piece.strip(" "), self.quote
        if not q or q not in text:
            return piece
        if self._closed(piece):
            return self.unescaped(text[len(q) : -len(q)])
        if text.count(q) == 1 and text.startswith(q):
            return text[len(q) :]
        return piece

    def line(self, cells: Sequence[Cell]) -> str:
        """Return a record as a line, quoted where it must be, as everybody reads it."""
        return self.delimiter.join(self._written(cell) for cell in cells)

    def _written(self, cell: Cell) -> str:
        if cell is None:
            return ""
        needs = (*self.delimiter, self.quote, "\n", "\r", '"')
        if cell and not any(sign in cell for sign in needs) and cell[0] != " ":
            return cell
        if self.escape != self.quote:
            cell = cell.replace("\\", "\\\\").replace(self.quote, "\\" + self.quote)
        else:
            cell = cell.replace(self.quote, self.quote * 2)
        return f"{self.quote}{cell}{self.quote}"


def _is_odd(text: str, end: int) -> bool:
    """Tell whether an odd number of backslashes stands before a place."""
    return (end - len(text[:end].rstrip("\\"))) % 2 == 1


@dataclass(frozen=True)
class Record:
    """A record of a sample: the line that it begins in (0-based), how many it takes, its cells."""

    line: int
    lines: int
    cells: list[str]


def sample_records(text: str, form: Form, most: int = 1000) -> list[Record]:
    """Return the first records of a text, fast rather than forgiving; blank lines are none."""
    if form.is_blank:
        found = []
        for i, line in enumerate(io.StringIO(text, newline="")):
            line = line.rstrip("\r\n")
            if line.strip():
                cells: list[Cell] | list[str] | bool = form.pieces(line)
                if form.quote and form.quote in line:
                    cells = form.strict(line)
                cells = form.loose(line) if isinstance(cells, bool) else cells
                found.append(Record(i, 1, [cell or "" for cell in cells]))
            if len(found) == most:
                break
        return found
    records: list[Record] = []
    lines, first = list(io.StringIO(text, newline="")), 0
    for _ in range(_MOST_OPEN):
        for record in _parsed("".join(lines[first:]), form, most - len(records)):
            opening = first + record.line
            end = opening + record.lines
            if record.lines > _LONGEST and _end_of_record(lines, opening, form) != end:
                # A quote that does not end: what it took are rows again.
                loose = form.loose(lines[opening].rstrip("\r\n"))
                records.append(Record(opening, 1, [cell or "" for cell in loose]))
                first = opening + 1
                break
            records.append(Record(opening, record.lines, record.cells))
        else:
            break
    return records


def continued(lines: Sequence[str], form: Form) -> set[int]:
    r"""Return which lines (0-based) lie in quotes that an earlier line opens.

    A quote that ends nowhere, or where no cell can end, opens nothing.

    Examples
    --------
    >>> continued(["1,'a\n", "\n", "b'\n", "2,it's\n"], Form(",", "'", "'"))
    {1, 2}
    """
    found: set[int] = set()
    if not form.quote or form.is_blank:
        return found
    i = 0
    while i < len(lines):
        end = _end_of_record(lines, i, form) if form.quote in lines[i] else i + 1
        found.update(range(i + 1, end))
        i = end
    return found


def _end_of_record(lines: Sequence[str], first: int, form: Form) -> int:
    """Return the line after the record that begins in a line."""
    whole = ""
    for i in range(first, min(first + MOST_LINES, len(lines))):
        whole += lines[i]
        if i > first and form.quote not in lines[i]:
            continue
        cells = form.strict(whole.rstrip("\r\n"))
        if cells is not True:
            return i + 1 if cells else first + 1
    return first + 1


def _parsed(text: str, form: Form, most: int) -> Iterator[Record]:
    delimiter = form.delimiter
    if len(delimiter) > 1:
        text, delimiter = text.replace(delimiter, _CUT), _CUT
    limit = csv.field_size_limit(2**31 - 1)
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=delimiter,
            quotechar=form.quote or None,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            doublequote=form.escape == form.quote,
            escapechar="\\" if form.escape == "\\" else None,
            skipinitialspace=bool(form.quote) and f"{delimiter} {form.quote}" in text,
        )
        before = 0
        while most:
            try:
                row = next(reader)
            except (StopIteration, csv.Error):
                return
            if row:
                if delimiter == _CUT:
                    row = [cell.replace(_CUT, form.delimiter) for cell in row]
                yield Record(before, reader.line_num - before, row)
                most -= 1
            before = reader.line_num
    finally:
        csv.field_size_limit(limit)
