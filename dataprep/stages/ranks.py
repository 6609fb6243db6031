"""Ranks of values among learned quantiles, from 0 to 1 or as a normal variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_NEAR = 1e-7
"""How near to 0 or 1 a rank may come before its normal value is cut."""


def rank_of(values: Any, quantiles: Sequence[float]) -> Any:
    """Return the ranks of values among quantiles at equal distances.

    Parameters
    ----------
    values : array of float64 of shape (n,)
        NaN where missing.
    quantiles : sequence of float
        In rising order; they may repeat.

    Returns
    -------
    array of float64 of shape (n,)
        From 0 to 1; of a quantile that repeats, the middle of its ranks, but 0 or 1 at the ends.

    Examples
    --------
    >>> rank_of(np.array([-5.0, 1.0, 2.0, 9.0]), [0.0, 1.0, 1.0, 1.0, 4.0]).round(3).tolist()
    [0.0, 0.5, 0.833, 1.0]
    """
    known = np.asarray(quantiles, dtype="float64")
    ranks = np.linspace(0.0, 1.0, len(known))
    # From below and from above: among equal quantiles, interpolation finds one end only.
    upward = np.interp(values, known, ranks)
    downward = -np.interp(-values, -known[::-1], -ranks[::-1])
    found = (upward + downward) / 2
    found[values <= known[0]] = 0.0
    found[values >= known[-1]] = 1.0
    found[np.isnan(values)] = np.nan
    return found


def normal_of(values: Any, quantiles: Sequence[float]) -> Any:
    """Return the same ranks as values of a standard normal variable, cut at about 5.2."""
    from scipy.special import ndtri

    found = rank_of(values, quantiles)
    end = -ndtri(_NEAR - np.spacing(1))
    return np.clip(ndtri(found), -end, end)
