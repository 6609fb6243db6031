"""Labels over a graph of nearest rows, beside scikit-learn's."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons
from sklearn.semi_supervised import LabelSpreading

from dataprep.labels.spreading import spread
from dataprep.neighbours import Space, nearest


def some_labels(y: np.ndarray, share: float, seed: int) -> np.ndarray:
    hidden = np.random.default_rng(seed).random(len(y)) > share
    return np.where(hidden, -1, y)


@pytest.mark.parametrize(("n_neighbors", "alpha"), [(7, 0.2), (4, 0.9), (15, 0.5)])
def test_shares_are_those_of_scikit_learn(n_neighbors: int, alpha: float) -> None:
    """The same distribution over classes as LabelSpreading(kernel="knn"), row by row."""
    X, y = make_moons(300, noise=0.1, random_state=0)
    given = some_labels(y, 0.1, 1)
    peer = LabelSpreading(kernel="knn", n_neighbors=n_neighbors, alpha=alpha, max_iter=200)
    peer.fit(X, given)
    near = nearest(Space(X), n_neighbors - 1)
    found = spread(near.indices, given, 2, alpha=alpha, max_iter=200)
    assert np.allclose(found.shares, peer.label_distributions_, atol=1e-12)
    assert found.rounds == peer.n_iter_
    assert found.converged


def test_labels_of_digits_are_those_of_scikit_learn() -> None:
    """Ten classes of pictures: the same label for each row."""
    X, y = load_digits(return_X_y=True)
    # Of rows that are equally near, rounding would decide who is a neighbour over there.
    X = X + np.random.default_rng(0).normal(scale=1e-3, size=X.shape)
    given = some_labels(y, 0.05, 2)
    peer = LabelSpreading(kernel="knn", n_neighbors=7).fit(X, given)
    near = nearest(Space(X), 6)
    found = spread(near.indices, given, 10)
    assert (found.shares.argmax(axis=1) == peer.transduction_).all()
    hidden = given < 0
    assert (found.shares.argmax(axis=1)[hidden] == y[hidden]).mean() > 0.9


def test_a_row_that_nothing_reaches_has_no_class() -> None:
    """Two islands, a label on one of them: the other gets none, not the first class."""
    X = np.array([[0.0], [1.0], [2.0], [90.0], [91.0], [92.0]])
    near = nearest(Space(X), 2)
    found = spread(near.indices, np.array([1, -1, -1, -1, -1, -1]), 2)
    assert found.shares[:3, 1].tolist() == [1.0, 1.0, 1.0]
    assert not found.shares[3:].any()


def test_rounds_end_where_they_are_to() -> None:
    """A small bound on rounds is kept, and told."""
    near = nearest(Space(np.arange(50.0)[:, None]), 2)
    own = np.full(50, -1)
    own[0], own[49] = 0, 1
    found = spread(near.indices, own, 2, alpha=0.99, max_iter=3)
    assert (found.rounds, found.converged) == (3, False)


def test_spreading_takes_three_arrays_of_rows_and_classes() -> None:
    """What arrives, what arrived before and the answer: no copy beside them."""
    rng = np.random.default_rng(0)
    neighbours, own = rng.integers(0, 4_000, (4_000, 3)), rng.integers(-1, 200, 4_000)
    tracemalloc.start()
    spread(neighbours, own, 200, max_iter=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3.5 * 8 * 4_000 * 200
