"""How much of a clean table a reader gave back: header, records, cells, and silent losses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from corpus.draft import Draft

Row = Sequence[str]
Same = Callable[[str, str], bool]


@dataclass
class Read:
    """What a reader made of a file.

    Parameters
    ----------
    header : list of str
    records : list of list of str
        The text of each cell; a missing one is empty.
    told : list of str
        The texts that are in no record but were handed back: malformed lines, skipped ones.
    error : str
        Why nothing was read.
    """

    header: list[str] = field(default_factory=list)
    records: list[list[str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Score:
    """Counts for one file; sums of them are counts for many.

    Parameters
    ----------
    files, headers : int
        How many, and how many of their headers are right.
    records, cells : tuple of int
        Expected, found, and right.
    lost : int
        Clean cells that are in no record and in nothing that was told.
    unnamed : int
        Lines that belong to no table and are neither told nor in a record or a name.
    errors : int
        Files of which nothing was read.
    wrong_rows : tuple of int
        The clean records, not given back as they are, that no damage excuses.
    """

    files: int = 0
    headers: int = 0
    records: tuple[int, int, int] = (0, 0, 0)
    cells: tuple[int, int, int] = (0, 0, 0)
    lost: int = 0
    unnamed: int = 0
    errors: int = 0
    wrong_rows: tuple[int, ...] = ()

    def __add__(self, other: Score) -> Score:
        """Return the counts of both."""
        return Score(
            self.files + other.files,
            self.headers + other.headers,
            tuple(map(sum, zip(self.records, other.records, strict=True))),  # type: ignore[arg-type]
            tuple(map(sum, zip(self.cells, other.cells, strict=True))),  # type: ignore[arg-type]
            self.lost + other.lost,
            self.unnamed + other.unnamed,
            self.errors + other.errors,
        )


def score(draft: Draft, read: Read, same: Same | None = None) -> Score:
    """Compare what was read with what stands in the clean table.

    Parameters
    ----------
    draft : Draft
    read : Read
    same : callable, optional
        Whether a cell that was found is the one expected; by default, where their texts are equal,
        line ends of any kind being one.
    """
    same = same or _equal
    loose = draft.loose
    expected = [[_plain(cell, loose) for cell in record] for record in draft.records]
    found = [[_plain(cell, loose) for cell in record] for record in read.records]
    width = len(draft.header)
    found = _without_empty_columns(found, width)
    n_expected = sum(map(len, expected))
    if read.error:
        counts = ((len(expected), 0, 0), (n_expected, 0, 0))
        return Score(1, 0, *counts, errors=1, wrong_rows=tuple(range(len(expected))))
    right_cells = right_records = 0
    whole = set()
    for i, k in aligned(expected, found, same):
        here = [j for j in range(width) if j < len(found[k]) and same(expected[i][j], found[k][j])]
        right_cells += len(here)
        if len(here) == width == len(found[k]):
            right_records += 1
            whole.add(i)
    lost = _lost(draft, expected, found, read, str if same is _equal else meaning)
    return Score(
        files=1,
        headers=int(_header_right(draft, read.header)),
        records=(len(expected), len(found), right_records),
        cells=(n_expected, sum(map(len, found)), right_cells),
        lost=lost,
        unnamed=_unnamed(draft, read),
        wrong_rows=tuple(i for i in range(len(expected)) if i not in whole | draft.hurt),
    )


def _plain(cell: str, loose: bool) -> str:
    text = re.sub(r"\r\n?", "\n", cell)
    return text.strip(" ") if loose else text


def _equal(expected: str, found: str) -> bool:
    return expected == found


def _without_empty_columns(rows: list[list[str]], width: int) -> list[list[str]]:
    """Leave out columns on the right, past those expected, that hold nothing."""
    most = max((len(row) for row in rows), default=0)
    while most > width and not any(row[most - 1] for row in rows if len(row) >= most):
        most -= 1
    return [row[:most] for row in rows]


def aligned(expected: list[Row], found: list[Row], same: Same) -> Iterator[tuple[int, int]]:
    """Give pairs of records that belong together, so that one lost row spoils no other.

    First those that are equal as a whole; between them those that are equal in a column; what is
    left, in order.
    """
    if same is not _equal:
        # Types may have changed the texts: what a cell means is compared, in its place.
        expected = [[meaning(cell) for cell in row] for row in expected]
        found = [[meaning(cell) for cell in row] for row in found]
    keys: list[Callable[[Row], object]] = [tuple]
    keys += [lambda row, j=j: row[j] if j < len(row) else None for j in range(3)]  # type: ignore[misc]
    yield from _matched(expected, found, range(len(expected)), range(len(found)), keys)


def _matched(
    a: list[Row], b: list[Row], left: range, right: range, keys: list[Callable[[Row], object]]
) -> Iterator[tuple[int, int]]:
    if not left or not right:
        return
    if not keys:
        yield from zip(left, right, strict=False)
        return
    first, second = [keys[0](a[i]) for i in left], [keys[0](b[k]) for k in right]
    i = k = 0
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    for start, other, size in blocks:
        yield from _matched(a, b, left[i:start], right[k:other], keys[1:])
        yield from zip(left[start : start + size], right[other : other + size], strict=True)
        i, k = start + size, other + size


def _header_right(draft: Draft, names: list[str]) -> bool:
    """Tell whether the names are those of the table, or made up where there are none."""
    if not draft.has_header:
        cells = {cell for cell in draft.records[0] if cell}
        return len(names) == len(draft.header) and not cells & set(names)
    if len(names) < len(draft.header):
        return False
    if draft.name_parts:
        return all(
            all(part in name for part in parts)
            for parts, name in zip(draft.name_parts, names, strict=False)
        )
    repeats = {name for name, n in Counter(draft.header).items() if n > 1}
    return all(
        # An empty name may be made up, a repeated one may get a number.
        not wanted or name.strip() == wanted or (wanted in repeats and name.startswith(wanted))
        for wanted, name in zip(draft.header, names, strict=False)
    )


def _lost(
    draft: Draft,
    expected: list[list[str]],
    found: list[list[str]],
    read: Read,
    form: Callable[[str], str],
) -> int:
    """Count the clean cells that are neither in a record nor in what was told.

    Cells are counted as often as they occur: a ``2`` too few is not made up for by the ``2`` of
    another row.
    """
    cells = [cell for row in expected for cell in row if _bare(cell)]
    texts: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        texts[form(cell)].add(_bare(cell))
    wanted = Counter(map(form, cells))
    there = Counter(form(cell) for row in found for cell in row)
    missing = wanted - there
    if not missing:
        return 0
    # What is not the very text of a cell may still hold it: two cells in one, a line as it stood.
    rest = there - wanted
    others = [cell for row in found for cell in row if form(cell) in rest]
    held = _bare("\n".join([*others, *read.header]))
    told = _bare("\n".join(read.told))
    if draft.recoded:
        told = _ascii(told)
    lost = 0
    # The longest first, each taken out where it is found, so that none is counted twice.
    for cell in sorted(missing, key=len, reverse=True):
        left = missing[cell]
        for bare in sorted(texts[cell], key=lambda text: (-len(text), text)):
            left, held = _taken(left, bare, held)
            left, told = _taken(left, _ascii(bare) if draft.recoded else bare, told)
        lost += left
    return lost


def _taken(wanted: int, text: str, pool: str) -> tuple[int, str]:
    """Take a text out of a pool as often as it is wanted; return how often it was not there."""
    n = min(wanted, pool.count(text)) if text else wanted
    return wanted - n, pool.replace(text, "\x1e", n) if n else pool


def _bare(text: str) -> str:
    """Return a text without the signs that quote and escape, any blanks being one."""
    return re.sub(r"\s+", " ", re.sub(r"[\"'\\]", "", text)).strip()


def _ascii(text: str) -> str:
    """Return a text without what another encoding garbles, and without its bytes written out."""
    return re.sub(r"x[0-9a-fA-F]{2}|[^\x00-\x7f]", "", text)


def _unnamed(draft: Draft, read: Read) -> int:
    told = [*read.told, *read.header, *(cell for row in read.records for cell in row)]
    pool = _bare("\n".join(told))
    left = 0
    for words in draft.noise:
        missing, pool = _taken(1, _bare(words), pool)
        left += missing
    return left


_DATES = re.compile(r"(\d{2})/(\d{2})/(\d{4})$")
_WORDS = {"true": "true", "yes": "true", "false": "false", "no": "false"}


def meaning(text: str) -> str:
    """Return one text for all forms of a number, a date or a truth; codes are only themselves.

    What `means_the_same` goes by.
    """
    plain = text.strip()
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    if day := _DATES.match(plain):
        return "-".join(reversed(day.groups()))
    if re.match(r"\d{4}-\d\d-\d\d[ T]", plain):
        return plain.replace("T", " ").removesuffix(" 00:00:00")
    number = plain.replace(",", "") if re.match(r"\d{1,3}(,\d{3})+(\.|$)", plain) else plain
    if re.match(r"[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$", number):
        return f"{float(number):.9g}"
    return plain


def means_the_same(expected: str, found: str) -> bool:
    """Tell whether a reader that gives types gave the value of a text.

    Generous: 1.50 may become 1.5, and 31/05/2024 a date; 007 may not become 7.
    """
    return meaning(expected) == meaning(found)
