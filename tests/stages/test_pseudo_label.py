"""PseudoLabel: labels with a record, weights and a budget, and refusals in words."""

import json
from pathlib import Path
from typing import ClassVar

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import dataprep as dp
from dataprep.errors import ConfigError, DataError

RECIPE = """
target: bought
stages:
  - split: {test: 0.2, validation: 0.1}
  - pseudo_label: {rounds: 2, soft: true, safeguard: false}
  - random_over_sampler: {}
  - class_weight: {}
"""


def customers(n=400, known=0.3, seed=0):
    """Return customers of whom a line tells who bought; for most of them nobody knows."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 70, n).astype(float),
            "income": rng.normal(size=n).round(3),
            "plan": rng.choice(["basic", "plus", "pro"], n),
        }
    )
    frame["bought"] = np.where(frame["age"] + 5 * frame["income"] > 45, "of age", "young")
    frame["truth"] = frame["bought"]
    frame.loc[rng.random(n) > known, "bought"] = None
    return frame


def cleaned(frame, *stages, **roles):
    roles = {"target": "bought", "id": "truth", **roles}
    return dp.clean(frame, pipeline=dp.Pipeline(list(stages), **roles))


def stage(**parameters):
    return dp.PseudoLabel(**{"rounds": 1, "folds": 3, "safeguard": False, **parameters})


def facts_of(result, label="0:pseudo_label"):
    return next(s for s in result.summary["stages"] if s["stage"] == label)["facts"]


def notes_of(result):
    return " ".join(note for s in result.summary["stages"] for note in s["notes"])


def test_labels_come_with_origin_round_and_confidence():
    """Every label that was given is in the ledger with its reason, and is mostly right."""
    frame = customers()
    result = cleaned(frame, stage())
    data = result.data
    new = data["_origin"].eq("pseudo_label")
    assert new.sum() == sum(facts_of(result)["selected"].values()) > 100
    assert (data["bought"] == data["truth"])[new].mean() > 0.9
    assert data.loc[new, "_label_round"].eq(1).all()
    assert data.loc[new, "_label_confidence"].between(0.5, 1).all()
    assert data.loc[~new, ["_label_round", "_label_confidence"]].isna().all(axis=None)
    ledger = result.ledger
    told = ledger[ledger["action"] == "relabel"]
    assert told["row"].tolist() == new[new].index.tolist()
    assert told["before"].isna().all()
    assert told["reason"].str.fullmatch(r"pseudo_label: round 1, confidence \d\.\d{3}").all()
    assert result.summary["rows_synthetic"] == 0
    pd.testing.assert_frame_equal(result.undo(), frame)


def test_rows_that_nobody_is_sure_of_are_rejected_with_a_reason():
    """The reason names the likeliest class and how likely it is; or they are kept."""
    frame = customers()
    result = cleaned(frame, stage(threshold=0.99, alpha=0))
    left = facts_of(result)["left"]
    assert len(result.rejected) == left > 0
    told = r"no label: .* is the likeliest, with a confidence of 0\.\d{3}: 0\.990 is needed"
    assert result.rejected["_reason"].str.fullmatch(told).all()
    kept = cleaned(frame, stage(threshold=0.99, alpha=0, unlabelled="keep"))
    assert len(kept.data) == len(frame)
    assert kept.data["bought"].isna().sum() == left
    assert f"the target is still missing in {left} of 400 rows" in notes_of(kept)


def test_sure_rows_that_get_no_label_are_told_so():
    """Held back by alpha, one too many, or rolled back: the reason names which, and the bound."""
    frame = customers(n=200)
    result = cleaned(frame, stage(threshold=0.6, alpha=1.0))
    reasons = result.rejected["_reason"]
    turn = facts_of(result)["rounds"][0]
    assert reasons.str.contains("only the surest of its class").sum() == turn["held_back"] > 0
    assert f"{turn['held_back']} more rows are sure enough" in notes_of(result)
    capped = cleaned(frame, stage(threshold=0.6, alpha=0, max_total=5))
    reasons = capped.rejected["_reason"]
    assert reasons.str.endswith("one too many (max_per_class, max_total)").sum() > 50
    none = cleaned(frame, stage(threshold=0.6, max_per_class={"young": 0, "of age": 0}))
    assert "rows are sure enough, and max_per_class or max_total allows none" in notes_of(none)


def test_what_another_stage_labelled_neither_teaches_nor_judges():
    """The labels of people alone: how many rows judge is as without the other stage."""
    rules = [
        {"label": "young", "when": {"column": "income", "operator": "<", "value": -0.3}},
        {"label": "of age", "when": {"column": "income", "operator": ">=", "value": 0.3}},
    ]
    before = dp.LabelingRules(rules, unlabelled="keep")
    frame = customers(n=300)
    alone = facts_of(cleaned(frame, stage(unlabelled="keep", max_total=20)))
    result = cleaned(frame, before, stage(unlabelled="keep", max_total=20))
    facts = facts_of(result, "1:pseudo_label")
    assert facts["labelled"] == alone["labelled"] == frame["bought"].notna().sum()
    one, other = facts["rounds"][0]["precision"], alone["rounds"][0]["precision"]
    assert one["held_out"] == pytest.approx(other["held_out"], abs=3)
    assert "labels are of earlier stages: they neither teach nor judge" in notes_of(result)


def test_a_rare_class_is_given_to_none_and_named():
    """One row of a class: it is not judged by it, and the note says so."""
    frame = customers(n=200)
    frame.loc[frame["bought"].first_valid_index(), "bought"] = "odd"
    result = cleaned(frame, stage())
    assert facts_of(result)["selected"]["odd"] == 0 < facts_of(result)["selected"]["young"]
    assert "too few labelled rows to judge by, given to none: odd" in notes_of(result)


def test_weights_of_rows_reach_the_teacher():
    """A role of weights changes what is learned."""
    frame = customers(n=200).assign(w=1.0)
    one = cleaned(frame, stage(), weight="w").data["_label_confidence"]
    frame.loc[frame["bought"] == "young", "w"] = 50.0
    assert not one.equals(cleaned(frame, stage(), weight="w").data["_label_confidence"])


def test_confidence_weighs_and_multiplies_a_weight_that_is_there():
    """Labelled rows keep their weight; another's label counts as much as it is sure."""
    data = cleaned(customers(), stage()).data
    new = data["_origin"].notna()
    assert data.loc[~new, "sample_weight"].eq(1.0).all()
    assert data.loc[new, "sample_weight"].to_numpy() == pytest.approx(
        data.loc[new, "_label_confidence"].to_numpy()
    )
    weighted = customers().assign(w=2.0)
    data = cleaned(weighted, stage(), weight="w").data
    assert "sample_weight" not in data
    new = data["_origin"].notna()
    assert data.loc[new, "w"].to_numpy() == pytest.approx(2 * data.loc[new, "_label_confidence"])
    assert "sample_weight" not in cleaned(customers(), stage(weight=False)).data


def test_class_weight_and_prior_correction_know_of_the_labels():
    """Weights of classes are multiplied in; the shares before are those of labelled rows."""
    result = cleaned(customers(), stage(), dp.ClassWeight())
    data = result.data
    before = customers()["bought"].value_counts().to_dict()
    counts = result.pipeline.class_counts_
    assert counts["before"] == before
    sums = data.groupby("bought")["sample_weight"].sum()
    assert {k: pytest.approx(v) for k, v in counts["after"].items()} == sums.to_dict()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_fit_resample_gives_labels_where_y_had_none(library):
    """The target comes back whole, of the library that it came in, and weights beside it."""
    frame = customers()
    X, y = frame[["age", "income", "plan"]], frame["bought"]
    if library == "polars":
        X, y = pl.from_pandas(X), pl.Series("bought", [None if v != v else v for v in y])
    sampler = stage()
    made, labels = sampler.fit_resample(X, y)
    assert len(made) == len(labels) == len(sampler.sample_weight_)
    assert nw.from_native(labels, series_only=True).null_count() == 0
    assert list(made.columns) == ["age", "income", "plan"]
    assert sampler.rounds_[0]["outcome"] == "kept"


@pytest.mark.parametrize("kind", ["boolean", "integer", "float", "category"])
def test_targets_of_every_kind_get_labels_of_that_kind(kind):
    """True and false, codes, and categories of pandas; missing cells only are filled."""
    frame = customers()
    known = frame["bought"].notna()
    old = frame["bought"].eq("of age")
    typed = {
        "boolean": old.astype("boolean"),
        "integer": old.astype("Int64"),
        "float": old.astype("float64"),
        "category": frame["bought"].astype("category"),
    }[kind]
    frame["bought"] = typed.where(known)
    data = cleaned(frame, stage()).data
    assert data["bought"].dtype == frame["bought"].dtype
    assert data["bought"].notna().all()
    same = known.reindex(data.index)
    assert (data.loc[same, "bought"] == frame.loc[data.index, "bought"][same]).all()


def test_held_out_rows_never_get_a_label():
    """Validation and test hold labelled rows alone where rows are drawn, as they came."""
    frame = customers()
    data = cleaned(frame, dp.Split(test=0.2, validation=0.1), stage()).data
    held_out = data[data["split"] != "train"]
    assert held_out["bought"].notna().all()
    assert held_out["_origin"].isna().all()
    assert held_out["sample_weight"].isna().all()
    truth = frame.loc[held_out.index, "bought"]
    assert (held_out["bought"] == truth).all()


def test_a_held_out_row_without_a_target_stays_as_it_is():
    """A group takes its rows along, whether their target is known or not."""
    frame = customers().assign(person=np.arange(400) // 4)
    result = cleaned(frame, dp.Split(group="person", stratify=False), stage())
    held_out = result.data[result.data["split"] == "test"]
    assert held_out["bought"].isna().any()
    assert (held_out["bought"].fillna("") == frame.loc[held_out.index, "bought"].fillna("")).all()
    assert "the target is still missing in" in notes_of(result)


class Watching(LogisticRegression):
    """Notes which rows it learns from, and which it judges, by their first feature."""

    seen: ClassVar[list] = []

    def fit(self, X, y, sample_weight=None):
        self.seen.append((set(X[:, 0]), []))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        self.seen[-1][1].append(set(X[:, 0]))
        return super().predict_proba(X)


def test_a_group_is_not_judged_by_who_learned_from_it():
    """Rows of a person are in one fold, and count as one where a precision is told."""
    person = np.arange(400) // 8
    frame = customers().assign(
        person=person, height=np.random.default_rng(1).normal(size=50)[person]
    )
    frame = frame[["height", "age", "person", "bought", "truth"]]
    Watching.seen.clear()
    result = cleaned(frame, stage(teacher=Watching(), threshold=0.5), group="person")
    # Before there are labels: three without two folds, three without one, and one of all.
    first = Watching.seen[:6]
    assert all(len(learned) > 10 and judged[0] for learned, judged in first)
    assert not any(learned & judged[0] for learned, judged in first)
    told = facts_of(result)["rounds"][0]["precision"]
    alone = facts_of(cleaned(frame, stage(teacher=Watching(), threshold=0.5)))
    assert np.ptp(told["interval"]) > 1.2 * np.ptp(alone["rounds"][0]["precision"]["interval"])
    assert f"of {told['held_out']} held-out rows in " in notes_of(result)
    with pytest.raises(DataError, match=r"pseudo_label\.folds: 2 groups, and 3 folds"):
        cleaned(frame.assign(person=frame["person"] % 2), stage(), group="person")


def test_copies_of_labelled_rows_are_told():
    """They confirm each other: a group, or their removal, is the remedy."""
    frame = customers(n=200)
    twice = pd.concat([frame, frame[frame["bought"].notna()]], ignore_index=True)
    known = frame["bought"].notna().sum()
    told = f"{known} of {2 * known} labelled rows have the features of another one"
    assert told in notes_of(cleaned(twice, stage()))
    assert "of another one" not in notes_of(cleaned(frame, stage()))


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        (["much"] * 200, "w: weights of rows are no numbers"),
        ([np.nan, *[1.0] * 199], r"w: 1 of 200 weights are missing, .* of row 0 it is missing"),
        ([*[1.0] * 199, -2.0], r"w: 1 of 200 weights are missing, .* of row 199 it is -2"),
    ],
    ids=["texts", "gap", "negative"],
)
def test_weights_that_are_none_are_refused(weights, match):
    """The column is named, and the row: no teacher's message takes their place."""
    with pytest.raises(DataError, match=match):
        cleaned(customers(n=200).assign(w=weights), stage(), weight="w")


def test_what_names_tell_is_told_before_anything_is_computed():
    """No feature to learn from; a column of the weight's name whose role nobody gave."""
    with pytest.raises(DataError, match=r"pseudo_label\.columns: there is no feature to tell"):
        cleaned(customers()[["bought", "truth"]], stage(teacher=Broken()))
    with pytest.raises(ConfigError, match="there is a column 'sample_weight', and nothing says"):
        cleaned(customers().assign(sample_weight=1.0), stage(teacher=Broken()))


def test_why_no_confidence_is_enough_is_told():
    """Too few held-out rows, none at the precision, or a class that cannot be judged."""
    frame = customers(n=200)
    few = frame.dropna(subset="bought").groupby("bought").head(4).index
    frame["bought"] = frame["bought"].where(frame.index.isin(few), None)
    told = "8 held-out rows or groups show no precision, 10 would"
    result = cleaned(frame, stage())
    assert told in notes_of(result)
    assert result.rejected["_reason"].str.endswith(told).all()
    frame = customers()
    noise = np.random.default_rng(1).choice(["a", "b"], 400)
    frame["bought"] = frame["bought"].where(frame["bought"].isna(), noise)
    assert "at no confidence were 95% of held-out rows right" in notes_of(cleaned(frame, stage()))
    capped = notes_of(cleaned(customers(), stage(max_total=5)))
    assert "more rows are sure enough, but too many (max_per_class, max_total)" in capped


def test_labels_count_against_the_budget_of_made_rows():
    """Too many are refused with the share, here and where a later stage makes rows."""
    with pytest.raises(DataError, match=r"pseudo_label.max_synthetic: .* % are allowed"):
        cleaned(customers(), stage(max_synthetic=0.3))
    assert "rows that a stage made or labelled" in notes_of(cleaned(customers(), stage()))
    with pytest.raises(DataError, match=r"random_over_sampler.max_synthetic"):
        cleaned(customers(), stage(), dp.RandomOverSampler(max_synthetic=0.3))


def test_caps_and_thresholds_by_class():
    """A cap in total and by class holds; a class that nothing reaches is given to none."""
    result = cleaned(customers(), stage(max_total=40, max_per_class={"young": 10}))
    selected = facts_of(result)["selected"]
    assert selected["young"] <= 10
    assert sum(selected.values()) <= 40
    result = cleaned(customers(), stage(threshold={"young": 0.6, "of age": 1.0}, alpha=0))
    assert facts_of(result)["selected"]["of age"] == 0
    assert facts_of(result)["selected"]["young"] > 0


def test_facts_tell_of_every_round():
    """Thresholds, rows by class, precision with its interval, and the loss on held-out rows."""
    facts = facts_of(cleaned(customers(), stage(rounds=2)))
    assert json.loads(json.dumps(facts)) == facts
    first = facts["rounds"][0]
    low, high = first["precision"]["interval"]
    assert low <= first["precision"]["achieved"] <= high
    assert first["precision"]["achieved"] > 0.9
    assert first["loss_before"] - first["loss_after"] == pytest.approx(first["gain"])
    assert facts["labelled"] + facts["unlabelled"] == 400


def test_a_round_that_does_not_help_is_rolled_back_and_told():
    """Labels drawn at random teach nothing: not one stays, and the notes say so."""
    frame = customers()
    frame["bought"] = frame["bought"].where(
        frame["bought"].isna(), np.random.default_rng(1).choice(["a", "b"], 400)
    )
    result = cleaned(frame, stage(threshold=0.5, safeguard=True, calibration=None))
    assert "round 1 was rolled back: the loss on held-out rows" in notes_of(result)
    assert result.data["_label_round"].isna().all()
    assert len(result.rejected) == facts_of(result)["unlabelled"]


def test_everything_labelled_is_told():
    """Nothing to supply: the rows as they came, with a weight of 1."""
    frame = customers(known=1.1)
    result = cleaned(frame, stage())
    assert "every row has a label already: nothing to supply" in notes_of(result)
    assert result.data["sample_weight"].eq(1.0).all()
    assert len(result.data) == len(frame)


def test_thresholds_that_select_nothing_tell_the_highest_confidence():
    """What the highest confidence was, and of which class."""
    frame = customers(known=0.1)
    result = cleaned(frame, stage(threshold=1.0, calibration="sigmoid", columns="income"))
    notes = notes_of(result)
    assert "0 of" in notes
    assert "no row was sure enough. The highest confidence was 0." in notes
    assert "1.000 is needed" in notes


def test_nothing_labelled_and_one_class_are_refused():
    """There is nothing to learn from, in words that name the column."""
    frame = customers().assign(bought=pd.Series([None] * 400, dtype=object))
    with pytest.raises(DataError, match="no row has a label in 'bought'"):
        cleaned(frame, stage())
    frame = customers()
    frame["bought"] = frame["bought"].where(frame["bought"] == "young", None)
    with pytest.raises(DataError, match="more than 1 class is needed"):
        cleaned(frame, stage())
    frame = customers()
    few = frame.dropna(subset="bought").groupby("bought").head(2).index
    frame["bought"] = frame["bought"].where(frame.index.isin(few), None)
    with pytest.raises(DataError, match="fewer than the 5 folds"):
        cleaned(frame, stage(folds=5))


class Broken(ClassifierMixin, BaseEstimator):
    """A classifier that cannot be fitted."""

    def fit(self, X, y, sample_weight=None):
        raise ValueError("the moon is full")

    def predict_proba(self, X):
        return X


def test_a_teacher_that_fails_names_stage_and_round():
    """Its own message, the parameter, the stage and the round."""
    with pytest.raises(DataError, match="the moon is full") as caught:
        cleaned(customers(), stage(teacher=Broken()))
    assert "pseudo_label.teacher" in str(caught.value)
    assert caught.value.__notes__ == ["in round 0 of 1", "in stage 0:pseudo_label"]


def test_teachers_by_name_and_by_object():
    """Trees see codes and gaps; an object works in the library, and is not saved."""
    frame = customers()
    frame.loc[::9, "plan"] = None
    frame.loc[::7, "age"] = None
    for name in ("hist_gradient_boosting", "extra_trees"):
        assert sum(facts_of(cleaned(frame, stage(teacher=name)))["selected"].values()) > 0
    # These take no weights: labels count as much as others, and that is told.
    for teacher in (KNeighborsClassifier(), make_pipeline(StandardScaler(), LogisticRegression())):
        result = cleaned(frame, stage(teacher=teacher))
        assert sum(facts_of(result)["selected"].values()) > 0
        assert "takes no weights: rows count the same in learning" in notes_of(result)
        assert "takes no weights" not in notes_of(
            cleaned(frame, stage(teacher=teacher, weight=False))
        )
    with pytest.raises(ConfigError, match=r"pseudo_label\.teacher"):
        result.pipeline.to_dict()
    with pytest.raises(ConfigError, match="Did you mean 'logistic_regression'"):
        cleaned(frame, stage(teacher="logistic_regresion"))


@pytest.mark.slow
def test_a_keras_model_teaches():
    """A factory of a model is a teacher."""
    keras = pytest.importorskip("keras", reason="needs the extra tensorflow")

    class Quick(keras.Sequential):
        """Ten rounds over the rows: the teacher is fitted twenty times."""

        def fit(self, *given, **named):
            return super().fit(*given, **{**named, "epochs": 10})

    def network(n_features, n_classes):
        layers = [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, "softmax")]
        model = Quick(layers)
        model.compile(keras.optimizers.Adam(0.2), "sparse_categorical_crossentropy")
        return model

    frame = customers(n=80, known=0.5)
    parameters = {"teacher": network, "threshold": 0.6, "alpha": 0.0}
    data = cleaned(frame, stage(**parameters)).data
    assert data["_label_round"].notna().any()


def test_a_threshold_for_a_class_that_is_not_there_is_refused():
    """The nearest name is given, and a class that was forgotten."""
    with pytest.raises(DataError, match="there is no class 'yung' in bought"):
        cleaned(customers(), stage(threshold={"yung": 0.9}))
    with pytest.raises(ConfigError, match="no threshold for the class 'of age'"):
        cleaned(customers(), stage(threshold={"young": 0.9}))


def test_it_stands_behind_a_split():
    """In front of it, rows that are held out would have a part in labels."""
    with pytest.raises(ConfigError, match=r"pseudo_label stands before split"):
        cleaned(customers(), stage(), dp.Split())


def test_a_file_is_labelled_divided_and_balanced_by_a_recipe(dataprep):
    """From the command line, on CSV: parts, provenance, undo, and the feed of soft labels."""
    frame = customers().drop(columns="truth")
    frame.to_csv("in.csv", index=False)
    given = Path("in.csv").read_text()
    Path("recipe.yaml").write_text(RECIPE)
    answer = dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-q")
    assert answer.code == 0, answer.err
    train = pd.read_csv("in.clean.train.csv")
    summary = json.loads(Path("in.clean.dataprep/summary.json").read_text())
    origins = train["_origin"].value_counts().to_dict()
    selected = summary["stages"][1]["facts"]["selected"]
    assert origins.get("pseudo_label", 0) >= sum(selected.values()) > 0
    assert train["bought"].notna().all()
    assert train[["_soft_of age", "_soft_young"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    for part in ("validation", "test"):
        held_out = pd.read_csv(f"in.clean.{part}.csv")
        assert held_out["_origin"].isna().all()
        assert held_out["bought"].notna().all()
    assert dataprep("undo", "in.clean.train.csv", "-o", "back.csv").code == 0
    assert Path("back.csv").read_text() == given
    assert dataprep("apply", "in.clean.dataprep/pipeline.json", "in.csv", "-o", "out.csv").code == 0
    assert len(pd.read_csv("out.csv")) == len(frame)


@pytest.mark.parametrize(
    "behind",
    [dp.LabelErrors("logistic_regression", action="relabel"), dp.LabelSpreading()],
    ids=lambda stage: stage.name(),
)
def test_no_stage_changes_labels_behind_soft_ones(behind):
    """Soft labels would still teach the label that a row had before: the later stage is refused."""
    soft = stage(soft=True, unlabelled="keep")
    with pytest.raises(DataError, match=rf"{behind.name()}: '_soft_.*before the one that gives"):
        cleaned(customers(), soft, behind)


def test_rows_may_be_dropped_behind_soft_labels():
    """A stage that changes no label may stand behind soft labels."""
    behind = dp.LabelErrors("logistic_regression", action="drop")
    assert any(n.startswith("_soft_") for n in cleaned(customers(), stage(soft=True), behind).data)
