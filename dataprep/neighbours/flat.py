"""Search by faiss, where it is installed: rows of many numbers, without gaps or levels."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from dataprep.neighbours import blocked
from dataprep.neighbours.bounds import Bounds
from dataprep.neighbours.space import Neighbours, Space
from dataprep.optional import require

NARROWEST = 48
"""With fewer columns faiss is slower than the blocks are."""
MOST = 12
"""With more neighbours it is slower, too."""
_SPARE = 6
"""So many more are looked for: single precision may put the nearest ones in another order."""
_LINKS = 32


def installed() -> bool:
    """Tell whether faiss is there."""
    return find_spec("faiss") is not None


def nearest(space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool) -> Neighbours:
    """Return the k nearest of the others for each row; see `dataprep.neighbours.nearest`.

    Rows for which single precision cannot exclude that another one is as near are searched again
    by blocks.
    """
    bounds = Bounds(space, "float32")
    index = require("faiss", extra="neighbours").IndexFlatL2(space.width)
    count = min(k + 1 + _SPARE, len(others))
    found, squares, last = _searched(index, bounds, rows, others, k, count, itself)
    if count == len(others):
        return Neighbours(found, np.sqrt(squares))
    # Any other as near as the last would have a norm, and with it an error, below this.
    norms = _norms(bounds, rows)
    error = bounds.slack * (norms + np.square(np.sqrt(norms) + np.sqrt(squares[:, -1])))
    unsure = np.flatnonzero(~(last > squares[:, -1] + error))
    distances = np.sqrt(squares)
    if len(unsure):
        found[unsure], distances[unsure] = blocked.nearest(space, rows[unsure], others, k, itself)
    return Neighbours(found, distances)


def approximate(
    space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool
) -> Neighbours:
    """Return most of the k nearest, by links between near rows (HNSW); distances are exact.

    References
    ----------
    Y. A. Malkov and D. A. Yashunin, "Efficient and robust approximate nearest neighbor search using
    Hierarchical Navigable Small World graphs", IEEE TPAMI 42(4), 2020.
    """
    index = require("faiss", extra="neighbours").IndexHNSWFlat(space.width, _LINKS)
    count = min(k + 1 + _SPARE, len(others))
    index.hnsw.efSearch = max(64, 2 * count)
    found, squares, _ = _searched(index, Bounds(space, "float32"), rows, others, k, count, itself)
    return Neighbours(found, np.sqrt(squares))


def _searched(
    index: Any,
    bounds: Bounds,
    rows: np.ndarray,
    others: np.ndarray,
    k: int,
    count: int,
    itself: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the nearest of those that an index finds, exactly, and how far it says it looked."""
    for start in range(0, len(others), blocked.OTHERS_AT_A_TIME):
        index.add(_centred(bounds, others[start : start + blocked.OTHERS_AT_A_TIME]))
    found, squares = np.empty((len(rows), k), "int64"), np.empty((len(rows), k))
    last = np.empty(len(rows), "float32")
    for start in range(0, len(rows), blocked.OTHERS_AT_A_TIME):
        part = slice(start, start + blocked.OTHERS_AT_A_TIME)
        mine = rows[part]
        looked, places = index.search(_centred(bounds, mine), count)
        # A graph may have no way to so many: places it does not fill are -1, infinitely far.
        exact = bounds.space.squares(np.repeat(mine, count), others[places].ravel())
        exact = exact.reshape(places.shape)
        exact[places < 0] = np.inf
        if not itself:
            exact[others[places] == mine[:, None]] = np.inf
        order = np.lexsort((places, exact))[:, :k]
        found[part] = others[np.take_along_axis(places, order, axis=1)]
        squares[part] = np.take_along_axis(exact, order, axis=1)
        last[part] = looked[:, -1]
    return found, squares, last


def _centred(bounds: Bounds, rows: np.ndarray) -> np.ndarray:
    centred: np.ndarray = bounds.space.numbers[rows] - bounds.centre
    return centred.astype("float32")


def _norms(bounds: Bounds, rows: np.ndarray) -> np.ndarray:
    parts = np.array_split(rows, max(1, len(rows) // blocked.OTHERS_AT_A_TIME))
    centred = (bounds.space.numbers[part] - bounds.centre for part in parts)
    return np.concatenate([np.square(numbers).sum(axis=1) for numbers in centred])
