"""Writing a table in one transaction: readers see the old rows or the new, never a mixture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from dataprep.databases import postgresql, sqlite
from dataprep.databases.address import Address, Name, identifier
from dataprep.databases.connecting import ask, connected, run
from dataprep.databases.fitting import arriving, cell_of, fitted, listed
from dataprep.errors import ConfigError, OutputError, did_you_mean

WRITES = "dataprep_writes"
"""The table of our own beside a target: which keys were written to it."""
_INCOMING = "dataprep_incoming"
_BATCH = 122_880
Mode = Literal["replace", "append", "upsert"]


@dataclass(frozen=True)
class Target:
    """A table that is written.

    Parameters
    ----------
    address : Address
    table : Name
    mode : {"replace", "append", "upsert"}
        Whether its rows are replaced, stay beside the new ones, or stay but for those with the
        same key.
    key : tuple of str
        The columns that tell rows apart, of an upsert.
    """

    address: Address
    table: Name
    mode: Mode = "replace"
    key: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return what a summary holds of it: no secrets."""
        return {"uri": self.address.shown, "table": str(self.table), "mode": self.mode}

    def check(self, place: str) -> None:
        """Raise where mode and key do not go together."""
        if (self.mode == "upsert") != bool(self.key):
            raise ConfigError(
                f"mode {self.mode!r} {'needs' if self.mode == 'upsert' else 'has no'} key",
                place=place,
                remedy="Name the columns that tell rows apart with 'mode: upsert', e.g. "
                "'key: [id]'; leave them out otherwise.",
            )


@dataclass(frozen=True)
class Loaded:
    """What came of a write: how many rows, or that they were there already."""

    rows: int
    already: bool = False


def holds(target: Target, key: str) -> bool:
    """Tell whether what a key stands for was written to a target, and is the newest there.

    Rows that were appended stay, whatever was appended later.
    """
    if target.address.kind == "sqlite" and not target.address.path.exists():
        return False
    with connected(target.address, write=False) as connection:
        dialect = _dialect(target)
        table = dialect.found_table(connection, target.table)
        return table is not None and _is_noted(connection, target, table, key)


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
    with connected(target.address, write=True) as connection:
        dialect = _dialect(target)
        found = dialect.found_table(connection, target.table)
        table = found or _new_name(connection, target)
        _begin(connection, target, table)
        again = force and target.mode != "append"
        if found and not again and _is_noted(connection, target, table, key):
            return Loaded(0, already=True)
        schema = _stage(connection, target, files)
        columns = schema.names
        if target.mode == "upsert":
            _check_key(connection, target, columns)
        if found is None:
            _make(connection, target, table, schema)
        _check_columns(connection, target, table, columns)
        cells = fitted(connection, target, table, schema, _INCOMING)
        if target.mode == "replace":
            run(connection, f"delete from {table.sql}")
        # Without a condition, SQLite would take 'on' for a part of a join.
        rows = ask(connection, f"select count(*) as n from {_INCOMING}")[0]["n"]
        run(
            connection,
            f"insert into {table.sql} ({listed(columns)}) "
            f"select {', '.join(cells)} from {_INCOMING} where true {_conflict(target, columns)}",
        )
        run(connection, f"drop table {_INCOMING}")
        _note(connection, target, table, key, rows)
        connection.commit()
        return Loaded(int(rows))


def _dialect(target: Target) -> Any:
    return sqlite if target.address.kind == "sqlite" else postgresql


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
            place=target.address.shown,
            remedy=did_you_mean(str(schema), schemas),
        )
    return Name(name.table, str(schema), True)


def _writes(table: Name) -> Name:
    return Name(WRITES, table.schema, True)


def _begin(connection: Any, target: Target, table: Name) -> None:
    """Take the lock of all writers of a target, and make the table that notes writes."""
    writes = _writes(table)
    spec = (
        "target text not null, key text not null, mode text not null, rows bigint not null, "
        "written text not null, primary key (target, key)"
    )
    if target.address.kind == "postgresql":
        lock = postgresql.text(f"dataprep {table}")
        ask(connection, f"select pg_advisory_xact_lock(hashtext({lock}))::text as locked")
        # Whoever may not make tables may still write to one that is there.
        if _dialect(target).found_table(connection, writes) is None:
            run(connection, f"create table if not exists {writes.sql} ({spec})")
    else:
        run(connection, f"create table if not exists {writes.sql} ({spec})")
        run(connection, f"update {writes.sql} set rows = rows where target = ''")


def _is_noted(connection: Any, target: Target, table: Name, key: str) -> bool:
    dialect, writes = _dialect(target), _writes(table)
    if dialect.found_table(connection, writes) is None:
        return False
    found = ask(
        connection,
        f"select count(*) as n from {writes.sql} where target = {dialect.text(str(table))} "
        f"and key = {dialect.text(key)}",
    )
    return bool(found[0]["n"])


def _note(connection: Any, target: Target, table: Name, key: str, rows: int) -> None:
    """Note what was written; what it replaced can be written again."""
    dialect, writes = _dialect(target), _writes(table)
    name = dialect.text(str(table))
    if target.mode != "append":
        run(connection, f"delete from {writes.sql} where target = {name}")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    values = ", ".join(
        [name, dialect.text(key), dialect.text(target.mode), str(rows), dialect.text(when)]
    )
    run(
        connection,
        f"insert into {writes.sql} (target, key, mode, rows, written) values ({values})",
    )


def _stage(connection: Any, target: Target, files: Sequence[Path]) -> Any:
    """Bring the rows to the database, into a table that this connection alone sees."""
    from pyarrow.parquet import ParquetFile

    with ExitStack() as stack:
        opened = [stack.enter_context(ParquetFile(path)) for path in files]
        schema = arriving(opened[0].schema_arrow, target.address.kind, target.address.shown)

        def batches() -> Iterator[Any]:
            for file in opened:
                for batch in file.iter_batches(_BATCH):
                    columns = [
                        column if column.type == field.type else column.cast(field.type)
                        for column, field in zip(batch.columns, schema, strict=True)
                    ]
                    yield pa.record_batch(columns, schema=schema)

        reader = pa.RecordBatchReader.from_batches(schema, batches())
        with connection.cursor() as cursor:
            cursor.adbc_ingest(_INCOMING, reader, mode="create", temporary=True)
    return schema


def _make(connection: Any, target: Target, table: Name, schema: Any) -> None:
    """Make the table, with the types that its columns had in a database before."""
    cells = []
    for field in schema:
        origin = (field.metadata or {}).get(postgresql.ORIGIN)
        cell = identifier(field.name)
        if origin is not None and target.address.kind == "postgresql":
            cells.append(f"{cell}::{origin.decode()} as {cell}")
        else:
            cells.append(f"{cell_of(field)} as {cell}")
    run(
        connection,
        f"create table {table.sql} as select {', '.join(cells)} from {_INCOMING} where false",
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
                place=target.address.shown,
                remedy=f"{did_you_mean(name, known)} Add it to the table (alter table ... add "
                "column), or leave it out of the output.",
            )


def _check_key(connection: Any, target: Target, columns: list[str]) -> None:
    """Raise where the key does not tell the rows apart that come in."""
    for name in target.key:
        if name not in columns:
            raise ConfigError(
                f"the output has no column {name!r}",
                place="output.key",
                remedy=did_you_mean(name, columns),
            )
    key = listed(target.key)
    missing = " or ".join(f"{identifier(name)} is null" for name in target.key)
    empty = ask(connection, f"select count(*) as n from {_INCOMING} where {missing}")[0]["n"]
    twice = ask(
        connection,
        f"select count(*) as n from (select 1 as one from {_INCOMING} group by {key} "
        "having count(*) > 1) as twice",
    )[0]["n"]
    if empty or twice:
        said = f"missing in {empty} rows" if empty else f"the same in several rows ({twice} keys)"
        raise OutputError(
            f"the key ({', '.join(target.key)}) is {said}",
            place=target.address.shown,
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
