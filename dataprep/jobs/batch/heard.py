"""What is to be said of the tables that a run made: what `clean` says of them in its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataprep.jobs.batch.speaking import in_keys

_NAMED = 3
"""So many parts are named with a note that is true of many."""
_KNOWN = "among those of the fit"
"""What `dataprep.fingerprint.Overlap` says."""


def heard(
    summaries: Mapping[str, Mapping[str, Any]], *, learned_from_them: bool = False
) -> list[str]:
    """Return the notes on tables: on how they were read, and of their stages.

    Parameters
    ----------
    summaries : mapping of str to mapping
        By part, empty where there is one table; each as ``summary.json`` holds it.
    learned_from_them : bool, default=False
        Whether statistics are those of these files: that a pipeline knows their rows is no news.

    Examples
    --------
    >>> stages = [{"stage": "0:iqr", "notes": ["no spread, left alone: age"]}]
    >>> part = {"input": {"drift": {"b.csv": {}}}, "stages": stages}
    >>> heard({"": part})
    ['columns differ in 1 files (drift in summary.json)', '0:iqr: no spread, left alone: age']
    >>> heard({"a": part, "b": part})[1]
    '0:iqr: no spread, left alone: age (a, b)'
    """
    found: dict[str, list[str]] = {}
    for part, summary in summaries.items():
        for note in _of_table(summary):
            if not (learned_from_them and _KNOWN in note):
                found.setdefault(in_keys(note), []).append(part)
    return [note + _where(parts) for note, parts in found.items()]


def _where(parts: list[str]) -> str:
    if parts == [""]:
        return ""
    more = f", ... ({len(parts)} parts)" if len(parts) > _NAMED else ""
    return f" ({', '.join(parts[:_NAMED])}{more})"


def _of_table(summary: Mapping[str, Any]) -> Iterator[str]:
    reading = summary["input"]
    if drift := reading.get("drift"):
        yield f"columns differ in {len(drift)} files (drift in summary.json)"
    if mended := reading.get("rows_mended"):
        yield f"{mended:,} rows mended: see mended.csv"
    for table in reading.get("other_tables", ()):
        yield f"another table at line {table['line']} not read ({table['rows']} rows)"
    for path, told in reading.get("sheets", {}).items():
        if told["sheets_left"]:
            yield f"{path}: not read: {', '.join(told['sheets_left'])}"
    yield from reading.get("notes", ())
    for stage in summary["stages"]:
        for note in stage.get("notes", ()):
            yield f"{stage['stage']}: {note}"
