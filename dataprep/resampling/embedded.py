"""Rows as one matrix without gaps, for models of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from dataprep.resampling.rows import Rows


def embedded(rows: Rows, positions: np.ndarray, unlike: float) -> Any:
    """Return rows as numbers; a missing one is the column's median.

    Parameters
    ----------
    rows : Rows
    positions : array of shape (n,), int
    unlike : float
        The squared distance of two unlike levels: each level has an indicator.

    Returns
    -------
    array or csr_matrix of shape (n, n_numbers + n_levels)
        Sparse where there are columns of levels.

    Examples
    --------
    >>> numbers, codes = np.array([[1.0], [np.nan], [3.0]]), np.array([[0], [1], [-1]])
    >>> rows = Rows(numbers, codes, np.array([0, 0, 1]), np.arange(3))
    >>> embedded(rows, np.arange(3), unlike=2.0).toarray().tolist()
    [[1.0, 1.0, 0.0], [2.0, 0.0, 1.0], [3.0, 0.0, 0.0]]
    """
    numbers = rows.numbers[positions]
    gaps = np.isnan(numbers)
    for column in np.flatnonzero(gaps.any(axis=0)):
        present = numbers[~gaps[:, column], column]
        numbers[gaps[:, column], column] = np.median(present) if len(present) else 0.0
    if not rows.codes.shape[1]:
        return numbers
    from scipy import sparse

    parts = [sparse.csr_matrix(numbers)]
    for column in rows.codes[positions].T:
        there = np.flatnonzero(column >= 0)
        value = np.full(len(there), np.sqrt(unlike / 2))
        shape = (len(column), int(column.max(initial=-1)) + 1)
        parts.append(sparse.csr_matrix((value, (there, column[there])), shape=shape))
    return sparse.hstack(parts, format="csr")
