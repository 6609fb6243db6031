"""Columns as levels: the distinct texts of a column, and which of them each row holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.kinds import Kind


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
    order = sorted(range(len(texts)), key=texts.__getitem__)
    place = np.empty(len(texts) + 1, dtype=np.int64)
    place[order] = np.arange(len(texts))
    place[-1] = -1
    return Levels(place[codes], [texts[i] for i in order])


def _text_of(value: Any, kind: Kind) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("integer", "float"):
        return f"{value:.15g}"
    return str(np.datetime64(value, "us")) if kind in ("date", "timestamp") else str(value)


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
