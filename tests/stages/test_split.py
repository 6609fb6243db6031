"""Split: exact shares, whole groups, the same rows everywhere, and refusals in words."""

import datetime as dt

import imblearn.over_sampling
import imblearn.pipeline
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.testing import given_as


def rows(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n).round(3),
            "person": rng.integers(0, n // 4, n),
            "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(n) // 3, unit="D"),
            "y": np.where(rng.random(n) < 0.1, "yes", "no"),
        }
    )


def divided(frame, stage, target="y"):
    return dp.clean(frame, pipeline=dp.Pipeline([stage], target=target)).data


def test_sizes_are_exact_in_all_and_in_each_class():
    """Largest remainders: not a row more or less than the shares ask for."""
    data = divided(rows(), dp.Split(test=0.2, validation=0.15))
    assert data["split"].value_counts().to_dict() == {"train": 130, "test": 40, "validation": 30}
    counts = pd.crosstab(data["y"], data["split"])
    shares = counts.div(counts.sum(axis=1), axis=0)
    assert abs(shares.loc["yes", "test"] - 0.2) < 1 / counts.loc["yes"].sum()


def test_counts_of_rows_are_counts():
    """A whole number is a number of rows."""
    data = divided(rows(), dp.Split(test=17, validation=3, stratify=False))
    assert data["split"].value_counts().to_dict() == {"train": 180, "test": 17, "validation": 3}


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
@pytest.mark.parametrize(
    "parameters",
    [{"validation": 0.1}, {"group": "person"}, {"time": "day"}, {"key": "person"}],
    ids=str,
)
def test_the_same_rows_on_every_engine(engine, parameters, tmp_path):
    """Where a table lives does not matter to which part a row is in."""
    frame = rows()
    expected = divided(frame, dp.Split(**parameters))["split"].tolist()
    given = given_as(pa.Table.from_pandas(frame, preserve_index=False), engine, 3, tmp_path)
    data = divided(given, dp.Split(**parameters))
    found = data.to_arrow() if engine == "duckdb" else data
    column = found["split"]
    listed = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    assert listed == expected


def test_groups_stay_together_and_classes_have_about_their_share():
    """No person is on two sides."""
    data = divided(rows(2000), dp.Split(group="person", validation=0.1))
    assert (data.groupby("person")["split"].nunique() == 1).all()
    shares = data.groupby("split")["y"].apply(lambda y: (y == "yes").mean())
    assert shares.max() - shares.min() < 0.01


def test_the_last_rows_are_held_out_by_time():
    """Nothing in training is later than anything in validation, nor that than the test part."""
    frame = rows().sample(frac=1, random_state=0)
    data = divided(frame, dp.Split(time="day", validation=0.2, stratify=False))
    first, last = data.groupby("split")["day"].min(), data.groupby("split")["day"].max()
    assert last["train"] < first["validation"] <= last["validation"] < first["test"]


def test_a_person_stays_in_the_part_next_month():
    """The part of a key depends on nothing else: other rows, order, type of the column."""
    frame = rows(400)
    here = divided(frame, dp.Split(key="person", stratify=False))
    later = frame[["person"]].drop_duplicates().iloc[::-1].assign(new=1)
    later["person"] = later["person"].astype(str)
    there = divided(later, dp.Split(key="person"), target=None)
    known = dict(zip(here["person"].astype(str), here["split"], strict=True))
    assert [known[p] for p in there["person"]] == there["split"].tolist()


def test_long_identifiers_are_not_rounded_together():
    """Whole numbers beyond 2**53 keep every digit on the way to their group."""
    ids = [10**18 + i for i in range(100)]
    frame = pd.DataFrame({"id": ids})
    stage = dp.Split(group="id", test=0.5).fit(frame)
    assert stage.states_[0]["rows"] == {"test": 50, "train": 50}


def test_folds_number_the_rows_and_leave_out_the_test_part():
    """Every row that is not for testing is in one fold; classes have their share of each."""
    data = divided(rows(210), dp.Split(folds=5, test=10))
    assert data["fold"].isna().sum() == 10
    assert (data["fold"].isna() == (data["split"] == "test")).all()
    assert data["fold"].value_counts().tolist() == [40] * 5
    yes = data[data["y"] == "yes"]["fold"].value_counts()
    assert yes.max() - yes.min() <= 1


def test_a_column_that_names_the_parts_becomes_the_column_of_parts():
    """Other words for the parts are understood, and the ledger tells which cells were reworded."""
    frame = pd.DataFrame({"x": range(6), "set": ["Train", "val", "dev", "test", "train", "train"]})
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.Split(column="set")]))
    expected = ["train", "validation", "validation", "test", "train", "train"]
    assert result.data["set"].tolist() == expected
    assert result.summary["cells_changed"] == 3
    assert result.undo().equals(frame)


def test_later_stages_learn_from_training_rows_alone():
    """The mean that fills a gap is that of the training part."""
    frame = rows()
    frame.loc[3, "x"] = np.nan
    pipe = dp.Pipeline([dp.Split(), dp.Impute(strategy="mean", columns="x")], target="y")
    train = divided(frame, dp.Split())["split"] == "train"
    filled = dp.clean(frame, pipeline=pipe).data["x"][3]
    assert filled == pytest.approx(frame["x"][train].mean())


def test_a_target_beside_the_columns_is_stratified_too():
    """``fit_resample(X, y)`` gives the training rows, with their share of each class."""
    frame = rows()
    X, y = dp.Split(test=0.5).fit_resample(frame.drop(columns="y"), frame["y"])
    assert len(X) == len(y) == 100
    assert abs((y == "yes").sum() - (frame["y"] == "yes").sum() / 2) <= 0.5


def test_rows_without_a_target_are_drawn_for_training():
    """No model can be judged by them: the shares are those of the rows that have a target."""
    frame = rows()
    frame.loc[:49, "y"] = None
    X, y = dp.Split(validation=0.1).fit_resample(frame.drop(columns="y"), frame["y"])
    assert len(X) == 50 + 0.7 * 150
    assert y.isna().sum() == 50


def test_rows_without_a_target_stay_with_their_group():
    """A person is on one side, whether the target is known or not."""
    frame = rows()
    frame.loc[:49, "y"] = None
    found = divided(frame, dp.Split(group="person"), target=None)
    assert found.groupby("person")["split"].nunique().eq(1).all()


# ---- as scikit-learn's splitter


def test_scikit_learn_takes_it_for_cv():
    """cross_val_score and GridSearchCV go through its folds."""
    frame = rows()
    X, y = frame[["x"]], frame["y"]
    cv = dp.Split(folds=4)
    assert len(cross_val_score(LogisticRegression(), X, y, cv=cv)) == cv.get_n_splits() == 4
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=cv).fit(X.to_numpy(), y)


def test_folds_are_a_partition_stratified_and_the_same_for_frames_and_arrays():
    """Every row is tried on once, and a class has its share of each fold."""
    frame = rows()
    pairs = list(dp.Split(folds=5).split(frame, frame["y"]))
    tried = np.concatenate([test for _, test in pairs])
    assert sorted(tried.tolist()) == list(range(200))
    assert all(not set(train) & set(test) for train, test in pairs)
    again = list(dp.Split(folds=5).split(np.zeros((200, 3)), frame["y"].to_numpy()))
    assert [test.tolist() for _, test in again] == [test.tolist() for _, test in pairs]
    yes = [(frame["y"].iloc[test] == "yes").sum() for _, test in pairs]
    assert max(yes) - min(yes) <= 1


def test_groups_are_taken_beside_or_as_its_column():
    """Both give the same folds, and no group is on both sides."""
    frame = rows()
    cv = dp.Split(folds=3)
    beside = list(cv.split(frame, frame["y"], groups=frame["person"]))
    column = list(dp.Split(folds=3, group="person").split(frame, frame["y"]))
    for (train, test), (_, same) in zip(beside, column, strict=True):
        assert test.tolist() == same.tolist()
        assert not set(frame["person"].iloc[train]) & set(frame["person"].iloc[test])
    with pytest.raises(ConfigError, match="it is no frame"):
        next(dp.Split(folds=3, group="person").split(np.zeros((9, 2))))


def test_without_folds_there_is_one_pair():
    """Training and validation; the test part stays out of it."""
    frame = rows()
    [(train, tried)] = dp.Split(test=0.2, validation=0.1).split(frame, frame["y"])
    assert (len(train), len(tried)) == (140, 20)
    [(train, tried)] = dp.Split(test=0.25).split(frame)
    assert (len(train), len(tried)) == (150, 50)


class Remembers(ClassifierMixin, BaseEstimator):
    """A model that keeps what it was trained on and asked about."""

    seen: list = []  # noqa: RUF012 - shared by the clones, on purpose

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen.append(("fit", np.asarray(X)[:, 0]))
        return self

    def predict(self, X):
        self.seen.append(("predict", np.asarray(X)[:, 0]))
        return np.full(len(X), self.classes_[0])


def test_validation_folds_never_hold_a_synthetic_row():
    """In imbalanced-learn's pipeline rows are made in training only, fold by fold."""
    frame = rows()
    Remembers.seen.clear()
    sampler = imblearn.over_sampling.SMOTE(random_state=0, k_neighbors=2)
    pipe = imblearn.pipeline.Pipeline([("smote", sampler), ("model", Remembers())])
    cross_validate(pipe, frame[["x"]], frame["y"], cv=dp.Split(folds=4))
    originals = set(frame["x"])
    tried = [values for what, values in Remembers.seen if what == "predict"]
    trained = [values for what, values in Remembers.seen if what == "fit"]
    assert sorted(np.concatenate(tried)) == sorted(frame["x"])
    assert all(not set(values) <= originals for values in trained)


# ---- refusals


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"test": 0.6, "validation": 0.4}, "leave none for training"),
        ({"test": 1.5}, "1.5 is no share"),
        ({"test": -0.1}, "greater than or equal to 0"),
        ({"test": True}, "should be of type"),
        ({"folds": 1}, "greater than or equal to 2"),
        ({"group": "persn"}, "Did you mean 'person'"),
        ({"group": "person", "key": "person"}, "group and key both say"),
        ({"time": "day", "stratify": True}, "divided by time cannot be stratified"),
        ({"folds": 3, "validation": 0.1}, "3 folds beside 'validation'"),
        ({"folds": 3, "time": "day"}, "3 folds beside 'time'"),
        ({"key": "person", "test": 10}, "10 rows cannot be counted off by a key"),
        ({"column": "y", "test": 0.1}, "says already which rows"),
    ],
    ids=str,
)
def test_parameters_that_make_no_sense(parameters, told):
    """Each is told with its value, before anything is done."""
    with pytest.raises(ConfigError, match=told):
        dp.Pipeline([dp.Split(**parameters)], target="y").fit(rows())


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"time": "y"}, "is of kind text, it says no time|is of kind category, it says no time"),
        ({"time": "gap"}, "'gap' is missing in 1 of 200 rows"),
        ({"group": "gap"}, "'gap' is missing in 1 of 200 rows"),
        ({"key": ["person", "gap"]}, "'gap' is missing in 1 of 200 rows"),
        ({"time": "inf"}, "infinite"),
        ({"time": "one"}, "1 different time, and 2 parts"),
        ({"group": "one"}, "1 group, and 2 parts"),
        ({"group": "most"}, "the group most=7 has 190 rows, more than the 160"),
        ({"stratify": "x"}, "'x' has fractions, it is no class"),
        ({"stratify": "day"}, "'day' is of kind timestamp"),
        ({"column": "y"}, "'(no|yes)' in 'y' names no part"),
        ({"column": "gap"}, "missing in 1 of 200"),
        ({"column": "held"}, "no row for training, only test"),
    ],
    ids=str,
)
def test_columns_that_cannot_divide_rows(parameters, told):
    """The column and its value are in the error."""
    frame = rows().assign(gap=1.0, inf=1.0, one=1, most=7, held="test")
    frame.loc[5, "gap"] = np.nan
    frame.loc[5, "inf"] = np.inf
    frame.loc[:9, "most"] = np.arange(10) + 100
    with pytest.raises(DataError, match=told):
        dp.Pipeline([dp.Split(**parameters)], target="y").fit(frame)


def test_a_class_that_would_be_missing_in_a_part_is_told():
    """Its name, its rows, and what would work; in every way of splitting."""
    frame = rows()
    frame["y"] = ["rare"] * 2 + ["no"] * 198
    with pytest.raises(DataError, match=r"'rare' of y has 2 rows, and there are 3 parts"):
        divided(frame, dp.Split(validation=0.1))
    with pytest.raises(DataError, match=r"'rare' of y, with 2 rows in all, has none in the part"):
        divided(frame, dp.Split(time="day"))
    assert len(divided(frame, dp.Split(time="day", stratify=False))) == 200
    with pytest.raises(DataError, match="'test' is to have 1 row, and there are 2 classes"):
        divided(frame, dp.Split(test=1))


def test_a_target_of_numbers_is_not_stratified_unless_asked():
    """A number to predict is no class; to ask for it is an error."""
    frame = rows()
    data = divided(frame, dp.Split(), target="x")
    assert data["split"].value_counts().to_dict() == {"train": 160, "test": 40}
    with pytest.raises(DataError, match="has fractions"):
        divided(frame, dp.Split(stratify=True), target="x")
    with pytest.raises(ConfigError, match="no target to stratify by"):
        divided(frame, dp.Split(stratify=True), target=None)


def test_a_column_called_split_is_not_overwritten():
    """It is said how to use it, if it names the parts."""
    frame = rows().assign(split="train")
    with pytest.raises(DataError, match="column='split'"):
        divided(frame, dp.Split())


def test_times_of_a_zone_divide_rows_too():
    """A zone does not change what comes first."""
    frame = rows().assign(day=lambda f: f["day"].dt.tz_localize("Asia/Tokyo"))
    expected = divided(rows(), dp.Split(time="day"))["split"].tolist()
    assert divided(frame, dp.Split(time="day"))["split"].tolist() == expected


def test_many_strata_are_exact_too():
    """More classes than an engine is asked about are looked up in Python."""
    frame = pd.DataFrame({"y": [f"class {i % 60:02d}" for i in range(1200)]})
    counts = pd.crosstab(*(divided(frame, dp.Split(test=0.25))[n] for n in ("y", "split")))
    assert (counts["test"] == 5).all()


def test_days_of_a_file_divide_it_by_time(tmp_path):
    """Dates are read from a file's text first; those without a time as well."""
    path = tmp_path / "in.csv"
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(20)]
    pd.DataFrame({"day": days, "x": range(20)}).to_csv(path, index=False)
    data = dp.clean(path, pipeline=dp.Pipeline([dp.Split(time="day")])).data.to_pandas()
    assert data["split"].tolist() == ["train"] * 16 + ["test"] * 4


def partly_labelled(frame, stage, target="y"):
    """Divide rows some of which have no target, where a stage behind could give them one."""
    return dp.clean(frame, pipeline=dp.Pipeline([stage, dp.MergeLabels()], target=target)).data


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({}, "y"),
        ({"stratify": False}, "y"),
        ({"stratify": "person", "validation": 0.1}, "y"),
        ({}, "x"),
    ],
)
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rows_without_a_target_are_drawn_for_training_only(parameters, target, library):
    """Whatever they are stratified by, and of numbers too: shares are of the labelled rows."""
    frame = rows().assign(person=lambda f: np.where(f["x"] > 0, "a", "b"))
    frame.loc[frame.index % 4 > 0, target] = None
    given = frame if library == "pandas" else pl.from_pandas(frame)
    part = np.array(partly_labelled(given, dp.Split(**parameters), target)["split"].to_list())
    held_out = part != "train"
    assert frame.loc[held_out, target].notna().all()
    assert (part == "test").sum() == 10
    assert held_out.sum() == (15 if "validation" in parameters else 10)


def test_a_stratum_without_a_target_is_trained_on():
    """A region none of whose rows has a label is in no part but training, and stops nothing."""
    frame = rows().assign(region=lambda f: np.where(f.index < 20, "north", "south"))
    frame.loc[frame["region"] == "north", "y"] = None
    data = partly_labelled(frame, dp.Split(test=0.2, validation=0.1, stratify="region"))
    north = data["region"] == "north"
    assert set(data.loc[north, "split"]) == {"train"}
    assert (data.loc[~north, "split"] == "test").sum() == round(0.2 * (~north).sum())


def test_a_part_without_a_target_is_refused():
    """Four labels of 200: the test row has one; and no label, or none in a part, is an error."""
    frame = rows()
    frame["y"] = ["no", "yes"] * 2 + [None] * 196
    data = partly_labelled(frame, dp.Split(stratify=False))
    assert data.loc[data["split"] == "test", "y"].notna().tolist() == [True]
    with pytest.raises(DataError, match=r"no row in the part 'test' has a target: 'y' is missing"):
        partly_labelled(frame, dp.Split(time="day", stratify=False))
    with pytest.raises(DataError, match="'y' is missing in every row"):
        partly_labelled(frame.assign(y=None), dp.Split(stratify=False))
