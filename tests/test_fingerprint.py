"""Fingerprints: exact on few rows, near on many, no data in them, and honest where they cannot."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep.engines.frames import open_frame
from dataprep.fingerprint import KEPT, fingerprint_of, overlap
from dataprep.parts import others, training
from dataprep.testing import given_as


def table_of(frame):
    return open_frame(frame).table


def numbered(start, stop):
    return table_of(pd.DataFrame({"x": np.arange(start, stop), "y": 0}))


def test_few_rows_are_counted_exactly():
    """Every row that comes again is counted, also twice, and no other."""
    fitted = fingerprint_of(numbered(0, 1000), ["x"])
    assert json.loads(json.dumps(fitted)) == fitted
    found = overlap(fitted, numbered(990, 1500))
    assert (found.rows, found.of, found.exact, found.limit) == (10, 510, True, 1)
    assert str(found) == "10 of 510 rows were among those of the fit"
    twice = table_of(pd.DataFrame({"x": [5, 5, 2000]}))
    assert overlap(fitted, twice).rows == 2
    assert str(overlap(fitted, numbered(1000, 1100))).startswith("none of 100 rows")


def test_many_rows_are_estimated_and_the_limit_is_said():
    """A sample by contents tells the overlap within a few percent."""
    fitted = fingerprint_of(numbered(0, 200_000), ["x"])
    assert len(json.dumps(fitted)) < 170_000
    assert fitted["distinct"] == pytest.approx(200_000, rel=0.03)
    found = overlap(fitted, numbered(150_000, 250_000))
    assert found.rows == pytest.approx(50_000, rel=0.1)
    assert not found.exact
    assert found.limit == pytest.approx(3 * 200_000 / KEPT, rel=0.05)
    assert overlap(fitted, numbered(200_000, 300_000)).rows == 0


def test_it_holds_no_data_and_other_tables_have_other_salts():
    """The same row in two tables has two hashes."""
    here, there = (fingerprint_of(numbered(0, n), ["x"]) for n in (10, 11))
    assert here["salt"] != there["salt"]
    assert not {here["hashes"][i : i + 8] for i in range(0, 80, 8)} & {
        there["hashes"][i : i + 8] for i in range(0, 88, 8)
    }


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
def test_the_same_fingerprint_on_every_engine_in_any_order(engine, tmp_path):
    """Where rows live, and in which order, is no part of it."""
    moment = dt.datetime(2024, 5, 6, 7, 8)
    arrow = pa.table(
        {
            "n": pa.array([1, None, 3, 4], pa.int64()),
            "x": [0.5, None, -0.25, 1e300],
            "s": ["a b", None, "ö", "NA sign"],
            "b": [True, None, False, True],
            "d": [dt.date(2024, 1, 1), None, dt.date(1960, 5, 5), dt.date(2000, 1, 1)],
            "t": pa.array([moment, None, moment, moment], pa.timestamp("us")),
        }
    )
    names = ["n", "x", "s", "d", "t", "b"]
    expected = fingerprint_of(table_of(arrow), names)
    given = given_as(arrow.take([2, 0, 3, 1]), engine, 2, tmp_path)
    table = dp.read(given) if engine == "duckdb" else table_of(given)
    assert table.kinds["t"] == "timestamp"
    assert fingerprint_of(table, names[::-1]) == expected
    assert overlap(expected, table).rows == 4


def test_rows_that_are_held_out_are_not_in_it():
    """Of a table that was split, only the training rows are known again."""
    frame = pd.DataFrame({"x": np.arange(500), "y": np.arange(500) % 2})
    pipe = dp.Pipeline([dp.Split(test=0.2)], target="y")
    opened = open_frame(frame, roles={"target": "y"})
    after, _ = pipe.fit_table(opened.table)
    fitted = fingerprint_of(opened.table, ["x"], training(after).frame)
    assert fitted["rows"] == 400
    assert overlap(fitted, opened.table).rows == 400
    held_out = replace(opened.table, frame=others(after).frame)
    assert overlap(fitted, held_out).rows == 0


def test_rows_that_repeat_one_another_are_no_sure_sign():
    """Where few contents are possible, equal rows may be others: it is said."""
    flags = table_of(pd.DataFrame({"a": [0, 1] * 50}))
    found = overlap(fingerprint_of(flags, ["a"]), flags)
    assert found.repeats
    assert str(found).endswith("or have the same values")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"check": "1"}, "another version of DuckDB"),
        ({"check": ""}, "no fingerprint was taken"),
        ({"version": 2}, "another version of dataprep"),
        ({"columns": ["x", "z"]}, "there is no column 'z'"),
    ],
)
def test_what_cannot_be_told_is_said(changes, told):
    """Nothing is guessed where hashes cannot be compared."""
    fitted = {**fingerprint_of(numbered(0, 10), ["x"]), **changes}
    found = overlap(fitted, numbered(0, 10))
    assert told in str(found)
    assert found.rows == 0
    assert not found.exact


def test_no_rows_and_no_columns():
    """Empty tables are no special case, and without features there is nothing to know again."""
    empty = fingerprint_of(numbered(0, 0), ["x"])
    assert overlap(empty, numbered(0, 10)).rows == 0
    assert overlap(fingerprint_of(numbered(0, 9), ["x"]), numbered(0, 0)).rows == 0
    assert "no fingerprint" in str(overlap(fingerprint_of(numbered(0, 9), []), numbered(0, 9)))


def test_many_rows_of_few_contents_are_kept_whole():
    """A hundred thousand rows of a hundred contents are known exactly."""
    frame = pd.DataFrame({"x": np.arange(100_000) % 100})
    fitted = fingerprint_of(table_of(frame), ["x"])
    assert fitted["distinct"] == 100
    assert overlap(fitted, numbered(90, 120)).rows == 10
