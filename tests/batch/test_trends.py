"""Trends: what jumps, what is chance, and what of a job's history counts."""

import json
import math
import random
import sqlite3
from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest

from dataprep import secrets
from dataprep.engines.frames import open_frame
from dataprep.jobs.batch.history import History
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.profile import LONGEST, MOST_CATEGORIES, MOST_LEVELS, profiled, together
from dataprep.jobs.batch.running import run_job
from dataprep.jobs.batch.trends import jumps, measured
from dataprep.watchkeys import TrendKeys


def run_of(rows=10_000, **measures):
    """Return the measures of a run: ``run_of(rejected=0.01)``."""
    return {
        "rows": {"": rows},
        **{name: one if isinstance(one, dict) else {"": one} for name, one in measures.items()},
    }


def found(keys, now, before):
    return [(jump.measure, jump.about) for jump in jumps(keys, now, before)]


def test_a_history_without_spread_does_not_make_an_alarm_of_little():
    """With a MAD of zero, 0.1 % after 0.3 % is nothing; 12 % after 0.4 % is told with figures."""
    before = [run_of(rejected=0.001)] * 20
    assert found(TrendKeys(), run_of(rejected=0.003), before) == []
    before = [run_of(rejected=0.004)] * 20
    (jump,) = jumps(TrendKeys(), run_of(rejected=0.121), before)
    assert str(jump) == (
        "rejected: 12.1% of rows, where 0.4% is usual in the last 20 runs (at most 1.4%)"
    )
    assert (jump.value, jump.usual, jump.bound, jump.runs) == (0.121, 0.004, 0.014, 20)


def test_a_measure_may_fall_as_well_as_rise():
    """Half the rows, and no value missing where a tenth was: both are jumps."""
    before = [run_of(missing={"age": 0.1})] * 10
    jumped = jumps(TrendKeys(), run_of(5000, missing={"age": 0.0}), before)
    assert [str(jump) for jump in jumped] == [
        "rows: 5,000, where 10,000 is usual in the last 10 runs (at least 9,000)",
        "missing of age: 0.0% of values, where 10.0% is usual in the last 10 runs (at least 7.9%)",
    ]


def test_few_rows_are_given_the_room_that_chance_takes():
    """3 of 20 rows after 5 % is no jump; 1,500 of 10,000 is."""
    small, large = ([run_of(rows, rejected=0.05)] * 10 for rows in (20, 10_000))
    assert found(TrendKeys(), run_of(20, rejected=0.15), small) == []
    assert found(TrendKeys(), run_of(10_000, rejected=0.15), large) == [("rejected", "")]


def test_the_spread_of_the_history_counts_and_an_outlier_in_it_does_not():
    """One wild run leaves the bound where it is; a history that swings raises it."""
    calm = [run_of(rejected=0.01)] * 9 + [run_of(rejected=0.9)]
    assert found(TrendKeys(), run_of(rejected=0.05), calm) == [("rejected", "")]
    swinging = [run_of(rejected=0.01 + 0.02 * (i % 3)) for i in range(12)]
    assert found(TrendKeys(), run_of(rejected=0.09), swinging) == []


def test_shares_of_categories():
    """A third of a plan that moves to another is told; a value more among many is not."""
    before = [run_of(categories={"plan": {"basic": 0.6, "plus": 0.4}})] * 6
    near = {"plan": {"basic": 0.598, "plus": 0.4, "new": 0.002}}
    assert found(TrendKeys(), run_of(categories=near), before) == []
    far = {"plan": {"basic": 0.2, "plus": 0.4, "new": 0.4}}
    (jump,) = jumps(TrendKeys(), run_of(categories=far), before)
    assert (jump.measure, jump.about) == ("categories", "plan")
    # The distance by its definition: the root of the mean information, in bits.
    bits = (0.6 * math.log2(1.5) + 0.2 * math.log2(0.5) + 0.4 * math.log2(2)) / 2
    assert jump.value == pytest.approx(math.sqrt(bits), abs=1e-5)


def test_values_that_are_not_among_the_frequent_ones():
    """A column whose values move into many rare ones jumps, though its frequent ones keep pace."""

    def shares(rare):
        # Of 1,000 rows, 100 without a value; those in no level are the others.
        profile = {
            "rows": 1000, "missing": {"plan": 100},
            "levels": {"plan": {"a": (900 - rare) // 2, "b": (900 - rare) // 2}},
        }  # fmt: skip
        counts = {"rows_in": 1000, "rows_malformed": 0, "rows_rejected": 0, "stages": []}
        return measured(counts, profile, 1.0)

    assert shares(0)["categories"] == {"plan": {"a": 0.5, "b": 0.5}}
    usual = [shares(90)] * 5
    assert found(TrendKeys(), shares(90), usual) == []
    assert found(TrendKeys(), shares(500), usual) == [("categories", "plan")]


def test_rare_values_that_come_and_go_among_the_frequent_ones():
    """Which of many equally rare values are kept is chance, and hardly ever a jump."""
    source, false, before = random.Random(11), 0, []
    names = [f"v{i}" for i in range(60)]
    for _ in range(120):
        drawn = Counter(source.choices(names, [1 / (i + 1) for i in range(60)], k=1000))
        kept = {name: count / 1000 for name, count in drawn.most_common(MOST_LEVELS)}
        now = run_of(1000, categories={"c": kept})
        false += bool(jumps(TrendKeys(), now, before[-30:]))
        before.append(now)
    assert false <= 1


def test_what_is_not_compared():
    """A measure without a least difference; one that earlier runs lack; a history too short."""
    before = [run_of(rejected=0.01)] * 4
    assert found(TrendKeys(), run_of(rejected=0.5), before) == []
    assert found(TrendKeys(min_runs=4, rejected=None), run_of(rejected=0.5), before) == []
    assert found(TrendKeys(min_runs=4), run_of(missing={"age": 0.9}), before) == []
    slow = run_of(seconds=900.0)
    assert found(TrendKeys(min_runs=4), slow, [run_of(seconds=9.0)] * 4) == []
    assert found(TrendKeys(min_runs=4, seconds=60.0), slow, [run_of(seconds=9.0)] * 4) == [
        ("seconds", "")
    ]


def test_chance_alone_hardly_ever_jumps():
    """Runs drawn from one and the same source: at most one false alarm in 300 runs."""
    source, false = random.Random(7), 0
    for rows in (200, 2000):
        before = []
        for _ in range(150):
            counts = [sum(source.random() < p for _ in range(rows)) for p in (0.002, 0.05, 0.3)]
            shares = [count / rows for count in counts]
            level = sum(source.random() < 0.4 for _ in range(rows)) / rows
            now = run_of(
                rows,
                rejected=shares[0],
                missing={"a": shares[1], "b": shares[2]},
                categories={"c": {"x": level, "y": 1 - level}},
            )
            false += bool(jumps(TrendKeys(), now, before[-30:]))
            before.append(now)
    assert false <= 1


def test_a_profile_is_bounded():
    """Of many columns and many values, the first and the most frequent ones are kept."""
    frame = pd.DataFrame(
        {f"c{i}": pd.Categorical([f"v{j % 25}" for j in range(100)]) for i in range(40)}
    )
    found = profiled(open_frame(frame).table)
    assert len(found["levels"]) == MOST_CATEGORIES
    assert all(len(levels) == MOST_LEVELS for levels in found["levels"].values())
    assert len(together(found, found)["levels"]["c0"]) == MOST_LEVELS
    assert found["missing"]["c39"] == 0
    # Values that begin alike are added up.
    long = pd.DataFrame({"a": pd.Categorical(["x" * 80 + "1", "x" * 80 + "2", "y"] * 2)})
    assert profiled(open_frame(long).table)["levels"]["a"] == {"x" * LONGEST: 4, "y": 2}
    # A table without a column has no value of it.
    assert together(found, {"rows": 7, "missing": {}, "levels": {}})["missing"]["c0"] == 7


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_profile_is_the_same_in_every_library(library):
    """Counts of what is missing and of values do not depend on where the table lies."""
    frame = pd.DataFrame({"plan": ["a", None, "b", "a"] * 5, "fee": [1.0, None, None, 2.0] * 5})
    arrow = pa.Table.from_pandas(frame)
    given = {
        "pandas": lambda: frame,
        "polars": lambda: pytest.importorskip("polars").from_arrow(arrow),
        "pyarrow": lambda: arrow,
    }[library]()
    assert profiled(open_frame(given).table) == {
        "rows": 20,
        "missing": {"plan": 5, "fee": 10},
        "levels": {"plan": {"a": 10, "b": 5}},
    }


@pytest.fixture
def days(tmp_path):
    """Run a job of one day's table: ``days({"a": [...]}, "trends.action=fail")``."""
    (tmp_path / "job.yaml").write_text(
        "name: daily\nstages: [drop_duplicates, {impute: {}}]\nsource: {path: in.csv}\n"
        "output: {path: out}\nhistory: history.sqlite\ntrends: {min_runs: 3}\n"
    )

    def run(columns, *settings):
        pd.DataFrame(columns).to_csv(tmp_path / "in.csv", index=False)
        return run_job(read_job(tmp_path / "job.yaml", settings), force=True)

    return run


def day(missing=0, plan="basic", rows=200):
    whole = [None] * missing + [i % 7 for i in range(rows - missing)]
    return {
        "n": list(range(rows)),
        "a": pd.array(whole, dtype="Int64"),
        "plan": [plan if i % 2 else "plus" for i in range(rows)],
    }


def test_a_jump_is_told_or_fails_before_anything_is_published(days, tmp_path):
    """The first runs say that the history is short; then a jump is a note, or exit 1."""
    for i in range(3):
        summary = days(day(missing=10 + i))
        assert summary["trends"] == {"runs": i, "jumps": []}
        assert summary["notes"] == []
    quiet = days(day(missing=11))
    assert quiet["trends"] == {"runs": 3, "jumps": []}
    before = (tmp_path / "out" / "latest").resolve()
    refused = days(day(missing=120), "trends.action=fail")
    assert (refused["state"], refused["exit"]) == ("not met", 1)
    assert "missing of a: 60.0% of values, where" in refused["message"]
    assert "cells of 1:impute" in refused["message"]
    assert "trends.since=5" in refused["message"]
    assert (tmp_path / "out" / "latest").resolve() == before
    told = days(day(missing=120))
    assert (told["state"], told["exit"]) == ("done", 0)
    assert any("missing of a: 60.0%" in note for note in told["notes"])
    # A run that was refused is no history; from the run on that was accepted, this is usual.
    assert told["trends"]["runs"] == 4
    assert days(day(missing=120), "trends.since=6", "trends.min_runs=1")["trends"] == {
        "runs": 1, "jumps": [],
    }  # fmt: skip


def test_a_category_that_takes_over_is_told(days):
    """Where one plan is renamed, the shares of the column jump, and nothing else does."""
    for _ in range(3):
        days(day())
    assert [jump["measure"] for jump in days(day(plan="premium"))["trends"]["jumps"]] == [
        "categories"
    ]


def test_another_configuration_has_another_history(days):
    """After a stage changes, runs before it are not compared with."""
    for _ in range(3):
        days(day())
    assert days(day(), "impute.strategy=mean")["trends"]["runs"] == 0
    assert days(day())["trends"]["runs"] == 3


def test_numbers_of_runs_order_the_history_not_the_clock(days, tmp_path):
    """A clock that was set back, and a row that is no JSON, leave the newest runs the newest."""
    for i in range(4):
        days(day(missing=i))
    with sqlite3.connect(tmp_path / "history.sqlite") as connection:
        connection.execute("update runs set began = '1999-01-01T00:00:00Z' where id = 4")
        connection.execute("update runs set detail = '{\"measures\": NaN' where id = 3")
    connection.close()
    known = History(tmp_path / "history.sqlite").recorded("daily", "measures", 2)
    assert [run["missing"]["a"] for run in known] == [0.015, 0.005]


def test_parts_are_compared_by_what_each_holds(tmp_path):
    """An incremental job counts the rows of a file; a night with three files is no jump."""
    (tmp_path / "in").mkdir()
    (tmp_path / "job.yaml").write_text(
        "stages: [impute]\nsource: {path: in}\noutput: {path: out}\nincremental: true\n"
        "history: history.sqlite\ntrends: {min_runs: 2}\nschema: {drift: warn}\n"
    )
    summary = {}
    for night, names in enumerate(["a", "b", "c", "def"]):
        for name in names:
            pd.DataFrame(day(missing=night)).to_csv(tmp_path / "in" / f"{name}.csv", index=False)
        summary = run_job(read_job(tmp_path / "job.yaml"))
    assert summary["rows_in"] == 600
    assert summary["measures"]["rows"] == {"": 200}
    assert summary["trends"] == {"runs": 3, "jumps": []}
    (tmp_path / "in" / "a.csv").unlink()
    gone = run_job(read_job(tmp_path / "job.yaml"))
    assert (gone["state"], "measures" in gone) == ("done", False)


def test_a_column_without_a_value_is_no_new_record(days):
    """After a night on which a column is empty, words in it are still no whole numbers."""
    fail = "schema.drift=fail"
    for table in (day(), {**day(), "a": [None] * 200}, day()):
        assert days(table, fail)["state"] == "done"
    days({**day(), "a": [None] * 200}, fail)
    assert days({**day(), "a": ["x"] * 200}, fail)["state"] == "not met"


def test_columns_that_change_are_told_once_or_fail(days, tmp_path):
    """Against the last run that was done; what was told is then the new record."""
    warn, fail = "schema.drift=warn", "schema.drift=fail"
    assert days(day(), fail)["notes"] == []
    other = {"a": ["x"] * 200, "new": [1] * 200, "plan": day()["plan"]}
    refused = days(other, fail)
    assert (refused["state"], refused["exit"]) == ("not met", 1)
    for part in ("columns added: new", "columns gone: n", "a was integer, is "):
        assert part in refused["message"]
    told = days(other, warn)
    assert len(told["notes"]) == 1
    assert told["schema"][0]["gone"] == ["n"]
    assert "schema" not in days(other, warn)
    # A named record stays what it is.
    record = tmp_path / "out" / "latest" / "out.dataprep" / "summary.json"
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"columns": json.loads(record.read_text())["columns"]}))
    assert days(other, fail, f"schema.against={kept}")["state"] == "done"
    assert days(day(), fail, f"schema.against={kept}")["state"] == "not met"


def test_a_password_among_the_columns_is_no_drift(days):
    """The record of the columns is what it was, though a column is called as a password is."""
    secrets.remember("customer")
    try:
        table = {**day(), "customer": [1] * 200, "customer_id": [2] * 200}
        first = days(table, "schema.drift=fail")
        assert first["columns_in"]["customer"]
        again = days(table, "schema.drift=fail")
    finally:
        secrets._known.clear()
    assert (again["state"], again["notes"]) == ("done", [])
