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
from dataprep.splitting.sizes import TEST
from dataprep.stage import Change, Mapped, State
from dataprep.stages import dividing
from dataprep.table import Table, hidden

SPLIT, FOLD = "split", "fold"
_KINDS: dict[str, Kind] = {SPLIT: "category", FOLD: "integer"}


def change(table: Table, state: State, *, folds: bool, notes: Sequence[str]) -> Change:
    """Add the part of each row, its fold, or both: by expressions where they can tell."""
    names = [SPLIT]
    if folds:
        names = [SPLIT, FOLD] if TEST in state["rows"] else [FOLD]
    kinds = {name: _KINDS[name] for name in names}
    roles = {name: name for name in names}
    if state["by"] in ("group", "key"):
        # By them rows belong together: no feature to be changed, or made up for new rows.
        roles |= {name: "group" for name in state["columns"] if name not in table.roles}
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
    # By time there are no folds.
    parts = [name if name in PARTS else TRAIN for name in state["rows"]]
    return Change(adds={SPLIT: (_first(ends, parts), "category")}, roles=roles, notes=notes)


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
