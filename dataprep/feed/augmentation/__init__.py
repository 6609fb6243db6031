"""Random looks of pictures: batched, and drawn by (seed, picture, epoch), never from a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataprep.stages.augment.image_augment import ImageAugment


def augmented(
    stage: ImageAugment,
    images: Any,
    keys: Any,
    epoch: Any = 0,
    labels: Any = None,
    n_classes: int | None = None,
    *,
    classes: Sequence[Any] | None = None,
    seed: int = 0,
    weights: Any = None,
) -> tuple[Any, ...]:
    """Return a batch of pictures in the looks that they have in an epoch, and their labels.

    It runs in a graph as well as eagerly. A picture's look depends on the parameters, the seeds,
    its key and the epoch alone; with ``mixup`` and ``cutmix`` also on which pictures are in its
    batch, but not on their order nor on the number of workers.

    Parameters
    ----------
    stage : ImageAugment
    images : tensor or array of shape (n, height, width, channels)
        Values from 0 to 255.
    keys : tensor or array of int64, shape (n,)
        What tells pictures apart: hashes of their references, as `dataprep.feed.keys.keys_of`
        gives them, or numbers of your own. Pictures of the same key have the same look.
    epoch : tensor or int, default=0
    labels : tensor or array of shape (n,), optional
        Codes of classes, or numbers to be predicted.
    n_classes : int, optional
        How many classes there are; None where labels are no codes.
    classes : sequence, optional
        The label of each code, for ``per_class``; by default codes are labels themselves.
    seed : int, default=0
        Taken together with the stage's own.
    weights : tensor or array of shape (n,), optional
        Sample weights.

    Returns
    -------
    images : tensor of float32, shape (n, height, width, channels)
    labels : tensor
        As they were given; with ``mixup`` and ``cutmix`` of classes a float32 of shape
        (n, n_classes), which holds a share of each class.
    weights : tensor, only where some were given
        As they were given; with ``mixup`` and ``cutmix`` mixed as the labels are, a float32.

    Raises
    ------
    ConfigError
        When a parameter is wrong, names no class, or needs labels that are not there.
    """
    from dataprep.feed.augmentation.looks import looks_of

    found: tuple[Any, ...] = looks_of(
        stage, images, keys, epoch, labels, n_classes, classes, seed, weights
    )
    return found if weights is not None else found[:2]
