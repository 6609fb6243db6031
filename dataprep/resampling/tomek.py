"""Tomek links: two rows of different classes, each the nearest one of the other."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from dataprep.neighbours import Space, nearest
from dataprep.resampling.asked import Asked
from dataprep.resampling.rows import Rows
from dataprep.resampling.spaces import by_contents, space_of


def linked(rows: Rows, targets: Collection[int]) -> np.ndarray:
    """Return the rows of some classes that are part of a Tomek link.

    Parameters
    ----------
    rows : Rows
    targets : collection of int
        The classes that may lose rows.

    Returns
    -------
    array of int
        Positions, ascending: imbalanced-learn's, where there are neither levels nor gaps.
    """
    space, y = space_of(rows), rows.y
    alone = rows.codes.shape[1] > 0 or space.gaps()
    start = by_contents(rows) if alone else np.arange(len(rows))
    peer = None if alone else Asked(rows.numbers, start, 2)
    # One end of each link is not in the largest class; the other one is its nearest row.
    ends = start[y[start] != np.bincount(y).argmax()]
    first = np.full(len(rows), -1)
    first[ends] = _firsts(space, ends, start, peer)
    partners = np.unique(first[ends][y[first[ends]] != y[ends]])
    partners = partners[first[partners] < 0]
    first[partners] = _firsts(space, partners, start, peer)
    ends = ends[(y[first[ends]] != y[ends]) & (first[first[ends]] == ends)]
    both = np.unique(np.concatenate([ends, first[ends]]))
    return both[np.isin(y[both], list(targets))]


def _firsts(space: Space, rows: np.ndarray, start: np.ndarray, peer: Asked | None) -> np.ndarray:
    """Return the nearest row of each, or what scikit-learn puts in the second place."""
    if not len(rows):
        return rows
    count = min(2, len(start) - 1)
    near, distances = nearest(space, count, rows, start)
    if peer is None:
        return near[:, 0]
    squares = np.square(distances)
    slack = 2 * peer.slack(rows, squares[:, -1])
    unsure = squares[:, 0] <= slack
    if count > 1:
        unsure |= squares[:, 1] - squares[:, 0] <= slack
    # Of a row that others lie upon, the second place may be its own.
    found = near[:, 0]
    wanted = np.flatnonzero(unsure)
    if len(wanted):
        found[wanted] = peer.neighbours(start, rows[wanted], 2)[:, 1]
    return found
