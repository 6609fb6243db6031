"""What imbalanced-learn's search would answer, for the few rows where rounding or ties decide.

Its neighbours are scikit-learn's. Among equally distant rows those depend on the order in which a
tree or a block of a matrix product is walked, among nearly equal ones on the last bits. So such
rows are asked of scikit-learn itself: with the same data, and as if all rows were asked.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import numpy as np

from dataprep.neighbours.space import at_a_time

_WIDEST_TREE = 15
"""With more columns scikit-learn's "auto" takes no tree."""


class Asked:
    """Scikit-learn's nearest neighbours among some rows, as imbalanced-learn asks for them.

    Parameters
    ----------
    numbers : array of shape (n_all, n_columns), float64
    rows : array of int
        The positions of the rows that are there, in imbalanced-learn's order.
    k : int
        ``n_neighbors`` of the estimator.
    """

    def __init__(self, numbers: np.ndarray, rows: np.ndarray, k: int) -> None:
        self._all, self._rows, self.k = numbers, rows, k
        self.brute = numbers.shape[1] > _WIDEST_TREE or k >= len(rows) // 2

    @cached_property
    def numbers(self) -> np.ndarray:
        """The rows that are there."""
        everyone = np.array_equal(self._rows, np.arange(len(self._all)))
        return np.ascontiguousarray(self._all if everyone else self._all[self._rows])

    def slack(self, rows: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """Return how far off computed squared distances may be, up to the given ones.

        Parameters
        ----------
        rows : array of shape (n_rows,), int
            Positions among all.
        squares : array of shape (n_rows,)
        """
        width = self._all.shape[1]
        finite = np.where(np.isfinite(squares), squares, 0.0)
        if self.brute:
            # The norms of both rows and their product: what is lost is relative to them.
            own = self._norms(rows)
            finite = own + np.square(np.sqrt(own) + np.sqrt(finite))
        found: np.ndarray = 2 * (width + 8) * float(np.finfo("float64").eps) * finite
        return found

    def _norms(self, rows: np.ndarray) -> np.ndarray:
        norms = np.empty(len(rows))
        step = at_a_time(self._all.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            norms[part] = np.square(self._all[rows[part]]).sum(axis=1)
        return norms

    def neighbours(self, queries: np.ndarray, wanted: np.ndarray, k: int) -> np.ndarray:
        """Return the k nearest, themselves among them, of some of the rows that are asked.

        Parameters
        ----------
        queries : array of int
            The positions among all of the rows that imbalanced-learn asks for, in its order.
        wanted : array of int
            For which of those an answer is needed.
        k : int

        Returns
        -------
        array of shape (n_wanted, k), int64
            Positions among all.
        """
        from sklearn.neighbors import NearestNeighbors

        model = NearestNeighbors(n_neighbors=self.k).fit(self.numbers)
        found = self._answers(lambda X: model.kneighbors(X, k, False), queries, wanted)
        nearest: np.ndarray = self._rows[found]
        return nearest

    def classes(self, queries: np.ndarray, wanted: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the classes that a ``KNeighborsClassifier`` predicts for some rows.

        Parameters
        ----------
        queries, wanted : arrays of int
            As in `neighbours`.
        y : array of shape (n_all,)
        """
        from sklearn.neighbors import KNeighborsClassifier

        model = KNeighborsClassifier(n_neighbors=self.k).fit(self.numbers, y[self._rows])
        return self._answers(model.predict, queries, wanted)

    def _answers(self, ask: Any, queries: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        asked, places = in_place(queries, wanted) if self.brute else (queries[wanted], slice(None))
        answers: np.ndarray = ask(self._all[asked])[places]
        return answers


def in_place(queries: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return fewer queries to which scikit-learn gives the same answers, bit for bit.

    It takes queries by blocks, and the last bits of a matrix product may depend on a row's place in
    its block and on the block's height. Of few queries it splits the others among the threads
    instead, which orders equal distances differently.

    Parameters
    ----------
    queries : array of int
    wanted : array of int
        Positions in ``queries``, each at most once.

    Returns
    -------
    asked : array of int
        Of ``queries``: each wanted one at its place in a block, others as a filling.
    places : array of int
        Where in ``asked`` the wanted ones stand.
    """
    from sklearn import get_config

    height = get_config()["pairwise_dist_chunk_size"]
    if len(queries) <= 4 * height * (os.cpu_count() or 1):
        return queries, wanted
    many = 4 * height * _most_threads()
    whole = len(queries) // height * height
    place = wanted % height
    order = np.argsort(place, kind="stable")
    # The running number of each among those with the same place.
    turn = np.empty(len(wanted), "int64")
    turn[order] = np.arange(len(wanted)) - np.searchsorted(place[order], place[order])
    within = wanted < whole
    blocks = max(many // height + 1, int(turn[within].max(initial=-1)) + 1)
    if len(queries) <= many or blocks * height >= whole:
        return queries, wanted
    rest = queries[whole:]
    asked = np.concatenate([np.full(blocks * height, queries[0]), rest])
    places = np.where(within, turn * height + place, blocks * height + wanted - whole)
    asked[places] = queries[wanted]
    return asked, places


def _most_threads() -> int:
    """Return how many threads scikit-learn takes at most."""
    from threadpoolctl import threadpool_info

    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"]
    return int(max([os.cpu_count() or 1, *pools]))
