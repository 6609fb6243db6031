"""Statistics of two samples: Kolmogorov-Smirnov, chi-squared, Wasserstein, shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dataprep.draw import order

_EXPECTED = 5
"""Levels expected more rarely than so often on a side are taken together (Cochran, 1954)."""


class Statistic(NamedTuple):
    """A statistic, what it may be at most, and its p-value."""

    value: float
    at_most: float
    p_value: float


def exact(reference: np.ndarray, current: np.ndarray) -> tuple[Statistic, float]:
    """Return the Kolmogorov-Smirnov statistic and Wasserstein's distance of values in order.

    They are the largest height and the area between the two distribution functions.

    Parameters
    ----------
    reference, current : array of float of shape (n,), (m,)
        In order, neither of them empty.

    Notes
    -----
    The p-value is asymptotic, as scipy's ``ks_2samp(method="asymp")``; ties make it too large,
    never too small.

    References
    ----------
    J. L. Hodges, "The Significance Probability of the Smirnov Two-Sample Test", Arkiv för
    Matematik 3, 1958.

    Examples
    --------
    >>> ks, area = exact(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0]))
    >>> ks.value, area
    (0.5, 2.0)
    """
    points = np.concatenate([reference, current])
    # Two runs in order are merged in one pass.
    points.sort(kind="stable")
    f = np.searchsorted(reference, points, "right") / len(reference)
    f -= np.searchsorted(current, points, "right") / len(current)
    apart = np.abs(f, out=f)
    distance = float(apart.max())
    p_value = _ks_p(distance, len(reference), len(current))
    area = float(np.sum(apart[:-1] * np.diff(points)))
    return Statistic(distance, distance, p_value), area


def ks_of_sketch(record: Mapping[str, Any], current: np.ndarray) -> Statistic:
    """Return the Kolmogorov-Smirnov statistic of a sketch and of values in order.

    It is the largest difference at the edges of the sketch; between them it may be larger, by what
    ``at_most`` says. The p-value is that of the smaller figure.
    """
    edges = np.asarray(record["edges"], dtype=float)
    below = np.asarray(record["below"]) / record["rows"]
    upto = np.asarray(record["upto"]) / record["rows"]
    g_below = np.searchsorted(current, edges, "left") / len(current)
    g_upto = np.searchsorted(current, edges, "right") / len(current)
    found = float(max(np.abs(below - g_below).max(), np.abs(upto - g_upto).max()))
    # Between two edges both functions stay between their values at the ends.
    between = np.maximum(below[1:] - g_upto[:-1], g_below[1:] - upto[:-1])
    most = float(max(found, between.max(initial=0.0)))
    return Statistic(found, most, _ks_p(found, record["rows"], len(current)))


def _ks_p(distance: float, n: int, m: int) -> float:
    from scipy.stats import kstwo

    # The product as a float: of millions of rows each it leaves 64 bits behind in scipy.
    return float(np.clip(kstwo.sf(distance, max(1.0, np.round(float(n) * m / (n + m)))), 0.0, 1.0))


def wasserstein_of_sketch(record: Mapping[str, Any], current: np.ndarray) -> float:
    """Return the earth mover's distance of a sketch and of values in order.

    Between two edges, the rows of the sketch are taken to lie evenly.
    """
    edges, rows = np.asarray(record["edges"], dtype=float), record["rows"]
    points = np.concatenate([edges, current])
    points.sort()
    left, right = points[:-1], points[1:]
    g = np.searchsorted(current, left, "right") / len(current)
    # Of each gap between two edges: the share of rows at its start, and how steeply it grows.
    upto = np.concatenate([[0], record["upto"]]) / rows
    ahead = np.concatenate([[0], record["below"][1:], [rows]]) / rows - upto
    steep = ahead / np.concatenate([[1.0], np.diff(edges), [1.0]])
    gap = np.searchsorted(edges, left, "right")
    start = np.concatenate([[edges[0]], edges])[gap]
    f_left = upto[gap] + steep[gap] * (left - start)
    f_right = upto[gap] + steep[gap] * (right - start)
    return float(np.sum((np.abs(f_left - g) + np.abs(f_right - g)) / 2 * (right - left)))


def chi_squared(reference: np.ndarray, current: np.ndarray) -> Statistic:
    """Return Pearson's chi-squared statistic of two rows of counts, and its p-value.

    Rare levels are taken together as in `binned`. Where these are too rare even so, their share is
    tested by Fisher's exact test and the others by chi-squared: the smaller p-value counts, twice.

    References
    ----------
    W. G. Cochran, "Some Methods for Strengthening the Common chi-squared Tests", Biometrics 10(4),
    1954.

    Examples
    --------
    >>> round(chi_squared(np.array([30, 70]), np.array([50, 50])).value, 4)
    8.3333
    """
    table = binned(np.array([reference, current], dtype=float))
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return Statistic(0.0, 0.0, 1.0)
    found, p_value = _pearson(table)
    if _expected(table)[-1] < _EXPECTED:
        others = table[:, :-1]
        rest_p = share_p(np.column_stack([table[:, -1], others.sum(axis=1)]))
        p_value = min(1.0, 2 * min(rest_p, _pearson(others)[1])) if others.shape[1] > 1 else rest_p
    return Statistic(found, found, p_value)


def _pearson(table: np.ndarray) -> tuple[float, float]:
    from scipy.special import chdtrc

    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / table.sum()
    found = float(((table - expected) ** 2 / expected).sum())
    return found, float(chdtrc(table.shape[1] - 1, found))


def _expected(table: np.ndarray) -> np.ndarray:
    """Return how many rows of each level are expected on the side that has fewer."""
    expected: np.ndarray = table.sum(axis=0) * table.sum(axis=1).min() / max(1.0, table.sum())
    return expected


def binned(table: np.ndarray) -> np.ndarray:
    """Return a table of counts with rare levels taken together, so that tests hold.

    Levels of which fewer than five rows are expected on either side are put into bins of five or
    more, the rarest first; never with a level that is not rare. Who shares a bin depends on how
    often levels occur in both rows of counts together: bins by one of them would find differences
    where there are none.

    Parameters
    ----------
    table : array of shape (2, n_levels)

    Returns
    -------
    array of float of shape (2, n_bins)
        The bins of rare levels last. A single one may have fewer than five rows expected.
    """
    table = table[:, table.sum(axis=0) > 0]
    expected = _expected(table)
    rare = np.flatnonzero(expected < _EXPECTED)
    # Levels that are equally rare are shuffled: those of one side may stand before the other's.
    rare = rare[np.lexsort([order(np.arange(len(rare)), 0, "rare levels"), expected[rare]])]
    starts, held = [], np.inf
    for place, more in enumerate(expected[rare].tolist()):
        if held >= _EXPECTED:
            starts.append(place)
            held = 0.0
        held += more
    if len(starts) > 1 and held < _EXPECTED:
        starts.pop()
    if not starts:
        return table
    bins = np.add.reduceat(table[:, rare], starts, axis=1)
    return np.hstack([np.delete(table, rare, axis=1), bins])


def cramers_v(statistic: float, rows: int) -> float:
    """Return Cramér's V of two samples: 0 for no association, 1 for no level in common.

    References
    ----------
    H. Cramér, *Mathematical Methods of Statistics*, Princeton University Press, 1946.
    """
    return float(np.sqrt(statistic / rows)) if rows else 0.0


def share_p(counts: Sequence[Sequence[int]] | np.ndarray) -> float:
    """Return the p-value of two shares being equal: ``[[yes, no], [yes, no]]``.

    Chi-squared without Yates' correction; Fisher's exact test where fewer than five are expected.
    """
    table = np.asarray(counts, dtype=float)
    total = table.sum()
    if not table.sum(axis=1).all() or not table.sum(axis=0).all():
        return 1.0
    if (table.sum(axis=1).min() * table.sum(axis=0).min()) / total < _EXPECTED:
        from scipy.stats import fisher_exact

        return float(fisher_exact(table.astype("int64"))[1])
    return _pearson(table)[1]
