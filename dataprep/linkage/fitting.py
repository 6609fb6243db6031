"""The EM that learns what agreement tells, over patterns of agreement and their counts.

How often rows agree that are no copies (u) is counted over the whole table, and drawn at random
where values are only alike; how often copies agree (m) and how many there are is learned from the
candidate pairs, without labels. Columns that agree together by themselves (a postcode and its
suburb) are not counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from dataprep.linkage.blocking import Candidates, chance_of_agreeing
from dataprep.linkage.coded import Coded
from dataprep.linkage.comparing import LEVELS, MISSING, spread_of
from dataprep.linkage.evidence import (
    LEAST_ALIKE,
    Compared,
    Evidence,
    bits_of,
    compared,
    random_pairs,
    sample,
    sample_size,
    swaps_in,
)
from dataprep.table import steady

_ROUNDS, _STILL = 60, 1e-4
"""At most so many turns of EM; it ends when nothing moves by more."""
_START = np.array([0.07, 0.04, 0.04, 0.05, 0.80])
"""How often copies are thought to agree at each level, before anything was seen."""
_PRIOR_PAIRS = 10.0
"""How many pairs of copies that thought counts for."""
_TOLD = 3.0
"""How many pairs found without a label one labelled pair counts for."""
_ALIKE = np.array([0.0, 0.75, 0.85, 0.95, 1.0])
"""How alike the values of each level are, about."""
_SURE = 0.75
"""Pairs as alike as this are where EM begins."""
_ROWS_COUNTED, _COLUMNS_COUNTED = 200_000, 16
"""On so many rows, and for so many columns, it is counted how often two agree together."""
_SEVERAL = 10.0
"""From so many expected pairs on, it is no accident that there are few."""
_UNRECOGNISED = 0.2
"""The share of copies, of those known, that may have escaped notice."""


def learned(
    columns: Sequence[Coded],
    pairs: Candidates,
    seed: int = 0,
    told: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> tuple[Evidence, Compared, Compared]:
    """Learn the weights of columns, and from how many bits on copies are likelier than not.

    Parameters
    ----------
    columns : sequence of Coded
    pairs : Candidates
        See `dataprep.linkage.blocking.candidates`.
    seed : int, default=0
    told : (left, right, copies), optional
        Labelled pairs: places of rows, and whether they are copies.

    Returns
    -------
    evidence : Evidence
    near, random : Compared
        The candidate pairs, and the pairs drawn at random, that it was learned from.

    References
    ----------
    I. Fellegi and A. Sunter, "A Theory for Record Linkage", JASA 64 (328), 1969.
    W. Winkler, "Using the EM Algorithm for Weight Computation in the Fellegi-Sunter Model of
    Record Linkage", US Census Bureau, 2000.
    C. Chow and C. Liu, "Approximating Discrete Probability Distributions with Dependence Trees",
    IEEE Transactions on Information Theory 14 (3), 1968.
    """
    height = len(columns[0].codes)
    possible = max(1.0, height * (height - 1) / 2)
    size = sample_size(columns)
    left, right, step = sample(pairs, size)
    spreads = [steady(spread_of(column)) for column in columns]
    swaps = swaps_in(columns, left, right)
    near = compared(columns, spreads, swaps, left, right, step)
    random = compared(columns, spreads, swaps, *random_pairs(height, size, seed))
    labels = None
    if told is not None:
        labels = compared(columns, spreads, swaps, told[0], told[1]).levels(columns)[:, told[2]]
    fitted = _Fit(columns, near.levels(columns), random.levels(columns), step, possible, labels)
    fitted.run()
    cut = float(-np.log2(fitted.share / (1 - fitted.share)))
    shown = [
        {"name": c.name, "how": c.how, "spread": spread, "m": _plain(m), "u": _plain(u)}
        for c, spread, m, u in zip(columns, spreads, fitted.m, fitted.u, strict=True)
    ]
    together = [(i, j, steady(bits)) for i, j, bits in fitted.together]
    # Whatever the gap, records of a group or a series are no copies of one another.
    quantities = np.array([column.numbers is not None for column in columns])
    series = fitted.quantities_decide(quantities)
    least = 1.0 if series or fitted.avoid_each_other() else LEAST_ALIKE
    return Evidence(shown, together, swaps, steady(cut), least), near, random


class _Fit:
    """The EM of the model, over patterns of agreement and their counts."""

    def __init__(
        self,
        columns: Sequence[Coded],
        near: np.ndarray,
        random: np.ndarray,
        step: float,
        possible: float,
        labels: np.ndarray | None,
    ) -> None:
        self.step, self.possible, self.labels = step, possible, labels
        self.near, self.counts = _patterns(near)
        self.random, self.random_counts = _patterns(random)
        self.m = np.tile(_START, (len(columns), 1))
        self.agreeing = np.array([chance_of_agreeing(c) * possible for c in columns])
        self.both = _agreeing_in_two(columns, possible)
        self.known = np.array([column.present.mean() ** 2 for column in columns])
        self.u = np.empty_like(self.m)
        self.together: list[tuple[int, int, float]] = []
        height = len(columns[0].codes)
        self.share = 0.05 * height / possible / 2
        self._count_strangers(np.zeros(len(self.counts)), np.zeros(len(self.random_counts)))
        self.alike = self._alike(self.near)
        self.random_alike = self._alike(self.random)

    def run(self) -> None:
        """Let expectation and maximisation take turns until nothing moves.

        Which columns agree together by themselves shows only when the copies are known: copies
        agree in all columns.
        """
        # Rows that are very much alike come first, so that copies are what EM finds, and no other
        # two kinds of pairs.
        self._count((self.alike >= _SURE) * self.counts * self.step)
        self._turns()
        self.together = self._dependence(
            self._posterior(self.near, self.alike) * self.counts * self.step
        )
        if self.together:
            self._turns()

    def avoid_each_other(self) -> bool:
        """Tell whether a column is equal less often among the copies than among strangers.

        So it is with the measures of one hospital, or the months of one account: the rows share
        all that tells whose they are, and each has its own measure.
        """
        copies = self._copies()
        by_chance = copies.sum() * self.u[:, -1]
        equal = np.array([copies[row == LEVELS - 1].sum() for row in self.near])
        return bool(((by_chance > _SEVERAL) & (equal < by_chance / 2)).any())

    def quantities_decide(self, quantities: np.ndarray) -> bool:
        """Tell whether most copies differ in some quantity, and their texts alone do not tell.

        So it is with the rows of a log: what was measured a moment later is nearly the same.
        Copies are then known by quantities, and these say that the rows are not the same.
        """
        copies = self._copies()
        texts = np.where(quantities[:, None], np.int8(MISSING), self.near)
        told = copies @ self._posterior(texts, self.alike)
        differ = (self.near >= 0) & (self.near < LEVELS - 1) & quantities[:, None]
        half = copies.sum() / 2
        return bool(told < half and copies[differ.any(axis=0)].sum() > half)

    def _turns(self) -> None:
        for _ in range(_ROUNDS):
            before = self.m.copy()
            self._count(self._copies())
            if np.abs(self.m - before).max() < _STILL:
                break

    def _copies(self) -> np.ndarray:
        """Return how many pairs of each pattern are copies, as far as is known."""
        found: np.ndarray = self._posterior(self.near, self.alike) * self.counts * self.step
        return found

    def _count(self, copies: np.ndarray) -> None:
        self._count_copies(copies)
        self.share = float(np.clip(copies.sum() / self.possible, 0.5 / self.possible, 0.5))
        self._count_strangers(copies, self._posterior(self.random, self.random_alike))

    def _alike(self, patterns: np.ndarray) -> np.ndarray:
        """Return how alike the rows of each pattern are, columns weighted by what they tell."""
        telling = -np.log2(self.u[:, -1])
        known = telling @ (patterns >= 0)
        found: np.ndarray = (telling @ np.append(_ALIKE, 0.0)[patterns]) / np.maximum(known, 1e-9)
        return found

    def bits(self, patterns: np.ndarray) -> np.ndarray:
        """Return the sum of weights of each pattern, missing values neutral."""
        # The last entry is where the level of a missing value, -1, leads to.
        weights = np.pad(bits_of(self.m, self.u), ((0, 0), (0, 1)))
        total = np.zeros(patterns.shape[1])
        for row, weight in zip(patterns, weights, strict=True):
            total += weight[row]
        for i, j, less in self.together:
            total -= less * ((patterns[i] == LEVELS - 1) & (patterns[j] == LEVELS - 1))
        return total

    def _posterior(self, patterns: np.ndarray, alike: np.ndarray) -> np.ndarray:
        odds = self.bits(patterns) + np.log2(self.share / (1 - self.share))
        likely = 1 / (1 + np.exp2(-np.clip(odds, -500, 500)))
        # Rows that are mostly unlike are no copies, whatever else sets them apart from the rest.
        return np.asarray(likely * (alike >= LEAST_ALIKE))

    def _count_copies(self, copies: np.ndarray) -> None:
        for k, row in enumerate(self.near):
            seen = np.bincount(row[row >= 0], weights=copies[row >= 0], minlength=LEVELS)
            if self.labels is not None:
                told = self.labels[k]
                seen = seen + _TOLD * np.bincount(told[told >= 0], minlength=LEVELS)
            self.m[k] = (seen + _PRIOR_PAIRS * _START) / (seen.sum() + _PRIOR_PAIRS)

    def _count_strangers(self, copies: np.ndarray, random: np.ndarray) -> None:
        """Count how often rows that are no copies agree: exactly where equal, else at random."""
        strangers = self.random_counts * (1 - random)
        for k, row in enumerate(self.random):
            seen = np.bincount(row[row >= 0], weights=strangers[row >= 0], minlength=LEVELS)
            share = (seen + 0.5) / (seen.sum() + 0.5 * LEVELS)
            of_all = max(1.0, self.known[k] * self.possible)
            equal = self.agreeing[k] - copies[self.near[k] == LEVELS - 1].sum()
            # No value is so rare that a chance agreement could not happen once.
            share[-1] = min(max(equal, 1.0) / of_all, 0.999)
            share[:-1] *= (1 - share[-1]) / share[:-1].sum()
            self.u[k] = share

    def _dependence(self, copies: np.ndarray) -> list[tuple[int, int, float]]:
        equal = self.near == LEVELS - 1
        edges = []
        for (i, j), agreeing in self.both.items():
            known = copies[equal[i] & equal[j]].sum()
            # Some copies are not recognised: they are no sign that columns go together.
            both = agreeing - (1 + _UNRECOGNISED) * known
            chance = self.u[i, -1] * self.u[j, -1] * self.possible
            if both > max(10.0, 2 * chance):
                most = np.log2(1 / max(self.u[i, -1], self.u[j, -1]))
                edges.append((min(np.log2(both / chance), most), i, j))
        tree: list[tuple[int, int, float]] = []
        part = list(range(len(self.m)))
        for bits, i, j in sorted(edges, key=lambda edge: (-edge[0], edge[1:])):
            if part[i] != part[j]:
                old, new = part[j], part[i]
                part = [new if p == old else p for p in part]
                tree.append((i, j, float(bits)))
        return tree


def _agreeing_in_two(columns: Sequence[Coded], possible: float) -> dict[tuple[int, int], float]:
    """Return how many pairs of rows agree in two columns, counted on a part of a long table."""
    height = len(columns[0].codes)
    some = np.arange(0, height, max(1, height // _ROWS_COUNTED))
    scale = possible / max(1.0, len(some) * (len(some) - 1) / 2)
    taken = [column.taken(some) for column in columns]
    chance = [chance_of_agreeing(column) for column in columns]
    telling = sorted(sorted(range(len(columns)), key=lambda k: (chance[k], k))[:_COLUMNS_COUNTED])
    found = {}
    for i, j in combinations(telling, 2):
        one, two = taken[i], taken[j]
        both = one.present & two.present
        key = one.codes[both] * np.int64(len(two.values)) + two.codes[both]
        counts = np.unique(key, return_counts=True)[1].astype("float64")
        found[i, j] = float((counts * (counts - 1)).sum() / 2) * scale
    return found


def _patterns(graded_pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct patterns, shape (n_columns, n_patterns), and how often each occurs."""
    packed = np.zeros(graded_pairs.shape[1], dtype="int64")
    for k, row in enumerate(graded_pairs):
        packed = packed * (LEVELS + 1) + (row + 1)
        if k % 12 == 11:
            # Numbered anew before they outgrow 64 bits.
            packed = np.unique(packed, return_inverse=True)[1]
    _, first, counts = np.unique(packed, return_index=True, return_counts=True)
    return graded_pairs[:, first], counts.astype("float64")


def _plain(values: np.ndarray) -> list[float]:
    return [steady(float(value)) for value in values]
