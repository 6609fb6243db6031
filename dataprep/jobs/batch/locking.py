"""One run at a time for an output: a lock that the system takes back from the dead."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError, OutputError
from dataprep.files import explained

LOCK = ".lock"
_PAUSE = 0.1
_MOST_BYTES = 4096


class LockedError(OutputError):
    """Another run has the output."""


@contextmanager
def locked(
    folder: Path, told: Mapping[str, Any], wait: float, waiting: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Hold the lock of an output, and give what a dead run left in it.

    The lock is one of the system (``flock``): that of a process that died is free by itself. What
    stands in its file is for people: who holds it, or whose it was.

    Parameters
    ----------
    folder : Path
        Of the output; it is made.
    told : mapping
        What others are told of this run: its job, its number, when it began.
    wait : float
        So many seconds to wait for another run.
    waiting : callable
        Told whom the run waits for.

    Raises
    ------
    LockedError
        When another run holds it, with its process, machine and number.
    """
    descriptor = _opened(folder)
    try:
        _acquire(descriptor, folder, wait, waiting)
        left = _read(descriptor)
        holder = {**told, "pid": os.getpid(), "host": socket.gethostname()}
        try:
            _write(descriptor, json.dumps(holder))
        except OSError as error:
            raise explained(error, folder / LOCK) from None
        try:
            yield left
        finally:
            # The lock is free without it as well; who comes next only reads of a dead run.
            with suppress(OSError):
                _write(descriptor, "")
    finally:
        os.close(descriptor)


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise explained(error, folder) from None


def _acquire(descriptor: int, folder: Path, wait: float, waiting: Callable[[str], None]) -> None:
    try:
        import fcntl
    except ImportError:
        raise ConfigError(
            "jobs need the locks of a POSIX system",
            place="dataprep run",
            remedy="Run it on Linux or macOS; dataprep clean works everywhere.",
        ) from None
    until, said = time.monotonic() + wait, False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise explained(error, folder / LOCK) from None
        else:
            return
        holder = _shown(_read(descriptor))
        if time.monotonic() >= until:
            waited = f" after {wait:g} s" if wait else ""
            raise LockedError(
                f"{holder} has this output still{waited}" if wait else f"{holder} has this output",
                place=str(folder),
                remedy="Nothing was done. Wait for it with --wait, or let the next run do it.",
            )
        if not said:
            waiting(holder)
            said = True
        time.sleep(_PAUSE)


def _shown(holder: Mapping[str, Any]) -> str:
    if not holder:
        return "another run"
    return (
        f"run {holder.get('run')} of {holder.get('job')!r} (process {holder.get('pid')} on "
        f"{holder.get('host')}, since {holder.get('since')})"
    )


def _read(descriptor: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(descriptor, _MOST_BYTES, 0))
    except ValueError:
        # Empty, as who ends well leaves it; or just being written.
        return {}
    return found if isinstance(found, dict) else {}


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
