"""Parts of whole groups: large ones first, each to where it is needed most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.draw import PRIME, integers
from dataprep.errors import DataError

_ONE_BY_ONE = 20_000
"""Groups that are placed one by one; the many small ones after them are placed together."""
_MOST_CELLS = 2 * 10**8


class Grouped(NamedTuple):
    """The place of each group.

    Parameters
    ----------
    keys : array of int64 of shape (n_groups,), ascending
    places : array of int64 of shape (n_groups,)
    """

    keys: np.ndarray
    places: np.ndarray

    def of(self, keys: np.ndarray) -> np.ndarray:
        """Return the places of rows, by the keys of their groups."""
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: np.ndarray = self.places[at]
        return found


def grouped(
    keys: np.ndarray, codes: np.ndarray, wanted: np.ndarray, seed: int, *, folds: bool
) -> Grouped:
    """Place whole groups, so that each part has about its rows, and about its share of a class.

    Parameters
    ----------
    keys : array of int64 of shape (n_rows,)
        The group of each row.
    codes : array of int64 of shape (n_rows,)
        Its class; all 0 where classes do not matter.
    wanted : array of int64 of shape (n_parts,)
        How many rows each part is to have, training last.
    seed : int
        For the order of groups of about the same size.
    folds : bool
        Whether the parts are folds, none of which is for training alone.

    Raises
    ------
    DataError
        When there are fewer groups than parts, or a group has more rows than training is to have.
        Its attribute ``group`` is the key of that group.

    Examples
    --------
    >>> keys = np.repeat(np.arange(5), [4, 1, 2, 2, 1])
    >>> found = grouped(keys, np.zeros(10, dtype=int), np.array([2, 8]), 0, folds=False)
    >>> np.bincount(found.of(keys)).tolist()
    [2, 8]
    """
    names, inverse = np.unique(keys, return_inverse=True)
    if len(names) < len(wanted):
        raise DataError(
            f"{len(names)} group{'s' * (len(names) != 1)}, and {len(wanted)} parts",
            place="split.group",
            remedy="Ask for fewer parts, or for finer groups.",
        )
    classes = int(codes.max()) + 1
    if len(names) * classes > _MOST_CELLS:
        raise DataError(
            f"{len(names):,} groups of {classes:,} classes are too many to be balanced",
            place="split.group",
            remedy="Give stratify=False.",
        )
    counts = np.bincount(inverse * classes + codes, minlength=len(names) * classes)
    counts = counts.reshape(len(names), classes)
    sizes = counts.sum(axis=1)
    largest = int(np.argmax(sizes))
    if not folds and sizes[largest] > wanted[-1]:
        raise GroupTooLargeError(int(names[largest]), int(sizes[largest]), int(wanted[-1]))
    drawn = integers(names, PRIME, seed, "split by group")
    # By size roughly, so that the seed has a say in which of two similar groups comes first.
    order = np.lexsort((drawn, -np.log2(sizes).astype("int64")))
    targets = np.outer(wanted / wanted.sum(), counts.sum(axis=0))
    places = np.zeros(len(names), dtype="int64")
    filled = np.zeros(targets.shape)
    _place(order[:_ONE_BY_ONE], counts, targets, filled, places)
    rest = order[_ONE_BY_ONE:]
    if len(rest):
        _place_together(rest[np.argsort(drawn[rest])], counts, targets - filled, places)
    return Grouped(names, places)


class GroupTooLargeError(DataError):
    """A group has more rows than training is to have.

    Parameters
    ----------
    group : int
        Its key.
    rows, most : int
        How many it has, and how many there is room for.
    """

    def __init__(self, group: int, rows: int, most: int, name: str = "a group") -> None:
        self.group, self.rows, self.most = group, rows, most
        super().__init__(
            f"{name} has {rows:,} rows, more than the {most:,} that training is to have",
            place="split.group",
            remedy="Ask for less to be held out, or for finer groups.",
        )


def _place(
    order: np.ndarray,
    counts: np.ndarray,
    targets: np.ndarray,
    filled: np.ndarray,
    places: np.ndarray,
) -> None:
    """Give each group to the part that it leaves least full; write into the last two."""
    totals = np.maximum(targets.sum(axis=0), 1)
    room = np.maximum(targets, 1e-9)
    for left, group in zip(range(len(order), 0, -1), order, strict=True):
        rows = counts[group]
        fullness = ((filled + rows) / room) @ (rows / totals)
        if left <= len(filled):
            empty = filled.sum(axis=1) == 0
            # The last groups go where there is none yet.
            fullness[~empty] += np.inf if left <= empty.sum() else 0.0
        place = int(np.argmin(fullness))
        places[group] = place
        filled[place] += rows


def _place_together(
    order: np.ndarray, counts: np.ndarray, lacking: np.ndarray, places: np.ndarray
) -> None:
    """Fill what is lacking with groups in random order, those of each class by themselves."""
    totals = np.maximum(counts.sum(axis=0), 1)
    belongs = np.argmax(counts[order] / totals, axis=1)
    # The rarest class first: the others make up for what comes along with its groups.
    for code in np.argsort(totals):
        here = order[belongs == code]
        if not len(here):
            continue
        rows = counts[here, code]
        need = np.maximum(lacking[:, code], 0)
        need = need if need.sum() else np.ones(len(need))
        ends = np.cumsum(need / need.sum()) * rows.sum()
        places[here] = np.minimum(np.searchsorted(ends, np.cumsum(rows) - rows / 2), len(need) - 1)
        for place in range(len(need)):
            lacking[place] -= counts[here[places[here] == place]].sum(axis=0)
