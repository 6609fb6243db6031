"""Frames in memory, asked in DuckDB's SQL where they lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import narwhals as nw

from dataprep.engine import Frame
from dataprep.errors import DataError
from dataprep.table import ROW


def plain_names(columns: Iterable[str]) -> dict[str, str]:
    """Return other names for columns: to DuckDB, names that differ in case alone are the same."""
    return {name: f"c{i}" for i, name in enumerate(columns)}


def renamed(frame: Frame, names: Mapping[str, str]) -> Frame:
    """Return the row numbers and some columns, under other names."""
    return frame.select(ROW, *[nw.col(old).alias(new) for old, new in names.items()])


@cache
def _database() -> Any:
    """Return the one database of this process: to make one takes longer than most questions."""
    import duckdb

    return duckdb.connect()


if hasattr(os, "register_at_fork"):
    # A child would wait at its end for threads that it has not: it gets a database of its own.
    os.register_at_fork(before=_database.cache_clear)


@contextmanager
def connected() -> Iterator[Any]:
    """Give a connection to a database in memory; what is registered goes with the connection."""
    import duckdb

    try:
        with _database().cursor() as connection:
            yield connection
    except (duckdb.FatalException, duckdb.InternalException):
        # It answers nothing more after that.
        _database.cache_clear()
        raise


@contextmanager
def asked_in_sql(frame: Frame) -> Iterator[Callable[[str], Any]]:
    """Give a function that runs DuckDB's SQL over a frame where it lies."""
    with connected() as connection:
        connection.register("given", frame.to_arrow())
        yield connection.sql


def windows(frame: Frame, new: Sequence[nw.Expr]) -> Frame:
    """Compute window expressions on an Arrow table, which has none of its own."""
    folded: dict[str, str] = {}
    for name in frame.columns:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            raise DataError(
                f"the columns {other!r} and {name!r} differ in case alone",
                place=name,
                remedy="Rename one of them, or give a pandas or Polars frame.",
            )
    with connected() as connection:
        connection.register("given", frame.to_native())
        computed = nw.from_native(connection.table("given")).with_columns(*new)
        extra = [name for name in computed.collect_schema().names() if name not in frame.columns]
        table = computed.select(ROW, *extra).sort(ROW).to_native().to_arrow_table()
    arrived = nw.from_native(table, eager_only=True)
    return frame.with_columns(*[arrived[name] for name in extra])


def moved(series: nw.Series[Any], frame: Frame) -> nw.Series[Any]:
    """Bring an Arrow column into the frame's own library."""
    implementation = frame.implementation
    if implementation.is_pyarrow():
        return series
    if implementation.is_polars():
        import polars as pl

        return nw.from_native(pl.Series(series.name, series.to_arrow()), series_only=True)
    import pandas as pd

    array = series.to_arrow()
    dtype = series.dtype
    if dtype.is_integer():
        native = pd.Series(array.to_pandas(types_mapper=None), name=series.name)
        if array.null_count:
            native = pd.Series(pd.array(array.to_pylist(), dtype="Int64"), name=series.name)
    elif dtype == nw.Boolean and array.null_count:
        native = pd.Series(pd.array(array.to_pylist(), dtype="boolean"), name=series.name)
    elif dtype in (nw.Date, nw.Datetime):
        native = pd.Series(pd.to_datetime(array.to_pandas()), name=series.name)
    else:
        native = pd.Series(array.to_pandas(), name=series.name)
    native.index = nw.to_native(frame).index
    return nw.from_native(native, series_only=True)
