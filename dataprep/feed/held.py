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
from dataprep.feed.labels import Wanted, check_present, classes_in, coded, distinct
from dataprep.feed.rows import Held
from dataprep.kinds import Kind
from dataprep.table import Table

_ROWS_AT_A_TIME = 65_536
_DAY = np.timedelta64(86_400_000_000, "us")
_TEXTS: tuple[Kind, ...] = ("category", "text", "identifier")


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
    texts = [name for name in chosen if _is_text(schema[name])]
    numbers = [name for name in chosen if name not in texts]
    objects = {name: _column(frame, name) for name in [*texts, *([image] if image else [])]}
    matrix = _matrix(frame, numbers)
    _check_whole(matrix, numbers, objects, image)
    y, known, kind = None, None, None
    if target is not None:
        kind = table.kinds[target]
        values = _column(frame, target)
        check_present(_missing(values), height, target)
        known = classes_in(distinct(values, kind), kind, target, classes)
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
        image_root=str(Path(image_root or table.report.get("image_root") or ".").absolute()),
        roles=dict(table.roles),
        place=place,
        matrix=matrix,
        names=tuple(numbers),
        objects=objects,
        y=y,
        w=w,
    )


def _one(table: Table, role: str) -> str | None:
    return next(iter(table.of_role(role)), None)


def _is_text(dtype: Any) -> bool:
    import narwhals as nw

    return dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object)


def _column(frame: Frame, name: str) -> np.ndarray:
    found: np.ndarray = arrays_of(frame.select(name).to_arrow())[name]
    return found


def numbers_of(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Return columns of numbers, booleans and times side by side, as float32."""
    made = np.empty((len(arrays[names[0]]) if names else 0, len(names)), "float32")
    for i, name in enumerate(names):
        values = arrays[name]
        if values.dtype.kind == "M":
            values = (values - np.datetime64(0, "us")) / _DAY
        with np.errstate(over="ignore"):
            made[:, i] = values
    return made


def _matrix(frame: Frame, names: Sequence[str]) -> np.ndarray:
    made = np.empty((len(frame), len(names)), "float32")
    # By blocks: a column at a time would pass through the whole matrix for each of them.
    chosen = frame.select(*names)
    for start in range(0, len(frame) if names else 0, _ROWS_AT_A_TIME):
        part = chosen[start : start + _ROWS_AT_A_TIME]
        made[start : start + len(part)] = numbers_of(arrays_of(part.to_arrow()), names)
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
            f"{count:,} rows refer to no picture",
            place=image,
            remedy="Drop these rows with the stage drop_missing.",
        )
    gaps = {name: _missing(values) for name, values in objects.items() if name != image}
    check_numbers(matrix, names, gaps)


def check_numbers(
    matrix: np.ndarray, names: Sequence[str], others: Mapping[str, int] | None = None
) -> None:
    """Raise where a value is missing or infinite, and name the columns.

    Parameters
    ----------
    matrix : array of float32 of shape (n_rows, n_numbers)
    names : sequence of str
        Those of its columns.
    others : mapping of str to int, optional
        How many values of other columns are missing.
    """
    # A sum is not finite where one value is not, nor, rarely, where all of them are.
    sums = matrix.sum(axis=0, dtype="float64")
    suspects = np.flatnonzero(~np.isfinite(sums))
    gaps = {names[i]: int(np.isnan(matrix[:, i]).sum()) for i in suspects}
    gaps = {name: count for name, count in {**gaps, **(others or {})}.items() if count}
    if gaps:
        listed = ", ".join(f"{name} ({count:,})" for name, count in list(gaps.items())[:20])
        columns = "1 column" if len(gaps) == 1 else f"{len(gaps)} columns"
        raise DataError(
            f"missing values are left in {columns}: {listed}, of {len(matrix):,} rows",
            place="features",
            remedy="Fill them with the stage impute, or leave the columns out with columns=[...].",
        )
    infinite = [names[i] for i in suspects if np.isinf(matrix[:, i]).any()]
    if infinite:
        raise DataError(
            f"values that are infinite, or too large for float32, are left in: "
            f"{', '.join(infinite)}",
            place="features",
            remedy="Clip them with the stage iqr or quantile, or leave the columns out.",
        )


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
    found = classes_in(distinct(values, kind), kind, target, None)
    return False if found is None else found
