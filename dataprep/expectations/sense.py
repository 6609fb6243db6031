"""Arguments that no table can meet or be asked: told before any data are read."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Mapping
from typing import Any

from dataprep.errors import ConfigError


def check_sense(kind: str, kwargs: Mapping[str, Any], place: str) -> None:
    """Raise where the arguments of an expectation contradict each other, or ask for nothing.

    Parameters
    ----------
    kind : str
        The type of the expectation.
    kwargs : mapping
        Its arguments.
    place : str
        Where in its suite it stands.

    Raises
    ------
    ConfigError
        With the argument.

    Examples
    --------
    >>> check_sense("expect_column_values_to_be_between", {"min_value": 5, "max_value": 1}, "s")
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: s.kwargs.min_value: 5 is more than max_value, which is 1. \
Change one of them.
    """
    _check_bounds(kwargs, place)
    _check_patterns(kwargs, place)
    if kind == "expect_column_kl_divergence_to_be_less_than" and not kwargs.get("partition_object"):
        raise ConfigError(
            f"{kind} needs something to compare with",
            place=f"{place}.kwargs.partition_object",
            remedy='Write e.g. {"values": ["a", "b"], "weights": [0.5, 0.5]}.',
        )
    query = kwargs.get("unexpected_rows_query")
    if isinstance(query, str) and "{batch}" not in query:
        raise ConfigError(
            "the query does not ask this table",
            place=f"{place}.kwargs.unexpected_rows_query",
            remedy="Write {batch} for the table: select * from {batch} where ...",
        )


def _check_bounds(kwargs: Mapping[str, Any], place: str) -> None:
    low, high = (_comparable(kwargs.get(name)) for name in ("min_value", "max_value"))
    try:
        wrong = low is not None and high is not None and low > high
    except TypeError:
        return
    if wrong:
        raise ConfigError(
            f"{kwargs['min_value']!r} is more than max_value, which is {kwargs['max_value']!r}",
            place=f"{place}.kwargs.min_value",
            remedy="Change one of them.",
        )


def _comparable(bound: Any) -> Any:
    """Return a bound, a time that is written as text as a time; other texts are not compared."""
    if not isinstance(bound, str):
        return bound
    try:
        return dt.datetime.fromisoformat(bound)
    except ValueError:
        return None


def _check_patterns(kwargs: Mapping[str, Any], place: str) -> None:
    listed = kwargs.get("regex_list")
    given = {"regex": kwargs.get("regex")}
    given |= {f"regex_list[{i}]": one for i, one in enumerate(listed or [])}
    for name, pattern in given.items():
        if not isinstance(pattern, str):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                re.compile(pattern)
        except re.error as error:
            raise ConfigError(
                f"{pattern!r} is no regular expression: {error}",
                place=f"{place}.kwargs.{name}",
                remedy="Write one as Python reads it; signs that stand for themselves take a \\.",
            ) from None
