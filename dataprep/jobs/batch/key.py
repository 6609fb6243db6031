"""The key of a run: what decides its output, to the byte."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dataprep._version import __version__
from dataprep.jobs.batch.inputs import Input
from dataprep.jobs.batch.job import Job
from dataprep.pipeline import ROLES, Pipeline
from dataprep.registry import plug_in_versions

_DECIDING = (
    "duckdb", "narwhals", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy",
    "imbalanced-learn", "rapidfuzz", "faiss-cpu", "great-expectations", "tensorflow", "chardet",
    "pillow", "polars", "python-calamine",
)  # fmt: skip
"""Packages whose version may show in an output."""


@cache
def versions() -> dict[str, str]:
    """Return the versions of dataprep, Python and the packages that decide an output.

    Those that bring stages of their own are among them.
    """
    found = {"dataprep": __version__, "python": platform.python_version(), **plug_in_versions()}
    for name in _DECIDING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def key_of(job: Job, pipeline: Pipeline, inputs: list[Input], frozen: str | None) -> str:
    """Return the key of a run: a hash of inputs, configuration, versions and seeds.

    What changes no byte of an output has no part in it: the memory limit, the time limit, how
    many versions are kept, the log, the history.

    Parameters
    ----------
    job : Job
    pipeline : Pipeline
        Seeds are parameters of its stages.
    inputs : list of Input
        Their paths count as well, because a summary names them.
    frozen : str, optional
        What tells the fitted pipeline whose statistics are applied.
    """
    content = {
        "inputs": [(one.label, one.content) for one in inputs],
        "configuration": configuration_of(job, pipeline),
        "frozen": frozen,
        "versions": versions(),
    }
    return digest(content)


def rows_key_of(job: Job, pipeline: Pipeline, inputs: list[Input], frozen: str | None) -> str:
    """Return the key under which rows are noted in a table: the same rows are written once.

    A run under another user, on another machine or with a newer package is a new run, but appends
    no other rows. The table itself has no part in it: the note lies beside it.

    Parameters
    ----------
    job : Job
    pipeline : Pipeline
    inputs : list of Input
        Known by their content, and where they lie.
    frozen : str, optional
        As for `key_of`.
    """
    content = {
        "inputs": [(_place_of(one), one.content) for one in inputs],
        "making": _making_of(job, pipeline),
        "frozen": frozen,
    }
    return digest(content)


def configuration_of(job: Job, pipeline: Pipeline) -> str:
    """Return the hash of all in a job that decides its output, but for the inputs."""
    keys = job.keys
    return digest(
        {
            **_making_of(job, pipeline),
            "output": [str(job.folder), job.output.format],
            **({} if job.target is None else {"table": [job.target.told(), job.target.key]}),
            "bounds": [keys.max_rejected, keys.max_synthetic],
            "incremental": keys.incremental,
        }
    )


def _place_of(one: Input) -> str:
    return one.label if one.part.rows is None else one.part.rows.address.database


def _making_of(job: Job, pipeline: Pipeline) -> dict[str, Any]:
    """Return all in a job that decides its rows."""
    return {
        "name": job.name,
        "stages": [(stage.name(), stage.parameters()) for _, stage in pipeline.steps_of()],
        "roles": {role: getattr(pipeline, role) for role in ROLES},
        "extra": pipeline.extra,
        # Where rows come from is told by the inputs, without secrets.
        "source": {k: v for k, v in job.keys.source.items() if k not in ("path", "uri")},
        "expect": [{when: s.sha256 for when, s in job.suites.items()}, job.expect.on_failure],
    }


def digest(content: Any) -> str:
    """Return the hash of what JSON can hold."""
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
