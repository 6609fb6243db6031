"""Tables that are written: in one transaction, once for each key, and without loss."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

import dataprep as dp
from dataprep.databases import connecting, writing
from dataprep.databases.address import address_of, name_of
from dataprep.databases.targets import Target
from dataprep.databases.writing import Loaded, holds, load
from dataprep.errors import ConfigError, OutputError


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path):
    """Make targets in an empty database: ``target("t", "append")``."""
    if request.param == "sqlite":
        uri = f"sqlite:///{tmp_path / 'out.db'}"
    else:
        server, database = request.getfixturevalue("shop")
        uri = server.uri(database)

    def make(table="t", mode="replace", key=()):
        return Target(address_of(uri), name_of(table), mode, key)

    return make


def rows(target):
    """Return the rows of a table, in order."""
    table = dp.read(target.address.uri, query=f"select * from {target.table.sql} order by 1, 2")
    return [tuple(row.values()) for row in table.to_arrow().to_pylist()]


@pytest.fixture
def file(tmp_path):
    """Write rows of an id and a name to a file: ``file([(1, "a")])``."""

    def write(rows):
        path = tmp_path / "rows.parquet"
        table = pa.table({"id": [r[0] for r in rows], "name": [r[1] for r in rows]})
        write_table(table, path)
        return [path]

    return write


def test_replace(target, file):
    """The rows of a table are replaced; the same key writes nothing, unless it is forced."""
    one = target()
    assert not holds(one, "k1")
    assert load(one, file([(1, "a"), (2, None)]), "k1") == Loaded(2)
    assert load(one, file([(9, "z")]), "k1") == Loaded(0, already=True)
    assert rows(one) == [(1, "a"), (2, None)]
    assert load(one, file([(3, "c")]), "k2") == Loaded(1)
    assert rows(one) == [(3, "c")]
    # What k1 wrote is gone: to write it again is no repetition.
    assert holds(one, "k2")
    assert not holds(one, "k1")
    assert load(one, file([(4, "d")]), "k2", force=True) == Loaded(1)
    assert rows(one) == [(4, "d")]


def test_append(target, file):
    """Rows are added once for each key, whatever came between, and though it is forced."""
    one = target(mode="append")
    for key, force in (("k1", False), ("k2", False), ("k1", False), ("k1", True)):
        load(one, file([(int(key[1]), key)]), key, force=force)
    assert rows(one) == [(1, "k1"), (2, "k2")]
    assert holds(one, "k1")
    assert holds(one, "k2")


def test_upsert(target, file):
    """Rows of a known key are changed, others added; a key that is not one is refused."""
    one = target(mode="upsert", key=("id",))
    load(one, file([(1, "a"), (2, "b")]), "k1")
    load(one, file([(2, "B"), (3, "c")]), "k2")
    assert rows(one) == [(1, "a"), (2, "B"), (3, "c")]
    for wrong, said in (
        ([(5, "x"), (5, "y")], "the same in several rows"),
        ([(None, "x"), (6, "y")], "missing in 1 rows"),
    ):
        with pytest.raises(OutputError, match=said):
            load(one, file(wrong), "k3")
    with pytest.raises(ConfigError, match="Did you mean 'id'"):
        load(target("other", "upsert", ("idd",)), file([(1, "a")]), "k")
    assert rows(one) == [(1, "a"), (2, "B"), (3, "c")]
    with pytest.raises(ConfigError, match="needs key"):
        target(mode="upsert").check("output.mode")
    with pytest.raises(ConfigError, match="has no key"):
        target(key=("id",)).check("output.mode")


@pytest.mark.parametrize(("mode", "key"), [("append", ()), ("upsert", ("id",)), ("replace", ())])
def test_a_table_that_somebody_dropped(target, file, mode, key):
    """What was noted of it is forgotten, and the same key makes it again."""
    one = target(mode=mode, key=key)
    load(one, file([(1, "a")]), "k1")
    ran_sql(one, "drop table t")
    assert not holds(one, "k1")
    assert load(one, file([(1, "a")]), "k1") == Loaded(1)
    assert load(one, file([(1, "a")]), "k1") == Loaded(0, already=True)
    assert rows(one) == [(1, "a")]


def test_a_table_that_somebody_emptied(target, file):
    """What is to be the whole table is written again; what was appended stays written."""
    one = target()
    load(one, file([(1, "a"), (2, "b")]), "k1")
    ran_sql(one, "delete from t where id = 1")
    assert not holds(one, "k1")
    assert load(one, file([(1, "a"), (2, "b")]), "k1") == Loaded(2)
    assert holds(one, "k1")
    more = target("log", mode="append")
    load(more, file([(1, "a")]), "k1")
    ran_sql(more, "delete from log")
    assert holds(more, "k1")


def ran_sql(target, sql):
    """Run a statement in the database of a target, as another program would."""
    with connecting.connected(target.address, write=True) as connection:
        connecting.run(connection, sql)
        connection.commit()


def test_columns_that_the_table_has_not(target, file, tmp_path):
    """A column that would be lost is an error, and the table is as before."""
    load(target(), file([(1, "a")]), "k1")
    path = tmp_path / "wide.parquet"
    write_table(pa.table({"id": [2], "nam": ["b"]}), path)
    with pytest.raises(OutputError, match=r"no column 'nam'\. Did you mean 'name'"):
        load(target(), [path], "k2")
    assert rows(target()) == [(1, "a")]


@pytest.mark.parametrize("step", ["_opened", "_check_columns", "note"])
def test_a_write_that_fails_half_way(target, file, monkeypatch, step):
    """Whatever fails, the table is as before, and the key is not held."""
    load(target(), file([(1, "a")]), "k1")

    def failing(*_):
        raise OSError("the cable was cut")

    monkeypatch.setattr(writing, step, failing)
    with pytest.raises(OutputError, match="cable"):
        load(target(), file([(2, "b")]), "k2")
    monkeypatch.undo()
    assert rows(target()) == [(1, "a")]
    assert not holds(target(), "k2")


def test_values_and_back(target, tmp_path):
    """What is written is read again, as far as the database has such values."""
    table = pa.table({
        "whole": [1, None], "real": [0.1 + 0.2, None], "text": ["é\n'", None],
        "day": [date(2020, 2, 29), None], "flag": [True, None], "bytes": [b"\0\xff", None],
        "exact": pa.array([Decimal("1234567890.12"), None]),
        "instant": pa.array([datetime(2020, 1, 1, 8, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        "level": pa.array(["a", None]).dictionary_encode(),
    })  # fmt: skip
    path = tmp_path / "all.parquet"
    write_table(table, path)
    one = target()
    load(one, [path], "k")
    second, first = sorted(rows(one), key=str, reverse=True)
    wanted = list(table.slice(0, 1).to_pylist()[0].values())
    if one.address.kind == "sqlite":
        wanted = [1, 0.1 + 0.2, "é\n'", "2020-02-29", 1, b"\0\xff", 1234567890.12,
                  "2020-01-01 08:00:00.000000Z", "a"]  # fmt: skip
    assert list(first) == wanted
    assert set(second) == {None}
    write_table(pa.table({"x": [{"a": 1}]}), path)
    with pytest.raises(OutputError, match="which the database has not"):
        load(target("nested"), [path], "k")


def test_types_of_a_table_that_is_there(shop, tmp_path):
    """Values take the types of the table's columns; none is rounded or cut unsaid."""
    server, database = shop
    server.sql(
        "create table t (id bigint primary key, price numeric(6,2), code uuid, note varchar(3), "
        "made timestamptz default now())",
        "grant select on t to shop",
        database=database,
    )
    one = Target(address_of(server.uri(database)), name_of("t"))
    path = tmp_path / "t.parquet"
    code = "7d444840-9dc0-11d1-b245-5ffdce74fad2"

    def write(price, note):
        write_table(pa.table({"id": [1], "price": [price], "code": [code], "note": [note]}), path)
        return [path]

    load(one, write(2.25, "abc"), "k1")
    asked = "select price::text, code::text, note, made is not null from t"
    assert server.sql(asked, database=database) == [("2.25", code, "abc", True)]
    with pytest.raises(OutputError, match=r"1 values of the column 'price' .* without loss"):
        load(one, write(2.255, "abc"), "k2")
    with pytest.raises(OutputError, match=r"'note' do not fit character varying\(3\)"):
        load(one, write(2.5, "abcd"), "k2")
    with pytest.raises(OutputError, match="no right"):
        load(Target(address_of(server.uri_of_shop(database)), one.table), write(9.5, "abc"), "k3")
    assert server.sql(asked, database=database) == [("2.25", code, "abc", True)]
    # Whoever has rights in the table keeps them.
    assert dp.read(server.uri_of_shop(database), table="t").to_arrow().num_rows == 1


@pytest.mark.parametrize(
    ("type", "kept", "lost"),
    [
        ("integer", [5, 5.0, "60", True], ["00060", "1e3"]),
        ("decimal(20,2)", ["1.50", Decimal("12.50"), "abc"], ["123456789012345678.91", "007"]),
        ("real", [5, 0.1, "2.5", "x", "0.30000000000000004"], [2**53 + 1, "12345678901234567.5"]),
        ("text", [5, 0.5, "00060"], []),
        ("", [2**53 + 1, "00060", 0.1 + 0.2], []),
    ],
)
def test_columns_of_sqlite_that_turn_values(tmp_path, type, kept, lost):
    """A column turns values by its affinity; one that would become another is refused."""
    path, rows = tmp_path / "typed.db", tmp_path / "rows.parquet"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table t (v {type})")
    one = Target(address_of(f"sqlite:///{path}"), name_of("t"), "append")
    for i, value in enumerate(kept):
        write_table(pa.table({"v": [value, None]}), rows)
        assert load(one, [rows], f"k{i}") == Loaded(2)
    for value in lost:
        write_table(pa.table({"v": [value]}), rows)
        with pytest.raises(OutputError, match=r"1 values of the column 'v' do not fit"):
            load(one, [rows], "k")
    write_table(pa.table({"v": [float("nan")]}), rows)
    with pytest.raises(OutputError, match="column 'v' holds NaN"):
        load(one, [rows], "k")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from t").fetchall() == [(2 * len(kept),)]


@pytest.mark.parametrize(
    ("type", "kept", "lost"),
    [
        ("numeric(5,2)", ["1.23", "1.230", "NaN"], ["1.239", "00060"]),
        ("integer", ["60"], ["00060"]),
        ("double precision", ["0.1", "1e300", "Infinity"], ["12345678901234567891"]),
        (
            "date",
            ["2026-01-01", "2026-01-01 00:00", "infinity"],
            ["2026-01-01 12:34:56", "2026-01-01 00:00+02", "today"],
        ),
        (
            "timestamp(0)",
            ["2026-01-01 10:00:56", "2026-01-01 10:00:56Z"],
            ["2026-01-01 10:00:56.7", "2026-01-01 10:00:56+02", "now"],
        ),
        ("timestamptz", ["2026-01-01 10:00:56.123456+02"], ["2026-01-01 10:00:56.1234567"]),
        ("time(0)", ["10:00:01"], ["10:00:01.5", "10:00+02"]),
        ("varchar(3)", ["abc", "a "], ["abc   ", "abcd"]),
        ("char(3)", ["ab", "abc   "], ["abcd"]),
        ("bit(3)", ["101"], ["10101"]),
        ("name", ["x"], ["x" * 64]),
        ("jsonb", ['{"a": 1, "b": 1}', "[1]"], ['{"a": 1, "a": 2}']),
        ("money", ["5.55"], ["5.555"]),
        ("price", ["1.5"], ["1.55"]),
        ("numeric(5,2)[]", ["{1.23}"], ["{1.239}"]),
    ],
)
def test_texts_in_typed_columns(shop, tmp_path, type, kept, lost):
    """A text that a type of PostgreSQL would round, cut or read as another is refused."""
    server, database = shop
    server.sql("create domain price as numeric(3,1)", f"create table t (v {type})",
               database=database)  # fmt: skip
    one = Target(address_of(server.uri(database)), name_of("t"), "append")
    path = tmp_path / "t.parquet"
    write_table(pa.table({"v": [*kept, None]}), path)
    assert load(one, [path], "k") == Loaded(len(kept) + 1)
    for value in lost:
        write_table(pa.table({"v": [value]}), path)
        with pytest.raises(OutputError, match="1 values of the column 'v' do not fit"):
            load(one, [path], "k2")


def test_values_that_no_type_takes(shop, tmp_path):
    """The column of a value that is none of its type is named, as are times that are too fine."""
    server, database = shop
    server.sql("create table t (day date, id uuid)", database=database)
    one = Target(address_of(server.uri(database)), name_of("t"))
    path = tmp_path / "t.parquet"
    for values, said in (
        ({"day": ["2020-01-01"], "id": ["x"]}, "column 'id' cannot .*uuid"),
        ({"day": ["bad"]}, "column 'day' cannot .*bad"),
        ({"id": ["\0"]}, "column 'id' holds a sign of number 0"),
        ({"day": pa.array([1000000001], pa.timestamp("ns"))}, "'day' holds values .*lose data"),
        ({"day": pa.array([1001], pa.time64("ns"))}, "'day' holds values .*lose data"),
    ):
        write_table(pa.table(values), path)
        with pytest.raises(OutputError, match=said):
            load(one, [path], "k")
    write_table(pa.table({"at": pa.array([1000001000], pa.timestamp("ns"))}), path)
    assert load(Target(one.address, name_of("fine")), [path], "k") == Loaded(1)


def test_types_keep_from_database_to_database(shop, tmp_path):
    """A UUID and JSON of PostgreSQL, which are text on the way, are what they were again."""
    server, database = shop
    uri = server.uri(database)
    server.sql("create table a as select gen_random_uuid() as u, '{}'::jsonb as j, 1.50 as n",
               database=database)  # fmt: skip
    result = dp.clean(uri, table="a", outliers="none")
    assert result.summary["rows_out"] == 1
    from dataprep.cli import answer

    output = str(tmp_path / "a.parquet")
    assert answer(["clean", uri, "--table", "a", "-o", output, "-q"]) == 0
    load(Target(address_of(uri), name_of("b")), [tmp_path / "a.parquet"], "k")
    asked = "select pg_typeof(u)::text as u, pg_typeof(j)::text as j, n = 1.5 as n from b"
    assert server.sql(asked, database=database) == [("uuid", "jsonb", True)]


def test_readers_see_the_old_or_the_new(shop, file, monkeypatch):
    """Until the commit, who reads sees the old rows; a lock of another is waited for and told."""
    server, database = shop
    one = Target(address_of(server.uri(database)), name_of("t"))
    load(one, file([(1, "a")]), "k1")
    seen = []
    note = writing.note

    def looking(*words):
        seen.append(server.sql("select id, name from t", database=database))
        note(*words)

    monkeypatch.setattr(writing, "note", looking)
    load(one, file([(2, "b")]), "k2")
    assert seen == [[(1, "a")]]
    assert rows(one) == [(2, "b")]


def test_first_writers_of_two_tables(shop, file, monkeypatch):
    """Who writes first to one table does not wait for, nor collide with, who does to another."""
    server, database = shop
    one, other = (Target(address_of(server.uri(database)), name_of(n)) for n in ("one", "other"))
    paths = file([(1, "a")])
    note = writing.note

    def meanwhile(*words):
        monkeypatch.undo()
        monkeypatch.setattr(connecting, "_LOCK_SECONDS", 2)
        assert load(other, paths, "k") == Loaded(1)
        note(*words)

    monkeypatch.setattr(writing, "note", meanwhile)
    assert load(one, paths, "k") == Loaded(1)
    assert rows(one) == rows(other) == [(1, "a")]


WRITING = """
import sqlite3, sys, time
with sqlite3.connect(sys.argv[1], isolation_level=None) as c:
    c.execute("begin immediate")
    c.execute("insert into t values (7, 'x')")
    print("held", flush=True)
    sys.stdin.readline()
    time.sleep(0.3)
    c.execute("commit")
"""


def test_a_writer_of_the_same_file_is_waited_for(tmp_path, file, monkeypatch):
    """In a WAL file too, where one who read first could not write any more."""
    path = tmp_path / "wal.db"
    one = Target(address_of(f"sqlite:///{path}"), name_of("t"), "append")
    load(one, file([(1, "a")]), "k1")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout.readline() == b"held\n"
        opened = connecting._sqlite

        def opening(*words, **options):
            # The other one goes on as soon as this one has begun to ask.
            program.stdin.write(b"\n")
            program.stdin.flush()
            return opened(*words, **options)

        monkeypatch.setattr(connecting, "_sqlite", opening)
        assert load(one, file([(2, "b")]), "k2") == Loaded(1)
    monkeypatch.undo()
    assert rows(one) == [(1, "a"), (2, "b"), (7, "x")]


def test_a_server_that_stops_in_mid_write(own_server, file, monkeypatch):
    """The table is as before when the server is up again, and the next write succeeds."""
    one = Target(address_of(own_server.uri()), name_of("t"))
    load(one, file([(1, "a")]), "k1")
    note = writing.note

    def stopping(*words):
        own_server.stop()
        note(*words)

    monkeypatch.setattr(writing, "note", stopping)
    with pytest.raises(OutputError, match="broke off") as caught:
        load(one, file([(2, "b")]), "k2")
    assert caught.value.exit_code == 3
    monkeypatch.undo()
    own_server.start()
    assert rows(one) == [(1, "a")]
    assert load(one, file([(2, "b")]), "k2") == Loaded(1)
    assert rows(one) == [(2, "b")]


def test_what_is_told_of_tables_that_refuse(shop, file):
    """The table, and what to do: a right that is missing, no index of the key, values given."""
    server, database = shop
    server.sql(
        "revoke all on schema public from shop, public",
        "grant usage on schema public to shop",
        "create table t (id int, name text)",
        "create table own (id int generated always as identity, name text)",
        "grant all on t to shop",
        database=database,
    )
    paths = file([(1, "a")])
    shop_user = Target(address_of(server.uri_of_shop(database)), name_of("t"))
    with pytest.raises(OutputError, match=r"dataprep_writes.* Have it made.*: create table"):
        load(shop_user, paths, "k")
    owner = address_of(server.uri(database))
    with pytest.raises(OutputError, match=r", table t: .* no unique index .*create unique index"):
        load(Target(owner, name_of("t"), "upsert", ("id",)), paths, "k")
    with pytest.raises(OutputError, match="generated by default"):
        load(Target(owner, name_of("own"), "append"), paths, "k")


def test_a_connection_that_breaks_in_the_commit(own_server, file, monkeypatch):
    """Whether the rows were written is not known, and the next write finds out."""
    one = Target(address_of(own_server.uri()), name_of("t"), "append")
    committing = writing.committing

    @contextmanager
    def stopping(place):
        with committing(place):
            own_server.stop()
            yield

    monkeypatch.setattr(writing, "committing", stopping)
    with pytest.raises(OutputError, match="may be written, or not"):
        load(one, file([(1, "a")]), "k")
    monkeypatch.undo()
    own_server.start()
    load(one, file([(1, "a")]), "k")
    assert rows(one) == [(1, "a")]


def test_faults_of_sqlite_targets(tmp_path, file):
    """No folder, no schema: told; nothing is made."""
    for uri, table, said in (
        (f"sqlite:///{tmp_path}/none/x.db", "t", "folder does not exist"),
        (f"sqlite:///{tmp_path}", "t", "a folder"),
        (f"sqlite:///{tmp_path}/x.db", "s.t", "no schema 's'"),
    ):
        with pytest.raises((OutputError, ConfigError, OSError), match=said):
            load(Target(address_of(uri), name_of(table)), file([(1, "a")]), "k")
    path = tmp_path / "odd.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table t (id integer, name text check (name <> 'bad'))")
        connection.execute("insert into t values (1, 'good')")
    one = Target(address_of(f"sqlite:///{path}"), name_of("t"))
    with pytest.raises(OutputError, match="CHECK"):
        load(one, file([(2, "bad")]), "k")
    assert rows(one) == [(1, "good")]
