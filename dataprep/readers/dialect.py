"""How a delimited text file is written: found from its beginning, or given."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import dropwhile

from dataprep.engines.parsing import Guess
from dataprep.errors import ConfigError, ReadError
from dataprep.kinds import LEADING_ZERO, MISSING, Kind
from dataprep.readers.head import head_of, is_comment
from dataprep.readers.naming import as_wide, check_names, names_of, unique_names
from dataprep.readers.records import BLANKS, WIDE_BLANKS, Form, Record, sample_records
from dataprep.readers.sniffing import best_form
from dataprep.readers.wanted import Wanted, delimiter_named
from dataprep.readings import rivals
from dataprep.styles import reading_of

_MOST_LEVELS = 50
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The line by which a file tells spreadsheets its delimiter."""
_STORED: tuple[Kind, ...] = ("integer", "float", "date", "timestamp")


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    delimiter : str
        See `Form`.
    header : bool
        Whether lines above the rows name the columns.
    columns : tuple of str
        Names: unique whatever their case, none empty.
    header_cells : tuple of str
        The names as they stand in the file, to be written back; empty without a header, or where
        several rows name the columns.
    bom : bool
        Whether the file begins with a byte order mark.
    quote, escape : str
        See `Form`.
    encoding : str
    titles : tuple of (int, str)
        Lines above the header (1-based), remarks and blank ones included.
    names_in : tuple of (int, str)
        The header's own lines.
    unnamed : tuple of str
        Header cells that stand above no column.
    comment : str, optional
        What a remark begins with.
    line_end : str
        The end of the first line.
    mixed_ends : bool
        Whether lines end in several ways.
    trailing : bool
        Whether rows end with a delimiter, behind which there is no column.
    sample : tuple of rows
        The first rows.
    """

    delimiter: str
    header: bool
    columns: tuple[str, ...]
    header_cells: tuple[str, ...]
    bom: bool = False
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    titles: tuple[tuple[int, str], ...] = ()
    names_in: tuple[tuple[int, str], ...] = ()
    unnamed: tuple[str, ...] = ()
    comment: str | None = None
    line_end: str = "\n"
    mixed_ends: bool = False
    trailing: bool = False
    sample: tuple[tuple[str, ...], ...] = field(default=(), repr=False, compare=False)

    @property
    def form(self) -> Form:
        """How cells are told apart."""
        return Form(self.delimiter, self.quote, self.escape)

    @property
    def first_row(self) -> int:
        """How many lines stand above the rows."""
        return len(self.titles) + len(self.names_in)

    @property
    def written(self) -> str:
        """The delimiter to write: aligned blanks would not hold a missing cell."""
        return "," if self.form.is_blank else self.delimiter


def guess_kinds(dialect: Dialect) -> dict[str, Guess]:
    """Return what the first rows suggest of columns that hold numbers, dates or few levels."""
    rows = dialect.sample
    guessed: dict[str, Guess] = {}
    for i, name in enumerate(dialect.columns):
        cells = Counter(row[i] for row in rows if i < len(row))
        present = {cell.strip() for cell in cells} - set(MISSING)
        if not present or any(re.match(LEADING_ZERO, cell) for cell in present):
            continue
        found = rivals(name, present)
        if len(found) == 1 and found[0].kind in _STORED:
            guessed[name] = Guess(found[0].kind, style=reading_of(found[0].style))
        else:
            del cells[""]
            if len(cells) <= min(_MOST_LEVELS, len(rows) / 10):
                guessed[name] = Guess("category", sorted(cells))
    return guessed


def detect(text: str, wanted: Wanted, place: str, encoding: str = "utf-8") -> Dialect:
    """Find the dialect of a text, the beginning of a file; what is wanted is not guessed.

    Parameters
    ----------
    text : str
        Without a byte order mark, cut at a line end.
    wanted : Wanted
    place : str
        The file's name, for messages.
    encoding : str

    Raises
    ------
    ReadError
        When nothing is left above which there could be rows, or the header cannot be read.
    """
    if wanted.names is not None:
        check_names(wanted.names)
    lines = list(io.StringIO(text, newline=""))
    told = _SEP.fullmatch(lines[0].strip())
    above = wanted.skip_lines if wanted.skip_lines is not None else int(bool(told))
    body = "".join(lines[above:])
    if not body.strip("\r\n"):
        raise ReadError(
            f"nothing is left below {above} lines", place=place, remedy="Skip fewer lines."
        )
    delimiter = delimiter_named(wanted.delimiter) if wanted.delimiter else told and told[1]
    if delimiter and len(delimiter) > 1 and delimiter.isprintable() and delimiter not in body:
        _refuse_absent(delimiter, body)
    form = best_form(_without_remarks(lines[above:], wanted.comment), wanted.form, delimiter)
    records = sample_records(body, form)
    header = wanted.header
    if header is None and wanted.expected and _is_expected(records[0].cells, wanted.expected):
        header = True
    head = head_of(records, header, wanted.comment, titled=wanted.skip_lines is None)
    names = records[head.titles : head.titles + head.names]
    first = above + records[head.titles].line
    last = above + names[-1].line + names[-1].lines if names else first
    rows = [record.cells for record in records[head.titles + head.names :]]
    if any("\ufffd" in cell for record in names for cell in record.cells):
        shown = form.pieces(lines[first].strip())
        raise ReadError(
            f"the header is not {encoding.upper()}: {' '.join(shown)[:80]!r}",
            place=place,
            remedy="Say its encoding, e.g. --encoding windows-1252.",
        )
    # A name for each column, the last one too, says that it is one.
    named = wanted.last_column or len(wanted.names or ()) == head.width
    trailing = not named and _end_empty(names, rows, head.width)
    width = head.width - trailing
    cells = names_of(names, rows, width)
    if wanted.names is not None and len(wanted.names) != width:
        raise ConfigError(
            f"{_several(len(wanted.names), 'name')} given, but {place} has "
            f"{_several(width, 'column')}",
            place="names",
            remedy="Give a name for each column, or leave names out.",
        )
    return Dialect(
        form.delimiter,
        bool(names),
        wanted.names or unique_names(cells[:width]),
        tuple(as_wide(names[0].cells, cells, width)) if len(names) == 1 else (),
        encoding in ("utf-8-sig",),
        form.quote,
        form.escape,
        encoding,
        titles=tuple(_numbered(lines[:first], 1)),
        names_in=tuple(_numbered(lines[first:last], first + 1)),
        unnamed=tuple(cell for cell in cells[width:] if cell),
        comment=wanted.comment,
        line_end=_line_end(lines[0]),
        mixed_ends=_has_mixed_ends(body, form),
        trailing=trailing,
        sample=tuple(tuple(row[:width]) if len(row) == head.width else tuple(row) for row in rows),
    )


def _several(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line_end(line: str) -> str:
    return next((end for end in ("\r\n", "\r") if line.endswith(end)), "\n")


def _has_mixed_ends(text: str, form: Form) -> bool:
    """Tell whether lines end in several ways, outside of quotes."""
    if "\r" not in text:
        return False
    q = re.escape(form.quote)
    bare = re.sub(f"{q}[^{q}]*{q}", "", text) if q else text
    ends = bare.count("\r\n")
    kinds = (ends, bare.count("\r") - ends, bare.count("\n") - ends)
    return sum(map(bool, kinds)) > 1


def _end_empty(names: Sequence[Record], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether all rows end with a delimiter, behind which there is neither name nor cell."""
    named = any(len(record.cells) >= width and record.cells[width - 1].strip() for record in names)
    full = [row for row in rows if len(row) == width]
    return width > 2 and bool(full) and not named and not any(row[-1] for row in full)


def _is_expected(cells: Sequence[str], expected: Sequence[str]) -> bool:
    """Tell whether a first row has the names of columns that are known."""
    names = {cell.strip().casefold() for cell in cells}
    known = {name.casefold() for name in expected}
    return 2 * len(names & known) > len(known)


def _refuse_absent(delimiter: str, text: str) -> None:
    if delimiter not in (BLANKS, WIDE_BLANKS):
        raise ConfigError(
            f"{delimiter!r} does not stand between cells: {text.splitlines()[0][:60]!r}",
            place="delimiter",
            remedy="Leave it out, and it is found.",
        )


def _numbered(lines: Sequence[str], first: int) -> list[tuple[int, str]]:
    return [(number, line.rstrip("\r\n")) for number, line in enumerate(lines, start=first)]


def _without_remarks(lines: Sequence[str], comment: str | None) -> str:
    """Return lines without the remarks above them, unless there is nothing else."""
    rest = list(dropwhile(lambda line: not line.strip() or is_comment(line, comment), lines))
    return "".join(rest or lines)
