"""Numbers: values far beyond a gap at the end of a column, or of the wrong sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LONELY = 0.01
"""At most this share of a column's values lies beyond a gap, or below zero by mistake."""
FEW = 100
"""Fewer values have no ends."""
FEW_OTHERS = 20
"""So many values must differ from the least one."""
WIDE = 3.0
"""How much wider than all the values before it a gap must be."""

Ends = Sequence[float | None]


def learn_ends(values: np.ndarray) -> list[float | None]:
    """Return the ends of a column's plausible values; None where it has none.

    What lies beyond a gap is no part of them: a gap `WIDE` times the range of the values before it
    (and of the positive ones, in logarithms, at least a third), with no more than `LONELY` of the
    values beyond. Nor are so few negative values among positive ones.

    Parameters
    ----------
    values : array of float64, shape (n_rows,)
        NaN where missing.

    Examples
    --------
    >>> learn_ends(np.append(np.arange(17.0, 91.0).repeat(9), 999.0))
    [17.0, 90.0]
    """
    present = np.sort(values[np.isfinite(values)])
    if len(present) < FEW or present[0] == present[-1]:
        return [None, None]
    negative = int(np.searchsorted(present, 0.0))
    core = present[negative:] if negative <= LONELY * len(present) else present
    high = _end(core)
    low = -_end(-core[::-1])
    return [low, high] if low < high else [None, None]


def _end(ordered: np.ndarray) -> float:
    """Return the last value before a gap, in ascending order."""
    first = ordered[int(0.01 * len(ordered))]
    positive = ordered[ordered > 0]
    least = first if first > 0 or not len(positive) else positive[0]
    others = int(np.searchsorted(ordered, ordered[0], side="right"))
    start = len(ordered) - 1 - max(1, int(LONELY * len(ordered)))
    # Among mostly equal values, a few others have no range of their own.
    for i in range(max(start, others + FEW_OTHERS), len(ordered) - 1):
        here, following = ordered[i], ordered[i + 1]
        if here <= max(first, least) or following - here <= WIDE * (here - first):
            continue
        if least <= 0 or np.log(following / here) > np.log(here / least) / WIDE:
            return float(here)
    return float(ordered[-1])


def judge_ends(values: np.ndarray, ends: Ends) -> np.ndarray:
    """Return the score of each value: by how many ranges it lies beyond the ends.

    Examples
    --------
    >>> judge_ends(np.array([40.0, 91.0, 999.0, -1.0]), [17.0, 90.0]).round(2).tolist()
    [0.0, 0.0, 0.9, 0.7]
    """
    low, high = ends
    if low is None or high is None:
        return np.zeros(len(values))
    with np.errstate(invalid="ignore"):
        beyond = np.maximum(low - values, values - high) / (high - low)
        # A little beyond what was seen is nothing: a new row may be the oldest yet.
        score = np.where(beyond > 1.0, np.minimum(0.9, 0.5 + 0.1 * beyond), 0.0)
        score = np.where((values < 0) & (low >= 0), np.maximum(score, 0.7), score)
    return np.where(np.isnan(values), 0.0, score)
