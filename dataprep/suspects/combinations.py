"""Combinations: values of two columns that hardly ever occur together, though both are frequent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from dataprep.suspects.texts import Levels

MOST_VALUES = 50
"""Columns with more frequent values are not combined."""
EXPECTED = 20.0
"""How many rows with a combination chance must lead one to expect."""
RARE = 0.005
"""At most this share of the expected rows holds an implausible combination."""
MOST_COMBINATIONS = 5000
"""How many implausible combinations are kept, those most expected first."""
BLAMED = 0.7
"""The score of a value in more implausible combinations than its partners."""
EVEN = 0.5
"""The score of two values of which neither is in more of them than the other."""


def learn_combinations(columns: Mapping[str, Levels]) -> list[dict[str, Any]]:
    """Return combinations of two values that are far rarer than chance has them.

    Parameters
    ----------
    columns : mapping of str to Levels

    Returns
    -------
    list of dict
        ``columns`` (two names) and ``pairs``: ``[value, value, rows, rows expected]``.

    Notes
    -----
    Of n rows, n_a n_b / n are expected to hold a and b; their ratio to what was found is the lift
    of association rules.
    """
    frequent = {name: _frequent(levels) for name, levels in columns.items()}
    few = [name for name, levels in frequent.items() if 1 < len(levels.texts) <= MOST_VALUES]
    found = []
    for one, other in combinations(few, 2):
        a, b = frequent[one], frequent[other]
        known = (a.codes >= 0) & (b.codes >= 0)
        width = len(b.texts)
        seen = np.bincount(
            a.codes[known] * width + b.codes[known], minlength=len(a.texts) * width
        ).reshape(-1, width)
        rows = max(1, int(known.sum()))
        expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / rows
        rare = (expected >= EXPECTED) & (seen <= RARE * expected)
        for i, j in zip(*np.nonzero(rare), strict=True):
            found.append(
                (-int(expected[i, j]), one, other, a.texts[i], b.texts[j], int(seen[i, j]))
            )
    found.sort()
    pairs: dict[tuple[str, str], list[Any]] = {}
    for expect, one, other, first, second, count in found[:MOST_COMBINATIONS]:
        pairs.setdefault((one, other), []).append([first, second, count, -expect])
    return [{"columns": list(names), "pairs": pairs[names]} for names in sorted(pairs)]


def _frequent(levels: Levels) -> Levels:
    """Return a column with its values that can be expected together with others."""
    kept = np.flatnonzero(levels.counts >= EXPECTED)
    place = np.full(len(levels.texts) + 1, -1)
    place[kept] = np.arange(len(kept))
    return Levels(place[levels.codes], [levels.texts[i] for i in kept])


@dataclass
class Conflicts:
    """The implausible combinations that the cells of one column are in.

    Parameters
    ----------
    score : array of float64, shape (n_rows,)
    partners : list of (str, array of bool)
        A column, and the rows in which it and this one do not go together.
    """

    score: np.ndarray
    partners: list[tuple[str, np.ndarray]]

    def reason(self, row: int) -> str:
        """Return in words what is against a cell."""
        names = [name for name, where in self.partners if where[row]]
        return f"hardly ever together with what {' and '.join(names)} holds"


def conflicts_in(
    levels: Mapping[str, Levels], learned: Sequence[Mapping[str, Any]]
) -> dict[str, Conflicts]:
    """Return the implausible combinations in rows, and which value of them is to blame."""
    found = []
    for one in learned:
        first, second = one["columns"]
        found.append((first, second, _holding(levels[first], levels[second], one["pairs"])))
    counts: dict[str, np.ndarray] = {}
    for first, second, where in found:
        for name in (first, second):
            counts[name] = counts.get(name, 0) + where
    conflicts = {name: Conflicts(np.zeros(len(n)), []) for name, n in counts.items()}
    for first, second, where in found:
        for name, other in ((first, second), (second, first)):
            blame = np.where(counts[name] > counts[other], BLAMED, EVEN)
            score = np.where(where & (counts[name] >= counts[other]), blame, 0.0)
            conflicts[name].score = np.maximum(conflicts[name].score, score)
            conflicts[name].partners.append((other, where))
    return conflicts


def _holding(a: Levels, b: Levels, pairs: Sequence[Sequence[Any]]) -> np.ndarray:
    """Return which rows hold one of the pairs."""
    first = {text: i for i, text in enumerate(a.texts)}
    second = {text: i for i, text in enumerate(b.texts)}
    # The last row and column stand for missing values.
    wrong = np.zeros((len(a.texts) + 1, len(b.texts) + 1), bool)
    for one, other, *_ in pairs:
        if one in first and other in second:
            wrong[first[one], second[other]] = True
    rows: np.ndarray = wrong[a.codes, b.codes]
    return rows
