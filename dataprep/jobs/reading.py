"""How a file is to be read, and its columns as what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataprep.apply import apply
from dataprep.columns import known
from dataprep.engines.duckdb import DuckDB
from dataprep.errors import DataError
from dataprep.kinds import Kind
from dataprep.pipeline import Pipeline
from dataprep.readers.source import Source, open_source
from dataprep.stages.types import READABLE, Types, kinds_of_words, verify
from dataprep.table import Table


@dataclass
class Reading:
    """How a file is to be read, where that is not to be detected."""

    delimiter: str | None = None
    header: bool | None = None
    names: Sequence[str] | None = None
    kinds: Mapping[str, Any] | None = None
    missing: Sequence[str] = ()
    sentinels: Sequence[str] = ()

    def open(
        self, given: Any, engine: DuckDB, work: Path, roles: Mapping[str, Any] | None = None
    ) -> Source:
        """Read files into an engine as described; ``work`` takes intermediate files."""
        return open_source(
            given,
            engine,
            roles=roles,
            delimiter=self.delimiter,
            header=self.header,
            names=self.names,
            work=work,
        )


def typed(source: Source, pipeline: Pipeline, reading: Reading, *, fitted: bool) -> Table:
    """Return the source's table with its columns read as what they are."""
    table = source.table
    explicit = any(isinstance(stage, Types) for stage in pipeline.stages)
    if explicit:
        return table
    if not table.has_text:
        return table if fitted else _typed_by_file(table, reading.kinds or {})
    if fitted:
        saved = pipeline.types_
        kinds = {n: k for n, k in pipeline.kinds_.items() if n in table.kinds}
        stage = Types(kinds=kinds)
        state: dict[str, Any] = {"kinds": kinds, "missing": stage.missing_for(kinds)}
        state = saved["state"] if saved else state
        state = {**state, "kinds": {n: k for n, k in state["kinds"].items() if n in table.kinds}}
        verify(table, state)
    else:
        stage = Types(
            kinds=reading.kinds or None,
            missing=(*Types().missing, *reading.missing),
            sentinels=tuple(reading.sentinels),
        )
        state = stage.learn(table)
        pipeline.read_as({"parameters": stage.parameters(), "state": state}, None)
    after, _ = apply(table, "types", stage, stage.reading(table, state))
    roles = {**table.roles}
    return Table(after.frame, after.kinds, after.engine, roles, report=table.report)


def _typed_by_file(table: Table, given: Mapping[str, Kind]) -> Table:
    """Return a table of a file that has types of its own, its texts told apart by their levels.

    Parameters
    ----------
    table : Table
    given : mapping of str to Kind
        Kinds that are known. Text can be read as any kind; other columns can be named identifiers
        or categories.
    """
    kinds = dict(table.kinds)
    texts = [name for name, kind in kinds.items() if kind == "text" and name not in given]
    kinds.update(kinds_of_words(table, texts))
    read = {}
    for name, kind in given.items():
        now = kinds[known(name, table, "kinds")]
        if kind == now or kind in ("identifier", "category"):
            kinds[name] = kind
        elif now in READABLE:
            read[name] = kind
        else:
            raise DataError(
                f"holds values of kind {now!r} in the file, not {kind!r}",
                place=name,
                remedy="Give identifier or category, or leave it out of the kinds.",
            )
    table = replace(table, kinds=kinds)
    if not read:
        return table
    stage = Types(columns=list(read), kinds=read)
    return apply(table, "types", stage, stage.reading(table, stage.learn(table)))[0]
