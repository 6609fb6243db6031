"""Make ``images``: small pictures of three shapes, some of them damaged in known ways.

Beside the folder goes ``images_truth.csv``: one line for each file that is not as it should be.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path
from shutil import rmtree

import numpy as np
from PIL import Image

SEED = 20260711
SIDE = 32
CLASSES = {"circle": 132, "square": 60, "triangle": 28}
FINE = 4
"""Shapes are drawn so many times as large, and made smaller: their edges are smooth."""


def picture(shape: str, rng: np.random.Generator) -> Image.Image:
    """Return a light shape before a darker background that is not even, turned a little.

    Place, size and colours are any. A baseline can learn it from a hundred pictures, as first
    data ought to be learned; shapes that are turned at will, and now lighter now darker, take it
    thousands.
    """
    n = SIDE * FINE
    y, x = np.indices((n, n)) / n - 0.5
    cx, cy = rng.uniform(-0.12, 0.12, 2)
    size, turn = rng.uniform(0.2, 0.33), rng.uniform(-0.35, 0.35)
    u = np.cos(turn) * (x - cx) + np.sin(turn) * (y - cy)
    v = -np.sin(turn) * (x - cx) + np.cos(turn) * (y - cy)
    if shape == "circle":
        inside = u**2 + v**2 < size**2
    elif shape == "square":
        inside = np.maximum(abs(u), abs(v)) < size * 0.9
    else:
        inside = np.maximum(-v, abs(u) * 0.866 * 2 + v) < size
    slope = rng.uniform(-60, 60, 2)
    back = rng.uniform(60, 140, 3) + (slope[0] * x + slope[1] * y)[:, :, None]
    # A colour that can be told from the background, in every channel.
    front = back.mean(axis=(0, 1)) + rng.uniform(45, 85, 3)
    values = np.where(inside[:, :, None], front, back)
    values = values.reshape(SIDE, FINE, SIDE, FINE, 3).mean(axis=(1, 3))
    values += rng.normal(0, 4, values.shape)
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype("uint8"))


def packed(image: Image.Image, format: str) -> bytes:
    """Return a picture as the bytes of a file."""
    into = io.BytesIO()
    image.save(into, format, **({"quality": 90} if format == "JPEG" else {}))
    return into.getvalue()


def dimmed(image: Image.Image, low: float, high: float) -> Image.Image:
    """Return a picture whose values lie between two others."""
    values = np.asarray(image, dtype="float64") / 255
    return Image.fromarray(np.rint(low + values * (high - low)).astype("uint8"))


def main() -> None:
    """Write the pictures and the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    out = parser.parse_args().out
    folder = out / "images"
    rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(SEED)
    made: dict[str, Image.Image] = {}
    truth: list[tuple[str, str, str]] = []

    def write(name: str, content: bytes, defect: str = "", of: str = "") -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if defect:
            truth.append((name, defect, of))

    for shape, count in CLASSES.items():
        for i in range(count):
            format, suffix = ("JPEG", "jpg") if i % 3 == 2 else ("PNG", "png")
            name = f"{shape}/{shape}_{i:03}.{suffix}"
            made[name] = picture(shape, rng)
            write(name, packed(made[name], format))
    png, jpeg = "circle/circle_003.png", "circle/circle_005.jpg"
    write("circle/cut_off.png", packed(picture("circle", rng), "PNG")[:900], "corrupt")
    write("square/cut_off.jpg", packed(picture("square", rng), "JPEG")[:500], "corrupt")
    write("circle/no_picture.jpg", b"<html>404 not found</html>\n", "corrupt")
    write("circle/empty.png", b"", "empty")
    write("triangle/empty.jpg", b"", "empty")
    write("circle/dark.png", packed(dimmed(made[png], 0, 12), "PNG"), "near_black")
    write(
        "square/dark.jpg",
        packed(dimmed(made["square/square_000.png"], 0, 10), "JPEG"),
        "near_black",
    )
    write("circle/bright.png", packed(dimmed(made[png], 246, 255), "PNG"), "near_white")
    small = made[png].resize((20, 20), Image.Resampling.LANCZOS)
    write("circle/circle_003 small.png", packed(small, "PNG"), "near_duplicate", png)
    write("square/square_001_again.jpg", packed(made["square/square_001.png"], "JPEG"),
          "near_duplicate", "square/square_001.png")  # fmt: skip
    write("circle/circle_005_copy.jpg", packed(made[jpeg], "JPEG"), "near_duplicate", jpeg)
    write("triangle/größer 1.PNG", packed(picture("triangle", rng), "PNG"))
    write("square/square_100.png", packed(picture("square", rng), "JPEG"), "extension")
    write("circle/notes.txt", b"Drawn by a script.\n", "no_picture")
    with (out / "images_truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("file", "defect", "of"), *sorted(truth)])


if __name__ == "__main__":
    main()
