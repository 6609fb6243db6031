"""The flags of the commands, declared once, and what their texts mean."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dataprep.errors import ConfigError

if TYPE_CHECKING:
    from dataprep.jobs.reading import Reading


def _not_empty(_context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse an empty text: a variable of a script that was never set, as a rule."""
    if value == "" or (isinstance(value, tuple) and "" in value):
        raise click.BadParameter("is empty. Leave it out, or give it a value.", param=parameter)
    return value


def _together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator for several; ``--help`` lists them in the order given."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


as_json = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
force = click.option("-f", "--force", is_flag=True, help="Overwrite an earlier output.")
speaking = _together(as_json, quiet, force)

output = click.option(
    "-o",
    "--output",
    callback=_not_empty,
    help="Where to write; NAME.clean.csv beside the input by default.",
)
restored = click.option(
    "-o",
    "--restored",
    callback=_not_empty,
    help="Where to write; NAME.restored.csv beside it by default.",
)
model_folder = click.option(
    "-o",
    "--output",
    callback=_not_empty,
    help="The folder to write; NAME.model beside the run by default.",
)
memory = click.option(
    "--memory-limit", default="1GB", show_default=True, help="Past it, work spills to disk."
)
engine = click.option(
    "--engine",
    default="duckdb",
    show_default=True,
    metavar="duckdb|memory|spark",
    help="duckdb spills past the memory limit; memory may use most of the machine's.",
)

# How a file is written.
layout = _together(
    click.option(
        "--delimiter", callback=_not_empty, help="The sign between cells (found by itself)."
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first line names the columns (found by itself).",
    ),
    click.option("--quote", metavar="SIGN|none", help="The sign around cells (found by itself)."),
    click.option(
        "--escape", metavar="backslash|double", help="How a quote inside of quotes is written."
    ),
    click.option(
        "--encoding",
        callback=_not_empty,
        help="Such as utf-8, windows-1252, gbk (found by itself).",
    ),
    click.option(
        "--comment",
        callback=_not_empty,
        metavar="SIGN",
        help="What lines that are remarks begin with.",
    ),
    click.option(
        "--skip-lines", type=click.IntRange(0), help="How many lines stand above the table."
    ),
)

# Where in a file the table lies.
inside = _together(
    click.option(
        "--sheet",
        metavar="NAME|NUMBER",
        callback=_not_empty,
        help="The sheet of an Excel file (that with the largest table).",
    ),
    click.option(
        "--member",
        metavar="NAME",
        callback=_not_empty,
        help="The file that is read of a zip archive with several.",
    ),
    click.option(
        "--table",
        metavar="NAME",
        callback=_not_empty,
        help="The table of a database, e.g. sales.customers.",
    ),
    click.option(
        "--query",
        metavar="SQL",
        callback=_not_empty,
        help="What is read of a database instead, e.g. 'select * from t order by id'.",
    ),
)

# How values are written, where cells leave it open.
signs = _together(
    click.option(
        "--decimal", metavar="SIGN", help="The sign before decimals, if cells leave it open."
    ),
    click.option("--thousands", metavar="SIGN", help="The sign between thousands, likewise."),
    click.option(
        "--date-order",
        type=click.Choice(["day", "month", "year"]),
        help="What dates such as 03/04/2024 begin with, likewise.",
    ),
)

# What cells mean; a fitted pipeline has that in its state.
meaning = _together(
    click.option(
        "--missing-value", "missing_values", multiple=True, help="A text that stands for missing."
    ),
    click.option(
        "--sentinel",
        "sentinels",
        multiple=True,
        metavar="NUMBER",
        help="A number that stands for missing, e.g. -999.",
    ),
    click.option(
        "--type",
        "kinds",
        multiple=True,
        metavar="COL=KIND",
        help="A known kind, e.g. zip=identifier.",
    ),
    signs,
)

preparation = _together(
    click.option(
        "--target",
        metavar="COL",
        callback=_not_empty,
        help="The column to be predicted; no stage changes it.",
    ),
    click.option(
        "--id",
        "ids",
        multiple=True,
        metavar="COL",
        callback=_not_empty,
        help="A column that names a row; may be repeated.",
    ),
    click.option(
        "--image",
        metavar="COL",
        callback=_not_empty,
        help="A column with the paths of pictures, as seen from the file's folder.",
    ),
    click.option(
        "--pipeline",
        metavar="FILE",
        callback=_not_empty,
        help="Stages of your own: YAML, or the pipeline.json of a run.",
    ),
    click.option(
        "--missing",
        default="auto",
        show_default=True,
        metavar="auto|mean|median|most_frequent|drop|none",
        help="How missing values are treated.",
    ),
    click.option(
        "--outliers",
        default="iqr",
        show_default=True,
        metavar="iqr|z_score|mad|quantile|none",
        help="How far outliers are found; they are clipped.",
    ),
    click.option(
        "--dedupe",
        default="exact",
        show_default=True,
        metavar="exact|none|COL[,COL...]",
        callback=_not_empty,
        help="Which columns make two rows duplicates.",
    ),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="STAGE.PARAMETER=VALUE",
        help="Change a parameter, e.g. iqr.k=1.5.",
    ),
)

# How a model is trained; what is not given is as dataprep.training.train has it.
training = _together(
    click.option("--target", metavar="COL", callback=_not_empty, help="The run's by default."),
    click.option("--epochs", type=int, help="At most so many (30; more of few rows)."),
    click.option("--batch-size", type=int, help="Rows of a step (16 to 256, by their number)."),
    click.option("--learning-rate", type=float, help="Of Adam (0.001; 0.003 of a cnn)."),
    click.option("--seed", type=int, help="For first weights, dropout and the order (0)."),
    click.option(
        "--loss",
        metavar="auto|cross_entropy|focal|class_balanced_focal",
        help="auto is cross-entropy, or the squared error of a number.",
    ),
    click.option(
        "--model", metavar="auto|mlp|cnn", help="auto is mlp for tables, cnn for pictures."
    ),
    click.option("--image-root", metavar="FOLDER", help="Where the pictures are now, if moved."),
    click.option("--channels", type=int, help="Of pictures: 1 or 3 (3 unless all are grey)."),
)


def names_of(text: str) -> tuple[str, ...]:
    """Return the columns that a flag lists, as a line of CSV does.

    Examples
    --------
    >>> names_of('name, "born, or baptised"')
    ('name', 'born, or baptised')
    """
    return tuple(next(csv.reader([text], skipinitialspace=True)))


def reading_of(given: dict[str, Any]) -> Reading:
    """Return how a file is to be read, from what `layout` and `meaning` were given."""
    from dataprep.errors import did_you_mean
    from dataprep.jobs.reading import reading_from
    from dataprep.kinds import KINDS

    kinds = {}
    for text in given.get("kinds", ()):
        name, sign, kind = text.rpartition("=")
        if not sign or not name:
            raise ConfigError(
                f"{text!r} is no COLUMN=KIND", place="--type", remedy="Write e.g. zip=identifier."
            )
        if kind not in KINDS:
            raise ConfigError(
                f"unknown kind {kind!r}", place=f"--type {text}", remedy=did_you_mean(kind, KINDS)
            )
        kinds[name] = kind
    for text in given.get("sentinels", ()):
        try:
            float(text)
        except ValueError:
            raise ConfigError(
                f"{text!r} is no number",
                place="--sentinel",
                remedy="A text that stands for missing is a --missing-value.",
            ) from None
    return reading_from({**given, "kinds": kinds or None})


def refuse_beside_pipeline(*flags: str) -> None:
    """Raise for flags that choose stages where a file has chosen them already."""
    context = click.get_current_context()
    for flag in flags:
        if context.get_parameter_source(flag) is ParameterSource.COMMANDLINE:
            raise ConfigError(
                "has no say where --pipeline names the stages",
                place=f"--{flag}",
                remedy="Change the file, or one parameter with --set stage.parameter=value.",
            )


def refuse_beside(other: str, *flags: str) -> None:
    """Raise for flags that have no say where another one was given."""
    context = click.get_current_context()
    for flag in flags:
        if context.get_parameter_source(flag) is ParameterSource.COMMANDLINE:
            typed = f"-{flag}" if len(flag) == 1 else f"--{flag}"
            raise ConfigError(
                f"has no say beside --{other}", place=typed, remedy="Leave one of them out."
            )


def refuse_two_roles(target: str | None, ids: Sequence[str]) -> None:
    """Raise for a column that is to be predicted and to name rows at once."""
    if target in ids:
        raise ConfigError(
            f"{target!r} is the target as well", place="--id", remedy="Give a column one role."
        )
