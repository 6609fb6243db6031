"""Tables that are written, and the notes of what was written to them, in the same database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from dataprep.databases import postgresql, sqlite
from dataprep.databases.address import Address, Name
from dataprep.databases.connecting import ask, run
from dataprep.errors import ConfigError

WRITES = "dataprep_writes"
"""The table of our own beside a target: which keys were written to it."""
Mode = Literal["replace", "append", "upsert"]
_LONGEST = 63
"""So many bytes PostgreSQL keeps of a name; it cuts the others off."""


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

    def check_name(self, place: str) -> None:
        """Raise for a name that the server would cut."""
        if self.address.kind == "postgresql" and any(
            len(name.encode()) > _LONGEST for name in (self.table.table, self.table.schema or "")
        ):
            raise ConfigError(
                f"{self.table} is longer than the {_LONGEST} bytes that PostgreSQL keeps of a name",
                place=place,
                remedy="Give the table a shorter one.",
            )


def dialect_of(target: Target) -> Any:
    """Return what knows the names and types of a kind of database."""
    return sqlite if target.address.kind == "sqlite" else postgresql


def _writes(table: Name) -> Name:
    return Name(WRITES, table.schema, True)


def begin(connection: Any, target: Target, table: Name) -> None:
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
        if dialect_of(target).found_table(connection, writes) is None:
            run(connection, f"create table if not exists {writes.sql} ({spec})")
    else:
        run(connection, f"create table if not exists {writes.sql} ({spec})")
        run(connection, f"update {writes.sql} set rows = rows where target = ''")


def is_noted(connection: Any, target: Target, table: Name, key: str) -> bool:
    """Tell whether what a key stands for was written, and was not replaced since."""
    dialect, writes = dialect_of(target), _writes(table)
    if dialect.found_table(connection, writes) is None:
        return False
    found = ask(
        connection,
        f"select count(*) as n from {writes.sql} where target = {dialect.text(str(table))} "
        f"and key = {dialect.text(key)}",
    )
    return bool(found[0]["n"])


def note(connection: Any, target: Target, table: Name, key: str, rows: int) -> None:
    """Note what was written; what it replaced can be written again."""
    dialect, writes = dialect_of(target), _writes(table)
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
