"""Labels that spread over a graph of nearest rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """What came of spreading.

    Parameters
    ----------
    shares : array of shape (n_rows, n_classes)
        How much of each class arrived at a row; a row sums to one, or holds zeros where nothing
        arrived.
    rounds : int
    converged : bool
    """

    shares: np.ndarray
    rounds: int
    converged: bool


def spread(
    neighbours: np.ndarray,
    own: np.ndarray,
    n_classes: int,
    *,
    alpha: float = 0.2,
    max_iter: int = 30,
    tol: float = 1e-3,
) -> Spread:
    """Return how much of each class reaches each row from those that have a label.

    Every round a row takes ``alpha`` of what its neighbours have, and ``1 - alpha`` of its own
    label. The graph is sparse: a round takes as long as there are links.

    Parameters
    ----------
    neighbours : array of int64, shape (n_rows, k)
        The positions of the nearest rows of each, itself left out.
    own : array of int64, shape (n_rows,)
        Codes of labels from 0 on; negative where there is none.
    n_classes : int
    alpha : float, default=0.2
        In (0, 1).
    max_iter : int, default=30
    tol : float, default=1e-3
        The sum of all changes at which it ends.

    Returns
    -------
    Spread

    Notes
    -----
    As in scikit-learn's ``LabelSpreading(kernel="knn")``, whose ``n_neighbors`` counts the row
    itself: links are not made mutual, and have the weight ``1 / sqrt(d_i d_j)``, where ``d`` is how
    many rows have the row as a neighbour.

    References
    ----------
    D. Zhou, O. Bousquet, T. N. Lal, J. Weston and B. Schölkopf, "Learning with Local and Global
    Consistency", NIPS 2003 (published 2004).

    Examples
    --------
    >>> chain = np.array([[1, 2], [0, 2], [1, 3], [2, 4], [3, 2]])
    >>> spread(chain, np.array([0, -1, -1, -1, 1]), 2).shares.argmax(axis=1).tolist()
    [0, 0, 0, 1, 1]
    """
    from scipy import sparse

    height, k = neighbours.shape
    # Nobody's neighbour: it gives nothing, and what it takes is as from a row with one.
    degree = np.sqrt(np.maximum(1, np.bincount(neighbours.ravel(), minlength=height)))
    weights = 1 / (degree[neighbours] * degree[:, None])
    starts = np.arange(height + 1, dtype="int64") * k
    graph = sparse.csr_array((weights.ravel(), neighbours.ravel(), starts), shape=(height, height))
    found = np.zeros((height, n_classes))
    labelled = np.flatnonzero(own >= 0)
    found[labelled, own[labelled]] = 1.0
    moved, rounds, converged = float(len(labelled)), 0, False
    while rounds < max_iter:
        if moved < tol:
            converged = True
            break
        # Three arrays of all rows and classes, no more: these may be many.
        before, found = found, graph @ found
        found *= alpha
        found[labelled, own[labelled]] += 1 - alpha
        before -= found
        moved = float(np.abs(before, out=before).sum())
        rounds += 1
    total = found.sum(axis=1, keepdims=True)
    np.divide(found, total, out=found, where=total > 0)
    return Spread(found, rounds, converged)
