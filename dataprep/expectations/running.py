"""Suites carried out on tables, where these lie."""

from __future__ import annotations

from typing import Any

from dataprep.engine import Frame
from dataprep.errors import ExpectationError, did_you_mean
from dataprep.expectations import gx
from dataprep.expectations.asking import Asked, answers, prepared
from dataprep.expectations.quarantine import rows_of
from dataprep.expectations.suites import Expected, Suite
from dataprep.expectations.verdicts import Outcome, Verdict, plain
from dataprep.expectations.views import views_of
from dataprep.table import Table


def validate(table: Table, suite: Suite, *, place: str = "") -> Verdict:
    """Carry out a suite on a table, where the table lies.

    Parameters
    ----------
    table : Table
        Columns as what they are; where cells' texts travel along, expectations about texts
        (patterns, lengths, formats) see these.
    suite : Suite
    place : str, default=""
        What the table is, for reports: ``before``, ``after``, a file.

    Raises
    ------
    ConfigError
        When the suite names no expectation, or wrong arguments.
    ExpectationError
        When an expectation could not be asked: it is not known whether it is met. All are asked
        first: ``verdict`` of the error has what came of each.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> from dataprep.expectations.suites import suite_from
    >>> table = open_frame(pd.DataFrame({"age": [30, 40, 999]})).table
    >>> ages = {"column": "age", "max_value": 120}
    >>> one = {"type": "expect_column_values_to_be_between", "kwargs": ages}
    >>> verdict = validate(table, suite_from({"name": "people", "expectations": [one]}))
    >>> verdict.success, verdict.results[0].unexpected_count, verdict.results[0].examples
    (False, 1, (999,))
    """
    suite.check()
    asked, errors = [], {}
    for i, one in enumerate(suite):
        try:
            check_columns(table, one)
            asked.append(prepared(table, i, one))
        except ExpectationError as error:
            errors[i] = error
    with views_of(table) as views:
        found, more = answers(views, asked)
    errors |= more
    outcomes = {i: _unasked(suite.expected[i], error) for i, error in errors.items()}
    outcomes |= {o.number: _outcome(o, found[o.number]) for o in asked if o.number in found}
    results = tuple(outcomes[i] for i in range(len(suite)))
    verdict = Verdict(suite.name, results, place, tuple(found[i] for i in sorted(found)))
    if errors:
        first = errors[min(errors)]
        first.verdict = verdict
        raise first
    return verdict


def rows_failing(table: Table, suite: Suite, verdict: Verdict | None = None) -> Frame | None:
    """Return the rows to be set aside: those that do not meet an expectation that says so.

    Parameters
    ----------
    table : Table
    suite : Suite
        Expectations with ``on_failure: quarantine`` in their ``meta``, or in that of the suite.
    verdict : Verdict, optional
        What came of the suite on this table; it is carried out where this is not given. One that
        is met (``mostly: 0.95``) sets no rows aside.

    Returns
    -------
    frame of `ROW` and ``reason``, or None
        As `dataprep.stage.Change.rows` wants it, a row once, with the first expectation that it
        does not meet. None where there is none to be set aside.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> from dataprep.expectations.suites import suite_from
    >>> from dataprep.table import ROW
    >>> table = open_frame(pd.DataFrame({"age": [30, -1, 40, 999]})).table
    >>> one = {
    ...     "type": "expect_column_values_to_be_between",
    ...     "kwargs": {"column": "age", "min_value": 0, "max_value": 120},
    ...     "meta": {"on_failure": "quarantine"},
    ... }
    >>> found = rows_failing(table, suite_from({"name": "people", "expectations": [one]}))
    >>> found["reason"].to_list(), found[ROW].to_list()
    (['expect_column_values_to_be_between(age)', 'expect_column_values_to_be_between(age)'], [1, 3])
    """
    if verdict is None:
        verdict = validate(table, suite)
    wanted = [i for i, one in enumerate(verdict.results) if one.quarantine and not one.success]
    return rows_of(table, suite, wanted) if wanted else None


def check_columns(table: Table, one: Expected) -> None:
    """Raise where an expectation is about a column that the table has not."""
    for name in one.columns:
        if name not in table.kinds:
            raise ExpectationError(
                f"{one.type} could not be asked: no column {name!r}",
                place=one.place,
                remedy=did_you_mean(name, table.columns),
            )


def _unasked(one: Expected, error: ExpectationError) -> Outcome:
    why = error.message.removeprefix(f"{one.type} ")
    column = ", ".join(one.columns) or one.kwargs.get("column")
    return Outcome(one.type, one.kwargs, column, one.severity, False, place=one.place, error=why)


def _outcome(asked: Asked, result: Any) -> Outcome:
    told, one = dict(result.result), asked.expected
    count, looked = told.get("unexpected_count"), told.get("element_count")
    about_rows = gx.about_rows(asked.made)
    missing = told.get("missing_count") or 0
    share = None
    if count is not None and looked is not None:
        share = round(count / (looked - missing), 6) if looked - missing else 0.0
    return Outcome(
        one.type,
        one.kwargs,
        ", ".join(one.columns) or one.kwargs.get("column"),
        one.severity,
        bool(result.success),
        plain(told.get("observed_value")),
        int(count) if about_rows and count is not None else None,
        share if about_rows else None,
        tuple(plain(told.get("partial_unexpected_list") or [])),
        one.quarantine and about_rows,
        one.place,
    )
