"""Blocking: the pairs of rows that are worth comparing, found without looking at all pairs.

Rows are put in order by a key, and each is paired with a few rows after it, so that the work of
every pass is bounded whatever the data. Keys are single columns, two columns together, rare words,
and spellings from the left and from the right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from dataprep.linkage.coded import Coded

WINDOW = 12
"""How many rows after it, of the same key, a row is paired with."""
MOST_PASSES = 24
"""How many pairs of columns are keys, at most."""
CHANCE_PAIRS = 2.5
"""How many pairs for each row may agree by chance, over all keys of two columns."""
SPELLED = 24
"""How many neighbours in spelling a row has over all such passes, where there are no other keys."""
COMMON = 30
"""A word that more rows have is not rare."""
_COMPACT = 8_000_000


@dataclass(frozen=True)
class Candidates:
    """Pairs of rows to compare: ``left < right``, each pair once, in order.

    Parameters
    ----------
    left, right : array of int32, shape (n_pairs,)
        Places of rows.
    cut_short : bool
        Whether the bound on pairs was reached, and keys were left out.
    """

    left: np.ndarray
    right: np.ndarray
    cut_short: bool


def candidates(columns: Sequence[Coded], most: int) -> Candidates:
    """Return the pairs of rows that share a key.

    Parameters
    ----------
    columns : sequence of Coded
        Of at least one row.
    most : int
        The bound on pairs.

    Returns
    -------
    Candidates

    References
    ----------
    M. Hernandez and S. Stolfo, "The Merge/Purge Problem for Large Databases", SIGMOD 1995.
    P. Christen, "A Survey of Indexing Techniques for Scalable Record Linkage and Deduplication",
    IEEE Transactions on Knowledge and Data Engineering 24 (9), 2012.
    """
    height = len(columns[0].codes)
    packed, waiting = np.empty(0, dtype="int64"), []
    cut_short = False
    for pairs in _passes(columns, height):
        waiting.append(pairs)
        if sum(map(len, waiting)) > _COMPACT:
            packed, waiting = _distinct([packed, *waiting]), []
            if len(packed) > most:
                cut_short = True
                break
    packed = _distinct([packed, *waiting])
    if len(packed) > most:
        # Spread over the table: the same pairs whatever the machine.
        cut_short = True
        packed = packed[np.linspace(0, len(packed) - 1, most).astype("int64")]
    return Candidates(
        (packed // height).astype("int32"), (packed % height).astype("int32"), cut_short
    )


def _distinct(parts: Sequence[np.ndarray]) -> np.ndarray:
    # Sorted in place: numpy.unique takes three times as long, and as much memory again.
    packed = np.concatenate(parts)
    packed.sort()
    first = np.ones(len(packed), dtype=bool)
    np.not_equal(packed[1:], packed[:-1], out=first[1:])
    distinct: np.ndarray = packed[first]
    return distinct


def _passes(columns: Sequence[Coded], height: int) -> Iterator[np.ndarray]:
    """Give the packed pairs of each pass, the most telling keys first."""
    chance = [chance_of_agreeing(column) for column in columns]
    by_chance = sorted(range(len(columns)), key=lambda i: (chance[i], i))
    # Among rows of one key those come together that agree in telling columns.
    before = np.lexsort([columns[i].codes for i in reversed(by_chance[:3])])
    possible = height * (height - 1) / 2
    single = [i for i in by_chance if chance[i] * possible <= height]
    for i in single:
        yield _neighbours(columns[i].codes[before], before, WINDOW, height)
    for column in columns:
        if column.how == "phrase":
            yield _rare_words(column)
    left = CHANCE_PAIRS * height
    double: list[tuple[int, int]] = []
    for i, j in sorted(
        combinations([i for i in by_chance if i not in single[:2]], 2),
        key=lambda pair: (chance[pair[0]] * chance[pair[1]], pair),
    ):
        left -= chance[i] * chance[j] * possible
        if double and (left < 0 or len(double) == MOST_PASSES):
            break
        double.append((i, j))
    for i, j in double:
        a, b = columns[i].codes[before], columns[j].codes[before]
        key = np.where((a >= 0) & (b >= 0), a * np.int64(len(columns[j].values)) + b, -1)
        yield _neighbours(key, before, WINDOW, height)
    texts = [i for i in by_chance if chance[i] * height < 50 and columns[i].numbers is None]
    yield from _spelled(columns, texts[:3], SPELLED // (1 + len(single) + len(double)), before)


def chance_of_agreeing(column: Coded) -> float:
    """Return the chance that two rows drawn at random have the same value."""
    counts = column.counts().astype("float64")
    return float((counts * (counts - 1)).sum() / max(1, len(column.codes)) ** 2)


def _neighbours(key: np.ndarray, rows: np.ndarray, window: int, height: int) -> np.ndarray:
    """Return packed pairs of rows with the same key (not -1), at most ``window`` places apart."""
    order = np.argsort(key, kind="stable")
    order = order[np.searchsorted(key[order], 0) :]
    keys, rows = key[order], rows[order]
    found = []
    for apart in range(1, window + 1):
        same = np.flatnonzero(keys[apart:] == keys[:-apart])
        if not len(same):
            break
        found.append(_packed(rows[same], rows[same + apart], height))
    return np.concatenate(found) if found else np.empty(0, dtype="int64")


def _packed(a: np.ndarray, b: np.ndarray, height: int) -> np.ndarray:
    low, high = np.minimum(a, b).astype("int64"), np.maximum(a, b)
    packed: np.ndarray = (low * height + high)[low != high]
    return packed


def _rare_words(column: Coded, words: int = 3, window: int = 5) -> np.ndarray:
    """Return pairs of rows that share one of their rarest words."""
    lists = [value.split() for value in column.values.tolist()]
    place: dict[str, int] = {}
    flat = np.array([place.setdefault(w, len(place)) for ws in lists for w in ws], dtype="int64")
    owner = np.repeat(np.arange(len(lists)), [len(ws) for ws in lists])
    counts = column.counts()
    rows_with = np.bincount(flat, weights=counts[owner], minlength=len(place))
    order = np.lexsort((rows_with[flat], owner))
    # A word of a single row has nobody to share it with, one of many rows tells too little.
    order = order[(rows_with[flat[order]] > 1) & (rows_with[flat[order]] <= COMMON)]
    flat, owner = flat[order], owner[order]
    nth = np.arange(len(owner)) - np.searchsorted(owner, owner)
    flat, owner = flat[nth < words], owner[nth < words]
    starts = np.searchsorted(owner, np.arange(len(lists) + 1))
    rows = np.flatnonzero(column.present)
    codes = column.codes[rows]
    lengths = (starts[1:] - starts[:-1])[codes]
    which = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    keys = flat[np.repeat(starts[codes], lengths) + which]
    # Rows of a common word stand in the order of the whole text.
    rows = np.repeat(rows, lengths)
    order = np.argsort(column.codes[rows], kind="stable")
    return np.unique(_neighbours(keys[order], rows[order], window, len(column.codes)))


def _spelled(
    columns: Sequence[Coded], texts: Sequence[int], neighbours: int, before: np.ndarray
) -> Iterator[np.ndarray]:
    """Give pairs that stand next to each other in spelling, read from either end.

    A slip of the pen leaves what comes before it, or what comes after it, as it was.
    """
    window = neighbours // max(1, 2 * len(texts))
    for i in texts:
        column, height = columns[i], len(before)
        backwards = sorted(range(len(column.values)), key=lambda v: column.values[v][::-1])
        rank = np.empty(len(backwards) + 1, dtype="int64")
        rank[backwards], rank[-1] = np.arange(len(backwards)), -1
        for key in (column.codes, rank[column.codes]):
            order = before[np.argsort(key[before], kind="stable")]
            order = order[np.searchsorted(key[order], 0) :]
            for apart in range(1, window + 1):
                yield _packed(order[apart:], order[:-apart], height)
