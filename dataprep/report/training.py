"""The closing tables of a training, for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_NAMES = {
    "pr_auc": "PR AUC",
    "roc_auc": "ROC AUC",
    "balanced_accuracy": "balanced accuracy",
    "matthews": "Matthews correlation",
    "accuracy": "accuracy",
    "log_loss": "log loss (less is better)",
    "brier": "Brier score (less is better)",
    "mae": "mean absolute error",
    "rmse": "root of the mean squared error",
    "r2": "R²",
}
_MOST_CLASSES = 20


def show_training(found: Mapping[str, Any], console: Console) -> None:
    """Print what a model is worth, beside what a constant guess is worth, and where it went."""
    metrics, training = found["metrics"], found["training"]
    judged = metrics["judged"]
    rows = ", ".join(f"{count:,} for {name}" for name, count in training["rows"].items())
    console.print(
        f"[bold]{escape(training['model'])}[/bold] for {escape(str(training['target']))}: {rows} "
        f"rows; best epoch {metrics['best_epoch']} of at most {training['epochs']}"
    )
    for name, why in training["left_out"].items():
        console.print(f"[dim]no feature: {escape(name)}, {escape(why)}[/dim]")
    for note in metrics["notes"]:
        console.print(f"[yellow]{escape(note)}[/yellow]")
    console.print(_metric_table(judged, metrics["part"]))
    if told := judged.get("at_threshold"):
        chosen = metrics["threshold"]
        console.print(
            f"At the threshold {told['threshold']:.3f} for {escape(chosen['positive'])}, chosen on "
            f"validation rows by {_NAMES.get(chosen['metric'], chosen['metric'])}: "
            f"balanced accuracy {told['balanced_accuracy']:.3f}, precision "
            f"{told['precision']:.3f}, recall {told['recall']:.3f}"
        )
    if "per_class" in judged:
        console.print(_class_table(judged["per_class"]))
    if not str(training["serving"]).endswith(".keras"):
        console.print(f"[dim]no serving.keras: {escape(str(training['serving']))}[/dim]")
    console.print(f"model, metrics and pictures: [bold]{escape(found['folder'])}/[/bold]")


def _metric_table(judged: Mapping[str, Any], part: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column(f"on {judged['rows']:,} rows of {part}")
    table.add_column("model", justify="right")
    table.add_column("a constant guess", justify="right")
    corrected = judged.get("corrected", {})
    for name, value in judged["metrics"].items():
        label = _NAMES[name]
        if name == "pr_auc" and "positive" in judged:
            label += f" of {judged['positive']}"
        table.add_row(escape(label), _number(value), _number(judged["constant"][name]))
        if name in corrected:
            table.add_row("  with the balancing undone", _number(corrected[name]), "")
    return table


def _class_table(per_class: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("class")
    names = ("rows", "precision", "recall", "f1", "pr_auc", "prevalence")
    for name in names:
        table.add_column(_NAMES.get(name, name), justify="right")
    for label, told in list(per_class.items())[:_MOST_CLASSES]:
        table.add_row(escape(label), *(_number(told[name]) for name in names))
    if len(per_class) > _MOST_CLASSES:
        table.add_row(f"... {len(per_class) - _MOST_CLASSES} more: see metrics.json")
    return table


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
