"""Expectations asked of the views of a table: counted in one query where it goes, never capped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw

from dataprep.errors import DataprepError, ExpectationError
from dataprep.expectations import gx
from dataprep.expectations.arguments import Seen, fitted, type_of
from dataprep.expectations.suites import Expected
from dataprep.expectations.views import Views
from dataprep.kinds import Kind
from dataprep.table import Table

EXAMPLES = 20
"""So many unexpected values are shown; all rows are found by `dataprep.expectations.quarantine`."""
_LONGEST = 300
_PATH = re.compile(r"(?<![\w/])/(?:[^\s/'\"]+/)+[^\s/'\"]*")
"""Where something lies on this machine is nobody's business."""
_VALUES = ".unexpected_values"
_COUNT = ".unexpected_count"
_IN_SQL, _IN_PANDAS = frozenset({"pandas"}), frozenset({"DuckDB"})
_NOT_BY = {
    # What pandas answers otherwise than SQL: where a value is missing, and between two ranks.
    "expect_column_pair_values_to_be_equal": _IN_SQL,
    "expect_column_pair_values_a_to_be_greater_than_b": _IN_SQL,
    "expect_column_pair_values_to_be_in_set": _IN_SQL,
    "expect_multicolumn_sum_to_equal": _IN_SQL,
    "expect_multicolumn_values_to_be_equal": _IN_SQL,
    "expect_column_quantile_values_to_be_between": _IN_SQL,
    # The sum of nothing is nothing.
    "expect_column_sum_to_be_between": _IN_SQL,
    # What Great Expectations says it can ask in SQL, but not in DuckDB's.
    "expect_column_values_to_not_be_outliers": _IN_PANDAS,
}
"""The libraries that are not asked some expectations."""


@dataclass
class Asked:
    """An expectation, ready to be asked of a view."""

    number: int
    expected: Expected
    made: Any
    kwargs: dict[str, Any]
    seen: Seen
    needed: list[str]
    """The columns that it looks at, those of its condition with them."""
    not_by: frozenset[str] = frozenset()
    """The libraries that cannot be asked this of these columns."""

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

    def put(self, engine: Any, views: Views) -> Asked | None:
        """Return it as an engine is to be asked, or None where that has not all that it needs."""
        from great_expectations.exceptions import MetricProviderError
        from great_expectations.expectations.registry import get_metric_provider

        if views.library in self.not_by | _NOT_BY.get(self.expected.type, frozenset()):
            return None
        kwargs = {
            name: _spoken(value, views) if name in ("regex", "regex_list") else value
            for name, value in self.kwargs.items()
        }
        if None in kwargs.values() and None not in self.kwargs.values():
            return None
        one = self
        if kwargs != self.kwargs:
            one = replace(self, made=_made(self.expected, kwargs), known=[])
        try:
            for configuration in one.configurations(engine).values():
                get_metric_provider(configuration.metric_name, engine)
        except MetricProviderError:
            return None
        return one


def _made(expected: Expected, kwargs: dict[str, Any]) -> Any:
    return gx.made(expected.type, kwargs, expected.place)


def _spoken(value: Any, views: Views) -> Any:
    """Return regular expressions as they are said in a library; None where one cannot be."""
    if isinstance(value, str):
        return views.spoken(value)
    found = [views.spoken(str(one)) for one in value or []]
    return None if None in found else found


def _format() -> dict[str, Any]:
    """Return what is to be told of a result, anew: it is written to."""
    told = {"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}
    return {"result_format": told, "catch_exceptions": False}


def prepared(table: Table, number: int, expected: Expected) -> Asked:
    """Return an expectation as it is asked of a table: days as days, texts where it wants them."""
    kwargs, seen = fitted(table, expected)
    condition = str(kwargs.get("row_condition") or "")
    needed = [n for n in table.columns if n in expected.columns or n in condition]
    _check_twins(table, expected, needed)
    made = _made(expected, kwargs)
    return Asked(number, expected, made, kwargs, seen, needed, _not_by(table, expected))


def _check_twins(table: Table, expected: Expected, needed: Sequence[str]) -> None:
    """Raise where Great Expectations takes a column for another, in whatever library."""
    for name in needed:
        for other in table.columns:
            if other != name and other.casefold() == name.casefold():
                raise ExpectationError(
                    f"{expected.type} could not be asked: the columns {name!r} and {other!r} are "
                    "one to Great Expectations",
                    place=expected.place,
                    remedy="Give one of them another name.",
                )


def _not_by(table: Table, expected: Expected) -> frozenset[str]:
    """Return the libraries that cannot be asked an expectation of columns of these types."""
    types = [type_of(table, name) for name in expected.columns]
    if expected.kwargs.get("condition_parser") == "pandas":
        return frozenset({"DuckDB", "Spark"})
    if types == [nw.Date] and "_type" in expected.type:
        # pandas has no type for days.
        return frozenset({"pandas"})
    if len(types) > 1 and "within_record" in expected.type and nw.String in types:
        # A text is not a number, which SQL takes it for.
        return frozenset() if set(types) == {nw.String()} else frozenset({"DuckDB", "Spark"})
    return frozenset()


Answers = tuple[dict[int, Any], dict[int, ExpectationError]]
"""GX's results by the numbers of expectations, and why others could not be asked."""


def answers(views: Views, asked: Sequence[Asked]) -> Answers:
    """Return GX's result for each expectation, by its number, or why there is none."""
    found: dict[int, Any] = {}
    errors: dict[int, ExpectationError] = {}
    groups: dict[tuple[tuple[str, Kind], ...], list[Asked]] = {}
    strangers = []
    with gx.quiet():
        for one in asked:
            if put := one.put(views.engine(one.seen), views):
                groups.setdefault(tuple(sorted(one.seen.items())), []).append(put)
            else:
                strangers.append(one)
    for seen, some in groups.items():
        results, wrong = _of_view(views, views.engine(dict(seen)), some)
        found, errors = found | results, errors | wrong
    for one in strangers:
        results, wrong = _elsewhere(views, one)
        found, errors = found | results, errors | wrong
    for one in asked:
        if one.number in found:
            # With patterns as the suite has them, for whoever reads the results.
            found[one.number].expectation_config = one.made.configuration
    return found, errors


def _elsewhere(views: Views, one: Asked) -> Answers:
    """Return the result of what cannot be asked where the table lies."""
    try:
        with views.elsewhere(one.needed, one.seen) as others:
            engine = others.engine(one.seen)
            with gx.quiet():
                put = one.put(engine, others)
            if put:
                return _of_view(others, engine, [put])
            return {}, {one.number: unasked(one.expected, views, others)}
    except DataprepError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it raises is told
        return {}, {one.number: could_not(one.expected, error)}


def _of_view(views: Views, engine: Any, asked: Sequence[Asked]) -> Answers:
    """Return the results on one view; who asks what cannot be computed is found one by one."""
    try:
        return _computed(views, engine, asked), {}
    except Exception as error:  # noqa: BLE001 - whatever it raises is told
        if len(asked) == 1:
            return {}, {asked[0].number: could_not(asked[0].expected, error)}
    parts = [_of_view(views, engine, [one]) for one in asked]
    found = {number: result for results, _ in parts for number, result in results.items()}
    return found, {number: error for _, errors in parts for number, error in errors.items()}


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


def could_not(expected: Expected, cause: Exception | str) -> ExpectationError:
    """Return the error of an expectation that nobody can say is met, or not."""
    why = cause if isinstance(cause, str) else worded(cause)
    found = ExpectationError(
        f"{expected.type} could not be asked: {why}",
        place=expected.place,
        remedy="Mend the expectation, or take it out; it does not count as met.",
    )
    found.__cause__ = None if isinstance(cause, str) else cause
    return found


def unasked(expected: Expected, views: Views, others: Views) -> ExpectationError:
    """Return the error of an expectation that goes nowhere."""
    return could_not(expected, f"neither {views.library} nor {others.library} can be asked this")


def worded(error: Exception) -> str:
    """Return the first line of what an engine says, without its own addresses and links."""
    cause = error
    while getattr(cause, "__cause__", None) is not None:
        cause = cause.__cause__  # type: ignore[assignment]
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    first = lines[0] if lines else type(cause).__name__
    first = _PATH.sub("...", first)
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST]}..."
