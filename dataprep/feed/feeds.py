"""The feed of rows: from memory, or from files through windows."""

from __future__ import annotations

from dataprep.errors import ConfigError
from dataprep.feed.batches import Feed, HeldFeed
from dataprep.feed.order import Shard
from dataprep.feed.parquet import Streamed
from dataprep.feed.rows import Held, Rows
from dataprep.feed.weighing import Weigher
from dataprep.feed.windows import WindowFeed


def feed_of(
    rows: Rows,
    seed: int,
    *,
    shuffle: bool,
    weigher: Weigher,
    balance: bool = False,
    shard: Shard | None = None,
    keyed: bool = False,
    soft: bool = False,
) -> Feed:
    """Return the feed of rows.

    Raises
    ------
    ConfigError
        When classes are to be balanced, or soft labels read, in files that are not held in memory.
    """
    if isinstance(rows, Held):
        return HeldFeed(rows, seed, shuffle, balance, shard, weigher, keyed, soft)
    if not isinstance(rows, Streamed):
        raise TypeError(f"rows of an unknown kind: {type(rows).__name__}")
    if balance:
        raise ConfigError(
            "classes are balanced among rows in memory, and these files are read in windows",
            place="balance",
            remedy="Say weights='class', put a random_over_sampler into the pipeline, or give a "
            f"window of {rows.height:,} rows.",
        )
    if soft:
        raise ConfigError(
            "soft labels are of rows in memory, and these files are read in windows",
            place="soft_labels",
            remedy=f"Give a window of {rows.height:,} rows, or leave soft_labels out.",
        )
    return WindowFeed(rows, seed, shuffle, shard, weigher)
