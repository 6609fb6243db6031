"""How far two histograms are apart: population stability index and Jensen-Shannon distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Counts = Sequence[float] | np.ndarray


def psi(reference_counts: Counts, current_counts: Counts) -> float:
    r"""Return the population stability index of two histograms over the same bins.

    :math:`\sum_i (q_i - p_i) \ln (q_i / p_i)`, where :math:`p` are the shares of the reference and
    :math:`q` those of the current rows.

    Parameters
    ----------
    reference_counts, current_counts : array-like of shape (n_bins,)
        Rows in each bin. An empty bin of one side counts as half a row; a bin that is empty on
        both sides is left out.

    Returns
    -------
    float
        0 where the shares agree; NaN where one side has no rows. In credit scoring, below 0.1 is
        read as no change, 0.1 to 0.25 as some, above as a large one.

    References
    ----------
    N. Siddiqi, *Credit Risk Scorecards*, Wiley, 2006; B. Yurdakul, "Statistical Properties of
    Population Stability Index", Western Michigan University, 2018.

    Examples
    --------
    >>> round(psi([50, 50], [90, 10]), 4)
    0.8789
    >>> psi([10, 20], [100, 200])
    0.0
    """
    reference, current = _both(reference_counts, current_counts)
    if not reference.sum() or not current.sum():
        return float("nan")
    p = np.maximum(reference, 0.5) / reference.sum()
    q = np.maximum(current, 0.5) / current.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon(reference_counts: Counts, current_counts: Counts) -> float:
    """Return the Jensen-Shannon distance, base 2, of two histograms over the same bins.

    The square root of the divergence: a metric between 0 (equal shares) and 1 (no bin in common).

    Parameters
    ----------
    reference_counts, current_counts : array-like of shape (n_bins,)
        Rows in each bin.

    Returns
    -------
    float
        NaN where one side has no rows.

    References
    ----------
    J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Transactions on Information
    Theory 37(1), 1991.

    Examples
    --------
    >>> jensen_shannon([1, 0], [0, 1])
    1.0
    >>> round(jensen_shannon([50, 50], [90, 10]), 4)
    0.3831
    """
    reference, current = _both(reference_counts, current_counts)
    if not reference.sum() or not current.sum():
        return float("nan")
    p, q = reference / reference.sum(), current / current.sum()
    middle = (p + q) / 2
    divergence = (_information(p, middle) + _information(q, middle)) / 2
    # Rounding may leave a hair below zero.
    return float(np.sqrt(max(0.0, divergence)))


def _both(reference: Counts, current: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return two histograms as arrays, without the bins that both leave empty."""
    first, second = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"histograms of shapes {first.shape} and {second.shape} have other bins")
    used = (first > 0) | (second > 0)
    return first[used], second[used]


def _information(p: np.ndarray, q: np.ndarray) -> float:
    """Return the Kullback-Leibler divergence in bits; empty bins of ``p`` add nothing."""
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))
