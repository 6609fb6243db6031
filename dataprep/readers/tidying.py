"""A copy of a text that a strict parser reads: rows mended, what is no row left out and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

from dataprep.readers.dialect import Dialect
from dataprep.readers.head import SUMS, is_comment, is_sum, is_value
from dataprep.readers.lines import Lines, lines_of
from dataprep.readers.mending import Mender
from dataprep.readers.opening import Malformed, open_bytes, readable
from dataprep.readers.records import Form

_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_MOST_FOOTERS = 50
_MOST_SUMS = 5
_BLANK = "blank line"
Span = tuple[int, int]


@dataclass
class Tidied:
    """A copy of a text, and what in it is not as it was.

    Parameters
    ----------
    path : Path
    form : Form
        How the copy is written.
    first_row : int
        How many of its lines stand above the rows.
    mended, malformed, skipped : list of Malformed
        Rows that were read otherwise than they stand, lines that are no rows, and lines that were
        passed over: blank ones, remarks, the header again, what stands below the table.
    """

    path: Path
    form: Form
    first_row: int
    mended: list[Malformed] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    skipped: list[Malformed] = field(default_factory=list)


def tidied(
    path: Path, copy: Path, dialect: Dialect, place: str, spans: Sequence[Span] | None = None
) -> Tidied:
    """Write a copy of a text in which every line is a row.

    Parameters
    ----------
    path, copy : Path
        UTF-8, plain or gzipped; the copy is plain.
    dialect : Dialect
    place : str
        The file's name, for what is told.
    spans : sequence of (int, int), optional
        Where the bytes lie that a strict parser could not read; the others are copied as they are.
        Without, every line is looked at, and those above the rows are left out.
    """
    work = _Work(dialect, place, whole=spans is None)
    with readable(path), open_bytes(path) as file, copy.open("wb") as out:
        if spans is None:
            work.whole(file, out)
        else:
            work.patched(file, out, spans)
    found = work.told
    found.path = copy
    _find_footers(found, work.number, dialect, spaced=_is_spaced(work.blanks, work.number))
    return found


class _Work:
    """Where in a text the work stands: the number and the byte of the next line."""

    def __init__(self, dialect: Dialect, place: str, *, whole: bool) -> None:
        form = dialect.form
        written = Form("\t" if form.is_blank else form.delimiter) if whole else form
        self.told = Tidied(Path(), written, 0 if whole else dialect.first_row)
        self.dialect, self.place = dialect, place
        self._end = b"\n" if whole else dialect.line_end.encode()
        width = len(dialect.columns)
        self.mender = Mender(form, width, dialect.sample, trailing=dialect.trailing)
        self.number, self.byte, self.blanks = 0, 0, 0
        self._plain = form.delimiter.encode() if not form.is_blank and not form.guards else b""
        self._signs = {b'"', form.quote.encode(), form.escape.encode()} - {b""}
        self._header = tuple(cell.strip() for cell in dialect.header_cells)
        # Without a header no line begins so.
        self._first_name = (*dialect.header_cells, "\n")[0] or dialect.delimiter

    def patched(self, file: IO[bytes], out: IO[bytes], spans: Sequence[Span]) -> None:
        """Copy bytes, but for some spans of lines."""
        end = b"\r" if self.dialect.line_end == "\r" else b"\n"

        def copied(most: int) -> int:
            block = file.read(min(_BLOCK, most))
            out.write(block)
            self.byte += len(block)
            self.number += block.count(end)
            return len(block)

        for start, stop in spans:
            while self.byte < start and copied(start - self.byte):
                pass
            lines = _whole_lines(file, stop - self.byte, end)
            if lines[:1] == b"\n":
                # The second half of the line end before.
                out.write(lines[:1])
                self.byte, self.number, lines = self.byte + 1, self.number + 1, lines[1:]
            self.lines(iter(lines.splitlines(keepends=True)), out)
        while copied(_BLOCK):
            pass

    def whole(self, file: IO[bytes], out: IO[bytes]) -> None:
        """Look at every line below the header."""
        source = lines_of(file)
        for _ in range(self.dialect.first_row):
            self.number, self.byte = self.number + 1, self.byte + len(next(source, b""))
        first = next(source, b"")
        if not self.number and first.startswith(_BOM):
            self.byte, first = len(_BOM), first[len(_BOM) :]
        self.lines(chain([first] if first else [], source), out)

    def lines(self, source: Iterator[bytes], out: IO[bytes]) -> None:
        """Read lines, and write those that are rows."""
        lines = Lines(source)
        while (line := lines.raw(0)) is not None:
            if self._is_row(line):
                out.write(line.rstrip(b"\r\n") + self._end)
                taken = 1
            else:
                taken = self._taken(out, lines)
            self.number, self.byte = self.number + taken, self.byte + lines.drop(taken)

    def _is_row(self, line: bytes) -> bool:
        """Tell at a glance whether a line is a row as it should be."""
        bare = line.rstrip(b"\r\n")
        if (
            not self._plain
            or bare.count(self._plain) != self.mender.width - 1
            or any(sign in bare for sign in self._signs)
            or not (bare.isascii() or _is_utf8(bare))
        ):
            return False
        if self.told.skipped and self.told.skipped[-1].line == self.number:
            # Behind a blank line, a note may be cut as rows are.
            return False
        text = bare.decode()
        if self.dialect.comment and text.lstrip().startswith(self.dialect.comment):
            return False
        return not text.startswith(self._first_name) and not SUMS.match(text.lstrip())

    def _is_header(self, cells: Sequence[str | None]) -> bool:
        """Tell whether a row repeats the header."""
        if not self._header or (cells[0] or "").strip() != self._header[0]:
            return False
        return tuple((cell or "").strip() for cell in cells) == self._header

    def _taken(self, out: IO[bytes], lines: Lines) -> int:
        """Write what begins in a line, or tell what is the matter with it; return its lines."""
        text = (lines.text(0) or "").rstrip("\r\n")
        if not text.strip() and self.mender.width > 1:
            self._tell(self.told.skipped, _BLANK, text)
            self.blanks += 1
            return 1
        if self.dialect.comment and is_comment(text, self.dialect.comment):
            self._tell(self.told.skipped, "a remark", text)
            return 1
        row = self.mender.read(lines.text) if _is_valid(text) else None
        if row is not None and not all(map(_is_valid, filter(None, row.cells))):
            row = None
        if row is None:
            remark = is_comment(text, "#")
            where = self.told.skipped if remark else self.told.malformed
            self._tell(where, "a remark" if remark else self._why(text), text)
            return 1
        whole = "".join(lines.text(i) or "" for i in range(row.lines)).rstrip("\r\n")
        if self._is_header(row.cells):
            self._tell(self.told.skipped, "the header again", whole)
            return row.lines
        if self._is_below(row.cells, lines, row.lines):
            self._tell(self.told.skipped, "below the table", whole)
            return row.lines
        if row.reason:
            self._tell(self.told.mended, row.reason, whole)
        out.write(self.told.form.line(row.cells).encode() + self._end)
        return row.lines

    def _is_below(self, cells: Sequence[str | None], lines: Lines, at: int) -> bool:
        """Tell whether one of the last rows is of sums, or a note behind a blank line."""
        apart = bool(self.told.skipped) and self.told.skipped[-1].line == self.number
        # Where blank lines stand between rows everywhere, one says nothing.
        apart = apart and not _is_spaced(self.blanks, self.number)
        if not is_sum(cells) and not (apart and not self.mender.fits(cells, levels=False)):
            return False
        rest = [lines.text(at + i) for i in range(2 * _MOST_SUMS)]
        return sum(bool(line and line.strip()) for line in rest) <= _MOST_SUMS and (
            rest[-1] is None or not rest[-1].strip()
        )

    def _why(self, text: str) -> str:
        if not _is_valid(text):
            sign = next(i for i, s in enumerate(text) if "\udc80" <= s <= "\udcff")
            byte = self.byte + len(text[:sign].encode(errors="surrogateescape"))
            return f"byte {byte} is not {self.dialect.encoding}"
        cells, width = len(self.mender.form.loose(text)), self.mender.width
        if cells == width:
            return "a quote that opens does not end"
        return f"{cells} cells, and rows have {width}"

    def _tell(self, where: list[Malformed], reason: str, text: str) -> None:
        shown = text.encode(errors="surrogateescape").decode(errors="backslashreplace")
        where.append(Malformed(self.number + 1, self.byte, reason, shown, self.place))


def _is_valid(text: str) -> bool:
    """Tell whether all of a text was UTF-8."""
    return not any("\udc80" <= sign <= "\udcff" for sign in text)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _whole_lines(file: IO[bytes], size: int, end: bytes) -> bytes:
    """Return the next bytes, and those up to the end of their last line."""
    lines = file.read(size)
    while not lines.endswith((b"\n", end)) and (more := _one_more(file, end)):
        lines += more
    return lines


def _one_more(file: IO[bytes], end: bytes) -> bytes:
    return file.readline() if end == b"\n" else file.read(1)


def _is_spaced(blanks: int, lines: int) -> bool:
    """Tell whether a fifth of the lines so far are blank: they are no ends of tables then."""
    return 5 * blanks > lines


def _find_footers(found: Tidied, lines: int, dialect: Dialect, *, spaced: bool) -> None:
    """Tell what stands below the table apart from rows that are damaged."""
    last = lines
    after: list[Malformed] = []
    blanks = {line.line for line in found.skipped if line.reason == _BLANK}
    by_line = {line.line: line for line in found.malformed}
    while last in by_line or last in blanks:
        if last in by_line:
            after.append(by_line[last])
        last -= 1
    # Blank lines after all others only end the file.
    ending = lines
    while ending in blanks:
        ending -= 1
    found.skipped = [x for x in found.skipped if x.line <= ending or x.reason != _BLANK]
    if not after or len(after) > _MOST_FOOTERS:
        return
    apart = last + 1 in blanks and not spaced
    for line in after:
        filled = [cell for cell in dialect.form.loose(line.text) if cell]
        # A number alone is what is left of a row, not a note.
        words = filled and not is_value(filled[0].strip())
        if apart or (words and len(filled) <= max(1, len(dialect.columns) // 3)):
            found.malformed.remove(line)
            found.skipped.append(line._replace(reason="below the table"))
    found.skipped.sort(key=lambda line: line.line)
