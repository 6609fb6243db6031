"""Exact search by a kd-tree: rows of few numbers, without gaps or levels."""

from __future__ import annotations

import numpy as np

from dataprep.neighbours import blocked
from dataprep.neighbours.space import Neighbours, Space

WIDEST = 6
"""With more columns a tree looks at so many leaves that a matrix product is faster."""


def nearest(space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool) -> Neighbours:
    """Return the k nearest of the others for each row; see `dataprep.neighbours.nearest`."""
    from scipy.spatial import KDTree

    # One for the row itself, one to see whether the last of them has an equal.
    count = min(k + 2, len(others))
    _, places = KDTree(space.numbers[others]).query(space.numbers[rows], count, workers=-1)
    places = places.reshape(len(rows), count)
    squares = space.squares(np.repeat(rows, count), others[places].ravel()).reshape(places.shape)
    beyond = squares.max(axis=1)
    if not itself:
        squares[others[places] == rows[:, None]] = np.inf
    order = np.lexsort((places, squares))[:, :k]
    found = others[np.take_along_axis(places, order, axis=1)]
    squares = np.take_along_axis(squares, order, axis=1)
    if count < len(others):
        # Who is as far as the first one left out, but for rounding, may have others like it.
        unsure = np.flatnonzero(squares[:, -1] >= beyond * (1 - 1e-12))
        if len(unsure):
            again = blocked.nearest(space, rows[unsure], others, k, itself)
            found[unsure], squares[unsure] = again.indices, np.square(again.distances)
            distances = np.sqrt(squares)
            distances[unsure] = again.distances
            return Neighbours(found, distances)
    return Neighbours(found, np.sqrt(squares))
