"""Rows that are made: each has its parent's cells, but for those that are its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from dataprep.engine import Frame
from dataprep.kinds import Kind
from dataprep.ledger import Made, differs_of, new_of
from dataprep.provenance import ORIGIN, PARENT_A, PARENT_B, STEP, carried
from dataprep.table import ROW, Table, hidden

if TYPE_CHECKING:
    from dataprep.stage import NewRows

_ROWS_AT_A_TIME = 1_000_000
"""Rows that are made at a time: their columns are arrays for a while."""


def numbered_rows(table: Table, made: NewRows) -> Made:
    """Return the numbers of rows that are to be made, and where they come from."""
    rows = np.arange(table.next_row, table.next_row + len(made))
    return Made(rows, made.parent_a, made.parent_b, made.step)


def made_rows(table: Table, made: NewRows, numbers: Made, origin: str) -> Iterator[Frame]:
    """Give new rows in parts: those of the parents, but for the columns that are their own.

    Parameters
    ----------
    table : Table
        With room for provenance; see `dataprep.provenance.prepared`.
    made : NewRows
    numbers : Made
    origin : str
        Who makes them.
    """
    engine, height = table.engine, len(made)
    for start in range(0, height, _ROWS_AT_A_TIME):
        stop = min(start + _ROWS_AT_A_TIME, height)
        new = {new_of(name): values for name, values in made.values(start, stop).items()}
        rows = {
            ROW: numbers.rows[start:stop],
            ORIGIN: np.full(stop - start, origin, dtype=object),
            PARENT_A: made.parent_a[start:stop],
            PARENT_B: made.parent_b[start:stop],
            STEP: np.nan_to_num(made.step[start:stop]),
        }
        frame = engine.born(table.frame, {**rows, **new}, PARENT_A)
        frame = _with_own(table, frame, list(made.columns)) if made.columns else frame
        yield engine.keep(frame.select(*carried(table)))


def _with_own(table: Table, frame: Frame, names: Sequence[str]) -> Frame:
    """Put new rows' own values in the place of their parents', in the types of the columns."""
    engine = table.engine
    own = [_value(new_of(name), table.kinds[name]).alias(_own(name)) for name in names]
    frame = engine.compute(frame, own, {_own(name): name for name in names}, whole=False)
    frame = frame.with_columns(*[nw.col(_own(name)).alias(new_of(name)) for name in names])
    frame = engine.mark(frame, {differs_of(name): (new_of(name), name) for name in names})
    frame = engine.write_texts(frame, {name: table.kinds[name] for name in names}, set(names))
    return frame.with_columns(*[nw.col(new_of(name)).alias(name) for name in names])


def _value(column: str, kind: Kind) -> nw.Expr:
    """Return what an array holds: of true and false 1 and 0, and -1 for what is missing."""
    value = nw.col(column)
    return nw.when(value >= 0).then(value > 0) if kind == "boolean" else value


def _own(column: str) -> str:
    return hidden(f"own {column}")
