"""Two pictures in one, with both labels: MixUp and CutMix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from dataprep.errors import ConfigError
from dataprep.feed.augmentation.erasing import boxes
from dataprep.feed.augmentation.tones import by_picture

if TYPE_CHECKING:
    from dataprep.feed.augmentation.draws import Draws
    from dataprep.stages.augment.image_augment import ImageAugment

PURPOSES = ("mix/order", "mix/which", "mix/up", "mix/cut", "mix/row", "mix/column")


def mixed(
    stage: ImageAugment, images: Any, draws: Draws, labels: Any, strength: Any, weights: Any = None
) -> tuple[Any, Any, Any]:
    """Return pictures mixed with others of their batch; labels and weights mixed likewise.

    Parameters
    ----------
    stage : ImageAugment
    images : tensor of float32, shape (n, height, width, channels)
    draws : Draws
    labels : tensor of float32, shape (n, n_classes) or (n,)
        As `soft` gives them.
    strength : tensor of float64, shape (n,), or 1.0
        What multiplies the part of the other picture, up to 1.
    weights : tensor of shape (n,), optional
    """
    partner = partners(draws.whole("mix/order"))
    others = tf.gather(images, partner)
    most = min(strength, 1.0) if isinstance(strength, float) else tf.minimum(strength, 1.0)
    # The part of the other picture: of all its pixels, or of the box that shows it.
    shown = tf.zeros_like(draws.uniform("mix/up"))
    cuts = draws.uniform("mix/which") < 0.5 if stage.mixup and stage.cutmix else bool(stage.cutmix)
    blended = images
    if stage.mixup:
        shown = (1 - draws.beta(stage.mixup, "mix/up")) * most
        other = by_picture(shown)
        blended = images * (1 - other) + others * other
    if stage.cutmix:
        height, width = tf.shape(images)[1], tf.shape(images)[2]
        side = tf.sqrt((1 - draws.beta(stage.cutmix, "mix/cut")) * most)
        tall, wide = (side * tf.cast(size, tf.float64) for size in (height, width))
        box = boxes(draws, height, width, tall, wide, "mix")
        cut = tf.reduce_mean(tf.cast(box, tf.float64), axis=(1, 2, 3))
        shown = tf.where(cuts, cut, shown)
        laid = tf.where(box, others, images)
        blended = tf.where(tf.reshape(cuts, (-1, 1, 1, 1)), laid, blended)
    part = tf.cast(shown, tf.float32)
    if weights is not None:
        weights = _between(tf.cast(weights, tf.float32), partner, part)
    return blended, _between(labels, partner, part), weights


def _between(values: Any, partner: Any, part: Any) -> Any:
    """Return each picture's values mixed with its partner's, of which it takes a part."""
    ones = tf.ones(values.shape.rank - 1, tf.int32)
    part = tf.reshape(part, tf.concat([tf.shape(part), ones], 0))
    return values * (1 - part) + tf.gather(values, partner) * part


def partners(order: Any) -> Any:
    """Return for each picture the place of another one in the batch: the next by what was drawn.

    Each is the partner of one other; of a batch of one it is the picture itself.
    """
    places = tf.argsort(order, stable=True)
    following = tf.roll(places, -1, axis=0)
    return tf.scatter_nd(places[:, None], following, tf.shape(places))


def soft(labels: Any, n_classes: int | None) -> Any:
    """Return labels that can be mixed: a share of each class, or numbers to be predicted.

    Raises
    ------
    ConfigError
        When there are no labels, or codes of nobody knows how many classes.
    """
    place = "image_augment"
    if labels is None:
        raise ConfigError(
            "pictures are mixed with their labels, and there are none",
            place=place,
            remedy="Pass labels, or name the target; or set mixup=0 and cutmix=0.",
        )
    labels = tf.convert_to_tensor(labels)
    if labels.dtype.is_floating:
        return tf.cast(labels, tf.float32)
    if n_classes is None:
        raise ConfigError(
            "labels are codes, and how many classes there are is not said",
            place=place,
            remedy="Pass n_classes, or labels as floats where they are numbers to be predicted.",
        )
    return tf.one_hot(labels, n_classes)
