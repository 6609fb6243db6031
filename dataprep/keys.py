"""Keys of rows and of values: whole numbers that stand for contents, and for nothing else.

A key depends on what a row holds: not on its place, the engine, the machine or the version of a
library. So it can seed a draw, and say next month that a person was here before.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dataprep.engine import Arrays

_ROWS_AT_A_TIME = 32_768
"""Rows whose keys are made at once: they stay in the processor's cache."""
_LONGEST = 256
"""Bytes up to which texts are hashed side by side; longer ones are hashed one by one."""
_WORD = 8
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MISSING = np.uint64(0x6D697373696E6721)


def content_keys(arrays: Arrays, columns: Sequence[str]) -> np.ndarray:
    """Return a key for each row, from what it holds in some columns.

    Parameters
    ----------
    arrays : dict of str to array of shape (n_rows,)
        Columns as `Table.matrix` gives them: float64 with NaN, datetime64 with NaT, or objects
        with None for what is missing.
    columns : sequence of str
        Those that count, in any order: a column's name is part of the key, its place is not.

    Returns
    -------
    array of int64 of shape (n_rows,)
        At least 0 and below 2**62. Rows with the same contents have the same key.

    References
    ----------
    G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
    2014: the mixing function.

    Examples
    --------
    >>> arrays = {"x": np.array([1.0, np.nan, 1.0]), "s": np.array(["a", None, "a"], dtype=object)}
    >>> content_keys(arrays, ["x", "s"]).tolist()
    [4308111495901350328, 1726753345310869866, 4308111495901350328]
    """
    height = len(next(iter(arrays.values()))) if arrays else 0
    keys = np.zeros(height, dtype="uint64")
    salts = [_word_of(name) for name in columns]
    for start in range(0, height, _ROWS_AT_A_TIME):
        here = slice(start, start + _ROWS_AT_A_TIME)
        for name, salt in zip(columns, salts, strict=True):
            # A sum, so that the order of columns does not matter.
            keys[here] += mixed(_bits(arrays[name][here]) ^ salt)
    return _positive(keys)


def value_keys(values: Any, *, apart: bool = False) -> np.ndarray:
    """Return a key for each value, from its text: 5, 5.0 and "5" have the same one.

    Parameters
    ----------
    values : array of shape (n,)
        Numbers, times, or objects (text, whole numbers, None). A time at midnight is its date.
    apart : bool, default=False
        Whether missing values are like no other, nor like each other.

    Returns
    -------
    array of int64 of shape (n,)
        At least 0 and below 2**62; missing values share a key of their own, or where they are kept
        ``apart`` have one each, below 0.

    Examples
    --------
    >>> value_keys(np.array(["a", None, None], dtype=object), apart=True)[1:].tolist()
    [-2, -3]
    >>> a, b = value_keys(np.array([5.0, np.nan])), value_keys(np.array(["5", None], dtype=object))
    >>> bool((a == b).all())
    True
    >>> bool(value_keys(np.array(["05"]))[0] == a[0])
    False
    """
    values = np.asarray(values)
    keys = np.empty(len(values), dtype="uint64")
    for start in range(0, len(values), _ROWS_AT_A_TIME):
        here = slice(start, start + _ROWS_AT_A_TIME)
        keys[here] = _hashed(_texts(values[here]))
    found = _positive(keys)
    if apart:
        found = np.where(keys == _MISSING, -1 - np.arange(len(found)), found)
    return found


def joint_keys(arrays: Sequence[Any]) -> np.ndarray:
    """Return a key for each row of several columns of values; of one, those of `value_keys`.

    Parameters
    ----------
    arrays : sequence of arrays of shape (n,)
        At least one; their order counts, their names do not.

    Examples
    --------
    >>> one, two = np.array(["a", "b"]), np.array(["b", "a"])
    >>> first, second = joint_keys([one, two])
    >>> bool(first == second), bool(joint_keys([one])[0] == value_keys(one)[0])
    (False, True)
    """
    first, *others = (value_keys(values) for values in arrays)
    keys = first.astype("uint64")
    for other in others:
        keys = mixed(keys) + other.astype("uint64")
    return _positive(keys) if others else first


def _positive(keys: np.ndarray) -> np.ndarray:
    return (mixed(keys) >> np.uint64(2)).astype("int64")


def mixed(words: np.ndarray) -> np.ndarray:
    """Return 64 bits for 64 bits, each of which depends on all of the given ones."""
    words = words + _GOLDEN
    words ^= words >> np.uint64(30)
    words *= _FIRST
    words ^= words >> np.uint64(27)
    words *= _SECOND
    words ^= words >> np.uint64(31)
    return words


def _word_of(text: str) -> np.uint64:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_WORD).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _bits(values: np.ndarray) -> np.ndarray:
    """Return 64 bits for each value of a column: equal ones for equal values."""
    if values.dtype.kind == "M":
        moments = values.astype("datetime64[us]")
        return np.where(np.isnat(moments), _MISSING, moments.astype("int64").astype("uint64"))
    if values.dtype.kind in "fiub":
        # Minus zero is zero.
        floats = values.astype("float64") + 0.0
        return np.where(np.isnan(floats), _MISSING, floats.view("uint64"))
    return _hashed(_texts(values))


def _texts(values: np.ndarray) -> Any:
    """Return values as Arrow texts, null where they are missing."""
    import pyarrow as pa

    if values.dtype.kind == "M":
        days = values.astype("datetime64[D]")
        listed = np.where(
            days == values,
            np.datetime_as_string(days),
            np.datetime_as_string(values.astype("datetime64[us]")),
        ).astype(object)
        listed[np.isnat(values)] = None
        return pa.array(listed, pa.large_string())
    if values.dtype.kind in "iu":
        return pa.array(values).cast(pa.large_string())
    if values.dtype.kind in "fb":
        floats = values.astype("float64")
        whole = (np.abs(floats) < 2.0**63) & (np.rint(floats) == floats)
        as_int = np.where(whole, floats, 0).astype("int64")
        if whole.all():
            return pa.array(as_int).cast(pa.large_string())
        listed = np.array(pa.array(as_int, mask=~whole).cast(pa.large_string()), dtype=object)
        for i in np.flatnonzero(~whole & ~np.isnan(floats)):
            listed[i] = repr(float(floats[i]))
        return pa.array(listed, pa.large_string())
    try:
        return pa.array(values, pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        # Whole numbers among the texts, or half a surrogate pair, which is no UTF-8.
        coded = [
            None if v is None or v != v else str(v).encode("utf-8", "surrogatepass")
            for v in values.tolist()
        ]
        return pa.array(coded, pa.large_binary())


def _hashed(texts: Any) -> np.ndarray:
    """Return 64 bits for each text of an Arrow array."""
    offsets = np.frombuffer(texts.buffers()[1], dtype="int64", count=len(texts) + 1)
    held = texts.buffers()[2]
    data = np.zeros(int(offsets[-1]) + _WORD, dtype="uint8")
    if held is not None:
        data[:-_WORD] = np.frombuffer(held, dtype="uint8", count=int(offsets[-1]))
    words = np.ndarray((len(data) - _WORD + 1,), "<u8", data.data, strides=(1,))
    starts, lengths = offsets[:-1], np.diff(offsets)
    hashes = mixed(lengths.astype("uint64"))
    for i in range(-(-min(int(lengths.max(initial=0)), _LONGEST) // _WORD)):
        left = lengths - _WORD * i
        at = np.flatnonzero((left > 0) & (lengths <= _LONGEST))
        # Of the last word only the bytes of the text count, not those of the next text.
        beyond = np.uint64(8) * (_WORD - np.minimum(left[at], _WORD)).astype("uint64")
        word = (words[starts[at] + _WORD * i] << beyond) >> beyond
        hashes[at] = mixed(hashes[at] ^ word)
    for long in np.flatnonzero(lengths > _LONGEST):
        text = data[starts[long] : starts[long] + lengths[long]].tobytes()
        hashes[long] = int.from_bytes(blake2b(text, digest_size=_WORD).digest(), "little")
    if texts.null_count:
        hashes[np.asarray(texts.is_null())] = _MISSING
    return hashes
