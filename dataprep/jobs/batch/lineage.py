"""Events for OpenLineage: what a run reads and makes, through the official client."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dataprep._version import __version__
from dataprep.jobs.batch.datasets import dataset_of, dataset_of_table
from dataprep.jobs.batch.inputs import Input
from dataprep.jobs.batch.job import Job
from dataprep.secrets import masked, remember
from dataprep.watchkeys import LineageKeys

_PRODUCER = f"pkg:pypi/dataprep-pipeline@{__version__}"
"""A package URL: what made the events, and in which version."""
_ENDS = {"done": "COMPLETE", "up to date": "COMPLETE", "stopped": "ABORT"}
_ASKED = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE__TRANSPORT__TYPE")
"""Variables of the client that say where events go: a job needs to say nothing then."""
_PARENT = ("OPENLINEAGE_PARENT_ID", "OPENLINEAGE_ROOT_PARENT_ID")
"""``namespace/name/run``, as schedulers hand it on."""
_PATIENCE = 5.0
"""So many seconds an event may take."""
_SEVERITY = {"critical": "error", "warning": "warn", "info": "info"}
_SECRETS = ("KEY", "TOKEN", "PASSWORD", "SECRET")


class Lineage:
    """Sends the events of a run.

    Parameters
    ----------
    job : Job
    run : int
        Its number in the history.
    began : str
        When, in UTC; with the job and the number it makes the id of the run.
    """

    def __init__(self, job: Job, run: int, began: str) -> None:
        from openlineage.client.facet_v2 import set_producer
        from openlineage.client.uuid import generate_static_uuid

        set_producer(_PRODUCER)
        self.job, self.keys = job, job.openlineage or LineageKeys()
        told = f"{job.name}\n{job.folder}\n{run}".encode()
        self.is_lost = False
        self.inputs: Sequence[Input] = ()
        """Those that the run has found; none before."""
        self.table = None if job.target is None else job.target.table
        """The table that is written; as the database has it when that is known."""
        self.run_id = str(generate_static_uuid(datetime.fromisoformat(began), told))

    def start(self) -> str:
        """Tell that the run has begun; return what went wrong, empty when nothing did."""
        return self._sent("START", {})

    def end(self, summary: Mapping[str, Any]) -> str:
        """Tell what came of the run; return what went wrong, empty when nothing did."""
        if self.is_lost:
            # Told once; it need not hold the run twice.
            return ""
        return self._sent(_ENDS.get(summary["state"], "FAIL"), summary)

    def _sent(self, kind: str, summary: Mapping[str, Any]) -> str:
        wrongs = [f"no answer within {_PATIENCE:g} s"]

        def send() -> None:
            wrongs[:] = [self._emitted(kind, summary)]

        # The client tries again and again: a thread of its own can be left.
        worker = threading.Thread(target=send, daemon=True)
        worker.start()
        worker.join(_PATIENCE)
        self.is_lost = bool(wrongs[0])
        return f"OpenLineage got no {kind} event: {wrongs[0]}" if wrongs[0] else ""

    def _emitted(self, kind: str, summary: Mapping[str, Any]) -> str:
        from openlineage.client import OpenLineageClient

        config = None
        try:
            config = None if self.keys.config is None else _read(self.keys.config)
            client = OpenLineageClient(config=config)
            client.emit(self._event(kind, summary))
            client.close(timeout=_PATIENCE)
        except Exception as error:  # noqa: BLE001 - transports of the client raise what they like
            if "Connect" in type(error).__name__ or "Timeout" in type(error).__name__:
                return "its server cannot be reached"
            for secret in _secrets(config):
                remember(secret)
            told = masked(f"{type(error).__name__}: {error}")
            return told.splitlines()[0][:300]
        return ""

    def _event(self, kind: str, summary: Mapping[str, Any]) -> Any:
        from openlineage.client.event_v2 import Job as LineageJob
        from openlineage.client.event_v2 import Run, RunEvent, RunState
        from openlineage.client.facet_v2 import error_message_run, job_type_job

        facets = {**_engine(), **_parent()}
        if kind in ("FAIL", "ABORT"):
            message = masked(str(summary.get("message", kind)))
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                message=message, programmingLanguage="PYTHON"
            )
        job_type = job_type_job.JobTypeJobFacet(
            processingType="BATCH", integration="DATAPREP", jobType="JOB"
        )
        return RunEvent(
            eventType=RunState[kind],
            eventTime=datetime.now(UTC).isoformat(),
            run=Run(runId=self.run_id, facets=facets),
            job=LineageJob(self.keys.namespace, self.job.name, facets={"jobType": job_type}),
            producer=_PRODUCER,
            inputs=self._inputs(summary),
            outputs=self._outputs(summary),
        )

    def _inputs(self, summary: Mapping[str, Any]) -> list[Any]:
        from openlineage.client.event_v2 import InputDataset
        from openlineage.client.facet_v2 import input_statistics_input_dataset as statistics

        columns, shared = _schema(summary.get("columns_in")), _quality(summary, "before")
        if len(self.inputs) == 1 and "rows_in" in summary:
            shared["dataQualityMetrics"] = _metrics(summary)
        found = []
        for one in self.inputs:
            if (dataset := one.dataset) is None:
                continue
            size = statistics.InputStatisticsInputDatasetFacet(size=one.bytes, fileCount=1)
            # How long the rows of a table are on their way says nothing of the table.
            more = {} if one.part.rows is not None else {"inputStatistics": size}
            found.append(InputDataset(*dataset, facets=columns, inputFacets={**shared, **more}))
        return found

    def _outputs(self, summary: Mapping[str, Any]) -> list[Any]:
        from openlineage.client.event_v2 import OutputDataset
        from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

        output = summary.get("output", {})
        of_files: dict[str, Any] = {}
        of_table: dict[str, Any] = {}
        if summary.get("state") == "done":
            files = output.get("files", {})
            of_files["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(
                rowCount=summary["rows_out"],
                size=sum(one["bytes"] for one in files.values()),
                fileCount=len(files),
            )
            of_table["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(
                rowCount=output.get("database", {}).get("rows", 0)
            )
        # The assertions on what goes out belong to it, and the spec has that facet on any dataset.
        about = {**_schema(summary.get("columns")), **_quality(summary, "after")}
        path = str(self.job.folder / "latest")
        made = [OutputDataset(*dataset_of(path), facets=about, outputFacets=of_files)]
        if self.job.target is not None and self.table is not None:
            table = dataset_of_table(self.job.target.address, self.table)
            if table is not None:
                made.append(OutputDataset(*table, facets=about, outputFacets=of_table))
        return made


def lineage_of(job: Job, run: int, began: str) -> Lineage | str | None:
    """Return what sends events, if the job or the environment asks for it.

    A text instead tells why it cannot, where only the environment asks: the client is no
    dependency of the job.
    """
    if job.openlineage is None and not any(os.environ.get(name) for name in _ASKED):
        return None
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return None
    if find_spec("openlineage") is None:
        return "OpenLineage is asked for by the environment, and its client is not installed"
    return Lineage(job, run, began)


def _schema(columns: Mapping[str, str] | None) -> dict[str, Any]:
    from openlineage.client.facet_v2 import schema_dataset

    if not columns:
        return {}
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name=name, type=str(kind), ordinal_position=i)
        for i, (name, kind) in enumerate(columns.items(), 1)
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields=fields)}


def _quality(summary: Mapping[str, Any], when: str) -> dict[str, Any]:
    """Return the expectations that were asked before or after, as assertions."""
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality

    assertions = [
        quality.Assertion(
            assertion=one["type"],
            success=one["success"],
            column=one.get("column"),
            severity=_SEVERITY[one["severity"]],
        )
        for suite in summary.get("expectations", ())
        if suite["when"] == when
        for one in suite.get("results", ())
    ]
    if not assertions:
        return {}
    return {"dataQualityAssertions": quality.DataQualityAssertionsDatasetFacet(assertions)}


def _metrics(summary: Mapping[str, Any]) -> Any:
    """Return the rows that were read, and how much of each column was missing, where known."""
    from openlineage.client.facet_v2 import data_quality_metrics_input_dataset as quality

    rows = summary["rows_in"]
    missing = summary.get("measures", {}).get("missing", {})
    columns = {
        name: quality.ColumnMetrics(nullCount=round(share * rows))
        for name, share in missing.items()
    }
    return quality.DataQualityMetricsInputDatasetFacet(columnMetrics=columns, rowCount=rows)


def _engine() -> dict[str, Any]:
    from openlineage.client.facet_v2 import processing_engine_run

    facet = processing_engine_run.ProcessingEngineRunFacet(
        version=__version__, name="dataprep", openlineageAdapterVersion=__version__
    )
    return {"processing_engine": facet}


def _parent() -> dict[str, Any]:
    """Return the run that started this one, where a scheduler says so."""
    from openlineage.client.facet_v2 import parent_run

    parent, root = (_three(os.environ.get(name, "")) for name in _PARENT)
    if parent is None:
        return {}
    namespace, name, run = parent
    above = None
    if root is not None:
        above = parent_run.Root(
            run=parent_run.RootRun(runId=root[2]), job=parent_run.RootJob(root[0], root[1])
        )
    facet = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=run), job=parent_run.Job(namespace, name), root=above
    )
    return {"parent": facet}


def _three(text: str) -> tuple[str, str, str] | None:
    parts = text.rsplit("/", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def _read(path: str) -> dict[str, Any]:
    """Return a configuration of the client, in which ``${NAME}`` is left to the client."""
    from dataprep.yaml12 import read_yaml

    content = read_yaml(Path(path).read_text(encoding="utf-8"), path)
    return content if isinstance(content, dict) else {}


def _secrets(config: Any, name: str = "") -> Iterator[str]:
    """Give what may be secret in a configuration of the client, and in its variables."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield from _secrets(value, str(key))
    elif isinstance(config, list):
        for value in config:
            yield from _secrets(value, name)
    elif isinstance(config, str) and any(word in name.upper() for word in _SECRETS):
        yield config
    if not name:
        for variable, value in os.environ.items():
            if variable.startswith("OPENLINEAGE") and any(word in variable for word in _SECRETS):
                yield value
