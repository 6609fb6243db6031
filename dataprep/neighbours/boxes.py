"""Exact search by boxes: rows in spatial order, so that few blocks of others need a look."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.neighbours import blocked
from dataprep.neighbours.blocked import Best, by_blocks, precision, rounded
from dataprep.neighbours.bounds import Bounds, Side
from dataprep.neighbours.space import Neighbours, Space

FEWEST = 20_000
"""Among fewer others, all blocks are looked at as fast."""
WIDEST = 16
"""With more columns nearly all boxes are near."""
MOST = 64
"""With more neighbours what is within their distance reaches into nearly all boxes."""
_IN_A_BOX = 1024
_ROUNDING = 1 - 1e-9


class _Boxes(NamedTuple):
    """The others in spatial order, so many at a time, and the least and largest of their numbers.

    Parameters
    ----------
    places : array of int64, shape (n_others,)
        Positions among the others, in spatial order.
    right : Side
        Their side of the product, in that order.
    low, high : array of shape (n_boxes, width)
    """

    places: np.ndarray
    right: Side
    low: np.ndarray
    high: np.ndarray


def nearest(space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool) -> Neighbours:
    """Return the k nearest of the others for each row; see `dataprep.neighbours.nearest`."""
    bounds = Bounds(space, precision(space, rows, others, k, itself))
    boxes = _boxes(bounds, others)
    indices, squares = np.empty((len(rows), k), "int64"), np.empty((len(rows), k))
    mine = _in_order(space.numbers[rows])

    def search(part: slice, room: np.ndarray) -> None:
        best = Best(space, rows[mine[part]], others, k, itself)
        _look(best, bounds, boxes, room)
        indices[mine[part]], squares[mine[part]] = others[best.places], best.squares

    by_blocks(len(rows), bounds.kind, search)
    distances = np.sqrt(squares)
    # Where rows lie upon each other, those that come first are nearest: in their own order.
    same = np.flatnonzero(squares[:, -1] == 0)
    if len(same):
        indices[same], distances[same] = blocked.nearest(space, rows[same], others, k, itself)
    return Neighbours(indices, distances)


def _boxes(bounds: Bounds, others: np.ndarray) -> _Boxes:
    places = _in_order(bounds.space.numbers[others])
    numbers = bounds.space.numbers[others[places]]
    starts = np.arange(0, len(others), _IN_A_BOX)
    low, high = np.minimum.reduceat(numbers, starts), np.maximum.reduceat(numbers, starts)
    return _Boxes(places, bounds.right(others[places]), low, high)


def _in_order(numbers: np.ndarray) -> np.ndarray:
    """Return positions in spatial order: halves of halves, each by its widest column."""
    order = np.arange(len(numbers))
    waiting = [(0, len(numbers))]
    while waiting:
        start, stop = waiting.pop()
        if stop - start <= blocked.ROWS_AT_A_TIME:
            continue
        # A multiple of what is in a box: none reaches over two halves.
        step = _IN_A_BOX if stop - start > _IN_A_BOX else 1
        middle = start + max(1, (stop - start) // 2 // step) * step
        here = order[start:stop]
        column = np.argmax(np.ptp(numbers[here], axis=0))
        order[start:stop] = here[np.argpartition(numbers[here, column], middle - start)]
        waiting += [(start, middle), (middle, stop)]
    return order


def _look(best: Best, bounds: Bounds, boxes: _Boxes, room: np.ndarray) -> None:
    """Look into the boxes that may hold near ones, the nearest first."""
    left, numbers = bounds.left(best.rows), bounds.space.numbers[best.rows]
    apart = np.zeros((len(numbers), len(boxes.low)))
    for column, low, high in zip(numbers.T, boxes.low.T, boxes.high.T, strict=True):
        beyond = np.maximum(low - column[:, None], column[:, None] - high)
        apart += np.square(np.maximum(beyond, 0))
    apart *= _ROUNDING
    radius = np.full(len(numbers), np.inf)
    for box in np.argsort(apart.mean(axis=0), kind="stable").tolist():
        open_ = np.flatnonzero((apart[:, box] <= radius) & (radius > 0))
        if not len(open_):
            continue
        at = slice(box * _IN_A_BOX, (box + 1) * _IN_A_BOX)
        block = bounds.block(left.part(open_), boxes.right.part(at), room)
        if np.isinf(radius[open_]).any():
            radius[open_] = np.minimum(radius[open_], _first(best, open_, block, boxes.places[at]))
        limit = rounded(radius[open_] - left.shift[open_], np.inf, bounds.kind)
        line, column = np.divmod(np.flatnonzero(block <= limit[:, None]), block.shape[1])
        best.offer(open_[line], boxes.places[at][column])
        radius = np.minimum(radius, best.squares[:, -1])


def _first(best: Best, lines: np.ndarray, block: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return a squared radius within which rows have k of the others in a box."""
    wanted = best.k + (0 if best.itself else 1)
    if block.shape[1] <= wanted:
        return np.full(len(lines), np.inf)
    near = np.argpartition(block, wanted - 1, axis=1)[:, :wanted]
    rows, at = np.repeat(best.rows[lines], wanted), best.others[places[near]].ravel()
    squares = best.space.squares(rows, at)
    if not best.itself:
        squares[rows == at] = np.inf
    found: np.ndarray = np.sort(squares.reshape(-1, wanted), axis=1)[:, best.k - 1]
    return found
