"""Files of object stores: found, fetched, read as files, and told without secrets."""

from __future__ import annotations

import gzip
import hashlib

import fsspec
import pytest

import dataprep as dp
from dataprep.cli import answer
from dataprep.errors import ConfigError, DataprepError, MissingExtraError, ReadError
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job

TABLE = b"id,name\n01,Ann\n02,Bo\n"


@pytest.fixture
def store():
    """Give a store in memory, empty afterwards."""
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/in/a.csv", TABLE)
    memory.pipe("/bucket/in/b.csv", b"id,name\n03,Cy\n")
    memory.pipe("/bucket/packed.csv.gz", gzip.compress(TABLE))
    yield memory
    memory.rm("/bucket", recursive=True)


def test_an_object_is_read_as_a_file(store):
    """The text of each cell stays, what is packed is unpacked, and the hash is of its bytes."""
    for name in ("in/a.csv", "packed.csv.gz"):
        table = dp.read(f"memory://bucket/{name}")
        assert table.to_arrow()["id"].to_pylist() == ["01", "02"]
        assert table.report["paths"] == [f"memory://bucket/{name}"]
    result = dp.clean("memory://bucket/in/a.csv")
    assert result.summary["input"]["sha256"] == hashlib.sha256(TABLE).hexdigest()


def test_a_pattern_of_objects(store):
    """What a pattern finds are parts of one table, sorted by name."""
    table = dp.read("memory://bucket/in/*.csv")
    assert table.to_arrow()["name"].to_pylist() == ["Ann", "Bo", "Cy"]
    assert len(table.report["paths"]) == 2
    with pytest.raises(ReadError, match="no object is named so"):
        dp.read("memory://bucket/in/*.parquet")


@pytest.mark.parametrize(
    ("url", "cls", "said"),
    [
        ("memory://bucket/in/aa.csv", ReadError, r"no such object. Did you mean 'a\.csv'"),
        ("memory://bucket/in", ReadError, r"a folder. Name its files, e.g. memory://bucket/in/\*"),
        ("memory://bucket/in/", ReadError, "this is a folder"),
        ("gs://bucket/a.csv", MissingExtraError, "pip install gcsfs"),
        ("gcss://bucket/a.csv", ConfigError, "Did you mean 'gcs'"),
    ],
)
def test_what_cannot_be_fetched(store, url, cls, said):
    """An error names the object and the remedy, or the package to install."""
    with pytest.raises(cls, match=said):
        dp.read(url)


def test_a_store_that_has_no_folders(store, monkeypatch):
    """A store that says only that there is no such object is asked whether there are some below."""

    def failing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(type(store), "open", failing)
    with pytest.raises(ReadError, match="this is a folder"):
        dp.read("memory://bucket/in/")


def test_what_a_store_says_holds_no_secret(store, monkeypatch):
    """The words of a driver are told, its secrets are not."""

    def failing(*_, **__):
        raise RuntimeError("403 for https://x/a?X-Amz-Signature=f00dbabe")

    monkeypatch.setattr(type(store), "open", failing)
    with pytest.raises(DataprepError, match="RuntimeError: 403") as caught:
        dp.read("memory://bucket/in/a.csv")
    assert "f00dbabe" not in str(caught.value)


def test_the_commands_read_objects(store, tmp_path, monkeypatch):
    """``clean`` needs a place for the output; ``undo`` gives the bytes again."""
    monkeypatch.chdir(tmp_path)
    assert answer(["clean", "memory://bucket/in/a.csv"]) == 2
    assert answer(["clean", "memory://bucket/in/a.csv", "-o", "out.csv", "-q"]) == 0
    assert answer(["undo", "out.csv", "-o", "back.csv", "-q"]) == 0
    assert (tmp_path / "back.csv").read_bytes() == TABLE


@pytest.mark.parametrize("incremental", [False, True])
def test_a_job_over_objects(store, tmp_path, incremental):
    """A job is up to date while the objects are; a new one makes it run."""
    (tmp_path / "job.yaml").write_text(
        "name: objects\nstages: [drop_duplicates]\nsource: {path: 'memory://bucket/in/*.csv'}\n"
        f"output: {{path: out}}\nhistory: h.sqlite\nincremental: {str(incremental).lower()}\n"
    )

    def run():
        return run_job(read_job(tmp_path / "job.yaml"))

    first = run()
    assert [one["path"] for one in first["inputs"]] == [
        "memory:///bucket/in/a.csv", "memory:///bucket/in/b.csv",
    ]  # fmt: skip
    assert first["rows_in"] == 3
    assert run()["state"] == "up to date"
    store.pipe("/bucket/in/c.csv", b"id,name\n04,Di\n")
    assert run()["state"] == "done"
    names = {path.suffix for path in (tmp_path / "out" / "latest").rglob("*.csv")}
    assert names == {".csv"}
