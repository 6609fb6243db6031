"""Columns as codes of their distinct values, so that each value is cleaned and kept once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from dataprep.kinds import NUMERIC, Kind
from dataprep.table import ROW, Table

How = Literal["word", "phrase", "code", "number", "date", "equal"]
"""How two values of a column are compared: see `dataprep.linkage.comparing`."""
_SIGNS = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", " "))
LONGEST = 300
"""So many signs of a text are compared: the first and the last half of them."""
_DIGITS, _WORD = re.compile(r"\d+"), re.compile(r"[^\W\d_]{3}")
_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


@dataclass(frozen=True)
class Coded:
    """A column of a table, as codes.

    Parameters
    ----------
    name : str
    how : str
        How two of its values are compared.
    codes : array of int32, shape (n_rows,)
        Places in ``values``; -1 where the value is missing.
    values : array of str objects, shape (n_distinct,)
        Distinct cleaned values in order, those longer than `LONGEST` without their middle.
    numbers : array of float64, shape (n_distinct,), optional
        The same as quantities; dates in days.
    """

    name: str
    how: How
    codes: np.ndarray
    values: np.ndarray
    numbers: np.ndarray | None = None

    @property
    def present(self) -> np.ndarray:
        """Where there is a value."""
        return np.asarray(self.codes >= 0)

    def counts(self) -> np.ndarray:
        """Return how many rows have each value."""
        return np.bincount(self.codes[self.present], minlength=len(self.values))

    @cached_property
    def numbered(self) -> tuple[np.ndarray, np.ndarray]:
        """The numbers among the words of each value, as places (-1: none) in the sets of them."""
        sets: dict[frozenset[str], int] = {frozenset(): -1}
        places = [
            sets.setdefault(numbers_among_words(value), len(sets) - 1)
            for value in self.values.tolist()
        ]
        return np.array(places, dtype="int32"), _objects(list(sets)[1:])

    def taken(self, rows: np.ndarray) -> Coded:
        """Return the column of some rows; its values stay."""
        return Coded(self.name, self.how, self.codes[rows], self.values, self.numbers)


def coded(
    table: Table, columns: Sequence[str], among: np.ndarray | None = None
) -> tuple[np.ndarray, list[Coded]]:
    """Return the row numbers, and the columns as codes, one in memory as it is at a time.

    Parameters
    ----------
    table : Table
    columns : sequence of str
    among : array of bool, shape (height,), optional
        Which rows, in the order of their numbers; by default all.

    Returns
    -------
    rows : array of int64, shape (n_rows,), ascending
    columns : list of Coded
    """
    rows, found = np.empty(0, dtype="int64"), []
    for name in columns:
        arrays = table.matrix([name])
        order = np.argsort(arrays[ROW], kind="stable")
        order = order if among is None else order[among]
        rows = arrays[ROW][order]
        found.append(code_column(name, table.kinds[name], arrays[name][order]))
    return rows, found


def code_column(name: str, kind: Kind, values: np.ndarray) -> Coded:
    """Return one column as codes of its cleaned distinct values."""
    if kind in NUMERIC or kind == "boolean":
        return _code_numbers(name, "number" if kind in NUMERIC else "equal", values)
    if kind in ("date", "timestamp"):
        moments = values.astype("datetime64[us]").astype("int64").astype("float64") / _DAY
        moments[np.isnat(values)] = np.nan
        return _code_numbers(name, "date", moments)
    if values.dtype.kind == "f":
        # Names made of digits, in a column of numbers.
        names = np.full(len(values), None, dtype=object)
        present = np.isfinite(values)
        names[present] = [f"{value:.15g}" for value in values[present].tolist()]
        values = names
    return _code_texts(name, values)


def _code_numbers(name: str, how: How, values: np.ndarray) -> Coded:
    present = np.isfinite(values)
    distinct, places = np.unique(values[present], return_inverse=True)
    codes = np.full(len(values), -1, dtype="int32")
    codes[present] = places
    # No whole number is larger than 64 bits: those are measurements.
    whole = bool(((distinct == np.floor(distinct)) & (np.abs(distinct) < 2**63)).all())
    if how == "date" and len(distinct):
        days = np.floor(distinct).astype("int64").astype("datetime64[D]")
        texts = [text.replace("-", "") for text in days.astype(str).tolist()]
    elif whole:
        texts = [f"{value:.0f}" for value in distinct.tolist()]
    else:
        # Digits of a measurement say little: only how far two values lie apart counts.
        texts = [""] * len(distinct)
    return Coded(name, how, codes, _objects(texts), distinct)


def _code_texts(name: str, values: np.ndarray) -> Coded:
    import pandas as pd

    places, distinct = pd.factorize(values)
    cleaned = [cleaned_text(str(value)) for value in distinct]
    words = sorted({*cleaned} - {""})
    at = {word: i for i, word in enumerate(words)}
    # The last entry is where a missing value's place, -1, leads to.
    lookup = np.array([*(at.get(word, -1) for word in cleaned), -1], dtype="int32")
    # Told apart by all their signs, compared by some: the cost of a pair is bounded.
    shown = [shortened(word) for word in words]
    return Coded(name, how_texts_compare(shown), lookup[places], _objects(shown))


def _objects(texts: Sequence[Any]) -> np.ndarray:
    made = np.empty(len(texts), dtype=object)
    made[:] = texts
    return made


def how_texts_compare(words: Sequence[str]) -> How:
    """Return how a text column is compared, from its distinct values.

    Examples
    --------
    >>> how_texts_compare(["ann", "bob"]), how_texts_compare(["12 high street", "main road"])
    ('word', 'phrase')
    >>> how_texts_compare(["a12", "b13"])
    'code'
    """
    blanks = sum(" " in word for word in words)
    digits = sum(any(sign.isdigit() for sign in word) for word in words)
    if 2 * blanks > len(words):
        return "phrase"
    return "code" if 2 * digits > len(words) else "word"


def numbers_among_words(text: str) -> frozenset[str]:
    """Return the groups of digits of a text with a word in it: a telephone number has none.

    Examples
    --------
    >>> sorted(numbers_among_words("model x12 of 2024")), sorted(numbers_among_words("0113 496"))
    (['12', '2024'], [])
    """
    return frozenset(_DIGITS.findall(text) if _WORD.search(text) else ())


def shortened(text: str) -> str:
    """Return a text of at most `LONGEST` signs, a long one without its middle.

    Examples
    --------
    >>> len(shortened("ab " * 1000))
    300
    """
    half = LONGEST // 2
    return text if len(text) <= LONGEST else text[:half] + text[-half:]


def cleaned_text(text: str) -> str:
    """Return a text without case, accents, signs and surplus blanks.

    Examples
    --------
    >>> cleaned_text("  O'Brien,  JOSÉ ")
    'o brien jose'
    """
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(text.lower().translate(_SIGNS).split())
