"""Hashes of pictures that stay nearly the same when they are resized or compressed again."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np

SIDE = 32
"""The side of the grey thumbnail that hashes are made of."""
COLOURS = 16
"""The side of the coloured thumbnail that two pictures are compared by."""
_NOISE = 4.0
"""What is left of the frequencies that a symmetric picture lacks: rounding, which is no bit."""
TURNED = (
    "as it is", "mirrored", "mirrored top to bottom", "turned by 180 degrees",
    "mirrored at a diagonal", "turned by 90 degrees", "turned by 90 degrees",
    "mirrored at a diagonal",
)  # fmt: skip
"""What the eight ways of `turned` do to a picture."""


def thumbnail(image: Any, side: int, mode: str) -> np.ndarray:
    """Return a small square picture, each pixel the mean of those that it stands for.

    Parameters
    ----------
    image : PIL.Image.Image
    side : int
    mode : {"L", "RGB"}

    Returns
    -------
    array of uint8, shape (side, side) or (side, side, 3)
    """
    from PIL.Image import Resampling

    # Grown pixels would be square; between them values change smoothly.
    small = min(image.size) < side
    way = Resampling.BILINEAR if small else Resampling.BOX
    return np.asarray(image.resize((side, side), way).convert(mode))


def digest(image: Any) -> str:
    """Return a hash of the very pixels, 128 bits as text: equal only for the same picture."""
    size = f"{image.mode} {image.width} {image.height}".encode()
    return blake2b(image.tobytes(), digest_size=16, person=size[:16]).hexdigest()


def phash(grey: np.ndarray) -> np.ndarray:
    """Return hashes of 64 bits: which of the lowest frequencies are clearly above their median.

    Parameters
    ----------
    grey : array of shape (n, 32, 32)

    Returns
    -------
    array of uint64, shape (n,)

    References
    ----------
    C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010.
    """
    from scipy.fft import dctn

    waves = dctn(grey.astype("float64"), axes=(-2, -1), norm="ortho")
    low = waves[..., :8, :8].reshape(len(grey), 64)
    # The first says how bright it is, for the others their median matters.
    middle = np.median(low[:, 1:], axis=1, keepdims=True)
    return _packed(low > middle + _NOISE)


def dhash(grey: np.ndarray) -> np.ndarray:
    """Return hashes of 64 bits: where it gets brighter from left to right, on a grid of 8 by 9.

    Parameters
    ----------
    grey : array of shape (n, 32, 32)

    Returns
    -------
    array of uint64, shape (n,)
    """
    rows = grey.astype("float64").reshape(len(grey), 8, 4, SIDE).mean(axis=2)
    # 32 columns into 9: each of the 9 is the mean of 32 of 288 parts.
    cells = np.repeat(rows, 9, axis=2).reshape(len(grey), 8, 9, SIDE).mean(axis=3)
    return _packed((cells[:, :, 1:] > cells[:, :, :-1]).reshape(len(grey), 64))


def _packed(bits: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.packbits(bits, axis=1)).view(">u8")[:, 0].astype("uint64")


def turned(thumbnails: np.ndarray, way: int) -> np.ndarray:
    """Return thumbnails turned or mirrored: one of the eight ways that `TURNED` names.

    Parameters
    ----------
    thumbnails : array of shape (n, side, side, ...)
    way : int
        0 leaves them as they are.
    """
    found = thumbnails.swapaxes(1, 2) if way & 4 else thumbnails
    if way & 1:
        found = found[:, :, ::-1]
    return found[:, ::-1] if way & 2 else found
