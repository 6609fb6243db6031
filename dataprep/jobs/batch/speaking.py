"""Errors of the work in the words of a job: its keys and lines, and no flags of `clean`."""

from __future__ import annotations

import re
from dataclasses import fields

from dataprep.errors import ConfigError, DataprepError
from dataprep.jobfile import SourceKeys
from dataprep.jobs.batch.job import Job
from dataprep.pipeline import ROLES

_SOURCE = {item.name for item in fields(SourceKeys)}
_KEYS = {
    "--memory-limit": "memory_limit",
    "--no-header": "source.header: false",
    "--allow-extra": "extra: allow",
    "--missing-value": "source.missing_values",
    "--sentinel": "source.sentinels",
    "--type": "source.kinds",
    **{f"--{role}": role for role in ROLES},
    **{f"--{name.replace('_', '-')}": f"source.{name}" for name in _SOURCE},
}
_FLAG = re.compile(r"(--[a-z][a-z-]*)( (?!or\b)(?=\S))?")
"""A flag, and the blank before its value."""


def in_keys(text: str) -> str:
    """Return a text that names flags of `clean` with the keys that a job has for them.

    Examples
    --------
    >>> in_keys("Say it, e.g. --encoding gbk, --no-header or --skip-lines 3.")
    'Say it, e.g. source.encoding: gbk, source.header: false or source.skip_lines: 3.'
    """

    def meant(found: re.Match[str]) -> str:
        key = _KEYS.get(found[1])
        return found[0] if key is None else f"{key}{': ' if found[2] else ''}"

    return _FLAG.sub(meant, text).replace("with -o", "with output.path")


def speak_of_keys(failure: BaseException, job: Job) -> None:
    """Let an error name the key and the line of the job instead of a flag of `clean`."""
    if not isinstance(failure, DataprepError):
        return
    failure.remedy = in_keys(failure.remedy)
    key = _KEYS.get(failure.place, failure.place)
    wrong = isinstance(failure, ConfigError)
    if wrong and key.removeprefix("types.") in _SOURCE:
        # How values are read is said of the source, and carried out by a stage.
        key = f"source.{key.removeprefix('types.')}"
    if key != failure.place or (wrong and (key in ROLES or key.startswith("stages["))):
        failure.place = job.document.place(key)
