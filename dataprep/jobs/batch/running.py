"""Run a job: once for each key, one at a time, published whole or not at all, and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from dataprep._version import __version__
from dataprep.errors import DataprepError, DriftError
from dataprep.files import working_folder
from dataprep.jobs.batch.afterwards import Following
from dataprep.jobs.batch.bounds import Clock, NotMetError, OutOfTimeError, rows_expected
from dataprep.jobs.batch.events import Listener, Teller
from dataprep.jobs.batch.expecting import Expecting
from dataprep.jobs.batch.history import History, history_path, now
from dataprep.jobs.batch.inputs import check_unchanged, inputs_for, pipeline_file
from dataprep.jobs.batch.job import Job
from dataprep.jobs.batch.key import configuration_of, versions
from dataprep.jobs.batch.lineage import lineage_of
from dataprep.jobs.batch.loading import write_table
from dataprep.jobs.batch.locking import locked
from dataprep.jobs.batch.making import Maker
from dataprep.jobs.batch.publishing import (
    FAILED,
    FINISHED,
    LATEST,
    Version,
    check_folder,
    latest,
    let_go,
    publish,
    seal,
    tidy,
)
from dataprep.jobs.batch.recording import Record
from dataprep.jobs.batch.refusing import check_and_keep
from dataprep.jobs.batch.speaking import speak_of_keys
from dataprep.jobs.batch.tables import make_each, make_one
from dataprep.jobs.batch.watching import Watching
from dataprep.jobs.running import Running
from dataprep.stopping import held


def run_job(
    job: Job,
    *,
    force: bool = False,
    wait: float = 0.0,
    listeners: Sequence[Listener] = (),
) -> dict[str, Any]:
    """Run a job, unless its output is up to date, and note the run in the history.

    Parameters
    ----------
    job : Job
    force : bool, default=False
        Run though the output is up to date.
    wait : float, default=0
        So many seconds to wait for another run of the same output.
    listeners : sequence of callable
        Told of every event.

    Returns
    -------
    summary : dict
        ``state`` is ``done``, ``up to date`` or ``not met``, with ``exit`` 0, 0 or 1. Of a run
        that made something: counts, stages, expectations, inputs with hashes, versions, seconds.

    Raises
    ------
    DataprepError
        When the job could not run. The output is what it was before.
    """
    history = History(history_path(job.keys.history))
    began, started = now(), perf_counter()
    summary: dict[str, Any] = {
        "dataprep": __version__, "job": job.name, "run": None, "began": began,
        "output": {"folder": str(job.folder)}, "notes": [],
    }  # fmt: skip
    try:
        summary["run"] = number = history.begin(job.name, job.folder, __version__)
    except DataprepError as error:
        _tell_of_no_run(Following(job, history), summary, error, Teller(job.name, 0, listeners))
        raise
    teller = Teller(job.name, number, listeners)
    following = Following(job, history, lineage_of(job, number, began))
    record = Record(job, history, teller, started, summary, following)
    run = _Run(job, teller, record, Clock(job.timeout))
    try:
        if job.folder.exists():
            # Not even a lock is left in a folder that is somebody else's.
            check_folder(job.folder, job.name, job.document.place("output.path"))
        told = {"job": job.name, "run": number, "since": began}
        with locked(job.folder, told, wait, run.waiting) as left:
            history.running(number, job.folder)
            if left:
                run.record.note(f"run {left.get('run')} was killed: its lock was taken over")
            with run.clock.running(run.last_words):
                run.work(force=force)
    except BaseException as error:
        if "state" in summary:
            # What came after the output was published changes nothing about it.
            run.record.end(None)
            raise
        failure = run.late() if run.clock.expired else error
        speak_of_keys(failure, job)
        run.record.end(failure)
        if isinstance(failure, NotMetError | DriftError):
            return summary
        if failure is error:
            raise
        raise failure from None
    run.record.end(None)
    return summary


def _tell_of_no_run(
    following: Following, summary: dict[str, Any], error: DataprepError, teller: Teller
) -> None:
    """Tell those who are to hear of failures that a run could not even be noted."""
    failed = {"state": "failed", "exit": error.exit_code, "message": str(error), "seconds": 0.0}
    _, wrongs = following.ended({**summary, **failed}, teller.progress)
    for wrong in wrongs:
        teller.note(wrong)


@dataclass(frozen=True)
class _Run:
    """A run that goes on."""

    job: Job
    teller: Teller
    record: Record
    clock: Clock

    def waiting(self, holder: str) -> None:
        self.teller.tell("waiting", f"waiting: {holder} has the output")

    def late(self) -> OutOfTimeError:
        return OutOfTimeError(
            f"the run took longer than {self.clock.seconds:g} s",
            place=self.job.document.place("timeout"),
            remedy="Nothing was published. Raise the limit, or give it less to do.",
        )

    def last_words(self) -> None:
        """Note that the time is over, before the process is ended in the midst of its work."""
        self.record.note(str(self.late()))
        self.record.end(self.late())

    def work(self, *, force: bool) -> None:
        """Find out what is to be done, and do it."""
        job, summary = self.job, self.record.summary
        check_folder(job.folder, job.name, job.document.place("output.path"))
        self.teller.tell("started", f"run {self.teller.run} of {job.name}")
        if wrong := self.record.following.started():
            self.record.note(wrong)
        with working_folder(job.folder, job.folder) as work:
            tidy(job.folder, work)
            if force:
                # Nothing of earlier runs is trusted, not even what they had finished.
                self._forget_finished(work / "not trusted")
            self.teller.progress("hashing the inputs")
            with rows_expected():
                inputs = inputs_for(job, work)
            named = pipeline_file(job)
            self.record.following.reads(inputs)
            summary["inputs"] = [one.told() for one in inputs]
            summary["versions"] = versions()
            before = latest(job.folder)
            running = Running(job.keys.memory_limit, progress=self.teller.progress)
            expecting = Expecting(job, self.teller.progress, self.record.note)
            summary["expectations"] = expecting.results
            summary["configuration"] = configuration_of(job, job.new_pipeline())
            watching = Watching(self.record, self.teller.progress)
            maker = Maker(job, expecting, running, work, watching)
            staged = work / "version"
            staged.mkdir()
            make = make_each if job.keys.incremental else make_one
            made = make(self.record, maker, inputs, before, staged, force=force)
            if made is None:
                summary["state"] = "up to date"
                self._forget_finished(work / "finished")
                self._published(before)
                return
            check_unchanged([*inputs, *named])
            if over := dict.fromkeys(name for one in inputs for name in one.passed_over):
                self.record.note(f"no tables by their names, and not read: {', '.join(over)}")
            check_and_keep(self.record, inputs, list(made.summaries), staged, work)
            watching.compare()
            # First the table: a run that is killed before it publishes finds it written, and
            # publishes.
            write_table(self.record, staged, force=force)
            self.clock.stop()
            self.teller.progress("publishing")
            key = summary["key"]
            seal(staged, {"key": key, "job": job.name, **made.manifest}, made.known)
            with held():
                # No signal comes between what is done and that it is known.
                publish(staged, job.folder, key)
                summary["state"] = "done"
                self._published(latest(job.folder))
            try:
                let_go(job.folder, job.output.keep, work)
                self._forget_finished(work / "finished")
                if (failed := job.folder / FAILED).exists():
                    failed.rename(work / "failed before")
            except OSError as error:
                self.record.note(f"earlier versions were not let go: {error}")
            self.teller.tell("published", summary["output"]["version"], summary["output"])

    def _forget_finished(self, to: Path) -> None:
        """Let go of what runs had finished, by moving it to a folder that will be removed."""
        finished = self.job.folder / FINISHED
        if finished.exists():
            finished.rename(to)

    def _published(self, version: Version | None) -> None:
        if version is not None:
            self.record.summary["output"] |= {
                "path": str(self.job.folder / LATEST),
                "version": version.path.name,
                "files": version.manifest["files"],
            }
