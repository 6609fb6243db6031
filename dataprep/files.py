"""Writing so that a reader sees the old file or the new one, and never a half."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dataprep.errors import OutputError

PREFIX = ".dataprep-"
"""Working folders beside an output begin so; the number of their process follows."""


def write_text(path: Path, text: str) -> None:
    """Write a text file beside its place, and rename it there."""
    with working_folder(path.parent, path) as folder:
        draft = folder / path.name
        draft.write_text(text, encoding="utf-8")
        sync(draft)
        os.replace(draft, path)


def sync(path: Path) -> None:
    """Ask the system to put a file on the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def working_folder(parent: Path, for_what: Path) -> Iterator[Path]:
    """Give a folder beside an output, gone afterwards; the operating system's refusals explained."""
    collect_dead(parent)
    folder = parent / f"{PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        if isinstance(error, OutputError) or error.errno is None:
            raise
        raise explained(error, for_what) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def collect_dead(parent: Path) -> None:
    """Remove the working folders of processes that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def explained(error: OSError, path: Path) -> OutputError:
    """Return an error that says what to do."""
    remedies = {
        errno.ENOSPC: ("the disk is full", "Free some space, or write elsewhere with -o."),
        errno.EFBIG: ("the file grew past its size limit", "Raise the limit (ulimit -f)."),
        errno.EDQUOT: ("the disk quota is used up", "Free some space, or write elsewhere with -o."),
        errno.EACCES: ("no permission to write here", "Write elsewhere with -o."),
        errno.EPERM: ("no permission to write here", "Write elsewhere with -o."),
        errno.EROFS: ("the file system is read-only", "Write elsewhere with -o."),
        errno.ENOENT: ("the folder does not exist", "Make it first, or write elsewhere with -o."),
        errno.ENOTDIR: ("a part of the path is no folder", "Write elsewhere with -o."),
    }
    message, remedy = remedies.get(
        error.errno or 0, (error.strerror or str(error), "Write elsewhere with -o.")
    )
    return OutputError(message, place=str(path), remedy=remedy)
