"""KMeans-SMOTE: new rows within the clusters that a class holds, more in the sparse ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, inf, isinf, log
from typing import Any, Literal

import numpy as np

from dataprep.errors import DataError
from dataprep.resampling.between import together
from dataprep.resampling.draws import Maker
from dataprep.resampling.embedded import embedded
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.smote import smote_among
from dataprep.resampling.spaces import unlike_levels

Auto = Literal["auto"]


def kmeans_smote(
    rows: Rows,
    wanted: Mapping[int, int],
    k: int,
    kmeans_estimator: Any,
    cluster_balance_threshold: float | Auto,
    density_exponent: float | Auto,
    maker: Maker,
) -> Plan:
    """Make rows by SMOTE within clusters of all rows.

    Parameters
    ----------
    rows : Rows
    wanted : mapping of int to int
        How many rows to make, by class code.
    k : int
        Neighbours of each row; a cluster needs more rows of the class than that.
    kmeans_estimator : clusterer, int or None
        A number of clusters for ``MiniBatchKMeans``; None: its default of 8.
    cluster_balance_threshold : float or "auto"
        The share of the class that a cluster needs; ``auto``: half the class's share of all rows
        to be made. With one cluster there is no threshold.
    density_exponent : float or "auto"
        How much sparse clusters are preferred; see `log_sparsity`.
    maker : Maker

    Returns
    -------
    Plan

    Raises
    ------
    DataError
        Where no cluster has enough rows of a class.

    Notes
    -----
    The clusters' shares are rounded so that they add up to the rows that are wanted;
    imbalanced-learn rounds each of them up.

    References
    ----------
    F. Last, G. Douzas, F. Bacao, "Oversampling for imbalanced learning based on k-means and
    SMOTE", arXiv 1711.00837.
    """
    everyone, made = rows.ordered(np.arange(len(rows))), []
    found: dict[float, np.ndarray] = {}
    for code, count in wanted.items():
        if not count:
            continue
        unlike = unlike_levels(rows, rows.of(code))
        if unlike not in found:
            # The levels' distance is the class's own; without levels, one model serves all.
            matrix = embedded(rows, everyone, unlike)
            found[unlike] = _clustered(matrix, kmeans_estimator, maker.seed)
        clusters = found[unlike]
        threshold = cluster_balance_threshold
        if threshold == "auto":
            threshold = count / sum(wanted.values()) / 2
        if clusters.max() == 0:
            threshold = 0.0
        chosen = suitable(clusters, rows.y[everyone] == code, float(threshold), k)
        if not chosen:
            raise DataError(
                f"no cluster has more than {k} rows of {maker.named(code)}, and {threshold:.0%} of "
                "its rows of it",
                place=maker.stage,
                remedy="Use a lower cluster_balance_threshold, more clusters, or SMOTE.",
            )
        groups = [everyone[places] for places in chosen]
        sparse = relative(
            [log_sparsity(embedded(rows, g, unlike), density_exponent) for g in groups]
        )
        for turn, (members, number) in enumerate(zip(groups, dealt(sparse, count), strict=True)):
            if number:
                draws = maker.draws(code).part(f"cluster {turn}")
                made.append(smote_among(rows, members, number, k, draws))
    return Plan(np.empty(0, dtype="int64"), together(made))


def _clustered(matrix: Any, kmeans_estimator: Any, seed: int) -> np.ndarray:
    """Return each row's cluster."""
    from sklearn.base import clone
    from sklearn.cluster import MiniBatchKMeans

    if kmeans_estimator is None or isinstance(kmeans_estimator, int):
        model = MiniBatchKMeans(n_clusters=kmeans_estimator or 8, random_state=seed)
    else:
        model = clone(kmeans_estimator)
    found: np.ndarray = model.fit_predict(matrix)
    return found


def suitable(clusters: np.ndarray, own: np.ndarray, threshold: float, k: int) -> list[np.ndarray]:
    """Return the places of a class's rows in each cluster that has enough of them.

    Parameters
    ----------
    clusters : array of shape (n_rows,), int
    own : array of shape (n_rows,), bool
        Which rows are of the class.
    threshold : float
        The least share of the class in a cluster.
    k : int
        A cluster needs more rows of the class than this.
    """
    sizes = np.bincount(clusters)
    held = np.bincount(clusters[own], minlength=len(sizes))
    fit = np.flatnonzero((held > k) & (held >= threshold * sizes))
    return [np.flatnonzero(own & (clusters == cluster)) for cluster in fit]


def log_sparsity(matrix: Any, exponent: float | Auto) -> float:
    """Return how thinly rows lie: their mean distance to a power, over their number.

    Parameters
    ----------
    matrix : array or csr_matrix of shape (n, n_columns)
    exponent : float or "auto"
        ``auto``: ``0.16 * log(n, 1.6) ** 1.8``.

    Returns
    -------
    float
        Its logarithm: the power itself may be too large or too small for a number.
    """
    from sklearn.metrics import pairwise_distances_chunked

    n = matrix.shape[0]
    total = sum(float(part.sum()) for part in pairwise_distances_chunked(matrix, reduce_func=_sums))
    power = 0.16 * log(n, 1.6) ** 1.8 if exponent == "auto" else float(exponent)
    if not power:
        return -log(n)
    return power * (log(total / (n * (n - 1))) if total else -inf) - log(n)


def relative(logs: Sequence[float]) -> list[float]:
    """Return numbers in proportion to the largest, given their logarithms.

    Examples
    --------
    >>> relative([2000.0, 2000.0, -inf])
    [1.0, 1.0, 0.0]
    """
    largest = max(logs)
    if isinf(largest):
        return [float(each == largest) for each in logs]
    return [exp(each - largest) for each in logs]


def _sums(distances: np.ndarray, start: int) -> np.ndarray:
    """Return the sum of each row's distances; those to itself are nothing."""
    summed: np.ndarray = distances.sum(axis=1)
    return summed


def dealt(weights: Sequence[float], count: int) -> list[int]:
    """Deal out a whole number by weights; the largest remainders get what is left.

    Examples
    --------
    >>> dealt([1.0, 1.0, 2.0], 10)
    [3, 2, 5]
    >>> dealt([0.0, 0.0], 3)
    [2, 1]
    """
    total = sum(weights)
    # Rows that are all the same have no sparsity: then every cluster gets as much.
    exact = np.array([w / total if total else 1 / len(weights) for w in weights]) * count
    each = np.floor(exact).astype("int64")
    left = count - int(each.sum())
    each[np.argsort(each - exact, kind="stable")[:left]] += 1
    return [int(number) for number in each]
