"""A learned model of rows: made from training rows, kept as plain JSON, asked for new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.draw import normal, order
from dataprep.errors import DataError
from dataprep.generative.columns import Column, decoded, encoded, learned, spans_of, width_of
from dataprep.generative.decoder import Decoder, altered
from dataprep.generative.network import Settings, trained
from dataprep.table import steady

_ROWS_AT_A_TIME = 4_000
"""So many rows are made at a time: of each there is a score for every level of every column."""


@dataclass(frozen=True)
class Model:
    """What makes rows of a class.

    Parameters
    ----------
    columns : sequence of Column
    n_numbers : int
        How many of the columns, the first ones, hold numbers.
    n_classes : int
    decoder : Decoder
    loss : sequence of float
        After the first epoch and after the last one.
    """

    columns: Sequence[Column]
    n_numbers: int
    n_classes: int
    decoder: Decoder
    loss: Sequence[float]

    @classmethod
    def of(
        cls,
        numbers: np.ndarray,
        codes: np.ndarray,
        y: np.ndarray,
        keys: np.ndarray,
        max_rows: int,
        settings: Settings,
    ) -> Model:
        """Learn from training rows.

        Parameters
        ----------
        numbers, codes : arrays of shape (n_rows, ...)
            NaN, and -1, where missing.
        y : array of shape (n_rows,), int64
            Classes, from 0.
        keys : array of shape (n_rows,), int64
            Of the rows' contents: they order the rows and key the draws.
        max_rows : int
            To how many rows training keeps; rare classes keep theirs.
        settings : Settings
        """
        columns = learned(numbers, codes, settings.seed)
        if not width_of(columns):
            raise DataError(
                "no column of numbers or levels has two values: there is nothing to learn",
                place="tabular_vae.columns",
                remedy="Use RandomOverSampler.",
            )
        few = _drawn(y, keys, max_rows, settings.seed)
        X = encoded(columns, numbers[few], codes[few], keys[few], settings.seed)
        n_classes = int(y.max()) + 1
        decoder, loss = trained(X, y[few], n_classes, spans_of(columns), settings)
        ends = [steady(loss[0]), steady(loss[-1])]
        return cls(columns, numbers.shape[1], n_classes, decoder, ends)

    def rows(self, label: int, count: int, seed: int, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return new rows of a class, as numbers and codes; the first ones of more are the same."""
        starts = range(0, max(count, 1), _ROWS_AT_A_TIME)
        turns = [np.arange(start, min(start + _ROWS_AT_A_TIME, count)) for start in starts]
        numbers, codes = zip(*(self._part(label, part, seed, name) for part in turns), strict=True)
        return np.concatenate(numbers), np.concatenate(codes)

    def _part(
        self, label: int, turns: np.ndarray, seed: int, name: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return new rows by their running numbers."""
        width = self.decoder.width - self.n_classes
        codes = [normal(turns, seed, f"{name}/code {i}") for i in range(width)]
        flags = np.zeros((len(turns), self.n_classes))
        flags[:, label] = 1.0
        raw = self.decoder(np.column_stack([*codes, flags]))
        deviations = self.decoder.deviations
        return decoded(self.columns, raw, deviations, self.n_numbers, turns, seed, name)

    def to_state(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "columns": list(self.columns),
            "n_numbers": self.n_numbers,
            "n_classes": self.n_classes,
            "loss": list(self.loss),
            "decoder": self.decoder.to_state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Model:
        """Return what `to_state` gave as plain JSON.

        Raises
        ------
        DataError
            Where the weights are not those of the columns and classes.
        """
        decoder = Decoder.from_state(state["decoder"])
        columns, n_classes = state["columns"], state["n_classes"]
        width = width_of(columns)
        if len(decoder.deviations) != width or decoder.width <= n_classes:
            raise altered(f"they are not of {width} numbers and {n_classes} classes")
        return cls(columns, state["n_numbers"], n_classes, decoder, state["loss"])


def _drawn(y: np.ndarray, keys: np.ndarray, max_rows: int, seed: int) -> np.ndarray:
    """Return the rows to learn from, ordered by contents: of large classes some."""
    counts = np.bincount(y)
    # The largest cap of the classes under which they are few enough.
    heights = np.sort(counts[counts > 0])
    left, cap = max_rows, 1
    for i, height in enumerate(heights):
        cap = max(1, left // (len(heights) - i))
        if height > cap:
            break
        left, cap = left - height, int(height)
    parts = []
    for label in np.flatnonzero(counts):
        own = np.flatnonzero(y == label)
        drawn = np.argsort(order(keys[own], seed, "learned from"), kind="stable")
        parts.append(own[drawn[: max(cap, 1)]])
    few = np.concatenate(parts)
    ordered: np.ndarray = few[np.lexsort((few, keys[few]))]
    return ordered
