"""Batches of rows by their number: what (epoch, batch) holds, whoever asks and when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np

from dataprep.engine import Arrays
from dataprep.feed.keys import turned_keys
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
        Where they lie in the source.
    matrix : array of float32 of shape (n, n_numbers)
    objects : dict of str to array of object of shape (n,)
    y : array of shape (n,), optional
    w : array of float32 of shape (n,), optional
    keys : array of int64 of shape (n,), optional
        Of rows whose pictures are augmented: what their looks are drawn by.
    """

    positions: np.ndarray
    matrix: np.ndarray
    objects: Arrays
    y: np.ndarray | None
    w: np.ndarray | None
    keys: np.ndarray | None = None

    def cut(self, start: int, stop: int) -> Part:
        """Return the rows from one place to another; nothing is copied."""
        at = slice(start, stop)
        return Part(
            self.positions[at],
            self.matrix[at],
            {name: values[at] for name, values in self.objects.items()},
            None if self.y is None else self.y[at],
            None if self.w is None else self.w[at],
            None if self.keys is None else self.keys[at],
        )

    def taken(self, places: np.ndarray, turns: np.ndarray | None = None) -> Part:
        """Return the rows at some places, and how often each came before in the epoch."""
        keys = None if self.keys is None else self.keys.take(places)
        if keys is not None and turns is not None:
            keys = turned_keys(keys, turns)
        return Part(
            self.positions.take(places),
            self.matrix.take(places, axis=0),
            {name: values.take(places) for name, values in self.objects.items()},
            None if self.y is None else self.y.take(places, axis=0),
            None if self.w is None else self.w.take(places),
            keys,
        )


def joined(parts: Sequence[Part]) -> Part:
    """Return rows one after the other."""
    if len(parts) == 1:
        return parts[0]
    ys = [part.y for part in parts if part.y is not None]
    ws = [part.w for part in parts if part.w is not None]
    keys = [part.keys for part in parts if part.keys is not None]
    return Part(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.matrix for part in parts]),
        {n: np.concatenate([part.objects[n] for part in parts]) for n in parts[0].objects},
        np.concatenate(ys) if ys else None,
        np.concatenate(ws) if ws else None,
        np.concatenate(keys) if keys else None,
    )


class Feed(Protocol):
    """An epoch's rows in their order."""

    length: int

    def part(self, epoch: int, start: int, stop: int) -> Part:
        """Return rows of an epoch, from one place in its order to another."""


class _Order(NamedTuple):
    """The positions of all rows of an epoch, and how often each came before where some do."""

    positions: np.ndarray
    turns: np.ndarray | None = None


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
    keyed : bool, default=False
        Whether pictures are augmented, and their keys come along.
    soft : bool, default=False
        Whether labels are how likely each class is.
    """

    rows: Held
    seed: int
    shuffle: bool
    balance: bool
    shard: Shard | None
    weigher: Weigher
    keyed: bool = False
    soft: bool = False
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
        positions = np.arange(rows.height)
        keys = rows.keys(positions) if self.keyed else None
        y = rows.soft_labels() if self.soft else rows.y
        self._all = Part(positions, rows.matrix, rows.objects, y, weights, keys)
        self._orders: OrderedDict[int, _Order | None] = OrderedDict()
        self._lock = Lock()

    def order(self, epoch: int) -> _Order | None:
        """Return the order of an epoch; None for that of the source."""
        with self._lock:
            if epoch not in self._orders:
                self._orders[epoch] = self._made(epoch)
                while len(self._orders) > _ORDERS_KEPT:
                    self._orders.popitem(last=False)
            return self._orders[epoch]

    def _made(self, epoch: int) -> _Order | None:
        purpose = f"epoch {epoch}"
        if self.balance:
            assert self.rows.y is not None, "balance needs classes"  # noqa: S101
            n_classes = len(self.rows.classes or ())
            return _Order(*balanced(self.rows.y, n_classes, self.seed, purpose))
        if not self.shuffle:
            return None
        return _Order(permutation(self.rows.height, self.seed, purpose))

    def part(self, epoch: int, start: int, stop: int) -> Part:
        """Return rows of an epoch, from one place in its order to another."""
        start, stop = self._first + start, self._first + stop
        order = self.order(epoch)
        if order is None:
            return self._all.cut(start, stop)
        turns = None if order.turns is None else order.turns[start:stop]
        return self._all.taken(order.positions[start:stop], turns)
