"""Drift, for a person."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dataprep.distributions.drifted import ColumnDrift, Drifted, shown

_TESTS = {"ks": "KS", "chi2": "chi2", None: ""}


def show_drift(found: Drifted, console: Console) -> None:
    """Print a line for each column, the worst first, and what drifted."""
    console.print(_listed(found))
    for one in found.columns:
        if one.drifted:
            role = " (target)" if one.role == "target" else ""
            console.print(f"[yellow]{escape(str(one))}{role}[/yellow]", highlight=False)
        for what, levels in (("new", one.new_levels), ("gone", one.gone_levels)):
            if levels:
                told = ", ".join(f"{shown(name)} ({share:.1%})" for name, share in levels.items())
                console.print(f"{escape(one.column)}: {what}: {escape(told)}", highlight=False)
        if one.outside:
            told = f"{one.outside:,} of {one.rows_current:,} values outside of the reference's"
            console.print(f"{escape(one.column)}: {told}", highlight=False)
    if found.added:
        console.print(f"columns that are new: {escape(', '.join(found.added))}", highlight=False)
    if found.classifier is not None:
        console.print(escape(str(found.classifier)), highlight=False)
    drifted = sum(one.drifted for one in found.columns)
    looked_at = sum(one.verdict != "not compared" for one in found.columns)
    console.print(
        f"{found.rows_reference:,} reference rows, {found.rows_current:,} current ones: "
        f"{drifted} of {looked_at} columns drifted",
        highlight=False,
    )


def _listed(found: Drifted) -> Table:
    shown = Table(box=None, pad_edge=False)
    for name in ("column", "kind", "test"):
        shown.add_column(name)
    for name in ("statistic", "p", "PSI", "JS", "effect", "missing"):
        shown.add_column(name, justify="right")
    shown.add_column("verdict")
    for one in found.columns:
        shown.add_row(
            escape(one.column),
            one.kind,
            _TESTS[one.test],
            _statistic(one),
            _figure(one.p_adjusted),
            _figure(one.psi),
            _figure(one.jensen_shannon),
            _figure(one.effect),
            _missing(one),
            f"[bold]{one.verdict}[/bold]" if one.drifted else one.verdict,
        )
    return shown


def _statistic(one: ColumnDrift) -> str:
    """Return a statistic, and how much it may be where a sketch leaves that open."""
    if one.statistic is None or one.statistic_at_most is None:
        return ""
    if one.statistic_at_most == one.statistic:
        return _figure(one.statistic)
    return f"{_figure(one.statistic)}..{_figure(one.statistic_at_most)}"


def _missing(one: ColumnDrift) -> str:
    if not one.missing_reference and not one.missing_current:
        return ""
    return f"{one.missing_reference:.1%} > {one.missing_current:.1%}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
