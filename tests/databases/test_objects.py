"""Files of object stores: found, fetched, read as files, and told without secrets."""

from __future__ import annotations

import gzip
import hashlib
import sys
from typing import ClassVar
from urllib.parse import urlsplit

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

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
        "memory://bucket/in/a.csv", "memory://bucket/in/b.csv",
    ]  # fmt: skip
    assert first["rows_in"] == 3
    assert run()["state"] == "up to date"
    store.pipe("/bucket/in/c.csv", b"id,name\n04,Di\n")
    assert run()["state"] == "done"
    names = {path.suffix for path in (tmp_path / "out" / "latest").rglob("*.csv")}
    assert names == {".csv"}


def test_an_object_called_as_a_pattern_is(store):
    """What is there by that very name is meant."""
    store.pipe("/bucket/in/day[1].csv", b"id,name\n05,Eve\n")
    assert dp.read("memory://bucket/in/day[1].csv").to_arrow()["name"].to_pylist() == ["Eve"]
    assert len(dp.read("memory://bucket/in/[ab].csv").report["paths"]) == 2


class Remote(MemoryFileSystem):
    """A store of a host and a user, which names of objects do not repeat, as that of FTP."""

    protocol = "remote"
    cachable = True
    asked: ClassVar[list[tuple]] = []

    def __init__(self, host="", username="", password="", **_):
        super().__init__()
        self.login = (host, username, password)

    @classmethod
    def _strip_protocol(cls, path):
        return "/" + urlsplit(path).path.strip("/")

    @staticmethod
    def _get_kwargs_from_urls(path):
        parts = urlsplit(path)
        return {"host": parts.hostname, "username": parts.username, "password": parts.password}

    def unstrip_protocol(self, name):
        return f"remote://{name}"

    def get_file(self, rpath, lpath, **more):
        self.asked.append(self.login)
        return super().get_file(rpath, lpath, **more)


@pytest.fixture
def remote(store, monkeypatch):
    """Give the store in memory by another name."""
    # The module: the package calls what it holds by the same name.
    monkeypatch.setitem(sys.modules["fsspec.registry"]._registry, "remote", Remote)
    Remote.asked.clear()
    return store


def test_what_a_pattern_finds_is_fetched_from_the_same_host(remote):
    """By the same user, and told with both."""
    table = dp.read("remote://me:s3cret@host/bucket/in/[ab].csv")
    assert Remote.asked == [("host", "me", "s3cret")] * 2
    assert table.report["paths"] == [
        "remote://me:***@host/bucket/in/a.csv", "remote://me:***@host/bucket/in/b.csv",
    ]  # fmt: skip


def test_an_object_that_changes_while_it_is_fetched(remote, monkeypatch):
    """It would be a mixture of two: it is refused."""
    whole = Remote.get_file

    def changed(self, rpath, lpath, **more):
        whole(self, rpath, lpath, **more)
        remote.pipe(rpath, b"id,name\n09,Zoe\n")

    monkeypatch.setattr(Remote, "get_file", changed)
    with pytest.raises(ReadError, match="was changed while it was fetched"):
        dp.read("remote://host/bucket/in/a.csv")


@pytest.mark.parametrize("words", ["no bucket in that", "Protocol not known: remote"])
def test_a_store_that_refuses_its_address(remote, monkeypatch, words):
    """What it says is told as our own error."""

    def refuse(*_, **__):
        raise ValueError(f"{words}: sig=f00dbabe")

    monkeypatch.setattr(Remote, "_get_kwargs_from_urls", staticmethod(refuse))
    with pytest.raises(ConfigError, match=r"in that|nothing is known of remote:") as caught:
        dp.read("remote://host/bucket/in/a.csv")
    assert "f00dbabe" not in str(caught.value)


def test_addresses_that_differ_in_a_secret_alone(store, tmp_path):
    """Each is read: they are told by the same name, and are two inputs."""
    store.pipe("/bucket/export.csv?token=AAAA", TABLE)
    store.pipe("/bucket/export.csv?token=BBBB", b"id,name\n03,Cy\n")
    (tmp_path / "job.yaml").write_text(
        "name: two\nstages: [drop_duplicates]\noutput: {path: out}\nhistory: h.sqlite\n"
        "source: {path: ['memory://bucket/export.csv?token=AAAA', "
        "'memory://bucket/export.csv?token=BBBB', 'memory://bucket/export.csv?token=AAAA']}\n"
    )
    summary = run_job(read_job(tmp_path / "job.yaml"))
    assert summary["rows_in"] == 3
    told = [one["path"] for one in summary["inputs"]]
    assert told == ["memory://bucket/export.csv?token=***"] * 2
