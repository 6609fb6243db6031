"""What the columns of a delimited file are called: by their header, or by number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dataprep.errors import ConfigError
from dataprep.kinds import MISSING, PATTERNS, named_like_identifier
from dataprep.readers.head import joined_names
from dataprep.readers.records import Record


def names_of(names: Sequence[Record], rows: Sequence[Sequence[str]], width: int) -> list[str]:
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


def as_wide(header: Sequence[str], names: Sequence[str], width: int) -> list[str]:
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


def check_names(names: tuple[str, ...]) -> None:
    """Refuse names that are empty, or differ in case alone."""
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
