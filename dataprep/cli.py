"""The command line: each command is one call of the library, and what it returns is shown."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from dataprep._version import __version__
from dataprep.errors import ConfigError, DataprepError

if TYPE_CHECKING:
    from dataprep.jobs.clean import Running


class _Terminated(BaseException):
    """SIGTERM arrived: unwind, so that nothing half-written stays."""


def _on_sigterm(_signal: int, _frame: Any) -> None:
    raise _Terminated


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_quiet = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
_force = click.option("-f", "--force", is_flag=True, help="Overwrite an earlier output.")
_memory = click.option(
    "--memory-limit", default="1GB", show_default=True, help="Past it, work spills to disk."
)
_engine = click.option(
    "--engine",
    default="duckdb",
    show_default=True,
    metavar="duckdb|memory|spark",
    help="duckdb spills past the memory limit; memory may use most of the machine's.",
)


def _reading(command: Any) -> Any:
    for option in (
        click.option(
            "--type",
            "kinds",
            multiple=True,
            metavar="COL=KIND",
            help="A known kind, e.g. zip=identifier.",
        ),
        click.option(
            "--sentinel",
            "sentinels",
            multiple=True,
            help="A number that stands for missing, e.g. -999.",
        ),
        click.option(
            "--missing-value",
            "missing_values",
            multiple=True,
            help="A text that stands for missing.",
        ),
        click.option(
            "--header/--no-header",
            default=None,
            help="Whether the first line names the columns (found by itself).",
        ),
        click.option("--delimiter", help="The sign between cells (found by itself)."),
    ):
        command = option(command)
    return command


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="dataprep")
def cli() -> None:
    """Prepare data for training: nothing is lost, nothing leaks.

    Begin with: dataprep clean data.csv --dry-run
    """


@cli.command()
@click.argument("input", nargs=-1, required=True)
@click.option("-o", "--output", help="Where to write; NAME.clean.csv beside the input by default.")
@click.option("--target", help="The column to be predicted; no stage changes it.")
@click.option("--id", "ids", multiple=True, help="A column that names a row.")
@click.option("--pipeline", help="Stages of your own: YAML, or the pipeline.json of a run.")
@click.option(
    "--missing",
    default="auto",
    show_default=True,
    metavar="auto|mean|median|most_frequent|drop|none",
    help="How missing values are treated.",
)
@click.option(
    "--outliers",
    default="iqr",
    show_default=True,
    metavar="iqr|z_score|mad|quantile|none",
    help="How far outliers are found; they are clipped.",
)
@click.option(
    "--dedupe",
    default="exact",
    show_default=True,
    metavar="exact|none|COL[,COL...]",
    help="Which columns make two rows duplicates.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="STAGE.PARAMETER=VALUE",
    help="Change a parameter, e.g. iqr.k=1.5.",
)
@_memory
@_engine
@_reading
@click.option(
    "--escape-formulas", is_flag=True, help="Put ' before cells that a spreadsheet would run."
)
@click.option("--dry-run", is_flag=True, help="Count what would be done, and write nothing.")
@_json
@_quiet
@_force
def clean(
    input: Sequence[str],
    output: str | None,
    target: str | None,
    ids: Sequence[str],
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
    """Clean INPUT: a CSV (also .gz), Parquet or JSON Lines file.

    Without flags: exact duplicates are dropped; numbers are imputed by the median, categories by
    the most frequent level; far outliers (IQR, k = 3) are clipped. Several files are parts of one
    table.
    """
    from dataprep.cleaning import default_stages
    from dataprep.config import load_pipeline, override
    from dataprep.jobs.clean import clean_path
    from dataprep.pipeline import Pipeline

    if pipeline:
        made = load_pipeline(pipeline)
        made.set_params(target=target or made.target, id=list(ids) or made.id)
    else:
        columns = dedupe if dedupe in ("exact", "none") else _split(dedupe)
        made = Pipeline(
            default_stages(missing, outliers, columns), target=target, id=list(ids) or None
        )
    if escape_formulas:
        from dataprep.stages.formulas import EscapeFormulas

        made.stages = [*made.stages, EscapeFormulas()]
    override(made, settings)
    with _progress(quiet or as_json, memory_limit, engine) as running:
        summary = clean_path(
            list(input),
            output,
            lambda _table: made,
            made.roles_given(),
            _read_options(reading),
            running,
            force=force,
            dry_run=dry_run,
        )
    _show(summary, as_json, quiet, dry_run=dry_run)


@cli.command()
@click.argument("pipeline")
@click.argument("input")
@click.option("-o", "--output", help="Where to write; NAME.clean.csv beside the input by default.")
@_memory
@_engine
@_reading
@_json
@_quiet
@_force
def apply(
    pipeline: str,
    input: str,
    output: str | None,
    memory_limit: str,
    engine: str,
    as_json: bool,
    quiet: bool,
    force: bool,
    **reading: Any,
) -> None:
    """Repair INPUT with the frozen statistics of PIPELINE.json: as many rows out as in."""
    from dataprep.jobs.clean import apply_path
    from dataprep.pipeline import Pipeline

    loaded = Pipeline.load(pipeline)
    with _progress(quiet or as_json, memory_limit, engine) as running:
        summary = apply_path(loaded, input, output, _read_options(reading), running, force=force)
    _show(summary, as_json, quiet)


@cli.command()
@click.argument("output")
@click.option("-o", "--restored", help="Where to write; NAME.restored.csv beside it by default.")
@_memory
@_json
@_quiet
@_force
def undo(
    output: str, restored: str | None, memory_limit: str, as_json: bool, quiet: bool, force: bool
) -> None:
    """Write the input of a run again, from its OUTPUT and the run folder beside it."""
    from dataprep.jobs.undo import undo_path

    with _progress(quiet or as_json, memory_limit, "duckdb") as running:
        found = undo_path(output, restored, running, force=force)
    if as_json:
        click.echo(json.dumps(found))
    elif not quiet:
        click.echo(f"{found['restored']}: {found['rows']:,} rows, as they came in")


@cli.command()
@click.argument("name", required=False)
@_json
def stages(name: str | None, as_json: bool) -> None:
    """List the stages, or show one with its parameters."""
    from dataprep.report.stages import all_described, described

    found: Any = described(name) if name else all_described()
    if as_json:
        click.echo(json.dumps(found, indent=1))
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


@cli.command()
def schema() -> None:
    """Print the JSON Schema of pipeline YAML, for editors."""
    from dataprep.report.stages import pipeline_schema

    click.echo(json.dumps(pipeline_schema(), indent=1))


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _read_options(given: dict[str, Any]) -> Any:
    from dataprep.jobs.clean import Reading
    from dataprep.kinds import KINDS

    kinds = {}
    for text in given["kinds"]:
        name, sign, kind = text.rpartition("=")
        if not sign or kind not in KINDS:
            raise ConfigError(
                f"{text!r}",
                place="--type",
                remedy=f"Write COLUMN=KIND with one of: {', '.join(KINDS)}.",
            )
        kinds[name] = kind
    return Reading(
        delimiter=given["delimiter"],
        header=given["header"],
        kinds=kinds or None,
        missing=given["missing_values"],
        sentinels=given["sentinels"],
    )


@contextmanager
def _progress(silent: bool, memory_limit: str, engine: str) -> Iterator[Running]:
    """Show what is being done: a spinner on a terminal, else a log line per stage."""
    from dataprep.jobs.clean import Running

    say: Callable[[str], None]
    if silent:
        yield Running(memory_limit, engine)
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield Running(memory_limit, engine, progress=lambda what: status.update(what))
    else:
        logging.basicConfig(format="%(asctime)s dataprep: %(message)s", stream=sys.stderr)
        logger = logging.getLogger("dataprep")
        logger.setLevel(logging.INFO)
        yield Running(memory_limit, engine, progress=logger.info)


def _show(summary: dict[str, Any], as_json: bool, quiet: bool, *, dry_run: bool = False) -> None:
    if as_json:
        click.echo(json.dumps(summary, indent=1, ensure_ascii=False))
    elif not quiet:
        from rich.console import Console

        from dataprep.report.text import show_run

        width = None if sys.stdout.isatty() else 160
        show_run(summary, Console(width=width, soft_wrap=True), dry_run=dry_run)


def main() -> None:
    """Run the command, and turn every error into a message and an exit code."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    code = 0
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("dataprep: interrupted; nothing was written", err=True)
        code = 130
    except _Terminated:
        click.echo("dataprep: terminated; nothing was written", err=True)
        code = 143
    except DataprepError as error:
        where = "".join(f" ({note})" for note in getattr(error, "__notes__", []))
        click.echo(f"dataprep: {error}{where}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        # The reader of our output left (dataprep stages | head): no fault of anyone's.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception as error:
        if os.environ.get("DATAPREP_DEBUG"):
            raise
        where = "".join(f" ({note})" for note in getattr(error, "__notes__", []))
        click.echo(
            f"dataprep: unexpected {type(error).__name__}: {error}{where}. Nothing was written. "
            "Set DATAPREP_DEBUG=1 for the traceback, and please report it.",
            err=True,
        )
        code = 3
    sys.exit(code)


if __name__ == "__main__":
    main()
