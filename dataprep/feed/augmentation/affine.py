"""One affine transform for each picture of a batch, in one operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from dataprep.feed.augmentation.transforms import Transforms

Nine = list[list[Any]]
"""A matrix of three rows, of numbers or of tensors with one for each picture."""
_ROUNDING = 1e-6
"""A part of the size: a place that lies so little outside does so by rounding."""


def matrices(done: Transforms, height: Any, width: Any) -> Any:
    """Return the matrix of each picture, from a pixel's (column, row, 1) to that of its source.

    The order is that of the old class: what is seen is turned, moved, sheared, zoomed, then
    mirrored, then cropped; all about the middle of the picture.

    Returns
    -------
    tensor of float64, shape (n, 2, 3); None where nothing moves
    """
    height, width = tf.cast(height, tf.float64), tf.cast(width, tf.float64)
    steps = _steps(done, height, width)
    if not steps:
        return None
    middle_x, middle_y = width / 2 - 0.5, height / 2 - 0.5
    found: Nine = [[1, 0, middle_x], [0, 1, middle_y], [0, 0, 1]]
    for step in [*steps, [[1, 0, -middle_x], [0, 1, -middle_y], [0, 0, 1]]]:
        found = _product(found, step)
    n = tf.shape(_one_of(done))
    rows = [[tf.broadcast_to(tf.cast(cell, tf.float64), n) for cell in row] for row in found[:2]]
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=-2)


def _one_of(done: Transforms) -> Any:
    return next(value for value in vars(done).values() if value is not None)


def _steps(done: Transforms, height: Any, width: Any) -> list[Nine]:
    steps: list[Nine] = []
    if done.theta is not None:
        angle = done.theta * (np.pi / 180)
        sine, cosine = tf.sin(angle), tf.cos(angle)
        steps.append([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    if done.rows is not None or done.columns is not None:
        columns, rows = (0 if s is None else s for s in (done.columns, done.rows))
        steps.append([[1, 0, columns], [0, 1, rows], [0, 0, 1]])
    if done.shear is not None:
        angle = done.shear * (np.pi / 180)
        steps.append([[1, -tf.sin(angle), 0], [0, tf.cos(angle), 0], [0, 0, 1]])
    if done.zoom_rows is not None or done.zoom_columns is not None:
        across, down = (1 if z is None else z for z in (done.zoom_columns, done.zoom_rows))
        steps.append([[across, 0, 0], [0, down, 0], [0, 0, 1]])
    if done.horizontal is not None or done.vertical is not None:
        across, down = (1 if f is None else _sign(f) for f in (done.horizontal, done.vertical))
        steps.append([[across, 0, 0], [0, down, 0], [0, 0, 1]])
    if done.kept is not None:
        kept = done.kept
        column = (done.kept_column - 0.5) * (1 - kept) * (width - 1)
        row = (done.kept_row - 0.5) * (1 - kept) * (height - 1)
        steps.append([[kept, 0, column], [0, kept, row], [0, 0, 1]])
    return steps


def _sign(mirrored: Any) -> Any:
    return 1 - 2 * tf.cast(mirrored, tf.float64)


def _product(a: Nine, b: Nine) -> Nine:
    """Return the product of two matrices; zeros and ones cost nothing."""
    return [[_sum(_times(a[i][k], b[k][j]) for k in range(3)) for j in range(3)] for i in range(3)]


def _times(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, int) and one in (0, 1):
            return other if one else 0
    return a * b


def _sum(terms: Any) -> Any:
    found: Any = 0
    for term in terms:
        if not (isinstance(term, int) and term == 0):
            found = term if isinstance(found, int) and found == 0 else found + term
    return found


def warped(images: Any, matrix: Any, fill_mode: str, cval: float, interpolation: str) -> Any:
    """Return pictures whose pixels are taken from other places of the same picture.

    Places outside are filled as ``scipy.ndimage.affine_transform`` fills them: with ``constant``
    no value lies between a picture's edge and what is outside; ``wrap`` has a period of one pixel
    less than the size.

    Parameters
    ----------
    images : tensor of float32, shape (n, height, width, channels)
    matrix : tensor of float64, shape (n, 2, 3)
        What `matrices` gives.
    fill_mode, cval, interpolation
        As those of `ImageAugment`.
    """
    single = tf.cast(matrix, tf.float32)
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    if fill_mode == "wrap":
        x, y = _sources(single, height, width)
        x, y = _wrapped(x, width), _wrapped(y, height)
        return _sampled(images, x, y, interpolation)
    flat = tf.reshape(single, (-1, 6))
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.pad(flat, [[0, 0], [0, 2]]),
        output_shape=tf.stack([height, width]),
        fill_value=0.0,
        interpolation=interpolation.upper(),
        fill_mode="REFLECT" if fill_mode == "reflect" else "NEAREST",
    )
    moved = tf.ensure_shape(moved, images.shape)
    if fill_mode != "constant":
        return moved
    x, y = _sources(single, height, width)
    inside = _inside(x, width) & _inside(y, height)
    return tf.where(inside[..., None], moved, tf.constant(cval, tf.float32))


def _sources(matrix: Any, height: Any, width: Any) -> tuple[Any, Any]:
    """Return the column and the row that each pixel is taken from; shape (n, height, width)."""
    x = tf.range(tf.cast(width, tf.float32), dtype=tf.float32)[None, None, :]
    y = tf.range(tf.cast(height, tf.float32), dtype=tf.float32)[None, :, None]
    cells = matrix[:, :, :, None, None]
    across, down = (cells[:, i, 0] * x + cells[:, i, 1] * y + cells[:, i, 2] for i in (0, 1))
    return across, down


def _inside(place: Any, size: Any) -> Any:
    last = tf.cast(size - 1, tf.float32)
    near = _ROUNDING * tf.cast(size, tf.float32)
    return (place >= -near) & (place <= last + near)


def _wrapped(place: Any, size: Any) -> Any:
    period = tf.cast(tf.maximum(size - 1, 1), tf.float32)
    inside = (place >= 0) & (place <= period)
    return tf.where(inside, place, place - period * tf.floor(place / period))


def _sampled(images: Any, x: Any, y: Any, interpolation: str) -> Any:
    """Return the values at places, which lie inside."""
    shape = tf.shape(images)
    n, height, width, channels = shape[0], shape[1], shape[2], shape[3]
    flat = tf.reshape(images, (n, height * width, channels))

    def at(column: Any, row: Any) -> Any:
        column = tf.clip_by_value(tf.cast(column, tf.int32), 0, width - 1)
        row = tf.clip_by_value(tf.cast(row, tf.int32), 0, height - 1)
        places = tf.reshape(row * width + column, (n, -1))
        return tf.reshape(tf.gather(flat, places, batch_dims=1), shape)

    if interpolation == "nearest":
        return tf.ensure_shape(at(tf.floor(x + 0.5), tf.floor(y + 0.5)), images.shape)
    left, top = tf.floor(x), tf.floor(y)
    right, below = (x - left)[..., None], (y - top)[..., None]
    above = at(left, top) * (1 - right) + at(left + 1, top) * right
    under = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right
    return tf.ensure_shape(above * (1 - below) + under * below, images.shape)
