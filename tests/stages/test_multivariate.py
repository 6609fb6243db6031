"""Multivariate outliers: scores against scikit-learn's, mixed columns, actions, edges."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.stages import isolation

BOTH = [dp.IsolationOutliers(n_estimators=50), dp.LOF(n_neighbors=10)]


def cloud(rows: int = 300, seed: int = 0) -> np.ndarray:
    """Return four correlated columns of different scales, the first rows far out."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=(4, 4))
    X = rng.normal(size=(rows, 4)) @ mixing
    X[:3] *= 8
    return X * [1, 10, 100, 0.1] + [0, 5, 1000, 0]


def frame(X: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=list("abcd"))


def scores_of(stage: Any, X: np.ndarray) -> np.ndarray:
    scores: np.ndarray = stage.transform(frame(X))["outlier_score"].to_numpy()
    return scores


# ---- as scikit-learn


@pytest.mark.parametrize("max_samples", [256, 64, 5])
def test_isolation_scores_are_those_of_scikit_learn(max_samples: int) -> None:
    """On numbers, score_samples of IsolationForest on standardised columns, the sign changed."""
    train, served = cloud(), cloud(90, 1)
    scaler = StandardScaler().fit(train)
    theirs = IsolationForest(max_samples=max_samples, random_state=3)
    theirs.fit(scaler.transform(train))
    ours = dp.IsolationOutliers(max_samples=max_samples, random_state=3).fit(frame(train))
    for X in (train, served):
        expected = -theirs.score_samples(scaler.transform(X))
        np.testing.assert_allclose(scores_of(ours, X), expected, atol=1e-6)


def test_trees_as_arrays_decide_as_the_trees_do() -> None:
    """The exported forest gives every score to the last digits, on a split's very edge too."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, size=(400, 3)).astype("float64") / 3
    forest = IsolationForest(n_estimators=60, random_state=0, max_samples=256).fit(X)
    plain = json.loads(json.dumps(isolation.learned(X, 60, 256, 0)))
    edges = np.concatenate([t.tree_.threshold[t.tree_.feature >= 0] for t in forest.estimators_])
    edges = edges[: len(edges) // 3 * 3].reshape(-1, 3)
    for asked in (X, edges, np.nextafter(edges.astype("float32"), np.float32(1)).astype(float)):
        np.testing.assert_allclose(
            isolation.scores(asked, plain), -forest.score_samples(asked), rtol=1e-11
        )


@pytest.mark.parametrize("n_neighbors", [1, 20, 1000])
@pytest.mark.filterwarnings("ignore:n_neighbors .* is greater than")
def test_lof_scores_are_those_of_scikit_learn(n_neighbors: int) -> None:
    """On numbers, those of LocalOutlierFactor, a training row left out of its own neighbours."""
    train, served = cloud(), cloud(90, 1)
    scaler = StandardScaler().fit(train)
    scaled = scaler.transform(train)
    rows = LocalOutlierFactor(n_neighbors=n_neighbors).fit(scaled).negative_outlier_factor_
    novel = LocalOutlierFactor(n_neighbors=n_neighbors, novelty=True).fit(scaled)
    ours = dp.LOF(n_neighbors=n_neighbors)
    own = ours.fit_transform(frame(train))["outlier_score"]
    np.testing.assert_allclose(own, -rows, atol=1e-6, rtol=1e-9)
    expected = -novel.score_samples(scaler.transform(served))
    np.testing.assert_allclose(scores_of(ours, served), expected, atol=1e-6, rtol=1e-9)


def test_a_row_is_no_neighbour_of_its_own_in_training() -> None:
    """A row far out scores high however few neighbours count, in fit_transform and in clean."""
    square = [(x, y) for x in range(10) for y in range(10)]
    given = pd.DataFrame([*square, (30, 30)], columns=["x", "y"])
    for sample in (101, 80):
        stage = dp.LOF(n_neighbors=1, max_rows=sample)
        out = stage.fit_transform(given)
        assert out["outlier_score"].iloc[-1] > 20
        pd.testing.assert_frame_equal(dp.clean(given, pipeline=dp.Pipeline([stage])).data, out)
    kept, _ = dp.LOF(n_neighbors=1, action="drop").fit_resample(given)
    assert kept["x"].max() == 9


def test_the_rows_learned_from_are_known_by_their_numbers() -> None:
    """Rows that went before the sample was drawn do not shift who is who in fit_transform."""
    given = pd.DataFrame(cloud(200)[3:], columns=list("abcd"))
    far = pd.concat([pd.DataFrame([[1e6] * 4], columns=list("abcd")), given], ignore_index=True)
    lof = dp.LOF(n_neighbors=2, max_rows=150)
    pipe = dp.Pipeline([dp.ZScore(threshold=10, action="drop"), lof])
    kept = dp.clean(far, pipeline=pipe).data
    assert len(kept) == len(given)
    scores = pipe.fit_transform(far)["outlier_score"].iloc[1:]
    assert scores.tolist() == kept["outlier_score"].tolist()


@pytest.mark.parametrize("n_neighbors", [2, 20])
def test_as_many_new_rows_are_flagged_as_were_asked_for(n_neighbors: int) -> None:
    """The bound of ``contamination`` holds for rows of the same kind that were never seen."""
    rng = np.random.default_rng(0)
    train, served = (frame(rng.normal(size=(2000, 4))) for _ in range(2))
    stage = dp.LOF(n_neighbors=n_neighbors, contamination=0.05)
    assert stage.fit_transform(train)["outlier"].mean() == pytest.approx(0.05, abs=0.001)
    assert stage.transform(served)["outlier"].mean() == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("contamination", [0.01, 0.1, 0.5])
def test_contamination_is_that_of_scikit_learn(contamination: float) -> None:
    """The share of training rows that is asked for is flagged, and by the same bound."""
    X = cloud()
    scaled = StandardScaler().fit_transform(X)
    theirs = IsolationForest(contamination=contamination, random_state=0).fit(scaled)
    ours = dp.IsolationOutliers(contamination=contamination)
    flagged = ours.fit_transform(frame(X))["outlier"].to_numpy()
    assert ours.states_[0]["threshold"] == pytest.approx(-theirs.offset_, abs=2e-6)
    assert flagged.sum() == pytest.approx(contamination * len(X), abs=1)
    assert (flagged == (theirs.predict(scaled) == -1)).mean() > 0.99


# ---- what is unusual


@pytest.mark.parametrize("stage", BOTH)
def test_an_unusual_combination_of_usual_values(stage: Any) -> None:
    """A row that no single column would give away is found by LOF, and scores high by trees."""
    x = np.linspace(-1, 1, 200)
    X = pd.DataFrame({"x": [*x, 0.9], "y": [*(x + 0.01 * np.sin(50 * x)), -0.9]})
    scores = stage.fit_transform(X)["outlier_score"].to_numpy()
    assert scores[200] == scores.max()
    assert not dp.IQR(action="flag").fit_transform(X)[["x_outlier", "y_outlier"]].any().any()


@pytest.mark.parametrize("stage", BOTH)
def test_rare_levels_and_missing_values_count(stage: Any) -> None:
    """A level that is rare, one that is new, and a gap where none is usual make a row unusual."""
    rng = np.random.default_rng(1)
    train = pd.DataFrame(
        {
            "x": rng.normal(size=200),
            "plan": ["basic"] * 120 + ["plus"] * 75 + ["gold"] * 2 + [None] * 3,
            "member": pd.array([True] * 199 + [False], dtype="boolean"),
        }
    )
    stage = stage.fit(train)
    asked = pd.DataFrame(
        {
            "x": [0.0] * 5,
            "plan": ["basic", "gold", "new", None, "basic"],
            "member": pd.array([True, True, True, True, False], dtype="boolean"),
        }
    )
    scores = stage.transform(asked)["outlier_score"].tolist()
    assert min(scores[1:]) > scores[0]


@pytest.mark.parametrize("stage", BOTH)
def test_a_gap_among_numbers_has_a_place(stage: Any) -> None:
    """Where gaps are rare, a row with one scores higher than the same row without."""
    X = frame(cloud())
    X.loc[10:12, "b"] = np.nan
    stage = stage.fit(X)
    middle = X.iloc[3:].median().to_frame().T
    usual, gap = stage.transform(pd.concat([middle, middle.assign(b=np.nan)]))["outlier_score"]
    assert gap > usual


@pytest.mark.parametrize("stage", BOTH)
def test_infinities_are_far_out(stage: Any) -> None:
    """An infinite value makes a row more unusual, at fit as at serving, and scores are numbers."""
    plain = cloud()
    X = plain.copy()
    X[50, 1], X[51, 2] = np.inf, -np.inf
    for given in (X, plain):
        stage = stage.fit(frame(given))
        before, after = scores_of(stage, plain), scores_of(stage, X)
        assert np.isfinite(after).all()
        assert (after[[50, 51]] > before[[50, 51]]).all()
        assert (after[[50, 51]] > np.quantile(before, 0.9)).all()


def test_a_heap_of_equal_rows_is_no_outlier_and_makes_none() -> None:
    """Rows upon each other are as dense as any; scikit-learn's score of those beside is a billion.

    Breunig et al. ask for distances to rows that differ there.
    """
    rng = np.random.default_rng(0)
    X = np.vstack([np.zeros((100, 2)), rng.normal(size=(200, 2))])
    given = pd.DataFrame(X, columns=["x", "y"])
    found = dp.LOF().fit_transform(given)
    assert found["outlier_score"].head(100).tolist() == [1.0] * 100
    assert found["outlier_score"].max() < 10
    theirs = LocalOutlierFactor(novelty=True).fit(X)
    assert -theirs.score_samples(X).min() > 1e6


def test_levels_do_not_vote_a_third_of_the_table_out() -> None:
    """The rarest of three about equally frequent levels is no outlier."""
    given = pd.DataFrame({"c": ["a"] * 12 + ["b"] * 10 + ["c"] * 8})
    for stage in (dp.IsolationOutliers(), dp.LOF()):
        assert not stage.fit_transform(given)["outlier"].any()


# ---- actions


@pytest.mark.parametrize("stage", BOTH)
def test_flag_adds_two_columns(stage: Any) -> None:
    """Values stay; a flag and a score come under the name that is given."""
    X = frame(cloud())
    out = type(stage)(outlier="odd", contamination=0.01).fit(X).transform(X)
    assert out.columns.tolist() == [*"abcd", "odd", "odd_score"]
    pd.testing.assert_frame_equal(out[list("abcd")], X)
    assert out["odd"].dtype == bool
    assert out["odd"].sum() == 3
    assert out["odd"].tolist()[:3] == [True] * 3


@pytest.mark.parametrize("stage", BOTH)
def test_drop_rejects_the_row_with_its_score(stage: Any) -> None:
    """The rejected rows and the ledger hold the score and the bound; at serving all rows stay."""
    X = frame(cloud())
    stage = type(stage)(action="drop", contamination=0.01)
    result = dp.clean(X, pipeline=dp.Pipeline([stage]))
    flags = type(stage)(contamination=0.01).fit_transform(X)
    assert result.rejected["_row"].tolist() == [0, 1, 2]
    bound = result.pipeline.states_[0]["threshold"]
    expected = [f"score {s:.4g} above {bound:.4g}" for s in flags["outlier_score"].head(3)]
    assert result.rejected["_reason"].tolist() == expected
    assert result.ledger["reason"].tolist() == expected
    assert len(result.pipeline.transform(X)) == len(X)
    assert result.undo().equals(X)


@pytest.mark.parametrize("stage", BOTH)
def test_text_identifiers_and_target_have_no_part(stage: Any) -> None:
    """Free text and the target do not make a row unusual."""
    X = frame(cloud()).assign(note=[f"words {i}" for i in range(300)], y=[0] * 299 + [1])
    pipe = dp.Pipeline([stage], target="y").fit(X)
    assert list(pipe.states_[0]["places"]) == list("abcd")
    served = pipe.transform(X.drop(columns="y").head(3))
    assert served["outlier"].notna().all()


@pytest.mark.parametrize("stage", BOTH)
@pytest.mark.parametrize("action", ["flag", "drop"])
def test_where_all_rows_are_the_same_none_is_an_outlier(stage: Any, action: Any) -> None:
    """Columns of one value each tell nothing: no row goes, no score is given, a note says so."""
    given = pl.DataFrame(
        {"x": [5.0] * 20, "c": ["a"] * 20, "n": pl.Series([None] * 20, dtype=pl.Int64)}
    )
    pipe = dp.Pipeline([type(stage)(action=action)])
    result = dp.clean(given, pipeline=pipe)
    assert len(result.data) == 20
    notes = result.summary["stages"][0]["notes"]
    assert notes == ["no column tells one row from another: none is an outlier"]
    if action == "flag":
        assert result.data["outlier"].to_list() == [False] * 20
        assert result.data["outlier_score"].to_list() == [None] * 20


# ---- the contract of the state, and of samples


@pytest.mark.parametrize("stage", BOTH)
def test_a_saved_pipeline_scores_a_row_alone_as_among_others(stage: Any) -> None:
    """Scores depend on nothing but the row and the state, which is plain JSON."""
    X = frame(cloud())
    pipe = dp.Pipeline([stage]).fit(X)
    whole = pipe.transform(X)
    pipe.states_ = json.loads(json.dumps(pipe.states_, allow_nan=False))
    alone = pd.concat([pipe.transform(X.iloc[[i]]) for i in range(0, 300, 25)])
    pd.testing.assert_frame_equal(alone, whole.loc[alone.index], check_exact=True)


@pytest.mark.parametrize("stage", BOTH)
def test_the_sample_is_bounded_and_keyed(stage: Any) -> None:
    """About max_rows rows are learned from: the same ones for a seed, others for another."""
    X = frame(cloud(2000))
    states = [type(stage)(max_rows=100, random_state=s).fit(X).states_[0] for s in (0, 0, 1)]
    assert states[0] == states[1] != states[2]
    if isinstance(stage, dp.LOF):
        assert 60 < len(states[0]["model"]["reach"]) < 140


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (dp.LOF(n_neighbors=0), "n_neighbors"),
        (dp.LOF(contamination=0.0), "contamination"),
        (dp.IsolationOutliers(contamination=0.6), "contamination"),
        (dp.IsolationOutliers(contamination="some"), "contamination"),
        (dp.IsolationOutliers(action="clip"), "action"),
        (dp.LOF(columns="note"), "'note' has no place among numbers"),
        (dp.LOF(columns=["aa"]), "no column named 'aa'"),
    ],
)
def test_a_wrong_parameter_is_named(stage: Any, message: str) -> None:
    """What is wrong is told at fit, with its name."""
    given = frame(cloud()).assign(note=[f"words {i}" for i in range(300)])
    with pytest.raises(ConfigError, match=message):
        stage.fit(given)


def test_a_name_that_is_taken_is_refused() -> None:
    """A column of the table is not overwritten by a flag of the same name."""
    with pytest.raises(DataError, match="there is a column 'outlier' already"):
        dp.LOF().fit(frame(cloud()).assign(outlier=1))


@pytest.mark.parametrize(
    "frame",
    [
        {"x": [1.0] * 100 + [1000.0], "z": [5.0] * 100 + [-7.0]},
        {"x": [1.0] * 100 + [2.0] * 100 + [1000.0]},
    ],
    ids=["one-heap", "two-heaps"],
)
def test_what_lies_apart_from_heaps_of_equal_rows_is_an_outlier(frame: dict[str, Any]) -> None:
    """Where hardly any rows differ, the one that does is not the measure of the others."""
    found = dp.LOF().fit_transform(pd.DataFrame(frame))
    assert found["outlier"].tolist() == [False] * (len(found) - 1) + [True]
