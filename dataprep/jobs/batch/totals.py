"""The counts of a run's tables, added up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COUNTS = (
    "rows_in", "rows_malformed", "rows_kept", "rows_rejected", "rows_synthetic", "rows_out",
    "cells_changed",
)  # fmt: skip
_OF_STAGE = ("rows_rejected", "rows_synthetic", "rows_withdrawn", "cells_changed")


def totals(summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the counts of tables added up, those of their stages as well.

    Parameters
    ----------
    summaries : mapping of str to mapping
        By part, empty where there is one table; each as ``summary.json`` holds it. What a stage
        tells programs of one table is kept; that of a part stays in the summary of the part.

    Examples
    --------
    >>> totals({})["rows_in"], totals({})["stages"]
    (0, [])
    """
    found: dict[str, Any] = {name: sum(one[name] for one in summaries.values()) for name in _COUNTS}
    stages: dict[str, dict[str, Any]] = {}
    for part, one in summaries.items():
        for stage in one["stages"]:
            kept = stages.setdefault(
                stage["stage"],
                {"stage": stage["stage"], "name": stage["name"], **dict.fromkeys(_OF_STAGE, 0)},
            )
            for name in _OF_STAGE:
                kept[name] += stage[name]
            if not part and "facts" in stage:
                kept["facts"] = stage["facts"]
            if "seconds" in stage:
                kept["seconds"] = round(kept.get("seconds", 0.0) + stage["seconds"], 3)
    return {**found, "stages": list(stages.values())}
