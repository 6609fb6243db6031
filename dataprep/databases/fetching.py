"""Reading a table or a query into an Arrow file, batch by batch, and the hash of its rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataprep.databases import postgresql, sqlite
from dataprep.databases.address import Name, Rows, check_names, identifier
from dataprep.databases.attending import attended
from dataprep.databases.connecting import connected
from dataprep.errors import DataprepError, NoRowsError, ReadError, did_you_mean

_NO_NAME = re.compile(
    r'relation "([^"]+)" does not exist|no such table: (\S+)|column "?([^"\s]+)"? does not exist'
    r"|no such column: (\S+)"
)


@dataclass(frozen=True)
class Fetched:
    """Rows of a database, in an Arrow file.

    Parameters
    ----------
    path : Path
    sha256 : str
        Of the rows, whatever their order, with the names and types of the columns.
    rows : int
    table : Name, optional
        The table that was read, as the database has it.
    """

    path: Path
    sha256: str
    rows: int
    table: Name | None = None


@attended
def fetch(rows: Rows, path: Path) -> Fetched:
    """Write what is asked of a database to an Arrow file; at no time is all of it in memory.

    All is read in one transaction, which sees the database as it was when that began and can
    write nothing.

    Parameters
    ----------
    rows : Rows
    path : Path

    Raises
    ------
    ReadError
        When the database, the table or a column cannot be read.
    NoRowsError
        When there are no rows.
    ConfigError
        When the query is none.
    """
    reader: Any = sqlite if rows.address.kind == "sqlite" else postgresql
    with connected(rows.address, write=False) as connection:
        with _named(connection, reader, rows):
            given = reader.Reader(connection, rows)
        table = rows.table and reader.found_table(connection, rows.table)
        with connection.cursor() as cursor:
            cursor.execute(given.sql)
            stream = cursor.fetch_record_batch()
            schema = given.schema(stream.schema)
            check_names(schema.names, rows)
            height = _write(given.batches(stream, schema), schema, path)
    if not height:
        raise NoRowsError(
            "there are no rows",
            place=rows.shown,
            remedy="Check the query's conditions." if rows.query else "Name a table with rows.",
        )
    exact = given.exact(schema)
    if exact != schema:
        height = _rewrite(path, exact)
    return Fetched(path, _hash(path, exact), height, table)


@contextmanager
def _named(connection: Any, reader: Any, rows: Rows) -> Iterator[None]:
    """Say which table or column a query may mean by a name that is not there."""
    try:
        yield
    except (DataprepError, UnicodeError):
        raise
    except Exception as error:
        found = _NO_NAME.search(str(error))
        if found is None:
            raise
        name = next(group for group in found.groups() if group is not None)
        connection.rollback()
        table = found[1] is not None or found[2] is not None
        known = reader.tables(connection) if table else reader.columns(connection)
        raise ReadError(
            f"no {'table' if table else 'column'} {name}",
            place=rows.shown,
            remedy=did_you_mean(name.rpartition(".")[2], known),
        ) from None


def _write(batches: Iterator[Any], schema: Any, path: Path) -> int:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    height = 0
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_file(file, schema, options=options) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)
            height += batch.num_rows
    return height


def _rewrite(path: Path, schema: Any) -> int:
    """Write a file again with other types of its columns: those that all of its values fit."""
    draft = path.with_name(f"{path.name}.exact")
    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as given:
        batches = (given.get_batch(i) for i in range(given.num_record_batches))
        height = _write((_cast(batch, schema) for batch in batches), schema, draft)
    draft.replace(path)
    return height


def _cast(batch: Any, schema: Any) -> Any:
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.record_batch(columns, schema=schema)


def _hash(path: Path, schema: Any) -> str:
    """Return a hash of rows that their order does not change: sums of the hashes of each."""
    import duckdb

    with (
        duckdb.connect() as connection,
        pa.OSFile(str(path)) as file,
        pa.ipc.open_file(file) as given,
    ):
        # By names of our own: to DuckDB, two that differ in case alone are the same.
        names = [f"c{i}" for i in range(len(schema))]
        plain = pa.schema([pa.field(n, f.type) for n, f in zip(names, schema, strict=True)])
        batches = (
            pa.record_batch(given.get_batch(i).columns, schema=plain)
            for i in range(given.num_record_batches)
        )
        reader = pa.RecordBatchReader.from_batches(plain, batches)
        connection.register("given", reader)
        listed = ", ".join(map(identifier, names))
        found = connection.execute(
            f"select count(*), sum(hash({listed})::hugeint)::varchar, "
            f"sum(hash('again', {listed})::hugeint)::varchar from given"
        ).fetchall()[0]
    columns = [(field.name, str(field.type)) for field in schema]
    return hashlib.sha256(json.dumps([columns, *found]).encode()).hexdigest()
