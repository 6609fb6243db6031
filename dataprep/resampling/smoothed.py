"""A smoothed bootstrap: rows drawn again, and moved a little."""

from __future__ import annotations

import numpy as np

from dataprep.draw import normal


def noise(numbers: np.ndarray, height: int, shrinkage: float, seed: int, name: str) -> np.ndarray:
    """Return normal noise of the bandwidth that suits a class.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_numbers)
        The class' rows, NaN where missing.
    height : int
        How many rows of noise.
    shrinkage : float
        A factor of the bandwidth.
    seed : int
    name : str
        What the draws are for.

    Returns
    -------
    array of shape (height, n_numbers)
        In each column of standard deviation ``shrinkage * h * s``, where s is that of the column
        and ``h = (4 / ((d + 2) n)) ** (1 / (d + 4))`` for n rows of d numbers.

    References
    ----------
    G. Menardi and N. Torelli, "Training and assessing classification rules with imbalanced data",
    Data Mining and Knowledge Discovery 28, 2014.
    """
    rows, columns = numbers.shape
    bandwidth = (4 / ((columns + 2) * max(1, rows))) ** (1 / (columns + 4))
    turns = np.arange(height)
    made = np.empty((height, columns))
    for i in range(columns):
        present = numbers[:, i][~np.isnan(numbers[:, i])]
        spread = float(present.std()) if len(present) else 0.0
        made[:, i] = normal(turns, seed, f"{name}/noise {i}") * (shrinkage * bandwidth * spread)
    return made
