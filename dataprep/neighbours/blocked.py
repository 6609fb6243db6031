"""Exact search by blocks: bounds by a matrix product, exact distances of the few that remain."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from dataprep.neighbours.bounds import Bounds, Side
from dataprep.neighbours.space import Neighbours, Space

ROWS_AT_A_TIME = 256
OTHERS_AT_A_TIME = 4096
"""A block of bounds has so many rows and columns: 4 MB in single precision, for each thread."""
_TRIED = 32
"""So many rows tell whether single precision will do."""
_PAIRS_AT_A_TIME = 200_000
"""So many pairs are compared exactly at once, however many are equally near: some 100 MB."""


def nearest(space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool) -> Neighbours:
    """Return the k nearest of the others for each row; see `dataprep.neighbours.nearest`."""
    bounds = Bounds(space, precision(space, rows, others, k, itself))
    right = bounds.right(others)
    indices = np.empty((len(rows), k), "int64")
    squares = np.empty((len(rows), k))

    def search(part: slice, room: np.ndarray) -> None:
        indices[part], squares[part] = _nearest(bounds, right, rows[part], others, k, itself, room)

    by_blocks(len(rows), bounds.kind, search)
    return Neighbours(indices, np.sqrt(squares))


def surely_nearer(
    space: Space, rows: np.ndarray, others: np.ndarray, squares: np.ndarray, enough: int
) -> np.ndarray:
    """Return others within a squared radius; see `dataprep.neighbours.surely_nearer`."""
    bounds = Bounds(space, "float32", upper=True)
    right = bounds.right(others)
    found = np.full((len(rows), enough), -1)

    def search(part: slice, room: np.ndarray) -> None:
        left, mine, witnesses = bounds.left(rows[part]), rows[part], found[part]
        # Strictly nearer, after the radius is rounded down to single precision.
        limit = rounded(squares[part] - left.shift, -np.inf, bounds.kind)
        open_, counts = np.arange(len(mine)), np.zeros(len(mine), "int64")
        start, step = 0, OTHERS_AT_A_TIME // 8
        while start < len(others) and len(open_):
            block = bounds.block(left.part(open_), right.part(slice(start, start + step)), room)
            line, column = np.divmod(np.flatnonzero(block < limit[open_, None]), block.shape[1])
            line, other = open_[line], others[start + column]
            line, other = line[other != mine[line]], other[other != mine[line]]
            seen = np.bincount(line, minlength=len(mine))
            # The running number of each find among those of its row, the earlier ones included.
            turn = np.arange(len(line)) + (counts - np.cumsum(seen) + seen)[line]
            witnesses[line[turn < enough], turn[turn < enough]] = other[turn < enough]
            counts += seen
            open_ = open_[counts[open_] < enough]
            start, step = start + step, min(2 * step, OTHERS_AT_A_TIME)

    by_blocks(len(rows), bounds.kind, search)
    return found


def precision(space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool) -> str:
    """Return the precision in which bounds tell near rows from others.

    Rows in tight clusters far from each other, relative to their size, take double precision.
    """
    some = rows[:: max(1, len(rows) // _TRIED)][:_TRIED]
    bounds = Bounds(space, "float32")
    among = others[:: max(1, len(others) // (16 * _TRIED))][: 16 * _TRIED]
    pairs = np.repeat(some, len(among)), np.tile(among, len(some))
    apart = space.squares(*pairs).reshape(len(some), -1)
    if not itself:
        apart[some[:, None] == among] = np.inf
    reach = np.partition(apart, min(k, apart.shape[1]) - 1)[:, min(k, apart.shape[1]) - 1]
    centred = np.nan_to_num(space.numbers[some] - bounds.centre)
    error = 4 * bounds.slack * (centred * centred).sum(axis=1)
    return "float32" if np.median(error) <= 0.05 * np.median(reach) else "float64"


def by_blocks(height: int, kind: str, search: Callable[[slice, np.ndarray], None]) -> None:
    """Call ``search`` with each block of rows, and scratch for its bounds.

    The blocks share as many threads as matrix products would use.
    """
    parts = [slice(i, min(i + ROWS_AT_A_TIME, height)) for i in range(0, height, ROWS_AT_A_TIME)]

    def work(mine: list[slice]) -> None:
        room = np.empty(ROWS_AT_A_TIME * OTHERS_AT_A_TIME, kind)
        for part in mine:
            search(part, room)

    if len(parts) < 2:
        work(parts)
        return
    controller = _threads()
    pools = [pool["num_threads"] for pool in controller.info() if pool["user_api"] == "blas"]
    threads = min(max(pools, default=1), os.cpu_count() or 1, len(parts))
    # One thread for each product: the blocks themselves run side by side.
    with controller.limit(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [parts[turn::threads] for turn in range(threads)]))


@cache
def _threads() -> Any:
    """Return what limits threads; to look for the libraries that have some takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def rounded(values: np.ndarray, towards: float, kind: str) -> np.ndarray:
    """Return values in a precision, rounded in a direction."""
    with np.errstate(over="ignore"):
        rounded: np.ndarray = np.nextafter(values.astype(kind), np.array(towards, kind))
    return rounded


def _nearest(
    bounds: Bounds,
    right: Side,
    rows: np.ndarray,
    others: np.ndarray,
    k: int,
    itself: bool,
    room: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    left = bounds.left(rows)
    best = Best(bounds.space, rows, others, k, itself)
    radius = _first_radius(bounds, left, right, best, room)
    # Where rows lie upon each other, few others tell that no more are needed.
    start, step = 0, OTHERS_AT_A_TIME // (32 if (radius == 0).any() else 1)
    while start < len(others):
        here = right.part(slice(start, start + step))
        block = bounds.block(left, here, room)
        limit = rounded(radius - left.shift, np.inf, bounds.kind)
        hits = np.flatnonzero(block <= limit[:, None])
        for at in range(0, len(hits), _PAIRS_AT_A_TIME):
            line, column = np.divmod(hits[at : at + _PAIRS_AT_A_TIME], block.shape[1])
            best.offer(line, start + column)
        radius = np.minimum(radius, best.squares[:, -1])
        # None is nearer than nothing, and of equally near ones the first are taken.
        radius[best.squares[:, -1] == 0] = -np.inf
        start, step = start + step, min(2 * step, OTHERS_AT_A_TIME)
    return others[best.places], best.squares


def _first_radius(
    bounds: Bounds, left: Side, right: Side, best: Best, room: np.ndarray
) -> np.ndarray:
    """Return a squared radius within which each row has k of a sample of the others."""
    count = len(right.numbers)
    wanted = best.k + (0 if best.itself else 1)
    # As few as leave no more to compare exactly than it costs to look for the nearest of them.
    size = min(max(8 * wanted, OTHERS_AT_A_TIME // 8), OTHERS_AT_A_TIME)
    sample = np.arange(0, count, max(1, count // size))[:OTHERS_AT_A_TIME]
    if len(sample) < wanted:
        return np.full(len(left.shift), np.inf)
    block = bounds.block(left, right.part(sample), room)
    near = np.argpartition(block, wanted - 1, axis=1)[:, :wanted]
    rows = np.repeat(best.rows, wanted)
    at = best.others[sample[near]].ravel()
    squares = bounds.space.squares(rows, at)
    if not best.itself:
        squares[rows == at] = np.inf
    squares = np.sort(squares.reshape(-1, wanted), axis=1)
    found: np.ndarray = squares[:, best.k - 1]
    return found


class Best:
    """The k nearest of each row so far, by exact distance and then by place."""

    def __init__(
        self, space: Space, rows: np.ndarray, others: np.ndarray, k: int, itself: bool
    ) -> None:
        self.space, self.rows, self.others, self.k, self.itself = space, rows, others, k, itself
        self.squares = np.full((len(rows), k), np.inf)
        self.places = np.full((len(rows), k), len(others))

    def offer(self, line: np.ndarray, place: np.ndarray) -> None:
        """Take in candidates: rows (ascending) and places among the others."""
        if not self.itself:
            other = self.rows[line] != self.others[place]
            line, place = line[other], place[other]
        if not len(line):
            return
        squares = self.space.squares(self.rows[line], self.others[place])
        touched, counts = np.unique(line, return_counts=True)
        lines = np.concatenate([np.repeat(touched, self.k), line])
        squares = np.concatenate([self.squares[touched].ravel(), squares])
        places = np.concatenate([self.places[touched].ravel(), place])
        order = np.lexsort((places, squares, lines))
        first = np.cumsum(counts + self.k) - counts - self.k
        chosen = order[first[:, None] + np.arange(self.k)]
        self.squares[touched], self.places[touched] = squares[chosen], places[chosen]
