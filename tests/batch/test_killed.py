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

import pytest
from conftest import ran, started

from dataprep.jobs.batch.locking import locked

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_says_so_everywhere(tables, tmp_path, number):
    """The exit code is that of the signal, the history knows it, and nothing is left."""
    (tmp_path / "job.yaml").write_text(JOB)
    put(tables, "one", tmp_path)
    process = started("run", "job.yaml", "--log-format", "json", cwd=tmp_path)
    for line in process.stderr:
        if json.loads(line)["message"] == "learning":
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    lines = [json.loads(line) for line in err.splitlines()]
    assert lines[-1]["message"] == f"stopped by {number.name}. Nothing half-written was left."
    assert left(tmp_path) == [".lock"]
    (run,) = json.loads(
        ran("runs", "--json", "--history", "history.sqlite", cwd=tmp_path).out
    )  # fmt: skip
    assert (run["state"], run["exit"]) == ("stopped", 128 + number)


def test_two_runs_started_together(tables, tmp_path):
    """One works, the other leaves or finds all done: never a mixture."""
    (tmp_path / "job.yaml").write_text(JOB)
    put(tables, "one", tmp_path)
    both = [started("run", "job.yaml", "-q", cwd=tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 3]), said
    assert published(tmp_path)
    assert len(list((tmp_path / "out" / "versions").iterdir())) == 1
    assert left(tmp_path) == [".lock", "latest", "versions"]
    runs = ran("runs", "--json", "--history", "history.sqlite", cwd=tmp_path).json
    assert sorted(run["exit"] for run in runs) == codes


def test_a_run_waits_for_its_turn(tmp_path):
    """With --wait it waits, and says for whom; without it leaves with exit 3 and the holder."""
    (tmp_path / "job.yaml").write_text(JOB.replace("[a, b]", "[a]"))
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3,4\n")
    told = {"job": "killed", "run": 7, "since": "2026-01-01T03:00:00Z"}
    holder = f"run 7 of 'killed' (process {os.getpid()} on "
    with locked(tmp_path / "out", told, 0, print):
        leaves = ran("run", "job.yaml", "-q", "--wait=0.2", cwd=tmp_path)
        waits = started("run", "job.yaml", "-q", "--wait", cwd=tmp_path)
        assert f"waiting: {holder}" in waits.stderr.readline()
        assert waits.poll() is None
    assert leaves.code == 3
    assert f"{holder}" in leaves.err
    assert "since 2026-01-01T03:00:00Z) has this output still after 0.2 s" in leaves.err
    _, err = waits.communicate(timeout=120)
    assert waits.returncode == 0, err
    assert published(tmp_path)


def test_the_lock_of_a_dead_run_is_taken_over(tables, forks, tmp_path):
    """The lock of a killed process is free at once, and the history calls its run killed."""
    (tmp_path / "job.yaml").write_text(JOB)
    put(tables, "one", tmp_path)
    child = forks.begin(tmp_path, "run", "job.yaml", "-q")
    lock = tmp_path / "out" / ".lock"
    while not lock.exists() or not lock.read_text():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    assert forks.end() == -signal.SIGKILL
    assert json.loads(lock.read_text())["run"] == 1
    answer = ran("run", "job.yaml", "--json", cwd=tmp_path)
    assert answer.code == 0
    assert answer.json["notes"] == ["run 1 was killed: its lock was taken over"]
    assert lock.read_text() == ""
    runs = ran("runs", "--json", "--history", "history.sqlite", cwd=tmp_path).json
    assert [run["state"] for run in runs] == ["done", "killed"]


def test_parts_that_a_killed_run_had_finished_are_not_made_again(tables, forks, tmp_path):
    """An incremental job that was killed goes on where it was."""
    incremental = JOB.replace("in.csv", "in/*.csv").replace(
        "stages: [drop_duplicates, ", "stages: ["
    )
    (tmp_path / "job.yaml").write_text(f"{incremental}incremental: true\n")
    (tmp_path / "in").mkdir()
    for i in range(6):
        lines = (tables / "one.csv").read_text().splitlines(keepends=True)
        (tmp_path / "in" / f"{i}.csv").write_text("".join([lines[0], *lines[1 + i : 20_000 + i]]))
    child = forks.begin(tmp_path, "run", "job.yaml", "-q")
    finished = tmp_path / "out" / ".finished"
    while len(list(finished.glob("*/*.dataprep"))) < 2:
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    assert forks.end() == -signal.SIGKILL
    answer = ran("run", "job.yaml", "--json", "-q", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert answer.json["parts"]["resumed"][:2] == ["0", "1"]
    assert answer.json["parts"]["made"] == ["0", "1", "2", "3", "4", "5"]
    seen = published(tmp_path)
    assert left(tmp_path) == [".lock", "latest", "versions"]
    assert ran("run", "job.yaml", "-q", "-f", cwd=tmp_path).code == 0
    assert published(tmp_path) == seen


@pytest.fixture
def mounted(tmp_path):
    """Mount small disks, where that is allowed."""
    mount, made = shutil.which("mount"), []
    if os.geteuid() != 0 or not mount:
        pytest.skip("only root mounts a small disk")

    def disk(name, options):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(
            [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"a small disk could not be mounted: {done.stderr.decode().strip()}")
        made.append(folder)
        return folder

    yield disk
    for folder in made:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607 - as found by the system


def test_a_full_disk(tables, mounted, tmp_path):
    """The old output stays when there is no room for the new one, and nothing else does."""
    disk = mounted("disk", "size=3m")
    (tmp_path / "job.yaml").write_text(JOB.replace("path: out,", "path: disk/out,"))
    lines = (tables / "one.csv").read_text().splitlines(keepends=True)
    (tmp_path / "in.csv").write_text("".join(lines[:2000]))
    assert ran("run", "job.yaml", "-q", cwd=tmp_path).code == 0
    before = published(disk)
    put(tables, "one", tmp_path)
    answer = ran("run", "job.yaml", "-q", cwd=tmp_path)
    assert answer.code == 3, answer.err
    assert "Free some" in answer.err
    assert "Traceback" not in answer.err
    assert published(disk) == before
    assert left(disk) == [".lock", "latest", "versions"]
    runs = ran("runs", "--json", "--history", "history.sqlite", cwd=tmp_path).json
    assert [run["exit"] for run in runs] == [3, 0]


def test_an_output_that_is_read_only(mounted, tmp_path):
    """It could not run: exit 3, the reason, and a row of the history."""
    disk = mounted("disk", "ro")
    (tmp_path / "job.yaml").write_text(JOB.replace("path: out,", "path: disk/out,"))
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3,4\n")
    answer = ran("run", "job.yaml", "-q", cwd=tmp_path)
    assert answer.code == 3
    assert "the file system is read-only" in answer.err
    assert list(disk.iterdir()) == []
    runs = ran("runs", "--json", "--history", "history.sqlite", cwd=tmp_path).json
    assert [run["exit"] for run in runs] == [3]


def test_a_history_that_is_read_only(mounted, tmp_path):
    """A run that could not be noted does not begin."""
    mounted("disk", "ro")
    (tmp_path / "job.yaml").write_text(JOB.replace("history.sqlite", "disk/history.sqlite"))
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3,4\n")
    answer = ran("run", "job.yaml", "-q", cwd=tmp_path)
    assert answer.code == 3
    assert "the history cannot be written" in answer.err
    assert not (tmp_path / "out").exists()
