"""What jobs read, and how: archives, frozen pipelines, and what is said beside these."""

import json
import os
import time
import zipfile

import pytest

import dataprep as dp
from dataprep.errors import ConfigError, ReadError
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.running import run_job

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")
TABLE = "a;y\n1,5;0\n2,5;1\n;1\n3,5;0\n"


@pytest.fixture
def job(tmp_path):
    """Make a job: ``job("source: {path: '*.csv'}", "more: keys")``."""

    def make(*lines, name="job"):
        text = [f"name: {name}", f"history: {name}.sqlite", f"output: {{path: {name}-out}}", *lines]
        path = tmp_path / f"{name}.yaml"
        path.write_text("\n".join([*text, ""]))
        return read_job(path)

    return make


@pytest.fixture
def fitted(job, tmp_path):
    """Give the path of a pipeline that a job fitted on a file with decimal commas."""
    (tmp_path / "in.csv").write_text(TABLE)
    source = "source: {path: in.csv, decimal: ',', sentinels: [-1], kinds: {y: category}}"
    run_job(job(source, "target: y", "stages: [impute]", name="fit"))
    return tmp_path / "fit-out" / "latest" / "fit-out.dataprep" / "pipeline.json"


def test_parts_are_read_as_all_files_were(job, tmp_path):
    """An incremental job learns how values are written, and says it to no part again."""
    (tmp_path / "a.csv").write_text("n,day\n'1,500',03/04/2024\n".replace("'", '"'))
    (tmp_path / "b.csv").write_text('n,day\n"2,250",05/04/2024\n')
    made = job(
        "source: {path: '*.csv', decimal: ',', date_order: day}",
        "stages: [impute]",
        "incremental: true",
    )
    found = run_job(made)
    assert (found["state"], found["parts"]["made"]) == ("done", ["a", "b"])
    summary = json.loads((tmp_path / "job-out/latest/b.dataprep/summary.json").read_text())
    assert summary["columns"] == {"n": "float", "day": "date"}


def test_what_a_fitted_pipeline_knows_may_be_said_again(job, fitted):
    """A job goes on with the source that its pipeline was fitted on."""
    source = "source: {path: in.csv, decimal: ',', sentinels: [-1], kinds: {y: category}}"
    assert run_job(job(source, f"pipeline: {fitted}", "target: y"))["state"] == "done"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("source: {path: in.csv, decimal: '.'}", r"line 4: source\.decimal: is '\.', and the"),
        ("source: {path: in.csv, thousands: ' '}", r"line 4: source\.thousands"),
        ("source: {path: in.csv, sentinels: [-999]}", r"source\.sentinels: is \[-999\], and"),
        ("source: {path: in.csv, missing_values: [x]}", r"source\.missing_values: is \['x'\]"),
        ("source: {path: in.csv, kinds: {a: text}}", r"source\.kinds: is \{'a': 'text'\}"),
        ("source: {path: in.csv}\ntarget: a", r"line 5: target: is 'a', .* fitted with 'y'"),
        ("source: {path: in.csv}\nid: [a]", r"line 5: id: is 'a', .* fitted with none"),
    ],
)
def test_what_a_fitted_pipeline_would_not_heed_is_refused(job, fitted, line, says):
    """Before anything runs, with the line: it was passed over without a word."""
    with pytest.raises(ConfigError, match=says):
        job(line, f"pipeline: {fitted}")


def test_what_a_stage_reads_is_not_said_of_the_source(job, tmp_path):
    """A stage types has parameters of its own."""
    (tmp_path / "in.csv").write_text(TABLE)
    with pytest.raises(ConfigError, match=r"source\.sentinels: has no say"):
        job("source: {path: in.csv, sentinels: [-1]}", "stages: [types]")


@pytest.mark.parametrize("incremental", [False, True])
def test_columns_that_come_later_are_allowed_where_the_job_says_so(
    job, fitted, tmp_path, incremental
):
    """``extra`` is about the files of the job, not those that the pipeline was fitted on."""
    (tmp_path / "new.csv").write_text("a;y;z\n1,5;0;7\n")
    lines = ["source: {path: new.csv}", f"pipeline: {fitted}"]
    lines += ["incremental: true"] if incremental else []
    with pytest.raises(dp.errors.SchemaError):
        run_job(job(*lines))
    assert run_job(job(*lines, "extra: allow"))["state"] == "done"


def test_a_pipeline_that_divided_its_rows_may_be_applied_part_by_part(job, tmp_path):
    """What divides rows does nothing where frozen statistics are applied."""
    (tmp_path / "in.csv").write_text("a,y\n" + "".join(f"{i},{i % 2}\n" for i in range(40)))
    stages = "stages: [split: {test: 0.5}, impute]"
    run_job(job("source: {path: in.csv}", stages, name="fit"))
    path = tmp_path / "fit-out" / "latest" / "fit-out.dataprep" / "pipeline.json"
    made = job("source: {path: in.csv}", f"pipeline: {path}", "incremental: true")
    assert run_job(made)["rows_out"] == 40
    with pytest.raises(ConfigError, match="cannot divide rows"):
        job("source: {path: in.csv}", stages, "incremental: true")


@pytest.mark.parametrize("incremental", ["false", "true"])
def test_several_archives(job, tmp_path, incremental):
    """Each is read by the name of its own file."""
    for i in (1, 2):
        with zipfile.ZipFile(tmp_path / f"d{i}.zip", "w") as archive:
            archive.writestr(f"in{i}.csv", f"a,b\n{i},x\n{i}0,y\n")
    made = job("source: {path: '*.zip'}", "stages: [impute]", f"incremental: {incremental}")
    assert run_job(made)["rows_out"] == 4


def test_files_of_a_folder_that_are_not_read_are_told(job, tmp_path):
    """A folder may hold a note beside its tables."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("a\n1\n2\n")
    (tmp_path / "in" / "README").write_text("see a.csv")
    found = run_job(job("source: {path: in}", "stages: [impute]"))
    assert any("not read: README" in note for note in found["notes"])


def test_a_pipeline_that_is_replaced_during_a_run(job, fitted, tmp_path):
    """Statistics of one are not published under the key of another."""
    made = job("source: {path: in.csv}", f"pipeline: {fitted}")
    other = tmp_path / "other.json"
    dp.Pipeline.load(fitted).save(other)
    content = other.read_text()

    def replaced(event):
        if event.message == "applying":
            fitted.write_text(content + " ")

    with pytest.raises(ReadError, match=r"pipeline\.json: was changed while the job read it"):
        run_job(made, listeners=[replaced])
    assert not (tmp_path / "job-out" / "latest").exists()


def test_moments_are_written_the_same_in_every_time_zone(job, tmp_path, monkeypatch):
    """What the machine's clock shows is no part of an output."""
    import duckdb

    duckdb.sql(
        "set timezone = 'UTC'; copy (select '2024-01-01 00:00:00+00'::timestamptz as t, 1 as a) "
        f"to '{tmp_path / 'in.parquet'}' (format parquet)"
    )
    made = job("source: {path: in.parquet}", "stages: [impute]")
    found = []
    for zone in ("UTC", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            run_job(read_job(made.document.path, ["output.format=csv"]), force=True)
        finally:
            monkeypatch.undo()
            time.tzset()
        found.append((tmp_path / "job-out" / "latest" / "job-out.csv").read_text())
    assert found[0] == found[1]
    assert "2024-01-01 00:00:00" in found[0]
