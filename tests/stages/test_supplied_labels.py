"""What stages that supply labels write: kinds, causes, names of columns; and whom they believe."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.labels.rounds import Settings
from dataprep.stages.labels.pseudo_label_facts import given_of


def rules_for(low: Any, high: Any) -> list[dict[str, Any]]:
    """Return a rule for x below 5, and one from 5 on."""
    return [
        {"name": "low", "label": low, "when": {"column": "x", "operator": "<", "value": 5}},
        {"name": "high", "label": high, "when": {"column": "x", "operator": ">=", "value": 5}},
    ]


def cleaned(stages: list[Any], frame: Any, **roles: str) -> Any:
    return dp.clean(frame, pipeline=dp.Pipeline(stages, target="y", **roles))


@pytest.mark.parametrize("engine", ["pandas", "polars", "csv", "parquet"])
@pytest.mark.parametrize("gap", [None, np.nan], ids=["none", "nan"])
@pytest.mark.parametrize(
    ("low", "high"), [("yes", "no"), (1, 0), (1.5, 2), (True, False)], ids=lambda v: str(v)
)
def test_a_target_of_nothing_gets_the_kind_of_its_labels(
    low: Any, high: Any, gap: Any, engine: str, tmp_path: Path
) -> None:
    """Where no row has a label, texts, numbers and booleans are written as what they are."""
    frame = pd.DataFrame({"x": range(10), "y": [gap] * 10})
    given: Any = frame
    if engine == "polars":
        import polars as pl

        given = pl.from_pandas(frame)
    elif engine != "pandas":
        given = tmp_path / f"table.{engine}"
        write = frame.to_csv if engine == "csv" else frame.to_parquet
        write(given, index=False)
    result = cleaned([dp.LabelingRules(rules_for(low, high))], given)
    data = result.data if engine == "pandas" else result.data.to_pandas()
    assert data["y"].tolist() == [low] * 5 + [high] * 5
    if engine == "pandas":
        assert result.undo().equals(frame)


def test_a_split_of_unlabelled_rows_says_that_rules_do_without() -> None:
    """No part could be judged: the remedy is some labels, or no split, which rules do not need."""
    frame = pd.DataFrame({"x": range(10), "g": [i % 5 for i in range(10)], "y": [None] * 10})
    rules = dp.LabelingRules(rules_for("a", "b"))
    for split in (dp.Split(test=0.2), dp.Split(test=0.2, group="g")):
        with pytest.raises(DataError, match=r"leave the split out: rules .* need no labels"):
            cleaned([split, rules], frame)
    frame.loc[[0, 2, 5, 7], "y"] = ["a", "a", "b", "b"]
    data = cleaned([dp.Split(test=0.5), rules], frame).data
    assert data.loc[data["split"] == "train", "y"].notna().all()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("a", 1), r"labeling_rules.rules: labels of several kinds: 'a', 1"),
        ((True, 1), r"labeling_rules.rules: labels of several kinds: True, 1"),
        ((["a"], "b"), r"labeling_rules.rules\[0\].label: \['a'\] is no label"),
        (("a", None), r"labeling_rules.rules\[1\]: a rule needs 'label'"),
    ],
)
def test_labels_that_name_no_classes_are_refused(labels: Any, message: str) -> None:
    """Rules are looked at before their labels are taken for classes."""
    frame = pd.DataFrame({"x": range(10), "y": [None] * 10})
    with pytest.raises(ConfigError, match=message):
        cleaned([dp.LabelingRules(rules_for(*labels))], frame)


def test_classes_that_floats_cannot_tell_apart_are_refused() -> None:
    """Labelled rows of two large numbers were taken for unlabelled ones, and rejected."""
    labels = [2**53 + 1] * 10 + [2**53 + 3] * 10
    frame = pd.DataFrame({"x": range(20), "y": pd.array(labels, dtype="Int64")})
    for stage in (dp.LabelSpreading(), dp.ClusterLabel(), dp.LabelingRules(rules_for(1, 2))):
        with pytest.raises(DataError, match=r"9007199254740993.*2\*\*53.*as texts"):
            cleaned([stage], frame)


def test_columns_of_a_person_stay_as_they_are() -> None:
    """A column that has the name, and not the role, is not overwritten."""
    frame = pd.DataFrame({"x": range(10), "y": ["a", *[None] * 8, "b"]})
    frame["_label_confidence"], frame["_label_round"] = "mine", 7
    stages = [dp.LabelingRules(rules_for("a", "b")[:1], unlabelled="keep")]
    stages.append(dp.LabelingRules(rules_for("a", "b")[1:], unlabelled="keep"))
    data = cleaned(stages, frame).data
    assert data[["_label_confidence", "_label_round"]].equals(
        frame[["_label_confidence", "_label_round"]]
    )
    # The second stage fills the column that the first one made.
    assert data["__label_confidence"].notna().tolist() == [False, *[True] * 8, False]


def test_a_column_of_weights_without_the_role_has_a_way_out() -> None:
    """The message says how to name the weight, or to do without; both work."""
    frame = pd.DataFrame({"x": range(10), "y": ["a", *[None] * 8, "b"], "sample_weight": 2.0})
    stage = dp.LabelingRules(rules_for("a", "b"))
    with pytest.raises(ConfigError, match=r"labeling_rules.weight: .*weight: sample_weight"):
        cleaned([stage], frame)
    assert (cleaned([stage], frame, weight="sample_weight").data["sample_weight"] == 2).all()
    alone = dp.LabelingRules(rules_for("a", "b"), weight=False)
    assert cleaned([alone], frame).data["sample_weight"].equals(frame["sample_weight"])


def test_a_representative_has_no_label_yet() -> None:
    """Worth labelling is the row nearest to the centre out of those without a label."""
    frame = pd.DataFrame({"x": [0.0, 1, 2.1, 90, 91, 92], "y": [None, "a", None, "b", "b", "b"]})
    stage = dp.ClusterLabel(n_clusters=2, unlabelled="keep")
    result = cleaned([stage], frame)
    told = {c["labelled"]: c["representative"] for c in stage.clusters_}
    assert told == {1: 0, 3: None}
    assert result.summary["stages"][0]["notes"][1].endswith("one of each of the others: 0")


def test_clusters_of_unlabelled_rows_are_there_to_be_labelled() -> None:
    """Without any label, rows that are kept come with a representative of each cluster."""
    frame = pd.DataFrame({"x": [0.0, 1, 2.1, 90, 91, 92], "y": [None] * 6})
    stage = dp.ClusterLabel(n_clusters=2, unlabelled="keep")
    result = cleaned([stage], frame)
    assert result.data["y"].isna().all()
    assert sorted(c["representative"] for c in stage.clusters_) == [1, 4]
    assert {c["label"] for c in stage.clusters_} == {None}


def test_a_list_of_labels_may_have_nans() -> None:
    """Beside texts in a list, NaN is a missing label, as it is in a series, and no class."""
    X = pd.DataFrame({"x": [*range(20), *range(100, 120)]})
    y: list[Any] = [None if i % 4 else "ab"[i // 20] for i in range(40)]
    nans = [float("nan") if label is None else label for label in y]
    for given in (y, nans, pd.Series(nans)):
        _, labels = dp.LabelSpreading().fit_resample(X, given)
        assert list(labels) == ["a"] * 20 + ["b"] * 20


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_a_tie_gives_no_label_whatever_classes_are_called(names: str) -> None:
    """Half and half is not the first class in order: of the graph, of clusters, of votes."""
    frame = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "y": [names[0], None, None, None, names[1]]})
    twice = {"column": "x", "operator": ">=", "value": 2}
    rules = [{"name": n, "label": n, "when": twice} for n in "ab"]
    for stage, why in (
        (dp.LabelSpreading(3, alpha=0.8), "0.500 of what arrives is of each of two classes"),
        (
            dp.ClusterLabel(1, purity=0.5),
            "of 2 labelled rows of its cluster 50.0% are of each of two classes",
        ),
        (dp.LabelingRules(rules), "the votes for each of two have a share of 0.500"),
    ):
        result = cleaned([stage], frame)
        rejected = result.rejected.set_index("_row")["_reason"]
        assert rejected[2] == f"no label: {why}"


def test_the_ledger_names_what_gave_a_label() -> None:
    """The rules that voted for it, its cluster, its share: no round where there is none."""
    frame = pd.DataFrame({"x": [0.0, 1, 2, 90, 91, 92], "y": ["a", None, "a", "b", "b", None]})
    rules = rules_for("a", "b")
    near = {"name": "near", "label": "a", "when": {"column": "x", "operator": "<", "value": 50}}
    told = {}
    for stage in (dp.LabelingRules([*rules, near]), dp.ClusterLabel(2), dp.LabelSpreading(3)):
        result = cleaned([stage], frame)
        told[stage.name()] = result.ledger.set_index("row")["reason"][1]
        assert "_label_round" not in result.data
    assert told["labeling_rules"] == "labeling_rules: by low, near, confidence 1.000"
    assert told["cluster_label"].endswith(", 2 of 2 labelled rows, confidence 1.000")
    assert told["label_spreading"] == "label_spreading: over its neighbours, confidence 1.000"


def test_supplied_labels_judge_nothing() -> None:
    """The accuracy of rules and the purity of clusters are of labels that people gave."""
    frame = pd.DataFrame({"x": range(10), "y": ["a", *[None] * 8, "b"]})
    first = dp.LabelingRules(rules_for("b", "a"), unlabelled="keep")
    rules = dp.LabelingRules(rules_for("b", "a"))
    clusters = dp.ClusterLabel(1, unlabelled="keep")
    result = cleaned([first, rules], frame)
    assert [(r["labelled"], r["accuracy"]) for r in rules.rules_] == [(1, 0.0), (1, 0.0)]
    assert any("8 labels are of earlier stages" in n for n in result.summary["stages"][1]["notes"])
    cleaned([first, clusters], frame)
    assert [(c["labelled"], c["label"]) for c in clusters.clusters_] == [(2, None)]


def test_a_budget_names_the_parameter_that_helps() -> None:
    """Too many labels: the remedy is a parameter of the stage."""
    frame = pd.DataFrame({"x": range(10), "y": ["a", *[None] * 8, "b"]})
    with pytest.raises(DataError, match=r"Make fewer rows \(raise min_confidence\)"):
        cleaned([dp.LabelingRules(rules_for("a", "b"), max_synthetic=0.3)], frame)


def test_a_second_stage_fills_soft_labels() -> None:
    """Rounds and probabilities of its rows go into the columns that the first one made."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=60)})
    frame["y"] = np.where(frame["x"] > 0, "yes", "no")
    frame.loc[30:, "y"] = None
    first = dp.PseudoLabel(
        threshold=0.5, max_total=5, soft=True, unlabelled="keep", rounds=1, folds=3, safeguard=False
    )
    second = dp.PseudoLabel(threshold=0.5, soft=True, rounds=1, folds=3, safeguard=False)
    data = cleaned([first, second], frame).data
    assert data.loc[30:, "_label_round"].notna().all()
    assert [name for name in data if "soft" in name] == ["_soft_no", "_soft_yes"]
    assert np.allclose(data[["_soft_no", "_soft_yes"]].sum(axis=1), 1)


def test_a_run_on_the_output_of_another_takes_nothing_of_it_for_features(tmp_path: Path) -> None:
    """Labels at random are told by no feature, and a stage's own labels judge nothing."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "z": rng.normal(size=200)})
    frame["y"] = np.where(rng.random(200) < 0.5, "yes", "no")
    frame.loc[100:, "y"] = None
    first = dp.PseudoLabel(threshold=0.5, soft=True, rounds=1, folds=3, safeguard=False)
    data = cleaned([first], frame).data
    data.to_csv(tmp_path / "out.csv", index=False)
    wrong = dp.LabelErrors("logistic_regression")
    for given in (data, str(tmp_path / "out.csv")):
        rules = dp.LabelingRules(rules_for("yes", "no"))
        result = cleaned([wrong, rules], given)
        assert result.summary["stages"][0]["facts"]["found"] > 10
        assert sum(r["labelled"] for r in rules.rules_) == 100
    data.loc[50:99, "y"] = None
    stages = [dp.PseudoLabel(threshold=0.5, soft=True, rounds=1, folds=3, safeguard=False)]
    again = cleaned(stages, data)
    assert again.summary["stages"][0]["facts"]["labelled"] == 50
    assert [name for name in again.data if name.startswith("__")] == [
        "__origin",
        "__parent_a",
        "__parent_b",
        "__step",
    ]
    assert again.data.loc[50:99, ["_label_round", "_soft_no", "sample_weight"]].notna().all(None)
    X = next(iter(dp.feed.dataset(again, "y", features="matrix")))[0]
    assert X.shape[1] == 2


def test_a_column_that_is_called_soft_alone_is_a_feature() -> None:
    """Probabilities are several columns, or stand beside the confidence of a label."""
    frame = pd.DataFrame({"_soft_touch": range(10), "x": range(10), "y": [*"ab"] * 5})
    assert list(dp.feed.opened(frame, target="y").kinds) == ["_soft_touch", "x"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rules_refuse_a_time_of_a_zone(library: str) -> None:
    """The hour that a person writes is not UTC: the same rows must be meant in every library."""
    times = pd.date_range("2024-01-01", periods=10, freq="h", tz="America/New_York")
    frame: Any = pd.DataFrame({"t": times, "x": range(10), "y": [*"ab", *[None] * 8]})
    if library == "polars":
        import polars as pl

        frame = pl.from_pandas(frame)
    rule = {"label": "a", "when": {"column": "t", "operator": ">", "value": "2024-01-01T05:00"}}
    with pytest.raises(ConfigError, match="a time without a time zone"):
        cleaned([dp.LabelingRules([rule])], frame)


@pytest.mark.parametrize("engine", ["dates", "timestamps", "csv"])
def test_a_target_of_dates_names_no_classes(engine: str, tmp_path: Path) -> None:
    """A date is refused in words, of a frame and of a file."""
    days = pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02", None] * 4))
    frame: Any = pd.DataFrame({"x": range(12), "y": days if engine != "dates" else days.dt.date})
    if engine == "csv":
        frame.to_csv(tmp_path / "days.csv", index=False)
        frame = str(tmp_path / "days.csv")
    for stage in (dp.ClusterLabel(2), dp.LabelingRules(rules_for("a", "b")), dp.PseudoLabel()):
        with pytest.raises(DataError, match=r"'y' is of kind .*it names no classes"):
            cleaned([stage], frame)


@pytest.mark.parametrize("engine", ["frame", "csv"])
def test_classes_that_a_blank_tells_apart_have_soft_labels_of_their_own(
    engine: str, tmp_path: Path
) -> None:
    """A file and a frame name the same columns, one for each class."""
    rng = np.random.default_rng(0)
    frame: Any = pd.DataFrame({"x": np.r_[rng.normal(size=40) - 3, rng.normal(size=40) + 3]})
    frame["y"] = np.repeat(["a", " a"], 40)
    frame.loc[::3, "y"] = None
    if engine == "csv":
        frame.to_csv(tmp_path / "in.csv", index=False)
        frame = str(tmp_path / "in.csv")
    stage = dp.PseudoLabel(threshold=0.5, soft=True, rounds=1, folds=3, safeguard=False)
    result = cleaned([stage], frame)
    data = result.data if engine == "frame" else result.data.to_pandas()
    assert data[["_soft_a", "_soft_ a"]].sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_a_tie_names_no_cluster_at_any_purity() -> None:
    """Half and half is no name: the cluster is not counted as named, and is worth a label."""
    frame = pd.DataFrame({"x": range(4), "y": ["a", "b", None, None]})
    stage = dp.ClusterLabel(1, purity=0.5, unlabelled="keep")
    notes = cleaned([stage], frame).summary["stages"][0]["notes"]
    assert not stage.clusters_[0]["named"]
    assert any(note.startswith("0 of 1 clusters have a name; rows worth") for note in notes)


def test_probabilities_of_all_rows_are_made_where_they_are_wanted() -> None:
    """Without soft labels, no array of rows and classes is built for what rows had before."""
    own = np.zeros(10_000, dtype="int64")
    tracemalloc.start()
    rows, labels = np.arange(len(own)), list(range(500))
    found = given_of(rows, own, None, labels, Settings(), [], {}, soft=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.soft is None
    assert peak < 8 * len(own) * 50
