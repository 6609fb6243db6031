"""Expectations of a frame in memory, asked of pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from dataprep.engine import Frame
from dataprep.expectations import gx
from dataprep.expectations.arguments import Seen
from dataprep.table import ROW, Table

_NULLABLE = {
    "bool_": "Boolean",
    **{f"int{bits}": f"Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"UInt{bits}" for bits in (8, 16, 32, 64)},
}
"""Types of Arrow that pandas holds with gaps, by the names of its own."""


class Frames:
    """pandas; a frame of another library is brought there."""

    library = "pandas"
    eager = True

    def __init__(self, table: Table, native: Any, numbers: Any) -> None:
        self.table, self.native, self.numbers = table, native, numbers
        self._engines: dict[tuple[Any, ...], Any] = {}
        self._connection: Any = None

    def engine(self, seen: Seen, *, numbered: bool = False) -> Any:
        """Return an engine on the frame; rows go by their positions."""
        key = tuple(sorted(seen.items()))
        if key not in self._engines:
            self._engines[key] = self._engine(seen)
        return self._engines[key]

    def _engine(self, seen: Seen) -> Any:
        gx.loaded()
        from great_expectations.execution_engine import PandasExecutionEngine
        from great_expectations.execution_engine.pandas_batch_data import PandasBatchData

        native = self.native
        shown = {name: _SEEN[kind](native[name]) for name, kind in seen.items()}
        engine = PandasExecutionEngine()
        engine.load_batch_data(
            gx.BATCH, PandasBatchData(engine, native.assign(**shown) if shown else native)
        )
        return engine

    def spoken(self, regex: str) -> str | None:
        """Python's own are understood."""
        return regex

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
    def elsewhere(self, columns: Sequence[str], seen: Seen) -> Iterator[Any]:
        """Give a few columns in DuckDB, for what pandas is not asked."""
        import duckdb

        from dataprep.expectations.in_duckdb import SQL

        if self._connection is None:
            self._connection = duckdb.connect()
        self._connection.register("given", self.table.frame.select(ROW, *columns).to_arrow())
        views = SQL(self._connection, "select * from given", self.table, columns)
        try:
            yield views
        finally:
            views.close()

    def taken(self, found: Frame) -> Frame:
        """Bring them from DuckDB into the library of the table."""
        arrow = found.to_native().to_arrow_table()
        rows, reasons = arrow.column(ROW).to_numpy(), arrow.column("reason").to_pylist()
        return self.table.engine.listed({ROW: rows, "reason": np.array(reasons, dtype=object)})

    def close(self) -> None:
        """Let go of DuckDB, where it was asked."""
        if self._connection is not None:
            self._connection.close()


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

    whole = {getattr(pa, n)(): getattr(pd, f"{t}Dtype")() for n, t in _NULLABLE.items()}
    kept: dict[str, Any] = {}
    for name in arrow.column_names:
        column = arrow.column(name)
        mapped = whole.get if column.null_count else None
        kept[name] = column.to_pandas(date_as_object=True, types_mapper=mapped)
    return pd.DataFrame(kept, columns=arrow.column_names)


def _as_text(series: Any) -> Any:
    """Return a column's values as they are written, missing ones missing."""
    there = series.notna()
    return series.astype(object).where(~there, series[there].map(str)).where(there, None)


def _as_integer(series: Any) -> Any:
    """Return a column's texts, or truth values, as whole numbers."""
    import pandas as pd

    return pd.Series([None if pd.isna(v) else int(v) for v in series], dtype=pd.Int64Dtype())


def _as_float(series: Any) -> Any:
    """Return a column's texts as numbers."""
    return series.astype(object).where(series.notna(), np.nan).astype("float64")


def _as_timestamp(series: Any) -> Any:
    """Return days as their beginnings."""
    import pandas as pd

    return pd.to_datetime(series)


_SEEN = {
    "text": _as_text,
    "integer": _as_integer,
    "float": _as_float,
    "timestamp": _as_timestamp,
}
