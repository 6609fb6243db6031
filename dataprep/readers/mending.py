"""Lines that are no rows as they stand, and the one row that they can be meant as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dataprep.kinds import MISSING
from dataprep.readers.records import MOST_LINES, Cell, Form
from dataprep.readings import like_number, like_time

_MOST_LEVELS = 20
Test = Callable[[str], bool]


@dataclass(frozen=True)
class Mended:
    """A row that was read otherwise than it stands.

    Parameters
    ----------
    cells : list of text or None
    lines : int
        How many lines it takes.
    reason : str
        What was the matter; empty for a row that is as it should be.
    """

    cells: list[Cell]
    lines: int
    reason: str = ""


class Mender:
    """Reads lines one after the other, by what the rows around them are like.

    Parameters
    ----------
    form : Form
    width : int
        How many cells a row has.
    sample : sequence of rows
        Rows that are as they should be; they say what the columns hold.
    trailing : bool, default=False
        Whether rows end with a delimiter.
    """

    def __init__(
        self,
        form: Form,
        width: int,
        sample: Sequence[Sequence[str]],
        *,
        trailing: bool = False,
    ) -> None:
        self.form, self.width, self.trailing = form, width, trailing
        rows = [row for row in sample if len(row) == width]
        columns = [[row[i] for row in rows] for i in range(width)]
        self._tests = [_test_of(column) for column in columns]
        # What was cut in two, or in three, is none of the few values that come again and again.
        self._open_tests = [_test_of(column, levels=False) for column in columns]

    def read(self, line: Callable[[int], str | None]) -> Mended | None:
        """Return the row that begins in a line; None where no single reading fits.

        Parameters
        ----------
        line : callable
            Gives the lines from there on by their number from 0, with their ends; None at the end.
        """
        whole, open_quote = "", False
        first = line(0) or ""
        for i in range(MOST_LINES):
            text = line(i)
            if text is None:
                break
            whole += text
            if open_quote and self.form.quote not in text:
                # No quote, no end of quotes.
                continue
            cells = self.form.strict(whole.rstrip("\r\n"))
            if not isinstance(cells, bool):
                cells = cells[:-1] if self.trailing and cells[-1] is None else cells
                if len(cells) == self.width:
                    return Mended(cells, i + 1)
                break
            if not cells:
                break
            open_quote = True
        return self._fitted(first.rstrip("\r\n"))

    def _fitted(self, text: str) -> Mended | None:
        """Return the only reading of a line that has as many cells as a row, and such cells."""
        form, width = self.form, self.width
        loose = form.loose(text)
        if len(loose) == width and len(loose) > 1:
            return Mended(loose, 1, "quotes are astray")
        pieces = form.pieces(text)
        if len(loose) > width:
            if not any(loose[width:]) and self.fits(loose[:width], levels=False):
                return Mended(loose[:width], 1, "empty cells too many at the end")
            fitting = [c for i, c in self._joined(pieces) if self.fits(c, joined=i)]
            return _only(fitting, "a delimiter stands inside a cell")
        if 1 < len(loose) < width:
            row = self._spread(loose)
            return None if row is None else Mended(row, 1, "cells are missing")
        return None

    def _joined(self, pieces: list[str]) -> list[tuple[int, list[Cell]]]:
        """Return which column has neighbours joined, and the row that they make then."""
        form, extra = self.form, len(pieces) - self.width
        if extra < 1 or form.is_blank:
            return []
        # A quote that is astray says in which cell; of several, none does.
        opening = [i for i, piece in enumerate(pieces) if form.quote and form.quote in piece]
        if len(opening) > 1:
            return []
        readings: list[tuple[int, list[Cell]]] = []
        for start in range(self.width):
            end = start + extra
            if opening and not (start in opening or end in opening):
                continue
            whole = form.delimiter.join(pieces[start : end + 1])
            whole = whole.strip(form.quote) if form.quote else whole
            cells = [form.bare(piece) for piece in pieces]
            readings.append((start, [*cells[:start], whole, *cells[end + 1 :]]))
        return readings

    def _spread(self, cells: list[Cell]) -> list[Cell] | None:
        """Return the row that cells make when some of a row are missing, if it is the only one."""
        gap = self.width - len(cells)
        # Where an empty cell stands among missing ones makes no difference to the row.
        present = [(i, cell) for i, cell in enumerate(cells) if cell is not None]
        # ways[k]: in how many ways the cells so far fit when k of a row were missing before them.
        ways: list[list[int]] = []
        for i, cell in present:
            before = [sum(ways[-1][: k + 1]) if ways else 1 for k in range(gap + 1)]
            ways.append([n if self._fits_at(i + k, cell) else 0 for k, n in enumerate(before)])
        if not ways or sum(ways[-1]) != 1:
            return None
        row: list[Cell] = [None] * self.width
        most = gap
        for (i, cell), found in zip(reversed(present), reversed(ways), strict=True):
            most = next(k for k in range(most, -1, -1) if found[k])
            row[i + most] = cell
        return row

    def _fits_at(self, column: int, cell: str) -> bool:
        return cell.strip() in MISSING or self._tests[column](cell)

    def fits(
        self, cells: Sequence[Cell], joined: int | None = None, *, levels: bool = True
    ) -> bool:
        """Tell whether each cell is like those of its column; a missing one is like any."""
        return all(
            cell is None
            or cell.strip() in MISSING
            or (self._tests if levels and i != joined else self._open_tests)[i](cell)
            for i, cell in enumerate(cells)
        )


def _only(readings: list[list[Cell]], reason: str) -> Mended | None:
    return Mended(readings[0], 1, reason) if len(readings) == 1 else None


def _test_of(column: Sequence[str], *, levels: bool = True) -> Test:
    """Return a test for the cells of a column, from those that are right."""
    present = [cell for cell in column if cell.strip() not in MISSING]
    if not present:
        return lambda cell: True
    for like in (like_number, like_time):
        if sum(map(like, present)) >= 0.95 * len(present):
            return like
    seen = Counter(present)
    if levels and len(seen) <= _MOST_LEVELS and len(present) >= 4 * len(seen):
        return lambda cell: cell in seen
    numbers = any(like_number(cell) or like_time(cell) for cell in present)
    blanks = any(cell[0] == " " for cell in present)
    words = max(len(cell.split()) for cell in present)

    def like_text(cell: str) -> bool:
        if not numbers and (like_number(cell) or like_time(cell)):
            return False
        return (blanks or cell[:1] != " ") and len(cell.split()) <= 3 * words

    return like_text
