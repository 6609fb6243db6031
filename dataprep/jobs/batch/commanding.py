"""Commands that are told of a run: without a shell, within a time, ended with all they started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile

from dataprep.jobs.batch.hooks import Command
from dataprep.stopping import held

_MOST = 4096
"""So many bytes of what a command says are logged, the last ones."""
_ENDING = 2.0
"""So many seconds a command may take to end itself when its time is over."""


def run_command(hook: Command, body: bytes, told: Mapping[str, str]) -> tuple[str, str]:
    """Run a command, and return what went wrong (empty when nothing did) and what it said.

    Parameters
    ----------
    hook : Command
    body : bytes
        What it reads.
    told : mapping of str to str
        What is added to its environment.
    """
    try:
        return _ran(hook, body, {**os.environ, **told})
    except (OSError, ValueError) as error:
        # No room for a file, no such program, a word that no program can be given.
        return f"could not be started: {getattr(error, 'strerror', None) or error}", ""


def _ran(hook: Command, body: bytes, environment: Mapping[str, str]) -> tuple[str, str]:
    # Files, not pipes: what a command leaves running in the background would hold a pipe open.
    with TemporaryFile() as said, TemporaryFile() as read:
        read.write(body)
        read.seek(0)
        process = None
        try:
            # A signal that came in the middle would leave a command that nobody knows of.
            with held():
                process = subprocess.Popen(  # noqa: S603 - no shell; the words are the job's own
                    hook.words,
                    stdin=read,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=hook.folder,
                    # A group of its own: it is ended with all that it started.
                    start_new_session=True,
                )
            code = process.wait(hook.timeout)
            wrong = f"ended with {_told(code)}" if code else ""
        except subprocess.TimeoutExpired:
            wrong = f"took longer than {hook.timeout:g} s, and was ended"
        finally:
            # Also where a signal asks the run itself to stop.
            if process is not None and process.poll() is None:
                with held():
                    _end(process)
        said.seek(max(0, said.seek(0, os.SEEK_END) - _MOST))
        return wrong, said.read().decode(errors="replace").strip()


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDING)
            # Its children may hear no SIGTERM.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            return


def _told(code: int) -> str:
    return f"exit code {code}" if code > 0 else f"signal {-code}"
