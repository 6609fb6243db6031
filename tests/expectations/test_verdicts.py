"""Expectations give the same verdict in every library, on what columns hold, or on their texts."""

import datetime as dt
import os
import subprocess
import sys
from dataclasses import replace

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError, ExpectationError
from dataprep.expectations.gx import loaded
from dataprep.expectations.in_pandas import in_pandas
from dataprep.expectations.running import rows_failing, validate
from dataprep.expectations.suites import suite_from
from dataprep.kinds import kind_of_dtype
from dataprep.table import ROW, Table

ROWS = 200
MAKE = f"""
select i as id,
  case when i % 50 = 0 then null else (i * 7919) % 90 end::bigint as age,
  (i * 31 % 1000) / 10.0::double as charge,
  ['a', 'b', 'c'][1 + i % 3] as plan,
  date '2020-01-01' + (i % 100)::int as day,
  timestamp '2020-01-01 12:00:00' + interval (i % 100) day as moment,
  i % 2 = 0 as flag,
  'x' || i || '@example.net' as email,
  lpad((i % 999)::varchar, 5, '0') as zip,
  (i + 1)::varchar as number,
  null::double as nothing,
  ['Zoë', 'José', 'a b', 'ab' || chr(10)][1 + i % 4] as name
from range({ROWS}) r(i)
"""
NAMES = ["id", "age", "charge", "plan", "day", "moment", "flag", "email", "zip", "number",
         "nothing", "name"]  # fmt: skip
QUANTILES = {"quantiles": [0.1, 0.5], "value_ranges": [[0, 50], [1, 90]]}
WEIGHTS = {"values": ["a", "b", "c"], "weights": [0.3, 0.3, 0.4]}

# Each with whether it is met, and by how many rows it is not.
EXPECTED = [
    ("column_values_to_be_between", {"column": "age", "max_value": 80}, False, 27),
    ("column_values_to_be_between", {"column": "day", "min_value": "2020-01-03"}, False, 4),
    ("column_values_to_be_between", {"column": "moment", "min_value": "2020-01-03"}, False, 4),
    ("column_values_to_not_be_null", {"column": "age", "mostly": 0.9}, True, 4),
    ("column_values_to_not_be_null", {"column": "age"}, False, 4),
    ("column_values_to_be_null", {"column": "age"}, False, 196),
    ("column_values_to_be_unique", {"column": "id"}, True, 0),
    ("column_values_to_be_unique", {"column": "age"}, False, 194),
    ("column_values_to_be_in_set", {"column": "plan", "value_set": ["a", "b"]}, False, 66),
    ("column_values_to_be_in_set", {"column": "day", "value_set": ["2020-01-01"]}, False, 198),
    ("column_values_to_be_in_set", {"column": "flag", "value_set": [True]}, False, 100),
    ("column_values_to_not_be_in_set", {"column": "plan", "value_set": ["z"]}, True, 0),
    ("column_values_to_match_regex", {"column": "email", "regex": "@example"}, True, 0),
    ("column_values_to_match_regex", {"column": "age", "regex": "^[0-9]$"}, False, 176),
    ("column_values_to_match_regex", {"column": "zip", "regex": "^(?!000)"}, False, 100),
    ("column_values_to_not_match_regex", {"column": "email", "regex": "7@"}, False, 20),
    ("column_values_to_match_regex_list", {"column": "zip", "regex_list": ["1$"]}, False, 180),
    ("column_values_to_match_like_pattern", {"column": "email", "like_pattern": "x1%"}, False, 89),
    ("column_value_lengths_to_equal", {"column": "zip", "value": 5}, True, 0),
    ("column_value_lengths_to_be_between", {"column": "id", "max_value": 2}, False, 100),
    ("column_values_to_match_strftime_format", {"column": "day", "strftime_format": "%Y-%m-%d"},
     True, 0),
    ("column_values_to_be_increasing", {"column": "id"}, True, 0),
    ("column_value_z_scores_to_be_less_than", {"column": "charge", "threshold": 3,
                                               "double_sided": True}, True, 0),
    ("column_values_to_not_be_outliers", {"column": "charge", "method": "iqr",
                                          "multiplier": 0.1}, False, 82),
    ("column_pair_values_to_be_equal", {"column_A": "id", "column_B": "age"}, False, 199),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "id", "column_B": "age",
                                                   "or_equal": True}, False, 44),
    ("compound_columns_to_be_unique", {"column_list": ["plan", "flag"]}, False, 200),
    ("compound_columns_to_be_unique", {"column_list": ["plan", "age"]}, False, 196),
    ("multicolumn_sum_to_equal", {"column_list": ["id", "age"], "sum_total": 0}, False, 196),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["id", "age"]}, False, 1),
    # An argument of another type: the value that it writes, or a text.
    ("column_values_to_be_in_set", {"column": "zip", "value_set": [1, 2]}, False, 200),
    ("column_values_to_not_be_in_set", {"column": "zip", "value_set": [7]}, True, 0),
    ("column_values_to_be_in_set", {"column": "age", "value_set": ["1", "2"]}, False, 192),
    ("column_values_to_be_in_set", {"column": "age", "value_set": ["1", "02"]}, False, 194),
    ("column_values_to_be_in_set", {"column": "flag", "value_set": ["true"]}, False, 100),
    ("column_values_to_be_in_set", {"column": "day", "value_set": ["2020-01-01T01:00"]}, False,
     200),
    ("column_distinct_values_to_equal_set", {"column": "flag", "value_set": ["true", False]},
     True, None),
    ("column_values_to_be_between", {"column": "id", "max_value": "198"}, False, 1),
    ("column_values_to_be_between", {"column": "flag", "min_value": 1}, False, 100),
    ("column_values_to_be_between", {"column": "moment", "min_value": "2020-01-01T13:00:00Z"},
     False, 2),
    ("column_values_to_be_between", {"column": "day", "min_value": "2020-01-01T23:00:00"},
     False, 2),
    ("column_max_to_be_between", {"column": "day", "max_value": "2020-04-09T00:00:01"},
     True, None),
    # Texts that are numbers, and a column without a value.
    ("column_values_to_be_between", {"column": "number", "max_value": 199}, False, 1),
    ("column_mean_to_be_between", {"column": "number", "max_value": 101}, True, None),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "number", "column_B": "id"},
     True, 0),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["plan", "id"]}, True, 0),
    ("column_values_to_be_between", {"column": "nothing", "min_value": 0}, True, 0),
    ("column_values_to_be_between", {"column": "nothing", "min_value": "2020-01-01"}, True, 0),
    ("column_sum_to_be_between", {"column": "nothing", "min_value": 0}, False, None),
    ("column_mean_to_be_between", {"column": "nothing", "min_value": 0}, False, None),
    # Patterns mean what they mean to Python.
    ("column_values_to_match_regex", {"column": "name", "regex": r"^\w+$"}, False, 50),
    ("column_values_to_not_match_regex", {"column": "name", "regex": r"^\w+$"}, False, 150),
    ("column_values_to_match_regex", {"column": "name", "regex": r"\bab$"}, False, 150),
    ("column_values_to_match_regex_list", {"column": "name", "regex_list": ["^ab$", r"\s"]},
     False, 100),
    ("column_to_exist", {"column": "age"}, True, None),
    ("column_to_exist", {"column": "gae"}, False, None),
    ("column_mean_to_be_between", {"column": "charge", "min_value": 0}, True, None),
    ("column_quantile_values_to_be_between", {"column": "charge", "quantile_ranges": QUANTILES},
     True, None),
    ("column_max_to_be_between", {"column": "day", "max_value": "2020-02-01"}, False, None),
    ("column_distinct_values_to_equal_set", {"column": "plan", "value_set": ["a", "b", "c"]},
     True, None),
    ("column_kl_divergence_to_be_less_than", {"column": "plan", "partition_object": WEIGHTS,
                                              "threshold": 0.1}, True, None),
    ("table_row_count_to_equal", {"value": ROWS}, True, None),
    ("table_columns_to_match_ordered_list", {"column_list": NAMES}, True, None),
]  # fmt: skip


@pytest.fixture
def suite():
    """Make a suite of expectations: ``suite(("column_to_exist", {"column": "a"}))``."""

    def made(*listed, **keys):
        expectations = [
            {"type": f"expect_{kind}", "kwargs": kwargs, **(more[0] if more else {})}
            for kind, kwargs, *more in listed
        ]
        return suite_from({"name": "s", "expectations": expectations, **keys})

    return made


@pytest.fixture(scope="module")
def tables():
    """The same table in DuckDB, pandas, Polars and Arrow."""
    engine = DuckDB()
    frame = engine.adopt(f"({MAKE})")
    schema = frame.collect_schema()
    kinds = {name: kind_of_dtype(dtype) for name, dtype in schema.items() if name != ROW}
    arrow = duckdb.sql(MAKE).to_arrow_table()
    yield {
        "duckdb": Table(frame, kinds, engine),
        "pandas": open_frame(in_pandas(arrow)).table,
        "polars": open_frame(pl.from_arrow(arrow)).table,
        "arrow": open_frame(arrow).table,
    }
    engine.close()


def collected(frame):
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


@pytest.mark.parametrize("library", ["duckdb", "pandas", "polars", "arrow"])
def test_a_suite_has_one_verdict_in_every_library(library, tables, suite):
    """Numbers, days, texts, patterns that SQL has not and pairs with gaps: the counts agree."""
    asked = suite(*[one[:2] for one in EXPECTED])
    verdict = validate(tables[library], asked)
    found = [(one.type, one.success, one.unexpected_count) for one in verdict.results]
    assert found == [(f"expect_{kind}", met, rows) for kind, _, met, rows in EXPECTED]


QUARANTINE = {"on_failure": "quarantine"}


@pytest.mark.parametrize("library", ["duckdb", "pandas", "polars", "arrow"])
def test_all_rows_that_are_counted_are_found(library, tables, suite):
    """Each expectation about rows names as many rows as it counted, past GX's twenty."""
    table = tables[library]
    failing = [one for one in EXPECTED if one[3] and not one[2]]
    verdict = validate(table, suite(*[one[:2] for one in failing], meta=QUARANTINE))
    for i, one in enumerate(failing):
        alone = suite(one[:2], meta=QUARANTINE)
        found = collected(rows_failing(table, alone, type(verdict)("s", (verdict.results[i],))))
        assert len(set(found[ROW].to_list())) == len(found) == one[3], one
        assert set(found["reason"].to_list()) == {
            f"expect_{one[0]}({', '.join(alone.expected[0].columns)})"
        }


@pytest.mark.parametrize("library", ["duckdb", "pandas"])
def test_a_row_is_set_aside_once_with_the_first_reason(library, tables, suite):
    """A row that fails two expectations is one row; one that is met mostly sets none aside."""
    asked = suite(
        ("column_values_to_be_between", {"column": "id", "max_value": 197}),
        ("column_values_to_be_between", {"column": "id", "min_value": 1, "max_value": 198}),
        ("column_values_to_not_be_null", {"column": "age", "mostly": 0.5}),
        ("table_row_count_to_equal", {"value": 3}),
        meta=QUARANTINE,
    )
    verdict = validate(tables[library], asked)
    assert [one.quarantine for one in verdict.results] == [True, True, True, False]
    found = collected(rows_failing(tables[library], asked, verdict))
    assert found[ROW].to_list() == [0, 198, 199]
    assert [one.type for one in verdict.failed("critical", quarantined=False)] == [
        "expect_table_row_count_to_equal"
    ]
    assert len(verdict.failed("critical")) == 3


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rows_are_set_aside_by_their_numbers_after_others_left(library, suite):
    """A row that left before moves no reason to its neighbour."""
    frame = pd.DataFrame({"a": [1, 1, 9, 3, 1, 7, 1]})
    table = open_frame(pl.from_pandas(frame) if library == "polars" else frame).table
    left = table.engine.listed({ROW: np.array([0])})
    table = replace(table, frame=table.engine.without(table.frame, left))
    asked = suite(("column_values_to_be_between", {"column": "a", "max_value": 2}), meta=QUARANTINE)
    assert rows_failing(table, asked)[ROW].to_list() == [2, 3, 5]


def test_no_rows_are_set_aside_where_none_is_to_be(tables, suite):
    """Without on_failure, or with all of it met, there is no frame."""
    asked = suite(("column_values_to_be_between", {"column": "id", "max_value": 3}))
    assert rows_failing(tables["pandas"], asked) is None


@pytest.mark.parametrize("library", ["duckdb", "pandas"])
def test_what_could_not_be_asked_is_never_a_pass(library, tables, suite):
    """A column that is not there, and an exception inside GX, are errors that name themselves."""
    table = tables[library]
    with pytest.raises(ExpectationError, match=r"no column 'agee'\. Did you mean 'age'"):
        validate(table, suite(("column_values_to_be_unique", {"column": "agee"})))
    broken = suite(
        ("column_values_to_not_be_null", {"column": "id"}),
        ("column_mean_to_be_between", {"column": "day", "min_value": 0}),
    )
    with pytest.raises(ExpectationError, match=r"expectations\[1\]: expect_column_mean") as told:
        validate(table, broken)
    assert "could not be asked" in str(told.value)
    assert "\n" not in str(told.value)
    assert told.value.exit_code == 3
    first, second = told.value.verdict.results
    assert (first.success, first.error) == (True, None)
    assert not second.success
    assert "could not be asked" in str(second)


def test_an_exception_inside_gx_is_an_error_whatever_the_severity(tables, suite, monkeypatch):
    """An expectation of severity info that raises is not passed over."""
    gxe = loaded().expectations

    def raises(*_, **__):
        raise RuntimeError("inside of it")

    monkeypatch.setattr(gxe.ExpectColumnValuesToBeUnique, "_validate", raises)
    asked = suite(("column_values_to_be_unique", {"column": "id"}, {"severity": "info"}))
    with pytest.raises(ExpectationError, match="inside of it"):
        validate(tables["pandas"], asked)


def test_a_regex_that_is_none_is_told(tables, suite):
    """What neither DuckDB nor Python reads as a pattern could not be asked."""
    asked = suite(("column_values_to_match_regex", {"column": "email", "regex": "("}))
    with pytest.raises((ConfigError, ExpectationError), match="regular expression"):
        validate(tables["duckdb"], asked)


def test_severities_decide_what_fails(tables, suite):
    """Critical fails, a warning is reported, info is noted."""
    never = ("column_values_to_be_between", {"column": "id", "max_value": -1})
    asked = suite(*[(*never, {"severity": s}) for s in ("critical", "warning", "info")])
    verdict = validate(tables["pandas"], asked, place="before")
    assert not verdict.success
    assert [len(verdict.failed(s)) for s in ("critical", "warning", "info")] == [1, 2, 3]
    told = verdict.as_dict()
    assert (told["at"], told["critical"], told["warning"], told["info"]) == ("before", 1, 1, 1)
    assert told["results"][0]["examples"] == list(range(20))
    assert told["results"][0]["unexpected_share"] == 1.0


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_table_with_no_row_or_one_has_a_verdict(library, rows, suite):
    """Expectations about rows are met where there are none."""
    frame = pd.DataFrame({"a": pd.Series([1.0] * rows), "b": pd.Series(["x"] * rows, dtype=str)})
    given = pl.from_pandas(frame) if library == "polars" else frame
    asked = suite(
        ("column_values_to_be_between", {"column": "a", "max_value": 3}),
        ("column_values_to_match_regex", {"column": "b", "regex": "x"}),
        ("column_values_to_be_unique", {"column": "a"}),
        ("table_row_count_to_equal", {"value": rows}),
    )
    assert validate(open_frame(given).table, asked).success


def test_a_file_has_the_verdict_of_a_frame(tmp_path, suite):
    """Kinds that are found anew in each file, of numbers without gaps say, turn no verdict."""
    frame = pd.DataFrame({"qty": range(1, 31), "price": [None] * 30, "share": [0.5] * 30})
    asked = suite(
        ("column_values_to_be_between", {"column": "qty", "max_value": 29}),
        ("column_values_to_be_in_set", {"column": "qty", "value_set": [*range(1, 30)]}),
        ("column_mean_to_be_between", {"column": "qty", "max_value": 16}),
        ("column_pair_values_a_to_be_greater_than_b", {"column_A": "qty", "column_B": "share"}),
        ("column_values_to_be_between", {"column": "price", "max_value": 29}),
        ("column_mean_to_be_between", {"column": "price", "max_value": 29}),
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    file = dp.read(tmp_path / "a.csv")
    assert (file.kinds["qty"], file.kinds["price"]) == ("identifier", "text")
    for table in (file, open_frame(frame).table):
        found = [(one.success, one.unexpected_count) for one in validate(table, asked).results]
        assert found == [(False, 1), (False, 1), (True, None), (True, 0), (True, 0), (False, None)]


@pytest.mark.parametrize("library", ["duckdb", "pandas"])
def test_what_cannot_be_compared_is_refused_with_its_kind(library, tables, suite):
    """A number for a bound of texts, and the mean of texts, name the kind and the way out."""
    bound = ("column_values_to_be_between", {"column": "zip", "min_value": 5})
    for asked in (bound, ("column_mean_to_be_between", {"column": "email", "min_value": 0})):
        with pytest.raises(ExpectationError, match=r"in row 0 is no plain number.*--type"):
            validate(tables[library], suite(asked))


@pytest.mark.parametrize("kind", ["column_values_to_not_be_null", "column_values_to_be_unique"])
def test_names_that_differ_in_case_alone_are_not_mistaken(kind, suite):
    """Great Expectations would look at the other column: it could not be asked."""
    table = open_frame(pd.DataFrame({"Id": [1, 2], "ID": [None, 5], "b": [1, 1]})).table
    with pytest.raises(ExpectationError, match="'ID' and 'Id' are one"):
        validate(table, suite((kind, {"column": "ID"})))
    assert validate(table, suite(("column_values_to_not_be_null", {"column": "b"}))).success


@pytest.mark.parametrize("library", ["duckdb", "pandas", "polars"])
def test_a_condition_of_pandas_is_asked_of_pandas(library, tables, suite):
    """Where the table lies in SQL, the column and those of the condition are brought there."""
    some = {"row_condition": "id>197", "condition_parser": "pandas"}
    asked = suite(("column_values_to_be_between", {"column": "age", "max_value": 3, **some}))
    (outcome,) = validate(tables[library], asked).results
    assert outcome.unexpected_count == 2


def test_only_the_columns_of_a_question_leave_their_library(suite):
    """A column that Arrow has no type for does not matter to others; a condition's goes along."""
    table = open_frame(pd.DataFrame({"a": [1, 2], "b": [1, 3], "m": [1, "x"]})).table
    pair = {"column_A": "a", "column_B": "b"}
    asked = suite(("column_pair_values_to_be_equal", pair), meta=QUARANTINE)
    assert rows_failing(table, asked)[ROW].to_list() == [1]
    some = {"row_condition": 'col("a")==1', "condition_parser": "great_expectations"}
    asked = suite(("column_sum_to_be_between", {"column": "b", "max_value": 1, **some}))
    assert validate(table, asked).success


def test_awkward_column_names_are_columns(suite):
    """Blanks, quotes, signs and words of SQL, and capitals in names do not matter."""
    names = ["a b", 'q"q', "100%", "x:y", "Select", "ä", "by", "at", "unpack"]
    table = open_frame(pd.DataFrame({name: [1, 2, 3] for name in names})).table
    engine = DuckDB()
    engine.connection.register("given", table.frame.select(*names).to_arrow())
    frame = engine.adopt("given")
    there = Table(frame, dict(table.kinds), engine)
    asked = suite(
        *[("column_values_to_be_between", {"column": n, "max_value": 2}) for n in names],
        meta=QUARANTINE,
    )
    for one in (table, there):
        verdict = validate(one, asked)
        assert [o.unexpected_count for o in verdict.results] == [1] * len(names)
        assert collected(rows_failing(one, asked, verdict))[ROW].to_list() == [2]
    engine.close()


def test_conditions_choose_the_rows_that_are_looked_at(tables, suite):
    """A row_condition of GX counts, and sets aside, rows within it alone."""
    kwargs = {
        "column": "age",
        "max_value": 80,
        "row_condition": 'col("plan")=="a"',
        "condition_parser": "great_expectations",
    }
    asked = suite(("column_values_to_be_between", kwargs), meta=QUARANTINE)
    found = {}
    for library, table in tables.items():
        verdict = validate(table, asked)
        rows = collected(rows_failing(table, asked, verdict))[ROW].to_list()
        found[library] = (verdict.results[0].unexpected_count, tuple(rows))
    assert len(set(found.values())) == 1
    count, rows = found["duckdb"]
    assert 0 < count == len(rows) < 27


def test_a_caller_s_frame_is_not_changed(suite):
    """Texts that are cast for a pattern are cast in a copy."""
    frame = pd.DataFrame({"a": [1, 22], "day": [dt.date(2024, 1, 31)] * 2})
    before = frame.copy()
    one = ("column_value_lengths_to_equal", {"column": "a", "value": 1})
    assert not validate(open_frame(frame).table, suite(one)).success
    pd.testing.assert_frame_equal(frame, before)


QUIET = """
import socket, sys, warnings
def refused(*a, **k): raise AssertionError("network")
socket.socket.connect = refused
shown = warnings.showwarning
import pandas as pd
import dataprep as dp
assert "great_expectations" not in sys.modules
one = {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "a", "regex": "x"}}
suite = {"name": "s", "expectations": [one]}
verdict = dp.validate(pd.DataFrame({"a": ["x", "y"]}), suite)
assert verdict.results[0].unexpected_count == 1
assert warnings.showwarning is shown
"""


@pytest.mark.slow
@pytest.mark.parametrize("by", ["file", "words"])
def test_gx_says_nothing_sends_nothing_and_writes_nothing(by, tmp_path):
    """No bar, no log line, no file, no connection; also in an interpreter that runs no file."""
    (tmp_path / "work").mkdir()
    if by == "file":
        (tmp_path / "script.py").write_text(QUIET)
    words = ["../script.py"] if by == "file" else ["-c", QUIET]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path / "work",
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path / "work")},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in (tmp_path / "work").rglob("*")] == []
