"""How good made rows are: like the real ones as a whole, and like none of them too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.draw import order
from dataprep.neighbours import Space, nearest
from dataprep.table import steady

Cells = tuple[np.ndarray, np.ndarray]
"""Rows as numbers, NaN where missing, and codes of levels, -1 where missing."""

MOST_ROWS = 2_000
"""So many made rows, and real ones, are judged."""
MOST_PARENTS = 5_000
"""Among so many real rows the closest one is looked for."""
_LEAST_ROWS = 50
"""Of fewer real rows a classifier learns nothing."""
_FOLDS = 3


def judged(real: Cells, made: Cells, names: Sequence[str], seed: int) -> dict[str, Any]:
    """Compare the made rows of a class with its real ones.

    Parameters
    ----------
    real, made : Cells
    names : sequence of str
        Of the columns of both arrays.
    seed : int

    Returns
    -------
    dict
        ``auc``: how well a classifier tells made from real rows, by cross-validation; 0.5 is by
        chance, None for fewer than 50 real rows. ``distance_made``, ``distance_real``: the 5th
        percentile of the distances of made, and of real, rows to the closest other real row.
        ``near_copies``: the share of made rows that are no farther than the latter, and
        ``near_copies_real`` of real rows: 0.05, or more where many are as near. ``copies``: the
        share that a real row equals; ``copies_real`` of those that another real row equals.
        ``columns``: by column the largest difference of the distribution functions of numbers
        (Kolmogorov-Smirnov), or half the sum of the differences of the shares of levels (total
        variation), missing as one of them.
    """
    real, made = _taken(real, _drawn(len(real[0]), 10 * MOST_ROWS, seed)), _first(made, MOST_ROWS)
    height, few = len(real[0]), _drawn(len(real[0]), MOST_ROWS, seed)
    space = _space(real, made)
    everyone, new = np.arange(height), np.arange(height, len(space))
    of_made = nearest(space, 1, new, everyone).distances[:, 0]
    found: dict[str, Any] = {
        "auc": None,
        "distance_made": steady(float(np.quantile(of_made, 0.05))),
        "distance_real": None,
        "near_copies": None,
        "near_copies_real": None,
        "copies": steady(float((of_made == 0).mean())),
        "copies_real": None,
    }
    if height > 1:
        of_real = nearest(space, 1, few, everyone).distances[:, 0]
        close = float(np.quantile(of_real, 0.05))
        found["distance_real"] = steady(close)
        # Of rows that have twins the distance is 0: as near is near.
        found["near_copies"] = steady(float((of_made <= close).mean()))
        found["near_copies_real"] = steady(float((of_real <= close).mean()))
        found["copies_real"] = steady(float((of_real == 0).mean()))
    if min(height, len(made[0])) >= _LEAST_ROWS:
        found["auc"] = _told_apart(_taken(real, few), made, seed)
    found["columns"] = _by_column(real, made, names)
    return found


def closest(real: Cells, made: Cells, seed: int) -> np.ndarray:
    """Return the position of the closest real row of each made one.

    Of more than `MOST_PARENTS` real rows, the closest of so many drawn ones: the time that it takes
    grows with the made rows alone.
    """
    few = _drawn(len(real[0]), MOST_PARENTS, seed)
    space = _space(_taken(real, few), made)
    found = nearest(space, 1, np.arange(len(few), len(space)), np.arange(len(few)))
    positions: np.ndarray = few[found.indices[:, 0]]
    return positions


def _drawn(height: int, most: int, seed: int) -> np.ndarray:
    """Return at most so many of some rows, drawn by their places."""
    drawn = np.argsort(order(np.arange(height), seed, "judged"), kind="stable")
    return np.sort(drawn[:most])


def _taken(rows: Cells, which: np.ndarray) -> Cells:
    return rows[0][which], rows[1][which]


def _first(rows: Cells, most: int) -> Cells:
    return rows[0][:most], rows[1][:most]


def _space(real: Cells, made: Cells) -> Space:
    """Return real rows, and made ones after them, as points; what is missing is a level.

    The standard deviation of a real column is 1, and two unlike levels are 1 apart.
    """
    centre, spread = np.zeros(real[0].shape[1]), np.ones(real[0].shape[1])
    for i, column in enumerate(real[0].T):
        present = column[~np.isnan(column)]
        if len(present) and present.min() < present.max():
            centre[i], spread[i] = present.mean(), present.std()
    numbers = np.concatenate([real[0], made[0]])
    gaps = np.isnan(numbers)
    codes = np.concatenate([real[1], made[1]]) + 1
    levels = np.concatenate([codes, gaps[:, gaps.any(axis=0)]], axis=1).astype("int32")
    return Space(np.where(gaps, 0.0, (numbers - centre) / spread), levels, unlike=1.0)


def _told_apart(real: Cells, made: Cells, seed: int) -> float:
    """Return the area under the curve of a classifier of made and real rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from threadpoolctl import threadpool_limits

    height = min(len(real[0]), len(made[0]))
    parts = [np.hstack([numbers[:height], codes[:height]]) for numbers, codes in (real, made)]
    X, y = np.concatenate(parts), np.repeat([0, 1], height)
    # Of more levels than the model takes, the last ones are one.
    width = real[0].shape[1]
    X[:, width:] = np.clip(X[:, width:] + 1, 0, 250)
    # A column without a number is none to the model: what is missing is below all others.
    for column in X[:, :width].T:
        gaps = np.isnan(column)
        column[gaps] = column[~gaps].min(initial=0.0) - 1.0
    model = HistGradientBoostingClassifier(
        max_iter=50,
        categorical_features=list(range(width, X.shape[1])) or None,
        random_state=seed,
    )
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1):
        scores = cross_val_score(model, X, y, cv=folds, scoring="roc_auc")
    return round(float(scores.mean()), 3)


def _by_column(real: Cells, made: Cells, names: Sequence[str]) -> dict[str, float]:
    """Return how far the distributions of each column are apart."""
    columns = [
        *zip(real[0].T, made[0].T, strict=True),
        *(
            (np.where(a < 0, np.nan, a), np.where(b < 0, np.nan, b))
            for a, b in zip(real[1].T, made[1].T, strict=True)
        ),
    ]
    levelled = len(real[0].T)
    return {
        name: steady(_variation(a, b) if i >= levelled else _largest_gap(a, b))
        for i, (name, (a, b)) in enumerate(zip(names, columns, strict=True))
    }


def _largest_gap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest difference of two distribution functions, missing last of all."""
    a, b = (np.sort(np.where(np.isnan(part), np.inf, part)) for part in (a, b))
    at = np.concatenate([a, b])
    below = [np.searchsorted(part, at, side="right") / len(part) for part in (a, b)]
    return float(np.abs(below[0] - below[1]).max(initial=0.0))


def _variation(a: np.ndarray, b: np.ndarray) -> float:
    """Return half the sum of the differences of the shares of levels."""
    a, b = (np.where(np.isnan(part), -1.0, part) for part in (a, b))
    levels = np.unique(np.concatenate([a, b]))
    shares = [np.array([(part == level).mean() for level in levels]) for part in (a, b)]
    return float(0.5 * np.abs(shares[0] - shares[1]).sum())
