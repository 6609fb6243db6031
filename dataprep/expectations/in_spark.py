"""Expectations of a frame of Spark, asked there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals as nw

from dataprep.engine import Frame
from dataprep.expectations import gx
from dataprep.expectations.arguments import Seen
from dataprep.expectations.in_pandas import Frames, in_pandas
from dataprep.expectations.spelling_out import spelled_out
from dataprep.sizes import check_matrix
from dataprep.table import ROW, Table

_CAST: Mapping[str, Any] = {
    "text": nw.String,
    "integer": nw.Int64,
    "float": nw.Float64,
    "timestamp": nw.Datetime,
}


class Spark:
    """Spark, on the frame itself."""

    library = "Spark"
    eager = False

    def __init__(self, table: Table) -> None:
        self.table = table
        self._engines: dict[tuple[Any, ...], Any] = {}

    def engine(self, seen: Seen, *, numbered: bool = False) -> Any:
        """Return an engine on a frame some of whose columns are cast."""
        key = (*sorted(seen.items()), numbered)
        if key not in self._engines:
            self._engines[key] = self._engine(seen, numbered=numbered)
        return self._engines[key]

    def _engine(self, seen: Seen, *, numbered: bool) -> Any:
        gx.loaded()
        from great_expectations.execution_engine import SparkDFExecutionEngine
        from great_expectations.execution_engine.sparkdf_batch_data import SparkDFBatchData

        columns = [*self.table.columns, *([ROW] if numbered else [])]
        native = self._shown(columns, seen).to_native()
        engine = SparkDFExecutionEngine(persist=False)
        engine.load_batch_data(gx.BATCH, SparkDFBatchData(engine, native))
        return engine

    def _shown(self, columns: Sequence[str], seen: Seen) -> Frame:
        schema = self.table.frame.collect_schema()
        return self.table.frame.select(*[_shown(n, schema[n], seen) for n in columns])

    def spoken(self, regex: str) -> str | None:
        """Spell it out: letters are ASCII's to Java, and ends are those of lines."""
        return spelled_out(regex)

    def rows(self, engine: Any, condition: Any, reason: str) -> Frame:
        """Filter by the condition, a window or not."""
        from pyspark.sql import functions

        test, domain, accessor = condition
        records = engine.get_domain_records({**domain, **accessor})
        found = records.withColumn("__failing", test).filter("__failing")
        return nw.from_native(found.select(ROW, functions.lit(reason).alias("reason")))

    def repeated(self, engine: Any, columns: Sequence[str], where: Any, reason: str) -> Frame:
        """Filter by the condition, which is a window."""
        return self.rows(engine, where, reason)

    @contextmanager
    def elsewhere(self, columns: Sequence[str], seen: Seen) -> Iterator[Frames]:
        """Give a few columns in pandas, for what Spark is not asked.

        Raises
        ------
        DataError
            When they do not fit into memory.
        """
        check_matrix(self.table.height(), list(columns), len(columns), 60.0 * len(columns))
        arrow = self._shown([ROW, *columns], seen).sort(ROW).to_native().toArrow()
        yield Frames(self.table, in_pandas(arrow.select(list(columns))), arrow[ROW].to_numpy())

    def taken(self, found: Frame) -> Frame:
        """Return them as they are: pandas lists them as a frame of the engine."""
        return found

    def close(self) -> None:
        """Nothing was opened."""


def _shown(name: str, dtype: Any, seen: Seen) -> nw.Expr:
    """Return a column as it is seen; what is no number is missing, as elsewhere."""
    column = nw.col(name)
    if dtype.is_float():
        column = nw.when(~column.is_nan()).then(column).alias(name)
    return column.cast(_CAST[seen[name]]) if name in seen else column
