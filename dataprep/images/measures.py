"""Measures of a picture: its size, its brightness, how sharp it is, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.images.loading import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

BLACK, WHITE = 10, 245
"""Grey values up to which a pixel is near-black, and from which on it is near-white."""


@dataclass(frozen=True)
class Measures:
    """Numbers of a picture. Values lie in [0, 255].

    Parameters
    ----------
    width, height, channels : int
    mean, std : float
        Of all values, the standard deviation that of a population.
    sharpness : float
        The variance of the Laplacian of the grey picture; NaN below three pixels either way.
    near_black, near_white : float
        Shares of the grey pixels at most 10, and at least 245.
    """

    width: int
    height: int
    channels: int
    mean: float
    std: float
    sharpness: float
    near_black: float
    near_white: float


def measures_of(image: Any) -> Measures:
    """Return the measures of a picture of mode ``L`` or ``RGB``.

    Parameters
    ----------
    image : PIL.Image.Image

    References
    ----------
    J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative
    study", ICPR 2000: the variance of the Laplacian.
    """
    grey = image.convert("L")
    counts = np.array(image.histogram(), dtype="int64").reshape(-1, 256)
    shades = np.array(grey.histogram(), dtype="int64")
    area = grey.width * grey.height
    mean, std = _moments(counts.sum(axis=0))
    return Measures(
        image.width,
        image.height,
        len(counts),
        mean,
        std,
        sharpness(np.asarray(grey)),
        int(shades[: BLACK + 1].sum()) / area,
        int(shades[WHITE:].sum()) / area,
    )


def _moments(counts: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of whole numbers that are counted: exact sums."""
    values, n = np.arange(len(counts)), int(counts.sum())
    total, squares = int(counts @ values), int(counts @ (values * values))
    return total / n, (max(0, n * squares - total * total) ** 0.5) / n


def sharpness(grey: np.ndarray) -> float:
    """Return the variance of the Laplacian of a grey picture, its border left out.

    Parameters
    ----------
    grey : array of uint8, shape (height, width)

    Examples
    --------
    >>> sharpness(np.full((5, 5), 7, dtype="uint8"))
    0.0
    >>> sharpness(np.array([[0, 0, 0, 0], [0, 9, 0, 0], [0, 0, 0, 0]], dtype="uint8"))
    506.25
    """
    if min(grey.shape) < 3:
        return float("nan")
    # Values up to 4 * 255 fit into 16 bits, and their squares into 32.
    g = grey.astype("int16")
    around = g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:]
    found = around - 4 * g[1:-1, 1:-1]
    total = int(found.sum(dtype="int64"))
    squares = int(np.square(found, dtype="int32").sum(dtype="int64"))
    return float((found.size * squares - total * total) / found.size**2)


def oddities(picture: Picture) -> dict[str, str]:
    """Return what is odd about how a picture is stored, by its name, in words.

    Examples
    --------
    >>> oddities(Picture(None, "JPEG", "CMYK", named="PNG"))
    {'extension': 'named as PNG, but it is JPEG', 'cmyk': 'CMYK colours'}
    """
    found: dict[str, str] = {}
    if picture.format != "array":
        if picture.named and picture.named != picture.format:
            found["extension"] = f"named as {picture.named}, but it is {picture.format}"
        if picture.frames > 1:
            found["animated"] = f"{picture.frames} frames, of which the first is taken"
    if picture.bits == 16:
        found["16-bit"] = "16 bits a value, of which the upper 8 are taken"
    if picture.mode == "CMYK":
        found["cmyk"] = "CMYK colours"
    return found


def told(found: dict[str, str], which: Sequence[str] | None = None) -> str | None:
    """Return oddities as one text, all or those that are asked for; None where there is none."""
    return "; ".join(text for name, text in found.items() if which is None or name in which) or None
