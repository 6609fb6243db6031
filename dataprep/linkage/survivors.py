"""Which row of a cluster stays, and what the kept row takes over from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

Rule = Literal["fill", "newest", "oldest", "most_frequent", "longest", "largest", "smallest"]


def kept_of(cluster: np.ndarray, merit: np.ndarray, protected: np.ndarray) -> np.ndarray:
    """Return for each row the place of the row that stays of its cluster.

    Parameters
    ----------
    cluster : array of int64, shape (n_rows,)
    merit : array of float, shape (n_rows,)
        The row with the most stays, the first among equals.
    protected : array of bool, shape (n_rows,)
        Rows that come before all others, whatever their merit.

    Examples
    --------
    >>> cluster, merit = np.array([0, 0, 2, 0]), np.array([1.0, 5.0, 0.0, 5.0])
    >>> kept_of(cluster, merit, np.zeros(4, dtype=bool)).tolist()
    [1, 1, 2, 1]
    >>> kept_of(cluster, merit, np.array([True, False, False, False])).tolist()
    [0, 0, 2, 0]
    """
    order = np.lexsort((-merit, ~protected, cluster))
    clusters, first = np.unique(cluster[order], return_index=True)
    kept: np.ndarray = order[first][np.searchsorted(clusters, cluster)]
    return kept


def chosen_of(values: Sequence[Any], dates: Sequence[Any], rule: Rule) -> int | None:
    """Return the place of the value that a cluster agrees on; None where no row has one.

    Parameters
    ----------
    values : sequence
        The column's values, the kept row's first, the others in row order.
    dates : sequence
        The rows' dates, for ``newest`` and ``oldest``.
    rule : str
        ``fill``: the first value that there is, so that the kept row's own stays.

    Examples
    --------
    >>> names = [None, "Ann", "Anne", "Ann"]
    >>> [chosen_of(names, [3, 1, 2, 1], rule) for rule in ("fill", "newest", "longest")]
    [1, 2, 2]
    >>> chosen_of([None, None], [1, 2], "most_frequent") is None
    True
    """
    # A cell of blanks is as good as none, to a person who reads it.
    present = [i for i, v in enumerate(values) if v is not None and str(v).strip()]
    if not present:
        return None
    match rule:
        case "fill":
            return present[0]
        case "newest" | "oldest":
            dated = [i for i in present if dates[i] is not None] or present[:1]
            choose = max if rule == "newest" else min
            return choose(dated, key=lambda i: dates[i])
        case "most_frequent":
            # Among equally frequent values the one that comes first.
            return values.index(Counter(values[i] for i in present).most_common(1)[0][0])
        case "longest":
            return max(present, key=lambda i: len(str(values[i])))
        case "largest":
            return max(present, key=lambda i: values[i])
        case _:
            return min(present, key=lambda i: values[i])
