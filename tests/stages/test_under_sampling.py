"""Under-sampling by neighbours, classifiers and clusters, and what cleans after SMOTE: stages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn import under_sampling as peers
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

import dataprep as dp
from dataprep.errors import ConfigError, DataError


def numbers(seed: int = 0, n: int = 120, width: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers with ties, and three classes."""
    rng = np.random.default_rng(seed)
    y = rng.choice([3, 1, 2], size=n, p=[0.6, 0.25, 0.15])
    return rng.integers(0, 5, size=(n, width)) + (y == 1)[:, None] * 1.0, y


def people(n: int = 120) -> pd.DataFrame:
    """Return a mixed frame with gaps, a carried column, and odd labels."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "age": pd.array(rng.integers(18, 90, n), dtype="Int64"),
            "income": rng.normal(3000, 900, n).round(2),
            "plan": pd.Categorical(rng.choice(["basic", "plus", "pro"], n)),
            "active": rng.random(n) < 0.5,
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "churned": np.where(rng.random(n) < 0.2, "yes", "no"),
        },
        index=[f"person {i}" for i in range(n)],
    )
    frame.loc[frame.index[::7], "income"] = None
    frame.loc[frame.index[3::11], "age"] = None
    return frame


SAMPLERS = [
    dp.CondensedNearestNeighbour(),
    dp.CondensedNearestNeighbour(n_neighbors=2, n_seeds_S=2, random_state=5),
    dp.OneSidedSelection(),
    dp.NearMiss(),
    dp.NearMiss(version=3),
    dp.InstanceHardnessThreshold("decision_tree"),
    dp.ClusterCentroids(),
    dp.ClusterCentroids(voting="hard"),
    dp.SMOTEENN(),
    dp.SMOTETomek(),
]


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore")
def test_near_miss_is_that_of_imbalanced_learn(seed: int, version: int) -> None:
    """As arrays and as frames, the very same rows stay."""
    X, y = numbers(seed)
    peer = peers.NearMiss(version=version)
    expected = peer.fit_resample(X, y)[0]
    ours = dp.NearMiss(version=version)
    ours.fit_resample(X, y)
    assert sorted(ours.sample_indices_) == sorted(peer.sample_indices_)
    frame = pd.DataFrame(X, columns=list("abcd"))
    kept = ours.fit_resample(frame, pd.Series(y))[0]
    assert kept.equals(frame.loc[np.sort(peer.sample_indices_)])
    assert len(kept) == len(expected)


@pytest.mark.parametrize("stage", SAMPLERS, ids=repr)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_order_of_rows_does_not_matter(stage: Any) -> None:
    """Whatever the order of the input, the same rows come out: mixed, with gaps."""
    frame = people()
    moved = frame.sample(frac=1, random_state=1)
    found = []
    for given in (frame, moved):
        result = dp.clean(given, pipeline=dp.Pipeline([stage], target="churned")).data
        # Parents are told by row numbers, which differ.
        result = result[list(frame.columns)]
        found.append(result.sort_values(list(result.columns)).reset_index(drop=True))
    pd.testing.assert_frame_equal(found[0], found[1], check_exact=True)


@pytest.mark.parametrize("stage", SAMPLERS, ids=repr)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_kept_rows_are_unchanged_and_in_order(stage: Any) -> None:
    """Types, labels and cells stay; the smallest class loses nothing unless all may."""
    frame = people()
    result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="churned"))
    made = result.summary["rows_synthetic"]
    data = result.data[list(frame.columns)]
    kept = data.iloc[: len(data) - made]
    pd.testing.assert_frame_equal(kept, frame.loc[kept.index])
    assert kept.index.tolist() == [label for label in frame.index if label in set(kept.index)]
    assert data.dtypes.equals(frame.dtypes)
    assert len(kept) + result.summary["rows_rejected"] == len(frame)
    if not isinstance(stage, dp.SMOTEENN | dp.SMOTETomek):
        assert (data["churned"] == "yes").sum() == (frame["churned"] == "yes").sum()


def test_centroids_say_whose_they_are() -> None:
    """A centre is a new row of its class, with the nearest row as its parent."""
    X, y = numbers()
    sampler = dp.ClusterCentroids(sampling_strategy={3: 5})
    out, classes = sampler.fit_resample(X, y)
    assert (classes == 3).sum() == 5
    parents = sampler.provenance_["parent_a"].to_numpy()
    assert (y[parents] == 3).all()
    near = np.linalg.norm(X[parents] - out[-5:], axis=1)
    everyone = np.linalg.norm(X[y == 3][:, None] - out[-5:], axis=2).min(axis=0)
    np.testing.assert_allclose(near, everyone)


def test_hard_centroids_of_sparse_rows() -> None:
    """Sparse rows stay sparse and stay rows: a row is taken once."""
    X, y = numbers()
    sampler = dp.ClusterCentroids()
    out, classes = sampler.fit_resample(sparse.csr_matrix(X), y)
    assert sparse.issparse(out)
    assert len(set(sampler.sample_indices_)) == len(classes)
    assert np.bincount(classes)[1:].tolist() == [min(np.bincount(y)[1:])] * 3


def test_images_keep_their_shape() -> None:
    """Arrays of any rank are flattened and restored."""
    X, y = numbers()
    out, classes = dp.CondensedNearestNeighbour().fit_resample(X.reshape(-1, 2, 2), y)
    assert out.shape == (len(classes), 2, 2)


def test_classifiers_of_ones_own() -> None:
    """Any classifier with probabilities judges hardness; one that refuses gaps is told of."""
    X, y = numbers()
    for given in (LogisticRegression(), KNeighborsClassifier(3), "hist_gradient_boosting"):
        sampler = dp.InstanceHardnessThreshold(given, cv=3)
        classes = sampler.fit_resample(X, y)[1]
        assert (classes == 3).sum() < (y == 3).sum()
    X[0, 0] = np.nan
    with pytest.raises(DataError, match=r"estimator: .*LogisticRegression failed to fit: .*NaN"):
        dp.InstanceHardnessThreshold(LogisticRegression()).fit_resample(X, y)


def test_estimators_are_saved_by_name() -> None:
    """An object cannot be held by JSON: the error says so, and a name can."""
    frame = people()
    given = dp.InstanceHardnessThreshold(LogisticRegression(), columns="boolean")
    fitted = dp.Pipeline([given], target="churned").fit(frame)
    with pytest.raises(ConfigError, match="LogisticRegression is an object, which JSON cannot"):
        fitted.to_dict()
    named = dp.Pipeline([dp.ClusterCentroids(estimator="mini_batch_k_means")], target="churned")
    again = dp.Pipeline.from_dict(named.fit(frame).to_dict())
    assert again.stages[0].estimator == "mini_batch_k_means"


@pytest.mark.parametrize(("combined", "cleaner"), [("SMOTEENN", "ENN"), ("SMOTETomek", "Tomek")])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_combined_is_one_after_the_other(combined: str, cleaner: str) -> None:
    """SMOTE and then the cleaning of imbalanced-learn give the same rows."""
    X, y = numbers(2)
    X = X + np.random.default_rng(0).normal(scale=0.01, size=X.shape)
    out, classes = getattr(dp, combined)(random_state=3).fit_resample(X, y)
    made = dp.SMOTE(random_state=3).fit_resample(X, y)
    peer = {"ENN": peers.EditedNearestNeighbours, "Tomek": peers.TomekLinks}[cleaner]
    cleaned = peer(sampling_strategy="all")
    cleaned.fit_resample(*made)
    stay = np.sort(cleaned.sample_indices_)
    np.testing.assert_array_equal(out, made[0][stay])
    np.testing.assert_array_equal(classes, made[1][stay])


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_combined_takes_stages_and_their_parameters() -> None:
    """An inner stage is given as in imbalanced-learn, or as JSON holds it; both do the same."""
    X, y = numbers(2)
    inner = dp.SMOTE(sampling_strategy={2: 40}, k_neighbors=3)
    given = dp.SMOTEENN(smote=inner, enn=dp.EditedNearestNeighbours(n_neighbors=2))
    named = dp.SMOTEENN(**given.parameters())
    assert isinstance(named.smote, dict)
    for one, other in zip(given.fit_resample(X, y), named.fit_resample(X, y), strict=True):
        np.testing.assert_array_equal(one, other)
    assert given.sampling_strategy_ == {2: 40 - (y == 2).sum()}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_provenance_of_what_combined_keeps() -> None:
    """New rows that stay lie between their recorded parents."""
    X, y = numbers(2)
    sampler = dp.SMOTETomek()
    out, classes = sampler.fit_resample(X, y)
    told = sampler.provenance_
    assert 0 < len(told) == len(out) - (sampler.sample_indices_[: -len(told)] >= 0).sum()
    a, b = X[told["parent_a"]], X[told["parent_b"]]
    between = a + told["step"].to_numpy()[:, None] * (b - a)
    np.testing.assert_allclose(out[-len(told) :], between)
    assert (classes[-len(told) :] == y[told["parent_a"]]).all()


REFUSED = [
    (
        dp.CondensedNearestNeighbour(sampling_strategy=[2, 3]),
        r"condensed_nearest_neighbour.sampling_strategy: 2 is the smallest class",
    ),
    (dp.OneSidedSelection(sampling_strategy="all"), "one_sided_selection.* smallest class; it"),
    (dp.CondensedNearestNeighbour(n_neighbors=99), "99 neighbours are wanted of 2[0-9] rows"),
    (dp.NearMiss(n_neighbors=60), "near_miss.n_neighbors: 60 rows of the smallest class.* 2 has"),
    (
        dp.NearMiss(version=3, n_neighbors_ver3=99, sampling_strategy={3: 20}),
        "near_miss.n_neighbors_ver3: 99 near rows are wanted, 3 has",
    ),
    (dp.NearMiss(sampling_strategy="minority"), "remove rows of the smallest class"),
    (dp.NearMiss(version=4), "near_miss.version: 4: input should be 1, 2 or 3"),
    (
        dp.InstanceHardnessThreshold(estimator=3),
        "3 has no fit and no predict_proba and no get_params. Give one of",
    ),
    (dp.InstanceHardnessThreshold(estimator=LogisticRegression), "it is a class"),
    (dp.InstanceHardnessThreshold("logistic"), "unknown estimator 'logistic'. There is: random_f"),
    (dp.ClusterCentroids(estimator="kmeans"), "estimator 'kmeans'. Did you mean 'k_means'"),
    (dp.ClusterCentroids(estimator=LogisticRegression()), "has no n_clusters"),
    (dp.SMOTEENN(enn={"n_neighbors": 0}), "smoteenn.enn.n_neighbors: 0: input should be"),
    (dp.SMOTEENN(smote=5), "smoteenn.smote: 5 is no SMOTE. Give its parameters"),
    (dp.SMOTEENN(enn=dp.TomekLinks()), "is no EditedNearestNeighbours"),
    (dp.SMOTETomek(smote={"k_neighbors": 99}), "smote.k_neighbors: 99 neighbours need 100 rows"),
]


@pytest.mark.parametrize(("stage", "words"), REFUSED, ids=[repr(stage) for stage, _ in REFUSED])
def test_what_is_refused(stage: Any, words: str) -> None:
    """Each refusal names the place, the value and what would work."""
    X, y = numbers()
    with pytest.raises((ConfigError, DataError), match=words):
        stage.fit_resample(X, y)


def test_a_class_of_one_row_cannot_be_judged() -> None:
    """No other row is left to learn it from."""
    X, y = numbers()
    y[0] = 9
    with pytest.raises(DataError, match=r"the class 9 has 1 row: no other is left"):
        dp.InstanceHardnessThreshold().fit_resample(X, y)


def test_fewer_near_rows_than_asked_for() -> None:
    """In the third version what is near may be too few: all of it is kept, and told."""
    X, y = numbers()
    with pytest.warns(UserWarning, match=r"near_miss: only .* of 60 rows of the class 3 are near"):
        dp.NearMiss(version=3, sampling_strategy={3: 60}, n_neighbors_ver3=1).fit_resample(X, y)
