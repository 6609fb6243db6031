"""How far annotators agree, beyond what chance would give."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from dataprep.labels.annotators import NO_VOTE


def cohen_kappa(one: np.ndarray, other: np.ndarray) -> float:
    """Return the agreement of two annotators over the items that both labelled.

    Parameters
    ----------
    one, other : array of int64, shape (n_items,)
        Codes of classes, `NO_VOTE` where there is none.

    Returns
    -------
    float
        1: always, 0: as often as by chance; NaN where they share no item, or only one class.

    References
    ----------
    J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological
    Measurement 20(1), 1960.

    Examples
    --------
    >>> cohen_kappa(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]))
    0.5
    """
    both = (one != NO_VOTE) & (other != NO_VOTE)
    if not both.any():
        return float("nan")
    a, b = one[both], other[both]
    k = int(max(a.max(), b.max())) + 1
    chance = float(np.bincount(a, minlength=k) @ np.bincount(b, minlength=k)) / len(a) ** 2
    return float("nan") if chance == 1 else (float((a == b).mean()) - chance) / (1 - chance)


def mean_kappas(votes: np.ndarray) -> np.ndarray:
    """Return, for each column of votes, the mean of Cohen's kappa with each of the others.

    Parameters
    ----------
    votes : array of int64, shape (n_items, n_columns)

    Returns
    -------
    array of shape (n_columns,)
        NaN for who shares no item with anybody.
    """
    n = votes.shape[1]
    found = np.full((n, n), np.nan)
    for i, j in combinations(range(n), 2):
        found[i, j] = found[j, i] = cohen_kappa(votes[:, i], votes[:, j])
    known = ~np.isnan(found)
    total = np.where(known, found, 0.0).sum(axis=1)
    means = np.full(n, np.nan)
    np.divide(total, known.sum(axis=1), out=means, where=known.any(axis=1))
    return means


def fleiss_kappa(counts: np.ndarray) -> float:
    """Return the agreement of several annotators.

    Parameters
    ----------
    counts : array of int64, shape (n_items, n_classes)
        How many votes each class has. Items may have different numbers of votes; those with fewer
        than two tell nothing.

    Returns
    -------
    float
        1: always the same, 0: as often as by chance; NaN where nothing can be compared.

    References
    ----------
    J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin
    76(5), 1971.

    Examples
    --------
    >>> round(fleiss_kappa(np.array([[3, 0], [2, 1], [0, 3]])), 3)
    0.55
    """
    n = counts.sum(axis=1)
    counts, n = counts[n > 1], n[n > 1]
    if not len(n):
        return float("nan")
    observed = float((((counts**2).sum(axis=1) - n) / (n * (n - 1))).mean())
    chance = float(((counts.sum(axis=0) / n.sum()) ** 2).sum())
    return float("nan") if chance == 1 else (observed - chance) / (1 - chance)


def krippendorff_alpha(counts: np.ndarray) -> float:
    """Return Krippendorff's alpha of classes without order; missing votes are no votes.

    Parameters
    ----------
    counts : array of int64, shape (n_items, n_classes)

    References
    ----------
    K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania, 2011.

    Examples
    --------
    >>> round(krippendorff_alpha(np.array([[3, 0], [2, 1], [0, 3]])), 3)
    0.6
    """
    n = counts.sum(axis=1)
    counts, n = counts[n > 1], n[n > 1]
    total = int(n.sum())
    by_class = counts.sum(axis=0)
    apart = total**2 - int((by_class**2).sum())
    if not apart:
        return float("nan")
    # Pairs of unlike votes, each item's over one less than its votes.
    unlike = float(((n**2 - (counts**2).sum(axis=1)) / (n - 1)).sum())
    return 1 - (total - 1) * unlike / apart
