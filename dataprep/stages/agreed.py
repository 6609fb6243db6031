"""What all rows of a text column agree on: a kind and a style, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import narwhals as nw

from dataprep.errors import DataError
from dataprep.kinds import Kind
from dataprep.readings import (
    Asked,
    Reading,
    grouped_rival,
    order_of,
    rivals,
    unsettled,
)
from dataprep.stages.spellings import spellings_of
from dataprep.styles import Style, family_of
from dataprep.table import Table

_LONG = 9
"""Numbers of so many digits, all of one length, are names."""
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"^ *{_BYTE}(?:[.]{_BYTE}){{3}} *$"


@dataclass
class Column:
    """A column whose kind is looked for.

    Parameters
    ----------
    name : str
    cells : set of str
        Some of its cells, blanks around them left out; none stands for a missing value.
    given : Kind, optional
        The kind that a person named.
    """

    name: str
    cells: set[str]
    given: Kind | None = None
    queue: list[Reading] = field(default_factory=list)
    right: list[Reading] = field(default_factory=list)
    wrong: list[Reading] = field(default_factory=list)
    note: str = ""

    def propose(self, asked: Asked) -> None:
        """Put the readings that the cells allow into the queue."""
        self.queue = rivals(self.name, self.cells, asked, self.wrong, self.given)
        if not self.queue and self.given and not self.wrong:
            # Some cell is wrong: it is to be named, not those that are as most are.
            single = (rivals(self.name, {c}, asked, (), self.given) for c in sorted(self.cells))
            counts = Counter(found[0] for found in single if found)
            self.queue = [counts.most_common(1)[0][0] if counts else Reading(self.given)]


@dataclass(frozen=True)
class Agreed:
    """What columns agree on.

    Parameters
    ----------
    readings : dict of str to Reading
        Of the columns that all rows of agree.
    notes : dict of str to str
        What is to be said of a column: which flag would settle it.
    """

    readings: dict[str, Reading]
    notes: dict[str, str]


def agreed(
    table: Table,
    cells: Mapping[str, set[str]],
    given: Mapping[str, Kind],
    asked: Asked,
    words: Sequence[str],
) -> Agreed:
    """Hold the readings of some cells against all rows, until one fits or none is left.

    Parameters
    ----------
    table : Table
    cells : mapping of str to set of str
        Some cells of each column that is looked at.
    given : mapping of str to Kind
        Kinds that are known.
    asked : Asked
    words : sequence of str
        What stands for a missing value.

    Raises
    ------
    DataError
        When a cell is not of the kind that was given for its column, or could be read in two ways.
    """
    columns = [Column(name, set(found), given.get(name)) for name, found in cells.items()]
    for column in columns:
        column.propose(asked)
    while pending := {column.name: column.queue.pop(0) for column in columns if column.queue}:
        wrong = _wrong(table, pending, words)
        for column in (column for column in columns if column.name in pending):
            reading = pending[column.name]
            if not wrong[column.name]:
                column.right.append(reading)
                continue
            column.wrong.append(reading)
            row, cell = table.engine.first_wrong(
                table.frame, column.name, reading.kind, words, reading.style
            )
            column.cells.add(cell.strip(" "))
            if not column.queue and not column.right:
                column.propose(asked)
                if column.given and not column.queue:
                    raise DataError(
                        f"{cell!r} in row {row} is not of kind {column.given!r}",
                        place=column.name,
                        remedy="Give another kind, or name the value in missing=[...].",
                    )
    for column in columns:
        column.right = _confirmed(table, column, asked)
    found = _settled(columns, asked)
    _shadowed(table, columns, found, asked, words)
    for column in columns:
        if column.given and column.note:
            raise DataError(column.note, place=column.name, remedy="Say which with that flag.")
    return replace(found, notes={c.name: c.note for c in columns if c.note})


def _wrong(table: Table, pending: Mapping[str, Reading], words: Sequence[str]) -> dict[str, int]:
    """Return how many cells of each column a reading does not fit."""
    kinds = {name: reading.kind for name, reading in pending.items()}
    styles = {name: reading.style for name, reading in pending.items() if reading.style}
    counts = table.engine.parse_counts(table.frame, kinds, words, (), styles)
    return {name: int(counts[name]["wrong"]) for name in kinds}


def _confirmed(table: Table, column: Column, asked: Asked) -> list[Reading]:
    """Return the right readings without those that all rows together speak against.

    Words for true and false other than the English ones are a pair where both occur; groups of
    digits that name something are no numbers. What a person said needs no more proof.
    """
    if column.given:
        # The languages that share a word mean the same by it.
        return column.right[:1] if column.given == "boolean" else column.right
    return [
        reading
        for reading in column.right
        if (style := reading.style) is None
        or not (
            (reading.kind == "boolean" and not _has_both(table, column, style))
            or (
                reading.kind == "integer"
                and style.grouping in (" ", ".")
                and asked.thousands is None
                and _are_names(table, column.name, style)
            )
        )
    ]


def _has_both(table: Table, column: Column, style: Style) -> bool:
    """Tell whether a word for true and one for false occur."""
    trues, falses = family_of(style)

    def among(words: Iterable[str]) -> bool:
        found = {word.lower() for word in words}
        return bool(found & set(trues) and found & set(falses))

    return among(column.cells) or among(spellings_of(table, column.name))


def _are_names(table: Table, name: str, style: Style) -> bool:
    """Tell whether groups of digits name something: addresses, telephone numbers."""
    cell = nw.col(name).cast(nw.String)
    length = cell.str.replace_all("[^0-9]", "").str.len_chars()
    present = replace(table, frame=table.frame.filter(length > 0))
    found = present.values(
        low=length.min(),
        high=length.max(),
        n=cell.n_unique(),
        addresses=cell.str.contains(_ADDRESS).all(),
    )
    # Quantities are of several lengths; telephone and tax numbers of one.
    long = found["n"] > 2 and found["low"] == found["high"] >= _LONG
    return bool(long or (style.grouping == "." and found["addresses"]))


def _settled(columns: Sequence[Column], asked: Asked) -> Agreed:
    """Take the one reading that is right; of two, and of commas that may be either, take none."""
    readings = {}
    for column in columns:
        right = column.right
        if len(right) == 1 and not unsettled(right[0], column.cells, asked):
            readings[column.name] = right[0]
        elif right:
            column.note = _note(column, right[0], min(column.cells, key=_plainest))
    return Agreed(readings, {})


def _plainest(cell: str) -> tuple[bool, int, str]:
    """Order cells by how well they show what is in question."""
    return (not any(sign in cell for sign in ",./-"), len(cell), cell)


def _note(column: Column, reading: Reading, cell: str) -> str:
    if reading.kind in ("date", "timestamp"):
        orders = [order_of(right.style or Style()) for right in column.right]
        return (
            f"{column.name}: {cell!r} may begin with the {' or the '.join(orders)}, and no cell "
            f"settles it; it stays as it is. Say --date-order {', or '.join(orders)}"
        )
    sign = "," if "," in cell else "."
    return (
        f"{column.name}: {cell!r} may have decimals or thousands after its {sign!r}, and no cell "
        f"settles it; it stays as it is. Say --decimal {sign!r}, or --thousands {sign!r}"
    )


def _shadowed(
    table: Table, columns: Sequence[Column], found: Agreed, asked: Asked, words: Sequence[str]
) -> None:
    """Look again at decimals such as 1.234: all of them may be thousands.

    They are read as decimals and it is said; beside a column with decimal commas, they are not.
    """
    if asked.decimal or asked.thousands:
        return
    doubtful = {}
    for column in columns:
        rival = grouped_rival(column.cells)
        if found.readings.get(column.name) == Reading("float") and rival and not column.given:
            doubtful[column.name] = rival
    if not doubtful:
        return
    commas = [n for n, r in found.readings.items() if r.style and r.style.decimal == ","]
    wrong = _wrong(table, doubtful, words)
    for column in (c for c in columns if c.name in doubtful and not wrong[c.name]):
        cell = min(column.cells, key=_plainest)
        if commas:
            del found.readings[column.name]
            column.note = _note(column, Reading("float"), cell)
        else:
            column.note = (
                f"{column.name}: {cell!r} is read as a decimal. If its point groups thousands, "
                "say --thousands '.'"
            )
