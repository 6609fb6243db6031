"""What is done to pictures, against the old class, against PIL, and drawn by picture alone."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

import dataprep as dp
from dataprep import draw
from dataprep.errors import ConfigError

OLD = {
    "rotation_range": 20,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 10.0,
    "zoom_range": 0.2,
    "channel_shift_range": 30.0,
    "horizontal_flip": True,
    "vertical_flip": True,
    "brightness_range": (0.8, 1.2),
}
EVERYTHING = {
    **OLD,
    "contrast_range": (0.7, 1.3),
    "crop": 0.2,
    "erasing": 0.5,
    "rand_augment": (2, 0.5),
}
NAMES = {
    "theta": "theta",
    "tx": "columns",
    "ty": "rows",
    "shear": "shear",
    "zx": "zoom_columns",
    "zy": "zoom_rows",
    "flip_horizontal": "horizontal",
    "flip_vertical": "vertical",
    "channel_shift_intensity": "channel",
    "brightness": "brightness",
}
"""The old class's names of a transform, and ours. Its tx moves along the width: see the docs."""


@pytest.fixture(scope="module")
def tf() -> Any:
    """Return TensorFlow, imported by the first test that needs it."""
    return pytest.importorskip("tensorflow", reason="feeding needs TensorFlow")


@pytest.fixture(scope="module")
def old(tf: Any) -> Any:
    """Return the deprecated class, where it can still be imported."""
    try:
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
    except ImportError:
        pytest.skip("this Keras has no ImageDataGenerator any more")
    return ImageDataGenerator


def some(count: int = 6, height: int = 20, width: int = 20, channels: int = 3) -> np.ndarray:
    """Return pictures of noise."""
    values = np.random.default_rng(0).integers(0, 256, (count, height, width, channels))
    return values.astype("float32")


def looks(
    stage: dp.ImageAugment, images: Any, keys: Any = None, epoch: Any = 0, **more: Any
) -> Any:
    """Return pictures in an epoch, as an array."""
    keys = np.arange(len(images)) if keys is None else keys
    return stage.augmenter(more.pop("n_classes", None), **more)(images, keys, epoch)[0].numpy()


# ---- carried out as the old class does


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
def test_given_transforms_are_those_of_the_old_class(tf, old, fill_mode, interpolation):
    """The same transform gives the same picture, with each fill mode, one parameter or all."""
    from dataprep.feed.augmentation.looks import applied
    from dataprep.feed.augmentation.transforms import Transforms

    rng, images = np.random.default_rng(1), some(12)
    drawn = {
        "theta": rng.uniform(-180, 180, 12),
        "tx": rng.uniform(-9, 9, 12),
        "ty": rng.uniform(-9, 9, 12),
        "shear": rng.uniform(-30, 30, 12),
        "zx": rng.uniform(0.5, 1.5, 12),
        "zy": rng.uniform(0.5, 1.5, 12),
        "flip_horizontal": rng.random(12) < 0.5,
        "flip_vertical": rng.random(12) < 0.5,
        "channel_shift_intensity": rng.uniform(-50, 50, 12),
        "brightness": rng.uniform(0.5, 1.5, 12),
    }
    order = {"nearest": 0, "bilinear": 1}[interpolation]
    generator = old(fill_mode=fill_mode, cval=7.0, interpolation_order=order)
    stage = dp.ImageAugment(fill_mode=fill_mode, cval=7.0, interpolation=interpolation)
    for names in (*([name] for name in drawn), list(drawn)):
        theirs = [
            generator.apply_transform(image, {name: drawn[name][i] for name in names})
            for i, image in enumerate(images)
        ]
        ours = Transforms(**{NAMES[name]: tf.constant(drawn[name]) for name in names})
        found = applied(stage, tf.constant(images), ours).numpy()
        # PIL cuts decimals off: a value at a whole number may fall to either side of it.
        wrong = np.abs(found - np.stack(theirs)) > (1.001 if "brightness" in names else 0.01)
        assert wrong.sum() <= 2, names


@pytest.mark.parametrize(
    "given",
    [
        OLD,
        {"width_shift_range": 3, "height_shift_range": [2, 5]},
        {"width_shift_range": [0.1, 0.3], "height_shift_range": 4.5},
        {"zoom_range": (0.5, 1.1), "brightness_range": (0.2, 2.0)},
    ],
)
def test_random_transforms_are_distributed_as_those_of_the_old_class(tf, old, given):
    """Kolmogorov and Smirnov see no difference between our draws and those of the old class."""
    from dataprep.feed.augmentation.draws import Draws
    from dataprep.feed.augmentation.transforms import PURPOSES, drawn

    generator, count = old(**given), 2000
    np.random.seed(0)
    theirs = [generator.get_random_transform((40, 40, 3)) for _ in range(count)]
    draws = Draws("0/0", tf.range(count, dtype=tf.int64), tf.constant(0, tf.int64), PURPOSES)
    ours = drawn(dp.ImageAugment(**given), draws, 40, 40, 1.0)
    # The old tx is drawn from height_shift_range.
    names = {**NAMES, "tx": "rows", "ty": "columns"}
    compared = 0
    for old_name, name in names.items():
        if getattr(ours, name) is None:
            default = {"zx": 1, "zy": 1, "channel_shift_intensity": None, "brightness": None}
            assert {transform[old_name] for transform in theirs} == {default.get(old_name, 0)}
            continue
        before = np.array([transform[old_name] for transform in theirs], dtype="float64")
        found = np.asarray(getattr(ours, name), dtype="float64")
        assert kstest(before, found).pvalue > 0.001, name
        compared += 1
    assert compared >= 2


def test_tones_are_those_of_pil(tf):
    """Each change of values is PIL's, to the rounding that PIL does and we do not."""
    from PIL import Image, ImageEnhance, ImageOps

    from dataprep.feed.augmentation import tones

    images = some(5, 24, 18).astype("uint8")
    images[0] = images[0] // 4 + 30
    factors, bits = np.array([0.4, 1.7, 1.0, 0.0, 1.2]), np.array([1.0, 2.0, 3.0, 4.0, 0.0])
    given = tf.constant(images.astype("float32"))
    enhance: Any = ImageEnhance

    def by(name: str) -> Any:
        return lambda x, i: getattr(enhance, name)(x).enhance(factors[i])

    cases = [
        (tones.brightened(given, factors), by("Brightness"), 0),
        (tones.coloured(given, factors), by("Color"), 2),
        (tones.sharpened(given, factors), by("Sharpness"), 2),
        (tones.posterized(given, bits), lambda x, i: ImageOps.posterize(x, 8 - int(bits[i])), 0),
        (
            tones.solarized(given, 100 * factors),
            lambda x, i: ImageOps.solarize(x, 100 * factors[i]),
            0,
        ),
        (tones.stretched(given), lambda x, _: ImageOps.autocontrast(x), 1),
        (tones.equalized(given), lambda x, _: ImageOps.equalize(x), 0),
    ]
    for found, change, rounding in cases:
        theirs = [np.asarray(change(Image.fromarray(x), i)) for i, x in enumerate(images)]
        assert np.abs(found.numpy() - np.stack(theirs)).max() <= rounding


# ---- what must stay, and what must come out exactly


def test_nothing_asked_for_leaves_pictures_as_they_are(tf):
    """With the defaults, and with ranges that hold nothing but "as it is", no value changes."""
    images = some(height=21, width=30)
    still = [
        dp.ImageAugment(),
        dp.ImageAugment(zoom_range=(1.0, 1.0), contrast_range=None, width_shift_range=0),
        dp.ImageAugment(zoom_range=1e-9, width_shift_range=1),
        dp.ImageAugment(brightness_range=(1.0, 1.0)),
        dp.ImageAugment(rand_augment=(3, 0.0), per_class={0: 0}),
        dp.ImageAugment(rotation_range=90, zoom_range=0.4, erasing=1.0, crop=0.5, per_class={0: 0}),
    ]
    labels = np.zeros(len(images), "int64")
    for stage in still:
        found, _ = stage.augmenter(1)(images, np.arange(6), 3, labels)
        assert found.numpy() == pytest.approx(images, abs=1e-3)
    assert np.array_equal(looks(dp.ImageAugment(), images), images)


def test_flips_are_exact(tf):
    """A picture is mirrored or not, to the last bit, half of the time each."""
    images = some(200, 7, 10, 1)
    found = looks(dp.ImageAugment(horizontal_flip=True), images)
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(found, images, strict=True)]
    kept = [np.array_equal(a, b) for a, b in zip(found, images, strict=True)]
    assert sum(mirrored) + sum(kept) == 200
    assert 70 <= sum(mirrored) <= 130
    both = looks(dp.ImageAugment(horizontal_flip=True, vertical_flip=True), images)
    ways = [
        any(np.array_equal(a, b[::v, ::h]) for v in (1, -1) for h in (1, -1))
        for a, b in zip(both, images, strict=True)
    ]
    assert all(ways)


@pytest.mark.parametrize(
    ("fill_mode", "row"),
    [
        ("nearest", [1, 1, 1, 2, 3]),
        ("constant", [9, 9, 1, 2, 3]),
        ("reflect", [2, 1, 1, 2, 3]),
        # scipy's wrap has a period of four for five pixels: the last one is the first one.
        ("wrap", [3, 4, 1, 2, 3]),
    ],
)
def test_fill_modes(tf, fill_mode, row):
    """A row that moves by two pixels is filled as scipy fills it."""
    from scipy.ndimage import shift

    from dataprep.feed.augmentation.affine import warped

    images = tf.constant(np.arange(1.0, 6.0, dtype="float32").reshape(1, 1, 5, 1))
    matrix = tf.constant([[[1.0, 0.0, -2.0], [0.0, 1.0, 0.0]]], tf.float64)
    found = warped(images, matrix, fill_mode, 9.0, "bilinear").numpy().ravel()
    assert found.tolist() == row
    theirs = shift(np.arange(1.0, 6.0), 2, order=1, mode=fill_mode, cval=9.0)
    assert theirs.tolist() == row


def test_moves_go_along_the_axes_that_their_names_say(tf):
    """A shift of the width moves columns, one of the height rows; also where they are unequal."""
    images = np.zeros((40, 12, 30, 1), "float32")
    images[:, 6, 15] = 255.0
    found = looks(dp.ImageAugment(width_shift_range=[4], fill_mode="constant"), images)
    places = {tuple(np.argwhere(image[..., 0])[0].tolist()) for image in found}
    assert places == {(6, 11), (6, 19)}
    found = looks(dp.ImageAugment(height_shift_range=[0.25], fill_mode="constant"), images)
    assert {tuple(np.argwhere(i[..., 0])[0].tolist()) for i in found} == {(3, 15), (9, 15)}
    turned = looks(dp.ImageAugment(rotation_range=180), np.ones((9, 12, 30, 1), "float32"))
    assert turned == pytest.approx(1.0)


def test_a_crop_shows_a_part_of_the_picture(tf):
    """What is left is stretched to the size, and holds nothing from outside."""
    ramp = np.tile(np.arange(40, dtype="float32"), (50, 40, 1))[..., None]
    found = looks(dp.ImageAugment(crop=0.5, fill_mode="constant", cval=-1.0), ramp)
    steps = np.diff(found[:, 0, :, 0], axis=1)
    assert steps == pytest.approx(np.broadcast_to(steps[:, :1], steps.shape), abs=1e-3)
    assert 0.5 <= steps.min() < 0.6
    assert 0.9 < steps.max() <= 1.001
    assert found.min() >= 0


# ---- drawn by picture


def test_draws_in_a_graph_are_those_of_numpy(tf):
    """TensorFlow computes the very numbers that `draw` gives."""
    from dataprep.feed.augmentation.draws import Draws

    keys = np.concatenate([np.arange(50), np.array([2**31 - 2, 2**31 - 1, 2**40])])
    for epoch in (0, 1, 10**6):
        made = Draws("3/0", tf.constant(keys), tf.constant(epoch, tf.int64), ["theta", "rows"])
        rows = keys + epoch * draw.PRIME
        for purpose in ("theta", "rows"):
            expected = draw.uniform(rows, 0, f"image_augment/3/0/{purpose}")
            assert np.array_equal(made.uniform(purpose).numpy(), expected)


def test_draws_are_uniform_and_independent(tf):
    """Over keys and over epochs numbers are uniform; purposes and epochs are not related."""
    from dataprep.feed.augmentation.draws import Draws

    def drawn(keys: Any, epoch: int, purpose: str) -> np.ndarray:
        made = Draws("0/0", tf.constant(keys), tf.constant(epoch, tf.int64), [purpose])
        return made.uniform(purpose).numpy()

    keys = np.arange(5000)
    for epoch in (0, 7):
        assert kstest(drawn(keys, epoch, "theta"), "uniform").pvalue > 0.001
    by_epoch = np.array([drawn(np.array([11]), epoch, "theta")[0] for epoch in range(300)])
    assert kstest(by_epoch, "uniform").pvalue > 0.001
    columns = [drawn(keys, e, p) for e in (0, 1) for p in ("theta", "rows")]
    assert all(abs(np.corrcoef(a, b)[0, 1]) < 0.05 for a, b in pairwise(columns))


def test_beta_numbers_are_distributed_as_beta(tf):
    """What is drawn by quantiles has the distribution of Beta(alpha, alpha)."""
    from dataprep.feed.augmentation.draws import Draws

    made = Draws("0/0", tf.range(4000, dtype=tf.int64), tf.constant(0, tf.int64), ["mix/up"])
    for alpha in (0.2, 1.0, 4.0):
        assert kstest(made.beta(alpha, "mix/up").numpy(), "beta", (alpha, alpha)).pvalue > 0.001


def test_a_look_depends_on_picture_and_epoch_alone(tf):
    """The same key and epoch give the same bytes in any batch; others give other looks."""
    stage, images = dp.ImageAugment(**EVERYTHING), some(16)
    whole = looks(stage, images, epoch=2)
    order = np.random.default_rng(3).permutation(16)
    assert np.array_equal(looks(stage, images[order], order, epoch=2), whole[order])
    for batch in (5, 16):
        parts = [
            looks(stage, images[i : i + batch], np.arange(16)[i : i + batch], epoch=2)
            for i in range(0, 16, batch)
        ]
        assert np.array_equal(np.concatenate(parts), whole)
    alone = looks(stage, images[3:4], [3], epoch=2)
    assert np.array_equal(alone[0], whole[3])
    assert not np.array_equal(looks(stage, images, epoch=3), whole)
    same = looks(stage, np.repeat(images[:1], 16, axis=0), epoch=2)
    assert len({image.tobytes() for image in same}) == 16
    assert not np.array_equal(looks(stage, images, epoch=2, seed=1), whole)
    other = dp.ImageAugment(**EVERYTHING, random_state=1)
    assert not np.array_equal(looks(other, images, epoch=2), whole)


def test_another_parameter_leaves_the_other_draws_alone(tf):
    """What a picture is turned by does not change when it is also mirrored."""
    from dataprep.feed.augmentation.draws import Draws
    from dataprep.feed.augmentation.transforms import PURPOSES

    keys, epoch = tf.range(9, dtype=tf.int64), tf.constant(0, tf.int64)
    all_of_them = Draws("0/0", keys, epoch, PURPOSES).uniform("theta")
    assert np.array_equal(Draws("0/0", keys, epoch, ["theta"]).uniform("theta"), all_of_them)


SCRIPT = """
import numpy as np, tensorflow as tf, dataprep as dp
from hashlib import sha256
stage = dp.ImageAugment(**{parameters})
images = np.random.default_rng(0).integers(0, 256, (20, 20, 20, 3)).astype("float32")
labels = np.arange(20) % 3
augment = stage.augmenter(3)
found = sha256()
data = tf.data.Dataset.from_tensor_slices((images, np.arange(20), labels)).batch(5)
for images, labels in data.map(lambda x, k, y: augment(x, k, 4, y), num_parallel_calls={calls}):
    found.update(images.numpy().tobytes() + labels.numpy().tobytes())
print(found.hexdigest())
"""


def test_any_number_of_calls_and_processes_gives_the_same_bytes(tf):
    """One call and eight, here and in another process: the same bytes, soft labels included."""
    parameters = {**EVERYTHING, "mixup": 0.4, "cutmix": 1.0}
    data = tf.data.Dataset.from_tensor_slices((some(20), np.arange(20), np.arange(20) % 3)).batch(5)
    augment, found = dp.ImageAugment(**parameters).augmenter(3), set()
    for calls in (1, 8):
        digest = sha256()
        for images, labels in data.map(
            lambda x, k, y: augment(x, k, 4, y), num_parallel_calls=calls
        ):
            digest.update(images.numpy().tobytes() + labels.numpy().tobytes())
        found.add(digest.hexdigest())
    script = SCRIPT.format(parameters=parameters, calls=8)
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert {said.stdout.strip()} == found


# ---- classes and labels


def test_classes_are_augmented_more_or_less(tf):
    """A strength multiplies the ranges of its class; 0 leaves it; others have 1."""
    images = np.zeros((600, 16, 16, 1), "float32") + np.arange(16.0)[:, None, None]
    images = images.astype("float32")
    labels = np.arange(600) % 3
    stage = dp.ImageAugment(
        height_shift_range=2.0, erasing=0.4, per_class={"rare": 2.0, "common": 0}, cval=0.0
    )
    classes = ["common", "other", "rare"]
    kept = stage.augmenter(3, classes=classes)(images, np.arange(600), 0, labels)[0].numpy()
    assert np.array_equal(kept[labels == 0], images[labels == 0])
    still = dp.ImageAugment(height_shift_range=2.0, per_class=stage.per_class)
    moved = still.augmenter(3, classes=classes)(images, np.arange(600), 0, labels)[0].numpy()
    lengths = np.abs(moved[:, 8, 0, 0] - 8.0)
    assert 1.8 < lengths[labels == 1].max() <= 2.0
    assert 3.7 < lengths[labels == 2].max() <= 4.0


def test_wrong_classes_are_refused(tf):
    """A strength of a class that is not there names the nearest; without labels there is none."""
    stage = dp.ImageAugment(rotation_range=5, per_class={"rair": 2.0})
    with pytest.raises(ConfigError, match=r"no class 'rair'. Did you mean 'rare'"):
        stage.augmenter(2, classes=["common", "rare"])(some(2), [0, 1], 0, [0, 1])
    with pytest.raises(ConfigError, match=r"per_class: there are no labels"):
        stage.augmenter(2, classes=["common", "rare"])(some(2), [0, 1])
    with pytest.raises(ConfigError, match="pictures are mixed with their labels"):
        dp.ImageAugment(mixup=0.2).augmenter(2)(some(2), [0, 1])
    with pytest.raises(ConfigError, match="how many classes there are is not said"):
        dp.ImageAugment(cutmix=0.2).augmenter()(some(2), [0, 1], 0, [0, 1])


def test_mixed_pictures_have_mixed_labels(tf):
    """A label's share is the share of the pixels, or of the values, that come from its picture."""
    images = np.zeros((8, 16, 16, 1), "float32")
    images[4:] = 200.0
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    for stage in (dp.ImageAugment(mixup=1.0), dp.ImageAugment(cutmix=1.0)):
        found, soft = stage.augmenter(2)(images, np.arange(8), 1, labels)
        assert soft.shape == (8, 2)
        assert soft.numpy().sum(axis=1) == pytest.approx(1.0)
        assert found.numpy().mean(axis=(1, 2, 3)) / 200 == pytest.approx(
            soft.numpy()[:, 1], abs=1e-4
        )
        assert len(set(soft.numpy()[:, 1].round(4).tolist())) > 4
    numbers = labels.astype("float32") * 10
    found, soft = dp.ImageAugment(mixup=1.0).augmenter()(images, np.arange(8), 1, numbers)
    assert found.numpy().mean(axis=(1, 2, 3)) / 20 == pytest.approx(soft.numpy(), abs=1e-3)


@pytest.mark.parametrize("size", [(1, 9), (9, 1), (2, 2), (1, 1)])
def test_narrow_pictures_are_augmented_as_well(tf, size):
    """A picture of one row or column goes through every operation, in a graph too."""
    augment = dp.ImageAugment(rand_augment=(2, 0.5)).augmenter()
    images = np.random.default_rng(0).uniform(0, 255, (30, *size, 3)).astype("float32")
    graph = tf.function(augment).get_concrete_function(
        tf.TensorSpec((None, None, None, 3)), tf.TensorSpec((None,), tf.int64)
    )
    found, _ = graph(tf.constant(images), tf.range(30, dtype=tf.int64))
    assert found.shape == images.shape
    assert np.isfinite(found).all()


def test_mixed_pictures_have_mixed_weights(tf):
    """A sample weight is mixed by the same part as the label, and stays where nothing is mixed."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    weights = np.where(labels == 1, 5.0, 1.0)
    for stage in (dp.ImageAugment(mixup=1.0), dp.ImageAugment(cutmix=1.0)):
        _, soft, mixed = stage.augmenter(2)(some(6), np.arange(6), 0, labels, weights)
        assert mixed.numpy() == pytest.approx(soft.numpy() @ [1.0, 5.0])
    _, _, same = dp.ImageAugment(rotation_range=5).augmenter(2)(
        some(6), np.arange(6), 0, labels, weights
    )
    assert same.tolist() == weights.tolist()


def test_nobody_is_their_own_partner(tf):
    """Each picture of a batch has one partner and is one; a picture alone stays as it is."""
    from dataprep.feed.augmentation.mixing import partners

    found = partners(tf.constant([5, 3, 9, 1, 7], tf.int64)).numpy()
    assert sorted(found.tolist()) == [0, 1, 2, 3, 4]
    assert all(found != np.arange(5))
    alone = some(1)
    stage = dp.ImageAugment(mixup=1.0, cutmix=1.0)
    image, label = stage.augmenter(2)(alone, [0], 0, [1])
    assert image.numpy() == pytest.approx(alone, abs=1e-3)
    assert label.numpy().tolist() == [[0.0, 1.0]]


def test_erasing_covers_boxes_of_one_colour(tf):
    """The share of pictures is that asked for; a box has one colour and 2 to 33 % of the area."""
    images = np.full((300, 32, 32, 3), -1.0, "float32")
    found = looks(dp.ImageAugment(erasing=0.5), images)
    areas = (found != -1).all(axis=-1).mean(axis=(1, 2))
    assert 0.4 < (areas > 0).mean() < 0.6
    assert areas[areas > 0].min() > 0.01
    assert areas.max() < 0.36
    first = found[areas > 0][0]
    assert len({tuple(colour) for colour in first[(first != -1).all(axis=-1)].tolist()}) == 1
