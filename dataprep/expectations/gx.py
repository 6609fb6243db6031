"""Great Expectations, asked quietly: no bars, no log lines, no files, nothing sent anywhere."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from dataprep.errors import ConfigError, did_you_mean
from dataprep.optional import require

EXTRA = "expectations"
BATCH = "table"
"""What a table is called in Great Expectations."""
_CONNECT = "pyspark.sql.connect"
_SUCCESSORS = {
    "expect_multicolumn_values_to_be_unique": (
        "For rows that occur once: expect_compound_columns_to_be_unique. For columns that differ "
        "within a row: expect_select_column_values_to_be_unique_within_record."
    )
}
"""What to write in place of expectations of older releases."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what Great Expectations logs and warns of to itself; errors are reported by us."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@cache
def loaded() -> ModuleType:
    """Import Great Expectations, which takes seconds, and return it.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    # What older releases send to their makers, unless told not to.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    shown = warnings.showwarning
    with quiet(), _without_connect():
        found = require("great_expectations", EXTRA)
        require("great_expectations.validator.metrics_calculator", EXTRA)
    if warnings.showwarning is not shown:
        # It sends the warnings of the whole process to its log.
        logging.captureWarnings(False)
    return found


@contextmanager
def _without_connect() -> Iterator[None]:
    """Hide Spark Connect where importing it would end the process.

    Without a file that is run (``python -c``, an embedded interpreter), it takes the process for
    one of its own tests, and leaves with exit code 0 where a package that it needs is missing.
    """
    main = sys.modules.get("__main__")
    nameless = getattr(main, "__spec__", None) is None and not hasattr(main, "__file__")
    if not nameless or _CONNECT in sys.modules:
        yield
        return
    sys.modules[_CONNECT] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_CONNECT]


def implementation(name: str, place: str) -> type[Any]:
    """Return the class of an expectation type.

    Raises
    ------
    ConfigError
        When there is none, with the nearest names.
    """
    loaded()
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    try:
        found: type[Any] = get_expectation_impl(name)
    except ExpectationNotFoundError:
        known = sorted(list_registered_expectation_implementations())
        raise ConfigError(
            f"unknown expectation type {name!r}",
            place=place,
            remedy=_SUCCESSORS.get(name) or did_you_mean(name, known),
        ) from None
    return found


def made(name: str, kwargs: dict[str, Any], place: str) -> Any:
    """Return an expectation with its arguments.

    Raises
    ------
    ConfigError
        When there is no such expectation, or it does not take these arguments.
    """
    cls = implementation(name, place)
    from great_expectations.compatibility.pydantic import ValidationError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        with quiet():
            return ExpectationConfiguration(type=name, kwargs=dict(kwargs)).to_domain_obj()
    except ValidationError as error:
        raise ConfigError(
            f"{name}: {_worded(error.errors(), kwargs)}", place=place, remedy=_remedy(cls, kwargs)
        ) from None
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{name}: {str(error).splitlines()[0]}", place=place, remedy=_remedy(cls, kwargs)
        ) from None


_OWN = {
    "id", "meta", "notes", "result_format", "description", "catch_exceptions", "rendered_content",
    "severity", "windows", "batch_id",
}  # fmt: skip
"""Fields of every expectation that are no arguments of it."""


def arguments(cls: type[Any]) -> list[str]:
    """Return the names of an expectation's arguments."""
    return [name for name in cls.__fields__ if name not in _OWN]


def about_rows(made: Any) -> bool:
    """Tell whether an expectation is met, or not, by each row of its own."""
    # Engines with types ask for the type of a column, not of each cell.
    return getattr(made, "map_metric", None) not in (None, *_OF_TYPES)


_OF_TYPES = ("column_values.of_type", "column_values.in_type_list")


def _remedy(cls: type[Any], kwargs: dict[str, Any]) -> str:
    known = arguments(cls)
    strange = [name for name in kwargs if name not in {*known, *_OWN}]
    if strange:
        return did_you_mean(strange[0], known)
    return f"It takes: {', '.join(known)}."


def _worded(errors: list[dict[str, Any]], kwargs: dict[str, Any]) -> str:
    found: dict[str, list[str]] = {}
    for error in errors:
        name = ".".join(str(part) for part in error["loc"]).removeprefix("__root__")
        found.setdefault(name, []).append(error["msg"])
    told = []
    if len(found) > 1:
        # What is wrong with all arguments together follows from what is wrong with one.
        found.pop("", None)
    for name, messages in found.items():
        before = f"{name}: " if name else ""
        if name in ("min_value", "max_value") and len(messages) > 1:
            # What pydantic says of each type that it might have been.
            messages = [f"{kwargs.get(name)!r} is no number, date or time"]
        told += [f"{before}{message}" for message in messages]
    return "; ".join(dict.fromkeys(told))
