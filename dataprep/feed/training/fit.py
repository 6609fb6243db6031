"""``dp.training.train``: a baseline trained on prepared rows, and judged on held-out ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dataprep._version import __version__
from dataprep.errors import DataprepError
from dataprep.feed.augment import AUTO, augmenting
from dataprep.feed.channels import channels_of
from dataprep.feed.images import in_words
from dataprep.feed.rows import Rows
from dataprep.feed.training.balancing import balanced_classes, weights_to_take
from dataprep.feed.training.choices import batch_size_for, check, epochs_for, kind_of, rate_for
from dataprep.feed.training.columns import described
from dataprep.feed.training.holding import divided, origin_of, unfed
from dataprep.feed.training.trained import Trained
from dataprep.feed.weighing import column_asked
from dataprep.optional import require
from dataprep.pipeline import Pipeline

if TYPE_CHECKING:
    import keras

_STANDARD = {True: ("sparse_categorical_crossentropy", "accuracy"), False: ("mse", "mae")}
"""Loss and metric by which a trained model is evaluated, where there are classes or not."""
_JUDGED = 256
"""Rows that are judged at a time."""


def train(
    source: Any,
    target: str | None = None,
    *,
    columns: Any = None,
    image: str | None = None,
    image_root: str | Path | None = None,
    image_size: tuple[int, int] | None = None,
    channels: Literal[1, 3] | None = None,
    model: Literal["auto", "mlp", "cnn"] | keras.Model = "auto",
    loss: Any = "auto",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    schedule: Literal["cosine", "plateau"] | None = "cosine",
    patience: int | None = None,
    clip_norm: float | None = 1.0,
    weights: Any = "auto",
    balance: Literal["class"] | None = None,
    augment: Any = "auto",
    metric: str = "balanced_accuracy",
    seed: int = 0,
    logs: str | Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train a baseline on prepared rows, and judge it on rows that it never saw.

    Training rows are shuffled, weighted and augmented; validation and test rows come in order, as
    they are. The validation rows choose the epoch whose weights are kept, and the threshold.

    Parameters
    ----------
    source : run folder, Result, frame, Parquet file or folder
        As for ``dp.feed.dataset``. Where nothing was split off, 20 % of the rows are drawn for
        testing and 10 % for validation, by class.
    target : str, optional
        The column to be predicted; by default the pipeline's.
    columns : str, Selector or sequence of str, optional
        The features; by default those of ``dp.feed.dataset``. Others are for stages to make
        something of; ``parameters["left_out"]`` names them.
    image, image_root, image_size : optional
        The column of pictures, the folder that they are in, and height and width to be resized to;
        by default the pipeline's, the run's, and the median of some pictures.
    channels : {1, 3}, optional
        As for ``dp.feed.dataset``: of all pictures, by those of the training rows.
    model : {"auto", "mlp", "cnn"} or keras.Model, default="auto"
        ``mlp`` for tables, ``cnn`` for pictures. A model of your own is trained in place; it gives
        a probability for each class, or one number.
    loss : {"auto", "cross_entropy", "focal", "class_balanced_focal"} or Keras loss, default="auto"
        ``auto``: cross-entropy, or the squared error of a number. The others are
        `SparseCategoricalFocalLoss` and `ClassBalancedFocalLoss`.
    epochs : int, optional
        At most so many. By default 30; of few rows as many as 1,000 steps take, at most 100.
    batch_size : int, optional
        By default a power of two from 16 to 256, such that an epoch has some forty steps.
    learning_rate : float, optional
        Of Adam. By default 0.001, of ``cnn`` 0.003.
    schedule : {"cosine", "plateau"} or None, default="cosine"
        ``cosine``: falls to a hundredth over all epochs; ``plateau``: is halved when validation
        rows are not told better any more.
    patience : int, optional
        Training stops when so many epochs in a row were no better than the best. By default 6; of
        few rows as many as 300 steps take.
    clip_norm : float, optional, default=1.0
        The largest norm that gradients may have together.
    weights, balance, augment : optional
        As for ``dp.feed.dataset``. By default the weights of the rows where they have some, and
        neither ``balance`` nor the loss makes up for the sizes of classes; and the pipeline's stage
        ``image_augment`` where it has one.
    metric : str, default="balanced_accuracy"
        What the threshold is best for, of two classes; see ``dp.best_threshold``.
    seed : int, default=0
        For the first weights, dropout, the order of rows and augmentation.
    logs : path, optional
        A folder for TensorBoard.
    progress : callable, optional
        Told what is being done, and a line after each epoch.

    Returns
    -------
    Trained
        ``.model``, ``.history``, ``.metrics``, ``.save(folder)``.

    Raises
    ------
    MissingExtraError
        When TensorFlow is not installed.
    ConfigError
        When a parameter is wrong, or rows were made and none were split off before.
    DataError
        When features are missing, a picture cannot be read or is of another size than the others,
        or there are too few rows of a class.

    Notes
    -----
    The best epoch is that of the smallest loss of validation rows: the loss of training, without
    weights and penalty, and with what balanced the classes undone (``dp.prior_correction``).
    """
    started = perf_counter()
    check(
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        seed=seed,
        learning_rate=learning_rate,
        clip_norm=clip_norm,
        loss=loss,
        model=model,
        metric=metric,
        schedule=schedule,
        image_size=image_size,
    )
    options = {"target": target, "image": image, "image_root": image_root}
    options["weight"] = None if weights == "auto" else column_asked(weights)
    origin = origin_of(source)
    pipeline = origin.pipeline
    if columns is None:
        pictures = image is not None or (pipeline is not None and pipeline.image is not None)
        columns = [] if pictures else None
    parts = divided(source, origin, seed, columns=columns, **options)
    kind = kind_of(model, parts.train)
    table = described(parts.train) if kind == "mlp" else None
    if table is not None and table.left_out:
        left_out = parts.train.left_out
        parts = divided(source, origin, seed, columns=table.names, **options)
        parts = replace(parts, train=replace(parts.train, left_out=left_out))
    # It takes many seconds to load: what cannot be trained is told before.
    progress("loading TensorFlow")
    require("tensorflow", "tensorflow")
    from dataprep.feed import dataset
    from dataprep.feed.training.judging import HeldOut, judged
    from dataprep.feed.training.loop import Plan, fitted
    from dataprep.feed.training.losses import loss_of, shares, weights_in, without_weights
    from dataprep.feed.training.networks import network_for, own_network, picture_shape

    rows, classes = parts.train, parts.train.classes
    seen = channels_of(rows, channels) if rows.image else None
    picture = picture_shape(rows, image_size, seen.number) if seen else None
    if isinstance(model, str):
        network = network_for(kind, rows, table, picture, seed)
    else:
        network = own_network(model, 1 if classes is None else len(classes))
    scale = None if classes is not None else _scale(rows)
    counts = None if classes is None else [*rows.class_counts().values()]
    batch_size = batch_size_for(rows.height) if batch_size is None else batch_size
    usual = epochs_for(rows.height, batch_size)
    epochs, patience = epochs or usual[0], patience or usual[1]
    learning_rate = learning_rate or rate_for(kind)
    feeding: dict[str, Any] = {
        "features": network.features,
        "image_size": picture and picture[:2],
    }
    wanted = loss_of(loss, counts, from_logits=network.logits)
    by_loss = weights_in(wanted)
    weights, said = weights_to_take(rows, weights, balance, by_loss)
    if isinstance(augment, str) and augment == AUTO:
        augment = augmenting(pipeline)
    balanced = balanced_classes(rows, weights, balance, pipeline, by_loss)
    batches = dataset(
        replace(rows, channels=seen),
        batch_size=batch_size,
        seed=seed,
        weights=weights,
        balance=balance,
        augment=augment,
        **feeding,
    )

    def held_out(held: Rows) -> HeldOut:
        held = replace(held, channels=seen)
        fed = dataset(held, batch_size=min(held.height, _JUDGED), shuffle=False, **feeding)
        return HeldOut(held, network, fed, scale, balanced)

    validation = held_out(parts.validation)
    if not isinstance(model, str):
        validation.check_probabilities()
    test = None if parts.test is None else held_out(parts.test)
    plan = Plan(epochs, learning_rate, schedule, patience, clip_norm)
    # That labels are shares of classes, those of mixed pictures, is seen of their batches.
    soft = classes is not None and shares(batches.element_spec[1])
    if soft:
        wanted = loss_of(loss, counts, from_logits=network.logits, soft=True)
    judging = without_weights(wanted)
    with in_words():
        course = fitted(
            network.inner,
            network.fed(batches, scale),
            wanted,
            lambda: validation.watched(judging, soft=soft),
            plan,
            logs=None if logs is None else Path(logs),
            progress=progress,
        )
        metrics = judged(validation, test, metric)
    metrics |= {"best_epoch": course.best_epoch, "notes": [*parts.notes, *said]}
    parameters = {
        "dataprep": __version__,
        "versions": _versions(),
        "model": kind,
        "target": rows.target,
        "classes": classes,
        "features": [*rows.kinds] if rows.image is None else [rows.image],
        "left_out": unfed(origin, rows, table),
        "picture": picture,
        "rows": {
            name: held.height
            for name, held in (
                ("train", rows),
                ("validation", parts.validation),
                ("test", parts.test),
            )
            if held is not None
        },
        "class_counts": counts,
        "loss": loss if isinstance(loss, str) else type(loss).__name__,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "patience": patience,
        "clip_norm": clip_norm,
        "weights": weights if isinstance(weights, str) else None,
        "balance": balance,
        "augment": None if augment is None else str(augment),
        "seed": seed,
        "sha256": origin.hashes,
        "seconds": round(perf_counter() - started, 3),
    }
    whole = network.whole(scale)
    if whole is not network.inner:
        # With what Keras has itself: who loads the model to evaluate it needs nothing of ours, and
        # nothing that an optimizer keeps of each weight is saved.
        loss_told, metric_told = _STANDARD[classes is not None]
        whole.compile(optimizer="sgd", loss=loss_told, metrics=[metric_told])
    serving, why = _serving(pipeline, whole, network.features, rows)
    parameters["serving"] = "serving.keras" if serving is not None else why
    parameters["loaded_by"] = "dataprep.feed.load_model"
    return Trained(whole, course.history, metrics, parameters, serving)


def _scale(rows: Rows) -> tuple[float, float]:
    """Return mean and standard deviation of a target of numbers."""
    values = rows.labels(np.arange(rows.height)).astype("float64")
    return float(values.mean()), float(values.std()) or 1.0


def _versions() -> dict[str, str]:
    import keras
    import tensorflow as tf

    return {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}


def _serving(
    pipeline: Pipeline | None, whole: keras.Model, features: Any, rows: Rows
) -> tuple[keras.Model | None, str | None]:
    """Return the pipeline's repair and the model in one; else why there is none."""
    if pipeline is None:
        return None, "the rows came without a pipeline"
    if rows.image is not None:
        return None, "the model takes pictures as they are"
    import keras

    from dataprep.feed.serving import preprocessing_model
    from dataprep.feed.serving.naming import by_column

    try:
        before = preprocessing_model(pipeline, features=features)
    except DataprepError as error:
        return None, str(error)
    found = before.output
    if isinstance(found, dict):
        found = {name: found[name] for name in whole.input}
    with by_column():
        return keras.Model(before.input, whole(found), name="serving"), None
