"""Probabilities of classes from elsewhere: columns of the table, a frame, or an array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.kinds import NUMERIC
from dataprep.parts import label_of
from dataprep.stages.labels.asked import words_of
from dataprep.table import ROW

if TYPE_CHECKING:
    from dataprep.kinds import Kind
    from dataprep.table import Table


def of_columns(
    table: Table, prefix: str, labels: Sequence[Any], target: str, place: str
) -> tuple[list[Any], np.ndarray]:
    """Return the classes, and the probabilities that columns of the table hold for each of them.

    Raises
    ------
    ConfigError
        When no column begins so.
    DataError
        When a label has no column, or one that holds no numbers.
    """
    kind = table.kinds[target]
    columns = prefixed(table, prefix, place)
    if kind == "boolean":
        columns = as_written(columns, labels, words_of(table, target, labels))
    columns = check_numeric(columns, labels, table, place)
    classes, names = by_name(columns, labels, kind, place, prefix)
    held = table.matrix(names)
    P = np.empty((len(held[ROW]), len(names)))
    for i, name in enumerate(names):
        P[:, i] = held.pop(name)
    return classes, P


def prefixed(table: Table, prefix: str, place: str) -> dict[str, str]:
    """Return the columns of probabilities, by the names of classes.

    Parameters
    ----------
    table : Table
    prefix : str
        How their names begin. The target and other columns with a role are none of them.
    place : str
        The parameter, for messages.

    Raises
    ------
    ConfigError
        When no column begins so.
    """
    names = [n for n in table.columns if n.startswith(prefix) and n not in table.roles]
    if not names:
        raise ConfigError(
            f"no column begins with {prefix!r}",
            place=place,
            remedy=did_you_mean(prefix, table.columns),
        )
    return {name.removeprefix(prefix): name for name in names}


def as_written(
    columns: Mapping[str, str], labels: Sequence[Any], words: Sequence[str]
) -> dict[str, str]:
    """Return columns by the names of classes, where they are named as a file writes the labels.

    Examples
    --------
    >>> as_written({"no": "p_no", "yes": "p_yes"}, [False, True], ["no", "yes"])
    {'false': 'p_no', 'true': 'p_yes'}
    """
    named = {word: label_of(label) for word, label in zip(words, labels, strict=True)}
    return {named.get(name, name): column for name, column in columns.items()}


def check_numeric(
    columns: Mapping[str, str], labels: Sequence[Any], table: Table, place: str
) -> dict[str, str]:
    """Return the columns that hold numbers, or raise where one of a label does not."""
    numeric = {named: name for named, name in columns.items() if table.kinds[name] in NUMERIC}
    wrong = [columns[n] for label in labels if (n := _name_of(label, columns)) not in numeric if n]
    if wrong:
        raise DataError(
            f"{wrong[0]!r} is of kind {table.kinds[wrong[0]]}, probabilities are numbers",
            place=place,
            remedy="Give a number from 0 to 1 in each row.",
        )
    return numeric


def by_name(
    columns: Mapping[str, Any], labels: Sequence[Any], kind: Kind, place: str, prefix: str = ""
) -> tuple[list[Any], list[Any]]:
    """Return the classes, those of labels first, and the columns of their probabilities.

    A class that no row has as its label may have a column; a name that is no value of the target's
    kind is no class.

    Parameters
    ----------
    columns : mapping of str to object
        By the names of classes.
    labels : sequence
        The classes that rows have.
    kind : str
        What the target holds.
    place : str
    prefix : str, default=""
        What stands before the names in messages.

    Raises
    ------
    DataError
        When a label has no column.

    Examples
    --------
    >>> by_name({"no": 0, "perhaps": 1, "yes": 2}, ["no", "yes"], "text", "probabilities")
    (['no', 'yes', 'perhaps'], [0, 2, 1])
    """
    names = []
    for label in labels:
        name = _name_of(label, columns)
        if name is None:
            wanted = f"{prefix}{label_of(label)}"
            raise DataError(
                f"no column {wanted!r}, and {label_of(label)!r} is a label",
                place=place,
                remedy=did_you_mean(wanted, [f"{prefix}{name}" for name in columns]),
            )
        names.append(name)
    others = {name: _value(name, kind) for name in columns if name not in names}
    others = {name: value for name, value in others.items() if value is not None}
    return [*labels, *others.values()], [columns[name] for name in [*names, *others]]


def of_array(
    given: Any, labels: Sequence[Any], kind: Kind, place: str
) -> tuple[list[Any], np.ndarray]:
    """Return the classes, and an array with a column for each of them.

    Parameters
    ----------
    given : array or frame of shape (n_rows, n_classes)
        The columns of a frame are taken by their names. Those of an array are the labels' classes
        in order, or, where it has more, the classes 0, 1, 2 and so on.
    labels : sequence
    kind : str
    place : str

    Raises
    ------
    DataError
        For other shapes, what are no numbers, and labels without a column.
    """
    P = np.asarray(given)
    if P.ndim != 2 or P.dtype.kind not in "fiu":
        raise DataError(
            f"an array of the shape {P.shape}, of the type {P.dtype}",
            place=place,
            remedy="Give numbers: a row for each row of the input, a column for each class.",
        )
    # A PyArrow table has arrays as its columns, and their names apart.
    named = getattr(given, "column_names", getattr(given, "columns", range(P.shape[1])))
    names = [str(name) for name in named]
    columns = {name: i for i, name in enumerate(names)}
    # As libraries call what nobody named.
    unnamed = any(names == [f"{start}{i}" for i in range(len(names))] for start in ("", "column_"))
    if unnamed and P.shape[1] == len(labels):
        return list(labels), P
    if unnamed and any(label_of(label) not in columns for label in labels):
        shown = ", ".join(label_of(label) for label in labels[:5])
        raise DataError(
            f"an array of the shape {P.shape}, for {len(labels)} classes",
            place=place,
            remedy=f"Give a column for each class in this order: {shown}"
            f"{', ...' if len(labels) > 5 else ''}; or a frame whose columns have their names.",
        )
    classes, at = by_name(columns, labels, kind, place)
    return classes, P if at == list(range(len(names))) else P[:, at]


def rows_of(
    P: np.ndarray, numbers: np.ndarray, height: int, *, made: bool, place: str
) -> np.ndarray:
    """Return the probabilities of rows, by the rows' numbers in the input.

    Parameters
    ----------
    P : array of shape (n_rows, n_classes)
    numbers : array of int64, shape (n,)
        Ascending.
    height : int
        How many rows the input has; rows that were made count as well.
    made : bool
        Whether rows may have been made.
    place : str

    Raises
    ------
    DataError
        When the array has fewer rows, or more: they would be those of other rows.
    """
    if made and len(numbers) and numbers[-1] >= len(P):
        raise DataError(
            f"an array of the shape {P.shape}, and the table has a row of the number "
            f"{numbers[-1]:,}",
            place=place,
            remedy="Rows that were made have no probabilities: let the stage stand before those "
            "that make rows, or give it a teacher.",
        )
    if len(P) > height or (len(P) < height and not made):
        raise DataError(
            f"an array of the shape {P.shape}, and the input has {height:,} rows",
            place=place,
            remedy="Give a row for each row of the input, before any is dropped or held out, in "
            "the same order.",
        )
    whole = len(numbers) == len(P)
    found: np.ndarray = P if whole else P[numbers]
    return found


def _name_of(label: Any, columns: Mapping[str, Any]) -> str | None:
    """Return the name of a label's column: truth values are written in two ways."""
    return next((name for name in (label_of(label), str(label)) if name in columns), None)


def _value(name: str, kind: Kind) -> Any:
    """Return the class that a name means, None where it means none of that kind."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(name.lower())
    if kind not in NUMERIC:
        return name
    try:
        return int(name) if kind == "integer" else float(name)
    except ValueError:
        return None
