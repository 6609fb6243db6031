"""Rows whose neighbours are of other classes: Wilson's edited nearest neighbours, and repeated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np

from dataprep.draw import order
from dataprep.errors import DataError
from dataprep.neighbours import nearest, surely_nearer
from dataprep.resampling.asked import Asked
from dataprep.resampling.rows import Rows
from dataprep.resampling.spaces import by_contents, space_of

Kind = Literal["all", "mode"]
_SPARE = 4
"""So many more neighbours are kept in mind: some of them leave."""
_CROWDED = 0.5
"""Where so many rows lie upon others, most are too close to call."""


class Neighbourhoods:
    """Training rows, and what is known of their nearest ones while rows leave.

    Imbalanced-learn's decisions, ties included. Most rows stay for a plain reason: enough rows of
    their own class, the *witnesses*, are clearly nearer than the nearest strangers. Of the others
    the neighbours are listed; where those are too close to call, scikit-learn is asked. Witnesses
    and lists hold until one of them leaves: what leaves brings no one nearer.

    Parameters
    ----------
    rows : Rows
    k : int
        The largest number of neighbours that will be looked at.
    kind : {"all", "mode"}
        Whether all of them, or the most frequent class among them, must be the row's own.
    varying : bool, default=False
        Whether fewer neighbours will be looked at, too.
    """

    def __init__(self, rows: Rows, k: int, kind: Kind, *, varying: bool = False) -> None:
        self.y, self.k, self.kind, self.varying = rows.y, k, kind, varying
        self.space = space_of(rows)
        self.classes = int(rows.y.max(initial=0)) + 1
        # Scikit-learn knows neither levels nor gaps: there is no one to agree with.
        self.alone = rows.codes.shape[1] > 0 or self.space.gaps()
        self.start = by_contents(rows) if self.alone else np.arange(len(rows))
        self.crowded = not self.alone and _share_of_copies(rows.numbers) > _CROWDED
        self._left = np.zeros(len(rows), bool)
        self._witnesses = np.full((len(rows), k), -1, "int32")
        self._near = np.full((len(rows), k + 1 + _SPARE), -1, "int32")

    def edited(self, alive: np.ndarray, targets: Collection[int], k: int) -> np.ndarray:
        """Return the rows that stay.

        Parameters
        ----------
        alive : array of int
            The rows that are there, in imbalanced-learn's order.
        targets : collection of int
            The classes that may lose rows.
        k : int
            How many neighbours are looked at.

        Returns
        -------
        array of int
            Class by class, as imbalanced-learn goes on with them.
        """
        if k >= len(alive):
            raise DataError(
                f"{k} neighbours of each row are wanted, and there are {len(alive)} rows",
                place="n_neighbors",
                remedy=f"Ask for at most {len(alive) - 1}.",
            )
        stay = []
        for label in range(self.classes):
            rows = alive[self.y[alive] == label]
            if label in targets and len(rows):
                rows = rows[self._stays(rows, alive, label, k)]
            stay.append(rows)
        kept = np.concatenate(stay)
        self._left[alive] = True
        self._left[kept] = False
        return kept

    def _needed(self, label: int, k: int) -> int:
        """Return how many of k neighbours of its own class surely keep a row."""
        if self.kind == "all":
            return k
        # Of equally frequent classes the first is taken.
        return k // 2 + (0 if label == 0 and k % 2 == 0 else 1)

    def _stays(self, rows: np.ndarray, alive: np.ndarray, label: int, k: int) -> np.ndarray:
        peer = Asked(self.space.numbers, alive, k + 1)
        if self.crowded:
            near = peer.neighbours(rows, np.arange(len(rows)), k + 1)[:, 1:]
            return self._agree(self.y[near], label)
        stays = self._witnessed(rows)
        self._look_for_witnesses(rows[~stays & ~self._listed(rows, alive, k)], alive, label, peer)
        stays = self._witnessed(rows)
        open_ = np.flatnonzero(~stays)
        self._list(rows[open_][~self._listed(rows[open_], alive, k)], alive)
        verdict = self._judged(rows[open_], label, k, peer)
        unsure = open_[verdict < 0]
        if len(unsure):
            near = peer.neighbours(rows, unsure, k + 1)[:, 1:]
            verdict[verdict < 0] = self._agree(self.y[near], label)
        stays[open_] = verdict > 0
        return stays

    def _witnessed(self, rows: np.ndarray) -> np.ndarray:
        witnesses = self._witnesses[rows]
        there: np.ndarray = (witnesses[:, 0] >= 0) & ~self._left[witnesses].any(axis=1)
        return there

    def _listed(self, rows: np.ndarray, alive: np.ndarray, k: int) -> np.ndarray:
        """Tell whose list still has one more than k, or everyone."""
        near = self._near[rows]
        there: np.ndarray = ((near >= 0) & ~self._left[near]).sum(axis=1)
        listed: np.ndarray = there >= min(k + 1, len(alive) - 1)
        return listed

    def _look_for_witnesses(
        self, rows: np.ndarray, alive: np.ndarray, label: int, peer: Asked
    ) -> None:
        own = alive[self.y[alive] == label]
        strangers = alive[self.y[alive] != label]
        need = self.k if self.varying else self._needed(label, self.k)
        nth = self.k - need + 1
        # Where strangers are many, it is as well to look at everyone.
        if not len(rows) or not nth <= len(strangers) <= len(own):
            return
        squares = np.square(nearest(self.space, nth, rows, strangers).distances[:, -1])
        if not self.alone:
            squares = squares - 2 * peer.slack(rows, squares)
        shuffled = own[np.argsort(order(own, 0, "witnesses"))]
        radii = np.sqrt(np.maximum(squares, 0.0))
        found = surely_nearer(self.space, radii, need, rows, shuffled)
        # All or none; those that are not needed repeat the first.
        found[found[:, -1] < 0] = -1
        self._witnesses[rows] = found[:, :1]
        self._witnesses[rows, : found.shape[1]] = found

    def _list(self, rows: np.ndarray, alive: np.ndarray) -> None:
        if len(rows):
            count = min(self._near.shape[1], len(alive) - 1)
            self._near[rows] = -1
            self._near[rows, :count] = nearest(self.space, count, rows, alive).indices

    def _judged(self, rows: np.ndarray, label: int, k: int, peer: Asked) -> np.ndarray:
        """Return 1 for rows that stay, 0 for others, -1 where it is too close to call."""
        near = self._near[rows]
        there = (near >= 0) & ~self._left[near]
        # Those that are there come first, in their order.
        near = np.take_along_axis(near, np.argsort(~there, axis=1, kind="stable"), axis=1)
        near = near[:, : k + 1]
        absent = np.arange(near.shape[1]) >= there.sum(axis=1, keepdims=True)
        labels = self.y[near]
        if self.alone:
            return self._agree(labels[:, :k], label).astype("int8")
        squares = self.space.squares(np.repeat(rows, k + 1), near.ravel()).reshape(near.shape)
        squares[absent] = np.inf
        slack = 2 * peer.slack(rows, np.where(absent[:, k], squares[:, k - 1], squares[:, k]))
        core = squares[:, :k] + slack[:, None] < squares[:, k:]
        own = labels[:, :k] == label
        need = self._needed(label, k)
        found = np.full(len(rows), -1, "int8")
        if self.kind == "all" or self.classes == 2:
            found[(core & ~own).sum(axis=1) > k - need] = 0
        whole = core.all(axis=1)
        found[whole] = self._agree(labels[whole, :k], label)
        found[(core & own).sum(axis=1) >= need] = 1
        # A row that another lies upon may be left out in the other's place.
        found[squares[:, 0] <= slack] = -1
        return found

    def _agree(self, labels: np.ndarray, label: int) -> np.ndarray:
        """Tell which rows their neighbours keep, given the neighbours' classes."""
        own = (labels == label).sum(axis=1)
        if self.kind == "all":
            agree: np.ndarray = own == labels.shape[1]
            return agree
        agree = np.ones(len(labels), bool)
        for other in range(self.classes):
            if other != label:
                others = (labels == other).sum(axis=1)
                agree &= own > others if other < label else own >= others
        return agree


def _share_of_copies(numbers: np.ndarray) -> float:
    """Return roughly which share of the rows are copies of others."""
    weights = np.sqrt(np.arange(2.0, numbers.shape[1] + 2))
    sums = np.einsum("ij,j->i", numbers, weights)
    return 1 - len(np.unique(sums)) / max(1, len(sums))


def renewed(strategy: Any, y: np.ndarray, wanted: Mapping[int, int]) -> list[int]:
    """Return the classes that may lose rows, after some have left.

    Parameters
    ----------
    strategy : str, or anything else
        A word means other classes as soon as others are the largest or the smallest.
    y : array of int
        The classes of the rows that are left.
    wanted : mapping of int to int
        What it meant at first.
    """
    labels, counts = np.unique(y, return_counts=True)
    smallest, largest = int(labels[counts.argmin()]), int(labels[counts.argmax()])
    if strategy in ("auto", "not minority"):
        return [int(label) for label in labels if label != smallest]
    if strategy == "not majority":
        return [int(label) for label in labels if label != largest]
    return [largest] if strategy == "majority" else list(wanted)


def smallest_class(y: np.ndarray) -> int:
    """Return the smallest class, among equals the one that comes first in the rows."""
    labels, first, counts = np.unique(y, return_index=True, return_counts=True)
    return int(labels[np.lexsort((first, counts))[0]])


def repeated(
    hoods: Neighbourhoods,
    strategy: Any,
    wanted: Mapping[int, int],
    rounds: Collection[int],
    *,
    until_none_leaves: bool,
    minority_stays_smallest: bool,
) -> tuple[np.ndarray, int]:
    """Return the rows that stay after rounds of editing, and how many rounds there were.

    Parameters
    ----------
    hoods : Neighbourhoods
    strategy, wanted
        As in `renewed`.
    rounds : collection of int
        How many neighbours are looked at in each round.
    until_none_leaves : bool
        Whether to stop when no row left.
    minority_stays_smallest : bool
        Whether to stop when another class has become smaller than the smallest one was.
    """
    y, alive = hoods.y, hoods.start
    smallest = smallest_class(y[alive])
    least, classes = int((y == smallest).sum()), len(np.unique(y))
    turn = 0
    for turn, k in enumerate(rounds, 1):  # noqa: B007 -- how many there were is wanted below
        before = len(alive)
        alive = hoods.edited(alive, renewed(strategy, y[alive], wanted), k)
        labels, counts = np.unique(y[alive], return_counts=True)
        if len(labels) < classes or (until_none_leaves and len(alive) == before):
            break
        if minority_stays_smallest and (counts[labels != smallest] < least).any():
            break
    return alive, turn
