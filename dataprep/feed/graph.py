"""Batches as a ``tf.data.Dataset``: the graph asks Python for several at a time, by number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.feed.batches import Feed, Part
from dataprep.optional import require

if TYPE_CHECKING:
    import tensorflow as tf

_BYTES_ASKED = 2**20
"""About how many bytes are asked of Python at a time: below, the calls would cost more than rows.

2 million x 32 float32 in batches of 1,024: 4.3 million rows a second with one batch for each call,
6.8 with four, 9 with eight and with more; a plain NumPy gather gives 11.
"""
_MOST_ASKED = 32
_PREFETCHED = 2

Arranged = Callable[..., Any]
"""From the tensors of a batch, by name, and the epoch, to what a model takes."""


@dataclass(frozen=True)
class Plan:
    """How many rows, in batches of which size, with what beside them.

    Parameters
    ----------
    feed : Feed
        The rows of an epoch.
    batch_size : int
    drop_remainder : bool
    numbers : int
        How many features are numbers.
    objects : sequence of str
        Columns that hold text, or refer to pictures.
    label_type : str, optional
        ``int64`` of codes, ``float32`` of numbers; None where there is no target.
    soft : int, default=0
        Of how many classes a label says how likely each is; 0 where it is a code or a number.
    weighted, keyed : bool
        Whether sample weights, and the keys of pictures, come along.
    pictures : array of shape (n_rows, height, width, channels), optional
        Those that are decoded already.
    """

    feed: Feed
    batch_size: int
    drop_remainder: bool
    numbers: int
    objects: tuple[str, ...]
    label_type: str | None
    weighted: bool = False
    keyed: bool = False
    soft: int = 0
    pictures: np.ndarray | None = None

    @property
    def whole(self) -> int:
        """The number of batches that are full."""
        return self.feed.length // self.batch_size

    @property
    def batches(self) -> int:
        """The number of batches in an epoch."""
        rest = self.feed.length % self.batch_size and not self.drop_remainder
        return self.whole + bool(rest)

    @property
    def asked(self) -> int:
        """How many batches are made at a time."""
        size = self.batch_size * (4 * self.numbers + 64 * len(self.objects) + 16)
        if self.pictures is not None:
            size += self.batch_size * self.pictures[0].nbytes
        return max(1, min(_MOST_ASKED, _BYTES_ASKED // size))

    def requests(self, first: int) -> int:
        """Return how many times batches are asked for, from one of them to the end."""
        return -(-(self.whole - first) // self.asked) + (self.batches - self.whole)

    def range_of(self, request: int, first: int) -> tuple[int, int, int]:
        """Return a request's first row, the row after its last one, and its number of batches."""
        start = first + request * self.asked
        if start >= self.whole:
            # The last batch, which is not full, is asked for by itself.
            return self.whole * self.batch_size, self.feed.length, 1
        stop = min(start + self.asked, self.whole)
        return start * self.batch_size, stop * self.batch_size, stop - start

    def names(self) -> dict[str, str]:
        """Return what a batch consists of, and the types of it."""
        found = {"keys": "int64"} if self.keyed else {}
        if self.numbers:
            found["matrix"] = "float32"
        found |= {f"text {i}": "string" for i in range(len(self.objects))}
        if self.label_type:
            found["label"] = self.label_type
        if self.weighted:
            found["weight"] = "float32"
        if self.pictures is not None:
            found["pictures"] = self.pictures.dtype.name
        return found

    def inner(self, name: str) -> tuple[int, ...]:
        """Return the shape of a row's share of what a batch consists of."""
        if name == "pictures" and self.pictures is not None:
            return self.pictures.shape[1:]
        if name == "label" and self.soft:
            return (self.soft,)
        return (self.numbers,) if name == "matrix" else ()

    def made(self, part: Part, batches: int) -> list[np.ndarray]:
        """Return the arrays of a request, batch by batch along the first axis."""
        found = [part.keys] if self.keyed and part.keys is not None else []
        if self.numbers:
            found.append(part.matrix)
        found += [part.objects[name] for name in self.objects]
        if self.label_type and part.y is not None:
            found.append(part.y)
        if self.weighted and part.w is not None:
            found.append(part.w)
        if self.pictures is not None:
            found.append(self.pictures[part.positions])
        return [a.reshape(batches, len(a) // batches, *a.shape[1:]) for a in found]


class _Epochs:
    """Which epoch an iteration is.

    An iteration takes the number when it begins, and uses it up with its second batch: Keras looks
    at one batch of a new model's data before it trains, and that is no epoch. To use it up at the
    beginning would not depend on what fetches ahead, but each first ``fit`` would begin at epoch 1.
    """

    def __init__(self, first: int) -> None:
        self._next, self._lock = first, Lock()

    def begin(self) -> np.int64:
        return np.int64(self._next)

    def use(self, epoch: Any) -> np.int64:
        with self._lock:
            self._next = max(self._next, int(epoch) + 1)
        return np.int64(0)


def streamed(
    plan: Plan,
    arranged: Arranged,
    *,
    by_batch: bool,
    epoch: int = 0,
    batch: int = 0,
    reshuffle: bool = True,
    prefetch: int | None = None,
    parallel_calls: int | None = None,
) -> tf.data.Dataset:
    """Return the batches of one epoch after the other.

    Parameters
    ----------
    plan : Plan
    arranged : callable
        See `Arranged`.
    by_batch : bool
        Whether a batch is arranged by itself; else several at a time, along another first axis,
        which costs less where they are only taken apart.
    epoch, batch : int
        Where the first iteration begins.
    reshuffle : bool
        Whether each iteration is the next epoch; where not, or where ``batch`` is not 0, each one
        is the same.
    prefetch : int, optional
        Batches that are made ahead.
    parallel_calls : int, optional
        How many batches are arranged at a time.
    """
    tf = require("tensorflow", "tensorflow")
    data = tf.data.Dataset
    epochs = _Epochs(epoch)
    moving = reshuffle and batch == 0
    length = plan.batches - batch
    parallel: dict[str, Any] = {}
    if parallel_calls is not None:
        parallel = {"num_parallel_calls": parallel_calls, "deterministic": True}

    def of_epoch(number: Any) -> Any:
        def asked(request: Any) -> Any:
            parts = _asked(tf, plan, number, request, batch)
            return parts if by_batch else arranged(parts, number)

        # One request ahead; then each batch by itself.
        found = data.range(plan.requests(batch)).map(asked, **parallel).prefetch(1).unbatch()
        if by_batch:
            found = found.map(lambda parts: arranged(parts, number), **parallel)
        found = found.prefetch(_PREFETCHED if prefetch is None else prefetch)
        return _marked(tf, found, number, length, epochs) if moving else found

    def begun(_: Any) -> Any:
        found = tf.numpy_function(epochs.begin, [], tf.int64, stateful=True)
        return tf.ensure_shape(found, ())

    made = data.from_tensors(0).map(begun).flat_map(of_epoch)
    made = made.apply(tf.data.experimental.assert_cardinality(length))
    options = tf.data.Options()
    options.deterministic = True
    # Shards are told by `shard`: TensorFlow would cut the requests instead of the rows.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return made.with_options(options)


def _asked(tf: Any, plan: Plan, epoch: Any, request: Any, first: int) -> dict[str, Any]:
    """Return the tensors of a request: a batch along the first axis."""

    def gathered(number: np.int64, asked: np.int64) -> list[np.ndarray]:
        start, stop, batches = plan.range_of(int(asked), first)
        return plan.made(plan.feed.part(int(number), start, stop), batches)

    names = plan.names()
    types = [tf.dtypes.as_dtype(dtype) for dtype in names.values()]
    found = tf.numpy_function(gathered, [epoch, request], types, stateful=True)
    size = (
        plan.batch_size if plan.drop_remainder or not plan.feed.length % plan.batch_size else None
    )
    for name, tensor in zip(names, found, strict=True):
        tensor.set_shape((None, size, *plan.inner(name)))
    return dict(zip(names, found, strict=True))


def _marked(tf: Any, found: Any, epoch: Any, length: int, epochs: _Epochs) -> Any:
    """Return the batches; whoever takes the second one, or the only one, uses the epoch up."""

    def used(number: Any) -> Any:
        done = tf.numpy_function(epochs.use, [number], tf.int64, stateful=True)
        return tf.ensure_shape(done, ())

    data = tf.data.Dataset
    marks = data.from_tensors(epoch).map(used)
    if length > 1:
        marks = data.from_tensors(tf.constant(0, tf.int64)).concatenate(marks)
        marks = marks.concatenate(data.range(length - 2))
    return data.zip((marks, found)).map(lambda _, batch: batch)
