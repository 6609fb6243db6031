"""Expectations asked of the views of a table: counted in one query where it goes, never capped."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from dataprep.errors import DataprepError, ExpectationError
from dataprep.expectations import gx
from dataprep.expectations.suites import Expected
from dataprep.expectations.views import Views, as_written
from dataprep.table import Table

EXAMPLES = 20
"""So many unexpected values are shown; all rows are found by `dataprep.expectations.quarantine`."""
_LONGEST = 300
_PATH = re.compile(r"(?<![\w/])/(?:[^\s/'\"]+/)+[^\s/'\"]*")
"""Where something lies on this machine is nobody's business."""
_VALUES = ".unexpected_values"
_COUNT = ".unexpected_count"
_ONLY_SQL = {
    "expect_column_pair_values_to_be_equal",
    "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_column_pair_values_to_be_in_set",
    "expect_multicolumn_sum_to_equal",
    "expect_multicolumn_values_to_be_equal",
    "expect_column_quantile_values_to_be_between",
}
"""What pandas answers otherwise than SQL: where a value is missing, and between two ranks."""
_ONLY_PANDAS = {"expect_column_values_to_not_be_outliers"}
"""What Great Expectations says it can ask in SQL, but not in DuckDB's."""
_BOUNDS = ("min_value", "max_value")


@dataclass
class Asked:
    """An expectation, ready to be asked of a view."""

    number: int
    expected: Expected
    made: Any
    texts: list[str]
    days: bool = False
    """Whether it asks for the type of days, for which pandas has none."""

    known: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    """The metrics that it needs of an engine: to work them out takes Great Expectations a while."""

    def configurations(self, engine: Any) -> dict[str, Any]:
        """Return the metrics that it needs, by name."""
        for other, metrics in self.known:
            if other is engine:
                return metrics
        needs = self.made.get_validation_dependencies(
            execution_engine=engine, runtime_configuration=_format()
        )
        metrics = dict(needs.metric_configurations)
        self.known.append((engine, metrics))
        return metrics

    def goes(self, engine: Any, views: Views) -> bool:
        """Tell whether all that it needs can be had of an engine."""
        from great_expectations.exceptions import MetricProviderError
        from great_expectations.expectations.registry import get_metric_provider

        try:
            for configuration in self.configurations(engine).values():
                get_metric_provider(configuration.metric_name, engine)
        except MetricProviderError:
            return False
        if views.library == "pandas" and (self.days or self.expected.type in _ONLY_SQL):
            return False
        if views.library == "DuckDB" and self.expected.type in _ONLY_PANDAS:
            return False
        return all(map(views.understands, self._regexes()))

    def _regexes(self) -> list[str]:
        kwargs = self.expected.kwargs
        return [str(kwargs["regex"])] if "regex" in kwargs else list(kwargs.get("regex_list") or [])


def _format() -> dict[str, Any]:
    """Return what is to be told of a result, anew: it is written to."""
    told = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}
    return {"result_format": told, "catch_exceptions": False}


def prepared(table: Table, number: int, expected: Expected) -> Asked:
    """Return an expectation as it is asked of a table: days as days, texts where it wants them."""
    texts = as_written(table, expected.type, expected.columns)
    kwargs, days = dict(expected.kwargs), False
    if not texts and len(expected.columns) == 1:
        dtype = _type_of(table, expected.columns[0])
        kwargs = {name: _dated(name, value, dtype) for name, value in kwargs.items()}
        days = dtype == nw.Date and "_type" in expected.type
    return Asked(number, expected, gx.made(expected.type, kwargs, expected.place), texts, days)


def _type_of(table: Table, name: str) -> Any:
    dtype = table.frame.collect_schema()[name]
    if dtype == nw.Object:
        # pandas has no type for days; what the first one is, the others are.
        first = table.frame[name].drop_nulls().head(1).to_list()
        kinds = {dt.date: nw.Date(), dt.datetime: nw.Datetime()}
        return kinds.get(type(first[0]), dtype) if first else dtype
    return dtype


def _dated(name: str, value: Any, dtype: Any) -> Any:
    """Return an argument with the days and times that JSON writes as text."""
    if dtype not in (nw.Date, nw.Datetime):
        return value
    if name in _BOUNDS and isinstance(value, str):
        return _moment(value, dtype)
    if name == "value_set" and isinstance(value, list):
        return [_moment(v, dtype) if isinstance(v, str) else v for v in value]
    return value


def _moment(text: str, dtype: Any) -> Any:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    if dtype == nw.Date:
        return found.date()
    if getattr(dtype, "time_zone", None) and found.tzinfo is None:
        return found.replace(tzinfo=dt.UTC)
    return found


def answers(views: Views, asked: Sequence[Asked]) -> dict[int, Any]:
    """Return GX's result for each expectation, by its number.

    Raises
    ------
    ExpectationError
        When one could not be computed.
    """
    found: dict[int, Any] = {}
    groups: dict[tuple[str, ...], list[Asked]] = {}
    strangers = []
    with gx.quiet():
        for one in asked:
            if one.goes(views.engine(one.texts), views):
                groups.setdefault(tuple(sorted(one.texts)), []).append(one)
            else:
                strangers.append(one)
    for texts, some in groups.items():
        found |= _of_view(views, views.engine(texts), some)
    for one in strangers:
        found |= _elsewhere(views, one)
    return found


def _elsewhere(views: Views, one: Asked) -> dict[int, Any]:
    """Return the result of what cannot be asked where the table lies."""
    try:
        with views.elsewhere(one.expected.columns, one.texts) as others:
            engine = others.engine(one.texts)
            with gx.quiet():
                goes = one.goes(engine, others)
            if goes:
                return _of_view(others, engine, [one])
            known = f"neither {views.library} nor {others.library} can be asked this"
    except DataprepError:
        raise
    except Exception as error:
        raise could_not(one.expected, worded(error)) from error
    raise could_not(one.expected, known)


def _of_view(views: Views, engine: Any, asked: Sequence[Asked]) -> dict[int, Any]:
    """Return the results on one view; who asks what cannot be computed is found one by one."""
    try:
        return _computed(views, engine, asked)
    except Exception as error:
        if len(asked) == 1:
            raise could_not(asked[0].expected, worded(error)) from error
    found: dict[int, Any] = {}
    for one in asked:
        found |= _of_view(views, engine, [one])
    return found


def _computed(views: Views, engine: Any, asked: Sequence[Asked]) -> dict[int, Any]:
    """Return the results: first all counts at once, then examples where some rows are wrong."""
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    calculator = MetricsCalculator(execution_engine=engine, show_progress_bars=False)

    def computed(configurations: Sequence[Any]) -> dict[Any, Any]:
        metrics, _ = calculator.compute_metrics(
            list(configurations), runtime_configuration={"catch_exceptions": False}
        )
        return dict(metrics)

    with gx.quiet():
        needs = [one.configurations(engine) for one in asked]
        metrics = computed([c for n in needs for name, c in n.items() if not _late(name, views)])
        examples = []
        for wanted in needs:
            for name, configuration in wanted.items():
                if _late(name, views):
                    metrics[configuration.id] = []
                    count = wanted[name.removesuffix(_VALUES) + _COUNT]
                    examples += [configuration] if metrics[count.id] else []
        if examples:
            metrics |= computed(examples)
        return {
            one.number: one.made.metrics_validate(
                metrics=metrics, runtime_configuration=_format(), execution_engine=engine
            )
            for one in asked
        }


def _late(name: str, views: Views) -> bool:
    """Tell whether a metric is a query of its own that mostly finds nothing."""
    return name.endswith(_VALUES) and not views.eager


def could_not(expected: Expected, why: str) -> ExpectationError:
    """Return the error of an expectation that nobody can say is met, or not."""
    return ExpectationError(
        f"{expected.type} could not be asked: {why}",
        place=expected.place,
        remedy="Mend the expectation, or take it out; it does not count as met.",
    )


def worded(error: Exception) -> str:
    """Return the first line of what an engine says, without its own addresses and links."""
    cause = error
    while getattr(cause, "__cause__", None) is not None:
        cause = cause.__cause__  # type: ignore[assignment]
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    first = lines[0] if lines else type(cause).__name__
    first = _PATH.sub("...", first)
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST]}..."
