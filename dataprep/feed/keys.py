"""The keys of pictures: what random numbers about a picture are drawn by."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

_BITS = 61
"""Room is left for the number of an epoch."""
_TURN = 0x1E3779B97F4A7C15
"""Odd, so that no two turns below 2**61 fall together."""


def keys_of(references: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Return the key of each picture: a hash of its reference, not its place among the others.

    So a picture keeps its looks where other rows are rejected, added or moved. Rows that refer to
    the same picture, as over-sampling makes them, have keys of their own, in their order.

    Parameters
    ----------
    references : sequence of str or bytes

    Returns
    -------
    array of int64 of shape (n,)
        From 0 to 2**61.

    Examples
    --------
    >>> a, b, again = keys_of(["a.png", "b.png", "a.png"]).tolist()
    >>> len({a, b, again}), keys_of(["b.png", "a.png"]).tolist() == [b, a]
    (3, True)
    """
    before: dict[bytes, int] = {}
    digests = []
    for given in references:
        text = given if isinstance(given, bytes) else str(given).encode()
        copy = before.get(text, 0)
        before[text] = copy + 1
        digests.append(blake2b(text, digest_size=8, salt=copy.to_bytes(8, "little")).digest())
    words = np.frombuffer(b"".join(digests), "<u8").astype("uint64") >> np.uint64(64 - _BITS)
    return words.astype("int64")


def turned_keys(keys: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Return the keys of pictures that come again in an epoch; those of their first turn stay.

    Parameters
    ----------
    keys : array of int64 of shape (n,)
        What `keys_of` gave.
    turns : array of int64 of shape (n,)
        How often each one came before.
    """
    mixed = keys.astype("uint64") + turns.astype("uint64") * np.uint64(_TURN)
    found: np.ndarray = (mixed & np.uint64(2**_BITS - 1)).astype("int64")
    return found
