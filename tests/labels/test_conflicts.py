"""Labels of the same and of near rows: by hand, in any order of rows, and in little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from dataprep.labels import conflicts
from dataprep.labels.conflicts import Conflicts, among_near, among_same
from dataprep.neighbours import nearest


def by_hand(
    numbers: np.ndarray, keys: np.ndarray, y: np.ndarray, tolerance: float
) -> list[tuple[float, int, float]]:
    """Return what all rows within a tolerance say, by comparing each with each."""
    told = []
    for i, label in enumerate(y):
        apart = np.sqrt(((numbers - numbers[i]) ** 2).sum(axis=1))
        counts = np.bincount(y[(apart <= tolerance) & (keys == keys[i])], minlength=3)
        best = np.flatnonzero(counts == counts.max())
        total = counts.sum()
        majority = -1 if len(best) > 1 else int(best[0])
        told.append((counts[label] / total, majority, counts.max() / total))
    return told


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points of a grid, with many copies, their keys and labels."""
    draw = np.random.default_rng(seed)
    keys = draw.integers(0, 2, n) * (2**61 + 1)
    return draw.integers(0, 4, (n, 2)).astype(float), keys, draw.integers(0, 3, n)


@pytest.mark.parametrize("seed", range(5))
def test_near_rows_are_those_within_the_tolerance(seed):
    """With neighbours enough, shares and majorities are those of comparing each with each."""
    numbers, keys, y = rows(50, seed)
    found = among_near(numbers, keys, y, 3, tolerance=1.0, n_neighbors=100)
    np.testing.assert_allclose(np.column_stack(found), by_hand(numbers, keys, y, 1.0))
    exact = among_near(numbers, keys, y, 3, tolerance=0.0, n_neighbors=100)
    np.testing.assert_allclose(np.column_stack(exact), by_hand(numbers, keys, y, 0.0))


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_more_copies_than_neighbours_have_one_vote_each(order):
    """Of thirty copies nineteen have the right label, in whichever order they come."""
    y = np.array([0] * 11 + [1] * 19)[order]
    same = np.zeros(30, dtype="int64")
    near = among_near(np.zeros((30, 1)), same, y, 2, tolerance=0.01, n_neighbors=10)
    for one, other in zip(near, among_same(same, y, 2), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (near.majority == 1).all()


def test_the_order_of_rows_decides_nothing():
    """Of more equally distant rows than count, the same ones count."""
    numbers, keys, y = rows(200, 7)
    order = np.random.default_rng(1).permutation(200)
    found = among_near(numbers, keys, y, 3, tolerance=1.0, n_neighbors=2)
    again = among_near(numbers[order], keys[order], y[order], 3, tolerance=1.0, n_neighbors=2)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one[order], other)


def test_only_so_many_neighbours_count():
    """One neighbour is outvoted by nobody, two outvote the row."""
    numbers, y = np.array([[0.0], [0.1], [0.21]]), np.array([0, 1, 1])
    same = np.zeros(3, dtype="int64")

    def majorities(n_neighbors: int) -> list[int]:
        found = among_near(numbers, same, y, 2, tolerance=1.0, n_neighbors=n_neighbors)
        return found.majority.tolist()

    assert majorities(1) == [-1, -1, 1]
    assert majorities(2) == [1, 1, 1]


def test_many_classes_take_little_memory():
    """Counts are held of the labels that groups have: a table of all would take 80 MB."""
    draw = np.random.default_rng(0)
    numbers, y = draw.normal(size=(5_000, 2)), draw.integers(0, 2_000, 5_000)
    tracemalloc.start()
    found = among_near(numbers, y * 0, y, 2_000, tolerance=0.01, n_neighbors=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Conflicts)
    assert peak < 20e6


def test_only_rows_that_may_be_near_are_searched(monkeypatch):
    """Of 400 rows in small groups, and two heaps far apart, each heap alone is searched."""
    searched = []

    def spying(space, k):
        searched.append((len(space), space.levels.shape[1]))
        return nearest(space, k)

    monkeypatch.setattr(conflicts, "nearest", spying)
    draw = np.random.default_rng(0)
    numbers = np.concatenate([draw.normal(size=500), 1e12 + draw.normal(size=50)])[:, None]
    keys = np.concatenate([np.arange(400) // 8, np.full(150, 99)])
    y = draw.integers(0, 3, 550)
    found = among_near(numbers, keys, y, 3, tolerance=2.0, n_neighbors=549)
    np.testing.assert_allclose(np.column_stack(found), by_hand(numbers, keys, y, 2.0))
    assert sorted(searched) == [(50, 0), (100, 0)]
