"""The table of a database that a job writes besides its files: whether it has the rows, and how."""

from __future__ import annotations

from pathlib import Path

from dataprep.databases.writing import holds, load
from dataprep.jobs.batch.recording import Record


def is_written(record: Record) -> bool:
    """Tell whether the rows of this run are in the job's table, where it has one."""
    target = record.job.target
    return target is None or holds(target, record.summary["output"]["database"]["key"])


def write_table(record: Record, staged: Path, *, force: bool) -> None:
    """Write the rows to the job's table, where it has one.

    Parameters
    ----------
    record : Record
    staged : Path
        The folder of the files that hold the rows.
    force : bool
        Write them though they are there.
    """
    target = record.job.target
    if target is None:
        return
    record.teller.progress(f"writing the table {target.table}")
    told = record.summary["output"]["database"]
    loaded = load(target, sorted(staged.glob("*.parquet")), told["key"], force=force)
    record.following.wrote(loaded.table)
    if loaded.already:
        record.note(
            f"the table {target.table} has these rows already: see the key {told['key']} "
            "in dataprep_writes"
        )
    told["rows"] = loaded.rows
