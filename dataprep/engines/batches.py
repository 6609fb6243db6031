"""Batches of one size, wherever those that an engine gives end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa


def even(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Give the rows of batches in batches of exactly so many, but for the last.

    Where an engine's batches end depends on its threads, and would show in the bytes of a file.

    Examples
    --------
    >>> given = [pa.record_batch({"a": list(range(n))}) for n in (3, 1, 4)]
    >>> [batch.num_rows for batch in even(given, 3)]
    [3, 3, 2]
    """
    held: list[pa.RecordBatch] = []
    height = 0
    for batch in batches:
        while height + len(batch) >= rows:
            cut = rows - height
            yield from _joined([*held, batch.slice(0, cut)])
            batch, held, height = batch.slice(cut), [], 0
        if len(batch):
            held.append(batch)
            height += len(batch)
    yield from _joined(held)


def _joined(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    if len(batches) < 2:
        return batches
    joined: list[pa.RecordBatch] = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return joined
