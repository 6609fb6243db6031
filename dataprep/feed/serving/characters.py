"""What becomes of single characters in a Unicode form or a case, as arrays."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, cast

import numpy as np

from dataprep.stages.spelling import unmarked

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
FOLD = "fold"
"""Lower case without marks, as levels are compared in."""
_LOWERED = ("lower", FOLD)
_SIGMA = "\u03a3"
"""Its small letter depends on whether a word ends with it."""


class Tables(NamedTuple):
    """Code points and what stands for them.

    Parameters
    ----------
    keys : array of int32
        Those that change, in order.
    starts, lengths : array of int32
        Where in ``values`` the code points that stand for each begin, and how many they are.
    values : array of int32
    alone : array of int32
        Those of a text as it comes of which the neighbours would have to be known.
    loose : array of int32
        Those of a text as it becomes that may combine with what is before them.
    marks, ranks : array of int32
        Combining marks, and their classes: in a normal text these rise.
    ordered : bool
        Whether the classes must rise.
    """

    keys: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    values: np.ndarray
    alone: np.ndarray
    loose: np.ndarray
    marks: np.ndarray
    ranks: np.ndarray
    ordered: bool


@cache
def tables_of(way: str) -> Tables:
    """Return what becomes of every character in a form or a case.

    References
    ----------
    Unicode Standard Annex #15, "Unicode Normalization Forms": a text whose characters pass the
    quick check, and whose marks are in order, is in the form.

    Examples
    --------
    >>> tables = tables_of("upper")
    >>> at = tables.keys.tolist().index(ord("ß"))
    >>> chr(tables.values[tables.starts[at]]), int(tables.lengths[at])
    ('S', 2)
    >>> 0x301 in tables_of("NFC").loose, 0x301 in tables_of("NFD").loose
    (True, False)
    """
    becomes = _becomes(way)
    points = [p for p in range(sys.maxunicode + 1) if not 0xD800 <= p <= 0xDFFF]
    changed = [(p, new) for p in points if (new := becomes(chr(p))) != chr(p)]
    values = [ord(c) for _, new in changed for c in new]
    lengths = np.array([len(new) for _, new in changed], dtype="int32")
    marks = [(p, rank) for p in points if (rank := unicodedata.combining(chr(p)))]
    return Tables(
        keys=_points(p for p, _ in changed),
        starts=(np.cumsum(lengths) - lengths).astype("int32"),
        lengths=lengths,
        values=_points(values or [0]),
        alone=_points(p for p in points if way in _LOWERED and _SIGMA in _decomposed(p)),
        loose=_points(_loose(way, points)),
        marks=_points(p for p, _ in marks),
        ranks=_points(rank for _, rank in marks),
        ordered=way in (*_FORMS, FOLD),
    )


def _becomes(way: str) -> Callable[[str], str]:
    if way in _FORMS:
        return partial(unicodedata.normalize, cast("Any", way))
    found: Callable[[str], str] = unmarked if way == FOLD else getattr(str, way)
    return found


def _decomposed(point: int) -> str:
    return unicodedata.normalize("NFKD", chr(point))


def _loose(way: str, points: list[int]) -> list[int]:
    """Return the code points that may combine with the one before."""
    if way not in ("NFC", "NFKC", FOLD):
        return []
    found = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    for point in points:
        parts = unicodedata.decomposition(chr(point)).split()
        pair = len(parts) == 2 and not parts[0].startswith("<")
        if pair and unicodedata.normalize("NFC", chr(point)) == chr(point):
            found.add(int(parts[1], 16))
    return sorted(found)


@cache
def runs_of_letters() -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last code points of runs of letters and digits.

    Examples
    --------
    >>> first, last = runs_of_letters()
    >>> chr(first[0]), chr(last[0]), chr(first[1]), chr(last[1])
    ('0', '9', 'A', 'Z')
    """
    are = np.array([chr(p).isalnum() for p in range(sys.maxunicode + 1)])
    edges = np.diff(np.concatenate(([0], are.astype("int8"), [0])))
    return _points(np.flatnonzero(edges == 1)), _points(np.flatnonzero(edges == -1) - 1)


def blanks() -> str:
    """Return the characters that Python takes for blanks."""
    return "".join(filter(str.isspace, map(chr, range(0x3001))))


def any_of(characters: str) -> str:
    r"""Return a regular expression of RE2 for one of some characters.

    Examples
    --------
    >>> any_of(" \u3000")
    '[\\x{20}\\x{3000}]'
    """
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in characters) + "]"


def _points(values: Any) -> np.ndarray:
    return np.array(list(values), dtype="int32")
