"""From columns as codes to clusters of copies: what a stage asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataprep.linkage.blocking import Candidates, candidates
from dataprep.linkage.clusters import clusters
from dataprep.linkage.coded import Coded
from dataprep.linkage.comparing import LEVELS
from dataprep.linkage.evidence import LEAST_ALIKE, Compared, Evidence, compared
from dataprep.linkage.fitting import learned
from dataprep.table import steady

_CHUNK = 500_000
_LEAST = 0.55
"""A threshold that is chosen is not lower than this."""
_ABOUT, _VALLEY = 0.05, 0.15
"""In a valley of similarities, so far to both sides, are at most so many pairs for one above."""
_MANY = 5.0
"""More pairs than so many for each row are no copies, but groups that have much in common."""
_BINS, _APART = 12, 8.0
"""The bins between cut and median in which the valley is looked for, if it is so many bits wide."""


@dataclass(frozen=True)
class Distinct:
    """The rows that differ in some compared column; copies to the letter stand behind one.

    Parameters
    ----------
    columns : sequence of Coded
        The columns of the distinct rows.
    rows : array of int64, shape (n_distinct,)
        The first row of each.
    stand_for : array of int64, shape (n_rows,)
        Which distinct row stands for each row.
    """

    columns: Sequence[Coded]
    rows: np.ndarray
    stand_for: np.ndarray


def distinct_rows(columns: Sequence[Coded]) -> Distinct:
    """Return the distinct rows of columns as codes."""
    key = np.zeros(len(columns[0].codes), dtype="int64")
    for column in columns:
        key = key * (len(column.values) + 1) + (column.codes + 1)
        # Numbered anew each time, so that the key never outgrows 64 bits.
        key = np.unique(key, return_inverse=True)[1]
    _, first, stand_for = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    rows = first[order]
    return Distinct([column.taken(rows) for column in columns], rows, place[stand_for])


@dataclass(frozen=True)
class Found:
    """Which rows are copies of one another.

    Parameters
    ----------
    cluster : array of int64, shape (n_rows,)
        For each row the place of the first row of its cluster.
    compared : int
        How many pairs of distinct rows were compared.
    cut_short : bool
        Whether the bound on pairs was reached.
    """

    cluster: np.ndarray
    compared: int
    cut_short: bool


def scores(
    columns: Sequence[Coded], evidence: Evidence, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much speaks for each pair of rows, and how alike the two are.

    Parameters
    ----------
    columns : sequence of Coded
        In the order of the evidence.
    evidence : Evidence
    left, right : array of int, shape (n_pairs,)

    Returns
    -------
    bits : array of float32, shape (n_pairs,)
        The sum of the columns' weights; the agreement in a rare value weighs more.
    alike : array of float32, shape (n_pairs,)
        From 0 to 1: the mean of the columns' similarities, weighted by what they tell.
    """
    spreads = [float(known["spread"]) for known in evidence.columns]
    rare = _rarities(columns, evidence)
    parts = []
    for start in range(0, max(1, len(left)), _CHUNK):
        a, b = left[start : start + _CHUNK], right[start : start + _CHUNK]
        pairs = compared(columns, spreads, evidence.swaps, a, b)
        parts.append(_scored(columns, evidence, rare, pairs))
    bits, alike = zip(*parts, strict=True)
    return np.concatenate(bits), np.concatenate(alike)


def _scored(
    columns: Sequence[Coded], evidence: Evidence, rare: Sequence[np.ndarray], pairs: Compared
) -> tuple[np.ndarray, np.ndarray]:
    """Return what `scores` does, of pairs that are already compared."""
    telling, grades = evidence.telling(), pairs.levels(columns)
    bits = np.zeros(len(pairs.left), dtype="float32")
    equal = []
    for column, grade, weight, more in zip(columns, grades, evidence.weights(), rare, strict=True):
        bits += np.append(weight, 0.0).astype("float32")[grade]
        same = grade == LEVELS - 1
        bits[same] += more[column.codes[pairs.left[same]]]
        equal.append(same)
    for i, j, less in evidence.together:
        bits -= np.float32(less) * (equal[i] & equal[j])
    known = telling @ ~np.isnan(pairs.alike)
    alike = (telling @ np.nan_to_num(pairs.alike)) / np.maximum(known, 1e-9)
    return bits, alike.astype("float32")


def _rarities(columns: Sequence[Coded], evidence: Evidence) -> list[np.ndarray]:
    """Return for each column what `_rarity` does."""
    weights = evidence.weights()[:, -1].tolist()
    return [_rarity(column, bits) for column, bits in zip(columns, weights, strict=True)]


def _rarity(column: Coded, bits: float) -> np.ndarray:
    """Return how many bits more, or less, the agreement in each value tells than in any."""
    shares = column.counts() / max(1, int(column.present.sum()))
    mean = float((shares * shares).sum())
    with np.errstate(divide="ignore"):
        more = np.log2(mean / shares)
    # An agreement never speaks against two rows being copies.
    return np.clip(more, -max(bits, 0.0), None).astype("float32")


def found_copies(
    distinct: Distinct, pairs: Candidates, evidence: Evidence, threshold: float | None
) -> Found:
    """Return the clusters of rows that are copies of one another.

    Parameters
    ----------
    distinct : Distinct
    pairs : Candidates
        Of the distinct rows.
    evidence : Evidence
    threshold : float, optional
        From which similarity on two rows are copies, whatever else speaks for or against it; by
        default, what speaks for it decides.
    """
    columns = distinct.columns

    def judged(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bits, alike = scores(columns, evidence, left, right)
        if threshold is None:
            return bits, (bits >= evidence.cut) & (alike >= evidence.least)
        return bits, alike >= threshold

    bits, links = judged(pairs.left, pairs.right)
    of_distinct = clusters(len(distinct.rows), pairs.left, pairs.right, bits, links)
    cluster = distinct.rows[of_distinct[distinct.stand_for]]
    # Copies to the letter that say too little (only a country) are not taken for copies.
    places = np.arange(len(distinct.rows), dtype="int32")
    told = judged(places, places)[1]
    later = distinct.rows[distinct.stand_for] != np.arange(len(cluster))
    alone = later & ~told[distinct.stand_for]
    cluster[alone] = np.flatnonzero(alone)
    return Found(cluster, len(pairs.left), pairs.cut_short)


def prepared(columns: Sequence[Coded], most: int) -> tuple[Distinct, Candidates]:
    """Return the distinct rows, and the pairs of them that are to be compared."""
    distinct = distinct_rows(columns)
    return distinct, candidates(distinct.columns, most)


def learned_from(
    distinct: Distinct,
    pairs: Candidates,
    seed: int = 0,
    told: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> Evidence:
    """Learn what speaks for two rows being copies, and how much of it is needed.

    Parameters
    ----------
    distinct : Distinct
    pairs : Candidates
        Of the distinct rows.
    seed : int, default=0
    told : (left, right, copies), optional
        Labelled pairs: places of rows of the table, and whether they are copies.

    Returns
    -------
    Evidence
    """
    if told is not None:
        told = distinct.stand_for[told[0]], distinct.stand_for[told[1]], told[2]
    columns = distinct.columns
    evidence, near, random = learned(columns, pairs, seed, told)
    if told is not None:
        bits, _ = scores(columns, evidence, told[0], told[1])
        cut = _cut_told(bits, told[2], evidence.cut)
        return replace(evidence, cut=steady(cut), least=LEAST_ALIKE)
    if evidence.least == 1:
        return evidence
    rare = _rarities(columns, evidence)
    near_scores = _scored(columns, evidence, rare, near)
    random_scores = _scored(columns, evidence, rare, random)
    cut, least = settled(evidence.cut, near_scores, random_scores, near.step, len(distinct.rows))
    return replace(evidence, cut=cut, least=least)


def _cut_told(bits: np.ndarray, copies: np.ndarray, cut: float) -> float:
    """Return the cut with the fewest labelled pairs on the wrong side, the nearest to ``cut``."""
    order = np.sort(bits)
    between = np.array([cut, order[0] - 1, order[-1] + 1, *((order[1:] + order[:-1]) / 2)])
    wrong = [int(((bits >= c) != copies).sum()) for c in between]
    best = np.flatnonzero(np.array(wrong) == min(wrong))
    return float(between[best[np.argmin(np.abs(between[best] - cut))]])


def settled(
    cut: float,
    near: tuple[np.ndarray, np.ndarray],
    random: tuple[np.ndarray, np.ndarray],
    step: float,
    height: int,
) -> tuple[float, float]:
    """Return from how many bits on, and from which similarity on, two rows are copies.

    Copies are apart from other pairs, there is a valley between the two. Where similarities only
    fall off towards 1, or every row has many like it, rows of the table are much alike without
    being copies: then only what is equal wherever it is known is taken for a copy.

    Parameters
    ----------
    cut : float
        From how many bits on copies are likelier than not.
    near, random : (bits, alike), arrays of float, shape (n_pairs,)
        See `scores`: of candidate pairs, and of pairs drawn at random.
    step : float
        How many pairs each of the candidate pairs stands for.
    height : int
        The number of rows.
    """
    likely = near[0] >= cut
    bits, alike = near[0][likely], np.sort(near[1][likely])
    by_chance = np.sort(random[1][random[0] >= cut])
    drawn = len(random[0]) / max(1.0, height * (height - 1) / 2)
    least = 1.0
    for low in np.arange(_LEAST, 0.96, 0.01).tolist():
        below, at, above = np.searchsorted(alike, (low - _ABOUT, low, low + _ABOUT))
        found = (len(alike) - at) * step
        # Copies that keys do not bring together are few: random pairs tell how many there are.
        missed = len(by_chance) - np.searchsorted(by_chance, low) > 3 + 2 * found * drawn
        sparse = above - below <= _VALLEY * (len(alike) - above)
        if sparse and found <= _MANY * height and not missed:
            least = low
            break
    width = (float(np.median(bits)) - cut) / _BINS if len(bits) else 0.0
    if width * _BINS > _APART:
        counts, edges = np.histogram(bits, cut + width * np.arange(_BINS + 1))
        # The mean of three neighbours: a single empty bin is no valley.
        smooth = np.convolve(counts, np.ones(3), "valid")
        cut = float(edges[int(np.argmin(smooth)) + 1])
    return steady(cut), steady(least)
