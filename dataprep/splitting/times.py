"""Parts by time: the last rows are held out, and rows of one moment stay together."""

from __future__ import annotations

import numpy as np

from dataprep.errors import DataError


def first_moments(times: np.ndarray, wanted: np.ndarray) -> list[float]:
    """Return the first moment of each part but the last one, which holds the earliest rows.

    Parameters
    ----------
    times : array of float64 of shape (n_rows,)
        No gaps.
    wanted : array of int64 of shape (n_parts,)
        Rows of each part, the latest part first.

    Returns
    -------
    list of float, descending
        Each part has as near as possible the rows that it is to have, and at least one.

    Raises
    ------
    DataError
        When there are fewer moments than parts.

    Examples
    --------
    >>> first_moments(np.array([1.0, 2.0, 2.0, 3.0, 3.0, 4.0]), np.array([1, 2, 3]))
    [4.0, 3.0]
    >>> first_moments(np.array([5.0, 5.0, 5.0]), np.array([1, 2]))
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: split.time: 1 different time, and 2 parts; rows of one time are \
never torn apart. Ask for fewer parts, or split in another way.
    """
    moments, counts = np.unique(times, return_counts=True)
    if len(moments) < len(wanted):
        raise DataError(
            f"{len(moments)} different time{'s' * (len(moments) != 1)}, and {len(wanted)} parts; "
            "rows of one time are never torn apart",
            place="split.time",
            remedy="Ask for fewer parts, or split in another way.",
        )
    since = np.cumsum(counts[::-1])[::-1]
    firsts: list[float] = []
    highest, total = len(moments), 0
    for part, rows in enumerate(wanted[:-1]):
        total += int(rows)
        lowest = len(wanted) - 1 - part
        candidates = np.arange(lowest, highest)
        nearest = candidates[np.argmin(np.abs(since[candidates] - total))]
        firsts.append(float(moments[nearest]))
        highest = int(nearest)
    return firsts


def places_by_time(times: np.ndarray, firsts: list[float]) -> np.ndarray:
    """Return the place of the part of each moment.

    Examples
    --------
    >>> places_by_time(np.array([1.0, 2.0, 3.0, 4.0]), [4.0, 3.0]).tolist()
    [2, 2, 1, 0]
    """
    places = np.zeros(len(times), dtype="int64")
    for first in firsts:
        places += times < first
    return places
