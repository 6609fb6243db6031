"""Writing so that a reader sees the old file or the new one, and never a half."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dataprep.errors import ConfigError, OutputError
from dataprep.stopping import held

PREFIX = ".dataprep-"
"""Working folders beside an output begin so; the number of their process follows."""
_NO_LOCKS = -1


def write_text(path: Path, text: str) -> None:
    """Write a text file beside its place, and rename it there."""
    with working_folder(path.parent, path) as folder:
        draft = folder / path.name
        draft.write_text(text, encoding="utf-8")
        sync(draft)
        draft.replace(path)


def check_replaceable(path: Path) -> None:
    """Raise for a device or a pipe: an output takes the place of what has its name.

    Raises
    ------
    ConfigError
        When there is something that is neither a file nor a folder.
    """
    if _is_special(path):
        raise ConfigError(
            "is a device or a pipe, which an output would replace",
            place=str(path),
            remedy="Name a file with -o.",
        )


def _is_special(path: Path) -> bool:
    """Tell whether there is something that is neither a file nor a folder."""
    return path.exists() and not (path.is_file() or path.is_dir())


def sync(path: Path) -> None:
    """Ask the system to put a file on the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def working_folder(parent: Path, for_what: Path) -> Iterator[Path]:
    """Give a folder beside an output, gone afterwards; what the system refuses is explained."""
    if _is_special(for_what):
        # Root would put a file in place of /dev/null, for all programs.
        raise OutputError(
            "is a device or a pipe, and would be replaced by a file",
            place=str(for_what),
            remedy="Name a file.",
        )
    collect_dead(parent)
    folder, lock = None, _NO_LOCKS
    try:
        with held():
            folder, lock = _made(parent)
        yield folder
    except OSError as error:
        if error.errno is None or not _within(error, parent):
            raise
        raise explained(error, for_what) from error
    finally:
        with held():
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
            if lock != _NO_LOCKS:
                os.close(lock)


def collect_dead(parent: Path) -> None:
    """Remove the working folders of processes that were killed.

    A lock tells, not the number of the process: a number comes again, and one machine does not
    know the processes of another that writes to the same place.
    """
    for folder in parent.glob(f"{PREFIX}*"):
        lock = _locked(folder)
        if lock is not None and lock != _NO_LOCKS:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _made(parent: Path) -> tuple[Path, int]:
    """Return a new folder and its lock; another when a collector took it for a dead one's."""
    while True:
        folder = parent / f"{PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
        folder.mkdir()
        lock = _locked(folder)
        if lock is not None:
            return folder, lock


def _locked(folder: Path) -> int | None:
    """Lock a folder and return what holds the lock; None where another has it, or it is gone."""
    try:
        import fcntl
    except ImportError:
        # Windows has no such lock: nothing is collected there.
        return _NO_LOCKS
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        return None if error.errno in (errno.EAGAIN, errno.EACCES) else _NO_LOCKS
    return descriptor


def _within(error: OSError, parent: Path) -> bool:
    """Tell whether an error is about the output's place, where it names a file at all."""
    if not isinstance(error.filename, str | bytes | os.PathLike):
        return True
    return Path(os.fsdecode(error.filename)).absolute().is_relative_to(parent.absolute())


def explained(error: OSError, path: Path) -> OutputError:
    """Return an error that says what to do."""
    remedies = {
        errno.ENOSPC: ("the disk is full", "Free some space, or write elsewhere with -o."),
        errno.EFBIG: ("the file grew past its size limit", "Raise the limit (ulimit -f)."),
        errno.EDQUOT: ("the disk quota is used up", "Free some space, or write elsewhere with -o."),
        errno.EACCES: ("no permission to write here", "Write elsewhere with -o."),
        errno.EPERM: ("no permission to write here", "Write elsewhere with -o."),
        errno.EROFS: ("the file system is read-only", "Write elsewhere with -o."),
        errno.ENOENT: ("the folder cannot be written to", "Write elsewhere with -o."),
        errno.ENOTDIR: ("a part of the path is no folder", "Write elsewhere with -o."),
    }
    message, remedy = remedies.get(
        error.errno or 0, (error.strerror or str(error), "Write elsewhere with -o.")
    )
    return OutputError(message, place=str(path), remedy=remedy)
