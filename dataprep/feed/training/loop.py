"""The loop over epochs: watched on rows that are held out, stopped early, the best weights kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import keras

from dataprep.errors import DataError

Schedule = Literal["cosine", "plateau"]
Judge = Callable[[], dict[str, float]]
"""Returns metrics of rows that are held out, by name; ``loss`` is that which chooses an epoch."""
_FLOOR = 0.01
"""What a cosine schedule leaves of the learning rate, and how low a plateau brings it."""


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs : int
        At most so many.
    learning_rate : float
    schedule : {"cosine", "plateau"}, optional
        ``cosine``: from the learning rate down to a hundredth, over all epochs. ``plateau``: halved
        when validation rows had no smaller loss for a third of ``patience``.
    patience : int
        Epochs without a smaller loss of validation rows, after which training stops.
    clip_norm : float, optional
        The largest norm of the gradients of all weights together.
    """

    epochs: int
    learning_rate: float
    schedule: Schedule | None
    patience: int
    clip_norm: float | None


@dataclass(frozen=True)
class Course:
    """What a training came to.

    Parameters
    ----------
    history : dict of str to list of float
        ``loss``, the held-out metrics as ``val_...``, and ``learning_rate``: a value an epoch.
    best_epoch : int
        Counted from 1: the epoch whose weights the network has now.
    """

    history: dict[str, list[float]]
    best_epoch: int


def fitted(
    network: keras.Model,
    batches: Any,
    loss: keras.losses.Loss,
    judge: Judge,
    plan: Plan,
    *,
    logs: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Course:
    """Train a network in place.

    Parameters
    ----------
    network : keras.Model
    batches : tf.data.Dataset
        Of known length; one pass is an epoch.
    loss : keras.losses.Loss
    judge : callable
        Called after each epoch.
    plan : Plan
    logs : Path, optional
        A folder for TensorBoard.
    progress : callable, optional
        Told a line after each epoch.

    Returns
    -------
    Course

    Raises
    ------
    DataError
        When the loss is no number any more.
    """
    steps = int(batches.cardinality())
    network.compile(optimizer=_optimizer(plan, steps), loss=loss)
    stopping = keras.callbacks.EarlyStopping(
        "val_loss", patience=plan.patience, mode="min", restore_best_weights=True
    )
    # The watch comes first: it writes into the logs what the others read.
    callbacks: list[keras.callbacks.Callback] = [_Watch(judge, plan, progress), stopping]
    if plan.schedule == "plateau":
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                "val_loss",
                factor=0.5,
                patience=max(1, plan.patience // 3),
                mode="min",
                min_lr=_FLOOR * plan.learning_rate,
            )
        )
    if logs is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(logs), write_graph=False))
    run = network.fit(batches, epochs=plan.epochs, callbacks=callbacks, verbose=0, shuffle=False)
    history = {name: [float(v) for v in values] for name, values in run.history.items()}
    return Course(history, stopping.best_epoch + 1)


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Judges each epoch on rows that are held out."""

    def __init__(self, judge: Judge, plan: Plan, progress: Callable[[str], None]) -> None:
        super().__init__()
        self.judge, self.plan, self.progress = judge, plan, progress

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write metrics and the learning rate into the logs."""
        if not isfinite(logs["loss"]):
            raise DataError(
                f"the loss is {logs['loss']} in epoch {epoch + 1}",
                place="training",
                remedy="Scale the columns (scale), or give a smaller learning rate.",
            )
        logs.update({f"val_{name}": value for name, value in self.judge().items()})
        rate = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        logs["learning_rate"] = float(rate)
        told = f"loss {logs['loss']:.4f}, validation loss {logs['val_loss']:.4f}"
        if "val_pr_auc" in logs:
            told += f", PR AUC {logs['val_pr_auc']:.4f}"
        self.progress(f"epoch {epoch + 1} of {self.plan.epochs}: {told}")


def _optimizer(plan: Plan, steps: int) -> keras.optimizers.Optimizer:
    rate: Any = plan.learning_rate
    if plan.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, plan.epochs * steps, alpha=_FLOOR)
    return keras.optimizers.Adam(rate, global_clipnorm=plan.clip_norm)
