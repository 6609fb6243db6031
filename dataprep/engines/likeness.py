"""Types that stages see as their values, and that are given back: categories, sparse columns."""

from __future__ import annotations

from typing import Any

Types = dict[str, Any]
"""``{column: type}``, in the words of the frame's library."""


def of_pandas(native: Any) -> tuple[Any, Types]:
    """Return a frame with values in place of categories and sparse columns, and those types."""
    import pandas as pd

    types = {
        name: dtype
        for name, dtype in native.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype | pd.SparseDtype)
    }
    plain = {name: _plain_type(dtype, native[name]) for name, dtype in types.items()}
    return (native.astype(plain) if plain else native), types


def _plain_type(dtype: Any, series: Any) -> Any:
    """Return the type of a column's values; whole numbers with gaps stay whole."""
    kind = dtype.subtype if hasattr(dtype, "subtype") else dtype.categories.dtype
    if getattr(kind, "kind", "") in "iu" and series.isna().any():
        return kind.name.replace("int", "Int").replace("uI", "UI")
    return kind


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
    """Return a table with values in place of dictionaries, and the dictionaries' types."""
    import pyarrow as pa

    types = {f.name: f.type for f in native.schema if pa.types.is_dictionary(f.type)}
    for name, dtype in types.items():
        place = native.schema.get_field_index(name)
        native = native.set_column(place, name, native.column(name).cast(dtype.value_type))
    return native, types


def categories(types: Types) -> list[str]:
    """Return the columns that are categories, not merely stored in few bytes."""
    return [name for name, dtype in types.items() if not hasattr(dtype, "subtype")]


def restored(native: Any, types: Types) -> Any:
    """Return a frame with the given types again, wider where new values ask for it."""
    library = type(native).__module__.split(".")[0]
    restore = {"pandas": _pandas, "polars": _polars, "pyarrow": _arrow}[library]
    for name, dtype in types.items():
        if name in (native.column_names if library == "pyarrow" else native.columns):
            native = restore(native, name, dtype)
    return native


def _pandas(native: Any, name: str, dtype: Any) -> Any:
    import numpy as np
    import pandas as pd

    values = native[name]
    if isinstance(dtype, pd.SparseDtype):
        if not isinstance(values.dtype, np.dtype):
            # A sparse column cannot hold a missing whole number.
            return native
        return native.assign(
            **{name: values.astype(pd.SparseDtype(values.dtype, dtype.fill_value))}
        )
    levels = dtype.categories
    unseen = pd.Index(values.dropna().unique()).difference(levels, sort=False)
    wanted = dtype if unseen.empty else pd.CategoricalDtype(levels.append(unseen), dtype.ordered)
    return native.assign(**{name: values.astype(wanted)})


def _polars(native: Any, name: str, dtype: Any) -> Any:
    import polars as pl

    wanted = dtype
    if isinstance(dtype, pl.Enum):
        levels = dtype.categories.to_list()
        present = native[name].drop_nulls().unique(maintain_order=True)
        unseen = [value for value in present if value not in levels]
        wanted = pl.Enum([*levels, *unseen]) if unseen else dtype
    return native.with_columns(native[name].cast(wanted))


def _arrow(native: Any, name: str, dtype: Any) -> Any:
    place = native.schema.get_field_index(name)
    return native.set_column(place, name, native.column(name).dictionary_encode().cast(dtype))
