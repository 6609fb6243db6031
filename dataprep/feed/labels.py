"""Targets as what a loss takes: codes of classes in sorted order, or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from dataprep.engines.matrix import arrays_of
from dataprep.errors import ConfigError, DataError
from dataprep.feed.rows import Classes
from dataprep.kinds import NUMERIC, Kind, are_classes
from dataprep.parts import label_of
from dataprep.provenance import SOFT_LABEL
from dataprep.resampling.classes import matched

Wanted = Sequence[Any] | Literal[False] | None
"""Labels that are given; False for a target of numbers; None where the target tells."""


def check_present(missing: int, rows: int, target: str) -> None:
    """Raise where rows have no target."""
    if missing:
        raise DataError(
            f"the target is missing in {missing:,} of {rows:,} rows",
            place=target,
            remedy=f"Drop those rows with a stage drop_missing: {{columns: [{target}]}}, or fill "
            "them.",
        )


def classes_in(
    values: Sequence[Any], rows: int, kind: Kind, target: str, given: Wanted
) -> Classes | None:
    """Return the classes of a target, in the order of their codes; None for numbers.

    Parameters
    ----------
    values : sequence
        Its distinct values, none of them missing.
    rows : int
    kind : Kind
        What it holds. Text and booleans are classes; whole numbers are where there are at most 10
        of them, each twice or more on average, or where they are exactly 0, 1, ..., n - 1 with ten
        rows for each on average.
    target : str
        Its name, for errors.
    given : sequence, False or None
        Labels that are known, from training rows; False says that the target is a number.

    Examples
    --------
    >>> classes_in(["yes", "no"], 9, "category", "churned", None)
    ['no', 'yes']
    >>> classes_in([2.5, 3.5, 7.0], 9, "float", "price", None) is None
    True
    >>> classes_in(["no"], 9, "category", "churned", None)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: churned: the target is 'no' in every row. A model needs two ...
    """
    if kind in ("date", "timestamp", "other"):
        raise DataError(
            f"is of kind {kind}, which is no target",
            place=target,
            remedy="Name a column of classes or of numbers.",
        )
    if given is False:
        _check_number(kind, target)
        return None
    found = sorted(plain(value) for value in values)
    if given is None:
        if len(found) == 1:
            raise DataError(
                f"the target is {found[0]!r} in every row",
                place=target,
                remedy="A model needs two values to tell apart: check the column, and the rows "
                "that were taken.",
            )
        return None if kind in NUMERIC and not _are_classes(found, rows) else found
    known = [plain(label) for label in given]
    twice = [label for i, label in enumerate(known) if label in known[:i]]
    if twice:
        raise ConfigError(
            f"{twice[0]!r} is there more than once",
            place="classes",
            remedy="Name each class once: its place is its code.",
        )
    unknown = [value for value in found if value not in known]
    if unknown:
        raise DataError(
            f"the target is {unknown[0]!r} in some rows, which is none of the classes "
            "that are given, or that training rows have: "
            + ", ".join(label_of(label) for label in known[:20]),
            place=target,
            remedy="Train on rows of every class, or drop these rows.",
        )
    return known


def _check_number(kind: Kind, target: str) -> None:
    if kind not in (*NUMERIC, "boolean"):
        raise DataError(
            f"is of kind {kind}, no number",
            place=target,
            remedy="Leave out classes=False: text is fed as codes of classes.",
        )


def _are_classes(found: list[Any], rows: int) -> bool:
    whole = not any(isinstance(value, float) for value in found)
    return bool(found) and are_classes(len(found), rows, (found[0], found[-1]), whole=whole)


def soft_columns(names: Sequence[str], classes: Classes) -> list[str] | None:
    """Return the column that says how likely each class is; None where there is not one for each.

    Examples
    --------
    >>> soft_columns(["_soft_yes", "_soft_no"], [False, True])
    ['_soft_no', '_soft_yes']
    >>> soft_columns(["_soft_yes"], ["no", "yes"]) is None
    True
    """
    counts = dict.fromkeys(classes, 0)
    try:
        found = {matched(name.removeprefix(SOFT_LABEL), counts, name, "y"): name for name in names}
    except DataError:
        return None
    whole = len(found) == len(names) == len(classes)
    return [found[label] for label in classes] if whole else None


def plain(value: Any) -> Any:
    """Return a label as Python holds it; a whole float as a whole number."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def target_of(column: Any) -> np.ndarray:
    """Return an Arrow column of a target as an array.

    Whole numbers stay what they are: as float64, large ones would be one class.
    """
    import pyarrow as pa

    if pa.types.is_integer(column.type) and not column.null_count:
        chunked = isinstance(column, pa.ChunkedArray)
        found: np.ndarray = column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False)
        return found
    return arrays_of(pa.table({"": column}))[""]


def coded(values: np.ndarray, kind: Kind, classes: Classes | None) -> np.ndarray:
    """Return the codes of classes as int64, or numbers as float32.

    Parameters
    ----------
    values : array of shape (n_rows,)
        Numbers, or objects: text. None is missing, and all are among the classes.
    kind : Kind
    classes : list, optional

    Examples
    --------
    >>> coded(np.array(["yes", "no", "yes"], dtype=object), "category", ["no", "yes"]).tolist()
    [1, 0, 1]
    """
    if classes is None:
        return values.astype("float32")
    if values.dtype == object:
        codes = {label: i for i, label in enumerate(classes)}
        return np.fromiter((codes[value] for value in values), "int64", len(values))
    whole = values.dtype.kind in "iu" and all(isinstance(label, int) for label in classes)
    labels = np.asarray(classes, values.dtype if whole else "float64")
    order = np.argsort(labels, kind="stable")
    labels = labels[order]
    return order[np.searchsorted(labels, values)].astype("int64")


def distinct(values: np.ndarray, kind: Kind) -> list[Any]:
    """Return the distinct values of a target as labels: booleans as such."""
    if values.dtype == object:
        return list(dict.fromkeys(values.tolist()))
    found = np.unique(values).tolist()
    return [bool(value) for value in found] if kind == "boolean" else found
