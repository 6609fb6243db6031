"""Stages that give labels without a teacher: clusters, graphs, rules, people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

import dataprep as dp
from dataprep.errors import ConfigError, DataError

RULES = [
    {"name": "low", "label": "a", "when": {"column": "x", "operator": "<", "value": 5}},
    {"name": "high", "label": "b", "when": {"column": "x", "operator": ">=", "value": 5}},
]


def two_groups(known: int = 3) -> pd.DataFrame:
    """Return two groups of twenty rows, of each of which a few have a label."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": np.r_[rng.random(20), rng.random(20) + 9]})
    frame["y"] = [label if i < known else None for label in ("a", "b") for i in range(20)]
    return frame


def cleaned(stage: Any, frame: pd.DataFrame, *others: Any) -> Any:
    return dp.clean(frame, pipeline=dp.Pipeline([*others, stage], target="y"))


STAGES = [dp.ClusterLabel(n_clusters=2), dp.LabelSpreading(9, alpha=0.9), dp.LabelingRules(RULES)]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name())
def test_labels_are_given_told_and_taken_back(stage: Any) -> None:
    """Every row gets its group's label; origin, confidence, ledger and undo know of it."""
    frame = two_groups()
    result = cleaned(stage, frame)
    data = result.data
    assert data["y"].tolist() == ["a"] * 20 + ["b"] * 20
    new = frame["y"].isna()
    assert (data.loc[new, "_origin"] == stage.name()).all()
    assert data.loc[~new, ["_origin", "_label_confidence"]].isna().all(axis=None)
    assert data.loc[new, "_label_confidence"].between(0.5, 1).all()
    ledger = result.ledger
    assert (ledger["action"] == "relabel").all()
    assert sorted(ledger["row"]) == np.flatnonzero(new).tolist()
    assert result.undo().equals(frame)
    facts = result.summary["stages"][0]["facts"]
    assert facts["selected"] == {"a": 17, "b": 17}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name())
def test_held_out_rows_have_no_part(stage: Any) -> None:
    """Behind a split, rows that are held out keep what they have, missing or not."""
    frame = two_groups(12).assign(person=np.arange(40) // 4)
    split = dp.Split(test=0.25, group="person", stratify=False)
    result = cleaned(stage, frame, split)
    held_out = result.test
    assert held_out["y"].isna().any()
    before = frame.loc[held_out.index, "y"]
    assert held_out["y"].equals(before)
    assert not (result.ledger["row"].isin(held_out.index)).any()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name())
def test_everything_labelled_is_left_alone_and_said(stage: Any) -> None:
    """Where no label is missing, nothing is done, and a note says so."""
    frame = two_groups(20)
    result = cleaned(stage, frame)
    assert result.data["y"].equals(frame["y"])
    assert "every row has a label already" in result.summary["stages"][0]["notes"][0]


@pytest.mark.parametrize("stage", STAGES[:2], ids=lambda stage: stage.name())
def test_nothing_labelled_is_an_error_with_a_way_out(stage: Any) -> None:
    """Without a single label there is nothing to name clusters by."""
    with pytest.raises(DataError, match=r"no row has a label in 'y'.*label-queue"):
        cleaned(stage, two_groups(0))


def test_rules_need_no_label_at_all() -> None:
    """Where no row has a label, the classes are those of the rules."""
    frame = two_groups(0)
    data = cleaned(dp.LabelingRules(RULES), frame).data
    assert data["y"].tolist() == ["a"] * 20 + ["b"] * 20


def test_a_budget_holds_and_confidence_becomes_weight() -> None:
    """max_synthetic counts labels that were given; weight=False leaves weights alone."""
    with pytest.raises(DataError, match=r"cluster_label.max_synthetic: 85.0 %"):
        cleaned(dp.ClusterLabel(n_clusters=2, max_synthetic=0.5), two_groups())
    weighed = cleaned(dp.ClusterLabel(n_clusters=2), two_groups()).data
    assert (weighed["sample_weight"] == 1.0).all()
    assert "sample_weight" not in cleaned(dp.ClusterLabel(weight=False), two_groups()).data


def test_a_cluster_that_is_not_pure_gives_no_label() -> None:
    """Purity and number of labelled members decide; the nearest row to its centre is named."""
    frame = two_groups(5)
    frame.loc[[0, 1], "y"] = "b"
    stage = dp.ClusterLabel(n_clusters=2, purity=0.9, unlabelled="keep")
    result = cleaned(stage, frame)
    assert result.data["y"].isna().sum() == 15
    mixed = next(cluster for cluster in stage.clusters_ if not cluster["named"])
    assert (mixed["label"], mixed["purity"], mixed["labelled"]) == ("a", 0.6, 5)
    assert 0 <= mixed["representative"] < 20
    few = dp.ClusterLabel(n_clusters=2, min_labelled=6, unlabelled="drop")
    result = cleaned(few, two_groups(5))
    assert len(result.rejected) == 30
    assert "the highest confidence was 1.000" in result.summary["stages"][0]["notes"][0]


def test_rules_tell_how_far_they_agree() -> None:
    """Coverage, overlap, conflict and accuracy, by hand; equal votes give no label."""
    frame = pd.DataFrame(
        {"x": [1.0, 2, 3, 9], "t": ["p", "q", "p", "p"], "y": ["a", "b", None, None]}
    )
    rules = [
        RULES[0],
        {"name": "p", "label": "b", "when": {"column": "t", "operator": "=", "value": "p"}},
    ]
    stage = dp.LabelingRules(rules, unlabelled="keep")
    data = cleaned(stage, frame).data
    assert data["y"].tolist()[:2] == ["a", "b"]
    assert pd.isna(data["y"][2])
    assert data["y"][3] == "b"
    low, p = stage.rules_
    assert low == {
        "rule": "low", "label": "a", "coverage": 0.75, "overlap": 0.5, "conflict": 0.5,
        "labelled": 2, "accuracy": 0.5,
    }  # fmt: skip
    assert (p["coverage"], p["accuracy"]) == (0.75, 0.0)
    heavy = dp.LabelingRules([{**rules[0], "weight": 2}, rules[1]])
    assert cleaned(heavy, frame).data["y"][2] == "a"


def test_a_rule_for_an_unknown_class_is_refused() -> None:
    """A typo in a label does not make a new class."""
    rules = [RULES[0], {**RULES[1], "label": "bb"}]
    with pytest.raises(DataError, match=r"rules\[1\].label.*'bb'.*'b'"):
        cleaned(dp.LabelingRules(rules), two_groups())


def test_a_rule_on_an_unknown_column_is_refused() -> None:
    """The place says which rule, the remedy which column is meant."""
    rules = [{"label": "a", "when": {"column": "X", "operator": "=", "value": 1}}]
    with pytest.raises(ConfigError, match=r"labeling_rules.rules\[0\].when.column: no column 'X'"):
        cleaned(dp.LabelingRules(rules), two_groups())


@pytest.mark.parametrize("engine", ["pandas", "polars", "file"])
def test_labels_of_digits_are_right_on_every_engine(engine: str, tmp_path: Path) -> None:
    """A tenth of the labels of digits: spreading gives nearly all others, the same everywhere."""
    X, y = load_digits(return_X_y=True)
    frame = pd.DataFrame(X[:, 10:50], columns=[f"p{i}" for i in range(40)]).iloc[:700]
    known = np.random.default_rng(0).random(700) < 0.1
    frame["y"] = pd.array(np.where(known, y[:700], -1), dtype="Int64")
    frame["y"] = frame["y"].mask(frame["y"] < 0)
    given: Any = frame
    if engine == "polars":
        import polars as pl

        given = pl.from_pandas(frame)
    elif engine == "file":
        given = tmp_path / "digits.csv"
        frame.to_csv(given, index=False)
    data = cleaned(dp.LabelSpreading(unlabelled="keep"), given).data
    column = data.to_pandas()["y"] if engine != "pandas" else data["y"]
    labels = column.astype("float64").reset_index(drop=True)
    new = labels.notna() & ~known
    assert new.sum() > 600
    assert (labels[new] == y[:700][new]).mean() > 0.85


def test_rules_come_from_yaml_and_go_to_json(tmp_path: Path) -> None:
    """A pipeline of rules is written as data, saved, and loaded again."""
    text = """
target: y
stages:
  - labeling_rules:
      rules:
        - name: low
          label: a
          when: {column: x, operator: "<", value: 5}
        - name: high
          label: b
          when: {not: {column: x, operator: "<", value: 5}}
"""
    from dataprep.config import load_pipeline

    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    pipe = load_pipeline(str(path))
    data = dp.clean(two_groups(), pipeline=pipe).data
    assert data["y"].tolist() == ["a"] * 20 + ["b"] * 20
    pipe.save(tmp_path / "pipeline.json")
    again = dp.Pipeline.load(tmp_path / "pipeline.json")
    assert again.stages[0].rules[1]["when"] == {"not": {"column": "x", "operator": "<", "value": 5}}
