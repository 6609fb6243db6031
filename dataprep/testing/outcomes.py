"""What a stage gave, in plain Python, so that engines can be compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.cleaning import clean
from dataprep.engines.frames import open_frame
from dataprep.kinds import kind_of_dtype
from dataprep.pipeline import Pipeline
from dataprep.stage import Stage
from dataprep.stages.split import Split
from dataprep.table import Table
from dataprep.testing.images import IMAGE
from dataprep.testing.tables import given_as


@dataclass(frozen=True)
class Outcome:
    """What cleaning gave, in the same plain values whatever the engine."""

    data: dict[str, list[Any]]
    types: dict[str, str]
    rejected: list[tuple[int, str, str]]
    ledger: list[tuple[Any, ...]]
    states: list[Any]
    rows: int
    labels: list[Any] | None

    @classmethod
    def of(cls, result: Any) -> Outcome:
        """Return the outcome of a run."""
        data = result.data.to_arrow() if isinstance(result.data, Table) else result.data
        return cls(
            columns_of(data),
            plain_types(data),
            rejected_rows(result.rejected),
            sorted(ledger_rows(result.ledger), key=lambda row: (row[0], row[1] or "")),
            result.pipeline.states_,
            len(data),
            data.index.tolist() if hasattr(data, "index") else None,
        )


_FAMILIES = {
    **dict.fromkeys(("category", "text", "identifier"), "words"),
    **dict.fromkeys(("date", "timestamp"), "time"),
}


def outcome_of(
    stage: Stage,
    table: Any,
    engine: str,
    partitions: int = 1,
    target: str | None = None,
    parts: str | None = None,
) -> Outcome:
    """Clean a table with a stage on an engine, and return what came of it."""
    with TemporaryDirectory() as folder:
        given = given_as(table, engine, partitions, Path(folder))
        return Outcome.of(cleaned_by(stage, given, table, target, parts))


def cleaned_by(
    stage: Stage, given: Any, table: Any, target: str | None = None, parts: str | None = None
) -> Any:
    """Clean with the stage alone, or behind a split by a column of parts.

    A file's columns are read as the kinds that the frames have.
    """
    target = target if target in table.column_names else None
    pipeline = pipeline_of(fresh_copy(stage), target, parts)
    if isinstance(given, list):
        options: dict[str, Any] = {"header": True, "delimiter": ",", "kinds": kinds_in(table)}
        return clean(given, pipeline=pipeline, **options)
    return clean(given, pipeline=pipeline)


def pipeline_of(stage: Stage, target: str | None, parts: str | None) -> Pipeline:
    """Return a pipeline of a stage, behind a split where a column of parts is named."""
    # The rows of a scarce class are all for training.
    split = [Split(column=parts, stratify=False)] if parts else []
    return Pipeline([*split, stage], target=target, image=IMAGE if stage.pictures else None)


def fresh_copy(stage: Stage) -> Stage:
    """Return a stage with the same parameters, not fitted."""
    return stage.__sklearn_clone__()


def kinds_in(table: Any) -> dict[str, Any]:
    """Return the kinds of a frame's columns."""
    return dict(open_frame(table).table.kinds)


def columns_of(frame: Any) -> dict[str, list[Any]]:
    """Return a frame's columns as Python values, None for what is missing."""
    import narwhals as nw

    opened = nw.from_native(frame, eager_only=True)
    return {name: [_value(v) for v in opened[name].to_list()] for name in opened.columns}


def _value(value: Any) -> Any:
    # NaN and NaT differ from themselves; pandas' NA will not even say whether it does.
    if value is None or type(value).__name__ == "NAType" or value != value:
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    # A date is a time at midnight in pandas, which has no type of its own for it.
    midnight = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return dt.datetime.combine(value, dt.time()) if midnight else value


def plain_types(frame: Any) -> dict[str, str]:
    """Return the types of a frame's columns, in words that all libraries share."""
    import narwhals as nw

    found = {}
    for name, dtype in nw.from_native(frame, eager_only=True).schema.items():
        kind = kind_of_dtype(dtype)
        found[name] = _FAMILIES.get(kind, kind)
    return found


def ledger_rows(frame: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a ledger."""
    columns = columns_of(frame)
    return list(zip(*columns.values(), strict=True))


def rejected_rows(frame: Any) -> list[tuple[int, str, str]]:
    """Return row, stage and reason of the rejected rows."""
    columns = columns_of(frame)
    names = ("_row", "_stage", "_reason")
    return [tuple(row) for row in zip(*(columns[name] for name in names), strict=True)]


def same(found: Any, expected: Any, what: str) -> None:
    """Raise with the first difference, not with two whole tables."""
    if found == expected:
        return
    raise AssertionError(f"{what}: {_difference(found, expected)}")


def _difference(found: Any, expected: Any) -> str:
    if isinstance(found, dict) and isinstance(expected, dict) and list(found) == list(expected):
        for key, value in expected.items():
            if found[key] != value:
                return f"[{key!r}] {_difference(found[key], value)}"
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        if len(found) != len(expected):
            extra = [item for item in found if item not in expected][:3]
            lacking = [item for item in expected if item not in found][:3]
            return f"{len(found)} and not {len(expected)}; only here {extra}, only there {lacking}"
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            if a != b:
                return f"[{i}] {_difference(a, b)}"
    return f"{found!r} and not {expected!r}"
