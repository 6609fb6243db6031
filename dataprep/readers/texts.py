"""A file of delimited text made ready to be read: in UTF-8, of one table, its dialect known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataprep.errors import ReadError
from dataprep.readers.blocks import Cut, between_blanks, largest_table
from dataprep.readers.dialect import Dialect, detect
from dataprep.readers.encodings import detect_encoding, is_utf8, known_encoding
from dataprep.readers.head import is_sum
from dataprep.readers.lines import lines_of
from dataprep.readers.opening import Malformed, is_gzip, open_bytes, preview, readable
from dataprep.readers.records import Form
from dataprep.readers.tidying import Span, Tidied, tidied
from dataprep.readers.transcoding import lengths_of_lines, transcode
from dataprep.readers.wanted import Wanted

OTHER_TABLE = "another table"
"""Why lines are skipped that are of a table which is not read."""
_LARGEST_TO_CUT = 32 * 2**20
"""Texts beyond so many bytes, unpacked, are not looked through for several tables."""
_LONGEST_DELIMITER = 4
_TAIL, _LAST = 4096, 6
"""How many bytes, and lines, at the end of a text are looked at for sums."""


@dataclass
class Text:
    """A file of delimited text.

    Parameters
    ----------
    original : Path
        The file that was given.
    whole : Path
        All of its text in UTF-8, plain or gzipped: the file itself where that is so.
    table : Path
        The text of the table: the whole, or what was cut out of it.
    path : Path
        What is to be read: the table, or a tidy copy of it.
    dialect : Dialect
        As the file is written.
    form : Form
        As ``path`` is written.
    first_row : int
        How many lines of ``path`` stand above the rows.
    """

    original: Path
    whole: Path
    table: Path
    path: Path
    dialect: Dialect
    form: Form
    first_row: int
    cut: Cut | None = None
    as_is: set[int] = field(default_factory=set)
    is_tidy: bool = False
    mended: list[Malformed] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    skipped: list[Malformed] = field(default_factory=list)

    @property
    def line_end(self) -> str:
        """How lines of ``path`` end."""
        return "\n" if self.is_tidy else self.dialect.line_end

    def take(self, copy: Tidied, *, is_tidy: bool) -> None:
        """Go on with a copy of the table that a strict parser reads."""
        if self.path != self.table:
            # What an earlier copy told is told again, of the table's own lines.
            self.mended, self.malformed = self.mended[: len(self.as_is)], []
            self.skipped = [line for line in self.skipped if line.reason == OTHER_TABLE]
        self.path, self.form, self.first_row = copy.path, copy.form, copy.first_row
        self.is_tidy = is_tidy
        lines = self.cut.first if self.cut else 0
        for where, found in (
            (self.mended, copy.mended),
            (self.malformed, copy.malformed),
            (self.skipped, copy.skipped),
        ):
            where += [line._replace(line=line.line + lines) for line in found]

    def told(self) -> list[Malformed]:
        """Return the lines above the table and outside of it that are no rows."""
        lines = self.cut.first if self.cut else 0
        above = [
            Malformed(number + lines, 0, "blank line" if not text.strip() else "above the table",
                      text, str(self.original))
            for number, text in self.dialect.titles
        ]  # fmt: skip
        return above + self.skipped

    def with_bytes(self) -> None:
        """Find where in the file the lines stand that are told by their numbers."""
        lists = (self.mended, self.malformed, self.skipped)
        numbers = {line.line for told in lists for line in told}
        if not numbers:
            return
        starts: dict[int, int] = {}
        byte = 0
        with readable(self.whole), open_bytes(self.whole) as file:
            sizes = lengths_of_lines(lines_of(file), self.dialect.encoding, self.as_is)
            for number, size in enumerate(sizes, start=1):
                if number in numbers:
                    starts[number] = byte
                byte += size
        for told in lists:
            told[:] = [line._replace(byte=starts.get(line.line, line.byte)) for line in told]


def ready(path: Path, wanted: Wanted, work: Path | None, number: int) -> Text:
    """Make a file ready to be read.

    Parameters
    ----------
    path : Path
        Plain or gzipped.
    wanted : Wanted
        What is not to be detected.
    work : Path, optional
        A folder for copies.
    number : int
        Tells the copies of several files apart.
    """
    given = wanted.encoding
    with readable(path):
        encoding = known_encoding(given) if given else detect_encoding(path)
    return in_encoding(path, encoding, wanted, work, number)


def in_encoding(path: Path, encoding: str, wanted: Wanted, work: Path | None, number: int) -> Text:
    """Make a file ready that is in an encoding."""
    whole, as_is = path, {}
    if not is_utf8(encoding):
        whole = _needed(work, path) / f"text-{number}.csv"
        as_is = transcode(path, encoding, whole, guessed=not wanted.encoding)
    start = preview(whole, shown=path)
    text = _described(path, whole, start.text, encoding, wanted)
    reason = f"it is UTF-8, and the file {encoding}"
    text.as_is = set(as_is)
    text.mended = [Malformed(line, 0, reason, told, str(path)) for line, told in as_is.items()]
    if start.is_whole and wanted.skip_lines is None and _has_gap(start.text, text.form):
        return cut_out(text, wanted, work, number)
    return _readable(text, work, number)


def cut_out(text: Text, wanted: Wanted, work: Path | None, number: int) -> Text:
    """Return the largest of several tables in a text; the text itself where there is one."""
    if wanted.skip_lines is not None or text.cut:
        return _readable(text, work, number)
    with readable(text.whole), open_bytes(text.whole) as file:
        content = file.read(_LARGEST_TO_CUT + 1)
    if len(content) > _LARGEST_TO_CUT:
        return _readable(text, work, number)
    lines = split_lines(content.decode(errors="surrogateescape").removeprefix("\ufeff"))
    cut = largest_table(lines, text.dialect.form)
    if cut is None:
        return _readable(text, work, number)
    copy = _needed(work, text.original) / f"table-{number}.csv"
    part = "".join(lines[cut.first : cut.last])
    copy.write_bytes(part.encode(errors="surrogateescape"))
    # Bytes that are no text would be no text in a level of a category either.
    start = part.encode(errors="surrogateescape").decode(errors="replace")
    found = _described(text.original, copy, start, text.dialect.encoding, wanted)
    found.whole, found.cut, found.mended = text.whole, cut, text.mended
    found.as_is = text.as_is
    found.dialect = replace(found.dialect, bom=text.dialect.bom)
    name = str(text.original)
    outside = [*range(cut.first), *range(cut.last, len(lines))]
    found.skipped = [
        Malformed(i + 1, 0, OTHER_TABLE, lines[i].rstrip("\r\n"), name)
        for i in outside
        if lines[i].strip()
    ]
    return _readable(found, work, number)


def tidy(text: Text, work: Path | None, number: int, spans: Sequence[Span] | None) -> None:
    """Go on with a copy in which every line is a row; see `tidied`."""
    copy = _needed(work, text.original) / f"tidy-{number}{'' if spans else '-whole'}.csv"
    place = str(text.original)
    # The parts that could not be read are told by their places in the table itself.
    text.take(tidied(text.table, copy, text.dialect, place, spans), is_tidy=spans is None)


def split_lines(text: str) -> list[str]:
    """Return lines with their ends, of whatever kind."""
    import io

    return list(io.StringIO(text, newline=""))


def _described(path: Path, whole: Path, start: str, encoding: str, wanted: Wanted) -> Text:
    dialect = detect(start.removeprefix("\ufeff"), wanted, str(path), encoding)
    return Text(path, whole, whole, whole, dialect, dialect.form, dialect.first_row)


def _readable(text: Text, work: Path | None, number: int) -> Text:
    """Return a text that a strict parser can begin with."""
    dialect, form = text.dialect, text.dialect.form
    above = [line for _, line in dialect.titles]
    names = len(dialect.names_in)
    # A parser that counts lines counts those in quotes as one.
    odd = any('"' in line or (form.quote and form.quote in line) for line in above)
    odd = odd or (names > 1 and any(form.quote in line for _, line in dialect.names_in))
    long = len(form.delimiter.encode()) > _LONGEST_DELIMITER
    odd = odd or dialect.mixed_ends or dialect.line_end == "\r" or bool(dialect.comment)
    odd = odd or _has_more_below(text.path, form)
    if odd or form.is_blank or form.guards or long:
        tidy(text, work, number, None)
    return text


def _has_more_below(path: Path, form: Form) -> bool:
    """Tell whether the last lines are not of the table, though they are cut as its rows are.

    They are sums, or stand behind a blank line.
    """
    if is_gzip(path):
        return False
    with readable(path), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = split_lines(file.read().decode(errors="replace"))[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    last = [line.rstrip("\r\n") for line in lines[-_LAST:]]
    return any(not line.strip() or is_sum(form.loose(line)) for line in last)


def _has_gap(text: str, form: Form) -> bool:
    """Tell whether a blank line stands between others, outside of quotes."""
    return len(between_blanks(split_lines(text), form)) > 1


def _needed(work: Path | None, path: Path) -> Path:
    if work is None:
        raise ReadError(
            "a folder for intermediate files is needed", place=str(path), remedy="Give work."
        )
    return work


def report_of(texts: Sequence[Text]) -> dict[str, Any]:
    """Return what was decided of files, as ``table.report`` holds it."""
    first = texts[0].dialect
    report: dict[str, Any] = {
        "delimiter": first.delimiter,
        "quote": first.quote,
        "escape": first.escape,
        "encoding": first.encoding,
        "header": first.header,
        "header_rows": len(first.names_in),
        "columns": list(first.columns),
    }
    if first.unnamed:
        report["header_cells_without_column"] = list(first.unnamed)
    if first.trailing:
        report["empty_last_column"] = True
    others = [
        {"file": str(text.original), **table}
        for text in texts
        if text.cut
        for table in text.cut.others
    ]
    if others:
        report["other_tables"] = others
    return report
