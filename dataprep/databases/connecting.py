"""Connections to databases, closed whatever happens, and what drivers say in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from dataprep.databases.address import Address
from dataprep.databases.attending import cancellable
from dataprep.errors import ConfigError, DataprepError, OutputError, ReadError
from dataprep.optional import require
from dataprep.secrets import masked

_CONNECT_SECONDS = 10
_LOCK_SECONDS = 30.0
_EXTRA = "databases"
_HELP = "Start the server, or check host, port and network."
_CREDENTIALS = "Check user and password: in the URI, PGPASSWORD or ~/.pgpass."
_BUSY = "Try again when the other program has finished."

_FAULTS: tuple[tuple[str, str, str], ...] = (
    (r"password authentication failed|no password supplied|SCRAM", "the server refuses the "
     "user or the password", _CREDENTIALS),
    (r"no pg_hba.conf entry|Peer authentication failed|Ident authentication failed|"
     r'role ".*" does not exist|not permitted to log in', "the server does not let this user in",
     _CREDENTIALS),
    (r'database ".*" does not exist', "there is no such database", "Check the URI's last part."),
    (r"could not translate host name|Name or service not known", "there is no such host",
     "Check the host in the URI."),
    (r"timeout expired|timed out", "the server did not answer in time", _HELP),
    (r"Connection refused|No such file or directory|No route to host|Network is unreachable|"
     r"Connection reset", "no server answers there", _HELP),
    (r"too many clients|remaining connection slots", "the server has no connection free", _BUSY),
    (r"starting up|shutting down|in recovery mode", "the server is starting or stopping", _BUSY),
    (r"server closed the connection|terminating connection|connection to server was lost|"
     r"no connection to the server|connection not open|SSL SYSCALL error|EOF detected|"
     r"could not receive data|Connection was closed",
     "the connection broke off in the midst of the work", "Run it again when the server is up."),
    (r"due to user request", "somebody cancelled the statement", "Run it again."),
    (r"statement timeout", "the statement took longer than statement_timeout",
     "Raise it (?options=-c%20statement_timeout%3D60s in the URI), or ask for less."),
    (r"lock timeout|database is locked|database table is locked|could not obtain lock",
     "another program holds a lock", _BUSY),
    (r"could not serialize|deadlock detected", "another program changed the table meanwhile",
     "Run it again."),
    (r"permission denied|must be owner", "the user has no right to that",
     "Grant it, or use another user."),
    (r"file is not a database|file is encrypted", "the file is no SQLite database",
     "Check the path."),
    (r"disk image is malformed|malformed database", "the database is damaged",
     "Mend it with sqlite3 .recover, or fetch it again."),
    (r"No space left|disk is full|disk full", "the disk of the database is full",
     "Free some space there."),
    (r"readonly database|attempt to write a readonly", "the database cannot be written to",
     "Check the permissions of the file and its folder."),
    (r"unable to open database file|failed to open", "the database cannot be opened",
     "Check the file and its permissions."),
)  # fmt: skip
_WRONG_SQL = re.compile(
    r"syntax error|incomplete input|unrecognized token|multiple commands|multiple statements|"
    r"unterminated|read-only transaction|ambiguous|"
    r"function .* does not exist|no such function|operator does not exist|must appear in the GROUP"
)
_SERVER = re.compile(r"\b(ERROR|FATAL): +")
_DRIVER = re.compile(r"^.*?\b(ERROR|FATAL): +|^[A-Z_]+: (\[\w+\] )?((F|f)ailed to [\w ]+: )?")


@contextmanager
def connected(address: Address, *, write: bool) -> Iterator[Any]:
    """Give a connection in a transaction of one snapshot; it is rolled back unless committed.

    Parameters
    ----------
    address : Address
    write : bool
        Otherwise nothing can be written by it.

    Raises
    ------
    ReadError
        When the database cannot be reached; `OutputError` where it was to be written.
    """
    with explained(address, write=write):
        if address.kind == "sqlite":
            connection = _sqlite(address, write=write)
        else:
            connection = _postgresql(address, write=write)
        try:
            with cancellable(connection):
                yield connection
        finally:
            # A connection that broke can be neither rolled back nor closed in order.
            with suppress(Exception):
                connection.rollback()
            with suppress(Exception):
                connection.close()


def _sqlite(address: Address, *, write: bool) -> Any:
    driver = require("adbc_driver_sqlite.dbapi", _EXTRA)
    path = address.path
    if not write and not path.exists():
        raise ReadError("no such file", place=address.shown, remedy="Check the path.")
    if path.is_dir():
        raise ReadError("this is a folder", place=address.shown, remedy="Name a file in it.")
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(path.parent), remedy="Make it first."
        )
    mode = "rwc" if write else "ro"
    connection = driver.connect(f"file:{quote(str(path.absolute()))}?mode={mode}")
    run(connection, f"pragma busy_timeout = {int(_LOCK_SECONDS * 1000)}")
    return connection


def _postgresql(address: Address, *, write: bool) -> Any:
    driver = require("adbc_driver_postgresql.dbapi", _EXTRA)
    uri = address.uri
    given = uri.partition("?")[2]
    for name, value, variable in (
        ("connect_timeout", str(_CONNECT_SECONDS), "PGCONNECT_TIMEOUT"),
        ("fallback_application_name", "dataprep", ""),
    ):
        if f"{name}=" not in given and not os.environ.get(variable):
            uri += f"{'&' if '?' in uri else '?'}{name}={value}"
    connection = driver.connect(uri)
    if write:
        run(connection, f"set local lock_timeout = {int(_LOCK_SECONDS * 1000)}")
    else:
        run(connection, "set transaction isolation level repeatable read, read only")
        # Two reads of an unchanged table are to give its rows in one order.
        run(connection, "set local synchronize_seqscans = off")
    # What is written without a zone is not to depend on the settings of the server.
    run(connection, "set local timezone = 'UTC'")
    return connection


def run(connection: Any, sql: str) -> int:
    """Run a statement and return how many rows it changed, where the driver knows."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def ask(connection: Any, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a small query."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return found


@contextmanager
def explained(address: Address, *, write: bool) -> Iterator[None]:
    """Say in words, with a remedy and without secrets, what a driver says."""
    try:
        yield
    except DataprepError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("adbc_driver_manager", "pyarrow")) and not (
            isinstance(error, OSError) and error.errno is None
        ):
            raise
        # The driver's own error is not shown as the cause: it may hold the password.
        raise fault(str(error), address, write=write) from None


def _first(text: str) -> str:
    """Return what a driver says in the first place, without how it came to know, and its hint."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    own = next((line for line in lines if _SERVER.search(line)), lines[0] if lines else "")
    said = _DRIVER.sub("", own).partition(". SQLSTATE")[0].rstrip(".")
    hint = next((line[5:].strip() for line in lines if line.startswith("HINT:")), "")
    return f"{said or 'it does not say why'}{hint and f' ({hint})'}"


def fault(said: str, address: Address, *, write: bool) -> DataprepError:
    """Return the error for what a driver said."""
    text = masked(said)
    first = _first(text)
    for pattern, told, remedy in _FAULTS:
        if re.search(pattern, text):
            cls = OutputError if write else ReadError
            message = told if first in told else f"{told} ({first})"
            return cls(message, place=address.shown, remedy=remedy)
    if not write and _WRONG_SQL.search(text):
        return ConfigError(
            f"the query cannot be run: {first}",
            place=address.shown,
            remedy="Write one statement that only reads: select ...",
        )
    cls = OutputError if write else ReadError
    doing = "written to" if write else "read"
    return cls(
        f"cannot be {doing}: {first}",
        place=address.shown,
        remedy="The output must fit the table." if write else "Check the table or the query.",
    )
