"""ConsensusLabel in pipelines: what is missing, truth values, features, and several questions."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError


def labelled(n: int = 60, words: tuple[object, object] = ("ham", "spam")) -> pd.DataFrame:
    """Return items that three people labelled alike, but for a tie and one that nobody labelled."""
    size = np.arange(n)
    truth = np.array(words, dtype=object)[(size >= n // 2).astype(int)]
    people = pd.DataFrame({f"label_{name}": truth for name in ("ann", "bob", "cy")})
    people.loc[4, "label_cy"] = None
    people.loc[4, "label_bob"] = words[1]
    people.loc[7] = None
    return pd.concat([pd.DataFrame({"size": size}), people.infer_objects()], axis=1)


MAJORITY = dp.ConsensusLabel(method="majority")


@pytest.mark.parametrize(
    "behind",
    [
        [],
        [dp.Split(test=0.2, stratify=False, group="size")],
        [dp.LabelErrors("logistic_regression", action="weight")],
    ],
)
def test_labels_that_are_missing_are_told_and_stop_nothing(behind):
    """A tie and an item that nobody labelled have no label; a note says how many there are."""
    result = dp.clean(labelled(), pipeline=dp.Pipeline([MAJORITY, *behind]))
    assert np.flatnonzero(result.data["label"].isna()).tolist() == [4, 7]
    notes = result.summary["stages"][0]["notes"]
    assert "1 label is less than 90% sure, and worth asking again: row 4" in notes
    assert "the target is still missing in 2 of 60 rows" in notes


def test_what_is_missing_may_be_dropped_or_supplied():
    """DropMissing rejects those rows, PseudoLabel gives them a label."""
    drop = dp.Pipeline([MAJORITY, dp.DropMissing(columns=["label"])])
    assert dp.clean(labelled(), pipeline=drop).rejected["_row"].tolist() == [4, 7]
    supply = dp.Pipeline([MAJORITY, dp.LabelSpreading(weight=False)])
    assert dp.clean(labelled(), pipeline=supply).data["label"].notna().all()


def test_a_table_of_annotators_is_cleaned_by_yaml(dataprep, tmp_path):
    """Consensus, split and resampling on the command line; the agreement is in the summary."""
    labelled().to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "p.yaml").write_text(
        "stages:\n"
        "  - consensus_label: {method: majority}\n"
        "  - drop_missing: {columns: [label]}\n"
        "  - split: {test: 0.25}\n"
        "  - random_over_sampler: {}\n"
    )
    run = dataprep("clean", "in.csv", "--pipeline", "p.yaml")
    assert run.code == 0, run.err
    assert (
        "of each with the others, the least first: label_ann 0.98, label_bob 0.98, label_cy 1.00"
        in run.out
    )
    summary = json.loads((tmp_path / "in.clean.dataprep" / "summary.json").read_text())
    facts = next(s for s in summary["stages"] if s["stage"].endswith("consensus_label"))["facts"]
    assert facts["annotators"]["label_ann"]["votes"] == 59
    assert facts["ask_again"] == [4]


@pytest.mark.parametrize("method", ["majority", "dawid_skene"])
def test_truth_values_have_a_consensus_of_truth_values(method, tmp_path):
    """In a frame, and in a file that says yes and no."""
    frame = labelled(words=(False, True)).drop(index=[4, 7])
    stage = dp.ConsensusLabel(method=method)
    found = dp.clean(
        frame.astype({f"label_{n}": bool for n in ("ann", "bob", "cy")}),
        pipeline=dp.Pipeline([stage]),
    )
    assert found.data["label"].dtype == bool
    assert found.data["label"].tolist() == (frame["size"] >= 30).tolist()
    frame = labelled(words=("no", "yes"))
    frame.to_csv(tmp_path / "in.csv", index=False)
    table = dp.clean(tmp_path / "in.csv", pipeline=dp.Pipeline([stage])).data
    assert table.kinds["label"] == "boolean"


def test_annotators_are_no_features_of_a_model():
    """X holds the features alone and y the consensus, in the library of X."""
    frame = labelled().drop(index=[4, 7])
    for given in (frame, pl.from_pandas(frame)):
        X, y = dp.ConsensusLabel().fit_resample(given)
        assert list(X.columns) == ["size"]
        assert type(y) is type(given["size"])
        assert list(y) == list(frame["label_ann"])
    steps = dp.Pipeline([dp.ConsensusLabel(), dp.RandomOverSampler(sampling_strategy={"ham": 40})])
    X, y = steps.fit_resample(frame)
    assert list(X.columns) == ["size"]
    assert y.value_counts().to_dict() == {"ham": 40, "spam": 30}
    array = np.column_stack([np.arange(8.0), np.arange(8) % 2, np.arange(8) % 2])
    X, y = dp.ConsensusLabel(columns=["x1", "x2"]).fit_resample(array)
    assert X.shape == (8, 1)
    assert y.tolist() == [0, 1] * 4


def test_rows_to_be_served_come_without_annotators():
    """A model of X takes what transform gives of rows that nobody labelled."""
    frame = labelled()
    steps = dp.Pipeline([dp.ConsensusLabel(), dp.Impute()])
    X, _ = steps.fit_resample(frame)
    assert list(X.columns) == list(steps.transform(frame[["size"]]).columns) == ["size"]


def test_an_annotator_who_is_not_counted_is_named():
    """One fraction makes a column no classes: a note says so, and an error where none is left."""
    frame = labelled().drop(columns="size").replace({"spam": 1.0, "ham": 0.0}).astype("float64")
    frame.loc[8, "label_cy"] = 0.5
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.ConsensusLabel(method="majority")]))
    note = result.summary["stages"][0]["notes"][0]
    assert note == "not counted, as fractions or times are no classes: label_cy"
    with pytest.raises(DataError, match="label_ann, label_bob, label_cy: fractions or times are"):
        dp.ConsensusLabel().fit(frame + 0.25)


def test_two_questions_have_two_labels():
    """Each has its own label and confidence; the first is the target."""
    frame = labelled()
    for name in ("ann", "bob"):
        frame[f"tone_{name}"] = np.where(frame["size"] % 2, "kind", "rude")
    steps = [dp.ConsensusLabel(), dp.ConsensusLabel("/^tone_/", output="tone")]
    data = dp.clean(frame, pipeline=dp.Pipeline(steps)).data
    assert {"label", "_label_confidence", "tone", "_tone_confidence"} <= set(data.columns)


def test_labels_of_two_kinds_may_be_read_as_texts(tmp_path):
    """Who says yes and no alone is read as truth values, beside one who says maybe."""
    frame = labelled(words=("no", "yes"))
    frame.loc[8, "label_cy"] = "maybe"
    frame.to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(DataError, match=r"types: \{kinds: \{label_ann: category") as caught:
        dp.clean(tmp_path / "in.csv", pipeline=dp.Pipeline([dp.ConsensusLabel()]))
    assert "label_cy: category}}" in str(caught.value)
    kinds = dict.fromkeys(["label_ann", "label_bob", "label_cy"], "category")
    steps = [dp.Types(kinds=kinds), dp.ConsensusLabel(method="majority")]
    table = dp.clean(tmp_path / "in.csv", pipeline=dp.Pipeline(steps)).data
    assert set(table.to_pandas()["label"].dropna()) == {"no", "yes"}


def test_numbers_that_floats_merge_are_refused():
    """Two ids beyond 2**53 would be one label."""
    frame = pd.DataFrame({"label_a": [2**53 + 1, 5], "label_b": [2**53, 5]})
    with pytest.raises(DataError, match="Give the classes as texts"):
        dp.ConsensusLabel().fit(frame)


def test_a_consensus_of_nothing_but_ties_is_told():
    """Where no row at all has a label, that is said, and the rows to ask about are named."""
    frame = pd.DataFrame({"label_a": ["x", "y"], "label_b": ["y", "x"]})
    stage = dp.clean(frame, pipeline=dp.Pipeline([MAJORITY])).summary["stages"][0]
    assert stage["notes"][-1] == "the target is still missing in 2 of 2 rows"
    assert stage["facts"]["ask_again"] == [0, 1]


def test_a_given_target_stays_and_the_label_is_no_feature():
    """A y that is passed comes back, and the consensus, which new rows lack, is not in X."""
    frame = labelled()
    X, y = MAJORITY.fit_resample(frame, pd.Series(["u", "v"] * 30))
    assert list(X.columns) == ["size"]
    assert y.tolist() == ["u", "v"] * 30
    pipeline = dp.Pipeline([MAJORITY], target="kind")
    result = dp.clean(frame.assign(kind=["u", "v"] * 30), pipeline=pipeline)
    told = result.summary["stages"][0]["notes"]
    assert "the target stays 'kind': 'label' is a column beside it" in told
    with pytest.raises(ConfigError, match="output"):
        dp.ConsensusLabel(output="").fit_resample(frame)


def test_no_figures_where_no_annotator_is_compared():
    """Who labelled nothing, or alone, is neither right nor wrong."""
    frame = pd.DataFrame({"label_a": list("aabbba"), "label_b": None, "label_c": list("aaabaa")})
    stage = dp.ConsensusLabel()
    stage.fit_resample(frame)
    people = stage.agreement_["annotators"]
    assert people["label_b"]["accuracy"] is None
    assert people["label_b"]["confusion"] is None
    assert people["label_a"]["accuracy"] > 0
    notes = dp.clean(frame[["label_a"]], pipeline=dp.Pipeline([stage])).summary["stages"][0]
    assert "no row has the labels of two annotators" in "".join(notes["notes"])
    assert notes["facts"]["annotators"]["label_a"]["accuracy"] is None
