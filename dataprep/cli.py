"""The command ``dataprep``: runs one, and turns every error into a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from dataprep.errors import DataprepError
from dataprep.secrets import masked
from dataprep.stopping import Stopped, listen, received, stop_listening

COULD_NOT_RUN = 3
READER_LEFT = 141
"""What a shell reports of a program that SIGPIPE ended."""
_LOGS = "dataprep.jobs.batch.logs"
_NO_HALF = "Nothing half-written was left."


def main() -> None:
    """Run the command that the arguments name, and end with its exit code."""
    # Before anything heavy is imported, so that Ctrl-C meets no traceback even then.
    listen()
    _open_what_is_closed()
    code = answer(sys.argv[1:])
    if code:
        # Not by way of sys.exit, which waits for threads: that which hashes a large input, or is
        # stuck on a dead network drive, has no business any more.
        _flush()
        os._exit(code)
    if "duckdb_engine" in sys.modules:
        # Its bindings would list, in a page of lines, what other modules hold until the very end.
        _flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def answer(words: list[str]) -> int:
    """Run the command that the words name, and return its exit code; errors are explained."""
    try:
        _speak_any_encoding()
        from dataprep.commands import run

        code = run(words)
        sys.stdout.flush()
    except (Exception, Stopped) as error:
        if os.environ.get("DATAPREP_DEBUG"):
            raise
        code = _explained(error, words)
    finally:
        if logs := sys.modules.get(_LOGS):
            logs.stop_logging()
    return code


def _open_what_is_closed() -> None:
    """Give a stream that the caller closed (``2>&-``) to nobody.

    Its number would else go to the next file that is opened, and messages into that file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nobody = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, nobody)


def _speak_any_encoding() -> None:
    """Have a terminal that cannot show a name show its code instead."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _explained(error: BaseException, words: list[str]) -> int:
    """Say what happened, and return the exit code."""
    if received:
        stop_listening()
        _say(f"stopped by {signal.Signals(received[0]).name}. {_NO_HALF}")
        return 128 + received[0]
    if isinstance(error, DataprepError):
        error.place = _as_typed(error.place, words)
        _say(f"{error}{_notes(error)}")
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # The reader of our output left (dataprep stages | head): no fault of anyone's.
        _silence_stdout()
        return READER_LEFT
    if isinstance(error, OSError):
        place = os.fsdecode(error.filename) if error.filename else "standard output"
        _say(f"{place}: {error.strerror or error}. {_NO_HALF}")
        if not error.filename:
            _silence_stdout()
        return COULD_NOT_RUN
    if isinstance(error, MemoryError):
        _say(f"not enough memory. {_NO_HALF} Lower --memory-limit, or give the machine more.")
        return COULD_NOT_RUN
    _say(
        f"unexpected {type(error).__name__}: {error}{_notes(error)}. {_NO_HALF} "
        "Set DATAPREP_DEBUG=1 for the traceback, and please report it."
    )
    return COULD_NOT_RUN


def _as_typed(place: str, words: list[str]) -> str:
    """Return a parameter's name as the flag that was typed for it."""
    flag = {"kinds": "--type"}.get(place, f"--{place.replace('_', '-')}")
    return flag if any(word.partition("=")[0] == flag for word in words) else place


def _notes(error: BaseException) -> str:
    return "".join(f" ({note})" for note in getattr(error, "__notes__", []))


def _say(text: str) -> None:
    # Nobody may be reading any more; the exit code still tells.
    with suppress(OSError):
        text = masked(text)
        logs = sys.modules.get(_LOGS)
        if logs and logs.told_as_json(text):
            return
        print(f"dataprep: {text}", file=sys.stderr)


def _silence_stdout() -> None:
    """Drop what could not be written, so that the interpreter does not try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()


if __name__ == "__main__":
    main()
