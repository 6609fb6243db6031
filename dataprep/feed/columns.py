"""Columns as tensors hold them: numbers side by side as float32, and what cannot be fed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataprep.engines.matrix import arrays_of
from dataprep.errors import DataError
from dataprep.kinds import most_levels

_FEW = 20
"""Levels up to which text is a category, however few rows there are."""
_DAY = np.timedelta64(86_400_000_000, "us")
_WHOLE = 2.0**24
"""Whole numbers up to here are float32 exactly."""
_ROWS_AT_A_TIME = 4096
"""Rows that are put side by side at a time: they stay in the processor's nearest cache."""


def is_text(dtype: Any) -> bool:
    """Tell whether a column of a narwhals type is fed as text."""
    import narwhals as nw

    return dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object)


def most_fed(rows: int) -> int:
    """Return how many levels a category of so many rows may have to be fed where none is named.

    A few rows to be predicted have as many levels as rows; their columns are to be those that were
    trained on.
    """
    return max(_FEW, most_levels(rows))


def numbers_of(columns: Any, names: Sequence[str], out: np.ndarray | None = None) -> np.ndarray:
    """Return columns of numbers, booleans and times side by side, as float32.

    Parameters
    ----------
    columns : Arrow table or record batch of n rows
    names : sequence of str
    out : array of float32 of shape (n, n_names), optional
        Where they are put.

    Returns
    -------
    array of float32 of shape (n, n_names)
        NaN where a value is missing; times as days since 1970.

    Examples
    --------
    >>> import datetime as dt
    >>> import pyarrow as pa
    >>> table = pa.table({"x": [1, None], "b": [True, False], "t": [dt.date(1970, 1, 2)] * 2})
    >>> numbers_of(table, ["x", "b", "t"]).tolist()
    [[1.0, 1.0, 1.0], [nan, 0.0, 1.0]]
    """
    made = np.empty((columns.num_rows, len(names)), "float32") if out is None else out
    arrays = [_plain(columns.column(name)) for name in names]
    with np.errstate(over="ignore"):
        # A column at a time would pass through the whole of a large matrix for each of them.
        for start in range(0, len(made), _ROWS_AT_A_TIME):
            stop = start + _ROWS_AT_A_TIME
            for i, values in enumerate(arrays):
                made[start:stop, i] = values[start:stop]
    return made


def _plain(column: Any) -> np.ndarray:
    """Return an Arrow column as an array of numbers; one that is plain already is not copied."""
    import pyarrow as pa

    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        chunked = isinstance(column, pa.ChunkedArray)
        found: np.ndarray = column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False)
        return found
    values = arrays_of(pa.table({"": column}))[""]
    return (values - np.datetime64(0, "us")) / _DAY if values.dtype.kind == "M" else values


def blurred_in(columns: Any, names: Sequence[str], made: np.ndarray) -> set[str]:
    """Return the columns of which float32 makes distinct values equal.

    Parameters
    ----------
    columns : Arrow table or record batch of n rows
    names : sequence of str
    made : array of float32 of shape (n, n_names)
        From `numbers_of`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"few": [1, 2], "large": [2**24, 2**24 + 1]})
    >>> blurred_in(table, ["few", "large"], numbers_of(table, ["few", "large"]))
    {'large'}
    """
    import pyarrow as pa

    found = set()
    for i, name in enumerate(names):
        column = columns.column(name)
        if not (pa.types.is_integer(column.type) or pa.types.is_timestamp(column.type)):
            continue
        if pa.types.is_integer(column.type) and not (np.abs(made[:, i]) >= _WHOLE).any():
            continue
        exact = _plain(column)
        if len(np.unique(exact)) > len(np.unique(made[:, i])):
            found.add(name)
    return found


def missing_in(values: np.ndarray) -> int:
    """Return how many values of an array are missing."""
    if values.dtype == object:
        return sum(value is None for value in values)
    return int(np.isnat(values).sum() if values.dtype.kind == "M" else np.isnan(values).sum())


def weights_of(column: Any, name: str) -> np.ndarray:
    """Return an Arrow column of weights as float32.

    Raises
    ------
    DataError
        When it holds no numbers.
    """
    import pyarrow as pa

    found = arrays_of(pa.table({name: column}))[name]
    if found.dtype != "float64":
        raise DataError(
            "holds no numbers, and cannot weigh rows",
            place=name,
            remedy="Name a column of numbers as weights.",
        )
    return found.astype("float32")


def check_numbers(
    matrix: np.ndarray,
    names: Sequence[str],
    others: Mapping[str, int] | None = None,
    rows: int | None = None,
) -> None:
    """Raise where a value is missing or infinite, and name the columns.

    Parameters
    ----------
    matrix : array of float32 of shape (n_rows, n_numbers)
    names : sequence of str
        Those of its columns.
    others : mapping of str to int, optional
        How many values of other columns are missing.
    rows : int, optional
        Those of the matrix by default.
    """
    finite = np.isfinite(matrix)
    suspects = [] if finite.all() else np.flatnonzero(~finite.all(axis=0)).tolist()
    gaps = {names[i]: int(np.isnan(matrix[:, i]).sum()) for i in suspects}
    gaps = {name: count for name, count in {**gaps, **(others or {})}.items() if count}
    if gaps:
        listed = ", ".join(f"{name} ({count:,})" for name, count in list(gaps.items())[:20])
        columns = "1 column" if len(gaps) == 1 else f"{len(gaps)} columns"
        raise DataError(
            f"missing values are left in {columns}: {listed}, of {rows or len(matrix):,} rows",
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
