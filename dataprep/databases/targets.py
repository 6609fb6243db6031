"""Tables that are written, and the notes of what was written to them, in the same database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from dataprep.databases import postgresql, sqlite
from dataprep.databases.address import Address, Name
from dataprep.databases.connecting import ask, connected, run
from dataprep.errors import ConfigError, OutputError

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

    @property
    def shown(self) -> str:
        """What a person calls it."""
        return f"{self.address.shown}, table {self.table}"

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


def begin(connection: Any, target: Target, table: Name) -> Name | None:
    """Take the lock of all writers of a target, and make the table that notes writes.

    Returns
    -------
    found : Name, optional
        The target's table, as it is now that no other writes; None where there is none: then
        nothing is noted of it either.
    """
    dialect, writes = dialect_of(target), _writes(table)
    if target.address.kind == "sqlite":
        # The transaction of one who writes is the only one of its file.
        run(connection, _making(writes))
    else:
        # Whoever may not make tables may still write to one that is there.
        if dialect.found_table(connection, writes) is None:
            _make_at_once(target, writes)
        _lock(connection, str(table))
    found: Name | None = dialect.found_table(connection, table)
    if found is None:
        run(connection, f"delete from {writes.sql} where target = {dialect.text(str(table))}")
    return found


def _making(writes: Name) -> str:
    return (
        f"create table if not exists {writes.sql} (target text not null, key text not null, "
        "mode text not null, rows bigint not null, written text not null, "
        "primary key (target, key))"
    )


def _make_at_once(target: Target, writes: Name) -> None:
    """Make a table that several targets share: no writer is to wait for the rows of another."""
    try:
        with connected(target.address, write=True) as connection:
            _lock(connection, str(writes))
            run(connection, _making(writes))
            connection.commit()
    except OutputError as error:
        if "permission denied" in error.message:
            error.message = (
                f"the table {writes}, which notes what was written, cannot be made: "
                + (error.message)
            )
            error.remedy = (
                f"Have it made, with the right to select, insert and delete: {_making(writes)};"
            )
        raise


def _lock(connection: Any, what: str) -> None:
    lock = postgresql.text(f"dataprep {what}")
    ask(connection, f"select pg_advisory_xact_lock(hashtext({lock}))::text as locked")


def is_noted(connection: Any, target: Target, table: Name, key: str) -> bool:
    """Tell whether what a key stands for was written, and was not replaced since.

    Of a table that a write replaces, its rows are counted as well: somebody may have emptied it.
    """
    dialect, writes = dialect_of(target), _writes(table)
    if dialect.found_table(connection, writes) is None:
        return False
    found = ask(
        connection,
        f"select rows from {writes.sql} where target = {dialect.text(str(table))} "
        f"and key = {dialect.text(key)}",
    )
    if not found or target.mode != "replace":
        return bool(found)
    counted = ask(connection, f"select count(*) as n from {table.sql}")
    return bool(counted[0]["n"] == found[0]["rows"])


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
