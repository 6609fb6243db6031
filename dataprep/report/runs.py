"""Runs of jobs, for a person: what one did, and the history of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_COLOURS = {
    "done": "green", "up to date": "green", "not met": "red", "failed": "red", "locked out": "red",
}  # fmt: skip


def show_job(summary: Mapping[str, Any], console: Console) -> None:
    """Print what a run of a job did, and where its output is."""
    state = summary["state"]
    output = summary["output"]
    console.print(
        f"[bold]{escape(summary['job'])}[/bold], run {summary['run']}: {_coloured(state)} in "
        f"{summary['seconds']:.2f} s"
    )
    if "rows_in" in summary:
        _show_counts(summary, console)
    for note in summary.get("notes", ()):
        console.print(f"[yellow]{escape(note)}[/yellow]")
    _show_expectations(summary.get("expectations", ()), console)
    if "path" in output:
        console.print(f"[bold]{escape(output['path'])}[/bold]/ is {escape(output['version'])}")
    console.print(f"[dim]What was done:[/dim] dataprep runs {summary['run']}", highlight=False)


def _show_counts(summary: Mapping[str, Any], console: Console) -> None:
    rows = f"{summary['rows_in']:,} rows in = {summary['rows_kept']:,} kept"
    rows += f" + {summary['rows_rejected']:,} rejected"
    if summary["rows_synthetic"]:
        rows += f"; {summary['rows_synthetic']:,} made"
    if summary["rows_malformed"]:
        rows += f"; {summary['rows_malformed']:,} lines are no rows"
    console.print(f"{rows}; {summary['cells_changed']:,} cells changed")
    if parts := summary.get("parts"):
        told = ", ".join(f"{len(names)} {what}" for what, names in parts.items() if names)
        console.print(f"parts: {told}")


def _show_expectations(results: Sequence[Mapping[str, Any]], console: Console) -> None:
    for one in results:
        failed = [item for item in one.get("results", ()) if not item["success"]]
        met = len(one.get("results", ())) - len(failed)
        part = f" ({one['part']})" if one.get("part") else ""
        console.print(f"expected {one['when']}{escape(part)}: {met} met, {len(failed)} not")
        for item in failed[:10]:
            about = f" of {item['column']}" if item.get("column") else ""
            count = item.get("unexpected_count")
            rows = f": {count:,} rows" if count else ""
            console.print(f"  {item['severity']}: {escape(item['type'] + about)}{rows}")


def show_runs(runs: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print a line for each run, the newest first."""
    if not runs:
        console.print("No run is known. Begin with: dataprep run PIPELINE.yaml")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("run", "job", "began", "seconds", "state", "exit", "output"):
        table.add_column(name, justify="right" if name in ("run", "seconds", "exit") else "left")
    for run in runs:
        told = run["message"] if run["exit"] else (run["version"] or "")
        table.add_row(
            str(run["id"]),
            escape(run["job"]),
            run["began"],
            "" if run["seconds"] is None else f"{run['seconds']:.2f}",
            _coloured(run["state"]),
            "" if run["exit"] is None else str(run["exit"]),
            escape(told or ""),
        )
    console.print(table)


def show_run_of_job(run: Mapping[str, Any], console: Console) -> None:
    """Print all that the history knows of a run."""
    console.print(
        f"[bold]run {run['id']}[/bold] of [bold]{escape(run['job'])}[/bold]: "
        f"{_coloured(run['state'])}"
        + ("" if run["exit"] is None else f", exit {run['exit']}")
        + ("" if run["seconds"] is None else f", {run['seconds']:.2f} s")
    )
    if run.get("message"):
        console.print(f"[red]{escape(run['message'])}[/red]")
    facts = {
        "began": f"{run['began']} on {run['host']}, process {run['pid']}",
        "key": run.get("key"),
        "output": f"{_folder(run)} {run.get('version') or ''}".strip(),
    }
    for name, fact in facts.items():
        if fact:
            console.print(f"[dim]{name}:[/dim] {escape(fact)}", highlight=False)
    for one in run.get("inputs", ()):
        told = f"{one['path']}, {one['bytes']:,} bytes, sha256 {one['sha256']}"
        console.print(f"[dim]input:[/dim] {escape(told)}", highlight=False)
    if "rows_in" in run:
        _show_counts(run, console)
        _show_stages(run["stages"], console)
    _show_expectations(run.get("expectations", ()), console)
    for note in run.get("notes", ()):
        console.print(f"[yellow]{escape(note)}[/yellow]")
    if run.get("versions"):
        told = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
        console.print(f"[dim]versions:[/dim] {escape(told)}", highlight=False)


def _folder(run: Mapping[str, Any]) -> str:
    output = run["output"]
    return str(output["folder"]) if isinstance(output, Mapping) else str(output)


def _show_stages(stages: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("stage")
    for name in ("rows dropped", "rows made", "cells changed", "seconds"):
        table.add_column(name, justify="right")
    for stage in stages:
        counts = (stage["rows_rejected"], stage["rows_synthetic"], stage["cells_changed"])
        seconds = f"{stage['seconds']:.2f}" if "seconds" in stage else "-"
        table.add_row(
            escape(stage["stage"]), *(f"{count:,}" if count else "-" for count in counts), seconds
        )
    console.print(table)


def _coloured(state: str) -> str:
    colour = _COLOURS.get(state, "yellow")
    return f"[{colour}]{escape(state)}[/{colour}]"
