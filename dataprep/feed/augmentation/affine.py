"""One affine transform for each picture of a batch, in one operation."""

from __future__ import annotations

from collections.abc import Sequence
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
    return centred(steps, height, width) if steps else None


def centred(steps: Sequence[Nine], height: Any, width: Any) -> Any:
    """Return the product of matrices, about the middle of the picture; as `matrices` does."""
    middle_x, middle_y = tf.cast(width, tf.float64) / 2 - 0.5, tf.cast(height, tf.float64) / 2 - 0.5
    found: Nine = [[1, 0, middle_x], [0, 1, middle_y], [0, 0, 1]]
    for step in [*steps, [[1, 0, -middle_x], [0, 1, -middle_y], [0, 0, 1]]]:
        found = _product(found, step)
    cells = [tf.cast(cell, tf.float64) for row in found[:2] for cell in row]
    return tf.reshape(tf.stack(_alike(cells), axis=-1), (-1, 2, 3))


def _alike(cells: Sequence[Any]) -> list[Any]:
    """Return numbers for each picture, also of those that all pictures share."""
    apart = max(cells, key=lambda cell: cell.shape.rank)
    return [cell + tf.zeros_like(apart) for cell in cells]


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
    outside = tf.constant(cval, tf.float32)
    moved = _sampled(images, tf.cast(matrix, tf.float32), outside, fill_mode, interpolation)
    return tf.ensure_shape(moved, images.shape)


# Compiled into one loop over pixels: as single operations each goes over all of them.
@tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
def _sampled(images: Any, matrix: Any, outside: Any, fill_mode: str, interpolation: str) -> Any:
    shape = tf.shape(images)
    n, height, width = shape[0], shape[1], shape[2]
    x, y = _sources(matrix, height, width)
    inside = _inside(x, width) & _inside(y, height)
    x, y = _FILLS[fill_mode](x, width), _FILLS[fill_mode](y, height)
    pixels = tf.reshape(images, (n, height * width, shape[3]))

    def at(places: Any) -> Any:
        places = tf.reshape(places, (n, height * width))
        return tf.reshape(tf.gather(pixels, places, batch_dims=1), shape)

    if interpolation == "nearest":
        found = at(_place(tf.floor(x + 0.5), tf.floor(y + 0.5), width))
    else:
        left, top = tf.floor(x), tf.floor(y)
        across, down = (x - left)[..., None], (y - top)[..., None]
        here = _place(left, top, width)
        right = tf.cast(left < tf.cast(width - 1, tf.float32), tf.int32)
        below = tf.cast(top < tf.cast(height - 1, tf.float32), tf.int32) * width
        first, second, third, last = (
            at(places) for places in (here, here + right, here + below, here + right + below)
        )
        above = first + (second - first) * across
        found = above + (third + (last - third) * across - above) * down
    return tf.where(inside[..., None], found, outside) if fill_mode == "constant" else found


def _sources(matrix: Any, height: Any, width: Any) -> tuple[Any, Any]:
    """Return the column and the row that each pixel is taken from; shape (n, height, width)."""
    x = tf.cast(tf.range(width), tf.float32)[None, None, :]
    y = tf.cast(tf.range(height), tf.float32)[None, :, None]
    cells = matrix[:, :, :, None, None]
    across, down = (cells[:, i, 0] * x + cells[:, i, 1] * y + cells[:, i, 2] for i in (0, 1))
    return across, down


def _place(column: Any, row: Any, width: Any) -> Any:
    return tf.cast(row, tf.int32) * width + tf.cast(column, tf.int32)


def _inside(place: Any, size: Any) -> Any:
    size = tf.cast(size, tf.float32)
    return (place >= -_ROUNDING * size) & (place <= size - 1 + _ROUNDING * size)


def _nearest(place: Any, size: Any) -> Any:
    return tf.clip_by_value(place, 0.0, tf.cast(size - 1, tf.float32))


def _reflected(place: Any, size: Any) -> Any:
    twice = tf.cast(2 * size, tf.float32)
    place = place - twice * tf.floor(place / twice)
    return _nearest(tf.minimum(place, twice - place - 1), size)


def _wrapped(place: Any, size: Any) -> Any:
    period = tf.cast(tf.maximum(size - 1, 1), tf.float32)
    inside = (place >= 0) & (place <= period)
    return _nearest(tf.where(inside, place, place - period * tf.floor(place / period)), size)


_FILLS = {
    "nearest": _nearest,
    "constant": _nearest,
    "reflect": _reflected,
    "wrap": _wrapped,
}
"""From a place to one in the picture."""
