"""Runs of jobs: once for each key, replaced as a whole, bounded, and noted."""

import errno
import importlib
import json
import os
import shutil
import signal
import sqlite3
import threading
import time
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from conftest import cells

from dataprep import registry, stopping
from dataprep.errors import ConfigError, DataError, OutputError, ReadError
from dataprep.jobs.batch import bounds, freezing, incremental, inputs, locking, running
from dataprep.jobs.batch.history import History, history_path
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job
from dataprep.jobs.running import Running

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")
ROOT = Path(__file__).parents[2]
JOB = """
name: small
stages: [drop_duplicates, impute]
source: {path: in.csv}
output: {path: out, keep: 2}
history: history.sqlite
"""
TABLE = "a,b\n1,x\n2,y\n2,y\n,x\n7,x\n"


@pytest.fixture
def job(tmp_path):
    """Make a job of a small table: ``job("more: keys", "output.keep=1")``."""
    (tmp_path / "in.csv").write_text(TABLE)

    def make(more="", *settings, day=None):
        (tmp_path / "job.yaml").write_text(f"{JOB}{more}\n")
        return read_job(tmp_path / "job.yaml", settings, day)

    return make


def tree(folder):
    """Return all files below a folder with their bytes, links not followed."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file() and not any(p.is_symlink() for p in [path, *path.parents])
    }


def versions(tmp_path):
    return sorted(path.name for path in (tmp_path / "out" / "versions").iterdir())


def history(tmp_path):
    return History(tmp_path / "history.sqlite").listed(most=1000)


def test_a_run_and_a_second_one(job, tmp_path):
    """The first makes the output; the second says that it is up to date, and touches nothing."""
    first = run_job(job())
    assert (first["state"], first["exit"]) == ("done", 0)
    assert cells(tmp_path / "out" / "latest" / "out.csv")[1:] == [
        ["1", "x"], ["2", "y"], ["2", "x"], ["7", "x"],
    ]  # fmt: skip
    before = tree(tmp_path / "out")
    second = run_job(job())
    assert (second["state"], second["exit"], second["key"]) == ("up to date", 0, first["key"])
    assert tree(tmp_path / "out") == before
    assert [run["state"] for run in history(tmp_path)] == ["up to date", "done"]
    # What is published is a run folder as that of clean: undo reads it.
    summary = json.loads((tmp_path / "out" / "latest" / "out.dataprep/summary.json").read_text())
    assert summary["output"]["path"] == str(tmp_path / "out" / "latest" / "out.csv")
    assert summary["rows_out"] == 4


def test_the_same_key_gives_the_same_bytes(job, tmp_path):
    """Forced to run again, a job writes what it wrote before: no time is in an output."""
    one = run_job(job())["output"]["version"]
    time.sleep(0.01)
    two = run_job(job(), force=True)["output"]["version"]
    assert one.partition("-")[2] == two.partition("-")[2]
    folder = tmp_path / "out" / "versions"
    assert tree(folder / one) == tree(folder / two)


@pytest.mark.slow
def test_the_bytes_do_not_tell_how_many_threads_made_them(job, tmp_path, monkeypatch):
    """Nor how much memory there was: ledger, columns kept aside, parts and data are the same."""
    import duckdb

    job()
    duckdb.sql(
        "copy (select i as n, i * 7919 % 9973 / 10 as a, printf('%.2f', i % 997 / 7) as spelled, "
        "case when i % 20 > 0 then i % 89 end as b, i % 3 = 0 as y from range(260000) t(i)) "
        f"to '{tmp_path / 'in.csv'}' (header)"
    )
    found = []
    for threads, memory in ((1, "1GB"), (2, "300MB")):
        limited = partial(Running, threads=threads)
        monkeypatch.setattr(running, "Running", limited)
        stages = "stages=[split: {test: 0.2}, impute, iqr: {columns: [a]}]"
        settings = [stages, "output.format=parquet", f"memory_limit={memory}"]
        version = run_job(job("", *settings), force=True)["output"]["version"]
        found.append(tree(tmp_path / "out" / "versions" / version))
    names = {"out.dataprep/columns.parquet", "out.dataprep/parts.parquet", "out.test.parquet"}
    assert names < set(found[0])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ("timeout: 1h", True),
        ("memory_limit: 2GB", True),
        ("log: json", True),
        ("report: r.json", True),
        ("max_rejected: 0.9", False),
        ("target: b", False),
        ("id: a", False),
        ("extra: allow", False),
    ],
)
def test_what_decides_the_output_is_in_the_key(job, more, same):
    """Bounds on what may be published count; those on time and memory do not."""
    first = run_job(job())["key"]
    found = run_job(job(more))
    assert (found["key"] == first) is same
    assert (found["state"] == "up to date") is same


@pytest.mark.parametrize(
    "setting",
    [
        "impute.strategy=mean",
        "stages=[impute]",
        "source.sentinels=[-999]",
        "source.encoding=utf-8",
        "output.format=tsv",
        "expect.on_failure=quarantine",
        "max_synthetic=0.5",
    ],
)
def test_every_key_that_decides_the_output_is_in_the_key(job, setting):
    """Parameters of stages, how the source is read, and what becomes of rows that fail."""
    key = run_job(job())["key"]
    found = run_job(job("", setting))
    assert (found["key"] == key, found["state"]) == (False, "done")


def test_packages_that_bring_stages_are_in_the_key(job, monkeypatch):
    """Another version of a plug-in may write other bytes."""

    class Point:
        dist = type("Package", (), {"name": "some-stages", "version": "1.2"})

    versions = importlib.import_module("dataprep.jobs.batch.key").versions
    monkeypatch.setattr(registry, "_plug_ins", lambda: {"some": Point})
    assert versions.__wrapped__()["some-stages"] == "1.2"


def test_what_was_read_is_what_was_hashed(job, tmp_path, monkeypatch):
    """A file that is another while it is read, and the old one again at the end, is found out."""
    monkeypatch.setattr(running, "check_unchanged", lambda _: None)

    def disturb(event):
        if event.message == "reading":
            (tmp_path / "in.csv").write_text(TABLE.replace("7", "8"))

    with pytest.raises(ReadError, match="was changed while the job read it"):
        run_job(job(), listeners=[disturb])


def test_versions_are_in_the_key(job, monkeypatch):
    """Another version of a package may write other bytes."""
    run_job(job())
    monkeypatch.setattr("dataprep.jobs.batch.key.versions", lambda: {"dataprep": "99"})
    assert run_job(job())["state"] == "done"


def test_an_output_that_was_changed_is_made_again(job, tmp_path):
    """Up to date is what is there, whole; anything else is made anew, and said."""
    run_job(job())
    path = tmp_path / "out" / "latest" / "out.csv"
    path.write_text(path.read_text().replace("7", "8"))
    found = run_job(job())
    assert found["state"] == "done"
    assert "000001" in found["notes"][0]
    assert "out.csv was changed" in found["notes"][0]
    path.unlink()
    assert "out.csv cannot be read" in run_job(job())["notes"][0]
    (tmp_path / "out" / "latest" / "manifest.json").write_text("{")
    assert run_job(job())["state"] == "done"
    assert cells(path)[-1] == ["7", "x"]


def test_earlier_versions_are_kept(job, tmp_path):
    """``keep: 2`` leaves two beside the newest, which ``latest`` points to."""
    for i in range(5):
        (tmp_path / "in.csv").write_text(f"{TABLE}{i},z\n")
        last = run_job(job())["output"]["version"]
    assert [name[:6] for name in versions(tmp_path)] == ["000003", "000004", "000005"]
    assert (tmp_path / "out" / "latest").readlink() == Path("versions") / last


def test_a_version_that_was_never_published_is_removed(job, tmp_path):
    """Killed between the last two renamings, a run leaves a version that nobody sees."""
    run_job(job())
    (tmp_path / "out" / "versions" / "000002-0123456789ab").mkdir()
    (tmp_path / "out" / ".next").symlink_to("versions/000002-0123456789ab")
    assert run_job(job())["state"] == "up to date"
    assert [name[:6] for name in versions(tmp_path)] == ["000001"]
    assert not (tmp_path / "out" / ".next").is_symlink()


@pytest.mark.parametrize("step", ["symlink_to", "rename", "replace"])
def test_a_run_that_ends_between_the_renames_of_publishing(job, tmp_path, monkeypatch, step):
    """Readers see the old version, and the next run lets go of the one they never saw."""
    run_job(job())
    (tmp_path / "in.csv").write_text(f"{TABLE}9,z\n")
    done = getattr(Path, step)

    def ends(self, *given):
        if "versions" in str(given[0]) or self.name == ".next":
            raise OSError("the machine went off")
        return done(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Path, step, ends)
        with pytest.raises(OSError, match="went off"):
            run_job(job())
    assert cells(tmp_path / "out" / "latest" / "out.csv")[-1] == ["7", "x"]
    assert run_job(job())["state"] == "done"
    assert [name[:6] for name in versions(tmp_path)] == ["000001", "000002"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".lock", "latest", "versions",
    ]  # fmt: skip


def many(job, tmp_path):
    """Publish three versions, and give the job other rows."""
    for i in range(4):
        (tmp_path / "in.csv").write_text(f"{TABLE}{i},z\n")
        if i < 3:
            run_job(job("", "output.keep=5"))
    return job("", "output.keep=5")


def test_versions_outlive_a_roll_back(job, tmp_path):
    """Where ``latest`` was set back to an earlier version, the later ones were published too."""
    again, link = many(job, tmp_path), tmp_path / "out" / "latest"
    link.unlink()
    link.symlink_to(f"versions/{versions(tmp_path)[0]}")
    assert run_job(again)["output"]["version"].startswith("000004")
    assert [name[:6] for name in versions(tmp_path)] == ["000001", "000002", "000003", "000004"]


def test_a_latest_that_is_no_link_is_refused(job, tmp_path):
    """A copy that followed links made it a folder: all stays, and what to do is told."""
    again, link = many(job, tmp_path), tmp_path / "out" / "latest"
    newest = link.resolve()
    link.unlink()
    shutil.copytree(newest, link)
    before = tree(tmp_path / "out")
    with pytest.raises(ConfigError, match=f"latest is no link: .* ln -s versions/{newest.name} "):
        run_job(again)
    assert tree(tmp_path / "out") == before


def test_what_is_no_version_is_left_alone(job, tmp_path):
    """Only versions are let go, whatever else lies beside them."""
    run_job(job("", "output.keep=0"))
    (tmp_path / "out" / "versions" / "mine").mkdir()
    run_job(job("", "output.keep=0"), force=True)
    assert [name[:6] for name in versions(tmp_path)] == ["000002", "mine"]


def test_kept_versions_outlive_a_lost_link(job, tmp_path):
    """Where somebody removed ``latest``, nothing is taken for unpublished."""
    for i in range(2):
        (tmp_path / "in.csv").write_text(f"{TABLE}{i},z\n")
        run_job(job())
    (tmp_path / "out" / "latest").unlink()
    assert run_job(job())["output"]["version"].startswith("000003")
    assert len(versions(tmp_path)) == 3


@pytest.mark.slow
def test_a_hundred_runs_in_a_loop(job, tmp_path):
    """One output, and a hundred rows of the history."""
    states = [run_job(job())["state"] for _ in range(100)]
    assert states == ["done", *["up to date"] * 99]
    assert len(versions(tmp_path)) == 1
    assert [run["id"] for run in history(tmp_path)] == list(range(100, 0, -1))


def test_runs_in_threads_of_one_process_lock_each_other_out(job, tmp_path):
    """The lock is of the file, not of the process."""
    prepared = job()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(run_job(prepared, wait=60)["state"]))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["done", "up to date"]
    assert len(versions(tmp_path)) == 1


@pytest.mark.parametrize("lines", ["", "a,b\n"], ids=["no-bytes", "no-rows"])
def test_a_source_that_is_empty(job, tmp_path, lines):
    """It could not run, and the output stays."""
    run_job(job())
    (tmp_path / "in.csv").write_text(lines)
    with pytest.raises((ReadError, DataError)) as caught:
        run_job(job("target: b"))
    assert caught.value.exit_code == 3
    assert len(versions(tmp_path)) == 1
    assert [run["exit"] for run in history(tmp_path)] == [3, 0]


def test_a_source_that_is_gone(job, tmp_path):
    """A missing file is no reason to publish nothing as something."""
    run_job(job())
    (tmp_path / "in.csv").unlink()
    with pytest.raises(ReadError, match=r"in\.csv: no such file"):
        run_job(job())
    assert history(tmp_path)[0]["state"] == "failed"


@pytest.mark.parametrize("happens", ["changed", "gone"])
def test_a_source_that_changes_while_it_is_read(job, tmp_path, monkeypatch, happens):
    """What was read is neither the old file nor the new one: nothing is published."""
    write = running.Maker.make

    def disturbed(*given, **named):
        found = write(*given, **named)
        path = tmp_path / "in.csv"
        if happens == "gone":
            path.unlink()
        else:
            path.write_text(TABLE.replace("7", "8"))
        return found

    monkeypatch.setattr(running.Maker, "make", disturbed)
    with pytest.raises(ReadError, match="while the job read it"):
        run_job(job())
    assert not (tmp_path / "out" / "latest").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


def test_a_source_that_was_only_touched(job, tmp_path, monkeypatch):
    """Another time on the same bytes is no change."""
    found = inputs.inputs_for(job(), tmp_path)
    os.utime(tmp_path / "in.csv", (1, 1))
    inputs.check_unchanged(found)


def test_a_source_within_the_output_is_refused(job, tmp_path):
    """A job that reads what it wrote would never be up to date."""
    run_job(job())
    with pytest.raises(ConfigError, match="lies in the output of the job itself"):
        run_job(job("", f"source.path={tmp_path}/out/versions/*/out.csv"))


def test_a_pattern_that_finds_the_output_passes_over_it(job, tmp_path):
    """An output below the folder of its inputs is none of them, tonight or tomorrow."""
    settings = [f"source.path={tmp_path}/**/*.csv", f"output.path={tmp_path}/out"]
    assert run_job(job("", *settings))["state"] == "done"
    assert run_job(job("", *settings))["state"] == "up to date"


@pytest.mark.parametrize("key", ["report", "history"])
def test_a_file_of_the_job_within_the_output_is_refused(job, tmp_path, key):
    """The second night would find other things in the folder."""
    with pytest.raises(ConfigError, match=f"{key}: .* lies in the output"):
        job("", f"{key}={tmp_path}/out/x")


@pytest.fixture
def pictures(tmp_path):
    """Make two pictures in a folder, and a table that names them."""
    from PIL import Image

    folder = tmp_path / "pictures"
    for name, shade in (("a", 10), ("b", 200)):
        (folder / name).mkdir(parents=True)
        Image.new("RGB", (4, 4), (shade,) * 3).save(folder / name / "1.png")
    (tmp_path / "in.csv").write_text("image,y\npictures/a/1.png,1\npictures/b/1.png,2\n")
    stages = "image: image\nstages: [image_stats]"
    text = JOB.replace("stages: [drop_duplicates, impute]", stages)
    (tmp_path / "job.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("source", ["in.csv", "pictures"])
@pytest.mark.parametrize("more", [[], ["incremental=true"]], ids=["whole", "parts"])
def test_pictures_are_inputs(pictures, tmp_path, source, more):
    """Those that a table names, and those of a folder: another content is another input."""

    def run():
        settings = [f"source.path={tmp_path / source}", *more]
        return run_job(read_job(tmp_path / "job.yaml", settings))

    assert run()["state"] == "done"
    assert run()["state"] == "up to date"
    shutil.copy(pictures / "a" / "1.png", pictures / "b" / "1.png")
    found = run()
    assert found["state"] == "done"
    (out,) = (tmp_path / "out" / "latest").glob("*.csv")
    rows = cells(out)
    assert rows[1][2:] == rows[2][2:]
    if source == "in.csv":
        (pictures / "b" / "1.png").unlink()
    else:
        (pictures / "b" / "1.png").rename(pictures / "b" / "2.png")
    assert run()["state"] == "done"


@pytest.mark.parametrize("source", ["in.csv", "pictures"])
def test_a_picture_that_changes_while_it_is_read(pictures, tmp_path, monkeypatch, source):
    """It is found out as a table is."""
    make = running.Maker.make

    def disturbed(*given, **named):
        found = make(*given, **named)
        shutil.copy(pictures / "a" / "1.png", pictures / "b" / "1.png")
        return found

    monkeypatch.setattr(running.Maker, "make", disturbed)
    with pytest.raises(ReadError, match="its pictures: was changed while the job read it"):
        run_job(read_job(tmp_path / "job.yaml", [f"source.path={tmp_path / source}"]))
    assert not (tmp_path / "out" / "latest").exists()


def test_an_output_among_pictures_is_refused(pictures, tmp_path):
    """What lies below the folder is what the job reads."""
    settings = [f"source.path={pictures}", f"output.path={pictures}/out"]
    with pytest.raises(ConfigError, match="the output of the job lies in it"):
        run_job(read_job(tmp_path / "job.yaml", settings))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("memory_limit: lots", "line 7: memory_limit: 'lots'"),
        ("target: zz", "line 7: target: no column named 'zz'"),
        ("output: {path: /proc/none/out}", "Write elsewhere with output.path."),
    ],
)
def test_errors_of_the_work_name_the_keys_of_the_job(job, tmp_path, more, says):
    """Who wrote a job never typed the flags of clean."""
    job()
    path = tmp_path / "job.yaml"
    kept = [line for line in JOB.splitlines() if line.partition(":")[0] != more.partition(":")[0]]
    path.write_text("\n".join([*kept, more, ""]))
    with pytest.raises((ConfigError, ReadError, DataError)) as caught:
        run_job(read_job(path))
    assert says in str(caught.value)


def test_a_folder_that_is_somebody_elses_is_left_alone(job, tmp_path):
    """Neither other files nor another job's output are touched."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("x")
    with pytest.raises(ConfigError, match=r"line 5: output\.path: .* other things: thesis\.txt"):
        run_job(job())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]
    (tmp_path / "out" / "thesis.txt").unlink()
    run_job(job())
    with pytest.raises(ConfigError, match="is the output of the job 'small', not of 'other'"):
        run_job(job("", "name=other"))


def test_bounds_on_what_is_rejected_and_made(job, tmp_path):
    """Past a bound the run is not met, exit 1, and what was published before stays."""
    run_job(job())
    found = run_job(job("max_rejected: 0.19"))
    assert (found["state"], found["exit"]) == ("not met", 1)
    assert "line 7: max_rejected" in found["message"]
    assert "1 of 5 rows (20.0%) were rejected, and at most 19.0% may be" in found["message"]
    assert "(0:drop_duplicates 1)" in found["message"]
    assert (found["rows_in"], found["stages"][0]["rows_rejected"]) == (5, 1)
    assert versions(tmp_path)[0].startswith("000001")
    assert run_job(job("max_rejected: 0.2"))["state"] == "done"
    more = "target: b\nstages: [impute, random_over_sampler]\nmax_synthetic: 0.1"
    (tmp_path / "job.yaml").write_text(JOB.replace("stages: [drop_duplicates, impute]", more))
    found = run_job(read_job(tmp_path / "job.yaml"))
    assert "1 of 6 rows (16.7%) were made" in found["message"]


def test_the_rows_of_a_run_that_was_not_met_can_be_looked_at(job, tmp_path):
    """They are kept beside the versions, the last ones only, until something is published."""
    for _ in range(2):
        found = run_job(job("max_rejected: 0.1"))
        assert f"Look at {tmp_path}/out/failed, or raise the bound" in found["message"]
    folder = tmp_path / "out" / "failed"
    assert found["failed"] == str(folder)
    assert cells(folder / "out.dataprep" / "rejected.csv")[1][:2] == ["2", "y"]
    assert [path.name for path in folder.iterdir()] == ["out.dataprep"]
    assert run_job(job())["state"] == "done"
    assert not folder.exists()


def test_malformed_lines_count_as_rejected(job, tmp_path):
    """A line that is no row is lost as well."""
    rows = "".join(f"{i},x\n" for i in range(30))
    (tmp_path / "in.csv").write_text(f"a,b\n{rows}1,2,3,4\n")
    found = run_job(job("max_rejected: 0.01"))
    assert "(malformed 1)" in found["message"]


def test_a_run_that_takes_too_long(job, tmp_path, monkeypatch):
    """The time limit ends it wherever it is: exit 3, nothing published, nothing left."""
    monkeypatch.setattr(running.Maker, "make", lambda *_given, **_named: time.sleep(30))
    before = time.monotonic()
    with pytest.raises(bounds.OutOfTimeError, match=r"line 7: timeout: .* longer than 0\.3 s") as e:
        run_job(job("timeout: 0.3"))
    assert e.value.exit_code == 3
    assert time.monotonic() - before < 20
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    assert history(tmp_path)[0]["state"] == "failed"
    monkeypatch.undo()
    assert run_job(job("timeout: 1h"))["state"] == "done"


def test_what_hears_no_signal_is_ended_with_the_process(monkeypatch):
    """Past the grace the last words are said and the process ends with exit 3."""
    ended = []
    monkeypatch.setattr(bounds, "GRACE", -0.1)
    monkeypatch.setattr(bounds.os, "_exit", ended.append)
    clock = bounds.Clock(0.15)
    with pytest.raises(stopping.Stopped), clock.running(lambda: ended.append("words")):
        time.sleep(30)
    assert ended == ["words", 3]


def test_last_words_that_fail_keep_no_process_alive(monkeypatch):
    """A listener that raises does not stand between a run and its end."""
    ended = []
    monkeypatch.setattr(bounds.os, "_exit", ended.append)
    with pytest.raises(ZeroDivisionError):
        bounds._end(lambda: 1 / 0)
    assert ended == [3]


def test_publishing_is_not_timed(job, monkeypatch):
    """Once the work is done, the clock stops: what is whole is published."""
    publish, left = running.publish, []

    def looked(*given):
        left.append(signal.getitimer(signal.ITIMER_REAL)[0])
        return publish(*given)

    monkeypatch.setattr(running, "publish", looked)
    assert run_job(job("timeout: 600"))["state"] == "done"
    assert left == [0.0]


def test_the_report_is_written_whatever_comes_of_a_run(job, tmp_path):
    """It is for what watches over jobs."""
    for more, exit_ in (("", 0), ("max_rejected: 0.1", 1)):
        run_job(job(f"report: reports/r.json\n{more}"))
        assert json.loads((tmp_path / "reports" / "r.json").read_text())["exit"] == exit_
    (tmp_path / "in.csv").unlink()
    with pytest.raises(ReadError):
        run_job(job("report: reports/r.json"))
    assert json.loads((tmp_path / "reports" / "r.json").read_text())["exit"] == 3


def test_a_report_that_cannot_be_written_is_a_note(job, tmp_path):
    """The output is published, so the run is done, here and in the history."""
    (tmp_path / "r.json").mkdir()
    found = run_job(job("report: r.json"))
    assert (found["state"], found["exit"]) == ("done", 0)
    assert "the report was not written" in found["notes"][0]
    kept = History(tmp_path / "history.sqlite").run(1)
    assert (kept["state"], kept["notes"]) == ("done", found["notes"])


def test_a_run_that_is_locked_out_leaves_the_report(job, tmp_path):
    """It is that of the run that has the output."""
    run_job(job("report: r.json"))
    before = (tmp_path / "r.json").read_bytes()
    told = {"job": "small", "run": 1, "since": "2026-01-01T03:00:00Z"}
    with locking.locked(tmp_path / "out", told, 0, print), pytest.raises(locking.LockedError):
        run_job(job("report: r.json"))
    assert (tmp_path / "r.json").read_bytes() == before
    assert history(tmp_path)[0]["state"] == "locked out"


def test_a_signal_while_a_version_is_published(job, tmp_path, monkeypatch):
    """It is heard when the version is in its place, and the history says what is there."""
    replace, before = Path.replace, signal.signal(signal.SIGTERM, stopping._stop)

    def signalled(self, target):
        if self.name == ".next":
            signal.raise_signal(signal.SIGTERM)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", signalled)
    try:
        with pytest.raises(stopping.Stopped):
            run_job(job())
    finally:
        signal.signal(signal.SIGTERM, before)
        stopping.received.clear()
    assert (tmp_path / "out" / "latest" / "out.csv").exists()
    (run,) = history(tmp_path)
    assert (run["state"], run["exit"]) == ("done", 0)
    assert run["version"] == versions(tmp_path)[0]


def test_earlier_versions_that_cannot_be_removed_are_a_note(job, tmp_path, monkeypatch):
    """The new version is published all the same."""
    rename = Path.rename

    def refused(self, target):
        if self.name.startswith("000001"):
            raise PermissionError(13, "Permission denied", str(self))
        return rename(self, target)

    run_job(job("", "output.keep=0"))
    monkeypatch.setattr(Path, "rename", refused)
    found = run_job(job("", "output.keep=0"), force=True)
    assert found["state"] == "done"
    assert "earlier versions were not let go" in found["notes"][0]


def test_a_disk_without_room_for_the_lock(job, tmp_path, monkeypatch):
    """The error names the place and says what to do, before anything is done."""

    def full(*_given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(locking.os, "pwrite", full)
    with pytest.raises(OutputError, match=r"out/\.lock: the disk is full\. Free some space"):
        run_job(job())
    assert history(tmp_path)[0]["state"] == "failed"


def test_listeners_are_told_what_happens(job):
    """Others can follow a run: its events in order, the last with the whole summary."""
    events = []
    run_job(job(), listeners=[events.append])
    assert [event.kind for event in events if event.kind != "progress"] == [
        "started", "published", "ended",
    ]  # fmt: skip
    assert events[-1].data["rows_in"] == 5
    assert {(event.job, event.run) for event in events} == {("small", 1)}


# ---- frozen statistics


def test_a_named_pipeline_is_applied_and_nothing_is_learned(job, tmp_path):
    """As many rows out as in, by the statistics of another day; what each stage took is known."""
    run_job(job())
    saved = tmp_path / "saved.json"
    saved.write_bytes((tmp_path / "out" / "latest" / "out.dataprep/pipeline.json").read_bytes())
    (tmp_path / "in.csv").write_text("a,b\n1000,x\n1000,x\n,y\n")
    found = run_job(job("pipeline: saved.json"))
    assert found["rows_out"] == 3
    assert sum(stage["seconds"] for stage in found["stages"]) > 0
    assert cells(tmp_path / "out" / "latest" / "out.csv")[-1] == ["2", "y"]
    assert run_job(job("pipeline: saved.json"))["state"] == "up to date"


# ---- incremental jobs


@pytest.fixture
def parts(tmp_path):
    """Make an incremental job of two files."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("a,b\n1,x\n,y\n3,x\n")
    (folder / "b.csv").write_text("a,b\n5,x\n,y\n7,x\n")

    def make(more="", day=date(2026, 3, 4)):
        text = JOB.replace("in.csv", "in/*.csv").replace("drop_duplicates, ", "")
        (tmp_path / "job.yaml").write_text(f"{text}incremental: true\n{more}\n")
        return read_job(tmp_path / "job.yaml", (), day)

    return make


def column(tmp_path, name):
    return [row[0] for row in cells(tmp_path / "out" / "latest" / name)[1:]]


def test_only_new_and_changed_files_are_processed(parts, tmp_path):
    """Each file has its own part; statistics are those of the first run."""
    first = run_job(parts())
    assert first["parts"] == {
        "made": ["a", "b"],
        "kept": [],
        "resumed": [],
        "gone": [],
        "empty": [],
    }
    assert column(tmp_path, "a.csv") == ["1", "4", "3"]
    (tmp_path / "in" / "late.csv").write_text("a,b\n,x\n900,x\n")
    found = run_job(parts())
    assert found["parts"] == {
        "made": ["late"],
        "kept": ["a", "b"],
        "resumed": [],
        "gone": [],
        "empty": [],
    }
    assert found["rows_in"] == 2
    assert column(tmp_path, "late.csv") == ["4", "900"]
    (tmp_path / "in" / "a.csv").write_text("a,b\n1,x\n,y\n2,x\n")
    corrected = run_job(parts())
    assert corrected["parts"]["made"] == ["a"]
    assert column(tmp_path, "a.csv") == ["1", "4", "2"]
    assert run_job(parts())["state"] == "up to date"
    # An earlier version is as it was.
    old = tmp_path / "out" / "versions" / found["output"]["version"] / "a.csv"
    assert [row[0] for row in cells(old)[1:]] == ["1", "4", "3"]


def test_parts_are_made_again_by_force_and_by_other_versions(parts, monkeypatch):
    """What was made by other packages is not handed on, nor what a person wants made again."""
    run_job(parts())
    assert run_job(parts(), force=True)["parts"]["made"] == ["a", "b"]
    monkeypatch.setattr(incremental, "versions", lambda: {"dataprep": "99"})
    monkeypatch.setattr("dataprep.jobs.batch.key.versions", lambda: {"dataprep": "99"})
    assert run_job(parts())["parts"]["made"] == ["a", "b"]


def test_parts_leave_with_their_inputs(parts, tmp_path):
    """The output is what its inputs make of it; that a part left is said."""
    run_job(parts())
    (tmp_path / "in" / "a.csv").unlink()
    found = run_job(parts())
    assert found["parts"]["gone"] == ["a"]
    assert found["notes"] == ["left with their inputs: a"]
    names = {path.name for path in (tmp_path / "out" / "latest").iterdir()}
    assert names == {"b.csv", "b.dataprep", "manifest.json", "pipeline.json"}


def test_statistics_are_learned_anew_on_schedule(parts, tmp_path):
    """In the next week all parts are made by what all files together tell; not before."""
    monday, sunday = date(2026, 3, 2), date(2026, 3, 8)
    run_job(parts("refit: weekly", monday))
    (tmp_path / "in" / "c.csv").write_text("a,b\n,x\n900,x\n900,x\n900,x\n")
    run_job(parts("refit: weekly", sunday))
    assert column(tmp_path, "c.csv")[0] == "4"
    found = run_job(parts("refit: weekly", date(2026, 3, 9)))
    assert found["parts"]["made"] == ["a", "b", "c"]
    assert column(tmp_path, "a.csv")[1] == column(tmp_path, "c.csv")[0] != "4"
    assert run_job(parts("refit: weekly", date(2026, 3, 15)))["state"] == "up to date"


def test_a_clock_that_was_set_back_refits_nothing(parts):
    """Statistics of next week are not too old."""
    run_job(parts("refit: daily", date(2026, 3, 9)))
    assert run_job(parts("refit: daily", date(2026, 3, 1)))["state"] == "up to date"
    assert not freezing._due({"refit": "daily", "period": "2026-03-09"}, "daily", "2026-03-01")


def test_a_damaged_part_is_not_handed_on(parts, tmp_path):
    """What is not as it was written is made again from its input."""
    run_job(parts())
    (tmp_path / "out" / "latest" / "a.csv").write_text("a,b\n666,x\n")
    found = run_job(parts())
    assert "a.csv was changed" in found["notes"][0]
    assert column(tmp_path, "a.csv") == ["1", "4", "3"]


def test_a_damaged_side_file_costs_no_statistics(parts, tmp_path):
    """Frozen statistics that are whole last; only the part that is damaged is made again."""
    run_job(parts())
    (tmp_path / "in" / "c.csv").write_text("a,b\n,x\n900,x\n900,x\n900,x\n")
    run_job(parts())
    rejected = tmp_path / "out" / "latest" / "b.dataprep" / "rejected.csv"
    rejected.write_text(f"{rejected.read_text()}\n")
    found = run_job(parts())
    assert (found["parts"]["made"], found["parts"]["kept"]) == (["b"], ["a", "c"])
    assert len(found["notes"]) == 1
    assert column(tmp_path, "a.csv") == ["1", "4", "3"]
    learned = tmp_path / "out" / "latest" / "pipeline.json"
    learned.write_text(f"{learned.read_text()}\n")
    found = run_job(parts())
    assert "learned anew" in found["notes"][1]
    assert column(tmp_path, "a.csv")[1] != "4"


def test_frozen_statistics_are_learned_anew_only_for_a_reason(parts, tmp_path):
    """A bound is none; another stage, a forced run and a lost version are, and it is said."""
    run_job(parts())
    late = tmp_path / "in" / "c.csv"
    late.write_text("a,b\n,x\n900,x\n900,x\n900,x\n")
    assert run_job(parts("max_rejected: 0.5"))["notes"] == []
    assert column(tmp_path, "c.csv")[0] == "4"
    anew = "statistics are learned anew: "
    late.write_text("a,b\n,x\n900,x\n900,x\n900,x\n900,x\n")
    assert run_job(parts("target: b"))["notes"] == [
        f"{anew}the stages, the roles, the reading or the suite before them are others"
    ]
    assert column(tmp_path, "c.csv")[0] == "454"
    assert run_job(parts("target: b"), force=True)["notes"] == [f"{anew}the run is forced"]
    (tmp_path / "out" / "latest").unlink()
    lost = run_job(parts("target: b"))["notes"]
    assert lost == [f"{anew}the version that had them is lost"]


def test_statistics_of_a_day_yet_to_come_are_told(parts, tmp_path):
    """A wrong clock would else stop learning for years, and nobody would know."""
    run_job(parts("refit: daily", date(2030, 1, 1)))
    (tmp_path / "in" / "c.csv").write_text("a,b\n,x\n900,x\n")
    found = run_job(parts("refit: daily", date(2026, 3, 4)))
    assert found["notes"] == ["the statistics are of 2030-01-01, which is yet to come"]


def test_an_input_without_rows_keeps_back_no_other(parts, tmp_path):
    """It has no part until it has rows, and a part that it had leaves."""
    (tmp_path / "in" / "a.csv").write_text("a,b\n")
    found = run_job(parts())
    assert (found["parts"]["made"], found["parts"]["empty"]) == (["b"], ["a"])
    assert found["notes"] == ["no rows, and no part: a"]
    assert run_job(parts())["state"] == "up to date"
    (tmp_path / "in" / "a.csv").write_text("a,b\n1,x\n,x\n")
    assert run_job(parts())["parts"]["made"] == ["a"]
    (tmp_path / "in" / "a.csv").write_text("a,b\n")
    assert run_job(parts())["parts"]["empty"] == ["a"]
    assert not (tmp_path / "out" / "latest" / "a.csv").exists()


def test_a_part_without_the_target_is_told(parts, tmp_path):
    """It may be meant, as rows that nobody has labelled yet; nothing else may lack."""
    run_job(parts("target: b"))
    (tmp_path / "in" / "c.csv").write_text("a\n1\n2\n")
    assert run_job(parts("target: b"))["notes"] == ["c lacks columns: b (target)"]
    (tmp_path / "in" / "d.csv").write_text("b\nx\n")
    with pytest.raises(DataError, match=r"in/d\.csv: [^Z]*The parts of a job share its columns"):
        run_job(parts("target: b"))


def test_a_bound_is_on_all_new_parts_together(parts, tmp_path):
    """One short file with a bad line is no reason to stop; many such lines are."""
    rows = "".join(f"{i},x\n" for i in range(30))
    (tmp_path / "in" / "a.csv").write_text(f"a,b\n{rows}1,2,3,4\n")
    (tmp_path / "in" / "b.csv").write_text(f"a,b\n{rows}")
    assert run_job(parts("max_rejected: 0.02"))["state"] == "done"
    found = run_job(parts("max_rejected: 0.01"))
    assert "in/a.csv, " in found["message"]
    assert "1 of 61 rows (1.6%) were rejected" in found["message"]
    assert {path.name for path in (tmp_path / "out" / "failed").iterdir()} == {
        "a.dataprep", "b.dataprep",
    }  # fmt: skip


def test_parts_that_left_are_told_whatever_is_made_again(parts, tmp_path):
    """A forced run says so as well."""
    run_job(parts())
    (tmp_path / "in" / "a.csv").unlink()
    assert run_job(parts(), force=True)["parts"]["gone"] == ["a"]


def unfinished(parts, monkeypatch):
    """Run a job that makes its parts and ends before it publishes them."""

    def ends(*_given):
        raise OSError("the machine went off")

    with monkeypatch.context() as patched:
        patched.setattr(running, "publish", ends)
        with pytest.raises(OSError, match="went off"):
            run_job(parts())


def test_finished_parts_are_published_as_they_were_made(parts, tmp_path, monkeypatch):
    """What was changed since is made again, and a forced run trusts none of them."""
    unfinished(parts, monkeypatch)
    (changed,) = (tmp_path / "out" / ".finished").glob("*/a.csv")
    changed.write_text("a,b\n666,x\n")
    found = run_job(parts())
    assert (found["parts"]["made"], found["parts"]["resumed"]) == (["a", "b"], ["b"])
    assert column(tmp_path, "a.csv") == ["1", "4", "3"]
    (tmp_path / "in" / "c.csv").write_text("a,b\n1,x\n")
    unfinished(parts, monkeypatch)
    assert run_job(parts(), force=True)["parts"]["resumed"] == []
    assert not (tmp_path / "out" / ".finished").exists()


def test_statistics_of_a_file_that_changed_meanwhile_are_not_kept(parts, tmp_path, monkeypatch):
    """What was learned from it is not what its hash says; the next run learns anew."""
    path, fit = tmp_path / "in" / "a.csv", running.Maker.fit
    right = path.read_text()

    def disturbed(*given):
        path.write_text("a,b\n900,x\n900,x\n900,x\n")
        fit(*given)

    with monkeypatch.context() as patched:
        patched.setattr(running.Maker, "fit", disturbed)
        with pytest.raises(ReadError, match="while the job read it"):
            run_job(parts())
    path.write_text(right)
    run_job(parts())
    assert column(tmp_path, "a.csv") == ["1", "4", "3"]


def test_parts_of_one_name_are_told_apart_or_refused(parts, tmp_path):
    """Below a pattern folders belong to the name; two files that still share it are refused."""
    job = parts()
    for day in ("1", "2"):
        (tmp_path / "in" / day).mkdir()
        (tmp_path / "in" / day / "data.csv").write_text("a,b\n1,x\n")
    below = read_job(tmp_path / "job.yaml", [f"source.path={tmp_path}/in/*/data.csv"])
    assert run_job(below)["parts"]["made"] == ["1__data", "2__data"]
    (tmp_path / "in" / "a.txt").write_text("a,b\n1,x\n")
    both = [f"source.path=[{tmp_path}/in/a.csv, {tmp_path}/in/a.txt]"]
    with pytest.raises(ConfigError, match="would have one output part, 'a'"):
        run_job(read_job(tmp_path / "job.yaml", both))
    assert job.keys.incremental


def test_stages_that_do_nothing_are_named(parts, tmp_path):
    """Frozen statistics are for the repair phase: what works in training only is told."""
    found = run_job(
        read_job(
            (parts(), tmp_path / "job.yaml")[1], ["stages=[drop_duplicates, impute]"]
        )
    )  # fmt: skip
    assert found["notes"] == ["work in training only, and did nothing here: 0:drop_duplicates"]


# ---- history


def test_the_numbers_of_runs_only_grow(tmp_path, monkeypatch):
    """A clock that was set back, and rows that were deleted, change nothing about the order."""
    path = tmp_path / "h.sqlite"
    kept = History(path)
    monkeypatch.setattr("dataprep.jobs.batch.history.now", lambda: "2026-03-02T00:00:00Z")
    assert [kept.begin("a", tmp_path, "1") for _ in range(2)] == [1, 2]
    with sqlite3.connect(path) as connection:
        connection.execute("delete from runs where id = 2")
    monkeypatch.setattr("dataprep.jobs.batch.history.now", lambda: "2020-01-01T00:00:00Z")
    assert kept.begin("b", tmp_path, "1") == 3
    assert [run["id"] for run in kept.listed()] == [3, 1]
    assert [run["id"] for run in kept.listed("a")] == [1]
    assert sqlite3.connect(path).execute("pragma journal_mode").fetchone() == ("wal",)


def test_inputs_are_noted_once_for_each_key(job, tmp_path):
    """A job that finds nothing to do does not list its files each time, and is shown with them."""
    run_job(job())
    run_job(job())
    with sqlite3.connect(tmp_path / "history.sqlite") as connection:
        (kept,) = connection.execute("select detail from runs where id = 2").fetchone()
    assert "inputs" not in json.loads(kept)
    kept = History(tmp_path / "history.sqlite")
    assert kept.run(2)["inputs"] == kept.run(1)["inputs"]


def test_a_run_whose_process_is_gone_is_shown_as_killed(tmp_path):
    """Also before the next run of that output finds it out."""
    path = tmp_path / "h.sqlite"
    kept = History(path)
    kept.begin("a", tmp_path, "1")
    assert kept.run(1)["state"] == "waiting"
    with sqlite3.connect(path) as connection:
        connection.execute("update runs set pid = 99999999")
    assert kept.run(1)["state"] == kept.listed()[0]["state"] == "killed"


def test_where_the_history_is(tmp_path, monkeypatch):
    """As the job says, as the variable says, or the user's own; who has none is told."""
    monkeypatch.setenv("DATAPREP_HISTORY", str(tmp_path / "b.sqlite"))
    assert history_path(tmp_path / "a.sqlite") == tmp_path / "a.sqlite"
    assert history_path() == tmp_path / "b.sqlite"
    monkeypatch.delenv("DATAPREP_HISTORY")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_path() == tmp_path / "dataprep" / "history.sqlite"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert history_path() == tmp_path / ".local" / "state" / "dataprep" / "history.sqlite"

    def homeless():
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ConfigError, match="no home folder"):
        history_path()


def test_many_write_a_new_history_at_once(tmp_path):
    """None is sent away, and none gets the number of another."""
    path, numbers = tmp_path / "h.sqlite", []

    def write():
        for _ in range(5):
            number = History(path).begin("a", tmp_path, "1")
            History(path).running(number, tmp_path)
            numbers.append(number)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 31))


@pytest.mark.parametrize("content", [b"no database at all, but a text of some length" * 9, "newer"])
def test_a_history_that_is_none(job, tmp_path, content):
    """A run that could not be noted does not begin."""
    path = tmp_path / "history.sqlite"
    if content == "newer":
        sqlite3.connect(path).execute("pragma user_version = 9")
    else:
        path.write_bytes(content)
    with pytest.raises(ReadError, match="history") as caught:
        run_job(job())
    assert caught.value.exit_code == 3
    assert not (tmp_path / "out").exists()


# ---- commands


def test_run_and_runs_on_the_command_line(dataprep, job, tmp_path, monkeypatch):
    """What a person types and sees."""
    job()
    monkeypatch.setenv("DATAPREP_HISTORY", str(tmp_path / "history.sqlite"))
    assert "there is no history yet" in dataprep("runs").err
    answer = dataprep("run", "job.yaml")
    assert answer.code == 0
    assert "small, run 1: done" in answer.out
    assert "5 rows in = 4 kept + 1 rejected" in answer.out
    assert "run 1 of small" in answer.err
    assert dataprep("run", "job.yaml", "-q").out == ""
    answer = dataprep("run", "job.yaml", "--json", "--set", "max_rejected=0.1")
    assert answer.code == 1
    assert answer.json["state"] == "not met"
    assert "at most 10.0% may be" in answer.err
    listed = dataprep("runs")
    assert "up to date" in listed.out
    assert [run["id"] for run in dataprep("runs", "--json", "--job", "small").json] == [3, 2, 1]
    shown = dataprep("runs", 1)
    assert "0:drop_duplicates" in shown.out
    assert "duckdb" in shown.out
    assert dataprep("runs", 1, "--json").json["inputs"][0]["bytes"] == len(TABLE)
    assert dataprep("runs", 99999999999999999999).code == 2
    assert dataprep("runs", "--last", 99999999999999999999).code == 2
    answer = dataprep("runs", 9)
    assert (answer.code, "there is no run 9" in answer.err) == (2, True)


@pytest.mark.parametrize("how", ["flag", "key"])
def test_the_log_as_lines_of_json(dataprep, job, how):
    """Every line is an object, that of an error as well."""
    job("" if how == "flag" else "log: json")
    flags = ["--log-format", "json"] if how == "flag" else []
    answer = dataprep("run", "job.yaml", "-q", *flags)
    assert answer.err == ""
    answer = dataprep("run", "job.yaml", *flags)
    lines = [json.loads(line) for line in answer.err.splitlines()]
    assert lines[-1]["event"] == "ended"
    assert lines[-1]["state"] == "up to date"
    assert {line["run"] for line in lines if "run" in line} == {2}
    (Path.cwd() / "in.csv").unlink()
    answer = dataprep("run", "job.yaml", *flags)
    assert answer.code == 3
    assert json.loads(answer.err.splitlines()[-1])["level"] == "error"


def test_wait_may_stand_alone(dataprep, job):
    """``--wait`` does not take the pipeline for its seconds."""
    job()
    assert dataprep("run", "--wait", "job.yaml", "-q").code == 0
    assert dataprep("run", "--wait=5", "job.yaml", "-q").code == 0
    answer = dataprep("run", "job.yaml", "--wait=long")
    assert answer.code == 2
    assert "'long' is no number of seconds" in answer.err


@pytest.mark.parametrize("recipe", ["nightly"])
def test_the_recipes_of_jobs_run(dataprep, tmp_path, monkeypatch, recipe):
    """A recipe that is a job runs on the sample data as it stands, and is up to date then."""
    monkeypatch.setenv("DATAPREP_HISTORY", str(tmp_path / "h.sqlite"))
    words = ["run", ROOT / "pipelines" / f"{recipe}.yaml", "--set", "output.path=out", "-q"]
    assert dataprep(*words).code == 0
    assert (tmp_path / "out" / "latest" / "out.parquet").exists()
    assert dataprep(*words, "--json").json["state"] == "up to date"
