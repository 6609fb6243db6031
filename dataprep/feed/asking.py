"""What a caller asks of a dataset, checked before any row is read or TensorFlow is loaded."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.feed.labels import soft_columns
from dataprep.feed.rows import Rows
from dataprep.feed.weighing import CLASS, asked
from dataprep.parts import TRAIN, label_of
from dataprep.provenance import SOFT_LABEL
from dataprep.stage import Stage
from dataprep.stages.augment.image_augment import ImageAugment

FEATURES = ("dict", "matrix")
_MOST_PIXELS = 2**24
"""Of a picture that is fed."""
BATCH_SIZE = 256
"""Rows of a batch, where nobody says how many; small data may have fewer without a word."""


def check_numbers_asked(**numbers: tuple[Any, int]) -> None:
    """Raise where a parameter is no whole number, or below its least value."""
    for name, (value, least) in numbers.items():
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigError(
                f"{value!r} is no whole number of at least {least}",
                place=name,
                remedy="Give one, e.g. 256." if name == "batch_size" else "Give one.",
            )


def check_size(size: Any) -> None:
    """Raise where a size for pictures is not two whole numbers, or beyond all reason."""
    if size is None:
        return
    two = isinstance(size, Sequence) and not isinstance(size, str) and len(size) == 2
    if not two or not all(_is_count(length) for length in size):
        raise ConfigError(
            f"{size!r} is no (height, width) in pixels",
            place="image_size",
            remedy="Give two whole numbers of at least 1, e.g. (224, 224).",
        )
    if size[0] * size[1] > _MOST_PIXELS:
        raise ConfigError(
            f"a picture of {size[0]:,} x {size[1]:,} (height x width) has more than "
            f"{_MOST_PIXELS:,} pixels",
            place="image_size",
            remedy="Give fewer, e.g. (224, 224).",
        )


def _is_count(value: Any) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return bool(whole and value >= 1)


def check_choices(features: str, balance: str | None, weights: Any) -> None:
    """Raise where a word is none of those that are known, or two of them do the same."""
    if features not in FEATURES:
        raise ConfigError(
            f"unknown form {features!r}",
            place="features",
            remedy=did_you_mean(str(features), FEATURES),
        )
    if balance not in (None, CLASS):
        raise ConfigError(
            f"cannot balance by {balance!r}", place="balance", remedy="Give 'class' or None."
        )
    if balance and CLASS in asked(weights):
        raise ConfigError(
            "class weights and a balance of classes both make up for the sizes of classes",
            place="weights",
            remedy="Keep one of the two.",
        )


def check_training_only(split: str, balance: str | None, augment: Any) -> None:
    """Raise where rows that are held out would be repeated or changed."""
    for name, given in (("balance", balance), ("augment", augment)):
        if given is not None and split != TRAIN:
            raise ConfigError(
                f"rows of the part {split!r} are held out, and stay as they are",
                place=name,
                remedy=f"Leave {name} out, or take split='train'.",
            )


def check_augment(augment: Any, rows: Rows) -> None:
    """Raise where an augmentation cannot be carried out while rows are fed."""
    if augment is None:
        return
    if isinstance(augment, Stage):
        if not isinstance(augment, ImageAugment):
            raise ConfigError(
                f"{type(augment).__name__} does not change batches",
                place="augment",
                remedy="Put it into the pipeline; here, give an ImageAugment or a function.",
            )
        if rows.image is None:
            raise ConfigError(
                "the rows have no pictures",
                place="augment",
                remedy="Name their column: image='image'.",
            )
        if augment.per_class and rows.classes is not None:
            augment.strengths(rows.classes)
    elif not callable(augment):
        raise ConfigError(
            f"{augment!r} is no augmentation",
            place="augment",
            remedy="Give an ImageAugment, or a function of (features, label) that returns both.",
        )


def check_soft(rows: Rows, augment: Any, *, soft_labels: bool) -> None:
    """Raise where labels cannot say how likely each class is."""
    if soft_labels and isinstance(augment, ImageAugment):
        by_label = [n for n in ("mixup", "cutmix", "per_class") if getattr(augment, n)]
        if by_label:
            raise ConfigError(
                f"{by_label[0]} of image_augment goes by the class of a picture",
                place="soft_labels",
                remedy=f"Leave soft_labels out, or {by_label[0]}.",
            )
    if soft_labels and rows.classes is None:
        raise ConfigError(
            "there are no classes to say how likely they are"
            if rows.target is None
            else f"{rows.target!r} is a number, it has no classes",
            place="soft_labels",
            remedy="Name a target of classes, or leave soft_labels out.",
        )
    names = [name for name, role in rows.roles.items() if role == "soft_label"]
    if soft_labels and not names and rows.split == TRAIN:
        warnings.warn(
            f"soft_labels: no column {SOFT_LABEL}<label> says how likely a class is, so that each "
            "label is fed as sure; pseudo_label adds them with soft: true",
            stacklevel=3,
        )
    if soft_labels and names and soft_columns(names, rows.classes or []) is None:
        classes = ", ".join(map(label_of, rows.classes or ()))
        raise ConfigError(
            f"there is not one column for each class ({classes}): {', '.join(names)}",
            place="soft_labels",
            remedy="Give all of them, as pseudo_label named them, or drop them all: labels are "
            "hard then.",
        )


def check_form(rows: Rows, features: str, balance: str | None) -> None:
    """Raise where the rows cannot take the form that was asked for."""
    if features == "matrix" and rows.texts:
        raise DataError(
            f"text in a matrix of numbers: {', '.join(rows.texts[:20])}",
            place="features",
            remedy="Encode it with the stage encode, choose columns=[...], or say features='dict'.",
        )
    if features == "matrix" and rows.image and rows.numbers:
        raise ConfigError(
            "pictures and numbers make no matrix",
            place="features",
            remedy="Say features='dict', or columns=[] for the pictures alone.",
        )
    if balance and rows.classes is None:
        raise ConfigError(
            "there are no classes to balance"
            if rows.target is None
            else f"{rows.target!r} is a number, it has no classes",
            place="balance",
            remedy="Name a target of classes, or leave balance out.",
        )
    if balance:
        empty = [label for label, count in rows.class_counts().items() if not count]
        if empty:
            raise DataError(
                f"no row is of the class {empty[0]!r}",
                place="balance",
                remedy="Leave it out of classes, or balance rows of every class.",
            )


def check_batches(length: int, batch_size: int, batch: int, *, drop_remainder: bool) -> None:
    """Raise where an epoch has no such batch; warn where it has but one, and not a full one.

    Parameters
    ----------
    length : int
        The rows of an epoch.
    batch_size, batch : int
    drop_remainder : bool
    """
    if length < batch_size:
        if drop_remainder:
            raise DataError(
                f"a batch of {batch_size:,} rows is larger than the {length:,} rows of an epoch, "
                "and no batch would be left",
                place="batch_size",
                remedy="Take smaller batches, or drop_remainder=False.",
            )
        if batch_size != BATCH_SIZE:
            warnings.warn(
                f"batch_size={batch_size:,} is larger than the {length:,} rows of an epoch: it is "
                "one batch",
                stacklevel=4,
            )
    batches = length // batch_size if drop_remainder else -(-length // batch_size)
    if batch >= batches:
        raise ConfigError(
            f"an epoch has {batches:,} batches, there is none with the number {batch:,}",
            place="batch",
            remedy="They are counted from 0; the next epoch begins with batch=0 and epoch + 1.",
        )
