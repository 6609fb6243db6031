"""Texts as rows of code points in TensorFlow: mapped one by one, looked up, and joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from dataprep.feed.serving.characters import Tables, tables_of

Ragged = Any
"""Rows of different lengths: ``tf.RaggedTensor`` of shape (n, None)."""


def mapped(points: Ragged, way: str) -> tuple[Ragged, Any]:
    """Return texts in a form or a case, and which of them that cannot be told of.

    Parameters
    ----------
    points : ragged int32 of shape (n, None)
    way : str
        See `dataprep.feed.serving.characters.tables_of`.

    Returns
    -------
    points : ragged int32 of shape (n, None)
    loose : bool of shape (n,)
        Where characters may combine with their neighbours.
    """
    tables = tables_of(way)
    made = _replaced(points, tables)
    alone = points.with_flat_values(among(points.flat_values, tables.alone))
    loose = made.with_flat_values(_is_loose(made, tables))
    return made, tf.reduce_any(alone, axis=1) | tf.reduce_any(loose, axis=1)


def among(flat: Any, known: np.ndarray) -> Any:
    """Return where values are among sorted ones."""
    if not len(known):
        return tf.zeros_like(flat, dtype=tf.bool)
    at = tf.minimum(tf.searchsorted(known, flat), len(known) - 1)
    return tf.equal(tf.gather(known, at), flat)


def within(flat: Any, first: np.ndarray, last: np.ndarray) -> Any:
    """Return where values are within one of some runs, both ends included."""
    at = tf.searchsorted(first, flat, side="right") - 1
    return (at >= 0) & (flat <= tf.gather(last, tf.maximum(at, 0)))


def joined(values: Ragged) -> Any:
    """Return the distinct values of each row, in order, as a text; none of them is negative."""
    dense = values.to_tensor(default_value=-1)
    # A column more, so that there is one.
    dense = tf.concat([tf.fill([tf.shape(dense)[0], 1], tf.constant(-1, dense.dtype)), dense], 1)
    ordered = tf.sort(dense, axis=1)
    told = tf.strings.join([tf.strings.as_string(ordered[:, 1:]), ","])
    fresh = tf.not_equal(ordered[:, 1:], ordered[:, :-1])
    return tf.strings.reduce_join(tf.where(fresh, told, ""), axis=1)


def _replaced(points: Ragged, tables: Tables) -> Ragged:
    """Return code points with each replaced by those that stand for it."""
    flat = points.flat_values
    at = tf.minimum(tf.searchsorted(tables.keys, flat), len(tables.keys) - 1)
    hit = tf.equal(tf.gather(tables.keys, at), flat)
    lengths = tf.where(hit, tf.gather(tables.lengths, at), 1)
    ends = tf.cumsum(lengths)
    # Each new place knows the character that it came from, and how far it is from its first.
    source = tf.repeat(tf.range(tf.size(flat)), lengths)
    offset = tf.range(tf.reduce_sum(lengths)) - tf.gather(ends - lengths, source)
    taken = tf.gather(tables.starts, tf.gather(at, source)) + offset
    taken = tf.clip_by_value(taken, 0, len(tables.values) - 1)
    new = tf.where(tf.gather(hit, source), tf.gather(tables.values, taken), tf.gather(flat, source))
    splits = tf.gather(tf.concat([[0], ends], 0), tf.cast(points.row_splits, tf.int32))
    return tf.RaggedTensor.from_row_splits(new, tf.cast(splits, tf.int64))


def _is_loose(points: Ragged, tables: Tables) -> Any:
    """Return where a code point may combine with the one before, or is out of its order."""
    flat = points.flat_values
    at = tf.minimum(tf.searchsorted(tables.marks, flat), len(tables.marks) - 1)
    marked = tf.equal(tf.gather(tables.marks, at), flat)
    ranks = tf.where(marked, tf.gather(tables.ranks, at), 0)
    before = tf.concat([[0], ranks[:-1]], 0)
    # The first of a text has none before it.
    row = points.value_rowids()
    within_text = tf.concat([[False], tf.equal(row[1:], row[:-1])], 0)
    disordered = tables.ordered & within_text & (ranks > 0) & (before > ranks)
    return among(flat, tables.loose) | disordered
