"""A suggested suite holds on the data that it came from, in whatever library they are."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.engines.frames import open_frame
from dataprep.expectations.gx import loaded
from dataprep.expectations.patterns import common
from dataprep.expectations.suggest import suggest

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "tables"


def of(suite, column, kind):
    """Return the arguments of the expectations of a type about a column."""
    return [
        {n: v for n, v in one["kwargs"].items() if n != "column"}
        for one in suite["expectations"]
        if one["type"] == f"expect_{kind}" and one["kwargs"].get("column") == column
    ]


@pytest.mark.parametrize("name", ["churn.csv", "churn_clean.csv"])
def test_a_suite_holds_on_the_file_that_it_came_from(name):
    """All that is suggested for the sample table is met by it."""
    path = ROOT / "sample_data" / name
    suite = dp.suggest_expectations(path)
    assert suite["name"] == name.removesuffix(".csv")
    assert len(suite["expectations"]) > 40
    verdict = dp.validate(path, suite)
    assert [str(one) for one in verdict.results if not one.success] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult-train", "horse-colic", "mammography", "german"])
def test_a_suite_holds_on_real_data(name):
    """The same holds for tables without a header, of many gaps, and of codes."""
    path = REAL / f"{name}.csv"
    if not path.exists():
        pytest.skip("the real tables lie beside the project, and are not here")
    verdict = dp.validate(path, dp.suggest_expectations(path))
    assert [str(one) for one in verdict.results if not one.success] == []


def test_gx_reads_and_meets_what_is_suggested():
    """Great Expectations itself reads the suite, and says the same of a pandas frame."""
    gx = loaded()

    frame = people()
    suite = dp.suggest_expectations(frame)
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
    batch = asset.add_batch_definition_whole_dataframe("w").get_batch({"dataframe": frame})
    found = batch.validate(gx.ExpectationSuite(**suite))
    assert found.success


def people(rows=120):
    """A table of each kind of column."""
    i = np.arange(rows)
    return pd.DataFrame(
        {
            "customer_id": [f"C-{n:06}" for n in i],
            "age": 17 + i % 60,
            "plan": [["basic", "plus", None][n % 3] for n in i],
            "share": (i % 100) / 100,
            "balance": (i - 60) * 12.5,
            "active": i % 2 == 0,
            "born": pd.Timestamp("1980-01-01") + pd.to_timedelta(i, unit="D"),
            "mail": [f"a{n}@example.net" for n in i],
            "empty": [None] * rows,
        }
    )


def test_each_kind_of_column_gets_what_fits():
    """Ranges go on where values may, sets are for few levels, names are unique."""
    suite = suggest(open_frame(people()).table)
    assert of(suite, "age", "column_values_to_be_between") == [{"min_value": 11, "max_value": 82}]
    assert of(suite, "share", "column_values_to_be_between") == [{"min_value": 0, "max_value": 1}]
    assert of(suite, "balance", "column_values_to_be_between")[0]["min_value"] < -750
    assert of(suite, "plan", "column_values_to_be_in_set") == [{"value_set": ["basic", "plus"]}]
    assert of(suite, "plan", "column_values_to_not_be_null") == [{"mostly": 0.48}]
    assert of(suite, "age", "column_values_to_not_be_null") == [{}]
    assert of(suite, "customer_id", "column_values_to_match_regex") == [{"regex": "^C-[0-9]{6}$"}]
    assert of(suite, "customer_id", "column_values_to_be_unique") == [{}]
    assert of(suite, "age", "column_values_to_be_unique") == []
    born = of(suite, "born", "column_values_to_be_between")
    assert list(born[0]) == ["min_value"]
    assert born[0]["min_value"].startswith("1979-12")
    assert of(suite, "empty", "column_values_to_be_null") == [{}]
    assert suite["expectations"][0]["kwargs"] == {"min_value": 12, "max_value": 1200}
    assert {one["severity"] for one in suite["expectations"]} == {"critical", "warning", "info"}


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_a_suite_from_one_library_holds_in_the_others(library):
    """Types are named as each library names them."""
    frames = {
        "pandas": people(),
        "polars": pl.from_pandas(people()),
        "arrow": pl.from_pandas(people()).to_arrow(),
    }
    suite = dp.suggest_expectations(frames[library])
    for frame in frames.values():
        verdict = dp.validate(frame, suite)
        assert [str(one) for one in verdict.results if not one.success] == []


def checked(frame):
    """Return the suite of a frame, or of a file, after it held on it."""
    suite = dp.suggest_expectations(frame)
    verdict = dp.validate(frame, suite)
    assert [str(one) for one in verdict.results if not one.success] == []
    return suite


WIDTHS = ["int8", "int16", "uint8", "uint16", "uint32", "uint64", "float32"]


@pytest.mark.parametrize("library", ["pandas", "polars", "parquet", "arrow in pandas"])
def test_types_of_every_width_are_named(library, tmp_path):
    """Short and unsigned numbers and times with a zone meet what is suggested for them."""
    given = {name: pa.array([1, 2, 3] * 4, name) for name in WIDTHS}
    given |= {f"{name}_gaps": pa.array([1, 2, None] * 4, name) for name in WIDTHS}
    moments = [dt.datetime(2024, 1, 1 + i) for i in range(12)]
    for unit in ("s", "ns"):
        given[unit] = pa.array(moments, pa.timestamp(unit))
        given[f"{unit}_zone"] = pa.array(moments, pa.timestamp(unit, "Europe/Berlin"))
    given["amount"] = pa.array([Decimal(i) / 4 for i in range(12)], pa.decimal128(10, 2))
    given["word"] = pa.array(["x", None, "y"] * 4)
    table = pa.table(given)
    if library == "parquet":
        pq.write_table(table, tmp_path / "in.parquet")
        suite = checked(tmp_path / "in.parquet")
    elif library == "polars":
        suite = checked(pl.from_arrow(table))
    elif library == "pandas":
        suite = checked(table.to_pandas())
    else:
        suite = checked(table.to_pandas(types_mapper=pd.ArrowDtype))
    named = {name for name in WIDTHS if of(suite, name, "column_values_to_be_in_type_list")}
    # Great Expectations has no names for Arrow's types in pandas.
    assert named == (set() if library == "arrow in pandas" else set(WIDTHS))


def test_gaps_of_pandas_own_types_are_gaps():
    """Nullable numbers, flags and texts of pandas meet what is suggested for them."""
    frame = pd.DataFrame(
        {
            "small": pd.array([1, 2, None], "Int8"),
            "flag": pd.array([True, None, False], "boolean"),
            "word": pd.array(["x", None, "y"], "string"),
        }
    )
    assert of(checked(frame), "small", "column_values_to_be_in_type_list")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_no_range_goes_past_the_calendar_or_the_largest_number(library):
    """The first and the last day there is, the largest numbers and the smallest."""
    days = [dt.date(1, 1, 1), dt.date(9999, 12, 31), None]
    many = range(27)
    columns = {
        "day": days * 10,
        "moment": pl.Series(days * 10).cast(pl.Datetime("us")),
        "large": [1.7e308, -1.7e308, 0.0, *map(float, many)],
        "small": [5e-324 * i for i in range(30)],
    }
    frame = pl.DataFrame(columns)
    suite = checked(frame.to_pandas() if library == "pandas" else frame)
    for name in ("day", "moment"):
        (bounds,) = of(suite, name, "column_values_to_be_between")
        assert bounds["min_value"].startswith("0001-01-01")
    assert of(suite, "large", "column_values_to_be_between") == []
    assert of(suite, "small", "column_values_to_be_between")[0]["min_value"] == 0


def test_infinity_is_in_no_set_and_told_by_name():
    """JSON has no sign for it: it is suggested nowhere, and a verdict shows it as a word."""
    frame = pd.DataFrame({"a": [np.inf, 1.0, -np.inf] * 3})
    assert of(checked(frame), "a", "column_values_to_be_in_set") == []
    one = {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": [1]}}
    verdict = dp.validate(frame, {"name": "s", "expectations": [one]})
    assert verdict.results[0].examples[:2] == ("inf", "-inf")


def test_a_column_without_a_name_is_passed_over():
    """Great Expectations takes none: what is suggested can be asked."""
    suite = checked(pd.DataFrame({"": [1, 2], "b": [1, 2]}))
    assert {one["kwargs"].get("column") for one in suite["expectations"]} == {None, "b"}


CELLS = {
    "whole": st.integers(-(2**62), 2**62),
    "broken": st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([5e-324, 1.7e308]),
    "word": st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6),
    "day": st.dates(),
    "flag": st.booleans(),
}


@tries(15)
@given(st.data())
def test_a_suite_holds_whatever_the_data(data):
    """Gaps, infinities, constants, long numbers, odd signs, no rows: what is suggested is met."""
    rows = data.draw(st.integers(0, 8))
    columns = {
        name: data.draw(st.lists(st.none() | cell, min_size=rows, max_size=rows))
        for name, cell in CELLS.items()
    }
    types = {"whole": pl.Int64, "broken": pl.Float64, "word": pl.String, "day": pl.Date,
             "flag": pl.Boolean}  # fmt: skip
    frame = pl.DataFrame(columns, schema=types)
    verdict = dp.validate(frame, dp.suggest_expectations(frame))
    assert [str(one) for one in verdict.results if not one.success] == []


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["1.5", "22.5"], r"^[0-9]{1,2}\.[0-9]$"),
        (["abc", "abd"], "^[a-z]{3}$"),
        (["x", "x"], None),
        (["a b", "ab"], None),
        (["ä1", "ä2"], "^ä[0-9]$"),
        (["(1)", "(23)"], r"^\([0-9]{1,2}\)$"),
    ],
)
def test_a_pattern_is_what_texts_have_in_common(texts, pattern):
    """Runs of digits and letters are counted, other signs are themselves."""
    assert common(texts) == pattern
