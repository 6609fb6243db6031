"""What it means that two training rows are near."""

from __future__ import annotations

import numpy as np

from dataprep.neighbours import Space
from dataprep.resampling.rows import Rows


def unlike_levels(rows: Rows, members: np.ndarray) -> float:
    """Return the squared distance of two unlike levels: SMOTENC's.

    It is the square of the median, over the numeric columns, of the members' standard deviation;
    1 where they have no number.

    Parameters
    ----------
    rows : Rows
    members : array of int
        Positions: a class that is added to, or all rows.

    References
    ----------
    N. V. Chawla et al., "SMOTE: Synthetic Minority Over-sampling Technique", JAIR 16, 2002, 6.1.
    """
    if not rows.codes.shape[1]:
        return 0.0
    numbers = rows.numbers[members]
    present = ~np.isnan(numbers).all(axis=0)
    if not present.any():
        return 1.0
    return float(np.median(np.nanstd(numbers[:, present], axis=0)) ** 2)


def space_of(rows: Rows) -> Space:
    """Return training rows as points; two unlike levels are as far apart as in SMOTENC.

    Parameters
    ----------
    rows : Rows
    """
    if not rows.codes.shape[1]:
        return Space(rows.numbers)
    return Space(rows.numbers, rows.codes, unlike_levels(rows, np.arange(len(rows))))


def by_contents(rows: Rows) -> np.ndarray:
    """Return the positions of rows in an order that does not depend on where they stand."""
    columns = [*rows.numbers.T, *rows.codes.T]
    return np.lexsort([rows.y, *columns[::-1]])
