"""The modes of a column of numbers: where its values gather, and how widely."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np

from dataprep.kinds import few_values

_MOST_MODES = 10
_LEAST_WEIGHT = 0.005
"""A mode of a smaller share of the values is none."""
_PRIOR = 0.01
"""The variance that modes are expected to have, as a share of that of all values; and how many
values it counts as that they are expected in the middle."""
_LARGEST_SAMPLE = 2_000
"""So many order statistics tell the modes of any number of values."""
_SHARED, _SHARED_ROWS = 0.05, 5
"""A value that so large a share of the rows has, and so many rows, is a slot of its own."""
_LARGEST_STEP = 0.99
"""The hyperbolic tangent never gives 1."""


class Modes(TypedDict):
    """What a column of numbers is made of, as plain JSON.

    Parameters
    ----------
    spikes : list of float
        Values that many rows share.
    weights, means, spreads : list of float
        Of the modes of the others: normal distributions.
    low, high : float or None
        The range of the others.
    whole : bool
        Whether all values are whole numbers.
    missing : bool
        Whether there are missing values.
    """

    spikes: list[float]
    weights: list[float]
    means: list[float]
    spreads: list[float]
    low: float | None
    high: float | None
    whole: bool
    missing: bool


def modes_of(column: np.ndarray, random_state: int) -> Modes:
    """Return the modes of a column.

    Parameters
    ----------
    column : array of shape (n_rows,)
        NaN where missing. The order of the rows does not matter.
    random_state : int

    References
    ----------
    L. Xu, M. Skoularidou, A. Cuesta-Infante, K. Veeramachaneni, "Modeling Tabular Data using
    Conditional GAN", NeurIPS 2019: mode-specific normalisation.

    Examples
    --------
    >>> found = modes_of(np.array([0.0] * 30 + [1.0] * 30 + [np.nan]), 0)
    >>> found["spikes"], found["means"], found["missing"]
    ([0.0, 1.0], [], True)
    """
    present = np.sort(column[~np.isnan(column)])
    values, counts = np.unique(present, return_counts=True)
    if few_values(len(values), len(present)):
        shared = np.ones(len(values), dtype=bool)
    else:
        shared = counts >= max(_SHARED_ROWS, _SHARED * len(present))
    others = present[~np.isin(present, values[shared])]
    spikes = values[shared].tolist()
    weights: list[float] = []
    means: list[float] = []
    spreads: list[float] = []
    if len(others) and others[0] == others[-1]:
        spikes = [*spikes, float(others[0])]
        others = others[:0]
    elif len(others):
        weights, means, spreads = _mixture(others, random_state)
    return Modes(
        spikes=spikes,
        weights=weights,
        means=means,
        spreads=spreads,
        low=float(others[0]) if len(others) else None,
        high=float(others[-1]) if len(others) else None,
        whole=bool((values % 1 == 0).all()),
        missing=len(present) < len(column),
    )


def _mixture(values: np.ndarray, random_state: int) -> tuple[list[float], ...]:
    """Return weights, means and standard deviations of a variational mixture of normals."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture
    from threadpoolctl import threadpool_limits

    if len(values) > _LARGEST_SAMPLE:
        at = np.linspace(0, len(values) - 1, _LARGEST_SAMPLE)
        values = values[np.rint(at).astype("int64")]
    centre, scale = float(values.mean()), float(values.std())
    model = BayesianGaussianMixture(
        n_components=max(1, min(_MOST_MODES, len(values) // 5, len(np.unique(values)))),
        # Of one column all kinds of covariance are the same; this one takes the least time.
        covariance_type="diag",
        # The usual ones would widen modes that few values are in, or that are far out.
        covariance_prior=[_PRIOR],
        mean_precision_prior=_PRIOR,
        weight_concentration_prior=0.001,
        random_state=random_state,
    )
    # One thread: sums in another order are other sums, and the fit would follow them.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(((values - centre) / scale)[:, None])
    kept = model.weights_ > _LEAST_WEIGHT
    weights = _rounded(model.weights_[kept] / model.weights_[kept].sum())
    # Rounded before the column's own scale: far from zero, all its values may begin alike.
    means = centre + scale * _rounded(model.means_[kept, 0])
    spreads = scale * _rounded(np.sqrt(model.covariances_[kept, 0]))
    return weights.tolist(), means.tolist(), spreads.tolist()


def _rounded(values: np.ndarray) -> np.ndarray:
    """Return numbers with nine significant digits: the last ones depend on the processor."""
    return np.array([float(f"{value:.9g}") for value in values])


def places_in(
    modes: Mapping[str, Any], column: np.ndarray, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the slot of each number, and how far it is from the mean of its mode.

    Parameters
    ----------
    modes : Modes, or the same as JSON
    column : array of shape (n_rows,)
    drawn : array of shape (n_rows,)
        Uniform numbers in [0, 1): by them a mode is drawn where a number may be of several.

    Returns
    -------
    slots : array of int64, shape (n_rows,)
        Spikes first, then modes, then what is missing.
    steps : array of float64, shape (n_rows,)
        In units of four standard deviations; 0 where the slot is no mode.

    Examples
    --------
    >>> modes = modes_of(np.array([0.0] * 30 + [np.nan]), 0)
    >>> modes |= {"weights": [1.0], "means": [5.0], "spreads": [1.0], "low": 2.0, "high": 9.0}
    >>> slots, steps = places_in(modes, np.array([0.0, 7.0, np.nan]), np.zeros(3))
    >>> slots.tolist(), steps.tolist()
    ([0, 1, 2], [0.0, 0.5, 0.0])
    """
    spikes = np.array(modes["spikes"], float)
    means, spreads = np.array(modes["means"], float), np.array(modes["spreads"], float)
    slots = np.full(len(column), len(spikes) + len(means), dtype="int64")
    steps = np.zeros(len(column))
    present = np.flatnonzero(~np.isnan(column))
    matches = column[present, None] == spikes
    shared = matches.any(axis=1)
    if shared.any():
        slots[present[shared]] = matches[shared].argmax(axis=1)
    others = present[~shared]
    if not len(means):
        return slots, steps
    away = (column[others, None] - means) / spreads
    scores = np.log(np.array(modes["weights"]) / spreads) - 0.5 * away**2
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    running = np.cumsum(chances, axis=1)
    mode = (running < (drawn[others] * running[:, -1])[:, None]).sum(axis=1)
    slots[others] = len(spikes) + mode
    step = away[np.arange(len(others)), mode] / 4.0
    steps[others] = np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
    return slots, steps
