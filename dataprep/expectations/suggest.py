"""A suite from observed data, for a person to edit: it holds on the data that it came from."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import narwhals as nw

from dataprep.expectations.patterns import pattern_of
from dataprep.expectations.verdicts import plain
from dataprep.kinds import FEW_LEVELS, NUMERIC, Kind
from dataprep.table import Table

SLACK = 0.1
"""How far beyond what was observed a range goes on, as a share of its width."""
MOST_LEVELS = 50
"""A category of more levels gets no list of them."""
_ENOUGH = 100
"""From so many rows on, values that are all different are so by no accident."""
_WHOLE = [
    "BIGINT", "INTEGER", "SMALLINT", "UBIGINT", "int64", "int32", "Int64Dtype", "LongType",
    "IntegerType", "ShortType", "ByteType",
]  # fmt: skip
_BROKEN = ["DOUBLE", "FLOAT", "DECIMAL", "float64", "Float64Dtype", "DoubleType", "FloatType"]
_MOMENTS = [f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns")]
TYPES: Mapping[Kind, list[str]] = {
    "integer": _WHOLE,
    "float": [*_BROKEN, "DecimalType", *_WHOLE],
    "boolean": ["BOOLEAN", "bool", "BooleanDtype", "BooleanType"],
    "date": ["DATE", "DateType"],
    "timestamp": ["TIMESTAMP", *_MOMENTS, "TimestampType", "TimestampNTZType"],
}
"""What a kind is called by DuckDB, pandas and Spark: a suite goes with each of them."""


def suggest(table: Table, name: str = "suggested") -> dict[str, Any]:
    """Return a suite, as its JSON is, from what a table holds.

    Columns, types, missing cells, ranges, levels, lengths and patterns of text, what is unique, and
    how many rows there are. What any such table must be is critical, what was observed and may
    drift is a warning.

    Parameters
    ----------
    table : Table
    name : str, default="suggested"

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> people = pd.DataFrame({"age": [17, 30, 40, 80] * 5, "plan": ["a", "b", "a", "a"] * 5})
    >>> for one in suggest(open_frame(people).table)["expectations"][2:5]:
    ...     print(one["type"], one["kwargs"])
    expect_column_values_to_be_in_type_list {'column': 'age', 'type_list': ['BIGINT', ...]}
    expect_column_values_to_not_be_null {'column': 'age'}
    expect_column_values_to_be_in_set {'column': 'age', 'value_set': [17, 30, 40, 80]}
    """
    rows = table.height()
    found = [
        _one("table_row_count_to_be_between", "warning", min_value=rows // 10, max_value=rows * 10),
        _one(
            "table_columns_to_match_set",
            "warning",
            column_set=table.columns,
            exact_match=True,
        ),
    ]
    counts = table.counts(table.columns)
    levels = _levels(table)
    # Great Expectations takes no column without a name.
    for column, kind in ((name, kind) for name, kind in table.kinds.items() if name):
        found += _of_column(table, column, kind, rows, counts[column], levels.get(column))
    return {"name": name, "expectations": found, "meta": {}}


def _one(kind: str, severity: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": plain(kwargs), "severity": severity, "meta": {}}


def _levels(table: Table) -> dict[str, int]:
    """Return how many distinct values there are, of columns whose values can be told apart."""
    return table.n_unique([name for name, kind in table.kinds.items() if kind != "other"])


def _of_column(
    table: Table, column: str, kind: Kind, rows: int, present: int, levels: int | None
) -> list[dict[str, Any]]:
    found = []
    dtype = table.frame.collect_schema()[column]
    if types := _types(table, column, kind):
        found.append(
            _one("column_values_to_be_in_type_list", "critical", column=column, type_list=types)
        )
    if rows and not present:
        return [*found, _one("column_values_to_be_null", "info", column=column)]
    if not present or levels is None:
        return found
    found += _missing(column, rows, present)
    whole_text = dtype == nw.String
    few = levels <= FEW_LEVELS if kind in NUMERIC else kind == "category" and levels <= MOST_LEVELS
    values = _values(table, column) if few and levels < present else []
    if values:
        found.append(_one("column_values_to_be_in_set", "warning", column=column, value_set=values))
    elif kind in NUMERIC or kind in ("date", "timestamp"):
        found += _range(table, column, kind)
    elif whole_text and kind != "category":
        found += _texts(table, column)
    if levels == present and (kind == "identifier" or (whole_text and rows >= _ENOUGH)):
        severity = "critical" if kind == "identifier" else "warning"
        found.append(_one("column_values_to_be_unique", severity, column=column))
    return found


def _types(table: Table, column: str, kind: Kind) -> list[str]:
    """Return the names of types that the column may have; none where its own has no name."""
    if kind not in TYPES:
        return []
    dtype = table.frame.collect_schema()[column]
    bare = str(dtype).partition("(")[0]
    if dtype.is_integer() or dtype.is_float():
        own = [bare.lower(), f"{bare}Dtype"]
        found = list(dict.fromkeys([*TYPES[kind], *own]))
    else:
        found = TYPES[kind]
    library = table.frame.implementation
    if library.is_duckdb() or library.is_pyspark():
        return found
    if library.is_pandas():
        # Great Expectations cannot name columns with a zone, of Arrow's types, or sparse ones.
        native = table.frame.to_native()[column].dtype
        named = {native.name, type(native).__name__} & set(found)
        return found if named or (kind == "boolean" and dtype == nw.Object) else []
    return [] if dtype == nw.Decimal or getattr(dtype, "time_zone", None) else found


def _values(table: Table, column: str) -> list[Any]:
    """Return the few values of a column, in order; none where JSON cannot hold one of them."""
    distinct = table.frame.select(column).drop_nulls().unique()
    values = sorted(row[column] for row in table.engine.rows(distinct))
    endless = any(isinstance(value, float) and math.isinf(value) for value in values)
    return [] if endless else values


def _missing(column: str, rows: int, present: int) -> list[dict[str, Any]]:
    """Return that nothing is missing, or half as much again as is missing now, and 2 %."""
    if present == rows:
        return [_one("column_values_to_not_be_null", "critical", column=column)]
    mostly = math.floor(100 * (1 - 1.5 * (1 - present / rows) - 0.02)) / 100
    if mostly <= 0:
        return []
    return [_one("column_values_to_not_be_null", "warning", column=column, mostly=mostly)]


def _range(table: Table, column: str, kind: Kind) -> list[dict[str, Any]]:
    value = nw.col(column)
    ends = table.values(low=value.min(), high=value.max())
    low, high = ends["low"], ends["high"]
    if isinstance(low, Decimal):
        low, high = float(low), float(high)
    if isinstance(low, dt.date | dt.datetime):
        # What comes later is as a rule later.
        return [
            _one(
                "column_values_to_be_between",
                "warning",
                column=column,
                min_value=_before(low, high),
            )
        ]
    if low is None or not (math.isfinite(low) and math.isfinite(high)):
        return []
    room = (high - low) * SLACK or abs(high) * SLACK
    if not (math.isfinite(low - room) and math.isfinite(high + room)):
        return []
    least, most = _rounded(low - room, down=True), _rounded(high + room, down=False)
    if low >= 0:
        least = max(least, 0)
    if kind == "integer":
        least, most = min(math.floor(least), low), max(math.ceil(most), high)
    elif low >= 0 and high <= 1:
        most = 1
    return [
        _one(
            "column_values_to_be_between", "warning", column=column, min_value=least, max_value=most
        )
    ]


def _before(low: Any, high: Any) -> Any:
    """Return a time somewhat before the first one, where the calendar goes back so far."""
    if isinstance(low, dt.datetime):
        # Other libraries' own times go on where years are negative, which JSON does not.
        low, high = (dt.datetime.fromisoformat(end.isoformat()) for end in (low, high))
    try:
        return low - (high - low) * SLACK
    except OverflowError:
        return low


def _rounded(value: float, *, down: bool) -> float:
    """Return a number of three digits beyond another one: a person reads it."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    if not step:
        return value
    count = math.floor(value / step) if down else math.ceil(value / step)
    found = round(count * step, max(0, -math.floor(math.log10(step))))
    return min(found, value) if down else max(found, value)


def _texts(table: Table, column: str) -> list[dict[str, Any]]:
    """Return the lengths of texts, and the pattern that all of them have, where it is plain."""
    length = nw.col(column).str.len_chars()
    found = table.values(low=length.min(), high=length.max())
    low, high = int(found["low"]), int(found["high"])
    pattern = pattern_of(table, column)
    if pattern:
        return [_one("column_values_to_match_regex", "warning", column=column, regex=pattern)]
    return [
        _one(
            "column_value_lengths_to_be_between",
            "warning",
            column=column,
            min_value=low // 2,
            max_value=2 * high,
        )
    ]
