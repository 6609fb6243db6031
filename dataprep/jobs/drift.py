"""Rows against others, or against what a pipeline recorded: tables and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import narwhals as nw

from dataprep.apply import apply_steps
from dataprep.columns import known
from dataprep.databases.address import is_database
from dataprep.distributions.classifier import ROWS, separated
from dataprep.distributions.comparing import compared
from dataprep.distributions.drifted import Drifted
from dataprep.distributions.judging import Thresholds
from dataprep.distributions.recording import present, recorded
from dataprep.errors import ConfigError, did_you_mean
from dataprep.jobs.clean import as_fitted
from dataprep.jobs.reading import Reading, opened_for, typed
from dataprep.jobs.running import Running, opened_engine
from dataprep.kinds import MISSING, NUMERIC, TYPED, Kind
from dataprep.pipeline import Pipeline
from dataprep.readers.inputs import Inputs
from dataprep.stages.drift import Drift, compared_columns, other_columns
from dataprep.table import Table

_HEAD = re.compile(rb'\s*\{\s*"format"\s*:\s*\d+\s*,\s*"dataprep"\s*:')
_LONGEST_HEAD = 1000


@dataclass(frozen=True)
class Asked:
    """What is to be compared, and when a difference counts.

    Parameters
    ----------
    target : str, optional
        The column whose drift is told apart; a pipeline knows its own.
    ids : sequence of str
        Columns that name a row: these are left out.
    columns : str, Selector or list, optional
        Those to compare; features and target by default.
    thresholds : mapping
        Of `Thresholds`, those that are not to be the default, or the pipeline's own.
    classifier : bool
        Whether a classifier is tried, where both sets of rows are at hand.
    auc : float
        The area under the curve from which on it tells them apart.
    seed : int
    """

    target: str | None = None
    ids: Sequence[str] = ()
    columns: Any = None
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    classifier: bool = True
    auc: float = 0.55
    seed: int = 0

    def check(self) -> None:
        """Raise for a threshold that is none."""
        from dataprep.checking import validated

        # The stage declares what each may be.
        validated(Drift(**self.thresholds), "drift")
        if self.columns in ("", [], ()):
            raise ConfigError("there is none", place="columns", remedy="Name one, or leave it out.")
        if not 0.5 <= self.auc < 1:
            raise ConfigError(f"{self.auc!r}", place="auc", remedy="Give a share in [0.5, 1).")
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**32:
            raise ConfigError(
                f"{self.seed!r}", place="seed", remedy="Give a whole number in [0, 2**32)."
            )


def drift_of_tables(reference: Table, current: Table, asked: Asked) -> Drifted:
    """Compare the rows of two tables; statistics of numbers are exact.

    Raises
    ------
    ConfigError
        For a target, an identifier or a column that the reference does not have.
    """
    for name in (asked.target, *asked.ids):
        if name is not None:
            known(name, reference)
    reference, current = _of_one_kind(reference, current), _of_one_kind(current, reference)
    names = [
        name
        for name in compared_columns(reference, asked.columns, asked.target)
        if name not in asked.ids
    ]
    thresholds = Thresholds(**asked.thresholds)
    records = recorded(reference, names)
    if asked.columns is None:
        others = [n for n in other_columns(reference, names) if n not in asked.ids]
        records |= present(reference, others)
    found = compared(records, current, thresholds, target=asked.target, values=reference)
    added = [name for name in current.columns if name not in reference.kinds]
    found = replace(found, added=added, rows_reference=reference.height())
    if not asked.classifier:
        return found
    usable = {one.column for one in found.columns if one.verdict not in ("gone", "retyped")}
    features = [name for name in names if name in usable and name != asked.target]
    joint = separated(
        reference,
        current,
        features,
        alpha=thresholds.alpha,
        auc=asked.auc,
        rows=ROWS,
        seed=asked.seed,
    )
    return replace(found, classifier=joint)


def _of_one_kind(table: Table, other: Table) -> Table:
    """Return a table whose columns are of the kinds of another, where only chance made others.

    Whether numbers name rows depends on how many different ones came; an empty column has no kind.
    """
    unlike = [n for n, kind in table.kinds.items() if other.kinds.get(n, kind) != kind]
    counts = table.counts(unlike)
    wanted: dict[str, Kind] = {
        name: other.kinds[name]
        for name in unlike
        if not counts[name] or (table.kinds[name] == "identifier" and other.kinds[name] in NUMERIC)
    }
    schema = table.frame.collect_schema()
    texts = {n: kind for n, kind in wanted.items() if schema[n] == nw.String and kind in TYPED}
    if texts:
        wrong = table.engine.parse_counts(table.frame, texts, MISSING, ())
        texts = {name: kind for name, kind in texts.items() if not wrong[name]["wrong"]}
        frame = table.engine.parse(table.frame, texts, dict.fromkeys(texts, MISSING))
        table = replace(table, frame=frame)
    same = {
        n: k for n, k in wanted.items() if n in texts or schema[n] != nw.String or not counts[n]
    }
    return replace(table, kinds={**table.kinds, **same})


def drift_from_pipeline(pipeline: Pipeline, table: Table, asked: Asked) -> Drifted:
    """Compare rows with the distributions that a fitted pipeline recorded.

    The stages before its stage `Drift` repair them first, as they did the recorded ones.

    Parameters
    ----------
    pipeline : Pipeline
    table : Table
        With the columns and kinds of ``fit``.
    asked : Asked

    Raises
    ------
    ConfigError
        When it recorded none, or not those of a column.
    """
    steps = pipeline.steps_of()
    places = [i for i, (_, stage) in enumerate(steps) if isinstance(stage, Drift)]
    if len(places) > 1:
        raise ConfigError(
            f"the pipeline recorded distributions at {len(places)} places: "
            f"{', '.join(steps[i][0] for i in places)}",
            place="reference",
            remedy="Leave one stage drift in it, and fit again; or apply it: each one compares.",
        )
    if not places:
        raise ConfigError(
            "the pipeline has recorded no distributions",
            place="reference",
            remedy="Add '- drift: {}' to its stages and fit again, or give the rows themselves.",
        )
    (place,) = places
    stage: Any = steps[place][1]
    table, _ = apply_steps(steps[:place], pipeline.states_[:place], table, training=False)
    state = pipeline.states_[place]
    records, target = state["columns"], state["target"]
    if asked.target not in (None, target):
        raise ConfigError(
            f"the target is {target!r}", place="target", remedy="Leave it out: it is known."
        )
    if asked.columns is not None:
        records = {name: _record(records, name) for name in stage.chosen(table, asked.columns)}
    thresholds = replace(stage.thresholds, **asked.thresholds)
    for name in asked.ids:
        known(name, table)
    kept = {name: record for name, record in records.items() if name not in asked.ids}
    return compared(kept, table, thresholds, target=target)


def _record(records: Mapping[str, Any], name: str) -> Any:
    if name not in records:
        raise ConfigError(
            f"no distribution of {name!r} was recorded",
            place="columns",
            remedy=did_you_mean(name, records),
        )
    return records[name]


def drift_path(
    reference: str, current: Sequence[str], asked: Asked, reading: Reading, running: Running
) -> Drifted:
    """Compare files with a file, or with what a ``pipeline.json`` recorded; also of databases.

    Parameters
    ----------
    reference : str
        A table, or the ``pipeline.json`` of a run whose pipeline has a stage `Drift`.
    current : sequence of str
    asked : Asked
    reading : Reading
        How the files are read; a pipeline has learned how values are written. The table or the
        query is of each of the two that is a database.
    running : Running
    """
    asked.check()
    of_files = reading
    if any(map(is_database, (reference, *current))):
        of_files = replace(reading, table=None, query=None)
    inputs = (reading if any(map(is_database, current)) else of_files).inputs(list(current))
    if not is_pipeline(reference):
        before = (reading if is_database(reference) else of_files).inputs(reference)
        with _read(before, reading, running) as first, _read(inputs, reading, running) as second:
            running.progress("comparing")
            return drift_of_tables(first, second, asked)
    pipeline = Pipeline.load(reference)
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        opened_engine(running, Path(folder)) as engine,
    ):
        running.progress("reading")
        source = opened_for(pipeline, inputs, reading, engine, Path(folder))
        table = as_fitted(pipeline, typed(source, pipeline, reading, fitted=True))
        running.progress("comparing")
        return drift_from_pipeline(pipeline, table, asked)


@contextmanager
def _read(inputs: Inputs, reading: Reading, running: Running) -> Iterator[Table]:
    """Give the table of files, in an engine of its own: one of two."""
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        opened_engine(running, Path(folder)) as engine,
    ):
        engine.share_memory(2)
        running.progress("reading")
        source = reading.open(inputs, engine, Path(folder))
        yield typed(source, Pipeline(), reading, fitted=False)


def is_pipeline(path: str | Path) -> bool:
    """Tell whether a file is a ``pipeline.json``, and no table in JSON."""
    path = Path(path)
    if path.suffix != ".json":
        return False
    if path.name == "pipeline.json":
        return True
    # What a pipeline is saved as begins with these two; a table may be long.
    with suppress(OSError), path.open("rb") as file:
        return _HEAD.match(file.read(_LONGEST_HEAD)) is not None
    return False
