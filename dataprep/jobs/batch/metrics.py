"""What came of a run as a file for Prometheus: node_exporter's textfile collector reads it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataprep.files import explained

_ROWS = {
    "in": "rows_in", "out": "rows_out", "kept": "rows_kept", "rejected": "rows_rejected",
    "malformed": "rows_malformed", "synthetic": "rows_synthetic",
}  # fmt: skip
_OF_STAGE = {
    "dataprep_stage_rows_rejected": ("rows_rejected", "Rows that a stage dropped."),
    "dataprep_stage_rows_synthetic": ("rows_synthetic", "Rows that a stage made."),
    "dataprep_stage_cells_changed": ("cells_changed", "Cells that a stage changed."),
    "dataprep_stage_duration_seconds": ("seconds", "How long a stage took."),
}


def write_metrics(path: Path, summary: Mapping[str, Any], last_success: float | None) -> None:
    """Write the metrics of a run, whatever came of it, in place of those of the last one.

    Parameters
    ----------
    path : Path
        Its folder is made where it is not there; the file is replaced as a whole.
    summary : mapping
        Of a run that has ended.
    last_success : float, optional
        When the last run ended that was done or up to date, in seconds since 1970.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    from prometheus_client import CollectorRegistry, write_to_textfile

    registry = CollectorRegistry()
    _of_run(registry, summary, last_success)
    if "rows_in" in summary:
        _of_rows(registry, summary)
    _of_expectations(registry, summary)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise explained(error, path) from None


def _gauge(registry: Any, name: str, meaning: str, *labels: str) -> Any:
    from prometheus_client import Gauge

    return Gauge(name, meaning, ("job", *labels), registry=registry)


def _of_run(registry: Any, summary: Mapping[str, Any], last_success: float | None) -> None:
    single = {
        "dataprep_run_exit_code": ("Exit code of the last run.", summary["exit"]),
        "dataprep_run_duration_seconds": ("How long the last run took.", summary["seconds"]),
        "dataprep_run_last_timestamp_seconds": ("When the last run ended.", time.time()),
        "dataprep_run_last_success_timestamp_seconds": (
            "When the last run ended that was done or up to date.",
            last_success,
        ),
        "dataprep_run_number": ("Number of the last run in the history.", summary.get("run")),
        "dataprep_run_notes": ("What the last run noted for a person.", len(summary["notes"])),
    }
    for name, (meaning, value) in single.items():
        if value is not None:
            _gauge(registry, name, meaning).labels(summary["job"]).set(value)
    state = _gauge(registry, "dataprep_run_state", "State of the last run; always 1.", "state")
    state.labels(summary["job"], summary["state"]).set(1)


def _of_rows(registry: Any, summary: Mapping[str, Any]) -> None:
    job = summary["job"]
    rows = _gauge(registry, "dataprep_rows", "Rows of the last run.", "kind")
    for kind, name in _ROWS.items():
        rows.labels(job, kind).set(summary[name])
    cells = _gauge(registry, "dataprep_cells_changed", "Cells that the last run changed.")
    cells.labels(job).set(summary["cells_changed"])
    for name, (key, meaning) in _OF_STAGE.items():
        found = [stage for stage in summary["stages"] if key in stage]
        if not found:
            # A metric without a value is no metric.
            continue
        gauge = _gauge(registry, name, meaning, "stage")
        for stage in found:
            gauge.labels(job, stage["stage"]).set(stage[key])


def _of_expectations(registry: Any, summary: Mapping[str, Any]) -> None:
    counts: dict[tuple[str, str, str], int] = {}
    for suite in summary.get("expectations", ()):
        for one in suite.get("results", ()):
            labels = (suite["when"], one["severity"], str(one["success"]).lower())
            counts[labels] = counts.get(labels, 0) + 1
    if counts:
        meaning = "Expectations of the last run."
        gauge = _gauge(registry, "dataprep_expectations", meaning, "when", "severity", "success")
        for labels, count in counts.items():
            gauge.labels(summary["job"], *labels).set(count)
