"""Writing a table to a file: a cell that no stage touched as the very text that it came in as."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import DataError
from dataprep.jobs.places import delimiter_for, split_name
from dataprep.readers.source import Source
from dataprep.table import Table, text_of

log = logging.getLogger("dataprep")
# Rows that are in memory at a time: as lines, and as columns of Parquet.
_BATCH, _ROW_GROUP = 16_384, 122_880


def write_table(source: Source, table: Table, path: Path, format: str) -> int:
    """Write a table in a format, and return the number of rows."""
    names = table.columns
    same = format == source.format and table.has_text
    if format == "csv":
        own = source.dialect.delimiter if source.dialect else None
        delimiter = delimiter_for(path, split_name(source.paths[0])[1], own)
        return _write_lines(
            source.engine,
            table,
            _csv_line(source.engine, table, delimiter, same=same),
            _header(source, names, delimiter),
            path,
        )
    if format == "jsonl" and same:
        keys = [source.keys.get(name, name) for name in names]
        return _write_lines(source.engine, table, _json_line(keys, names), "", path)
    shown = ", ".join(f"{source.engine.came(name)} as {quoted(name)}" for name in names)
    asked = f"select {shown} from given"
    if format == "parquet":
        return _write_parquet(source, table, asked, path)
    schema = table.frame.collect_schema()
    floats = [name for name in names if schema[name].is_float()]
    finite = (
        f"case when isfinite({quoted(n)}) then {quoted(n)} end as {quoted(n)}" for n in floats
    )
    # JSON knows no infinity and no NaN.
    asked = f"select * replace ({', '.join(finite)}) from ({asked})" if floats else asked
    gzip = ", compression gzip" if path.suffix.lower() == ".gz" else ""
    return source.engine.copy(table.frame, asked, path, f"format json{gzip}")


def _write_parquet(source: Source, table: Table, asked: str, path: Path) -> int:
    """Write typed rows, with the fields of the input's own schema where there is one."""
    from pyarrow.parquet import ParquetWriter

    engine, fields = source.engine, _fields_kept(source, table)
    metadata = source.schema.metadata if source.schema is not None else None
    rows, writer = 0, None
    with ExitStack() as stack:
        for batch in engine.batches(table.frame, asked, _ROW_GROUP):
            columns, made = [], []
            for name, column in zip(table.columns, batch.columns, strict=True):
                field = fields.get(name)
                columns.append(_of_type(column, field and field.type))
                if field and columns[-1].type != field.type:
                    text = "%s: Arrow cannot write %s again; it is written as %s"
                    log.warning(text, name, field.type, columns[-1].type)
                    fields[name] = field.with_type(columns[-1].type)
                plain = pa.field(source.keys.get(name, name), columns[-1].type)
                made.append(field.with_type(plain.type) if field else plain)
            part = pa.table(columns, schema=pa.schema(made, metadata))
            if writer is None:
                writer = stack.enter_context(ParquetWriter(path, part.schema, compression="zstd"))
            writer.write_table(part)
            rows += len(part)
        if writer is None:
            empty = [fields.get(name) or pa.field(name, pa.string()) for name in table.columns]
            stack.enter_context(ParquetWriter(path, pa.schema(empty, metadata)))
    return rows


def _fields_kept(source: Source, table: Table) -> dict[str, Any]:
    """Return the Arrow fields of the columns that no stage read as another type."""
    if source.schema is None:
        return {}
    before, now = source.table.frame.collect_schema(), table.frame.collect_schema()
    own = {name: source.keys.get(name, name) for name in table.columns}
    kept = {
        name: source.schema.field(own[name])
        for name in table.columns
        if own[name] in source.schema.names and before.get(name) == now[name]
    }
    # A column that could not be missing may be so now.
    strict = [name for name, field in kept.items() if not field.nullable]
    if strict:
        tests = ", ".join(f"bool_or({quoted(name)} is null)" for name in strict)
        row = source.engine.query(table.frame, f"select {tests} from given").fetchall()[0]
        gaps = (name for name, missing in zip(strict, row, strict=True) if missing)
        kept |= {name: kept[name].with_nullable(True) for name in gaps}
    return kept


def _of_type(column: pa.Array, wanted: Any) -> pa.Array:
    """Return a column as the type that it came with; as it is where a stage made it another."""
    if wanted is None:
        return _narrow(column)
    if column.type == wanted:
        return column
    try:
        if pa.types.is_dictionary(wanted):
            return column.cast(wanted.value_type).dictionary_encode().cast(wanted)
        return column.cast(wanted)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"a value does not fit the type {wanted} of its column: {error}",
            remedy="Change the type in the input, or write CSV with -o.",
        ) from None
    except pa.ArrowNotImplementedError:
        # Arrow has no way from what DuckDB made of it: the caller says so.
        return _narrow(column)


def _narrow(column: pa.Array) -> pa.Array:
    """Return text with offsets of the usual length: the others were for the way here."""
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


def _csv_line(engine: DuckDB, table: Table, delimiter: str, *, same: bool) -> str:
    """Return SQL for a row as a line of CSV: a missing cell empty, an empty text in quotes."""
    cells = []
    for name, kind in table.kinds.items():
        cell = quoted(text_of(name)) if same else f"({engine.came(name)})::VARCHAR"
        if not engine.is_harmless(name, kind, delimiter):
            # Four searches for a sign take a quarter of the time of one regular expression.
            signs = (delimiter, '"', "\n", "\r")
            needs_quotes = " or ".join(f"contains({cell}, {literal(sign)})" for sign in signs)
            cell = (
                f"case when {cell} = '' then '\"\"' when {needs_quotes} "
                f"then '\"' || replace({cell}, '\"', '\"\"') || '\"' else {cell} end"
            )
        cells.append(cell)
    return f"concat({f', {literal(delimiter)}, '.join(cells)}, chr(10))"


def _json_line(keys: Sequence[str], names: Sequence[str]) -> str:
    """Return SQL for a row as a JSON object; a missing cell is an absent member."""
    members = ", ".join(
        f"case when {quoted(text_of(name))} is not null then "
        f"{literal(json.dumps(key, ensure_ascii=False) + ': ')} || {quoted(text_of(name))} end"
        for key, name in zip(keys, names, strict=True)
    )
    return f"'{{' || concat_ws(', ', {members}) || '}}' || chr(10)"


def _write_lines(engine: DuckDB, table: Table, line: str, header: str, path: Path) -> int:
    """Write a line for each row; as a column of text, they lie in memory as they do in the file."""
    rows = 0
    lines = f"select {line} as line from given"
    with _opened(path) as file:
        file.write(header.encode())
        for batch in engine.batches(table.frame, lines, _BATCH):
            column = batch.column(0)
            _, offsets, text = column.buffers()
            if text is not None:
                wide = np.int64 if pa.types.is_large_string(column.type) else np.int32
                ends = np.frombuffer(offsets, wide)
                first, last = ends[column.offset], ends[column.offset + len(column)]
                file.write(memoryview(text)[first:last])
            rows += len(column)
    return rows


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if path.suffix.lower() != ".gz":
            yield file
            return
        import gzip

        # No name and no time inside: the same rows make the same bytes.
        with gzip.GzipFile("", "wb", 6, file, 0) as packed:
            yield cast("IO[bytes]", packed)


def _header(source: Source, names: Sequence[str], delimiter: str) -> str:
    """Return the header line, with the names as they stood in the file."""
    dialect = source.dialect
    if dialect is not None and not dialect.header:
        return ""
    cells = dict(zip(dialect.columns, dialect.header_cells, strict=False)) if dialect else {}
    shown = [cells.get(name, source.keys.get(name, name)) for name in names]
    if (
        dialect
        and len(dialect.columns) > len(dialect.header_cells)
        and shown
        == [
            *dialect.header_cells,
            dialect.columns[-1],
        ]
    ):
        # The last column has no name in the file.
        shown.pop()
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(shown)
    return ("\ufeff" if dialect and dialect.bom else "") + line.getvalue()
