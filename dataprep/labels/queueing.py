"""Which rows are most worth a person's time: uncertain, unlike each other, likely wrong."""

from __future__ import annotations

from typing import Literal

import numpy as np

from dataprep.labels.ranking import normalised_entropy

Measure = Literal["margin", "entropy", "least_confident"]


def uncertainty(probabilities: np.ndarray, measure: Measure = "margin") -> np.ndarray:
    """Return how unsure probabilities are, from 0 (sure) to 1.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    measure : {"margin", "entropy", "least_confident"}, default="margin"
        One less the lead of the likeliest class over the second; the entropy, in units of the
        largest there is; one less the probability of the likeliest class.

    References
    ----------
    B. Settles, "Active Learning Literature Survey", University of Wisconsin-Madison, 2009.

    Examples
    --------
    >>> P = np.array([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]])
    >>> uncertainty(P).round(2).tolist(), uncertainty(P, "entropy").round(2).tolist()
    ([1.0, 0.2], [0.63, 0.3])
    """
    if measure == "entropy":
        return normalised_entropy(probabilities)
    top = np.sort(probabilities, axis=1)[:, -2:]
    unsure: np.ndarray = 1 - (top[:, -1] - top[:, 0] if measure == "margin" else top[:, -1])
    return unsure


def unlike(X: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of rows that are far from each other, the first row among them.

    The farthest from those that were taken is taken next (k-centre greedy). A copy of one that was
    taken never is, so that there may be fewer than asked for.

    Parameters
    ----------
    X : array of shape (n_rows, n_features)
    count : int

    Returns
    -------
    array of int64, shape (n_taken,)
        In the order in which they were taken.

    References
    ----------
    O. Sener and S. Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set
    Approach", ICLR 2018.

    Examples
    --------
    >>> unlike(np.array([[0.0], [0.0], [0.1], [5.0]]), 3).tolist()
    [0, 3, 2]
    >>> unlike(np.array([[0.0], [0.0], [0.0]]), 3).tolist()
    [0]
    """
    if not len(X) or count < 1:
        return np.empty(0, dtype="int64")
    taken, apart = [0], np.square(X - X[0]).sum(axis=1)
    while len(taken) < count:
        farthest = int(apart.argmax())
        if not apart[farthest] > 0:
            break
        taken.append(farthest)
        np.minimum(apart, np.square(X - X[farthest]).sum(axis=1), out=apart)
    return np.array(taken, dtype="int64")


def worth_asking(
    scores: np.ndarray, X: np.ndarray, rows: np.ndarray, count: int, *, spread: int = 5
) -> np.ndarray:
    """Return the positions of rows with high scores that are unlike each other, best first.

    Parameters
    ----------
    scores : array of shape (n_rows,)
    X : array of shape (n_rows, n_features)
    rows : array of int64, shape (n_rows,)
        Row numbers: of rows with the same score the first come first.
    count : int
    spread : int, default=5
        Among so many times ``count`` of the best ones, copies aside, they are chosen.

    Examples
    --------
    >>> X = np.array([[1.0], [1.0], [1.0], [7.0], [9.0]])
    >>> worth_asking(np.array([0.9, 0.9, 0.8, 0.5, 0.1]), X, np.arange(5), 2, spread=1).tolist()
    [0, 3]
    """
    order = np.lexsort((rows, -scores))
    best = order[: spread * count]
    # Copies of a few rows must not take the places of all others.
    while len(first := _distinct(X[best])) < spread * count and len(best) < len(order):
        best = order[: 4 * len(best)]
    best = best[first[: spread * count]]
    chosen = best[unlike(X[best], count)]
    found: np.ndarray = chosen[np.lexsort((rows[chosen], -scores[chosen]))]
    return found


def _distinct(X: np.ndarray) -> np.ndarray:
    """Return the position of the first of all rows that are the same, in order."""
    return np.sort(np.unique(X, axis=0, return_index=True)[1])
