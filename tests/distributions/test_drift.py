"""Rows against others, and against what was recorded: verdicts, false alarms, power."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.distributions import seen
from dataprep.distributions.classifier import separated
from dataprep.distributions.comparing import compared
from dataprep.distributions.judging import Thresholds
from dataprep.distributions.recording import recorded
from dataprep.distributions.seen import seen_levels
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError

SEEDS = 200


def people(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": rng.lognormal(8, 0.5, n),
            "age": rng.integers(18, 90, n),
            "plan": rng.choice(["basic", "plus", "premium"], n, p=[0.6, 0.3, 0.1]),
            "active": rng.random(n) < 0.7,
            "rating": np.where(rng.random(n) < 0.1, np.nan, rng.integers(1, 6, n)),
            "churned": rng.integers(0, 2, n),
        }
    )


def by_column(before: pd.DataFrame, now: pd.DataFrame, **options: object) -> dp.drift:
    return dp.drift(before, now, classifier=False, **options)


def test_rows_of_one_source_do_not_drift() -> None:
    """Two draws from the same distribution give no alarm, and figures near zero."""
    found = dp.drift(people(2000, 1), people(2000, 2), target="churned")
    assert not found.drifted
    assert found.classifier is not None
    assert found.classifier.auc == pytest.approx(0.5, abs=0.05)
    assert all(one.psi is not None and one.psi < 0.03 for one in found.columns)


@pytest.mark.parametrize("correction", ["holm", "bonferroni", "bh"])
def test_the_column_that_moved_is_found_and_comes_first(correction: str) -> None:
    """A shift of half a standard deviation in one column is told of that one alone."""
    now = people(2000, 2)
    now["income"] *= 1.4
    found = by_column(people(2000, 1), now, correction=correction)
    assert [one.column for one in found.columns if one.drifted] == ["income"]
    assert found.columns[0].column == "income"
    assert found.drifted_features == ["income"]
    assert "PSI" in str(found["income"])


def test_significance_alone_is_no_alarm() -> None:
    """Of many rows, a difference that is significant and tiny is no drift."""
    before, now = people(200_000, 1), people(200_000, 2)
    now["income"] *= 1.03
    found = by_column(before, now)["income"]
    assert found.p_adjusted < 1e-6
    assert found.verdict == "stable"


def test_effect_alone_is_no_alarm() -> None:
    """Of few rows, a difference that is large and may be chance is no drift."""
    rng = np.random.default_rng(6)
    before, now = (pd.DataFrame({"x": rng.normal(size=60)}) for _ in range(2))
    found = by_column(before, now, psi=0.1)["x"]
    assert found.psi > 0.1
    assert found.verdict == "stable"


def test_drift_of_the_target_is_told_apart() -> None:
    """Label shift is not among the features that drifted, nor does the classifier see it."""
    now = people(2000, 2)
    now["churned"] = (np.arange(2000) % 10 == 0).astype(int)
    found = dp.drift(people(2000, 1), now, target="churned")
    assert found.drifted_target == ["churned"]
    assert found.drifted_features == []
    assert not found.classifier.drifted
    assert found.drifted


def test_new_missing_values_are_drift() -> None:
    """A share of missing values that rises is told, whatever the others look like."""
    now = people(2000, 2)
    now.loc[::5, "income"] = np.nan
    found = by_column(people(2000, 1), now)["income"]
    assert found.verdict == "drift"
    assert found.reasons == ["missing 0.0% before, 20.0% now"]


def test_a_column_that_became_empty_is_drift() -> None:
    """Where no value is left there is nothing to test, and yet it is drift."""
    found = by_column(people(500, 1), people(500, 2).assign(income=np.nan, plan=None))
    assert (found["income"].verdict, found["plan"].verdict) == ("drift", "drift")
    assert dp.drift(people(500, 1).assign(age=np.nan), people(500, 2)).classifier.drifted
    both = [people(500, seed).assign(age=np.nan, plan=None) for seed in (1, 2)]
    assert not dp.drift(*both).classifier.drifted
    again = by_column(people(500, 1).assign(income=np.nan), people(500, 2).assign(income=np.nan))
    assert again["income"].verdict == "stable"


def test_levels_that_are_new_or_gone_are_named() -> None:
    """A level that nobody knew is named with its share, and so is one that left."""
    now = people(2000, 2)
    now["plan"] = now["plan"].replace({"premium": "gold"})
    found = by_column(people(2000, 1), now)["plan"]
    assert list(found.new_levels) == ["gold"]
    assert found.new_levels["gold"] == pytest.approx(0.1, abs=0.03)
    assert list(found.gone_levels) == ["premium"]
    assert found.verdict == "drift"


def test_values_outside_of_the_range_are_counted() -> None:
    """Numbers below the smallest recorded one or above the largest are told."""
    now = people(500, 2)
    now.loc[:9, "age"] = 150
    assert by_column(people(5000, 1), now)["age"].outside == 10


def test_a_constant_that_changes_is_drift() -> None:
    """A column without spread has no deciles, and yet moves."""
    before = pd.DataFrame({"x": np.full(200, 5.0), "y": np.full(200, "a")})
    found = by_column(before, pd.DataFrame({"x": np.full(200, 4.0), "y": np.full(200, "b")}))
    assert [one.verdict for one in found.columns] == ["drift", "drift"]
    assert found["x"].psi > 1


def test_a_mass_point_is_a_bin() -> None:
    """A value that most rows have is no decile of width zero: rows that leave it are seen."""
    rng = np.random.default_rng(0)
    zeros = np.where(rng.random(2000) < 0.95, 0.0, rng.exponential(size=2000))
    now = np.where(rng.random(2000) < 0.4, -rng.exponential(size=2000), zeros)
    found = by_column(pd.DataFrame({"x": zeros}), pd.DataFrame({"x": now}))["x"]
    assert found.verdict == "drift"
    assert found.psi > 1
    assert found.effect is None


def test_infinities_count_as_missing() -> None:
    """Infinite values have no place in a distribution; their share is compared."""
    now = people(1000, 2)
    now.loc[::4, "income"] = np.inf
    found = by_column(people(1000, 1), now)["income"]
    assert found.missing_current == 0.25
    assert found.drifted


def test_a_column_that_is_gone_or_of_another_kind() -> None:
    """Columns that cannot be compared any more come first, with the reason."""
    now = people(500, 2).drop(columns="age")
    now["income"] = "much"
    found = by_column(people(500, 1), now.assign(colour="red"))
    assert [(one.column, one.verdict) for one in found.columns[:2]] == [
        ("age", "gone"),
        ("income", "retyped"),
    ]
    assert str(found["income"]) == "income: was float, is category"
    assert found.added == ["colour"]


def test_columns_that_are_not_compared_are_there() -> None:
    """Of times and names it is told that they are gone, of another kind, or empty; else nothing."""
    before, now = people(500, 1), people(500, 2)
    for frame, start in ((before, "2024-01-01"), (now, "2025-01-01")):
        frame["at"] = pd.date_range(start, periods=500)
        frame["person_id"] = np.arange(500) + (1000 if start > "2024-06" else 0)
    found = by_column(before, now)
    assert (found["at"].verdict, found["person_id"].verdict) == ("not compared", "not compared")
    assert not found.drifted
    assert by_column(before, now.drop(columns="at"))["at"].verdict == "gone"
    assert by_column(before, now.assign(person_id=None))["person_id"].verdict == "drift"
    retyped = by_column(before, now.assign(at=["much", None] * 250))["at"]
    assert str(retyped) == "at: was timestamp, is category"
    assert (retyped.rows_current, retyped.missing_current) == (250, 0.5)
    assert "at" not in [one.column for one in by_column(before, now, columns=["age"]).columns]
    pipe = dp.Pipeline([dp.Drift()]).fit(before)
    assert dp.drift(pipe, now.assign(at=pd.NaT)).drifted_features == ["at"]


def test_numbers_are_numbers_however_many_are_different(tmp_path) -> None:
    """Whole numbers that happen to name rows in one table are compared with those of the other."""
    rng = np.random.default_rng(0)
    drawn, counted = rng.integers(0, 1000, 400), np.arange(5000, 5400)
    for name, values in (("a.csv", drawn), ("b.csv", counted)):
        pd.DataFrame({"n": values, "x": rng.normal(size=400)}).to_csv(tmp_path / name, index=False)
    for before, now in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        found = dp.drift(tmp_path / before, tmp_path / now, classifier=False)
        assert (found["n"].kind, found["n"].test, found["n"].verdict) == ("integer", "ks", "drift")


def test_an_empty_column_is_of_the_kind_of_the_other(tmp_path) -> None:
    """A file and a frame agree on a column without a value, on either side, of whatever kind."""
    full = people(300, 1).assign(at=pd.date_range("2024-01-01", periods=300))
    empty = full.assign(income=np.nan, plan=None, at=pd.NaT, active=None)
    for name, frame in (("full.csv", full), ("empty.csv", empty)):
        frame.to_csv(tmp_path / name, index=False)
    for pair in ((full, empty), (empty, full)):
        paths = [tmp_path / ("full.csv" if one is full else "empty.csv") for one in pair]
        for found in (by_column(*pair), by_column(*paths)):
            drifted = {one.column for one in found.columns if one.verdict == "drift"}
            assert drifted == {"income", "plan", "at", "active"}
            assert found["income"].kind == "float"


def test_levels_are_told_so_that_they_can_be_read() -> None:
    """Blanks and signs that do not show are in quotes."""
    now = people(500, 2).assign(plan=["a\tb", "gold "] * 250)
    assert by_column(people(500, 1), now)["plan"].reasons[1] == r"new: 'a\tb', 'gold '"


def test_times_are_compared_where_they_are_named() -> None:
    """New rows are later than old ones by nature; who names a time wants it compared."""
    start = dt.datetime(2024, 1, 1)
    before = pd.DataFrame({"at": [start + dt.timedelta(hours=i) for i in range(300)]})
    now = before + pd.Timedelta(days=9)
    assert by_column(before.assign(x=1.5), now.assign(x=1.5)).columns[0].column == "x"
    found = by_column(before, now, columns=["at"])["at"]
    assert found.verdict == "drift"
    assert found.kind == "timestamp"


def test_texts_are_compared_by_their_lengths() -> None:
    """What a free text says is not recorded, only how long it is."""
    before = pd.DataFrame({"note": [f"note {i} " + "x" * (i % 20) for i in range(500)]})
    now = pd.DataFrame({"note": [f"note {i} " + "y" * (20 + i % 20) for i in range(500)]})
    record = recorded(open_frame(before).table, ["note"])["note"]
    assert record["form"] == "lengths"
    assert "note" not in json.dumps(record["edges"])
    assert by_column(before, now)["note"].verdict == "drift"


def test_few_rows_are_not_judged() -> None:
    """Three rows say nothing of a distribution."""
    found = by_column(people(500, 1), people(3, 2))
    assert {one.verdict for one in found.columns} == {"too few rows"}
    assert not found.drifted
    assert by_column(people(500, 1), people(0, 2)).drifted is False


def test_identifiers_are_left_out() -> None:
    """What names a row is other in every row, and no drift."""
    before, now = people(300, 1), people(300, 2)
    before["counter"], now["counter"] = range(300), range(300, 600)
    before["customer_id"], now["customer_id"] = before["counter"], now["counter"]
    found = by_column(before, now)
    assert [one.column for one in found.columns if one.drifted] == ["counter"]
    assert (found["customer_id"].verdict, found["customer_id"].p_value) == ("not compared", None)
    assert not by_column(before, now, id="counter").drifted


def test_libraries_agree() -> None:
    """pandas, Polars and Arrow give the same facts."""
    before, now = people(400, 1), people(400, 2)
    facts = [
        by_column(make(before), make(now)).as_dict()
        for make in (pd.DataFrame, pl.from_pandas, lambda frame: pl.from_pandas(frame).to_arrow())
    ]
    assert facts[0] == facts[1] == facts[2]
    json.dumps(facts[0], allow_nan=False)


def test_many_levels_are_bounded() -> None:
    """A record names 200 levels at most; the others are one, and nothing of them is new."""
    rng = np.random.default_rng(0)
    levels = np.array([f"level {i}" for i in range(600)])
    before, now = (pd.DataFrame({"c": rng.choice(levels, 20_000)}) for _ in range(2))
    record = recorded(open_frame(before).table, ["c"])["c"]
    assert (len(record["levels"]), record["distinct"]) == (200, 600)
    assert record["rest"] + sum(record["levels"].values()) == 20_000
    found = by_column(before, now)["c"]
    assert found.new_levels == {}
    assert not found.drifted


def test_a_renamed_level_is_found_in_few_rows() -> None:
    """Against a reference of many rows, a level that nobody knew is no part of another one."""
    before = pd.DataFrame(
        {"plan": ["basic"] * 600_000 + ["plus"] * 300_000 + ["premium"] * 100_000}
    )
    now = pd.DataFrame({"plan": ["basic"] * 900 + ["plus"] * 450 + ["GOLD"] * 150})
    found = by_column(before, now)["plan"]
    assert (found.verdict, list(found.new_levels)) == ("drift", ["GOLD"])
    flags = by_column(pd.DataFrame({"f": [False] * 50_000}), pd.DataFrame({"f": [True] * 300}))
    assert flags["f"].verdict == "drift"


def test_levels_beyond_the_recorded_ones_are_compared_where_rows_are_at_hand() -> None:
    """Between two tables no level hides in the rest, however many there are."""
    names = np.array([f"level {i:03d}" for i in range(600)])
    before = pd.DataFrame({"c": np.repeat(names, np.where(np.arange(600) < 200, 50, 25))})
    now = before.assign(c=before["c"].where(before["c"] < "level 200", before["c"] + " new"))
    found = by_column(before, now)["c"]
    assert found.verdict == "drift"
    assert found.jensen_shannon == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert len(found.new_levels) == len(found.gone_levels) == 10


def test_long_levels_that_begin_alike_are_not_missing() -> None:
    """Values are counted before their texts are cut, however many levels there are."""
    frame = pd.DataFrame({"c": [("x" * 100 if i < 50 else "") + str(i) for i in range(10_040)]})
    table = replace(open_frame(frame).table, kinds={"c": "category"})
    levels = seen_levels(table, "c")
    assert (levels.present, levels.missing, levels.distinct) == (10_040, 0, 10_040)


def test_booleans_are_what_they_are_as_numbers() -> None:
    """A gap turns a column of booleans into numbers: that is no drift, but the gap may be one."""
    rng = np.random.default_rng(0)
    before, now = (pd.DataFrame({"f": rng.random(800) < 0.3}) for _ in range(2))
    numbers = now.astype(float)
    numbers.loc[:9, "f"] = np.nan
    for found in (dp.drift(before, numbers), dp.drift(numbers, before)):
        assert not found.drifted
        assert found["f"].new_levels == {}


def test_facts_as_a_frame() -> None:
    """The facts are there as a frame, a row for each column."""
    found = by_column(people(200, 1), people(200, 2))
    frame = found.to_frame()
    assert frame["column"].tolist() == [one.column for one in found.columns]
    with pytest.raises(KeyError):
        found["nothing"]
    assert repr(found) == "Drifted(0 of 6 columns)"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"alpha": 2}, "alpha"),
        ({"correction": "holms"}, "correction"),
        ({"auc": 0.2}, "auc"),
        ({"target": "churn"}, "churned"),
        ({"columns": ["incme"]}, "income"),
        ({"delimiter": ";"}, "for files"),
    ],
)
def test_wrong_options_are_explained(options: dict, word: str) -> None:
    """An error names the parameter, and what was meant."""
    with pytest.raises(ConfigError, match=word):
        dp.drift(people(60, 1), people(60, 2), **options)


@pytest.mark.slow
def test_false_alarms_of_columns_are_rare() -> None:
    """Over 200 draws without drift, at most alpha of them give an alarm, effect or not."""
    # Thresholds of effect that everything passes: the tests alone decide.
    loose = Thresholds(alpha=0.05, psi=1e-9, distance=1e-9, missing=1e-9)
    alarms = {"exact": 0, "recorded": 0}
    for seed in range(SEEDS):
        chosen = [people(150, 2 * seed + i)[["income", "plan", "rating"]] for i in (0, 1)]
        before, now = (open_frame(pl.from_pandas(frame)).table for frame in chosen)
        record = recorded(before, before.columns)
        alarms["exact"] += compared(record, now, loose, values=before).drifted
        alarms["recorded"] += compared(record, now, loose).drifted
    # The upper end of what chance allows at a rate of 5 %: binomial, 99.9 %.
    assert max(alarms.values()) <= 21


@pytest.mark.slow
def test_false_alarms_of_the_classifier_are_rare() -> None:
    """Over 200 draws without drift, at most alpha of them are told apart."""
    found = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        frames = [pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"]) for _ in range(2)]
        before, now = (open_frame(frame).table for frame in frames)
        found.append(separated(before, now, ["a", "b"], alpha=0.05, auc=0.5, seed=seed))
    assert sum(one.drifted for one in found) <= 21
    assert np.mean([one.auc for one in found]) == pytest.approx(0.5, abs=0.02)


def test_two_halves_of_one_table_are_not_told_apart() -> None:
    """Rows of one table, cut in two, give an AUC near a half."""
    whole = people(4000, 3)
    found = dp.drift(whole[::2], whole[1::2])
    assert found.classifier.auc == pytest.approx(0.5, abs=0.04)
    assert not found.drifted


def test_a_classifier_sees_what_no_column_shows() -> None:
    """Columns that are as before one by one, but go together now, are told apart and named."""
    rng = np.random.default_rng(0)
    before = pd.DataFrame(rng.normal(size=(2000, 3)), columns=["a", "b", "c"])
    now = before.copy()
    now["b"] = now["a"].to_numpy()[rng.permutation(2000)]
    now["a"] = now["b"] + rng.normal(0, 1e-3, 2000)
    found = dp.drift(before, now)
    assert found.drifted_features == []
    assert found.classifier.drifted
    assert found.classifier.auc > 0.8
    assert set(list(found.classifier.importances)[:2]) == {"a", "b"}


def test_duplicates_do_not_leak() -> None:
    """Rows that come many times, each in one set only, are not recognised across folds."""
    rng = np.random.default_rng(1)
    frames = [
        pd.DataFrame(np.repeat(rng.normal(size=(60, 3)), 20, axis=0), columns=["a", "b", "c"])
        for _ in range(2)
    ]
    found = dp.drift(*frames)
    assert found.classifier.auc < 0.7
    leaking = dp.drift(*(f + rng.normal(0, 1e-6, f.shape) for f in frames))
    assert leaking.classifier.auc > 0.95


def test_a_classifier_sees_how_levels_go_together() -> None:
    """Rows of few different contents are told apart by how often each of these occurs."""
    rng = np.random.default_rng(0)
    before = pd.DataFrame({"a": rng.choice(["y", "n"], 2000), "b": rng.choice(["y", "n"], 2000)})
    again = before.assign(b=rng.permutation(before["b"]))
    now = before.assign(b=before["a"])
    assert not dp.drift(before, again).classifier.drifted
    found = dp.drift(before, now)
    assert found.drifted_features == []
    assert found.classifier.drifted


def test_copies_are_no_evidence() -> None:
    """Rows that come twenty times in one set alone alarm no more often than the level says."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        few = (rng.normal(size=(90, 3)) for _ in range(2))
        frames = [pd.DataFrame(np.repeat(one, 20, axis=0), columns=[*"abc"]) for one in few]
        before, now = (open_frame(frame).table for frame in frames)
        found.append(separated(before, now, [*"abc"], alpha=0.05, auc=0.5, seed=seed))
    assert all(one.rows == (90, 90) for one in found)
    assert sum(one.drifted for one in found) <= 2


def test_levels_written_otherwise_are_the_same_to_a_classifier() -> None:
    """A stray text makes a column of whole numbers one of levels: 1 is 1 in both."""
    rng = np.random.default_rng(0)
    before, now = (rng.integers(1, 4, 1000) for _ in range(2))
    stray = pd.DataFrame({"u": ["x", *before[1:].astype(str)]})
    found = dp.drift(stray, pd.DataFrame({"u": now.astype(float)}))
    assert not found.drifted


def test_a_draw_is_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows drawn of many do not depend on how many are looked at together."""
    arrow = pl.DataFrame({"x": np.arange(20_000)}).to_arrow()
    table = open_frame(arrow).table
    whole = seen.drawn(table, 20_000, 500, "test").frame["x"].to_list()
    monkeypatch.setattr(seen, "_AT_A_TIME", 300)
    assert seen.drawn(table, 20_000, 500, "test").frame["x"].to_list() == whole
    assert 400 < len(whole) < 600


def test_a_classifier_needs_rows() -> None:
    """Where there are too few, or no column, that is told and no alarm."""
    found = dp.drift(people(40, 1), people(500, 2)).classifier
    assert (found.auc, found.drifted) == (None, False)
    assert "too few" in str(found)
    times = pd.DataFrame({"at": pd.date_range("2024-01-01", periods=60)})
    assert "no column" in str(dp.drift(times, times).classifier)


def test_the_classifier_is_the_same_again() -> None:
    """The rows, the folds and the model depend on the seed alone."""
    before, now = people(600, 1), people(600, 2)
    first, again = (dp.drift(before, now).classifier for _ in range(2))
    assert first == again
    assert dp.drift(before, now, random_state=1).classifier != first
