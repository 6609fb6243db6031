"""Arguments of an expectation against what its columns hold: JSON has fewer types than a table.

So that a suite has one verdict in every library, an argument becomes a value of the column's type
here, once for all, or the column is seen as another type, or the expectation is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import narwhals as nw

from dataprep.errors import ExpectationError
from dataprep.expectations.suites import Expected
from dataprep.kinds import Kind
from dataprep.table import ROW, Table

Seen = Mapping[str, Kind]
"""Columns that an expectation sees as another kind: ``text``, as they are written, or a number."""
_TEXTUAL = ("_match_", "_value_lengths_", "_parseable")
_BOUNDS = ("min_value", "max_value")
_BOUNDED = {
    "expect_column_values_to_be_between",
    "expect_column_max_to_be_between",
    "expect_column_min_to_be_between",
}
"""What has values of the column for bounds; other bounds are counts, lengths and shares."""
_OF_NUMBERS = {
    "expect_column_mean_to_be_between",
    "expect_column_median_to_be_between",
    "expect_column_quantile_values_to_be_between",
    "expect_column_stdev_to_be_between",
    "expect_column_sum_to_be_between",
    "expect_column_value_z_scores_to_be_less_than",
    "expect_column_values_to_not_be_outliers",
    "expect_multicolumn_sum_to_equal",
}
_WHOLE = "^-?(?:0|[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?$"
"""A number as JSON writes it: 007 is a name."""


def fitted(table: Table, expected: Expected) -> tuple[dict[str, Any], Seen]:
    """Return the arguments of an expectation for a table, and how it sees the columns.

    Raises
    ------
    ExpectationError
        When a column holds nothing that an argument could be compared with.
    """
    kind, kwargs, names = expected.type, dict(expected.kwargs), expected.columns
    schema = table.frame.collect_schema()
    if any(word in kind for word in _TEXTUAL):
        return kwargs, {n: "text" for n in names if n in schema and schema[n] != nw.String}
    if kind in _OF_NUMBERS:
        seen = _as_numbers(table, names)
        for name in names:
            if name not in seen and type_of(table, name) == nw.String:
                raise _refused(table, expected, name, "column")
        return kwargs, seen
    if len(names) != 1:
        # A number is compared with numbers, also where these are names.
        together = kind != "expect_compound_columns_to_be_unique"
        numeric = together and any(type_of(table, name).is_numeric() for name in names)
        return kwargs, _as_numbers(table, names) if numeric else {}
    (name,) = names
    if kind in _BOUNDED:
        return _with_bounds(table, expected, name)
    if isinstance(kwargs.get("value_set"), list):
        given = kwargs["value_set"]
        values = [_value(one, type_of(table, name)) for one in given]
        if _NO in values:
            # What the column cannot hold is looked for among its texts.
            return kwargs | {"value_set": [_text(one) for one in given]}, {name: "text"}
        return kwargs | {"value_set": values}, {}
    return kwargs, {}


def type_of(table: Table, name: str) -> Any:
    """Return the type of a column's values; of pandas' objects, that of the first."""
    dtype = table.frame.collect_schema()[name]
    if dtype == nw.Object:
        first = table.frame[name].drop_nulls().head(1).to_list()
        kinds = {dt.date: nw.Date(), dt.datetime: nw.Datetime(), str: nw.String(),
                 bool: nw.Boolean(), Decimal: nw.Decimal()}  # fmt: skip
        return kinds.get(type(first[0]), dtype) if first else dtype
    return nw.String() if dtype in (nw.Categorical, nw.Enum) else dtype


_NO = object()
"""What stands for a value that a column cannot hold."""


def _value(given: Any, dtype: Any) -> Any:
    """Return what an argument is in a column of a type, or `_NO`."""
    if given is None:
        return None
    if dtype == nw.Date:
        found = _moment(given)
        midnight = found is not _NO and found.time() == dt.time() and found.tzinfo is None
        return found.date() if midnight else _NO
    if dtype == nw.Datetime:
        return _zoned(_moment(given), bool(getattr(dtype, "time_zone", None)))
    if dtype == nw.String:
        return _text(given)
    if dtype == nw.Boolean:
        found = _read(given.lower() if isinstance(given, str) else given)
        return bool(found) if found in (0, 1) else _NO
    if dtype.is_numeric():
        found = _read(given)
        return _NO if isinstance(found, bool) else found
    return given


def _text(given: Any) -> Any:
    """Return a number or a truth value as JSON writes it, for columns of text."""
    return json.dumps(given) if isinstance(given, bool | int | float) else given


def _read(given: Any) -> Any:
    """Return the number or truth value that a text writes, or `_NO`."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return _NO
    fine = isinstance(given, bool | int) or (isinstance(given, float) and math.isfinite(given))
    return given if fine else _NO


def _moment(given: Any) -> Any:
    """Return the time that a text writes, or `_NO`."""
    if not isinstance(given, str):
        return _NO
    try:
        return dt.datetime.fromisoformat(given)
    except ValueError:
        return _NO


def _zoned(found: Any, zoned: bool) -> Any:
    """Return a time with a zone or without one; a time without one is in UTC."""
    if found is _NO or zoned == (found.tzinfo is not None):
        return found
    if zoned:
        return found.replace(tzinfo=dt.UTC)
    return found.astimezone(dt.UTC).replace(tzinfo=None)


def _with_bounds(table: Table, expected: Expected, name: str) -> tuple[dict[str, Any], Seen]:
    kwargs, dtype = dict(expected.kwargs), type_of(table, name)
    given = {n: v for n in _BOUNDS if (v := kwargs.get(n)) is not None}
    seen: Seen = {}
    if dtype == nw.Date and any(_value(v, dtype) is _NO for v in given.values()):
        # A bound with a time of day is later than its day.
        dtype, seen = nw.Datetime(), {name: "timestamp"}
    elif dtype not in (nw.Date, nw.Datetime) and not table.counts([name])[name]:
        # No value is beyond any bound, whatever the column would hold.
        return kwargs | dict.fromkeys(given, 0.0), {name: "float"}
    elif all(_read(v) is not _NO for v in given.values()):
        seen = _as_numbers(table, [name])
        dtype = nw.Float64() if seen else dtype
    found = {n: _value(v, dtype) for n, v in given.items()}
    for n, value in found.items():
        if value is _NO or (not seen and type_of(table, name) == nw.String):
            raise _refused(table, expected, name, n)
    return kwargs | found, seen


def _refused(table: Table, expected: Expected, name: str, key: str) -> ExpectationError:
    given = expected.kwargs.get(key)
    if type_of(table, name) == nw.String and (key == "column" or _read(given) is not _NO):
        words = table.frame.filter(~nw.col(name).str.contains(_NUMBER)).select(ROW, name)
        first = table.engine.rows(words.sort(ROW).head(1))[0]
        why = f"{name!r} is text: {first[name]!r} in row {first[ROW]} is no plain number"
    else:
        why = f"{name!r} is of the kind {table.kinds[name]}, which {given!r} is not"
    return ExpectationError(
        f"{expected.type} could not be asked: {why}",
        place=f"{expected.place}.kwargs.{key}",
        remedy="Mend the data or the suite, or say what the column holds, e.g. "
        f"--type {name}=integer; it does not count as met.",
    )


def _as_numbers(table: Table, names: Sequence[str]) -> Seen:
    """Return the columns that are no numbers by their types, and can be seen as such."""
    return {name: kind for name in names if (kind := _as_number(table, name))}


def _as_number(table: Table, name: str) -> Kind | None:
    """Return the kind of number that a column can be seen as, where its type is none.

    A column of texts that write numbers only, as those of customers do; one without any value.
    """
    dtype = type_of(table, name)
    if dtype == nw.Boolean:
        return "integer"
    if dtype.is_numeric() or dtype in (nw.Date, nw.Datetime):
        return None
    if not table.counts([name])[name]:
        return "float"
    if table.frame.collect_schema()[name] != nw.String:
        return None
    value = nw.col(name).str
    found = table.values(
        words=(~value.contains(_NUMBER)).cast(nw.Int64).sum(),
        broken=(~value.contains(_WHOLE)).cast(nw.Int64).sum(),
    )
    return None if found["words"] else "float" if found["broken"] else "integer"
