"""Bounds of many squared distances at once, by a matrix product and what it may be wrong by.

A product of matrices is the fastest way to compare rows with rows, but its last bits are rounding.
Here each distance comes out too small (or too large, if asked), by a little more than rounding can
do: who is beyond a radius by this bound is beyond it, and the few others are compared exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.neighbours.space import Space, at_a_time


class Side(NamedTuple):
    """One side of the product.

    Parameters
    ----------
    numbers : array of shape (n_rows, width)
        What is multiplied.
    shift : array of shape (n_rows,)
        What is added to the product of each row.
    present : array of shape (n_rows, n_columns), or None
        1 where a row has a value, where there are gaps.
    levels : array of shape (n_rows, n_levelled)
    """

    numbers: np.ndarray
    shift: np.ndarray
    present: np.ndarray | None
    levels: np.ndarray

    def part(self, rows: slice | np.ndarray) -> Side:
        """Return some of the rows."""
        present = None if self.present is None else self.present[rows]
        return Side(self.numbers[rows], self.shift[rows], present, self.levels[rows])


class Bounds:
    """What bounds squared distances between rows of a space.

    Parameters
    ----------
    space : Space
    kind : {"float32", "float64"}
        What to compute with.
    upper : bool, default=False
        Whether to bound from above.
    """

    def __init__(self, space: Space, kind: str, *, upper: bool = False) -> None:
        self.space, self.kind = space, kind
        self.gaps = space.gaps()
        self.centre = _centre(space.numbers)
        # Each product of two numbers may be off by a rounding for each that follows it.
        self.slack = (8 + 4 * space.width) * float(np.finfo(kind).eps)
        self.side = 1 + self.slack if upper else 1 - self.slack
        # Below the smallest normal number an error is no longer relative.
        self.tiny = (1 if upper else -1) * 4 * space.width * float(np.finfo(kind).tiny)

    def left(self, rows: np.ndarray) -> Side:
        """Return the side of the rows whose distances are wanted."""
        return self._side(rows, self._left)

    def right(self, others: np.ndarray) -> Side:
        """Return the side of the rows that they are compared with."""
        return self._side(others, self._right)

    def _left(self, numbers: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, ...]:
        squares = numbers * numbers
        if self.gaps:
            return -2 * numbers, self.side * squares, present, np.full(len(numbers), self.tiny)
        total = self.side * squares.sum(axis=1)
        return -2 * numbers, np.ones((len(numbers), 1)), total + self.tiny

    def _right(self, numbers: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, ...]:
        squares = self.side * numbers * numbers
        nothing = np.zeros(len(numbers))
        if self.gaps:
            return numbers, present, squares, nothing
        return numbers, squares.sum(axis=1, keepdims=True), nothing

    def _side(self, rows: np.ndarray, made: object) -> Side:
        width = self.space.numbers.shape[1]
        numbers = np.empty((len(rows), 3 * width if self.gaps else width + 1), self.kind)
        shift = np.empty(len(rows))
        levels = self.space.levels[rows]
        present = np.empty((len(rows), self.space.width), self.kind) if self.gaps else None
        step = at_a_time(width)
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            here = self.space.numbers[rows[part]] - self.centre
            has = ~np.isnan(here)
            if self.gaps:
                here = np.where(has, here, 0.0)
            *columns, shift[part] = made(here, has)  # type: ignore[operator]
            np.concatenate(columns, axis=1, out=numbers[part], casting="unsafe")
            if present is not None:
                present[part] = np.concatenate([has, levels[part] >= 0], axis=1)
        return Side(numbers, shift, present, levels)

    def block(self, left: Side, right: Side, room: np.ndarray) -> np.ndarray:
        """Return bounds of squared distances less each row's ``left.shift``.

        Parameters
        ----------
        left, right : Side
        room : array of ``kind``
            Scratch, of at least ``n_rows * n_others`` elements: where the result is put.

        Returns
        -------
        array of shape (n_rows, n_others)
        """
        shape = len(left.numbers), len(right.numbers)
        found: np.ndarray = room[: shape[0] * shape[1]].reshape(shape)
        np.matmul(left.numbers, right.numbers.T, out=found)
        unlike = found.dtype.type(self.side * self.space.unlike)
        for here, there in zip(left.levels.T, right.levels.T, strict=True):
            differ = here[:, None] != there
            if self.gaps:
                differ &= (here >= 0)[:, None] & (there >= 0)
            found += differ * unlike
        if left.present is not None and right.present is not None:
            compared = left.present @ right.present.T
            with np.errstate(divide="ignore", invalid="ignore"):
                found *= self.space.width / compared
            found[compared == 0] = np.inf
        return found


def _centre(numbers: np.ndarray) -> np.ndarray:
    """Return the mean of each column, of those present: small numbers have small roundings."""
    total, count = np.zeros(numbers.shape[1]), np.zeros(numbers.shape[1])
    step = at_a_time(numbers.shape[1])
    for start in range(0, len(numbers), step):
        part = numbers[start : start + step]
        total += np.nansum(part, axis=0)
        count += (~np.isnan(part)).sum(axis=0)
    return np.divide(total, count, out=total, where=count > 0)
