"""What a column holds, for its distribution: numbers in order, or how often each level occurs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import narwhals as nw
import numpy as np

from dataprep.draw import uniform
from dataprep.engines.matrix import arrays_of
from dataprep.kinds import NUMERIC, Kind
from dataprep.table import ROW, Table, finite_values, hidden

Form = Literal["numbers", "times", "lengths", "levels", "presence"]
"""How a column is looked at: its values, moments in microseconds, signs in a text, levels; or
whether it is there alone."""
MOST_VALUES = 10_000_000
"""Rows up to which every value has a part; of more rows a draw of about so many."""
_AT_A_TIME = 1_000_000
_MOST_LEVELS = 10_000
_LONGEST = 100
TIMES = ("date", "timestamp")
_TEXTS = ("category", "text", "identifier")
TRUTHS = {"0": "false", "1": "true"}
"""How a boolean is written as a number, and as a level."""
_COUNT, _LEVEL = hidden("count"), hidden("level")


@dataclass(frozen=True)
class Numbers:
    """The finite values of a column.

    Parameters
    ----------
    values : array of float64 of shape (n_present,)
        In order.
    missing : int
        Rows without a finite value.
    """

    values: np.ndarray
    missing: int


@dataclass(frozen=True)
class Levels:
    """How often each level of a column occurs.

    Parameters
    ----------
    counts : mapping of str to int
        The most frequent first, at most 10,000; a long level stands by its first 100 signs.
    present, missing : int
        Rows with and without a value.
    distinct : int
        Different levels, those that ``counts`` leaves out too.
    """

    counts: Mapping[str, int]
    present: int
    missing: int
    distinct: int


def form_of(name: str, table: Table, coded: set[str]) -> Form | None:
    """Return how a column is looked at; None where nothing can be said of it.

    Parameters
    ----------
    name : str
    table : Table
    coded : set of str
        The numeric columns with few distinct values: these are codes, not measurements.
    """
    kind = table.kinds[name]
    if kind in NUMERIC:
        return "levels" if name in coded else "numbers"
    if kind in TIMES:
        return "times"
    if kind in ("boolean", "category"):
        return "levels"
    return "lengths" if kind in ("text", "identifier") else None


def fits(form: Form, kind: Kind) -> bool:
    """Tell whether a column of a kind can be looked at in a form that another one had."""
    if form == "presence":
        return True
    if form == "levels":
        return kind not in (*TIMES, "other")
    allowed = {"numbers": tuple(NUMERIC), "times": TIMES, "lengths": _TEXTS}
    return kind in allowed[form]


def seen_numbers(table: Table, forms: Mapping[str, Form]) -> Iterator[tuple[str, Numbers]]:
    """Give the numbers of columns, so many columns at a time that memory stays bounded.

    Parameters
    ----------
    table : Table
    forms : mapping of str to Form
        None of them ``levels``.
    """
    if not forms:
        return
    height = table.height()
    table = drawn(table, height, MOST_VALUES, "distribution")
    at_once = max(1, MOST_VALUES // max(1, height))
    names = list(forms)
    for start in range(0, len(names), at_once):
        part = names[start : start + at_once]
        arrays = unordered(table, {name: _value(name, forms[name]) for name in part})
        for name in part:
            values = as_floats(arrays.pop(name))
            finite = values[np.isfinite(values)]
            finite.sort()
            yield name, Numbers(finite, len(values) - len(finite))


def seen_levels(table: Table, name: str) -> Levels:
    """Return the levels of a column."""
    column = finite_values(name, table.frame)
    if table.frame.collect_schema()[name] in (nw.Categorical, nw.Enum):
        column = column.cast(nw.String)
    frame = table.frame.select(column.alias(_LEVEL)).filter(~nw.col(_LEVEL).is_null())
    counted = frame.group_by(_LEVEL).agg(nw.len().alias(_COUNT))
    ordered = counted.sort(_COUNT, _LEVEL, descending=[True, False]).head(_MOST_LEVELS)
    rows = table.engine.rows(ordered)
    counts = _added((level_text(row[_LEVEL]), int(row[_COUNT])) for row in rows)
    height, distinct, present = table.height(), len(counts), sum(counts.values())
    if len(rows) >= _MOST_LEVELS:
        # There are more than were fetched.
        distinct = table.n_unique([name])[name]
        present = int(table.engine.rows(frame.select(nw.len().alias(_COUNT)))[0][_COUNT])
    return Levels(counts, present, height - present, distinct)


def truths(levels: Mapping[str, int]) -> dict[str, int]:
    """Return levels with 0 and 1 as false and true, as booleans are told.

    Libraries without a missing boolean turn a column of them into numbers where there is a gap.

    Examples
    --------
    >>> truths({"1": 7, "0": 2})
    {'true': 7, 'false': 2}
    """
    return _added((TRUTHS.get(level, level), count) for level, count in levels.items())


def _added(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return counts by level, the most frequent first; a level that comes twice is added up."""
    found: dict[str, int] = {}
    for level, count in counted:
        found[level] = found.get(level, 0) + count
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def drawn(table: Table, height: int, most: int, purpose: str, seed: int = 0) -> Table:
    """Return about ``most`` rows, drawn by their numbers; all where there are not so many."""
    if height <= most:
        return table
    if table.engine.name == "portable":
        share = uniform(nw.col(ROW), seed, purpose) < most / height
        return replace(table, frame=table.frame.filter(share))
    # NumPy takes a tenth of the time that DuckDB takes for the same arithmetic.
    parts = [rows[uniform(rows, seed, purpose) < most / height] for rows in _numbers(table)]
    listed = table.engine.listed({ROW: np.sort(np.concatenate(parts))})
    return replace(table, frame=table.engine.join(listed, table.frame, ROW))


def _numbers(table: Table) -> Iterator[np.ndarray]:
    """Give the numbers of the rows, so many at a time that arithmetic with them stays small."""
    frame = table.frame.select(ROW)
    native: Any = frame.to_native()
    if hasattr(native, "to_arrow_reader"):
        yield from (batch.column(0).to_numpy() for batch in native.to_arrow_reader(_AT_A_TIME))
    else:
        rows = unordered(table, {ROW: nw.col(ROW)})[ROW]
        yield from np.split(rows, range(_AT_A_TIME, len(rows), _AT_A_TIME))


def unordered(table: Table, columns: Mapping[str, nw.Expr]) -> dict[str, np.ndarray]:
    """Return columns as arrays, as `Table.matrix` does, but in whatever order of rows is cheap."""
    frame = table.frame.select(*(e.alias(name) for name, e in columns.items()))
    native: Any = frame.to_native()
    if hasattr(native, "to_arrow_table"):
        return arrays_of(native.to_arrow_table())
    arrow = frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame
    return arrays_of(arrow.to_arrow())


def as_floats(values: np.ndarray) -> np.ndarray:
    """Return numbers and moments as floats, moments in microseconds, NaN for what is missing."""
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, values.astype("int64").astype("float64"))
    return values.astype("float64", copy=True)


def level_text(value: Any) -> str:
    """Return a level as text, the same on every engine.

    Examples
    --------
    >>> [level_text(value) for value in (True, 1, 1.0, 1.5, "a")]
    ['true', '1', '1', '1.5', 'a']
    """
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return str(int(value)) if value % 1 == 0 else repr(float(value))


def coded_columns(table: Table, columns: Sequence[str]) -> set[str]:
    """Return the numeric columns with at most a handful of distinct values."""
    numeric = [name for name in columns if table.kinds[name] in NUMERIC]
    return set(numeric) - table.many_levels(numeric)


def _value(name: str, form: Form) -> nw.Expr:
    column = nw.col(name)
    return column.cast(nw.String).str.len_chars() if form == "lengths" else column
