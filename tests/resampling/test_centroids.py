"""Centroids: clusters of a class, as numbers and as rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from imblearn.under_sampling import ClusterCentroids
from sklearn.cluster import KMeans, MiniBatchKMeans

from dataprep.resampling.centroids import centres_of
from dataprep.resampling.rows import Rows


def rows_of(X: Any, y: Any, codes: Any = None) -> Rows:
    X = np.asarray(X, "float64")
    codes = np.empty((len(X), 0), "int32") if codes is None else np.asarray(codes, "int32")
    return Rows(X, codes, np.asarray(y), np.arange(len(X)))


@pytest.mark.parametrize("model", [KMeans(random_state=3), MiniBatchKMeans(4, random_state=3)])
def test_soft_centres_are_those_of_imbalanced_learn(model: Any) -> None:
    """The same clusters of the same rows have the same centres."""
    rng = np.random.default_rng(0)
    rows = rows_of(rng.normal(size=(60, 4)), [0] * 50 + [1] * 10)
    X, y = ClusterCentroids(estimator=model).fit_resample(rows.numbers, rows.y)
    found = centres_of(rows, 0, 10, model)
    np.testing.assert_allclose(found.numbers, X[y == 0], rtol=1e-9)
    assert found.distinct


def test_hard_centres_are_those_of_imbalanced_learn() -> None:
    """The nearest rows are the same; each is kept once, where theirs may come twice."""
    rng = np.random.default_rng(1)
    rows = rows_of(rng.normal(size=(60, 4)), [0] * 50 + [1] * 10)
    model = KMeans(random_state=3)
    X, y = ClusterCentroids(estimator=model, voting="hard").fit_resample(rows.numbers, rows.y)
    np.testing.assert_array_equal(rows.numbers[centres_of(rows, 0, 10, model).nearest], X[y == 0])


def test_a_row_stands_for_one_centre() -> None:
    """Two centres at the same place take two rows."""
    rows = rows_of([[0.0], [0.0], [0.0], [9.0]], [0, 0, 0, 1])
    found = centres_of(rows, 0, 2, KMeans(random_state=0), each_once=True)
    assert sorted(found.nearest.tolist()) == [0, 1]
    assert not found.distinct


def test_levels_are_voted() -> None:
    """A cluster has the level of most of its rows; far numbers set clusters apart."""
    X = [[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [9.0]]
    codes = [[0, 1], [0, 1], [2, 0], [1, -1], [1, -1], [1, -1], [0, 0]]
    found = centres_of(rows_of(X, [0] * 6 + [1], codes), 0, 2, KMeans(random_state=0))
    at = np.argsort(found.numbers[:, 0])
    np.testing.assert_allclose(found.numbers[at, 0], [0.1, 5.1])
    assert found.codes[at].tolist() == [[0, 1], [1, -1]]
    assert found.nearest[at].tolist() == [1, 4]


def test_gaps() -> None:
    """A missing number counts as the mean; a column without any stays missing."""
    X = [[0.0, np.nan], [np.nan, np.nan], [4.0, np.nan], [9.0, 1.0]]
    found = centres_of(rows_of(X, [0, 0, 0, 1]), 0, 1, KMeans(random_state=0))
    np.testing.assert_array_equal(found.numbers, [[2.0, np.nan]])


def test_the_order_of_rows_does_not_matter() -> None:
    """Clusters follow the rows' contents."""
    rng = np.random.default_rng(5)
    rows = rows_of(rng.normal(size=(40, 2)), [0] * 30 + [1] * 10)
    moved = rng.permutation(40)
    here, there = (centres_of(r, 0, 10, KMeans(random_state=0)) for r in (rows, rows.take(moved)))
    np.testing.assert_array_equal(here.numbers, there.numbers)
    np.testing.assert_array_equal(here.nearest, moved[there.nearest])
