"""Ctrl-C, SIGTERM and SIGKILL: what was there stays, what is new is whole or not there at all."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from conftest import cells, folder_of, ran, started, summary_of

from dataprep import stopping
from dataprep.errors import OutputError
from dataprep.files import collect_dead, working_folder, write_text

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX")


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """Make a table that takes a second or two to clean: a million rows."""
    import duckdb

    path = tmp_path_factory.mktemp("big") / "big.csv"
    duckdb.sql(
        "copy (select i as n, i * 7919 % 99991 / 100 as a, "
        "case when i * 31 % 20 = 0 then null else i * 104729 % 89 end as b, "
        "['x', 'y', 'z'][1 + i % 3] as c, 'text ' || (i * 7919 % 1000003) as d "
        f"from range(1000000) t(i)) to '{path}' (header)"
    )
    return path


@pytest.fixture
def folder(big, tmp_path):
    """Put the table in an empty folder."""
    os.link(big, tmp_path / "in.csv")
    return tmp_path


def left(folder):
    """Return what a run left beside its input."""
    return sorted(path.name for path in folder.iterdir() if path.name != "in.csv")


WHOLE = ["in.clean.csv", "in.clean.dataprep"]


MOMENTS = [
    "reading",
    "finding types",
    "learning",
    "0:drop",
    "writing the ledger",
    "writing the data",
]


def reached(process, moment):
    """Wait until a run says that it has come so far."""
    for line in process.stderr:
        if moment in line:
            return
    raise AssertionError(f"it never came to {moment!r}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "moment"),
    [
        *((signal.SIGINT, 130, moment) for moment in MOMENTS),
        # It is heard by the same function: the first and the last moment tell of the others.
        *((signal.SIGTERM, 143, moment) for moment in (MOMENTS[0], MOMENTS[-1])),
    ],
)
def test_a_signal_in_the_middle(folder, number, code, moment):
    """The exit code is that of the signal, no traceback, and nothing half-written is left."""
    process = started("clean", "in.csv", cwd=folder)
    reached(process, moment)
    # Into the work itself, not only to where it was announced.
    time.sleep(0.03)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    last = f"dataprep: stopped by {number.name}. Nothing half-written was left."
    assert err.splitlines()[-1] == last
    assert "Traceback" not in err
    assert left(folder) == []


@pytest.mark.slow
def test_an_earlier_output_survives_a_signal(folder):
    """With -f, what an earlier run wrote stays until the new output is whole."""
    assert ran("clean", "in.csv", "-q", cwd=folder).code == 0
    before = (folder / "in.clean.csv").stat()
    process = started("clean", "in.csv", "-f", cwd=folder)
    reached(process, "writing the data")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    after = (folder / "in.clean.csv").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert left(folder) == WHOLE
    assert ran("undo", "in.clean.csv", "-q", "-o", "back.csv", cwd=folder).code == 0


@pytest.mark.slow
def test_two_signals_are_as_one(folder):
    """An impatient second Ctrl-C does not stop the tidying up."""
    process = started("clean", "in.csv", cwd=folder)
    reached(process, "learning")
    for _ in range(20):
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert left(folder) == []


def test_what_is_ignored_stays_ignored(tmp_path):
    """Under nohup, the end of the terminal is not the end of the run."""
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3,4\n")
    process = started(
        "clean", "in.csv", cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    reached(process, "reading")
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


FORKS = """
import os, pathlib, sys
# All that takes time to import, and starts no thread.
import dataprep.jobs.clean, dataprep.stages, duckdb, pandas, pyarrow.parquet
from dataprep.cli import answer

def run(left, words):
    def dying(real):
        def step(*given):
            nonlocal left
            left -= 1
            if left == -1:
                os._exit(137)
            return real(*given)
        return step
    for name in ("rename", "replace", "unlink"):
        setattr(pathlib.Path, name, dying(getattr(pathlib.Path, name)))
    os.dup2(2, 1)
    return answer(words)

for line in sys.stdin:
    folder, left, *words = line.rstrip().split("|")
    child = os.fork()
    if not child:
        os.chdir(folder)
        os._exit(run(int(left), words))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forks:
    """A process that has imported the program, and forks one that runs it for each command."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def begin(self, folder, *words, rename=-1):
        """Start a command; it dies, as if by SIGKILL, before its n-th renaming."""
        print(folder, rename, *words, sep="|", file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def end(self):
        """Wait for a command, and return its code."""
        return int(self.process.stdout.readline())

    def run(self, folder, *words, rename=-1):
        self.begin(folder, *words, rename=rename)
        return self.end()


@pytest.fixture(scope="module")
def forks():
    """Make such a process."""
    made = Forks()
    yield made
    made.process.communicate(timeout=60)


@pytest.mark.slow
def test_a_killed_run_leaves_a_finished_output_or_none(big, forks, tmp_path):
    """SIGKILL at 50 random moments: the output is whole or absent, and the next run tidies up."""
    with big.open() as lines, (tmp_path / "in.csv").open("w") as given:
        given.writelines(islice(lines, 100_000))
    forks.run(tmp_path, "clean", "in.csv", "-q")
    begun = time.monotonic()
    assert forks.run(tmp_path, "clean", "in.csv", "-q", "-f") == 0
    needed = time.monotonic() - begun
    expected = (tmp_path / "in.clean.csv").read_bytes()
    rows = summary_of(tmp_path / "in.clean.csv")["rows_out"]
    moments = random.Random(0)
    finished = 0
    for _ in range(50):
        for name in WHOLE:
            path = tmp_path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        child = forks.begin(tmp_path, "clean", "in.csv", "-q")
        time.sleep(moments.uniform(0, 1.1 * needed))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        assert forks.end() in (0, -signal.SIGKILL)
        if (tmp_path / "in.clean.csv").exists():
            finished += 1
            assert (tmp_path / "in.clean.csv").read_bytes() == expected
            assert summary_of(tmp_path / "in.clean.csv")["rows_out"] == rows
        assert [name for name in left(tmp_path) if not name.startswith(".dataprep-")] in ([], WHOLE)
    assert finished < 50
    assert forks.run(tmp_path, "clean", "in.csv", "-q", "-f") == 0
    assert (tmp_path / "in.clean.csv").read_bytes() == expected
    assert left(tmp_path) == WHOLE


@pytest.mark.slow
@pytest.mark.parametrize("force", [[], ["-f"]], ids=["first-run", "over-an-earlier-run"])
def test_between_any_two_renamings_nothing_is_torn(tmp_path, forks, force):
    """Whenever there is an output, the run folder beside it is its own, so that undo works."""
    table = "a,b\n" + "".join(f"{i * 7 % 31 * 2},x{i % 3}\n" for i in range(31)) + "9999,x0\n"
    for rename in range(20):
        folder = tmp_path / str(rename)
        folder.mkdir()
        (folder / "in.csv").write_text(table)
        if force:
            # The earlier run left the outlier alone: the outputs of the two runs differ.
            assert forks.run(folder, "clean", "in.csv", "-q", "--outliers", "none") == 0
        code = forks.run(folder, "clean", "in.csv", "-q", *force, rename=rename)
        assert code in (0, 137)
        if (folder / "in.clean.csv").exists():
            undone = forks.run(folder, "undo", "in.clean.csv", "-q", "-o", "back.csv")
            assert undone == 0, rename
            assert cells(folder / "back.csv") == cells(folder / "in.csv")
        assert forks.run(folder, "clean", "in.csv", "-q", "-f") == 0
        assert not list(folder.glob(".dataprep-*"))
        if code == 0:
            break
    assert code == 0
    assert rename > 0


def test_a_dead_folder_is_collected_and_a_living_one_is_not(tmp_path):
    """The lock of a folder tells whether somebody still works in it."""
    dead = tmp_path / f".dataprep-{os.getpid()}-dead"
    dead.mkdir()
    (dead / "half.csv").write_text("half")
    with working_folder(tmp_path, tmp_path / "out.csv") as folder:
        assert not dead.exists()
        (folder / "draft").write_text("x")
        collect_dead(tmp_path)
        assert (folder / "draft").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_process_is_left_alone(tmp_path):
    """Two runs into the same folder do not tidy up each other's work."""
    code = (
        "import sys; from pathlib import Path; from dataprep.files import working_folder\n"
        "with working_folder(Path('.'), Path('out')) as f: print(f, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        folder = tmp_path / other.stdout.readline().strip()
        collect_dead(tmp_path)
        assert folder.is_dir()
        other.kill()
        other.wait()
        collect_dead(tmp_path)
        assert not folder.exists()


def test_signals_are_held_back_and_not_lost():
    """What must not be torn apart is finished first; then the signal has its way."""
    done = []

    def work():
        with stopping.held():
            signal.raise_signal(signal.SIGINT)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [True]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_holding_signals_back_works_in_a_thread():
    """Only the main thread hears signals; others have nothing to hold back."""
    done = []

    def work():
        with stopping.held():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_a_text_is_replaced_whole(tmp_path):
    """A file that is written again is the old one or the new one."""
    path = tmp_path / "a.txt"
    write_text(path, "old")
    write_text(path, "new é")
    assert path.read_text(encoding="utf-8") == "new é"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_of_the_system_is_explained(tmp_path):
    """An error about the output names it, with a remedy; one about another file keeps its own."""
    with (
        pytest.raises(OutputError, match=r"out\.csv: .*Write elsewhere"),
        working_folder(tmp_path, tmp_path / "out.csv") as folder,
    ):
        (folder / "no" / "such").write_text("x")
    with (
        pytest.raises(FileNotFoundError, match="elsewhere"),
        working_folder(tmp_path, tmp_path / "out.csv"),
    ):
        Path("/elsewhere/file").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == []
    assert folder_of("a/x.csv.gz") == Path("a/x.dataprep")


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    """A pipe or a device stays what it is: to root, /dev/null is a name as any other."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="is a device or a pipe"):
        write_text(pipe, "a\n1\n")
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]
