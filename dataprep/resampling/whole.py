"""Whole numbers of new rows: held by their type, and between their parents to the last digit."""

from __future__ import annotations

import numpy as np

EXACT = 2.0**53
"""From here on floats leave out whole numbers."""


def bounds(dtype: np.dtype) -> tuple[float, float]:
    """Return the smallest and the largest float that a type of whole numbers can hold.

    Examples
    --------
    >>> bounds(np.dtype("uint8"))
    (0.0, 255.0)
    """
    limits = np.iinfo(dtype)
    low, high = float(limits.min), float(limits.max)
    return low, high if int(high) <= limits.max else float(np.nextafter(high, 0.0))


def whole_of(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return floats as the nearest whole numbers that a type can hold.

    Examples
    --------
    >>> whole_of(np.array([343.4, -65.3, 7.6]), np.dtype("uint8")).tolist()
    [255, 0, 8]
    """
    held: np.ndarray = np.clip(np.rint(values), *bounds(dtype)).astype(dtype)
    held[values >= float(np.iinfo(dtype).max)] = np.iinfo(dtype).max
    return held


def whole_or_same(values: np.ndarray, given: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Return floats as whole numbers; where they are what floats make of given ones, those.

    Parameters
    ----------
    values : array of float64, shape (n_made,)
    given : array of whole numbers, shape (n_made,)
    same : array of bool, shape (n_made,)

    Examples
    --------
    >>> given = np.array([2**53 + 1, 2**53 + 1])
    >>> whole_or_same(np.array([2.0**53, 7.4]), given, np.array([True, False])).tolist()
    [9007199254740993, 7]
    """
    return np.where(same, given, whole_of(values, given.dtype))


def whole_between(a: np.ndarray, b: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return the whole numbers nearest to ``a + step * (b - a)``, without floats for a and b.

    Parameters
    ----------
    a, b : array of int64 or uint64, shape (n_made,)
    step : array of float64, shape (n_made,)
        Within 0 to 1 no number is beyond its parents; else none is beyond its type.

    Examples
    --------
    >>> whole_between(np.array([2**60]), np.array([2**60 + 9]), np.array([1 / 3])).item() - 2**60
    3
    """
    limits = np.iinfo(a.dtype)
    # Differences of any two numbers of 64 bits fit into 64 bits without a sign.
    first, second = a.astype("uint64"), b.astype("uint64")
    gap = np.where(b >= a, second - first, first - second)
    upwards = (b >= a) == (step >= 0)
    least, most = np.array([limits.min, limits.max], dtype=a.dtype).astype("uint64")
    room = np.where(upwards, most - first, first - least)
    room = np.where((step >= 0) & (step <= 1), gap, room)
    far = np.rint(np.abs(step) * gap.astype("float64"))
    way = np.minimum(np.minimum(far, bounds(np.dtype("uint64"))[1]).astype("uint64"), room)
    made: np.ndarray = np.where(upwards, first + way, first - way).astype(a.dtype)
    return made
