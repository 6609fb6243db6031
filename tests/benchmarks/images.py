"""Pictures, measured: listing, reading and measuring, and finding near-duplicates.

    python tests/benchmarks/images.py                  # made-up photographs of 224 x 224, as JPEG
    python tests/benchmarks/images.py --digits FILE    # items of an IDX file too

Beside each number stands that of the plain way in the same run: Pillow decoding one picture after
the other, and NumPy comparing all hashes with all. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import dataprep as dp
from dataprep.images import viewing
from dataprep.images.near import _within


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a piece of work takes, and what came of it."""
    viewing._seen_before.clear()
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def photographs(folder: Path, count: int) -> None:
    """Write pictures with the detail of photographs."""
    rng = np.random.default_rng(0)
    for i in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (14, 14, 3), dtype="uint8"))
        fine = rng.normal(0, 12, (224, 224, 3))
        values = np.asarray(coarse.resize((224, 224), Image.Resampling.BICUBIC)) + fine
        image = Image.fromarray(np.clip(values, 0, 255).astype("uint8"))
        image.save(folder / f"{i:05}.jpg", quality=88)


def decoded(folder: Path) -> None:
    """Decode every picture of a folder with Pillow, and take its mean and deviation."""
    for path in sorted(folder.iterdir()):
        values = np.asarray(Image.open(path))
        values.mean(), values.std()


def all_with_all(hashes: np.ndarray, most: int) -> int:
    """Count pairs of near hashes, each compared with all that follow."""
    apart = (np.bitwise_count(hashes[i + 1 :] ^ hashes[i]) for i in range(len(hashes)))
    return sum(int((distance <= most).sum()) for distance in apart)


def main() -> None:
    """Print what each part takes, and its ratio to the plain way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--digits", type=Path)
    parser.add_argument("--hashes", type=int, default=50_000)
    given = parser.parse_args()
    stats = dp.Pipeline([dp.ImageStats()])
    three = dp.Pipeline([dp.ImageStats(), dp.DropCorruptImages(), dp.ImageDuplicates()])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photographs(folder, given.count)
        plain, _ = timed(lambda: decoded(folder))
        for what, pipe in (("ImageStats", stats), ("three stages", three)):
            seconds, _ = timed(lambda pipe=pipe: dp.clean(folder, pipeline=pipe).data.height())
            rates = f"{given.count / seconds:,.0f}/s; {given.count / plain:,.0f}/s"
            print(
                f"{given.count:,} JPEGs of 224 x 224, {what}; Pillow and NumPy, one thread: "
                f"{rates} ({plain / seconds:.2f})"
            )
    if given.digits:
        for what, pipe in (("ImageStats", stats), ("three stages", three)):
            seconds, rows = timed(lambda pipe=pipe: dp.clean(given.digits, pipeline=pipe).run)
            print(f"{rows.source.rows:,} items of {given.digits.name}, {what}: {seconds:.2f} s")
    hashes = np.random.default_rng(0).integers(0, 2**64, given.hashes, dtype="uint64")
    plain, pairs = timed(lambda: all_with_all(hashes, 6))
    seconds, found = timed(lambda: sum(len(a) for a, _, _ in _within(hashes, hashes, 6, same=True)))
    assert pairs == found
    print(
        f"{given.hashes:,} hashes, 6 bits: {seconds:.2f} s; all with all {plain:.2f} s "
        f"({plain / seconds:.1f})"
    )


if __name__ == "__main__":
    main()
