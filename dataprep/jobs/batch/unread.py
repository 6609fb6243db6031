"""Jobs that could not even be read: their reports are not to tell of the night before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from dataprep._version import __version__
from dataprep.errors import DataprepError
from dataprep.files import write_text
from dataprep.jobs.batch.history import now
from dataprep.jobs.batch.places import path_of, read_filled
from dataprep.jobs.batch.typed import with_settings
from dataprep.secrets import masked


def report_unread(
    path: str | Path, settings: Sequence[str], day: date, error: DataprepError
) -> None:
    """Write why a job was not run to its report, as far as its file tells where that is.

    Parameters
    ----------
    path : path
        The file of the job.
    settings : sequence of str
    day : date
    error : DataprepError
        What is wrong with the job; it is what is told, whatever comes of the report.
    """
    with suppress(DataprepError, OSError):
        document, _ = with_settings(read_filled(path, day), settings)
        content = document.content if isinstance(document.content, dict) else {}
        given = content.get("report")
        if not isinstance(given, str):
            return
        target = Path(path_of(document, "report", given, day))
        told = {
            "dataprep": __version__, "job": content.get("name", document.path.stem), "began": now(),
            "state": "failed", "exit": error.exit_code, "message": masked(str(error)),
        }  # fmt: skip
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n")
