"""Who is near whom: rows of a class among themselves, or among all."""

from __future__ import annotations

import numpy as np

from dataprep.neighbours import Space, nearest
from dataprep.resampling.rows import Rows


def nearest_others(
    rows: Rows, asked: np.ndarray, among: np.ndarray, k: int, unlike: float
) -> np.ndarray:
    """Return the k nearest of each row, itself aside.

    Parameters
    ----------
    rows : Rows
    asked : array of shape (n_asked,), int
        Positions of the rows that ask.
    among : array of shape (n,), int
        Positions, ordered by contents: of equally near rows the first are taken.
    k : int
    unlike : float
        The squared distance of two unlike levels.

    Returns
    -------
    array of shape (n_asked, k), int
        Positions, the nearest first.

    Notes
    -----
    imbalanced-learn takes the nearest k + 1 and leaves out the first, which may be another row
    than the one that asks where two are the same. Here a row is never its own neighbour.
    """
    space = Space(rows.numbers, rows.codes, unlike)
    return nearest(space, k, asked, among).indices


def strangers_near(
    rows: Rows, asked: np.ndarray, everyone: np.ndarray, m: int, unlike: float
) -> np.ndarray:
    """Return how many of the m nearest rows are of another class than the row that asks.

    Parameters
    ----------
    rows : Rows
    asked : array of shape (n_asked,), int
    everyone : array of shape (n,), int
        The positions of all rows, ordered by contents.
    m : int
    unlike : float
        The squared distance of two unlike levels.

    Returns
    -------
    array of shape (n_asked,), int
    """
    near = nearest_others(rows, asked, everyone, m, unlike)
    strangers: np.ndarray = (rows.y[near] != rows.y[asked][:, None]).sum(axis=1)
    return strangers
