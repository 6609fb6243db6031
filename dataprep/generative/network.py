"""A variational autoencoder, conditional on the class: trained by Keras on TensorFlow."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from dataprep.draw import order
from dataprep.errors import ConfigError, DataError
from dataprep.generative.columns import Span
from dataprep.generative.decoder import Decoder
from dataprep.optional import require

_LEARNING_RATE = 1e-3
_FEW_STEPS = 50
"""Fewer steps are taken one by one: a graph takes longer to make."""
_DEVIATIONS = (math.log(0.01), 0.0)
"""The range of the logarithms of the steps' standard deviations."""
log = logging.getLogger("dataprep")


@dataclass(frozen=True)
class Settings:
    """How a network is made and trained; see `TabularVAE`."""

    epochs: int
    batch_size: int
    embedding_dim: int
    hidden: Sequence[int]
    loss_factor: float
    seed: int
    """Below 2**31."""


def trained(
    X: np.ndarray, y: np.ndarray, n_classes: int, spans: Sequence[Span], settings: Settings
) -> tuple[Decoder, list[float]]:
    """Return the half of the network that makes rows, and its loss after each epoch.

    Parameters
    ----------
    X : array of shape (n_rows, width), float32
        See `dataprep.generative.columns.encoded`.
    y : array of shape (n_rows,), int
    n_classes : int
    spans : sequence of Span
    settings : Settings

    Raises
    ------
    MissingExtraError
        Without TensorFlow.
    DataError
        Where the loss is no number any more.

    Notes
    -----
    The loss of a row is ``loss_factor`` times the negative logarithm of its likelihood, and the
    divergence of its code from a normal one. Initial weights, noise and the order of rows come from
    generators of its own with the seed; neither TensorFlow's seed nor Keras' is touched. An epoch
    has as many rows as there are, those of rare classes more often: classes have shares like the
    logarithms of their sizes.

    References
    ----------
    D. P. Kingma, M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014; L. Xu et al., "Modeling
    Tabular Data using Conditional GAN", NeurIPS 2019: TVAE, and training by sampling.
    """
    tf = require("tensorflow", "tensorflow")
    keras = require("keras", "tensorflow")
    if keras.config.backend() != "tensorflow":
        raise ConfigError(
            f"Keras works with {keras.config.backend()} here, not with TensorFlow",
            place="KERAS_BACKEND",
            remedy="Set it to tensorflow, or leave it out.",
        )
    flags = np.eye(n_classes, dtype="float32")[y]
    parts = _parts(keras, X.shape[1], n_classes, settings)
    data = (tf.constant(X), tf.constant(flags))
    step = _step(tf, keras.optimizers.Adam(_LEARNING_RATE), parts, data, spans, settings)
    # Equal parts, the last one a little smaller: every row of an epoch is learned from.
    batches = math.ceil(len(X) / settings.batch_size)
    batch = math.ceil(len(X) / batches)
    run = _epoch(tf, step, batch, batches, compiled=settings.epochs * batches > _FEW_STEPS)
    losses: list[float] = []
    started = perf_counter()
    for epoch in range(settings.epochs):
        rows = epoch_rows(y, settings.seed, epoch)
        losses.append(float(run(tf.constant(rows), tf.constant(epoch * batches))))
        if not math.isfinite(losses[-1]):
            raise DataError(
                f"the loss is {losses[-1]} after epoch {epoch + 1}",
                place="tabular_vae",
                remedy="Clip extreme numbers first (IQR), or give a larger batch_size.",
            )
        if (epoch + 1) % max(1, settings.epochs // 10) == 0:
            took = perf_counter() - started
            told = (epoch + 1, settings.epochs, losses[-1], took)
            log.info("tabular_vae: epoch %d of %d, loss %.3f, %.0f s", *told)
    weights = [np.asarray(weight) for weight in parts.decoder.get_weights()]
    deviations = np.clip(np.asarray(parts.deviations), *_DEVIATIONS)
    return Decoder(weights, np.exp(deviations)), losses


@dataclass(frozen=True)
class _Parts:
    """The two halves of the network, and the logarithms of the steps' standard deviations."""

    encoder: Any
    decoder: Any
    deviations: Any

    @property
    def variables(self) -> list[Any]:
        """All that is learned."""
        networks = (self.encoder, self.decoder)
        return [*(v for part in networks for v in part.trainable_variables), self.deviations]


def _parts(keras: Any, width: int, n_classes: int, settings: Settings) -> _Parts:
    code = settings.embedding_dim
    return _Parts(
        _network(keras, width + n_classes, settings, [code, code], 0),
        _network(keras, code + n_classes, settings, [width], 100),
        keras.Variable(np.full(width, -1.0, dtype="float32"), name="deviations"),
    )


def epoch_rows(y: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """Return the rows of an epoch, in their order: those of rare classes more than once.

    Examples
    --------
    >>> y = np.repeat([0, 1], [100, 5])
    >>> np.bincount(y[epoch_rows(y, 0, 0)]).tolist()
    [76, 29]
    """
    name = f"epoch {epoch}"
    classes, counts = np.unique(y, return_counts=True)
    shares = np.log1p(counts) / np.log1p(counts).sum()
    ends = np.rint(np.cumsum(shares) * len(y)).astype("int64")
    drawn = []
    for label, height in zip(classes, np.diff(ends, prepend=0), strict=True):
        own = np.flatnonzero(y == label)
        turns = own[np.argsort(order(np.arange(len(own)), seed, f"{name}/{label}"), kind="stable")]
        drawn.append(np.resize(turns, height))
    rows = np.concatenate(drawn)
    shuffled: np.ndarray = rows[np.argsort(order(np.arange(len(rows)), seed, name), kind="stable")]
    return shuffled.astype("int32")


def _network(keras: Any, width: int, settings: Settings, outputs: list[int], place: int) -> Any:
    """Return dense layers; ``place`` tells the seeds of its weights from those of others."""

    def dense(units: int, at: int, activation: str | None) -> Any:
        # Keras takes 32 bits.
        seed = (1000 * settings.seed + place + at) % 2**32
        start = keras.initializers.GlorotUniform(seed=seed)
        return keras.layers.Dense(units, activation=activation, kernel_initializer=start)

    given = hidden = keras.Input((width,))
    for i, units in enumerate(settings.hidden):
        hidden = dense(units, i, "relu")(hidden)
    made = [dense(units, 50 + i, None)(hidden) for i, units in enumerate(outputs)]
    return keras.Model(given, made if len(made) > 1 else made[0])


def _step(
    tf: Any, optimizer: Any, parts: _Parts, data: Any, spans: Sequence[Span], settings: Settings
) -> Callable[[Any, Any], Any]:
    """Return a function that learns from some rows, and gives the loss."""
    X, flags = data
    # Levels alone have no steps, and there is nothing to learn of their deviations.
    steps = any(span.step >= 0 for span in spans)
    variables = parts.variables if steps else parts.variables[:-1]
    values = [variable.value for variable in variables]
    optimizer.build(variables)

    def step(rows: Any, number: Any) -> Any:
        x, y = tf.gather(X, rows), tf.gather(flags, rows)
        with tf.GradientTape() as tape:
            mean, spread = parts.encoder(tf.concat([x, y], 1))
            noise = tf.random.stateless_normal(tf.shape(mean), tf.stack([settings.seed, number]))
            code = mean + tf.exp(0.5 * spread) * noise
            raw = parts.decoder(tf.concat([code, y], 1))
            wrong = _surprise(tf, spans, x, raw, tf.clip_by_value(parts.deviations, *_DEVIATIONS))
            apart = -0.5 * tf.reduce_sum(1.0 + spread - mean**2 - tf.exp(spread), 1)
            loss = tf.reduce_mean(settings.loss_factor * wrong + apart)
        optimizer.apply(tape.gradient(loss, values), variables)
        return loss

    return step


def _surprise(tf: Any, spans: Sequence[Span], x: Any, raw: Any, deviations: Any) -> Any:
    """Return the negative logarithm of the likelihood of each row."""
    total = tf.zeros(tf.shape(x)[0])
    for span in spans:
        slots = x[:, span.start : span.stop]
        if span.stop > span.start:
            scores = raw[:, span.start : span.stop]
            total += tf.nn.softmax_cross_entropy_with_logits(labels=slots, logits=scores)
        if span.step >= 0:
            off = x[:, span.step] - tf.tanh(raw[:, span.step])
            spread = deviations[span.step]
            wrong = 0.5 * tf.square(off) * tf.exp(-2.0 * spread) + spread
            # Of a value that many rows share there is no step.
            inside = tf.reduce_sum(slots[:, slice(*span.modes)], 1) if slots.shape[1] else 1.0
            total += inside * wrong
    return total


def _epoch(tf: Any, step: Any, batch: int, batches: int, *, compiled: bool) -> Any:
    """Return a function of an epoch's rows and the number of its first step; it gives the loss."""

    def epoch(rows: Any, first: Any) -> Any:
        total = tf.constant(0.0)
        for i in tf.range(batches) if compiled else range(batches):
            total += step(rows[i * batch : (i + 1) * batch], first + i)
        return total / batches

    return tf.function(epoch) if compiled else epoch
