"""Under-sampling that keeps the rows which tell a class from the smallest one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataprep.neighbours import nearest
from dataprep.resampling.rounding import by_product, rounding
from dataprep.resampling.rows import Rows
from dataprep.resampling.spaces import space_of


def seeds_of(
    rows: Rows, classes: Sequence[int], count: int, seed: int, name: str
) -> dict[int, np.ndarray]:
    """Return so many rows of each class, drawn by their contents."""
    drawn = {}
    for label in classes:
        drawn[label] = rows.shuffled(label, seed, f"{name}/{label}")[:count]
    return drawn


def condensed(
    rows: Rows,
    classes: Sequence[int],
    seeds: Mapping[int, np.ndarray],
    n_neighbors: int = 1,
) -> np.ndarray:
    """Return which rows Hart's condensed nearest neighbour rule keeps.

    For each of the classes, a store starts with the rows of the smallest class and the seeds. Row
    after row, in their order, what the nearest rows of the store tell wrongly joins it.

    Parameters
    ----------
    rows : Rows
    classes : sequence of int
        The classes that lose rows, the smallest not among them.
    seeds : mapping of int to array of int
        For each of them, the positions of the rows that it starts with.
    n_neighbors : int, default=1
        How many of the nearest rows vote; there must be so many of the smallest class and seeds.

    Returns
    -------
    array of bool, shape (n,)

    Notes
    -----
    The same rows as imbalanced-learn's, in less time: that compares all rows with all of the store
    at each addition. Here a row remembers how near its own class came so far, and a new row of the
    store is compared with those rows alone that are told wrongly: what is told right stays so,
    because only rows of its own class ever join.
    """
    kept = ~np.isin(rows.y, classes)
    smallest = int(np.bincount(rows.y).argmin())
    for label in classes:
        store = _Store(rows, smallest, label, seeds[label], n_neighbors)
        # imbalanced-learn takes positions in the table for positions in the class here, and passes
        # by the rows that are there. The rows kept are to be the same.
        passed = set(seeds[label].tolist())
        waiting = np.flatnonzero(~store.surely_right(slice(None)))
        while len(waiting):
            at, waiting = int(waiting[0]), waiting[1:]
            if at in passed or store.right(at):
                continue
            passed.add(int(store.own[at]))
            store.add(at, waiting)
            waiting = waiting[~store.surely_right(waiting)]
        kept[store.members] = True
    return kept


def one_sided(
    rows: Rows,
    classes: Sequence[int],
    seeds: Mapping[int, np.ndarray],
    n_neighbors: int = 1,
) -> np.ndarray:
    """Return the positions of the rows that one-sided selection keeps before Tomek links go.

    The parameters are those of `condensed`. What the smallest class and the seeds tell wrongly is
    kept; nothing joins them.

    Returns
    -------
    array of int64
        In the order of the classes; in each of those given the seeds come first.
    """
    smallest = int(np.bincount(rows.y).argmin())
    kept = []
    for label in np.unique(rows.y).tolist():
        if label not in classes:
            kept.append(np.flatnonzero(rows.y == label))
            continue
        store = _Store(rows, smallest, label, seeds[label], n_neighbors)
        rest = np.flatnonzero(~np.isin(store.own, seeds[label]))
        kept += [seeds[label], store.own[rest[~store.all_right(rest)]]]
    return np.concatenate(kept)


class _Store:
    """The smallest class and some rows of another, and which of its rows they tell rightly.

    Parameters
    ----------
    rows : Rows
    smallest, label : int
    seeds : array of int
        Positions of the first rows of ``label``.
    k : int
        How many of the nearest rows vote.
    """

    def __init__(self, rows: Rows, smallest: int, label: int, seeds: np.ndarray, k: int) -> None:
        self.rows, self.label, self.k = rows, label, k
        self.space = space_of(rows)
        self.own = np.flatnonzero(rows.y == label)
        self.others = np.flatnonzero(rows.y == smallest)
        self.seeds, self.members = seeds, seeds
        # A row is told rightly once so many of its own class are among its k nearest: where the
        # votes are equal, the first class wins.
        votes = k // 2 if k % 2 == 0 and label < smallest else k // 2 + 1
        self.near = np.full((votes, len(self.own)), np.inf)
        self.limit = self._nearest_others(k - votes + 1)
        self.slack = rounding(self.space, self.own, self.others)
        self.model: Any = None
        self.together: np.ndarray | None = None
        for seed in seeds:
            self._approach(int(seed), np.arange(len(self.own)))

    def add(self, at: int, waiting: np.ndarray) -> None:
        """Take in the row at a position of the class; only the waiting ones look at it."""
        self.members = np.append(self.members, self.own[at])
        self.model = self.together = None
        self._approach(int(self.own[at]), waiting)

    def surely_right(self, at: Any) -> np.ndarray:
        """Tell which rows are told rightly, however distances are rounded."""
        surely: np.ndarray = self.near[-1, at] < self.limit[at] - self.slack[at]
        return surely

    def right(self, at: int) -> bool:
        """Tell whether a row is told rightly, as imbalanced-learn comes upon it."""
        if not self._unclear(at):
            return bool(self.near[-1, at] < self.limit[at])
        # It asks for all rows after each addition, and again for each one when it is its turn:
        # a product of matrices may round differently then.
        together = len(self.members) > len(self.seeds) and self._asked_together()[at]
        return bool(together or self._ask(self.own[[at]])[0])

    def all_right(self, at: np.ndarray) -> np.ndarray:
        """Tell which of some rows are told rightly, as if they were asked for together."""
        right: np.ndarray = self.near[-1, at] < self.limit[at]
        unclear = self._unclear(at)
        if not unclear.any():
            return right
        held = len(self.others) + len(self.members)
        if by_product(self.space.numbers.shape[1], held, self.k):
            right[unclear] = self._ask(self.own[at])[unclear]
        else:
            right[unclear] = self._ask(self.own[at[unclear]])
        return right

    def _unclear(self, at: Any) -> Any:
        """Tell where the rounding of distances could decide."""
        with np.errstate(invalid="ignore"):
            close = np.abs(self.near[-1, at] - self.limit[at]) <= self.slack[at]
        return close & (self.slack[at] > 0)

    def _nearest_others(self, k: int) -> np.ndarray:
        """Return each row's squared distance to the k-th nearest row of the smallest class."""
        if k > len(self.others):
            return np.full(len(self.own), np.inf)
        found = nearest(self.space, k, self.own, self.others).indices[:, -1]
        return self.space.squares(self.own, found)

    def _approach(self, member: int, waiting: np.ndarray) -> None:
        """Let rows note the squared distance of a new one, among the nearest of its class."""
        new = self.space.squares(np.full(len(waiting), member), self.own[waiting])
        for nth in range(len(self.near)):
            here = self.near[nth, waiting]
            self.near[nth, waiting] = np.minimum(here, new)
            new = np.maximum(here, new)

    # ---- what scikit-learn says, where rounding decides

    def _ask(self, positions: np.ndarray) -> np.ndarray:
        if self.model is None:
            from sklearn.neighbors import KNeighborsClassifier

            held = np.concatenate([self.others, self.members])
            model = KNeighborsClassifier(n_neighbors=self.k)
            self.model = model.fit(self.rows.numbers[held], self.rows.y[held])
        told: np.ndarray = self.model.predict(self.rows.numbers[positions]) == self.label
        return told

    def _asked_together(self) -> np.ndarray:
        if self.together is None:
            self.together = self._ask(self.own)
        return self.together
