"""Missing values, filled: with what was learned, or from the rows around."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from dataprep.columns import known
from dataprep.errors import ConfigError
from dataprep.kinds import NUMERIC
from dataprep.stage import Change, Stage, State
from dataprep.stages.chosen import named
from dataprep.stages.grouped import Learned, Learnt, as_held, as_rows, names_of, present
from dataprep.table import ALL, ROW, Grouped, Table, hidden

Strategy = Literal[
    "auto", "mean", "median", "most_frequent", "constant", "forward", "backward", "interpolate"
]
_LEVELLED = ("category", "boolean")
_TEMPORAL = ("date", "timestamp")


@dataclass(eq=False, repr=False)
class Impute(Stage):
    """Fill missing values with a value learned from training rows, or from neighbouring rows.

    Parameters
    ----------
    strategy : str, default="auto"
        ``mean``, ``median``, ``interpolate`` treat numeric columns; ``most_frequent`` numbers,
        categories and booleans, others if named; ``constant``, ``forward`` and ``backward`` any;
        ``auto`` is the median for numbers and the most frequent value for categories and booleans.
    columns : str, Selector or list, default="auto"
        By default, the features that the strategy treats; with ``most_frequent``, no text,
        identifiers and times, whose values are nobody else's. The target is filled only if named.
    fill_value : number, text or boolean, optional
        What ``constant`` fills with: by default 0 for numbers and ``"missing"`` for others.
    by : str or list of str, optional
        Learn within groups; a group that was not seen, or has no value, has the whole column's.
        ``forward``, ``backward`` and ``interpolate`` then look at rows of the same group only.
    overrides : mapping of str to str, optional
        Another strategy for some columns: ``{"age": "mean"}``.

    Notes
    -----
    The median of an integer column is rounded to a whole number. Among equally frequent values the
    smallest is taken. ``interpolate`` is linear in the position of rows and does not reach beyond
    the first and the last value.

    Examples
    --------
    >>> import pandas as pd
    >>> train = pd.DataFrame({"age": [20.0, 30.0, None], "plan": ["a", None, "a"]}, dtype=object)
    >>> train = train.astype({"age": float, "plan": "category"})
    >>> Impute().fit(train).transform(train).values.tolist()
    [[20.0, 'a'], [30.0, 'a'], [25.0, 'a']]
    >>> Impute(strategy="median", columns="plan").fit(train)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: columns: 'median' cannot fill 'plan', a category. Use ...
    """

    strategy: Strategy = "auto"
    columns: Any = "auto"
    fill_value: float | str | bool | None = None
    by: str | Sequence[str] | None = None
    overrides: Mapping[str, Strategy] | None = None

    def learn(self, table: Table) -> State:
        """Return each column's strategy and, where there is one, its value."""
        by = names_of(self.by, table)
        strategies = self._strategies(table, by)
        overall = _values(table, strategies, self.fill_value).get(ALL, {})
        groups = []
        learned = {c: s for c, s in strategies.items() if s in ("mean", "median", "most_frequent")}
        if by and learned:
            groups = as_rows(_values(table.groups(by), learned, None))
        return {"by": by, "strategies": strategies, "overall": overall, "groups": groups}

    def _strategies(self, table: Table, by: list[str]) -> dict[str, str]:
        overrides = {
            known(name, table, "overrides"): strategy
            for name, strategy in (self.overrides or {}).items()
        }
        if isinstance(self.columns, str) and self.columns == "auto":
            chosen = [c for c in table.columns if c not in table.roles]
            if self.strategy == "most_frequent":
                chosen = [c for c in chosen if table.kinds[c] in (*NUMERIC, *_LEVELLED)]
        else:
            chosen = self.chosen(table)
        found: dict[str, str] = {}
        for name in table.columns:
            if name in by:
                continue
            strategy = overrides.get(name, self.strategy if name in chosen else None)
            if strategy is None:
                continue
            fitting = _fitting(strategy, table.kinds[name], bool(by))
            if fitting:
                found[name] = fitting
            elif name in overrides or name in named(self.columns):
                grouped = by and _fitting(strategy, table.kinds[name], grouped=False)
                raise ConfigError(
                    f"{strategy!r} cannot fill {name!r}, a {table.kinds[name]}"
                    + (", by group" if grouped else ""),
                    place="overrides" if name in overrides else "columns",
                    remedy="Use strategy='forward' or 'constant', or leave out by."
                    if grouped
                    else "Use strategy='most_frequent' or 'constant'.",
                )
        return found

    def change(self, table: Table, state: State) -> Change:
        """Fill what is missing."""
        by = present(state["by"], table)
        overall = _held(state["overall"], table)
        groups = [{**row, "learned": _held(row["learned"], table)} for row in state["groups"]]
        learnt = Learnt(by if groups else [], overall, groups)
        cells, reasons, empty = {}, {}, []
        whole = False
        for name, strategy in state["strategies"].items():
            if name not in table.kinds:
                continue
            if strategy in ("forward", "backward", "interpolate"):
                cells[name] = _from_neighbours(table, name, strategy, by)
                reasons[name] = strategy
                whole = True
                continue
            value = learnt.value(name)
            if value is None:
                empty.append(name)
                continue
            column = nw.col(name)
            if table.kinds[name] in _TEMPORAL and isinstance(value, str):
                value = _moment(value, table.kinds[name])
                if getattr(value, "tzinfo", None):
                    # The same instant, in the zone that the column is kept in.
                    value = nw.lit(value).cast(table.frame.collect_schema()[name])
            cells[name] = (
                nw.when(column.is_null()).then(value).otherwise(column)
                if isinstance(value, nw.Expr)
                else column.fill_null(value)
            )
            reasons[name] = _why(strategy, state, name)
        notes = [f"nothing to learn from, left missing: {', '.join(empty)}"] if empty else []
        return Change(
            cells=cells,
            action="impute",
            reason=reasons,
            lookup=learnt.lookup,
            first=_places(
                n for n, s in state["strategies"].items() if s == "interpolate" and n in cells
            ),
            whole=whole,
            notes=notes,
        )


def _fitting(strategy: str, kind: str, grouped: bool) -> str | None:
    """Return the strategy for a column of a kind, None where it has none."""
    if strategy == "auto":
        return "median" if kind in NUMERIC else "most_frequent" if kind in _LEVELLED else None
    if strategy in ("mean", "median", "interpolate"):
        return strategy if kind in NUMERIC else None
    # What is learned by group is joined as text, numbers or booleans.
    if kind == "other" or (strategy == "most_frequent" and grouped and kind in _TEMPORAL):
        return None
    return strategy


def _values(table: Table, strategies: Mapping[str, str], fill_value: Any) -> Grouped[Any]:
    """Return the learned values by group and column; None where no value is present."""
    names: dict[str, list[str]] = {}
    for name, strategy in strategies.items():
        names.setdefault(strategy, []).append(name)
    found: Grouped[Any] = {}

    def note(group: str, name: str, value: Any) -> None:
        if table.kinds[name] == "integer" and isinstance(value, float):
            # Halves go up, as when an engine puts a fraction into whole numbers.
            value = math.floor(value + 0.5)
        found.setdefault(group, {})[name] = _plain(value)

    if names.get("mean"):
        for group, means in table.moments(names["mean"]).items():
            for name, (mean, _) in means.items():
                note(group, name, mean)
    for group, medians in table.quantiles(names.get("median", []), (0.5,)).items():
        for name, (median,) in medians.items():
            note(group, name, median)
    for group, levels in table.most_frequent(names.get("most_frequent", [])).items():
        for name, level in levels.items():
            note(group, name, level)
    schema = table.frame.collect_schema() if names.get("constant") else {}
    for name in names.get("constant", []):
        kind = table.kinds[name]
        if kind == "category" and schema[name].is_numeric():
            # The levels are numbers, and so must what fills them be.
            kind = "integer" if schema[name].is_integer() else "float"
        note(ALL, name, _constant(fill_value, kind, name))
    return found


def _constant(fill_value: Any, kind: str, name: str) -> Any:
    words = ("category", "text", "identifier")
    if fill_value is None:
        return 0 if kind in NUMERIC else "missing" if kind in words else None
    number = isinstance(fill_value, int | float) and not isinstance(fill_value, bool)
    fits = {
        "integer": number and float(fill_value).is_integer(),
        "float": number,
        "boolean": isinstance(fill_value, bool),
        "date": _is_moment(fill_value, "date"),
        "timestamp": _is_moment(fill_value, "timestamp"),
    }.get(kind, True)
    if not fits:
        raise ConfigError(
            f"{fill_value!r} does not fit {name!r}, a column of kind {kind}",
            place="fill_value",
            remedy="Give a value of that kind, or choose the columns.",
        )
    if kind in words:
        return str(fill_value)
    return int(fill_value) if kind == "integer" else fill_value


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date) else value


def _moment(text: str, kind: str) -> dt.date:
    """Return the date or time that a state holds as text."""
    moment = dt.datetime.fromisoformat(text)
    return moment.date() if kind == "date" else moment


def _is_moment(value: Any, kind: str) -> bool:
    try:
        return isinstance(value, str) and bool(_moment(value, kind))
    except ValueError:
        return False


def _held(learned: Learned, table: Table) -> Learned:
    return {name: as_held(value, table.kinds.get(name)) for name, value in learned.items()}


def _why(strategy: str, state: State, name: str) -> str:
    if state["groups"] and strategy != "constant":
        return f"{strategy} of its group ({', '.join(state['by'])})"
    return f"{strategy} {state['overall'][name]}"


def _place_of(name: str) -> str:
    return hidden(f"place {name}")


def _places(names: Iterable[str]) -> dict[str, nw.Expr]:
    """Return the row numbers of present values, as columns that can be filled like any other."""
    return {_place_of(name): nw.when(~nw.col(name).is_null()).then(nw.col(ROW)) for name in names}


def _stands_in_order(table: Table) -> bool:
    """Tell whether rows are in memory and in order, so that none need be sorted for each window."""
    frame = table.frame
    eager = isinstance(frame, nw.DataFrame) and not frame.implementation.is_pyarrow()
    return eager and bool(frame[ROW].is_sorted())


def _from_neighbours(table: Table, name: str, strategy: str, by: Sequence[str]) -> nw.Expr:
    """Return a column filled from the rows before and after, in row order."""
    over: dict[str, Any] = {} if _stands_in_order(table) else {"order_by": ROW}

    def filled(expression: nw.Expr, way: Literal["forward", "backward"]) -> nw.Expr:
        found = expression.fill_null(strategy=way)
        return found.over(*by, **over) if by or over else found

    column, here, at = nw.col(name), nw.col(ROW), nw.col(_place_of(name))
    before, after = filled(column, "forward"), filled(column, "backward")
    if strategy in ("forward", "backward"):
        return before if strategy == "forward" else after
    left, right = filled(at, "forward"), filled(at, "backward")
    apart = nw.when(right > left).then(right - left).otherwise(1)
    between = before + (after - before) * ((here - left) / apart)
    if table.kinds[name] == "integer":
        # Whole before it meets the column: as floats, large whole numbers would lose digits.
        between = (between + 0.5).floor().fill_null(0.0).cast(nw.Int64)
    gap = column.is_null() & ~before.is_null() & ~after.is_null()
    return nw.when(gap).then(between).otherwise(column)
