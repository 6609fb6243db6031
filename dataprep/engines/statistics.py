"""Arithmetic that every engine must do in the same way, so that their states are equal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast


def ranks(count: int, probability: float) -> tuple[int, int, float]:
    """Return the two order statistics (0-based) around a quantile, and the way between them.

    The definition is Hyndman and Fan's type 7, NumPy's and pandas' default.

    Examples
    --------
    >>> ranks(4, 0.5)
    (1, 2, 0.5)
    """
    position = probability * (count - 1)
    # 0.9 * 10 is a hair below 9: a position that is whole but for rounding is whole.
    nearest = round(position)
    if abs(position - nearest) < 1e-9 * max(1.0, position):
        return nearest, nearest, 0.0
    low = math.floor(position)
    return low, min(low + 1, count - 1), position - low


def between(low: Any, high: Any, fraction: float) -> float:
    """Return the point a fraction of the way from ``low`` to ``high``.

    Between whole numbers it is one where it can be: as floats, large ones would lose digits.
    """
    if not isinstance(low, int | float):
        low, high = float(low), float(high)
    if fraction == 0.0 or low == high:
        return cast("float", low)
    if fraction == 0.5 and isinstance(low, int) and isinstance(high, int) and not (low + high) % 2:
        return (low + high) // 2
    # The mean of two is exact where the general form would round twice.
    if fraction == 0.5:
        return float((low + high) / 2)
    return float(low + (high - low) * fraction)


def sorted_quantiles(values: Sequence[Any], probabilities: Sequence[float]) -> list[float | None]:
    """Return quantiles of values in order."""
    if not len(values):
        return [None] * len(probabilities)
    found: list[float | None] = []
    for probability in probabilities:
        low, high, fraction = ranks(len(values), probability)
        found.append(between(values[low], values[high], fraction))
    return found
