"""Rows that do not meet an expectation, all of them, each with the expectation as its reason.

Great Expectations lists twenty of them, or two hundred; here its own condition is asked again for
the numbers of the rows, where the table lies.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from dataprep.engine import Frame
from dataprep.expectations import gx
from dataprep.expectations.asking import Asked, could_not, prepared, unasked
from dataprep.expectations.suites import Suite
from dataprep.expectations.views import Views, views_of
from dataprep.table import ROW, Table, hidden

_ORDER = hidden("order")
_BY_VALUE = ("column_values.unique", "compound_columns.unique")
"""Conditions that look at other rows, and in SQL at a query of their own."""


def rows_of(table: Table, suite: Suite, wanted: Sequence[int]) -> Frame:
    """Return the rows that do not meet some expectations of a suite, each row once.

    Parameters
    ----------
    table : Table
    suite : Suite
    wanted : sequence of int
        The numbers of the expectations, one at least; the first that a row does not meet is its
        reason.

    Returns
    -------
    frame of `ROW` and ``reason``, in row order
    """
    with views_of(table) as views:
        found = [_rows_of(views, prepared(table, i, suite.expected[i])) for i in wanted]
        return _first_of_each(found) if len(found) > 1 else found[0].sort(ROW)


def _rows_of(views: Views, one: Asked) -> Frame:
    engine = views.engine(one.seen, numbered=True)
    with gx.quiet():
        put = one.put(engine, views)
    if put:
        return _failing(views, engine, put)
    with views.elsewhere(one.needed, one.seen) as others:
        engine = others.engine(one.seen, numbered=True)
        with gx.quiet():
            put = one.put(engine, others)
        if put is None:
            raise unasked(one.expected, views, others)
        return views.taken(_failing(others, engine, put))


def _failing(views: Views, engine: object, one: Asked) -> Frame:
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    expected, metric = one.expected, one.made.map_metric
    reason = f"{expected.type}({', '.join(expected.columns)})"
    calculator = MetricsCalculator(execution_engine=engine, show_progress_bars=False)
    try:
        with gx.quiet():
            counted = one.configurations(engine)[f"{metric}.unexpected_count"]
            condition = calculator.get_metric(
                MetricConfiguration(
                    f"{metric}.condition",
                    metric_domain_kwargs=counted.metric_domain_kwargs,
                    metric_value_kwargs=counted.metric_value_kwargs,
                )
            )
            if metric in _BY_VALUE:
                return views.repeated(engine, expected.columns, condition, reason)
            return views.rows(engine, condition, reason)
    except Exception as error:
        raise could_not(expected, error) from error


def _first_of_each(found: list[Frame]) -> Frame:
    """Return each row once, with the first of its reasons."""
    listed = [frame.with_columns(nw.lit(i).alias(_ORDER)) for i, frame in enumerate(found)]
    stacked = nw.concat(listed)
    firsts = stacked.group_by(ROW).agg(nw.col(_ORDER).min().alias(_ORDER))
    return stacked.join(firsts, on=[ROW, _ORDER]).select(ROW, "reason").sort(ROW)
