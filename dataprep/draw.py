"""Random numbers keyed by (seed, stage, row), never taken from a shared stream.

A row's number depends on nothing but its key, so that partitions, workers and the order of work
cannot change it. The arithmetic stays below 2**63, so that it runs as an expression on every
engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_256
from typing import Any

import narwhals as nw

PRIME = 2**31 - 1
# x -> x**5 permutes the residues modulo PRIME, because 5 and PRIME - 1 have no common factor:
# two such rounds between affine ones break the lattice that an affine map alone would leave.
_ROUNDS = 3


def constants(seed: int, stage: str) -> list[int]:
    """Return what `mixed` mixes with, for a seed and the name of a stage (or purpose)."""
    digest = shake_256(f"{seed}/{stage}".encode()).digest(8 * 3 * _ROUNDS)
    words = [int.from_bytes(digest[i : i + 8], "big") for i in range(0, len(digest), 8)]
    return [1 + word % (PRIME - 1) for word in words]


def mixed(row: Any, constants: Sequence[Any]) -> Any:
    """Return whole numbers in [0, `PRIME`) for row numbers.

    Parameters
    ----------
    row : anything that has ``+``, ``*``, ``//`` and ``%`` of 64-bit integers
    constants : sequence of int, or of arrays that ``row`` can be multiplied by
        What `constants` gave; arrays, each with one for each purpose, give as many numbers.
    """
    x, high = row % PRIME, row // PRIME
    for turn in range(_ROUNDS):
        a, b, c = constants[3 * turn : 3 * turn + 3]
        x = (x * a + (high * b) % PRIME + c) % PRIME
        if turn < _ROUNDS - 1:
            squared = (x * x) % PRIME
            x = (((squared * squared) % PRIME) * x) % PRIME
    return x


def _mixed(row: Any, seed: int, stage: str) -> Any:
    return mixed(row, constants(seed, stage))


def uniform(row: Any, seed: int, stage: str) -> Any:
    """Return uniform numbers in [0, 1) for row numbers.

    Parameters
    ----------
    row : narwhals expression, or array of int64
        Row numbers.
    seed : int
        The run's seed.
    stage : str
        The name of the stage (or purpose) that draws; other names give independent numbers.

    Returns
    -------
    expression or array of float64, like ``row``
        31 bits of resolution.

    Examples
    --------
    >>> import numpy as np
    >>> uniform(np.arange(4), seed=0, stage="split").round(3).tolist()
    [0.869, 0.222, 0.992, 0.752]
    >>> uniform(np.array([2]), seed=0, stage="split").round(3).tolist()
    [0.992]
    """
    mixed = _mixed(row, seed, stage)
    as_float = mixed.cast(nw.Float64) if isinstance(mixed, nw.Expr) else mixed.astype("float64")
    # A power of two, so that no engine rounds: some divide by multiplying with a reciprocal.
    return as_float / 2**31


def order(row: Any, seed: int, stage: str) -> Any:
    """Return whole numbers below 2**62, in whose order rows are drawn without replacement.

    ``uniform`` has 31 bits: among millions of rows some would be equal.
    """
    return _mixed(row, seed, f"{stage}/high") * PRIME + _mixed(row, seed, f"{stage}/low")


def order_of_copies(drawn: Any, copy: Any, seed: int, stage: str) -> Any:
    """Return the numbers of `order` such that rows with the same key are drawn one by one.

    Otherwise all rows that hold the same would be drawn together, or none of them.

    Parameters
    ----------
    drawn : narwhals expression, or array of int64
        What `order` gave for the keys.
    copy : like ``drawn``
        How many rows with that key come before, below 2**31.
    seed : int
    stage : str

    Examples
    --------
    >>> import numpy as np
    >>> drawn = order(np.array([5, 5, 6]), seed=0, stage="under")
    >>> drawn.argsort(kind="stable").tolist()
    [2, 0, 1]
    >>> copies = np.array([0, 1, 0])
    >>> order_of_copies(drawn, copies, seed=0, stage="under").argsort().tolist()
    [2, 1, 0]
    """
    again = order(drawn + copy * PRIME, seed, f"{stage}/copies")
    if isinstance(copy, nw.Expr):
        return nw.when(copy > 0).then(again).otherwise(drawn)
    import numpy as np

    return np.where(copy > 0, again, drawn)


def normal(row: Any, seed: int, stage: str) -> Any:
    """Return normally distributed numbers for an array of row numbers."""
    from scipy.special import ndtri

    # The middle of each of the intervals that uniform numbers stand for: never 0 or 1.
    return ndtri(uniform(row, seed, stage) + 0.5 / 2**31)


def integers(row: Any, high: int, seed: int, stage: str) -> Any:
    """Return uniform whole numbers in [0, high) for row numbers; ``high`` at most 2**31."""
    mixed = _mixed(row, seed, stage)
    return (mixed * high) // PRIME
