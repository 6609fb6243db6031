"""How a file is to be read, and its columns as what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataprep.apply import apply
from dataprep.columns import known
from dataprep.engines.duckdb import DuckDB
from dataprep.errors import DataError
from dataprep.kinds import NUMERIC, PATTERNS, Kind
from dataprep.pipeline import Pipeline
from dataprep.readers.dialect import Wanted
from dataprep.readers.files import open_source
from dataprep.readers.source import Source
from dataprep.stages.types import READABLE, Types, kinds_of_words, verify
from dataprep.table import Table
from dataprep.validate import validated


@dataclass
class Reading:
    """How a file is to be read, where that is not to be detected."""

    written: Wanted = field(default_factory=Wanted)
    kinds: Mapping[str, Any] | None = None
    missing: Sequence[str] = ()
    sentinels: Sequence[str] = ()
    sheet: str | int | None = None
    member: str | None = None
    decimal: Any = None
    thousands: str | None = None
    date_order: Any = None

    def open(
        self, given: Any, engine: DuckDB, work: Path, roles: Mapping[str, Any] | None = None
    ) -> Source:
        """Read files into an engine as described; ``work`` takes intermediate files."""
        return open_source(
            given,
            engine,
            roles=roles,
            wanted=self.written,
            sheet=self.sheet,
            member=self.member,
            work=work,
        )


def typed(source: Source, pipeline: Pipeline, reading: Reading, *, fitted: bool) -> Table:
    """Return the source's table with its columns read as what they are."""
    table = source.table
    if any(isinstance(stage, Types) for stage in pipeline.stages):
        return table
    if fitted:
        state = _state_of(pipeline, table)
        stage = Types()
        verify(table, state)
    else:
        given = reading.kinds or {}
        if not table.has_text:
            table = _labelled(table, given)
            given = {name: kind for name, kind in given.items() if table.kinds[name] != kind}
        stage = Types(
            columns="all" if table.has_text else list(given),
            kinds=given or None,
            missing=(*Types().missing, *reading.missing),
            sentinels=tuple(reading.sentinels),
            decimal=reading.decimal,
            thousands=reading.thousands,
            date_order=reading.date_order,
        )
        validated(stage)
        state = stage.learn(table)
        pipeline.read_as({"parameters": stage.parameters(), "state": state}, None)
    after, _ = apply(table, "types", stage, stage.reading(table, state))
    notes = [*table.report.get("notes", ()), *([] if fitted else state["notes"])]
    return replace(after, roles={**table.roles}, report={**table.report, "notes": notes})


def _state_of(pipeline: Pipeline, table: Table) -> dict[str, Any]:
    """Return how columns were read when a pipeline was fitted, of those to be read now."""
    state: dict[str, Any] = {"kinds": {}, "missing": {}, "styles": {}}
    if pipeline.types_:
        state = pipeline.types_["state"]
    # What was fitted as values, a frame's or a columnar file's, is for this file to say.
    kinds = {
        n: k for n, k in pipeline.kinds_.items() if n in table.kinds and n not in state["kinds"]
    }
    of_values = _state_of_values(kinds, table)
    state = {key: {**of_values[key], **state[key]} for key in of_values}
    read = {n: k for n, k in state["kinds"].items() if n in table.kinds}
    if not table.has_text:
        # The file has types of its own; what it holds as text may have been read as another.
        texts = {n for n in read if table.kinds[n] in READABLE}
        read = {n: k for n, k in read.items() if n in texts and k in PATTERNS}
    return {**state, "kinds": read}


def _state_of_values(kinds: Mapping[str, Kind], table: Table) -> dict[str, Any]:
    """Return how a file writes columns whose kinds alone are known."""
    readable = [n for n, k in kinds.items() if table.kinds[n] in READABLE and k in PATTERNS]
    found = Types(columns=readable).learn(table)
    fitting = {
        name: style
        for name, style in found["styles"].items()
        if found["kinds"][name] == kinds[name] or {found["kinds"][name], kinds[name]} <= NUMERIC
    }
    return {"kinds": kinds, "missing": Types().missing_for(kinds), "styles": fitting}


def _labelled(table: Table, given: Mapping[str, Kind]) -> Table:
    """Return a table of a file that has types of its own, its texts told apart by their levels.

    Parameters
    ----------
    table : Table
    given : mapping of str to Kind
        Kinds that are known. Text can be read as any kind, later; other columns can be named
        identifiers or categories.
    """
    kinds = dict(table.kinds)
    texts = [name for name, kind in kinds.items() if kind == "text" and name not in given]
    kinds.update(kinds_of_words(table, texts))
    for name, kind in given.items():
        now = kinds[known(name, table, "kinds")]
        if kind in ("identifier", "category"):
            kinds[name] = kind
        elif kind != now and now not in READABLE:
            raise DataError(
                f"holds values of kind {now!r} in the file, not {kind!r}",
                place=name,
                remedy="Give identifier or category, or leave it out of the kinds.",
            )
    return replace(table, kinds=kinds)
