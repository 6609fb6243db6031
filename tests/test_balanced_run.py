"""A file divided, balanced and weighted: three files, and everything adds up."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dataprep as dp

RECIPE = """
target: bought
id: customer
stages:
  - split: {test: 0.2, validation: 0.1, random_state: 1}
  - smote: {sampling_strategy: 0.6, k_neighbors: 3}
  - random_under_sampler: {sampling_strategy: 0.8}
  - class_weight: {}
"""


def customers(rows: int = 300) -> pd.DataFrame:
    """Return customers, one in six of whom bought."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "customer": [f"C{i:04d}" for i in range(rows)],
            "age": rng.integers(18, 80, rows),
            "income": rng.normal(3000, 500, rows).round(2),
            "plan": rng.choice(["basic", "plus", "pro"], rows),
            "since": pd.date_range("2020-01-01", periods=rows).strftime("%Y-%m-%d"),
            "bought": np.where(np.arange(rows) % 6 == 0, "yes", "no"),
        }
    )


@pytest.fixture
def run(dataprep, tmp_path):
    """Clean the customers by the recipe, and return the folder."""
    customers().to_csv("in.csv", index=False)
    Path("recipe.yaml").write_text(RECIPE)
    assert dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-q").code == 0
    return tmp_path


def part(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(run / f"in.clean.{name}.csv", dtype={"customer": str})


def test_parts_and_counts_add_up(run):
    """Rows in are those kept and rejected, rows out those kept and made; parts are disjoint."""
    summary = json.loads((run / "in.clean.dataprep/summary.json").read_text())
    parts = {name: part(run, name) for name in ("train", "validation", "test")}
    made = parts["train"]["_origin"].notna()
    assert [len(parts[name]) for name in ("validation", "test")] == [30, 60]
    assert sum(map(len, parts.values())) == summary["rows_out"]
    assert summary["rows_in"] == 300 == summary["rows_kept"] + summary["rows_rejected"]
    assert summary["rows_synthetic"] == made.sum() > 0
    rejected = pd.read_csv(run / "in.clean.dataprep/rejected.csv")
    kept = {name: set(rows["customer"][rows["_origin"].isna()]) for name, rows in parts.items()}
    everyone = [*kept["train"], *kept["validation"], *kept["test"], *rejected["customer"]]
    assert sorted(everyone) == customers()["customer"].tolist()
    classes = parts["train"]["bought"].value_counts()
    assert classes["no"] == int(classes["yes"] / 0.8)


def test_held_out_rows_are_as_they_were(run):
    """Validation and test hold no row that was made, no weight, and every text of the input."""
    given = customers().set_index("customer").astype(str)
    for name in ("validation", "test"):
        rows = part(run, name)
        assert (
            rows[["_origin", "_parent_a", "_parent_b", "_step", "sample_weight"]].isna().all().all()
        )
        kept = rows.set_index("customer")[given.columns].astype(str)
        pd.testing.assert_frame_equal(kept, given.loc[kept.index], check_dtype=False)


def test_made_rows_lie_between_the_parents_that_they_name(run):
    """Numbers lie on the segment at the recorded step; what is carried is the first parent's."""
    given, rows = customers(), part(run, "train")
    made = rows[rows["_origin"] == "smote"]
    a = given.loc[made["_parent_a"].astype(int)].reset_index(drop=True)
    b = given.loc[made["_parent_b"].astype(int)].reset_index(drop=True)
    step = made["_step"].to_numpy()
    assert ((step >= 0) & (step <= 1)).all()
    for name, within in (("age", 0.5), ("income", 1e-9)):
        expected = a[name] + step * (b[name] - a[name])
        assert np.abs(made[name].to_numpy() - expected).max() <= within
    assert (made["bought"].to_numpy() == "yes").all()
    assert {*a["bought"], *b["bought"]} == {"yes"}
    for name in ("customer", "since"):
        assert made[name].tolist() == a[name].tolist()
    trained = set(rows["customer"][rows["_origin"].isna()])
    assert set(a["customer"]) | set(b["customer"]) <= trained


def test_ledger_and_provenance_agree(run):
    """Each row that was made is in both, once, under the same number; each that went in one."""
    folder = run / "in.clean.dataprep"
    ledger = pd.read_parquet(folder / "ledger.parquet")
    provenance = pd.read_parquet(folder / "provenance.parquet")
    made = ledger[ledger["action"] == "make"]
    assert made["row"].tolist() == provenance["row"].tolist() == list(range(300, 300 + len(made)))
    assert set(provenance["stage"]) == {"1:smote"}
    rows = part(run, "train")
    assert rows["_parent_a"].dropna().astype(int).tolist() == provenance["parent_a"].tolist()
    rejected = pd.read_csv(folder / "rejected.csv")
    dropped = ledger[ledger["action"] == "drop"]
    assert sorted(dropped["row"]) == rejected["_row"].tolist()


@pytest.mark.parametrize("name", ["in.clean.csv", "in.clean.train.csv", "in.clean.test.csv"])
def test_undo_gives_the_input_from_any_part(run, dataprep, name):
    """The output's name, or that of any part, is enough to have the input again."""
    assert dataprep("undo", name, "-o", "back.csv", "-q").code == 0
    assert Path("back.csv").read_bytes() == Path("in.csv").read_bytes()


def test_a_part_that_was_changed_is_not_undone(run, dataprep):
    """What someone edited cannot be taken back, and the message names the file."""
    Path("in.clean.test.csv").write_text("changed")
    answer = dataprep("undo", "in.clean.csv")
    assert answer.code == 3
    assert "in.clean.test.csv: the output was changed" in answer.err


def test_no_part_is_overwritten_unasked(run, dataprep):
    """A file that is called like a part is safe without -f."""
    for path in (Path("in.clean.dataprep"), Path("in.clean.train.csv")):
        path.rename(path.with_name(f"kept-{path.name}"))
    answer = dataprep("clean", "in.csv", "--pipeline", "recipe.yaml")
    assert answer.code == 2
    assert "in.clean.validation.csv: is there already" in answer.err
    assert not Path("in.clean.dataprep").exists()
    assert dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-f", "-q").code == 0


def test_a_frame_gives_the_rows_that_the_file_gives(run):
    """Library and command divide, make and drop the same rows."""
    from dataprep.config import load_pipeline

    frame = pd.read_csv(run / "in.csv", parse_dates=["since"])
    result = dp.clean(frame, pipeline=load_pipeline("recipe.yaml"))
    for name in ("train", "validation", "test"):
        of_file, of_frame = part(run, name), getattr(result, name)
        assert of_file.columns.tolist() == of_frame.columns.tolist()
        for column in ("customer", "age", "income", "plan", "bought", "_origin", "sample_weight"):
            a, b = of_file[column], of_frame[column]
            assert [x for x in a if x == x] == [x for x in b.tolist() if x == x and x is not None]
    pd.testing.assert_frame_equal(result.undo(), frame)


@pytest.mark.parametrize(
    ("stages", "code", "said"),
    [
        ("[smote: {}, split: {}]", 2, "smote stands before split"),
        ("[split: {folds: 5}, smote: {}]", 2, "smote behind folds"),
        ("[split: {folds: 5}, encode: {method: target}]", 2, "encode behind folds"),
        ("[smote: {k_neighbors: 60}]", 3, "Use at most 49, or RandomOverSampler"),
        ("[smote: {sampling_strategy: 0.1}]", 3, "asks for no new row"),
        ("[random_under_sampler: {sampling_strategy: {maybe: 3}}]", 3, "there is no class 'maybe'"),
        ("[split: {test: 1.5}]", 2, "split.test"),
    ],
)
def test_what_cannot_work_is_told_before_any_work(dataprep, stages, code, said):
    """Wrong orders, counts and classes end with a message, and leave nothing behind."""
    customers().to_csv("in.csv", index=False)
    Path("recipe.yaml").write_text(f"target: bought\nid: customer\nstages: {stages}\n")
    answer = dataprep("clean", "in.csv", "--pipeline", "recipe.yaml")
    assert answer.code == code, answer.err
    assert said in answer.err
    assert sorted(path.name for path in Path().iterdir()) == ["in.csv", "recipe.yaml"]


def test_every_row_of_the_parts_file_has_its_part(run):
    """What a run keeps for undo says of each row of the output where it is."""
    parts = pd.read_parquet(run / "in.clean.dataprep/parts.parquet")
    with (run / "in.clean.train.csv").open() as file:
        height = len(list(csv.reader(file))) - 1
    assert (parts["part"] == "train").sum() == height
    assert parts["row"].is_unique


@pytest.mark.parametrize(("name", "rows"), [("train", "all"), ("validation", 0), ("test", 0)])
def test_rows_that_were_learned_from_are_known_again(run, dataprep, name, rows):
    """``apply`` says how many rows the pipeline was fitted on, and is silent for those held out."""
    kept = part(run, name)
    kept = kept[kept["_origin"].isna()]
    # With the columns that the run added, as a person would give it.
    kept.to_csv("again.csv", index=False)
    answer = dataprep("apply", "in.clean.dataprep/pipeline.json", "again.csv", "--json")
    assert answer.code == 0, answer.err
    expected = len(kept) if rows == "all" else 0
    assert answer.json["rows_overlapping"] == expected
    notes = " ".join(answer.json["input"]["notes"])
    assert ("were among those of the fit" in notes) == bool(expected)


def test_duplicates_that_went_before_the_split_are_not_learned_from(dataprep):
    """A row that was held out is unknown, though its twin was dropped before the split."""
    twice = pd.concat([customers(60)] * 2)
    twice.to_csv("in.csv", index=False)
    stages = "[drop_duplicates: {}, split: {test: 0.5}, impute: {}]"
    Path("recipe.yaml").write_text(f"target: bought\nstages: {stages}\n")
    assert dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-q").code == 0
    answer = dataprep("apply", "in.clean.dataprep/pipeline.json", "in.clean.test.csv", "--json")
    assert answer.json["rows_overlapping"] == 0


def test_groups_are_not_made_up(dataprep):
    """A column that keeps rows together is carried into new rows, from their first parent."""
    frame = customers().assign(shop=[i * 7 % 23 for i in range(300)])
    frame.to_csv("in.csv", index=False)
    Path("recipe.yaml").write_text(
        "target: bought\nid: customer\nstages: [split: {group: shop}, smote: {}]\n"
    )
    assert dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-q").code == 0
    train, test = (pd.read_csv(f"in.clean.{name}.csv") for name in ("train", "test"))
    assert not set(train["shop"]) & set(test["shop"])


def test_yes_and_no_name_classes_of_a_file(dataprep):
    """Labels are written in a recipe as they stand in the file."""
    customers().to_csv("in.csv", index=False)
    Path("recipe.yaml").write_text(
        'target: bought\nid: customer\nstages: [class_weight: {weights: {"no": 1, "yes": 4}}]\n'
    )
    assert dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-q").code == 0
    weights = pd.read_csv("in.clean.csv").groupby("bought")["sample_weight"].first()
    assert weights["yes"] == pytest.approx(4 * weights["no"])


def test_the_run_folder_of_the_pipeline_is_not_replaced(run, dataprep):
    """``apply`` does not write over the very run that its pipeline comes from."""
    answer = dataprep("apply", "in.clean.dataprep/pipeline.json", "in.csv", "-f")
    assert answer.code == 2
    assert "its run folder holds what the run reads" in answer.err
    assert Path("in.clean.train.csv").exists()


@pytest.mark.parametrize("suffix", ["parquet", "feather", "jsonl"])
def test_rows_are_made_in_files_with_types(dataprep, suffix):
    """Of a file without texts new rows have values, and undo takes them away."""
    frame = customers(120)
    name = f"in.{suffix}"
    ways = {
        "parquet": (frame.to_parquet, pd.read_parquet),
        "feather": (frame.to_feather, pd.read_feather),
        "jsonl": (
            lambda path: frame.to_json(path, orient="records", lines=True),
            lambda path: pd.read_json(path, lines=True, convert_dates=False),
        ),
    }
    write, read = ways[suffix]
    write(name)
    Path("recipe.yaml").write_text(RECIPE)
    assert dataprep("clean", name, "--pipeline", "recipe.yaml", "-q").code == 0
    assert read(f"in.clean.train.{suffix}")["_origin"].notna().any()
    assert dataprep("undo", f"in.clean.train.{suffix}", "-q").code == 0
    pd.testing.assert_frame_equal(read(f"in.clean.restored.{suffix}"), frame)
