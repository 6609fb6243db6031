"""Types that stages see as plain values, and that are given back: categories, decimals, objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Types = dict[str, Any]
"""``{column: type}``, in the words of the frame's library, or `Exact`."""


@dataclass(frozen=True)
class Exact:
    """A column whose plain values are not all that it holds: what no stage changed comes back.

    Parameters
    ----------
    column : native column
        As it came.
    plain : native column
        As the stages see it.
    """

    column: Any
    plain: Any


def of_pandas(native: Any) -> tuple[Any, Types]:
    """Return a frame with plain values in place of categories, objects, decimals and the like."""
    import pandas as pd

    types: Types = {}
    plain: dict[str, Any] = {}
    for name, dtype in native.dtypes.items():
        column = native[name]
        if isinstance(dtype, pd.CategoricalDtype | pd.SparseDtype):
            types[name] = dtype
            plain[name] = column.astype(_plain_type(dtype, column))
        elif (values := _plain_values(column)) is not None:
            types[name], plain[name] = Exact(column, values), values
    return (native.assign(**plain) if plain else native), types


def _plain_type(dtype: Any, series: Any) -> Any:
    """Return the type of a column's values; whole numbers with gaps stay whole."""
    kind = dtype.subtype if hasattr(dtype, "subtype") else dtype.categories.dtype
    if getattr(kind, "kind", "") in "iu" and series.isna().any():
        return kind.name.replace("int", "Int").replace("uI", "UI")
    return kind


def _plain_values(series: Any) -> Any:
    """Return booleans, numbers and days that are held as objects, and decimals; else None."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.ArrowDtype) and "decimal" in str(dtype.pyarrow_dtype):
        return series.astype("float64")
    if not isinstance(dtype, np.dtype) or dtype.kind != "O":
        return None
    wanted = {
        "boolean": "boolean",
        "integer": "Int64",
        "floating": "float64",
        "mixed-integer-float": "float64",
        "decimal": "float64",
        "date": "date32[pyarrow]",
    }.get(pd.api.types.infer_dtype(series, skipna=True))
    try:
        return None if wanted is None else series.astype(wanted)
    except (OverflowError, TypeError, ValueError):
        # Whole numbers beyond 64 bits, for one: they stay objects.
        return None


def of_polars(native: Any) -> tuple[Any, Types]:
    """Return a frame with text in place of categories, and their types."""
    import polars as pl

    types = {
        name: dtype
        for name, dtype in native.schema.items()
        if isinstance(dtype, pl.Categorical | pl.Enum)
    }
    return (native.cast(dict.fromkeys(types, pl.String)) if types else native), types


def of_arrow(native: Any) -> tuple[Any, Types]:
    """Return a table with values in place of dictionaries, decimals, views and half floats."""
    import pyarrow as pa

    types: Types = {}
    for place, field in enumerate(native.schema):
        column, plain = native.column(place), None
        if pa.types.is_dictionary(field.type):
            chunks = [chunk.dictionary_decode() for chunk in column.chunks]
            plain = pa.chunked_array(chunks, field.type.value_type)
        elif pa.types.is_decimal(field.type):
            plain = column.cast(pa.float64())
        elif field.type in (pa.string_view(), pa.binary_view()):
            plain = column.cast(
                pa.large_string() if field.type == pa.string_view() else pa.large_binary()
            )
        elif pa.types.is_float16(field.type):
            plain = column.cast(pa.float32())
        if plain is not None:
            exact = pa.types.is_decimal(field.type)
            types[field.name] = Exact(column, plain) if exact else field.type
            native = native.set_column(place, field.name, plain)
    return native, types


def categories(types: Types) -> list[str]:
    """Return the columns that are categories, not merely stored in another way."""
    return [name for name, dtype in types.items() if _is_category(dtype)]


def _is_category(dtype: Any) -> bool:
    if type(dtype).__module__.split(".")[0] == "pyarrow":
        return hasattr(dtype, "value_type") and hasattr(dtype, "index_type")
    return not isinstance(dtype, Exact) and not hasattr(dtype, "subtype")


def restored(native: Any, types: Types, rows: np.ndarray) -> Any:
    """Return a frame with the given types again, wider where new values ask for it.

    Parameters
    ----------
    native : frame
    types : dict
    rows : array of int
        Which row of the source each row is.
    """
    library = type(native).__module__.split(".")[0]
    restore = {"pandas": _pandas, "polars": _polars, "pyarrow": _arrow}[library]
    for name, dtype in types.items():
        if name in (native.column_names if library == "pyarrow" else native.columns):
            native = restore(native, name, dtype, rows)
    return native


def _pandas(native: Any, name: str, dtype: Any, rows: np.ndarray) -> Any:
    import pandas as pd

    values = native[name]
    if isinstance(dtype, Exact):
        return native.assign(**{name: _exact_pandas(values, dtype, rows)})
    if isinstance(dtype, pd.SparseDtype):
        if not isinstance(values.dtype, np.dtype):
            # A sparse column cannot hold a missing whole number.
            return native
        return native.assign(
            **{name: values.astype(pd.SparseDtype(values.dtype, dtype.fill_value))}
        )
    levels = dtype.categories
    unseen = pd.Index(values.dropna().unique()).difference(levels, sort=False)
    if levels.dtype.kind in "iuf":
        unseen = unseen.astype(levels.dtype)
    wanted = dtype if unseen.empty else pd.CategoricalDtype(levels.append(unseen), dtype.ordered)
    return native.assign(**{name: values.astype(wanted)})


def _exact_pandas(values: Any, exact: Exact, rows: np.ndarray) -> Any:
    """Return the column as it came, but for the values that are others now."""
    import decimal

    import pandas as pd

    came = exact.column.take(rows).set_axis(values.index)
    before = exact.plain.take(rows).set_axis(values.index)
    differs = (values != before).fillna(False).to_numpy(bool)
    changed = (differs & values.notna().to_numpy()) | (
        values.isna().to_numpy() != before.isna().to_numpy()
    )
    if not changed.any():
        return came
    held = came.astype(object).to_numpy(copy=True)
    new = values.astype(object).to_numpy()[changed]
    sample = next((value for value in exact.column.dropna()), None)
    if isinstance(sample, decimal.Decimal):
        # As many places as the column shows; the exponent of a number is an int.
        places = sample.as_tuple().exponent
        unit = decimal.Decimal(1).scaleb(int(places))
        new = [None if pd.isna(v) else decimal.Decimal(repr(v)).quantize(unit) for v in new]
    else:
        new = [None if pd.isna(v) else v for v in new]
    held[changed] = new
    return pd.Series(held, index=values.index, name=values.name, dtype=came.dtype)


def _polars(native: Any, name: str, dtype: Any, rows: np.ndarray) -> Any:
    import polars as pl

    wanted = dtype
    if isinstance(dtype, pl.Enum):
        levels = dtype.categories.to_list()
        present = native[name].drop_nulls().unique(maintain_order=True)
        unseen = [value for value in present if value not in levels]
        wanted = pl.Enum([*levels, *unseen]) if unseen else dtype
    return native.with_columns(native[name].cast(wanted))


def _arrow(native: Any, name: str, dtype: Any, rows: np.ndarray) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    place = native.schema.get_field_index(name)
    column = native.column(name)
    if isinstance(dtype, Exact):
        came, before = dtype.column.take(rows), dtype.plain.take(rows)
        same = pc.fill_null(pc.equal(column, before), False)
        same = pc.or_(same, pc.and_(pc.is_null(column), pc.is_null(before)))
        # What did not change is not cast: near full precision, the float is too large.
        changed = pc.if_else(same, None, column)
        new = pc.round(changed, dtype.column.type.scale).cast(dtype.column.type)
        return native.set_column(place, name, pc.if_else(same, came, new))
    if pa.types.is_dictionary(dtype):
        # Levels are encoded as plain text or numbers, and the codes then take their type.
        column = column.cast(dtype.value_type).combine_chunks().dictionary_encode()
    return native.set_column(place, name, column.cast(dtype))
