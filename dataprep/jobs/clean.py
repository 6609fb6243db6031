"""Clean a file, or apply a fitted pipeline to one: read, learn, change, ledger, write."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from dataprep._version import __version__
from dataprep.apply import apply_steps
from dataprep.errors import DataError
from dataprep.files import sync, working_folder
from dataprep.fingerprint import Overlap, overlap
from dataprep.jobs import places, records, tables
from dataprep.jobs.reading import Reading, opened_for, typed
from dataprep.jobs.running import Running, opened_engine
from dataprep.ledger import StageRecord, counted, losses, note_nothing_left
from dataprep.parts import PARTS, part_of, split_column
from dataprep.pipeline import Pipeline
from dataprep.provenance import shown
from dataprep.readers.paths import sha256_of
from dataprep.readers.source import Source
from dataprep.table import Table

log = logging.getLogger("dataprep")


@dataclass
class FileRun:
    """A run over a file, done but perhaps not written."""

    source: Source
    pipeline: Pipeline
    after: Table
    records: list[StageRecord]
    started: float
    action: str = "clean"
    overlap: Overlap | None = None
    """Of a pipeline that was fitted elsewhere: how many of these rows it knows."""
    summary: dict[str, Any] = field(default_factory=dict)


Looking = Callable[[Table], tuple[Table, list[StageRecord]]]
"""Looks at a table, and returns it without the rows that it rejects, and a record of these."""


def learn_file(
    source: Source,
    pipeline: Pipeline,
    reading: Reading,
    running: Running,
    look: Looking | None = None,
) -> FileRun:
    """Fit a pipeline on a file, whose rows ``look`` sees first; nothing is written yet."""
    started = perf_counter()
    running.progress("finding types")
    table = typed(source, pipeline, reading, fitted=False)
    table, looked = look(table) if look else (table, [])
    running.progress("learning")
    after, done = pipeline.fit_table(table)
    check_target(after, done, pipeline)
    return FileRun(source, pipeline, after, [*looked, *done], started)


def apply_file(
    source: Source,
    pipeline: Pipeline,
    reading: Reading,
    running: Running,
    look: Looking | None = None,
) -> FileRun:
    """Apply the repair phase of a fitted pipeline to a file, whose rows ``look`` sees first."""
    started = perf_counter()
    running.progress("finding types")
    table = typed(source, pipeline, reading, fitted=True)
    table, looked = look(table) if look else (table, [])
    table = as_fitted(pipeline, table)
    running.progress("applying")
    found = overlap(pipeline.fingerprint_, table)
    after, done = apply_steps(pipeline.steps_of(), pipeline.states_, table, training=False)
    records = [*looked, *done]
    return FileRun(source, pipeline, after, records, started, action="apply", overlap=found)


def as_fitted(pipeline: Pipeline, table: Table) -> Table:
    """Return a file's table as the pipeline knows it, or raise for other columns than its own."""
    # A file's columns go by their names, wherever they stand.
    known = [name for name in pipeline.kinds_ if name in table.kinds]
    order = [*known, *(name for name in table.kinds if name not in pipeline.kinds_)]
    return pipeline.table_for(replace(table, kinds={name: table.kinds[name] for name in order}))


def check_target(table: Table, done: Sequence[StageRecord], pipeline: Pipeline) -> None:
    """Raise when a target is missing in some rows, or is the same in all of them.

    Behind a stage that supplies missing targets, those that it left are told by a note.
    """
    labelling = [i for i, (_, stage) in enumerate(pipeline.steps_of()) if stage.labels]
    for name in (name for name, role in table.roles.items() if role == "target"):
        rows, present = table.height(), table.counts([name])[name]
        if present < rows and labelling:
            left = f"the target is still missing in {rows - present:,} of {rows:,} rows"
            done[labelling[-1] - len(pipeline.stages)].notes.append(left)
        elif present < rows:
            raise DataError(
                f"the target is missing in {rows - present} of {rows} rows",
                place=name,
                remedy="Drop those rows with a stage drop_missing: {columns: "
                + f"[{name}]"
                + "}, or fill them.",
            )
        if present and name not in table.many_levels([name], 1):
            value = next(iter(table.most_frequent([name]).values()))[name]
            told = losses(table, done)
            look = (
                f"rows were dropped by {told}: check what they took"
                if told
                else "check the column and the rows that were read"
            )
            raise DataError(
                f"the target is {value!r} in every row",
                place=name,
                remedy=f"A model needs two classes: {look}.",
            )


def write(run: FileRun, place: places.Place, running: Running) -> dict[str, Any]:
    """Write everything beside its place, check the row equations, and publish in two renames."""
    engine = run.source.engine
    with working_folder(place.output.parent, place.output) as work:
        folder = work / "run"
        folder.mkdir()
        running.progress("writing the ledger")
        records.write_ledger(engine, run.records, folder / "ledger.parquet")
        records.write_rejected(engine, run.source, run.records, folder / "rejected.csv")
        records.write_told(run.source, folder)
        records.write_provenance(run.records, folder / "provenance.parquet")
        records.write_aside(run.source, run.after, run.records, place.format, folder)
        running.progress("writing the data")
        outputs = _write_data(run, place, work, folder)
        run.pipeline.read_as(run.pipeline.types_, {"sha256": run.source.sha256()})
        summary = summarised(run, sum(rows for _, _, rows in outputs.values()), place, outputs)
        summary["undo"]["files"] = {
            path.name: sha256_of([path])
            for path in sorted(folder.iterdir())
            if path.name in records.FOR_UNDO
        }
        run.pipeline.save(folder / "pipeline.json")
        text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
        (folder / "summary.json").write_text(text, encoding="utf-8")
        for path in folder.iterdir():
            sync(path)
        places.publish({path: draft for path, draft, _ in outputs.values()}, folder, place)
    run.summary = summary
    return summary


Outputs = dict[str, tuple[Path, Path, int]]
"""By part (empty where nothing was split): where it belongs, where it is, and its rows."""


def _write_data(run: FileRun, place: places.Place, work: Path, folder: Path) -> Outputs:
    """Write the table, or each part of it that has rows, beside its place."""
    table = shown(run.after)
    column = split_column(table)
    if column is None or run.action == "apply":
        draft = work / place.output.name
        return {"": (place.output, draft, _written(run, table, draft, place))}
    records.write_parts(table, column, folder / "parts.parquet")
    outputs: Outputs = {}
    for part in PARTS:
        rows = part_of(table, part)
        names = {name: kind for name, kind in table.kinds.items() if name != column}
        path = place.of_part(part)
        draft = work / path.name
        height = _written(run, replace(rows, kinds=names), draft, place)
        if height:
            outputs[part] = (path, draft, height)
    return outputs


def _written(run: FileRun, table: Table, draft: Path, place: places.Place) -> int:
    return tables.write_table(run.source, table, draft, place.format)


def count_only(run: FileRun, running: Running) -> dict[str, Any]:
    """Count what a run would do; nothing stays."""
    with TemporaryDirectory(prefix="dataprep-") as folder:
        running.progress("counting")
        records.write_ledger(run.source.engine, run.records, Path(folder) / "ledger.parquet")
        run.summary = summarised(run, run.after.height(), None, None)
    return run.summary


def summarised(
    run: FileRun, rows_out: int, place: places.Place | None, outputs: Outputs | None
) -> dict[str, Any]:
    """Return ``summary.json``: the counts of the run, whose equations hold."""
    source = run.source
    note_nothing_left(source.rows, rows_out, run.records)
    counts = counted(source.rows, rows_out, run.records)
    after = shown(run.after)
    return {
        "dataprep": __version__,
        "action": run.action,
        "input": {
            **source.report(),
            "notes": [*run.after.report.get("notes", ()), *_known(run.overlap), *_unseen(run)],
            "sha256": source.sha256(),
        },
        "output": place and outputs and _told(place, outputs),
        "folder": place and str(place.folder),
        "rows_malformed": len(source.malformed),
        **({"rows_overlapping": run.overlap.rows} if run.overlap else {}),
        **counts,
        "cells_changed": sum(record.cells_changed for record in run.records),
        "columns": dict(after.kinds),
        "roles": dict(after.roles),
        "stages": [record.summary() for record in run.records],
        "undo": records.undo_notes(
            source, after, in_parts=outputs is not None and "" not in outputs
        ),
        "seconds": round(perf_counter() - run.started, 3),
    }


def _known(found: Overlap | None) -> list[str]:
    """Return a word on rows that the pipeline was fitted on, where there are any."""
    return [str(found)] if found and (found.rows or found.problem) else []


def _unseen(run: FileRun) -> list[str]:
    """Return a word on pictures that no stage has looked at, where there are any."""
    looking = any(stage.pictures for _, stage in run.pipeline.steps_of())
    if looking or "image" not in run.after.roles.values():
        return []
    return [
        "no stage looks at the pictures: see image_stats, drop_corrupt_images, image_duplicates"
    ]


def _told(place: places.Place, outputs: Outputs) -> dict[str, Any]:
    """Return what ``summary.json`` says of the output, or of its parts."""
    files = {
        part: {
            "path": str(path),
            "bytes": draft.stat().st_size,
            "sha256": sha256_of([draft]),
            "rows": rows,
        }
        for part, (path, draft, rows) in outputs.items()
    }
    if "" in files:
        return {"format": place.format, **files[""]}
    return {"format": place.format, "path": str(place.output), "parts": files}


def clean_path(
    given: Any,
    output: str | Path | None,
    make_pipeline: Callable[[Table], Pipeline],
    roles: Mapping[str, Any],
    reading: Reading,
    running: Running,
    *,
    force: bool = False,
    dry_run: bool = False,
    protected: Sequence[Path] = (),
) -> dict[str, Any]:
    """Clean a file from end to end and return its summary; write over nothing ``protected``."""
    started = perf_counter()
    inputs = reading.inputs(given)
    sources = [*inputs.paths, *protected]
    place = None if dry_run else places.place_for(inputs.named, sources, output, force=force)
    with (
        _spill(None if place is None else place.output) as spill,
        opened_engine(running, spill) as engine,
    ):
        running.progress("reading")
        source = reading.open(inputs, engine, spill, roles)
        pipeline = make_pipeline(source.table)
        if place and any(stage.divides for _, stage in pipeline.steps_of()):
            place.check_parts(sources, force=force)
        run = learn_file(source, pipeline, reading, running)
        run.started = started
        return count_only(run, running) if place is None else write(run, place, running)


def apply_path(
    pipeline: Pipeline,
    given: Any,
    output: str | Path | None,
    reading: Reading,
    running: Running,
    *,
    force: bool = False,
    protected: Sequence[Path] = (),
) -> dict[str, Any]:
    """Apply a fitted pipeline to a file; write over nothing ``protected``; return the summary."""
    started = perf_counter()
    inputs = reading.inputs(given)
    sources = [*inputs.paths, *protected]
    place = places.place_for(inputs.named, sources, output, force=force)
    with _spill(place.output) as spill, opened_engine(running, spill) as engine:
        running.progress("reading")
        source = opened_for(pipeline, inputs, reading, engine, spill)
        run = apply_file(source, pipeline, reading, running)
        run.started = started
        return write(run, place, running)


@contextmanager
def _spill(output: Path | None) -> Iterator[Path]:
    """Give a folder for intermediate files, beside the output where there is one."""
    if output is None:
        with TemporaryDirectory(prefix="dataprep-") as folder:
            yield Path(folder)
    else:
        with working_folder(output.parent, output) as folder:
            yield folder
