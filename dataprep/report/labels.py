"""Queues of rows to be labelled, in words."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click


def show_queue(found: dict[str, Any], source: str, target: str, reading: Sequence[str]) -> None:
    """Say which rows are in a queue, and what to do with it; ``reading`` are words of the command.

    Without them other cells would be missing, and a row no more what the queue was written from.
    """
    parts = ", ".join(f"{rows:,} {name}" for name, rows in found["strategies"].items() if rows)
    click.echo(f"{found['output']}: {found['rows']:,} rows{f' ({parts})' if parts else ''}")
    for note in found["notes"]:
        click.echo(f"  note: {note}")
    if found["rows"]:
        words = ["dataprep", "label-queue", source, "--target", target, "--merge", found["output"]]
        words += reading
        click.echo(f"Fill in the column _label, then: {shlex.join(words)}")
