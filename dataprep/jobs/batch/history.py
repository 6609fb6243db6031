"""The history of runs, in SQLite: a row for each, whatever came of it."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError, DataprepError, OutputError, ReadError, did_you_mean

_VERSION = 1
_PATIENCE = 30.0
"""So many seconds to wait for another process that writes."""
_SCHEMA = """
create table if not exists runs (
    id integer primary key autoincrement,
    job text not null,
    state text not null,
    exit integer,
    output text not null,
    version text,
    key text,
    began text not null,
    seconds real,
    host text not null,
    pid integer not null,
    dataprep text not null,
    message text,
    detail text
)
"""
COLUMNS = (
    "id", "job", "state", "exit", "output", "version", "key", "began", "seconds", "host", "pid",
    "dataprep", "message",
)  # fmt: skip
RUNNING = ("running", "waiting")


def history_path(given: str | Path | None = None) -> Path:
    """Return where the history is: as given, as ``DATAPREP_HISTORY`` says, or the user's own."""
    if given or (given := os.environ.get("DATAPREP_HISTORY")):
        return Path(given).absolute()
    state = os.environ.get("XDG_STATE_HOME")
    if not state:
        try:
            state = str(Path.home() / ".local" / "state")
        except RuntimeError:
            # As in a container whose user is a number without a name.
            raise ConfigError(
                "this user has no home folder",
                place="history",
                remedy="Say where it is: DATAPREP_HISTORY=FILE, or 'history' in the job.",
            ) from None
    return Path(state) / "dataprep" / "history.sqlite"


class History:
    """The history of runs in a file; safe with several processes at once.

    Numbers only grow, whatever the clock does, and none is given twice.

    Parameters
    ----------
    path : Path
        Made when the first row is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, job: str, output: Path, dataprep: str) -> int:
        """Note that a run is waiting for its output, and return its number."""
        values = (
            job, "waiting", str(output), now(), socket.gethostname(), os.getpid(), dataprep,
        )  # fmt: skip
        with self._open(write=True) as connection:
            made = connection.execute(
                "insert into runs (job, state, output, began, host, pid, dataprep) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            return int(made.lastrowid or 0)

    def running(self, run: int, output: Path) -> None:
        """Note that a run has its output; earlier ones that say so as well were killed."""
        with self._open(write=True) as connection:
            connection.execute("update runs set state = 'running' where id = ?", (run,))
            connection.execute(
                "update runs set state = 'killed' where state = 'running' and output = ? "
                "and id <> ?",
                (str(output), run),
            )
            asked = "select id, pid from runs where state = 'waiting' and output = ? and host = ?"
            waiting = connection.execute(asked, (str(output), socket.gethostname())).fetchall()
            dead = [(number,) for number, pid in waiting if not _alive(pid)]
            connection.executemany("update runs set state = 'killed' where id = ?", dead)

    def end(self, run: int, found: Mapping[str, Any], detail: Mapping[str, Any]) -> None:
        """Note what came of a run: ``state``, ``exit``, ``seconds``, and what else is known."""
        names = ("state", "exit", "version", "key", "seconds", "message")
        values = [found.get(name) for name in names]
        with self._open(write=True) as connection:
            if found.get("state") == "up to date" and _inputs_of(connection, found.get("key")):
                # Ten thousand files every five minutes are not to be listed each time.
                detail = {key: value for key, value in detail.items() if key != "inputs"}
            text = json.dumps(detail, ensure_ascii=False, default=str)
            connection.execute(
                f"update runs set {', '.join(f'{name} = ?' for name in names)}, detail = ? "
                "where id = ?",
                (*values, text, run),
            )

    def listed(self, job: str | None = None, most: int = 20) -> list[dict[str, Any]]:
        """Return the newest runs, the last one first.

        Raises
        ------
        ConfigError
            When none is of the job, and others are.
        """
        asked = f"select {', '.join(COLUMNS)} from runs "
        asked += "where job = ? " if job else ""
        with self._open(write=False) as connection:
            rows = connection.execute(
                f"{asked}order by id desc limit ?", (*([job] if job else []), most)
            ).fetchall()
            jobs = [] if rows else connection.execute("select distinct job from runs").fetchall()
        if jobs:
            raise ConfigError(
                f"no run of {job!r}",
                place=str(self.path),
                remedy=did_you_mean(str(job), [name for (name,) in jobs]),
            )
        return [_seen(dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def run(self, number: int) -> dict[str, Any]:
        """Return a run with all that is known of it.

        Raises
        ------
        ConfigError
            When there is none of that number.
        """
        with self._open(write=False) as connection:
            row = connection.execute(
                f"select {', '.join(COLUMNS)}, detail from runs where id = ?", (number,)
            ).fetchone()
            last = connection.execute("select max(id) from runs").fetchone()[0]
            detail = json.loads((row and row[-1]) or "{}")
            if row is not None and "inputs" not in detail:
                kept = _inputs_of(connection, row[COLUMNS.index("key")])
                detail |= {"inputs": kept} if kept else {}
        if row is None:
            raise ConfigError(
                f"there is no run {number}",
                place=str(self.path),
                remedy=f"Runs go from 1 to {last}: see dataprep runs." if last else "None ran yet.",
            )
        found = _seen(dict(zip(COLUMNS, row, strict=False)))
        return {**found, **detail}

    def recorded(
        self, job: str, what: str, most: int, *, configuration: str | None = None, since: int = 1
    ) -> list[Any]:
        """Return what the newest runs of a job that were done recorded, the last one first.

        The order is that of their numbers: a clock may be set back.

        Parameters
        ----------
        job : str
        what : str
            A key of their summaries; runs without it are passed over.
        most : int
        configuration : str, optional
            Only of runs with this one.
        since : int, default=1
            The first run that counts.
        """
        found, same = f"json_extract(detail, '$.{what}')", "json_extract(detail, '$.configuration')"
        with self._open(write=False) as connection:
            rows = connection.execute(
                f"select {found} from runs where job = ? and state = 'done' and id >= ? "
                f"and json_valid(detail) and (? is null or {same} = ?) and {found} is not null "
                "order by id desc limit ?",
                (job, since, configuration, configuration, most),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def last_success(self, job: str) -> float | None:
        """Return when the newest run ended that was done or up to date, in seconds since 1970."""
        with self._open(write=False) as connection:
            row = connection.execute(
                "select began, seconds from runs where job = ? and exit = 0 "
                "order by id desc limit 1",
                (job,),
            ).fetchone()
        return None if row is None else datetime.fromisoformat(row[0]).timestamp() + (row[1] or 0.0)

    @contextmanager
    def _open(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        if not write and not self.path.exists():
            raise ReadError(
                "there is no history yet",
                place=str(self.path),
                remedy="Run a job first; or name another with --history.",
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                # Each statement is its own transaction unless one is begun.
                sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
            ) as connection:
                _prepare(connection, self.path)
                if write:
                    connection.execute("begin immediate")
                yield connection
                if write:
                    connection.execute("commit")
        except DataprepError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise OutputError(
                f"the history cannot be {'written' if write else 'read'}: {error}",
                place=str(self.path),
                remedy="Mend the file or its folder; or name another: DATAPREP_HISTORY=FILE.",
            ) from None


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the table where there is none."""
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > _VERSION:
        raise ReadError(
            f"the history is of a newer dataprep (form {version})",
            place=str(path),
            remedy="Install that version, or name another: DATAPREP_HISTORY=FILE.",
        )
    if version == _VERSION:
        return
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            break
        except sqlite3.OperationalError:
            # Of two that change the mode at once SQLite sends one away without waiting.
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    connection.execute("begin immediate")
    connection.execute(_SCHEMA)
    connection.execute(f"pragma user_version = {_VERSION}")
    connection.execute("commit")


def _inputs_of(connection: sqlite3.Connection, key: str | None) -> Any:
    """Return the inputs of the newest run that was done with a key, which tells them."""
    row = connection.execute(
        "select json_extract(detail, '$.inputs') from runs "
        "where key = ? and state = 'done' order by id desc limit 1",
        (key,),
    ).fetchone()
    return json.loads(row[0]) if row and row[0] else None


def now() -> str:
    """Return the time, as the history has it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seen(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run; one that goes on in a process of this machine that is gone was killed."""
    here = run["host"] == socket.gethostname()
    gone = run["state"] in RUNNING and here and not _alive(run["pid"])
    return {**run, "state": "killed"} if gone else run


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is another user's.
        return True
    return True
