"""NearMiss: the rows kept are those of imbalanced-learn, ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from imblearn.under_sampling import NearMiss

from dataprep import NearMiss as NearMissHere
from dataprep.resampling.nearmiss import near_misses
from dataprep.resampling.rows import Rows


def tied(seed: int, most: int = 150) -> Rows:
    """Return a small table in which many rows are equally far apart, or equal."""
    rng = np.random.default_rng(seed)
    n, d, classes = rng.integers(30, most), rng.choice([1, 2, 3, 8, 15, 16, 20]), seed % 3 + 2
    X = rng.integers(0, rng.choice([2, 4, 9]), size=(n, d)).astype("float64")
    if seed % 3 == 1:
        # Equal but for rounding.
        X = X * 0.1 + rng.choice([0, 1000])
    if seed % 3 == 2:
        X = rng.normal(size=(n, d))[rng.integers(0, n, n)]
    y = np.sort(rng.choice(classes, size=n, p=[0.1, *np.full(classes - 1, 0.9 / (classes - 1))]))
    # Often several classes are equally small, and any of them comes first.
    y[:6] = 0
    y[6 : 6 + 8 * (classes - 1)] = np.repeat(np.arange(1, classes), 8)
    spare = np.flatnonzero(y == 0)[8:]
    y[spare] = 1
    return Rows(X, np.empty((n, 0), "int32"), rng.permutation(y), np.arange(n))


def kept_by_peer(rows: Rows, wanted: Any, **parameters: Any) -> list[int]:
    peer = NearMiss(sampling_strategy=wanted, **parameters)
    peer.fit_resample(rows.numbers, rows.y)
    found: list[int] = np.sort(peer.sample_indices_).tolist()
    return found


@pytest.mark.filterwarnings("ignore:The number of the samples to be selected")
@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("seed", range(40))
def test_the_rows_kept_are_those_of_imbalanced_learn(seed: int, version: int) -> None:
    """Equal mean distances are broken alike, in few and in many columns."""
    rows, k = tied(seed), [3, 1, 2, 6][seed % 4]
    counts = np.bincount(rows.y)
    wanted = {label: [counts.min(), 6, 4][seed % 3] for label in range(1, len(counts))}
    kept = near_misses(rows, wanted, version, k, [3, 1, 5][seed % 3])
    peer = kept_by_peer(
        rows, wanted, version=version, n_neighbors=k, n_neighbors_ver3=[3, 1, 5][seed % 3]
    )
    assert np.flatnonzero(kept).tolist() == peer


@pytest.mark.filterwarnings("ignore:near_miss. only")
@pytest.mark.filterwarnings("ignore:The number of the samples to be selected")
@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_class_as_small_as_the_smallest_loses_the_rows_it_loses_there(version: int) -> None:
    """The third version keeps only rows near the smallest class, of a class as small too."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        y = rng.permutation(np.repeat([0, 1, 2], [12, 12, 60]))
        X = rng.normal(size=(84, 3)) + y[:, None]
        sampler = NearMissHere(version=version)
        sampler.fit_resample(X, y)
        rows = Rows(X, np.empty((84, 0), "int32"), y, np.arange(84))
        assert sorted(sampler.sample_indices_) == kept_by_peer(rows, "auto", version=version)
