"""What the values of pictures mean: which one is white. Decided for a whole array, not for each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from dataprep.errors import DataError
from dataprep.images.arrays import array_of

if TYPE_CHECKING:
    import numpy as np

UNIT, BYTE, DEEP = 1, 255, 65_535
"""What white is: in floats, in 8 bits and in 16."""
_CLOSE = 1e-3
"""A part of the range: what lies so little outside does so by rounding."""
_LEAST = 2.0
"""Floats up to here are neither clearly from 0 to 1, nor clearly from 0 to 255."""
_AT_A_TIME = 2**22
_lock = Lock()


def white_of(path: Path, member: str | None = None) -> int:
    """Return which value is white in the pictures of a file; see `dataprep.images.arrays.array_of`.

    The type and the largest value of all pictures tell: a dark one is as dark as it is.

    Raises
    ------
    DataError
        When they do not tell.
    """
    state = path.stat()
    # The first that asks goes through all values, the others wait for what it finds.
    with _lock:
        low, high = _bounds(path, member, state.st_mtime_ns, state.st_size)
    dtype = array_of(path, member).dtype
    try:
        return white_among(dtype, low, high)
    except DataError as error:
        raise DataError(error.message, place=str(path), remedy=error.remedy) from None


def white_among(dtype: np.dtype, low: float, high: float) -> int:
    """Return which value is white among values of a type, from their smallest and largest one.

    Examples
    --------
    >>> import numpy as np
    >>> white_among(np.dtype("int16"), 0, 3000), white_among(np.dtype("float32"), 0.0, 0.9)
    (65535, 1)
    >>> white_among(np.dtype("float32"), -1.0, 1.0)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: array: values of float32 from -1 to 1: which of them is white is \
not clear. Store them as uint8, or as floats from 0 to 1.
    """
    whites = (BYTE, DEEP) if dtype.kind in "ui" else (UNIT, BYTE) if dtype.kind == "f" else ()
    for white in whites:
        unclear = dtype.kind == "f" and white == BYTE and high <= _LEAST
        if -_CLOSE * white <= low and high <= white * (1 + _CLOSE) and not unclear:
            return white
    raise DataError(
        f"values of {dtype} from {low:g} to {high:g}: which of them is white is not clear",
        place="array",
        remedy="Store them as uint8, or as floats from 0 to 1.",
    )


def as_bytes(values: np.ndarray, white: int) -> np.ndarray:
    """Return values as bytes: of 16 bits the upper 8, of others the nearest."""
    import numpy as np

    if white == DEEP:
        return (values.clip(0, DEEP).astype("uint16") >> 8).astype("uint8")
    floats = values.astype("float64") * (BYTE / white)
    return np.asarray(np.rint(np.clip(floats, 0, BYTE)), dtype="uint8")


@lru_cache(1024)
def _bounds(path: Path, member: str | None, _changed: int, _size: int) -> tuple[float, float]:
    """Return the smallest and the largest value of an array, by parts."""
    import numpy as np

    array = array_of(path, member)
    if array.dtype.kind not in "uif" or not array.size:
        return 0.0, 0.0
    rows = max(1, _AT_A_TIME // max(1, array[0].size))
    low, high = np.inf, -np.inf
    for start in range(0, len(array), rows):
        part = array[start : start + rows]
        # Those two pass by what is no number.
        low = min(low, float(np.fmin.reduce(part, axis=None)))
        high = max(high, float(np.fmax.reduce(part, axis=None)))
    return low, high
