"""The bounds of a job: how long it may take, and how much it may reject or make."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from dataprep.errors import ConfigError, DataError, NoRowsError, OutputError
from dataprep.jobs.batch.job import Job
from dataprep.stopping import Stopped

GRACE = 30.0
"""So many seconds past the time limit, code that listens to no signal is ended with the process."""


class NotMetError(DataError):
    """The data are not what the job asks of them: nothing was published."""

    exit_code = 1


class OutOfTimeError(OutputError):
    """A run took longer than its job allows."""


@contextmanager
def rows_expected() -> Iterator[None]:
    """Have a table or a query without rows be told as data that are not what the job asks for.

    A quiet day gives none. A file without rows is one that was not written: that is a failure.
    """
    try:
        yield
    except NoRowsError as error:
        raise NotMetError(
            error.message,
            place=error.place,
            remedy=f"Nothing was made: the output is as before. {error.remedy}",
        ) from None


def check_shares(job: Job, summary: Mapping[str, Any], named: str) -> None:
    """Raise when more rows were rejected or made than the job allows.

    Lines that are no rows count as rejected; made rows are a share of those that go out.

    Parameters
    ----------
    job : Job
    summary : mapping
        Of a table, or of several together.
    named : str
        What was read.

    Raises
    ------
    NotMetError
        With the share, the bound, and the stages that went past it.
    """
    lost = summary["rows_rejected"] + summary["rows_malformed"]
    given = summary["rows_in"] + summary["rows_malformed"]
    _check(job, "max_rejected", lost, given, summary, named)
    _check(job, "max_synthetic", summary["rows_synthetic"], summary["rows_out"], summary, named)


def _check(
    job: Job, key: str, part: int, whole: int, summary: Mapping[str, Any], named: str
) -> None:
    verb = {"max_rejected": "rejected", "max_synthetic": "made"}[key]
    bound = getattr(job.keys, key)
    if bound is not None and part > bound * whole:
        raise NotMetError(
            f"{part:,} of {whole:,} rows ({part / max(whole, 1):.1%}) were {verb}, and at most "
            f"{bound:.1%} may be{_by_stage(summary, key.replace('max', 'rows'))}",
            place=f"{job.document.place(key)}: {named}",
            remedy="Nothing was published. Look at the rows, or raise the bound.",
        )


def _by_stage(summary: Mapping[str, Any], count: str) -> str:
    found = {stage["stage"]: stage[count] for stage in summary["stages"] if stage[count]}
    if count == "rows_rejected" and summary["rows_malformed"]:
        found["malformed"] = summary["rows_malformed"]
    told = ", ".join(f"{name} {rows:,}" for name, rows in found.items())
    return f" ({told})" if told else ""


class Clock:
    """The time limit of a run; without one it never ends.

    Parameters
    ----------
    seconds : float, optional
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.expired = False
        self._last: threading.Timer | None = None

    @contextmanager
    def running(self, last_words: Callable[[], None]) -> Iterator[None]:
        """Stop what runs in the block when the time is over.

        A signal stops all that runs in Python or DuckDB. What listens to no signal, a long
        computation of another library, is ended with the whole process a little later; the next
        run tidies up.

        Parameters
        ----------
        last_words : callable
            Called before the process is ended so.
        """
        if self.seconds is None:
            yield
            return
        if threading.current_thread() is not threading.main_thread():
            raise ConfigError(
                "a time limit works in the main thread only",
                place="timeout",
                remedy="Call run_job from there, or use dataprep run.",
            )
        self._last = threading.Timer(self.seconds + GRACE, _end, [last_words])
        self._last.daemon = True
        before = signal.signal(signal.SIGALRM, self._expire)
        self._last.start()
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        finally:
            self.stop()
            signal.signal(signal.SIGALRM, before)

    def stop(self) -> None:
        """Let the rest take as long as it takes: to publish is not to be torn."""
        if self._last is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._last.cancel()

    def _expire(self, _number: int, _frame: FrameType | None) -> None:
        # Noted as well as raised: a query that is cut off reports an error of its own instead.
        self.expired = True
        raise Stopped


def _end(last_words: Callable[[], None]) -> None:
    try:
        last_words()
    finally:
        # Whatever a listener does.
        os._exit(OutputError.exit_code)
