"""Under-sampling that keeps the rows nearest to the smallest class, by their mean distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataprep.neighbours import Space, nearest
from dataprep.resampling.edited import smallest_class
from dataprep.resampling.rounding import by_product, known_to_scikit_learn, rounding
from dataprep.resampling.rows import Rows
from dataprep.resampling.spaces import by_contents, space_of

_ROWS_TOGETHER = 256
"""scikit-learn multiplies blocks of so many rows: a row has the same bits in its own block."""
_PAIRS_AT_A_TIME = 2**20


def near_misses(
    rows: Rows, wanted: Mapping[int, int], version: int, k: int, k_first: int
) -> np.ndarray:
    """Return which rows NearMiss keeps.

    Parameters
    ----------
    rows : Rows
    wanted : mapping of int to int
        Rows to keep, by class.
    version : {1, 2, 3}
        Kept are the rows with the smallest mean distance

        1. to their ``k`` nearest rows of the smallest class;
        2. to their ``k`` farthest rows of the smallest class;
        3. or with the *largest* to their ``k`` nearest, among those that are one of the ``k_first``
           nearest to some row of the smallest class.
    k, k_first : int
        No more than the smallest class, or the one that loses rows, has rows.

    Returns
    -------
    array of bool, shape (n,)

    Notes
    -----
    The same rows as imbalanced-learn's, the first of equals too: where rounding could decide,
    scikit-learn is asked what imbalanced-learn asks it.
    """
    kept = np.ones(len(rows.y), dtype=bool)
    space = space_of(rows)
    # Of equal rows the first are kept: imbalanced-learn's, where it takes such rows at all.
    start = np.arange(len(rows)) if known_to_scikit_learn(space) else by_contents(rows)
    few = start[rows.y[start] == smallest_class(rows.y[start])]
    for label, height in wanted.items():
        own = start[rows.y[start] == label]
        # The third version keeps only rows near some of the few, however many are wanted.
        if height >= len(own) and version != 3:
            continue
        kept[own] = False
        if version == 3:
            own = _near_some(space, few, own, k_first)
        kept[_Totals(space, own, few, k, version).first(height)] = True
    return kept


def _near_some(space: Space, few: np.ndarray, own: np.ndarray, k: int) -> np.ndarray:
    """Return which rows are among the k nearest of some of the few."""
    found = nearest(space, min(k + 1, len(own)), few, own, itself=True).indices
    some = found[:, :k].copy()
    if k < len(own):
        apart = space.squares(few, found[:, k]) - space.squares(few, found[:, k - 1])
        slack = rounding(space, few, own)
        unclear = (slack > 0) & (apart <= slack)
        if unclear.any():
            if by_product(space.numbers.shape[1], len(own), k):
                unclear[:] = True
            model = _model(space, own, k)
            some[unclear] = own[model.kneighbors(space.numbers[few[unclear]])[1]]
    return own[np.isin(own, some)]


class _Totals:
    """The distances of rows to a few others, summed, and what rounding may change about that.

    Parameters
    ----------
    space : Space
    own, few : arrays of int
        Positions: whose distances, and to whom.
    k : int
        How many distances are summed: the smallest, or the largest in the second version.
    version : {1, 2, 3}
    """

    def __init__(
        self, space: Space, own: np.ndarray, few: np.ndarray, k: int, version: int
    ) -> None:
        self.space, self.own, self.few, self.k, self.version = space, own, few, k, version
        # Squared distances by a product are those of scikit-learn but for rounding: its, and ours.
        error = 2 * rounding(space, own, few)[:, None]
        squares = self._farthest() if version == 2 else self._nearest()
        apart = np.sqrt(squares)
        self.totals: np.ndarray = apart.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.slack = np.fmin(np.sqrt(error), error / apart).sum(axis=1)
        # Sums round as well.
        self.slack[self.slack > 0] += 1e-12 * self.totals[self.slack > 0]

    def first(self, height: int) -> np.ndarray:
        """Return the rows with the smallest totals (the largest in the third version)."""
        if height >= len(self.own):
            return self.own
        totals = -self.totals if self.version == 3 else self.totals
        low, high = totals - self.slack, totals + self.slack
        least, most = (np.partition(x, height - 1)[height - 1] for x in (low, high))
        surely = high < least
        unclear = np.flatnonzero(~surely & (low <= most))
        room = height - int(surely.sum())
        if room < len(unclear):
            values = totals[unclear]
            if self.slack.any():
                asked = self._asked(unclear)
                values = -asked if self.version == 3 else asked
            # Of equal ones the first.
            unclear = unclear[np.argsort(values, kind="stable")[:room]]
        chosen: np.ndarray = self.own[np.concatenate([np.flatnonzero(surely), unclear])]
        return chosen

    def _nearest(self) -> np.ndarray:
        found = nearest(self.space, self.k, self.own, self.few, itself=True).indices
        rows = np.repeat(self.own, self.k)
        return self.space.squares(rows, found.ravel()).reshape(-1, self.k)

    def _farthest(self) -> np.ndarray:
        numbers = self.space.numbers
        plain = known_to_scikit_learn(self.space)
        others = numbers[self.few]
        norms = np.einsum("ij,ij->i", others, others)
        found = np.empty((len(self.own), self.k))
        step = max(1, _PAIRS_AT_A_TIME // len(self.few))
        for start in range(0, len(self.own), step):
            rows = self.own[start : start + step]
            if plain:
                here = numbers[rows]
                squares = norms - 2 * (here @ others.T)
                squares += np.einsum("ij,ij->i", here, here)[:, None]
            else:
                pairs = np.repeat(rows, len(self.few)), np.tile(self.few, len(rows))
                squares = self.space.squares(*pairs).reshape(len(rows), -1)
            last = np.partition(squares, len(self.few) - self.k, axis=1)[:, -self.k :]
            found[start : start + step] = np.maximum(last, 0.0)
        return found

    def _asked(self, at: np.ndarray) -> np.ndarray:
        """Return the totals of some rows as scikit-learn computes them for imbalanced-learn."""
        model, numbers = _model(self.space, self.few, self.k), self.space.numbers[self.own]
        many = len(self.few) if self.version == 2 else self.k
        blocks = [at]
        if by_product(numbers.shape[1], len(self.few), self.k):
            starts = np.unique(at // _ROWS_TOGETHER) * _ROWS_TOGETHER
            ends = np.minimum(starts + _ROWS_TOGETHER, len(numbers))
            blocks = [np.arange(*bounds) for bounds in zip(starts, ends, strict=True)]
        found = [
            np.sum(model.kneighbors(numbers[block], many)[0][:, -self.k :], axis=1)
            for block in blocks
        ]
        return np.concatenate(found)[np.isin(np.concatenate(blocks), at)]


def _model(space: Space, rows: np.ndarray, k: int) -> Any:
    """Return scikit-learn's search among some rows, as imbalanced-learn sets it up."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k).fit(space.numbers[rows])
