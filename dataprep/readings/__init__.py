"""What texts may mean: the kinds and styles in which all of some cells can be read.

Nothing is decided from these cells alone: whoever asks holds the readings against all rows, and
comes back with the cells that one did not fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dataprep.kinds import (
    CANDIDATES,
    PATTERNS,
    Kind,
    named_like_date,
    named_like_identifier,
)
from dataprep.readings.dates import COMPACT, compact_dates, dates, iso_style, like_time
from dataprep.readings.numbers import PERCENT, grouped_rival, like_number, numbers, unsettled
from dataprep.readings.reading import NOTHING_ASKED, Asked, Reading, all_match, order_of
from dataprep.styles import BOOLEANS, Style

__all__ = [
    "COMPACT",
    "PERCENT",
    "Asked",
    "Reading",
    "grouped_rival",
    "iso_style",
    "like_number",
    "like_time",
    "order_of",
    "rivals",
    "unsettled",
]


def rivals(
    name: str,
    cells: Collection[str],
    asked: Asked = NOTHING_ASKED,
    tried: Collection[Reading] = (),
    kind: Kind | None = None,
) -> list[Reading]:
    """Return the readings that all cells allow: one, or several that give other values.

    Parameters
    ----------
    name : str
        The column's name: 20240131 is a date where it says so.
    cells : collection of str
        Texts without blanks around them, none of which stands for a missing value.
    asked : Asked, optional
    tried : collection of Reading, optional
        Those that some other cell did not allow.
    kind : Kind, optional
        The only kind that is wanted.

    Examples
    --------
    >>> [(r.kind, r.style.plain()) for r in rivals("x", {"1.234,5", "7"})]
    [('float', {'decimal': ',', 'grouping': '.'})]
    >>> [(r.kind, r.style.plain()) for r in rivals("x", {"1,234", "7"})]
    [('integer', {'grouping': ','}), ('float', {'decimal': ','})]
    >>> [r.style.date for r in rivals("x", {"03/04/2024"})]
    ['%d/%m/%Y', '%m/%d/%Y']
    """
    for found in _readings(name, sorted(cells), asked, kind):
        left = [
            reading
            for reading in found
            if reading not in tried
            and asked.allows(reading)
            and (kind is None or reading.kind == kind)
        ]
        if left:
            return left
    return []


def _readings(
    name: str, cells: Sequence[str], asked: Asked, kind: Kind | None
) -> Iterable[list[Reading]]:
    if named_like_date(name) or kind == "date":
        yield compact_dates(cells)
    for plain in CANDIDATES:
        if all_match(PATTERNS[plain], cells):
            yield [Reading(plain)]
    if not cells or not any(map(str.isdigit, "".join(cells[:1]))):
        yield _words(cells)
        # Names of months may stand first; numbers have a digit in every cell.
        yield dates(cells, asked)
        return
    yield dates(cells, asked)
    if not named_like_identifier(name) or kind is not None:
        yield numbers(cells, asked, kind)


def _words(cells: Sequence[str]) -> list[Reading]:
    """Return words for true and false other than the English ones: of each language, both."""
    words = {cell.lower() for cell in cells}
    return [
        Reading("boolean", Style(true=trues[0], false=falses[0]))
        for trues, falses in BOOLEANS[1:]
        if words and words <= {*trues, *falses}
    ]
