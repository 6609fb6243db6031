"""Clusters of rows from links between two, guarded against chains of one link each."""

from __future__ import annotations

from collections import Counter

import numpy as np

_ENOUGH = 0.5
"""Which share of the compared pairs between two clusters must be links, for them to become one."""


def clusters(
    height: int, left: np.ndarray, right: np.ndarray, bits: np.ndarray, linked: np.ndarray
) -> np.ndarray:
    """Return the cluster of each row: the place of its first row.

    The strongest links are followed first. A link joins two clusters only if at least half of the
    pairs between them that were compared are links: a row that is like one member and unlike the
    others does not join. Pairs that were not compared have no say.

    Parameters
    ----------
    height : int
        The number of rows.
    left, right : array of int, shape (n_pairs,)
        The pairs that were compared, ``left < right``.
    bits : array of float, shape (n_pairs,)
        How much speaks for each.
    linked : array of bool, shape (n_pairs,)

    Returns
    -------
    array of int64, shape (height,)

    Examples
    --------
    A chain of four, whose ends were compared and found to differ:

    >>> left, right = np.array([0, 1, 2, 0, 1, 0]), np.array([1, 2, 3, 2, 3, 3])
    >>> bits = np.array([9.0, 7.0, 8.0, -5.0, -5.0, -5.0])
    >>> clusters(4, left, right, bits, bits > 0).tolist()
    [0, 0, 2, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = (np.ones(int(linked.sum()), dtype=bool), (left[linked], right[linked]))
    _, parts = connected_components(coo_array(edges, shape=(height, height)), directed=False)
    first = np.full(parts.max(initial=-1) + 1, height, dtype="int64")
    np.minimum.at(first, parts, np.arange(height))
    found: np.ndarray = first[parts]
    # Two rows and their link are a cluster; only larger ones can hold a chain.
    inside = (found[left] == found[right]) & (np.bincount(parts)[parts[left]] > 2)
    rows = np.unique(np.concatenate([left[inside], right[inside]]))
    found[rows] = rows
    _follow(found, *(array[inside] for array in (left, right, bits, linked)))
    return found


def _follow(
    found: np.ndarray, left: np.ndarray, right: np.ndarray, bits: np.ndarray, linked: np.ndarray
) -> None:
    """Join the clusters of rows by their links, the strongest first, in place."""
    compared: dict[int, Counter[int]] = {}
    links: dict[int, Counter[int]] = {}
    members: dict[int, list[int]] = {}
    for a, b, link in zip(left.tolist(), right.tolist(), linked.tolist(), strict=True):
        for one, two in ((a, b), (b, a)):
            members.setdefault(one, [one])
            compared.setdefault(one, Counter())[two] += 1
            links.setdefault(one, Counter())[two] += link
    home = {row: row for row in members}
    strongest = np.lexsort((right, left, -bits))
    for i in strongest[linked[strongest]].tolist():
        a, b = home[int(left[i])], home[int(right[i])]
        if a == b or links[a][b] < _ENOUGH * compared[a][b]:
            continue
        into, gone = (a, b) if len(compared[a]) >= len(compared[b]) else (b, a)
        for counts in (compared, links):
            for other, count in counts.pop(gone).items():
                del counts[other][gone]
                if other != into:
                    counts[into][other] += count
                    counts[other][into] += count
        for row in members[gone]:
            home[row] = into
        members[into] += members.pop(gone)
    for rows in members.values():
        found[rows] = min(rows)
