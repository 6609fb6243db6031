"""Frames told from arrays; arrays checked as scikit-learn checks them, and given back as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any

from dataprep.errors import DataError, DataprepError, SchemaError

if TYPE_CHECKING:
    import numpy as np

_CONTINUOUS = "Unknown label type: continuous"
"""scikit-learn's words, which its checks look for."""
_FRAMES = {
    ("pandas", "DataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars",
    ("pyarrow", "Table"): "pyarrow",
    ("narwhals", "DataFrame"): "narwhals",
}


def library_of(X: Any) -> str | None:
    """Return the library of a frame or of a subclass of one, None for anything else.

    Examples
    --------
    >>> import pandas as pd
    >>> library_of(pd.DataFrame()), library_of([[1, 2]])
    ('pandas', None)
    """
    for base in type(X).__mro__:
        found = _FRAMES.get((base.__module__.split(".")[0], base.__name__))
        if found:
            return found
    return None


def check_frame_or_array(X: Any) -> None:
    """Raise for what holds rows, and is neither a frame nor an array.

    Examples
    --------
    >>> import dataprep as dp
    >>> check_frame_or_array("data.csv")
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: X: 'data.csv' is no frame. Read it first: \
dataprep.read('data.csv').to_pandas().
    """
    if isinstance(X, str | PathLike):
        raise DataError(
            f"{str(X)!r} is no frame",
            place="X",
            remedy=f"Read it first: dataprep.read({str(X)!r}).to_pandas().",
        )
    from dataprep.table import Table

    if isinstance(X, Table):
        raise DataError(
            "a Table, as dataprep.read gives it, is no frame",
            place="X",
            remedy="Use its .to_pandas(), .to_polars() or .to_arrow(); dataprep.clean also takes "
            "the path that it was read from.",
        )


def column_names(X: Any) -> list[Any]:
    """Return the names of a frame's columns, which in pandas need not be text."""
    if library_of(X) == "pyarrow":
        return list(X.column_names)
    if type(X).__name__ == "LazyFrame":
        return list(X.collect_schema().names())
    return list(X.columns)


def checked_array(X: Any, estimator: Any, *, fitting: bool) -> Any:
    """Return a two-dimensional array; what scikit-learn refuses is refused with its own words."""
    from sklearn.utils.validation import check_array, validate_data

    check_frame_or_array(X)
    objects = getattr(getattr(X, "dtype", None), "kind", "") == "O"
    try:
        checked = check_array(
            X,
            dtype=None,
            accept_sparse=("csr", "csc") if _takes_sparse(estimator) else False,
            ensure_all_finite=False if objects else "allow-nan",
            estimator=estimator,
        )
    except ValueError as error:
        raise DataError(str(error)) from error
    try:
        validate_data(estimator, X, reset=fitting, skip_check_array=True)
    except ValueError as error:
        raise SchemaError(str(error)) from error
    if checked.dtype.kind == "c":
        raise DataError("Complex data not supported", place="X", remedy="Give real numbers.")
    if checked.dtype == object:
        for value in checked.ravel():
            if isinstance(value, dict | list | set):
                raise DataError(
                    f"argument must be a string or a number, not {type(value).__name__}",
                    place="X",
                    remedy="Give plain values in the cells.",
                )
    return checked


def floats_of(
    given: Any, place: str, remedy: str, error: type[DataprepError] = DataError
) -> np.ndarray:
    """Return numbers as an array of float64.

    Examples
    --------
    >>> floats_of([1, None], "x", "Give numbers.").tolist()
    [1.0, nan]
    >>> floats_of(["a"], "x", "Give numbers.")
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: x: no numbers: ['a']. Give numbers.
    """
    import numpy as np

    try:
        return np.asarray(given, dtype="float64")
    except (TypeError, ValueError):
        # A text among them, or rows of different lengths.
        raise error(f"no numbers: {shortened(given)}", place=place, remedy=remedy) from None


def _takes_sparse(estimator: Any) -> bool:
    return bool(estimator.__sklearn_tags__().input_tags.sparse)


def one_class_each(y: Any) -> Any:
    """Return a target as an array of one dimension.

    Of classes one against the rest, a column each, the place of the one; of several numbers to
    predict, their texts.
    """
    import numpy as np

    values = _values_of(y)
    if values.ndim < 2:
        return values
    if values.shape[1] == 1:
        return values.ravel()
    if _is_one_against_rest(values):
        return values.argmax(axis=1)
    return np.array([",".join(map(str, row)) for row in values])


def _values_of(y: Any) -> Any:
    import numpy as np

    if type(y).__module__.startswith("pyarrow") and not hasattr(y, "num_chunks"):
        # An Arrow array copies only when it is told that it may.
        return y.to_numpy(zero_copy_only=False)
    if hasattr(y, "to_numpy"):
        return y.to_numpy()
    values = np.asarray(y)
    if (
        values is not y
        and values.dtype.kind == "U"
        and any(isinstance(v, float) and v != v for v in y)
    ):
        # Among texts of a list NumPy makes the text "nan" of what is missing.
        return np.asarray(y, dtype=object)
    return values


def taken(y: Any, rows: Any) -> Any:
    """Return rows of a target, of the kind that was given."""
    if hasattr(y, "iloc"):
        return y.iloc[rows]
    if isinstance(y, list):
        return [y[i] for i in rows]
    if type(y).__module__.startswith("polars"):
        return y.gather(rows)
    if type(y).__module__.startswith("pyarrow"):
        return y.take(rows)
    found = _values_of(y)[rows]
    return found.ravel() if found.ndim == 2 and found.shape[1] == 1 else found


def replaced(y: Any, positions: np.ndarray, values: np.ndarray) -> Any:
    """Return a target of numbers with some of them replaced, of the kind that was given.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    positions : array of int, shape (n,)
    values : array of float64, shape (n,)
        Whole numbers where ``y`` holds such.

    Examples
    --------
    >>> import numpy as np
    >>> replaced([1, 2, 3], np.array([1]), np.array([5.0]))
    [1, 5, 3]
    """
    import numpy as np

    kind = type(y).__module__.split(".")[0]
    if isinstance(y, list):
        new = dict(zip(positions.tolist(), values.tolist(), strict=True))
        return [type(was)(new[i]) if i in new else was for i, was in enumerate(y)]
    if kind == "polars":
        import polars as pl

        return y.scatter(positions, pl.Series(values).cast(y.dtype))
    if kind == "pyarrow":
        import pyarrow as pa

        numbers = y.to_pandas().to_numpy(copy=True)
        numbers[positions] = values
        return pa.array(numbers, type=y.type, from_pandas=True)
    y = y.copy()
    where = y.iloc if hasattr(y, "iloc") else y
    where[positions] = values.astype(getattr(y.dtype, "numpy_dtype", y.dtype))
    return np.asarray(y) if kind == "numpy" else y


def check_classes(y: Any, stage: str, remedy: str) -> None:
    """Raise where a target cannot name classes, which a stage needs; what to do with numbers."""
    import pandas as pd
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import column_or_1d

    missing = int(pd.isna(one_class_each(y)).sum())
    if missing:
        raise DataError(
            f"Input y contains NaN: {missing} rows have no class",
            place="y",
            remedy="Drop these rows first, or fill in their class.",
        )
    shape: tuple[int, ...] = getattr(y, "shape", ())
    try:
        # Classes one against the rest, a column each, are classes too; others than 0 and 1 are not.
        if len(shape) == 2 and shape[1] > 1:
            _check_one_against_rest(y)
            return
        check_classification_targets(column_or_1d(_values_of(y)))
    except ValueError as error:
        told = str(error)
        if told.startswith(_CONTINUOUS):
            told = f"{_CONTINUOUS}; these are numbers, and {stage} needs classes"
            raise DataError(told, place="y", remedy=remedy) from error
        raise DataError(told, place="y") from error


def check_one_label(y: Any) -> None:
    """Raise for a target of several labels a row, where a stage judges one of each."""
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        _check_one_against_rest(y)


def _check_one_against_rest(y: Any) -> None:
    import numpy as np

    if not _is_one_against_rest(np.asarray(y)):
        raise DataError(
            "Multilabel and multioutput targets are not supported.",
            place="y",
            remedy="Give one class for each row.",
        )


def _is_one_against_rest(values: Any) -> bool:
    """Tell whether there is a column for each class, and a 1 in one of them in each row."""
    return bool(
        values.dtype.kind in "biuf"
        and ((values == 0) | (values == 1)).all()
        and (values.sum(axis=1) == 1).all()
    )


def as_array(frame: Any) -> Any:
    """Return a pandas frame as an array: of numbers where all columns are, NaN for missing."""
    import numpy as np

    columns = [_plain_column(frame.iloc[:, i]) for i in range(frame.shape[1])]
    if not columns:
        return np.empty(frame.shape)
    kinds = {column.dtype.kind for column in columns}
    dtype = np.result_type(*columns) if kinds <= set("biuf") or len(kinds) == 1 else object
    return np.column_stack([column.astype(dtype) for column in columns])


def _plain_column(series: Any) -> Any:
    """Return a column as NumPy holds it; whole numbers and booleans with gaps become floats."""
    import numpy as np
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return series.to_numpy()
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        gaps = bool(series.isna().any())
        return series.to_numpy(dtype="float64" if gaps else dtype.numpy_dtype, na_value=np.nan)
    return series.to_numpy(dtype=object)


def output_wanted(estimator: Any) -> str:
    """Return what ``set_output``, or scikit-learn's configuration, asks ``transform`` to return."""
    import sys

    wanted = getattr(estimator, "_sklearn_output_config", {}).get("transform")
    if wanted is not None:
        return str(wanted)
    # Who never imported scikit-learn did not configure it either.
    sklearn = sys.modules.get("sklearn")
    return str(sklearn.get_config()["transform_output"]) if sklearn else "default"


def contained(out: Any, library: str, wanted: str) -> Any:
    """Return a frame in the container that ``set_output`` wants, or in that which was given."""
    import narwhals as nw

    if wanted == "default":
        return as_array(out) if library == "numpy" else out
    frame = nw.from_native(out, eager_only=True)
    if wanted == "polars":
        return frame.to_polars()
    return out if frame.implementation.is_pandas() else frame.to_pandas()


def renamed(name: str, new: Mapping[str, str]) -> str:
    """Return a column's new name; one made from a column, such as ``x0_missing``, follows it."""
    for old in sorted(new, key=len, reverse=True):
        if name == old or name.startswith(f"{old}_"):
            return new[old] + name.removeprefix(old)
    return name
