"""``dp.validate`` and ``dp.suggest_expectations``: a frame or a file, and what it is to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataprep.cleaning import table_of
from dataprep.errors import ConfigError
from dataprep.expectations.running import validate as carried_out
from dataprep.expectations.suggest import suggest
from dataprep.expectations.suites import Suite, read_suite, suite_from
from dataprep.expectations.verdicts import Verdict


def validate(data: Any, suite: Any, **reading: Any) -> Verdict:
    """Carry out a Great Expectations suite on a frame or a file.

    Parameters
    ----------
    data : pandas, Polars or PyArrow frame, Table, or what `read` takes
        A file's columns are read as what they are; expectations about text see cells as written.
    suite : path, mapping, Suite, or Great Expectations' own ExpectationSuite
    **reading
        For a file: what `read` takes.

    Returns
    -------
    Verdict
        ``.results``, ``.success``, ``.failed(severity)``, ``.as_dict()``.

    Raises
    ------
    ConfigError
        When it is no suite.
    ExpectationError
        When an expectation could not be asked; that is never a pass.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}
    >>> verdict = validate(pd.DataFrame({"id": [1, 2, 2]}), {"name": "s", "expectations": [one]})
    >>> verdict.success, verdict.results[0].unexpected_count, verdict.results[0].examples
    (False, 2, (2, 2))
    """
    chosen = _suite_of(suite)
    chosen.check()
    return carried_out(table_of(data, reading), chosen, place=_named(data))


def suggest_expectations(data: Any, name: str | None = None, **reading: Any) -> dict[str, Any]:
    """Return a suite, as its JSON is, that a frame or a file meets; a person edits it.

    Parameters
    ----------
    data : pandas, Polars or PyArrow frame, Table, or what `read` takes
    name : str, optional
        The suite's; after the file by default.
    **reading
        For a file: what `read` takes.
    """
    stem = Path(_named(data) or "suggested").name.partition(".")[0]
    return suggest(table_of(data, reading), name or stem)


def _suite_of(suite: Any) -> Suite:
    if isinstance(suite, Suite):
        return suite
    if isinstance(suite, str | Path):
        return read_suite(suite)
    if hasattr(suite, "to_json_dict"):
        return suite_from(suite.to_json_dict())
    if isinstance(suite, Mapping):
        return suite_from(suite)
    raise ConfigError(
        f"{type(suite).__name__} is no suite", place="suite", remedy="Give a path or a mapping."
    )


def _named(data: Any) -> str:
    return str(data) if isinstance(data, str | Path) else ""


__all__ = ["suggest_expectations", "validate"]
