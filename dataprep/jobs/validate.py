"""Files against suites: read, asked, and a suite suggested."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.errors import ConfigError, OutputError
from dataprep.expectations.running import validate
from dataprep.expectations.suggest import suggest
from dataprep.expectations.suites import read_suite
from dataprep.expectations.verdicts import Verdict
from dataprep.files import write_text
from dataprep.jobs.reading import Reading, typed
from dataprep.jobs.running import Running, opened_engine
from dataprep.pipeline import Pipeline
from dataprep.readers.inputs import inputs_of
from dataprep.table import Table


def validate_path(
    given: Sequence[str],
    suite: str,
    reading: Reading,
    running: Running,
    *,
    data_docs: str | None = None,
) -> Verdict:
    """Read files, carry out a suite, and write its pages where they are asked for."""
    expected = read_suite(suite)
    running.progress("reading the suite")
    expected.check()
    with _read(given, reading, running) as (table, name):
        running.progress("validating")
        verdict = validate(table, expected, place=name)
    if data_docs is not None:
        from dataprep.expectations.data_docs import write_data_docs

        write_data_docs(verdict, data_docs)
    return verdict


def suggest_path(given: Sequence[str], reading: Reading, running: Running) -> dict[str, Any]:
    """Read files, and return a suite that they meet."""
    with _read(given, reading, running) as (table, name):
        running.progress("looking at the data")
        return suggest(table, Path(name).name.partition(".")[0] or "suggested")


def place_of_suite(output: str | Path, protected: Sequence[str], *, force: bool) -> Path:
    """Return where a suite goes: over an earlier one with ``force``, never over the input."""
    path = Path(output)
    if path.is_dir():
        raise ConfigError("is a folder", place=str(path), remedy="Name a file, e.g. suite.json.")
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(path.parent), remedy="Make it first."
        )
    if path.exists() and any(Path(one).exists() and path.samefile(one) for one in protected):
        raise ConfigError(
            "would be written over what the run reads",
            place=str(path),
            remedy="Name another with -o.",
        )
    if path.exists() and not force:
        raise ConfigError(
            "is there already", place=str(path), remedy="Overwrite it with -f, or use -o."
        )
    return path


def write_suite(suite: dict[str, Any], path: Path) -> None:
    """Write a suite as its JSON."""
    write_text(path, json.dumps(suite, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def _read(given: Sequence[str], reading: Reading, running: Running) -> Iterator[tuple[Table, str]]:
    """Give the table of files, its columns as what they are, and what it is called."""
    inputs = inputs_of(list(given), reading.member)
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        opened_engine(running, Path(folder)) as engine,
    ):
        running.progress("reading")
        source = reading.open(inputs, engine, Path(folder))
        running.progress("finding types")
        table = typed(source, Pipeline(), reading, fitted=False)
        yield table, str(inputs.named or "stream")
