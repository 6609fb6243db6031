"""The neighbourhood cleaning rule: edited rows go, and the neighbours that outvote rare rows."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from dataprep.neighbours import nearest
from dataprep.resampling.asked import Asked
from dataprep.resampling.edited import Neighbourhoods, smallest_class
from dataprep.resampling.rows import Rows


def outvoting(
    rows: Rows, hoods: Neighbourhoods, targets: Collection[int], k: int, threshold: float
) -> np.ndarray:
    """Return the neighbours of rows of the smallest class that are taken for others by them.

    Parameters
    ----------
    rows : Rows
    hoods : Neighbourhoods
        Of the same rows.
    targets : collection of int
        The classes that may lose rows.
    k : int
        How many neighbours there are; among those that vote, the row itself is one.
    threshold : float
        A class loses rows only where it is larger than the smallest one times this.

    Returns
    -------
    array of int
        Positions, ascending: imbalanced-learn's, where there are neither levels nor gaps.
    """
    y, start = rows.y, hoods.start
    smallest = smallest_class(y[start])
    counts = np.bincount(y)
    cleaned = [label for label in targets if counts[label] > counts[smallest] * threshold]
    rare = start[y[start] == smallest]
    peer = Asked(rows.numbers, start, k)
    count = min(k + 1, len(rows) - 1)
    near, distances = nearest(hoods.space, count, rare, start)
    squares = np.full((len(rare), k + 1), np.inf)
    squares[:, :count] = np.square(distances)
    voters = np.column_stack([rare, near[:, : k - 1]])
    taken, neighbours = _most_frequent(y[voters]), near[:, :k]
    if not hoods.alone:
        slack = 2 * peer.slack(rare, squares[:, count - 1])
        apart = np.diff(squares, axis=1, prepend=0.0) > slack[:, None]
        unsure = np.flatnonzero(~apart[:, 0] | ~apart[:, k - 1])
        if len(unsure):
            taken[unsure] = peer.classes(rare, unsure, y)
        unsure = np.flatnonzero((~apart[:, 0] | ~apart[:, k]) & (taken != smallest))
        if len(unsure):
            neighbours[unsure] = peer.neighbours(rare, unsure, k + 1)[:, 1:]
    found = np.unique(neighbours[taken != smallest])
    return found[np.isin(y[found], cleaned)]


def _most_frequent(labels: np.ndarray) -> np.ndarray:
    """Return the most frequent class of each row, of equally frequent ones the first."""
    counts = np.array([(labels == label).sum(axis=1) for label in range(labels.max() + 1)])
    found: np.ndarray = counts.argmax(axis=0)
    return found
