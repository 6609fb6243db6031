"""LabelErrors, ConflictingLabels and ConsensusLabel: in pipelines, on files, and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import ran
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB

import dataprep as dp
from dataprep import sizes
from dataprep.errors import ConfigError, DataError, DataprepError
from dataprep.labels.confident import Method, found
from dataprep.labels.ranking import Ranking, quality

QUICK: dict[str, Any] = {"teacher": "logistic_regression"}


def people(n: int = 240, wrong: tuple[int, ...] = (3, 50, 111, 200)) -> pd.DataFrame:
    """Return persons of two kinds that their features tell apart, some with the other's label."""
    draw = np.random.default_rng(0)
    old = np.arange(n) % 3 == 0
    frame = pd.DataFrame(
        {
            "age": np.where(old, 65, 30) + draw.normal(0, 4, n).round(1),
            "town": np.where(draw.random(n) < 0.5, "Ulm", "Jena"),
            "kind": np.where(old, "old", "young"),
        }
    )
    for row in wrong:
        frame.loc[row, "kind"] = "young" if old[row] else "old"
    return frame


WRONG = [3, 50, 111, 200]


def cleaned(action: str, **settings: Any) -> dp.Result:
    """Return what a clean with LabelErrors gives."""
    stage = dp.LabelErrors(**{**QUICK, "action": action, **settings})
    return dp.clean(people(), target="kind", pipeline=dp.Pipeline([stage], target="kind"))


def test_flag_adds_a_quality_for_all_and_a_suggestion_for_wrong_ones():
    """The suggestion is the other class, the quality of the wrong ones is the lowest."""
    data = cleaned("flag").data
    suggested = data["_suggested_label"]
    assert np.flatnonzero(suggested.notna()).tolist() == WRONG
    assert suggested[3] == "old"
    assert data["_label_quality"].nsmallest(4).index.sort_values().tolist() == WRONG


def test_drop_rejects_the_rows_with_the_reason():
    """The ledger and the rejected rows say what the label is and what is likelier."""
    result = cleaned("drop")
    rejected = result.rejected
    assert rejected["_row"].tolist() == WRONG
    assert rejected["_reason"].str.startswith("out of fold: young has quality 0.0").any()
    assert len(result.data) == 236


def test_relabel_writes_the_likelier_class_and_can_be_undone():
    """Only rows above the margin change; the ledger has before and after, undo restores them."""
    result = cleaned("relabel")
    right = people(wrong=())
    assert result.data["kind"].tolist() == right["kind"].tolist()
    ledger = result.ledger
    assert ledger["action"].tolist() == ["relabel"] * 4
    assert ledger["row"].tolist() == WRONG
    assert set(ledger["column"]) == {"kind"}
    pd.testing.assert_frame_equal(result.undo(), people())
    sure = cleaned("relabel", margin=1.0)
    assert sure.data["kind"].tolist() == people()["kind"].tolist()
    told = "4 of them are left as they are: no class leads by 1 (margin)"
    assert told in sure.summary["stages"][0]["notes"]


def test_a_relabelled_row_says_where_its_label_comes_from_and_counts_as_made():
    """Its origin is the stage, budgets count it; a row that was made keeps its own origin."""
    relabel = dp.LabelErrors(**QUICK, action="relabel")
    data = cleaned("relabel").data
    assert np.flatnonzero(data["_origin"] == "label_errors").tolist() == WRONG
    assert "_origin" not in cleaned("relabel", margin=1.0).data
    steps = [relabel, dp.RandomOverSampler(max_synthetic=0.501)]
    with pytest.raises(DataError, match=r"random_over_sampler.max_synthetic"):
        dp.clean(people(), pipeline=dp.Pipeline(steps, target="kind"))
    steps = [dp.RandomOverSampler(max_synthetic=0.501), relabel]
    data = dp.clean(people(), pipeline=dp.Pipeline(steps, target="kind")).data
    assert (data["_origin"] == "label_errors").sum() == len(WRONG)
    assert data.loc[data["_parent_a"].notna(), "_origin"].eq("random_over_sampler").all()


@pytest.mark.parametrize(
    ("labels", "told"), [("aabcd", ["60.0 % of the class a are rows that"]), ("aaabc", [])]
)
def test_many_relabelled_rows_are_told(labels: str, told: list[str]):
    """More than half of a class has its label from the stage: a note, as where rows are made."""
    frame = pd.DataFrame({"x": np.repeat(range(20), 5), "y": list(labels) * 10 + ["b"] * 50})
    pipe = dp.Pipeline([dp.ConflictingLabels(action="relabel")], target="y")
    notes = dp.clean(frame, pipeline=pipe).summary["stages"][0]["notes"]
    found = [note.replace("'", "") for note in notes if "a stage made or labelled" in note]
    assert [note[:35] for note in found] == told


def test_an_action_that_empties_a_class_says_so():
    """By argmax all eight rows of a class may be wrong: the note names it."""
    y = np.array(["a"] * 8 + ["b"] * 40 + ["c"] * 40)
    P = np.full((88, 3), 0.05)
    P[np.arange(88), np.where(y == "c", 2, 1)] = 0.9
    frame = pd.DataFrame({"x": np.arange(88), "y": y})
    for action, gone in (("drop", True), ("relabel", True), ("flag", False)):
        stage = dp.LabelErrors(probabilities=P, method="argmax", action=action)
        notes = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y")).summary["stages"][0]
        assert ("no row of the class a is left" in notes["notes"]) == gone


def test_weight_weighs_wrong_rows_down():
    """All rows weigh 1 but the wrong ones, which weigh what their label is sure of."""
    data = cleaned("weight").data
    assert (data["sample_weight"] < 1).to_numpy().nonzero()[0].tolist() == WRONG
    frame = people().assign(w=2.0)
    pipe = dp.Pipeline([dp.LabelErrors(**QUICK, action="weight")], target="kind", weight="w")
    weighed = dp.clean(frame, pipeline=pipe).data["w"]
    assert weighed[0] == 2.0
    assert weighed[3] < 0.5


def test_the_summary_tells_the_noise():
    """Facts hold the joint, the noise matrix and the confused pairs; a note says it in words."""
    stage = cleaned("flag").summary["stages"][0]
    facts = json.loads(json.dumps(stage["facts"]))
    assert facts["classes"] == ["old", "young"]
    assert facts["found"] == facts["acted_on"] == 4
    np.testing.assert_allclose(np.sum(facts["noise_matrix"], axis=0), 1)
    assert sum(pair["rows"] for pair in facts["pairs"]) == 4
    assert stage["notes"][0].startswith("4 of 240 labels seem wrong (1.7%)")


def test_rows_that_are_held_out_are_neither_judged_nor_touched():
    """Behind a split only training rows are flagged; wrong labels among the others stay."""
    frame = people()
    pipe = dp.Pipeline(
        [dp.Split(test=0.25, random_state=1), dp.LabelErrors(**QUICK, action="relabel")],
        target="kind",
    )
    result = dp.clean(frame, pipeline=pipe)
    data = result.data
    held = (data["split"] != "train").to_numpy()
    assert data.loc[held, "kind"].tolist() == frame.loc[held, "kind"].tolist()
    assert set(result.ledger.query("action == 'relabel'")["row"]).isdisjoint(np.flatnonzero(held))
    assert set(WRONG) & set(np.flatnonzero(~held)) <= set(
        result.ledger.query("action == 'relabel'")["row"]
    )


def test_it_stands_behind_the_split_or_is_refused():
    """Before a split, rows that are held out would be judged, and would judge."""
    pipe = dp.Pipeline([dp.LabelErrors(**QUICK), dp.Split(test=0.2)], target="kind")
    with pytest.raises(ConfigError, match="label_errors stands before split"):
        pipe.fit(people())


def test_it_stands_in_a_pipeline_with_resampling():
    """Wrong labels are dropped before rows are made, which have parents among those kept."""
    steps = [dp.LabelErrors(**QUICK, action="drop"), dp.RandomOverSampler()]
    result = dp.clean(people(), pipeline=dp.Pipeline(steps, target="kind"))
    assert result.data["kind"].value_counts().nunique() == 1
    assert set(result.data["_parent_a"].dropna()).isdisjoint(WRONG)


@pytest.mark.parametrize(
    "before", [dp.RandomOverSampler(), dp.SMOTE(), dp.LabelSpreading(weight=False)]
)
def test_rows_that_a_stage_made_or_labelled_confirm_no_label(before):
    """What is found is what is found without them, and a note says how many they are."""
    frame = people()[["age", "kind"]]
    if isinstance(before, dp.LabelSpreading):
        frame.loc[120:, "kind"] = None
    alone, behind = dp.LabelErrors(), dp.LabelErrors()
    dp.Pipeline([alone], target="kind").fit(frame)
    notes = dp.clean(frame, pipeline=dp.Pipeline([before, behind], target="kind")).summary
    assert any("made or labelled have no part" in note for note in notes["stages"][1]["notes"])
    np.testing.assert_array_equal(behind.verdicts_.rows, alone.verdicts_.rows)
    assert behind.verdicts_.rows[behind.verdicts_.wrong].tolist() == [
        row for row in WRONG if row in alone.verdicts_.rows
    ]


def test_rows_that_a_stage_made_have_no_vote():
    """Copies of a wrong label do not outvote right ones."""
    frame = pd.DataFrame({"x": [1, 1, 1, *range(2, 40)]})
    frame["y"] = ["many", "many", "rare"] + ["many"] * 30 + ["rare"] * 8
    stage = dp.ConflictingLabels()
    dp.Pipeline([dp.RandomOverSampler(), stage], target="y").fit(frame)
    assert stage.verdicts_.rows[stage.verdicts_.wrong].tolist() == [2]


@pytest.mark.parametrize("stage", [dp.LabelErrors(**QUICK), dp.ConflictingLabels()])
def test_labels_that_are_all_of_a_stage_are_not_judged(stage):
    """Rules gave all of them: nothing came with the data that could be wrong."""
    frame = people()[["age"]].assign(kind=pd.Series([None] * 240, dtype=object))
    rules = [
        {"label": "old", "when": {"column": "age", "operator": ">", "value": 50}},
        {"label": "young", "when": {"column": "age", "operator": "<=", "value": 50}},
    ]
    with pytest.raises(DataError, match="all labels are of rows that earlier stages made"):
        dp.Pipeline([dp.LabelingRules(rules), stage], target="kind").fit(frame)


@pytest.mark.parametrize("by", ["parameter", "role"])
def test_groups_are_judged_by_other_groups(by: str):
    """No person is on both sides, whether the parameter or the role says who is who."""
    frame = people().assign(person=np.arange(240) // 4)
    # Only a person's age tells the teacher who it is: the rows of one have the same.
    frame["age"] = frame["person"] + np.where(frame["kind"] == "old", 100.0, 0.0)
    learned: list[set[float]] = []

    class Watched(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            learned.append(set((X[:, 0] * 1e6).round()))
            return super().fit(X, y, sample_weight)

        def predict_proba(self, X):
            assert learned[-1].isdisjoint((X[:, 0] * 1e6).round())
            return super().predict_proba(X)

    stage = dp.LabelErrors(Watched(), columns=["age"], folds=3)
    pipe = dp.Pipeline([stage], target="kind")
    if by == "role":
        pipe.set_params(group="person")
    else:
        stage.group = "person"
    pipe.fit(frame)
    assert len(learned) == 3
    assert len(stage.verdicts_.rows) == 240


def test_the_weights_of_rows_are_given_to_the_teacher():
    """Rows that weigh nothing teach nothing: what they alone say is not learned."""
    frame = people(wrong=())
    frame["w"] = np.where(np.arange(240) < 120, 1.0, 1e-9)
    # In the second half all ages stand for the other kind.
    other = frame["kind"].map({"old": "young", "young": "old"})
    frame["kind"] = frame["kind"].where(frame["w"] == 1, other)
    stage = dp.LabelErrors(**QUICK, columns=["age"])
    dp.Pipeline([stage], target="kind", weight="w").fit(frame)
    found = set(stage.verdicts_.rows[stage.verdicts_.likely != stage.verdicts_.y].tolist())
    quality = stage.verdicts_.quality
    assert len(found) == 240
    assert quality[:120].min() > 0.5 > quality[120:].max()


@pytest.mark.parametrize("method", get_args(Method))
@pytest.mark.parametrize("ranking", get_args(Ranking))
def test_method_and_ranking_are_those_that_were_asked_for(method: Method, ranking: Ranking):
    """What is found and how it is ranked are that of the functions, which differ among them."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 4, 600)
    y = np.where(draw.random(600) < 0.3, draw.integers(0, 4, 600), truth)
    P = draw.dirichlet(np.ones(4), 600) * 0.7 + 0.3 * np.eye(4)[truth]
    frame = pd.DataFrame({"x": draw.random(600), "y": y})
    stage = dp.LabelErrors(probabilities=P, method=method, ranking=ranking)
    dp.Pipeline([stage], target="y").fit(frame)
    np.testing.assert_array_equal(stage.verdicts_.wrong, found(P, y, method))
    np.testing.assert_array_equal(stage.verdicts_.quality, quality(P, y, ranking))
    others = [found(P, y, one) for one in get_args(Method) if one != method]
    assert not any(np.array_equal(wrong, stage.verdicts_.wrong) for wrong in others)


def test_max_share_treats_the_worst_rows_only():
    """Of four wrong labels, one in a hundred of all rows are the two least sure."""
    result = cleaned("drop", max_share=0.01)
    assert len(result.rejected) == 2
    assert set(result.rejected["_row"]) <= set(WRONG)
    told = "2 of them are left as they are: max_share is 0.01"
    assert told in result.summary["stages"][0]["notes"]


def given_probabilities() -> pd.DataFrame:
    """Return people with the probabilities that a good model gives."""
    frame = people()
    old = 1 / (1 + np.exp(-(frame["age"] - 47) / 3))
    return frame.assign(p_old=old, p_young=1 - old)


def test_probabilities_may_be_columns_or_an_array():
    """Both find the same rows, and no teacher is asked; dropped rows do not shift an array."""
    frame = given_probabilities()
    by_columns = dp.LabelErrors(probabilities="p_").set_params(action="drop")
    one = dp.clean(frame, pipeline=dp.Pipeline([by_columns], target="kind"))
    assert one.rejected["_row"].tolist() == WRONG
    array = frame[["p_old", "p_young"]].to_numpy()
    frame.loc[0, "age"] = None
    steps = [dp.DropMissing(), dp.LabelErrors(probabilities=array, action="drop")]
    other = dp.clean(frame, pipeline=dp.Pipeline(steps, target="kind"))
    assert sorted(other.rejected["_row"]) == [0, *WRONG]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.assign(p_old=f.p_young, p_young=f.p_old), "worse than chance"),
        (lambda f: f.assign(p_old=f.p_old * 3), "not to 1"),
        (lambda f: f.assign(p_old=f.p_old.mask(f.index == 7)), "row 7 hold NaN"),
        (lambda f: f.drop(columns="p_old"), "no column 'p_old', and 'old' is a label"),
        (lambda f: f.drop(columns=["p_old", "p_young"]), "no column begins with 'p_'"),
    ],
)
def test_wrong_probabilities_are_told(change: Callable[[Any], Any], told: str):
    """Another order, other sums, gaps, and labels that nobody gave a probability."""
    pipe = dp.Pipeline([dp.LabelErrors(probabilities="p_")], target="kind")
    with pytest.raises(DataprepError) as caught:
        pipe.fit(change(given_probabilities()))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.ones((10, 2)) / 2, "the shape (10, 2), and the input has 240 rows"),
        (np.ones((240, 3)) / 3, "the shape (240, 3), for 2 classes"),
        (np.full((240, 2), "n/a"), "of the type <U3"),
        (np.ones(240), "the shape (240,)"),
        (pd.DataFrame({"old": np.ones(240)}), "no column 'young', and 'young' is a label"),
    ],
)
def test_an_array_of_another_shape_or_type_is_told(given: Any, told: str):
    """Each row and each class needs its own number."""
    pipe = dp.Pipeline([dp.LabelErrors(probabilities=given)], target="kind")
    with pytest.raises(DataError) as caught:
        pipe.fit(people())
    assert told in str(caught.value)


@pytest.mark.parametrize("rows", [200, 280])
def test_an_array_of_other_rows_is_refused(rows: int):
    """Neither fewer nor more rows than the input has: they would be those of other rows."""
    P = np.tile([0.3, 0.7], (rows, 1))
    steps = [dp.Split(), dp.LabelErrors(probabilities=P)]
    with pytest.raises(DataError, match=rf"shape \({rows}, 2\), and the input has 240 rows"):
        dp.Pipeline(steps, target="kind").fit(people())


def test_a_stage_with_an_array_shows_its_shape():
    """No element of it is compared with the default, and none is printed."""
    stage = dp.LabelErrors(probabilities=np.ones((4, 2)), folds=3)
    assert repr(stage) == "LabelErrors(probabilities=<ndarray of shape (4, 2)>, folds=3)"


def three_kinds(target: str = "kind") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table of three classes that are told apart, one label wrong, and probabilities."""
    kind = np.repeat(["a", "b", "c"], 50)
    P = 0.1 + 0.7 * np.eye(3)[np.repeat([0, 1, 2], 50)]
    kind[7] = "b"
    frame = pd.DataFrame({"x": np.arange(150.0), target: kind})
    return frame, pd.DataFrame(P, columns=["a", "b", "c"])


@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_columns_of_a_frame_of_probabilities_are_taken_by_name(library):
    """In whatever order they stand; columns that nobody named are those of the classes in order."""
    frame, P = three_kinds()
    for given in (library(P[["b", "c", "a"]]), P.set_axis(range(3), axis=1)):
        stage = dp.LabelErrors(probabilities=given)
        dp.Pipeline([stage], target="kind").fit(frame)
        assert np.flatnonzero(stage.verdicts_.wrong).tolist() == [7]


def test_a_class_may_have_probabilities_and_no_row():
    """Its rows may be held out or gone: by prefix, by name, and by the numbers of classes."""
    frame, P = three_kinds()
    here = frame["kind"].ne("c")
    codes = frame["kind"].map({"a": 0, "b": 1, "c": 2})
    with_columns = frame.join(P.add_prefix("p_"))
    for table, given in (
        (with_columns[here], "p_"),
        (frame[here], P[["c", "a", "b"]][here]),
        (frame.assign(kind=codes)[here], P.to_numpy()[here]),
    ):
        stage = dp.LabelErrors(probabilities=given, method="argmax")
        dp.Pipeline([stage], target="kind").fit(table.reset_index(drop=True))
        assert np.flatnonzero(stage.verdicts_.wrong).tolist() == [7]
        assert len(stage.verdicts_.labels) == 3


def test_a_label_may_become_a_class_that_has_no_row():
    """Where a class without rows is the likeliest, it is suggested, as text and as number."""
    frame, P = three_kinds()
    here = frame["kind"].ne("c")
    unsure = P[here].copy()
    unsure.loc[3] = [0.1, 0.1, 0.8]
    numbers = {"a": 1, "b": 2, "c": 3}
    for names in (dict(zip("abc", "abc", strict=True)), numbers):
        table = frame[here].assign(kind=frame["kind"].map(names))
        table = table.join(unsure.rename(columns=names).add_prefix("p_"))
        stage = dp.LabelErrors(probabilities="p_", method="argmax", action="relabel")
        result = dp.clean(table, target="kind", pipeline=dp.Pipeline([stage], target="kind"))
        assert result.data["kind"].iloc[[3, 7]].tolist() == [names["c"], names["a"]]
        assert result.data["kind"].dtype == table["kind"].dtype
        json.dumps(result.summary["stages"][0]["facts"], allow_nan=False)


def test_probabilities_are_no_target_and_no_text():
    """A target that begins as the columns do is none of them; a text among them is told."""
    frame, P = three_kinds("p_kind")
    frame = frame.join(P.add_prefix("p_"))
    stage = dp.LabelErrors(probabilities="p_")
    dp.Pipeline([stage], target="p_kind").fit(frame.assign(p_note="seen"))
    assert np.flatnonzero(stage.verdicts_.wrong).tolist() == [7]
    frame["p_a"] = frame["p_a"].astype(object)
    frame.loc[3, "p_a"] = "unknown"
    with pytest.raises(DataError, match=r"'p_a' is of kind .*, probabilities are numbers"):
        dp.Pipeline([dp.LabelErrors(probabilities="p_")], target="p_kind").fit(frame)


def test_an_array_behind_made_rows_is_refused_for_what_it_is():
    """It has a row for each of the input: the rows that were made have none."""
    frame, P = three_kinds()
    steps = [dp.RandomOverSampler(), dp.LabelErrors(probabilities=P.to_numpy())]
    with pytest.raises(DataError, match="Rows that were made have no probabilities"):
        dp.Pipeline(steps, target="kind").fit(frame)


def noisy(kind: np.ndarray, share: float = 0.05) -> tuple[np.ndarray, list[int]]:
    """Return labels of which some are wrong, and which ones."""
    labels = np.array(["low", "high"])[kind.astype(int)]
    wrong = np.random.default_rng(0).permutation(len(kind))[: int(share * len(kind))]
    labels[wrong] = np.where(labels[wrong] == "low", "high", "low")
    return labels, sorted(wrong.tolist())


@pytest.mark.parametrize("level", ["u", True])
def test_a_gap_is_told_from_the_only_level(level):
    """A column may say all that there is to know by being filled in or not."""
    here = np.arange(400) % 2 == 0
    labels, wrong = noisy(here)
    frame = pd.DataFrame({"k": np.where(here, level, None), "y": labels})
    stage = dp.LabelErrors()
    dp.Pipeline([stage], target="y").fit(frame)
    assert stage.verdicts_.rows[stage.verdicts_.wrong].tolist() == wrong


@pytest.mark.parametrize("count", [64, 300])
def test_levels_are_no_numbers_and_may_be_many(count: int):
    """Each second one is of the other class; more than boosting takes are no error."""
    level = np.repeat(np.arange(count), 20)
    labels, wrong = noisy(level % 2)
    frame = pd.DataFrame({"town": [f"t{i:03}" for i in level], "y": labels})
    stage = dp.LabelErrors()
    dp.Pipeline([stage], target="y").fit(frame)
    found = set(stage.verdicts_.rows[stage.verdicts_.wrong].tolist())
    assert len(found & set(wrong)) > 0.5 * len(found | set(wrong))


def test_another_random_state_deals_other_folds():
    """The parts in which rows are judged are drawn by it."""
    qualities = []
    for seed in (0, 0, 1):
        stage = dp.LabelErrors(**QUICK, random_state=seed)
        dp.Pipeline([stage], target="kind").fit(people())
        qualities.append(stage.verdicts_.quality)
    np.testing.assert_array_equal(qualities[0], qualities[1])
    assert (qualities[0] != qualities[2]).any()


def test_a_class_of_few_rows_is_not_judged_and_that_is_told():
    """With fewer rows than folds nobody is left to teach the class."""
    frame = people()
    frame.loc[[5, 6], "kind"] = "ageless"
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.LabelErrors(**QUICK)], target="kind"))
    assert any("5 folds: ageless (2)" in note for note in result.summary["stages"][0]["notes"])
    assert result.data["_label_quality"][[5, 6]].isna().all()


def test_a_class_of_few_groups_is_not_judged_and_that_is_told():
    """All rows of a class may be in one group: who judges it would never have seen it."""
    frame = pd.DataFrame(
        {"x": np.repeat([0.0, 5.0, 9.0], 100), "kind": np.repeat(list("abc"), 100)}
    )
    frame["g"] = np.where(frame["kind"] == "c", 0, 1 + np.arange(300) % 20)
    stage = dp.LabelErrors(**QUICK, action="drop", columns=["x"], group="g")
    result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="kind"))
    assert result.data["kind"].value_counts()["c"] == 100
    told = "not judged, fewer groups of rows than the 5 folds: c (1)"
    assert told in result.summary["stages"][0]["notes"]


def test_copies_of_few_rows_are_few_rows():
    """A class that was made large of three rows has three to be dealt out, not more."""
    frame = people(wrong=())
    frame.loc[frame.index[frame["kind"] == "old"][3:], "kind"] = "young"
    steps = [dp.RandomOverSampler(), dp.LabelErrors()]
    with pytest.raises(DataError, match="1 class of 'kind' has 5 rows or more"):
        dp.Pipeline(steps, target="kind").fit(frame)


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        (lambda P: np.log(P), "not to 1"),
        (lambda P: P * np.nan, "hold NaN"),
        (lambda P: P[:, :1], r"gives an array of the shape \(48, 1\), not \(48, 2\)"),
    ],
)
def test_a_teacher_without_probabilities_is_told(scores: Callable[[Any], Any], told: str):
    """Scores, NaN, and a column too few: the stage, the fold and the remedy are named."""

    class Scores(GaussianNB):
        def predict_proba(self, X):
            return scores(super().predict_proba(X))

    with pytest.raises(DataError, match=f"label_errors.teacher: .*{told}") as caught:
        dp.Pipeline([dp.LabelErrors(Scores(), columns=["age"])], target="kind").fit(people())
    assert caught.value.__notes__[0] == "in fold 1 of 5"


def test_rows_without_a_label_have_no_part():
    """They stay, are not judged, and are counted in a note."""
    frame = people()
    frame.loc[[10, 20], "kind"] = None
    stage = dp.LabelErrors(**QUICK)
    dp.Pipeline([stage], target="kind").fit(frame)
    assert set(stage.verdicts_.rows).isdisjoint({10, 20})
    assert stage.verdicts_.told == ["2 rows have no label and no part in it"]


def test_nothing_labelled_is_told():
    """Labels are judged, not supplied: where there is none the message says so."""
    frame = people().assign(kind=pd.Series([None] * 240, dtype=object))
    with pytest.raises(DataError, match=r"label_errors: no row has a label in 'kind'"):
        dp.Pipeline([dp.LabelErrors(**QUICK)], target="kind").fit(frame)


def test_a_teacher_that_fails_says_so_in_its_own_words():
    """With the stage, the fold, and what the classifier said."""

    class Broken(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            raise ValueError("my hands are tied")

    with pytest.raises(DataError, match="Broken failed to fit: my hands are tied") as caught:
        dp.Pipeline([dp.LabelErrors(Broken())], target="kind").fit(people())
    assert caught.value.__notes__ == ["in fold 1 of 5", "in stage 0:label_errors"]


def test_what_is_no_target_of_classes_is_refused():
    """Numbers with fractions, one class only, and no target at all."""
    frame = people()
    for target, told in (("age", "continuous"), ("town", "more than 1 class")):
        given = frame.assign(town="Ulm")
        with pytest.raises(DataError, match=told):
            dp.Pipeline([dp.LabelErrors(**QUICK)], target=target).fit(given)
    with pytest.raises(ConfigError, match="the target y is None"):
        dp.Pipeline([dp.LabelErrors(**QUICK)]).fit(frame)
    days = frame.assign(day=pd.to_datetime(["2020-01-01", "2020-01-02"] * 120))
    for given in (days, days.assign(day=days["day"] - days["day"][0])):
        with pytest.raises(DataError, match="it names no classes"):
            dp.Pipeline([dp.ConflictingLabels()], target="day").fit(given)
    with pytest.raises(ConfigError, match=r"label_errors\.group: 'kind' is the target"):
        dp.Pipeline([dp.LabelErrors(**QUICK, group="kind")], target="kind").fit(frame)


def test_a_teacher_may_have_its_own_order_of_classes():
    """Columns follow ``classes_``, which need not be sorted."""

    class Backwards(ClassifierMixin, BaseEstimator):
        def fit(self, X, y, sample_weight=None):
            self.model = GaussianNB().fit(X, y)
            self.classes_ = self.model.classes_[::-1]
            return self

        def predict_proba(self, X):
            return self.model.predict_proba(X)[:, ::-1]

    own, plain = (dp.LabelErrors(teacher) for teacher in (Backwards(), GaussianNB()))
    for stage in (own, plain):
        dp.Pipeline([stage], target="kind").fit(people())
    np.testing.assert_array_equal(own.verdicts_.quality, plain.verdicts_.quality)


def test_a_teacher_that_cannot_be_copied_is_told():
    """Each fold has a fresh one: an object needs parameters by which it is copied."""

    class Bare:
        def fit(self, X, y): ...
        def predict_proba(self, X): ...

    with pytest.raises(ConfigError, match="has no get_params"):
        dp.Pipeline([dp.LabelErrors(Bare())], target="kind").fit(people())


@pytest.mark.parametrize(
    ("columns", "classes", "most", "told"),
    [("features", 2, 60_000, "31 columns"), (["x"], 60, 100_000, "60 columns")],
)
def test_what_a_teacher_sees_and_says_is_held_against_memory(
    monkeypatch, columns: Any, classes: int, most: int, told: str
):
    """Indicators, which are more than the columns, and a probability for each class."""
    number = np.arange(300)
    frame = pd.DataFrame({"x": number % 7, "town": [f"t{i}" for i in number % 30]})
    frame["y"] = [f"c{i}" for i in number % classes]
    monkeypatch.setattr(sizes, "LARGEST_MATRIX", most)
    with pytest.raises(DataError, match=f"300 rows and {told}"):
        dp.Pipeline([dp.LabelErrors(**QUICK, columns=columns)], target="y").fit(frame)


def test_a_teacher_that_is_an_object_is_not_saved(tmp_path):
    """It works in Python; to write it down is refused with the remedy."""
    pipe = dp.Pipeline([dp.LabelErrors(GaussianNB())], target="kind").fit(people())
    with pytest.raises(ConfigError, match=r"label_errors.teacher: GaussianNB is an object"):
        pipe.save(tmp_path / "pipe.json")


def test_the_same_rows_are_found_in_another_order_and_library():
    """Wherever rows stand their labels are found, and frames of each library agree on them."""
    frame = people()
    moved = frame.sample(frac=1, random_state=0)
    for given, at in ((frame, frame), (pl.from_pandas(frame), frame), (moved, moved)):
        stage = dp.LabelErrors(action="flag")
        dp.Pipeline([stage], target="kind").fit(given)
        rows = stage.verdicts_.rows[stage.verdicts_.wrong]
        assert sorted(at.index[rows].tolist()) == WRONG


@pytest.mark.parametrize("labels", [(0, 1), (False, True), ("a", "b"), (3.0, 7.0)])
def test_relabelled_targets_come_back_as_they_were_given(labels):
    """Whole numbers, truth values, texts, as an array and as a Series: type and class kept."""
    frame = people()
    y = np.array(labels)[(frame.pop("kind") == "young").astype(int)]
    right = np.array(labels)[(people(wrong=())["kind"] == "young").astype(int)]
    for given in (y, pd.Series(y, name="y"), pl.Series(y), y.tolist()):
        _, found = dp.LabelErrors(**QUICK, action="relabel").fit_resample(frame, given)
        assert type(found) is type(given)
        assert list(found) == right.tolist()


@pytest.mark.slow
def test_a_keras_model_may_teach():
    """A function of the numbers of features and classes returns the model; draws are left alone."""
    keras = pytest.importorskip("keras", reason="TensorFlow is an extra")

    def network(n_features: int, n_classes: int) -> Any:
        layers = [keras.layers.Dense(n_classes, activation="softmax")]
        model = keras.Sequential([keras.Input((n_features,)), *layers])
        model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
        return model

    before = np.random.get_state()[1].copy()
    stages = [dp.LabelErrors(network, columns=["age"], folds=2) for _ in range(2)]
    for stage in stages:
        dp.Pipeline([stage], target="kind").fit(people())
    one, other = (stage.verdicts_ for stage in stages)
    assert set(WRONG) <= set(one.rows[one.wrong])
    np.testing.assert_array_equal(one.quality, other.quality)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_a_file_is_cleaned_by_yaml_on_the_command_line(tmp_path):
    """A CSV with codes as labels: relabelled, told in the summary, and undone."""
    frame = people()
    frame["kind"] = np.where(frame["kind"] == "old", "01", "02")
    frame.to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "p.yaml").write_text(
        "target: kind\nstages:\n  - label_errors: {teacher: logistic_regression, action: relabel}\n"
    )
    run = ran("clean", "in.csv", "--pipeline", "p.yaml", cwd=tmp_path)
    assert run.code == 0, run.err
    out = pd.read_csv(tmp_path / "in.clean.csv", dtype=str)
    right = people(wrong=())["kind"].map({"old": "01", "young": "02"})
    assert out["kind"].tolist() == right.tolist()
    summary = json.loads((tmp_path / "in.clean.dataprep" / "summary.json").read_text())
    assert summary["stages"][-1]["facts"]["acted_on"] == 4
    assert ran("undo", "in.clean.csv", "-o", "back.csv", cwd=tmp_path).code == 0
    assert (tmp_path / "back.csv").read_text() == (tmp_path / "in.csv").read_text()


# ---- contradictory labels


def test_the_same_rows_with_other_labels_conflict():
    """The minority of the same rows is wrong, both are where they are as many."""
    X = pd.DataFrame({"a": [1, 1, 1, 2, 2, 3], "b": [None, None, None, "x", "x", "y"]})
    y = np.array([0, 0, 1, 0, 1, 1])
    stage = dp.ConflictingLabels().fit(X, y)
    assert stage.verdicts_.wrong.tolist() == [False, False, True, True, True, False]
    assert stage.verdicts_.likely.tolist() == [-1, -1, 0, -1, -1, -1]
    assert stage.verdicts_.quality.round(2).tolist() == [0.67, 0.67, 0.33, 0.5, 0.5, 1.0]


def test_near_rows_conflict_within_a_tolerance():
    """Numbers a hair apart are the same rows; another text makes them others."""
    X = pd.DataFrame({"a": [1.0, 1.001, 1.002, 1.001, 9.0, 5.0], "t": list("xxxyxx")})
    y = np.array([0, 0, 1, 1, 1, 0])
    assert not dp.ConflictingLabels().fit(X, y).verdicts_.wrong.any()
    stage = dp.ConflictingLabels(tolerance=0.01).fit(X, y)
    assert np.flatnonzero(stage.verdicts_.wrong).tolist() == [2]
    alone = dp.ConflictingLabels(tolerance=0.01, n_neighbors=1).fit(X, y)
    assert stage.verdicts_.quality[2].round(2) == 0.33
    assert alone.verdicts_.quality[2] == 0.5
    back = dp.ConflictingLabels(tolerance=0.01).fit(X[::-1], y[::-1])
    assert np.flatnonzero(back.verdicts_.wrong[::-1]).tolist() == [2]


def test_infinities_are_no_gaps_and_not_alike():
    """Within a tolerance too: missing, plus and minus infinity are three values."""
    X = pd.DataFrame({"a": [np.inf, -np.inf, np.nan, 1.0, 2.0, np.inf]})
    y = np.array(list("abaaab"))
    exact, near = (dp.ConflictingLabels(tolerance=t).fit(X, y).verdicts_ for t in (0.0, 0.01))
    assert near.quality.tolist() == exact.quality.tolist() == [0.5, 1.0, 1.0, 1.0, 1.0, 0.5]


def test_copies_that_were_found_before_are_the_same_rows():
    """``by`` takes the clusters of FuzzyDuplicates(action='group')."""
    names = ["Anna Maria Berger", "Anna Maria Bergr", "Otto Schmidt", "Ines Vogel", "Paul Hahn"]
    frame = pd.DataFrame({"name": names * 2, "town": ["Ulm", "Ulm", "Jena", "Kiel", "Bonn"] * 2})
    frame["label"] = ["yes", "no", "no", "yes", "no", "yes", "yes", "no", "yes", "no"]
    frame["copies"] = [0, 0, 2, 3, 4, 0, 0, 2, 3, 4]
    pipe = dp.Pipeline([dp.ConflictingLabels(by="copies", action="relabel")], target="label")
    assert dp.clean(frame, pipeline=pipe).data["label"].tolist() == [
        "yes", "yes", "no", "yes", "no", "yes", "yes", "no", "yes", "no",
    ]  # fmt: skip


# ---- several annotators


def annotated() -> pd.DataFrame:
    """Return items with the labels of three people, the last of whom errs one way."""
    draw = np.random.default_rng(0)
    truth = np.where(draw.random(200) < 0.4, "ham", "spam")
    frame = pd.DataFrame({"length": draw.integers(1, 90, 200), "truth": truth})
    for name, rate in (("ann", 0.05), ("bob", 0.1)):
        flipped = draw.random(200) < rate
        frame[f"label_{name}"] = np.where(
            flipped, np.where(truth == "ham", "spam", "ham"), truth
        ).astype(object)
    frame["label_cy"] = np.where((truth == "ham") & (draw.random(200) < 0.7), "spam", truth)
    frame.loc[::7, "label_bob"] = None
    return frame


def test_the_consensus_is_the_target_and_annotators_are_no_features():
    """Nearly all labels are right; who errs in one way is found out by the kappas."""
    stage = dp.ConsensusLabel()
    result = dp.clean(annotated(), pipeline=dp.Pipeline([stage]))
    assert (result.data["label"] == result.data["truth"]).mean() > 0.9
    assert result.pipeline.roles_.get("truth") is None
    people = stage.agreement_["annotators"]
    assert min(people, key=lambda name: people[name]["kappa"]) == "label_cy"
    assert any("worth asking again" in n for n in result.summary["stages"][0]["notes"])


def test_labels_that_are_not_sure_are_left_missing():
    """Two against one is two thirds of the votes, and a tie has no label."""
    frame = pd.DataFrame({"label_a": ["x", "x", "y"], "label_b": ["x", "y", "y"]})
    frame["label_c"] = ["x", None, "x"]
    stage = dp.ConsensusLabel(method="majority", min_confidence=0.7, output="agreed")
    found = stage.fit_resample(frame)[1]
    assert found[0] == "x"
    assert found[1:].isna().all()


def test_labels_of_two_kinds_are_refused():
    """One annotator writes numbers and another texts."""
    frame = pd.DataFrame({"label_a": ["x", "y"] * 3, "label_b": [0, 1] * 3})
    with pytest.raises(DataError, match="some labels are texts and some are numbers"):
        dp.ConsensusLabel().fit(frame)


def test_no_column_of_labels_is_told():
    """Nothing is decided where nothing is chosen."""
    result = dp.clean(people(), pipeline=dp.Pipeline([dp.ConsensusLabel()]))
    assert "nothing to decide" in result.summary["stages"][0]["notes"][0]


@pytest.mark.parametrize("beside", [{"columns": ["zz"]}, {"tolerance": 9.0}])
def test_what_would_be_ignored_beside_by_is_refused(beside):
    """Which rows are the same is said by one column, or by others and how near they are."""
    frame = pd.DataFrame({"x": [1, 1, 2], "y": ["a", "b", "a"]})
    pipeline = dp.Pipeline([dp.ConflictingLabels(by="x", **beside)], target="y")
    with pytest.raises(ConfigError, match=f"{next(iter(beside))}: would be ignored: by='x'"):
        dp.clean(frame, pipeline=pipeline)
