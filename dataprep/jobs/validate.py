"""Files against suites: read, asked, and a suite suggested."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.errors import ConfigError, OutputError, ReadError
from dataprep.expectations.drift_of_schema import SchemaDrift, schema_drift
from dataprep.expectations.running import validate
from dataprep.expectations.suggest import suggest
from dataprep.expectations.suites import read_suite
from dataprep.expectations.verdicts import Verdict
from dataprep.files import check_replaceable, write_text
from dataprep.jobs.reading import Reading, typed
from dataprep.jobs.running import Running, opened_engine
from dataprep.pipeline import Pipeline
from dataprep.readers.inputs import Inputs
from dataprep.table import Table

_RECORDED = "Give the summary.json or the pipeline.json of an earlier run."


@dataclass(frozen=True)
class Validated:
    """What came of a file: of its suite, and of its columns, each where it was asked for."""

    verdict: Verdict | None = None
    drift: SchemaDrift | None = None

    @property
    def success(self) -> bool:
        """Whether all that is critical is met, and the columns are as recorded."""
        return not self.drift and (self.verdict is None or self.verdict.success)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        told = {} if self.verdict is None else self.verdict.as_dict()
        columns = {} if self.drift is None else {"schema": self.drift.as_dict()}
        return {**told, **columns, "success": self.success}


def validate_path(
    given: Sequence[str],
    suite: str | None,
    schema: str | None,
    reading: Reading,
    running: Running,
    *,
    data_docs: str | None = None,
) -> Validated:
    """Read files, carry out a suite, compare the columns with recorded ones, and write pages.

    Parameters
    ----------
    given : sequence of str
    suite, schema : str, optional
        Files: what is expected, and what was recorded of a run. One of them at least.
    reading : Reading
    running : Running
    data_docs : str, optional
        A folder for the pages of the verdict.
    """
    if suite is None and schema is None:
        raise ConfigError(
            "nothing is expected",
            place="--suite",
            remedy="Name a suite, or with --schema the summary.json of an earlier run.",
        )
    if suite is None and data_docs is not None:
        raise ConfigError(
            "Great Expectations' pages are of a suite, and none is given",
            place="--data-docs",
            remedy="Name one with --suite, or leave --data-docs out.",
        )
    recorded = None if schema is None else recorded_in(schema)
    expected = None if suite is None else read_suite(suite)
    if expected is not None:
        running.progress("reading the suite")
        expected.check()
    with _read(given, reading, running) as (table, inputs):
        drift = None if recorded is None else schema_drift(table, recorded)
        if expected is None:
            return Validated(drift=drift)
        running.progress("validating")
        verdict = validate(table, expected, place=_called(inputs))
    if data_docs is not None:
        from dataprep.expectations.data_docs import write_data_docs

        write_data_docs(verdict, data_docs)
    return Validated(verdict, drift)


def recorded_in(path: str | Path) -> dict[str, str]:
    """Return the kinds of columns that a run recorded, in order.

    Parameters
    ----------
    path : path
        ``pipeline.json``: the columns that the pipeline was fitted on. ``summary.json``: those of
        the output.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(
            f"cannot be read: {error.strerror}", place=str(path), remedy=_RECORDED
        ) from None
    except ValueError as error:
        raise ConfigError(f"is no JSON: {error}", place=str(path), remedy=_RECORDED) from None
    columns = content.get("columns") if isinstance(content, dict) else None
    if not isinstance(columns, dict):
        raise ConfigError("records no columns", place=str(path), remedy=_RECORDED)
    return {str(name): str(kind) for name, kind in columns.items()}


def suggest_path(given: Sequence[str], reading: Reading, running: Running) -> dict[str, Any]:
    """Read files, and return a suite that they meet."""
    with _read(given, reading, running) as (table, inputs):
        running.progress("looking at the data")
        rows = inputs.parts[0].rows if inputs.parts else None
        if rows is not None:
            return suggest(table, rows.table.table if rows.table else "query")
        return suggest(table, Path(_called(inputs)).name.partition(".")[0] or "suggested")


def place_of_suite(
    output: str | Path, given: Sequence[str], reading: Reading, *, force: bool
) -> Path:
    """Return where a suite goes: over an earlier one with ``force``, never over the input."""
    path = Path(output)
    if path.is_dir():
        raise ConfigError("is a folder", place=str(path), remedy="Name a file, e.g. suite.json.")
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(path.parent), remedy="Make it first."
        )
    # A pattern or a folder stands for the files that it finds.
    protected = reading.inputs(list(given)).paths
    if path.exists() and any(one.exists() and path.samefile(one) for one in protected):
        raise ConfigError(
            "would be written over what the run reads",
            place=str(path),
            remedy="Name another with -o.",
        )
    check_replaceable(path)
    if path.exists() and not force:
        raise ConfigError(
            "is there already", place=str(path), remedy="Overwrite it with -f, or use -o."
        )
    return path


def write_suite(suite: dict[str, Any], path: Path) -> None:
    """Write a suite as its JSON."""
    write_text(path, json.dumps(suite, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def _read(
    given: Sequence[str], reading: Reading, running: Running
) -> Iterator[tuple[Table, Inputs]]:
    """Give the table of files, its columns as what they are, and these files."""
    inputs = reading.inputs(list(given))
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        opened_engine(running, Path(folder)) as engine,
    ):
        running.progress("reading")
        source = reading.open(inputs, engine, Path(folder))
        running.progress("finding types")
        table = typed(source, Pipeline(), reading, fitted=False)
        yield table, inputs


def _called(inputs: Inputs) -> str:
    return str(inputs.named or inputs.parts[0].origin or "stream")
