"""Local density: how much sparser the surroundings of a row are than those of its neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dataprep.stages.nearest import ROWS_AT_A_TIME, Neighbours, nearest

_LEAST = 1e-10
"""Keeps the density of rows that lie upon each other finite, as scikit-learn does."""


def densities(X: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance to the k-th neighbour, and the local reachability density, of each row.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        Rows that differ, at least two.
    k : int
        At most ``n_rows - 1``: a row is no neighbour of its own.

    Returns
    -------
    reach, density : arrays of shape (n_rows,)

    References
    ----------
    M. M. Breunig, H.-P. Kriegel, R. T. Ng and J. Sander, "LOF: Identifying Density-Based Local
    Outliers", SIGMOD 2000.
    """
    found = list(_near(X, X, k, itself=False))
    indices = np.vstack([near.indices for near in found])
    distances = np.vstack([near.distances for near in found])
    reach = distances.max(axis=1)
    return reach, _density(Neighbours(indices, distances), reach)


def factors(
    X: np.ndarray, others: np.ndarray, reach: np.ndarray, density: np.ndarray, k: int
) -> np.ndarray:
    """Return the local outlier factor of rows beside those that were learned from.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
    others : array of shape (n_others, n_columns)
    reach, density : arrays of shape (n_others,)
        As `densities` returns them.
    k : int

    Returns
    -------
    array of shape (n_rows,)
        1 where a row is as dense as its neighbours, more where it is sparser: scikit-learn's
        ``-score_samples`` with ``novelty=True``.
    """
    found = []
    for near in _near(X, others, k):
        around = _mean(density[near.indices])
        found.append(around / _density(near, reach))
    return np.concatenate(found) if found else np.zeros(0)


def _near(
    X: np.ndarray, others: np.ndarray, k: int, *, itself: bool = True
) -> Iterator[Neighbours]:
    from scipy.spatial.distance import cdist

    for start in range(0, len(X), ROWS_AT_A_TIME):
        # Pair by pair, not by a matrix product: the same for a row alone and among others.
        distances = cdist(X[start : start + ROWS_AT_A_TIME], others)
        if not itself:
            rows = np.arange(len(distances))
            distances[rows, start + rows] = np.inf
        yield nearest(distances, k)


def _density(near: Neighbours, reach: np.ndarray) -> np.ndarray:
    reachable = np.maximum(near.distances, reach[near.indices])
    density: np.ndarray = 1.0 / (_mean(reachable) + _LEAST)
    return density


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of each row, summed column by column: not by the shape of the batch."""
    total = np.zeros(len(values))
    for column in values.T:
        total += column
    return total / values.shape[1]
