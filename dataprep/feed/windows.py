"""Rows of files in a random order: blocks in random order, a window of them shuffled together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

import numpy as np

from dataprep.feed.batches import Part, joined
from dataprep.feed.order import Shard, length_of_shard, permutation
from dataprep.feed.parquet import Streamed
from dataprep.feed.rows import Held
from dataprep.feed.weighing import Weigher

_WINDOWS_KEPT = 3
"""The one that is fed, the one that is read meanwhile, and one that a late call may still ask."""


@dataclass
class WindowFeed:
    """Rows of files, in the order of an epoch.

    Row groups come in random order; of the rows that follow each other so, as many as are in a
    window are shuffled together. Both orders are functions of the seed and the epoch.

    Parameters
    ----------
    rows : Streamed
    seed : int
    shuffle : bool
    shard : tuple of int, optional
        (index, count): a part of each epoch's order; a worker reads what it feeds, and little more.
    weigher : Weigher
    """

    rows: Streamed
    seed: int
    shuffle: bool
    shard: Shard | None
    weigher: Weigher
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = length_of_shard(self.rows.height, self.shard)
        self._first = 0 if self.shard is None else self.shard[0] * self.length
        self._windows: OrderedDict[tuple[int, int], Future[Part]] = OrderedDict()
        self._lock = Lock()
        # Both are the reading thread's alone.
        self._stream: tuple[int, int, Iterator[_Piece]] | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="dataprep-read")

    def part(self, epoch: int, start: int, stop: int) -> Part:
        """Return rows of an epoch, from one place in its order to another."""
        start, stop, size = self._first + start, self._first + stop, self.rows.window
        found = []
        for number in range(start // size, -(-stop // size)):
            window, first = self._window(epoch, number), number * size
            found.append(window.cut(max(start, first) - first, min(stop, first + size) - first))
        return joined(found)

    def _window(self, epoch: int, number: int) -> Part:
        """Return a window; the next one is read meanwhile."""
        last = (self._first + self.length - 1) // self.rows.window
        with self._lock:
            for wanted in (number, number + 1):
                if wanted <= last and (epoch, wanted) not in self._windows:
                    task = self._reader.submit(self._read, epoch, wanted)
                    self._windows[epoch, wanted] = task
            found = self._windows[epoch, number]
            while len(self._windows) > _WINDOWS_KEPT:
                self._windows.popitem(last=False)
        return found.result()

    def _read(self, epoch: int, number: int) -> Part:
        """Return a window, read from where the last one ended if it is the next."""
        rows, first = self.rows, number * self.rows.window
        size = min(rows.window, rows.height - first)
        if self._stream is None or self._stream[:2] != (epoch, first):
            self._stream = (epoch, first, self._pieces(epoch, first))
        pieces = self._stream[2]
        self._stream = None
        places = np.arange(size)
        if self.shuffle:
            places = permutation(size, self.seed, f"epoch {epoch}/window {number}")
        made, filled = _room(rows, size, self.weigher), 0
        for piece in pieces:
            here = places[filled : filled + piece.held.height]
            _put(made, here, piece, self.weigher)
            filled += piece.held.height
            if filled == size:
                break
        self._stream = (epoch, first + size, pieces)
        return made

    def _pieces(self, epoch: int, first: int) -> Iterator[_Piece]:
        """Give the rows of an epoch's groups from one place on, cut where windows end."""
        rows, place = self.rows, 0
        groups = rows.files.groups
        if self.shuffle:
            order = permutation(len(groups), self.seed, f"epoch {epoch}/groups").tolist()
            groups = [groups[i] for i in order]
        for group in groups:
            if place + group.rows <= first:
                place += group.rows
                continue
            position = group.first
            for batch in rows.files.batches(rows.columns, [group]):
                start = max(0, first - place)
                while start < batch.num_rows:
                    room = rows.window - (place + start) % rows.window
                    part = batch.slice(start, room)
                    yield _Piece(position + start, rows.held(part))
                    start += part.num_rows
                place += batch.num_rows
                position += batch.num_rows


class _Piece(NamedTuple):
    """Rows that follow each other in a file, and the position of the first."""

    first: int
    held: Held


def _room(rows: Streamed, size: int, weigher: Weigher) -> Part:
    """Return an empty window."""
    names = [*rows.words, *([rows.image] if rows.image else [])]
    labels = "int64" if rows.classes else "float32"
    positions = np.empty(size, "int64")
    return Part(
        positions,
        np.empty((size, len(rows.names)), "float32"),
        {name: np.empty(size, object) for name in names},
        None if rows.target is None else np.empty(size, labels),
        np.empty(size, "float32") if weigher.words else None,
        # Which rows refer to one picture is not known of a window: see `Streamed.keys`.
        positions if rows.image else None,
    )


def _put(made: Part, places: np.ndarray, piece: _Piece, weigher: Weigher) -> None:
    """Put rows into their places in a window."""
    held = piece.held
    made.positions[places] = np.arange(piece.first, piece.first + held.height)
    made.matrix[places] = held.matrix
    for name, values in made.objects.items():
        values[places] = held.objects[name]
    if made.y is not None:
        made.y[places] = held.y
    if made.w is not None:
        made.w[places] = weigher.of(held)
