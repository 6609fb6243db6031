"""The order of rows in an epoch: a function of (seed, epoch) and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_256

import numpy as np

from dataprep.errors import ConfigError, DataError

Shard = tuple[int, int]
"""Which part, of how many."""


def _words(seed: int, purpose: str, count: int) -> np.ndarray:
    """Return random words of 64 bits, those of a key.

    Only the raw output of a counter-based generator is used: it is the same in every version of
    NumPy, which its shuffles need not be.
    """
    key = int.from_bytes(shake_256(f"{seed}/{purpose}".encode()).digest(16), "little")
    return np.random.Philox(key=key).random_raw(count)


def permutation(n: int, seed: int, purpose: str) -> np.ndarray:
    """Return the numbers below ``n`` in random order.

    Each number is put below a random word, and these are sorted, which processors do many at a
    time: 2 million in 0.02 s, where NumPy's own shuffle takes 0.06.

    Parameters
    ----------
    n : int
    seed : int
    purpose : str
        Other purposes, such as other epochs, give independent orders.

    Returns
    -------
    array of int64 of shape (n,)

    Examples
    --------
    >>> permutation(8, seed=0, purpose="epoch 0").tolist()
    [0, 3, 7, 2, 6, 1, 5, 4]
    """
    words = _words(seed, purpose, n)
    bits = np.uint64(max(1, (n - 1).bit_length()))
    words >>= bits
    words <<= bits
    words |= np.arange(n, dtype="uint64")
    words.sort()
    words &= (np.uint64(1) << bits) - np.uint64(1)
    found: np.ndarray = words.view("int64")
    return found


def balanced(
    codes: np.ndarray, n_classes: int, seed: int, purpose: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions in which all classes are equally frequent, and no row is left out.

    Each class goes through its rows in a random order, and through them again in another one, until
    the largest class has been through once. Of every ``n_classes`` rows in a row there is one of
    each class.

    Parameters
    ----------
    codes : array of int64 of shape (n_rows,)
        The class of each row; every class has one at least.
    n_classes : int
    seed : int
    purpose : str

    Returns
    -------
    positions : array of int64 of shape (n_classes * rows_of_the_largest_class,)
    turns : array of int64 of the same shape
        How often that row came before in this order.

    Examples
    --------
    >>> order, turns = balanced(np.array([0, 0, 0, 1]), 2, seed=0, purpose="epoch 0")
    >>> len(order), sorted(zip(order.tolist(), turns.tolist()))
    (6, [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2)])
    """
    counts = np.bincount(codes, minlength=n_classes)
    by_class = np.split(codes.argsort(kind="stable"), counts.cumsum()[:-1])
    most = int(counts.max())
    columns = [
        _cycled(rows, most, seed, f"{purpose}/class {code}") for code, rows in enumerate(by_class)
    ]
    # One word for each row in its group: the classes come in a random order there.
    words = _words(seed, f"{purpose}/turns", most * n_classes).reshape(most, n_classes)
    mixed = words.argsort(axis=1, kind="stable")
    # The row at a place of a class's column has been through as often as the class has.
    turns = np.arange(most)[:, None] // np.maximum(counts, 1)
    return (
        np.take_along_axis(np.column_stack(columns), mixed, axis=1).ravel(),
        np.take_along_axis(turns, mixed, axis=1).ravel(),
    )


def _cycled(rows: np.ndarray, count: int, seed: int, purpose: str) -> np.ndarray:
    cycles = -(-count // len(rows))
    orders = [permutation(len(rows), seed, f"{purpose}/cycle {i}") for i in range(cycles)]
    found: np.ndarray = rows[np.concatenate(orders)[:count]]
    return found


def length_of_shard(length: int, shard: Shard | None) -> int:
    """Return how many rows of an epoch a shard has: all have as many.

    Raises
    ------
    ConfigError
        When there is no such shard.
    DataError
        When there are fewer rows than shards.
    """
    if shard is None:
        return length
    index, count = _checked(shard)
    if length < count:
        raise DataError(
            f"{length:,} rows cannot be dealt to {count} shards: shard {index} would be empty",
            place="shard",
            remedy="Ask for fewer shards than there are rows.",
        )
    return length // count


def _checked(shard: Sequence[int]) -> Shard:
    if (
        not isinstance(shard, tuple | list)
        or len(shard) != 2
        or not all(isinstance(i, int | np.integer) and not isinstance(i, bool) for i in shard)
        or not 0 <= shard[0] < shard[1]
    ):
        raise ConfigError(
            f"{shard!r} is no shard",
            place="shard",
            remedy="Give (index, count), e.g. (0, 2) and (1, 2) for two workers.",
        )
    return int(shard[0]), int(shard[1])
