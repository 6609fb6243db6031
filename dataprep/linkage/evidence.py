"""How much the agreement of each column tells: the model of Fellegi and Sunter.

A column's weight at a level of agreement is ``log2(m / u)``: how much more often copies agree so
far (m) than rows drawn at random (u). `dataprep.linkage.fitting` learns both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.draw import integers
from dataprep.linkage.blocking import Candidates
from dataprep.linkage.coded import Coded, How
from dataprep.linkage.comparing import (
    exchange,
    exchanged,
    levels,
    similarity,
)

_SAMPLE, _FEWEST = 300_000, 20_000
"""How many candidate pairs, and how many random ones, a model is learned from."""
_SIGNS = 20_000_000
"""Fewer where texts are long: of so many pairs times signs, though not less than the fewest."""
LEAST_ALIKE = 0.45
"""Rows that are less alike are never copies."""


@dataclass(frozen=True)
class Evidence:
    """What a model knows of its columns; made from, and kept as, plain JSON.

    Parameters
    ----------
    columns : sequence of mapping
        ``name``, ``how``, ``spread``, ``m`` and ``u`` (by level) of each.
    together : sequence of (int, int, float)
        Columns that agree together by themselves, and by how many bits the agreement of both
        counts less.
    swaps : sequence of (int, int)
        Columns whose cells are found in each other's place.
    cut : float
        From how many bits on two rows are copies.
    least : float
        How alike they must be besides.
    """

    columns: Sequence[Mapping[str, Any]]
    together: Sequence[tuple[int, int, float]]
    swaps: Sequence[tuple[int, int]]
    cut: float
    least: float

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        listed = ([list(entry) for entry in entries] for entries in (self.together, self.swaps))
        together, swaps = listed
        columns = [dict(column) for column in self.columns]
        return {
            "columns": columns,
            "together": together,
            "swaps": swaps,
            "cut": self.cut,
            "least": self.least,
        }

    def telling(self) -> np.ndarray:
        """Return how many bits the agreement in each column is worth at most."""
        return np.array([-np.log2(c["u"][-1]) for c in self.columns])

    def weights(self) -> np.ndarray:
        """Return the bits of each column and level, shape (n_columns, n_levels)."""
        return bits_of(*(np.array([c[side] for c in self.columns]) for side in "mu"))


def bits_of(m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the weights of levels, where being more alike never tells less.

    A level that no pair drawn at random reaches would else tell more than being equal does.
    """
    bits: np.ndarray = np.minimum.accumulate(np.log2(m / u)[:, ::-1], axis=1)[:, ::-1]
    return bits


def sample_size(columns: Sequence[Coded]) -> int:
    """Return how many pairs a model of these columns is learned from."""
    signs = 0.0
    for column in columns:
        if column.numbers is None:
            lengths = np.fromiter(map(len, column.values), "int64", len(column.values))
            signs += float(lengths @ column.counts()) / len(column.codes)
    return int(np.clip(_SIGNS / max(1.0, signs), _FEWEST, _SAMPLE))


def sample(pairs: Candidates, size: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return candidate pairs at equal distances, and how many each of them stands for."""
    step = max(1, len(pairs.left) // size)
    return pairs.left[::step], pairs.right[::step], float(step)


def random_pairs(height: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of different rows drawn at random, the same ones for the same height."""
    drawn = np.arange(min(size, 4 * height * (height - 1) // 2))
    left, right = (integers(drawn, height, seed, f"random pairs {side}") for side in "ab")
    return left[left != right], right[left != right]


@dataclass(frozen=True)
class Compared:
    """Pairs of rows, and how alike they are in each column.

    Parameters
    ----------
    left, right : array of int, shape (n_pairs,)
        Places of rows.
    alike : array of float32, shape (n_columns, n_pairs)
        From 0 to 1, NaN where a value is missing.
    step : float, default=1
        How many pairs each of them stands for.
    """

    left: np.ndarray
    right: np.ndarray
    alike: np.ndarray
    step: float = 1.0

    def levels(self, columns: Sequence[Coded]) -> np.ndarray:
        """Return the levels of agreement, int8 of shape (n_columns, n_pairs)."""
        return np.array([levels(row, c.how) for row, c in zip(self.alike, columns, strict=True)])


def compared(
    columns: Sequence[Coded],
    spreads: Sequence[float],
    swaps: Sequence[tuple[int, int]],
    left: np.ndarray,
    right: np.ndarray,
    step: float = 1.0,
) -> Compared:
    """Compare pairs of rows in each column, cells in each other's place too."""
    alike = np.array([similarity(c, left, right, s) for c, s in zip(columns, spreads, strict=True)])
    exchange(columns, swaps, left, right, alike)
    return Compared(left, right, alike, step)


def swaps_in(
    columns: Sequence[Coded], left: np.ndarray, right: np.ndarray
) -> list[tuple[int, int]]:
    """Return the columns of words whose cells stand in each other's place now and then."""
    found = []
    words: tuple[How, ...] = ("word", "phrase")
    texts = [i for i, column in enumerate(columns) if column.how in words]
    for n, i in enumerate(texts):
        for j in texts[n + 1 :]:
            one, two = columns[i], columns[j]
            if one.how == two.how and exchanged(one, two, left, right) > 1:
                found.append((i, j))
    return found
