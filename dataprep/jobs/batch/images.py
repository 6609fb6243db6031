"""The pictures that a job looks at, known by their content as the tables that name them are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep.images.references import parsed
from dataprep.jobs.batch.job import Job
from dataprep.jobs.running import Running, opened_engine
from dataprep.readers.image_folders import files_below
from dataprep.readers.paths import sha256_of


@dataclass(frozen=True)
class Pictures:
    """Files that belong to an input, as they were when they were looked at.

    Parameters
    ----------
    folder : Path, optional
        Where all of them lie; None where a table names them.
    paths : tuple of Path
    states : tuple
    sha256 : str
        Of their names and contents.
    """

    folder: Path | None
    paths: tuple[Path, ...]
    states: tuple[Any, ...]
    sha256: str

    def changed(self) -> bool:
        """Tell whether one is not any more what it was, or is gone, or came."""
        paths = self.paths if self.folder is None else _below(self.folder)
        if paths == self.paths and _states(paths) == self.states:
            return False
        return _digest(paths) != self.sha256


def in_folder(folder: Path) -> Pictures:
    """Return the files of a folder of pictures; those that are none are told of as well."""
    paths = _below(folder)
    return Pictures(folder, paths, _states(paths), _digest(paths))


def named_by(path: Path, job: Job, work: Path) -> Pictures | None:
    """Return the pictures that a table names, where a stage of the job looks at them.

    Parameters
    ----------
    path : Path
        Of the table.
    job : Job
    work : Path
        A folder for intermediate files.
    """
    pipeline = job.new_pipeline()
    looking: list[Any] = [stage for _, stage in pipeline.steps_of() if stage.pictures]
    if not looking:
        return None
    found: set[Path] = set()
    with opened_engine(Running(job.keys.memory_limit), work) as engine:
        source = job.reading.open(str(path), engine, work, pipeline.roles_given())
        table = source.table
        for stage in looking:
            root = stage.image_root or source.decided.get("image_root", path.parent)
            for name in [stage.image] if stage.image else table.of_role("image"):
                # A column that is not there is told when the stage asks for it.
                if name in table.kinds:
                    frame = table.frame.select(name).unique().collect()
                    cells = frame.get_column(name).drop_nulls().to_list()
                    found.update(parsed(str(cell)).under(root) for cell in cells)
    paths = tuple(sorted(found))
    return Pictures(None, paths, _states(paths), _digest(paths))


def _below(folder: Path) -> tuple[Path, ...]:
    return tuple(files_below(folder, []))


def _states(paths: Sequence[Path]) -> tuple[Any, ...]:
    """Return what changes with the content of files; nothing for those that are not there."""
    found: list[Any] = []
    for path in paths:
        try:
            told = path.stat()
            found.append((told.st_mtime_ns, told.st_size, told.st_ctime_ns, told.st_ino))
        except (OSError, ValueError):
            found.append(None)
    return tuple(found)


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(json.dumps([str(path), _content(path)]).encode())
    return digest.hexdigest()


def _content(path: Path) -> str:
    """Return the hash of a file, or why it cannot be read: a stage tells such ones apart."""
    try:
        return sha256_of([path])
    except (OSError, ValueError) as error:
        return type(error).__name__
