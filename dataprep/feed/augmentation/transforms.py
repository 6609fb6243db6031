"""What is done to each picture of a batch, in numbers: drawn here, carried out elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from dataprep.feed.augmentation.draws import Draws
    from dataprep.stages.augment.image_augment import ImageAugment

PURPOSES = (
    *("theta", "shear", "rows", "rows/side", "columns", "columns/side"),
    *("zoom_rows", "zoom_columns", "horizontal", "vertical", "kept", "kept_row", "kept_column"),
    *("channel", "brightness", "contrast"),
)
"""What is drawn for, always in this order; see `Draws`."""
_LEAST = 0.05
"""The least factor of zoom and the least rest of a crop, for strengths that would go further."""


@dataclass(frozen=True)
class Transforms:
    """One number for each picture, float64 of shape (n,); None where a kind of change is not done.

    Parameters
    ----------
    theta, shear : degrees
    rows, columns : pixels
        How far a pixel's source lies below and to the right of it.
    zoom_rows, zoom_columns : factors
        Below 1 enlarges.
    horizontal, vertical : bool
        Whether it is mirrored.
    kept, kept_row, kept_column : parts
        What a crop leaves of height and width; where, from 0 (top, left) to 1.
    channel, brightness, contrast : units of 0 to 255, and factors
    """

    theta: Any = None
    rows: Any = None
    columns: Any = None
    shear: Any = None
    zoom_rows: Any = None
    zoom_columns: Any = None
    horizontal: Any = None
    vertical: Any = None
    kept: Any = None
    kept_row: Any = None
    kept_column: Any = None
    channel: Any = None
    brightness: Any = None
    contrast: Any = None


def drawn(stage: ImageAugment, draws: Draws, height: Any, width: Any, strength: Any) -> Transforms:
    """Return transforms as the stage's parameters ask for.

    Parameters
    ----------
    stage : ImageAugment
    draws : Draws
    height, width : tensor or int
        Pixels.
    strength : tensor of float64, shape (n,), or 1.0
        What multiplies the ranges.
    """
    found: dict[str, Any] = {}
    for name, angle in (("theta", stage.rotation_range), ("shear", stage.shear_range)):
        if angle:
            found[name] = draws.between(-angle * strength, angle * strength, name)
    found["rows"] = _shift(draws, stage.height_shift_range, height, strength, "rows")
    found["columns"] = _shift(draws, stage.width_shift_range, width, strength, "columns")
    zoom = stage.zoom_range
    low, high = zoom if isinstance(zoom, tuple | list) else (1 - zoom, 1 + zoom)
    if (low, high) != (1, 1):
        for name in ("zoom_rows", "zoom_columns"):
            found[name] = _factors(draws, (low, high), strength, name)
    for name in ("horizontal", "vertical"):
        if getattr(stage, f"{name}_flip"):
            found[name] = draws.uniform(name) < 0.5 * _smaller(strength, 1.0)
    if stage.crop:
        most = _smaller(stage.crop * strength, 1 - _LEAST)
        found["kept"] = 1 - draws.between(0.0, most, "kept")
        for name in ("kept_row", "kept_column"):
            found[name] = draws.uniform(name)
    if stage.channel_shift_range:
        most = stage.channel_shift_range * strength
        found["channel"] = draws.between(-most, most, "channel")
    for name in ("brightness", "contrast"):
        bounds = getattr(stage, f"{name}_range")
        if bounds is not None:
            found[name] = _factors(draws, bounds, strength, name, least=0.0)
    return Transforms(**found)


def _double(value: Any) -> Any:
    return tf.cast(value, tf.float64)


def _smaller(value: Any, bound: float) -> Any:
    """Return the smaller one; of a plain number it is known before there is a graph."""
    return min(value, bound) if isinstance(value, float) else tf.minimum(value, _double(bound))


def _factors(
    draws: Draws, bounds: tuple[float, float], strength: Any, name: str, least: float = _LEAST
) -> Any:
    low, high = (-_smaller(-1 - (bound - 1) * strength, -least) for bound in bounds)
    return draws.between(low, high, name)


def _shift(draws: Draws, given: Any, size: Any, strength: Any, name: str) -> Any:
    """Return lengths in pixels: of a range, or one of several to either side."""
    if isinstance(given, int):
        given = tuple(range(given))
    several = isinstance(given, tuple | list)
    if not given or (several and not any(given)):
        return None
    if several:
        lengths = tf.constant([float(length) for length in given], tf.float64)
        side = 1.0 - 2.0 * _double(draws.choice(2, f"{name}/side"))
        length = tf.gather(lengths, draws.choice(len(given), name)) * side * strength
    else:
        length = draws.between(-given * strength, given * strength, name)
    largest = max(given) if several else given
    return length * _double(size) if largest < 1 else length
