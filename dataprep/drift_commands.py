"""The command ``drift``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from dataprep import flags
from dataprep.errors import DataError
from dataprep.progress import shown_progress
from dataprep.report.plain import print_json

DRIFTED = 1
"""The exit code where ``--fail`` was given, and rows are distributed otherwise."""


@click.command(short_help="Say whether two tables are distributed alike.")
@click.argument("reference")
@click.argument("current", nargs=-1, required=True)
@click.option("--target", metavar="COL", help="The column to be predicted, told apart.")
@click.option("--id", "ids", multiple=True, metavar="COL", help="To leave out; may be repeated.")
@click.option("--columns", metavar="COL[,COL...]", help="Those to compare (features and target).")
@click.option("--alpha", type=float, help="The level of significance (0.01).")
@click.option("--psi", type=float, help="The stability index that is large enough (0.2).")
@click.option("--distance", type=float, help="Likewise the distance KS or Jensen-Shannon (0.2).")
@click.option("--missing", type=float, help="Likewise the difference of missing shares (0.05).")
@click.option(
    "--correction", metavar="holm|bonferroni|bh", help="Of p-values, for many columns (holm)."
)
@click.option("--min-rows", type=int, help="A column with fewer values is not judged (50).")
@click.option("--auc", type=float, default=0.55, show_default=True, help="Of the classifier.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the classifier.")
@click.option("--no-classifier", is_flag=True, help="Compare column by column only.")
@click.option("--fail", is_flag=True, help="End with exit code 1 where there is drift.")
@flags.memory
@flags.layout
@flags.inside
@flags.meaning
@flags.as_json
@flags.quiet
def drift(
    reference: str,
    current: Sequence[str],
    target: str | None,
    ids: Sequence[str],
    columns: str | None,
    auc: float,
    seed: int,
    no_classifier: bool,
    fail: bool,
    memory_limit: str,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Say whether CURRENT is distributed as REFERENCE: a file, or the pipeline.json of a run.

    A pipeline.json has distributions where its pipeline has a stage drift. Either may be a
    database; --table or --query is of each that is one. A column drifts where
    the difference is significant and large. Exit code 0: it was told. 1: with --fail, there is
    drift. 2: a flag is wrong. 3: it could not be found out.
    """
    from dataprep.distributions.judging import THRESHOLDS
    from dataprep.jobs.drift import Asked, drift_path

    thresholds = {n: value for n in THRESHOLDS if (value := given.pop(n)) is not None}
    chosen = None if columns is None else flags.names_of(columns)
    asked = Asked(target, ids, chosen, thresholds, not no_classifier, auc, seed)
    with shown_progress(quiet or as_json, memory_limit, "duckdb") as running:
        found = drift_path(reference, current, asked, flags.reading_of(given), running)
    if as_json:
        print_json(found.as_dict())
    elif not quiet:
        from rich.console import Console

        from dataprep.report.drift import show_drift

        show_drift(found, Console(width=None if sys.stdout.isatty() else 160, soft_wrap=True))
    if fail and not found.judged:
        raise DataError(
            "no column could be judged",
            place=", ".join(current),
            remedy="Give more rows, lower --min-rows, or name other --columns.",
        )
    if fail and found.drifted:
        click.get_current_context().exit(DRIFTED)
