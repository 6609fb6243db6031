"""Nearest rows by mixed columns with gaps, exact and the same for a row alone or among others.

Distances are summed column by column, not by a matrix product: the last bits of that depend on
how many rows are asked for at once, and with them which of two rows is the nearer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dataprep.neighbours.space import Neighbours

ROWS_AT_A_TIME = 64
"""Rows whose distances are held at once: they stay in the processor's cache."""
_APART = 2.0
"""The squared distance of two levels: that of their indicators, and of two numbers on average."""

_GAP = -1
"""The code of a missing level."""
_NONE = -9
"""A code that no value has."""


class Points(NamedTuple):
    """Rows without gaps.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_numbers), float64
    codes : array of shape (n_rows, n_levelled), int64
    """

    numbers: np.ndarray
    codes: np.ndarray

    def take(self, rows: Any) -> Points:
        """Return some of the rows."""
        return Points(self.numbers[rows], self.codes[rows])


def distances_between(rows: Points, others: Points) -> np.ndarray:
    """Return Euclidean distances, of shape (n_rows, n_others)."""
    from scipy.spatial.distance import cdist

    shape = (len(rows.numbers), len(others.numbers))
    # Pair by pair, not by a matrix product.
    squared = cdist(rows.numbers, others.numbers, "sqeuclidean") if rows.numbers.size else 0.0
    apart = np.zeros(shape, dtype="uint16")
    for here, there in zip(rows.codes.T, others.codes.T, strict=True):
        apart += here[:, None] != there[None, :]
    distances: np.ndarray = np.sqrt(squared + _APART * apart)
    return distances


def distances_with_gaps(rows: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> np.ndarray:
    """Return Euclidean distances over the columns that both rows have.

    Parameters
    ----------
    rows, others : sequence of arrays of shape (n_rows,) and (n_others,)
        A column each: float64 with NaN for missing, or int64 codes of levels.

    Returns
    -------
    array of shape (n_rows, n_others)
        Scaled up by the share of columns that were compared, as scikit-learn's
        ``nan_euclidean_distances``; infinite where two rows have no column in common.
    """
    shape = (len(rows[0]), len(others[0]))
    total = np.zeros(shape)
    compared, apart = np.zeros(shape, dtype="uint16"), np.zeros(shape, dtype="int16")
    for here, there in zip(rows, others, strict=True):
        lacking, present = _is_missing(here), ~_is_missing(there)
        compared += present
        compared[lacking] -= present
        if here.dtype.kind == "i":
            # A missing level is like none, but does not count as compared either.
            apart += present
            apart[lacking] -= present
            apart -= here[:, None] == np.where(present, there, _NONE)
        else:
            squared = np.subtract(here[:, None], there)
            squared *= squared
            squared[lacking] = 0.0
            squared[:, ~present] = 0.0
            total += squared
    total += _APART * apart
    with np.errstate(divide="ignore", invalid="ignore"):
        distances: np.ndarray = np.sqrt(total * (len(rows) / compared))
    distances[compared == 0] = np.inf
    return distances


def nearest(distances: np.ndarray, k: int) -> Neighbours:
    """Return the k nearest of each row, in the order of the others; the first of equals.

    Parameters
    ----------
    distances : array of shape (n_rows, n_others)
    k : int
        At most ``n_others``.
    """
    furthest = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    nearer = distances < furthest
    level = distances == furthest
    room = k - nearer.sum(axis=1, keepdims=True)
    chosen = nearer | (level & (np.cumsum(level, axis=1) <= room))
    # Each row has exactly k: the columns of the chosen ones, row after row.
    indices = np.nonzero(chosen)[1].reshape(len(distances), k)
    return Neighbours(indices, np.take_along_axis(distances, indices, axis=1))


def _is_missing(column: np.ndarray) -> np.ndarray:
    missing: np.ndarray = column == _GAP if column.dtype.kind == "i" else np.isnan(column)
    return missing
