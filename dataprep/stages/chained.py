"""Chained equations: each column predicted from all others, in turns, by linear models.

Columns stand side by side as in `dataprep.stages.mixed.indicators`: a number takes one column of
the matrix, a column of levels one for each frequent level; such a *block* is predicted as a whole.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.table import steady

Step = dict[str, Any]
"""``{"block": i, "intercepts": [...], "coefficients": [[...], ...]}``: one row for each output."""

Model = dict[str, Any]
"""``steps``: in the order in which they were learned and are to be applied; ``start``: what each
missing value is before them, the mean; ``bounds``: the smallest and the largest value of each
column; ``n_iter``: how many turns were taken; ``converged``."""


def learned(blocks: Sequence[np.ndarray], max_iter: int, tol: float) -> Model:
    """Learn the models of each turn.

    Parameters
    ----------
    blocks : sequence of arrays of shape (n_rows, width)
        NaN in all of a row's columns where its value is missing.
    max_iter : int
        How many turns to take.
    tol : float
        Stop when no row changes by more than this share of the largest value.

    Returns
    -------
    Model

    References
    ----------
    S. van Buuren and K. Groothuis-Oudshoorn, "mice: Multivariate Imputation by Chained Equations
    in R", Journal of Statistical Software 45(3), 2011.
    """
    lacking = [np.isnan(block[:, 0]) for block in blocks]
    start = [[steady(float(x)) for x in np.nanmean(block, axis=0)] for block in blocks]
    bounds = [
        [np.nanmin(block, axis=0).tolist(), np.nanmax(block, axis=0).tolist()] for block in blocks
    ]
    filled = _begun(blocks, lacking, start)
    largest = max(float(np.nanmax(np.abs(block))) for block in blocks)
    # As scikit-learn: from the column with the fewest gaps to that with the most.
    order = np.argsort([lack.mean() for lack in lacking], kind="stable").tolist()
    steps: list[Step] = []
    turns, converged = 0, len(blocks) < 2
    before = np.hstack(filled)
    while not converged and turns < max_iter:
        for i in order:
            step = {"block": i, **_fitted(_others(filled, i), filled[i], ~lacking[i])}
            steps.append(step)
            _predict(filled, step, lacking[i], bounds[i])
        after = np.hstack(filled)
        converged = bool(np.abs(after - before).sum(axis=1).max() < tol * largest)
        before, turns = after, turns + 1
    return {
        "n_iter": turns,
        "converged": converged,
        "start": start,
        "bounds": bounds,
        "steps": steps,
    }


def applied(blocks: Sequence[np.ndarray], model: Model) -> list[np.ndarray]:
    """Return the blocks with their gaps filled by the learned models, each row by itself."""
    lacking = [np.isnan(block[:, 0]) for block in blocks]
    filled = _begun(blocks, lacking, model["start"])
    for step in model["steps"]:
        i = step["block"]
        _predict(filled, step, lacking[i], model["bounds"][i])
    return filled


def _begun(
    blocks: Sequence[np.ndarray], lacking: Sequence[np.ndarray], start: list[list[float]]
) -> list[np.ndarray]:
    return [
        np.where(lack[:, None], np.array(means), block)
        for block, lack, means in zip(blocks, lacking, start, strict=True)
    ]


def _others(filled: Sequence[np.ndarray], i: int) -> np.ndarray:
    return np.hstack([block for j, block in enumerate(filled) if j != i])


def _fitted(X: np.ndarray, y: np.ndarray, known: np.ndarray) -> Step:
    """Return intercepts and coefficients: Bayesian ridge of a number, ridge of indicators."""
    from sklearn.linear_model import BayesianRidge, Ridge
    from threadpoolctl import threadpool_limits

    X, y = X[known], y[known]
    # One thread: on a busy machine small matrices are fifty times slower with several, and the
    # last bits depend on how many there are.
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        # Indicators of all levels add up to one: the ridge is there for that.
        warnings.simplefilter("ignore")
        model = BayesianRidge().fit(X, y[:, 0]) if y.shape[1] == 1 else Ridge().fit(X, y)
    intercepts, coefficients = np.atleast_1d(model.intercept_), np.atleast_2d(model.coef_)
    return {
        "intercepts": [steady(float(x)) for x in intercepts],
        "coefficients": [[steady(float(x)) for x in row] for row in coefficients],
    }


def _predict(
    filled: list[np.ndarray], step: Step, rows: np.ndarray, bounds: list[list[float]]
) -> None:
    """Put the model's values, within bounds, into the given rows of its block."""
    i = step["block"]
    if not rows.any():
        return
    X = _others([block[rows] for block in filled], i)
    found = np.tile(np.array(step["intercepts"]), (len(X), 1))
    # Column by column: the last bits of a matrix product depend on the number of its rows.
    for column, weights in zip(X.T, np.array(step["coefficients"]).T, strict=True):
        found += column[:, None] * weights
    low, high = bounds
    filled[i][rows] = np.clip(found, low, high)
