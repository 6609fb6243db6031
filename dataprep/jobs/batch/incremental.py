"""Incremental jobs: a part of the output for each input file, made anew only when the file is."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from dataprep.jobs.batch.inputs import Input, check_unchanged, together
from dataprep.jobs.batch.key import configuration_of, versions
from dataprep.jobs.batch.making import Maker
from dataprep.jobs.batch.publishing import FINISHED, Version, link_file, seal, version_at
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
    """What manifests say of the files already."""


def frozen_for(
    maker: Maker, inputs: list[Input], before: Version | None, whole: set[str], *, force: bool
) -> Frozen:
    """Return the pipeline whose statistics are applied: the one named, the last, or a new one.

    Parameters
    ----------
    maker : Maker
    inputs : list of Input
    before : Version, optional
        The version that readers see.
    whole : set of str
        Its files that are as they were written.
    force : bool
        Whether a new one is wanted.
    """
    job, refit = maker.job, maker.job.keys.refit
    if job.keys.pipeline is not None:
        path = Path(job.keys.pipeline)
        return Frozen(path, sha256_of([path]), refit, "")
    period = period_of(job.day, refit)
    last = before.manifest.get("fitted") if before else None
    same = before is not None and before.manifest.get("configuration") == configuration_of(
        job, job.new_pipeline()
    )
    lasting = FITTED in whole and same and not force
    if before and last and lasting and not _due(last, refit, period):
        return Frozen(before.path / FITTED, last["sha256"], last["refit"], last["period"])
    learned_from = [(str(one.path), one.content) for one in inputs]
    key = _digest([configuration_of(job, job.new_pipeline()), versions(), learned_from])
    done = _finished(maker, key)
    if done is None:
        draft = maker.work / key
        draft.mkdir()
        maker.fit(together(inputs), draft / FITTED)
        check_unchanged(inputs)
        done = _finish(draft, maker)
    return Frozen(done.path / FITTED, done.manifest["files"][FITTED]["sha256"], refit, period)


def _finished(maker: Maker, key: str) -> Version | None:
    """Return what a run had finished and not yet published, where it is as it was written."""
    path = maker.job.folder / FINISHED / key
    if not path.is_dir():
        return None
    done = version_at(path)
    if done.damaged():
        path.rename(maker.work / f"damaged-{key}")
        return None
    return done


def _finish(draft: Path, maker: Maker) -> Version:
    """Give what was made aside its name, so that no later run makes it again."""
    seal(draft, {}, {})
    path = maker.job.folder / FINISHED / draft.name
    path.parent.mkdir(exist_ok=True)
    draft.rename(path)
    return version_at(path)


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
    shared = (configuration_of(job, job.new_pipeline()), versions(), frozen.sha256)
    known = before.manifest.get("parts", {}) if before else {}
    told: dict[str, Any] = {}
    for one in inputs:
        key = _digest([*shared, str(one.path), one.content])
        last = known.get(one.name)
        if before and last and last["key"] == key and whole.issuperset(last["files"]):
            told[one.name] = last
            parts.known |= _link(before, last["files"], staged)
            parts.kept.append(one.name)
            continue
        done = _finished(maker, key)
        if done is None:
            progress(f"part {one.name}")
            done = _made(maker, one, pipeline, key)
        else:
            parts.resumed.append(one.name)
            maker.expecting.results.extend(_summary(done.path, one.name)["expectations"])
        files = list(done.manifest["files"])
        parts.known |= _link(done, files, staged)
        parts.summaries[one.name] = _summary(done.path, one.name)
        told[one.name] = {"key": key, "input": str(one.path), "files": files}
    parts.gone = sorted(set(known) - set(told))
    if job.keys.pipeline is None:
        shutil.copy2(frozen.path, staged / FITTED)
        parts.manifest["fitted"] = frozen.told()
    parts.manifest["configuration"] = shared[0]
    parts.manifest["parts"] = told
    return parts


def _made(maker: Maker, one: Input, pipeline: Pipeline, key: str) -> Version:
    """Make a part aside, and give it its name when it is whole."""
    draft = maker.work / key
    draft.mkdir()
    maker.make(
        together([one]),
        str(one.path),
        pipeline,
        draft,
        one.name,
        fitted=True,
        sha256=one.scanned,
    )
    return _finish(draft, maker)


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


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
