"""References: how a cell names a picture, and which file, or which item of a file, is meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SUFFIXES = frozenset({
    ".apng", ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".jpeg",
    ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp",
})  # fmt: skip
"""What the names of picture files end with, in small letters."""
_ITEM = re.compile(r"(?P<path>.+)#(?:(?P<member>[^#/]+)/)?(?P<index>[0-9]{1,12})", re.DOTALL)


class Reference(NamedTuple):
    """A picture: a file, or an item of a file that holds many.

    Parameters
    ----------
    path : str
        Relative to a root folder, or absolute.
    item : int, optional
        Which item, from 0.
    member : str, optional
        The array of an NPZ file.
    """

    path: str
    item: int | None = None
    member: str | None = None

    def under(self, root: str | Path) -> Path:
        """Return where the file is. A path may be absolute, or lead out of the root by ``..``."""
        return Path(root, self.path)


def is_picture(name: str) -> bool:
    """Tell whether a file holds a picture, by its name.

    Examples
    --------
    >>> [is_picture(name) for name in ("cats/1.JPG", "labels.csv", ".hidden.png/notes")]
    [True, False, False]
    """
    return Path(name).suffix.lower() in SUFFIXES


def parsed(text: str) -> Reference:
    """Return what a cell names.

    Examples
    --------
    >>> parsed("cats/a#1.jpg")
    Reference(path='cats/a#1.jpg', item=None, member=None)
    >>> parsed("t10k-images-idx3-ubyte.gz#17").item
    17
    >>> parsed("mnist.npz#x_train/17")
    Reference(path='mnist.npz', item=17, member='x_train')
    """
    found = _ITEM.fullmatch(text)
    # A picture's file may be called "me.jpg#1" by a download; it has no items.
    if found is None or is_picture(found["path"]):
        return Reference(text)
    return Reference(found["path"], int(found["index"]), found["member"])


def joined(path: str, index: int, member: str | None = None) -> str:
    """Return the text that names an item of a file.

    Examples
    --------
    >>> joined("mnist.npz", 17, "x_train")
    'mnist.npz#x_train/17'
    """
    return f"{path}#{index}" if member is None else f"{path}#{member}/{index}"
