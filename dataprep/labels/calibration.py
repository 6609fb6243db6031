"""Probabilities that mean what they say: calibrated on rows that the model did not learn from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

Calibration = Literal["temperature", "sigmoid", "isotonic"]
Calibrator = Callable[[np.ndarray], np.ndarray]
"""From probabilities of shape (n_rows, n_classes) to others of that shape."""
_LEAST = 1e-6
"""No model is surer than this: the logarithm of 0 would outweigh all other rows."""
_WIDEST = 4.0
"""The largest logarithm of a temperature."""


def calibrator(
    probabilities: np.ndarray, codes: np.ndarray, method: Calibration = "temperature"
) -> Calibrator:
    """Return what corrects a fitted model's probabilities, learned from held-out rows.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Of rows that the model did not learn from.
    codes : array of int64, shape (n_rows,)
        Their classes.
    method : {"temperature", "sigmoid", "isotonic"}, default="temperature"
        ``temperature``: one number for all classes; the order of a row's classes stays.
        ``sigmoid``: a logistic curve for each class against the others. ``isotonic``: any rising
        curve for each class, for a thousand rows and more. Rows sum to one again.

    Returns
    -------
    callable

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks",
    ICML 2017. J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
    Regularized Likelihood Methods", 1999. B. Zadrozny and C. Elkan, "Transforming Classifier Scores
    into Accurate Multiclass Probability Estimates", KDD 2002.

    Examples
    --------
    A model that is always sure, and right three times in four, is three quarters sure afterwards.

    >>> sure = np.array([[0.01, 0.99]] * 4)
    >>> calibrator(sure, np.array([1, 1, 1, 0]))(sure)[0].round(2).tolist()
    [0.25, 0.75]
    """
    if method == "temperature":
        return _temperature(probabilities, codes)
    curve = _sigmoid if method == "sigmoid" else _isotonic
    curves = [curve(column, codes == code) for code, column in enumerate(probabilities.T)]

    def calibrated(found: np.ndarray) -> np.ndarray:
        columns = [curve(column) for curve, column in zip(curves, found.T, strict=True)]
        return _to_one(np.column_stack(columns))

    return calibrated


def evened(probabilities: np.ndarray, codes: np.ndarray) -> Calibrator:
    """Return what a model's probabilities would be, were all classes equally frequent.

    How often each class is given is divided out, and a temperature is learned from held-out rows,
    all classes weighing the same. A loss of the result tells how well classes are told apart:
    neither a model that gives one of them more often nor one that is less sure has a lower one.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Of rows that the model did not learn from.
    codes : array of int64, shape (n_rows,)
        Their classes.

    Returns
    -------
    callable

    References
    ----------
    M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the Outputs of a Classifier to New a
    Priori Probabilities", Neural Computation 14, 2002: equation 2.4.

    Examples
    --------
    The last row is surely not of the second class, but more likely than the others are.

    >>> told = np.array([[0.9, 0.1]] * 9 + [[0.7, 0.3]])
    >>> evened(told, np.array([0] * 9 + [1]))(told)[[0, 9]].round(1).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    given = np.maximum(probabilities.mean(axis=0), _LEAST)
    correct = _temperature(_to_one(probabilities / given), codes, 1 / np.bincount(codes)[codes])
    return lambda found: correct(_to_one(found / given))


def log_losses(probabilities: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the logarithmic loss of each row, of shape (n_rows,)."""
    own = probabilities[np.arange(len(codes)), codes]
    losses: np.ndarray = -np.log(np.maximum(own, _LEAST))
    return losses


def _temperature(
    probabilities: np.ndarray, codes: np.ndarray, weight: np.ndarray | None = None
) -> Calibrator:
    from scipy.optimize import minimize_scalar

    def softened(found: np.ndarray, width: float) -> np.ndarray:
        logits = np.log(np.maximum(found, _LEAST)) / np.exp(width)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return _to_one(odds)

    def loss(width: float) -> float:
        return float(np.average(log_losses(softened(probabilities, width), codes), weights=weight))

    found = minimize_scalar(loss, bounds=(-_WIDEST, _WIDEST), method="bounded")
    width = float(found.x)
    return lambda given: softened(given, width)


def _sigmoid(scores: np.ndarray, positive: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return Platt's curve over log-odds; his targets keep it from being sure of few rows."""
    from scipy.optimize import minimize
    from scipy.special import expit, log_expit

    n_positive = int(positive.sum())
    high = (n_positive + 1) / (n_positive + 2)
    low = 1 / (len(positive) - n_positive + 2)
    wanted, odds = np.where(positive, high, low), _log_odds(scores)

    def loss(line: np.ndarray) -> float:
        at = line[0] * odds + line[1]
        return float(-(wanted * log_expit(at) + (1 - wanted) * log_expit(-at)).sum())

    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B").x
    return lambda given: expit(slope * _log_odds(given) + shift)


def _isotonic(scores: np.ndarray, positive: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    curve.fit(scores, positive.astype("float64"))
    predict: Callable[[np.ndarray], np.ndarray] = curve.predict
    return predict


def _log_odds(scores: np.ndarray) -> np.ndarray:
    inside = np.clip(scores, _LEAST, 1 - _LEAST)
    odds: np.ndarray = np.log(inside / (1 - inside))
    return odds


def _to_one(found: np.ndarray) -> np.ndarray:
    """Return rows that sum to one; where all is zero, classes are equally likely."""
    total = found.sum(axis=1, keepdims=True)
    even = np.full_like(found, 1 / found.shape[1])
    shares: np.ndarray = np.divide(found, total, out=even, where=total > 0)
    return shares
