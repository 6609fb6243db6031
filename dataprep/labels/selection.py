"""Which rows get a model's label: the surest ones of each class, by shares and caps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dataprep.labels.plurality import most_of


class Selection(NamedTuple):
    """Rows that get a label.

    Parameters
    ----------
    positions : array of int64, shape (n_selected,)
        In rising order.
    codes : array of int64, shape (n_selected,)
        The class of each.
    confidence : array of float64, shape (n_selected,)
    held_back : array of int64
        Positions of rows that are sure enough, but of a class of which only the surest are taken.
    capped : array of int64
        Positions of rows that are sure enough, but one too many.
    """

    positions: np.ndarray
    codes: np.ndarray
    confidence: np.ndarray
    held_back: np.ndarray
    capped: np.ndarray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.positions)

    def like(self, other: Selection) -> bool:
        """Tell whether the same rows have the same labels."""
        return np.array_equal(self.positions, other.positions) and np.array_equal(
            self.codes, other.codes
        )


_NONE = np.empty(0, "int64")
NOTHING = Selection(_NONE, _NONE, np.empty(0), _NONE, _NONE)


def class_rates(counts: np.ndarray, alpha: float) -> np.ndarray:
    """Return the share of its candidates that each class may take: the rarer, the more.

    Parameters
    ----------
    counts : array of int64, shape (n_classes,)
        Labelled rows of each class.
    alpha : float
        0: all candidates of every class. The larger, the fewer of the frequent classes.

    Returns
    -------
    array of shape (n_classes,)
        Of the l-th largest class ``(size of the l-th smallest / size of the largest) ** alpha``;
        classes of one size share theirs, so that the order of classes decides nothing.

    References
    ----------
    C. Wei, K. Sohn, C. Mellina, A. Yuille and F. Yang, "CReST: A Class-Rebalancing Self-Training
    Framework for Imbalanced Semi-Supervised Learning", CVPR 2021: equation 1.

    Examples
    --------
    >>> class_rates(np.array([90, 10, 40]), 0.5).round(2).tolist()
    [0.33, 1.0, 0.67]
    """
    ordered = np.argsort(-counts, kind="stable")
    rates = np.empty(len(counts))
    rates[ordered] = (counts[ordered[::-1]] / counts.max()) ** alpha
    _, size = np.unique(counts, return_inverse=True)
    shared: np.ndarray = (np.bincount(size, rates) / np.bincount(size))[size]
    return shared


def select(
    probabilities: np.ndarray,
    thresholds: np.ndarray,
    rates: np.ndarray,
    ties: np.ndarray,
    *,
    max_per_class: Mapping[int, int] | None = None,
    max_total: int | None = None,
) -> Selection:
    """Return the rows that are given their likeliest class: those that are sure enough of it.

    A row of which two classes are as likely is given none.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
    thresholds, rates : array of shape (n_classes,)
    ties : array of int64, shape (n_rows,)
        Of rows that are equally sure those with the lower number come first.
    max_per_class : mapping of int to int, optional
        The most rows of a class, by its code.
    max_total : int, optional
        The most rows of all classes; each gives up the same share.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.95, 0.05], [0.3, 0.7], [0.45, 0.55]])
    >>> found = select(sure, np.array([0.8, 0.6]), np.array([0.5, 1.0]), np.arange(4))
    >>> found.positions.tolist(), found.codes.tolist()
    ([1, 2], [0, 1])
    """
    given, confidence, _ = most_of(probabilities)
    chosen, places, held_back, capped = [], [], [_NONE], [_NONE]
    for code, (threshold, rate) in enumerate(zip(thresholds, rates, strict=True)):
        own = np.flatnonzero((given == code) & (confidence >= threshold))
        own = own[np.lexsort((ties[own], -confidence[own]))]
        share = int(np.ceil(rate * len(own)))
        most = min(share, (max_per_class or {}).get(code, share))
        held_back.append(own[share:])
        capped.append(own[most:share])
        chosen.append(own[:most])
        places.append((np.arange(most) + 0.5) / max(most, 1))
    positions = np.concatenate(chosen)
    if max_total is not None and len(positions) > max_total:
        ranked = positions[np.lexsort((ties[positions], np.concatenate(places)))]
        positions = ranked[:max_total]
        capped.append(ranked[max_total:])
    positions = np.sort(positions)
    return Selection(
        positions,
        given[positions],
        confidence[positions],
        np.sort(np.concatenate(held_back)),
        np.sort(np.concatenate(capped)),
    )
