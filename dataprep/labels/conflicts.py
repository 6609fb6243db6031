"""Labels that contradict each other: of rows that are the same, or nearly so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.neighbours import Space, nearest

_APART = 1e12
"""The squared distance of rows that differ in what must be the same."""


class Conflicts(NamedTuple):
    """What the same rows say of a row's label: arrays of shape (n_rows,).

    Parameters
    ----------
    share : array of float64
        The share of the row's own label among them, the row itself included.
    majority : array of int64
        The label that most of them have; -1 where two are as frequent.
    of_majority : array of float64
        The share of the most frequent label.
    """

    share: np.ndarray
    majority: np.ndarray
    of_majority: np.ndarray


def among_same(keys: np.ndarray, y: np.ndarray, n_classes: int) -> Conflicts:
    """Return what rows with the same key say of each other's labels.

    Parameters
    ----------
    keys : array of int64, shape (n_rows,)
    y : array of int64, shape (n_rows,)
        Labels from 0 on.
    n_classes : int

    Examples
    --------
    >>> found = among_same(np.array([7, 7, 7, 8]), np.array([0, 0, 1, 1]), 2)
    >>> found.share.round(2).tolist(), found.majority.tolist()
    ([0.67, 0.67, 0.33, 1.0], [0, 0, 0, 1])
    """
    names, group = np.unique(keys, return_inverse=True)
    # Only the labels that a group has are counted: groups may be as many as rows.
    cells, cell, counts = np.unique(group * n_classes + y, return_inverse=True, return_counts=True)
    size = np.bincount(group, minlength=len(names))
    of_group = cells // n_classes
    order = np.lexsort((cells, -counts, of_group))
    first = order[np.searchsorted(of_group[order], np.arange(len(names)))]
    most = counts[first]
    as_frequent = np.bincount(of_group, weights=counts == most[of_group], minlength=len(names))
    majority = np.where(as_frequent > 1, -1, cells[first] % n_classes)
    return Conflicts(counts[cell] / size[group], majority[group], (most / size)[group])


def among_near(
    numbers: np.ndarray,
    keys: np.ndarray,
    y: np.ndarray,
    n_classes: int,
    *,
    tolerance: float,
    n_neighbors: int,
) -> Conflicts:
    """Return what near rows say of each other's labels.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_numbers), float64
        Standardised, without gaps.
    keys : array of int64, shape (n_rows,)
        Of what must be the same.
    y : array of int64, shape (n_rows,)
    n_classes : int
    tolerance : float
        The Euclidean distance up to which rows are near.
    n_neighbors : int
        How many others count at most, the nearest ones.

    Examples
    --------
    >>> numbers = np.array([[0.0], [0.001], [0.002], [5.0]])
    >>> y, same = np.array([0, 0, 1, 1]), np.zeros(4, "int64")
    >>> among_near(numbers, same, y, 2, tolerance=0.01, n_neighbors=3).majority.tolist()
    [0, 0, 0, 1]
    """
    codes = np.unique(keys, return_inverse=True)[1].astype("int32")[:, None]
    k = min(n_neighbors, len(y) - 1)
    counts = np.zeros((len(y), n_classes))
    counts[np.arange(len(y)), y] = 1
    if k:
        found = nearest(Space(numbers, codes, _APART), k)
        for column, distances in zip(found.indices.T, found.distances.T, strict=True):
            near = np.flatnonzero(distances <= tolerance)
            counts[near, y[column[near]]] += 1
    size, most = counts.sum(axis=1), counts.max(axis=1)
    tied = (counts == most[:, None]).sum(axis=1) > 1
    own = counts[np.arange(len(y)), y]
    return Conflicts(own / size, np.where(tied, -1, counts.argmax(axis=1)), most / size)
