"""What the imputers that learn from whole rows share: columns, the sample, and the Change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import narwhals as nw
import numpy as np
from annotated_types import Ge

from dataprep.errors import ConfigError
from dataprep.kinds import NUMERIC
from dataprep.stage import Change, Mapped, Stage, State
from dataprep.stages.chosen import named
from dataprep.stages.mixed import (
    LEVELLED,
    USABLE,
    Places,
    is_levelled,
    places_of,
    values_from,
)
from dataprep.table import hidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataprep.engine import Arrays
    from dataprep.kinds import Kind
    from dataprep.table import Table

Filled = dict[str, np.ndarray]
"""For columns to fill: one number (or code of a level) for each of the rows asked for."""


@dataclass(eq=False, repr=False)
class LearnedImputer(Stage):
    """Learn from a sample of rows how columns go together, and fill what is missing from it."""

    columns: Any = "auto"
    predictors: Any = "features"
    max_rows: Annotated[int, Ge(2)] = 5000
    random_state: Annotated[int, Ge(0)] = 0

    def model(self, arrays: Arrays, places: Places, filled: list[str]) -> State:
        """Return what the sampled rows teach, as plain JSON."""
        raise NotImplementedError

    def predicted(self, arrays: Arrays, state: State, missing: Filled) -> Filled:
        """Return numbers, or codes of levels, for rows that lack a value; NaN for none.

        ``missing`` holds, for each column to fill, which rows lack it; the arrays hold only rows
        that lack something. Each row must get what it would get alone.
        """
        raise NotImplementedError

    def why(self, name: str, state: State) -> str:
        """Return the reason that the ledger gives for a filled cell."""
        raise NotImplementedError

    def learn(self, table: Table) -> State:
        """Return the places of columns and the model, from a bounded sample of rows."""
        filled = self._to_fill(table)
        usable = {name for name in self.chosen(table, self.predictors) if _is_usable(table, name)}
        kinds = {name: table.kinds[name] for name in table.columns if name in usable | {*filled}}
        arrays = table.matrix(list(kinds), rows=self.max_rows, seed=self.random_state)
        places = places_of(arrays, kinds)
        known = [name for name in filled if name in places]
        return {
            "columns": known,
            "empty": [name for name in filled if name not in places],
            "places": places,
            "model": self.model(arrays, places, known) if known else {},
        }

    def _to_fill(self, table: Table) -> list[str]:
        columns = self.columns
        if isinstance(columns, str) and columns == "auto":
            fillable = NUMERIC | LEVELLED
            return [n for n in self.chosen(table, "features") if table.kinds[n] in fillable]
        chosen = self.chosen(table)
        for name in chosen:
            if name in named(columns) and not _is_usable(table, name):
                raise ConfigError(
                    f"rows that are alike say nothing of {name!r}, a {_told(table, name)}",
                    place=f"{self.name()}.columns",
                    remedy="Fill it with Impute(strategy='constant' or 'forward'), or leave it.",
                )
        return [name for name in chosen if _is_usable(table, name)]

    def change(self, table: Table, state: State) -> Change:
        """Fill what is missing, by batches of rows."""
        columns = [name for name in state["columns"] if name in table.kinds]
        notes = list(state["model"].get("notes", []))
        if state["empty"]:
            notes.append(f"nothing to learn from, left missing: {', '.join(state['empty'])}")
        if not columns:
            return Change(notes=notes)
        given = [name for name in state["places"] if name in table.kinds]
        kinds = {name: self._kind(name, table, state) for name in columns}
        makes: dict[str, Kind] = {_new(name): kind for name, kind in kinds.items()}
        makes |= {_usual(name): "boolean" for name in columns}
        schema = table.frame.collect_schema()
        cells = {}
        for name in columns:
            column, new = nw.col(name), nw.col(_new(name))
            if schema[name] != nw.Int64 and table.kinds[name] in NUMERIC | {"date", "timestamp"}:
                # Beside another type, an engine would take both through floats.
                new = new.cast(schema[name])
            cells[name] = nw.when(column.is_null()).then(new).otherwise(column)
        return Change(
            cells=cells,
            action="impute",
            reason={name: self._reason(name, state) for name in columns},
            mapped=Mapped(given, makes, partial(_filled, self, state, kinds)),
            notes=notes,
        )

    def _reason(self, name: str, state: State) -> nw.Expr:
        usual = "most frequent" if is_levelled(state["places"][name]) else "median"
        bare = nw.lit(f"{usual}: nothing else to go by")
        return nw.when(nw.col(_usual(name))).then(bare).otherwise(nw.lit(self.why(name, state)))

    def _kind(self, name: str, table: Table, state: State) -> Kind:
        """Return the kind that the filled values come as."""
        place = state["places"][name]
        if place["kind"] == "category" and not isinstance(place["levels"][0], str):
            return "float"
        if table.frame.collect_schema()[name] == nw.UInt64:
            # Half of such numbers are too large for whole numbers with a sign.
            return "float"
        # Gaps make floats of whole numbers in pandas: what fills them is as whole as before.
        kind: Kind = table.kinds[name] if place["kind"] in NUMERIC else place["kind"]
        return kind


def _filled(
    stage: LearnedImputer, state: State, kinds: Mapping[str, Kind], arrays: Arrays
) -> Mapping[str, Any]:
    """Return columns of values for the rows where they are missing; None, NaN elsewhere."""
    height = len(next(iter(arrays.values())))
    # A target may be among the columns of fit, and does not come to serving.
    nothing = np.full(height, np.nan)
    places = state["places"]
    every = {name: arrays.get(name, nothing) for name in places}
    missing = {name: _is_missing(arrays[name]) for name in kinds}
    rows = np.flatnonzero(np.any(list(missing.values()), axis=0))
    part = {name: values[rows] for name, values in every.items()}
    found = stage.predicted(part, state, {name: lack[rows] for name, lack in missing.items()})
    # A row with nothing to go by gets what is usual.
    bare = np.all([_is_missing(values) for values in part.values()], axis=0)
    made = {}
    for name, kind in kinds.items():
        place = places[name]
        unguided = bare | np.isnan(found[name])
        usual = 0 if is_levelled(place) else place["median"]
        numbers = np.where(unguided, usual, found[name])
        column, lack = _blank(height, kind), missing[name][rows]
        column[rows[lack]] = values_from(numbers[lack], place, whole=kind == "integer")
        made[_new(name)] = column
        made[_usual(name)] = np.zeros(height, dtype=bool)
        made[_usual(name)][rows] = unguided
    return made


def _blank(height: int, kind: Kind) -> np.ndarray:
    if kind in NUMERIC:
        return np.full(height, np.nan)
    if kind in ("date", "timestamp"):
        return np.full(height, "NaT", dtype="datetime64[us]")
    return np.full(height, None, dtype=object)


def _is_missing(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "O":
        return np.array([value is None or value != value for value in values.tolist()], dtype=bool)
    missing: np.ndarray = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    return missing


def _is_usable(table: Table, name: str) -> bool:
    # A time in a zone cannot be put beside one without.
    dtype = table.frame.collect_schema()[name]
    return table.kinds[name] in USABLE and getattr(dtype, "time_zone", None) is None


def _told(table: Table, name: str) -> str:
    zoned = " in a time zone" if table.kinds[name] in USABLE else ""
    return f"{table.kinds[name]}{zoned}"


def _new(name: str) -> str:
    return hidden(f"learned {name}")


def _usual(name: str) -> str:
    return hidden(f"usual {name}")
