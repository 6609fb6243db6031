"""A table in memory as rows to feed: numbers side by side as float32, text as it is."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataprep.columns import resolve
from dataprep.engine import Frame
from dataprep.engines.matrix import arrays_of
from dataprep.errors import ConfigError, DataError
from dataprep.feed.channels import Channels, measured
from dataprep.feed.columns import (
    blurred_in,
    check_numbers,
    is_text,
    missing_in,
    numbers_of,
    weights_of,
)
from dataprep.feed.labels import (
    Wanted,
    check_present,
    classes_in,
    coded,
    distinct,
    soft_columns,
    target_of,
)
from dataprep.feed.roles import made_in, one_of_role, origin_column
from dataprep.feed.rows import Held
from dataprep.table import Table

_ROWS_AT_A_TIME = 65_536
_FEATURES = ("integer", "float", "boolean", "category")
"""Kinds that are fed where nobody says which columns are."""


def features_of(table: Table, columns: Any, place: str) -> tuple[list[str], dict[str, str]]:
    """Return the columns to be fed, and those that are not though they have no role, with why.

    Parameters
    ----------
    table : Table
    columns : str, Selector or sequence of str, optional
        By default numbers, booleans and categories without a role; where there are none of them,
        nor pictures, free text. Names keep the order that they are given in.
    place : str
    """
    plain = [name for name in table.columns if name not in table.roles]
    left_out: dict[str, str] = {}
    if columns is not None:
        chosen = _named(columns, table)
    else:
        chosen = [name for name in plain if table.kinds[name] in _FEATURES]
        if not chosen and not table.of_role("image"):
            chosen = [name for name in plain if table.kinds[name] == "text"]
        left_out = {n: f"of kind {table.kinds[n]}" for n in plain if n not in chosen}
    if not chosen and not table.of_role("image"):
        told = ", ".join(f"{name} ({why})" for name, why in left_out.items())
        raise DataError(
            f"there is no feature left to feed{': ' if told else ''}{told}",
            place=place,
            remedy="Name some with columns=[...]."
            if told
            else "Every column has a role: name some with columns=[...].",
        )
    others = [name for name in chosen if table.kinds[name] == "other"]
    if others:
        raise DataError(
            f"columns of a kind that no tensor holds: {', '.join(others)}",
            place=place,
            remedy="Leave them out with columns=[...], or make them numbers or text first.",
        )
    return chosen, left_out


def _named(columns: Any, table: Table) -> list[str]:
    """Return the columns that were chosen; those that were listed in the order of the list."""
    chosen = resolve(columns, table)
    if any(table.roles.get(name) == "target" for name in chosen):
        target = next(name for name in chosen if table.roles.get(name) == "target")
        raise ConfigError(
            f"{target!r} is the target, and no feature",
            place="columns",
            remedy="Leave it out: what is to be predicted would be known.",
        )
    if isinstance(columns, list | tuple):
        chosen = sorted(chosen, key=list(columns).index)
    return [name for name in chosen if table.roles.get(name) != "image"]


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
        Features; see `features_of`.
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
    chosen, left_out = features_of(table, columns, place)
    frame, height = table.frame, len(table.frame)
    if not height:
        raise DataError("there are no rows", place=place, remedy="Give rows to train on.")
    target, weight = one_of_role(table, "target"), one_of_role(table, "weight")
    image = one_of_role(table, "image")
    schema = frame.schema
    texts = [name for name in chosen if is_text(schema[name])]
    numbers = [name for name in chosen if name not in texts]
    objects = {name: _column(frame, name) for name in [*texts, *([image] if image else [])]}
    matrix = _matrix(frame, numbers)
    _check_whole(matrix, numbers, objects, image)
    y, known, kind = None, None, None
    if target is not None:
        kind = table.kinds[target]
        values = target_of(frame[target].to_arrow())
        check_present(missing_in(values), height, target)
        known = classes_in(distinct(values, kind), len(values), kind, target, classes)
        y = coded(values, kind, known)
    w = None if weight is None else weights_of(frame[weight].to_arrow(), weight)
    origin = origin_column(table)
    return Held(
        height=height,
        made=0 if origin is None else made_in(frame[origin].to_arrow()),
        kinds={name: table.kinds[name] for name in chosen},
        target=target,
        target_kind=kind,
        classes=known,
        weight=weight,
        image=image,
        image_root=root_of(table, image_root),
        channels=channels or (measured(table) if image else None),
        roles=dict(table.roles),
        left_out=left_out,
        place=place,
        matrix=matrix,
        names=tuple(numbers),
        objects=objects,
        y=y,
        w=w,
        soft=_soft(table, known),
    )


def _soft(table: Table, classes: Sequence[Any] | None) -> np.ndarray | None:
    """Return how likely each class is in each row, where there is a column for each."""
    names = soft_columns(table.of_role("soft_label"), list(classes or ()))
    if not names:
        return None
    columns = [weights_of(table.frame[name].to_arrow(), name) for name in names]
    return np.column_stack(columns)


def root_of(table: Table, image_root: str | Path | None) -> str:
    """Return the folder that references to pictures are relative to."""
    return str(Path(image_root or table.report.get("image_root") or ".").absolute())


def _column(frame: Frame, name: str) -> np.ndarray:
    found: np.ndarray = arrays_of(frame.select(name).to_arrow())[name]
    return found


def _matrix(frame: Frame, names: Sequence[str]) -> np.ndarray:
    made = np.empty((len(frame), len(names)), "float32")
    chosen = frame.select(*names)
    # By blocks, so that what a library copies on the way to Arrow is small.
    blurred: set[str] = set()
    for start in range(0, len(frame) if names else 0, _ROWS_AT_A_TIME):
        stop = min(start + _ROWS_AT_A_TIME, len(frame))
        block = chosen[start:stop].to_arrow()
        numbers_of(block, names, made[start:stop])
        blurred |= blurred_in(block, names, made[start:stop])
    if blurred:
        warnings.warn(
            f"distinct values become equal as float32: {', '.join(sorted(blurred))}; make parts of "
            "times, or differences, with stages before",
            stacklevel=2,
        )
    return made


def _check_whole(
    matrix: np.ndarray, names: Sequence[str], objects: Mapping[str, np.ndarray], image: str | None
) -> None:
    if image is not None:
        check_references(missing_in(objects[image]), len(matrix), image)
    gaps = {name: missing_in(values) for name, values in objects.items() if name != image}
    check_numbers(matrix, names, gaps)


def check_references(missing: int, rows: int, image: str) -> None:
    """Raise where rows refer to no picture."""
    if missing:
        raise DataError(
            f"{missing:,} of {rows:,} rows refer to no picture",
            place=image,
            remedy="Drop these rows with the stage drop_missing.",
        )


def labels_in(table: Table) -> Wanted:
    """Return the classes of a table's target; False for a target of numbers, None for none."""
    target = one_of_role(table, "target")
    if target is None or not len(table.frame):
        return None
    kind, values = table.kinds[target], target_of(table.frame[target].to_arrow())
    check_present(missing_in(values), len(values), target)
    found = classes_in(distinct(values, kind), len(values), kind, target, None)
    return False if found is None else found
