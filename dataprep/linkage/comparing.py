"""How alike the values of two rows are: rapidfuzz for texts, scaled differences for quantities."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataprep.linkage.coded import Coded, How

CUTS: Mapping[How, tuple[float, float, float]] = {
    "word": (0.8, 0.88, 0.94),
    "phrase": (0.7, 0.82, 0.92),
    "code": (0.6, 0.75, 0.85),
    "number": (0.7, 0.85, 0.95),
    "date": (0.7, 0.85, 0.95),
    "equal": (0.5, 0.7, 0.9),
}
"""From which similarity on two values are similar, close, and very close, by how they compare."""
LEVELS = 5
"""0: they differ, 1: similar, 2: close, 3: very close, 4: equal."""
MISSING = -1
_REACH = 0.1
"""Two quantities are not at all alike at this share of their column's spread apart."""
_OTHER_NUMBER = 0.5
"""Texts with other numbers in them are so much less alike: below all cuts."""
_SWAPPED = 0.99
"""Cells in each other's place are never equal, only close."""


def spread_of(column: Coded) -> float:
    """Return the middle half of a column's values, or their whole range where that is a point."""
    if column.numbers is None:
        return 0.0
    # Halves: the difference of two of them is never too large for a float.
    values = column.numbers[column.codes[column.present]] / 2
    low, high = np.quantile(values, (0.25, 0.75))
    return min(2 * float(high - low or values.max() - values.min()), sys.float_info.max)


def similarity(column: Coded, left: np.ndarray, right: np.ndarray, spread: float) -> np.ndarray:
    """Return how alike a column's values are in pairs of rows.

    Parameters
    ----------
    column : Coded
    left, right : array of int, shape (n_pairs,)
        Places of rows.
    spread : float
        What differences of quantities are measured by; see `spread_of`.

    Returns
    -------
    array of float32, shape (n_pairs,)
        From 0 to 1; NaN where a value is missing.

    Notes
    -----
    Only pairs of values that are present and not equal are compared. Making those pairs distinct
    first costs as much as comparing them: 0.1 seconds for a million.
    """
    a, b = column.codes[left], column.codes[right]
    found = np.ones(len(a), dtype="float32")
    found[(a < 0) | (b < 0)] = np.nan
    differ = np.flatnonzero((a != b) & (a >= 0) & (b >= 0))
    if len(differ):
        # Below 1: what is not equal is at most close.
        found[differ] = np.minimum(_alike(column, a[differ], b[differ], spread), 0.999)
    return found


def _alike(column: Coded, a: np.ndarray, b: np.ndarray, spread: float) -> np.ndarray:
    if column.how == "equal":
        return np.zeros(len(a), dtype="float32")
    texts = column.values
    if column.numbers is None:
        found = _texts_alike(column.how, texts[a], texts[b])
        found[_other_numbers(column, a, b)] *= _OTHER_NUMBER
        return found
    # What is too far apart for a float is far apart.
    with np.errstate(over="ignore"):
        apart = np.abs(column.numbers[a] - column.numbers[b])
        near = 1 - apart / (_REACH * spread) if spread else np.zeros(len(a))
    found = np.clip(near, 0, 1).astype("float32")
    lengths = np.fromiter(map(len, texts), dtype="int64", count=len(texts))
    # A digit mistyped changes a date by years; in a number of two digits it is another number.
    digits = np.flatnonzero((lengths[a] > 2) & (lengths[b] > 2))
    if len(digits):
        as_text = _texts_alike("code", texts[a[digits]], texts[b[digits]])
        found[digits] = np.maximum(found[digits], as_text)
    return found


def _other_numbers(column: Coded, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Tell where two texts hold other numbers: model 12 is not model 13, were all else equal."""
    apart = np.zeros(len(a), dtype=bool)
    if column.how == "code":
        # A slip of the pen in a number of its own.
        return apart
    places, sets = column.numbered
    one, two = places[a], places[b]
    differ = np.flatnonzero((one != two) & (one >= 0) & (two >= 0))
    pairs = zip(sets[one[differ]].tolist(), sets[two[differ]].tolist(), strict=True)
    apart[differ] = [not (x <= y or y <= x) for x, y in pairs]
    return apart


def _texts_alike(how: How, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    from rapidfuzz import fuzz, process
    from rapidfuzz.distance import OSA, JaroWinkler

    def scored(scorer: Any) -> np.ndarray:
        made: np.ndarray = process.cpdist(a, b, scorer=scorer, dtype=np.float32, workers=2)
        return made

    if how == "phrase":
        # Words in another order; words that only one of the two has.
        whole = scored(fuzz.token_sort_ratio) / 100
        words: np.ndarray = np.maximum(whole, 0.9 * scored(fuzz.token_set_ratio) / 100)
        return words
    return scored(OSA.normalized_similarity if how == "code" else JaroWinkler.similarity)


def levels(similarities: np.ndarray, how: How) -> np.ndarray:
    """Return similarities as levels, see `LEVELS`; `MISSING` for NaN."""
    found: np.ndarray = np.digitize(similarities, [*CUTS[how], 1.0]).astype("int8")
    found[np.isnan(similarities)] = MISSING
    return found


def exchange(
    columns: Sequence[Coded],
    swaps: Sequence[tuple[int, int]],
    left: np.ndarray,
    right: np.ndarray,
    similarities: np.ndarray,
) -> None:
    """Raise the similarities of two columns whose cells stand in each other's place, in place.

    Parameters
    ----------
    columns : sequence of Coded
    swaps : sequence of (int, int)
        Places of the columns that may be exchanged.
    left, right : array of int, shape (n_pairs,)
    similarities : array of float32, shape (n_columns, n_pairs)
    """
    for i, j in swaps:
        one, two = columns[i], columns[j]
        unlike = (similarities[i] < CUTS[one.how][0]) & (similarities[j] < CUTS[two.how][0])
        at = np.flatnonzero(unlike)
        if not len(at):
            continue
        a, b = left[at], right[at]
        across = np.minimum(
            _texts_alike(one.how, one.values[one.codes[a]], two.values[two.codes[b]]),
            _texts_alike(one.how, two.values[two.codes[a]], one.values[one.codes[b]]),
        )
        crossed = across >= CUTS[one.how][1]
        for k in (i, j):
            similarities[k, at[crossed]] = _SWAPPED * across[crossed]


def exchanged(one: Coded, two: Coded, left: np.ndarray, right: np.ndarray) -> int:
    """Return in how many pairs the cells of two columns stand in each other's place."""
    known = one.present & two.present
    at = known[left] & known[right] & (one.codes[left] != one.codes[right])
    a, b = left[at], right[at]
    across = one.values[one.codes[a]] == two.values[two.codes[b]]
    a, b = a[across], b[across]
    return int((two.values[two.codes[a]] == one.values[one.codes[b]]).sum())
