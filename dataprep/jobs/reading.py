"""How a file is to be read, and its columns as what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataprep.apply import apply
from dataprep.checking import validated
from dataprep.columns import known
from dataprep.engines.duckdb import DuckDB
from dataprep.errors import ConfigError, DataError
from dataprep.kinds import NUMERIC, PATTERNS, Kind
from dataprep.pipeline import Pipeline
from dataprep.provenance import with_added
from dataprep.readers.files import open_source
from dataprep.readers.inputs import Inputs, inputs_of
from dataprep.readers.source import Source
from dataprep.readers.wanted import Wanted, wanted_of
from dataprep.stages.types import READABLE, REFIT, Types, kinds_of_words, verify
from dataprep.styles import Style
from dataprep.table import Table


@dataclass
class Reading:
    """How a file is to be read, where that is not to be detected."""

    written: Wanted = field(default_factory=Wanted)
    kinds: Mapping[str, Any] | None = None
    missing: Sequence[str] = ()
    sentinels: Sequence[str] = ()
    sheet: str | int | None = None
    member: str | None = None
    table: str | None = None
    query: str | None = None
    decimal: Any = None
    thousands: str | None = None
    date_order: Any = None

    @property
    def signs(self) -> dict[str, Any]:
        """What is said of how values are written."""
        said = {
            "decimal": self.decimal,
            "thousands": self.thousands,
            "date_order": self.date_order,
        }
        return {name: sign for name, sign in said.items() if sign is not None}

    def inputs(self, given: Any) -> Inputs:
        """Find what is to be read; see `inputs_of`."""
        found = inputs_of(given, self.member, self.table, self.query)
        if any(part.rows for part in found.parts):
            self._refuse_layout()
        return found

    def _refuse_layout(self) -> None:
        """Raise for what is said of how a file is written, where a database is read."""
        said = [name for name in _WRITTEN if getattr(self.written, name) is not None]
        said += ["member"] if self.member is not None else []
        if said:
            raise ConfigError(
                "is of files, and rows of a database are read",
                place=said[0],
                remedy="Leave it out.",
            )

    def open(
        self, given: Any, engine: DuckDB, work: Path, roles: Mapping[str, Any] | None = None
    ) -> Source:
        """Read files into an engine as described; ``work`` takes intermediate files."""
        return open_source(
            self.inputs(given),
            engine,
            roles=roles,
            wanted=self.written,
            sheet=self.sheet,
            member=self.member,
            work=work,
        )


_WRITTEN = ("delimiter", "quote", "escape", "encoding", "comment", "header", "names", "skip_lines")


def reading_from(options: Mapping[str, Any]) -> Reading:
    """Return how a file is to be read, from options by name; those that are None say nothing."""
    given = {name: options[name] for name in _WRITTEN if options.get(name) is not None}
    return Reading(
        wanted_of(given),
        kinds=options.get("kinds"),
        missing=tuple(options.get("missing_values") or ()),
        sentinels=tuple(str(word) for word in options.get("sentinels") or ()),
        sheet=options.get("sheet"),
        member=options.get("member"),
        table=options.get("table"),
        query=options.get("query"),
        decimal=options.get("decimal"),
        thousands=options.get("thousands"),
        date_order=options.get("date_order"),
    )


def opened_for(
    pipeline: Pipeline, inputs: Inputs, reading: Reading, engine: DuckDB, work: Path
) -> Source:
    """Open files that a fitted pipeline is to be applied to."""
    known = replace(reading.written, expected=tuple(pipeline.kinds_))
    source = replace(reading, written=known).open(inputs, engine, work)
    roles = {n: r for n, r in pipeline.roles_.items() if n in source.table.kinds}
    source.find_pictures(roles)
    source.table = Table(
        source.table.frame, source.table.kinds, engine, roles, report=source.report()
    )
    return source


def typed(source: Source, pipeline: Pipeline, reading: Reading, *, fitted: bool) -> Table:
    """Return the source's table with its columns read as what they are."""
    table = source.table
    learned = any(isinstance(stage, Types) for stage in pipeline.stages)
    if fitted and (learned or pipeline.types_):
        _refuse(reading.signs)
    if learned:
        return table
    if fitted:
        state = _state_of(pipeline, table, reading)
        stage = Types()
        verify(table, state, REFIT if pipeline.types_ else _SAY)
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
            **reading.signs,
        )
        validated(stage)
        state = stage.learn(table)
        pipeline.read_as({"parameters": stage.parameters(), "state": state}, None)
    after, _ = apply(table, "types", stage, stage.reading(table, state))
    notes = [*table.report.get("notes", ()), *([] if fitted else state["notes"])]
    # Where an earlier run was sure of labels, is known by the kinds.
    roles = with_added(table.roles, after.kinds)
    return replace(after, roles=roles, report={**table.report, "notes": notes})


_SAY = (
    "The pipeline was fitted on values: say how the file writes them with --decimal, --thousands "
    "or --date-order, or mend the cell."
)


def _refuse(signs: Mapping[str, Any]) -> None:
    """Raise where something is said of values that a pipeline has learned to read already."""
    for name, sign in signs.items():
        raise ConfigError(
            f"is {sign!r}, but the pipeline has learned how columns are written",
            place=f"--{name.replace('_', '-')}",
            remedy="Leave it out, or fit again on such a file.",
        )


def _state_of(pipeline: Pipeline, table: Table, reading: Reading) -> dict[str, Any]:
    """Return how columns were read when a pipeline was fitted, of those to be read now."""
    state: dict[str, Any] = {"kinds": {}, "missing": {}, "styles": {}}
    if pipeline.types_:
        state = pipeline.types_["state"]
    # What was fitted as values, a frame's or a columnar file's, is for this file to say.
    kinds = {
        n: k for n, k in pipeline.kinds_.items() if n in table.kinds and n not in state["kinds"]
    }
    if kinds:
        styles = _said(kinds, table, reading)
        of_values: dict[str, dict[str, Any]] = {
            "kinds": kinds,
            "missing": {**Types().missing_for(kinds)},
            "styles": styles,
        }
        state = {key: {**of_values[key], **state.get(key, {})} for key in of_values}
    read = {n: k for n, k in state["kinds"].items() if n in table.kinds}
    if not table.has_text:
        # The file has types of its own; what it holds as text may have been read as another.
        texts = {n for n in read if table.kinds[n] in READABLE}
        read = {n: k for n, k in read.items() if n in texts and k in PATTERNS}
    return {**state, "kinds": read}


def _said(kinds: Mapping[str, Kind], table: Table, reading: Reading) -> dict[str, Any]:
    """Return how columns are written, as far as it is plain or a person says so.

    The rows that are served do not decide it: among others, the same cell would mean another value.
    """
    readable = [n for n, k in kinds.items() if table.kinds[n] in READABLE and k in PATTERNS]
    stage = Types(columns=readable, **reading.signs)
    validated(stage)
    found = stage.learn(table)
    numbers_said = bool({"decimal", "thousands"} & set(reading.signs))
    said = {"integer": numbers_said, "float": numbers_said}
    said |= dict.fromkeys(("date", "timestamp"), "date_order" in reading.signs)
    return {
        name: style
        for name, style in found["styles"].items()
        if (found["kinds"][name] == kinds[name] or {found["kinds"][name], kinds[name]} <= NUMERIC)
        and (said.get(kinds[name]) or Style(**style).reading is None)
    }


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
