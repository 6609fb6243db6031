"""Targets that came beside the columns, given back with classes that none of their rows had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.errors import DataError
from dataprep.styles import truth_of


def with_classes(y: Any, positions: Sequence[int], values: Sequence[Any]) -> Any:
    """Return a target with other classes in some rows, of the kind that was given.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, 1)
        Where it holds numbers only for want of labels (NaN in every row), and the classes are
        texts, it becomes one of texts.
    positions : sequence of int
    values : sequence of values
        As texts, where ``y`` holds Python's objects.

    Raises
    ------
    DataError
        When a class is not of the type of the others, or ``y`` has a column for each of them.

    Examples
    --------
    >>> with_classes([1, None, None], [2], ["3"])
    [1, None, 3]
    >>> with_classes(np.array(["no", "no"]), [1], ["perhaps"]).tolist()
    ['no', 'perhaps']
    """
    import pandas as pd

    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        raise DataError(
            f"there is no column for the class {values[0]!r}",
            place="y",
            remedy="Give the classes as one column.",
        )
    if isinstance(y, pd.DataFrame):
        return with_classes(y.iloc[:, 0], positions, values).to_frame()
    plain = y.tolist() if hasattr(y, "tolist") else list(y)
    listed = [getattr(value, "as_py", lambda value=value: value)() for value in plain]
    present = [value for value in listed if not pd.isna(value)]
    if not present:
        listed = [None] * len(listed)
    for at, value in zip(positions, values, strict=True):
        listed[at] = _like(value, present)
    return _as_came(y, listed, values, blank=not present)


def _like(value: Any, present: Sequence[Any]) -> Any:
    """Return a class as the others are: Python's objects had to be texts, ints with gaps floats."""
    kind = type(present[0]) if present else type(value)
    if isinstance(value, kind):
        return value
    try:
        made = truth_of(value) if kind is bool else kind(value)
        if made is not None and (isinstance(value, str) or made == value):
            return made
    except (AttributeError, TypeError, ValueError):
        pass
    raise DataError(
        f"the class {value!r} is no {kind.__name__}, as the others are",
        place="y",
        remedy="Name a class like the others, or give y as texts.",
    )


def _as_came(y: Any, listed: list[Any], values: Sequence[Any], *, blank: bool) -> Any:
    """Return values in the container that a target came in, of its type where they fit."""
    import pandas as pd

    # Nothing but NaN, or None, says no type.
    renamed = blank and isinstance(values[0], str)
    match type(y).__module__.split(".")[0]:
        case "polars":
            import polars as pl

            dtype = None if renamed or y.dtype == pl.Null else y.dtype
            if isinstance(dtype, pl.Enum):
                dtype = pl.Enum(list(dict.fromkeys([*dtype.categories, *values])))
            return pl.Series(y.name, listed, dtype=dtype)
        case "pyarrow":
            import pyarrow as pa

            found = pa.array(listed, None if renamed or pa.types.is_null(y.type) else y.type)
            return pa.chunked_array([found]) if isinstance(y, pa.ChunkedArray) else found
        case "pandas":
            dtype = y.dtype
            if isinstance(dtype, pd.CategoricalDtype):
                names = dict.fromkeys([*dtype.categories, *values])
                dtype = pd.CategoricalDtype(list(names), dtype.ordered)
            elif renamed and pd.api.types.is_numeric_dtype(dtype):
                dtype = object
            return pd.Series(listed, y.index, dtype, y.name)
        case "numpy":
            # A longer text has no place among shorter ones.
            texts = y.dtype.kind in "US"
            dtype = object if renamed else None if texts else y.dtype
            return np.array(listed, dtype)
    return listed
