"""Writing a table to a file: a cell that no stage touched as the very text that it came in as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfileobj

import numpy as np
import pyarrow as pa

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.jobs.columnar import write_columnar
from dataprep.jobs.places import delimiter_for
from dataprep.readers.packed import packed_writer
from dataprep.readers.paths import COLUMNAR, PACKED
from dataprep.readers.records import Form
from dataprep.readers.source import Source
from dataprep.table import Table, text_of

_BATCH = 16_384
"""Rows that are in memory at a time, as lines."""


def write_table(source: Source, table: Table, path: Path, format: str) -> int:
    """Write a table in a format, and return the number of rows."""
    names = table.columns
    same = format == source.format and table.has_text
    if format == "csv":
        own = source.dialect.written if source.dialect else None
        delimiter = delimiter_for(path, source.suffix, own)
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
    if format in COLUMNAR:
        return write_columnar(source, table, asked, path, format)
    schema = table.frame.collect_schema()
    floats = [name for name in names if schema[name].is_float()]
    finite = (
        f"case when isfinite({quoted(n)}) then {quoted(n)} end as {quoted(n)}" for n in floats
    )
    # JSON knows no infinity and no NaN.
    asked = f"select * replace ({', '.join(finite)}) from ({asked})" if floats else asked
    if path.suffix.lower() not in PACKED:
        return source.engine.copy(table.frame, asked, path, "format json")
    plain = path.with_name(f"{path.name}.plain")
    rows = source.engine.copy(table.frame, asked, plain, "format json")
    with plain.open("rb") as file, packed_writer(path) as packed:
        copyfileobj(file, packed)
    plain.unlink()
    return rows


def _csv_line(engine: DuckDB, table: Table, delimiter: str, *, same: bool) -> str:
    """Return SQL for a row as a line of CSV: a missing cell empty, an empty text in quotes."""
    cells = []
    for name, kind in table.kinds.items():
        cell = quoted(text_of(name)) if same else f"({engine.came(name)})::VARCHAR"
        if not engine.is_harmless(name, kind, delimiter):
            # Four searches for a sign take a quarter of the time of one regular expression.
            # Of a delimiter of several signs, one would join those that follow.
            signs = (*dict.fromkeys(delimiter), '"', "\n", "\r")
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
    with packed_writer(path) as file:
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


def _header(source: Source, names: Sequence[str], delimiter: str) -> str:
    """Return the header line, with the names as they stood in the file."""
    dialect = source.dialect
    if dialect is not None and not dialect.header:
        return ""
    known = dialect.header_cells if dialect else ()
    cells = dict(zip(dialect.columns, known, strict=True)) if dialect and known else {}
    shown = [cells.get(name, source.keys.get(name, name)) for name in names]
    line = Form(delimiter).line([cell or None for cell in shown]) + "\n"
    return ("\ufeff" if dialect and dialect.bom else "") + line
