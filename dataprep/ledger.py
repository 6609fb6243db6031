"""Ledger, rejected and provenance: their schemas and their arithmetic."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Engine, Frame
from dataprep.errors import LedgerError
from dataprep.kinds import Kind
from dataprep.table import ROW, Table, hidden

log = logging.getLogger("dataprep")
LEDGER_COLUMNS = ("row", "column", "stage", "action", "before", "after", "reason")


@dataclass(frozen=True)
class Cells:
    """Cells that a stage changed, marked in a frame; listed only when they are asked for.

    Parameters
    ----------
    frame : frame
        `ROW` and, for each column ``c``: ``c`` (before), `new_of`, `differs_of`, the text where
        the table has it, and `why_of` where the reason is an expression.
    columns : sequence of str
    kinds : mapping of str to Kind
    action : str
    reasons : mapping of str to str
        Why, for each column; None where the frame says so row by row.
    """

    frame: Frame
    columns: Sequence[str]
    kinds: Mapping[str, Kind]
    action: str
    reasons: Mapping[str, str | None]

    def listed(self, column: str) -> Frame:
        """Return ``row, before, after`` (and ``reason``) of a column's changed cells, in memory."""
        chosen = [nw.col(ROW).alias("row"), nw.col(column).alias("before")]
        chosen.append(nw.col(new_of(column)).alias("after"))
        if self.reasons[column] is None:
            chosen.append(nw.col(why_of(column)).alias("reason"))
        needed = [ROW, column, new_of(column), differs_of(column)]
        needed += [why_of(column)] if self.reasons[column] is None else []
        return self.frame.select(*needed).filter(nw.col(differs_of(column))).select(*chosen)


def new_of(column: str) -> str:
    """Return the name of the hidden column with a column's new values."""
    return hidden(f"new {column}")


def differs_of(column: str) -> str:
    """Return the name of the hidden column that marks changed cells."""
    return hidden(f"differs {column}")


def why_of(column: str) -> str:
    """Return the name of the hidden column with the reason of each change."""
    return hidden(f"why {column}")


@dataclass(frozen=True)
class Dropped:
    """Rejected rows: a frame of row numbers, and ``reason`` as text."""

    frame: Frame


@dataclass(frozen=True)
class Made:
    """Rows that were made, with their parents: arrays of shape (n_made,).

    Parameters
    ----------
    rows, parent_a, parent_b : array of int64
        Row numbers; -1 where there is no second parent.
    step : array of float64
        NaN where there is none.
    """

    rows: np.ndarray
    parent_a: np.ndarray
    parent_b: np.ndarray
    step: np.ndarray


@dataclass
class StageRecord:
    """What one stage did; the counts are filled in when the work is done."""

    label: str
    name: str
    cells: list[Cells] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    made: Made | None = None
    classes: dict[str, float] | None = None
    """How many rows each class had afterwards, where the stage balances them."""
    balanced: str | None = None
    """The column with those classes."""
    added: list[str] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)
    kept_aside: Frame | None = None
    """Columns that left or were retyped, as they were: ``ROW`` and the columns."""
    parsed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a program should know of the rows, as JSON holds it."""
    later: bool = False
    """Whether it is carried out while training reads the rows."""
    seconds: float = 0.0
    cells_by_column: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    rows_rejected: int = 0
    rows_withdrawn: int = 0
    """Rows that an earlier stage had made, and this one dropped."""

    @property
    def rows_synthetic(self) -> int:
        """Return how many rows the stage made."""
        return 0 if self.made is None else len(self.made.rows)

    def origins(self) -> StageRecord:
        """Return a record of the rows that were made alone, without the frames."""
        return StageRecord(self.label, self.name, made=self.made)

    def start_counting(self) -> None:
        """Forget the counts: the ledger is gone through again."""
        self.cells_by_column, self.actions = {}, {}
        self.rows_rejected = self.rows_withdrawn = 0

    def join(self, other: StageRecord, engine: Engine) -> None:
        """Take in what the same stage did to other rows."""
        self.cells += other.cells
        self.dropped += other.dropped
        self.notes += [note for note in other.notes if note not in self.notes]
        self.facts = {**other.facts, **self.facts}
        if self.kept_aside is not None and other.kept_aside is not None:
            self.kept_aside = engine.stacked(self.kept_aside, other.kept_aside)

    @property
    def cells_changed(self) -> int:
        """Return how many cells the stage changed."""
        return sum(self.cells_by_column.values())

    def count(self, column: str | None, action: str, entries: int) -> None:
        """Add entries of the ledger to the counts; without a column they are rows."""
        if not entries:
            return
        self.actions[action] = self.actions.get(action, 0) + entries
        if action == "drop":
            self.rows_rejected += entries
        elif action == "withdraw":
            self.rows_withdrawn += entries
        elif column is not None:
            self.cells_by_column[column] = self.cells_by_column.get(column, 0) + entries

    def summary(self) -> dict[str, Any]:
        """Return the counts as ``summary.json`` holds them."""
        return {
            "stage": self.label,
            "name": self.name,
            "rows_rejected": self.rows_rejected,
            "rows_synthetic": self.rows_synthetic,
            "rows_withdrawn": self.rows_withdrawn,
            "cells_changed": self.cells_changed,
            "cells_by_column": dict(self.cells_by_column),
            "actions": dict(self.actions),
            "columns_added": list(self.added),
            "columns_removed": dict(self.removed),
            **({} if self.classes is None else {"classes": self.classes}),
            **({"later": True} if self.later else {}),
            **({"facts": dict(self.facts)} if self.facts else {}),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }


def losses(table: Table, records: Sequence[StageRecord]) -> str:
    """Return which stages dropped how many rows of a table, before they are counted."""
    counts = {
        record.label: sum(
            int(table.engine.rows(dropped.frame.select(nw.len().alias("n")))[0]["n"])
            for dropped in record.dropped
        )
        for record in records
    }
    return ", ".join(f"{label} {rows:,}" for label, rows in counts.items() if rows)


def counted(rows_in: int, rows_out: int, records: Sequence[StageRecord]) -> Mapping[str, int]:
    """Return the counts of a run whose records were counted; see `balance`."""
    rejected = sum(record.rows_rejected for record in records)
    made = sum(record.rows_synthetic - record.rows_withdrawn for record in records)
    return balance(rows_in, rows_in - rejected, rejected, made, rows_out)


def made_entries(record: StageRecord) -> Any:
    """Return the ledger's entries for the rows that a stage made, as Arrow."""
    import pyarrow as pa

    rows = record.made.rows if record.made is not None else np.empty(0, "int64")
    none, height = pa.nulls(len(rows), pa.string()), len(rows)
    columns = [
        pa.array(rows), none, pa.repeat(record.label, height), pa.repeat("make", height),
        none, none, pa.repeat("see provenance", height),
    ]  # fmt: skip
    return pa.table(columns, names=list(LEDGER_COLUMNS))


def class_counts(
    steps: Sequence[tuple[str, Any]], states: Sequence[Any], records: Sequence[StageRecord]
) -> dict[str, dict[str, float]] | None:
    """Return ``{"before": {class: n}, "after": {class: n}}``; None where no stage balances them.

    Where rows have weights, these are counted afterwards in place of the rows. Where several
    columns are balanced, the last of them counts.
    """
    found = [
        (record.balanced, state["classes"], record.classes)
        for (_, stage), state, record in zip(steps, states, records, strict=True)
        if stage.balances or stage.weighs
    ]
    last, _, after = found[-1] if found else (None, None, None)
    if after is None:
        return None
    before = next(classes for column, classes, _ in found if column == last)
    return {"before": dict(before), "after": dict(after)}


def provenance_table(records: Sequence[StageRecord]) -> Any:
    """Return where each row that was made comes from, as Arrow.

    Returns
    -------
    pyarrow.Table
        ``row``, ``stage``, ``origin`` (the stage's name), ``parent_a`` and ``parent_b`` (row
        numbers, the second missing where there is none) and ``step``.
    """
    import pyarrow as pa

    types = {
        "row": pa.int64(), "stage": pa.string(), "origin": pa.string(),
        "parent_a": pa.int64(), "parent_b": pa.int64(), "step": pa.float64(),
    }  # fmt: skip
    tables = [pa.schema(list(types.items())).empty_table()]
    for record in records:
        if record.made is not None:
            made, alone = record.made, record.made.parent_b < 0
            columns = [
                pa.array(made.rows),
                pa.repeat(record.label, len(alone)),
                pa.repeat(record.name, len(alone)),
                pa.array(made.parent_a),
                pa.array(made.parent_b, mask=alone),
                pa.array(made.step, mask=alone),
            ]
            tables.append(pa.table(columns, names=list(types)))
    return pa.concat_tables(tables)


def balance(
    rows_in: int, rows_kept: int, rows_rejected: int, rows_synthetic: int, rows_out: int
) -> Mapping[str, int]:
    """Return the counts of a run after checking the row equations.

    Raises
    ------
    LedgerError
        When ``rows in = kept + rejected`` or ``rows out = kept + synthetic`` does not hold.
    """
    if rows_in != rows_kept + rows_rejected or rows_out != rows_kept + rows_synthetic:
        raise LedgerError(
            f"the row equations do not hold: {rows_in} in, {rows_kept} kept, {rows_rejected} "
            f"rejected, {rows_synthetic} synthetic, {rows_out} out",
            place="ledger",
            remedy="Nothing was written. This is a fault of dataprep: please report it.",
        )
    return {
        "rows_in": rows_in,
        "rows_kept": rows_kept,
        "rows_rejected": rows_rejected,
        "rows_synthetic": rows_synthetic,
        "rows_out": rows_out,
    }


def note_nothing_left(rows_in: int, rows_out: int, records: Sequence[StageRecord]) -> None:
    """Note at the stage that took the last rows of a table that none is left."""
    dropping = [record for record in records if record.rows_rejected]
    note = f"no row is left of {rows_in:,}: check its columns and bounds"
    if rows_in and not rows_out and dropping and note not in dropping[-1].notes:
        dropping[-1].notes.append(note)
        log.warning("%s: %s", dropping[-1].label, note)
