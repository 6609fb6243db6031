"""Files that know their types: Parquet, Feather (Arrow IPC) and ORC, and their parts that drift."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.index import index_columns
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import NoRowsError, ReadError
from dataprep.kinds import Kind, kind_of_dtype, named_like_identifier
from dataprep.readers.lines import hashed
from dataprep.readers.paths import escaped
from dataprep.readers.source import Source
from dataprep.table import ROW, Table

_VIEW = "__arrow__"
_CHUNK = 122_880
_EXACT = 2**53
"""A float holds every whole number up to this one."""


def open_columnar(paths: list[Path], format: str, engine: DuckDB) -> Source:
    """Read files of a format with types; columns are joined by name where parts differ.

    Raises
    ------
    ReadError
        When a file is damaged, holds no rows, or has a column of a type that joins with no other,
        or not without loss.
    """
    schemas = []
    for path in paths:
        with _explained(path):
            schemas.append(_schema_of(path, format))
    schema, drift = _joined(paths, schemas)
    floated = [_floated(own, schema) for own in schemas]
    for path, names in zip(paths, floated, strict=True):
        if names:
            with _explained(path):
                _check_exact(path, format, names)
    if format == "parquet":
        frame = engine.adopt(_parquet(paths, floated, drift=bool(drift)))
    else:
        reader = _reader(paths, format, schema)
        engine.connection.register(_VIEW, reader)
        frame = engine.adopt(_VIEW)
        engine.connection.unregister(_VIEW)
    if engine.height == 0:
        raise NoRowsError("there are no rows", place=str(paths[0]), remedy="Give a file with rows.")
    kinds: dict[str, Kind] = {}
    for name, dtype in frame.collect_schema().items():
        if name != ROW:
            kind = kind_of_dtype(dtype)
            kinds[name] = (
                "identifier" if kind == "integer" and named_like_identifier(name) else kind
            )
    # DuckDB gives names that differ in case alone a number.
    keys = {name: own for name, own in zip(kinds, schema.names, strict=True) if name != own}
    source = Source(Table(frame, kinds, engine), engine, paths, format, None, keys=keys)
    source.schema, source.scan = schema, hashed(paths)
    if drift:
        source.decided["drift"] = drift
    if index := index_columns(schema):
        source.decided["index"] = index
    return source


def _schema_of(path: Path, format: str) -> Any:
    if format == "parquet":
        from pyarrow.parquet import read_schema

        return read_schema(path)
    if format == "orc":
        from pyarrow.orc import ORCFile

        return ORCFile(path).schema
    with _feather(path) as file:
        return file.schema


def _joined(paths: list[Path], schemas: list[Any]) -> tuple[Any, dict[str, Any]]:
    """Return one schema for all files, and by file how it differs: missing, added, retyped."""
    first = schemas[0]
    if all(schema.equals(first) for schema in schemas):
        return first, {}
    unified = first
    for path, schema in zip(paths, schemas, strict=True):
        try:
            unified = pa.unify_schemas([unified, schema], promote_options="permissive")
        except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
            raise ReadError(
                f"its columns cannot be joined with those of the files before: {error}",
                place=str(path),
                remedy="Give the column one type in all files, or read the files one by one.",
            ) from None
    if len({name.casefold() for name in unified.names}) < len(unified.names):
        raise ReadError(
            "its columns differ from those of the files before in upper and lower case alone",
            place=str(paths[-1]),
            remedy="Give a column one name in all files.",
        )
    drift = {}
    for path, schema in zip(paths, schemas, strict=True):
        told = {
            "missing": [name for name in unified.names if name not in schema.names],
            "added": [name for name in schema.names if name not in first.names],
            "retyped": {
                field.name: str(field.type)
                for field in schema
                if field.type != unified.field(field.name).type
            },
        }
        if found := {what: names for what, names in told.items() if names}:
            drift[str(path)] = found
    if not drift:
        # The same columns in another order.
        drift = {
            str(p): {"reordered": s.names}
            for p, s in zip(paths, schemas, strict=True)
            if s.names != unified.names
        }
    return unified, drift


def _floated(own: Any, unified: Any) -> list[str]:
    """Return the columns of whole numbers in one file that have decimals in another."""
    return [
        field.name
        for field in own
        if pa.types.is_integer(field.type) and pa.types.is_floating(unified.field(field.name).type)
    ]


def _check_exact(path: Path, format: str, names: list[str]) -> None:
    """Raise where a file has whole numbers that a float would not hold."""
    for batch in _batches(path, format, names):
        for name in names:
            for value in pc.min_max(batch.column(name)).as_py().values():
                if value is not None and abs(value) > _EXACT:
                    raise ReadError(
                        f"the column {name!r} has decimals in another file, and as a float "
                        f"{value} would be another number",
                        place=str(path),
                        remedy="Give the column one type in all files, text for names, or read the "
                        "files one by one.",
                    )


def _parquet(paths: list[Path], floated: list[list[str]], *, drift: bool) -> str:
    """Return SQL for the rows of Parquet files; those that differ are joined by name."""
    files = [literal(escaped(path)) for path in paths]
    if not drift:
        return f"read_parquet([{', '.join(files)}])"
    parts = []
    for file, names in zip(files, floated, strict=True):
        # Beside a float of four bytes, DuckDB would make whole numbers floats of four bytes.
        doubles = ", ".join(f"{quoted(name)}::DOUBLE as {quoted(name)}" for name in names)
        parts.append(
            f"select *{f' replace ({doubles})' if names else ''} from read_parquet({file})"
        )
    return f"({' union all by name '.join(parts)})"


def _reader(paths: list[Path], format: str, schema: Any) -> Any:
    """Return the rows of Feather or ORC files as a stream of batches of one schema."""
    plain = pa.schema([field.with_type(_plain(field.type)).with_nullable(True) for field in schema])

    def batches() -> Iterator[Any]:
        for path in paths:
            with _explained(path):
                for batch in _batches(path, format):
                    yield _conformed(batch, plain)

    return pa.RecordBatchReader.from_batches(plain, batches())


def _plain(type: Any) -> Any:
    """Return the type that DuckDB reads instead of one that it does not know."""
    if pa.types.is_float16(type):
        return pa.float32()
    if pa.types.is_null(type):
        return pa.string()
    if pa.types.is_dictionary(type):
        # The dictionaries of two batches need not be the same.
        return type.value_type
    if pa.types.is_run_end_encoded(type):
        return type.value_type
    return type


def _conformed(batch: Any, schema: Any) -> Any:
    columns = []
    for field in schema:
        if field.name in batch.schema.names:
            columns.append(batch.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(batch.num_rows, field.type))
    return pa.record_batch(columns, schema=schema)


def _batches(path: Path, format: str, columns: list[str] | None = None) -> Iterator[Any]:
    """Give the rows of a file; where its format can, those columns alone."""
    if format == "parquet":
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path) as file:
            yield from file.iter_batches(columns=columns)
        return
    if format == "orc":
        from pyarrow.orc import ORCFile

        file = ORCFile(path)
        for stripe in range(file.nstripes):
            yield file.read_stripe(stripe, columns)
        return
    with _feather(path) as file:
        if isinstance(file, pa.RecordBatchFileReader):
            for i in range(file.num_record_batches):
                yield file.get_batch(i)
        elif isinstance(file, pa.Table):
            yield from file.to_batches(_CHUNK)
        else:
            yield from file


@contextmanager
def _feather(path: Path) -> Iterator[Any]:
    """Give an Arrow file, an Arrow stream, or what the first version of Feather holds."""
    with path.open("rb") as head:
        start = head.read(4)
    if start == b"FEA1":
        from pyarrow.feather import read_table

        with warnings.catch_warnings():
            # That the format is old is why it is read here.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield read_table(path)
        return
    # Not mapped into memory: a file that is cut off meanwhile would end the process.
    with pa.OSFile(str(path)) as file:
        opened = pa.ipc.open_file if start == b"ARRO" else pa.ipc.open_stream
        with opened(file) as reader:
            yield reader


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(
            f"cannot be read: {str(error).splitlines()[0]}",
            place=str(path),
            remedy="It may be cut off or damaged: fetch it again.",
        ) from None
