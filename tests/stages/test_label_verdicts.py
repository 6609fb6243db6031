"""What is done with verdicts on labels: columns of an earlier run, truth values, refusals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.stages.labels.verdicts import Verdicts, pairs_of


def copies(n: int = 40, wrong: tuple[int, ...] = (3, 17)) -> pd.DataFrame:
    """Return ten kinds of rows, all rows of a kind with one label but for some."""
    kind = np.arange(n) % 10
    labels = np.where(kind < 5, "low", "high").astype(object)
    for row in wrong:
        labels[row] = "high" if labels[row] == "low" else "low"
    return pd.DataFrame({"size": kind, "town": np.array(list("abcdefghij"))[kind], "y": labels})


def flagged(frame: pd.DataFrame, **parameters: object) -> dp.Result:
    """Return what a clean with ConflictingLabels gives."""
    stage = dp.ConflictingLabels(**parameters)
    return dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))


@pytest.mark.parametrize("labels", [("low", "high"), (0, 1), (False, True)])
@pytest.mark.parametrize("library", ["pandas", "polars", "csv"])
def test_verdicts_of_an_earlier_run_are_no_features(library, labels, tmp_path):
    """A second run finds what the first found, and writes its verdicts over those."""
    frame = copies()
    frame["y"] = np.where(frame["y"] == "low", *labels)
    flagged(frame).data.to_csv(tmp_path / "flagged.csv", index=False)
    read = {"pandas": pd.read_csv, "polars": pl.read_csv, "csv": str}[library]
    given = read(tmp_path / "flagged.csv")
    again = flagged(given, action="drop")
    assert list(again.rejected["_row"]) == [3, 17]
    result = flagged(given)
    data = result.data if library == "pandas" else result.data.to_pandas()
    assert list(data.columns) == [*frame.columns, "_label_quality", "_suggested_label"]
    assert np.flatnonzero(data["_suggested_label"].notna()).tolist() == [3, 17]
    undone = result.undo()
    undone = undone if library == "pandas" else undone.to_pandas()
    pd.testing.assert_frame_equal(
        undone.astype(str), (given if library == "pandas" else undone).astype(str)
    )


def test_new_verdicts_are_in_the_ledger():
    """What was mended by hand is flagged no more, and the ledger says what it was."""
    first = flagged(copies()).data
    first.loc[3, "y"] = "low"
    result = flagged(first)
    told = result.ledger.query("column == '_suggested_label'")
    assert told[["row", "before", "action"]].values.tolist() == [[3, "low", "flag"]]
    pd.testing.assert_frame_equal(result.undo(), first)


def test_verdicts_are_no_features_of_other_stages():
    """A pipeline that balances classes does not take them in, and serving does without."""
    first = flagged(copies()).data
    pipe = dp.Pipeline([dp.Impute(), dp.Scale()], target="y").fit(first)
    assert pipe.roles_["_label_quality"] == "provenance"
    served = pipe.transform(copies().drop(columns="y"))
    assert list(served.columns) == ["size", "town"]


def test_one_stage_of_a_pipeline_flags():
    """A second one is refused before any row is read, with what to do."""
    stages = [dp.LabelErrors("logistic_regression"), dp.ConflictingLabels()]
    with pytest.raises(ConfigError, match=r"stages\[1\].action: label_errors .* flags labels"):
        dp.Pipeline(stages, target="y").fit(copies())
    stages = [dp.ConflictingLabels(action="drop"), dp.LabelErrors("logistic_regression")]
    dp.Pipeline(stages, target="y").fit(copies())


def test_truth_values_are_named_as_such(dataprep, tmp_path):
    """Suggestions, reasons and facts say true and false, as the ledger and reports do."""
    frame = copies()
    frame["y"] = frame["y"] == "low"
    result = flagged(frame)
    assert result.data["_suggested_label"].dropna().tolist() == ["true", "false"]
    assert result.summary["stages"][0]["facts"]["pairs"] == [
        {"label": "false", "suggested": "true", "rows": 1},
        {"label": "true", "suggested": "false", "rows": 1},
    ]
    mended = flagged(frame, action="relabel")
    assert mended.data["y"].tolist() == (copies(wrong=())["y"] == "low").tolist()
    assert mended.ledger["reason"][0] == "same rows: false has quality 0.25, true ahead by 0.50"
    frame.to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "p.yaml").write_text("target: y\nstages: [conflicting_labels: {action: drop}]\n")
    assert dataprep("clean", "in.csv", "--pipeline", "p.yaml").code == 0
    summary = json.loads((tmp_path / "in.clean.dataprep" / "summary.json").read_text())
    assert summary["stages"][-1]["facts"]["pairs"][0]["label"] == "false"


def test_probabilities_of_truth_values_go_by_their_names():
    """A column ends with the class as reports write it."""
    draw = np.random.default_rng(0)
    sure = draw.uniform(0.7, 0.95, 60)
    y = np.arange(60) % 2 == 0
    frame = pd.DataFrame({"p_true": np.where(y, sure, 1 - sure), "y": y})
    frame["p_false"] = 1 - frame["p_true"]
    frame.loc[4, "y"] = False
    stage = dp.LabelErrors(probabilities="p_").fit(frame.drop(columns="y"), frame["y"])
    assert stage.verdicts_.labels == [False, True]
    assert stage.verdicts_.rows[stage.verdicts_.wrong].tolist() == [4]


@pytest.mark.parametrize("copies_of", [[1, 1, 1, None, None, None], list("aaa") + [None] * 3])
def test_rows_that_name_no_copies_are_like_no_others(copies_of):
    """A missing value in ``by`` puts rows in no cluster, whatever the column holds."""
    frame = pd.DataFrame({"copies": copies_of, "size": range(6), "y": list("aabaab")})
    assert flagged(frame, by="copies", action="drop").rejected["_row"].tolist() == [2]


def test_rows_without_features_are_not_the_same():
    """A table of targets alone holds no two rows that could be compared."""
    frame = pd.DataFrame({"y": ["a"] * 7 + ["b"] * 3, "who": np.arange(10)})
    pipe = dp.Pipeline([dp.ConflictingLabels(action="drop")], target="y", id="who")
    with pytest.raises(DataError, match=r"conflicting_labels.columns: there is no feature to"):
        pipe.fit(frame)


@pytest.mark.parametrize("stage", [dp.ConflictingLabels(action="weight"), dp.ClassWeight()])
def test_a_column_of_weights_without_the_role_is_told(stage):
    """The remedy is the role; with it, weights are multiplied."""
    frame = copies(36).assign(sample_weight=2.0)
    with pytest.raises(ConfigError, match="Give it that role, weight: sample_weight in YAML"):
        dp.Pipeline([stage], target="y").fit(frame)
    pipe = dp.Pipeline([stage], target="y", weight="sample_weight")
    weights = dp.clean(frame, pipeline=pipe).data["sample_weight"]
    assert (weights != 2).any()


def test_whole_numbers_that_floats_merge_are_refused():
    """Two classes beyond 2**53 would be one, and a label that of its neighbour."""
    frame = copies()
    frame["y"] = np.where(frame["y"] == "low", 2**53, 2**53 + 1)
    with pytest.raises(DataError, match=r"900719925474099.* Give the classes as texts"):
        flagged(frame)


def test_pairs_are_counted_of_those_that_there_are():
    """Of a million classes a handful of pairs is told, the most frequent first."""
    labels = list(range(10**6))
    y, likely = np.array([5, 5, 7, 9]), np.array([999_999, 999_999, 3, -1])
    sure = np.ones(4)
    verdicts = Verdicts(np.arange(4), y, labels, sure, sure > 0, likely, sure)
    assert [tuple(pair.values()) for pair in pairs_of(verdicts)] == [
        ("5", "999999", 2),
        ("7", "3", 1),
    ]
