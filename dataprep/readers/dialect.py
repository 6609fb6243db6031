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
from dataprep.kinds import LEADING_ZERO, MISSING, PATTERNS, Kind, named_like_identifier
from dataprep.readers.head import head_of, is_comment, joined_names
from dataprep.readers.opening import is_gzip as is_gzip
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
        _check_names(wanted.names)
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
    trailing = not wanted.last_column and _end_empty(names, rows, head.width)
    width = head.width - trailing
    cells = _names_of(names, rows, width)
    return Dialect(
        form.delimiter,
        bool(names),
        wanted.names or unique_names(cells[:width]),
        tuple(_as_wide(names[0].cells, cells, width)) if len(names) == 1 else (),
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


def _names_of(names: Sequence[Record], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return a name for each column, an empty one where the header has none, and those too many."""
    if not names:
        return [f"column_{i}" for i in range(width)]
    cells = [cell.strip() for cell in names[0].cells]
    if len(names) > 1:
        cells = joined_names([record.cells for record in names], width)
    elif cells and cells[0].startswith("#"):
        cells[0] = cells[0].lstrip("# ")
    missing = width - len(cells)
    if missing == 1 and not named_like_identifier(cells[0]) and _are_row_names(rows, width):
        # As R writes a table: the names of the rows have none themselves.
        return ["", *cells]
    return cells + [""] * missing


def _as_wide(header: Sequence[str], names: Sequence[str], width: int) -> list[str]:
    """Return the header's own cells, one for each column: empty where it has none."""
    if len(header) < width and not names[0]:
        header = ["", *header]
    return [*header[:width], *[""] * (width - len(header))]


def _are_row_names(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether the first cells name the rows: they count them, or are words beside numbers."""
    full = [row for row in rows if len(row) == width]
    firsts = [row[0] for row in full]
    if len(full) < 2 or len(set(firsts)) < len(full) or not any(row[-1] for row in full):
        return False
    number = re.compile(PATTERNS["float"])
    if all(cell.isdecimal() for cell in firsts):
        start = int(firsts[0])
        return [int(cell) for cell in firsts] == list(range(start, start + len(firsts)))
    words = all(cell and cell[0].isalpha() for cell in firsts)
    return words and all(
        number.match(cell.strip()) or cell.strip() in MISSING for row in full for cell in row[1:]
    )


def _numbered(lines: Sequence[str], first: int) -> list[tuple[int, str]]:
    return [(number, line.rstrip("\r\n")) for number, line in enumerate(lines, start=first)]


def _without_remarks(lines: Sequence[str], comment: str | None) -> str:
    """Return lines without the remarks above them, unless there is nothing else."""
    rest = list(dropwhile(lambda line: not line.strip() or is_comment(line, comment), lines))
    return "".join(rest or lines)


def _check_names(names: tuple[str, ...]) -> None:
    if unique_names(list(names)) != names:
        raise ConfigError(
            f"{list(names)!r}: a name is empty, or differs from another in case alone",
            place="names",
            remedy="Give each column a name of its own.",
        )


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
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
