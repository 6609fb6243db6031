"""What is known of a run, and where it is noted when the run ends, however it does."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from dataprep.errors import DataprepError, DriftError, OutputError
from dataprep.files import explained, write_text
from dataprep.jobs.batch.afterwards import Following
from dataprep.jobs.batch.bounds import NotMetError
from dataprep.jobs.batch.events import READ_BACK, Teller
from dataprep.jobs.batch.history import History
from dataprep.jobs.batch.job import Job
from dataprep.jobs.batch.locking import LockedError
from dataprep.secrets import masked_all
from dataprep.stopping import Stopped, held, received

_SIGNALLED = 128
_INTERRUPTED = 130
LOCKED_OUT = "locked out"


@dataclass(frozen=True)
class Record:
    """What is known of a run.

    Parameters
    ----------
    job : Job
    history : History
    teller : Teller
    started : float
        By the clock that nobody sets back.
    summary : dict
        Filled as the run goes on.
    following : Following
    """

    job: Job
    history: History
    teller: Teller
    started: float
    summary: dict[str, Any]
    following: Following

    def note(self, text: str) -> None:
        """Note what a person should know."""
        self.summary["notes"].append(text)
        self.teller.note(text)

    def end(self, failure: BaseException | None) -> None:
        """Note what came of the run: in the history, in the report, to the listeners."""
        summary = self.summary
        # A second signal would leave a run that seems to go on.
        with held():
            summary["exit"] = 0
            if failure is not None:
                summary["exit"] = _exit_code(failure)
                summary["state"] = _state(failure)
                summary["message"] = _message(failure)
            summary["seconds"] = round(perf_counter() - self.started, 3)
            unwritten = self._unwritten()
        if unwritten is not None and failure is not None:
            # What went wrong first is told, not what came of it.
            self.teller.note(str(unwritten))
        try:
            self._follow(unwritten)
        finally:
            self.teller.tell("ended", f"{self.job.name}: {summary['state']}", summary)
        if unwritten is not None and failure is None:
            unwritten.add_note(f"the job is {summary['state']}: its output is whole")
            raise unwritten

    def _follow(self, unwritten: OutputError | None) -> None:
        """Do what follows a run, and note what goes wrong in it."""
        known = self._shown()
        if unwritten is not None and not known["exit"]:
            code = unwritten.exit_code
            known = {**known, "exit": code, "state": "failed", "message": str(unwritten)}
        hooks, wrongs = self.following.ended(known, self.teller.progress)
        for wrong in wrongs:
            self.note(wrong)
        if hooks:
            self.summary["hooks"] = hooks
        if (hooks or wrongs) and unwritten is None:
            with held():
                again = self._unwritten()
            if again is not None:
                self.teller.note(str(again))

    def _unwritten(self) -> OutputError | None:
        """Write what is known, or return why it could not be."""
        try:
            self._write()
        except OutputError as error:
            return error
        return None

    def _write(self) -> None:
        self._report()
        summary = self._shown()
        of_row = {**summary, "version": summary["output"].get("version")}
        detail = {key: value for key, value in summary.items() if key not in ("began", "run")}
        self.history.end(self.teller.run, of_row, detail)

    def _shown(self) -> Any:
        """Return what may be told of the run, whatever a driver or a command said."""
        return masked_all(self.summary, but=READ_BACK)

    def _report(self) -> None:
        """Write the report; a run that did not get the output leaves that of the one that has it.

        What cannot be written changes nothing about the output: it is noted.
        """
        if self.job.keys.report is None or self.summary["state"] == LOCKED_OUT:
            return
        path = Path(self.job.keys.report)
        text = json.dumps(self._shown(), indent=1, ensure_ascii=False, default=str) + "\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, text)
        except OSError as error:
            wrong = error if isinstance(error, OutputError) else explained(error, path)
            if (note := f"the report was not written: {wrong}") not in self.summary["notes"]:
                self.note(note)


def _message(failure: BaseException) -> str:
    if _stopped(failure):
        return f"stopped by {signal.Signals(received[0]).name if received else 'SIGINT'}"
    return str(failure) or type(failure).__name__


def _exit_code(failure: BaseException) -> int:
    if _stopped(failure):
        return _SIGNALLED + received[0] if received else _INTERRUPTED
    return failure.exit_code if isinstance(failure, DataprepError) else OutputError.exit_code


def _state(failure: BaseException) -> str:
    if _stopped(failure):
        return "stopped"
    if isinstance(failure, LockedError):
        return LOCKED_OUT
    return "not met" if isinstance(failure, NotMetError | DriftError) else "failed"


def _stopped(failure: BaseException) -> bool:
    # A query that a signal cuts off reports an error of its own.
    return bool(received) or isinstance(failure, Stopped | KeyboardInterrupt)
