"""What tests share: the command, run here or in a process of its own, and its run folder."""

from __future__ import annotations

import csv
import doctest
import gc
import json
import os
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

# TensorFlow stays quiet. Here and not beside its tests: of two files of this name, each test that
# imports from one would get the other's.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _message_of(*error):
    """Return the message of an exception as one text, with the notes that belong to it."""
    return ["".join(traceback.format_exception_only(*error))]


# Python 3.11.2, which Debian has, compares the last note alone with what an example says.
doctest.traceback = SimpleNamespace(**vars(traceback) | {"format_exception_only": _message_of})

PROGRAM = [sys.executable, "-m", "dataprep.cli"]

# Every run draws the same examples; `--hypothesis-profile search` draws others, and many more.
USUAL, MORE = 100, 50
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=USUAL * MORE, deadline=None)
settings.load_profile("same")


def tries(examples, **others):
    """Return the settings of a test: how many examples it draws, of which a search draws more."""
    return settings(max_examples=examples * settings.default.max_examples // USUAL, **others)


@dataclass
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def dataprep(capsys, monkeypatch, tmp_path):
    """Run a command in this process, in an empty folder: ``dataprep("clean", "in.csv")``."""
    from dataprep.cli import answer

    monkeypatch.chdir(tmp_path)
    # The width of help and errors is that of the terminal, where there is one.
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words):
        capsys.readouterr()
        code = answer([str(word) for word in words])
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def refused(dataprep, tmp_path):
    """Run a command that must fail: the code, the words of its message, and nothing left."""

    def run(*words, code, says, leaves=()):
        before = listing(tmp_path)
        answer = dataprep(*words)
        assert answer.code == code, answer.err
        for part in [says] if isinstance(says, str) else says:
            assert part in answer.err, answer.err
        assert "Traceback" not in answer.err
        assert "unexpected" not in answer.err
        assert listing(tmp_path) == before | set(leaves)
        return answer

    return run


@pytest.fixture
def waves():
    """Return a function that gives a picture of waves; other numbers give other pictures."""
    import numpy as np
    from PIL import Image

    def made(number=0, size=(48, 32), mode="RGB"):
        y, x = np.indices((size[1], size[0]))
        x, y = x * 48 / size[0], y * 32 / size[1]
        values = np.sin(x / (2 + number) + number) + np.cos(y / 3 + x * (number + 1) / 40)
        channels = [values * 45 + 90 + 30 * c for c in range(3)]
        image = Image.fromarray(np.clip(np.stack(channels, -1), 0, 255).astype("uint8"))
        return image.convert(mode)

    return made


@pytest.fixture
def photos(tmp_path, waves):
    """Return a folder of pictures of two classes, with nothing odd in it."""
    folder = tmp_path / "photos"
    for label, first in (("cat", 0), ("dog", 5)):
        (folder / label).mkdir(parents=True)
        for i in range(3):
            waves(first + i).save(folder / label / f"{i}.png")
    return folder


def listing(folder):
    """Return all files below a folder, with their sizes and times."""
    return {
        (str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns)
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def started(*words, cwd, before=(), **options):
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [*before, *PROGRAM, *map(str, words)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
        **options,
    )


def ran(*words, cwd, timeout=300, **options):
    """Run a command in a process of its own."""
    with started(*words, cwd=cwd, **options) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Answer(process.returncode, out, err)


def summary_of(output):
    """Return the summary beside an output."""
    return json.loads((folder_of(output) / "summary.json").read_text(encoding="utf-8"))


def folder_of(output):
    """Return the run folder beside an output."""
    path = Path(output)
    stem = path.name
    for suffix in (".gz", Path(stem.removesuffix(".gz")).suffix):
        stem = stem.removesuffix(suffix)
    return path.with_name(f"{stem}.dataprep")


def cells(path, delimiter=","):
    """Return the rows of a CSV, as Python's own reader sees them."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage among what is collected: a million objects, which live to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_unconfigure():
    """Let all of it go at the end, lest a library say that its objects leak."""
    gc.unfreeze()


def pytest_collection_modifyitems(config, items):
    """Let workers begin with the files that have slow tests: none is to stand alone at the end."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep in one process what shares something dear: a session, a big table, what a stage did."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, test = nodeid.partition("::")
            _, _, checked = test.partition("[")
            if test.startswith(("test_stage_keeps_the_contract", "test_stage_behind_a_split")):
                name, number, _ = checked.split("-", 2)
                return f"{name}-{number}"
            return checked.split("-check_")[0] if "-check_" in checked else file

    if config.getoption("dist") != "load":
        return None
    # In the order of collection, not by how many tests there are: few may take long.
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def server():
    """Give a PostgreSQL server that all tests share."""
    from postgres_server import served

    yield from served()


@pytest.fixture
def own_server():
    """Give a PostgreSQL server that the test may stop."""
    from postgres_server import served

    yield from served()


@pytest.fixture
def shop(server):
    """Give the server that all tests share, and the name of an empty database."""
    return server, server.database()
