"""Labels from end to end on the sample: recipes, pages and libraries, and the same from all."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep.arrays import library_of
from dataprep.config import pipeline_from

ROOT = Path(__file__).parent.parent
TICKETS = ROOT / "sample_data" / "tickets.csv"
PAGES = ("labels.md", "pseudo_labels.md", "label_queue.md")
CHAINS: dict[str, list[dict[str, Any]]] = {
    "found": [
        {"drop_missing": {"columns": ["topic"]}},
        {"split": {"test": 0.2}},
        {"label_errors": {"teacher": "logistic_regression", "action": "drop", "folds": 3}},
        {"smote": {}},
    ],
    "supplied": [
        {"split": {"test": 0.2}},
        {"pseudo_label": {"threshold": 0.7, "rounds": 1, "folds": 3, "safeguard": False}},
        {"random_under_sampler": {}},
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of the first rows of the sample."""
    lines = TICKETS.read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / "in.csv"
    path.write_text("".join(lines[:601]), encoding="utf-8")
    return path


def blocks(page: str, language: str) -> list[str]:
    """Return the examples of a page that are written in a language."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def truth() -> pd.Series:
    """Return the true topic of each row of the sample."""
    topics = pd.read_csv(TICKETS)["topic"]
    lines = pd.read_csv(TICKETS.with_name("tickets_truth.csv")).set_index("row")["topic"]
    return lines.reindex(topics.index).fillna(topics)


def pipeline(stages: list[dict[str, Any]]) -> dp.Pipeline:
    """Return the pipeline of such stages."""
    return pipeline_from({"target": "topic", "id": "ticket_id", "stages": stages})


def told(result: Any) -> list[list[dict[str, Any]]]:
    """Return the rows that came out, and the ledger."""
    rows = []
    for frame in (result.data, result.ledger):
        if isinstance(frame, pd.DataFrame):
            arrow = pa.Table.from_pandas(frame, preserve_index=False)
        else:
            arrow = frame.to_arrow()
        rows.append(arrow.to_pylist())
    return rows


@pytest.mark.parametrize("chain", CHAINS)
def test_libraries_and_files_give_the_same(file: Path, chain: str) -> None:
    """Behind a split and before resampling: the same rows and ledger from frames and a file."""
    table = dp.read(file)
    first = told(dp.clean(table.to_pandas(), pipeline=pipeline(CHAINS[chain])))
    done = {"found": "drop", "supplied": "relabel"}[chain]
    assert any("label" in entry["stage"] and entry["action"] == done for entry in first[1])
    for data in (table.to_polars(), file):
        result = dp.clean(data, pipeline=pipeline(CHAINS[chain]))
        assert told(result) == first
        assert library_of(result.data) == library_of(data)


@pytest.mark.parametrize("chain", CHAINS)
def test_engines_write_the_same_files(dataprep: Any, file: Path, chain: str) -> None:
    """The command by YAML: byte for byte the same from DuckDB and from memory, CSV and Parquet."""
    dp.read(file).to_pandas().to_parquet("in.parquet", index=False)
    recipe = {"target": "topic", "id": "ticket_id", "stages": CHAINS[chain]}
    Path("recipe.yaml").write_text(json.dumps(recipe))
    written = []
    for name, engine in (("csv", "duckdb"), ("csv", "memory"), ("parquet", "duckdb")):
        out = f"{name}_{engine}.csv"
        ran = dataprep(
            "clean", f"in.{name}", "--pipeline", "recipe.yaml", "--engine", engine, "-o", out, "-q"
        )
        assert ran.code == 0, ran.err
        parts = [Path(f"{name}_{engine}.{part}.csv").read_bytes() for part in ("train", "test")]
        written.append(parts)
    assert written[0] == written[1] == written[2]


def test_the_recipe_finds_wrong_labels(dataprep: Any, tmp_path: Path) -> None:
    """pipelines/labels.yaml drops mostly rows whose topic is wrong, of the training rows alone."""
    recipe = ROOT / "pipelines" / "labels.yaml"
    ran = dataprep("clean", TICKETS, "--pipeline", recipe, "-o", tmp_path / "out.csv", "-q")
    assert ran.code == 0, ran.err
    rejected = pd.read_csv("out.dataprep/rejected.csv")
    dropped = rejected[rejected["_stage"].str.contains("label_errors")]
    right = truth()
    labels = pd.read_csv(TICKETS)["topic"]
    share = (labels[labels.notna()] != right[labels.notna()]).mean()
    wrong = dropped["topic"].to_numpy() != right[dropped["_row"]].to_numpy()
    assert wrong.mean() > 5 * share
    rows = pd.read_csv("out.train.csv")
    assert rows["topic"].value_counts().nunique() == 1
    test = pd.read_csv("out.test.csv").set_index("ticket_id")
    given = pd.read_csv(TICKETS).set_index("ticket_id")
    pd.testing.assert_frame_equal(test[given.columns], given.loc[test.index])


def test_the_recipe_supplies_right_labels(dataprep: Any, tmp_path: Path) -> None:
    """pipelines/pseudo_labels.yaml: what is given is mostly right, and no test row was without."""
    recipe = ROOT / "pipelines" / "pseudo_labels.yaml"
    ran = dataprep("clean", TICKETS, "--pipeline", recipe, "-o", tmp_path / "out.csv", "-q")
    assert ran.code == 0, ran.err
    ledger = pd.read_parquet("out.dataprep/ledger.parquet")
    given = ledger[(ledger["action"] == "relabel") & (ledger["column"] == "topic")]
    asked = pd.read_csv(TICKETS)
    assert asked["topic"].isna()[given["row"]].all()
    right = given["after"].to_numpy() == truth()[given["row"]].to_numpy()
    assert len(right) > 200
    assert right.mean() > 0.9
    test = pd.read_csv("out.test.csv")
    labelled = set(asked["ticket_id"][asked["topic"].notna()])
    assert len(test) > 30
    assert set(test["ticket_id"]) <= labelled


YAML = [(page, at) for page in PAGES for at in range(len(blocks(page, "yaml")))]


@pytest.mark.parametrize(("page", "at"), YAML)
def test_the_yaml_of_the_pages_runs(dataprep: Any, tmp_path: Path, page: str, at: int) -> None:
    """Each YAML example of the pages about labels runs on the sample as it stands."""
    recipe, sample = blocks(page, "yaml")[at], TICKETS
    Path("recipe.yaml").write_text(recipe, encoding="utf-8")
    if "consensus_label" in recipe:
        sample = tmp_path / "annotators.csv"
        names = (f"label_{who}" for who in ("ann", "bob", "cy"))
        rows = pd.DataFrame({name: ["a", "b", "b", "a", "b"] * 6 for name in names})
        rows.assign(x=range(30)).to_csv(sample, index=False)
    if "tickets.queue.csv" in recipe:
        assert (
            dataprep("label-queue", sample, "--target", "topic", "-o", "tickets.queue.csv").code
            == 0
        )
    ran = dataprep("clean", sample, "--pipeline", "recipe.yaml", "-o", tmp_path / "out.csv", "-q")
    assert ran.code == 0, ran.err


def test_the_commands_of_the_queue_run(dataprep: Any, tmp_path: Path) -> None:
    """The console example of label_queue.md, as written: asked, filled in, merged, taken back."""
    shutil.copy(TICKETS, tmp_path)
    (example,) = blocks("label_queue.md", "console")
    lines = example.splitlines()
    words = [shlex.split(line)[2:] for line in lines if line.startswith("$ dataprep")]
    ask, merge, undo = words
    asked = dataprep(*ask)
    assert asked.code == 0, asked.err
    digits = re.compile(r"\d+")  # the rows that are asked for depend on the classifier
    assert digits.sub("n", lines[1]) in digits.sub("n", asked.out)
    queue = pd.read_csv("tickets.queue.csv", dtype=str, keep_default_na=False)
    queue["_label"] = truth()[queue["_row"].astype(int)].to_numpy()
    queue.to_csv("tickets.queue.csv", index=False)
    ran = dataprep(*merge)
    assert ran.code == 0, ran.err
    merged = pd.read_csv("tickets.labelled.csv")["topic"]
    rows = queue["_row"].astype(int)
    assert merged[rows].tolist() == queue["_label"].tolist()
    ran = dataprep(*undo)
    assert ran.code == 0, ran.err
    assert Path("tickets.labelled.restored.csv").read_bytes() == TICKETS.read_bytes()


def test_the_queue_asks_for_the_same_rows_from_all(file: Path) -> None:
    """A queue from pandas, Polars, CSV and Parquet asks for the same; answers merge into each."""
    table, parquet = dp.read(file), file.with_suffix(".parquet")
    table.to_pandas().to_parquet(parquet, index=False)
    teacher = {"strategy": "uncertain", "teacher": "logistic_regression"}
    rows = set()
    for data in (table.to_pandas(), table.to_polars(), file, parquet):
        queue = dp.label_queue(data, "topic", n=20, **teacher)
        rows.add(tuple(queue["_row"]))
        queue["_label"] = truth()[queue["_row"]].to_numpy()
        merged = dp.merge_labels(data, queue, "topic", by="ann")
        assert merged.summary["stages"][0]["cells_changed"] == 20
    assert len(rows) == 1
