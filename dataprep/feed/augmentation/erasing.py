"""Boxes in pictures: what random erasing covers, and CutMix lays over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from dataprep.feed.augmentation.tones import LARGEST

if TYPE_CHECKING:
    from dataprep.feed.augmentation.draws import Draws

PURPOSES = (
    *("erase", "erase/area", "erase/aspect", "erase/row", "erase/column"),
    *("erase/red", "erase/green", "erase/blue"),
)
_AREA = (0.02, 0.33)
_ASPECT = np.log(1 / 0.3)


def erased(images: Any, draws: Draws, share: float, strength: Any) -> Any:
    """Cover a box of some pictures by one colour.

    Parameters
    ----------
    images : tensor of float32, shape (n, height, width, channels)
    draws : Draws
    share : float
        The probability that a picture is treated.
    strength : tensor of float64, shape (n,), or 1.0
        What multiplies it.
    """
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    pixels = tf.cast(height * width, tf.float64)
    area = draws.between(*_AREA, "erase/area") * pixels
    aspect = tf.exp(draws.between(-_ASPECT, _ASPECT, "erase/aspect"))
    tall, wide = tf.sqrt(area * aspect), tf.sqrt(area / aspect)
    chosen = draws.uniform("erase") < share * strength
    box = boxes(draws, height, width, tall, wide, "erase")
    covered = box & chosen[:, None, None, None]
    colours = [draws.uniform(f"erase/{name}") * LARGEST for name in ("red", "green", "blue")]
    colour = tf.stack(colours, axis=1)[:, None, None, : images.shape[3]]
    return tf.where(covered, tf.cast(colour, tf.float32), images)


def boxes(draws: Draws, height: Any, width: Any, tall: Any, wide: Any, purpose: str) -> Any:
    """Return whether each pixel lies in a box somewhere in the picture.

    Parameters
    ----------
    draws : Draws
    height, width : tensor of int
        Of the pictures.
    tall, wide : tensor of float64, shape (n,)
        Of the boxes; rounded, and no larger than the picture.
    purpose : str
        What the box is for; its place is drawn for it.

    Returns
    -------
    tensor of bool, shape (n, height, width, 1)
    """
    down = _within(draws.uniform(f"{purpose}/row"), tall, height)
    across = _within(draws.uniform(f"{purpose}/column"), wide, width)
    return (down[:, :, None] & across[:, None, :])[..., None]


def _within(drawn: Any, length: Any, size: Any) -> Any:
    """Return which places along an axis lie in a part of it; shape (n, size)."""
    room = tf.cast(size, tf.float64)
    length = tf.minimum(tf.round(length), room)
    start = tf.floor(drawn * (room - length + 1))[:, None]
    place = tf.range(room, dtype=tf.float64)[None, :]
    return (place >= start) & (place < start + length[:, None])
