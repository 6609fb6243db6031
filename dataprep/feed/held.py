"""A table in memory as rows to feed: numbers side by side as float32, text as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataprep.columns import resolve
from dataprep.engine import Frame
from dataprep.engines.matrix import arrays_of
from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.feed.channels import Channels, measured
from dataprep.feed.columns import check_numbers, is_text, numbers_of
from dataprep.feed.labels import Wanted, check_present, classes_in, coded, distinct
from dataprep.feed.rows import Held
from dataprep.table import Table

_ROWS_AT_A_TIME = 65_536


def features_of(table: Table, columns: Any, place: str) -> list[str]:
    """Return the columns to be fed: those without a role, or the chosen ones."""
    if columns is not None:
        chosen = resolve(columns, table)
        taken = [name for name in chosen if table.roles.get(name) == "target"]
        if taken:
            raise ConfigError(
                f"{taken[0]!r} is the target, and no feature",
                place="columns",
                remedy="Leave it out: what is to be predicted would be known.",
            )
    else:
        chosen = [name for name in table.columns if name not in table.roles]
    chosen = [name for name in chosen if table.roles.get(name) != "image"]
    if not chosen and not table.of_role("image"):
        raise DataError(
            "there is no feature left to feed",
            place=place,
            remedy="Every column has a role: name some with columns=[...].",
        )
    others = [name for name in chosen if table.kinds[name] == "other"]
    if others:
        raise DataError(
            f"columns of a kind that no tensor holds: {', '.join(others)}",
            place=place,
            remedy="Leave them out with columns=[...], or make them numbers or text first.",
        )
    return chosen


def held_of(
    table: Table,
    *,
    columns: Any = None,
    classes: Wanted = None,
    image_root: str | Path | None = None,
    channels: Channels | None = None,
    place: str = "source",
) -> Held:
    """Return the rows of an in-memory table, checked.

    Parameters
    ----------
    table : Table
        With the roles of its columns: target, weight, image.
    columns : str, Selector or sequence of str, optional
        Features; by default all columns without a role.
    classes : sequence or False, optional
        See `dataprep.feed.labels.classes_in`.
    image_root : path, optional
    channels : Channels, optional
        Of the pictures; by default as they were measured, where they were.
    place : str

    Raises
    ------
    DataError
        When features or the target are missing somewhere, or the target is of one class.
    """
    chosen = features_of(table, columns, place)
    frame, height = table.frame, len(table.frame)
    if not height:
        raise DataError("there are no rows", place=place, remedy="Give rows to train on.")
    target, weight = _one(table, "target"), _one(table, "weight")
    image = _one(table, "image")
    schema = frame.schema
    texts = [name for name in chosen if is_text(schema[name])]
    numbers = [name for name in chosen if name not in texts]
    objects = {name: _column(frame, name) for name in [*texts, *([image] if image else [])]}
    matrix = _matrix(frame, numbers)
    _check_whole(matrix, numbers, objects, image)
    y, known, kind = None, None, None
    if target is not None:
        kind = table.kinds[target]
        values = _column(frame, target)
        check_present(_missing(values), height, target)
        known = classes_in(distinct(values, kind), len(values), kind, target, classes)
        y = coded(values, kind, known)
    w = None if weight is None else _column(frame, weight).astype("float32")
    return Held(
        height=height,
        kinds={name: table.kinds[name] for name in chosen},
        target=target,
        target_kind=kind,
        classes=known,
        weight=weight,
        image=image,
        image_root=root_of(table, image_root),
        channels=channels or (measured(table) if image else None),
        roles=dict(table.roles),
        place=place,
        matrix=matrix,
        names=tuple(numbers),
        objects=objects,
        y=y,
        w=w,
    )


def root_of(table: Table, image_root: str | Path | None) -> str:
    """Return the folder that references to pictures are relative to."""
    return str(Path(image_root or table.report.get("image_root") or ".").absolute())


def _one(table: Table, role: str) -> str | None:
    return next(iter(table.of_role(role)), None)


def _column(frame: Frame, name: str) -> np.ndarray:
    found: np.ndarray = arrays_of(frame.select(name).to_arrow())[name]
    return found


def _matrix(frame: Frame, names: Sequence[str]) -> np.ndarray:
    made = np.empty((len(frame), len(names)), "float32")
    chosen = frame.select(*names)
    # By blocks, so that what a library copies on the way to Arrow is small.
    for start in range(0, len(frame) if names else 0, _ROWS_AT_A_TIME):
        stop = min(start + _ROWS_AT_A_TIME, len(frame))
        numbers_of(chosen[start:stop].to_arrow(), names, made[start:stop])
    return made


def _missing(values: np.ndarray) -> int:
    if values.dtype == object:
        return sum(value is None for value in values)
    return int(np.isnat(values).sum() if values.dtype.kind == "M" else np.isnan(values).sum())


def _check_whole(
    matrix: np.ndarray, names: Sequence[str], objects: Mapping[str, np.ndarray], image: str | None
) -> None:
    if image is not None and (count := _missing(objects[image])):
        raise DataError(
            f"{count:,} of {len(matrix):,} rows refer to no picture",
            place=image,
            remedy="Drop these rows with the stage drop_missing.",
        )
    gaps = {name: _missing(values) for name, values in objects.items() if name != image}
    check_numbers(matrix, names, gaps)


def check_column(name: str | None, table: Table, place: str) -> None:
    """Raise where a column that was named is not there."""
    if name is not None and name not in table.kinds:
        raise ConfigError(
            f"no column named {name!r}", place=place, remedy=did_you_mean(name, table.columns)
        )


def labels_in(table: Table) -> Wanted:
    """Return the classes of a table's target; False for a target of numbers, None for none."""
    target = _one(table, "target")
    if target is None or not len(table.frame):
        return None
    kind, values = table.kinds[target], _column(table.frame, target)
    check_present(_missing(values), len(values), target)
    found = classes_in(distinct(values, kind), len(values), kind, target, None)
    return False if found is None else found
