"""Parts of a table: the rows to learn from, and those that are held out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from dataprep.errors import ConfigError
from dataprep.table import Table, hidden

if TYPE_CHECKING:
    from dataprep.stage import Change

TRAIN = "train"
PARTS = (TRAIN, "validation", "test")
"""The values of a column with the role ``split``."""
WEIGHT = "sample_weight"
"""The column of weights that a stage adds where none has that role."""
_COUNT = hidden("n")


def split_column(table: Table) -> str | None:
    """Return the column that says which part a row is in; None where nothing was split."""
    return next(iter(table.of_role("split")), None)


def training(table: Table) -> Table:
    """Return the rows to learn from: the table itself where nothing was split."""
    return part_of(table, TRAIN)


def part_of(table: Table, part: str) -> Table:
    """Return the rows of a part; the table itself where nothing was split."""
    name = split_column(table)
    return table if name is None else _filtered(table, nw.col(name) == part)


def others(table: Table) -> Table:
    """Return the rows that nothing is learned from."""
    name = split_column(table)
    in_training = nw.lit(True) if name is None else (nw.col(name) == TRAIN).fill_null(False)
    return _filtered(table, ~in_training)


def narrowed(table: Table, change: Change) -> Change | None:
    """Return a change as it concerns the training rows alone, to be done to the whole table.

    That spares the table from being cut and put together again. None where it cannot be said so:
    expressions that look at other rows, and new columns that have no way to be missing.
    """
    name = split_column(table)
    kinds = {kind for _, kind in change.adds.values()}
    if name is None or change.cells or change.first or change.whole or kinds - {"float"}:
        return None
    here = (nw.col(name) == TRAIN).fill_null(False)
    return replace(
        change,
        drops={reason: condition & here for reason, condition in change.drops.items()},
        adds={n: (nw.when(here).then(value), kind) for n, (value, kind) in change.adds.items()},
    )


def _filtered(table: Table, condition: nw.Expr) -> Table:
    return replace(table, frame=table.frame.filter(condition))


def target_of(table: Table) -> str | None:
    """Return the column to be predicted, where one was named."""
    return next(iter(table.of_role("target")), None)


def new_weight(table: Table, place: str) -> str:
    """Return the name of a new column of weights, or raise where it is that of a feature."""
    if WEIGHT in table.kinds:
        raise ConfigError(
            f"there is a column {WEIGHT!r}, and nothing says that it holds weights",
            place=place,
            remedy=f"Give it that role, weight: {WEIGHT} in YAML or dp.Pipeline(..., "
            f"weight={WEIGHT!r}): it is multiplied then. Or rename it.",
        )
    return WEIGHT


def class_counts(table: Table, target: str | None) -> dict[str, float]:
    """Return how many training rows each class has; their weights' sums where there are weights."""
    if target is None:
        return {}
    weight = next(iter(table.of_role("weight")), None)
    count = nw.len() if weight is None else nw.col(weight).sum()
    frame = training(table).frame.group_by(target).agg(count.alias(_COUNT)).sort(target)
    rows = table.engine.rows(frame)
    # Rows that still have no label are of no class.
    return {label_of(row[target]): row[_COUNT] for row in rows if row[target] is not None}


def label_of(value: Any) -> str:
    """Return a class as text, which JSON can hold as a name.

    Examples
    --------
    >>> [label_of(value) for value in ("<=50K", 1, 1.0, True, None)]
    ['<=50K', '1', '1', 'true', 'missing']
    """
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
