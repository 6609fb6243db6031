"""Events for OpenLineage: those of its specification, by the names of its rules."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest
from openlineage.client import OpenLineageClient

from dataprep.databases.address import Name, address_of
from dataprep.errors import ConfigError, ReadError
from dataprep.jobs.batch import lineage
from dataprep.jobs.batch.datasets import dataset_of, dataset_of_table
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.lineage import _secrets
from dataprep.jobs.batch.running import run_job

FACETS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {"_schemaURL": {"pattern": "^https://openlineage.io/spec/facets/.*json#/"}},
    },
}
DATASET = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {"facets": FACETS, "inputFacets": FACETS, "outputFacets": FACETS},
}
EVENT = {
    # What the specification (2-0-2) asks of a RunEvent.
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventTime": {"format": "date-time"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "run": {
            "required": ["runId"],
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": FACETS},
        },
        "job": {"required": ["namespace", "name"], "properties": {"facets": FACETS}},
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
}


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """Run a job, and return the events that it sent: ``sent("more: keys")``."""
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n2,y\n,x\n7,x\n")
    (tmp_path / "to.yml").write_text(
        f"transport: {{type: file, log_file_path: '{tmp_path}/events.jsonl', append: true}}"
    )
    (tmp_path / "suite.json").write_text(
        '{"name": "raw", "expectations": [{"type": "expect_column_values_to_not_be_null", '
        '"kwargs": {"column": "a"}, "severity": "warning"}]}'
    )
    monkeypatch.chdir(tmp_path)

    def run(more="openlineage: {config: to.yml, namespace: nightly}"):
        (tmp_path / "job.yaml").write_text(
            "name: linked\nstages: [drop_duplicates, impute]\nsource: {path: in.csv}\n"
            f"output: {{path: out}}\nhistory: history.sqlite\n{more}\n"
        )
        events = tmp_path / "events.jsonl"
        events.unlink(missing_ok=True)
        summary = run_job(read_job(tmp_path / "job.yaml"))
        lines = events.read_text().splitlines() if events.exists() else []
        found = [json.loads(line) for line in lines]
        for event in found:
            jsonschema.validate(event, EVENT, format_checker=jsonschema.FormatChecker())
        return summary, found

    return run


def test_the_events_of_a_run(sent, tmp_path):
    """START, then COMPLETE: what was read and made, with columns, counts and expectations."""
    more = "openlineage: {config: to.yml, namespace: nightly}\n"
    summary, (start, end) = sent(f"{more}expect: {{before: suite.json}}\ntrends: {{}}")
    assert summary["notes"] == []
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"]
    assert (end["job"]["namespace"], end["job"]["name"]) == ("nightly", "linked")
    (read,), (made,) = end["inputs"], end["outputs"]
    assert (read["namespace"], read["name"]) == ("file", str(tmp_path / "in.csv"))
    assert [(f["name"], f["type"]) for f in read["facets"]["schema"]["fields"]] == [
        ("a", "integer"), ("b", "category"),
    ]  # fmt: skip
    facets = read["inputFacets"]
    (assertion,) = facets["dataQualityAssertions"]["assertions"]
    assert (assertion["column"], assertion["success"], assertion["severity"]) == (
        "a", False, "warn",
    )  # fmt: skip
    assert facets["dataQualityMetrics"]["rowCount"] == 5
    assert facets["dataQualityMetrics"]["columnMetrics"]["a"]["nullCount"] == 1
    assert facets["inputStatistics"]["size"] == (tmp_path / "in.csv").stat().st_size
    assert made["name"] == str(tmp_path / "out" / "latest")
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 4
    # Up to date, nothing was written; it is another run all the same.
    sent()
    _, (_, again) = sent()
    assert again["eventType"] == "COMPLETE"
    assert "outputStatistics" not in again["outputs"][0]["outputFacets"]
    assert again["run"]["runId"] != end["run"]["runId"]


def test_a_run_that_fails(sent):
    """FAIL, with the message; of one that could not run as well as of one that was refused."""
    more = "openlineage: {config: to.yml}\n"
    _, (_, refused) = sent(f"{more}max_rejected: 0")
    assert refused["eventType"] == "FAIL"
    assert (
        "1 of 5 rows (20.0%) were rejected" in refused["run"]["facets"]["errorMessage"]["message"]
    )
    Path("in.csv").unlink()
    with pytest.raises(ReadError):
        sent(more)
    last = json.loads(Path("events.jsonl").read_text().splitlines()[-1])
    assert last["eventType"] == "FAIL"
    assert "in.csv" in last["run"]["facets"]["errorMessage"]["message"]


def test_the_environment_of_a_scheduler_counts(sent, tmp_path, monkeypatch):
    """Its variables say where events go and who started the run; the job says nothing."""
    parent = "airflow/dag.task/3f5e83fa-3480-44ff-99c5-ff943904e5e8"
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", parent)
    monkeypatch.setenv("OPENLINEAGE_CONFIG", str(tmp_path / "to.yml"))
    _, events = sent("")
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"]
    facet = events[0]["run"]["facets"]["parent"]
    assert (facet["job"]["namespace"], facet["job"]["name"]) == ("airflow", "dag.task")
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "no such thing")
    assert "parent" not in sent("")[1][0]["run"]["facets"]
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert sent("")[1] == []


@pytest.mark.parametrize(
    "config",
    [
        "transport: {type: http, url: 'http://me:pass-word@127.0.0.1:9', timeout: 1, "
        "retry: {total: 0}}",
        "transport: {type: file}",
        "transport: {type: telepathy}",
        "transport: [",
        "",
    ],
)
def test_a_client_that_is_down_or_wrongly_set_up_never_fails_a_run(sent, tmp_path, config, capfd):
    """It is noted, and nothing secret with it."""
    (tmp_path / "bad.yml").write_text(config)
    summary, _ = sent("openlineage: {config: bad.yml}")
    assert (summary["state"], summary["exit"]) == ("done", 0)
    if config:
        assert any("OpenLineage got no START event" in note for note in summary["notes"])
    assert "pass-word" not in json.dumps(summary)


def test_what_is_wrong_is_told_before_the_run(sent):
    """A configuration that is not there; a key that is unknown."""
    with pytest.raises(ConfigError, match="is no file"):
        sent("openlineage: {config: none.yml}")
    with pytest.raises(ConfigError, match="Did you mean 'namespace'"):
        sent("openlineage: {namespac: x}")


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("/data/a.csv", ("file", "/data/a.csv")),
        ("s3://bucket/a/b.parquet", ("s3://bucket", "a/b.parquet")),
        ("gs://bucket/a.csv", ("gs://bucket", "a.csv")),
        ("s3a://bucket/a.csv?versionId=1", ("s3://bucket", "a.csv")),
        ("https://me:pw@host:8080/a.csv?token=x", ("https://host:8080", "a.csv")),
        ("abfss://raw@acct.dfs/in/a.csv", ("abfss://raw@acct.dfs", "in/a.csv")),
    ],
)
def test_the_names_of_datasets(place, named):
    """By the rules of OpenLineage, and without what is secret."""
    assert dataset_of(place) == named


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("postgresql://u:p@h:6432/db", ("postgres://h:6432", "db.sales.orders")),
        ("postgresql://h1:5433,h2:5434/db", ("postgres://h1:5433", "db.sales.orders")),
        ("postgresql:///db?host=h,i&port=5433,5434", ("postgres://h:5433", "db.sales.orders")),
        ("postgresql://u@[::1]/db", ("postgres://[::1]:5432", "db.sales.orders")),
        ("postgresql://%2Fvar%2Frun/db", ("postgres://localhost:5432", "db.sales.orders")),
        ("postgresql://u:p@h", ("postgres://h:5432", "u.sales.orders")),
        ("sqlite:////data/a.db", ("sqlite:///data/a.db", "orders")),
    ],
)
def test_the_names_of_tables(uri, named, monkeypatch):
    """By the server, the database and the schema; one of several hosts, the first."""
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    address = address_of(uri)
    assert dataset_of_table(address, Name("orders", "sales")) == named
    if address.kind == "postgresql":
        assert dataset_of_table(address, Name("orders")) is None


def test_tables_that_are_read_and_written(tmp_path, monkeypatch):
    """They are called what the database calls them, and the files beside them are told too."""
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("shop.db")) as shop:
        shop.execute("create table Orders as select 1 as id, 2.5 as price")
        shop.commit()
    Path("to.yml").write_text("transport: {type: file, log_file_path: e.jsonl, append: true}")
    Path("job.yaml").write_text(
        "name: tables\nstages: [drop_duplicates]\nhistory: h.sqlite\n"
        "source: {uri: 'sqlite:///shop.db', table: orders}\n"
        "output: {path: out, uri: 'sqlite:///shop.db', table: copy}\n"
        "openlineage: {config: to.yml}\n"
    )
    run_job(read_job("job.yaml"))
    start, end = map(json.loads, Path("e.jsonl").read_text().splitlines())
    place = f"sqlite://{tmp_path}/shop.db"
    named = [
        [(one["namespace"], one["name"]) for one in event["outputs"]] for event in (start, end)
    ]
    assert named == [[("file", str(tmp_path / "out" / "latest")), (place, "copy")]] * 2
    assert start["inputs"] == []
    (read,) = end["inputs"]
    assert (read["namespace"], read["name"]) == (place, "Orders")
    assert end["outputs"][1]["outputFacets"]["outputStatistics"]["rowCount"] == 1


def test_secrets_in_lists_of_the_configuration():
    """A composite transport lists others, each with a secret of its own."""
    config = {"transport": {"type": "composite", "transports": [{"auth": {"apiKey": "k"}}]}}
    assert "k" in set(_secrets(config))


def test_a_server_that_does_not_answer_is_asked_once(sent, tmp_path, monkeypatch):
    """It holds the run for a short time, not at each event."""
    monkeypatch.setattr(lineage, "_PATIENCE", 0.2)
    calls = []

    def wait(*_):
        calls.append(1)
        time.sleep(1.0)

    monkeypatch.setattr(OpenLineageClient, "emit", wait)
    summary, _ = sent()
    assert summary["notes"] == ["OpenLineage got no START event: no answer within 0.2 s"]
    assert (len(calls), summary["exit"]) == (1, 0)
