"""Batches of rows by their number: what (epoch, batch) holds, whoever asks and when."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

import numpy as np

from dataprep.engine import Arrays
from dataprep.feed.order import Shard, balanced, length_of_shard, permutation
from dataprep.feed.rows import Held

_ORDERS_KEPT = 2
"""An epoch's order, and that of the next one, which may be asked before the first ends."""


@dataclass(frozen=True)
class Part:
    """Rows to be fed, side by side.

    Parameters
    ----------
    positions : array of int64 of shape (n,)
        Where they lie in the source: the keys of what is random about a row.
    matrix : array of float32 of shape (n, n_numbers)
    objects : dict of str to array of object of shape (n,)
    y : array of shape (n,), optional
    w : array of float32 of shape (n,), optional
    """

    positions: np.ndarray
    matrix: np.ndarray
    objects: Arrays
    y: np.ndarray | None
    w: np.ndarray | None


class Feed(Protocol):
    """An epoch's rows in their order."""

    length: int

    def part(self, epoch: int, start: int, stop: int) -> Part:
        """Return rows of an epoch, from one place in its order to another."""


@dataclass
class HeldFeed:
    """Rows in memory, in the order of an epoch.

    Parameters
    ----------
    rows : Held
    seed : int
    shuffle : bool
    balance : bool
        Whether all classes are equally frequent.
    shard : tuple of int, optional
        (index, count): a part of each epoch's order.
    weights : array of float32 of shape (n_rows,), optional
    """

    rows: Held
    seed: int
    shuffle: bool
    balance: bool = False
    shard: Shard | None = None
    weights: np.ndarray | None = None
    length: int = field(init=False)
    _orders: OrderedDict[int, np.ndarray | None] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        total = self.rows.height
        if self.balance:
            counts = self.rows.class_counts()
            total = len(counts) * max(counts.values())
        self.length = length_of_shard(total, self.shard)
        self._first = 0 if self.shard is None else self.shard[0] * self.length

    def order(self, epoch: int) -> np.ndarray | None:
        """Return the positions of all rows of an epoch, in order; None for that of the source."""
        with self._lock:
            if epoch not in self._orders:
                self._orders[epoch] = self._made(epoch)
                while len(self._orders) > _ORDERS_KEPT:
                    self._orders.popitem(last=False)
            return self._orders[epoch]

    def _made(self, epoch: int) -> np.ndarray | None:
        purpose = f"epoch {epoch}"
        if self.balance:
            assert self.rows.y is not None, "balance needs classes"  # noqa: S101
            n_classes = len(self.rows.classes or ())
            return balanced(self.rows.y, n_classes, self.seed, purpose)
        return permutation(self.rows.height, self.seed, purpose) if self.shuffle else None

    def part(self, epoch: int, start: int, stop: int) -> Part:
        """Return rows of an epoch, from one place in its order to another."""
        rows, order = self.rows, self.order(epoch)
        start, stop = self._first + start, self._first + stop
        if order is None:
            at = slice(start, stop)
            return Part(
                np.arange(start, stop),
                rows.matrix[at],
                {name: values[at] for name, values in rows.objects.items()},
                None if rows.y is None else rows.y[at],
                None if self.weights is None else self.weights[at],
            )
        positions = order[start:stop]
        return Part(
            positions,
            rows.matrix.take(positions, axis=0),
            {name: values.take(positions) for name, values in rows.objects.items()},
            None if rows.y is None else rows.y.take(positions),
            None if self.weights is None else self.weights.take(positions),
        )
