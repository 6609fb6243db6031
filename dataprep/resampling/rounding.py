"""Where scikit-learn's distances may differ from exact ones, and how it searches."""

from __future__ import annotations

import numpy as np

from dataprep.neighbours import Space

_TREE_UP_TO = 15


def known_to_scikit_learn(space: Space) -> bool:
    """Tell whether scikit-learn takes such rows: it knows neither gaps nor levels."""
    return not space.levels.shape[1] and not space.gaps()


def rounding(space: Space, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return by how much squared distances by a product of matrices may be wrong.

    Parameters
    ----------
    space : Space
    rows, others : arrays of int
        Positions: whose distances, and to whom.

    Returns
    -------
    array of shape (n_rows,), float64
        For the squared distance of a row to any of the others, as scikit-learn computes it; zero
        where there are gaps or levels, which it does not take.
    """
    if not known_to_scikit_learn(space):
        return np.zeros(len(rows))
    norms = np.einsum("ij,ij->i", space.numbers, space.numbers)
    slack = 16 * (4 + space.numbers.shape[1]) * np.finfo("float64").eps
    found: np.ndarray = slack * (norms[rows] + norms[others].max(initial=0.0))
    return found


def by_product(width: int, height: int, k: int) -> bool:
    """Tell whether scikit-learn multiplies matrices to find k neighbours, and builds no tree.

    The last bits of a distance then depend on the rows that are asked for together.
    """
    return width > _TREE_UP_TO or k >= height // 2
