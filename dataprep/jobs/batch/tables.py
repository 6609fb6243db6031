"""What a run makes: one table of all inputs or one of each, unless the output is up to date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataprep.jobs.batch.freezing import frozen_for
from dataprep.jobs.batch.heard import heard
from dataprep.jobs.batch.incremental import Parts, make_parts
from dataprep.jobs.batch.inputs import Input, named, together
from dataprep.jobs.batch.key import key_of, rows_key_of
from dataprep.jobs.batch.loading import is_written
from dataprep.jobs.batch.making import Maker
from dataprep.jobs.batch.publishing import Version
from dataprep.jobs.batch.recording import Record
from dataprep.jobs.batch.totals import totals
from dataprep.readers.paths import sha256_of


def make_one(
    record: Record,
    maker: Maker,
    inputs: list[Input],
    before: Version | None,
    staged: Path,
    *,
    force: bool,
) -> Parts | None:
    """Make one table of all inputs; None where the output is up to date.

    Parameters
    ----------
    record : Record
    maker : Maker
    inputs : list of Input
    before : Version, optional
        The output that is there.
    staged : Path
        The folder of what is made.
    force : bool
        Make it though the output is up to date.
    """
    job, pipeline, summary = record.job, record.job.new_pipeline(), record.summary
    frozen = job.keys.pipeline and sha256_of([Path(job.keys.pipeline)])
    summary["key"] = key_of(job, pipeline, inputs, frozen)
    if job.target is not None:
        rows_key = rows_key_of(job, pipeline, inputs, frozen)
        summary["output"]["database"] = {**job.target.told(), "key": rows_key}
    is_same = _has_key(before, summary["key"])
    if not force and is_same and not _damaged(record, before) and is_written(record):
        return None
    found = maker.make(
        together(inputs),
        named(inputs),
        pipeline,
        staged,
        job.folder.name,
        fitted=frozen is not None,
        sha256=inputs[0].scanned if len(inputs) == 1 else None,
    )
    summary.update(totals({"": found}), columns=found["columns"])
    _tell(record, {"": found})
    return Parts()


def make_each(
    record: Record,
    maker: Maker,
    inputs: list[Input],
    before: Version | None,
    staged: Path,
    *,
    force: bool,
) -> Parts | None:
    """Make a part of each new or changed input; None where the output is up to date.

    The parameters are those of `make_one`.
    """
    job, summary, damaged = record.job, record.summary, _damaged(record, before)
    # What is not as it was written is not handed on.
    whole = set(before.manifest.get("files", ())) - set(damaged) if before else set()
    frozen = frozen_for(maker, inputs, before, whole, force=force)
    if frozen.note:
        record.note(frozen.note)
    told = json.dumps(frozen.told(), sort_keys=True)
    summary["key"] = key_of(job, job.new_pipeline(), inputs, told)
    if not force and _has_key(before, summary["key"]) and not damaged:
        return None
    if force:
        whole = set()
    parts = make_parts(maker, inputs, frozen, before, whole, staged, record.teller.progress)
    summary["parts"] = {
        "made": list(parts.summaries), "kept": parts.kept, "resumed": parts.resumed,
        "gone": parts.gone, "empty": parts.empty,
    }  # fmt: skip
    for note in parts.notes:
        record.note(note)
    steps = job.new_pipeline().steps_of()
    if idle := [label for label, stage in steps if stage.phase == "training"]:
        record.note(f"work in training only, and did nothing here: {', '.join(idle)}")
    summary.update(totals(parts.summaries))
    if parts.summaries:
        summary["columns"] = next(iter(parts.summaries.values()))["columns"]
    _tell(record, parts.summaries)
    return parts


def _tell(record: Record, summaries: Mapping[str, Mapping[str, Any]]) -> None:
    """Note what is to be said of what was read, and of the stages."""
    for note in heard(summaries, learned_from_them=record.job.keys.pipeline is None):
        record.note(note)


def _has_key(before: Version | None, key: str) -> bool:
    return before is not None and before.manifest.get("key") == key


def _damaged(record: Record, before: Version | None) -> dict[str, str]:
    """Return the files of a version that are not as they were written, and say so."""
    damaged = before.damaged() if before else {}
    if before and damaged:
        wrongs = [f"{name} {wrong}" for name, wrong in damaged.items()]
        told = ", ".join(wrongs[:3]) + (", ..." if len(wrongs) > 3 else "")
        record.note(f"{before.path.name} is not whole ({told}): made anew")
    return damaged
