"""Changes of a picture's values where they stand: brightness, contrast, colour, sharpness, ..."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

LARGEST = 255.0


def by_picture(values: Any) -> Any:
    """Return a float32 for each picture in a shape that multiplies its pixels."""
    return tf.cast(values, tf.float32)[:, None, None, None]


def cut(images: Any) -> Any:
    """Return values in the range that pictures have."""
    return tf.clip_by_value(images, 0.0, LARGEST)


def channel_shifted(images: Any, by: Any) -> Any:
    """Add to all channels; what leaves the range of a picture's own values is cut off."""
    low = tf.reduce_min(images, axis=(1, 2, 3), keepdims=True)
    high = tf.reduce_max(images, axis=(1, 2, 3), keepdims=True)
    return tf.clip_by_value(images + by_picture(by), low, high)


def brightened(images: Any, factor: Any) -> Any:
    """Multiply as PIL's ``ImageEnhance.Brightness`` does: whole numbers, cut off, not rounded."""
    whole = tf.floor(cut(images))
    return tf.floor(cut(whole * by_picture(factor)))


def contrasted(images: Any, factor: Any) -> Any:
    """Multiply the distance from the mean of each channel."""
    # In double precision a mean does not depend on the order in which values are added.
    mean = tf.reduce_mean(tf.cast(images, tf.float64), axis=(1, 2), keepdims=True)
    mean = tf.cast(mean, tf.float32)
    return cut((images - mean) * by_picture(factor) + mean)


def coloured(images: Any, factor: Any) -> Any:
    """Multiply the distance from grey; pictures of one channel stay as they are."""
    if images.shape[3] != 3:
        return images
    red, green, blue = tf.unstack(images, 3, axis=3)
    # The weights of ITU-R 601, as in PIL.
    grey = (0.299 * red + 0.587 * green + 0.114 * blue)[..., None]
    return cut(grey + (images - grey) * by_picture(factor))


def sharpened(images: Any, factor: Any) -> Any:
    """Multiply the distance from a smoothed picture, as PIL does; the outermost pixels stay."""
    # Less than three pixels wide or high, all pixels are outermost ones.
    narrow = tf.reduce_min(tf.shape(images)[1:3]) < 3
    return tf.cond(narrow, lambda: images, lambda: _sharpened(images, factor))


def _sharpened(images: Any, factor: Any) -> Any:
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    inner = images[:, 1:-1, 1:-1]
    smooth = 4 * inner
    for down in range(3):
        for across in range(3):
            smooth += images[:, down : height - 2 + down, across : width - 2 + across]
    smooth = smooth / 13
    sharp = cut(smooth + (inner - smooth) * by_picture(factor))
    row = tf.concat([images[:, 1:-1, :1], sharp, images[:, 1:-1, -1:]], axis=2)
    return tf.concat([images[:, :1], row, images[:, -1:]], axis=1)


def posterized(images: Any, bits: Any) -> Any:
    """Set so many of the lowest of 8 bits to zero."""
    step = by_picture(2.0**bits)
    return tf.floor(cut(images) / step) * step


def solarized(images: Any, threshold: Any) -> Any:
    """Invert the values from a threshold on."""
    return tf.where(images >= by_picture(threshold), LARGEST - images, images)


def stretched(images: Any) -> Any:
    """Stretch the values of each channel to the whole range; those of a single value stay."""
    low = tf.reduce_min(images, axis=(1, 2), keepdims=True)
    high = tf.reduce_max(images, axis=(1, 2), keepdims=True)
    wide = cut((images - low) * (LARGEST / tf.maximum(high - low, 1e-6)))
    return tf.where(high > low, wide, images)


def equalized(images: Any) -> Any:
    """Make each range of values as frequent as another, in each channel, as PIL does."""
    shape = tf.shape(images)
    channels, levels = shape[0] * shape[3], int(LARGEST) + 1
    values = tf.reshape(tf.transpose(cut(images), (0, 3, 1, 2)), (channels, shape[1] * shape[2]))
    values = tf.cast(values, tf.int32)
    places = values + levels * tf.range(channels)[:, None]
    counts = tf.math.unsorted_segment_sum(tf.ones_like(places), places, levels * channels)
    counts = tf.reshape(counts, (channels, levels))
    last = tf.gather(counts, tf.reduce_max(values, axis=1), batch_dims=1)
    step = ((shape[1] * shape[2] - last) // (levels - 1))[:, None]
    before = tf.cumsum(counts, axis=1, exclusive=True)
    found = tf.minimum((before + step // 2) // tf.maximum(step, 1), levels - 1)
    table = tf.where(step > 0, found, tf.range(levels)[None, :])
    made = tf.gather(table, values, batch_dims=1)
    made = tf.transpose(tf.reshape(made, (shape[0], shape[3], shape[1], shape[2])), (0, 2, 3, 1))
    return tf.cast(made, tf.float32)
