"""Whether probabilities are such, and belong to the labels that they are to judge."""

from __future__ import annotations

import numpy as np

from dataprep.errors import DataError
from dataprep.labels.ranking import blocks_of, likeliest

_SUM = 0.01
"""How far a row's probabilities may be from one: they may have been rounded."""
_SIGNIFICANT = 3.0
"""Standard errors below chance from which labels and probabilities do not belong together."""


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
    for here in blocks_of(*probabilities.shape):
        block = probabilities[here]
        total = block.sum(axis=1, dtype="float64")
        # NaN compares as false.
        wrong = np.flatnonzero(~(np.abs(total - 1) <= _SUM))
        if len(wrong):
            first = int(wrong[0])
            row = here.start + first if rows is None else int(rows[here.start + first])
            lacks = np.isnan(total[first])
            told = "hold NaN" if lacks else f"sum to {total[first]:.4g}, not to 1"
            raise DataError(
                f"the probabilities of row {row:,} {told}",
                place=place,
                remedy="Take a softmax of scores first, or divide each row by its sum.",
            )
        if block.min(initial=0.0) < 0:
            raise DataError(
                f"a probability of {block.min():.4g}",
                place=place,
                remedy="Take a softmax of scores first.",
            )


def agreement_beyond_chance(probabilities: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return Cohen's kappa of labels and likeliest classes, and how far below 0 is by chance.

    Examples
    --------
    >>> y = np.array([0, 1] * 20)
    >>> kappa, lowest = agreement_beyond_chance(np.eye(2)[1 - y], y)
    >>> round(kappa, 2), kappa < lowest
    (-1.0, True)
    """
    told = likeliest(probabilities)
    k = probabilities.shape[1]
    by_label = np.bincount(y, minlength=k) / len(y)
    by_model = np.bincount(told, minlength=k) / len(y)
    chance = float(by_label @ by_model)
    if chance >= 1:
        return 0.0, -np.inf
    kappa = (float((told == y).mean()) - chance) / (1 - chance)
    return kappa, -_SIGNIFICANT * float(np.sqrt(chance / (len(y) * (1 - chance))))
