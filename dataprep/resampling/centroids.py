"""Under-sampling that puts the centre of a cluster in the place of its rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dataprep.neighbours import Space, nearest
from dataprep.resampling.rows import Rows
from dataprep.resampling.spaces import space_of


@dataclass(frozen=True)
class Centres:
    """The centres of the clusters of a class.

    Parameters
    ----------
    numbers : array of shape (n_centres, n_numbers), float64
    codes : array of shape (n_centres, n_categories), int32
        The level that most rows of the cluster have, the first of equally frequent ones.
    nearest : array of shape (n_centres,), int64
        The position of the row of the class that is nearest to each.
    distinct : bool
        Whether the class has as many distinct rows as centres were asked for.
    """

    numbers: np.ndarray
    codes: np.ndarray
    nearest: np.ndarray
    distinct: bool


def centres_of(
    rows: Rows, label: int, count: int, model: Any, *, each_once: bool = False
) -> Centres:
    """Return the centres of the clusters into which a class is divided.

    Parameters
    ----------
    rows : Rows
        Missing numbers count as the mean of those present in the class.
    label : int
    count : int
        How many clusters.
    model : scikit-learn clusterer with ``n_clusters`` and ``cluster_centers_``
        It is cloned, and sees the rows in an order that depends on their contents alone.
    each_once : bool, default=False
        Whether a row may be the nearest one of one centre only: a later centre takes the next.

    Returns
    -------
    Centres
    """
    from sklearn.base import clone
    from sklearn.exceptions import ConvergenceWarning

    own, space = rows.of(label), space_of(rows)
    numbers, absent = _filled(rows.numbers[own])
    X, starts = _indicated(numbers, rows.codes[own], np.sqrt(space.unlike / 2))
    with warnings.catch_warnings():
        # That there are too few distinct rows is told in a note.
        warnings.simplefilter("ignore", ConvergenceWarning)
        centres = clone(model).set_params(n_clusters=count).fit(X).cluster_centers_
    made = np.array(centres[:, : numbers.shape[1]], dtype="float64")
    codes = np.empty((count, rows.codes.shape[1]), dtype="int32")
    for i, (start, end) in enumerate(pairwise(starts.tolist())):
        shares = centres[:, start:end]
        codes[:, i] = np.where(shares.any(axis=1), shares.argmax(axis=1), -1) if end > start else -1
    near = _nearest(space, rows, own, made, codes, each_once=each_once)
    made[:, absent] = np.nan
    _, kinds = np.unique(np.hstack([numbers, rows.codes[own]]), axis=0, return_index=True)
    return Centres(made, codes, near, len(kinds) >= count)


def _filled(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers without gaps, and which columns hold nothing."""
    lacking = np.isnan(numbers)
    if not lacking.any():
        return numbers, np.zeros(numbers.shape[1], dtype=bool)
    count = (~lacking).sum(axis=0)
    means = np.divide(np.nansum(numbers, axis=0), count, where=count > 0, out=np.zeros(len(count)))
    return np.where(lacking, means, numbers), count == 0


def _indicated(numbers: np.ndarray, codes: np.ndarray, height: float) -> tuple[Any, np.ndarray]:
    """Return numbers with an indicator of each level beside them, and where each column's start."""
    widths = codes.max(axis=0, initial=-1) + 1
    starts = numbers.shape[1] + np.concatenate([[0], np.cumsum(widths)]).astype("int64")
    if not codes.shape[1]:
        return numbers, starts
    from scipy import sparse

    lines, columns = np.nonzero(codes >= 0)
    # scikit-learn takes places of 32 bits.
    places = (codes[lines, columns] + starts[columns] - numbers.shape[1]).astype("int32")
    lines = lines.astype("int32")
    shape = (len(codes), int(widths.sum()))
    levels = sparse.csr_array((np.full(len(lines), height), (lines, places)), shape=shape)
    return sparse.csr_matrix(sparse.hstack([sparse.csr_array(numbers), levels])), starts


def _nearest(
    space: Space,
    rows: Rows,
    own: np.ndarray,
    numbers: np.ndarray,
    codes: np.ndarray,
    *,
    each_once: bool,
) -> np.ndarray:
    """Return the position of the row nearest to each centre."""
    both = Space(
        np.concatenate([rows.numbers[own], numbers]),
        np.concatenate([rows.codes[own], codes]) if codes.shape[1] else None,
        space.unlike,
    )
    here, there = np.arange(len(own)), len(own) + np.arange(len(numbers))
    found = nearest(both, 1, there, here).indices[:, 0]
    if each_once:
        first = np.unique(found, return_index=True)[1]
        free = np.ones(len(own), dtype=bool)
        free[found[first]] = False
        for later in np.setdiff1d(np.arange(len(found)), first).tolist():
            found[later] = nearest(both, 1, there[[later]], np.flatnonzero(free)).indices[0, 0]
            free[found[later]] = False
    taken: np.ndarray = own[found]
    return taken
