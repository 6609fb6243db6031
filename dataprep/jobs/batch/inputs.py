"""The files that a job reads, known by their content, and whether they stay as they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from dataprep.errors import ConfigError, ReadError
from dataprep.jobs.batch.job import Job
from dataprep.readers.inputs import Inputs, Part, inputs_from, inputs_of
from dataprep.readers.opening import readable
from dataprep.readers.paths import checked_path, sha256_of, split_name


@dataclass(frozen=True)
class Input:
    """A file that a job reads.

    Parameters
    ----------
    part : Part
        As readers know it.
    name : str
        What an output part of its own is called: its path below the folder or pattern that found
        it, without a suffix.
    sha256 : str
    bytes : int
    state : tuple of int
        What changes with the content: when it was changed, its size, its place on the disk.
    passed_over : list of str
        Files of the folder that found it which hold no table by their names.
    """

    part: Part
    name: str
    sha256: str
    bytes: int
    state: tuple[int, ...]
    passed_over: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.part.shown

    def told(self) -> dict[str, object]:
        """Return what a summary and the history hold of it."""
        return {"path": str(self.path), "bytes": self.bytes, "sha256": self.sha256}


def inputs_for(job: Job) -> list[Input]:
    """Find and hash the files of a job.

    Raises
    ------
    ReadError
        When there is none, or one cannot be read.
    ConfigError
        When one is a stream, or two parts of an incremental job would have one name.
    """
    found: dict[Path, Input] = {}
    for given in job.sources:
        root = _root(given)
        listed = inputs_of(given, job.reading.member)
        for part in listed.parts:
            if part.path is None:
                raise ConfigError(
                    "a stream can be read only once, and a job may have to run again",
                    place=str(part.shown),
                    remedy="Write it to a file first, or use dataprep clean.",
                )
            if part.path in found:
                continue
            if part.path.resolve().is_relative_to(job.folder.resolve()):
                raise ConfigError(
                    "lies in the output of the job itself",
                    place=str(part.path),
                    remedy="Let 'source' find other files, or write the output elsewhere.",
                )
            with readable(part.path):
                state = _state(part.path)
                digest = sha256_of([part.path])
            below = part.path.relative_to(root).with_name(split_name(part.path)[0])
            name = "__".join(below.parts)
            found[part.path] = Input(part, name, digest, state[1], state, listed.passed_over)
    inputs = list(found.values())
    if job.keys.incremental:
        _check_names(job, inputs)
    return inputs


def together(inputs: list[Input]) -> Inputs:
    """Return files as the parts of one table."""
    return inputs_from([one.part for one in inputs])


def pipeline_file(job: Job) -> list[Input]:
    """Return the fitted pipeline that a job names, known by its content as its inputs are."""
    if job.keys.pipeline is None:
        return []
    path = checked_path(job.keys.pipeline)
    with readable(path):
        state = _state(path)
        return [Input(Part(path, path), path.stem, sha256_of([path]), state[1], state)]


def check_unchanged(inputs: list[Input]) -> None:
    """Raise when a file is not any more what it was when its hash was taken.

    Raises
    ------
    ReadError
        When one was changed, or is gone.
    """
    for one in inputs:
        try:
            if _state(one.path) == one.state or sha256_of([one.path]) == one.sha256:
                continue
            happened = "was changed"
        except FileNotFoundError:
            happened = "went away"
        raise ReadError(
            f"{happened} while the job read it",
            place=str(one.path),
            remedy="Nothing was published. Run it again; write files elsewhere, and rename them "
            "when they are whole.",
        )


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ctime_ns, found.st_ino


def _root(given: str) -> Path:
    """Return the folder below which the files of a path or a pattern lie.

    Examples
    --------
    >>> str(_root("/data/20*/in.csv")), str(_root("/data/in.csv"))
    ('/data', '/data')
    """
    path = Path(given)
    if path.is_dir():
        return path
    if path.exists():
        return path.parent
    fixed: list[str] = []
    for part in path.parts[:-1]:
        if any(sign in part for sign in "*?["):
            break
        fixed.append(part)
    return Path(os.path.join(*fixed)) if fixed else Path()  # noqa: PTH118 - parts of any number


def _check_names(job: Job, inputs: list[Input]) -> None:
    names: dict[str, Input] = {}
    for one in inputs:
        other = names.setdefault(one.name, one)
        if other is not one:
            raise ConfigError(
                f"{other.path} and {one.path} would have one output part, {one.name!r}",
                place=job.document.place("source.path"),
                remedy="Rename one, or give a folder above both as a pattern, e.g. in/**/*.csv.",
            )
