"""Columns as NumPy arrays, and arrays as columns: for what no engine computes by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from dataprep.engine import Arrays, Mapped
from dataprep.kinds import NUMERIC, Kind
from dataprep.table import ROW

ROWS_AT_A_TIME = 65_536


def arrays_of(columns: Any, *, exact: bool = False) -> Arrays:
    """Return the columns of an Arrow table or batch as arrays.

    Numbers and booleans are float64 with NaN for what is missing, times datetime64[us] with NaT,
    all else objects: text, or None. ``exact`` leaves whole numbers and decimals what they are.
    """
    import pyarrow as pa

    found: Arrays = {}
    for field in columns.schema:
        column, dtype = columns.column(field.name), field.type
        if pa.types.is_dictionary(dtype):
            dtype = dtype.value_type
            column = column.cast(dtype)
        if field.name == ROW:
            found[ROW] = column.to_numpy()
        elif exact and (pa.types.is_integer(dtype) or pa.types.is_decimal(dtype)):
            found[field.name] = _objects(column.to_pylist())
        elif pa.types.is_boolean(dtype):
            found[field.name] = _numpy(column.cast(pa.uint8()).cast(pa.float64()))
        elif pa.types.is_integer(dtype) or pa.types.is_floating(dtype):
            # Not a safe cast: whole numbers beyond 2**53 lose their last digits here.
            found[field.name] = _numpy(column.cast(pa.float64(), safe=False))
        elif pa.types.is_decimal(dtype):
            found[field.name] = _numpy(column.cast(pa.float64()))
        elif pa.types.is_date(dtype) or pa.types.is_timestamp(dtype):
            moments = column.cast(pa.timestamp("us", getattr(dtype, "tz", None)), safe=False)
            found[field.name] = _numpy(moments).astype("datetime64[us]")
        elif pa.types.is_string(dtype) or pa.types.is_large_string(dtype):
            found[field.name] = _numpy(column).astype(object)
        else:
            found[field.name] = _objects(
                [None if value is None else str(value) for value in column.to_pylist()]
            )
    return found


def _objects(values: list[Any]) -> np.ndarray:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _numpy(column: Any) -> np.ndarray:
    import pyarrow as pa

    chunked = isinstance(column, pa.ChunkedArray)
    values: np.ndarray = column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False)
    return values


def in_batches(columns: Any) -> Iterator[Any]:
    """Give an Arrow table in parts of at most `ROWS_AT_A_TIME` rows, an empty one as it is."""
    for start in range(0, max(1, len(columns)), ROWS_AT_A_TIME):
        yield columns.slice(start, ROWS_AT_A_TIME)


def made_by(mapped: Mapped, given: Any) -> Any:
    """Return what a function makes of a batch of Arrow columns, as an Arrow table."""
    import pyarrow as pa

    arrays = arrays_of(given, exact=mapped.exact)
    made = mapped.function({name: arrays[name] for name in mapped.columns})
    for name, values in made.items():
        if name not in mapped.makes:
            raise KeyError(f"{name!r} was computed and not announced in makes")
        if len(values) != len(given):
            raise ValueError(f"{name!r}: {len(values)} values for {len(given)} rows")
    columns = {name: arrow_of(made[name], kind) for name, kind in mapped.makes.items()}
    return pa.table(columns)


def arrow_of(values: Any, kind: Kind) -> Any:
    """Return an array as an Arrow column of a kind; NaN, NaT and None are missing."""
    import pyarrow as pa

    if kind in NUMERIC:
        floats = np.asarray(values)
        if kind == "float":
            return pa.array(floats.astype("float64"), from_pandas=True)
        if floats.dtype == object:
            # Not through floats, which hold 53 bits.
            numbers = [None if v is None or v != v else round(v) for v in floats.tolist()]
            return pa.array(numbers, pa.int64())
        if floats.dtype.kind in "iu":
            return pa.array(floats.astype("int64"), mask=np.ma.getmaskarray(values))
        floats = floats.astype("float64")
        missing = np.isnan(floats)
        whole = np.where(missing, 0, np.rint(floats)).astype("int64")
        return pa.array(whole, mask=missing)
    if kind == "boolean":
        array = np.asarray(values)
        if array.dtype == bool:
            return pa.array(array)
        listed = [None if v is None or v != v else bool(v) for v in array.tolist()]
        return pa.array(listed, pa.bool_())
    if kind in ("date", "timestamp"):
        moments = pa.array(np.asarray(values, dtype="datetime64[us]"))
        return moments.cast(pa.date32()) if kind == "date" else moments
    return pa.array(np.asarray(values, dtype=object), pa.string(), from_pandas=True)


def table_of(columns: Arrays) -> Any:
    """Return arrays as an Arrow table: whole numbers, floats (NaN is missing) and texts."""
    import pyarrow as pa

    kinds: dict[str, Kind] = {"i": "integer", "f": "float", "M": "timestamp", "b": "boolean"}
    made = [arrow_of(values, kinds.get(values.dtype.kind, "text")) for values in columns.values()]
    return pa.table(made, names=list(columns))


def joined(parts: Iterable[Any]) -> Any:
    """Return batches as one Arrow table; there is at least one."""
    import pyarrow as pa

    return pa.concat_tables(list(parts))


def types_of(makes: Mapping[str, Kind]) -> Mapping[str, Any]:
    """Return the Arrow types of the columns that a function makes."""
    return {name: arrow_of([], kind).type for name, kind in makes.items()}
