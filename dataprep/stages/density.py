"""Local density: how much sparser the surroundings of a row are than those of its neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dataprep.neighbours import Neighbours
from dataprep.neighbours.columns import ROWS_AT_A_TIME, Points, distances_between, nearest

_LEAST = 1e-10
"""Keeps a density finite, as in scikit-learn."""


def densities(points: Points, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance to the k-th neighbour, and the local reachability density, of each row.

    Parameters
    ----------
    points : Points of n_rows rows
        At least two of them differ.
    k : int
        At most ``n_rows - 1``: a row is no neighbour of its own.

    Returns
    -------
    reach, density : arrays of shape (n_rows,)
        Of a row upon which k others lie, the reach is to its k-th neighbour among rows that
        differ, where there are so many: a heap would be infinitely dense, and all around it
        outliers.

    References
    ----------
    M. M. Breunig, H.-P. Kriegel, R. T. Ng and J. Sander, "LOF: Identifying Density-Based Local
    Outliers", SIGMOD 2000; on heaps, its remark on the k-distinct-distance.
    """
    found = list(_near(points, points, k, np.arange(len(points.numbers))))
    indices = np.vstack([near.indices for near in found])
    distances = np.vstack([near.distances for near in found])
    reach = distances.max(axis=1)
    heaped = np.flatnonzero(reach == 0)
    if len(heaped):
        _, first = np.unique(np.hstack(points), axis=0, return_index=True)
        # Among fewer rows that differ, the k-th would be the outlier that is looked for.
        if len(first) > k + 1:
            different = points.take(np.sort(first))
            # The row itself is among those that differ, at distance zero.
            nearby = _near(points.take(heaped), different, k + 1)
            reach[heaped] = np.concatenate([near.distances.max(axis=1) for near in nearby])
    return reach, _density(Neighbours(indices, distances), reach)


def factors(
    points: Points,
    others: Points,
    reach: np.ndarray,
    density: np.ndarray,
    k: int,
    itself: np.ndarray | None = None,
) -> np.ndarray:
    """Return the local outlier factor of rows beside those that were learned from.

    Parameters
    ----------
    points : Points of n_rows rows
    others : Points of n_others rows
    reach, density : arrays of shape (n_others,)
        As `densities` returns them.
    k : int
    itself : array of int64, shape (n_rows,), optional
        Which of the others each row is, and no neighbour of its own; -1 for none of them.

    Returns
    -------
    array of shape (n_rows,)
        1 where a row is as dense as its neighbours, more where it is sparser: scikit-learn's
        ``-score_samples`` with ``novelty=True``, of ``itself`` its ``-negative_outlier_factor_``.
    """
    found = [
        _mean(density[near.indices]) / _density(near, reach)
        for near in _near(points, others, k, itself)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def _near(
    points: Points, others: Points, k: int, itself: np.ndarray | None = None
) -> Iterator[Neighbours]:
    for start in range(0, len(points.numbers), ROWS_AT_A_TIME):
        part = points.take(slice(start, start + ROWS_AT_A_TIME))
        distances = distances_between(part, others)
        if itself is not None:
            own = itself[start : start + ROWS_AT_A_TIME]
            rows = np.flatnonzero(own >= 0)
            distances[rows, own[rows]] = np.inf
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
    mean: np.ndarray = total / values.shape[1]
    return mean
