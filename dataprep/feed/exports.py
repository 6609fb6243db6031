"""``dp.feed.export``: prepared rows as shards of Parquet or TFRecord, with a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dataprep._version import __version__
from dataprep.errors import ConfigError, DataError, OutputError, did_you_mean
from dataprep.feed.asking import check_numbers_asked
from dataprep.feed.batches import Feed, Part
from dataprep.feed.feeds import feed_of
from dataprep.feed.folders import check_own
from dataprep.feed.manifest import FORMAT, NAME, files_of
from dataprep.feed.opening import opened_weighed
from dataprep.feed.records import write_records
from dataprep.feed.rows import Rows
from dataprep.feed.weighing import Weigher
from dataprep.files import sync, working_folder
from dataprep.parts import TRAIN, WEIGHT
from dataprep.readers.paths import sha256_of
from dataprep.stopping import held

_SUFFIXES = {"parquet": "parquet", "tfrecord": "tfrecord"}
_ROWS_IN_A_GROUP = 16_384
"""Small groups: a window of rows that are shuffled together then comes from many of them."""


def export(
    source: Any,
    folder: str | Path,
    target: str | None = None,
    *,
    format: Literal["parquet", "tfrecord"] = "parquet",
    shards: int = 1,
    seed: int | None = None,
    weights: Any = None,
    split: str = TRAIN,
    columns: Any = None,
    classes: Any = None,
    image: str | None = None,
    image_root: Any = None,
    window: int | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Write rows as they are fed into a folder of shards, with ``manifest.json``.

    Nothing is seen of the folder until all of it is written.

    Parameters
    ----------
    source, target, weights, split, columns, classes, image, image_root, window
        As in `dataprep.feed.dataset`.
    folder : path
        What is to be made; its parent must be there.
    format : {"parquet", "tfrecord"}, default="parquet"
        Parquet holds numbers as float32, text, the label as it is, and ``sample_weight``;
        `dataprep.feed.dataset` reads such a folder again. TFRecord holds a ``tf.train.Example`` for
        each row, with the label's code, and pictures as PNG; the manifest names its features.
    shards : int, default=1
        How many files: their numbers of rows differ by one at most.
    seed : int, optional
        Rows are written in random order; by default in that of the source.
    force : bool, default=False
        Replace a folder that is an export already, and holds nothing else.

    Returns
    -------
    dict
        The manifest: columns and their kinds, classes in the order of codes, the seed, and for each
        shard its file, rows, bytes and SHA-256.

    Raises
    ------
    ConfigError
        When the folder is there, the format is unknown, or weights would be written over a column.
    DataError
        When a shard would be empty; and as `dataprep.feed.dataset` does.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import mkdtemp
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": ["a", "b", "a"]})
    >>> manifest = export(frame, mkdtemp() + "/rows", "y", shards=2)
    >>> [shard["rows"] for shard in manifest["shards"]], manifest["classes"]
    ([1, 2], ['a', 'b'])
    """
    if format not in _SUFFIXES:
        raise ConfigError(
            f"unknown format {format!r}",
            place="format",
            remedy=did_you_mean(str(format), _SUFFIXES),
        )
    check_numbers_asked(shards=(shards, 1), seed=(seed, 0))
    place = Path(folder).absolute()
    _check_place(place, force=force)
    rows, weigher = opened_weighed(
        source,
        weights,
        target=target,
        split=split,
        columns=columns,
        classes=classes,
        image=image,
        image_root=image_root,
        window=window,
    )
    if shards > rows.height:
        raise DataError(
            f"{rows.height:,} rows cannot be dealt to {shards:,} shards: some would be empty",
            place="shards",
            remedy="Ask for fewer shards.",
        )
    if weigher.words and WEIGHT in {*rows.kinds, rows.target, rows.image}:
        raise ConfigError(
            f"{WEIGHT!r} is a column of the rows already, where weights are written",
            place="weights",
            remedy="Leave it out with columns=[...], rename it, or export without weights.",
        )
    feed = feed_of(rows, seed or 0, shuffle=seed is not None, weigher=weigher)
    with working_folder(place.parent, place) as work:
        draft = work / "export"
        draft.mkdir()
        listed = [
            _written(rows, feed, draft / f"{number:05d}-of-{shards:05d}.{_SUFFIXES[format]}", ends)
            for number, ends in enumerate(_ends(rows.height, shards))
        ]
        manifest = {
            "dataprep_export": FORMAT,
            "dataprep": __version__,
            "format": format,
            "rows": rows.height,
            "columns": {
                name: {"kind": kind, "type": _type(name, rows, format)}
                for name, kind in _columns(rows, weigher).items()
            },
            "target": rows.target,
            "target_kind": rows.target_kind,
            "classes": rows.classes,
            "weight": WEIGHT if weigher.words else None,
            "image": rows.image,
            "image_root": rows.image_root if rows.image else None,
            "split": rows.split,
            "made": rows.made,
            "seed": seed,
            "shards": listed,
        }
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        (draft / NAME).write_text(text, encoding="utf-8")
        for path in draft.iterdir():
            sync(path)
        with held():
            if place.exists():
                place.rename(work / "old")
            draft.rename(place)
    return manifest


def _check_place(place: Path, *, force: bool) -> None:
    if not place.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(place.parent), remedy="Make it first."
        )
    if place.exists() and not force:
        raise ConfigError(
            "is there already", place=str(place), remedy="Say force=True, or name another folder."
        )
    if place.exists():
        check_own(place, "export", NAME, "dataprep_export", files_of)


def _ends(height: int, shards: int) -> Iterator[tuple[int, int]]:
    for number in range(shards):
        yield height * number // shards, height * (number + 1) // shards


def _columns(rows: Rows, weigher: Weigher) -> dict[str, Any]:
    """Return the columns of a shard and their kinds."""
    found: dict[str, Any] = dict(rows.kinds)
    if rows.image is not None:
        found[rows.image] = "text"
    if rows.target is not None:
        found[rows.target] = rows.target_kind
    return found | ({WEIGHT: "float"} if weigher.words else {})


def _type(name: str, rows: Rows, format: str) -> str:
    """Return the type in which a column is written."""
    if name == rows.target:
        if rows.classes is None:
            return "float32"
        types = {str: "string", bool: "bool", int: "int64", float: "float64"}
        return "int64" if format == "tfrecord" else types[type(rows.classes[0])]
    return "string" if name in (*rows.texts, rows.image) else "float32"


def _written(rows: Rows, feed: Feed, path: Path, ends: tuple[int, int]) -> dict[str, Any]:
    """Write a shard, and return what the manifest says of it."""
    start, stop = ends
    parts = (
        feed.part(0, first, min(first + _ROWS_IN_A_GROUP, stop))
        for first in range(start, stop, _ROWS_IN_A_GROUP)
    )
    if path.suffix == ".parquet":
        _write_parquet(rows, parts, path)
    else:
        write_records(rows, parts, path)
    told = {"file": path.name, "rows": stop - start, "bytes": path.stat().st_size}
    return {**told, "sha256": sha256_of([path])}


def _write_parquet(rows: Rows, parts: Iterator[Part], path: Path) -> None:
    import pyarrow.parquet as pq

    writer = None
    try:
        for part in parts:
            table = _arrow(rows, part)
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=_ROWS_IN_A_GROUP)
    finally:
        if writer is not None:
            writer.close()


def _arrow(rows: Rows, part: Part) -> Any:
    """Return rows as an Arrow table: features, reference, label and weight."""
    import pyarrow as pa

    columns = {
        name: pa.array(np.ascontiguousarray(part.matrix[:, i]))
        for i, name in enumerate(rows.numbers)
    }
    columns |= {name: pa.array(values, pa.string()) for name, values in part.objects.items()}
    columns = {name: columns[name] for name in [*rows.kinds, *([rows.image] if rows.image else [])]}
    if part.y is not None and rows.target is not None:
        # Labels of one type, whatever they are: an array of them is indexed by code.
        labels = pa.array(rows.classes) if rows.classes else None
        columns[rows.target] = pa.array(part.y) if labels is None else labels.take(pa.array(part.y))
    if part.w is not None:
        columns[WEIGHT] = pa.array(part.w)
    return pa.table(columns)
