"""Incremental jobs: a part of the output for each input file, made anew only when the file is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from dataprep.jobs.batch.inputs import Input, together
from dataprep.jobs.batch.key import configuration_of, digest, versions
from dataprep.jobs.batch.making import Maker
from dataprep.jobs.batch.publishing import FINISHED, Version, link_file, link_tree, sync_all
from dataprep.pipeline import Pipeline
from dataprep.readers.paths import sha256_of

FITTED = "pipeline.json"


@dataclass
class Frozen:
    """The fitted pipeline that all parts of a version are made by.

    Parameters
    ----------
    path : Path
    sha256 : str
    refit : str
        How often it is fitted.
    period : str
        The day, week or month in which it was.
    """

    path: Path
    sha256: str
    refit: str
    period: str

    def told(self) -> dict[str, str]:
        """Return what the manifest holds of it."""
        return {"sha256": self.sha256, "refit": self.refit, "period": self.period}


@dataclass
class Parts:
    """The parts of a version: those that were made, and those that stayed as they were."""

    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    """Those that a run which did not end well had finished already."""
    gone: list[str] = field(default_factory=list)
    """Those that left with their inputs."""
    manifest: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    """What the manifest before says of the files that stayed."""


def frozen_for(maker: Maker, inputs: list[Input], before: Version | None, *, force: bool) -> Frozen:
    """Return the pipeline whose statistics are applied: the one named, the last, or a new one."""
    job, refit = maker.job, maker.job.keys.refit
    if job.keys.pipeline is not None:
        path = Path(job.keys.pipeline)
        return Frozen(path, sha256_of([path]), refit, "")
    period = period_of(job.day, refit)
    last = before.manifest.get("fitted") if before else None
    same = before is not None and before.manifest.get("configuration") == configuration_of(
        job, job.new_pipeline()
    )
    if before and last and same and not force and not _due(last, refit, period):
        return Frozen(before.path / FITTED, last["sha256"], last["refit"], last["period"])
    learned_from = [(one.label, one.sha256) for one in inputs]
    key = digest([configuration_of(job, job.new_pipeline()), versions(), learned_from])
    path = finished(job.folder) / f"{key}.json"
    if not path.exists():
        maker.fit(together(inputs), path)
    return Frozen(path, sha256_of([path]), refit, period)


def finished(folder: Path) -> Path:
    """Return the folder with what runs have finished and not yet published."""
    path = folder / FINISHED
    path.mkdir(exist_ok=True)
    return path


def period_of(day: date, refit: str) -> str:
    """Return the period of a day after which statistics are learned anew.

    Examples
    --------
    >>> period_of(date(2026, 1, 1), "weekly"), period_of(date(2026, 1, 1), "never")
    ('2026-W01', '')
    """
    if refit == "weekly":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return {"daily": f"{day}", "monthly": f"{day:%Y-%m}"}.get(refit, "")


def _due(last: dict[str, str], refit: str, period: str) -> bool:
    """Tell whether statistics are too old; a clock that was set back makes none so."""
    if refit == "never":
        return False
    return last["refit"] != refit or period > last["period"]


def make_parts(
    maker: Maker,
    inputs: list[Input],
    frozen: Frozen,
    before: Version | None,
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
        The version that readers see, where its files are as they were written.
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
        key = digest([*shared, one.label, one.sha256])
        done = finished(job.folder) / key
        if before and known.get(one.name, {}).get("key") == key:
            told[one.name] = known[one.name]
            _link(before, known[one.name]["files"], staged)
            parts.kept.append(one.name)
            continue
        if done.is_dir():
            parts.resumed.append(one.name)
        else:
            progress(f"part {one.name}")
            _make(maker, one, pipeline, done)
        link_tree(done, staged)
        parts.summaries[one.name] = _summary(done, one.name)
        told[one.name] = {"key": key, "input": one.label, "files": _files(done)}
    parts.gone = sorted(set(known) - set(told))
    if job.keys.pipeline is None:
        shutil.copy2(frozen.path, staged / FITTED)
        parts.manifest["fitted"] = frozen.told()
    parts.manifest["configuration"] = shared[0]
    parts.known = {
        name: before.manifest["files"][name]
        for part in parts.kept
        if before
        for name in told[part]["files"]
    }
    parts.manifest["parts"] = told
    return parts


def _make(maker: Maker, one: Input, pipeline: Pipeline, done: Path) -> None:
    """Make a part aside, and give it its name when it is whole."""
    draft = maker.work / done.name
    draft.mkdir()
    maker.make(
        together([one]),
        one.label,
        pipeline,
        draft,
        one.name,
        fitted=True,
        sha256=one.sha256,
    )
    sync_all(draft)
    draft.rename(done)


def _link(before: Version, names: list[str], staged: Path) -> None:
    for name in names:
        path = staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        link_file(before.path / name, path)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _summary(folder: Path, name: str) -> dict[str, Any]:
    text = (folder / f"{name}.dataprep" / "summary.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
