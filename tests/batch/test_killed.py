"""Jobs that are killed, stopped, started together or short of room: never a half of anything."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import ran, started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system"),
]
KILLS = int(os.environ.get("DATAPREP_KILLS", "12"))
"""How often a run is killed; 200 in the measurements of docs/decisions.md."""
EVERY = 4
JOB = """
name: killed
stages: [drop_duplicates, impute, iqr: {columns: [a, b]}]
source: {path: in.csv}
output: {path: out, keep: 1}
history: history.sqlite
"""
FORKS = """
import os, sys
# All that takes time to import, and starts no thread.
import dataprep.jobs.batch.running, dataprep.stages, duckdb, pandas, pyarrow.parquet
from dataprep.cli import answer

for line in sys.stdin:
    folder, *words = line.rstrip().split("|")
    child = os.fork()
    if not child:
        os.chdir(folder)
        os.dup2(2, 1)
        os._exit(answer(words))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forks:
    """A process that has imported the program, and forks one that runs it for each command."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def begin(self, folder, *words):
        """Start a command, and return its process."""
        print(folder, *words, sep="|", file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def end(self):
        """Wait for a command, and return its code."""
        return int(self.process.stdout.readline())

    def run(self, folder, *words):
        self.begin(folder, *words)
        return self.end()


@pytest.fixture(scope="module")
def forks():
    """Make such a process."""
    made = Forks()
    yield made
    made.process.communicate(timeout=60)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Make two tables of 300,000 rows."""
    import duckdb

    folder = tmp_path_factory.mktemp("tables")
    for name, factor in (("one", 7919), ("two", 104729)):
        duckdb.sql(
            f"copy (select i as n, i * {factor} % 99991 / 100 as a, "
            "case when i * 31 % 20 = 0 then null else i * 104729 % 89 end as b, "
            "['x', 'y', 'z'][1 + i % 3] as c from range(300000) t(i)) "
            f"to '{folder / name}.csv' (header)"
        )
    return folder


def put(tables, name, folder):
    """Give the job another input, as whoever writes it should: whole, by a renaming."""
    shutil.copy(tables / f"{name}.csv", folder / "next")
    (folder / "next").replace(folder / "in.csv")


def published(folder):
    """Return what readers see: every file by its name and hash, checked against the manifest."""
    link = folder / "out" / "latest"
    if not link.exists():
        return None
    version = link.resolve()
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    found = {
        str(path.relative_to(version)): sha256(path.read_bytes()).hexdigest()
        for path in version.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == {name: told["sha256"] for name, told in manifest["files"].items()}
    return found


def left(folder):
    """Return what lies in the output folder that is no version."""
    return sorted(path.name for path in (folder / "out").iterdir())


def test_a_killed_run_leaves_the_old_output_or_the_new_one(tables, forks, tmp_path):
    """SIGKILL at random moments: what is published is always whole, and the next run works."""
    (tmp_path / "job.yaml").write_text(JOB)
    expected, needed = {}, 0.0
    for name in ("one", "two"):
        put(tables, name, tmp_path)
        begun = time.monotonic()
        assert forks.run(tmp_path, "run", "job.yaml", "-q") == 0
        needed = max(needed, time.monotonic() - begun)
        expected[name] = published(tmp_path)
    assert expected["one"]["out.csv"] != expected["two"]["out.csv"]
    moments, now, came = random.Random(KILLS), "two", 0
    for i in range(KILLS):
        then = "one" if now == "two" else "two"
        put(tables, then, tmp_path)
        child = forks.begin(tmp_path, "run", "job.yaml", "-q")
        time.sleep(moments.uniform(0, 1.05 * needed))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        assert forks.end() in (0, -signal.SIGKILL)
        seen = published(tmp_path)
        assert seen in (expected["one"], expected["two"])
        came += seen == expected[then]
        if i % EVERY == EVERY - 1:
            assert forks.run(tmp_path, "run", "job.yaml", "-q") == 0
            assert published(tmp_path) == expected[then]
            assert left(tmp_path) == [".lock", "latest", "versions"]
            assert len(list((tmp_path / "out" / "versions").iterdir())) <= 2
        now = next(name for name in expected if expected[name] == published(tmp_path))
    assert came < KILLS
    assert forks.run(tmp_path, "run", "job.yaml", "-q") == 0
    assert left(tmp_path) == [".lock", "latest", "versions"]
    listed = json.loads(
        ran(
            "runs", "--json", "--last", "10000", "--history", "history.sqlite", cwd=tmp_path
        ).out
    )  # fmt: skip
    assert {run["state"] for run in listed} <= {"done", "up to date", "killed"}
    assert [run["id"] for run in listed] == sorted((run["id"] for run in listed), reverse=True)
    print(f"{KILLS} kills, {came} after publishing, a run takes {needed:.1f} s")
