"""Which columns a baseline for tables takes, and what it must know of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from dataprep.errors import DataError
from dataprep.feed.rows import Rows

_AT_A_TIME = 65_536
"""Rows whose moments are taken together."""
_MOST_LEVELS = 1000
"""Levels up to which text is a category; half as many as there are rows are too many as well."""


@dataclass
class Columns:
    """The columns of a table as a network takes them.

    Parameters
    ----------
    numbers : dict of str to (float, float)
        Mean and variance of each column of numbers, over the rows that were learned from.
    levels : dict of str to list of str
        The levels of each column of text, the most frequent first.
    left_out : dict of str to str
        Columns that are no features, and why.
    """

    numbers: dict[str, tuple[float, float]] = field(default_factory=dict)
    levels: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The columns that are features."""
        return [*self.numbers, *self.levels]


def described(rows: Rows) -> Columns:
    """Return what a baseline must know of the columns, learned from rows.

    Text of few levels is a category; names of rows and free text are left out.

    Parameters
    ----------
    rows : Rows
        Those to train on.

    Raises
    ------
    DataError
        When no column is left.
    """
    found = Columns()
    moments = np.zeros((3, len(rows.numbers)))
    counts: dict[str, Counter[str]] = {name: Counter() for name in rows.texts}
    for block in rows.blocks():
        for start in range(0, block.height, _AT_A_TIME):
            moments = _joined(moments, _moments(block.matrix[start : start + _AT_A_TIME]))
        for name in [name for name in counts if name not in found.left_out]:
            counts[name].update(block.objects[name].tolist())
            if len(counts[name]) > _MOST_LEVELS:
                found.left_out[name] = f"text of more than {_MOST_LEVELS:,} levels"
    for name, (height, mean, squares) in zip(rows.numbers, moments.T, strict=True):
        # A column that is the same everywhere says nothing; it must not blow up later either.
        found.numbers[name] = (float(mean), float(squares / height) if squares > 0 else 1.0)
    for name, levels in counts.items():
        if name not in found.left_out and len(levels) > max(2, rows.height / 2):
            found.left_out[name] = f"text of {len(levels):,} levels in {rows.height:,} rows"
        if name not in found.left_out:
            # The most frequent first, equally frequent ones in order.
            found.levels[name] = sorted(levels, key=lambda level: (-levels[level], level))
    if not found.names:
        told = ", ".join(f"{name} ({why})" for name, why in found.left_out.items())
        raise DataError(
            f"no column is a feature: {told or 'there is none beside the target'}",
            place=rows.place,
            remedy="Encode text with a stage such as encode, or give other columns.",
        )
    return found


def _moments(block: np.ndarray) -> np.ndarray:
    """Return how many rows there are, columns' means and their sums of squares around them."""
    numbers = block.astype("float64")
    mean = numbers.mean(axis=0)
    squares = ((numbers - mean) ** 2).sum(axis=0)
    return np.array([np.full(len(mean), float(len(numbers))), mean, squares])


def _joined(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the moments of two blocks together (Chan, Golub and LeVeque 1983)."""
    height = a[0] + b[0]
    away = b[1] - a[1]
    mean = a[1] + away * b[0] / height
    return np.array([height, mean, a[2] + b[2] + away**2 * a[0] * b[0] / height])
