"""How well classes were told apart, from counts: one value for each threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return a quotient, 0 where there is nothing to divide by."""
    quotient: np.ndarray = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return quotient


def _f(beta: float) -> Callable[..., np.ndarray]:
    square = beta * beta
    return lambda tp, fp, fn, tn: _share((1 + square) * tp, (1 + square) * tp + square * fn + fp)


def _matthews(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    return _share(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


METRICS: dict[str, Callable[..., np.ndarray]] = {
    "accuracy": lambda tp, fp, fn, tn: (tp + tn) / (tp + fp + fn + tn),
    "balanced_accuracy": lambda tp, fp, fn, tn: (_share(tp, tp + fn) + _share(tn, tn + fp)) / 2,
    "f1": _f(1.0),
    "f2": _f(2.0),
    "precision": lambda tp, fp, fn, tn: _share(tp, tp + fp),
    "recall": lambda tp, fp, fn, tn: _share(tp, tp + fn),
    "g_mean": lambda tp, fp, fn, tn: np.sqrt(_share(tp, tp + fn) * _share(tn, tn + fp)),
    "matthews": _matthews,
    "youden": lambda tp, fp, fn, tn: _share(tp, tp + fn) + _share(tn, tn + fp) - 1,
}
"""Functions of true and false positives, false and true negatives; the higher, the better."""
