"""The commands: each is one call of the library, and what that returns is shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dataprep import batch_commands, drift_commands, flags, label_commands, suite_commands
from dataprep._version import __version__
from dataprep.progress import shown_progress
from dataprep.report.plain import print_json


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dataprep")
def cli() -> None:
    """Prepare data for training: nothing is lost, nothing leaks.

    Begin with: dataprep clean data.csv --dry-run
    """


@cli.command(short_help="Clean a table and write it, with a ledger.")
@click.argument("input", nargs=-1, required=True)
@flags.output
@flags.preparation
@flags.memory
@flags.engine
@flags.layout
@flags.inside
@flags.meaning
@click.option(
    "--escape-formulas", is_flag=True, help="Put ' before cells that a spreadsheet would run."
)
@click.option("--dry-run", is_flag=True, help="Count what would be done, and write nothing.")
@flags.speaking
def clean(
    input: Sequence[str],
    output: str | None,
    target: str | None,
    ids: Sequence[str],
    image: str | None,
    pipeline: str | None,
    missing: str,
    outliers: str,
    dedupe: str,
    settings: Sequence[str],
    memory_limit: str,
    engine: str,
    escape_formulas: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    force: bool,
    **reading: Any,
) -> None:
    """Clean INPUT: a table of any format that the name says, packed or not; - is standard input.

    CSV and the like, Excel, JSON Lines, JSON, Parquet, Feather, ORC; each also as .gz, .bz2, .xz,
    .zst or .zip.

    Without flags: exact duplicates are dropped; numbers are imputed by the median, categories by
    the most frequent level; far outliers (IQR, k = 3) are clipped. Several files, a
    folder or a pattern ('data/2024-*.csv') are parts of one table. A folder of pictures, or an
    IDX, NPY or NPZ file, is a table of references to them.
    """
    from dataprep.cleaning import default_stages
    from dataprep.config import left_to_jobs, load_pipeline, override
    from dataprep.jobs.clean import clean_path
    from dataprep.pipeline import Pipeline

    flags.refuse_two_roles(target, ids)
    if pipeline:
        flags.refuse_beside_pipeline("missing", "outliers", "dedupe")
        made = load_pipeline(pipeline)
        made.set_params(
            target=target or made.target, id=list(ids) or made.id, image=image or made.image
        )
    else:
        columns = dedupe if dedupe in ("exact", "none") else flags.names_of(dedupe)
        made = Pipeline(
            default_stages(missing, outliers, columns),
            target=target,
            id=list(ids) or None,
            image=image,
        )
    if escape_formulas:
        from dataprep.stages.formulas import EscapeFormulas

        made.stages = [*made.stages, EscapeFormulas()]
    override(made, settings)
    with shown_progress(quiet or as_json, memory_limit, engine) as running:
        summary = clean_path(
            list(input),
            output,
            lambda _table: made,
            made.roles_given(),
            flags.reading_of(reading),
            running,
            force=force,
            dry_run=dry_run,
            protected=[Path(pipeline)] if pipeline else [],
        )
    _show(summary, as_json, quiet, dry_run=dry_run)
    if pipeline and not quiet and (word := left_to_jobs(pipeline)):
        click.echo(f"note: {word}", err=True)


@cli.command(short_help="Repair new rows as an earlier run did.")
@click.argument("pipeline")
@click.argument("input")
@flags.output
@flags.memory
@flags.engine
@flags.layout
@flags.inside
@flags.signs
@click.option("--allow-extra", is_flag=True, help="Let columns pass that PIPELINE does not know.")
@flags.speaking
def apply(
    pipeline: str,
    input: str,
    output: str | None,
    memory_limit: str,
    engine: str,
    allow_extra: bool,
    as_json: bool,
    quiet: bool,
    force: bool,
    **reading: Any,
) -> None:
    """Repair INPUT with the frozen statistics of PIPELINE.json: as many rows out as in."""
    from dataprep.jobs.clean import apply_path
    from dataprep.pipeline import Pipeline

    loaded = Pipeline.load(pipeline)
    if allow_extra:
        loaded.extra = "allow"
    with shown_progress(quiet or as_json, memory_limit, engine) as running:
        summary = apply_path(
            loaded,
            input,
            output,
            flags.reading_of(reading),
            running,
            force=force,
            protected=[Path(pipeline)],
        )
    _show(summary, as_json, quiet)


@cli.command(short_help="Take a run back: write its input again.")
@click.argument("output")
@flags.restored
@flags.memory
@flags.speaking
def undo(
    output: str, restored: str | None, memory_limit: str, as_json: bool, quiet: bool, force: bool
) -> None:
    """Write the input of a run again, from its OUTPUT and the run folder beside it."""
    from dataprep.jobs.undo import undo_path

    with shown_progress(quiet or as_json, memory_limit, "duckdb") as running:
        found = undo_path(output, restored, running, force=force)
    if as_json:
        print_json(found)
    elif not quiet:
        click.echo(f"{found['restored']}: {found['rows']:,} rows, as they came in")


@cli.command(short_help="Train a baseline on what clean wrote.")
@click.argument("run_folder")
@flags.model_folder
@flags.training
@flags.speaking
def train(
    run_folder: str,
    output: str | None,
    as_json: bool,
    quiet: bool,
    force: bool,
    **options: Any,
) -> None:
    """Train a baseline on what `dataprep clean` wrote, to judge the data by.

    RUN_FOLDER is data.clean.dataprep, or the output beside it. Rows that were split off choose the
    epoch and the threshold (validation), and judge the model (test).
    """
    from dataprep.jobs.train import train_path
    from dataprep.report.plots import draw

    with shown_progress(quiet or as_json, "1GB", "duckdb") as running:
        given = {name: value for name, value in options.items() if value is not None}
        found = train_path(
            run_folder, output, draw, force=force, progress=running.progress, **given
        )
    if as_json:
        print_json(found)
    elif not quiet:
        from rich.console import Console

        from dataprep.report.training import show_training

        width = None if sys.stdout.isatty() else 160
        show_training(found, Console(width=width, soft_wrap=True))


@cli.command(short_help="Show pictures as a pipeline augments them.")
@click.argument("source")
@click.option("--pipeline", help="With the stage image_augment; a run's own by default.")
@click.option(
    "-o", "--output", default="preview.png", show_default=True, help="The PNG that is written."
)
@click.option("--target", help="The column of classes, from each of which pictures are shown.")
@click.option("--image", help="The column of pictures.")
@click.option("--image-root", metavar="FOLDER", help="Where the pictures are now, if moved.")
@click.option("--rows", default=8, show_default=True, type=click.IntRange(1, 64))
@click.option("--copies", default=7, show_default=True, type=click.IntRange(1, 64))
@click.option("--size", type=int, nargs=2, metavar="HEIGHT WIDTH", help="Brought to this size.")
@flags.speaking
def preview(
    source: str, output: str, as_json: bool, quiet: bool, force: bool, **asked: Any
) -> None:
    """Show pictures of SOURCE, a run folder or a folder of pictures, as training will see them.

    Originals stand beside their looks in as many epochs as there are copies.
    """
    from dataprep.previewing import preview_path

    found = preview_path(source, asked.pop("pipeline"), output, force=force, **asked)
    if as_json:
        print_json(found)
    elif not quiet:
        click.echo(f"{found['output']}: {found['rows']} pictures, {found['copies']} looks of each")


@cli.command(short_help="List the stages, or show one.")
@click.argument("name", required=False)
@flags.as_json
def stages(name: str | None, as_json: bool) -> None:
    """List the stages, or show one with its parameters."""
    from dataprep.report.stages import all_described, described

    found: Any = described(name) if name else all_described()
    if as_json:
        print_json(found)
    elif name:
        click.echo(f"{found['name']}: {found['summary']}\n")
        for item in found["parameters"]:
            click.echo(f"  {item['name']} ({item['type']}, default {item['default']!r})")
            if item["doc"]:
                click.echo(f"      {item['doc']}")
    else:
        width = max(len(item["name"]) for item in found)
        for item in found:
            click.echo(f"{item['name']:{width}}  {item['summary']}")


@cli.command(short_help="Print the JSON Schema of pipeline YAML.")
def schema() -> None:
    """Print the JSON Schema of pipeline YAML, for editors."""
    from dataprep.report.stages import pipeline_schema

    print_json(pipeline_schema())


cli.add_command(batch_commands.run)
cli.add_command(batch_commands.runs)
cli.add_command(suite_commands.validate)
cli.add_command(suite_commands.suggest_expectations)
cli.add_command(drift_commands.drift)
cli.add_command(label_commands.label_queue)


def _show(summary: dict[str, Any], as_json: bool, quiet: bool, *, dry_run: bool = False) -> None:
    if as_json:
        print_json(summary)
    elif not quiet:
        from rich.console import Console

        from dataprep.report.text import show_run

        width = None if sys.stdout.isatty() else 160
        show_run(summary, Console(width=width, soft_wrap=True), dry_run=dry_run)


def run(words: list[str]) -> int:
    """Run the command that the words name, and return the exit code.

    Not click's own ``main``: it takes the end of a truncated file for a wish to stop.
    """
    completing = os.environ.get("_DATAPREP_COMPLETE")
    if completing:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "dataprep", "_DATAPREP_COMPLETE", completing)
    try:
        with cli.make_context("dataprep", words) as context:
            cli.invoke(context)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    return 0
