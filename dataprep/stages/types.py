"""What text columns hold: integers, floats, booleans, dates, categories, identifiers, text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dataprep.columns import known
from dataprep.errors import DataError, SchemaError
from dataprep.kinds import (
    CANDIDATES,
    MISSING,
    MISSING_LEVELS,
    PATTERNS,
    Kind,
    most_levels,
    named_like_identifier,
)
from dataprep.stage import Change, Stage, State
from dataprep.table import Table


@dataclass(eq=False, repr=False)
class Types(Stage):
    """Read text columns as what all of their values are.

    A column is an integer, float, boolean, date or timestamp when every value that is present is
    one, over all rows. Other text is a category (few levels), an identifier (codes with leading
    zeros, keys, columns named like one) or text. Files are read with this stage; on a frame it
    turns columns of strings into typed ones.

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

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": ["34", "?", "51"], "zip": ["00060", "10115", "00501"]})
    >>> typed = Types().fit(frame).transform(frame)
    >>> typed["age"].tolist(), typed["zip"].tolist()
    ([34, <NA>, 51], ['00060', '10115', '00501'])
    """

    columns: Any = "all"
    kinds: Mapping[str, Kind] | None = None
    missing: Sequence[str] = field(default=MISSING)
    sentinels: Sequence[int | float | str] = ()

    def learn(self, table: Table) -> State:
        """Find the kind of each text column, from a sample first and then over all rows."""
        given = {known(name, table, "kinds"): kind for name, kind in (self.kinds or {}).items()}
        sentinels = [str(word) for word in self.sentinels]
        open_columns = [
            name
            for name in self.chosen(table)
            if table.kinds[name] in ("text", "category") and name not in given
        ]
        kinds: dict[str, Kind] = dict(given)
        for kind, names in _candidates(table, open_columns, [*self.missing, *sentinels]).items():
            kinds.update(dict.fromkeys(names, kind))
        kinds.update(self._confirmed(table, kinds, given, sentinels))
        texts = [name for name in open_columns if kinds.get(name, "text") == "text"]
        kinds.update(kinds_of_words(table, texts))
        whole = [n for n, kind in kinds.items() if kind == "integer" and n not in given]
        kinds.update(dict.fromkeys(_identifiers(table, whole), "identifier"))
        ordered = {name: kinds[name] for name in table.columns if name in kinds}
        return {"kinds": ordered, "missing": self.missing_for(ordered)}

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

    def _confirmed(
        self, table: Table, kinds: dict[str, Kind], given: Mapping[str, Kind], sentinels: list[str]
    ) -> dict[str, Kind]:
        """Look at all rows; a kind that does not hold for one of them gives way to the next."""
        checked: dict[str, Kind] = {}
        pending = {name: kind for name, kind in kinds.items() if kind in PATTERNS}
        while pending:
            counts = table.engine.parse_counts(table.frame, pending, self.missing, sentinels)
            again: dict[str, Kind] = {}
            for name, kind in pending.items():
                if counts[name]["wrong"] == 0:
                    checked[name] = kind
                elif name in given:
                    words = [*self.missing, *sentinels]
                    row, cell = table.engine.first_wrong(table.frame, name, kind, words)
                    raise DataError(
                        f"{cell!r} in row {row} is not of kind {kind!r}",
                        place=name,
                        remedy="Give another kind, or name the value in missing=[...].",
                    )
                else:
                    following = CANDIDATES.index(kind) + 1
                    # What is not even a float was no number for a reason (leading zeros): stop.
                    if kind == "integer":
                        again[name] = CANDIDATES[following]
                    else:
                        checked[name] = "text"
            pending = again
        return checked

    def reading(self, table: Table, state: State) -> Change:
        """Read the columns as the kinds that were learned."""
        kinds: dict[str, Kind] = {
            name: kind for name, kind in state["kinds"].items() if table.kinds.get(name) in READABLE
        }
        return Change(parses=kinds, missing=state["missing"])

    def change(self, table: Table, state: State) -> Change:
        """Read the columns as the kinds that were learned; a value of another kind is an error."""
        verify(table, state)
        return self.reading(table, state)


READABLE = ("text", "category", "identifier", "other")


def verify(table: Table, state: State) -> None:
    """Raise when a cell is not of the kind that its column had when it was learned."""
    together: dict[tuple[str, ...], dict[str, Kind]] = {}
    for name, kind in state["kinds"].items():
        if kind in PATTERNS and table.kinds.get(name) in READABLE:
            words = tuple(state["missing"].get(name, ()))
            together.setdefault(words, {})[name] = kind
    for words, kinds in together.items():
        counts = table.engine.parse_counts(table.frame, kinds, words, ())
        for name in (name for name in kinds if counts[name]["wrong"]):
            row, cell = table.engine.first_wrong(table.frame, name, kinds[name], words)
            raise SchemaError(
                f"{cell!r} in row {row} is not of kind {kinds[name]!r}, "
                f"which the column {name!r} had at fit",
                place=name,
                remedy="Mend the cell, or fit again on rows that have such values.",
            )


def _candidates(table: Table, names: list[str], missing: list[str]) -> dict[Kind, list[str]]:
    """Return, for each kind, the columns whose sampled values are all of it."""
    import re

    patterns = {kind: re.compile(PATTERNS[kind]) for kind in CANDIDATES}
    words = set(missing)
    found: dict[Kind, list[str]] = {}
    silent = []
    sampled = table.engine.sample(table.frame, names, 2000) if names else {}
    for name in names:
        cells = {str(cell).strip(" ") for cell in sampled[name] if cell is not None} - words
        kind = next((k for k in CANDIDATES if all(map(patterns[k].match, cells))), None)
        if not cells:
            silent.append(name)
        elif kind is not None:
            found.setdefault(kind, []).append(name)
    # Nothing in the sample says what a nearly empty column holds: let all rows say. A column with
    # no cell at all stays text, which any later value may be.
    if silent and (present := table.counts(silent)):
        found.setdefault("integer", []).extend(name for name in silent if present[name])
    return found


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
    found = [name for name in names if named_like_identifier(name)]
    others = [name for name in names if name not in found]
    sampled = table.engine.sample(table.frame, others, 1000) if others else {}
    for name, cells in sampled.items():
        present = [cell for cell in cells if cell is not None]
        if len(present) >= 20 and len(set(present)) == len(present) and _is_gapless(table, name):
            found.append(name)
    return found


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
