"""Pictures a second: augmented, beside Keras' layers and the old generator; and read from files.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/augment_images.py                 # a minute or two
    python tests/benchmarks/augment_images.py --only 28 --rounds 9

In each round all of them are timed, one after the other; a ratio is that of one round, and the
median of the rounds is printed with the least and the largest, so that a busy machine shows. The
same changes everywhere: rotation by up to 20 degrees, shifts of up to 0.2, zoom by up to 0.2 and
both flips, edges repeated. Keras' layers are called per batch in ``Dataset.map``, as its guide
does; ours likewise, both with ``AUTOTUNE`` calls. The old generator gives batches of that size.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

import dataprep as dp
from dataprep.optional import require

RANGES = {
    "rotation_range": 20,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "vertical_flip": True,
}
Contest = dict[str, Callable[[], int]]
"""By name: go through all pictures once, and return how many there were."""


def augmenting(height: int, width: int, channels: int, count: int, batch: int) -> Contest:
    """Return who augments pictures that lie in memory."""
    import keras
    import tensorflow as tf

    shape = (count, height, width, channels)
    images = np.random.default_rng(0).integers(0, 256, shape).astype("float32")
    held = tf.Variable(images)
    starts = tf.data.Dataset.range(0, count, batch)
    augment = dp.ImageAugment(**RANGES).augmenter()
    layers = keras.Sequential(
        [
            keras.layers.RandomRotation(20 / 360, fill_mode="nearest"),
            keras.layers.RandomTranslation(0.2, 0.2, fill_mode="nearest"),
            keras.layers.RandomZoom((-0.2, 0.2), (-0.2, 0.2), fill_mode="nearest"),
            keras.layers.RandomFlip(),
        ]
    )

    def ours(start: Any) -> Any:
        return augment(held[start : start + batch], tf.range(start, start + batch), 0)[0]

    def theirs(start: Any) -> Any:
        return layers(held[start : start + batch], training=True)

    calls = tf.data.AUTOTUNE
    found: Contest = {
        "dataprep": _through(starts.map(ours, num_parallel_calls=calls).prefetch(2), count),
        "Keras layers": _through(starts.map(theirs, num_parallel_calls=calls).prefetch(2), count),
    }
    try:
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
    except ImportError:
        return found
    generator = ImageDataGenerator(**RANGES)
    few = min(count, 8 * batch)

    def old() -> int:
        batches = generator.flow(images[:few], batch_size=batch, shuffle=False)
        for _ in range(len(batches)):
            next(batches)
        return few

    return {**found, "old generator": old}


def reading(folder: Path, count: int, batch: int) -> Contest:
    """Return who reads photographs of 640 x 480 pixels, and brings them to 224 x 224."""
    import tensorflow as tf

    from dataprep.feed.images import images_of

    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (48, 64, 3)).astype("uint8"))
    photograph = BytesIO()
    small.resize((640, 480), Image.Resampling.BICUBIC).save(photograph, "JPEG", quality=90)
    names = [f"{i}.jpg" for i in range(count)]
    for name in names:
        (folder / name).write_bytes(photograph.getvalue())
    given = tf.data.Dataset.from_tensor_slices(names)
    calls, root = tf.data.AUTOTUNE, str(folder)

    def ours(references: Any) -> Any:
        return images_of(references, root=root, size=(224, 224), channels=3)

    def by_hand(*, antialias: bool) -> Callable[[Any], Any]:
        def one(name: Any) -> Any:
            decoded = tf.io.decode_jpeg(tf.io.read_file(root + "/" + name), channels=3)
            return tf.image.resize(decoded, (224, 224), antialias=antialias)

        return one

    return {
        "dataprep": _through(given.batch(batch).map(ours, num_parallel_calls=calls), count),
        "tf.io, antialiased": _through(
            given.map(by_hand(antialias=True), num_parallel_calls=calls).batch(batch), count
        ),
        "tf.io, aliased": _through(
            given.map(by_hand(antialias=False), num_parallel_calls=calls).batch(batch), count
        ),
    }


def _through(data: Any, count: int) -> Callable[[], int]:
    def once() -> int:
        for _ in data:
            pass
        return count

    return once


def contested(name: str, contest: Contest, rounds: int) -> None:
    """Print how many pictures each makes in a second, and how many times as many we do."""
    for once in contest.values():
        once()
    speeds: dict[str, list[float]] = {who: [] for who in contest}
    for _ in range(rounds):
        for who, once in contest.items():
            started = time.perf_counter()
            speeds[who].append(once() / (time.perf_counter() - started))
    print(f"\n{name}")
    print(f"  {'':20} {'pictures/s':>10}   dataprep is so many times as fast")
    for who, found in speeds.items():
        ratios = [a / b for a, b in zip(speeds["dataprep"], found, strict=True)]
        told = f"{median(ratios):5.2f}  ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"  {who:20} {median(found):10,.0f}   {told if who != 'dataprep' else ''}")


def main() -> None:
    """Run what the flags ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=["28", "224", "files"])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    require("tensorflow", "tensorflow")
    if asked.only in (None, "28"):
        contested("28 x 28 x 1, batches of 256", augmenting(28, 28, 1, 8192, 256), asked.rounds)
    if asked.only in (None, "224"):
        contested("224 x 224 x 3, batches of 32", augmenting(224, 224, 3, 256, 32), asked.rounds)
    if asked.only in (None, "files"):
        with TemporaryDirectory() as folder:
            contest = reading(Path(folder), 128, 16)
            contested("JPEG of 640 x 480, to 224 x 224", contest, asked.rounds)


if __name__ == "__main__":
    main()
