"""How sure a label is, by the probabilities of classes, and which class is likelier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

Ranking = Literal["self_confidence", "normalised_margin", "confidence_weighted_entropy"]
_CELLS = 2**19
"""Probabilities that are looked at at a time: they stay in the processor's cache."""
ROUNDING = 1e-8
"""Probabilities that are no further apart are equal."""


def quality(probabilities: np.ndarray, y: np.ndarray, ranking: Ranking) -> np.ndarray:
    """Return how sure each label is, from 0 to 1: the lower, the likelier it is wrong.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    y : array of int64, shape (n_rows,)
        The labels, as positions of columns.
    ranking : str
        ``self_confidence``: the probability ``p`` of the label. ``normalised_margin``: by how much
        it exceeds the likeliest other class, ``(1 + p - max p_j) / 2``.
        ``confidence_weighted_entropy``: ``p / (p + H)``, where ``H`` is the entropy of the row over
        that of no knowledge at all.

    Returns
    -------
    array of shape (n_rows,), float64

    References
    ----------
    C. G. Northcutt, L. Jiang and I. L. Chuang, JAIR 70, 2021 (the first two); J. Kuan and J.
    Mueller, "Model-agnostic label quality scoring to detect real-world label errors", ICML
    workshop DataPerf, 2022 (the third: they rank by ``H / p``, which is the same order).

    Examples
    --------
    >>> P = np.array([[0.75, 0.25], [0.25, 0.75]])
    >>> quality(P, np.array([0, 0]), "self_confidence").tolist()
    [0.75, 0.25]
    >>> quality(P, np.array([0, 0]), "normalised_margin").tolist()
    [0.75, 0.25]
    """
    own: np.ndarray = own_probability(probabilities, y).astype("float64")
    if ranking == "self_confidence":
        return own
    if ranking == "normalised_margin":
        _, other = runner_up(probabilities, y)
        margin: np.ndarray = (1 + own - other) / 2
        return margin
    total = own + normalised_entropy(probabilities)
    found = np.zeros(len(y))
    np.divide(own, total, out=found, where=total > 0)
    return found


def normalised_entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy of each row, in units of the largest there is: from 0 to 1.

    Examples
    --------
    >>> normalised_entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    entropy = np.empty(len(probabilities))
    for here in blocks_of(*probabilities.shape):
        block = probabilities[here]
        logs = np.log(block, out=np.zeros(block.shape), where=block > 0)
        entropy[here] = -np.einsum("ij,ij->i", block, logs)
    entropy /= np.log(max(2, probabilities.shape[1]))
    return np.maximum(entropy, 0.0, out=entropy)


def runner_up(probabilities: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the likeliest class other than each label, and its probability.

    Returns
    -------
    classes : array of int64, shape (n_rows,)
    probabilities : array of shape (n_rows,)

    Examples
    --------
    >>> runner_up(np.array([[0.7, 0.2, 0.1]]), np.array([0]))[0].tolist()
    [1]
    """
    classes = np.empty(len(y), dtype="int64")
    of_them = np.empty(len(y))
    for here in blocks_of(*probabilities.shape):
        block = probabilities[here].astype("float64")
        rows = np.arange(len(block))
        block[rows, y[here]] = -1.0
        classes[here] = block.argmax(axis=1)
        of_them[here] = block[rows, classes[here]]
    return classes, of_them


def exceeded(probabilities: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return which labels another class exceeds; one that is as likely does not.

    Examples
    --------
    >>> exceeded(np.array([[0.5, 0.5], [0.4, 0.6]]), np.array([1, 0])).tolist()
    [False, True]
    """
    found = np.empty(len(y), dtype=bool)
    for here in blocks_of(*probabilities.shape):
        block = probabilities[here]
        found[here] = block.max(axis=1) - own_probability(block, y[here]) > ROUNDING
    return found


def likeliest(probabilities: np.ndarray) -> np.ndarray:
    """Return the likeliest class of each row, the first among equals."""
    found = np.empty(len(probabilities), dtype="int64")
    for here in blocks_of(*probabilities.shape):
        found[here] = probabilities[here].argmax(axis=1)
    return found


def own_probability(probabilities: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the probability of each row's label."""
    own: np.ndarray = probabilities[np.arange(len(y)), y]
    return own


def blocks_of(n_rows: int, n_classes: int) -> Iterator[slice]:
    """Give slices of rows whose probabilities stay in the processor's cache."""
    step = max(1, _CELLS // max(1, n_classes))
    for start in range(0, n_rows, step):
        yield slice(start, min(n_rows, start + step))
