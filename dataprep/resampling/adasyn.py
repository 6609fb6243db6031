"""ADASYN: more new rows where a class is hard to tell from the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataprep.errors import DataError
from dataprep.resampling.between import drawn_between, together
from dataprep.resampling.draws import Maker
from dataprep.resampling.nearby import nearest_others, strangers_near
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.spaces import unlike_levels


def adasyn(rows: Rows, wanted: Mapping[int, int], k: int, maker: Maker) -> Plan:
    """Make rows between neighbours of a class, the more the more strangers are around a row.

    Parameters
    ----------
    rows : Rows
    wanted : mapping of int to int
        About how many rows to make, by class code: each row's share is rounded.
    k : int
        Neighbours of each row.
    maker : Maker

    Returns
    -------
    Plan

    Raises
    ------
    DataError
        Where no row of a class has a stranger near it, or every share rounds to nothing.

    References
    ----------
    H. He, Y. Bai, E. A. Garcia, S. Li, "ADASYN: adaptive synthetic sampling approach for
    imbalanced learning", IJCNN 2008.
    """
    everyone, made = rows.ordered(np.arange(len(rows))), []
    for code, count in wanted.items():
        if not count:
            continue
        members = rows.of(code)
        unlike = unlike_levels(rows, members)
        each = shares(strangers_near(rows, members, everyone, k, unlike), count, maker, code)
        parents = members[each > 0]
        near = nearest_others(rows, parents, members, k, unlike)
        who = np.repeat(np.arange(len(parents)), each[each > 0])
        made.append(drawn_between(rows, parents, near, who, maker.draws(code)))
    return Plan(np.empty(0, dtype="int64"), together(made))


def shares(strangers: np.ndarray, count: int, maker: Maker, code: int) -> np.ndarray:
    """Return how many new rows each row of a class gets.

    Parameters
    ----------
    strangers : array of shape (n,), int
        How many of its neighbours are of another class.
    count : int
        About how many rows are to be made.
    maker : Maker
    code : int
        The class, for messages.

    Returns
    -------
    array of shape (n,), int

    Examples
    --------
    >>> shares(np.array([5, 0, 3, 2]), 10, Maker("adasyn"), 1).tolist()
    [5, 0, 3, 2]
    >>> shares(np.array([0, 0]), 10, Maker("adasyn"), 1)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: adasyn: no row of the class 1 has a row of another class near it. ...
    """
    if not strangers.any():
        raise DataError(
            f"no row of {maker.named(code)} has a row of another class near it",
            place=maker.stage,
            remedy="Use SMOTE, or a larger n_neighbors.",
        )
    each: np.ndarray = np.rint(strangers / strangers.sum() * count).astype("int64")
    if not each.any():
        raise DataError(
            f"{count:,} rows of {maker.named(code)} for "
            f"{np.count_nonzero(strangers):,} of its rows round to none each",
            place=maker.stage,
            remedy="Use SMOTE, or ask for more rows.",
        )
    return each
