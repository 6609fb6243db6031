"""What a training may be asked for, checked before anything is read."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from dataprep.errors import ConfigError, did_you_mean
from dataprep.feed.asking import check_numbers_asked, check_size
from dataprep.feed.rows import Rows
from dataprep.measures import METRICS

LOSSES = ("auto", "cross_entropy", "focal", "class_balanced_focal")
MODELS = ("auto", "mlp", "cnn")
SCHEDULES = ("cosine", "plateau")
_SMALLEST, _LARGEST = 16, 256
_TRAINED, _WAITED = 1000, 300
"""Steps that small data are trained for, and for how many without progress.

A few held-out rows tell no progress in the first hundreds of steps."""
_RATES = {"cnn": 3e-3}
_USUAL_RATE = 1e-3
_STEPS = 40
"""Batches of an epoch that are aimed at, where the size of a batch is not given."""


def check(
    *,
    epochs: int | None,
    batch_size: int | None,
    patience: int | None,
    seed: int,
    learning_rate: float | None,
    clip_norm: float | None,
    loss: Any,
    model: Any,
    metric: str,
    schedule: Any,
    image_size: Any = None,
) -> None:
    """Raise for parameters that cannot be meant, before anything is read."""
    check_size(image_size)
    check_numbers_asked(
        epochs=(epochs, 1), batch_size=(batch_size, 1), patience=(patience, 1), seed=(seed, 0)
    )
    _check_above_0("learning_rate", learning_rate, "Give 0.001, say.")
    _check_above_0("clip_norm", clip_norm, "Give 1.0, say, or None.")
    chosen = {"loss": (loss, LOSSES), "model": (model, MODELS), "metric": (metric, METRICS)}
    chosen["schedule"] = (schedule, SCHEDULES)
    for name, (value, known) in chosen.items():
        if isinstance(value, str) and value not in known:
            raise ConfigError(
                f"unknown choice {value!r}", place=name, remedy=did_you_mean(value, known)
            )


def _check_above_0(name: str, value: Any, remedy: str) -> None:
    if value is None:
        return
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 < float(value) < float("inf"):
        raise ConfigError(f"{value!r} is no number above 0", place=name, remedy=remedy)


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


def rate_for(kind: str) -> float:
    """Return the learning rate that suits a sort of model.

    Examples
    --------
    >>> [rate_for(kind) for kind in ("mlp", "cnn", "one of mine")]
    [0.001, 0.003, 0.001]
    """
    return _RATES.get(kind, _USUAL_RATE)


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
    [(100, 100), (30, 7), (30, 6)]
    """
    steps = -(-height // batch_size)
    return min(100, max(30, -(-_TRAINED // steps))), max(6, -(-_WAITED // steps))
