"""The columns that tell the part of a row, and its fold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Arrays
from dataprep.kinds import Kind
from dataprep.parts import PARTS, TRAIN
from dataprep.splitting import draws
from dataprep.splitting.sizes import TEST
from dataprep.stage import Change, Mapped, State
from dataprep.stages import dividing
from dataprep.table import ROW, Table, hidden

SPLIT, FOLD = "split", "fold"
_KINDS: dict[str, Kind] = {SPLIT: "category", FOLD: "integer"}


def change(table: Table, state: State, *, folds: bool, notes: Sequence[str]) -> Change:
    """Add the part of each row, its fold, or both: by expressions where they can tell."""
    names = [SPLIT]
    if folds:
        names = [SPLIT, FOLD] if TEST in state["rows"] else [FOLD]
    kinds = {name: _KINDS[name] for name in names}
    roles = {name: name for name in names}
    ends = dividing.expressions(state, table)
    if ends is None:
        return Change(
            adds={name: (nw.col(hidden(name)), kind) for name, kind in kinds.items()},
            roles=roles,
            mapped=Mapped(
                state["columns"],
                {hidden(name): kind for name, kind in kinds.items()},
                partial(_made, state, folds),
                exact=True,
            ),
            notes=notes,
        )
    chosen = {SPLIT: _part, FOLD: _fold}
    places = list(state["rows"])
    order = draws.order_of(nw.col(ROW), state["seed"])
    return Change(
        adds={name: (chosen[name](ends, places), kind) for name, kind in kinds.items()},
        roles=roles,
        first={dividing.ORDER: order} if state["by"] == "row" else {},
        notes=notes,
    )


def _part(ends: Sequence[nw.Expr], places: Sequence[str]) -> nw.Expr:
    return _first(ends, [name if name in PARTS else TRAIN for name in places])


def _fold(ends: Sequence[nw.Expr], places: Sequence[str]) -> nw.Expr:
    if places[0] != TEST:
        return _first(ends, [int(name) for name in places])
    # No row of the test part is in a fold.
    return nw.when(~ends[0]).then(_first(ends[1:], [int(name) for name in places[1:]]))


def _first(ends: Sequence[nw.Expr], values: Sequence[Any]) -> nw.Expr:
    """Return the value of the first end that a row lies before, else the last one."""
    chosen = nw.lit(values[-1])
    for end, value in reversed(list(zip(ends, values, strict=False))):
        chosen = nw.when(end).then(nw.lit(value)).otherwise(chosen)
    return chosen


def _made(state: State, folds: bool, arrays: Arrays) -> dict[str, Any]:
    """Return the part and the fold of each row of a batch."""
    rows = dividing.placed(state, arrays)
    places = list(state["rows"])
    part, fold = hidden(SPLIT), hidden(FOLD)
    if not folds:
        return {part: np.array(places, dtype=object)[rows]}
    if TEST not in places:
        return {fold: rows.astype("float64")}
    held_out = rows == places.index(TEST)
    return {
        part: np.where(held_out, TEST, TRAIN).astype(object),
        fold: np.where(held_out, np.nan, rows - 1.0),
    }
