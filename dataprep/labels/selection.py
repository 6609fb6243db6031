"""Which rows get a model's label: thresholds of confidence, shares and caps by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

LEAST_HELD_OUT = 10
"""Of fewer held-out rows a precision says nothing: 1 of 1 would be all."""
NEVER = np.inf
"""The threshold of a class that no row is given."""
_FINEST = 0.01
"""Of wrong labels, the least share that a class by itself is judged by: it takes 200 rows."""
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
    """

    positions: np.ndarray
    codes: np.ndarray
    confidence: np.ndarray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.positions)

    def like(self, other: Selection) -> bool:
        """Tell whether the same rows have the same labels."""
        return np.array_equal(self.positions, other.positions) and np.array_equal(
            self.codes, other.codes
        )


NOTHING = Selection(np.empty(0, "int64"), np.empty(0, "int64"), np.empty(0))


def precision_thresholds(
    probabilities: np.ndarray, codes: np.ndarray, precision: float
) -> np.ndarray:
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

    Returns
    -------
    array of shape (n_classes,)
        `NEVER` where there is none.

    Examples
    --------
    >>> sure = np.linspace(0.99, 0.6, 40)
    >>> held_out = np.column_stack([1 - sure, sure])
    >>> codes = np.array([1] * 20 + [0, 1] * 10)
    >>> precision_thresholds(held_out, codes, 0.9).round(2).tolist()
    [inf, 0.76]
    """
    given, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    n_classes = probabilities.shape[1]
    found = np.full(n_classes, NEVER)
    enough = max(LEAST_HELD_OUT, round(2 / max(1 - precision, _FINEST)))
    few = np.bincount(given, minlength=n_classes) < enough
    right = given == codes
    for code in np.flatnonzero(~few):
        own = given == code
        found[code] = _lowest(confidence[own], right[own], precision)
    together = few[given]
    found[few] = _lowest(confidence[together], right[together], precision)
    return found


def _lowest(confidence: np.ndarray, right: np.ndarray, precision: float) -> float:
    """Return the lowest threshold that keeps a precision."""
    order = np.argsort(-confidence, kind="stable")
    sure, count = confidence[order], np.arange(1, len(order) + 1)
    reached = np.cumsum(right[order]) / count >= precision
    # Rows that are equally sure are in or out together.
    ends = np.append(sure[1:] != sure[:-1], np.True_)[: len(sure)]
    places = np.flatnonzero(reached & ends & (count >= LEAST_HELD_OUT))
    return float(sure[places[-1]]) if len(places) else NEVER


def adaptive_thresholds(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Return a threshold for each class, lower where a model is rarely sure of it yet.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Of rows without a label.
    threshold : float
        That of the class which most rows are surely given.

    Returns
    -------
    array of shape (n_classes,)
        ``threshold * b / (2 - b)``, where b is how many rows are given the class above the
        threshold, as a share of the most that any class is given, or of the rows that no class is.

    References
    ----------
    B. Zhang et al., "FlexMatch: Boosting Semi-Supervised Learning with Curriculum Pseudo Labeling",
    NeurIPS 2021: equations 5 to 8, 11 and 12.

    Examples
    --------
    >>> sure = np.array([[0.96, 0.04]] * 4 + [[0.02, 0.98]] * 2 + [[0.6, 0.4]])
    >>> adaptive_thresholds(sure, 0.9).round(2).tolist()
    [0.9, 0.3]
    """
    given, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    sure = confidence > threshold
    learned = np.bincount(given[sure], minlength=probabilities.shape[1])
    # While most rows are of no class yet, that counts as the best learned one.
    share = learned / max(int(learned.max()), int((~sure).sum()), 1)
    found: np.ndarray = threshold * share / (2 - share)
    return found


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
        Of the l-th largest class ``(size of the l-th smallest / size of the largest) ** alpha``.

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
    return rates


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
    given, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    chosen, places = [], []
    for code, (threshold, rate) in enumerate(zip(thresholds, rates, strict=True)):
        own = np.flatnonzero((given == code) & (confidence >= threshold))
        own = own[np.lexsort((ties[own], -confidence[own]))]
        most = int(np.ceil(rate * len(own)))
        most = min(most, (max_per_class or {}).get(code, most))
        chosen.append(own[:most])
        places.append((np.arange(most) + 0.5) / max(most, 1))
    positions = np.concatenate(chosen)
    if max_total is not None and len(positions) > max_total:
        place = np.concatenate(places)
        positions = positions[np.lexsort((ties[positions], place))[:max_total]]
    positions = np.sort(positions)
    return Selection(positions, given[positions], confidence[positions])


def held_out_precision(
    probabilities: np.ndarray, codes: np.ndarray, thresholds: np.ndarray
) -> tuple[int, int]:
    """Return how many held-out rows would get a label, and how many of these the right one."""
    given = probabilities.argmax(axis=1)
    sure = probabilities.max(axis=1) >= thresholds[given]
    return int(sure.sum()), int((sure & (given == codes)).sum())


def wilson(right: int, rows: int) -> tuple[float, float]:
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
