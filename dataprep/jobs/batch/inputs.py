"""The files that a job reads, known by their content, and whether they stay as they are."""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from dataprep.databases.address import Rows, scheme_of
from dataprep.errors import ConfigError, ReadError
from dataprep.jobs.batch.datasets import Dataset, dataset_of, dataset_of_table
from dataprep.jobs.batch.images import Pictures, in_folder, named_by
from dataprep.jobs.batch.job import Job
from dataprep.objects import StoredObject
from dataprep.readers.inputs import Inputs, Part, inputs_from, inputs_of
from dataprep.readers.opening import readable
from dataprep.readers.parts import fetched
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
    pictures : Pictures, optional
        Those of the folder that it is, or those that it names and a stage looks at.
    """

    part: Part
    name: str
    sha256: str
    bytes: int
    state: tuple[int, ...]
    passed_over: list[str] = field(default_factory=list)
    pictures: Pictures | None = None

    @property
    def content(self) -> str:
        """The hash of all that is read of it: of the pictures that it names as well."""
        if self.pictures is None or self._is_folder:
            return self.sha256
        return hashlib.sha256(f"{self.sha256} {self.pictures.sha256}".encode()).hexdigest()

    @property
    def scanned(self) -> str | None:
        """The hash of the bytes that a reader sees; none of a folder."""
        return None if self._is_folder else self.sha256

    @property
    def _is_folder(self) -> bool:
        return self.pictures is not None and self.pictures.folder is not None

    @property
    def path(self) -> Path:
        """Where it lies, of a file of this machine."""
        return self.part.shown

    @property
    def dataset(self) -> Dataset | None:
        """What lineage calls it; of a query, nobody knows."""
        if (rows := self.part.rows) is not None:
            return None if rows.table is None else dataset_of_table(rows.address, rows.table)
        return dataset_of(str(self.path) if self.part.stored is None else self.part.stored.url)

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.part.label

    def told(self) -> dict[str, object]:
        """Return what a summary and the history hold of it."""
        told = {"path": self.label, "bytes": self.bytes, "sha256": self.sha256}
        if self.pictures is None or self._is_folder:
            return told
        return {
            **told, "pictures": len(self.pictures.paths), "pictures_sha256": self.pictures.sha256
        }  # fmt: skip


def inputs_for(job: Job, work: Path) -> list[Input]:
    """Find and hash the files of a job, and the pictures that they name; fetch what is elsewhere.

    Parameters
    ----------
    job : Job
    work : Path
        For intermediate files, and what is fetched from databases and object stores.

    Raises
    ------
    ReadError
        When there is none, or one cannot be read.
    ConfigError
        When one is a stream, or two parts of an incremental job would have one name.
    """
    # By what each is, not by what it is called: names of objects are told without their secrets.
    found: dict[Path | StoredObject | Rows, Input] = {}
    for given in job.sources:
        root = _root(given)
        listed = job.reading.inputs(given)
        if (folder := listed.pictures) is not None and folder.is_dir():
            if _is_within(job.folder, folder):
                raise ConfigError(
                    "the output of the job lies in it",
                    place=str(folder),
                    remedy="Write it elsewhere: all below the folder is looked at.",
                )
            found[folder] = _folder(folder)
            continue
        # What a pattern finds of the output itself was made of what else it finds.
        outside = [part for part in listed.parts if not _is_within(part.path, job.folder)]
        for part in outside if outside and glob.has_magic(given) else listed.parts:
            if (elsewhere := part.stored or part.rows) is not None:
                if elsewhere not in found:
                    found[elsewhere] = _fetched(part, work / f"fetched-{len(found)}")
                continue
            if part.path is None:
                raise ConfigError(
                    "a stream can be read only once, and a job may have to run again",
                    place=str(part.shown),
                    remedy="Write it to a file first, or use dataprep clean.",
                )
            if part.path in found:
                continue
            if _is_within(part.path, job.folder):
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
            seen = None if listed.pictures else named_by(part.path, job, work)
            over = listed.passed_over
            found[part.path] = Input(part, name, digest, state[1], state, over, seen)
    inputs = list(found.values())
    if job.keys.incremental:
        _check_names(job, inputs)
    return inputs


def _fetched(part: Part, path: Path) -> Input:
    """Return what is no file here, fetched, with its hash."""
    here = fetched(part, path)
    digest = here.sha256 or sha256_of([path])
    here = replace(here, sha256=digest)
    return Input(here, split_name(part.shown)[0], digest, path.stat().st_size, ())


def named(inputs: list[Input]) -> str:
    """Return what a person calls several inputs: the first three of them."""
    return ", ".join(one.label for one in inputs[:3]) + (", ..." if len(inputs) > 3 else "")


def together(inputs: list[Input]) -> Inputs:
    """Return files as the parts of one table, or the one folder of pictures."""
    parts = [one.part for one in inputs]
    if any(part.origin for part in parts):
        return Inputs(parts, None if parts[0].rows else parts[0].shown)
    if len(inputs) == 1 or inputs[0].scanned is None:
        return inputs_of([str(one.path) for one in inputs], parts[0].member)
    return inputs_from(parts)


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
        if one.part.origin:
            # What was fetched is this run's own.
            continue
        happened, place = "was changed", str(one.path)
        try:
            if one.pictures is not None and one.pictures.changed():
                place = f"{place}: its pictures"
            elif (
                one.scanned is None
                or _state(one.path) == one.state
                or sha256_of([one.path]) == one.sha256
            ):
                continue
        except FileNotFoundError:
            happened = "went away"
        raise ReadError(
            f"{happened} while the job read it",
            place=place,
            remedy="Nothing was published. Run it again; write files elsewhere, and rename them "
            "when they are whole.",
        )


def _folder(path: Path) -> Input:
    """Return a folder of pictures."""
    pictures = in_folder(path)
    size = sum(state[1] for state in pictures.states if state)
    return Input(Part(path, path), path.name, pictures.sha256, size, (), pictures=pictures)


def _is_within(path: Path | None, folder: Path) -> bool:
    return path is not None and path.resolve().is_relative_to(folder.resolve())


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
    path = Path("" if scheme_of(given) else given)
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
                f"{other.label} and {one.label} would have one output part, {one.name!r}",
                place=job.document.place("source.path"),
                remedy="Rename one, or give a folder above both as a pattern, e.g. in/**/*.csv.",
            )
