"""Tables and queries of PostgreSQL and SQLite as dataprep reads them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

import dataprep as dp
from dataprep.cli import answer
from dataprep.databases import connecting
from dataprep.databases.address import address_of, name_of, rows_of
from dataprep.databases.fetching import fetch
from dataprep.errors import ConfigError, DataError, DataprepError, ReadError


@pytest.fixture
def shop_file(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "create table customers (id integer primary key, name text, born date, spent real);"
            "insert into customers values (2, 'Bo', '1980-02-01', 7.25), (1, 'Ann', null, null);"
            'create table "odd ""name""" (x); insert into "odd ""name""" values (1);'
        )
    connection.close()
    return path


def test_values_of_sqlite(shop_file):
    """Values come as they are, in the order of the primary key."""
    table = dp.read(f"sqlite:///{shop_file}", table="Customers")
    assert table.to_arrow().to_pylist() == [
        {"id": 1, "name": "Ann", "born": None, "spent": None},
        {"id": 2, "name": "Bo", "born": "1980-02-01", "spent": 7.25},
    ]


def test_a_query_with_kinds(shop_file):
    """What SQLite has as text is read as another kind where that is said."""
    table = dp.read(
        f"sqlite:///{shop_file}",
        query="select born, spent from customers where spent > 1 -- or more",
        kinds={"born": "date"},
    )
    assert table.to_arrow().to_pylist() == [{"born": date(1980, 2, 1), "spent": 7.25}]
    assert table.report["paths"] == [f"sqlite:///{shop_file}, query"]
    assert table.report["format"] == "sqlite"


def test_columns_of_mixed_values(tmp_path):
    """A column of SQLite with values of several types is of the one that holds them all."""
    path = tmp_path / "mixed.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (n, r, w, big, none)")
        late = [(None, None, None, None, None)] * 3000
        rows = [*late, (1, 1, 1, 2**53 + 1, None), (2, 0.1, "a", 0.1, None)]
        connection.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
    connection.close()
    table = dp.read(f"sqlite:///{path}", table="t").to_arrow()
    assert table.slice(3000).to_pylist() == [
        {"n": 1, "r": 1.0, "w": "1", "big": "9007199254740993", "none": None},
        {"n": 2, "r": 0.1, "w": "a", "big": "0.1", "none": None},
    ]


def test_the_order_of_a_query(tmp_path):
    """ORDER BY decides the order, over many batches."""
    path = tmp_path / "order.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (x integer)")
        connection.executemany(
            "insert into t values (?)", [(i * 7919 % 50021,) for i in range(50021)]
        )
    connection.close()
    table = dp.read(f"sqlite:///{path}", query="select x from t order by x desc").to_arrow()
    assert table["x"].to_pylist() == list(range(50020, -1, -1))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"table": "custmers"}, "Did you mean 'customers'"),
        ({"query": "select nme from customers"}, "no column nme. Did you mean 'name'"),
        ({"query": "select * from custmers"}, "no table custmers. Did you mean 'customers'"),
        ({"query": "delete from customers"}, "only reads"),
        ({"query": "select 1; drop table customers"}, "only reads"),
        ({"table": "a.b.c"}, "names no table"),
        ({}, "either a table or a query"),
        ({"table": "customers", "query": "select 1"}, "either a table or a query"),
    ],
)
def test_what_cannot_be_asked_of_sqlite(shop_file, options, said):
    """An error names the place and the remedy, and nothing is written."""
    before = shop_file.read_bytes()
    with pytest.raises(DataprepError, match=said):
        dp.read(f"sqlite:///{shop_file}", **options)
    assert shop_file.read_bytes() == before


@pytest.mark.parametrize("second", ["b as id", '2 as "ID"', '2 as id, 3 as "id:1"'])
def test_two_columns_of_one_name_in_sqlite(shop_file, second):
    """SQLite numbers them unsaid; they are refused as in PostgreSQL. A name may hold a number."""
    uri = f"sqlite:///{shop_file}"
    query = f"select id, {second} from (select id, 2 as b from customers)"
    with pytest.raises(ReadError, match="two columns are named 'id'"):
        dp.read(uri, query=query)
    assert dp.read(uri, query='select 1 as id, 2 as "id:1"').kinds.keys() == {"id", "id:1"}


def test_faults_of_sqlite_files(tmp_path, shop_file, monkeypatch):
    """A file that is missing, a folder, no database, damaged or locked is told as such."""
    monkeypatch.setattr(connecting, "_LOCK_SECONDS", 0.1)
    (tmp_path / "none.db").write_text("name,age\n" * 500)
    damaged = bytearray(shop_file.read_bytes())
    damaged[4096:8192] = b"\xff" * 4096
    (tmp_path / "damaged.db").write_bytes(damaged)
    for name, said in {
        "missing.db": "no such file", ".": "a folder", "none.db": "no SQLite database",
        "damaged.db": "damaged",
    }.items():  # fmt: skip
        with pytest.raises(ReadError, match=said):
            dp.read(f"sqlite:///{tmp_path / name}", table="customers")
    assert not (tmp_path / "missing.db").exists()
    with held(shop_file), pytest.raises(ReadError, match="another program holds a lock"):
        dp.read(f"sqlite:///{shop_file}", table="customers")
    with pytest.raises(ReadError, match=r"no rows\. Check the query's conditions"):
        dp.read(f"sqlite:///{shop_file}", query="select * from customers where id > 9")


@contextmanager
def held(path):
    """Lock a database as another program does: of one's own process, SQLite takes no notice."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('begin exclusive'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout.readline() == b"held\n"
        yield
        program.stdin.close()


def test_names():
    """Names in quotes mean themselves; a URI that cannot be read shows no part of a password."""
    assert name_of('a."b.""c"').sql == '"a"."b.""c"'
    for wrong in ("", "a.", "a b", '"a'):
        with pytest.raises(ConfigError, match="names no table"):
            name_of(wrong)
    for wrong in ("postgresql://me:se/cret@db/x", "postgresql://me:x@db:port/x"):
        with pytest.raises(ConfigError) as caught:
            address_of(wrong)
        assert "cret" not in str(caught.value)
    with pytest.raises(ConfigError, match="names no file"):
        address_of("sqlite://shop.db")


def test_the_commands_read_databases(shop_file, tmp_path, monkeypatch, capsys):
    """``clean``, ``apply``, ``undo``, ``suggest-expectations`` and ``validate`` take a URI."""
    monkeypatch.chdir(tmp_path)
    given = ["sqlite:///shop.db", "--table", "customers"]
    assert answer(["clean", *given, "-o", "out.csv", "-q"]) == 0
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "id,name,born,spent"
    assert answer(["apply", "out.dataprep/pipeline.json", *given, "-o", "again.parquet", "-q"]) == 0
    assert answer(["undo", "out.csv", "-o", "back.feather", "-q"]) == 0
    assert dp.read("back.feather").to_arrow() == dp.read(given[0], table="customers").to_arrow()
    assert answer(["clean", *given]) == 2
    assert answer(["clean", "sqlite:///none.db", "--table", "t", "-o", "x.csv"]) == 3
    assert answer(["clean", "in.csv", "--table", "t"]) == 2
    assert answer(["suggest-expectations", *given, "-o", "suite.json", "-q"]) == 0
    assert answer(["validate", *given, "--suite", "suite.json", "-q"]) == 0
    assert "Traceback" not in capsys.readouterr().err
    cleaned = dp.clean(given[0], table='"odd ""name"""')
    assert cleaned.summary["rows_in"] == 1


def test_what_was_read_comes_back_in_the_format_that_is_named(shop_file, tmp_path, dataprep):
    """``undo`` writes the rows of a database as the name says; a CSV file comes back as CSV."""
    given = [f"sqlite:///{shop_file}", "--table", "customers"]
    assert dataprep("clean", *given, "-o", "out.csv", "--missing", "mean").code == 0
    assert dataprep("undo", "out.csv", "-o", "back.csv").code == 0
    assert (tmp_path / "back.csv").read_text() == (
        "id,name,born,spent\n1,Ann,,\n2,Bo,1980-02-01,7.25\n"
    )
    assert dataprep("undo", "out.csv", "-o", "back.parquet").code == 0
    assert dp.read("back.parquet").to_arrow() == dp.read(given[0], table="customers").to_arrow()
    assert dataprep("clean", "back.csv", "-o", "again.parquet").code == 0
    said = dataprep("undo", "again.parquet", "-o", "wrong.parquet")
    assert said.code == 2
    assert "the input was csv, not parquet. Name it wrong.csv" in said.err


TYPES = {
    "2::int2": 2, "3::int8": 3, "1.5::float4": 1.5, "2.5::float8": 2.5,
    "1.50::numeric(10,2)": Decimal("1.50"), "12345678901234567890.5::numeric":
    Decimal("12345678901234567890.5"), "'x'::text": "x", "'ab'::char(4)": "ab  ", "true": True,
    "'2020-02-29'::date": date(2020, 2, 29), "'12:30'::time": time(12, 30),
    "'2020-01-01 10:00'::timestamp": datetime(2020, 1, 1, 10),
    "'2020-01-01 10:00+02'::timestamptz": datetime(2020, 1, 1, 8, tzinfo=UTC),
    "'7d444840-9dc0-11d1-b245-5ffdce74fad2'::uuid": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    """'{"a":  1}'::json""": '{"a":  1}', """'{"a":  1}'::jsonb""": '{"a": 1}',
    "array[1, null]": [1, None], "array['a']": ["a"], "'\\x00ff'::bytea": b"\x00\xff",
    "'sad'::mood": "sad", "'10.0.0.1'::inet": "10.0.0.1/32", "null::int": None,
}  # fmt: skip


def test_types_of_postgresql(shop, tmp_path):
    """Each type comes as the one that Arrow has for it, and what is missing as missing."""
    server, database = shop
    server.sql("create type mood as enum ('sad', 'glad')", database=database)
    cells = ", ".join(f"{sql} as c{i}" for i, sql in enumerate(TYPES))
    rows = rows_of(server.uri(database), None, f"select {cells} union all select "
                   + ", ".join("null" for _ in TYPES))  # fmt: skip
    path = tmp_path / "rows.feather"
    assert fetch(rows, path).rows == 2
    from pyarrow.feather import read_table

    first, second = read_table(path).to_pylist()
    assert list(first.values()) == list(TYPES.values())
    assert set(second.values()) == {None}


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("'1 day'::interval", r"type interval, .* x::text as x"),
        ("'5.10'::money", r"type money, .* x::numeric as x"),
        ("'(1,2)'::point", "x::text as x"),
        ("'[1,3)'::int4range", "type int4range"),
        ("array[1.5]", r"type numeric\[\], .* x::text\[\] as x"),
        ("'NaN'::numeric(4,1)", "NaN or infinity, .* x::double precision"),
        ("(repeat('9', 40))::numeric", "more than 38 digits"),
        ("array[[1, 2], [3, 4]]", "arrays of several dimensions, .* x::text as x"),
        ("'[0:1]={7,8}'::int[]", "arrays .* not from 1"),
        ("array['infinity'::date]", "infinity"),
        ("'infinity'::timestamp", "infinity"),
        ("'-infinity'::date", "infinity"),
    ],
)
def test_what_cannot_be_carried(shop, cell, said):
    """A value or a type that would be another is an error with the cast to write."""
    server, database = shop
    with pytest.raises(DataError, match=said):
        dp.read(server.uri(database), query=f"select {cell} as x")


def test_names_of_postgresql(shop):
    """Schemas, quotes, views and small letters are as in SQL; the key gives the order."""
    server, database = shop
    server.sql(
        'create schema "Sales 1"',
        'create table "Sales 1"."Big.One" (b int, a int, primary key (a, b))',
        'insert into "Sales 1"."Big.One" values (1, 2), (2, 1), (1, 1)',
        "create table plain as select 1 as x",
        "create view seen as select * from plain",
        database=database,
    )
    uri = server.uri(database)
    found = dp.read(uri, table='"Sales 1"."Big.One"').to_arrow().to_pylist()
    assert [(row["a"], row["b"]) for row in found] == [(1, 1), (1, 2), (2, 1)]
    for name in ("PLAIN", "public.plain", "seen"):
        assert dp.read(uri, table=name).to_arrow()["x"].to_pylist() == [1]
    with pytest.raises(ReadError, match="Did you mean 'plain'"):
        dp.read(uri, table="plane")
    with pytest.raises(ReadError, match="no table"):
        dp.read(uri, table='"Plain"')
    with pytest.raises(ReadError, match="Did you mean 'x'"):
        dp.read(uri, query="select xx from plain")
    with pytest.raises(ReadError, match="two columns are named 'x'"):
        dp.read(uri, query="select x, x from plain")
    with pytest.raises(ConfigError, match="only reads"):
        dp.read(uri, query="delete from plain")


def test_faults_of_postgresql(shop):
    """Whatever goes wrong with a server is told in words, with exit code 3."""
    server, database = shop
    server.sql("create table private (x int)", database=database)
    slow = "&options=-c%20statement_timeout%3D200"
    for uri, options, said in (
        ("postgresql://shop@127.0.0.1:1/x", {"table": "t"}, "no server answers"),
        ("postgresql://shop@no.such.host.invalid/x", {"table": "t"}, "no such host"),
        (server.uri_of_shop(database, "Wrong-one"), {"table": "t"}, "refuses the user"),
        (server.uri("nowhere"), {"table": "t"}, "no such database"),
        (server.uri_of_shop(database), {"table": "private"}, "no right"),
        (server.uri(database) + slow, {"query": "select 1 as x from pg_sleep(9)"}, "longer than"),
        (server.uri(database), {"query": "select 1 / 0 as x"}, "division by zero"),
    ):
        with pytest.raises(ReadError, match=said) as caught:
            dp.read(uri, **options)
        assert caught.value.exit_code == 3
        assert "Wrong-one" not in str(caught.value)


def test_the_hash_of_rows(shop, tmp_path):
    """The hash is of the rows, not of their order: a table has none."""
    server, database = shop
    server.sql("create table t as select i, 'n' || i as n from generate_series(1, 999) i",
               database=database)  # fmt: skip
    uri, path = server.uri(database), tmp_path / "t.feather"
    first = fetch(rows_of(uri, "t", None), path).sha256
    assert first == fetch(rows_of(uri, None, "select * from t order by n desc"), path).sha256
    server.sql("update t set n = 'm' where i = 5", database=database)
    assert first != fetch(rows_of(uri, "t", None), path).sha256


@pytest.mark.parametrize("query", ["select", "begin", "commit", "set x.y = 1"])
def test_statements_without_columns(shop, query):
    """What gives no columns is no query, and so is told; a table may have none either."""
    server, database = shop
    server.sql("create table bare ()", database=database)
    with pytest.raises(ConfigError, match=r"the query has no columns.*write one statement"):
        dp.read(server.uri(database), query=query)
    with pytest.raises(ConfigError, match="the table has no columns"):
        dp.read(server.uri(database), table="bare")


def test_a_scheme_in_capitals(shop):
    """The scheme of a URI may be written in any case."""
    server, database = shop
    uri = server.uri(database).replace("postgresql", "PostgreSQL")
    assert dp.read(uri, query="select 1 as x").to_arrow()["x"].to_pylist() == [1]


def test_text_that_is_no_utf8(tmp_path):
    """Bad bytes in a text of SQLite are told with their column and row."""
    with sqlite3.connect(tmp_path / "bad.db") as connection:
        connection.execute("create table t (i integer primary key, n text)")
        connection.executemany("insert into t values (?, 'é')", [(i,) for i in range(2000)])
        connection.execute("insert into t values (2000, cast(x'ff41' as text))")
    connection.close()
    with pytest.raises(DataError, match=r"'n' holds .* row 2001 of those read: b'\\xffA'.*hex"):
        dp.read(f"sqlite:///{tmp_path}/bad.db", table="t")


def test_a_database_that_is_given_as_a_file(shop_file, dataprep):
    """The remedy is the URI to write, with or without a table."""
    for words in ([], ["--table", "customers"]):
        answer = dataprep("clean", "shop.db", *words)
        assert answer.code == (2 if words else 3)
        assert "sqlite:///shop.db" in answer.err
        assert "no database" not in answer.err


def test_flags_of_files(shop_file, dataprep):
    """How a file is written has no meaning for a database."""
    given = ["clean", "sqlite:///shop.db", "--table", "customers", "-o", "x.csv"]
    for flag in (["--delimiter", ";"], ["--no-header"], ["--member", "a"]):
        answer = dataprep(*given, *flag)
        assert (answer.code, "is of files" in answer.err) == (2, True)


def test_a_name_in_quotes_is_shown_in_quotes(tmp_path, dataprep):
    """A table is told as it is written, and a suite is called after all of its name."""
    import json

    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript('create table "a.b c" (i); insert into "a.b c" values (1), (2);')
    connection.close()
    given = ["sqlite:///shop.db", "--table", '"a.b c"']
    assert 'table "a.b c":' in dataprep("clean", *given, "-o", "x.csv").out
    assert dataprep("suggest-expectations", *given, "-o", "suite.json").code == 0
    assert json.loads((tmp_path / "suite.json").read_text())["name"] == "a.b c"


def test_a_server_that_stops_in_mid_read(own_server, tmp_path, monkeypatch):
    """A connection that breaks is an error, never the first rows as if they were all."""
    from dataprep.databases import postgresql

    own_server.sql(
        "create table t as select i, md5(i::text) as n from generate_series(1, 2000000) i"
    )
    given = postgresql.Reader.batches

    def stopping(self, stream, schema):
        for i, batch in enumerate(given(self, stream, schema)):
            if i == 0:
                own_server.stop()
            yield batch

    monkeypatch.setattr(postgresql.Reader, "batches", stopping)
    with pytest.raises(ReadError, match=r"broke off|no server answers") as caught:
        dp.read(own_server.uri(), table="t")
    assert caught.value.exit_code == 3
