"""Losses for classes of unequal size, for labels that are codes (0, 1, 2, ...) or shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from dataprep.errors import ConfigError
from dataprep.weighting import class_weights

_NEVER_ZERO = 1e-7
"""A power below 1 of zero has no slope."""


@keras.saving.register_keras_serializable(package="dataprep")
class SparseCategoricalFocalLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy in which rows that are told already count little.

    A row of class ``y``, to which the model gives the probability ``p``, costs
    ``-class_weight[y] * (1 - p) ** gamma * log(p)``.

    Parameters
    ----------
    gamma : float, default=2.0
        0 or more; at 0 it is cross-entropy.
    class_weight : sequence of float, optional
        A weight for each class, by its code (``alpha`` in the paper); 1 for all by default.
    from_logits : bool, default=False
        Whether predictions are logits, not probabilities. Logits are the more exact.
    reduction : str, default="sum_over_batch_size"
    name : str, default="sparse_categorical_focal_loss"
    dtype : str, optional
        The three of every Keras loss.

    Raises
    ------
    ConfigError
        When ``gamma`` or a weight is negative or no number.

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal Loss for Dense Object Detection",
    ICCV 2017.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SparseCategoricalFocalLoss(gamma=2.0)
    >>> sure, unsure = np.array([[0.9, 0.1]]), np.array([[0.6, 0.4]])
    >>> [round(float(loss(np.array([0]), p)), 4) for p in (sure, unsure)]
    [0.0011, 0.0817]
    """

    def __init__(
        self,
        gamma: float = 2.0,
        class_weight: Sequence[float] | None = None,
        from_logits: bool = False,
        reduction: str = "sum_over_batch_size",
        name: str = "sparse_categorical_focal_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        _check_at_least_0(gamma, "gamma")
        for weight in class_weight or ():
            _check_at_least_0(weight, "class_weight")
        self.gamma, self.from_logits = float(gamma), bool(from_logits)
        self.class_weight = None if class_weight is None else [float(w) for w in class_weight]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each row.

        Parameters
        ----------
        y_true : tensor of shape (...) or (..., 1), or (..., n_classes)
            Codes of classes; or the shares of all classes, as mixed pictures have them.
        y_pred : tensor of shape (..., n_classes)

        Returns
        -------
        tensor of shape (...)
        """
        y_pred = ops.convert_to_tensor(y_pred)
        if self.from_logits:
            logs = ops.log_softmax(y_pred, axis=-1)
        else:
            logs = ops.log(ops.clip(y_pred, _NEVER_ZERO, 1.0))
        y_true = ops.convert_to_tensor(y_true)
        if len(y_true.shape) == len(logs.shape) and y_true.shape[-1] != 1:
            every = self._of(logs)
            if self.class_weight is not None:
                every = every * ops.cast(self.class_weight, every.dtype)
            return ops.sum(ops.cast(y_true, every.dtype) * every, axis=-1)
        codes = ops.cast(y_true, "int32")
        if len(codes.shape) == len(y_pred.shape):
            codes = ops.squeeze(codes, axis=-1)
        loss = self._of(ops.squeeze(ops.take_along_axis(logs, codes[..., None], axis=-1), axis=-1))
        if self.class_weight is None:
            return loss
        return ops.take(ops.cast(self.class_weight, loss.dtype), codes) * loss

    def _of(self, log_p: Any) -> Any:
        """Return the loss of classes that are true, by the logarithms of their probabilities."""
        missing = ops.maximum(-ops.expm1(log_p), _NEVER_ZERO)
        return -ops.power(missing, self.gamma) * log_p

    def get_config(self) -> dict[str, Any]:
        """Return the parameters, for saving."""
        own = {
            "gamma": self.gamma,
            "class_weight": self.class_weight,
            "from_logits": self.from_logits,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="dataprep")
class ClassBalancedFocalLoss(SparseCategoricalFocalLoss):
    """Focal loss, weighted by how much rows of a class add to those that it has already.

    Weights are proportional to ``(1 - beta) / (1 - beta ** n_class)``. Over the training rows they
    average 1, so that a learning rate means what it meant without them (in the paper they add up to
    the number of classes).

    Parameters
    ----------
    class_counts : sequence of int
        The training rows of each class, by its code; at least one each.
    beta : float, default=0.999
        In [0, 1): at 0 all classes weigh the same, near 1 a class weighs ``1 / n_class``.
    gamma : float, default=2.0
    from_logits : bool, default=False
    reduction, name, dtype : optional
        As for `SparseCategoricalFocalLoss`.

    References
    ----------
    Y. Cui, M. Jia, T.-Y. Lin, Y. Song and S. Belongie, "Class-Balanced Loss Based on Effective
    Number of Samples", CVPR 2019.

    Examples
    --------
    >>> loss = ClassBalancedFocalLoss([90, 10])
    >>> [round(weight, 2) for weight in loss.class_weight]
    [0.57, 4.9]
    """

    def __init__(
        self,
        class_counts: Sequence[int],
        beta: float = 0.999,
        gamma: float = 2.0,
        from_logits: bool = False,
        reduction: str = "sum_over_batch_size",
        name: str = "class_balanced_focal_loss",
        dtype: str | None = None,
    ) -> None:
        counts = [int(rows) for rows in class_counts]
        if not counts or min(counts) < 1:
            raise ConfigError(
                f"{counts} are no counts of classes",
                place="class_counts",
                remedy="Give at least one row for each class.",
            )
        if not 0 <= beta < 1:
            raise ConfigError(
                f"{beta} is not in [0, 1)", place="beta", remedy="Give 0.99 or 0.999, say."
            )
        weights = class_weights(dict(enumerate(counts)), "effective_number", beta)
        super().__init__(gamma, [*weights.values()], from_logits, reduction, name, dtype)
        self.class_counts, self.beta = counts, float(beta)

    def get_config(self) -> dict[str, Any]:
        """Return the parameters, for saving."""
        config = super().get_config()
        del config["class_weight"]
        return {**config, "class_counts": self.class_counts, "beta": self.beta}


def _check_at_least_0(value: float, place: str) -> None:
    if not value >= 0:
        raise ConfigError(f"{value} is below 0 or no number", place=place, remedy="Give 0 or more.")


def shares(label: Any) -> bool:
    """Tell whether labels are shares of classes, as mixed pictures have them, and no codes."""
    return bool(label.shape.rank == 2 and label.shape[-1] != 1)


def loss_of(
    given: Any, counts: Sequence[int] | None, *, from_logits: bool, soft: bool = False
) -> keras.losses.Loss:
    """Return the loss that a name stands for, or the one that was given.

    Parameters
    ----------
    given : {"auto", "cross_entropy", "focal", "class_balanced_focal"} or Keras loss
    counts : sequence of int, optional
        The training rows of each class; None where a number is predicted.
    from_logits : bool
        Whether the network gives logits.
    soft : bool, default=False
        Whether labels are shares of classes.

    Raises
    ------
    ConfigError
        When it is for another form of target, of labels or of prediction.
    """
    if not isinstance(given, str):
        _check_form(given, counts, from_logits=from_logits)
        if soft and isinstance(given, keras.losses.SparseCategoricalCrossentropy):
            raise ConfigError(
                f"{type(given).__name__} takes codes, and labels of mixed pictures are shares of "
                "classes",
                place="loss",
                remedy="Give keras.losses.CategoricalCrossentropy(...), or loss='auto'.",
            )
        return given
    if counts is None:
        if given != "auto":
            raise ConfigError(
                f"{given!r} is for classes, and a number is predicted",
                place="loss",
                remedy="Leave it out, or give a Keras loss.",
            )
        return keras.losses.MeanSquaredError()
    if given == "focal":
        return SparseCategoricalFocalLoss(from_logits=from_logits)
    if given == "class_balanced_focal":
        return ClassBalancedFocalLoss(counts, from_logits=from_logits)
    if soft:
        return keras.losses.CategoricalCrossentropy(from_logits=from_logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)


def without_weights(loss: keras.losses.Loss) -> keras.losses.Loss:
    """Return a loss as rows that are held out are judged by: classes weigh as they are."""
    if not isinstance(loss, SparseCategoricalFocalLoss) or weights_in(loss) is None:
        return loss
    return SparseCategoricalFocalLoss(loss.gamma, from_logits=loss.from_logits)


def weights_in(loss: keras.losses.Loss) -> Sequence[float] | None:
    """Return the weights of classes in a loss, by their codes, where it has some."""
    return loss.class_weight if isinstance(loss, SparseCategoricalFocalLoss) else None


def _check_form(
    loss: keras.losses.Loss, counts: Sequence[int] | None, *, from_logits: bool
) -> None:
    """Raise where a loss takes logits and the network gives probabilities, or has other classes."""
    weights = weights_in(loss)
    if weights is not None and len(weights) != len(counts or ()):
        raise ConfigError(
            f"it has weights of {len(weights)} classes, and there are {len(counts or ())}",
            place="loss",
            remedy="Give a weight for each class, by its code.",
        )
    config = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    if bool(config.get("from_logits", from_logits)) != from_logits:
        given, taken = ("logits", "probabilities") if from_logits else ("probabilities", "logits")
        raise ConfigError(
            f"it takes {taken}, and the network gives {given}",
            place="loss",
            remedy=f"Make it with from_logits={from_logits}.",
        )
