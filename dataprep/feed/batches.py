"""Batches of rows by their number: what (epoch, batch) holds, whoever asks and when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

import numpy as np

from dataprep.engine import Arrays
from dataprep.feed.order import Shard, balanced, length_of_shard, permutation
from dataprep.feed.rows import Held
from dataprep.feed.weighing import Weigher

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

    def cut(self, start: int, stop: int) -> Part:
        """Return the rows from one place to another; nothing is copied."""
        at = slice(start, stop)
        return Part(
            self.positions[at],
            self.matrix[at],
            {name: values[at] for name, values in self.objects.items()},
            None if self.y is None else self.y[at],
            None if self.w is None else self.w[at],
        )

    def taken(self, places: np.ndarray) -> Part:
        """Return the rows at some places."""
        return Part(
            self.positions.take(places),
            self.matrix.take(places, axis=0),
            {name: values.take(places) for name, values in self.objects.items()},
            None if self.y is None else self.y.take(places),
            None if self.w is None else self.w.take(places),
        )


def joined(parts: Sequence[Part]) -> Part:
    """Return rows one after the other."""
    if len(parts) == 1:
        return parts[0]
    ys = [part.y for part in parts if part.y is not None]
    ws = [part.w for part in parts if part.w is not None]
    return Part(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.matrix for part in parts]),
        {n: np.concatenate([part.objects[n] for part in parts]) for n in parts[0].objects},
        np.concatenate(ys) if ys else None,
        np.concatenate(ws) if ws else None,
    )


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
    weigher : Weigher
    """

    rows: Held
    seed: int
    shuffle: bool
    balance: bool
    shard: Shard | None
    weigher: Weigher
    length: int = field(init=False)

    def __post_init__(self) -> None:
        total = self.rows.height
        if self.balance:
            counts = self.rows.class_counts()
            total = len(counts) * max(counts.values())
        self.length = length_of_shard(total, self.shard)
        self._first = 0 if self.shard is None else self.shard[0] * self.length
        rows = self.rows
        weights = self.weigher.of(rows) if self.weigher.words else None
        self._all = Part(np.arange(rows.height), rows.matrix, rows.objects, rows.y, weights)
        self._orders: OrderedDict[int, np.ndarray | None] = OrderedDict()
        self._lock = Lock()

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
        start, stop = self._first + start, self._first + stop
        order = self.order(epoch)
        return self._all.cut(start, stop) if order is None else self._all.taken(order[start:stop])
