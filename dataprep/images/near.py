"""Pictures that are nearly the same: found by their hashes, confirmed by their thumbnails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dataprep.errors import DataError
from dataprep.images.hashes import TURNED, dhash, phash, turned

_HASHES = {"phash": phash, "dhash": dhash}
_MOST_PAIRS = 30_000_000
"""So many pairs take half a gigabyte."""
_FLAT = 2.0
"""A thumbnail whose values spread less is of one colour: correlation says nothing of it."""
_SAME_COLOUR = 4.0
_NO_COLOUR = 2.0
"""How far the channels of a grey picture may be apart on average: compression shifts them."""
_BRIGHTNESS = np.array([0.299, 0.587, 0.114], dtype="float32")
"""Of red, green and blue (ITU-R BT.601), as pictures are made grey."""
_BLOCK = 100_000
_DEARER = 10
"""How much longer it takes to find and compare a pair that shares a band than one of all pairs."""


@dataclass(frozen=True)
class Pairs:
    """Pictures that are nearly the same.

    Parameters
    ----------
    first, second : array of int64, shape (n_pairs,)
        Places of two pictures, the first the smaller one.
    distance : array of int64
        How many bits their hashes differ in.
    way : array of int64
        How the second is turned; see `dataprep.images.hashes.TURNED`.
    """

    first: np.ndarray
    second: np.ndarray
    distance: np.ndarray
    way: np.ndarray


def near_pairs(
    grey: np.ndarray,
    colours: np.ndarray,
    *,
    max_distance: int,
    min_correlation: float,
    hash: str = "phash",
    flips: bool = False,
) -> Pairs:
    """Return the pairs of pictures that are near by their hashes, and alike.

    Parameters
    ----------
    grey : array of uint8, shape (n, 32, 32)
    colours : array of uint8, shape (n, 16, 16, 3)
    max_distance : int
        In how many of 64 bits hashes may differ.
    min_correlation : float
        Of the values of the coloured thumbnails.
    hash : {"phash", "dhash"}
    flips : bool
        Whether the second picture may be mirrored or turned by quarter turns.

    Returns
    -------
    Pairs
        Each pair once, in the way that fits best.
    """
    hashed = _HASHES[hash]
    own, found = hashed(grey), []
    for way in range(len(TURNED) if flips else 1):
        other = own if way == 0 else hashed(turned(grey, way))
        for first, second, distance in _within(own, other, max_distance, same=way == 0):
            here = _alike(colours[first], turned(colours[second], way), min_correlation)
            low, high = np.minimum(first, second)[here], np.maximum(first, second)[here]
            found.append(np.stack([low, high, distance[here], np.full(len(low), way)]))
    pairs = np.concatenate(found, axis=1) if found else np.empty((4, 0), "int64")
    # A picture that is symmetric is found in several ways, the first of which is the plainest.
    pairs = pairs[:, np.lexsort(pairs[[3, 2, 1, 0]])]
    new = np.ones(pairs.shape[1], dtype=bool)
    new[1:] = (pairs[:2, 1:] != pairs[:2, :-1]).any(axis=0)
    return Pairs(*pairs[:, new])


def _alike(a: np.ndarray, b: np.ndarray, least: float) -> np.ndarray:
    """Return which pairs of thumbnails correlate, or are both of the same single colour.

    A grey one is compared with the brightness of the other: it has no colours to compare.
    """
    found = np.zeros(len(a), dtype=bool)
    for start in range(0, len(a), _BLOCK // 10):
        part = slice(start, start + _BLOCK // 10)
        x, y = (_flattened(c[part], _is_grey(a[part]) | _is_grey(b[part])) for c in (a, b))
        apart = np.abs(x - y).mean(axis=1)
        x -= x.mean(axis=1, keepdims=True)
        y -= y.mean(axis=1, keepdims=True)
        spread = np.stack([x.std(axis=1), y.std(axis=1)])
        with np.errstate(invalid="ignore", divide="ignore"):
            correlation = (x * y).mean(axis=1) / (spread[0] * spread[1])
        flat = spread < _FLAT
        found[part] = np.where(
            flat.any(axis=0), flat.all(axis=0) & (apart < _SAME_COLOUR), correlation >= least
        )
    return found


def _is_grey(colours: np.ndarray) -> np.ndarray:
    """Return which thumbnails have no colour to speak of."""
    apart = colours.max(axis=-1).astype("float32") - colours.min(axis=-1)
    found: np.ndarray = apart.mean(axis=(1, 2)) < _NO_COLOUR
    return found


def _flattened(colours: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Return thumbnails as rows of values; of some the brightness instead of each colour."""
    values = colours.astype("float32")
    values[grey] = (values[grey] @ _BRIGHTNESS)[..., None]
    return values.reshape(len(values), colours[0].size)


def _within(
    own: np.ndarray, other: np.ndarray, most: int, *, same: bool
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give the pairs (i, j) of hashes ``own[i]``, ``other[j]`` that differ in at most so many bits.

    Two hashes that differ in at most d bits agree wholly in one of d + 1 bands of bits: only
    those that share a band are compared, unless that is more work than to compare all. Equal
    hashes are compared once for all.
    """
    values, place = np.unique(np.concatenate([own, other]), return_inverse=True)
    left = _members(place[: len(own)], len(values))
    right = _members(place[len(own) :], len(values))
    total = 0
    for a, b, distance in _near_values(values, most):
        # Each pair of values once; either may be the one of the first picture.
        for x, y, use in ((a, b, slice(None)), (b, a, a != b)):
            for first, second, which in _products(left, right, x[use], y[use]):
                keep = first < second if same else first != second
                total += int(keep.sum())
                if total > _MOST_PAIRS:
                    raise DataError(
                        f"more than {_MOST_PAIRS:,} pairs of pictures have hashes that differ in "
                        f"at most {most} bits",
                        place="max_distance",
                        remedy="Lower it, or look why so many pictures are nearly the same.",
                    )
                yield first[keep], second[keep], distance[use][which[keep]]


def _near_values(
    values: np.ndarray, most: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give pairs of places of different or equal values, each once, and in how many bits."""
    every = np.arange(len(values))
    yield every, every, np.zeros(len(values), dtype="int64")
    if not most:
        return
    edges = np.linspace(0, 64, most + 2).astype(int)
    bands = [_band(values, *edges[band : band + 2].tolist()) for band in range(most + 1)]
    # Many bits make narrow bands, which nearly all pairs share.
    shared = sum(int((n * (n - 1.0)).sum()) for n in (_frequencies(keys) for keys in bands))
    if shared * _DEARER < len(values) * (len(values) - 1.0):
        yield from _in_bands(values, most, edges, bands)
    else:
        yield from _in_all(values, most)


def _band(values: np.ndarray, low: int, high: int) -> np.ndarray:
    """Return the bits of values from one to another."""
    return (values >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)


def _frequencies(keys: np.ndarray) -> np.ndarray:
    return np.unique(keys, return_counts=True)[1]


def _in_all(values: np.ndarray, most: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Compare each value with all behind it."""
    rows = max(1, 10 * _BLOCK // max(1, len(values)))
    for start in range(0, len(values), rows):
        own, others = values[start : start + rows], values[start:]
        distance = np.bitwise_count(own[:, None] ^ others[None, :])
        a, b = np.nonzero(distance <= most)
        later = a < b
        a, b = a[later], b[later]
        yield a + start, b + start, distance[a, b].astype("int64")


def _in_bands(
    values: np.ndarray, most: int, edges: np.ndarray, bands: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Compare those that share a band of bits."""
    for band, keys in enumerate(bands):
        order = np.argsort(keys, kind="stable")
        keys, at, step = keys[order], np.arange(len(order)), 1
        # Those that share a key lie side by side: compare each with the next, the one after, ...
        while len(at):
            at = at[at + step < len(order)]
            at = at[keys[at] == keys[at + step]]
            a, b = order[at], order[at + step]
            different = values[a] ^ values[b]
            distance = np.bitwise_count(different).astype("int64")
            near = distance <= most
            # A pair that shares an earlier band was found there.
            for before in range(band):
                near &= _band(different, *edges[before : before + 2].tolist()) != 0
            yield a[near], b[near], distance[near]
            step += 1


def _members(place: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return items ordered by their value, and where each value's items begin."""
    starts = np.searchsorted(np.sort(place), np.arange(count + 1))
    return np.argsort(place, kind="stable"), starts


def _products(
    left: tuple[np.ndarray, np.ndarray],
    right: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give all pairs of an item with the value x and one with the value y, in blocks."""
    (items, starts), (others, begins) = left, right
    sizes = (starts[x + 1] - starts[x]) * (begins[y + 1] - begins[y])
    ends = np.cumsum(sizes)
    for low in range(0, int(ends[-1]) if len(ends) else 0, _BLOCK):
        at = np.arange(low, min(low + _BLOCK, int(ends[-1])))
        which = np.searchsorted(ends, at, side="right")
        within = at - (ends[which] - sizes[which])
        wide = begins[y + 1][which] - begins[y][which]
        first = items[starts[x][which] + within // wide]
        yield first, others[begins[y][which] + within % wide], which


def repeated(
    pairs: Pairs, rank: np.ndarray, held: np.ndarray | None = None
) -> dict[int, tuple[int, int, int]]:
    """Return which pictures repeat another one that stays.

    A picture repeats only what is near to itself: chains of pictures, each near to the next, do
    not grow into one cluster.

    Parameters
    ----------
    pairs : Pairs
    rank : array of shape (n_pictures,)
        The lower one's picture is kept.
    held : array of bool, shape (n_pictures,), optional
        Pictures that stay in any case, and whose copies go.

    Returns
    -------
    dict of int to (int, int, int)
        Of the place of a picture that goes to that of the kept one, the distance, and the way.
    """
    beside: dict[int, list[tuple[int, int, int]]] = {}
    columns = (pairs.first, pairs.second, pairs.distance, pairs.way)
    for a, b, distance, way in zip(*(column.tolist() for column in columns), strict=True):
        beside.setdefault(a, []).append((b, distance, way))
        beside.setdefault(b, []).append((a, distance, way))
    gone: dict[int, tuple[int, int, int]] = {}
    stays = np.zeros(len(rank), dtype=bool) if held is None else held.copy()
    for kept in sorted(beside, key=lambda place: (not stays[place], rank[place])):
        if kept not in gone:
            stays[kept] = True
            for other, distance, way in beside[kept]:
                if other not in gone and not stays[other]:
                    gone[other] = (kept, distance, way)
    return gone
