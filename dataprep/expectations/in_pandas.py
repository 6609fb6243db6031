"""Expectations of a frame in memory, asked of pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from dataprep.engine import Frame
from dataprep.expectations import gx
from dataprep.table import ROW, Table


class Frames:
    """pandas; a frame of another library is brought there."""

    library = "pandas"
    eager = True

    def __init__(self, table: Table, native: Any, numbers: Any) -> None:
        self.table, self.native, self.numbers = table, native, numbers
        self._engines: dict[tuple[str, ...], Any] = {}

    def engine(self, texts: Sequence[str], *, numbered: bool = False) -> Any:
        """Return an engine on the frame; rows go by their positions."""
        key = tuple(sorted(texts))
        if key not in self._engines:
            self._engines[key] = self._engine(key)
        return self._engines[key]

    def _engine(self, texts: Sequence[str]) -> Any:
        gx.loaded()
        from great_expectations.execution_engine import PandasExecutionEngine
        from great_expectations.execution_engine.pandas_batch_data import PandasBatchData

        native = self.native
        written = {name: _as_text(native[name]) for name in texts}
        engine = PandasExecutionEngine()
        engine.load_batch_data(
            gx.BATCH, PandasBatchData(engine, native.assign(**written) if written else native)
        )
        return engine

    def understands(self, regex: str) -> bool:
        """Python's own are understood."""
        return True

    def rows(self, engine: Any, condition: Any, reason: str) -> Frame:
        """Read the positions off the condition."""
        test = condition[0]
        rows = self.numbers[test.index[test.to_numpy(dtype=bool)]]
        reasons = np.full(len(rows), reason, dtype=object)
        return self.table.engine.listed({ROW: rows.astype("int64"), "reason": reasons})

    def repeated(self, engine: Any, columns: Sequence[str], where: Any, reason: str) -> Frame:
        """Read the positions off the condition, which is no window here."""
        return self.rows(engine, where, reason)

    @contextmanager
    def elsewhere(self, columns: Sequence[str], texts: Sequence[str]) -> Iterator[Any]:
        """Give the frame in DuckDB, for what pandas is not asked."""
        import duckdb

        from dataprep.expectations.in_duckdb import SQL

        with duckdb.connect() as connection:
            connection.register("given", self.table.frame.to_arrow())
            yield SQL(connection, "select * from given", self.table)

    def taken(self, found: Frame) -> Frame:
        """Bring them from DuckDB into the library of the table."""
        arrow = found.to_native().to_arrow_table()
        rows, reasons = arrow.column(ROW).to_numpy(), arrow.column("reason").to_pylist()
        return self.table.engine.listed({ROW: rows, "reason": np.array(reasons, dtype=object)})

    def close(self) -> None:
        """Nothing was opened."""


def frames_of(table: Table) -> Frames:
    """Return the views of a frame in memory."""
    frame = table.frame.select(*table.columns)
    if frame.implementation.is_pandas():
        # Labels are positions, also where rows left before.
        native = frame.to_native().reset_index(drop=True)
    else:
        native = in_pandas(frame.to_arrow())
    return Frames(table, native, table.frame[ROW].to_numpy())


def in_pandas(arrow: Any) -> Any:
    """Return an Arrow table in pandas: days are days, whole numbers with gaps stay whole."""
    import pandas as pd
    import pyarrow as pa

    kept: dict[str, Any] = {}
    for name in arrow.column_names:
        column = arrow.column(name)
        if column.null_count and pa.types.is_integer(column.type):
            kept[name] = pd.array(column.to_pylist(), dtype=pd.Int64Dtype())
        elif column.null_count and pa.types.is_boolean(column.type):
            kept[name] = pd.array(column.to_pylist(), dtype=pd.BooleanDtype())
        else:
            kept[name] = column.to_pandas(date_as_object=True)
    return pd.DataFrame(kept, columns=arrow.column_names)


def _as_text(series: Any) -> Any:
    """Return a column's values as they are written, missing ones missing."""
    there = series.notna()
    return series.astype(object).where(~there, series[there].map(str)).where(there, None)
