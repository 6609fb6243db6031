"""Columns as levels: the distinct texts of a column, and which of them each row holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ulp
from typing import Any

import numpy as np

from dataprep.kinds import Kind

LARGEST_EXACT = 2.0**53
"""From here on a float does not tell whole numbers apart."""


@dataclass(frozen=True)
class Levels:
    """A column as its distinct texts.

    Parameters
    ----------
    codes : array of int64, shape (n_rows,)
        Position of each row's text in ``texts``; -1 where the cell is missing.
    texts : list of str
        Sorted.
    """

    codes: np.ndarray
    texts: list[str]

    @property
    def counts(self) -> np.ndarray:
        """How many rows hold each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def tally(self) -> dict[str, int]:
        """Return how many rows hold each text, by text."""
        return dict(zip(self.texts, self.counts.tolist(), strict=True))

    def spread(self, by_level: np.ndarray, missing: Any) -> np.ndarray:
        """Return what is known of each text for each row; ``missing`` where the cell is."""
        known: np.ndarray = np.append(by_level, np.array([missing], dtype=by_level.dtype))
        rows: np.ndarray = known[self.codes]
        return rows


def levels_of(values: np.ndarray, kind: Kind) -> Levels:
    """Return a column of `dataprep.table.Table.matrix` as levels.

    Examples
    --------
    >>> levels_of(np.array([2.0, np.nan, 10.0, 2.0]), "integer").texts
    ['10', '2']
    """
    from pandas import factorize

    codes, found = factorize(values)
    texts = [_text_of(value, kind) for value in found]
    distinct = sorted(set(texts))
    place = {text: i for i, text in enumerate(distinct)}
    return Levels(np.array([*(place[text] for text in texts), -1])[codes], distinct)


def _text_of(value: Any, kind: Kind) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("integer", "float"):
        return _digits(float(value))
    return str(np.datetime64(value, "us")) if kind in ("date", "timestamp") else str(value)


def _digits(number: float) -> str:
    """Return a number's digits; what is a last bit off 15 of them was rounded: 0.1 + 0.2 is 0.3."""
    if number.is_integer() and abs(number) < LARGEST_EXACT:
        return str(int(number))
    short = f"{number:.15g}"
    return short if abs(float(short) - number) <= 2 * ulp(number) else repr(number)


def values_of(texts: np.ndarray, kind: Kind) -> np.ndarray:
    """Return texts, or None, as the values of a column: what `levels_of` does, backwards.

    Examples
    --------
    >>> values_of(np.array(["10", None], dtype=object), "integer").tolist()
    [10.0, nan]
    """
    if kind == "boolean":
        known: Mapping[str | None, float] = {"true": 1.0, "false": 0.0}
        return np.array([known.get(t, np.nan) for t in texts])
    if kind in ("integer", "float"):
        return np.array([np.nan if t is None else float(t) for t in texts])
    if kind in ("date", "timestamp"):
        return np.array(
            [np.datetime64("NaT") if t is None else np.datetime64(t) for t in texts],
            dtype="datetime64[us]",
        )
    return texts
