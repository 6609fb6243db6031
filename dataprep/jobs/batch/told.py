"""A run in few words: what hooks are given of its summary, never longer than a bound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MOST_BYTES = 64 * 1024
"""So long a message may be: webhooks refuse longer ones."""
_OF_RUN = (
    "dataprep", "job", "run", "state", "exit", "began", "seconds", "key", "message", "rows_in",
    "rows_malformed", "rows_kept", "rows_rejected", "rows_synthetic", "rows_out", "cells_changed",
)  # fmt: skip
_OF_STAGE = ("stage", "rows_rejected", "rows_synthetic", "cells_changed", "seconds")
_OF_EXPECTATION = ("type", "column", "severity", "unexpected_count", "unexpected_share")
_LISTS = ("stages", "not_met", "notes", "inputs")
"""What is listed, and shortened where all is too long; the count of each is kept."""
_LONGEST = 2000


def told(summary: Mapping[str, Any]) -> bytes:
    """Return what hooks are given of the summary of a run, as JSON of at most 64 KB.

    Values of the data are not in it but for those that a message names.

    Parameters
    ----------
    summary : mapping

    Examples
    --------
    >>> print(told({"job": "nightly", "run": 7, "state": "done", "exit": 0}).decode())
    {"text": "nightly, run 7: done", "job": "nightly", "run": 7, "state": "done", "exit": 0}
    """
    found: dict[str, Any] = {"text": text_of(summary)}
    found |= {name: summary[name] for name in _OF_RUN if summary.get(name) is not None}
    if "message" in found:
        found["message"] = _short(found["message"])
    output = {k: v for k, v in summary.get("output", {}).items() if isinstance(v, str)}
    not_met = [
        {"when": suite["when"], **{k: one[k] for k in _OF_EXPECTATION if k in one}}
        for suite in summary.get("expectations", ())
        for one in suite.get("results", ())
        if not one["success"]
    ]
    lists = {
        "output": output,
        "stages": [{k: s[k] for k in _OF_STAGE if k in s} for s in summary.get("stages", ())],
        "not_met": not_met,
        "notes": [_short(note) for note in summary.get("notes", ())],
        "inputs": list(summary.get("inputs", ())),
    }
    found |= {name: value for name, value in lists.items() if value}
    most = max((len(found.get(name, ())) for name in _LISTS), default=0)
    while len(text := json.dumps(found, default=str).encode()) > MOST_BYTES and most:
        most //= 2
        for name in _LISTS:
            if len(found.get(name, ())) > most:
                found.setdefault("in_all", {}).setdefault(name, len(found[name]))
                found[name] = found[name][:most]
    return text


def text_of(summary: Mapping[str, Any]) -> str:
    """Return the line that tells a person what came of a run; chats show it."""
    line = f"{summary['job']}, run {summary.get('run') or 'not noted'}: {summary['state']}"
    if summary["exit"]:
        return _short(f"{line}, exit {summary['exit']}: {summary.get('message', '')}")
    if summary.get("rows_out") is not None:
        line += f", {summary['rows_in']:,} rows in, {summary['rows_out']:,} out"
    return _short("; ".join([line, *summary.get("notes", ())]))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
