"""The command ``label-queue``."""

from __future__ import annotations

import sys
from collections.abc import Container
from typing import Any

import click
from click.core import ParameterSource

from dataprep import flags
from dataprep.errors import ConfigError
from dataprep.progress import shown_progress
from dataprep.report.plain import print_json

_CHOOSING = ("n", "strategy", "measure", "teacher", "group", "seed")


@click.command("label-queue", short_help="Write the rows that a person should label.")
@click.argument("input")
@click.option("--target", metavar="COL", required=True, help="The column of labels.")
@click.option("-n", type=int, default=100, show_default=True, help="How many rows, at most.")
@click.option(
    "--strategy",
    default="auto",
    show_default=True,
    metavar="auto|uncertain|wrong|representative",
    help="Which rows are worth the time.",
)
@click.option(
    "--measure",
    default="margin",
    show_default=True,
    metavar="margin|entropy|least_confident",
    help="Of uncertainty.",
)
@click.option("--teacher", metavar="NAME", help="The classifier (hist_gradient_boosting).")
@click.option("--group", metavar="COL", help="Rows with the same value are judged by others.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the classifier.")
@click.option("--merge", metavar="QUEUE.csv", help="Merge this queue, filled in, into INPUT.")
@click.option("--by", metavar="NAME", help="Who labelled, where the column _by is empty.")
@click.option("--at", metavar="DATE", help="When, where the column _at is empty (today).")
@click.option("--new-labels", is_flag=True, help="Labels may name classes that no row has yet.")
@click.option(
    "-o",
    "--output",
    help="What is written; NAME.queue.csv, or NAME.labelled.csv, beside the input by default.",
)
@flags.memory
@flags.layout
@flags.inside
@flags.meaning
@flags.speaking
def label_queue(
    input: str,
    target: str,
    merge: str | None,
    by: str | None,
    at: str | None,
    new_labels: bool,
    output: str | None,
    memory_limit: str,
    as_json: bool,
    quiet: bool,
    force: bool,
    **given: Any,
) -> None:
    """Write the rows of INPUT that are most worth labelling by hand, as a CSV to be filled in.

    Fill in the column _label, and _by and _at if you like. Then --merge writes INPUT again with
    these labels, and a ledger that says who gave them; `dataprep undo` takes them back.
    """
    from dataprep.jobs.asked_rows import AskedRows
    from dataprep.jobs.labelling import merge_path, queue_path

    reading = flags.reading_of(given)
    chosen = {name: given[name] for name in _CHOOSING}
    if merge is None:
        for name, value in (("by", by), ("at", at), ("new-labels", new_labels)):
            if value:
                raise ConfigError(
                    "is for --merge", place=f"--{name}", remedy="Give --merge queue.csv as well."
                )
        seed = chosen.pop("seed")
        asked = AskedRows(target, random_state=seed, **chosen)
        with shown_progress(quiet or as_json, memory_limit, "duckdb") as running:
            found = queue_path(input, output, asked, reading, running, force=force)
        if as_json:
            print_json(found)
        elif not quiet:
            from dataprep.report.labels import show_queue

            show_queue(found, input, target, _typed(set(given).difference(_CHOOSING)))
        return
    flags.refuse_beside("merge", *_CHOOSING)
    from datetime import date

    from dataprep.stages.labels.merge_labels import MergeLabels

    stage = MergeLabels(merge, by=by, at=at or date.today().isoformat(), new_labels=new_labels)
    with shown_progress(quiet or as_json, memory_limit, "duckdb") as running:
        summary = merge_path(input, merge, output, stage, target, reading, running, force=force)
    if as_json:
        print_json(summary)
    elif not quiet:
        from rich.console import Console

        from dataprep.report.text import show_run

        width = None if sys.stdout.isatty() else 160
        # Labels go to rows by their numbers: there is nothing to do to others.
        show_run(summary, Console(width=width, soft_wrap=True), again=False)


def _typed(names: Container[str]) -> list[str]:
    """Return those of some flags that were given, as words of a command line."""
    context = click.get_current_context()
    words = []
    for flag in context.command.params:
        name = flag.name or ""
        if name not in names or context.get_parameter_source(name) != ParameterSource.COMMANDLINE:
            continue
        value, written = context.params[name], max(flag.opts, key=len)
        if isinstance(value, bool):
            words.append(written if value else flag.secondary_opts[0])
        else:
            values = value if isinstance(value, tuple) else (value,)
            words += [word for one in values for word in (written, str(one))]
    return words
