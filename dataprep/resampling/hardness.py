"""Under-sampling that drops the rows which a classifier finds hard to tell."""

from __future__ import annotations

from collections.abc import Mapping

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


def folds_of(rows: Rows, cv: int, seed: int, name: str) -> np.ndarray:
    """Return the fold of each row: each class is dealt out evenly, by its rows' contents."""
    folds = np.empty(len(rows), dtype="int64")
    for label in np.unique(rows.y).tolist():
        drawn = rows.shuffled(label, seed, f"{name}/{label}")
        folds[drawn] = np.arange(len(drawn)) % cv
    return folds
