"""Under-sampling that drops the rows which a classifier finds hard to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataprep.resampling.rows import Rows


def easy(likelihood: np.ndarray, y: np.ndarray, wanted: Mapping[int, int]) -> np.ndarray:
    """Return which rows are kept: of each class, about so many that are told best.

    Parameters
    ----------
    likelihood : array of shape (n,)
        The probability that a classifier gives to each row's own class.
    y : array of int, shape (n,)
    wanted : mapping of int to int
        Rows to keep, by class; where several are told equally well, more are kept.

    Returns
    -------
    array of bool, shape (n,)
    """
    kept = np.ones(len(y), dtype=bool)
    for label, height in wanted.items():
        own = y == label
        share = (1.0 - height / int(own.sum())) * 100.0
        kept[own] = likelihood[own] >= np.percentile(likelihood[own], share)
    return kept


def dealt(rows: Rows, cv: int, seed: int, name: str) -> np.ndarray:
    """Return the fold of each row: each class is dealt out evenly, by its rows' contents."""
    folds = np.empty(len(rows), dtype="int64")
    for label in np.unique(rows.y).tolist():
        drawn = rows.shuffled(label, seed, f"{name}/{label}")
        folds[drawn] = np.arange(len(drawn)) % cv
    return folds


def likelihoods(rows: Rows, folds: np.ndarray, classifier: Any) -> np.ndarray:
    """Return the probability of each row's own class, told by the rows of the other folds.

    Parameters
    ----------
    rows : Rows
        Levels are given to the classifier by their places, gaps as NaN.
    folds : array of int, shape (n,)
    classifier : scikit-learn classifier with ``predict_proba``
        It is cloned for each fold.

    Returns
    -------
    array of shape (n,), float64
    """
    from sklearn.base import clone

    levels = np.where(rows.codes < 0, np.nan, rows.codes)
    X = np.column_stack([rows.numbers, levels])
    found = np.empty(len(rows))
    # In an order that does not depend on where rows stand: some classifiers draw rows by number.
    start = np.lexsort((np.arange(len(rows)), rows.y, rows.keys))
    for fold in np.unique(folds).tolist():
        train, test = start[folds[start] != fold], start[folds[start] == fold]
        model = clone(classifier).fit(X[train], rows.y[train])
        columns = np.searchsorted(model.classes_, rows.y[test])
        found[test] = model.predict_proba(X[test])[np.arange(len(test)), columns]
    return found
