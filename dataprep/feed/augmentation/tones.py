"""Changes of a picture's values where they stand: channel shift, brightness, contrast."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

LARGEST = 255.0


def by_picture(values: Any) -> Any:
    """Return a float32 for each picture in a shape that multiplies its pixels."""
    return tf.cast(values, tf.float32)[:, None, None, None]


def channel_shifted(images: Any, by: Any) -> Any:
    """Add to all channels; what leaves the range of a picture's own values is cut off."""
    low = tf.reduce_min(images, axis=(1, 2, 3), keepdims=True)
    high = tf.reduce_max(images, axis=(1, 2, 3), keepdims=True)
    return tf.clip_by_value(images + by_picture(by), low, high)


def brightened(images: Any, factor: Any) -> Any:
    """Multiply as PIL's ``ImageEnhance.Brightness`` does: whole numbers, cut off, not rounded."""
    whole = tf.floor(tf.clip_by_value(images, 0.0, LARGEST))
    return tf.floor(tf.clip_by_value(whole * by_picture(factor), 0.0, LARGEST))


def contrasted(images: Any, factor: Any) -> Any:
    """Multiply the distance from the mean of each channel."""
    # In double precision a mean does not depend on the order in which values are added.
    mean = tf.reduce_mean(tf.cast(images, tf.float64), axis=(1, 2), keepdims=True)
    mean = tf.cast(mean, tf.float32)
    return tf.clip_by_value((images - mean) * by_picture(factor) + mean, 0.0, LARGEST)
