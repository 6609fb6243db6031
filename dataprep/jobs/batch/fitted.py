"""What a job says of how values are read, beside stages or a fitted pipeline that know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dataprep.documents import Document
from dataprep.errors import ConfigError
from dataprep.jobs.reading import Reading
from dataprep.pipeline import ROLES, Pipeline
from dataprep.stages.types import Types


def check_said(document: Document, reading: Reading, pipeline: Pipeline) -> None:
    """Raise where a job says what its pipeline has settled otherwise, and nobody would heed it.

    Parameters
    ----------
    document : Document
        The job's.
    reading : Reading
    pipeline : Pipeline
        Fitted, where the job names a ``pipeline.json``.
    """
    said = {
        "kinds": reading.kinds,
        "missing_values": reading.missing,
        "sentinels": reading.sentinels,
        **reading.signs,
    }
    said = {key: value for key, value in said.items() if value}
    if any(isinstance(stage, Types) for _, stage in pipeline.steps_of()):
        for key in said:
            raise ConfigError(
                "has no say where a stage reads the values",
                place=document.place(f"source.{key}"),
                remedy="Say it as a parameter of the stage types, or leave that stage out.",
            )
    if not hasattr(pipeline, "states_"):
        return
    _check_roles(document, pipeline)
    for key, value in said.items():
        if pipeline.types_ is None and key in reading.signs:
            # Fitted on values: this file is the first that writes them.
            continue
        if not _is_known(key, value, pipeline):
            raise ConfigError(
                f"is {document.content['source'][key]!r}, and the pipeline was not fitted so",
                place=document.place(f"source.{key}"),
                remedy="Leave it out, or fit again on files that are read so.",
            )


def _check_roles(document: Document, fitted: Pipeline) -> None:
    for role in ROLES:
        given = document.content.get(role)
        for name in given if isinstance(given, list) else [given]:
            if name is None or fitted.roles_.get(name) == role:
                continue
            known = [repr(column) for column, its in fitted.roles_.items() if its == role]
            raise ConfigError(
                f"is {name!r}, and the pipeline was fitted with {', '.join(known) or 'none'}",
                place=document.place(role),
                remedy="Leave it out, or fit again.",
            )


def _is_known(key: str, value: Any, fitted: Pipeline) -> bool:
    learned: Mapping[str, Any] = (fitted.types_ or {}).get("parameters", {})
    if key == "kinds":
        return all(fitted.kinds_.get(name) == kind for name, kind in value.items())
    if key == "missing_values":
        return set(value) <= set(learned.get("missing", ()))
    if key == "sentinels":
        return set(map(float, value)) <= set(map(float, learned.get("sentinels", ())))
    return bool(learned.get(key) == value)


def settled(reading: Reading, fitted: Pipeline) -> Reading:
    """Return how a file is read that a fitted pipeline is applied to: what it knows is not said."""
    if fitted.types_ is None:
        return reading
    return replace(reading, decimal=None, thousands=None, date_order=None)
