"""A table of pictures that stages are tried on, made in a folder of its own."""

from __future__ import annotations

from atexit import register
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from dataprep.testing.tables import sample_table

IMAGE = "image"
"""The column of pictures."""


def picture_table() -> Any:
    """Return the sample table with a column ``image``: the paths of pictures.

    Among them are some that repeat another one, smaller, mirrored, compressed or as it is; one cut
    off, one empty, one named as another format, one that is not there, and a missing cell.
    """
    table = sample_table()
    names = _names()
    cells: list[str | None] = [names[i * 7 % len(names)] for i in range(len(table))]
    cells[1], cells[8] = None, str(Path(names[0]).parent / "lost.png")
    return table.add_column(0, IMAGE, [cells])


@cache
def _names() -> list[str]:
    """Return the paths of the pictures; the folder goes with the process."""
    import numpy as np
    from PIL import Image

    folder = Path(mkdtemp(prefix="dataprep-pictures-"))
    register(rmtree, folder, ignore_errors=True)
    places = np.indices((24, 32))
    names: list[str] = []

    def save(image: Any, name: str, **how: Any) -> None:
        image.save(folder / name, **how)
        names.append(str(folder / name))

    for i in range(6):
        waves = np.sin(places[0] / (2 + i)) + np.cos(places[1] / (3 + i) + places[0] / 9)
        values = np.stack([waves * 40 + 60 + 20 * c * (i % 3) for c in range(3)], axis=-1)
        image = Image.fromarray(np.clip(values, 0, 255).astype("uint8"))
        save(image, f"waves {i}.png")
        if i == 0:
            save(image.resize((64, 48)), "large.png")
            save(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "mirrored.png")
        if i == 1:
            save(image, "compressed.jpg", quality=80)
            save(image, "named.png", format="JPEG")
        if i == 2:
            save(image, "again.png")
            save(image.convert("L"), "grey.png")
    save(Image.new("L", (8, 8), 3), "dark.png")
    for name, content in (("cut.png", Path(names[0]).read_bytes()[:300]), ("empty.jpg", b"")):
        (folder / name).write_bytes(content)
        names.append(str(folder / name))
    return names
