"""A job: a pipeline file with a source, an output and bounds, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from dataprep.checking import validated
from dataprep.config import check_keys, override, pipeline_of
from dataprep.databases.targets import Target
from dataprep.documents import Document
from dataprep.errors import ConfigError
from dataprep.expectations.suites import Suite, read_suite
from dataprep.jobfile import JOB_KEYS, SECTIONS, ExpectKeys, JobKeys, OutputKeys, section_of
from dataprep.jobs.batch.fitted import check_said
from dataprep.jobs.batch.hooks import Hook, hooks_of
from dataprep.jobs.batch.places import (
    check_databases,
    options_of,
    path_of,
    read_filled,
    sources_of,
    target_of,
)
from dataprep.jobs.batch.typed import with_settings
from dataprep.jobs.batch.words import check_memory, seconds_of
from dataprep.jobs.reading import Reading, reading_from
from dataprep.jobs.validate import recorded_in
from dataprep.optional import require
from dataprep.pipeline import Pipeline
from dataprep.readers.paths import named_format
from dataprep.watchkeys import LineageKeys, SchemaKeys, TrendKeys

_WATCHED = {"schema": ["against"], "trends": [], "openlineage": ["config"]}
"""What a job may be watched by, with those of its keys that are paths."""


@dataclass(frozen=True)
class Job:
    """What `read_job` made of a file: checked, its paths absolute.

    Parameters
    ----------
    name : str
        Of the file's key ``name``, or its own name.
    document : Document
    sources : list of str
        Files, folders and patterns.
    reading : Reading
        How they are to be read.
    output : OutputKeys
    expect : ExpectKeys
    keys : JobKeys
    timeout : float, optional
        In seconds.
    day : date
        The day of the run.
    settings : tuple of str
        What was set of stages with ``--set``.
    suites : mapping of {"before", "after"} to Suite
        What ``expect`` names, read once: what is in the key is what is asked.
    target : Target, optional
        A table of a database that the rows are written to as well.
    schema, trends, openlineage : optional
        How it is watched, where its file says so.
    hooks : mapping of str to tuple
        Who is told of its runs, by the key that lists them.
    """

    name: str
    document: Document
    sources: list[str]
    reading: Reading
    output: OutputKeys
    expect: ExpectKeys
    keys: JobKeys
    timeout: float | None
    day: date
    settings: tuple[str, ...] = ()
    suites: Mapping[str, Suite] = field(default_factory=dict)
    target: Target | None = None
    schema: SchemaKeys | None = None
    trends: TrendKeys | None = None
    openlineage: LineageKeys | None = None
    hooks: Mapping[str, tuple[Hook, ...]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder of the output."""
        return Path(self.output.path)

    def new_pipeline(self) -> Pipeline:
        """Return the pipeline, not yet fitted; a fitted one where the job names it."""
        stages = "stages" in self.document.content
        made = override(pipeline_of(self.document), self.settings) if stages else None
        if self.keys.pipeline is None:
            return made if made is not None else pipeline_of(self.document)
        fitted = Pipeline.load(self.keys.pipeline)
        if made is not None and _stages_of(made) != _stages_of(fitted):
            raise ConfigError(
                f"the stages of {self.keys.pipeline} are others than those of the job",
                place=self.document.place("pipeline"),
                remedy="Fit the job's own anew, or leave 'stages' out.",
            )
        # What it was fitted on is one thing, what may come along later another.
        fitted.extra = self.document.content.get("extra", fitted.extra)
        return fitted


def _stages_of(pipeline: Pipeline) -> list[Any]:
    return [(stage.name(), stage.parameters()) for _, stage in pipeline.steps_of()]


def read_job(path: str | Path, settings: Sequence[str] = (), day: date | None = None) -> Job:
    """Read a job, and check all that can be checked before it runs.

    Parameters
    ----------
    path : path
        A pipeline file that says where its rows come from and where they go.
    settings : sequence of str
        ``key=value``, e.g. ``output.keep=3``; or ``stage.parameter=value``.
    day : date, optional
        What ``${date}`` stands for; today.

    Raises
    ------
    ConfigError
        With the file and the line of what is wrong.
    """
    day = day or date.today()
    document, rest = with_settings(read_filled(path, day), settings)
    if not isinstance(document.content, dict):
        # The error that a pipeline file gives.
        pipeline_of(document)
    with document.placing():
        check_keys(document.content, f"{document.path}: ")
    own = {key: value for key, value in document.content.items() if key in JOB_KEYS}
    keys = section_of(JobKeys, own, document, "")
    sections = {
        name: section_of(cls, getattr(keys, name) or {}, document, name)
        for name, cls in SECTIONS.items()
    }
    source = sections["source"]
    target = target_of(sections["output"], document, day)
    watched = {
        name: _with_paths(sections[name], paths, document, f"{name}.", day)
        for name, paths in _WATCHED.items()
        if getattr(keys, name) is not None
    }
    expect = _with_paths(
        sections["expect"], ["before", "after", "data_docs"], document, "expect.", day
    )
    named = {"before": expect.before, "after": expect.after}
    job = Job(
        name=_name(document),
        document=document,
        sources=sources_of(source, document, day),
        reading=_reading(document, options_of(source, day)),
        target=target,
        output=_with_paths(sections["output"], ["path"], document, "output.", day),
        expect=expect,
        keys=_with_paths(keys, ["pipeline", "report", "history", "prometheus"], document, "", day),
        timeout=seconds_of(keys.timeout, document.place("timeout")),
        day=day,
        settings=rest,
        suites={when: read_suite(path) for when, path in named.items() if path is not None},
        hooks=hooks_of(document, day),
        **watched,
    )
    _check(job)
    return job


def _check(job: Job) -> None:
    """Raise where keys do not go together."""
    place = job.document.place
    if named_format(job.folder):
        raise ConfigError(
            f"{job.output.path!r} looks like a file, and is to be a folder",
            place=place("output.path"),
            remedy="Leave the suffix out, and write e.g. 'format: csv'.",
        )
    for key in ("report", "history"):
        path = getattr(job.keys, key)
        if path is not None and Path(path).resolve().is_relative_to(job.folder.resolve()):
            raise ConfigError(
                f"{path} lies in the output, which is a folder of its own",
                place=place(key),
                remedy="Name a file beside it.",
            )
    if job.keys.refit != "never" and (not job.keys.incremental or job.keys.pipeline):
        raise ConfigError(
            f"{job.keys.refit!r} has no meaning here",
            place=place("refit"),
            remedy="It is for 'incremental: true' without 'pipeline'; other jobs learn each time.",
        )
    check_memory(job.keys.memory_limit, place("memory_limit"))
    check_databases(job.keys, job.target, document=job.document)
    _check_watched(job)
    # Stages and their parameters, and a pipeline.json that is not there, are told before the run.
    pipeline = job.new_pipeline()
    try:
        validated(pipeline)
    except ConfigError as error:
        error.place = place(error.place)
        raise
    check_said(job.document, job.reading, pipeline)
    divides = any(stage.divides for _, stage in pipeline.steps_of())
    if job.target is not None and divides:
        raise ConfigError(
            "a job that divides rows writes a file for each part, and no table",
            place=place("output.uri"),
            remedy="Leave uri and table out, or the stage that divides them.",
        )
    if job.keys.incremental and divides and job.keys.pipeline is None:
        raise ConfigError(
            "an incremental job cannot divide rows: each file has a part of its own",
            place=place("incremental"),
            remedy="Divide them in a job that reads all of its output.",
        )


def _check_watched(job: Job) -> None:
    """Raise where something that a job is to be watched with is not there."""
    place = job.document.place
    if job.trends is not None and job.trends.runs < job.trends.min_runs:
        raise ConfigError(
            f"of {job.trends.runs} runs nothing is said: {job.trends.min_runs} are needed",
            place=place("trends.runs"),
            remedy="Let 'runs' be at least 'min_runs'.",
        )
    if job.schema is not None and job.schema.against is not None:
        recorded_in(job.schema.against)
    if job.openlineage is not None:
        require("openlineage.client", "openlineage")
        config = job.openlineage.config
        if config is not None and not Path(config).is_file():
            raise ConfigError(
                f"{config!r} is no file",
                place=place("openlineage.config"),
                remedy="Name a configuration file of the OpenLineage client.",
            )
    if job.keys.prometheus is not None:
        require("prometheus_client", "prometheus")
        if Path(job.keys.prometheus).suffix != ".prom":
            raise ConfigError(
                f"{job.keys.prometheus!r} does not end with .prom",
                place=place("prometheus"),
                remedy="Others are not read by node_exporter. Write e.g. .../churn.prom.",
            )


def _name(document: Document) -> str:
    name = document.content.get("name", document.path.stem)
    if not isinstance(name, str) or not name.strip():
        raise ConfigError(
            f"{name!r} is no name", place=document.place("name"), remedy="Write a text."
        )
    return name


def _reading(document: Document, options: dict[str, Any]) -> Reading:
    try:
        return reading_from(options)
    except ConfigError as error:
        error.place = document.place(f"source.{error.place}")
        raise


def _with_paths(keys: Any, names: Sequence[str], document: Document, at: str, day: date) -> Any:
    given = {name: getattr(keys, name) for name in names if getattr(keys, name) is not None}
    paths = {name: path_of(document, f"{at}{name}", text, day) for name, text in given.items()}
    return replace(keys, **paths)
