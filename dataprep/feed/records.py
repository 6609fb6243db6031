"""TFRecord files: a ``tf.train.Example`` for each row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dataprep.feed.batches import Part
from dataprep.feed.rows import Rows
from dataprep.optional import require
from dataprep.parts import WEIGHT


def write_records(rows: Rows, parts: Iterator[Part], path: Path) -> None:
    """Write rows, one after the other.

    Numbers are a float each, text bytes, a picture the bytes of a PNG, a label its code (int64) or
    a number (float).
    """
    tf = require("tensorflow", "tensorflow")
    train = tf.train

    def floats(value: float) -> Any:
        return train.Feature(float_list=train.FloatList(value=[value]))

    def text(value: bytes) -> Any:
        return train.Feature(bytes_list=train.BytesList(value=[value]))

    def label(value: Any) -> Any:
        if rows.classes is None:
            return floats(value)
        return train.Feature(int64_list=train.Int64List(value=[value]))

    with tf.io.TFRecordWriter(str(path)) as writer:
        for part in parts:
            for i in range(len(part.positions)):
                found = {
                    name: floats(value)
                    for name, value in zip(rows.numbers, part.matrix[i], strict=True)
                }
                for name, values in part.objects.items():
                    is_picture = name == rows.image
                    found[name] = text(
                        _png(values[i], rows.image_root) if is_picture else values[i].encode()
                    )
                if part.y is not None and rows.target is not None:
                    found[rows.target] = label(part.y[i])
                if part.w is not None:
                    found[WEIGHT] = floats(part.w[i])
                example = train.Example(features=train.Features(feature=found))
                writer.write(example.SerializeToString(deterministic=True))


def _png(reference: str, root: str) -> bytes:
    """Return a picture as PNG, which loses nothing."""
    from dataprep.images.loading import pixels

    tf = require("tensorflow", "tensorflow")
    found: bytes = tf.io.encode_png(pixels(reference, root)).numpy()
    return found
