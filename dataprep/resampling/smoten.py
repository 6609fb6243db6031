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
    shares = [class_shares(column + 1, rows.y) for column in rows.codes.T]
    made = []
    for code, count in wanted.items():
        if not count:
            continue
        members, draws = rows.of(code), maker.draws(code)
        parents, who = drawn_parents(members, count, draws)
        near = members[
            nearest_by_level(rows.codes[parents] + 1, rows.codes[members] + 1, k + 1, shares)
        ]
        drawn, each = np.zeros(len(parents)), np.arange(len(parents))
        # Every drawn row votes once, however many rows are made of it.
        levels = [voted(column[near] + 1, each, each, drawn) - 1 for column in rows.codes.T]
        made.append(Births(parents[who], codes=np.stack(levels, axis=1)[who]))
    return Plan(np.empty(0, dtype="int64"), together(made))


def class_shares(levels: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how the rows of each level of a column are shared among the classes.

    Parameters
    ----------
    levels : array of shape (n_rows,), int
    y : array of shape (n_rows,), int

    Returns
    -------
    array of shape (n_levels, n_classes)
    """
    counts = np.zeros((int(levels.max(initial=-1)) + 1, int(y.max()) + 1))
    np.add.at(counts, (levels, y), 1)
    shares: np.ndarray = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def level_distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the value difference of levels of a column.

    Parameters
    ----------
    some, others : arrays of shape (n_some, n_classes) and (n_others, n_classes)
        Their shares; see `class_shares`.

    Returns
    -------
    array of shape (n_some, n_others)
        The differences of their shares, summed over the classes and squared.

    Examples
    --------
    >>> shares = class_shares(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    >>> level_distances(shares, shares).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    from scipy.spatial.distance import cdist

    apart: np.ndarray = cdist(some, others, "cityblock") ** 2
    return apart


def nearest_by_level(
    asked: np.ndarray, levels: np.ndarray, k: int, shares: list[np.ndarray]
) -> np.ndarray:
    """Return the k rows nearest to each of those that ask, which may be among them.

    Parameters
    ----------
    asked : array of shape (n_asked, n_columns), int
    levels : array of shape (n, n_columns), int
        Of equally near rows the first are taken.
    k : int
    shares : list of arrays of shape (n_levels, n_classes)
        Of each column; see `class_shares`.

    Returns
    -------
    array of shape (n_asked, k), int
        Places in ``levels``.
    """
    # Rows of the same levels have the same neighbours: each kind of row is asked once.
    kinds, who = np.unique(asked, axis=0, return_inverse=True)
    near = np.empty((len(kinds), k), dtype="int64")
    step = max(1, _AT_ONCE // len(levels))
    there = [np.unique(column, return_inverse=True) for column in levels.T]
    for start in range(0, len(kinds), step):
        asking = kinds[start : start + step]
        distances = np.zeros((len(asking), len(levels)))
        for column, table, (known, places) in zip(asking.T, shares, there, strict=True):
            # No level is compared that does not occur: of all two of them there may be billions.
            mine, at = np.unique(column, return_inverse=True)
            apart = level_distances(table[mine], table[known])
            distances += apart[at][:, places]
        near[start : start + step] = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return near[who.reshape(-1)]
