"""Confident learning: which labels are wrong, told by probabilities from out of fold.

Rows are gone through by blocks, so that beside the probabilities little memory is needed.

References
----------
C. G. Northcutt, L. Jiang and I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", Journal of Artificial Intelligence Research 70, 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from dataprep.labels.ranking import blocks_of, exceeded, own_probability

Method = Literal["argmax", "confident_joint", "prune_by_class", "prune_by_noise_rate", "both"]
_ROUNDING = 1e-6
"""A mean of equal probabilities may exceed them by rounding: so far below it they reach it."""


class Noise(NamedTuple):
    """How labels and true classes go together, estimated.

    Parameters
    ----------
    thresholds : array of shape (n_classes,)
        The mean probability of a class among the rows that have its label; NaN without such rows.
    counts : array of int64, shape (n_classes, n_classes)
        The confident joint: rows with the label of the row that confidently are of the class of
        the column.
    calibrated : array of int64, shape (n_classes, n_classes)
        The same, such that each row sums to how many rows have its label, of which one at least is
        right.
    """

    thresholds: np.ndarray
    counts: np.ndarray
    calibrated: np.ndarray

    @property
    def joint(self) -> np.ndarray:
        """The joint distribution of labels (rows) and true classes (columns)."""
        return self.calibrated / max(1, int(self.calibrated.sum()))

    @property
    def noise_matrix(self) -> np.ndarray:
        """How likely the label of the row is, for a true class (columns sum to one)."""
        return _shares(self.calibrated.T).T

    @property
    def inverse(self) -> np.ndarray:
        """How likely the true class of the column is, for a label (rows sum to one)."""
        return _shares(self.calibrated)


def estimated(probabilities: np.ndarray, y: np.ndarray) -> Noise:
    """Return how labels and true classes go together.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Of each class, told by rows other than the row itself.
    y : array of int64, shape (n_rows,)
        The labels, as positions of columns.

    Returns
    -------
    Noise

    Examples
    --------
    >>> P = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7]])
    >>> noise = estimated(P, np.array([0, 0, 0, 1, 1]))
    >>> noise.thresholds.round(2).tolist(), noise.counts.tolist()
    ([0.6, 0.75], [[2, 1], [0, 1]])
    >>> noise.inverse.round(2).tolist()
    [[0.67, 0.33], [0.0, 1.0]]
    """
    k = probabilities.shape[1]
    in_class = np.bincount(y, minlength=k)
    own = own_probability(probabilities, y)
    with np.errstate(invalid="ignore"):
        thresholds = np.bincount(y, weights=own, minlength=k) / in_class
    j = _confident(probabilities, thresholds)
    here = np.flatnonzero(j >= 0)
    counts = np.bincount(y[here] * k + j[here], minlength=k * k).reshape(k, k)
    calibrated = np.empty_like(counts)
    for rows in blocks_of(k, k):
        diagonal = np.arange(rows.start, rows.stop)
        calibrated[rows] = _calibrated(counts[rows], diagonal, in_class[rows])
    return Noise(thresholds, counts, calibrated)


def found(
    probabilities: np.ndarray, y: np.ndarray, method: Method, noise: Noise | None = None
) -> np.ndarray:
    """Return which labels are wrong.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    y : array of int64, shape (n_rows,)
    method : str
        ``argmax``: another class is the likeliest. ``confident_joint``: the row is counted off the
        diagonal of the confident joint. ``prune_by_class``: of each label, so many rows as the
        joint holds off its diagonal, those with the lowest probability of their label.
        ``prune_by_noise_rate``: of each label and each other class, so many as the joint holds,
        those where the class exceeds the label by most. ``both``: what both of these find.
    noise : Noise, optional
        What `estimated` gave.

    Returns
    -------
    array of bool, shape (n_rows,)
        A row whose label no other class exceeds is never among them.
    """
    elsewhere = exceeded(probabilities, y)
    if method == "argmax":
        return elsewhere
    noise = estimated(probabilities, y) if noise is None else noise
    if method == "confident_joint":
        j = _confident(probabilities, noise.thresholds)
        wrong: np.ndarray = (j >= 0) & (j != y)
    elif method == "prune_by_class":
        wrong = _by_class(probabilities, y, noise.calibrated)
    elif method == "prune_by_noise_rate":
        wrong = _by_noise_rate(probabilities, y, noise.calibrated, elsewhere)
    else:
        wrong = _by_class(probabilities, y, noise.calibrated)
        wrong &= _by_noise_rate(probabilities, y, noise.calibrated, elsewhere)
    wrong &= elsewhere
    return wrong


def _confident(probabilities: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the class that reaches its threshold, of several the likeliest of all; -1 for none.

    The likeliest need not reach its own. The paper takes the likeliest of those that do; its
    authors' own program takes this one, and finds as many of the wrong labels.
    """
    # Nothing reaches the threshold of a class that is no row's label.
    bounds = np.where(np.isnan(thresholds), np.inf, thresholds - _ROUNDING)
    found = np.empty(len(probabilities), dtype="int64")
    for here in blocks_of(*probabilities.shape):
        block = probabilities[here]
        reached = block >= bounds
        n = np.count_nonzero(reached, axis=1)
        found[here] = np.where(n > 1, block.argmax(axis=1), reached.argmax(axis=1))
        found[here][n == 0] = -1
    return found


def _calibrated(counts: np.ndarray, diagonal: np.ndarray, in_class: np.ndarray) -> np.ndarray:
    """Return rows of the confident joint that sum to the sizes of classes (equation 3).

    One row of a label at least is taken for right: no class is emptied.
    """
    known = counts.astype("float64")
    rows = np.arange(len(known))
    known[rows, diagonal] = np.maximum(known[rows, diagonal], 1.0)
    known *= (in_class / known.sum(axis=1))[:, None]
    whole = _whole(known, in_class)
    lost = rows[(whole[rows, diagonal] == 0) & (in_class > 0)]
    whole[lost, whole[lost].argmax(axis=1)] -= 1
    whole[lost, diagonal[lost]] = 1
    return whole


def _whole(scaled: np.ndarray, in_class: np.ndarray) -> np.ndarray:
    """Return the nearest whole numbers, those furthest off moved until rows sum as they are to."""
    whole = np.rint(scaled)
    lacking = (in_class - whole.sum(axis=1)).round()
    off = np.flatnonzero(lacking)
    sign = np.sign(lacking[off])[:, None]
    order = np.argsort((whole[off] - scaled[off]) * sign, axis=1, kind="stable")
    moved = np.where(np.arange(scaled.shape[1]) < np.abs(lacking[off])[:, None], sign, 0.0)
    here = off[:, None]
    whole[here, order] += moved
    counts: np.ndarray = whole.astype("int64")
    return counts


def _shares(counts: np.ndarray) -> np.ndarray:
    """Return each row divided by its sum."""
    total = counts.sum(axis=1, keepdims=True)
    found = np.zeros(counts.shape)
    np.divide(counts, total, out=found, where=total > 0)
    return found


def _members(y: np.ndarray, n_classes: int) -> Iterator[tuple[int, np.ndarray]]:
    """Give each label with the rows that have it."""
    small = y.astype("int16") if n_classes < 2**15 else y
    order = np.argsort(small, kind="stable")
    ends = np.cumsum(np.bincount(y, minlength=n_classes))
    for label, end in enumerate(ends.tolist()):
        start = 0 if label == 0 else int(ends[label - 1])
        if end > start:
            yield label, order[start:end]


def _by_class(probabilities: np.ndarray, y: np.ndarray, calibrated: np.ndarray) -> np.ndarray:
    own = own_probability(probabilities, y)
    wrong = np.zeros(len(y), dtype=bool)
    for label, rows in _members(y, len(calibrated)):
        n = int(calibrated[label].sum() - calibrated[label, label])
        wrong[rows[_lowest(own[rows], n)]] = True
    return wrong


def _by_noise_rate(
    probabilities: np.ndarray, y: np.ndarray, calibrated: np.ndarray, elsewhere: np.ndarray
) -> np.ndarray:
    wrong = np.zeros(len(y), dtype=bool)
    for label, rows in _members(y, len(calibrated)):
        doubtful = rows[elsewhere[rows]]
        block = probabilities[doubtful]
        for other in np.flatnonzero(calibrated[label]).tolist():
            n = int(calibrated[label, other])
            if other == label:
                continue
            margin = block[:, label] - block[:, other]
            # All rows that another class exceeds are among the doubtful ones.
            if n <= int((margin < 0).sum()):
                wrong[doubtful[_lowest(margin, n)]] = True
            else:
                margin = probabilities[rows, label] - probabilities[rows, other]
                wrong[rows[_lowest(margin, n)]] = True
    return wrong


def _lowest(values: np.ndarray, n: int) -> np.ndarray:
    """Return the positions of the n lowest values, the first ones among equals."""
    if n >= len(values) or n == 0:
        return np.arange(min(n, len(values)))
    bound = np.partition(values, n - 1)[n - 1]
    below = np.flatnonzero(values < bound)
    equal = np.flatnonzero(values == bound)
    return np.concatenate([below, equal[: n - len(below)]])
