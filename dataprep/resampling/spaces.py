"""What it means that two training rows are near, for methods that clean by neighbours."""

from __future__ import annotations

import numpy as np

from dataprep.neighbours import Space
from dataprep.resampling.rows import Rows


def space_of(rows: Rows) -> Space:
    """Return training rows as points; two unlike levels are as far apart as in SMOTENC.

    That is, each level stands for an indicator of half the median standard deviation of the
    numbers. Without numbers all that counts is how many levels are unlike.

    Parameters
    ----------
    rows : Rows

    References
    ----------
    N. V. Chawla et al., "SMOTE: Synthetic Minority Over-sampling Technique", JAIR 16, 2002, 6.1.
    """
    if not rows.codes.shape[1]:
        return Space(rows.numbers)
    present = [column[~np.isnan(column)] for column in rows.numbers.T]
    spreads = [float(values.std()) for values in present if len(values)]
    median = float(np.median([spread for spread in spreads if spread > 0] or [2**0.5]))
    return Space(rows.numbers, rows.codes, unlike=median * median / 2)


def by_contents(rows: Rows) -> np.ndarray:
    """Return the positions of rows in an order that does not depend on where they stand."""
    columns = [*rows.numbers.T, *rows.codes.T]
    return np.lexsort([rows.y, *columns[::-1]])
