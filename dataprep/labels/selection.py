"""Which rows get a model's label: thresholds of confidence, shares and caps by class."""

from __future__ import annotations

from collections.abc import Mapping
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


class Selection(NamedTuple):
    """Rows that get a label.

    Parameters
    ----------
    positions : array of int64, shape (n_selected,)
        In rising order.
    codes : array of int64, shape (n_selected,)
        The class of each.
    confidence : array of float64, shape (n_selected,)
    held_back : array of int64
        Positions of rows that are sure enough, but of a class of which only the surest are taken.
    capped : array of int64
        Positions of rows that are sure enough, but one too many.
    """

    positions: np.ndarray
    codes: np.ndarray
    confidence: np.ndarray
    held_back: np.ndarray
    capped: np.ndarray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.positions)

    def like(self, other: Selection) -> bool:
        """Tell whether the same rows have the same labels."""
        return np.array_equal(self.positions, other.positions) and np.array_equal(
            self.codes, other.codes
        )


_NONE = np.empty(0, "int64")
NOTHING = Selection(_NONE, _NONE, np.empty(0), _NONE, _NONE)


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


def class_rates(counts: np.ndarray, alpha: float) -> np.ndarray:
    """Return the share of its candidates that each class may take: the rarer, the more.

    Parameters
    ----------
    counts : array of int64, shape (n_classes,)
        Labelled rows of each class.
    alpha : float
        0: all candidates of every class. The larger, the fewer of the frequent classes.

    Returns
    -------
    array of shape (n_classes,)
        Of the l-th largest class ``(size of the l-th smallest / size of the largest) ** alpha``;
        classes of one size share theirs, so that the order of classes decides nothing.

    References
    ----------
    C. Wei, K. Sohn, C. Mellina, A. Yuille and F. Yang, "CReST: A Class-Rebalancing Self-Training
    Framework for Imbalanced Semi-Supervised Learning", CVPR 2021: equation 1.

    Examples
    --------
    >>> class_rates(np.array([90, 10, 40]), 0.5).round(2).tolist()
    [0.33, 1.0, 0.67]
    """
    ordered = np.argsort(-counts, kind="stable")
    rates = np.empty(len(counts))
    rates[ordered] = (counts[ordered[::-1]] / counts.max()) ** alpha
    _, size = np.unique(counts, return_inverse=True)
    shared: np.ndarray = (np.bincount(size, rates) / np.bincount(size))[size]
    return shared


def select(
    probabilities: np.ndarray,
    thresholds: np.ndarray,
    rates: np.ndarray,
    ties: np.ndarray,
    *,
    max_per_class: Mapping[int, int] | None = None,
    max_total: int | None = None,
) -> Selection:
    """Return the rows that are given their likeliest class: those that are sure enough of it.

    A row of which two classes are as likely is given none.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    thresholds, rates : array of shape (n_classes,)
    ties : array of int64, shape (n_rows,)
        Of rows that are equally sure those with the lower number come first.
    max_per_class : mapping of int to int, optional
        The most rows of a class, by its code.
    max_total : int, optional
        The most rows of all classes; each gives up the same share.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.95, 0.05], [0.3, 0.7], [0.45, 0.55]])
    >>> found = select(sure, np.array([0.8, 0.6]), np.array([0.5, 1.0]), np.arange(4))
    >>> found.positions.tolist(), found.codes.tolist()
    ([1, 2], [0, 1])
    """
    given, confidence, _ = most_of(probabilities)
    chosen, places, held_back, capped = [], [], [_NONE], [_NONE]
    for code, (threshold, rate) in enumerate(zip(thresholds, rates, strict=True)):
        own = np.flatnonzero((given == code) & (confidence >= threshold))
        own = own[np.lexsort((ties[own], -confidence[own]))]
        share = int(np.ceil(rate * len(own)))
        most = min(share, (max_per_class or {}).get(code, share))
        held_back.append(own[share:])
        capped.append(own[most:share])
        chosen.append(own[:most])
        places.append((np.arange(most) + 0.5) / max(most, 1))
    positions = np.concatenate(chosen)
    if max_total is not None and len(positions) > max_total:
        ranked = positions[np.lexsort((ties[positions], np.concatenate(places)))]
        positions = ranked[:max_total]
        capped.append(ranked[max_total:])
    positions = np.sort(positions)
    return Selection(
        positions,
        given[positions],
        confidence[positions],
        np.sort(np.concatenate(held_back)),
        np.sort(np.concatenate(capped)),
    )


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
