"""Clusters of rows, named by those of their members that have a label."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.labels.plurality import most_of


class Clusters(NamedTuple):
    """Rows in clusters.

    Parameters
    ----------
    member_of : array of int64, shape (n_rows,)
        The cluster of each row, from 0 on; none is empty.
    representatives : array of int64, shape (n_clusters,)
        The position of the row nearest to the centre of each, out of those that may be; -1 where
        a cluster has none of them.
    """

    member_of: np.ndarray
    representatives: np.ndarray


class Names(NamedTuple):
    """What the labelled members of clusters say: arrays of shape (n_clusters,).

    Parameters
    ----------
    sizes, labelled : array of int64
        How many members there are, and how many have a label.
    codes : array of int64
        The label that most of these have; -1 where none has one, or two are equally frequent.
    purity : array of float64
        The share of the most frequent label among these; NaN where none has one.
    """

    sizes: np.ndarray
    labelled: np.ndarray
    codes: np.ndarray
    purity: np.ndarray


def clustered(
    X: np.ndarray, n_clusters: int, *, among: np.ndarray | None = None, seed: int = 0
) -> Clusters:
    """Return rows in clusters by k-means; fewer where there are not so many distinct rows.

    Parameters
    ----------
    X : array of shape (n_rows, n_features)
        Numbers without gaps, in the order of row numbers.
    n_clusters : int
    among : array of bool, shape (n_rows,), optional
        The rows that may represent a cluster; all by default.
    seed : int, default=0

    Examples
    --------
    >>> found = clustered(np.array([[0.0], [0.1], [0.2], [9.0], [9.2], [9.3]]), 2)
    >>> bool(found.member_of[0] == found.member_of[2] != found.member_of[4])
    True
    >>> sorted(found.representatives.tolist())
    [1, 4]
    """
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # One thread: sums in another order would put a row between two clusters now here, now there.
    with threadpool_limits(1), warnings.catch_warnings():
        # That there are too few distinct rows shows in the number of clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(min(n_clusters, len(X)), n_init=1, random_state=seed).fit(X)
    _, member_of = np.unique(model.labels_, return_inverse=True)
    member_of = member_of.astype("int64")
    centres = model.cluster_centers_[np.unique(model.labels_)]
    apart = np.square(X - centres[member_of]).sum(axis=1)
    if among is not None:
        apart[~among] = np.inf
    nearest_first = np.lexsort((np.arange(len(X)), apart, member_of))
    starts = np.searchsorted(member_of[nearest_first], np.arange(len(centres)))
    nearest = nearest_first[starts]
    return Clusters(member_of, np.where(np.isinf(apart[nearest]), -1, nearest))


def named(member_of: np.ndarray, own: np.ndarray, n_classes: int) -> Names:
    """Return what each cluster is, by its labelled members.

    Parameters
    ----------
    member_of : array of int64, shape (n_rows,)
    own : array of int64, shape (n_rows,)
        Codes of labels; negative where there is none.
    n_classes : int

    Examples
    --------
    >>> found = named(np.array([0, 0, 0, 0, 1]), np.array([1, 1, 0, -1, -1]), 2)
    >>> found.codes.tolist(), found.purity.round(2).tolist(), found.labelled.tolist()
    ([1, -1], [0.67, nan], [3, 0])
    """
    sizes = np.bincount(member_of)
    known = own >= 0
    cells = member_of[known] * n_classes + own[known]
    counts = np.bincount(cells, minlength=len(sizes) * n_classes).reshape(len(sizes), n_classes)
    labelled = counts.sum(axis=1)
    most = most_of(counts / np.maximum(1, labelled)[:, None])
    return Names(sizes, labelled, most.codes, np.where(labelled > 0, most.shares, np.nan))
