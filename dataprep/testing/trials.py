"""A stage and the table that it is tried on; what came of it is found once, for all checks."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.engines.frames import open_frame
from dataprep.pipeline import Pipeline
from dataprep.stage import Change, Stage
from dataprep.testing.images import IMAGE
from dataprep.testing.outcomes import (
    Outcome,
    cleaned_by,
    columns_of,
    fresh_copy,
    outcome_of,
    pipeline_of,
)
from dataprep.testing.tables import given_as

_REMEMBERED = 48
"""How many answers are kept: all of one stage, while its checks run one after the other."""


@dataclass(frozen=True)
class Way:
    """What a caller saw of a clean there and back: the input before, after, and undone."""

    before: Any
    after: Any
    undone: Any
    summary: dict[str, Any]
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class Trial:
    """A stage and a table. What is asked of it twice is answered from memory.

    Parameters
    ----------
    stage : Stage
        Not fitted.
    table : pyarrow.Table
    target : str, optional
        Its column with the classes.
    parts : str, optional
        Its column with the parts: the stage then stands behind a split.
    """

    stage: Stage
    table: Any
    target: str | None = None
    parts: str | None = None

    def given(self, engine: str, partitions: int = 1) -> Any:
        """Return the table as a frame of a library."""
        return given_as(self.table, engine, partitions, Path())

    def outcome(self, engine: str, partitions: int = 1) -> Outcome:
        """Return what cleaning gave on an engine."""
        return _outcome(self, engine, partitions)

    def way(self, engine: str) -> Way:
        """Return what cleaning did to a table in two parts, and undo after it."""
        return _way(self, engine)

    def pipeline(self) -> Pipeline:
        """Return a pipeline of the stage, not fitted."""
        return self.pipeline_of(fresh_copy(self.stage))

    def pipeline_of(self, stage: Stage) -> Pipeline:
        """Return a pipeline of another stage, for the same table."""
        return pipeline_of(stage, self.target, self.parts)

    def outcome_of(self, engine: str, table: Any = None, partitions: int = 1) -> Outcome:
        """Return what cleaning gives, done now, of the table or of another one."""
        table = self.table if table is None else table
        return outcome_of(self.stage, table, engine, partitions, self.target, self.parts)

    def fitted(self, library: str) -> Pipeline:
        """Return a pipeline that was fitted on a frame; it is not to be changed."""
        return _fitted(self, library)

    def served(self, library: str) -> dict[str, list[Any]]:
        """Return what the fitted pipeline makes of the frame that it was fitted on."""
        return _served(self, library)

    @property
    def change(self) -> Change:
        """What the stage would change."""
        return _change(self)


@lru_cache(_REMEMBERED)
def _outcome(trial: Trial, engine: str, partitions: int) -> Outcome:
    if partitions == 2:
        return trial.way(engine).outcome
    return trial.outcome_of(engine, None, partitions)


@lru_cache(_REMEMBERED)
def _way(trial: Trial, engine: str) -> Way:
    with TemporaryDirectory() as folder:
        given = given_as(trial.table, engine, 2, Path(folder))
        before = snapshot(given_as(trial.table, engine, 2, Path(folder)))
        result = cleaned_by(trial.stage, given, trial.table, trial.target, trial.parts)
        outcome = Outcome.of(result)
        after, back = snapshot(given), result.undo()
        undone = columns_of(back.to_arrow()) if engine == "duckdb" else snapshot(back)
        return Way(before, after, undone, result.summary, outcome)


@lru_cache(_REMEMBERED)
def _fitted(trial: Trial, library: str) -> Pipeline:
    return trial.pipeline().fit(trial.given(library))


@lru_cache(_REMEMBERED)
def _served(trial: Trial, library: str) -> dict[str, list[Any]]:
    return columns_of(trial.fitted(library).transform(trial.given(library)))


@lru_cache(_REMEMBERED)
def _change(trial: Trial) -> Change:
    roles = {"target": trial.target} if trial.target else {}
    if trial.stage.pictures:
        roles["image"] = IMAGE
    opened = open_frame(trial.table, roles=roles).table
    return trial.stage.change(opened, trial.stage.learn(opened))


def snapshot(given: Any) -> Any:
    """Return all that a caller can see of a frame, or the bytes of files."""
    if isinstance(given, list):
        return [Path(path).read_bytes() for path in given]
    labels = given.index.tolist() if hasattr(given, "index") else None
    types = [str(x) for x in given.dtypes] if hasattr(given, "dtypes") else str(given.schema)
    return columns_of(given), types, labels


def cells_of(files: list[bytes]) -> dict[str, list[str | None]]:
    """Return the columns of CSV files as text, None for an empty cell."""
    parts = [list(csv.reader(file.decode().splitlines(keepends=True))) for file in files]
    rows = chain.from_iterable(part[1:] for part in parts)
    columns = zip(*([cell or None for cell in row] for row in rows), strict=True)
    return dict(zip(parts[0][0], map(list, columns), strict=True))
