"""The commands of batch jobs: ``run`` and ``runs``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from dataprep import flags
from dataprep.errors import DataprepError
from dataprep.report.plain import print_json

_FOREVER = "forever"
MOST = 2**63 - 1
"""The largest number that the history can hold."""


class _Waiting(click.Command):
    """A command whose ``--wait`` may stand alone: click would take the next word for its value."""

    def parse_args(self, context: click.Context, words: list[str]) -> list[str]:
        """Give a bare ``--wait`` its value."""
        told = [f"--wait={_FOREVER}" if word == "--wait" else word for word in words]
        return super().parse_args(context, told)


def _patience(_context: click.Context, parameter: click.Parameter, value: str) -> float:
    """Return how many seconds to wait for another run."""
    try:
        seconds = float("inf" if value == _FOREVER else value)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise click.BadParameter(
            f"{value!r} is no number of seconds. Write --wait, or e.g. --wait=600.",
            param=parameter,
        )
    return seconds


@click.command(cls=_Waiting, short_help="Run a batch job, unless it is up to date.")
@click.argument("pipeline")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key, e.g. output.keep=3, or a parameter of a stage, e.g. iqr.k=1.5.",
)
@click.option(
    "--wait",
    default="0",
    metavar="[=SECONDS]",
    callback=_patience,
    help="Wait for another run of this output (without SECONDS: as long as it takes).",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What ${date} stands for; today by default.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="How the log is written to standard error; the job's own 'log' by default.",
)
@flags.as_json
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but warnings and errors.")
@click.option("-f", "--force", is_flag=True, help="Run though the output is up to date.")
def run(
    pipeline: str,
    settings: Sequence[str],
    wait: float,
    day: Any,
    log_format: str | None,
    as_json: bool,
    quiet: bool,
    force: bool,
) -> None:
    """Run the batch job of PIPELINE.yaml, unless its output is up to date.

    The output is replaced as a whole or not at all. Exit codes: 0 done or up to date; 1 the data
    did not meet what the job asks of them, nothing was published; 2 wrong usage or configuration;
    3 could not run.
    """
    from dataprep.jobs.batch.job import read_job
    from dataprep.jobs.batch.logs import logging_listener, start_logging
    from dataprep.jobs.batch.running import run_job
    from dataprep.jobs.batch.unread import report_unread

    if log_format:
        # Errors in the job itself are told so as well.
        start_logging(log_format, quiet=quiet)
    today = day.date() if day else date.today()
    try:
        job = read_job(pipeline, settings, today)
    except DataprepError as error:
        report_unread(pipeline, settings, today, error)
        raise
    start_logging(log_format or job.keys.log, quiet=quiet)
    ended: list[Any] = []
    listeners = [logging_listener(), lambda event: ended.append(event)]
    try:
        summary = run_job(job, force=force, wait=wait, listeners=listeners)
    finally:
        # Of a run that could not be noted there is nothing to tell.
        if as_json and ended and ended[-1].kind == "ended":
            print_json(ended[-1].data)
    if not as_json and not quiet:
        from dataprep.report.runs import show_job

        show_job(summary, _console())
    if summary["exit"]:
        raise click.exceptions.Exit(summary["exit"])


@click.command(short_help="List the runs of batch jobs.")
@click.argument("number", required=False, type=click.IntRange(1, MOST), metavar="[ID]")
@flags.as_json
@click.option("--job", metavar="NAME", help="Only the runs of this job.")
@click.option(
    "--last", default=20, show_default=True, type=click.IntRange(1, MOST), help="How many."
)
@click.option(
    "--history", metavar="FILE", help="The history; DATAPREP_HISTORY or your own by default."
)
def runs(
    number: int | None, as_json: bool, job: str | None, last: int, history: str | None
) -> None:
    """List the runs of batch jobs, the newest first; or show the run ID."""
    from dataprep.jobs.batch.history import History, history_path
    from dataprep.report.runs import show_run_of_job, show_runs

    kept = History(history_path(history))
    found: Any = kept.listed(job, last) if number is None else kept.run(number)
    if as_json:
        print_json(found)
    elif number is None:
        show_runs(found, _console())
    else:
        show_run_of_job(found, _console())


def _console() -> Any:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160, soft_wrap=True)
