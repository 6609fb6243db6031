"""Near-duplicates: all pairs that the rule allows, and no others."""

import io

import numpy as np
import pytest
from PIL import Image

from dataprep.errors import DataError
from dataprep.images import near
from dataprep.images.hashes import COLOURS, SIDE, TURNED, dhash, digest, phash, thumbnail, turned
from dataprep.images.near import Pairs, near_pairs, repeated


def hashes_near(rng, count):
    """Return hashes, many of which differ from another one in up to nine bits, some in none."""
    values = rng.integers(0, 2**64, count, dtype="uint64")
    for i in range(0, count - 1, 2):
        flips = rng.choice(64, rng.integers(0, 10), replace=False)
        mask = np.uint64(sum(1 << bit for bit in flips.tolist()))
        values[i + 1] = values[i] ^ mask
    return rng.permutation(values)


@pytest.mark.parametrize("most", [0, 1, 2, 5, 9, 20])
def test_the_bands_miss_no_pair(most):
    """The pairs are those of comparing all with all, each once, with their distances."""
    rng = np.random.default_rng(most)
    for same in (True, False):
        own = hashes_near(rng, 301)
        other = own if same else rng.permutation(own)
        found = [
            pair
            for part in near._within(own, other, most, same=same)
            for pair in zip(*(column.tolist() for column in part), strict=True)
        ]
        apart = np.bitwise_count(own[:, None] ^ other[None, :])
        others = ~np.eye(301, dtype=bool)
        allowed = (apart <= most) & (np.triu(others) if same else others)
        expected = {(i, j, int(apart[i, j])) for i, j in np.argwhere(allowed).tolist()}
        assert len(found) == len(set(found))
        assert set(found) == expected
        assert len(expected) >= (301 // 20 if most else 10)


def test_all_are_compared_where_bands_are_more_work(monkeypatch):
    """Of many bits the bands are short, and nearly all pairs share one: they are not looked for."""
    values = hashes_near(np.random.default_rng(0), 500)
    ways = []
    for name in ("_in_bands", "_in_all"):
        way = getattr(near, name)
        monkeypatch.setattr(
            near, name, lambda *given, way=way, name=name: ways.append(name) or way(*given)
        )
    for most in (6, 20):
        list(near._near_values(values, most))
    assert ways == ["_in_bands", "_in_all"]


def seen(images):
    """Return the thumbnails of pictures."""
    grey = np.stack([thumbnail(image, SIDE, "L") for image in images])
    return grey, np.stack([thumbnail(image, COLOURS, "RGB") for image in images])


def compressed(image, quality):
    into = io.BytesIO()
    image.save(into, "JPEG", quality=quality)
    return Image.open(into)


@pytest.mark.parametrize("hash", ["phash", "dhash"])
def test_resized_and_compressed_pictures_are_found(waves, hash):
    """Half the size, twice the size, other proportions and strong compression are the same."""
    originals = [waves(i, size=(160, 120)) for i in range(6)]
    again = [
        image
        for original in originals
        for image in (
            original.resize((80, 60)),
            original.resize((320, 240)),
            original.resize((100, 100)),
            compressed(original, 25),
            original.convert("RGB").point(lambda v: min(255, int(v * 1.1))),
        )
    ]
    pairs = near_pairs(*seen([*originals, *again]), max_distance=8, min_correlation=0.97, hash=hash)
    group = np.array([*range(6), *np.repeat(np.arange(6), 5)])
    assert (group[pairs.first] == group[pairs.second]).all()
    gone = repeated(pairs, np.arange(len(group)))
    assert sorted(gone) == list(range(6, 36))
    assert all(kept == group[other] for other, (kept, _, _) in gone.items())


def test_other_colours_are_another_picture(waves):
    """A shape in red is not taken for the same shape in blue, though its hash is."""
    red = np.zeros((32, 32, 3), dtype="uint8") + np.uint8(200)
    red[8:20, 8:24] = (220, 40, 40)
    blue = red[:, :, ::-1].copy()
    grey, colours = seen([Image.fromarray(red), Image.fromarray(blue)])
    apart = near_pairs(grey, colours, max_distance=8, min_correlation=0.98)
    alike = near_pairs(grey, colours, max_distance=8, min_correlation=-1)
    assert (len(apart.first), len(alike.first)) == (0, 1)


def test_pictures_of_one_colour_are_compared_by_it():
    """Even pictures have no contrast to correlate: equal colours are the same, others are not."""
    images = [Image.new("RGB", (40, 30), c) for c in ((9, 9, 9), (10, 9, 9), (200, 0, 0))]
    pairs = near_pairs(*seen(images), max_distance=4, min_correlation=0.98)
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [1])


@pytest.mark.parametrize("way", range(1, 8))
def test_mirrored_and_turned_pictures_are_found_if_asked(waves, way):
    """Each of the seven other ways to lay a picture is found with ``flips``, and told."""
    image = waves(3, size=(64, 48))
    values = np.asarray(image)
    values = values.swapaxes(0, 1) if way & 4 else values
    values = values[:, ::-1] if way & 1 else values
    values = values[::-1] if way & 2 else values
    thumbs = seen([image, Image.fromarray(np.ascontiguousarray(values))])
    assert not len(near_pairs(*thumbs, max_distance=6, min_correlation=0.98).first)
    found = near_pairs(*thumbs, max_distance=6, min_correlation=0.98, flips=True)
    assert (found.first.tolist(), found.second.tolist()) == ([0], [1])
    assert TURNED[found.way[0]] == TURNED[way]
    assert np.array_equal(turned(thumbs[0], 0), thumbs[0])


def test_a_chain_of_pictures_does_not_vanish():
    """Of pictures each near to the next alone, every second one stays, whatever their order."""
    n = 9
    steps = np.arange(n - 1)
    chain = Pairs(steps, steps + 1, np.ones(n - 1, "int64"), np.zeros(n - 1, "int64"))
    gone = repeated(chain, np.arange(n))
    assert sorted(gone) == [1, 3, 5, 7]
    backwards = repeated(chain, np.arange(n)[::-1])
    assert sorted(backwards) == [1, 3, 5, 7]
    for kept, _, _ in [*gone.values(), *backwards.values()]:
        assert kept % 2 == 0


@pytest.mark.parametrize("made", [Image.radial_gradient, Image.linear_gradient])
def test_symmetric_pictures_are_found(made):
    """A picture that lacks most frequencies has no bits of rounding: its smaller copy is found."""
    image = made("L")
    images = [image, image.resize((100, 60)), compressed(image, 40)]
    pairs = near_pairs(*seen(images), max_distance=3, min_correlation=0.98)
    assert sorted(repeated(pairs, np.arange(3))) == [1, 2]


def test_pictures_that_are_held_stay():
    """Held pictures stay though they are alike; of the others only what is near to none does."""
    steps = np.arange(4)
    chain = Pairs(steps, steps + 1, np.ones(4, "int64"), np.zeros(4, "int64"))
    held = np.array([False, True, True, False, False])
    assert sorted(repeated(chain, np.arange(5), held)) == [0, 3]


def test_too_many_pairs_are_refused(monkeypatch):
    """Where nearly all pictures are alike, the error says so before memory is full."""
    monkeypatch.setattr(near, "_MOST_PAIRS", 1000)
    grey = np.zeros((100, 32, 32), "uint8")
    with pytest.raises(DataError, match=r"max_distance: more than 1,000 pairs.*Lower it"):
        near_pairs(grey, np.zeros((100, 16, 16, 3), "uint8"), max_distance=2, min_correlation=0.9)


def test_hashes_are_what_they_are(waves):
    """Hashes of given pictures do not change between versions: they are written to files."""
    grey = np.stack([thumbnail(waves(i), SIDE, "L") for i in range(3)])
    steps = np.arange(SIDE * SIDE).reshape(1, SIDE, SIDE) ** 2 // 7 % 251
    assert [f"{h:016x}" for h in phash(steps).tolist()] == PHASH
    assert [f"{h:016x}" for h in dhash(np.tile(np.arange(32.0), (1, 32, 1))).tolist()] == ["f" * 16]
    assert len({*phash(grey).tolist()}) == 3
    assert digest(Image.new("L", (2, 3))) != digest(Image.new("L", (3, 2)))
    assert digest(Image.new("L", (2, 3))) == digest(Image.new("L", (2, 3)))


PHASH = ["f5513531347102bd"]


def test_a_grey_copy_is_found_and_another_colour_is_not(waves):
    """Grey pictures have brightness alone to be compared; two in colour keep their colours."""
    grey = np.asarray(waves(0).convert("L"), dtype="float64") / 255
    red, blue = (
        Image.fromarray((grey[..., None] * tint + 20).astype("uint8"))
        for tint in ([200, 40, 90], [30, 160, 230])
    )
    found = near_pairs(*seen([red, red.convert("L"), blue]), max_distance=6, min_correlation=0.98)
    pairs = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert (0, 1) in pairs
    assert (0, 2) not in pairs
