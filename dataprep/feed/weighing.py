"""Sample weights: of a column, of classes, or both multiplied into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.feed.rows import Held, Rows
from dataprep.parts import WEIGHT
from dataprep.weighting import class_weights

CLASS, SAMPLE = "class", WEIGHT


def asked(weights: Any) -> list[str]:
    """Return the kinds of weights that were asked for, as a list of words."""
    if weights is None:
        return []
    listed = list(weights) if isinstance(weights, list | tuple) else [weights]
    for word in listed:
        if not isinstance(word, str):
            raise ConfigError(
                f"{word!r} names no weights",
                place="weights",
                remedy="Give 'sample_weight', 'class', the name of a column, or one with 'class'.",
            )
    columns = [word for word in listed if word != CLASS]
    if len(columns) > 1:
        raise ConfigError(
            f"{' and '.join(map(repr, columns))} are several columns of weights",
            place="weights",
            remedy="Name one, beside 'class' where that is wanted; multiply columns before.",
        )
    return listed


def column_asked(weights: Any) -> str | None:
    """Return the column that was named as weights, where it is none of the two words."""
    return next((word for word in asked(weights) if word not in (CLASS, SAMPLE)), None)


def check_weights(rows: Rows, weights: Any) -> None:
    """Raise where the rows have no such weights."""
    for word in asked(weights):
        if rows.target is None:
            raise ConfigError(
                "weights are for rows with a target", place="weights", remedy="Name the target."
            )
        if word == CLASS and rows.classes is None:
            raise ConfigError(
                f"{rows.target!r} is a number, it has no classes",
                place="weights",
                remedy="Leave 'class' out.",
            )
        if word != CLASS and rows.weight is None:
            raise ConfigError(
                "the rows have no column of weights",
                place="weights",
                remedy="Add the stage class_weight to the pipeline, or say weights='class'."
                if word == SAMPLE
                else did_you_mean(word, rows.kinds),
            )
        if word not in (CLASS, SAMPLE, rows.weight):
            raise ConfigError(
                f"{word!r} are not the weights of these rows, which are {rows.weight!r}",
                place="weights",
                remedy=f"Open them with weight={word!r}, or say weights='sample_weight'.",
            )


def weight_of_class(rows: Rows) -> np.ndarray:
    """Return the weight of each code: over the rows that are fed, weights average 1."""
    found = class_weights({c: n for c, n in rows.class_counts().items() if n})
    return np.array([found.get(label, 1.0) for label in rows.classes or ()], "float32")


def check_values(values: np.ndarray, column: str | None) -> None:
    """Raise where a weight is missing, negative or infinite."""
    wrong = int((~(np.isfinite(values) & (values >= 0))).sum())
    if wrong:
        raise DataError(
            f"{wrong:,} of {len(values):,} weights are missing, negative or infinite",
            place=str(column),
            remedy="Rows that are held out have none: leave weights out for them.",
        )


@dataclass(frozen=True)
class Weigher:
    """One weight for each row: of a column, of its class, or both multiplied.

    Parameters
    ----------
    words : tuple of str
        What was asked for; nothing, where rows are not weighed.
    by_class : array of float32 of shape (n_classes,), optional
        The weight of each code.
    """

    words: tuple[str, ...] = ()
    by_class: np.ndarray | None = None

    @classmethod
    def asked(cls, rows: Rows, weights: Any) -> Weigher:
        """Return what weighs rows as a caller asks.

        Parameters
        ----------
        rows : Rows
        weights : str or list of str, optional
            ``"sample_weight"`` or the name of a column, ``"class"``, or both in a list.
        """
        check_weights(rows, weights)
        words = tuple(asked(weights))
        return cls(words, weight_of_class(rows) if CLASS in words else None)

    def of(self, rows: Held) -> np.ndarray:
        """Return the weight of each row, as float32."""
        found = np.ones(rows.height, "float32")
        if any(word != CLASS for word in self.words) and rows.w is not None:
            check_values(rows.w, rows.weight)
            found *= rows.w
        if self.by_class is not None and rows.y is not None:
            found *= self.by_class[rows.y]
        return found
