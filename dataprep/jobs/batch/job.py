"""A job: a pipeline file with a source, an output and bounds, read and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from dataprep.checking import validated
from dataprep.config import KEYS, check_keys, override, pipeline_of
from dataprep.documents import Document, Mark, merged, read_document
from dataprep.errors import ConfigError, did_you_mean
from dataprep.expectations.suites import Suite, read_suite
from dataprep.jobfile import JOB_KEYS, SECTIONS, ExpectKeys, JobKeys, OutputKeys, section_of
from dataprep.jobs.batch.fitted import check_said
from dataprep.jobs.batch.words import filled
from dataprep.jobs.reading import Reading, reading_from
from dataprep.pipeline import Pipeline
from dataprep.readers.paths import named_format
from dataprep.yaml12 import read_marked

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_LEAST = 32e6
"""The engine does not even open a small file in less."""
_LONGEST = 366 * _UNITS["d"]
"""Clocks of the system do not take any number."""


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
    listed = [source.path] if isinstance(source.path, str) else source.path
    places = (
        ["source.path"]
        if isinstance(source.path, str)
        else [f"source.path[{i}]" for i in range(len(listed))]
    )
    expect = _with_paths(sections["expect"], ["before", "after"], document, "expect.", day)
    named = {"before": expect.before, "after": expect.after}
    job = Job(
        name=_name(document),
        document=document,
        sources=[path_of(document, at, text, day) for at, text in zip(places, listed, strict=True)],
        reading=_reading(document, vars(source)),
        output=_with_paths(sections["output"], ["path"], document, "output.", day),
        expect=expect,
        keys=_with_paths(keys, ["pipeline", "report", "history"], document, "", day),
        timeout=_seconds(keys.timeout, document.place("timeout")),
        day=day,
        settings=rest,
        suites={when: read_suite(path) for when, path in named.items() if path is not None},
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
    if job.keys.refit != "never" and (not job.keys.incremental or job.keys.pipeline):
        raise ConfigError(
            f"{job.keys.refit!r} has no meaning here",
            place=place("refit"),
            remedy="It is for 'incremental: true' without 'pipeline'; other jobs learn each time.",
        )
    _check_memory(job.keys.memory_limit, place("memory_limit"))
    # Stages and their parameters, and a pipeline.json that is not there, are told before the run.
    pipeline = job.new_pipeline()
    try:
        validated(pipeline)
    except ConfigError as error:
        error.place = place(error.place)
        raise
    check_said(job.document, job.reading, pipeline)
    fits = job.keys.pipeline is None
    if job.keys.incremental and fits and any(stage.divides for _, stage in pipeline.steps_of()):
        raise ConfigError(
            "an incremental job cannot divide rows: each file has a part of its own",
            place=place("incremental"),
            remedy="Divide them in a job that reads all of its output.",
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


def read_filled(path: str | Path, day: date) -> Document:
    """Return the document of a job; what ``extends`` names is filled in as other paths are."""
    return read_document(path, fill=lambda text, place: filled(text, day, place))


def path_of(document: Document, at: str, text: str, day: date) -> str:
    """Return a path as it is meant: filled in, and from the folder of the file that says it."""
    return os.path.abspath(document.base(at) / filled(text, day, document.place(at)))  # noqa: PTH100 - Path.resolve would follow links


def _with_paths(keys: Any, names: Sequence[str], document: Document, at: str, day: date) -> Any:
    given = {name: getattr(keys, name) for name in names if getattr(keys, name) is not None}
    paths = {name: path_of(document, f"{at}{name}", text, day) for name, text in given.items()}
    return replace(keys, **paths)


def _check_memory(given: str, place: str) -> None:
    """Raise for what is no amount of memory; the engine would take -1GB for no limit."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B)\s*", given, re.IGNORECASE)
    if found is None or float(found[1]) * _BYTES[found[2][0].upper()] < _LEAST:
        raise ConfigError(
            f"{given!r} is no amount of memory that a job can work in",
            place=place,
            remedy="Write it as 512MB or 2GB; 32MB at least.",
        )


def _seconds(given: float | str | None, place: str) -> float | None:
    """Return a length of time in seconds.

    Examples
    --------
    >>> _seconds("1.5h", "timeout"), _seconds(20, "timeout")
    (5400.0, 20.0)
    """
    if given is None:
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*", str(given))
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else 0.0
    if not 0 < seconds <= _LONGEST:
        what = "is longer than a year" if seconds > 0 else "is no length of time"
        raise ConfigError(f"{given!r} {what}", place=place, remedy="Write e.g. 90s, 30m or 2h.")
    return seconds


def with_settings(document: Document, settings: Sequence[str]) -> tuple[Document, tuple[str, ...]]:
    """Lay what was typed over a document, and return what is left: the parameters of stages."""
    rest = []
    for setting in settings:
        path, sign, text = setting.partition("=")
        path = path.strip()
        first = path.partition(".")[0]
        if not sign or not path:
            raise ConfigError(
                f"{setting!r}", place="--set", remedy="Write key=value, e.g. output.keep=3."
            )
        if first not in KEYS:
            stages = _names_of_stages(document.content)
            if first not in stages:
                raise ConfigError(
                    f"no key and no stage {first!r}",
                    place=f"--set {setting}",
                    remedy=did_you_mean(first, [*KEYS, *stages]),
                )
            rest.append(setting)
            continue
        content, below = _value(text)
        for key in reversed(path.split(".")):
            content = {key: content}
        typed = [path, *(f"{path}{key}" if key[0] == "[" else f"{path}.{key}" for key in below)]
        over = Document(document.path, content, dict.fromkeys(typed, Mark(None, 0)))
        document = merged(document, over)
    return document, tuple(rest)


def _names_of_stages(content: Any) -> list[str]:
    """Return the stages that a file lists, ``impute_2`` for the second of a name."""
    listed = content.get("stages") if isinstance(content, dict) else None
    items = listed if isinstance(listed, list) else []
    names = [str(next(iter(item), "")) if isinstance(item, dict) else str(item) for item in items]
    earlier = [names[:i].count(name) for i, name in enumerate(names)]
    return [n if not many else f"{n}_{many + 1}" for n, many in zip(names, earlier, strict=True)]


def _value(text: str) -> tuple[Any, list[str]]:
    """Return the value that was typed, and the paths of all that stands in it."""
    try:
        value, lines = read_marked(text, "--set")
    except ConfigError:
        # Signs of YAML in a text that was never meant as such.
        return text, []
    return value, list(lines)
