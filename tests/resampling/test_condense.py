"""Condensing: the rows kept are those of imbalanced-learn, ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from imblearn import under_sampling as peers

from dataprep.resampling.condense import condensed, one_sided
from dataprep.resampling.rows import Rows
from dataprep.resampling.tomek import linked


def rows_of(X: Any, y: Any) -> Rows:
    """Return rows whose key is their position: none is drawn by it here."""
    X = np.asarray(X, "float64")
    return Rows(X, np.empty((len(X), 0), "int32"), np.asarray(y), np.arange(len(X)))


def tied(seed: int) -> Rows:
    """Return a small table in which many rows are equally far apart, or equal."""
    rng = np.random.default_rng(seed)
    n, d, classes = rng.integers(12, 150), rng.choice([1, 2, 3, 8, 15, 16, 20]), rng.integers(2, 5)
    X = rng.integers(0, rng.choice([2, 4, 9]), size=(n, d)).astype("float64")
    if seed % 3 == 1:
        # Equal but for rounding.
        X = X * 0.1 + rng.choice([0, 1000])
    if seed % 3 == 2:
        X = rng.normal(size=(n, d))[rng.integers(0, n, n)]
    shares = np.sort(rng.random(classes) + 0.05)
    y = rng.choice(classes, size=n, p=shares / shares.sum())
    # One class is smaller than the others: which of equally small ones the others are compared
    # with depends in imbalanced-learn on the row that comes first.
    y[:classes] = np.arange(classes)
    y[classes : 3 * classes] = np.repeat(np.arange(1, classes), 9)[: 2 * classes]
    counts = np.bincount(y)
    spare = np.flatnonzero(y == counts.argmin())[1:]
    if (counts == counts.min()).sum() > 1 and len(spare):
        y[spare[0]] = counts.argmax()
    return rows_of(X, y)


class Drawing(np.random.RandomState):
    """A random state that draws what it was told to."""

    def __init__(self, draws: Any) -> None:
        super().__init__(0)
        self.draws = list(draws)

    def randint(self, *args: Any, **kwargs: Any) -> Any:
        return self.draws.pop(0)


def drawn(rows: Rows, count: int) -> tuple[list[int], dict[int, Any], Drawing]:
    """Return the classes that lose rows, seeds for each, and a state that draws the same."""
    counts = np.bincount(rows.y)
    classes = [label for label in range(len(counts)) if label != counts.argmin()]
    rng, seeds, places = np.random.default_rng(len(rows.y)), {}, []
    for label in classes:
        own = np.flatnonzero(rows.y == label)
        places.append(np.sort(rng.choice(len(own), size=min(count, len(own)), replace=False)))
        seeds[label] = own[places[-1]]
    return classes, seeds, Drawing(places)


CASES = [(seed, [1, 1, 2, 3, 4][seed % 5], [1, 1, 3][seed % 3]) for seed in range(60)]


@pytest.mark.parametrize(("seed", "k", "count"), CASES)
def test_condensed_is_that_of_imbalanced_learn(seed: int, k: int, count: int) -> None:
    """From the same seeds the same rows are kept, though the votes are tied."""
    rows = tied(seed)
    classes, seeds, state = drawn(rows, count)
    k = min(k, len(seeds[classes[0]]) + int(np.bincount(rows.y).min()))
    kept = condensed(rows, classes, seeds, k)
    peer = peers.CondensedNearestNeighbour(
        random_state=state, n_neighbors=k, n_seeds_S=count, sampling_strategy=classes
    )
    peer.fit_resample(rows.numbers, rows.y)
    assert np.flatnonzero(kept).tolist() == np.unique(peer.sample_indices_).tolist()


@pytest.mark.parametrize(("seed", "k", "count"), CASES)
def test_one_sided_selection_is_that_of_imbalanced_learn(seed: int, k: int, count: int) -> None:
    """From the same seeds the same rows are kept; then Tomek links go, in that order of rows."""
    rows = tied(seed)
    classes, seeds, state = drawn(rows, count)
    k = min(k, len(seeds[classes[0]]) + int(np.bincount(rows.y).min()))
    chosen = one_sided(rows, classes, seeds, k)
    gone = linked(rows.take(chosen), classes)
    peer = peers.OneSidedSelection(
        random_state=state, n_neighbors=k, n_seeds_S=count, sampling_strategy=classes
    )
    peer.fit_resample(rows.numbers, rows.y)
    assert np.delete(chosen, gone).tolist() == peer.sample_indices_.tolist()
