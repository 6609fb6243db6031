"""A PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

PASSWORD = "Hunter2-Corr3ct"  # noqa: S105 - of a server that lives for a test
"""Of the user ``shop``; no message and no file may hold it."""
_NUMBERS = count()


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return known[-1].parent if known else None


class Server:
    """A server in a folder of its own, without the safety of the disk, which tests need not."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder, self.binaries = folder, binaries
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if os.geteuid() == 0:
            # initdb refuses root.
            shutil.chown(folder, "nobody")
        self._run("initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8", "--locale=C",
                  "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync")  # fmt: skip
        self.start()
        self.sql(f"create role shop login password '{PASSWORD}'")

    def _run(self, program: str, *words: object) -> None:
        drop = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
        command = [*(drop if os.geteuid() == 0 else []), str(self.binaries / program)]
        subprocess.run([*command, *map(str, words)], check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c fsync=off -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-s", "-l", self.folder / "log",
                  "-o", options, "start")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-s", "-m", mode, "stop")

    def uri(self, database: str = "postgres") -> str:
        """Return the URI for the owner, by the socket."""
        return f"postgresql://postgres@/{database}?host={self.folder}&port={self.port}"

    def uri_of_shop(self, database: str = "postgres", password: str = PASSWORD) -> str:
        """Return the URI for a user with a password, by the network."""
        return f"postgresql://shop:{password}@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements: str, database: str = "postgres") -> list[tuple]:
        """Run statements as the owner, and return the rows of the last."""
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.uri(database), autocommit=True) as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    table = cursor.fetch_arrow_table()
        return [tuple(row.values()) for row in table.to_pylist()]

    def database(self) -> str:
        """Make a database, and return its name."""
        name = f"db{next(_NUMBERS)}"
        self.sql(f"create database {name}")
        self.sql("grant all on schema public to shop", database=name)
        return name


def served() -> Iterator[Server]:
    """Give a server that is gone afterwards; where there is none, the test is skipped."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    # The path of a socket may have 107 signs only, and pytest's own folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="dp-pg-", dir="/tmp"))
    server = Server(folder, binaries)
    try:
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
