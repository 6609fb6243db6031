"""The closing table of a run, for a person."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_SIGNS = {
    "\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe", ":": "colon", " ": "blank",
    r"\s+": "blanks", r"\s{2,}": "wide blanks",
}  # fmt: skip
_VERBS = {
    "impute": "filled",
    "clip": "clipped",
    "null": "made missing",
    "relabel": "relabelled",
    "drop": "rows dropped",
    "make": "rows made",
    "withdraw": "made rows dropped again",
    "escape": "escaped",
}


_NO_FEATURES = ("weight", "split", "fold", "provenance", "measure", "soft_label")
"""Roles of columns that a model must not see, and that were not there before."""


def show_run(
    summary: Mapping[str, Any], console: Console, *, dry_run: bool = False, again: bool = True
) -> None:
    """Print what was read, what each stage did, where it went and what to do next.

    ``again`` tells how to do it to new rows, too.
    """
    reading = summary["input"]
    console.print(_read_line(reading, summary["rows_malformed"]))
    for note in reading.get("notes", ()):
        console.print(f"[yellow]{escape(note)}[/yellow]")
    console.print(_stage_table(summary))
    for stage in summary["stages"]:
        for note in stage["notes"]:
            console.print(f"[dim]{escape(stage['stage'])}: {escape(note)}[/dim]")
    rows = f"{summary['rows_in']:,} rows in = {summary['rows_kept']:,} kept"
    rows += f" + {summary['rows_rejected']:,} rejected"
    if summary["rows_synthetic"]:
        rows += f"; {summary['rows_synthetic']:,} made"
    rows += f"; {summary['cells_changed']:,} cells changed; {summary['seconds']:.2f} s"
    console.print(rows)
    if dry_run:
        console.print("[bold]Dry run:[/bold] nothing was written. Leave out --dry-run to do it.")
        return
    output, folder = summary["output"]["path"], summary["folder"]
    for part, file in summary["output"].get("parts", {}).items():
        console.print(f"{part}: [bold]{escape(file['path'])}[/bold], {file['rows']:,} rows")
    where = "" if "parts" in summary["output"] else f"[bold]{escape(output)}[/bold]  and "
    console.print(f"{where}what was done: {escape(folder)}/")
    apart = [name for name, role in summary.get("roles", {}).items() if role in _NO_FEATURES]
    if apart:
        console.print(f"[dim]No features:[/dim]        {escape(', '.join(apart))}", highlight=False)
    # Of an output in parts there is no file of the whole; each part stands for all.
    parts = summary["output"].get("parts", {})
    written = next(iter(parts.values()))["path"] if parts else output
    quoted = escape(shlex.quote(written))
    console.print(f"[dim]Take it back:[/dim]       dataprep undo {quoted}", highlight=False)
    if not again:
        return
    pipeline = escape(shlex.quote(str(Path(folder) / "pipeline.json")))
    console.print(
        f"[dim]The same on new rows:[/dim] dataprep apply {pipeline} {_new(reading)}",
        highlight=False,
    )


def _new(reading: Mapping[str, Any]) -> str:
    """Return what new rows may be called: a folder, where a folder of pictures was read."""
    pictures = reading["format"] == "pictures" and "image_root" in reading
    return "NEW_FOLDER" if pictures and reading["image_root"] == _absolute(reading) else "NEW.csv"


def _absolute(reading: Mapping[str, Any]) -> str:
    return os.path.abspath(str(reading["paths"][0]))  # noqa: PTH100 - as the root was, links included


def _read_line(reading: Mapping[str, Any], malformed: int) -> str:
    parts = [f"[bold]{escape(', '.join(reading['paths']))}[/bold]: {reading['rows']:,} rows"]
    if "columns" in reading:
        parts.append(f"{len(reading['columns'])} columns")
    if reading["format"] == "csv":
        sign = escape(_SIGNS.get(reading["delimiter"], repr(reading["delimiter"])))
        parts.append(f"{sign} separated")
        parts += _unusual(reading)
        parts.append("with header" if reading["header"] else "no header (--header if there is one)")
    else:
        parts.append(reading["format"])
    parts += [escape(part) for part in _inside(reading)]
    if malformed:
        parts.append(f"[yellow]{malformed:,} lines are no rows: see malformed.csv[/yellow]")
    return ", ".join(parts)


def _unusual(reading: Mapping[str, Any]) -> list[str]:
    """Return what of a text's form is not as most are."""
    parts = []
    if reading.get("encoding", "utf-8") not in ("utf-8", "utf-8-sig"):
        parts.append(f"encoding {reading['encoding']}")
    if reading.get("quote") == "'":
        parts.append("single quotes")
    elif reading.get("quote") == "":
        parts.append("no quotes")
    if reading.get("escape") == "\\":
        parts.append("backslash escapes")
    if reading.get("header_rows", 1) > 1:
        parts.append(f"{reading['header_rows']} header rows joined")
    if reading.get("empty_last_column"):
        parts.append("an empty last column left out")
    if cells := reading.get("header_cells_without_column"):
        parts.append(f"header cells without a column: {', '.join(cells)}")
    parts += [
        f"another table at line {table['line']} not read ({table['rows']} rows)"
        for table in reading.get("other_tables", ())
    ]
    skipped = reading.get("lines_skipped", {})
    if skipped:
        told = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items())
        parts.append(f"lines passed over: {told}")
    if mended := reading.get("rows_mended"):
        parts.append(f"{mended:,} rows mended: see mended.csv")
    return [escape(part) for part in parts]


def _inside(reading: Mapping[str, Any]) -> list[str]:
    """Return what was chosen in a file that holds more than a table, and how files differ."""
    parts = []
    for told in reading.get("sheets", {}).values():
        others = ", ".join(told["sheets_left"])
        parts.append(f"sheet {told['sheet']!r}" + (f" (not read: {others})" if others else ""))
    if reading["format"] in ("excel", "json"):
        parts.append(f"written as {'CSV' if reading['format'] == 'excel' else 'JSON Lines'}")
    parts += [f"{member} of {path}" for path, member in reading.get("member", {}).items()]
    if drift := reading.get("drift"):
        parts.append(f"columns differ in {len(drift)} files (drift in summary.json)")
    if over := reading.get("passed_over"):
        parts.append(f"passed over: {', '.join(over)}")
    if classes := reading.get("classes"):
        parts.append(f"{len(classes)} classes")
    for reason, count in reading.get("files_skipped", {}).items():
        parts.append(f"{count:,} files passed over ({reason})")
    return parts


def _stage_table(summary: Mapping[str, Any]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("stage")
    table.add_column("rows dropped", justify="right")
    table.add_column("cells changed", justify="right")
    table.add_column("what")
    for stage in summary["stages"]:
        table.add_row(
            escape(stage["stage"]),
            f"{stage['rows_rejected']:,}" if stage["rows_rejected"] else "-",
            f"{stage['cells_changed']:,}" if stage["cells_changed"] else "-",
            escape(_words(stage)),
        )
    return table


def _words(stage: Mapping[str, Any]) -> str:
    parts = []
    for action, count in stage["actions"].items():
        what = _VERBS.get(action, action)
        if action in ("make", "withdraw"):
            parts.append(f"{count:,} {what}")
        elif action != "drop":
            parts.append(f"{count:,} cells {what}")
    if stage["rows_rejected"]:
        parts.append(f"{stage['rows_rejected']:,} {_VERBS['drop']}")
    if classes := stage.get("classes"):
        shown = ", ".join(f"{label} {count:,.6g}" for label, count in [*classes.items()][:6])
        what = "sums of weights" if "sample_weight" in stage["columns_added"] else "classes now"
        parts.append(f"({what}: {shown}{', ...' if len(classes) > 6 else ''})")
    columns = sorted(stage["cells_by_column"].items(), key=lambda item: -item[1])
    if columns:
        shown = ", ".join(f"{name} {count:,}" for name, count in columns[:4])
        more = f", {len(columns) - 4} more columns" if len(columns) > 4 else ""
        parts.append(f"({shown}{more})")
    if stage["columns_added"]:
        parts.append(f"columns added: {', '.join(stage['columns_added'])}")
    if stage["columns_removed"]:
        parts.append(f"columns removed: {', '.join(stage['columns_removed'])}")
    if stage.get("later"):
        idle = "while training reads"
    else:
        idle = "see below" if stage.get("notes") else "nothing to do"
    return " ".join(parts) or idle
