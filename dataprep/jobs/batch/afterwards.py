"""What follows a run: metrics, lineage and hooks; what fails of them is told, and no more.

The output is published, or it is not: nothing that follows changes that, nor the exit code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from dataprep.databases.address import Name
from dataprep.errors import DataprepError, OutputError
from dataprep.jobs.batch import told
from dataprep.jobs.batch.commanding import run_command
from dataprep.jobs.batch.history import History
from dataprep.jobs.batch.hooks import Command, Hook
from dataprep.jobs.batch.inputs import Input
from dataprep.jobs.batch.job import Job
from dataprep.jobs.batch.lineage import Lineage
from dataprep.jobs.batch.metrics import write_metrics


@dataclass(frozen=True)
class Following:
    """What follows a run of a job.

    Parameters
    ----------
    job : Job
    history : History
    lineage : Lineage or str, optional
        What sends events; or why it cannot, though it is asked for.
    """

    job: Job
    history: History
    lineage: Lineage | str | None = None

    def started(self) -> str:
        """Tell that a run has begun; return what went wrong, empty when nothing did."""
        if self.lineage is None or isinstance(self.lineage, str):
            return self.lineage or ""
        return self.lineage.start()

    def reads(self, inputs: Sequence[Input]) -> None:
        """Take note of what the run has found to read."""
        if isinstance(self.lineage, Lineage):
            self.lineage.inputs = inputs

    def wrote(self, table: Name | None) -> None:
        """Take note of the table that the run has written, as the database has it."""
        if isinstance(self.lineage, Lineage):
            self.lineage.table = table

    def ended(
        self, summary: Mapping[str, Any], progress: Callable[[str], None]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Tell what came of a run; return what came of each hook, and all that went wrong.

        Parameters
        ----------
        summary : mapping
            Of a run that has ended.
        progress : callable
            Told what is being done.
        """
        wrongs = []
        if self.job.keys.prometheus is not None:
            wrongs.append(self._metrics(Path(self.job.keys.prometheus), summary))
        if self.lineage is not None and not isinstance(self.lineage, str):
            wrongs.append(self.lineage.end(summary))
        results = []
        for hook in _asked(self.job, summary):
            progress(f"telling {hook}")
            started = perf_counter()
            wrong = _told(hook, self.job, summary, progress)
            took = round(perf_counter() - started, 3)
            result = {"hook": str(hook), "seconds": took}
            results.append({**result, "wrong": wrong} if wrong else result)
            wrongs.append(f"{hook}: {wrong}" if wrong else "")
        return results, [wrong for wrong in wrongs if wrong]

    def _metrics(self, path: Path, summary: Mapping[str, Any]) -> str:
        try:
            last = self.history.last_success(self.job.name)
        except DataprepError:
            # That it cannot be read is told already.
            last = None
        try:
            write_metrics(path, summary, last)
        except OutputError as error:
            return f"the metrics were not written: {error}"
        return ""


def _asked(job: Job, summary: Mapping[str, Any]) -> Iterator[Hook]:
    """Give the hooks that are about a run that ended so."""
    if summary["exit"]:
        yield from job.hooks.get("on_failure", ())
        return
    if warned(summary):
        yield from job.hooks.get("on_warning", ())
    yield from job.hooks.get("on_success", ())


def warned(summary: Mapping[str, Any]) -> bool:
    """Tell whether a person should look at a run that was done.

    Examples
    --------
    >>> warned({"notes": [], "expectations": [{"warning": 2}]}), warned({"notes": []})
    (True, False)
    """
    suites = summary.get("expectations", ())
    return bool(summary["notes"]) or any(one.get("warning") for one in suites)


def _told(hook: Hook, job: Job, summary: Mapping[str, Any], progress: Callable[[str], None]) -> str:
    body = told.told(summary)
    if not isinstance(hook, Command):
        from dataprep.jobs.batch.posting import post

        return post(hook, body, job.day)
    wrong, said = run_command(hook, body, _environment(job, summary))
    for line in said.splitlines():
        progress(f"{hook} says: {line}")
    return wrong


def _environment(job: Job, summary: Mapping[str, Any]) -> dict[str, str]:
    """Return what a command finds in its environment."""
    output = summary["output"]
    return {
        "DATAPREP_JOB": job.name,
        "DATAPREP_RUN": str(summary.get("run") or ""),
        "DATAPREP_STATE": summary["state"],
        "DATAPREP_EXIT": str(summary["exit"]),
        "DATAPREP_OUTPUT": str(Path(output.get("path") or output["folder"])),
    }
