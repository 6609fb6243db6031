"""Parts drawn at random: by a row's number, or by the key of what it is about."""

from __future__ import annotations

from typing import Any

import numpy as np

from dataprep.draw import PRIME, integers, uniform

_BEYOND = 2**62
"""A cut that no row reaches."""
_ROWS = 2**31


def order_of(rows: Any, seed: int) -> Any:
    """Return a number for each row number by which rows are in random order; no two are equal.

    Parameters
    ----------
    rows : array of int64, or narwhals expression
    seed : int

    Examples
    --------
    >>> np.argsort(order_of(np.arange(6), seed=0)).tolist()
    [1, 5, 3, 0, 4, 2]
    """
    return integers(rows, PRIME, seed, "split") * _ROWS + rows % _ROWS


def cuts_of(codes: np.ndarray, order: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the numbers at which one part of a stratum ends and the next begins.

    Parameters
    ----------
    codes : array of int64 of shape (n_rows,)
        The stratum of each row.
    order : array of int64 of shape (n_rows,)
        From `order_of`.
    sizes : array of int64 of shape (n_strata, n_parts)
        How many rows of each stratum go into each part.

    Returns
    -------
    array of int64 of shape (n_strata, n_parts - 1)
    """
    small = codes.astype("int16" if len(sizes) < 2**15 else "int64")
    by_stratum = order[np.argsort(small, kind="stable")]
    ends = np.cumsum(sizes.sum(axis=1))
    cuts = np.full((len(sizes), sizes.shape[1] - 1), _BEYOND)
    for stratum, end in enumerate(ends):
        height = int(sizes[stratum].sum())
        here = by_stratum[end - height : end]
        after = np.cumsum(sizes[stratum, :-1])
        inside = after[after < height]
        if inside.size:
            cuts[stratum, : inside.size] = np.partition(here, inside)[inside]
    return cuts


def places_by_cuts(codes: np.ndarray, order: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return the place of the part of each row, from the cuts of its stratum.

    Examples
    --------
    >>> codes, order = np.array([0, 0, 0, 1, 1, 1]), order_of(np.arange(6), seed=0)
    >>> cuts = cuts_of(codes, order, np.array([[1, 2], [2, 1]]))
    >>> places_by_cuts(codes, order, cuts).tolist()
    [1, 0, 1, 0, 1, 0]
    """
    places = np.zeros(len(codes), dtype="int64")
    for cut in cuts.T:
        places += order >= cut[codes]
    return places


def places_by_key(
    keys: np.ndarray, test: float, validation: float, folds: int | None, seed: int
) -> np.ndarray:
    """Return the place of the part of each key; it depends on the key and the shares alone.

    Parameters
    ----------
    keys : array of int64 of shape (n_rows,)
    test, validation : float
        Shares; a larger one takes what a smaller one did, and more.
    folds : int, optional
    seed : int

    Examples
    --------
    >>> places_by_key(np.arange(8), test=0.25, validation=0.25, folds=None, seed=0).tolist()
    [1, 2, 2, 2, 1, 2, 2, 2]
    """
    drawn = uniform(keys, seed, "split by key")
    held_out = [share for share in (test, validation) if share]
    places = sum((drawn >= bound).astype("int64") for bound in np.cumsum(held_out))
    if not folds:
        return places if held_out else np.zeros(len(keys), dtype="int64")
    in_fold = integers(keys, folds, seed, "fold by key")
    return np.where(drawn < test, 0, in_fold + 1) if test else in_fold
