"""SMOTE, and SMOTENC: the same with columns of levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataprep.resampling.between import drawn_between, drawn_parents, together
from dataprep.resampling.draws import Draws, Maker
from dataprep.resampling.nearby import nearest_others
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.spaces import unlike_levels


def smote(rows: Rows, wanted: Mapping[int, int], k: int, maker: Maker) -> Plan:
    """Make rows between a row and one of the k nearest rows of its class.

    Parameters
    ----------
    rows : Rows
        With columns of levels, the rule is SMOTENC's: two unlike levels are as far apart as the
        median standard deviation of the class's numbers, and a new row takes the level that most
        of its parent's neighbours have, a drawn one where several have equally many votes.
    wanted : mapping of int to int
        How many rows to make, by class code.
    k : int
        Neighbours of each row; each class has more rows than that.
    maker : Maker

    Returns
    -------
    Plan

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
    over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> numbers, y = np.array([[0.0], [1.0], [2.0], [9.0]]), np.array([1, 1, 1, 0])
    >>> rows = Rows(numbers, np.empty((4, 0), dtype="int32"), y, np.arange(4))
    >>> births = smote(rows, {1: 2}, 1, Maker("smote")).births
    >>> births.parent_a.tolist(), births.parent_b.tolist(), births.step.round(2).tolist()
    ([1, 1], [0, 0], [0.99, 0.08])
    """
    made = []
    for code, count in wanted.items():
        if count:
            members = rows.of(code)
            made.append(smote_among(rows, members, count, k, maker.draws(code)))
    return Plan(np.empty(0, dtype="int64"), together(made))


def smote_among(rows: Rows, members: np.ndarray, count: int, k: int, draws: Draws) -> Births:
    """Make rows between some rows of one class, given in key order."""
    parents, who = drawn_parents(members, count, draws)
    near = nearest_others(rows, parents, members, k, unlike_levels(rows, members))
    return drawn_between(rows, parents, near, who, draws)
