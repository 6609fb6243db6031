"""Carry out `ImageAugment`: all that is drawn for a batch, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from dataprep.errors import ConfigError
from dataprep.feed.augmentation import erasing, mixing, rand_augment, tones, transforms
from dataprep.feed.augmentation.affine import matrices, warped
from dataprep.feed.augmentation.draws import Draws
from dataprep.feed.augmentation.transforms import Transforms, drawn

if TYPE_CHECKING:
    from dataprep.stages.augment.image_augment import ImageAugment


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def looks_of(
    stage: ImageAugment,
    images: Any,
    keys: Any,
    epoch: Any,
    labels: Any,
    n_classes: int | None,
    classes: Sequence[Any] | None,
    seed: int,
    weights: Any,
) -> tuple[Any, Any, Any]:
    """Return what `dataprep.feed.augmentation.augmented` says; weights are None if none came."""
    stage.check()
    images = tf.cast(images, tf.float32)
    keys, epoch = tf.cast(keys, tf.int64), tf.cast(epoch, tf.int64)
    draws = Draws(f"{stage.random_state or 0}/{seed}", keys, epoch, _purposes(stage))
    strength = _strength(stage, labels, n_classes, classes)
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    images = applied(stage, images, drawn(stage, draws, height, width, strength))
    images = rand_augment.rand_augmented(stage, images, draws, strength)
    if stage.erasing:
        images = erasing.erased(images, draws, stage.erasing, strength)
    if not stage.mixes:
        return images, labels, weights
    labels = mixing.soft(labels, n_classes)
    return mixing.mixed(stage, images, draws, labels, strength, weights)


def _purposes(stage: ImageAugment) -> list[str]:
    """Return what is drawn for; a purpose's draws do not depend on which others there are."""
    return [
        *transforms.PURPOSES,
        *rand_augment.purposes(stage),
        *(erasing.PURPOSES if stage.erasing else ()),
        *(mixing.PURPOSES if stage.mixes else ()),
    ]


def applied(stage: ImageAugment, images: Any, done: Transforms) -> Any:
    """Return pictures to which transforms were done: affine, channels, brightness, contrast."""
    matrix = matrices(done, tf.shape(images)[1], tf.shape(images)[2])
    if matrix is not None:
        images = warped(images, matrix, stage.fill_mode, stage.cval, stage.interpolation)
    if done.channel is not None:
        images = tones.channel_shifted(images, done.channel)
    if done.brightness is not None:
        images = tones.brightened(images, done.brightness)
    if done.contrast is not None:
        images = tones.contrasted(images, done.contrast)
    return images


def _strength(
    stage: ImageAugment, labels: Any, n_classes: int | None, classes: Sequence[Any] | None
) -> Any:
    """Return what multiplies the ranges of each picture: a float64 of shape (n,), or 1.0."""
    if not stage.per_class:
        return 1.0
    if labels is None:
        raise ConfigError(
            "there are no labels",
            place="image_augment.per_class",
            remedy="Pass labels, or name the target.",
        )
    if classes is None:
        count = n_classes or 1 + max(int(label) for label in stage.per_class)
        classes = range(count)
    strengths = np.array(stage.strengths(classes), dtype="float64")
    return tf.gather(tf.constant(strengths), tf.cast(labels, tf.int64))
