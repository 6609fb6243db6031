"""The commands of what is expected of data: ``validate`` and ``suggest-expectations``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dataprep import flags
from dataprep.errors import ExpectationError
from dataprep.progress import shown_progress
from dataprep.report.plain import print_json

if TYPE_CHECKING:
    from dataprep.jobs.validate import Validated

UNMET = 1
"""The exit code where data do not meet what is expected of them."""


@click.command(short_help="Hold a table against Great Expectations.")
@click.argument("input", nargs=-1, required=True)
@click.option("--suite", metavar="FILE", help="What is expected, as GX's JSON.")
@click.option("--schema", metavar="FILE", help="The columns of an earlier run: its summary.json.")
@click.option("--data-docs", metavar="FOLDER", help="Also write Great Expectations' HTML pages.")
@flags.memory
@flags.layout
@flags.inside
@flags.meaning
@flags.as_json
@flags.quiet
def validate(
    input: Sequence[str],
    suite: str | None,
    schema: str | None,
    data_docs: str | None,
    memory_limit: str,
    as_json: bool,
    quiet: bool,
    **reading: Any,
) -> None:
    """Say whether INPUT meets a Great Expectations suite, or has the columns of an earlier run.

    Exit code 0: all that is critical is met, and the columns are the same. 1: not so. 2: the suite
    or a flag is wrong. 3: it could not be found out.
    """
    from dataprep.jobs.validate import Validated, validate_path

    with shown_progress(quiet or as_json, memory_limit, "duckdb") as running:
        try:
            found = validate_path(
                list(input), suite, schema, flags.reading_of(reading), running, data_docs=data_docs
            )
        except ExpectationError as error:
            if error.verdict is not None:
                _show(Validated(error.verdict), as_json=as_json, quiet=quiet)
            raise
    _show(found, as_json=as_json, quiet=quiet)
    if not found.success:
        click.get_current_context().exit(UNMET)


def _show(found: Validated, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(found.as_dict())
    elif not quiet:
        from dataprep.report.expectations import show_verdict

        if found.drift is not None:
            click.echo(f"schema: {found.drift}")
        if found.verdict is not None:
            click.echo(show_verdict(found.verdict))


@click.command("suggest-expectations", short_help="Write a suite that a table meets.")
@click.argument("input", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", help="Where to write; standard output by default.")
@flags.force
@flags.memory
@flags.layout
@flags.inside
@flags.meaning
@flags.quiet
def suggest_expectations(
    input: Sequence[str],
    output: str | None,
    memory_limit: str,
    quiet: bool,
    force: bool,
    **reading: Any,
) -> None:
    """Write a Great Expectations suite that INPUT meets, for you to edit."""
    from dataprep.jobs.validate import place_of_suite, suggest_path, write_suite

    how = flags.reading_of(reading)
    path = None if output is None else place_of_suite(output, list(input), how, force=force)
    with shown_progress(quiet or path is None, memory_limit, "duckdb") as running:
        suite = suggest_path(list(input), how, running)
    if path is None:
        print_json(suite)
        return
    write_suite(suite, path)
    if not quiet:
        click.echo(f"{path}: {len(suite['expectations'])} expectations, to be edited")
