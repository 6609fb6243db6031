"""Conditions on rows, written as data: a column, an operator and a value; all, any and not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.errors import ConfigError, did_you_mean
from dataprep.kinds import NUMERIC, Kind
from dataprep.labels.condition_values import TIMES, as_array, listed, plain

Arrays = Mapping[str, np.ndarray]
Truth = tuple[np.ndarray, np.ndarray]
"""Where a condition holds, and where it does not; in neither it is unknown."""
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_ORDERED = ("<", "<=", ">", ">=", "between")
_TEXTUAL = ("contains", "matches")
_ALONE = ("is missing", "is present")
OPERATORS = (*_COMPARED, "between", "in", "not in", *_TEXTUAL, *_ALONE)
_KEYS = ("column", "operator", "value")
_JOINED = ("all", "any", "not")


@dataclass(frozen=True)
class Condition:
    """A condition that is checked and ready.

    Parameters
    ----------
    columns : frozenset of str
        Those that it looks at.
    judge : callable
        From arrays of columns to two arrays of bool: where it holds, and where it does not. For a
        missing value it is neither, as in SQL.
    """

    columns: frozenset[str]
    judge: Callable[[Arrays], Truth]

    def holds(self, arrays: Arrays) -> np.ndarray:
        """Return where it holds; where it is unknown, it does not."""
        return self.judge(arrays)[0]


def condition_of(given: Any, kinds: Mapping[str, Kind], place: str) -> Condition:
    """Return the condition that data mean.

    Parameters
    ----------
    given : mapping
        ``{"column": ..., "operator": ..., "value": ...}``, one of `OPERATORS`; or ``{"all":
        [...]}``, ``{"any": [...]}``, ``{"not": ...}``.
    kinds : mapping of str to Kind
        The columns that there are, and what they hold.
    place : str
        Where it stands, for messages.

    Raises
    ------
    ConfigError
        For anything that is no condition on these columns.

    Examples
    --------
    >>> kinds = {"age": "integer", "note": "text"}
    >>> rule = {"all": [{"column": "age", "operator": ">=", "value": 18},
    ...                 {"not": {"column": "note", "operator": "contains", "value": "trial"}}]}
    >>> arrays = {"age": np.array([17.0, 40.0, 50.0, np.nan]),
    ...           "note": np.array(["", "on trial", "paid", "paid"], dtype=object)}
    >>> condition_of(rule, kinds, "when").holds(arrays).tolist()
    [False, False, True, False]
    >>> condition_of({"column": "age", "operator": "contain", "value": 18}, kinds, "when")
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: when.operator: unknown operator 'contain'. \
Did you mean 'contains' or 'not in'?
    """
    if not isinstance(given, Mapping):
        raise ConfigError(
            f"{given!r} is no condition",
            place=place,
            remedy="Write {column: ..., operator: ..., value: ...}, or all, any, not of such.",
        )
    joined = [key for key in _JOINED if key in given]
    if joined:
        return _joined(joined[0], given, kinds, place)
    _check_keys(given, _KEYS, place)
    return _compared(given, kinds, place)


def _joined(key: str, given: Mapping[str, Any], kinds: Mapping[str, Kind], place: str) -> Condition:
    _check_keys(given, (key,), place)
    inner = given[key]
    if key == "not":
        return _negated(condition_of(inner, kinds, f"{place}.not"))
    if not isinstance(inner, Sequence) or isinstance(inner, str) or not inner:
        raise ConfigError(
            f"{inner!r} is no list of conditions", place=f"{place}.{key}", remedy="Give some."
        )
    parts = [condition_of(one, kinds, f"{place}.{key}[{i}]") for i, one in enumerate(inner)]
    columns = frozenset[str]().union(*(part.columns for part in parts))

    def judge(arrays: Arrays) -> Truth:
        yes, no = zip(*(part.judge(arrays) for part in parts), strict=True)
        if key == "all":
            return np.logical_and.reduce(yes), np.logical_or.reduce(no)
        return np.logical_or.reduce(yes), np.logical_and.reduce(no)

    return Condition(columns, judge)


def _negated(inner: Condition) -> Condition:
    return Condition(inner.columns, lambda arrays: inner.judge(arrays)[::-1])


def _check_keys(given: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    for key in given:
        if key not in known:
            raise ConfigError(
                f"{key!r} has no place beside {', '.join(k for k in given if k != key) or 'it'}",
                place=place,
                remedy="Nest one in the other."
                if key in (*_KEYS, *_JOINED)
                else did_you_mean(str(key), [*_KEYS, *_JOINED]),
            )


def _compared(given: Mapping[str, Any], kinds: Mapping[str, Kind], place: str) -> Condition:
    for key in ("column", "operator"):
        if key not in given:
            raise ConfigError(
                f"a condition needs a {key}",
                place=place,
                remedy="Write {column: ..., operator: ..., value: ...}.",
            )
    name, operator = given["column"], given["operator"]
    if not isinstance(name, str) or name not in kinds:
        raise ConfigError(
            f"no column {name!r}", place=f"{place}.column", remedy=did_you_mean(str(name), kinds)
        )
    if operator not in OPERATORS:
        raise ConfigError(
            f"unknown operator {operator!r}",
            place=f"{place}.operator",
            remedy=did_you_mean(str(operator), OPERATORS),
        )
    if operator in _ALONE:
        if given.get("value") is not None:
            raise ConfigError(
                f"{operator!r} is compared with no value",
                place=f"{place}.value",
                remedy="Leave it out.",
            )
        wanted = operator == "is missing"

        def judge_gaps(arrays: Arrays) -> Truth:
            found = absent(arrays[name]) == wanted
            return found, ~found

        return Condition(frozenset([name]), judge_gaps)
    if "value" not in given:
        raise ConfigError(
            f"{operator!r} needs a value", place=f"{place}.value", remedy="Write value: ..."
        )
    test = _test(operator, given["value"], kinds[name], f"{place}.value", name)

    def judge(arrays: Arrays) -> Truth:
        values = arrays[name]
        present = ~absent(values)
        found = np.zeros(len(values), dtype=bool)
        found[present] = test(values[present])
        return found, present & ~found

    return Condition(frozenset([name]), judge)


def absent(values: np.ndarray) -> np.ndarray:
    """Return where an array has no value: NaN, NaT or None."""
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=bool)
    missing: np.ndarray = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    return missing


def _test(
    operator: str, value: Any, kind: Kind, place: str, column: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what tells for present values whether they meet a condition."""
    if kind == "other":
        raise ConfigError(
            f"{column!r} holds what no value is compared with",
            place=place,
            remedy="Make it text, a number, or a time without a time zone, before.",
        )
    if operator in _TEXTUAL:
        return _text_test(operator, value, kind, place, column)
    if operator in _ORDERED and kind not in {*NUMERIC, *TIMES}:
        raise ConfigError(
            f"{operator!r} compares numbers or times, {column!r} is of kind {kind}",
            place=place,
            remedy="Use =, in, contains or matches; or --type COL=float where it holds numbers.",
        )
    if operator in ("in", "not in"):
        wanted = [plain(one, kind, place, column) for one in listed(value, None, place)]
        return lambda values: np.isin(values, as_array(wanted, values), invert=operator == "not in")
    if operator == "between":
        low, high = (plain(one, kind, place, column) for one in listed(value, 2, place))
        if low > high:
            raise ConfigError(
                f"nothing is between {low} and {high}", place=place, remedy="Write [low, high]."
            )
        return lambda values: (values >= low) & (values <= high)
    wanted_one, compare = plain(value, kind, place, column), _COMPARED[operator]
    return lambda values: compare(values, wanted_one).astype(bool)


def _text_test(
    operator: str, value: Any, kind: Kind, place: str, column: str
) -> Callable[[np.ndarray], np.ndarray]:
    if kind not in ("text", "category", "identifier"):
        raise ConfigError(
            f"{operator!r} is for text, {column!r} is of kind {kind}",
            place=place,
            remedy="Compare it with =, <, > or between.",
        )
    try:
        # What a text contains is the same in capitals; an expression says so itself: (?i).
        pattern = re.compile(re.escape(str(value)), re.IGNORECASE)
        pattern = pattern if operator == "contains" else re.compile(str(value))
    except re.error as error:
        raise ConfigError(
            f"{value!r} is no regular expression: {error}",
            place=place,
            remedy="Write \\ before a sign that is meant itself, or use contains.",
        ) from None
    return lambda values: np.array([bool(pattern.search(str(v))) for v in values], dtype=bool)
