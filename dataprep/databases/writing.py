"""Writing a table in one transaction: readers see the old rows or the new, never a mixture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataprep.databases import postgresql
from dataprep.databases.address import Name, identifier
from dataprep.databases.attending import attended, commit
from dataprep.databases.connecting import ask, committing, connected, run
from dataprep.databases.fitting import (
    INCOMING,
    arriving,
    cell_of,
    check_loss,
    fitted,
    listed,
    taken,
)
from dataprep.databases.targets import Target, begin, dialect_of, is_noted, note
from dataprep.errors import ConfigError, OutputError, did_you_mean

_BATCH = 122_880


@dataclass(frozen=True)
class Loaded:
    """What came of a write: how many rows, or that they were there already, and in which table."""

    rows: int
    already: bool = False
    table: Name | None = field(default=None, compare=False)


@attended
def holds(target: Target, key: str) -> bool:
    """Tell whether what a key stands for was written to a target, and is the newest there.

    Rows that were appended stay, whatever was appended later.
    """
    if target.address.kind == "sqlite" and not target.address.path.exists():
        return False
    with connected(target.address, write=False) as connection:
        dialect = dialect_of(target)
        table = dialect.found_table(connection, target.table)
        return table is not None and is_noted(connection, target, table, key)


@attended
def load(target: Target, files: Sequence[Path], key: str, *, force: bool = False) -> Loaded:
    """Write the rows of Parquet files to a table, in one transaction.

    Parameters
    ----------
    target : Target
        A table that is not there is made.
    files : sequence of Path
        Of the same columns.
    key : str
        What is noted beside the rows: the same key is not written twice.
    force : bool, default=False
        Write it again; rows that were appended are never appended again.

    Raises
    ------
    OutputError
        When the table cannot be written, or does not fit. It is as it was.
    """
    with connected(target.address, write=True, place=target.shown) as connection:
        known = dialect_of(target).found_table(connection, target.table)
        table = known or _new_name(connection, target)
        found = begin(connection, target, table)
        again = force and target.mode != "append"
        if found and not again and is_noted(connection, target, table, key):
            return Loaded(0, already=True, table=table)
        with _opened(target, files) as reader:
            rows = _insert(connection, target, table, reader, is_new=found is None)
        note(connection, target, table, key, rows)
        with committing(target.shown):
            commit(connection)
        return Loaded(rows, table=table)


def _new_name(connection: Any, target: Target) -> Name:
    """Return the name of a table that is to be made, with its schema."""
    name = target.table
    if target.address.kind == "sqlite":
        if name.schema not in (None, "main"):
            raise ConfigError(
                f"SQLite has no schema {name.schema!r}", place="table", remedy="Leave it out."
            )
        return Name(name.table, None, True)
    if not name.is_quoted:
        name = Name(name.table.lower(), name.schema and name.schema.lower())
    schemas = [
        str(row["name"])
        for row in ask(
            connection, "select nspname::text as name from pg_namespace where nspname !~ '^pg_'"
        )
    ]
    schema = name.schema or ask(connection, "select current_schema()::text as name")[0]["name"]
    if schema not in schemas:
        raise OutputError(
            f"no schema {schema}",
            place=target.shown,
            remedy=did_you_mean(str(schema), schemas),
        )
    return Name(name.table, str(schema), True)


@contextmanager
def _opened(target: Target, files: Sequence[Path]) -> Iterator[Any]:
    """Give the rows of Parquet files as a stream of batches, in types that the driver takes."""
    from pyarrow.parquet import ParquetFile

    with ExitStack() as stack:
        opened = [stack.enter_context(ParquetFile(path)) for path in files]
        schema = arriving(opened[0].schema_arrow, target.address.kind, target.shown)

        def batches() -> Iterator[Any]:
            for file in opened:
                for batch in file.iter_batches(_BATCH):
                    columns = [
                        taken(column, field, target.address.kind, target.shown)
                        for column, field in zip(batch.columns, schema, strict=True)
                    ]
                    yield pa.record_batch(columns, schema=schema)

        yield pa.RecordBatchReader.from_batches(schema, batches())


def _insert(connection: Any, target: Target, table: Name, reader: Any, *, is_new: bool) -> int:
    """Bring the rows to the table: at once where no column changes its type, or by way of another.

    That other one is seen by this connection alone.
    """
    schema = reader.schema
    _ingest(connection, INCOMING, schema.empty_table().to_reader(), mode="create", temporary=True)
    if target.mode == "upsert":
        _check_names(target, schema.names)
    if is_new:
        _make(connection, target, table, schema)
    _check_columns(connection, target, table, schema.names)
    fit = fitted(connection, target, table, schema)
    plain = fit.cells == [identifier(name) for name in schema.names]
    at_once = target.mode != "upsert" and plain and not fit.lossy
    if not at_once:
        _ingest(connection, INCOMING, reader, mode="append", temporary=True)
        check_loss(connection, target, table, schema, fit)
    if target.mode == "upsert":
        _check_key(connection, target)
    if target.mode == "replace" and not is_new:
        run(connection, f"delete from {table.sql}")
    if at_once:
        run(connection, f"drop table {INCOMING}")
        return _ingest(connection, table.table, reader, mode="append", db_schema_name=table.schema)
    rows = int(ask(connection, f"select count(*) as n from {INCOMING}")[0]["n"])
    # Without a condition, SQLite would take 'on' for a part of a join.
    run(
        connection,
        f"insert into {table.sql} ({listed(schema.names)}) select {', '.join(fit.cells)} "
        f"from {INCOMING} where true {_conflict(target, schema.names)}",
    )
    run(connection, f"drop table {INCOMING}")
    return rows


def _ingest(connection: Any, table: str, reader: Any, **options: Any) -> int:
    with connection.cursor() as cursor:
        return int(cursor.adbc_ingest(table, reader, **options))


def _make(connection: Any, target: Target, table: Name, schema: Any) -> None:
    """Make the table, with the types that its columns had in a database before."""
    cells = []
    for column in schema:
        origin = (column.metadata or {}).get(postgresql.ORIGIN)
        cell = identifier(column.name)
        if origin is not None and target.address.kind == "postgresql":
            cells.append(f"{cell}::{origin.decode()} as {cell}")
        else:
            cells.append(f"{cell_of(column)} as {cell}")
    run(
        connection,
        f"create table {table.sql} as select {', '.join(cells)} from {INCOMING} where false",
    )
    if target.mode == "upsert":
        name = identifier(f"{table.table}_key")
        run(connection, f"create unique index {name} on {table.sql} ({listed(target.key)})")


def _check_columns(connection: Any, target: Target, table: Name, columns: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {table.sql} limit 0")
        known = cursor.fetch_record_batch().schema.names
    for name in columns:
        if name not in known:
            raise OutputError(
                f"the table {table} has no column {name!r}",
                place=target.shown,
                remedy=f"{did_you_mean(name, known)} Add it to the table (alter table ... add "
                "column), or leave it out of the output.",
            )


def _check_names(target: Target, columns: list[str]) -> None:
    """Raise for a key that is no column of the output."""
    for name in target.key:
        if name not in columns:
            raise ConfigError(
                f"the output has no column {name!r}",
                place="output.key",
                remedy=did_you_mean(name, columns),
            )


def _check_key(connection: Any, target: Target) -> None:
    """Raise where the key does not tell the rows apart that come in."""
    key = listed(target.key)
    missing = " or ".join(f"{identifier(name)} is null" for name in target.key)
    empty = ask(connection, f"select count(*) as n from {INCOMING} where {missing}")[0]["n"]
    twice = ask(
        connection,
        f"select count(*) as n from (select 1 as one from {INCOMING} group by {key} "
        "having count(*) > 1) as twice",
    )[0]["n"]
    if empty or twice:
        said = f"missing in {empty} rows" if empty else f"the same in several rows ({twice} keys)"
        raise OutputError(
            f"the key ({', '.join(target.key)}) is {said}",
            place=target.shown,
            remedy="An upsert needs a key of its own for each row: drop the others first, e.g. "
            f"drop_duplicates: {{subset: [{', '.join(target.key)}]}}.",
        )


def _conflict(target: Target, columns: Sequence[str]) -> str:
    if target.mode != "upsert":
        return ""
    cells = [identifier(name) for name in columns if name not in target.key]
    settings = ", ".join(f"{cell} = excluded.{cell}" for cell in cells)
    doing = f"update set {settings}" if settings else "nothing"
    return f"on conflict ({listed(target.key)}) do {doing}"
