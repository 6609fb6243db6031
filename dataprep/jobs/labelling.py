"""Queues of rows to be labelled by hand, for files; and queues, filled in, merged back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.errors import ConfigError, OutputError, ReadError
from dataprep.files import write_text
from dataprep.jobs.asked_rows import AskedRows
from dataprep.jobs.clean import clean_path
from dataprep.jobs.queueing import queue_of
from dataprep.jobs.reading import Reading, typed
from dataprep.jobs.running import Running, opened_engine
from dataprep.labels.answers import read_answers
from dataprep.pipeline import Pipeline
from dataprep.readers.paths import check_name, split_name
from dataprep.stages.labels.merge_labels import MergeLabels


def queue_path(
    given: Any,
    output: str | None,
    asked: AskedRows,
    reading: Reading,
    running: Running,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Write the queue of a file beside it, and return what is in it."""
    asked.check()
    inputs = reading.inputs(given)
    place = _place(inputs.named, inputs.paths, output, force=force)
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        opened_engine(running, Path(folder)) as engine,
    ):
        running.progress("reading")
        # With its role, so that labels stay the words that they are.
        pipeline = Pipeline(target=asked.target)
        source = reading.open(inputs, engine, Path(folder), pipeline.roles_given())
        table = typed(source, pipeline, reading, fitted=False)
        running.progress("choosing rows")
        queue = queue_of(table, asked)
    write_text(place, queue.to_csv())
    return {
        "output": str(place),
        "rows": len(queue.rows),
        "strategies": queue.strategies,
        "notes": queue.notes,
    }


def _place(named: Path | None, sources: Sequence[Path], output: str | None, *, force: bool) -> Path:
    """Return where a queue is written; never over what is read, nor over another unasked."""
    if named is None and output is None:
        raise ConfigError(
            "what is read is no file beside which the queue could lie",
            place="-o",
            remedy="Name it, e.g. -o queue.csv.",
        )
    path = Path(output or _beside(named, sources, "queue.csv"))
    check_name(path)
    if path.suffix.lower() != ".csv":
        raise ConfigError(
            f"a queue is a CSV, and {path.name!r} is not named as one",
            place="-o",
            remedy=f"Name it {path.with_suffix('.csv').name}.",
        )
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(path.parent), remedy="Make it first."
        )
    if path.exists() and any(path.samefile(source) for source in sources):
        raise ConfigError(
            "would be written over what the run reads", place=str(path), remedy="Use -o."
        )
    if path.exists() and not force:
        raise ConfigError(
            "is there already", place=str(path), remedy="Overwrite it with -f, or use -o."
        )
    if path.exists() and (labels := _filled_in(path)):
        # It may be hours of a person's work.
        raise ConfigError(
            f"somebody filled in {labels:,} label{'s' * (labels != 1)} there",
            place=str(path),
            remedy="Merge it with --merge first, move it away, or use -o.",
        )
    return path


def _beside(named: Path | None, sources: Sequence[Path], ending: str) -> str:
    """Return a name beside the input, which no pattern that found the input may find again."""
    if named is None:
        return ending
    stem, _ = split_name(named)
    path = named.with_name(f"{stem}.{ending}")
    if len(sources) > 1 and path.parent in {source.parent for source in sources}:
        raise ConfigError(
            f"{path} would lie among the {len(sources)} files that are read",
            place="-o",
            remedy=f"Name it elsewhere, e.g. -o {path.name}.",
        )
    return str(path)


def _filled_in(path: Path) -> int:
    """Return how many labels a file holds, where it is a queue."""
    try:
        return len(read_answers(path))
    except ReadError:
        return 0


def merge_path(
    given: Any,
    answers: str,
    output: str | None,
    stage: MergeLabels,
    target: str,
    reading: Reading,
    running: Running,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Write a file again with the labels of a queue, a ledger beside it, and return the summary."""
    # Before anything else is read: it is soon told whether it is one.
    read_answers(answers)
    inputs = reading.inputs(given)
    if any(Path(answers).samefile(source) for source in inputs.paths):
        raise ConfigError(
            "is the queue, and among what is read",
            place=answers,
            remedy="Move it elsewhere, or read other files.",
        )
    if output is None and inputs.named is not None:
        _, suffix = split_name(inputs.named)
        output = _beside(inputs.named, inputs.paths, f"labelled{suffix}")
    pipeline = Pipeline([stage], target=target)
    return clean_path(
        inputs,
        output,
        lambda _table: pipeline,
        pipeline.roles_given(),
        reading,
        running,
        force=force,
        protected=[Path(answers)],
    )
