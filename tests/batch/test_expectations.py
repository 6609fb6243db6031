"""Suites before and after the stages of a job: what fails it, what is noted, what goes apart."""

import csv
import json
import os

import pytest
from conftest import ran

from dataprep.errors import ConfigError, DataprepError
from dataprep.jobs.batch import running
from dataprep.jobs.batch.history import History
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")
JOB = """
name: expected
stages: [drop_duplicates, impute]
source: {path: in.csv}
output: {path: out}
history: history.sqlite
"""
BETWEEN = "expect_column_values_to_be_between"


@pytest.fixture
def job(tmp_path):
    """Make a job with suites: ``job(before=[...])``."""
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n2,y\n,x\n700,x\n")

    def make(more="", **suites):
        lines = [JOB, "expect:"]
        for when, expected in suites.items():
            content = {"name": when, "expectations": expected, "meta": {}}
            (tmp_path / f"{when}.json").write_text(json.dumps(content))
            lines.append(f"  {when}: {when}.json")
        (tmp_path / "job.yaml").write_text("\n".join([*lines, more, ""]))
        return read_job(tmp_path / "job.yaml")

    return make


def small(severity="critical", **kwargs):
    kwargs = {"column": "a", "min_value": 0, "max_value": 100, **kwargs}
    return {"type": BETWEEN, "kwargs": kwargs, "severity": severity}


PRESENT = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}


def test_critical_fails_before_the_first_stage(job, tmp_path):
    """Exit 1, nothing published, and the results in summary and history."""
    found = run_job(job(before=[small()]))
    assert (found["state"], found["exit"]) == ("not met", 1)
    assert "1 critical expectations were not met before the stages" in found["message"]
    assert BETWEEN in found["message"]
    assert not (tmp_path / "out" / "latest").exists()
    kept = History(tmp_path / "history.sqlite").run(1)
    (verdict,) = kept["expectations"]
    assert (verdict["when"], verdict["part"]) == ("before", str(tmp_path / "in.csv"))
    assert verdict["results"][0]["unexpected_count"] == 1


def test_before_sees_raw_rows_and_after_sees_repaired_ones(job, tmp_path):
    """A missing value fails before, and is there no more afterwards."""
    assert run_job(job(before=[PRESENT]))["state"] == "not met"
    found = run_job(job(after=[PRESENT]))
    assert found["state"] == "done"
    assert found["expectations"][0]["when"] == "after"
    assert run_job(job(after=[small()]))["exit"] == 1
    assert (tmp_path / "out" / "latest" / "out.csv").exists()


def test_a_warning_is_reported_and_fails_nothing(job):
    """What is not critical is told."""
    found = run_job(job(before=[small("warning"), small("info", max_value=1)]))
    assert found["state"] == "done"
    assert [one["success"] for one in found["expectations"][0]["results"]] == [False, False]


def test_what_could_not_be_asked_is_no_pass(job, tmp_path):
    """An expectation about a column that is not there: exit 3, and a row of the history."""
    with pytest.raises(DataprepError) as caught:
        run_job(job(before=[small(column="aa")]))
    assert caught.value.exit_code == 3
    assert History(tmp_path / "history.sqlite").listed()[0]["exit"] == 3
    assert not (tmp_path / "out" / "latest").exists()


def test_a_suite_that_is_none_is_told_before_the_run(job, tmp_path):
    """It is wrong configuration, and nothing ran."""
    with pytest.raises(ConfigError):
        job(before={"no": "list"})
    assert not (tmp_path / "history.sqlite").exists()


@pytest.mark.parametrize("when", ["before", "after"])
def test_rows_go_to_quarantine_instead(job, tmp_path, when):
    """They are rejected with the expectation for a reason; the row equations hold; undo works."""
    found = run_job(job("  on_failure: quarantine", **{when: [small()]}))
    assert found["state"] == "done"
    assert found["rows_in"] == 5
    assert found["rows_rejected"] == 2
    folder = tmp_path / "out" / "latest" / "out.dataprep"
    with (folder / "rejected.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = [row for row in rows if row["_stage"] == f"{when}:expect"]
    assert row["a"] == "700"
    assert BETWEEN in row["_reason"]
    answer = ran("undo", "out/latest/out.csv", "-o", "back.csv", "-q", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert (tmp_path / "back.csv").read_text() == (tmp_path / "in.csv").read_text()


def test_quarantine_is_for_what_is_critical_and_does_not_say_otherwise(job):
    """What a suite says of an expectation holds; what is a warning or noted drops no row."""
    fails = {**small(max_value=600), "meta": {"on_failure": "fail"}}
    found = run_job(job("  on_failure: quarantine", before=[small("info", max_value=1), fails]))
    assert (found["exit"], found["state"]) == (1, "not met")
    (verdict,) = found["expectations"]
    assert ["quarantine" in one for one in verdict["results"]] == [False, False]
    noted = [small("info", max_value=1), small("warning", max_value=600)]
    found = run_job(job("  on_failure: quarantine", before=noted))
    assert (found["state"], found["rows_rejected"]) == ("done", 1)


def test_a_suite_is_read_once(job, tmp_path):
    """What is in the key is what is asked, though the file is another by now."""
    made = job(after=[PRESENT])
    (tmp_path / "after.json").write_text("no suite")
    found = run_job(made)
    assert (found["state"], found["expectations"][0]["results"][0]["success"]) == ("done", True)


def test_blanks_in_a_suite_are_not_in_the_key(job, tmp_path):
    """A suite that is written otherwise and says the same is the same."""
    made = job(after=[PRESENT])
    run_job(made)
    path = tmp_path / "after.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=3))
    assert run_job(read_job(tmp_path / "job.yaml"))["state"] == "up to date"


def test_a_suite_is_checked_before_anything_is_read(job, tmp_path):
    """Expectations that there are none of are told before the stages run, of both suites."""
    steps = []
    made = job(after=[{"type": "expect_column_values_to_be_uniqe", "kwargs": {"column": "a"}}])
    with pytest.raises(ConfigError, match="Did you mean"):
        run_job(made, listeners=[lambda event: steps.append(event.message)])
    assert "reading" not in steps


def test_parts_are_judged_and_not_their_union(job, tmp_path):
    """Statistics are learned from all files, less the rows that go to quarantine."""
    rows = {"type": "expect_table_row_count_to_be_between", "kwargs": {"max_value": 3}}
    job("  on_failure: quarantine\nincremental: true", before=[rows, small()])
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n700,y\n")
    (tmp_path / "new.csv").write_text("a,b\n3,x\n,y\n")
    text = (tmp_path / "job.yaml").read_text()
    (tmp_path / "job.yaml").write_text(text.replace("path: in.csv", "path: '*.csv'"))
    found = run_job(read_job(tmp_path / "job.yaml"))
    assert (found["state"], found["rows_rejected"]) == ("done", 1)
    assert len(found["expectations"]) == 2
    assert "2,y" in (tmp_path / "out" / "latest" / "new.csv").read_text()


def test_quarantined_rows_count_against_the_bound(job):
    """``max_rejected`` is for them as well."""
    found = run_job(job("  on_failure: quarantine\nmax_rejected: 0.3", before=[small()]))
    assert "before:expect 1" in found["message"]


def test_the_suite_is_in_the_key(job):
    """Another suite is another job."""
    first = run_job(job(after=[PRESENT]))
    assert run_job(job(after=[PRESENT]))["state"] == "up to date"
    again = run_job(job(after=[PRESENT, small("warning")]))
    assert (again["state"], again["key"] == first["key"]) == ("done", False)


def test_the_results_are_in_the_summary_of_the_output(job, tmp_path):
    """Beside the counts of the table that was looked at."""
    found = run_job(job(before=[small("warning")], after=[PRESENT]))
    summary = json.loads((tmp_path / "out" / "latest" / "out.dataprep/summary.json").read_text())
    assert summary["expectations"] == found["expectations"]
    assert [one["when"] for one in summary["expectations"]] == ["before", "after"]


def test_results_of_parts_that_were_finished_before_are_told(job, monkeypatch):
    """A run that goes on where another ended says what came of all suites."""
    made = job("incremental: true", before=[small("warning")])

    def ends(*_given):
        raise OSError("the machine went off")

    with monkeypatch.context() as patched:
        patched.setattr(running, "publish", ends)
        with pytest.raises(OSError, match="went off"):
            run_job(made)
    found = run_job(made)
    assert found["parts"]["resumed"] == ["in"]
    assert [one["part"] for one in found["expectations"]] == [found["inputs"][0]["path"]]


def test_only_new_files_are_validated(job, tmp_path):
    """In an incremental job a file that breaks a suite fails the run; the output stays."""
    made = job("incremental: true", after=[small()])
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n")
    assert run_job(made)["state"] == "done"
    (tmp_path / "new.csv").write_text("a,b\n1,x\n999,y\n")
    text = (
        (tmp_path / "job.yaml").read_text().replace("path: in.csv", "path: ['in.csv', 'new.csv']")
    )
    (tmp_path / "job.yaml").write_text(text)
    found = run_job(read_job(tmp_path / "job.yaml"))
    assert found["exit"] == 1
    assert [one["part"] for one in found["expectations"]] == [str(tmp_path / "new.csv")]
    assert not (tmp_path / "out" / "latest" / "new.csv").exists()
