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
    "BIGINT",
    "INTEGER",
    "SMALLINT",
    "int64",
    "int32",
    "Int64Dtype",
    "LongType",
    "IntegerType",
]
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
    for column, kind in table.kinds.items():
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
    if kind in TYPES and not (kind == "date" and dtype == nw.Object):
        found.append(
            _one(
                "column_values_to_be_in_type_list", "critical", column=column, type_list=TYPES[kind]
            )
        )
    if rows and not present:
        return [*found, _one("column_values_to_be_null", "info", column=column)]
    if not present or levels is None:
        return found
    found += _missing(column, rows, present)
    whole_text = dtype == nw.String
    few = levels <= FEW_LEVELS if kind in NUMERIC else kind == "category" and levels <= MOST_LEVELS
    if few and levels < present:
        values = sorted(row[column] for row in table.engine.rows(_distinct(table, column)))
        found.append(_one("column_values_to_be_in_set", "warning", column=column, value_set=values))
    elif kind in NUMERIC or kind in ("date", "timestamp"):
        found += _range(table, column, kind)
    elif whole_text and kind != "category":
        found += _texts(table, column)
    if levels == present and (kind == "identifier" or (whole_text and rows >= _ENOUGH)):
        severity = "critical" if kind == "identifier" else "warning"
        found.append(_one("column_values_to_be_unique", severity, column=column))
    return found


def _distinct(table: Table, column: str) -> Any:
    return table.frame.select(column).drop_nulls().unique()


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
        early = low - (high - low) * SLACK
        return [_one("column_values_to_be_between", "warning", column=column, min_value=early)]
    if low is None or not (math.isfinite(low) and math.isfinite(high)):
        return []
    room = (high - low) * SLACK or abs(high) * SLACK
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


def _rounded(value: float, *, down: bool) -> float:
    """Return a number of three digits beyond another one: a person reads it."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    count = math.floor(value / step) if down else math.ceil(value / step)
    return round(count * step, max(0, -math.floor(math.log10(step))))


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
