"""Ctrl-C, SIGTERM and a time limit while a database keeps a run waiting: heard at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager

import pytest
from conftest import ran, started

from dataprep.databases import attending
from dataprep.databases.attending import attended, cancellable, commit
from dataprep.jobs.batch.history import History
from dataprep.stopping import Stopped

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX")
LONG = 60
"""So many seconds a statement would take that nobody ends."""
ENDLESS = "with recursive r(i) as (select 1 union all select i + 1 from r) select max(i) m from r"


def stopped(process, number):
    """Send a signal; return the exit code and the message. It is not waited for for long."""
    process.send_signal(number)
    _, said = process.communicate(timeout=LONG / 2)
    return process.returncode, said


def running(server, database, pattern):
    """Return how many statements run in a database."""
    asked = (
        "select count(*)::int from pg_stat_activity where pid <> pg_backend_pid() and "
        f"datname = '{database}' and state = 'active' and query ~ '{pattern}'"
    )
    return server.sql(asked)[0][0]


def asleep(server, database, pattern):
    """Wait until a statement runs in a database."""
    for _ in range(300):
        if running(server, database, pattern):
            return
        time.sleep(0.1)
    raise AssertionError(f"{pattern} never ran")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_query_of_postgresql_is_cancelled(shop, tmp_path, number, code):
    """A signal ends the wait, is told as such, and the server works on nothing any more."""
    server, database = shop
    query = f"select 1 as a, pg_sleep({LONG})::text as b"
    words = ["clean", server.uri(database), "--query", query, "-o", "out.csv"]
    with started(*words, cwd=tmp_path) as process:
        asleep(server, database, "pg_sleep")
        found, said = stopped(process, number)
    assert found == code
    assert f"stopped by {signal.Signals(number).name}" in said
    assert list(tmp_path.iterdir()) == []
    assert running(server, database, "pg_sleep") == 0


@pytest.mark.slow
def test_a_query_of_sqlite_is_left(tmp_path):
    """SQLite's driver cannot cancel: the run ends all the same."""
    sqlite3.connect(tmp_path / "shop.db").close()
    (tmp_path / "job.yaml").write_text(
        f"name: endless\nstages: []\nsource: {{uri: 'sqlite:///shop.db', query: '{ENDLESS}'}}\n"
        "output: {path: out}\nhistory: history.sqlite\n"
    )
    with started("run", "job.yaml", cwd=tmp_path) as process:
        for line in process.stderr:
            if "hashing" in line:
                break
        time.sleep(0.3)
        code, said = stopped(process, signal.SIGINT)
    assert (code, "stopped by SIGINT" in said) == (130, True)
    (row,) = History(tmp_path / "history.sqlite").listed()
    assert row["state"] == "stopped"


@contextmanager
def locked_table(server, database):
    """Hold a table as another program does."""
    from adbc_driver_postgresql import dbapi

    with closing(dbapi.connect(server.uri(database))) as connection, connection.cursor() as cursor:
        cursor.execute("lock table copy in access exclusive mode")
        yield
        cursor.close()
        connection.rollback()


@pytest.mark.slow
def test_a_time_limit_while_a_table_is_locked(shop, tmp_path):
    """The limit of a job ends a wait for a lock; nothing is written or published."""
    server, database = shop
    server.sql("create table t as select 1 as i", "create table copy (i int)", database=database)
    (tmp_path / "job.yaml").write_text(
        f"name: late\nstages: []\nsource: {{uri: '{server.uri(database)}', table: t}}\n"
        f"output: {{path: out, uri: '{server.uri(database)}', table: copy}}\n"
        "history: history.sqlite\ntimeout: 2\n"
    )
    with locked_table(server, database):
        done = ran("run", "job.yaml", cwd=tmp_path, timeout=20)
    assert done.code == 3
    assert "took longer than 2 s" in done.err
    assert not (tmp_path / "out" / "latest").exists()
    assert server.sql("select count(*)::int from copy", database=database) == [(0,)]


class Connection:
    """A connection that notes what is asked of it."""

    def __init__(self):
        self.asked = []

    def commit(self):
        self.asked.append("commit")

    def adbc_cancel(self):
        self.asked.append("cancel")


def test_nothing_is_committed_after_a_signal(monkeypatch):
    """A transaction whose run was stopped is cancelled, whatever it does next."""
    connection, worker = Connection(), attending._Worker(lambda: None)
    monkeypatch.setattr(attending.threading, "current_thread", lambda: worker)
    with cancellable(connection):
        commit(connection)
        worker.ended.set()
        worker.leave()
        with pytest.raises(Stopped):
            commit(connection)
    assert connection.asked == ["commit"]


def test_errors_and_results_come_through():
    """What an attended function returns or raises is as if it ran in the main thread."""

    @attended
    def halved(number):
        """Return a half."""
        return number // 2 if number else 1 / number

    assert halved(4) == 2
    assert halved.__doc__ == "Return a half."
    with pytest.raises(ZeroDivisionError):
        halved(0)
