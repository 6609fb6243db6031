"""Incremental jobs: a part of the output for each input file, made anew only when the file is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.errors import DataprepError, NoRowsError, SchemaError
from dataprep.jobs.batch.freezing import FITTED, Frozen, finish, finished
from dataprep.jobs.batch.inputs import Input, together
from dataprep.jobs.batch.key import configuration_of, digest, versions
from dataprep.jobs.batch.making import Maker
from dataprep.jobs.batch.publishing import Version, link_file
from dataprep.pipeline import Pipeline


@dataclass
class Parts:
    """The parts of a version: those that were made, and those that stayed as they were."""

    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    """Those that a run which did not end well had finished already."""
    gone: list[str] = field(default_factory=list)
    """Those that left with their inputs."""
    empty: list[str] = field(default_factory=list)
    """Those whose inputs hold no rows."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of them."""
    manifest: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    """What manifests say of the files already."""


def make_parts(
    maker: Maker,
    inputs: list[Input],
    frozen: Frozen,
    before: Version | None,
    whole: set[str],
    staged: Path,
    progress: Callable[[str], None],
) -> Parts:
    """Fill the folder of a new version: parts that are as before are linked, the others made.

    A part that is finished is kept beside the output until a version is published, so that a run
    that was killed does not make it again.

    Parameters
    ----------
    maker : Maker
    inputs : list of Input
    frozen : Frozen
    before : Version, optional
        The version that readers see.
    whole : set of str
        Its files that may be handed on.
    staged : Path
    progress : callable
    """
    job, parts = maker.job, Parts()
    pipeline = Pipeline.load(frozen.path)
    pipeline.extra = job.new_pipeline().extra
    shared = (configuration_of(job, job.new_pipeline()), versions(), frozen.sha256)
    known = before.manifest.get("parts", {}) if before else {}
    told: dict[str, Any] = {}
    for one in inputs:
        key = digest([*shared, one.label, one.content])
        last = known.get(one.name)
        if before and last and last["key"] == key and whole.issuperset(last["files"]):
            told[one.name] = last
            parts.known |= _link(before, last["files"], staged)
            parts.kept.append(one.name)
            continue
        done = finished(maker, key)
        if done is None:
            progress(f"part {one.name}")
            try:
                done = _made(maker, one, pipeline, key)
            except NoRowsError:
                # A delivery without rows is ordinary, and keeps back none of the others.
                parts.empty.append(one.name)
                continue
            except DataprepError as error:
                _name_input(error, one)
                raise
        else:
            parts.resumed.append(one.name)
            maker.expecting.results.extend(_summary(done.path, one.name)["expectations"])
        files = list(done.manifest["files"])
        parts.known |= _link(done, files, staged)
        summary = parts.summaries[one.name] = _summary(done.path, one.name)
        lost = [f"{n} ({r})" for n, r in pipeline.roles_.items() if n not in summary["columns"]]
        if lost:
            parts.notes.append(f"{one.name} lacks columns: {', '.join(lost)}")
        told[one.name] = {"key": key, "input": one.label, "files": files}
    parts.gone = sorted(set(known) - set(told) - set(parts.empty))
    if parts.empty:
        parts.notes.append(f"no rows, and no part: {', '.join(parts.empty)}")
    if parts.gone:
        parts.notes.append(f"left with their inputs: {', '.join(parts.gone)}")
    if job.keys.pipeline is None:
        shutil.copy2(frozen.path, staged / FITTED)
        parts.manifest["fitted"] = frozen.told()
    parts.manifest["parts"] = told
    return parts


def _made(maker: Maker, one: Input, pipeline: Pipeline, key: str) -> Version:
    """Make a part aside, and give it its name when it is whole."""
    draft = maker.work / key
    draft.mkdir()
    maker.make(
        together([one]),
        one.label,
        pipeline,
        draft,
        one.name,
        fitted=True,
        sha256=one.scanned,
    )
    return finish(draft, maker)


def _name_input(error: DataprepError, one: Input) -> None:
    """Let an error name the file of the part, where it does not yet."""
    if one.label not in str(error):
        error.place = f"{one.label}: {error.place}" if error.place else one.label
    if isinstance(error, SchemaError):
        error.remedy = f"{error.remedy} The parts of a job share its columns.".strip()


def _link(version: Version, names: list[str], staged: Path) -> dict[str, Any]:
    """Make files of a version appear in another, and return what its manifest says of them."""
    for name in names:
        path = staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        link_file(version.path / name, path)
    return {name: version.manifest["files"][name] for name in names}


def _summary(folder: Path, name: str) -> dict[str, Any]:
    text = (folder / f"{name}.dataprep" / "summary.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
