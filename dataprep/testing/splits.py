"""A stage behind a split: what it keeps where rows are held out."""

from __future__ import annotations

from typing import Any

from dataprep.parts import PARTS, TRAIN
from dataprep.testing.outcomes import Outcome, same
from dataprep.testing.trials import Trial

PART = "part"
"""The column of parts that a table is given."""


def with_parts(table: Any) -> Any:
    """Return an Arrow table with a column of parts: of six rows two are held out."""
    train, validation, test = PARTS
    named = (train, train, validation, train, test, train)
    return table.append_column(PART, [[named[i % 6] for i in range(len(table))]])


def check_nothing_learned_from_held_out(trial: Trial) -> None:
    """Other values in rows that are held out change neither the state nor a training row."""
    changed = trial.outcome_of("pandas", _held_out_changed(trial), 2)
    expected = trial.outcome("pandas", 2)
    what = "after other values in rows that are held out"
    same(changed.states, expected.states, f"state {what}")
    same(_training(trial, changed), _training(trial, expected), f"training rows {what}")


def _held_out_changed(trial: Trial) -> Any:
    """Return the table with larger numbers in held-out rows; all else changes rows among them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = trial.table
    held = [i for i, part in enumerate(table.column(PART).to_pylist()) if part != TRAIN]
    inside = pa.array([i in set(held) for i in range(len(table))])
    for at, name in enumerate(table.column_names):
        column = table.column(name)
        numeric = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if name == PART:
            continue
        if numeric and name != trial.target:
            other = pc.add(pc.multiply(column, 3), 100)
            changed = pc.if_else(inside, other.cast(column.type), column)
        else:
            order = list(range(len(table)))
            for here, there in zip(held, [*held[5:], *held[:5]], strict=True):
                order[here] = there
            changed = column.take(pa.array(order))
        table = table.set_column(at, name, changed)
    return table


def _training(trial: Trial, outcome: Outcome) -> dict[str, list[Any]]:
    """Return the training rows of an outcome: those of the input, by number, and those made."""
    gone = {row for row, _, _ in outcome.rejected}
    parts = trial.table.column(PART).to_pylist()
    kept = [row for row in range(len(parts)) if row not in gone]
    places = [i for i, row in enumerate(kept) if parts[row] == TRAIN]
    places += range(len(kept), outcome.rows)
    rows = [row for row in kept if parts[row] == TRAIN]
    found = {name: [values[i] for i in places] for name, values in outcome.data.items()}
    return {"rows": rows, **found}
