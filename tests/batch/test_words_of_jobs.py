"""What jobs say: errors in the words of a job, notes of what was read, logs, and what is shown."""

import json
import os
import signal
from datetime import date

import pytest

from dataprep import secrets, stopping
from dataprep.errors import ConfigError, DataprepError
from dataprep.jobs.batch import words
from dataprep.jobs.batch.history import History
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")
JOB = "stages: [impute]\nsource: {path: in.csv}\noutput: {path: out}\nhistory: h.sqlite\n"


@pytest.fixture
def write(tmp_path):
    """Write the job, and a small table unless there is one: ``write("log: json")``."""
    if not (tmp_path / "in.csv").exists():
        (tmp_path / "in.csv").write_text("x,y\n1,2\n3,\n5,6\n")

    def put(more="", text=JOB, name="job.yaml"):
        (tmp_path / name).write_text(f"{text}{more}\n")
        return tmp_path / name

    return put


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("source.encoding=foo", "--set source.encoding: unknown encoding 'foo'"),
        ("source.kinds={zap: text}", "--set source.kinds: no column named 'zap'"),
        ("source.sheet=q", "--set source.sheet: in.csv has no sheets"),
        ("source.member=q", "--set source.member: "),
        ("source.delimiter=;;", "--set source.delimiter: ';;' does not stand between cells"),
    ],
)
def test_errors_of_the_source_name_its_keys(write, setting, says):
    """The key and its line, or the flag that was typed."""
    with pytest.raises(DataprepError) as caught:
        run_job(read_job(write(), [setting]))
    assert says in str(caught.value)


def test_the_line_of_a_key_of_the_source(write):
    """What is found out while the file is read is as easy to mend as what is found before."""
    text = JOB.replace("{path: in.csv}", "\n  path: in.csv\n  encoding: foo")
    with pytest.raises(DataprepError, match=r"job\.yaml, line 4: source\.encoding: unknown"):
        run_job(read_job(write(text=text)))


def test_remedies_name_keys(write, tmp_path):
    """Flags of clean are none of run; of several files, their lines are counted together."""
    bad = "x,y\n" + "1,2,3\n4,5\n6,7,8,9\n" * 5
    (tmp_path / "b.csv").write_text(bad)
    with pytest.raises(DataprepError) as caught:
        run_job(read_job(write(), [f"source.path=[{tmp_path}/in.csv, {tmp_path}/b.csv]"]))
    assert "source.delimiter: ';', source.header: false or source.skip_lines: 3." in str(
        caught.value
    )
    assert "lines of 2 files are no rows" in str(caught.value)
    assert "--" not in str(caught.value)


def test_what_is_typed_within_a_map_is_blamed_on_what_was_typed(write):
    """The file says nothing of that key."""
    path = write(text=JOB.replace("in.csv}", "in.csv, kinds: {x: integer}}"))
    with pytest.raises(ConfigError, match=r"^--set source\.kinds\.zip: "):
        read_job(path, ["source.kinds.zip=foo"])


@pytest.mark.parametrize("given", ["-1GB", "foo", "1KB", "0MB", "80%"])
def test_memory_is_an_amount_that_can_be_worked_in(write, given):
    """It is told before the run, whether the output is up to date or not."""
    with pytest.raises(ConfigError, match=r"--set memory_limit: .* is no amount of memory"):
        read_job(write(), [f"memory_limit={given}"])


def test_the_least_memory_is_enough_for_a_small_file(write):
    """A limit that is let through works."""
    assert run_job(read_job(write(), ["memory_limit=32MB"]))["state"] == "done"


def test_variables_in_what_is_extended(write, tmp_path, monkeypatch):
    """It is a path as others are."""
    monkeypatch.setenv("WHERE", "common")
    (tmp_path / "common").mkdir()
    write(name="common/base-2026.yaml")
    path = write(text="extends: '${WHERE}/base-${date:%Y}.yaml'\n")
    assert read_job(path, day=date(2026, 3, 1)).sources == [str(tmp_path / "common" / "in.csv")]
    monkeypatch.delenv("WHERE")
    with pytest.raises(ConfigError, match=r"line 1: extends: the variable 'WHERE' is not set"):
        read_job(path)


def test_what_clean_says_of_the_input_a_job_says_too(write, tmp_path):
    """That columns differ, and what stages remark: as a note, in the history and as a warning."""
    (tmp_path / "b.csv").write_text("x,z\n7,1\n8,1\n")
    text = JOB.replace("[impute]", "[impute, iqr]").replace("in.csv", "'*.csv'")
    (tmp_path / "in.csv").write_text("x,y\n1,2\n3,2\n4,2\n9,2\n")
    warned = []
    found = run_job(
        read_job(write(text=text)),
        listeners=[lambda event: warned.append(event.message) if event.kind == "note" else None],
    )
    assert "columns differ in 2 files (drift in summary.json)" in found["notes"]
    assert any("no spread, left alone" in note for note in found["notes"])
    assert warned == found["notes"]
    assert History(tmp_path / "h.sqlite").run(1)["notes"] == found["notes"]


def test_a_job_that_cannot_be_read_says_so_in_its_report(dataprep, write, tmp_path):
    """Who watches the report is not told that all is as last night."""
    path = write("report: r.json")
    assert dataprep("run", path, "-q").code == 0
    assert json.loads((tmp_path / "r.json").read_text())["state"] == "done"
    write("report: r.json\ntimeout: soon")
    answer = dataprep("run", path)
    found = json.loads((tmp_path / "r.json").read_text())
    assert (answer.code, found["exit"], found["state"]) == (2, 2, "failed")
    assert "line 6: timeout: 'soon'" in found["message"]
    assert len(History(tmp_path / "h.sqlite").listed()) == 1


def test_a_failed_run_is_shown_as_json_too(dataprep, write, tmp_path):
    """Exit 3 gives a summary as exit 1 does."""
    path = write()
    (tmp_path / "in.csv").unlink()
    answer = dataprep("run", path, "--json")
    assert (answer.code, answer.json["exit"], answer.json["state"]) == (3, 3, "failed")
    assert "no such file" in answer.json["message"]


def test_every_line_of_the_log_names_its_run(dataprep, write, tmp_path):
    """Lines of stages and of the error as well; the last event says what went wrong."""
    path = write("log: json")
    lines = [json.loads(line) for line in dataprep("run", path).err.splitlines()]
    assert {(line["job"], line["run"]) for line in lines} == {("job", 1)}
    assert all(line["event"] for line in lines)
    (tmp_path / "in.csv").unlink()
    lines = [json.loads(line) for line in dataprep("run", path).err.splitlines()]
    assert {(line["job"], line["run"]) for line in lines} == {("job", 2)}
    assert [line["event"] for line in lines[-2:]] == ["ended", "error"]
    assert "no such file" in lines[-2]["error"]


def test_a_run_that_is_not_met_ends_once(dataprep, write, tmp_path):
    """One event tells its end, one line what was not met."""
    (tmp_path / "in.csv").write_text("x,y\n1,2\n1,2\n1,2\n")
    path = write("log: json\nmax_rejected: 0.1", JOB.replace("[impute]", "[drop_duplicates]"))
    lines = [json.loads(line) for line in dataprep("run", path).err.splitlines()]
    assert [line["event"] for line in lines].count("ended") == 1
    assert (lines[-1]["event"], lines[-1]["level"]) == ("error", "error")


def test_the_log_tells_the_time_as_the_history_does(dataprep, write):
    """UTC, and says so."""
    words = dataprep("run", write()).err.split()
    assert words[0][10] == "T"
    assert words[0].endswith("Z")


def test_a_run_that_was_stopped_names_the_signal(write, tmp_path, monkeypatch):
    """Not what the engine said of a query that was cut off."""
    monkeypatch.setattr(stopping, "received", [])

    def stop(event):
        if event.message == "reading":
            stopping.received.append(signal.SIGTERM)
            raise stopping.Stopped

    monkeypatch.setattr("dataprep.jobs.batch.recording.received", stopping.received)
    with pytest.raises(stopping.Stopped):
        run_job(read_job(write()), listeners=[stop])
    (run,) = History(tmp_path / "h.sqlite").listed()
    assert (run["state"], run["message"]) == ("stopped", "stopped by SIGTERM")


def test_a_job_that_the_history_does_not_know(dataprep, write, tmp_path):
    """The jobs that it knows are named."""
    run_job(read_job(write()))
    answer = dataprep("runs", "--job", "nix", "--history", tmp_path / "h.sqlite")
    assert answer.code == 2
    assert "no run of 'nix'. There is: job." in answer.err


def test_which_variables_of_an_address_are_secret(monkeypatch):
    """One that is named like a secret is hidden from then on; the year of a partition is not."""
    monkeypatch.setattr(secrets, "_known", {})
    monkeypatch.setenv("PARTITION_KEY", "2026")
    monkeypatch.setenv("API_TOKEN", "t0p-s3cret")
    url = "https://host/${API_TOKEN}/year=${PARTITION_KEY}/in.csv"
    filled = words.filled_uri(url, date(2026, 3, 1), "source.path")
    assert secrets.masked(filled) == "https://host/***/year=2026/in.csv"
