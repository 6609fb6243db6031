"""Space: rows as points, by numbers and levels, where either may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dataprep.errors import DataError

_PAIRS_AT_A_TIME = 16_384
"""So many pairs of narrow rows are compared at once."""
CELLS_AT_A_TIME = 2**18
"""So many cells of wider ones, 2 MB: they stay in the processor's cache."""
_WIDE = 64
"""Pairs of more numbers are summed pair by pair: column by column would take so many passes."""
_RANGE = 1e150
"""What is so much smaller than the largest cell has a square that vanishes beside it."""


class Neighbours(NamedTuple):
    """The nearest ones of each row.

    Parameters
    ----------
    indices : array of shape (n_rows, k), int64
        Their positions in the space, the nearest first; of equally distant ones the first of
        those that were searched.
    distances : array of shape (n_rows, k), float64
        Infinite where two rows have no column in common.
    """

    indices: np.ndarray
    distances: np.ndarray


@dataclass(frozen=True)
class Space:
    """Rows, and what it means that two of them are near.

    The distance is Euclidean over the columns that both rows have, scaled up by the share of
    columns that were compared, as in scikit-learn's ``nan_euclidean_distances``.

    Parameters
    ----------
    numbers : array of shape (n, d), float64
        NaN where missing.
    codes : array of shape (n, c), int32, optional
        The level of each categorical column, -1 where missing.
    unlike : float, default=0.0
        The squared distance of two unlike levels.

    Examples
    --------
    >>> space = Space(np.array([[0.0], [3.0]]), np.array([[1], [2]], "int32"), unlike=16.0)
    >>> space.distances(np.array([0]), np.array([1]))
    array([5.])
    """

    numbers: np.ndarray
    codes: np.ndarray | None = None
    unlike: float = 0.0

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return int(self.numbers.shape[1] + self.levels.shape[1])

    @property
    def levels(self) -> np.ndarray:
        """The codes, of shape (n, 0) where there are none."""
        return np.empty((len(self.numbers), 0), "int32") if self.codes is None else self.codes

    def gaps(self) -> bool:
        """Tell whether anything is missing."""
        return bool(np.isnan(self.numbers).any() or (self.levels < 0).any())

    def within_reach(self) -> tuple[Space, float]:
        """Return the same rows in a unit in which squares neither overflow nor vanish.

        Returns
        -------
        Space
        float
            That unit, a power of two.

        Raises
        ------
        DataError
            Where the largest cell is more than 1e150 times as large as half the cells of a column.
        """
        least = self.unlike**0.5
        highest = np.fmax.reduce(self.numbers, axis=None, initial=least)
        largest = float(max(highest, -np.fmin.reduce(self.numbers, axis=None, initial=-least)))
        if not largest or 1e-9 < largest < 1e9:
            return self, 1.0
        if largest > _RANGE**0.5:
            self._check_range(largest)
        unit = 2.0 ** round(np.log2(largest))
        return Space(self.numbers / unit, self.codes, self.unlike / unit / unit), unit

    def _check_range(self, largest: float) -> None:
        for place, column in enumerate(self.numbers.T):
            sizes = np.abs(column[(column != 0) & ~np.isnan(column)])
            usual = float(np.median(sizes)) if len(sizes) else largest
            if usual * _RANGE < largest:
                raise DataError(
                    f"beside a number of {largest:.3g} all distances in numeric column {place + 1} "
                    f"vanish, where numbers are about {usual:.3g}",
                    place="neighbours",
                    remedy="Clip or mend numbers of such a size first.",
                )

    def squares(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Return squared distances of pairs of rows, summed pair by pair, in order of columns.

        Parameters
        ----------
        rows, others : arrays of shape (n_pairs,), int
            Positions.

        Returns
        -------
        array of shape (n_pairs,), float64
            The same bits for a pair alone or among others.
        """
        found = np.empty(len(rows))
        step = min(_PAIRS_AT_A_TIME, at_a_time(self.width))
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            found[part] = self._squares(rows[part], others[part])
        return found

    def _squares(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        # In C order, whatever the order of the numbers: then sums do not depend on it.
        apart = np.subtract(self.numbers[rows], self.numbers[others], order="C")
        present = ~np.isnan(apart)
        complete = bool(present.all())
        if not complete:
            apart = np.where(present, apart, 0.0)
        apart *= apart
        total = np.zeros(len(rows))
        if apart.shape[1] > _WIDE:
            total += apart.sum(axis=1)
        else:
            for column in apart.T:
                total += column
        compared = present.sum(axis=1)
        for column in self.levels.T:
            here, there = column[rows], column[others]
            both = (here >= 0) & (there >= 0)
            complete = complete and bool(both.all())
            total += self.unlike * (both & (here != there))
            compared += both
        if complete:
            return total
        # Rows without a column in common are infinitely far apart.
        share = np.divide(self.width, compared, out=np.full(len(rows), np.inf), where=compared > 0)
        scaled: np.ndarray = np.where(compared > 0, total, 1.0) * share
        return scaled

    def distances(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Return distances of pairs of rows; see `squares`."""
        found: np.ndarray = np.sqrt(self.squares(rows, others))
        return found


def at_a_time(width: int) -> int:
    """Return how many rows of so many columns are worked on at once."""
    return max(1, CELLS_AT_A_TIME // max(1, width))
