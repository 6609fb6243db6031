"""The command drift, and drift in jobs: exit codes, tables, messages."""

from __future__ import annotations

import numpy as np
import pytest

from dataprep.jobs.drift import is_pipeline

ROWS = 400


def text(seed: int, factor: float = 1.0) -> str:
    rng = np.random.default_rng(seed)
    lines = ["customer_id,income,plan,note,churned"]
    for i in range(ROWS):
        income, plan = rng.normal(1000, 100) * factor, rng.choice(["basic", "plus"])
        lines.append(f"{seed}{i:05d},{income:.2f},{plan},text no {i},{rng.integers(0, 2)}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def files(tmp_path):
    """Two files of one source, and one that drifted."""
    for name, seed, factor in (("a", 1, 1.0), ("b", 2, 1.0), ("c", 3, 1.2)):
        (tmp_path / f"{name}.csv").write_text(text(seed, factor))
    return tmp_path


def test_no_drift_between_files(dataprep, files):
    """A line for each column, the classifier's verdict, and exit code 0."""
    answer = dataprep("drift", "a.csv", "b.csv", "--target", "churned", "--fail")
    assert answer.code == 0
    assert "0 of 4 columns drifted" in answer.out
    assert "a classifier does not tell the rows apart" in answer.out
    assert answer.out.count("not compared") == 1


def test_fail_means_that_something_was_judged(dataprep, files):
    """Where no column could be judged, --fail does not pass: exit code 3."""
    (files / "few.csv").write_text("\n".join(text(2).splitlines()[:20]))
    answer = dataprep("drift", "a.csv", "few.csv", "--fail")
    assert (answer.code, "no column could be judged" in answer.err) == (3, True)
    assert dataprep("drift", "a.csv", "few.csv").code == 0


def test_drift_is_told_and_fails_where_asked(dataprep, files):
    """It is a fact unless --fail makes it the verdict; the worst column comes first."""
    answer = dataprep("drift", "a.csv", "c.csv")
    assert answer.code == 0
    assert answer.out.splitlines()[1].startswith("income")
    assert "income: PSI" in answer.out
    answer = dataprep("drift", "a.csv", "c.csv", "--fail", "-q", "--no-classifier")
    assert (answer.code, answer.out) == (1, "")


def test_json_has_the_facts(dataprep, files):
    """Programs get everything that the library has."""
    found = dataprep("drift", "a.csv", "c.csv", "--json", "--psi", "0.25", "--seed", "3").json
    assert found["drifted_features"] == ["income"]
    assert found["thresholds"]["psi"] == 0.25
    assert found["classifier"]["drifted"]
    assert next(iter(found["classifier"]["importances"])) == "income"
    assert found["columns"][0]["outside"] > 0


def test_columns_and_thresholds_are_flags(dataprep, files):
    """What is compared, and from when on it counts, can be said."""
    few = dataprep("drift", "a.csv", "c.csv", "--columns", "plan, note", "--json").json
    assert {one["column"] for one in few["columns"]} == {"plan", "note"}
    loose = dataprep(
        "drift", "a.csv", "c.csv", "--psi", "9", "--distance", "1", "--alpha", "0.05",
        "--correction", "bh", "--missing", "0.5", "--min-rows", "10", "--auc", "0.99", "--json",
    ).json  # fmt: skip
    assert not loose["drifted"]
    left = dataprep("drift", "a.csv", "c.csv", "--id", "income", "--no-classifier", "--fail", "-q")
    assert left.code == 0


def test_a_pipeline_is_a_reference(dataprep, files):
    """The distributions of a run's pipeline.json are compared, without the rows."""
    (files / "p.yaml").write_text("target: churned\nid: customer_id\nstages:\n  - drift: {}\n")
    assert dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-q").code == 0
    recorded = "a.clean.dataprep/pipeline.json"
    assert dataprep("drift", recorded, "b.csv", "--fail", "-q").code == 0
    answer = dataprep("drift", recorded, "c.csv", "--fail")
    assert answer.code == 1
    assert "income" in answer.out.splitlines()[1]
    assert ".." in answer.out.splitlines()[1]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["drift", "a.csv", "nothing.csv"], 3, "nothing.csv"),
        (["drift", "nothing.json", "a.csv"], 3, "nothing.json"),
        (["drift", "a.csv"], 2, "CURRENT"),
        (["drift", "a.csv", "b.csv", "--target", "churn"], 2, "churned"),
        (["drift", "a.csv", "b.csv", "--columns", "incme"], 2, "income"),
        (["drift", "a.csv", "b.csv", "--alpha", "7"], 2, "alpha"),
        (["drift", "a.csv", "b.csv", "--correction", "holms"], 2, "holm"),
        (["drift", "a.csv", "b.csv", "--seed", "-1"], 2, "seed"),
        (["drift", "a.csv", "b.csv", "--columns", ""], 2, "columns"),
        (["drift", "a.csv", "b.csv", "--memory-limit", "much"], 2, "--memory-limit"),
    ],
)
def test_mistakes_are_explained(dataprep, files, words, code, told):
    """Wrong usage ends with 2, what could not be read with 3, each without a traceback."""
    answer = dataprep(*words)
    assert answer.code == code
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_a_pipeline_without_distributions(dataprep, files):
    """A pipeline.json that recorded none is told what to do."""
    (files / "p.yaml").write_text("id: customer_id\nstages:\n  - impute: {}\n")
    dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-q")
    answer = dataprep("drift", "a.clean.dataprep/pipeline.json", "b.csv")
    assert answer.code == 2
    assert "- drift: {}" in answer.err


def test_a_table_in_json_is_no_pipeline(dataprep, files):
    """A long or deep JSON file is told from a pipeline by how it begins."""
    assert not is_pipeline(files / "nothing.json")
    (files / "deep.json").write_text("[" * 100_000 + "]" * 100_000)
    assert not is_pipeline(files / "deep.json")
    (files / "lines.json").write_text('{"x": 0, "format": 1, "dataprep": "0.1"}\n')
    assert not is_pipeline(files / "lines.json")
    (files / "p.yaml").write_text("id: customer_id\nstages:\n  - drift: {}\n")
    dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-q")
    (files / "a.clean.dataprep" / "pipeline.json").rename(files / "kept.json")
    assert is_pipeline(files / "kept.json")
    assert dataprep("drift", "kept.json", "b.csv", "--fail", "-q").code == 0


@pytest.mark.parametrize(("action", "code"), [("warn", 0), ("fail", 1)])
def test_apply_compares(dataprep, files, action, code):
    """With frozen statistics, drift is a note in the summary, or the end with exit code 1."""
    (files / "p.yaml").write_text(
        f"target: churned\nid: customer_id\nstages:\n  - drift: {{action: {action}}}\n"
    )
    dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-q")
    answer = dataprep("apply", "a.clean.dataprep/pipeline.json", "c.csv", "--json")
    assert answer.code == code
    if action == "warn":
        stage = answer.json["stages"][0]
        assert stage["facts"]["drifted_features"] == ["income"]
        assert stage["notes"][0].startswith("drift in income")
    else:
        assert "income: PSI" in answer.err
        assert not (files / "c.clean.csv").exists()


def test_a_job_tells_of_drift(dataprep, files):
    """With a warning only, the run is done; its notes and the history say what drifted."""
    stages = "target: churned\nid: customer_id\nstages:\n  - drift: {}\n"
    (files / "p.yaml").write_text(stages)
    dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-q")
    keys = "name: nightly\nsource: {path: c.csv}\noutput: {path: out}\n"
    (files / "job.yaml").write_text(f"{keys}pipeline: a.clean.dataprep/pipeline.json\n{stages}")
    answer = dataprep("run", "job.yaml", "--json")
    assert answer.code == 0
    (note,) = answer.json["notes"]
    assert note.startswith("0:drift: drift in income: PSI")
    assert answer.json["stages"][0]["facts"]["drifted_features"] == ["income"]
    assert note in dataprep("runs", str(answer.json["run"])).out
    (files / "anew.yaml").write_text(keys.replace("path: out", "path: anew") + stages)
    answer = dataprep("run", "anew.yaml", "--json")
    assert "compared with nothing" in answer.json["notes"][0]


def test_a_job_fails_on_drift_and_publishes_nothing(dataprep, files):
    """A job with frozen statistics ends with 1, its history says why, the old output stays."""
    (files / "p.yaml").write_text(
        "target: churned\nid: customer_id\nstages:\n  - drift: {action: fail}\n"
    )
    dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-q")
    job = (
        "name: nightly\nsource: {path: in.csv}\npipeline: a.clean.dataprep/pipeline.json\n"
        "output: {path: out}\ntarget: churned\nid: customer_id\n"
        "stages:\n  - drift: {action: fail}\n"
    )
    (files / "job.yaml").write_text(job)
    (files / "in.csv").write_text(text(5))
    assert dataprep("run", "job.yaml", "-q").code == 0
    published = (files / "out" / "latest").resolve()
    (files / "in.csv").write_text(text(6, 1.2))
    answer = dataprep("run", "job.yaml")
    assert answer.code == 1
    assert "income: PSI" in answer.out + answer.err
    assert (files / "out" / "latest").resolve() == published
    last = dataprep("runs", "--json").json
    assert [one["state"] for one in last][:2] == ["not met", "done"]


def test_rows_of_a_database(dataprep, files):
    """A table is compared with a file, a pipeline, or another database; a flag is of these."""
    import sqlite3

    import pandas as pd

    for name in ("a", "c"):
        with sqlite3.connect(files / f"{name}.db") as connection:
            pd.read_csv(files / f"{name}.csv").to_sql("t", connection, index=False)
        connection.close()
    (files / "p.yaml").write_text("stages:\n  - drift: {}\n")
    assert dataprep("clean", "a.csv", "--pipeline", "p.yaml", "-o", "out.csv").code == 0
    flags = ["--table", "t", "--fail", "-q", "--no-classifier"]
    for reference in ("a.csv", "sqlite:///a.db", "out.dataprep/pipeline.json"):
        assert dataprep("drift", reference, "sqlite:///a.db", *flags).code == 0
        assert dataprep("drift", reference, "sqlite:///c.db", *flags).code == 1
    assert dataprep("drift", "sqlite:///a.db", "c.csv", *flags).code == 1
    answer = dataprep("drift", "a.csv", "c.csv", "--table", "t")
    assert (answer.code, "is no database" in answer.err) == (2, True)
