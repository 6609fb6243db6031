"""Writing a table to a file: a cell that no stage touched as the very text that it came in as."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np
import pyarrow as pa

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.jobs.places import delimiter_for, split_name
from dataprep.readers.source import Source
from dataprep.table import Table, text_of

# Rows that are in memory as lines at a time.
_BATCH = 16_384


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
    gzip = ", compression gzip" if path.suffix.lower() == ".gz" else ""
    options = "format json" + gzip if format == "jsonl" else "format parquet"
    shown = ", ".join(quoted(name) for name in names)
    return source.engine.copy(table.frame, f"select {shown} from given", path, options)


def _csv_line(engine: DuckDB, table: Table, delimiter: str, *, same: bool) -> str:
    """Return SQL for a row as a line of CSV: a missing cell empty, an empty text in quotes."""
    needs_quotes = f"""^#|["\r\n{re.escape(delimiter)}]"""
    cells = []
    for name, kind in table.kinds.items():
        cell = quoted(text_of(name)) if same else f"{quoted(name)}::VARCHAR"
        if not engine.is_harmless(name, kind, delimiter):
            cell = (
                f"case when {cell} = '' then '\"\"' "
                f"when regexp_matches({cell}, {literal(needs_quotes)}) "
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
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(
        [cells.get(name, name) for name in names]
    )
    return ("\ufeff" if dialect and dialect.bom else "") + line.getvalue()
