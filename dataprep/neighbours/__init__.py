"""Nearest rows: the one place that chooses how to search for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dataprep.errors import DataError
from dataprep.neighbours import blocked, boxes, flat, trees
from dataprep.neighbours.space import Neighbours, Space

Search = Callable[[Space, np.ndarray, np.ndarray, int, bool], Neighbours]
_LARGE = 10**8
"""So many pairs are worth the import of faiss."""

__all__ = ["Neighbours", "Space", "nearest", "surely_nearer"]


def nearest(
    space: Space,
    k: int,
    rows: np.ndarray | None = None,
    others: np.ndarray | None = None,
    *,
    itself: bool = False,
    approximate: bool = False,
) -> Neighbours:
    """Return the k nearest of some rows among others.

    Parameters
    ----------
    space : Space
    k : int
        At least 1.
    rows, others : arrays of int, optional
        Positions in the space: whose neighbours, and among whom, each at most once. All rows by
        default. Of equally distant ones the first among ``others`` come first.
    itself : bool, default=False
        Whether a row that is among the others is a neighbour of its own.
    approximate : bool, default=False
        Whether a few of the nearest may be missed, for speed: by faiss (extra "neighbours"), where
        rows are numbers without gaps.

    Returns
    -------
    Neighbours
        Positions in the space, the nearest first, and their distances. Exact: what is computed by
        a matrix product is compared again, pair by pair, where its rounding could matter.

    Raises
    ------
    DataError
        Where there are not k others.
    MissingExtraError
        Where ``approximate`` is asked for and faiss is not installed.

    Notes
    -----
    Beside the arrays: the others in single precision, and 6 MB for each thread.

    Examples
    --------
    >>> space = Space(np.array([[0.0], [1.0], [3.0], [1.0]]))
    >>> nearest(space, k=2).indices.tolist()
    [[1, 3], [3, 0], [1, 3], [1, 0]]
    >>> nearest(space, k=4)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: 4 neighbours wanted of 3 other rows. Ask for at most 3.
    """
    rows, others = _positions(space, rows), _positions(space, others)
    there = len(others) - (0 if itself or not np.isin(rows, others).any() else 1)
    if k > there:
        raise DataError(
            f"{k} neighbours wanted of {there} other rows", remedy=f"Ask for at most {there}."
        )
    space, unit = space.within_reach()
    search = _search(space, len(rows), len(others), k, approximate=approximate)
    found = search(space, rows, others, k, itself)
    return Neighbours(found.indices, found.distances * unit)


def _search(space: Space, height: int, there: int, k: int, *, approximate: bool) -> Search:
    """Return how to search; docs/decisions.md has the measurements."""
    plain = not space.levels.shape[1] and not space.gaps()
    if plain and 0 < space.width <= trees.WIDEST:
        return trees.nearest
    if plain and approximate:
        return flat.approximate
    large = height * there >= _LARGE
    if plain and large and space.width >= flat.NARROWEST and k <= flat.MOST and flat.installed():
        return flat.nearest
    many = min(height, there) >= boxes.FEWEST
    if plain and many and space.width <= boxes.WIDEST and k <= boxes.MOST:
        return boxes.nearest
    return blocked.nearest


def surely_nearer(
    space: Space,
    radii: np.ndarray,
    enough: int,
    rows: np.ndarray | None = None,
    others: np.ndarray | None = None,
) -> np.ndarray:
    """Return some others of each row that are surely nearer than a radius.

    Parameters
    ----------
    space : Space
    radii : array of shape (n_rows,)
    enough : int
        How many are wanted.
    rows, others : arrays of int, optional
        Positions in the space; all by default. A row is none of its own.

    Returns
    -------
    array of int64, shape (n_rows, enough)
        Positions of the first ones, in the order of ``others``, which are searched no further than
        it takes; -1 where there are no more. Rounding never puts one in that is not nearer; it may
        leave one out whose distance is the radius but for rounding.

    Examples
    --------
    >>> space = Space(np.array([[0.0], [1.0], [3.0], [1.5]]))
    >>> surely_nearer(space, np.array([1.2, 0.8, 1.2, 2.0]), enough=2).tolist()
    [[1, -1], [3, -1], [-1, -1], [0, 1]]
    """
    rows, others = _positions(space, rows), _positions(space, others)
    space, unit = space.within_reach()
    return blocked.surely_nearer(space, rows, others, np.square(radii / unit), enough)


def _positions(space: Space, given: np.ndarray | None) -> np.ndarray:
    return np.arange(len(space)) if given is None else np.asarray(given, "int64")
