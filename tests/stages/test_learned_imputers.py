"""Imputers that learn from whole rows: against scikit-learn's, by hand, and at the edges."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - opens what follows
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.preprocessing import StandardScaler

import dataprep as dp
from dataprep.errors import ConfigError

TABLES = Path(__file__).parents[3] / "shared" / "data" / "tables"
BOTH = [dp.ImputeKNN(), dp.ImputeIterative()]


def gappy(rows: int, seed: int, share: float = 0.15) -> np.ndarray:
    """Return five correlated columns of very different scales, with gaps."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(5, 5))
    X = rng.normal(size=(rows, 5)) @ mixing * [1, 10, 100, 0.1, 5] + [0, 5, 1000, 0, 3]
    X[rng.random(X.shape) < share] = np.nan
    return X[~np.isnan(X).all(axis=1)]


def frame(X: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=list("abcde"))


# ---- as scikit-learn


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("n_neighbors", [1, 4, 30])
def test_knn_is_that_of_scikit_learn(weights: Any, n_neighbors: int) -> None:
    """On numbers, rows of fit and new ones get what KNNImputer gives on standardised columns."""
    train, served = gappy(300, 0), gappy(60, 1, share=0.4)
    scaler = StandardScaler().fit(train)
    theirs = KNNImputer(n_neighbors=n_neighbors, weights=weights).fit(scaler.transform(train))
    ours = dp.ImputeKNN(n_neighbors=n_neighbors, weights=weights).fit(frame(train))
    for X in (train, served):
        expected = scaler.inverse_transform(theirs.transform(scaler.transform(X)))
        np.testing.assert_allclose(ours.transform(frame(X)), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore:.*Early stopping criterion not reached")
@pytest.mark.parametrize(("max_iter", "tol"), [(1, 1e-3), (10, 1e-3), (30, 0.2)])
def test_iterative_is_that_of_scikit_learn(max_iter: int, tol: float) -> None:
    """On numbers, every turn of IterativeImputer on standardised columns, and as many of them."""
    train, served = gappy(300, 0), gappy(60, 1, share=0.4)
    scaler = StandardScaler().fit(train)
    X = scaler.transform(train)
    bounds = {"min_value": np.nanmin(X, axis=0), "max_value": np.nanmax(X, axis=0)}
    theirs = IterativeImputer(max_iter=max_iter, tol=tol, **bounds).fit(X)
    ours = dp.ImputeIterative(max_iter=max_iter, tol=tol).fit(frame(train))
    assert ours.n_iter_ == theirs.n_iter_
    for X in (train, served):
        expected = scaler.inverse_transform(theirs.transform(scaler.transform(X)))
        np.testing.assert_allclose(ours.transform(frame(X)), expected, rtol=1e-9, atol=1e-9)


# ---- by hand


PEOPLE = pd.DataFrame(
    {
        "height": [150.0, 152.0, 154.0, 180.0, 182.0, 184.0],
        "size": ["s", "s", "m", "l", "l", "l"],
        "member": pd.array([True, True, True, False, False, None], dtype="boolean"),
        "shirts": pd.array([1, 2, 2, 5, 6, None], dtype="Int64"),
    }
)


def test_neighbours_vote_and_are_averaged() -> None:
    """Levels go by the vote, numbers by the mean, whole ones rounded, the type kept."""
    stage = dp.ImputeKNN(n_neighbors=3).fit(PEOPLE)
    served = pd.DataFrame(
        {
            "height": [151.0, 183.0, 151.0],
            "size": [None, None, "s"],
            "member": pd.array([True, False, None], dtype="boolean"),
            "shirts": pd.array([2, 5, None], dtype="Int64"),
        }
    )
    out = stage.transform(served)
    assert out["size"].tolist() == ["s", "l", "s"]
    assert out["member"].tolist() == [True, False, True]
    assert out["shirts"].tolist() == [2, 5, 2]
    assert out.dtypes.equals(served.dtypes)


def test_scores_choose_the_level() -> None:
    """Linear scores of levels choose, numbers are predicted and rounded, the type kept."""
    stage = dp.ImputeIterative().fit(PEOPLE)
    out = stage.transform(PEOPLE.assign(size=[None, "s", "m", "l", None, "l"]))
    assert out["size"].tolist() == ["s", "s", "m", "l", "l", "l"]
    assert out["member"].tolist() == [True, True, True, False, False, False]
    assert out["shirts"].tolist()[:5] == [1, 2, 2, 5, 6]
    assert out["shirts"].dtype == "Int64"
    assert 5 <= out["shirts"].tolist()[5] <= 6


def test_ties_go_to_the_first_rows_and_to_the_more_frequent_level() -> None:
    """Of equally distant rows the first are taken; of equal votes the usual level wins."""
    train = pd.DataFrame(
        {"x": [1.0, 1.0, 1.0, 1.0, 9.0, 9.0], "y": [10.0, 20.0, 30.0, 40.0, 5.0, 5.0]}
    )
    asked = pd.DataFrame({"x": [1.0], "y": [None]}, dtype=float)
    assert dp.ImputeKNN(n_neighbors=2).fit(train).transform(asked)["y"].tolist() == [15.0]
    levels = train.assign(y=["b", "a", "b", "a", "a", "a"])
    asked = pd.DataFrame({"x": [1.0], "y": [None]}).astype({"x": float, "y": object})
    assert dp.ImputeKNN(n_neighbors=2).fit(levels).transform(asked)["y"].tolist() == ["a"]


@pytest.mark.parametrize("stage", BOTH)
def test_values_stay_within_what_was_seen(stage: Any) -> None:
    """However far out the rest of a row is, no value beyond the extremes of fit is filled in."""
    x = np.arange(50.0)
    train = pd.DataFrame({"x": x, "y": 2 * x + 1})
    out = stage.fit(train).transform(
        pd.DataFrame({"x": [1e6, -1e6], "y": [None, None]}, dtype=float)
    )
    assert out["y"].between(1.0, 99.0).all()


@pytest.mark.parametrize("stage", BOTH)
def test_a_row_with_nothing_gets_what_is_usual(stage: Any) -> None:
    """A row without a single value gets medians and the most frequent levels."""
    bare = PEOPLE.head(1).copy()
    bare.loc[0] = [np.nan, None, pd.NA, pd.NA]
    out = stage.fit(PEOPLE).transform(bare)
    assert out.iloc[0].tolist() == [167.0, "l", True, 2]
    result = dp.clean(pd.concat([PEOPLE, bare]), pipeline=dp.Pipeline([stage]))
    told = result.ledger[result.ledger["row"] == 6].set_index("column")["reason"]
    assert told["height"] == "median: nothing else to go by"
    assert told["size"] == "most frequent: nothing else to go by"


@pytest.mark.parametrize("stage", BOTH)
def test_an_unseen_level_is_no_obstacle(stage: Any) -> None:
    """A level that was not there at fit says nothing, and the row is filled from the rest."""
    served = PEOPLE.head(1).assign(size="xxl", shirts=pd.array([None], dtype="Int64"))
    out = stage.fit(PEOPLE).transform(served)
    assert out["size"].tolist() == ["xxl"]
    assert 1 <= out["shirts"].tolist()[0] <= 3


@pytest.mark.parametrize("stage", BOTH)
def test_infinities_stay_and_mislead_nobody(stage: Any) -> None:
    """An infinite value is kept, is filled in nowhere, and counts as missing for the rest."""
    X = gappy(100, 3)
    X[7, 0], X[8, 1] = np.inf, -np.inf
    out = stage.fit(frame(X)).transform(frame(X)).to_numpy()
    assert out[7, 0] == np.inf
    assert out[8, 1] == -np.inf
    assert np.isinf(out).sum() == 2
    assert not np.isnan(out).any()


# ---- columns


WITH_TEXT = PEOPLE.assign(
    note=[f"some words {i}" for i in range(6)],
    born=pd.to_datetime(["1990-01-01", None, "1990-01-05", "2000-06-01", "2000-06-03", None]),
    target=[1.0, None, 1.0, 0.0, 0.0, 0.0],
)


@pytest.mark.parametrize("stage", BOTH)
def test_text_dates_and_target_are_left_alone(stage: Any) -> None:
    """Unless they are named, dates stay missing, as do free text and the target."""
    pipe = dp.Pipeline([stage], target="target").fit(WITH_TEXT)
    out = pipe.transform(WITH_TEXT)
    assert out["born"].isna().sum() == 2
    assert out["target"].isna().sum() == 1
    assert not out[["member", "shirts"]].isna().any().any()
    assert "target" not in pipe.states_[0]["places"]
    assert "born" in pipe.states_[0]["places"], "a time is one of the predictors"


def test_dates_and_the_target_are_filled_where_they_are_named() -> None:
    """A time that is named gets the mean of its neighbours', and so does a named target."""
    pipe = dp.Pipeline([dp.ImputeKNN(columns=["born", "target"], n_neighbors=2)], target="target")
    out = pipe.fit(WITH_TEXT).transform(WITH_TEXT)
    assert out["born"].tolist()[1] == pd.Timestamp("1990-01-03")
    assert out["born"].tolist()[5] == pd.Timestamp("2000-06-02")
    assert out["target"].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert out["shirts"].isna().sum() == 1
    without = pipe.transform(WITH_TEXT.drop(columns="target"))
    assert without["born"].notna().all(), "at serving the target is not there"


@pytest.mark.parametrize("stage", BOTH)
def test_a_date_stays_a_date(stage: Any) -> None:
    """Whole days come out of a column of days, in the type that it had."""
    days = [dt.date(2024, 1, 1 + i) for i in range(9)]
    given = pa.table({"x": [float(i) for i in range(10)], "day": pa.array([*days, None])})
    out = type(stage)(columns="day").fit(given).transform(given)
    assert out.schema == given.schema
    assert out["day"].to_pylist()[:9] == days
    assert out["day"].to_pylist()[9] in days


@pytest.mark.parametrize("stage", BOTH)
def test_predictors_can_be_chosen(stage: Any) -> None:
    """Only the chosen predictors and the columns to fill are in the state."""
    few = type(stage)(columns="shirts", predictors=["height"]).fit(PEOPLE)
    assert list(few.states_[0]["places"]) == ["height", "shirts"]
    assert few.states_[0]["columns"] == ["shirts"]


@pytest.mark.parametrize("stage", BOTH)
def test_a_column_without_a_value_is_left_and_named(stage: Any) -> None:
    """Where nothing can be learned, cells stay missing and a note says so."""
    given = PEOPLE.assign(nothing=np.nan)
    result = dp.clean(given, pipeline=dp.Pipeline([stage]))
    assert result.data["nothing"].isna().all()
    notes = result.summary["stages"][0]["notes"]
    assert "nothing to learn from, left missing: nothing" in notes


@pytest.mark.parametrize("stage", BOTH)
def test_categories_of_numbers_keep_their_type(stage: Any) -> None:
    """A pandas category whose levels are whole numbers comes back as one."""
    given = pd.DataFrame({"x": [1.0, 1.1, 5.0, 5.1], "c": pd.Categorical([1, 1, 2, None])})
    given = pd.concat([given] * 5, ignore_index=True)
    out = stage.fit(given).transform(given)
    assert out["c"].isna().sum() == 0
    assert out["c"].dtype == given["c"].dtype
    assert out["c"].tolist() == [1, 1, 2, 2] * 5


def test_polars_types_stay() -> None:
    """Narrow and unsigned integers, enumerations and booleans keep their type in Polars."""
    given = pl.DataFrame(
        {
            "u": pl.Series([1, 2, None, 250], dtype=pl.UInt8),
            "big": pl.Series([2**62 + 1, 2**62 + 3, 2**62 + 5, None], dtype=pl.UInt64),
            "e": pl.Series(["a", None, "b", "b"], dtype=pl.Enum(["a", "b"])),
            "t": pl.Series([True, True, None, False]),
        }
    )
    out = dp.ImputeKNN(n_neighbors=1).fit(given).transform(given)
    assert out.schema == given.schema
    assert out["big"].to_list()[:3] == given["big"].to_list()[:3], "untouched cells lose no digit"
    assert sum(out.null_count().row(0)) == 0


def test_large_whole_numbers_that_are_there_keep_their_digits() -> None:
    """A filled neighbour cell does not take the others of its column through floats."""
    big = 2**53 + 1
    given = pl.DataFrame({"n": [big, big + 2, None], "x": [1.0, 2.0, 1.0]})
    out = dp.ImputeKNN(n_neighbors=1).fit(given).transform(given)
    assert out["n"].to_list()[:2] == [big, big + 2]


# ---- the contract of the state, and of samples


@pytest.mark.parametrize("stage", BOTH)
def test_new_rows_teach_nothing(stage: Any) -> None:
    """A pipeline that was saved and loaded fills a row as it filled it among all others."""
    train = frame(gappy(200, 5))
    pipe = dp.Pipeline([stage]).fit(train)
    whole = pipe.transform(train)
    pipe.states_ = json.loads(json.dumps(pipe.states_, allow_nan=False))
    alone = pd.concat(
        [pipe.transform(train.iloc[[i]]) for i in range(0, 200, 20) if i < len(train)]
    )
    pd.testing.assert_frame_equal(alone, whole.loc[alone.index], check_exact=True)


@pytest.mark.parametrize("stage", BOTH)
def test_the_sample_is_bounded_and_keyed(stage: Any) -> None:
    """About max_rows rows are learned from: the same ones for a seed, others for another."""
    train = frame(gappy(2000, 6, share=0.02))
    states = [
        type(stage)(max_rows=100, random_state=seed).fit(train).states_[0] for seed in (0, 0, 1)
    ]
    assert states[0] == states[1] != states[2]
    if isinstance(stage, dp.ImputeKNN):
        assert 60 < len(states[0]["model"]["donors"]["a"]) < 140


def test_the_ledger_says_how() -> None:
    """Each filled cell is in the ledger with what filled it, and undo takes it back."""
    result = dp.clean(PEOPLE, pipeline=dp.Pipeline([dp.ImputeKNN(n_neighbors=2)]))
    told = result.ledger[["row", "column", "action", "reason"]].values.tolist()
    assert told == [
        [5, "member", "impute", "vote of the 2 nearest rows"],
        [5, "shirts", "impute", "mean of the 2 nearest rows"],
    ]
    assert result.undo().equals(PEOPLE)
    result = dp.clean(PEOPLE, pipeline=dp.Pipeline([dp.ImputeIterative()]))
    assert set(result.ledger["reason"]) == {"predicted from 3 other columns"}


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (dp.ImputeKNN(n_neighbors=0), "n_neighbors"),
        (dp.ImputeKNN(weights="near"), "weights"),
        (dp.ImputeKNN(columns="note"), "say nothing of 'note', a text"),
        (dp.ImputeKNN(columns="sise"), "size"),
        (dp.ImputeIterative(tol=0.0), "tol"),
        (dp.ImputeIterative(predictors=["hight"]), "height"),
    ],
)
def test_a_wrong_parameter_is_named(stage: Any, message: str) -> None:
    """What is wrong is told at fit, with its name and the nearest right one."""
    with pytest.raises(ConfigError, match=message):
        stage.fit(WITH_TEXT)


@tries(25)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-1e300, 1e300)),
            st.one_of(st.none(), st.sampled_from(["a", "b", "c"])),
            st.one_of(st.none(), st.integers(-(2**53), 2**53)),
        ),
        min_size=1,
        max_size=12,
    ),
    iterative=st.booleans(),
)
def test_whatever_is_there_stays_and_the_rest_is_filled(rows: Any, iterative: bool) -> None:
    """No present cell changes, and none stays missing in a column that has a value."""
    schema = {"x": pl.Float64, "c": pl.String, "n": pl.Int64}
    given = pl.DataFrame(rows, schema=schema, orient="row")
    stage: Any = dp.ImputeIterative(max_iter=2) if iterative else dp.ImputeKNN(n_neighbors=2)
    out = stage.fit(given).transform(given)
    for name in given.columns:
        before, after = given[name].to_list(), out[name].to_list()
        assert all(b == a for b, a in zip(before, after, strict=True) if b is not None)
        if any(b is not None for b in before) and stage.states_[0]["columns"].count(name):
            assert None not in after


@pytest.mark.skipif(not TABLES.exists(), reason="the real tables are not beside the project")
@pytest.mark.parametrize("stage", BOTH)
def test_better_than_the_median_on_a_real_table(stage: Any) -> None:
    """On oil-spill, values taken out at random come back with less than half the error."""
    truth = pd.read_csv(TABLES / "oil-spill.csv", header=None).iloc[:, 1:22].astype(float)
    truth.columns = [f"c{i}" for i in truth.columns]
    gone = np.random.default_rng(0).random(truth.shape) < 0.1
    given = truth.mask(gone)

    def error(imputer: Any) -> float:
        away = (imputer.fit(given).transform(given) - truth).to_numpy() / truth.std().to_numpy()
        return float(np.sqrt((away[gone] ** 2).mean()))

    assert error(stage) < 0.6 * error(dp.Impute())


def test_many_columns_of_levels_do_not_make_a_large_state() -> None:
    """What is learned grows with the square of the levels: their number is bounded, and told."""
    rng = np.random.default_rng(0)
    drawn = (rng.integers(0, 30, (400, 1)) + rng.integers(0, 3, (400, 20))) % 30
    train = pd.DataFrame(drawn, columns=[f"c{i}" for i in range(20)]).map("level {:02}".format)
    train = train.mask(rng.random(train.shape) < 0.05)
    result = dp.clean(train, pipeline=dp.Pipeline([dp.ImputeIterative(max_iter=2)]))
    assert len(json.dumps(result.pipeline.states_)) < 2_000_000
    told = "many columns of levels: the 10 most frequent of each have a part"
    assert told in result.summary["stages"][0]["notes"]
    assert result.data.notna().all().all()
