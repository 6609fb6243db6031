"""The rules of over-sampling are imbalanced-learn's, whose draws are others."""

import numpy as np
import pytest
from imblearn.metrics.pairwise import ValueDifferenceMetric
from imblearn.over_sampling import ADASYN, SMOTENC, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE
from sklearn.neighbors import NearestNeighbors

from dataprep.resampling.adasyn import adasyn
from dataprep.resampling.borderline import borderline_smote
from dataprep.resampling.draws import Maker
from dataprep.resampling.kmeans_smote import kmeans_smote, log_sparsity, relative
from dataprep.resampling.rows import Rows
from dataprep.resampling.smote import smote
from dataprep.resampling.smoten import class_shares, level_distances, nearest_by_level, smoten
from dataprep.resampling.svm_smote import svm_smote

SEEDS = range(4)
MANY = 4000
"""So many draws from so few rows that each pair of rows is drawn."""


class NoStep(np.random.RandomState):
    """Random numbers for imbalanced-learn that leave a new row where its parent is."""

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.zeros(size)


def numbers(seed, sizes=(120, 40), width=3):
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    X = random.normal(size=(len(y), width)) + 0.8 * y[:, None]
    order = random.permutation(len(y))
    return X[order], y[order]


def rows_of(X, y, codes=None):
    """Rows whose key order is their own, as imbalanced-learn takes them."""
    none = np.empty((len(y), 0), dtype="int32")
    return Rows(X, none if codes is None else codes, y, np.arange(len(y)))


def pairs(births):
    return set(zip(births.parent_a.tolist(), births.parent_b.tolist(), strict=True))


def neighbours(X, asked, among, k):
    """Positions of the k nearest others, as imbalanced-learn asks scikit-learn for them."""
    found = NearestNeighbors(n_neighbors=k + 1).fit(X[among]).kneighbors(X[asked])[1][:, 1:]
    return {(int(a), int(b)) for a, row in zip(asked, among[found], strict=True) for b in row}


@pytest.mark.parametrize("seed", SEEDS)
def test_smote_draws_among_the_same_neighbours(seed):
    """Each row of the class goes with each of its neighbours, and with no other."""
    X, y = numbers(seed)
    births = smote(rows_of(X, y), {1: MANY}, 3, Maker("smote", seed)).births
    members = np.flatnonzero(y == 1)
    assert pairs(births) == neighbours(X, members, members, 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_borderline_smote_finds_the_same_rows_in_danger(seed, kind):
    """Parents are the rows in danger, neighbours are of the class or of all."""
    X, y = numbers(seed, sizes=(100, 50, 30))
    theirs = BorderlineSMOTE(k_neighbors=3, m_neighbors=6, kind=kind, random_state=0)
    theirs.fit_resample(X, y)
    births = borderline_smote(
        rows_of(X, y), {1: MANY, 2: MANY}, 3, 6, kind, Maker("b", seed)
    ).births
    for label in (1, 2):
        danger = theirs.in_danger_indices[label]
        among = np.flatnonzero(y == label) if kind == "borderline-1" else np.arange(len(y))
        ours = pairs(births) & {(a, b) for a in danger for b in range(len(y))}
        assert ours == neighbours(X, danger, among, 3)
    assert set(births.parent_a) == {row for d in theirs.in_danger_indices.values() for row in d}


@pytest.mark.parametrize("seed", SEEDS)
def test_svm_smote_keeps_the_same_support_vectors(seed):
    """Support vectors in danger go towards neighbours, safe ones away, and noise makes nothing."""
    X, y = numbers(seed)
    theirs = SVMSMOTE(k_neighbors=3, m_neighbors=5, random_state=0)
    theirs.fit_resample(X, y)
    support = theirs.svm_estimator_.support_
    support = support[y[support] == 1]
    noise, danger = (
        theirs._in_danger_noise(theirs.nn_m_, X[support], 1, y, kind=kind)
        for kind in ("noise", "danger")
    )
    births = svm_smote(rows_of(X, y), {1: MANY}, 3, 5, None, 0.5, Maker("svm_smote", 0)).births
    assert noise.any()
    assert danger.any()
    inwards = births.step > 0
    assert set(births.parent_a[inwards]) == set(support[danger])
    assert set(births.parent_a[~inwards]) == set(support[~danger & ~noise])
    assert pairs(births) == neighbours(X, support[~noise], np.flatnonzero(y == 1), 3)
    assert births.step.min() > -0.5
    assert births.step.min() < -0.49


@pytest.mark.parametrize("exponent", ["auto", 2.0])
def test_kmeans_smote_gives_clusters_the_same_weights(exponent):
    """The same clusters are chosen, and get rows by the same sparsity."""
    X, y = numbers(1, sizes=(150, 60))
    X[:, 0] += 8 * (np.arange(len(y)) % 3)
    theirs = KMeansSMOTE(
        kmeans_estimator=3, cluster_balance_threshold=0.2, density_exponent=exponent, random_state=0
    )
    theirs.fit_resample(X, y)
    clusters = theirs.kmeans_estimator_.labels_
    weights = np.array(
        [theirs._find_cluster_sparsity(X[(clusters == c) & (y == 1)]) for c in range(3)]
    )
    ours = np.exp([log_sparsity(X[(clusters == c) & (y == 1)], exponent) for c in range(3)])
    np.testing.assert_allclose(ours, weights, rtol=1e-9)
    births = kmeans_smote(rows_of(X, y), {1: 999}, 2, 3, 0.2, exponent, Maker("k", 0)).births
    made = np.bincount(clusters[births.parent_a], minlength=3)
    assert made.sum() == 999
    assert np.abs(made - 999 * weights / weights.sum()).max() < 1
    assert (clusters[births.parent_a] == clusters[births.parent_b]).all()


@pytest.mark.parametrize("unit", [1e-60, 1e60])
@pytest.mark.parametrize("exponent", ["auto", 9.0])
def test_kmeans_smote_weighs_clusters_alike_in_any_unit(unit, exponent):
    """The power of a distance neither overflows nor vanishes: shares are those of another unit."""
    X, y = numbers(1, sizes=(150, 60))
    logs = [log_sparsity(X[members] * unit, 9.0) for members in (y == 0, y == 1)]
    plain = [log_sparsity(X[members], 9.0) for members in (y == 0, y == 1)]
    np.testing.assert_allclose(relative(logs), relative(plain))
    births = kmeans_smote(rows_of(X * unit, y), {1: 99}, 2, 3, 0.0, exponent, Maker("k", 0)).births
    assert len(births) == 99


@pytest.mark.parametrize("seed", SEEDS)
def test_adasyn_makes_as_many_of_each_row(seed):
    """Every row gets the same number of new ones as with imbalanced-learn."""
    X, y = numbers(seed)
    theirs = ADASYN(n_neighbors=4, random_state=NoStep(0)).fit_resample(X, y)[0][len(y) :]
    births = adasyn(rows_of(X, y), {1: 80}, 4, Maker("adasyn", seed)).births
    assert len(births) == len(theirs)
    np.testing.assert_array_equal(X[births.parent_a], theirs)
    members = np.flatnonzero(y == 1)
    assert pairs(births) <= neighbours(X, members, members, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_smotenc_takes_the_mode_of_the_same_neighbours(seed):
    """For each row the levels that can come out are the same, ties among them."""
    X, y = numbers(seed, sizes=(60, 20))
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (len(y), 2)).astype("int32")
    both = np.hstack([X, codes])
    theirs = SMOTENC(
        categorical_features=[3, 4],
        k_neighbors=4,
        random_state=NoStep(0),
        sampling_strategy={1: 20 + MANY},
    )
    made = theirs.fit_resample(both, y)[0][len(y) :]
    births = smote(rows_of(X, y, codes), {1: MANY}, 4, Maker("smotenc", seed)).births
    parent = {tuple(row): place for place, row in enumerate(X)}
    for column in range(2):
        here = set(zip(births.parent_a.tolist(), births.codes[:, column].tolist(), strict=True))
        there = {(parent[tuple(row[:3])], int(row[3 + column])) for row in made}
        assert here == there


@pytest.mark.parametrize("seed", SEEDS)
def test_smotenc_without_spread_compares_numbers_only(seed):
    """Where most numbers of the class are constant, unlike levels are no distance apart."""
    X, y = numbers(seed, sizes=(60, 20))
    X[:, 1:] = 0.0
    codes = np.random.default_rng(seed).integers(0, 3, (len(y), 1)).astype("int32")
    births = smote(rows_of(X, y, codes), {1: MANY}, 3, Maker("smotenc", seed)).births
    members = np.flatnonzero(y == 1)
    assert pairs(births) == neighbours(X, members, members, 3)


@pytest.mark.parametrize("classes", [2, 3])
def test_smoten_measures_and_votes_as_imbalanced_learn(classes):
    """The metric is the same, and a new row has the mode of its parent's neighbourhood."""
    random = np.random.default_rng(classes)
    y = random.integers(0, classes, 150)
    codes = random.integers(0, 5, (150, 3)).astype("int32")
    metric = ValueDifferenceMetric(n_categories=[5] * 3).fit(codes, y)
    members = np.flatnonzero(y == 1)
    theirs = metric.pairwise(codes[members])
    tables = [class_shares(column, y) for column in codes.T]
    ours = sum(
        level_distances(t, t)[c][:, c] for t, c in zip(tables, codes[members].T, strict=True)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    near = nearest_by_level(codes[members], codes[members], 6, tables)
    np.testing.assert_allclose(
        np.take_along_axis(theirs, near, axis=1), np.sort(theirs, axis=1)[:, :6], atol=1e-12
    )
    births = smoten(rows_of(np.empty((150, 0)), y, codes), {1: 300}, 5, Maker("smoten", 0)).births
    place = {int(row): i for i, row in enumerate(members)}
    for parent, levels in zip(births.parent_a, births.codes, strict=True):
        around = codes[members[near[place[int(parent)]]]]
        assert levels.tolist() == [int(np.bincount(column).argmax()) for column in around.T]


def test_smoten_takes_columns_of_very_many_levels():
    """Memory does not follow the square of the levels: 200,000 of them would take 320 GB."""
    count = 200_000
    codes = np.arange(count, dtype="int32")[:, None]
    y = (np.arange(count) < 50).astype("int64")
    births = smoten(rows_of(np.empty((count, 0)), y, codes), {1: 20}, 3, Maker("smoten", 0)).births
    assert np.isin(births.codes, codes[:50]).all()
