"""What a training may be asked for, checked before anything is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from dataprep.errors import ConfigError, did_you_mean
from dataprep.feed.asking import check_size
from dataprep.feed.rows import Rows
from dataprep.measures import METRICS

LOSSES = ("auto", "cross_entropy", "focal", "class_balanced_focal")
MODELS = ("auto", "mlp", "cnn")
SCHEDULES = ("cosine", "plateau")
_SMALLEST, _LARGEST = 16, 256
_TRAINED, _WAITED = 1000, 100
"""Steps that small data are trained for, and for how many without progress."""
_STEPS = 40
"""Batches of an epoch that are aimed at, where the size of a batch is not given."""


def check(
    epochs: int | None,
    batch_size: int | None,
    learning_rate: float,
    patience: int | None,
    loss: Any,
    model: Any,
    metric: str,
    schedule: Any,
    image_size: Any = None,
) -> None:
    """Raise for parameters that cannot be meant, before anything is read."""
    check_size(image_size)
    at_least_1 = {"epochs": epochs, "batch_size": batch_size, "patience": patience}
    for name, value in at_least_1.items():
        if value is not None and value < 1:
            raise ConfigError(f"{value} is below 1", place=name, remedy="Give 1 or more.")
    if not 0 < learning_rate < float("inf"):
        raise ConfigError(
            f"{learning_rate} is no rate", place="learning_rate", remedy="Give 0.001, say."
        )
    chosen = {"loss": (loss, LOSSES), "model": (model, MODELS), "metric": (metric, METRICS)}
    chosen["schedule"] = (schedule, SCHEDULES)
    for name, (value, known) in chosen.items():
        if isinstance(value, str) and value not in known:
            raise ConfigError(
                f"unknown choice {value!r}", place=name, remedy=did_you_mean(value, known)
            )


def kind_of(model: Any, rows: Rows) -> str:
    """Return what sort of model is trained: mlp, cnn, or the name of one's own."""
    if not isinstance(model, str):
        return str(model.name)
    if model == "cnn" and rows.image is None:
        raise ConfigError(
            "'cnn' is for pictures, and there is no column of them",
            place="model",
            remedy="Name it as the pipeline's image, or take the model mlp.",
        )
    if model == "mlp" and rows.image is not None:
        raise ConfigError(
            f"'mlp' is for tables, and {rows.image!r} refers to pictures",
            place="model",
            remedy="Take the model cnn.",
        )
    if model == "auto":
        return "mlp" if rows.image is None else "cnn"
    return model


def batch_size_for(height: int) -> int:
    """Return a power of two, such that an epoch has some forty steps.

    Examples
    --------
    >>> [batch_size_for(height) for height in (100, 1400, 5000, 1_000_000)]
    [16, 32, 128, 256]
    """
    wanted = max(1, height // _STEPS)
    return int(min(height, _LARGEST, max(_SMALLEST, 2 ** round(np.log2(wanted)))))


def epochs_for(height: int, batch_size: int) -> tuple[int, int]:
    """Return how many epochs to train at most, and after how many without progress to stop.

    Examples
    --------
    >>> [epochs_for(height, 32) for height in (80, 1400, 5000)]
    [(100, 34), (30, 6), (30, 6)]
    """
    steps = -(-height // batch_size)
    return min(100, max(30, -(-_TRAINED // steps))), max(6, -(-_WAITED // steps))
