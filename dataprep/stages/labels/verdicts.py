"""Verdicts on labels, and the classes that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.parts import label_of

if TYPE_CHECKING:
    from dataprep.kinds import Kind

_TOLD = 50
"""So many pairs of classes are told a program."""


@dataclass(frozen=True)
class Verdicts:
    """What a method says of labels.

    Parameters
    ----------
    rows : array of int64, shape (n,)
        The numbers of the rows that were judged, ascending.
    y : array of int64, shape (n,)
        Their labels, as positions among ``labels``.
    labels : list
        The classes, in order.
    quality : array of shape (n,)
        From 0 to 1: the lower, the likelier is the label wrong.
    wrong : array of bool, shape (n,)
    likely : array of int64, shape (n,)
        The class that is likelier; -1 where none is.
    lead : array of shape (n,)
        By how much it is likelier than the label.
    told : sequence of str
        What a person should know beside the counts.
    facts : dict
        What a program should know.
    """

    rows: np.ndarray
    y: np.ndarray
    labels: list[Any]
    quality: np.ndarray
    wrong: np.ndarray
    likely: np.ndarray
    lead: np.ndarray
    told: Sequence[str] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def named(self, code: int) -> str:
        """Return a class as text."""
        return label_of(self.labels[code])


def coded_labels(values: np.ndarray, kind: Kind) -> tuple[list[Any], np.ndarray]:
    """Return the classes of a column in order, and their positions; -1 where one is missing.

    Examples
    --------
    >>> coded_labels(np.array([1.0, np.nan, 0.0]), "boolean")
    ([False, True], array([ 1, -1,  0]))
    """
    if values.dtype == object:
        present = np.array([value is not None for value in values], dtype=bool)
    else:
        present = ~np.isnan(values)
    y = np.full(len(values), -1, dtype="int64")
    labels, y[present] = np.unique(values[present], return_inverse=True)
    # A matrix holds truth values as numbers.
    return (labels.astype(bool) if kind == "boolean" else labels).tolist(), y


def pairs_of(found: Verdicts) -> list[dict[str, Any]]:
    """Return how many rows of a label seem to be of which other class, most first."""
    k = len(found.labels)
    here = found.wrong & (found.likely >= 0)
    # Only the pairs that there are: classes may be thousands.
    cells, counts = np.unique(found.y[here] * k + found.likely[here], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_TOLD]
    return [
        {"label": found.named(cell // k), "suggested": found.named(cell % k), "rows": rows}
        for cell, rows in zip(cells[order].tolist(), counts[order].tolist(), strict=True)
    ]
