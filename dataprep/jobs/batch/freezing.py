"""The statistics that all parts of an incremental job are made by: which, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dataprep.jobs.batch.inputs import Input, check_unchanged, together
from dataprep.jobs.batch.job import Job
from dataprep.jobs.batch.key import digest, versions
from dataprep.jobs.batch.making import Maker
from dataprep.jobs.batch.publishing import FINISHED, Version, has_versions, seal, version_at
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
    learning : str
        The hash of what decides, besides the inputs, what is learned.
    note : str
        What a person should know of it.
    """

    path: Path
    sha256: str
    refit: str
    period: str = ""
    learning: str = ""
    note: str = ""

    def told(self) -> dict[str, str]:
        """Return what the manifest holds of it."""
        names = ("sha256", "refit", "period", "learning")
        return {name: getattr(self, name) for name in names}


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
        return Frozen(path, sha256_of([path]), refit)
    period, learning = period_of(job.day, refit), _learning(job)
    last = before.manifest.get("fitted") if before else None
    if before is None or last is None:
        why = "the version that had them is lost" if has_versions(job.folder) else ""
    elif force:
        why = "the run is forced"
    elif FITTED not in whole:
        why = f"{FITTED} is not as it was written"
    elif last.get("learning") != learning:
        why = "the stages, the roles, the reading or the suite before them are others"
    elif _due(last, refit, period):
        why = f"refit is {refit}"
    else:
        late = refit != "never" and last["period"] > period
        note = f"the statistics are of {last['period']}, which is yet to come" if late else ""
        return Frozen(
            before.path / FITTED, last["sha256"], last["refit"], last["period"], learning, note
        )
    note = f"statistics are learned anew: {why}" if why else ""
    learned_from = [(one.label, one.content) for one in inputs]
    key = digest([learning, versions(), learned_from])
    done = finished(maker, key)
    if done is None:
        draft = maker.work / key
        draft.mkdir()
        maker.fit(together(inputs), draft / FITTED)
        check_unchanged(inputs)
        done = finish(draft, maker)
    sha256 = done.manifest["files"][FITTED]["sha256"]
    return Frozen(done.path / FITTED, sha256, refit, period, learning, note)


def _learning(job: Job) -> str:
    """Return the hash of all that decides what is learned, but for the inputs."""
    pipeline, suite = job.new_pipeline(), job.suites.get("before")
    return digest(
        {
            "stages": [(stage.name(), stage.parameters()) for _, stage in pipeline.steps_of()],
            "roles": pipeline.roles_given(),
            "extra": pipeline.extra,
            "source": {name: said for name, said in job.keys.source.items() if name != "path"},
            # Rows that a suite sets aside are not learned from.
            "before": suite and [suite.sha256, job.expect.on_failure],
        }
    )


def finished(maker: Maker, key: str) -> Version | None:
    """Return what a run had finished and not yet published, where it is as it was written."""
    path = maker.job.folder / FINISHED / key
    if not path.is_dir():
        return None
    done = version_at(path)
    if done.damaged():
        path.rename(maker.work / f"damaged-{key}")
        return None
    return done


def finish(draft: Path, maker: Maker) -> Version:
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
