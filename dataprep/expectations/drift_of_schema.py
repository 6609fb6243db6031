"""Columns against a recorded schema: added, gone, of another kind, in another order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from dataprep.kinds import MISSING, PATTERNS, Kind
from dataprep.table import ROW, Table, text_of

_WORDS = {"text", "category", "identifier"}
"""Kinds of text that a few rows more can turn into each other."""


@dataclass(frozen=True)
class SchemaDrift:
    """How columns differ from those that were recorded.

    Parameters
    ----------
    added, gone : tuple of str
    retyped : mapping of str to (str, str)
        The kind that was recorded, and the one that is there.
    reordered : tuple of str
        As few columns as can be said to have moved, in the new order.
    examples : mapping of str to (int, str)
        Of columns of another kind, the row and the text of the first cell that is not of the
        recorded one, where most cells are.
    """

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    retyped: Mapping[str, tuple[str, str]] | None = None
    reordered: tuple[str, ...] = ()
    examples: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.added or self.gone or self.retyped or self.reordered)

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``summary.json`` holds it."""
        return {
            "added": list(self.added),
            "gone": list(self.gone),
            "retyped": {name: list(kinds) for name, kinds in (self.retyped or {}).items()},
            "reordered": list(self.reordered),
            "examples": {
                name: {"row": row, "value": value} for name, (row, value) in self.examples.items()
            },
        }

    def __str__(self) -> str:
        """Say in a line what differs."""
        told = []
        if self.added:
            told.append(f"columns added: {', '.join(self.added)}")
        if self.gone:
            told.append(f"columns gone: {', '.join(self.gone)}")
        for name, (was, now) in (self.retyped or {}).items():
            row, value = self.examples.get(name, (None, None))
            cell = "" if row is None else f" ({value!r} in row {row})"
            told.append(f"{name} was {was}, is {now}{cell}")
        if self.reordered:
            told.append(f"in another place: {', '.join(self.reordered)}")
        return "; ".join(told) or "the columns are as recorded"


def schema_drift(table: Table, recorded: Mapping[str, str]) -> SchemaDrift:
    """Compare a table's columns with recorded ones.

    What kind a column is depends on its rows. So a column is of another kind only where it has a
    value that the recorded kind does not have: ``abc`` among whole numbers.

    Parameters
    ----------
    table : Table
    recorded : mapping of str to str
        Kinds by column, in their order: the ``columns`` of a ``summary.json``, or the ``kinds_``
        of a fitted pipeline.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> table = open_frame(pd.DataFrame({"b": [1.5], "a": [1], "new": ["x"]})).table
    >>> print(schema_drift(table, {"a": "integer", "b": "integer", "old": "text"}))
    columns added: new; columns gone: old; b was integer, is float; in another place: b
    """
    there = table.kinds
    both = [name for name in there if name in recorded]
    examples: dict[str, tuple[int, str]] = {}
    retyped = {}
    for name in both:
        was, now = recorded[name], str(there[name])
        if was != now and not _alike(table, name, was, examples):
            retyped[name] = (was, now)
    order = {name: i for i, name in enumerate(recorded)}
    stayed = _longest_rising([order[name] for name in both])
    return SchemaDrift(
        tuple(name for name in there if name not in recorded),
        tuple(name for name in recorded if name not in there),
        retyped,
        tuple(name for name in both if order[name] not in stayed),
        examples,
    )


def _alike(table: Table, name: str, was: str, examples: dict[str, tuple[int, str]]) -> bool:
    """Tell whether all values of a column are of a kind; one that is not goes to the examples."""
    value, now = nw.col(name), table.kinds[name]
    if table.has_text:
        if was not in PATTERNS:
            return True
        return not _wrong(table, name, was, examples)
    if {was, now} <= _WORDS or {was, now} == {"identifier", "integer"}:
        return True
    if (was, now) == ("integer", "float"):
        # pandas makes floats of whole numbers with gaps.
        return not table.values(wrong=(~value.is_null() & (value % 1 != 0)).sum())["wrong"]
    return (was, now) == ("float", "integer") or not table.counts([name])[name]


def _wrong(table: Table, name: str, was: Kind, examples: dict[str, tuple[int, str]]) -> bool:
    """Tell whether a cell of a file cannot be read as a kind, and which one, if it stands out."""
    text = text_of(name) if text_of(name) in table.frame.collect_schema() else name
    cells = table.frame.select(ROW, nw.col(text).alias(name))
    wrong = table.engine.parse_counts(cells, {name: was}, MISSING, ())[name]["wrong"]
    if wrong and 2 * wrong < table.counts([name])[name]:
        examples[name] = table.engine.first_wrong(cells, name, was, MISSING)
    return bool(wrong)


def _longest_rising(places: Sequence[int]) -> set[int]:
    """Return a longest part of different numbers that rises, as the set of its numbers."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        i = bisect_left(ends, place)
        before[place] = ends[i - 1] if i else None
        ends[i : i + 1] = [place]
    found = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found
