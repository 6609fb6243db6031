"""Runs that reject or make more rows than their job allows: refused, with what they made kept."""

from __future__ import annotations

from pathlib import Path

from dataprep.jobs.batch.bounds import NotMetError, check_shares
from dataprep.jobs.batch.inputs import Input, named
from dataprep.jobs.batch.publishing import keep_failed
from dataprep.jobs.batch.recording import Record


def check_and_keep(
    record: Record, inputs: list[Input], made: list[str], staged: Path, work: Path
) -> None:
    """Raise when too many rows were rejected or made, and keep which they are.

    Parameters
    ----------
    record : Record
    inputs : list of Input
    made : list of str
        The parts that were made; none of one table.
    staged, work : Path
        The folder of what was made, and one for what is in its way.

    Raises
    ------
    NotMetError
        Which says where they are kept.
    """
    job = record.job
    try:
        read = [one for one in inputs if not made or one.name in made]
        check_shares(job, record.summary, named(read))
    except NotMetError as error:
        kept = keep_failed(staged, made or [job.folder.name], job.folder, work)
        record.summary["failed"] = str(kept)
        error.remedy = f"Nothing was published. Look at {kept}, or raise the bound."
        raise
