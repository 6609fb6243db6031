"""Writing files that know their types: Parquet, Feather (Arrow IPC) and ORC, a batch at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataprep.engines.parsing import quoted
from dataprep.errors import DataError
from dataprep.readers.source import Source
from dataprep.table import Table

log = logging.getLogger("dataprep")
_ROW_GROUP = 122_880
"""Rows that are in memory at a time."""


def write_columnar(source: Source, table: Table, asked: str, path: Path, format: str) -> int:
    """Write typed rows, with the fields of the input's own schema where there is one.

    Parameters
    ----------
    source : Source
    table : Table
    asked : str
        SQL for its rows.
    path : Path
    format : {"parquet", "feather", "orc"}

    Returns
    -------
    rows : int

    Raises
    ------
    DataError
        When a value does not fit its column's type, or the format has no such type.
    """
    engine, fields = source.engine, _fields_kept(source, table)
    metadata = source.schema.metadata if source.schema is not None else None
    rows, writer = 0, None
    levels = _levels(source, table, asked, fields) if format == "feather" else {}
    with ExitStack() as stack:
        for batch in engine.batches(table.frame, asked, _ROW_GROUP):
            columns, made = [], []
            for name, column in zip(table.columns, batch.columns, strict=True):
                field = fields.get(name)
                column = _of_type(column, field and field.type, levels.get(name))
                if format == "orc":
                    column = column.cast(_orc_type(column.type))
                elif field and column.type != field.type:
                    text = "%s: Arrow cannot write %s again; it is written as %s"
                    log.warning(text, name, field.type, column.type)
                    fields[name] = field.with_type(column.type)
                columns.append(column)
                plain = pa.field(source.keys.get(name, name), column.type)
                made.append(field.with_type(plain.type) if field else plain)
            part = pa.record_batch(columns, schema=pa.schema(made, metadata))
            if writer is None:
                writer = stack.enter_context(_writer(path, part.schema, format))
            writer.write(pa.Table.from_batches([part]) if format == "orc" else part)
            rows += len(part)
        if writer is None:
            empty = [fields.get(name) or pa.field(name, pa.string()) for name in table.columns]
            if format == "orc":
                empty = [field.with_type(_orc_type(field.type)) for field in empty]
            writer = stack.enter_context(_writer(path, pa.schema(empty, metadata), format))
            if format == "orc":
                writer.write(pa.schema(empty, metadata).empty_table())
    return rows


@contextmanager
def _writer(path: Path, schema: Any, format: str) -> Iterator[Any]:
    """Give what writes batches of a schema to a file; a type it does not know is told."""
    try:
        if format == "parquet":
            from pyarrow.parquet import ParquetWriter

            with ParquetWriter(path, schema, compression="zstd") as writer:
                yield writer
        elif format == "orc":
            from pyarrow.orc import ORCWriter

            with ORCWriter(str(path), compression="zstd") as writer:
                yield writer
        else:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with (
                pa.OSFile(str(path), "wb") as file,
                pa.ipc.new_file(file, schema, options=options) as writer,
            ):
                yield writer
    except pa.ArrowNotImplementedError as error:
        raise DataError(
            f"{format} cannot hold a column: {error}",
            place=path.name,
            remedy="Write another format with -o, e.g. .parquet.",
        ) from None


def _levels(
    source: Source, table: Table, asked: str, fields: Mapping[str, Any]
) -> dict[str, pa.Array]:
    """Return the levels of the columns with dictionaries: an Arrow file has one for all batches."""
    found = {}
    for name, field in fields.items():
        if pa.types.is_dictionary(field.type):
            cell = quoted(name)
            sql = f"select distinct {cell} from ({asked}) where {cell} is not null order by 1"
            batches = source.engine.batches(table.frame, sql, _ROW_GROUP)
            parts = [batch.column(0).cast(field.type.value_type) for batch in batches]
            found[name] = pa.concat_arrays(parts) if parts else pa.array([], field.type.value_type)
    return found


def _orc_type(type: Any) -> Any:
    """Return the type that ORC has instead of one that it has not."""
    if pa.types.is_dictionary(type):
        type = type.value_type
    if pa.types.is_large_string(type) or pa.types.is_null(type):
        return pa.string()
    if pa.types.is_float16(type):
        return pa.float32()
    wider = {
        "uint8": pa.int16(),
        "uint16": pa.int32(),
        "uint32": pa.int64(),
        "uint64": pa.decimal128(20, 0),
    }
    return wider.get(str(type), type)


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


def _of_type(column: pa.Array, wanted: Any, levels: pa.Array | None) -> pa.Array:
    """Return a column as the type that it came with; as it is where a stage made it another.

    Parameters
    ----------
    column : Array
    wanted : DataType, optional
    levels : Array, optional
        Those of a dictionary, where it has to be the same for all batches.
    """
    if wanted is None:
        return _narrow(column)
    if column.type == wanted:
        return column
    try:
        if pa.types.is_dictionary(wanted):
            plain = column.cast(wanted.value_type)
            if levels is None:
                return plain.dictionary_encode().cast(wanted)
            codes = pc.index_in(plain, value_set=levels).cast(wanted.index_type)
            return pa.DictionaryArray.from_arrays(codes, levels, ordered=wanted.ordered)
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
