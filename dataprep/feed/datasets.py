"""``dp.feed.dataset``: prepared rows as a ``tf.data.Dataset``, gathered by index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dataprep.feed.arranging import Form
from dataprep.feed.asking import (
    check_augment,
    check_batches,
    check_choices,
    check_form,
    check_numbers_asked,
    check_training_only,
)
from dataprep.feed.batches import Feed, HeldFeed
from dataprep.feed.graph import Plan, streamed
from dataprep.feed.order import Shard
from dataprep.feed.parquet import Streamed
from dataprep.feed.rows import Rows
from dataprep.feed.sources import opened
from dataprep.feed.weighing import Weigher, column_asked
from dataprep.feed.windows import WindowFeed
from dataprep.optional import require
from dataprep.parts import TRAIN
from dataprep.stage import Stage

if TYPE_CHECKING:
    import tensorflow as tf


def dataset(
    source: Any,
    target: str | None = None,
    *,
    batch_size: int = 256,
    shuffle: bool = True,
    seed: int = 0,
    epoch: int = 0,
    batch: int = 0,
    reshuffle: bool = True,
    weights: Any = None,
    balance: Literal["class"] | None = None,
    augment: Any = None,
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
    window: int | None = None,
    parallel_calls: int | None = None,
) -> tf.data.Dataset:
    """Return rows as batches of ``(features, label[, sample_weight])``."""
    check_numbers_asked(
        batch_size=(batch_size, 1),
        epoch=(epoch, 0),
        batch=(batch, 0),
        seed=(seed, 0),
        prefetch=(prefetch, 0),
        parallel_calls=(parallel_calls, 1),
    )
    check_choices(features, balance, weights)
    check_training_only(split, balance, augment)
    tf = require("tensorflow", "tensorflow")
    rows = opened(
        source,
        target=target,
        split=split,
        columns=columns,
        classes=classes,
        weight=column_asked(weights),
        image=image,
        image_root=image_root,
        window=window,
    )
    check_augment(augment, rows)
    check_form(rows, features, balance)
    weigher = Weigher.asked(rows, weights)
    feed: Feed
    if isinstance(rows, Streamed):
        feed = WindowFeed(rows, seed, shuffle, shard, weigher)
    else:
        feed = HeldFeed(rows, seed, shuffle, balance is not None, shard, weigher)
    check_batches(feed.length, batch_size, batch, drop_remainder=drop_remainder)
    plan = Plan(
        feed=feed,
        batch_size=batch_size,
        drop_remainder=drop_remainder,
        numbers=len(rows.numbers),
        objects=(*rows.texts, *([rows.image] if rows.image else [])),
        label_type=None if rows.target is None else "int64" if rows.classes else "float32",
        weighted=bool(weigher.words),
        keyed=isinstance(augment, Stage),
    )
    if parallel_calls is None and rows.image is not None:
        parallel_calls = tf.data.AUTOTUNE
    form = Form(rows, features, plan.objects, augment, seed, image_size, _channels(rows))
    return streamed(
        plan,
        form.arranged,
        epoch=epoch,
        batch=batch,
        reshuffle=reshuffle,
        prefetch=prefetch,
        parallel_calls=parallel_calls,
    )


def _channels(rows: Rows) -> int | None:
    """Return how many channels pictures have: those of the first one."""
    if rows.image is None:
        return None
    from dataprep.images.loading import pixels

    first = rows.take(np.array([0]))[rows.image][0]
    return int(pixels(first, rows.image_root).shape[-1])
