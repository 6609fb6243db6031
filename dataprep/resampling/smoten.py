"""SMOTEN: new rows where all columns hold levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataprep.resampling.between import drawn_parents, together
from dataprep.resampling.draws import Maker
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.votes import voted

_AT_ONCE = 2**22
"""Distances that are held at once: 32 MB."""


def smoten(rows: Rows, wanted: Mapping[int, int], k: int, maker: Maker) -> Plan:
    """Make rows of the levels that a row and its k nearest of the same class have most.

    Parameters
    ----------
    rows : Rows
        Without numbers. A missing value is a level of its own.
    wanted : mapping of int to int
        How many rows to make, by class code.
    k : int
        Neighbours of each row, by the value difference metric.
    maker : Maker

    Returns
    -------
    Plan
        New rows have one parent, and no step. Of levels with equally many votes the first is
        taken, as imbalanced-learn does.

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", Journal of
    Artificial Intelligence Research 16, 2002; the metric: C. Stanfill, D. Waltz, "Toward
    memory-based reasoning", Communications of the ACM 29(12), 1986.

    Examples
    --------
    >>> codes, y = np.array([[0, 1], [0, 1], [0, 2], [3, 2]]), np.array([1, 1, 1, 0])
    >>> rows = Rows(np.empty((4, 0)), codes, y, np.arange(4))
    >>> smoten(rows, {1: 2}, 2, Maker("smoten")).births.codes.tolist()
    [[0, 1], [0, 1]]
    """
    apart = [level_distances(column + 1, rows.y) for column in rows.codes.T]
    made = []
    for code, count in wanted.items():
        if not count:
            continue
        members, draws = rows.of(code), maker.draws(code)
        parents, who = drawn_parents(members, count, draws)
        near = members[
            nearest_by_level(rows.codes[parents] + 1, rows.codes[members] + 1, k + 1, apart)
        ]
        drawn, each = np.zeros(len(parents)), np.arange(len(parents))
        # Every drawn row votes once, however many rows are made of it.
        levels = [voted(column[near] + 1, each, each, drawn) - 1 for column in rows.codes.T]
        made.append(Births(parents[who], codes=np.stack(levels, axis=1)[who]))
    return Plan(np.empty(0, dtype="int64"), together(made))


def level_distances(levels: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the value difference of every two levels of a column.

    Parameters
    ----------
    levels : array of shape (n_rows,), int
    y : array of shape (n_rows,), int

    Returns
    -------
    array of shape (n_levels, n_levels)
        The sum over the classes of the differences of their shares, squared.

    Examples
    --------
    >>> level_distances(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    from scipy.spatial.distance import cdist

    counts = np.zeros((int(levels.max(initial=-1)) + 1, int(y.max()) + 1))
    np.add.at(counts, (levels, y), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    apart: np.ndarray = cdist(shares, shares, "cityblock") ** 2
    return apart


def nearest_by_level(
    asked: np.ndarray, levels: np.ndarray, k: int, apart: list[np.ndarray]
) -> np.ndarray:
    """Return the k rows nearest to each of those that ask, which may be among them.

    Parameters
    ----------
    asked : array of shape (n_asked, n_columns), int
    levels : array of shape (n, n_columns), int
        Of equally near rows the first are taken.
    k : int
    apart : list of arrays of shape (n_levels, n_levels)
        How far two levels of a column are from each other.

    Returns
    -------
    array of shape (n_asked, k), int
        Places in ``levels``.
    """
    # Rows of the same levels have the same neighbours: each kind of row is asked once.
    kinds, who = np.unique(asked, axis=0, return_inverse=True)
    near = np.empty((len(kinds), k), dtype="int64")
    step = max(1, _AT_ONCE // len(levels))
    for start in range(0, len(kinds), step):
        distances = np.zeros((len(kinds[start : start + step]), len(levels)))
        for column, table in enumerate(apart):
            distances += table[kinds[start : start + step, column]][:, levels[:, column]]
        near[start : start + step] = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return near[who.reshape(-1)]
