"""What text columns hold: integers, floats, booleans, dates, categories, identifiers, text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dataprep.columns import known
from dataprep.errors import ConfigError, SchemaError
from dataprep.kinds import (
    MISSING,
    MISSING_LEVELS,
    PATTERNS,
    Kind,
    most_levels,
    named_like_date,
    named_like_identifier,
)
from dataprep.readings import COMPACT, Asked
from dataprep.stage import Change, Stage, State
from dataprep.stages.agreed import agreed
from dataprep.stages.spellings import add_spellings
from dataprep.styles import APOSTROPHES, BLANKS, styles_of
from dataprep.table import Table


@dataclass(eq=False, repr=False)
class Types(Stage):
    """Read text columns as what all of their values are.

    A column is an integer, float, boolean, date or timestamp when every value that is present is
    one, over all rows, and all are written in one style: ``1.234,50 EUR``, ``31/12/2024``,
    ``ja`` and ``nein``. The style is learned, and new values are written in it. Where no cell
    settles a style (``03/04/2024``, ``1,234``), the column stays as it is, with a note. Other text
    is a category (few levels), an identifier (codes with leading zeros, keys, columns named like
    one) or text. Files are read with this stage; on a frame it turns columns of strings into typed
    ones.

    Parameters
    ----------
    columns : str, Selector or list, default="all"
        The columns to look at; those that are not text stay as they are.
    kinds : mapping of str to Kind, optional
        Kinds that are known: ``{"zip": "identifier"}``.
    missing : sequence of str
        Disguised missing values of typed columns, blanks around them ignored; by default ``""``,
        ``NA``, ``N/A``, ``n/a``, ``NaN``, ``nan``, ``null``, ``NULL``, ``None``, ``?``, ``-``. In a
        category only ``""``, ``N/A``, ``n/a`` and ``?`` are: ``NA`` may be Namibia. In text nothing
        is.
    sentinels : sequence of number or str, default=()
        Numbers that stand for a missing value, such as ``-999``.
    decimal : {".", ","}, optional
        The sign before decimals, where columns leave it open.
    thousands : str, optional
        The sign between thousands, likewise.
    date_order : {"day", "month", "year"}, optional
        What dates such as ``03/04/2024`` and ``24-01-31`` begin with, where columns leave it open.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": ["34", "?", "51"], "zip": ["00060", "10115", "00501"]})
    >>> typed = Types().fit(frame).transform(frame)
    >>> typed["age"].tolist(), typed["zip"].tolist()
    ([34, <NA>, 51], ['00060', '10115', '00501'])
    >>> days = ["3/4/2024", "5/4/2024"]
    >>> frame = pd.DataFrame({"price": ["1.299,00 EUR", "15,50 EUR"], "day": days})
    >>> Types().fit(frame).transform(frame)["price"].tolist()
    [1299.0, 15.5]
    >>> Types().fit(frame).states_[0]["kinds"]["day"]
    'text'
    >>> Types(date_order="month").fit(frame).transform(frame)["day"][0].day_name()
    'Monday'
    >>> Types(decimal=",", thousands=",").fit(frame)
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: types.thousands: ',' is the decimal sign as well. Give two signs.
    in stage 0:types
    """

    columns: Any = "all"
    kinds: Mapping[str, Kind] | None = None
    missing: Sequence[str] = field(default=MISSING)
    sentinels: Sequence[int | float | str] = ()
    decimal: Literal[".", ","] | None = None
    thousands: str | None = None
    date_order: Literal["day", "month", "year"] | None = None

    def learn(self, table: Table) -> State:
        """Find the kind of each text column, from a sample first and then over all rows."""
        given = {known(name, table, "kinds"): kind for name, kind in (self.kinds or {}).items()}
        sentinels = [str(word) for word in self.sentinels]
        open_columns = [
            name
            for name in self.chosen(table)
            if table.kinds[name] in ("text", "category") and name not in given
        ]
        asked = self._asked()
        words = [*self.missing, *sentinels]
        to_read = {name: kind for name, kind in given.items() if kind in PATTERNS}
        cells = _sampled(table, [*open_columns, *to_read], words)
        found = agreed(table, cells, to_read, asked, words)
        kinds: dict[str, Kind] = {n: r.kind for n, r in found.readings.items()} | given
        styles = {n: r.style for n, r in found.readings.items() if r.style}
        texts = [name for name in open_columns if name not in kinds]
        kinds.update(kinds_of_words(table, texts))
        whole = [n for n, k in kinds.items() if k == "integer" and n not in (*given, *styles)]
        kinds.update(dict.fromkeys(_identifiers(table, whole), "identifier"))
        add_spellings(table, kinds, styles)
        return {
            "kinds": {name: kinds[name] for name in table.columns if name in kinds},
            "missing": self.missing_for({n: kinds[n] for n in table.columns if n in kinds}),
            "styles": {name: styles[name].plain() for name in table.columns if name in styles},
            "notes": [found.notes[name] for name in table.columns if name in found.notes],
        }

    def _asked(self) -> Asked:
        """Return what was said of how values are written; two signs must differ."""
        if self.thousands is not None and self.thousands not in (*",. '", *BLANKS, *APOSTROPHES):
            raise ConfigError(
                f"{self.thousands!r} does not stand between thousands",
                place="types.thousands",
                remedy="Give one of , . ' or a blank.",
            )
        if self.decimal is not None and self.decimal == self.thousands:
            raise ConfigError(
                f"{self.decimal!r} is the decimal sign as well",
                place="types.thousands",
                remedy="Give two signs.",
            )
        return Asked(self.decimal, self.thousands, self.date_order)

    def missing_for(self, kinds: Mapping[str, Kind]) -> dict[str, list[str]]:
        """Return the disguised missing values of each column, by its kind."""
        sentinels = [str(word) for word in self.sentinels]
        found = {name: self._missing_of(kind, sentinels) for name, kind in kinds.items()}
        return {name: words for name, words in found.items() if words}

    def _missing_of(self, kind: Kind, sentinels: Sequence[str]) -> list[str]:
        if kind in ("text", "identifier", "other"):
            return []
        if kind == "category":
            # The words that a person adds hold for categories too.
            added = [word for word in self.missing if word not in MISSING]
            return [word for word in MISSING_LEVELS if word in self.missing] + added
        return [*self.missing, *(sentinels if kind in ("integer", "float") else [])]

    def reading(self, table: Table, state: State) -> Change:
        """Read the columns as the kinds that were learned."""
        kinds: dict[str, Kind] = {
            name: kind for name, kind in state["kinds"].items() if table.kinds.get(name) in READABLE
        }
        return Change(
            parses=kinds,
            missing=state["missing"],
            styles=styles_of(state),
            notes=state.get("notes", ()),
        )

    def change(self, table: Table, state: State) -> Change:
        """Read the columns as the kinds that were learned; a value of another kind is an error."""
        verify(table, state)
        return self.reading(table, state)


READABLE = ("text", "category", "identifier", "other")
REFIT = "Mend the cell, or fit again on rows that have such values."


def verify(table: Table, state: State, remedy: str = REFIT) -> None:
    """Raise when a cell is not of the kind and style that its column had when it was learned."""
    styles = styles_of(state)
    together: dict[tuple[str, ...], dict[str, Kind]] = {}
    for name, kind in state["kinds"].items():
        if kind in PATTERNS and table.kinds.get(name) in READABLE:
            words = tuple(state["missing"].get(name, ()))
            together.setdefault(words, {})[name] = kind
    for words, kinds in together.items():
        counts = table.engine.parse_counts(table.frame, kinds, words, (), styles)
        for name in (name for name in kinds if counts[name]["wrong"]):
            style = styles.get(name)
            row, cell = table.engine.first_wrong(table.frame, name, kinds[name], words, style)
            told = f", written as {style.plain()}," if style and style.reading else ","
            raise SchemaError(
                f"{cell!r} in row {row} is not of kind {kinds[name]!r}{told} "
                f"which the column {name!r} had at fit",
                place=name,
                remedy=remedy,
            )


def _sampled(table: Table, names: list[str], words: Sequence[str]) -> dict[str, set[str]]:
    """Return cells of each column that has some, without those that stand for missing values."""
    sampled = table.engine.sample(table.frame, names, 2000) if names else {}
    found = {}
    for name in names:
        found[name] = {str(cell).strip(" ") for cell in sampled[name] if cell is not None}
        found[name] -= set(words)
    # A column with no cell at all stays text, which any later value may be.
    silent = [name for name in names if not found[name]]
    present = table.counts(silent) if silent else {}
    return {name: cells for name, cells in found.items() if cells or present[name]}


def kinds_of_words(table: Table, names: list[str]) -> dict[str, Kind]:
    """Tell categories, identifiers and text apart by the number of distinct values."""
    kinds: dict[str, Kind] = {}
    present = table.counts(names)
    most = {name: most_levels(present[name]) for name in names}
    sampled = table.engine.sample(table.frame, names, 4000) if names else {}
    few = [name for name in names if len(set(sampled[name])) <= most[name] + 1]
    exact = table.n_unique(few) if few else {}
    for name in names:
        levels = exact.get(name)
        if named_like_identifier(name):
            kinds[name] = "identifier"
        elif levels is not None and 0 < levels <= most[name]:
            kinds[name] = "category"
        else:
            cells = [str(cell).strip(" ") for cell in sampled[name] if cell is not None]
            digits = bool(cells) and all(cell.lstrip("+-").isdigit() for cell in cells)
            kinds[name] = "identifier" if digits else "text"
    return kinds


def _identifiers(table: Table, names: list[str]) -> list[str]:
    """Return whole numbers that are names: by the column's name, or a gapless numbering."""
    found = [n for n in names if named_like_identifier(n) or _is_compact_date(table, n)]
    others = [name for name in names if name not in found]
    sampled = table.engine.sample(table.frame, others, 1000) if others else {}
    for name, cells in sampled.items():
        present = [cell for cell in cells if cell is not None]
        if len(present) >= 20 and len(set(present)) == len(present) and _is_gapless(table, name):
            found.append(name)
    return found


def _is_compact_date(table: Table, name: str) -> bool:
    """Tell whether whole numbers are days, most of them: 20240131, in a column that says so."""
    if not named_like_date(name):
        return False
    sampled = table.engine.sample(table.frame, [name], 1000)[name]
    cells = [str(cell).strip(" ") for cell in sampled if cell is not None]
    days = sum(bool(re.fullmatch(COMPACT, cell)) for cell in cells)
    return days > len(cells) / 2


def _is_gapless(table: Table, name: str) -> bool:
    """Tell whether a column of whole numbers counts the rows: each number once, none left out."""
    import narwhals as nw

    kinds: dict[str, Kind] = {name: "integer"}
    values = replace(table, frame=table.engine.parse(table.frame, kinds, {}))
    column = nw.col(name)
    found = values.values(low=column.min(), high=column.max(), n=column.count(), rows=nw.len())
    if not found["n"] or found["n"] < found["rows"]:
        return False
    count = values.n_unique([name])[name]
    return bool(count == found["n"] and found["high"] - found["low"] + 1 == found["n"])
