"""Correlations of columns with gaps, all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np


def correlations(columns: Sequence[Any], method: Literal["pearson", "spearman"]) -> Any:
    """Return the correlation of each pair of columns over the rows where both are present.

    Parameters
    ----------
    columns : sequence of array of float64 of shape (n_rows,)
        NaN where missing; infinities count as missing.
    method : {"pearson", "spearman"}
        Of the values, or of their ranks within their own column (the mean rank among equals).

    Returns
    -------
    array of float64 of shape (n_columns, n_columns)
        To twelve digits; 0 where a column does not vary over the shared rows, or fewer than three
        rows are shared.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, np.nan])
    >>> correlations([x, x**3], "spearman").tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    values = np.column_stack(columns)
    values[~np.isfinite(values)] = np.nan
    if method == "spearman":
        from scipy.stats import rankdata

        values = rankdata(values, axis=0, nan_policy="omit")
    present = ~np.isnan(values)
    counts = present.sum(axis=0)
    # Around the mean and by the spread, so that products keep their digits; gaps count for nothing.
    filled = np.where(present, values, 0.0)
    centred = np.where(present, filled - filled.sum(axis=0) / np.maximum(counts, 1), 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / np.maximum(counts, 1))
    centred /= np.where(spread > 0, spread, 1.0)
    shared = present.T.astype("float64") @ present
    sums = centred.T @ present
    squares = (centred**2).T @ present
    shared = np.maximum(shared, 1.0)
    products = centred.T @ centred - sums * sums.T / shared
    variation = squares - sums**2 / shared
    scale = np.sqrt(np.maximum(variation, 0.0) * np.maximum(variation.T, 0.0))
    both = np.minimum(variation, variation.T)
    varies = (both > 1e-12 * shared) & (shared >= 3)
    found = np.where(varies, products / np.where(scale > 0, scale, 1.0), 0.0)
    # Products are summed in another order on another machine.
    return np.clip(np.round(found, 12), -1.0, 1.0)
