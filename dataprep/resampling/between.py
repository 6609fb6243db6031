"""New rows on the way from a row to one of its neighbours: what SMOTE and its kin share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dataprep.resampling.draws import Draws
from dataprep.resampling.rows import Births, Rows
from dataprep.resampling.votes import voted_rows


def drawn_between(
    rows: Rows, parents: np.ndarray, near: np.ndarray, who: np.ndarray, draws: Draws
) -> Births:
    """Put each new row somewhere between its parent and one of the parent's neighbours.

    Parameters
    ----------
    rows : Rows
    parents : array of shape (n_parents,), int
        Positions in ``rows``.
    near : array of shape (n_parents, k), int
        The positions of each parent's neighbours.
    who : array of shape (n_new,), int
        Which of ``parents`` each new row has.
    draws : Draws

    Returns
    -------
    Births
        With a neighbour and a step in [0, 1) drawn for each; levels by vote.
    """
    count = len(who)
    other = near[who, draws.whole("neighbour", count, near.shape[1])]
    step = draws.unit("step", count)
    levels = voted_rows(rows.codes, parents, near, who, draws) if rows.codes.shape[1] else None
    return Births(parents[who], other, step, None, levels)


def drawn_parents(among: np.ndarray, count: int, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Draw a parent for each new row.

    Parameters
    ----------
    among : array of shape (n,), int
        Positions, ordered by contents.
    count : int
    draws : Draws

    Returns
    -------
    parents : array of shape (n_parents,), int
        Those that were drawn: only they need neighbours.
    who : array of shape (count,), int
        Which of ``parents`` each new row has.
    """
    drawn = draws.whole("row", count, len(among))
    used = np.bincount(drawn, minlength=len(among)) > 0
    return among[used], (np.cumsum(used) - 1)[drawn]


def scaled(births: Births, by: float | np.ndarray) -> Births:
    """Return new rows with other steps; a negative step leads away from the neighbour."""
    return replace(births, step=None if births.step is None else births.step * by)


def together(made: Sequence[Births]) -> Births | None:
    """Return the new rows of several classes as one."""

    def joined(name: str) -> np.ndarray | None:
        parts = [getattr(births, name) for births in made]
        return None if parts[0] is None else np.concatenate(parts)

    if not made:
        return None
    parents = np.concatenate([births.parent_a for births in made])
    return Births(parents, *(joined(n) for n in ("parent_b", "step", "numbers", "codes")))
