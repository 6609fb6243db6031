"""The level of a new row: the one that most of its parent's neighbours have."""

from __future__ import annotations

import numpy as np

from dataprep.resampling.draws import Draws

MISSING = -1


def voted(levels: np.ndarray, own: np.ndarray, who: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the most frequent level among each parent's neighbours.

    Parameters
    ----------
    levels : array of shape (n_parents, k), int
        The levels that each parent's neighbours have, -1 where missing.
    own : array of shape (n_parents,), int
        The parents' own levels: taken where no neighbour has one.
    who : array of shape (n_new,), int
        The parent of each new row.
    drawn : array of shape (n_new,), float in [0, 1)
        Decides among levels with equally many votes, for each new row.

    Returns
    -------
    array of shape (n_new,), int32

    Examples
    --------
    >>> levels = np.array([[2, 2, 0], [1, 0, -1], [-1, -1, -1]])
    >>> who, drawn = np.array([0, 1, 1, 2]), np.array([0.9, 0.1, 0.9, 0.5])
    >>> voted(levels, np.array([0, 0, 3]), who, drawn).tolist()
    [2, 0, 1, 3]
    """
    ranked = np.sort(levels, axis=1)
    # Votes are counted once for each parent, however many rows it has.
    votes = np.zeros(ranked.shape, dtype="int32")
    for place in range(ranked.shape[1]):
        votes += ranked == ranked[:, place : place + 1]
    votes[ranked == MISSING] = 0
    best = (votes == votes.max(axis=1, keepdims=True)) & (votes > 0)
    best[:, 1:] &= ranked[:, 1:] != ranked[:, :-1]
    ties = best.sum(axis=1)
    # The tied levels stand first, in ascending order: argsort is stable.
    first = np.take_along_axis(ranked, np.argsort(~best, axis=1, kind="stable"), axis=1)
    first[ties == 0, 0] = own[ties == 0]
    pick = (drawn * ties[who]).astype("int64")
    taken: np.ndarray = first[who, pick]
    return taken.astype("int32")


def voted_rows(
    codes: np.ndarray, parents: np.ndarray, near: np.ndarray, who: np.ndarray, draws: Draws
) -> np.ndarray:
    """Return the voted levels of new rows, column by column.

    Parameters
    ----------
    codes : array of shape (n_rows, n_columns), int
    parents : array of shape (n_parents,), int
        Positions in ``codes``.
    near : array of shape (n_parents, k), int
        The positions of each parent's neighbours.
    who : array of shape (n_new,), int
        Which of the parents each new row has.
    draws : Draws

    Returns
    -------
    array of shape (n_new, n_columns), int32
    """
    made = np.empty((len(who), codes.shape[1]), dtype="int32")
    for place, column in enumerate(codes.T):
        drawn = draws.unit(f"level {place}", len(who))
        made[:, place] = voted(column[near], column[parents], who, drawn)
    return made
