"""Whether probabilities are such, and belong to the labels that they are to judge."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from scipy.sparse import csr_array

from dataprep.errors import DataError
from dataprep.labels.ranking import ROUNDING, blocks_of, own_probability

_SUM = 0.01
"""How far a row's probabilities may be from one: they may have been rounded."""
_BY_CHANCE = 0.0027
"""How likely some class may be found in a wrong place by chance: three standard errors of two."""
_FEW = 5
"""Labels of fewer rows are not held against each other: a single wrong one would decide."""


def check_probabilities(
    probabilities: np.ndarray,
    y: np.ndarray,
    place: str = "probabilities",
    rows: np.ndarray | None = None,
) -> None:
    """Raise for what are no probabilities of the labels' classes.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    y : array of int64, shape (n_rows,)
    place : str, default="probabilities"
    rows : array of int64, shape (n_rows,), optional
        What messages call the rows; by default their positions.

    Raises
    ------
    DataError
        For other shapes, labels without a column, values that are missing or below 0, and rows
        that do not sum to one.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(y):
        raise DataError(
            f"probabilities of the shape {probabilities.shape}, for {len(y):,} rows",
            place=place,
            remedy="Give a row for each row of the table, with a probability for each class.",
        )
    n_classes = probabilities.shape[1]
    if len(y) and (y.max() >= n_classes or y.min() < 0):
        raise DataError(
            f"labels from {y.min()} to {y.max()}, and probabilities of {n_classes} classes",
            place=place,
            remedy="Give a column for each class, in the order of the sorted classes.",
        )
    check_sums(probabilities, place, range(len(y)) if rows is None else rows)


def check_sums(
    probabilities: np.ndarray, place: str, rows: Sequence[int] | np.ndarray | None = None
) -> None:
    """Raise for values that are missing or below 0, and for rows that do not sum to one.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    place : str
    rows : sequence of int, optional
        What messages call the rows; by default they are not named.

    Raises
    ------
    DataError
    """
    for here in blocks_of(*probabilities.shape):
        block = probabilities[here]
        total = block.sum(axis=1, dtype="float64")
        # NaN compares as false.
        wrong = np.flatnonzero(~(np.abs(total - 1) <= _SUM))
        if len(wrong):
            first = int(wrong[0])
            row = "a row" if rows is None else f"row {rows[here.start + first]:,}"
            lacks = np.isnan(total[first])
            told = "hold NaN" if lacks else f"sum to {total[first]:.4g}, not to 1"
            raise DataError(
                f"the probabilities of {row} {told}",
                place=place,
                remedy="Take a softmax of scores first, or divide each row by its sum.",
            )
        if block.min(initial=0.0) < 0:
            raise DataError(
                f"a probability of {block.min():.4g}",
                place=place,
                remedy="Take a softmax of scores first.",
            )


def check_order(
    probabilities: np.ndarray, y: np.ndarray, names: Sequence[str], place: str = "probabilities"
) -> None:
    """Raise where probabilities do not belong to the labels that they are given for.

    The mean probability of a class is higher among the rows that have its label than among the
    others. Where columns were mixed up it is lower, for two classes at least. It may be higher than
    among all others, where classes that are like each other were swapped: then it is the highest
    among the rows of one of these, in turn.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    y : array of int64, shape (n_rows,)
    names : sequence of str
        The classes, for messages.
    place : str, default="probabilities"

    Raises
    ------
    DataError
        When the mean is lower for two classes, by more than chance would have it; or where
        classes, in a circle, have it higher among the rows of the next.

    Examples
    --------
    >>> y = np.array([0, 1, 2] * 20)
    >>> check_order(np.eye(3)[y], y, "abc")
    >>> check_order(np.eye(3)[y][:, [0, 2, 1]], y, "abc")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: probabilities: the labels b, c have lower probabilities...
    """
    n, k = probabilities.shape
    squares, sums = np.zeros(k), np.zeros((k, k))
    for here in blocks_of(n, k):
        block = probabilities[here].astype("float64", copy=False)
        squares += np.einsum("ij,ij->j", block, block)
        of_label = (np.ones(len(block)), y[here], np.arange(len(block) + 1))
        sums += csr_array(of_label, shape=(len(block), k)).T @ block
    total = sums.sum(axis=0)
    inside = np.bincount(y, minlength=k)
    own = np.bincount(y, weights=own_probability(probabilities, y), minlength=k)
    both = (inside > 0) & (inside < n)
    n_own, n_other = np.where(both, inside, 1), np.where(both, n - inside, 1)
    apart = own / n_own - (total - own) / n_other
    variance = np.maximum(squares / n - (total / n) ** 2, 0.0)
    error = np.sqrt(variance * (1 / n_own + 1 / n_other))
    # Where all rows have the same probabilities, what is left is rounding.
    bound = _bound(k) * error - ROUNDING
    low = np.flatnonzero(both & (apart < bound))
    # One class may be mislabelled as a whole; a wrong order concerns two.
    low = low if len(low) > 1 else _in_a_circle(sums, inside, variance)
    if len(low):
        shown = ", ".join(names[code] for code in low[:5].tolist())
        raise DataError(
            f"the labels {shown}{', ...' if len(low) > 5 else ''} have lower probabilities where "
            "they are given than elsewhere: worse than chance, so that columns or rows seem to be "
            "in another order",
            place=place,
            remedy="Give the classes in sorted order, or by name, and the rows in that of the "
            "table.",
        )


def _in_a_circle(sums: np.ndarray, inside: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return classes whose probability is the highest among the rows of the next, in a circle.

    Parameters
    ----------
    sums : array of shape (n_classes, n_classes)
        Of the probabilities of the class of the column, over the rows of a label.
    inside : array of int64, shape (n_classes,)
        How many rows have a label.
    variance : array of shape (n_classes,)
        Of the probability of each class.
    """
    k = len(inside)
    enough = inside >= _FEW
    rows = np.maximum(inside, 1)
    means = np.where(enough[:, None], sums / rows[:, None], -1.0)
    own = np.diagonal(sums) / rows
    highest = means.argmax(axis=0)
    error = np.sqrt(variance * (1 / rows + 1 / rows[highest]))
    beyond = means[highest, np.arange(k)] - own > ROUNDING - _bound(k * k) * error
    following = np.where(enough & beyond, highest, np.arange(k))
    # After as many steps as there are classes, one is where it stays, or in a circle.
    reached = following
    for _ in range(k.bit_length()):
        reached = reached[reached]
    ends = np.unique(reached)
    in_circle: np.ndarray = ends[following[ends] != ends]
    return in_circle


def _bound(n_tests: int) -> float:
    """Return how many standard errors below zero a mean is by chance hardly ever."""
    return NormalDist().inv_cdf(_BY_CHANCE / n_tests)
