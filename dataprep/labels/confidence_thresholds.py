"""How sure a label must be, class by class, and how often such labels are right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.labels.out_of_fold import dealable
from dataprep.labels.plurality import most_of

LEAST_HELD_OUT = 10
"""Of fewer held-out rows, or groups, a precision says nothing: 1 of 1 would be all."""
NEVER = np.inf
"""The threshold of a class that no row is given."""
_FINEST = 0.01
"""Of wrong labels, the least share that a class by itself is judged by: it takes 200 rows."""
_LIKELIER_THAN_NOT = 0.5
"""The lowest adaptive threshold: a label is likelier than all others together."""
_NORMAL = 1.959963984540054


class Bounds(NamedTuple):
    """Thresholds, and what they were chosen by: arrays of shape (n_classes,).

    Parameters
    ----------
    thresholds : array of float64
    shown : array of int64
        Held-out rows, or groups of them, by which each was chosen.
    """

    thresholds: np.ndarray
    shown: np.ndarray


def precision_thresholds(
    probabilities: np.ndarray,
    codes: np.ndarray,
    precision: float,
    groups: np.ndarray | None = None,
) -> Bounds:
    """Return the lowest confidence at which labels are right often enough, by held-out rows.

    A class is judged by the held-out rows that are given it, where these are enough for two of them
    to be wrong at that precision: 40 for 0.95. The other classes are judged together. Where fewer
    than `LEAST_HELD_OUT` rows are left, or no threshold reaches the precision, there is none.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Of held-out rows, calibrated.
    codes : array of int64, shape (n_rows,)
        Their classes.
    precision : float
        The least share of right labels.
    groups : array of int64, shape (n_rows,), optional
        Keys of groups: rows of one are alike, and count as one towards how many are enough.

    Returns
    -------
    Bounds
        `NEVER` where there is none.

    Examples
    --------
    >>> sure = np.linspace(0.99, 0.6, 40)
    >>> held_out = np.column_stack([1 - sure, sure])
    >>> codes = np.array([1] * 20 + [0, 1] * 10)
    >>> found = precision_thresholds(held_out, codes, 0.9)
    >>> found.thresholds.round(2).tolist(), found.shown.tolist()
    ([inf, 0.76], [0, 40])
    """
    most, n_classes = most_of(probabilities), probabilities.shape[1]
    units = np.arange(len(codes)) if groups is None else groups
    rows = np.flatnonzero(most.codes >= 0)
    given, confidence, units = most.codes[rows], most.shares[rows], units[rows]
    right = given == codes[rows]
    enough = max(LEAST_HELD_OUT, round(2 / max(1 - precision, _FINEST)))
    few = dealable(given, units, n_classes) < enough
    found, shown = np.full(n_classes, NEVER), np.zeros(n_classes, "int64")
    for judged in [few, *(np.arange(n_classes) == code for code in np.flatnonzero(~few))]:
        own = judged[given]
        found[judged] = _lowest(confidence[own], right[own], units[own], precision)
        shown[judged] = len(np.unique(units[own]))
    return Bounds(found, shown)


def _lowest(
    confidence: np.ndarray, right: np.ndarray, units: np.ndarray, precision: float
) -> float:
    """Return the lowest threshold that keeps a precision, shown by enough units."""
    order = np.argsort(-confidence, kind="stable")
    sure, count = confidence[order], np.arange(1, len(order) + 1)
    reached = np.cumsum(right[order]) / count >= precision
    # Rows that are equally sure are in or out together.
    ends = np.append(sure[1:] != sure[:-1], np.True_)[: len(sure)]
    shown = np.zeros(len(order), "int64")
    shown[np.unique(units[order], return_index=True)[1]] = 1
    places = np.flatnonzero(reached & ends & (np.cumsum(shown) >= LEAST_HELD_OUT))
    return float(sure[places[-1]]) if len(places) else NEVER


def adaptive_thresholds(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Return a threshold for each class, lower where a model is more rarely sure of it.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Of rows without a label.
    threshold : float
        Above it a row is surely of a class.

    Returns
    -------
    array of shape (n_classes,)
        ``threshold * b / (2 - b)``, where b is how many rows are surely given the class, as a share
        of the most that any class is surely given; but one half at least, and `NEVER` for a class
        that no row is surely given.

    Notes
    -----
    The paper labels minibatches anew all the time, and lets thresholds start at zero (its warm-up,
    equation 11). Here a label stays: without the lower bound all rows would get one from a model
    that is sure of none.

    References
    ----------
    B. Zhang et al., "FlexMatch: Boosting Semi-Supervised Learning with Curriculum Pseudo Labeling",
    NeurIPS 2021: equations 5 to 8 and 12.

    Examples
    --------
    >>> sure = np.array([[0.96, 0.04]] * 5 + [[0.02, 0.98]] * 4 + [[0.6, 0.4]])
    >>> adaptive_thresholds(sure, 0.9).round(2).tolist()
    [0.9, 0.6]
    """
    most = most_of(probabilities)
    sure = (most.shares > threshold) & (most.codes >= 0)
    learned = np.bincount(most.codes[sure], minlength=probabilities.shape[1])
    share = learned / max(int(learned.max()), 1)
    found = np.maximum(threshold * share / (2 - share), min(threshold, _LIKELIER_THAN_NOT))
    return np.where(learned > 0, found, NEVER)


def held_out_precision(
    probabilities: np.ndarray,
    codes: np.ndarray,
    thresholds: np.ndarray,
    groups: np.ndarray | None = None,
) -> tuple[int, int, int]:
    """Return how many held-out rows would get a label, how many the right one, of how many groups.

    Without groups each row is one.
    """
    given, confidence, _ = most_of(probabilities)
    sure = (given >= 0) & (confidence >= thresholds[given])
    rows = int(sure.sum())
    units = rows if groups is None else len(np.unique(groups[sure]))
    return rows, int((sure & (given == codes)).sum()), units


def wilson(right: float, rows: int) -> tuple[float, float]:
    """Return the 95 % interval of a share.

    References
    ----------
    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(19, 20)]
    [0.764, 0.991]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not rows:
        return 0.0, 1.0
    share, square = right / rows, _NORMAL**2
    centre = share + square / (2 * rows)
    half = _NORMAL * np.sqrt((share * (1 - share) + square / (4 * rows)) / rows)
    scale = 1 + square / rows
    return float(max(0.0, centre - half) / scale), float(min(scale, centre + half) / scale)
