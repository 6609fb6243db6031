"""Jobs that read a database and write one, and what is left of their secrets: nothing."""

from __future__ import annotations

import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from conftest import ran

from dataprep import secrets
from dataprep.cli import answer
from dataprep.databases import writing
from dataprep.errors import ConfigError, ReadError
from dataprep.jobs.batch import key
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")
JOB = """
name: shop
stages: [drop_duplicates]
source: {uri: "sqlite:///shop.db", table: sales}
output: {path: out, uri: "sqlite:///clean.db", table: sales, mode: MODE}
history: history.sqlite
report: report.json
"""
PASSWORD = "Hunter2-Corr3ct"  # noqa: S105 - of a server that the test starts


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sell(tmp_path, [(1, 2.5), (2, 3.5), (2, 3.5)])
    return tmp_path


def sell(folder, rows):
    with closing(sqlite3.connect(folder / "shop.db")) as connection, connection:
        connection.execute("create table if not exists sales (id integer, price real)")
        connection.executemany("insert into sales values (?, ?)", rows)


def job(folder, mode="append", **settings):
    (folder / "job.yaml").write_text(JOB.replace("MODE", mode))
    return read_job(folder / "job.yaml", [f"{k}={v}" for k, v in settings.items()])


def table(folder):
    with closing(sqlite3.connect(folder / "clean.db")) as connection:
        return connection.execute("select * from sales order by 1, 2").fetchall()


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_the_same_rows_are_written_once(folder, mode):
    """A second run is up to date; another row makes another key, another order does not."""
    first = run_job(job(folder, mode))
    assert first["state"] == "done"
    assert first["output"]["database"]["rows"] == 2
    assert first["inputs"][0]["path"] == f"sqlite:///{folder}/shop.db, table sales"
    assert table(folder) == [(1, 2.5), (2, 3.5)]
    with closing(sqlite3.connect(folder / "shop.db")) as connection, connection:
        connection.executescript(
            "create table other as select * from sales order by id desc;"
            "drop table sales; alter table other rename to sales"
        )
    assert run_job(job(folder, mode))["state"] == "up to date"
    assert run_job(job(folder, mode), force=True)["state"] == "done"
    assert table(folder) == [(1, 2.5), (2, 3.5)]
    sell(folder, [(3, 1.0)])
    assert run_job(job(folder, mode))["state"] == "done"
    assert len(table(folder)) == {"append": 5, "replace": 3}[mode]


def test_a_table_that_somebody_removed(folder):
    """The files are up to date, the table is not: it is written again."""
    run_job(job(folder, "replace"))
    (folder / "clean.db").unlink()
    assert run_job(job(folder, "replace"))["state"] == "done"
    assert table(folder) == [(1, 2.5), (2, 3.5)]


def test_what_changes_no_row_appends_none(folder, monkeypatch):
    """Newer packages make a run, and no rows of the table; nor does another bound."""
    run_job(job(folder))
    monkeypatch.setattr(key, "versions", lambda: {"numpy": "99"})
    for settings in ({}, {"max_rejected": "0.9"}):
        summary = run_job(job(folder, **settings))
        assert summary["state"] == "done"
        assert any("has these rows already" in note for note in summary["notes"])
    assert table(folder) == [(1, 2.5), (2, 3.5)]


def test_another_user_appends_nothing(shop, folder, monkeypatch):
    """A password that moves from the URI to the environment changes no row."""
    server, database = shop
    server.sql("create table sales as select 1 as id, 2.5::float8 as price",
               "grant select on sales to shop", database=database)  # fmt: skip
    uris = (server.uri_of_shop(database), f"{server.uri_of_shop(database)}?sslmode=prefer",
            server.uri_of_shop(database).replace(f":{PASSWORD}@", "@"))  # fmt: skip
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    for uri in uris:
        assert run_job(job(folder, **{"source.uri": uri}))["state"] == "done"
    assert table(folder) == [(1, 2.5)]


KILLED = """
import os, signal, sys
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job

def listen(event):
    if event.message.startswith(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

run_job(read_job("job.yaml"), listeners=[listen])
"""


@pytest.mark.parametrize(("moment", "written"), [("writing the table", 0), ("publishing", 2)])
def test_a_run_that_is_killed_around_the_commit(folder, moment, written):
    """Before it, nothing is written; after it, the next run publishes and appends nothing."""
    job(folder)
    done = subprocess.run([sys.executable, "-c", KILLED, moment], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not (folder / "out" / "latest").exists()
    if written:
        assert len(table(folder)) == written
    summary = run_job(job(folder))
    assert summary["state"] == "done"
    assert any("already" in note for note in summary["notes"]) == bool(written)
    assert table(folder) == [(1, 2.5), (2, 3.5)]
    assert run_job(job(folder))["state"] == "up to date"


def test_a_table_that_cannot_be_written(folder, monkeypatch):
    """Nothing is published either, and the run is noted as failed."""
    run_job(job(folder, "replace"))
    before = (folder / "out" / "latest").readlink()
    sell(folder, [(9, 9.0)])

    def full(*_):
        raise OSError("database or disk is full")

    monkeypatch.setattr(writing, "note", full)
    with pytest.raises(ReadError, match="disk of the database is full"):
        run_job(job(folder, "replace"))
    assert (folder / "out" / "latest").readlink() == before
    assert len(table(folder)) == 2
    assert json.loads((folder / "report.json").read_text())["exit"] == 3


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("source.query=select 1", "either a table or a query"),
        ("source.path=in.csv", "either path or uri"),
        ("source.uri=mysql://x/y", "is no database"),
        ("source.uri=sqlite:///${NO_SUCH_VARIABLE}", "is not set"),
        ("output.mode=upsert", "needs key"),
        ("output.mode=insert", "insert"),
        ("output.format=csv", "does not keep the types"),
        ("incremental=true", "from file to file"),
        ("output.table=a.b.c", "names no table"),
        ("stages=[split: {test: 0.5}]", "divides rows"),
    ],
)
def test_jobs_that_are_wrong(folder, setting, said):
    """What does not go together is told before anything runs, with its place."""
    key, _, value = setting.partition("=")
    with pytest.raises(ConfigError, match=said):
        job(folder, **{key: value})


def test_a_job_that_upserts_what_a_query_gives_for_a_day(folder):
    """A query may name the day; the database's own file takes both."""
    (folder / "day.yaml").write_text(
        "name: day\nstages: [drop_duplicates]\n"
        "source:\n  uri: sqlite:///shop.db\n"
        "  query: select id, price, '${date}' as day from sales order by id\n"
        "output: {path: day, uri: 'sqlite:///clean.db', table: sales, mode: upsert, key: [id]}\n"
        "history: history.sqlite\n"
    )
    from datetime import date

    for day in (1, 2, 2):
        summary = run_job(read_job(folder / "day.yaml", day=date(2026, 1, day)))
    assert summary["state"] == "up to date"
    assert table(folder) == [(1, 2.5, "2026-01-02"), (2, 3.5, "2026-01-02")]


def test_a_day_without_rows(folder):
    """A query without rows is no failure: the run is not met, and the output stays."""
    run_job(job(folder, "replace"))
    before = (folder / "out" / "latest").readlink()
    with closing(sqlite3.connect(folder / "shop.db")) as connection, connection:
        connection.execute("delete from sales")
    summary = run_job(job(folder, "replace"))
    assert (summary["state"], summary["exit"]) == ("not met", 1)
    assert "table sales: there are no rows. Nothing was made" in summary["message"]
    assert (folder / "out" / "latest").readlink() == before
    assert len(table(folder)) == 2


def test_a_name_that_a_server_would_cut(folder):
    """PostgreSQL cuts names of more than 63 bytes: another table might be meant."""
    with pytest.raises(ConfigError, match=r"output\.table: t+ is longer than the 63 bytes"):
        job(folder, **{"output.uri": "postgresql://me@db/shop", "output.table": "t" * 64})


def found_in(folder):
    """Return the files below a folder that hold the password, or a part of it."""
    return [path for path in folder.rglob("*") if path.is_file() and b"unter2" in path.read_bytes()]


@pytest.mark.slow
def test_no_secret_is_left_anywhere(shop, tmp_path, monkeypatch, capfd):
    """Whatever succeeds or fails, no file and no message holds the password."""
    server, database = shop
    server.sql("create table t as select i, i * 1.5 as x from generate_series(1, 50) i",
               "grant select on t to shop", database=database)  # fmt: skip
    home = tmp_path / "home"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    # The log goes to the standard error of this test, which others have not.
    monkeypatch.setattr(logging.getLogger("dataprep"), "handlers", [])
    for name in ("XDG_STATE_HOME", "DATAPREP_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    base = server.uri_of_shop(database).replace(PASSWORD, "${SHOP_PASSWORD}")
    (work / "job.yaml").write_text(
        f"name: secret\nstages: [drop_duplicates]\nsource: {{uri: '{base}', table: t}}\n"
        f"output: {{path: out, uri: '{base}', table: copy}}\nreport: report.json\nlog: json\n"
    )
    uri = server.uri_of_shop(database)
    wrong = uri.replace(PASSWORD, PASSWORD + "x")
    runs = [
        (0, ["run", "job.yaml"]),
        (0, ["run", "job.yaml", "--json"]),
        (0, ["runs"]),
        (0, ["runs", "1", "--json"]),
        (3, ["run", "job.yaml", "--set", "source.table=nope"]),
        (3, ["run", "job.yaml", "--set", f"source.uri={wrong}"]),
        (3, ["run", "job.yaml", "--set", f"output.uri={wrong}", "--force"]),
        (2, ["run", "job.yaml", "--set", f"source.path={uri}"]),
        (2, ["run", "job.yaml", "--set", f"source.uir={uri}"]),
        (2, ["run", "job.yaml", "--set", f"source.uri=[{uri}]"]),
        (2, ["run", "job.yaml", "--set", f"source.uri={uri.replace('sql', 'sqm')}"]),
        (0, ["clean", uri, "--table", "t", "-o", "c.csv", "--json"]),
        (0, ["undo", "c.csv", "-o", "back.feather"]),
        (0, ["apply", "c.dataprep/pipeline.json", uri, "--table", "t", "-o", "d.csv"]),
        (2, ["clean", uri, "-o", "e.csv"]),
        (3, ["clean", wrong, "--table", "t", "-o", "e.csv"]),
        (3, ["clean", f"{uri}?password={PASSWORD}&sslmode=require", "--table", "t", "-o", "e.csv"]),
        (3, ["clean", uri.replace("127", "/127"), "--table", "t", "-o", "e.csv"]),
        (2, ["clean", f"https://x/y?sig={PASSWORD}", "--table", "t", "-o", "e.csv"]),
    ]
    for code, words in runs:
        # A process of its own would know no secret either.
        secrets._known.clear()
        assert answer(words) == code, words
    done = ran("run", "job.yaml", "--force", cwd=work)
    assert done.code == 0
    said = "".join([*capfd.readouterr(), done.out, done.err])
    assert "unter2" not in said
    assert "Traceback" not in said
    assert found_in(tmp_path) == []
    assert server.sql("select count(*)::int from copy", database=database) == [(50,)]
