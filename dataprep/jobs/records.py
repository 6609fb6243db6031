"""What a run leaves beside its output: ledger, rejected rows, malformed lines, what undo needs."""

from __future__ import annotations

import csv
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataprep.engine import Frame
from dataprep.engines.cells import BASE
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.ledger import (
    LEDGER_COLUMNS,
    Cells,
    StageRecord,
    differs_of,
    made_entries,
    new_of,
    provenance_table,
    why_of,
)
from dataprep.readers.opening import Malformed
from dataprep.readers.paths import COLUMNAR
from dataprep.readers.source import Source
from dataprep.table import ROW, Table, text_of

FOR_UNDO = ("ledger.parquet", "rejected.csv", "columns.parquet", "parts.parquet")
"""The files of a run folder that ``dataprep undo`` reads."""
_FEW_ROWS = 1_000_000
_BATCH = 250_000
_SCHEMA = pa.schema(
    [(name, pa.int64() if name == "row" else pa.string()) for name in LEDGER_COLUMNS]
)


def write_ledger(engine: DuckDB, records: Sequence[StageRecord], path: Path) -> None:
    """Write one row for each changed cell or dropped row, and count them into the records.

    The entries of a stage follow those of the stage before, column by column, in row order.
    """
    from pyarrow.parquet import ParquetWriter

    with ParquetWriter(
        path,
        _SCHEMA,
        compression="zstd",
        use_dictionary=[name for name in _SCHEMA.names if name != "row"],
        column_encoding={"row": "DELTA_BINARY_PACKED"},
        store_schema=False,
    ) as writer:
        for record in records:
            record.start_counting()
            for action, frame, entries in _entries(engine, record):
                for part in engine.batches(frame, entries, _BATCH):
                    for found in part.column("column").value_counts():
                        record.count(found["values"].as_py(), action, found["counts"].as_py())
                    writer.write_batch(part.cast(_SCHEMA))
            if record.made is not None:
                record.count(None, "make", record.rows_synthetic)
                writer.write_table(made_entries(record).cast(_SCHEMA))


def _entries(engine: DuckDB, record: StageRecord) -> Iterator[tuple[str, Frame, str]]:
    """Give the actions of a stage, and SQL over a frame for the entries of each."""
    for cells in record.cells:
        for names in _together(engine, cells):
            parts = (_cells_sql(engine, record.label, cells, name) for name in names)
            yield cells.action, cells.frame, " union all ".join(parts)
    for dropped in record.dropped:
        none, last = "null::VARCHAR", engine.height
        for action, test in (("drop", f"< {last}"), ("withdraw", f">= {last}")):
            entry = _entry(record.label, none, action, none, none, "reason")
            yield action, dropped.frame, f"{entry} where {quoted(ROW)} {test}"


def _together(engine: DuckDB, cells: Cells) -> list[list[str]]:
    """Return the columns to look through for changed cells, by query."""
    if engine.height >= _FEW_ROWS:
        return [[name] for name in cells.columns]
    # On a small table, to plan a query for each column takes longer than to run it.
    counts = ", ".join(f"count_if({quoted(differs_of(name))})" for name in cells.columns)
    row = engine.query(cells.frame, f"select {counts} from given").fetchall()[0]
    changed = [name for name, count in zip(cells.columns, row, strict=True) if count]
    return [changed] if changed else []


def _cells_sql(engine: DuckDB, label: str, cells: Cells, name: str) -> str:
    """Return SQL for the entries of a column's changed cells."""
    before = quoted(text_of(name)) if engine.lossless_text else engine.came(name)
    after = f"{quoted(new_of(name))}::VARCHAR"
    if engine.lossless_text:
        after = engine.written(quoted(new_of(name)), name, cells.kinds[name])
    reason = cells.reasons[name]
    why = quoted(why_of(name)) if reason is None else literal(reason)
    entry = _entry(label, literal(name), cells.action, f"{before}::VARCHAR", after, why)
    return f"{entry} where {quoted(differs_of(name))}"


def _entry(label: str, column: str, action: str, before: str, after: str, reason: str) -> str:
    values = (quoted(ROW), column, literal(label), literal(action), before, after, reason)
    named = zip(values, LEDGER_COLUMNS, strict=True)
    return f"select {', '.join(f'{value} as {quoted(name)}' for value, name in named)} from given"


def write_provenance(records: Sequence[StageRecord], path: Path) -> None:
    """Write where each row that was made comes from, if any was."""
    if any(record.made is not None for record in records):
        from pyarrow.parquet import write_table

        write_table(provenance_table(records), path, compression="zstd")


def write_parts(table: Table, column: str, path: Path) -> None:
    """Write which part each row went to."""
    asked = f"select {quoted(ROW)} as row, {quoted(column)} as part from given"
    engine: Any = table.engine
    _write_rows(engine, table.frame, asked, path)


def _write_rows(engine: DuckDB, frame: Frame, asked: str, path: Path) -> None:
    """Write rows as Parquet whose bytes do not tell how many threads made them.

    DuckDB's own writer ends its row groups where its threads ended their work.
    """
    from pyarrow.parquet import ParquetWriter

    with ExitStack() as stack:
        writer = None
        for batch in engine.batches(frame, asked, _BATCH):
            if writer is None:
                made = ParquetWriter(path, batch.schema, compression="zstd", store_schema=False)
                writer = stack.enter_context(made)
            writer.write_batch(batch)
        if writer is None:
            engine.copy(frame, asked, path, "format parquet")


def dropped_sql(records: Sequence[StageRecord]) -> str:
    """Return SQL for all dropped rows: row, stage, reason."""
    parts = [
        "select null::BIGINT as row, null::VARCHAR as stage, null::VARCHAR as reason where false"
    ]
    parts += [
        f"select {quoted(ROW)}, {literal(record.label)}, reason "
        f"from ({dropped.frame.to_native().sql_query()})"
        for record in records
        for dropped in record.dropped
    ]
    return " union all ".join(parts)


def rejected_sql(engine: DuckDB, source: Source, records: Sequence[StageRecord]) -> str:
    """Return SQL for the dropped rows as they came, then ``_row``, ``_stage`` and ``_reason``."""
    columns = source.table.columns
    extra = []
    for name, value in (("_row", "d.row"), ("_stage", "d.stage"), ("_reason", "d.reason")):
        free = name
        while free in columns:
            free = f"_{free}"
        extra.append(f"{value} as {quoted(free)}")
    shown = ", ".join([*(f"b.{quoted(name)}" for name in columns), *extra])
    dropped = dropped_sql(records)
    return (
        f"select {shown} from {BASE} b join ({dropped}) d on b.{quoted(ROW)} = d.row order by d.row"
    )


def write_rejected(
    engine: DuckDB, source: Source, records: Sequence[StageRecord], path: Path
) -> None:
    """Write the dropped rows as they came, then ``_row``, ``_stage`` and ``_reason``."""
    rows = rejected_sql(engine, source, records)
    engine.connection.execute(f"copy ({rows}) to {literal(str(path))} (format csv, header)")


def write_told(source: Source, folder: Path) -> None:
    """Write the lines that are no rows; those passed over and mended too, where there are any."""
    for name, lines in (
        ("malformed", source.malformed),
        ("skipped", source.skipped),
        ("mended", source.mended),
    ):
        if lines or name == "malformed":
            _write_lines(lines, folder / f"{name}.csv", of_several=len(source.paths) > 1)


def _write_lines(lines: Sequence[Malformed], path: Path, *, of_several: bool) -> None:
    """Write lines; where several files were read, with the file of each."""
    width = 5 if of_several else 4
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Malformed._fields[:width])
        writer.writerows(line[:width] for line in lines)


def write_aside(
    source: Source, after: Table, records: Sequence[StageRecord], format: str, folder: Path
) -> None:
    """Write what the output cannot hold: columns that left, and texts that another format loses."""
    engine = source.engine
    removed = [name for record in records for name in record.removed if name in source.table.kinds]
    # Parts that are files of their own do not say in each row which they are.
    removed += [name for name in after.of_role("split") if name in source.table.kinds]
    lost = engine.columns_with_nans
    if not after.has_text:
        lost += _retyped(source, after)
    if format != source.format:
        lost += _respelled(source, after, format)
    columns = list(dict.fromkeys([*removed, *lost]))
    if columns:
        asked = f"select {', '.join(map(quoted, [ROW, *columns]))} from given"
        path = folder / "columns.parquet"
        if engine.lossless_text:
            _write_rows(engine, engine.table(BASE), asked, path)
        else:
            # Of a file with types there may be some that Arrow cannot write.
            engine.copy(engine.table(BASE), asked, path, "format parquet")


def _retyped(source: Source, after: Table) -> list[str]:
    """Return the columns that a stage read as another type."""
    before, now = source.table.frame.collect_schema(), after.frame.collect_schema()
    return [name for name in source.table.columns if name in now and before[name] != now[name]]


def _respelled(source: Source, after: Table, format: str) -> list[str]:
    """Return the columns whose text, or value, is not what another format gives back."""
    schema = after.frame.collect_schema()
    names = [name for name in after.columns if name in source.table.kinds]
    tests = []
    for name in names:
        value = quoted(name)
        written = f"{value}::VARCHAR"
        if format == "jsonl":
            written = f"json_extract_string(to_json({value}), '$')"
        if after.has_text:
            tests.append(f"bool_or({quoted(text_of(name))} is distinct from {written})")
        elif format == "jsonl" and schema[name].is_float():
            # JSON knows no infinity.
            tests.append(f"bool_or(not isfinite({value}))")
        else:
            tests.append("false")
    if not tests:
        return []
    row = source.engine.query(after.frame, f"select {', '.join(tests)} from given").fetchall()[0]
    return [name for name, differs in zip(names, row, strict=True) if differs]


def undo_notes(source: Source, after: Table, *, in_parts: bool) -> dict[str, Any]:
    """Return what ``dataprep undo`` must know of the input."""
    apart = set(after.of_role("split")) if in_parts else set()
    dialect = source.dialect
    cells = source.engine.connection.table(source.engine.cells)
    return {
        "format": source.format,
        "suffix": source.suffix,
        "columns": source.table.columns,
        "types": None
        if source.format not in COLUMNAR
        else {
            name: str(dtype)
            for name, dtype in zip(cells.columns, cells.types, strict=True)
            if name != ROW
        },
        "delimiter": dialect.written if dialect else None,
        "header": dialect.header if dialect else None,
        "header_cells": list(dialect.header_cells) if dialect else [],
        "bom": dialect.bom if dialect else False,
        "columns_out": [name for name in after.columns if name not in apart],
        "schema": source.schema and b64encode(source.schema.serialize()).decode(),
        "keys": source.keys,
    }
