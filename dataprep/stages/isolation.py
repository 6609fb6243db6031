"""Isolation forests as plain arrays: learned by scikit-learn, kept and applied without it."""

from __future__ import annotations

from typing import Any

import numpy as np

Tree = dict[str, list[Any]]
"""Nodes in the order of a walk that goes left first, so that a left child follows its parent.

``column``: what the node asks, -1 at a leaf; ``value``: rows up to it go left, at a leaf the length
of the path; ``right``: the position of the right child.
"""

Forest = dict[str, Any]
"""``usual``: the path length that scores 0.5; ``trees``: a list of `Tree`."""


def learned(X: np.ndarray, n_estimators: int, max_samples: int, random_state: int) -> Forest:
    """Return a forest as plain JSON.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
    n_estimators : int
    max_samples : int
        How many rows each tree sees; all of them where there are fewer.
    random_state : int

    Returns
    -------
    Forest
    """
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(
        n_estimators=n_estimators,
        max_samples=min(max_samples, len(X)),
        random_state=random_state,
    ).fit(X)
    trees = [_plain(estimator.tree_) for estimator in forest.estimators_]
    return {"usual": float(_path_length(np.array([forest.max_samples_]))[0]), "trees": trees}


def _plain(tree: Any) -> Tree:
    """Return scikit-learn's tree, which it keeps in the order that `Tree` needs."""
    leaf = tree.children_left < 0
    depth = np.zeros(len(leaf))
    for node in np.flatnonzero(~leaf):
        depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    # Rows are compared as float32: the nearest such number from below decides alike, in less text.
    split = tree.threshold.astype("float32")
    split = np.where(split > tree.threshold, np.nextafter(split, np.float32(-np.inf)), split)
    lengths = depth + _path_length(tree.n_node_samples)
    return {
        "column": np.where(leaf, -1, tree.feature).tolist(),
        "value": [
            float(f"{length:.12g}") if end else float(f"{value:.9g}")
            for end, length, value in zip(leaf, lengths, split, strict=True)
        ],
        "right": np.where(leaf, 0, tree.children_right).tolist(),
    }


def _path_length(rows: np.ndarray) -> np.ndarray:
    """Return the mean length of an unsuccessful search among so many rows.

    References
    ----------
    F. T. Liu, K. M. Ting and Z.-H. Zhou, "Isolation Forest", ICDM 2008, equation 1.
    """
    rows = np.maximum(rows.astype("float64"), 1.0)
    with np.errstate(divide="ignore"):
        long = 2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows
    return np.where(rows <= 1, 0.0, np.where(rows <= 2, 1.0, long))


def scores(X: np.ndarray, forest: Forest) -> np.ndarray:
    """Return how easily each row is isolated: near 1 at once, 0.5 as easily as most.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
    forest : Forest

    Returns
    -------
    array of shape (n_rows,)
        scikit-learn's ``-score_samples``.
    """
    X = X.astype("float32")
    rows = np.arange(len(X))
    total = np.zeros(len(X))
    for tree in forest["trees"]:
        column = np.array(tree["column"])
        value = np.array(tree["value"])
        right = np.array(tree["right"])
        split = value.astype("float32")
        node = np.zeros(len(X), dtype="int64")
        inner = np.flatnonzero(column[node] >= 0)
        while len(inner):
            at = node[inner]
            goes_left = X[rows[inner], column[at]] <= split[at]
            node[inner] = np.where(goes_left, at + 1, right[at])
            inner = inner[column[node[inner]] >= 0]
        total += value[node]
    mean = total / len(forest["trees"])
    # Trees that saw a single row know nothing.
    usual = forest["usual"]
    return 2.0 ** -(mean / usual) if usual else np.full(len(X), 0.5)
