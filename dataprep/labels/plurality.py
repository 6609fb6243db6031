"""The class that has most of something, where one has."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_EQUAL = 1e-9
"""Shares that differ by less are equal."""


class Most(NamedTuple):
    """What most of a row is of: arrays of shape (n_rows,).

    Parameters
    ----------
    codes : array of int64
        The class with the largest share; -1 where two have it, or none has any.
    shares : array of float64
        The largest share.
    tied : array of bool
        Whether two classes have it.
    """

    codes: np.ndarray
    shares: np.ndarray
    tied: np.ndarray


def most_of(shares: np.ndarray) -> Most:
    """Return the class with the largest share of each row.

    None where two have it: in which order classes are written decides nothing.

    Parameters
    ----------
    shares : array of shape (n_rows, n_classes)
        From 0 on; there may be no class at all.

    Examples
    --------
    >>> found = most_of(np.array([[0.2, 0.8], [0.5, 0.5], [0.0, 0.0]]))
    >>> found.codes.tolist(), found.shares.tolist(), found.tied.tolist()
    ([1, -1, -1], [0.8, 0.5, 0.0], [False, True, False])
    """
    if not shares.shape[1]:
        nothing = np.zeros(len(shares))
        return Most(np.full(len(shares), -1), nothing, nothing > 0)
    largest = shares.max(axis=1)
    some = largest > 0
    tied = some & ((shares >= largest[:, None] - _EQUAL).sum(axis=1) > 1)
    return Most(np.where(some & ~tied, shares.argmax(axis=1), -1), largest, tied)
