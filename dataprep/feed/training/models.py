"""Baselines: a multilayer perceptron for tables, a small residual network for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
from keras import layers, ops

from dataprep.feed.serving.naming import by_column, tensor_name
from dataprep.feed.training.columns import Columns

_FEW_LEVELS = 10
"""Levels up to which each has an input of its own; more of them are embedded."""
_MOMENTUM = 0.9
"""Of the means that are kept for judging: some tens of steps, as small data have in an epoch."""
_SMALL, _LARGE = 64, 128
"""Sides of pictures, in pixels, from which a network halves them once, or twice, at its start."""


@dataclass(frozen=True)
class Network:
    """A network, and what stands before it where data are fed.

    Parameters
    ----------
    inner : keras.Model
        What is trained.
    front : keras.Model, optional
        From columns, or pictures, to what the network takes. It has no weights to be trained and
        runs inside tf.data: strings never get to a graphics card.
    logits : bool, default=True
        Whether it gives logits, not probabilities.
    """

    inner: keras.Model
    front: keras.Model | None = None
    logits: bool = True

    @property
    def features(self) -> Literal["dict", "matrix"]:
        """How it takes columns: by name, or all of them as one matrix."""
        outer = self.inner if self.front is None else self.front
        return "dict" if isinstance(outer.input, dict) else "matrix"

    def fed(self, batches: Any, scale: tuple[float, float] | None) -> Any:
        """Return a dataset as the network takes it; a target of numbers around 0, by deviations."""
        front = self.front or (lambda features: features)

        def prepared(features: Any, label: Any, *weight: Any) -> Any:
            features = self._in_channels(features)
            if scale is not None:
                label = (label - scale[0]) / scale[1]
            return front(features), label, *weight

        return batches.map(prepared)

    def _in_channels(self, features: Any) -> Any:
        """Return pictures with as many channels as the network takes; other features as they are.

        A network of one's own may take others than the pictures are fed with.
        """
        outer = self.inner if self.front is None else self.front
        if isinstance(features, dict) or isinstance(outer.input, dict) or len(features.shape) != 4:
            return features
        given, wanted = features.shape[-1], outer.input.shape[-1]
        if (given, wanted) == (1, 3):
            return ops.repeat(features, 3, axis=-1)
        return ops.image.rgb_to_grayscale(features) if (given, wanted) == (3, 1) else features

    def whole(self, scale: tuple[float, float] | None) -> keras.Model:
        """Return front and network as one model, to probabilities or to numbers as they are."""
        if self.front is None and scale is None:
            return self.inner
        inputs = self.inner.input if self.front is None else self.front.input
        outputs = self.inner(inputs if self.front is None else self.front(inputs))
        if scale is not None:
            outputs = layers.Rescaling(scale[1], offset=scale[0], name="value")(outputs)
        elif self.logits:
            outputs = layers.Softmax(name="probabilities")(outputs)
        with by_column():
            return keras.Model(inputs, outputs, name=self.inner.name)


def mlp(
    columns: Columns,
    outputs: int,
    *,
    units: Sequence[int] = (128, 64),
    dropout: float = 0.2,
    l2: float = 1e-4,
    seed: int = 0,
) -> Network:
    """Return a multilayer perceptron for the columns of a table.

    Numbers are brought to mean 0 and variance 1. Up to ten levels have an input each, more are
    embedded; a level that training never saw has a place of its own. Each hidden layer: dense,
    batch normalisation, ReLU, dropout.

    Parameters
    ----------
    columns : Columns
        From `described`.
    outputs : int
    units : sequence of int, default=(128, 64)
        Of the hidden layers.
    dropout : float, default=0.2
    l2 : float, default=1e-4
        The penalty on squared weights.
    seed : int, default=0
        Of the first weights and of dropout; no global state is touched.

    Returns
    -------
    Network
        Its front takes ``{column: tensor of shape (n_rows,)}``.
    """
    front = _columns_front(columns)
    numbers = keras.Input((len(columns.numbers),), name="numbers")
    codes = keras.Input((len(columns.levels),), dtype="int32", name="codes")
    parts = [numbers] if columns.numbers else []
    for i, levels in enumerate(columns.levels.values()):
        parts.append(_levels(codes[:, i], len(levels) + 1, seed, f"levels_{i}"))
    x = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    for i, width in enumerate(units):
        x = _dense(width, l2, seed + i, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=_MOMENTUM)(x)
        x = layers.Activation("relu")(x)
        x = layers.Dropout(dropout, seed=seed + i)(x)
    logits = _dense(outputs, l2, seed + len(units))(x)
    given = {}
    if columns.numbers:
        given["numbers"] = numbers
    if columns.levels:
        given["codes"] = codes
    return Network(keras.Model(given, logits, name="mlp"), front)


def cnn(
    shape: tuple[int, int, int],
    outputs: int,
    *,
    filters: Sequence[int] = (16, 32, 64),
    dropout: float = 0.2,
    l2: float = 1e-4,
    seed: int = 0,
) -> Network:
    """Return a small residual network for pictures from 28 x 28 to 224 x 224 pixels.

    A convolution, then a residual block for each of ``filters``, each but the first on a picture
    half as wide, then the mean over the picture. Larger pictures are halved at the start.

    Parameters
    ----------
    shape : tuple
        Height, width and channels (1 or 3).
    outputs : int
    filters : sequence of int, default=(16, 32, 64)
    dropout : float, default=0.2
        Before the last layer.
    l2 : float, default=1e-4
    seed : int, default=0

    Returns
    -------
    Network
        Its front takes pictures of shape (n_rows, height, width, channels), in [0, 255].

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
    """
    pixels = keras.Input(shape, name="image")
    front = keras.Model(pixels, layers.Rescaling(1 / 127.5, offset=-1.0)(pixels), name="front")
    given = keras.Input(shape, name="scaled")
    side = max(shape[:2])
    x = _convolved(given, filters[0], 2 if side >= _SMALL else 1, l2, seed)
    if side >= _LARGE:
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for i, width in enumerate(filters):
        x = _residual(x, width, 2 if i else 1, l2, seed + 10 * (i + 1))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout, seed=seed)(x)
    return Network(keras.Model(given, _dense(outputs, l2, seed)(x), name="cnn"), front)


def _columns_front(columns: Columns) -> keras.Model:
    """Return a model from raw columns to a matrix of numbers and one of codes."""
    types = {**dict.fromkeys(columns.numbers, "float32"), **dict.fromkeys(columns.levels, "string")}
    taken: set[str] = set()
    inputs: dict[str, Any] = {
        name: keras.Input((), name=tensor_name(name, taken), dtype=type)
        for name, type in types.items()
    }
    found: dict[str, Any] = {}
    if columns.numbers:
        stacked = ops.stack([inputs[name] for name in columns.numbers], axis=-1)
        means, variances = zip(*columns.numbers.values(), strict=True)
        found["numbers"] = layers.Normalization(mean=means, variance=variances)(stacked)
    coded = []
    for name, levels in columns.levels.items():
        coded.append(layers.StringLookup(vocabulary=levels)(inputs[name]))
    if coded:
        found["codes"] = ops.stack([ops.cast(code, "int32") for code in coded], axis=-1)
    with by_column():
        return keras.Model(inputs, found, name="front")


def _levels(codes: Any, count: int, seed: int, name: str) -> Any:
    if count <= _FEW_LEVELS + 1:
        return layers.CategoryEncoding(count, output_mode="one_hot", name=name)(codes[:, None])
    width = min(32, round(count**0.5))
    start = keras.initializers.RandomUniform(-0.05, 0.05, seed=seed)
    return layers.Embedding(count, width, embeddings_initializer=start, name=name)(codes)


def _dense(units: int, l2: float, seed: int, *, use_bias: bool = True) -> layers.Layer:
    return layers.Dense(
        units,
        use_bias=use_bias,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
        kernel_regularizer=keras.regularizers.L2(l2),
    )


def _residual(x: Any, filters: int, strides: int, l2: float, seed: int) -> Any:
    """Return a block of two convolutions beside a way around them."""
    around = x
    if strides > 1 or x.shape[-1] != filters:
        around = _normalised(x, filters, 1, strides, l2, seed + 2)
    x = _convolved(x, filters, strides, l2, seed)
    x = _normalised(x, filters, 3, 1, l2, seed + 1)
    return layers.Activation("relu")(layers.Add()([x, around]))


def _convolved(x: Any, filters: int, strides: int, l2: float, seed: int) -> Any:
    return layers.Activation("relu")(_normalised(x, filters, 3, strides, l2, seed))


def _normalised(x: Any, filters: int, size: int, strides: int, l2: float, seed: int) -> Any:
    x = layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(seed=seed),
        kernel_regularizer=keras.regularizers.L2(l2),
    )(x)
    return layers.BatchNormalization(momentum=_MOMENTUM)(x)
