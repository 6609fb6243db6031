"""A column that names the parts already."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import numpy as np

from dataprep.errors import DataError, did_you_mean
from dataprep.parts import PARTS, TRAIN
from dataprep.splitting.sizes import TEST, VALIDATION
from dataprep.stage import Change, State
from dataprep.stages.levels import codes_of, level_counts
from dataprep.table import Table

_WORDS = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": VALIDATION,
    "val": VALIDATION,
    "valid": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
}


def learned(table: Table, column: str) -> tuple[State, list[str], np.ndarray]:
    """Return the part that each value of a column means, the parts, and the place of each row.

    Raises
    ------
    DataError
        When a value means none or is missing, or there is no row for training.
    """
    counts = level_counts(table, column)
    height = table.height()
    if (missing := height - sum(counts.values())) > 0:
        raise DataError(
            f"{column!r} is missing in {missing:,} of {height:,} rows",
            place="split.column",
            remedy="Fill in the part of these rows, or drop them first.",
        )
    parts: dict[str, str] = {}
    for level in counts:
        word = str(level).strip().casefold()
        if word not in _WORDS:
            raise DataError(
                f"{level!r} in {column!r} names no part",
                place="split.column",
                remedy=did_you_mean(word, _WORDS),
            )
        parts[str(level)] = _WORDS[word]
    places = [part for part in PARTS if part in parts.values()]
    if TRAIN not in places:
        raise DataError(
            f"{column!r} has no row for training, only {', '.join(places)}",
            place="split.column",
            remedy="Mark the rows to learn from as train.",
        )
    codes = codes_of(table.matrix([column])[column], list(counts))
    found = np.array([places.index(part) for part in parts.values()])[codes]
    return {"by": "column", "column": column, "parts": parts}, places, found


def change(state: State, notes: Sequence[str]) -> Change:
    """Write the parts in one way, and make the column that of parts."""
    column, value = state["column"], nw.col(state["column"])
    for level, part in state["parts"].items():
        if level != part:
            value = nw.when(nw.col(column) == level).then(nw.lit(part)).otherwise(value)
    return Change(
        cells={column: value},
        action="relabel",
        reason="parts are written as train, validation and test",
        roles={column: "split"},
        notes=notes,
    )
