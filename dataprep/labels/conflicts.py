"""Labels that contradict each other: of rows that are the same, or nearly so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.keys import content_keys
from dataprep.neighbours import Space, nearest

_FEW = 16
"""In a part of so few others each row is compared with each, without a search."""


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
    group = np.unique(keys, return_inverse=True)[1]
    return _voted(group, y, n_classes, *np.unique(group * n_classes + y, return_counts=True))


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
        How many others count at most, the nearest ones. Equal rows are one of them, with the
        labels of all: no order of rows decides which ones are near.

    Examples
    --------
    >>> numbers = np.array([[0.0], [0.001], [0.002], [5.0]])
    >>> y, same = np.array([0, 0, 1, 1]), np.zeros(4, "int64")
    >>> among_near(numbers, same, y, 2, tolerance=0.01, n_neighbors=3).majority.tolist()
    [0, 0, 0, 1]
    """
    codes = np.unique(keys, return_inverse=True)[1]
    cells = {str(i): column for i, column in enumerate(numbers.T)} | {"same": codes}
    _, first, point = np.unique(
        content_keys(cells, list(cells)), return_index=True, return_inverse=True
    )
    seen, counts = np.unique(point * n_classes + y, return_counts=True)
    whose, there = _near(numbers[first], codes[first], tolerance, n_neighbors)
    # Each near point brings its labels, as many as it has.
    starts = np.searchsorted(seen, np.arange(len(first) + 1) * n_classes)
    n_labels = np.diff(starts)[there]
    at = _runs(starts[there], n_labels)
    brought = np.repeat(whose, n_labels) * n_classes + seen[at] % n_classes
    seen, cell = np.unique(np.concatenate([seen, brought]), return_inverse=True)
    # Whole numbers: their sums are exact.
    counts = np.bincount(cell, weights=np.concatenate([counts, counts[at]]))
    return _voted(point, y, n_classes, seen, counts)


def _near(
    numbers: np.ndarray, codes: np.ndarray, tolerance: float, n_neighbors: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of points that are near: whose, and the other one.

    Only points of a part can be, so that each part is searched alone: rows that differ in what
    must be the same, or that are far from all, cost no search.
    """
    part = _parts(numbers, codes, tolerance)
    order, sizes = np.argsort(part, kind="stable"), np.bincount(part)
    starts = np.cumsum(sizes) - sizes
    few = sizes <= min(n_neighbors, _FEW) + 1
    rows = order[few[part[order]]]
    whose = np.repeat(rows, sizes[part[rows]])
    there = order[_runs(starts[part[rows]], sizes[part[rows]])]
    near = (Space(numbers).distances(whose, there) <= tolerance) & (whose != there)
    pairs = [(whose[near], there[near])]
    for i in np.flatnonzero(~few):
        members = order[starts[i] : starts[i] + sizes[i]]
        found = nearest(Space(numbers[members]), min(n_neighbors, len(members) - 1))
        row, column = np.nonzero(found.distances <= tolerance)
        pairs.append((members[row], members[found.indices[row, column]]))
    return np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])


def _parts(numbers: np.ndarray, codes: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the part of each point, from 0 on: wherever a number has a wider gap, one ends.

    Examples
    --------
    >>> _parts(np.array([[0.0], [0.9], [5.0], [0.0]]), np.array([0, 0, 0, 1]), 1.0).tolist()
    [0, 0, 1, 2]
    """
    part = codes
    for column in numbers.T:
        order = np.lexsort((column, part))
        ends = (np.diff(part[order]) != 0) | (np.diff(column[order]) > tolerance)
        part = np.empty(len(codes), "int64")
        part[order] = np.concatenate([[0], np.cumsum(ends)])
    return part


def _runs(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the whole numbers from each start on, as many as its length."""
    before = np.cumsum(lengths) - lengths
    found: np.ndarray = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
    return found


def _voted(
    group: np.ndarray, y: np.ndarray, n_classes: int, cells: np.ndarray, counts: np.ndarray
) -> Conflicts:
    """Return what groups say of the labels of their rows.

    Parameters
    ----------
    group : array of int64, shape (n_rows,)
        From 0 on.
    y : array of int64, shape (n_rows,)
    n_classes : int
    cells, counts : arrays of shape (n_cells,)
        The labels that groups have, ``group * n_classes + label`` in order, and how often. Only
        those that are there: groups may be as many as rows.
    """
    of_group = cells // n_classes
    height = int(of_group[-1]) + 1
    size = np.bincount(of_group, weights=counts)
    order = np.lexsort((cells, -counts, of_group))
    first = order[np.searchsorted(of_group, np.arange(height))]
    most = counts[first]
    as_frequent = np.bincount(of_group, weights=counts == most[of_group])
    majority = np.where(as_frequent > 1, -1, cells[first] % n_classes)
    own = counts[np.searchsorted(cells, group * n_classes + y)]
    return Conflicts(own / size[group], majority[group], (most / size)[group])
