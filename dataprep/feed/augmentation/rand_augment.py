"""RandAugment: a few operations in a row, drawn for each picture, all of one strength."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from dataprep.feed.augmentation import tones
from dataprep.feed.augmentation.affine import centred, warped

if TYPE_CHECKING:
    from dataprep.feed.augmentation.draws import Draws
    from dataprep.stages.augment.image_augment import ImageAugment

_MOVES = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
_TONES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "brightness": lambda x, _, side: tones.cut(x * tones.by_picture(1 + side)),
    "color": lambda x, _, side: tones.coloured(x, 1 + side),
    "contrast": lambda x, _, side: tones.contrasted(x, 1 + side),
    "sharpness": lambda x, _, side: tones.sharpened(x, 1 + side),
    "posterize": lambda x, strength, _: tones.posterized(x, tf.round(4 * strength)),
    "solarize": lambda x, strength, _: tones.solarized(x, tones.LARGEST * (1 - strength)),
    "auto_contrast": lambda x, _, __: tones.stretched(x),
    "equalize": lambda x, _, __: tones.equalized(x),
}
OPERATIONS = ("identity", *_MOVES, *_TONES)
"""Those of the paper. The full strength turns by 30 degrees, shears by 0.3, moves by 0.45 of the
size, changes factors by 0.9, leaves 4 bits and inverts everything."""


def purposes(stage: ImageAugment) -> list[str]:
    """Return what is drawn for."""
    count = stage.rand_augment[0] if stage.rand_augment else 0
    return [f"rand/{i}/{what}" for i in range(count) for what in ("operation", "side")]


def rand_augmented(stage: ImageAugment, images: Any, draws: Draws, strength: Any) -> Any:
    """Return pictures after as many operations as the stage asks for.

    Parameters
    ----------
    stage : ImageAugment
    images : tensor of float32, shape (n, height, width, channels)
    draws : Draws
    strength : tensor of float64, shape (n,), or 1.0
        What multiplies the stage's strength, up to 1.
    """
    if stage.rand_augment is None:
        return images
    count, most = stage.rand_augment
    for i in range(count):
        chosen = draws.choice(len(OPERATIONS), f"rand/{i}/operation")
        side = 1.0 - 2.0 * tf.cast(draws.choice(2, f"rand/{i}/side"), tf.float64)
        amount = tf.ones_like(side) * tf.minimum(tf.cast(most * strength, tf.float64), 1.0)
        # What a class of strength 0 has is left alone, also by what knows no strength.
        chosen = tf.where(amount > 0, chosen, 0)
        moves = _moves(chosen, side * amount, tf.shape(images)[1], tf.shape(images)[2])
        images = warped(images, moves, stage.fill_mode, stage.cval, stage.interpolation)
        images = _toned(images, chosen, amount, 0.9 * side * amount)
    return images


def _moves(chosen: Any, signed: Any, height: Any, width: Any) -> Any:
    """Return a matrix for each picture; that of no move where another operation was chosen."""
    here = {
        name: tf.where(chosen == OPERATIONS.index(name), signed, tf.zeros_like(signed))
        for name in _MOVES
    }
    angle = here["rotate"] * (30 * np.pi / 180)
    sine, cosine = tf.sin(angle), tf.cos(angle)
    columns = here["translate_x"] * 0.45 * tf.cast(width, tf.float64)
    rows = here["translate_y"] * 0.45 * tf.cast(height, tf.float64)
    across, down = 0.3 * here["shear_x"], 0.3 * here["shear_y"]
    step = [[cosine, across - sine, columns], [sine + down, cosine, rows], [0, 0, 1]]
    return centred([step], height, width)


def _toned(images: Any, chosen: Any, strength: Any, side: Any) -> Any:
    """Do each operation to those pictures alone that it was chosen for."""
    for name, operation in _TONES.items():
        rows = tf.where(chosen == OPERATIONS.index(name))
        picked = rows[:, 0]
        part = [tf.gather(values, picked) for values in (images, strength, side)]
        images = tf.tensor_scatter_nd_update(images, rows, operation(*part))
    return images
