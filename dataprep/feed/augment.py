"""How pictures look in training: as it is asked for, or as their pipeline says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dataprep.feed.rows import Rows
from dataprep.feed.runs import Run, is_run
from dataprep.parts import TRAIN
from dataprep.pipeline import Pipeline

AUTO = "auto"


def looks_asked(augment: Any, source: Any, rows: Rows) -> Any:
    """Return what augments rows: what was given, or for ``"auto"`` the stage of their pipeline.

    Held-out rows, and rows whose pictures are not fed, are not augmented unless it is asked for.
    """
    if not isinstance(augment, str) or augment != AUTO:
        return augment
    return (
        augmenting(pipeline_of(source)) if rows.split == TRAIN and rows.image is not None else None
    )


def pipeline_of(source: Any) -> Pipeline | None:
    """Return the pipeline that prepared a run or a result; None of anything else."""
    if isinstance(source, str | Path):
        return Run(Path(source)).pipeline if is_run(Path(source)) else None
    found = getattr(source, "pipeline", None)
    return found if isinstance(found, Pipeline) else None


def augmenting(pipeline: Pipeline | None) -> Any:
    """Return the stage of a pipeline that is carried out while pictures are read, if there is."""
    stages = () if pipeline is None else pipeline.steps_of()
    return next((stage for _, stage in stages if stage.later), None)
