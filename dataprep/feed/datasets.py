"""``dp.feed.dataset``: prepared rows as a ``tf.data.Dataset``, gathered by index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dataprep.feed.arranging import Form
from dataprep.feed.asking import (
    BATCH_SIZE,
    check_augment,
    check_batches,
    check_choices,
    check_form,
    check_numbers_asked,
    check_size,
    check_soft,
    check_training_only,
)
from dataprep.feed.augment import looks_asked
from dataprep.feed.channels import channels_of
from dataprep.feed.feeds import feed_of
from dataprep.feed.graph import Plan, streamed
from dataprep.feed.opening import opened_weighed
from dataprep.feed.order import Shard
from dataprep.optional import require
from dataprep.parts import TRAIN
from dataprep.stage import Stage

if TYPE_CHECKING:
    import tensorflow as tf

_ALL = 2**62
"""A window that holds the rows of any file."""


def dataset(
    source: Any,
    target: str | None = None,
    *,
    batch_size: int = BATCH_SIZE,
    shuffle: bool = True,
    seed: int = 0,
    epoch: int = 0,
    batch: int = 0,
    reshuffle: bool = True,
    weights: Any = None,
    soft_labels: bool = False,
    balance: Literal["class"] | None = None,
    augment: Any = "auto",
    features: Literal["dict", "matrix"] = "dict",
    drop_remainder: bool = False,
    cache: bool = False,
    prefetch: int | None = None,
    shard: Shard | None = None,
    split: str = TRAIN,
    columns: Any = None,
    classes: Any = None,
    image: str | None = None,
    image_size: tuple[int, int] | None = None,
    image_root: Any = None,
    channels: Literal[1, 3] | None = None,
    window: int | None = None,
    parallel_calls: int | None = None,
) -> tf.data.Dataset:
    """Return rows as batches of ``(features, label[, sample_weight])``, for ``model.fit``.

    Rows are gathered by index, many at a time; the data are no constant of a graph, and nothing is
    shuffled element by element. The order of rows is a function of the seed and the epoch: the same
    in every process, at any number of parallel calls.

    Parameters
    ----------
    source : frame, Result, Table, path or Rows
        A pandas, Polars or PyArrow frame; what ``dp.clean`` returned; a Parquet file or a folder of
        them; a folder of pictures, an IDX, NPY or NPZ file; a run folder (``data.clean.dataprep``);
        what `dataprep.feed.opened` returned, to which the parameters that describe a source do not
        apply.
    target : str, optional
        The column to be predicted; by default that of the pipeline. Classes become their places
        among the sorted ones (int64); other numbers are float32. Without one, batches are features.
    batch_size : int, default=256
    shuffle : bool, default=True
    seed : int, default=0
    epoch, batch : int, default=0
        Where to begin. Each iteration over the dataset is the next epoch. With ``batch`` not 0, the
        dataset is the rest of that epoch and nothing else.
    reshuffle : bool, default=True
        Whether each iteration is the next epoch; if not, each one is the first again.
    weights : str or list of str, optional
        ``"sample_weight"`` takes the weights that the pipeline gave, another word is a column,
        ``"class"`` makes up for the sizes of classes among these rows; both are multiplied.
    soft_labels : bool, default=False
        Whether a label says how likely each class is: float32 of the shape (batch, n_classes), as
        ``CategoricalCrossentropy`` takes it. From the columns ``_soft_<label>`` that the stage
        ``pseudo_label`` adds, one for each class; 1 for a row's own class where cells are missing,
        or there are none of them, which a warning tells of training rows.
    balance : "class", optional
        All classes equally often, each one cycled by a random order of its own: no row is left out,
        and an epoch has as many rows as the largest class times the number of classes.
    augment : "auto", ImageAugment, callable or None, default="auto"
        How pictures look in each epoch; or a function of the tensors ``(features, label)`` of a
        batch that returns both. Training rows only. ``"auto"``: for training rows of a run or a
        result, the stage ``image_augment`` of its pipeline, if it has one; None: as they are.
    features : {"dict", "matrix"}, default="dict"
        A tensor for each column, or one of float32 for all of them.
    drop_remainder : bool, default=False
        Leave a last batch out that is not full.
    cache : bool, default=False
        Keep in memory what is read: the rows of files, and decoded pictures.
    prefetch : int, optional
        How many batches are made ahead; 2 by default.
    shard : tuple of int, optional
        ``(index, count)``: one of so many parts of each epoch, which have no row in common and are
        equally long. The last ``rows % count`` rows of an epoch's order are in none of them.
    split : str, default="train"
        The part to take, where rows were split.
    columns : str, Selector or sequence of str, optional
        The features, in the order of a list. By default numbers, booleans and categories without a
        role; a warning names other columns (identifiers, dates, free text) that are left out.
    classes : sequence or False, optional
        Labels in the order of their codes, where not those that there are; False says that the
        target is a number.
    image : str, optional
        The column that refers to pictures; by default that of the pipeline. Pictures are float32
        from 0 to 255, of the shape (batch, height, width, channels); where there is no other
        feature they are the features.
    image_size : tuple of int, optional
        ``(height, width)`` to resize them to, at most 16,777,216 pixels.
    image_root : path, optional
        The folder that references are relative to.
    channels : {1, 3}, optional
        Grey values, or red, green and blue; pictures are converted. By default 3, unless all
        pictures are grey that were looked at: all training rows where the stage ``image_stats``
        measured them, else the headers of up to 1,000 spread evenly. One in colour that comes then
        is an error.
    window : int, optional
        How many rows of Parquet files are shuffled together. By default files that take up to
        256 MB in memory are read whole, and of larger ones as many rows as 64 MB hold.
    parallel_calls : int, optional
        How many batches are made at a time; as many as help where pictures are decoded.

    Returns
    -------
    tf.data.Dataset
        Of known cardinality. It has ``auto_shard_policy`` off: shards are asked for.

    Raises
    ------
    ConfigError
        When a parameter is wrong, a column or part is not there, or held-out rows would be changed.
    DataError
        When features or the target are missing somewhere, the target is of one class, text is to be
        in a matrix, or no batch or shard would be left.
    MissingExtraError
        When TensorFlow is not installed.

    Notes
    -----
    An epoch's number is used up by its second batch (by its only one, if there is one): Keras looks
    at one batch before it trains a new model, which is no epoch. Put no ``.prefetch`` of your own
    behind, say ``prefetch=``: what fetches ahead takes the second batch at a time of its own, and
    after an iteration that was broken off the next epoch would be a matter of timing.

    A value missing in a file that is read in windows is found when it is read: then TensorFlow
    raises ``InvalidArgumentError`` or ``UnknownError`` with the words of the `DataError`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [20.0, 40.0, 60.0], "y": ["no", "no", "yes"]})
    >>> for x, label in dataset(frame, "y", batch_size=2, features="matrix"):
    ...     print(x.numpy().ravel(), label.numpy())
    [20. 60.] [0 1]
    [40.] [0]
    """
    check_numbers_asked(
        batch_size=(batch_size, 1),
        epoch=(epoch, 0),
        batch=(batch, 0),
        seed=(seed, 0),
        prefetch=(prefetch, 0),
        window=(window, 1),
        parallel_calls=(parallel_calls, 1),
    )
    check_choices(features, balance, weights)
    check_size(image_size)
    tf = require("tensorflow", "tensorflow")
    rows, weigher = opened_weighed(
        source,
        weights,
        target=target,
        split=split,
        columns=columns,
        classes=classes,
        image=image,
        image_root=image_root,
        window=_ALL if cache else window,
    )
    augment = looks_asked(augment, source, rows)
    check_soft(rows, augment, soft_labels=soft_labels)
    check_training_only(rows.split, balance, augment)
    check_augment(augment, rows)
    check_form(rows, features, balance)
    # A function that augments draws for itself.
    keyed = isinstance(augment, Stage)
    feed = feed_of(
        rows,
        seed,
        shuffle=shuffle,
        balance=balance is not None,
        shard=shard,
        weigher=weigher,
        keyed=keyed,
        soft=soft_labels,
    )
    check_batches(feed.length, batch_size, batch, drop_remainder=drop_remainder)
    if parallel_calls is None and rows.image is not None:
        parallel_calls = tf.data.AUTOTUNE
    wanted = None if rows.image is None else channels_of(rows, channels)
    form = Form(rows, features, augment, seed, image_size, wanted)
    plan = Plan(
        feed=feed,
        batch_size=batch_size,
        drop_remainder=drop_remainder,
        numbers=len(rows.numbers),
        objects=form.objects,
        label_type=None
        if rows.target is None
        else "int64"
        if rows.classes and not soft_labels
        else "float32",
        soft=len(rows.classes or ()) if soft_labels else 0,
        weighted=bool(weigher.words),
        keyed=keyed,
        pictures=form.kept() if cache and rows.image is not None else None,
    )
    return streamed(
        plan,
        form.arranged,
        by_batch=form.by_batch,
        epoch=epoch,
        batch=batch,
        reshuffle=reshuffle,
        prefetch=prefetch,
        parallel_calls=parallel_calls,
    )
