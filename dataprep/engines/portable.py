"""Any lazy narwhals frame, in narwhals expressions alone: what Spark runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import narwhals as nw

from dataprep.engine import Arrays, Frame, Mapped
from dataprep.engines.differing import marked
from dataprep.engines.matrix import arrays_of, made_by, table_of, types_of
from dataprep.engines.repeats import repeats
from dataprep.kinds import Kind
from dataprep.table import ROW, finite_values, hidden


class Portable:
    """The engine of lazy frames that have no better one."""

    name = "portable"
    lossless_text = False
    folds_names = True
    """To SQL, names that differ in case alone are the same."""

    def __init__(self, session: Any = None) -> None:
        self.session = session

    def rows(self, frame: Frame) -> list[dict[str, Any]]:
        """Bring a small frame into Python."""
        names = frame.collect_schema().names()
        return [dict(zip(names, row, strict=True)) for row in frame.to_native().collect()]

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Make a small frame beside the table's."""
        rows = list(zip(*columns.values(), strict=True))
        return nw.from_native(self.session.createDataFrame(rows, list(columns)))

    def write_texts(self, frame: Frame, kinds: Mapping[str, Kind], changed: Set[str]) -> Frame:
        """Return the frame: here a cell's value is all there is."""
        return frame

    def arrays(self, frame: Frame, columns: Sequence[str]) -> Arrays:
        """Return `ROW` and columns as arrays, in row order."""
        return arrays_of(frame.select(ROW, *columns).sort(ROW).to_native().toArrow())

    def mapped(self, frame: Frame, mapped: Mapped) -> Frame:
        """Add the columns that a function computes, where the rows lie."""
        import pyarrow as pa
        from pyspark.sql.pandas.types import from_arrow_schema
        from pyspark.sql.types import StructType

        native = frame.to_native()
        added = from_arrow_schema(pa.schema(list(types_of(mapped.makes).items())))
        # A new one: Spark's own add() would put the columns into the frame's schema.
        wanted = StructType([*native.schema, *added])

        def extended(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                for name, column in zip(
                    mapped.makes, made_by(mapped, batch).itercolumns(), strict=True
                ):
                    batch = batch.append_column(name, column.combine_chunks())
                yield batch

        return nw.from_native(native.mapInArrow(extended, wanted))

    def listed(self, columns: Arrays) -> Frame:
        """Make a frame of arrays beside the table's."""
        return nw.from_native(self.session.createDataFrame(table_of(columns)))

    def born(self, frame: Frame, made: Arrays, parent: str) -> Frame:
        """Join the arrays to the rows of the parents."""
        names = [name for name in frame.collect_schema().names() if name not in made]
        key = hidden("number of the parent")
        parents = frame.with_columns(nw.col(ROW).alias(key)).select(key, *names)
        return self.listed(made).join(parents, left_on=parent, right_on=key, how="inner")

    def stacked(self, frame: Frame, *others: Frame, in_order: bool = False) -> Frame:
        """Return the rows of all."""
        schema = frame.collect_schema()
        alike = [frame]
        for other in others:
            there = other.collect_schema()
            absent = [
                nw.lit(None, dtype=schema[name]).alias(name) for name in schema if name not in there
            ]
            whole = other.with_columns(*absent) if absent else other
            alike.append(whole.select(*schema.names()))
        return nw.concat(alike, how="vertical")

    def keep(self, frame: Frame, *, in_order: bool = False) -> Frame:
        """Return the frame as it is: the cluster decides what to keep."""
        return frame

    def rested(self, frame: Frame) -> Frame:
        """Return the frame as it is."""
        return frame

    def without(self, frame: Frame, rows: Frame) -> Frame:
        """Return the frame without the rows whose numbers ``rows`` holds."""
        return frame.join(rows.select(ROW), on=ROW, how="anti")

    def join(self, frame: Frame, other: Frame, on: str) -> Frame:
        """Join ``other`` to the left frame."""
        return frame.join(other, on=on, how="left")

    def compute(
        self, frame: Frame, new: Sequence[nw.Expr], like: Mapping[str, str], *, whole: bool
    ) -> Frame:
        """Add columns of the types of those that they stand for."""
        frame = self.settled(frame.with_columns(*new), like)
        schema = frame.collect_schema()
        casts = []
        for name, old in like.items():
            wanted, column = schema[old], nw.col(name)
            if schema[name] != wanted:
                if wanted.is_integer():
                    column = (column + 0.5).floor()
                casts.append(column.cast(wanted))
        return frame.with_columns(*casts) if casts else frame

    def settled(self, frame: Frame, like: Mapping[str, str]) -> Frame:
        """Give new columns the types of the old, where that takes more than a cast."""
        return frame

    def mark(self, frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
        """Add a boolean column for each pair: where two columns differ."""
        return marked(frame, pairs)

    def quantiles(
        self, frame: Frame, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Return the engine's own exact quantiles."""
        asked = {
            (name, p): finite_values(name, frame).quantile(p, interpolation="linear")
            for name in columns
            for p in probabilities
        }
        row = self.rows(frame.select(*[e.alias(f"q{i}") for i, e in enumerate(asked.values())]))[0]
        flat = dict(zip(asked, row.values(), strict=True))
        return {name: [flat[name, p] for p in probabilities] for name in columns}

    def group_quantiles(
        self, frame: Frame, key: str, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, dict[str, list[float | None]]]:
        """Return quantiles for each group."""
        asked = [
            finite_values(name, frame).quantile(p, interpolation="linear").alias(f"q{i}_{j}")
            for i, name in enumerate(columns)
            for j, p in enumerate(probabilities)
        ]
        return {
            row[key]: {
                name: [row[f"q{i}_{j}"] for j in range(len(probabilities))]
                for i, name in enumerate(columns)
            }
            for row in self.rows(frame.group_by(key).agg(*asked))
        }

    def duplicates(
        self, frame: Frame, subset: Sequence[str], keep: str, completeness: Sequence[str]
    ) -> Frame:
        """Return the rows to drop among those that agree in ``subset``."""
        counted = frame.with_columns(nw.len().over(*subset).alias(hidden("n")))
        return repeats(counted.filter(nw.col(hidden("n")) > 1), subset, keep, completeness)

    def sample(self, frame: Frame, columns: Sequence[str], rows: int) -> dict[str, list[Any]]:
        """Return the values of rows at equal distances."""
        top = self.rows(frame.select(nw.col(ROW).max()))[0][ROW] or 0
        step = max(1, (top + 1) // rows)
        found = self.rows(frame.filter(nw.col(ROW) % step == 0).select(*columns))
        return {name: [row[name] for row in found] for name in columns}
