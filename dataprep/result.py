"""What a run gives back: the data, what was rejected, the ledger, the summary, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import narwhals as nw
import numpy as np

from dataprep._version import __version__
from dataprep.arrays import as_array
from dataprep.engine import Frame
from dataprep.engines.frames import Opened
from dataprep.engines.parsing import literal
from dataprep.engines.registered import connected
from dataprep.ledger import (
    LEDGER_COLUMNS,
    StageRecord,
    counted,
    differs_of,
    made_entries,
    note_nothing_left,
    provenance_table,
)
from dataprep.parts import part_of
from dataprep.provenance import shown
from dataprep.table import ROW, Table

if TYPE_CHECKING:
    from dataprep.pipeline import Pipeline


class Result(Protocol):
    """What ``dp.clean`` returns, for a frame or for a file."""

    pipeline: Pipeline

    @property
    def data(self) -> Any:
        """Return the cleaned rows, of the kind that was given."""

    @property
    def rejected(self) -> Any:
        """Return the dropped rows, whole, with ``_row``, ``_stage`` and ``_reason``."""

    @property
    def ledger(self) -> Any:
        """Return one row for each changed cell, and for each row that went or came."""

    @property
    def provenance(self) -> Any:
        """Return one row for each row that was made: ``row, stage, parent_a, parent_b, step``."""

    @property
    def summary(self) -> dict[str, Any]:
        """Return the counts, as ``summary.json`` holds them."""

    def undo(self) -> Any:
        """Return the input again, cell for cell."""


@dataclass(repr=False)
class FrameResult:
    """The result of cleaning a frame in memory."""

    pipeline: Pipeline
    opened: Opened
    after: Table
    records: list[StageRecord]
    seconds: float

    @cached_property
    def data(self) -> Any:
        """Return the cleaned frame or array, of the kind that was given."""
        return self._closed(shown(self.after))

    @property
    def train(self) -> Any:
        """Return the cleaned rows to learn from; all of them where nothing was split."""
        return self._part("train")

    @property
    def validation(self) -> Any:
        """Return the cleaned rows of the part ``validation``."""
        return self._part("validation")

    @property
    def test(self) -> Any:
        """Return the cleaned rows of the part ``test``."""
        return self._part("test")

    def _part(self, name: str) -> Any:
        table = shown(part_of(self.after, name))
        return self._closed(table, [n for n in table.columns if table.roles.get(n) != "split"])

    def _closed(self, table: Table, columns: list[str] | None = None) -> Any:
        out = self.opened.close(table, columns)
        return as_array(out) if self.opened.library == "numpy" else out

    @cached_property
    def _dropped(self) -> list[tuple[int, str, str]]:
        found = []
        for record in self.records:
            for dropped in record.dropped:
                rows, reasons = dropped.frame[ROW].to_list(), dropped.frame["reason"].to_list()
                found += [(row, record.label, why) for row, why in zip(rows, reasons, strict=True)]
        return sorted(found)

    @cached_property
    def rejected(self) -> Any:
        """Return the dropped rows as they came, with ``_row``, ``_stage`` and ``_reason``."""
        dropped = [told for told in self._dropped if told[0] < self._height]
        rows = [row for row, _, _ in dropped]
        frame = nw.from_native(self.opened.given, eager_only=True)[np.asarray(rows, dtype="int64")]
        extra = {
            "_row": rows,
            "_stage": [stage for _, stage, _ in dropped],
            "_reason": [reason for _, _, reason in dropped],
        }
        native = frame.to_native()
        made = [
            nw.new_series(
                _free(name, frame.columns),
                values,
                nw.Int64() if name == "_row" else nw.String(),
                backend=frame.implementation,
            )
            for name, values in extra.items()
        ]
        if frame.implementation.is_pandas():
            for series in made:
                column = series.to_native()
                column.index = native.index
                native = native.assign(**{series.name: column})
            return native
        return frame.with_columns(*made).to_native()

    @cached_property
    def ledger(self) -> Any:
        """Return the ledger as a frame of the library that was given."""
        return self.opened.given_as(frame_ledger(self.records, self._height))

    @cached_property
    def provenance(self) -> Any:
        """Return where each row that was made comes from, as a frame of the given library."""
        return self.opened.given_as(provenance_table(self.records))

    @property
    def _height(self) -> int:
        return len(self.opened.table.frame)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Return the counts of the run."""
        rows_in, rows_out = self._height, len(self.after.frame)
        for record in self.records:
            _count(record, rows_in)
        note_nothing_left(rows_in, rows_out, self.records)
        counts = counted(rows_in, rows_out, self.records)
        return {
            "dataprep": __version__,
            "input": {"sha256": None, "library": self.opened.library},
            "rows_malformed": 0,
            **counts,
            "cells_changed": sum(record.cells_changed for record in self.records),
            "stages": [record.summary() for record in self.records],
            "seconds": round(self.seconds, 3),
        }

    def undo(self) -> Any:
        """Return the input again, from the data, the ledger and the rejected rows."""
        frame = self.after.frame.filter(nw.col(ROW) < self._height)
        frame = frame.select(ROW, *self.after.columns)
        for record in reversed(self.records):
            frame = _undone(frame, record)
        opened = self.opened
        rows = [row for row, _, _ in self._dropped if row < self._height]
        if rows:
            lost = opened.table.frame[np.asarray(rows, dtype="int64")].select(*frame.columns)
            frame = opened.table.engine.stacked(lost, frame)
        frame = frame.sort(ROW)
        table = Table(frame, opened.table.kinds, opened.table.engine)
        back = opened.close(table, [n for n in opened.table.columns if n != opened.y_name])
        return as_array(back) if opened.library == "numpy" else back

    def __repr__(self) -> str:
        """Say in a line what was done."""
        return told(self.summary)


def told(summary: Mapping[str, Any]) -> str:
    """Return a run's counts in a line."""
    made = f"{summary['rows_synthetic']} made, " if summary["rows_synthetic"] else ""
    return (
        f"Result({summary['rows_in']} rows in, {summary['rows_rejected']} rejected, {made}"
        f"{summary['rows_out']} out; {summary['cells_changed']} cells changed)"
    )


def _free(name: str, taken: Sequence[Any]) -> str:
    while name in taken:
        name = f"_{name}"
    return name


def _count(record: StageRecord, height: int) -> None:
    record.start_counting()
    for cells in record.cells:
        for column in cells.columns:
            record.count(column, cells.action, int(cells.frame[differs_of(column)].sum()))
    for dropped in record.dropped:
        came = int((dropped.frame[ROW] < height).sum())
        record.count(None, "drop", came)
        record.count(None, "withdraw", len(dropped.frame) - came)
    record.count(None, "make", record.rows_synthetic)


def frame_ledger(records: Sequence[StageRecord], height: int) -> Any:
    """Return the ledger as Arrow; DuckDB writes the values as text, as it does for files.

    Parameters
    ----------
    records : sequence of StageRecord
    height : int
        How many rows the source has; those beyond were made.
    """
    import pyarrow as pa

    schema = pa.schema(
        [(name, pa.int64() if name == "row" else pa.string()) for name in LEDGER_COLUMNS]
    )
    parts = []
    with connected() as connection:
        for record in records:
            for cells in record.cells:
                for column in cells.columns:
                    if not cells.frame[differs_of(column)].any():
                        continue
                    connection.register("given", cells.listed(column).to_arrow())
                    reason = cells.reasons[column]
                    why = "reason" if reason is None else literal(reason)
                    asked = connection.sql(
                        f'select row, {literal(column)} as "column", {literal(record.label)} as '
                        f"stage, {literal(cells.action)} as action, before::VARCHAR as before, "
                        f"after::VARCHAR as after, {why}::VARCHAR as reason from given"
                    )
                    parts.append(asked.to_arrow_table().cast(schema))
            for dropped in record.dropped:
                rows, reasons = dropped.frame[ROW].to_list(), dropped.frame["reason"].to_list()
                actions = ["drop" if row < height else "withdraw" for row in rows]
                none = [None] * len(rows)
                columns = [rows, none, [record.label] * len(rows), actions, none, none]
                parts.append(pa.table([*columns, reasons], schema=schema))
            if record.made is not None:
                parts.append(made_entries(record).cast(schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _undone(frame: Frame, record: StageRecord) -> Frame:
    """Return the frame as it was before a stage, for the rows that are still there."""
    frame = frame.drop(*[name for name in record.added if name in frame.columns])
    rows = frame[ROW].to_numpy()
    order = np.argsort(rows)
    aside = record.kept_aside
    whole = set() if aside is None else set(aside.columns)
    for cells in record.cells:
        for column in (name for name in cells.columns if name not in whole):
            listed = cells.listed(column)
            changed = listed["row"].to_numpy()
            # Rows that a later stage dropped come back whole, from the rejected ones.
            here = np.isin(changed, rows)
            if here.any():
                places = order[np.searchsorted(rows[order], changed[here])]
                before = listed["before"].filter(here.tolist())
                frame = frame.with_columns(_scattered(frame[column], places, before))
    if aside is not None:
        places = np.searchsorted(aside[ROW].to_numpy(), rows)
        back = aside[places]
        frame = frame.with_columns(
            *[back[name].alias(name) for name in back.columns if name != ROW]
        )
    return frame


def _scattered(series: Any, places: Any, values: Any) -> Any:
    if series.implementation.is_pandas():
        native = series.to_native().copy()
        try:
            native.iloc[places] = values.to_native().to_numpy()
        except (TypeError, ValueError):
            native = native.astype(object)
            native.iloc[places] = values.to_native().to_numpy()
        wanted = values.to_native().dtype
        native = native.astype(wanted) if native.dtype != wanted else native
        return nw.from_native(native, series_only=True)
    if series.implementation.is_pyarrow():
        # Text of two lengths of offsets is one type to narwhals, two to Arrow.
        wanted = values.to_native().type
        cast = nw.from_native(series.to_native().cast(wanted), series_only=True)
        series = cast.alias(series.name)
        return series.scatter(places.tolist(), values)
    return series.cast(values.dtype).scatter(places.tolist(), values)
