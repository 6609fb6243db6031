"""Expectations of a frame of Spark, asked there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals as nw

from dataprep.engine import Frame
from dataprep.expectations import gx
from dataprep.expectations.in_pandas import Frames, in_pandas
from dataprep.sizes import check_matrix
from dataprep.table import ROW, Table


class Spark:
    """Spark, on the frame itself."""

    library = "Spark"
    eager = False

    def __init__(self, table: Table) -> None:
        self.table = table
        self._engines: dict[tuple[Any, ...], Any] = {}

    def engine(self, texts: Sequence[str], *, numbered: bool = False) -> Any:
        """Return an engine on a frame whose ``texts`` are cast."""
        key = (*sorted(texts), numbered)
        if key not in self._engines:
            self._engines[key] = self._engine(texts, numbered=numbered)
        return self._engines[key]

    def _engine(self, texts: Sequence[str], *, numbered: bool) -> Any:
        gx.loaded()
        from great_expectations.execution_engine import SparkDFExecutionEngine
        from great_expectations.execution_engine.sparkdf_batch_data import SparkDFBatchData

        columns = [*self.table.columns, *([ROW] if numbered else [])]
        native = self._written(columns, texts).to_native()
        engine = SparkDFExecutionEngine(persist=False)
        engine.load_batch_data(gx.BATCH, SparkDFBatchData(engine, native))
        return engine

    def _written(self, columns: Sequence[str], texts: Sequence[str]) -> Frame:
        return self.table.frame.select(
            *[nw.col(name).cast(nw.String) if name in texts else nw.col(name) for name in columns]
        )

    def understands(self, regex: str) -> bool:
        """Java's are near enough to Python's."""
        return True

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
    def elsewhere(self, columns: Sequence[str], texts: Sequence[str]) -> Iterator[Frames]:
        """Give a few columns in pandas, for what Spark is not asked.

        Raises
        ------
        DataError
            When they do not fit into memory.
        """
        check_matrix(self.table.height(), list(columns), len(columns), 60.0 * len(columns))
        arrow = self._written([ROW, *columns], texts).sort(ROW).to_native().toArrow()
        yield Frames(self.table, in_pandas(arrow.select(list(columns))), arrow[ROW].to_numpy())

    def taken(self, found: Frame) -> Frame:
        """Return them as they are: pandas lists them as a frame of the engine."""
        return found

    def close(self) -> None:
        """Nothing was opened."""
