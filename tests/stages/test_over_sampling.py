"""Rows made between neighbours, in frames, arrays and pipelines."""

from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.svm import SVC

import dataprep as dp
from dataprep.errors import ConfigError, DataError

pytestmark = pytest.mark.filterwarnings("ignore:.*(synthetic rows|SMOTENC's rule)")

METHODS = [
    dp.SMOTE(),
    dp.BorderlineSMOTE(),
    dp.SVMSMOTE(),
    dp.KMeansSMOTE(kmeans_estimator=3, cluster_balance_threshold=0.05),
    dp.ADASYN(),
]
each_method = pytest.mark.parametrize("stage", METHODS, ids=lambda stage: stage.name())


def mixed(seed=0, sizes=(70, 20)):
    """A frame of many types with gaps, labels that are no numbers, and classes that overlap."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    n = len(y)
    frame = pd.DataFrame(
        {
            "age": pd.array(random.integers(20, 70, n) + 5 * y, dtype="Int64"),
            "plan": pd.Categorical(random.choice(["basic", "plus", "pro"], n)),
            "amount": random.normal(100, 20, n) + 15 * y,
            "active": pd.array(random.random(n) < 0.5, dtype="boolean"),
            "seen": [datetime(2024, 1, 1 + i % 28) for i in range(n)],
            "visits": random.integers(0, 9, n),
        },
        index=[f"r{i}" for i in range(n)],
    )
    frame.loc[random.random(n) < 0.1, "age"] = pd.NA
    frame.loc[random.random(n) < 0.1, "amount"] = np.nan
    frame.loc[random.random(n) < 0.1, "plan"] = np.nan
    return frame, y


@each_method
def test_a_mixed_frame_keeps_its_types_and_rows(stage):
    """Types, column order, labels and cells of the given rows stay; new rows have parents."""
    X, y = mixed()
    made, classes = stage.fit_resample(X, y)
    assert made.dtypes.to_dict() == X.dtypes.to_dict()
    pd.testing.assert_frame_equal(made.iloc[: len(X)], X)
    new, origin = made.iloc[len(X) :], stage.provenance_
    assert len(new) == len(origin) > 30
    assert (np.asarray(classes)[len(X) :] == y[origin["parent_a"]]).all()
    assert set(new["plan"].dropna()) <= {"basic", "plus", "pro"}
    # A column that has no part in distances is that of the first parent.
    assert (new["seen"].to_numpy() == X["seen"].to_numpy()[origin["parent_a"]]).all()


@each_method
def test_every_number_lies_where_the_provenance_says(stage):
    """Numbers are a + step * (b - a), whole ones rounded; the other parent fills a gap."""
    X, y = mixed()
    made, _ = stage.fit_resample(X, y)
    origin = stage.provenance_
    for name, slack in (("amount", 1e-9), ("visits", 0.5 + 1e-9), ("age", 0.5 + 1e-9)):
        column = X[name].to_numpy("float64", na_value=np.nan)
        a, b = column[origin["parent_a"]], column[origin["parent_b"]]
        expected = a + origin["step"].to_numpy() * (b - a)
        expected = np.where(np.isnan(expected), np.where(np.isnan(a), b, a), expected)
        found = made[name].iloc[len(X) :].to_numpy("float64", na_value=np.nan)
        np.testing.assert_allclose(found, expected, atol=slack)


@each_method
def test_the_order_of_the_input_does_not_matter(stage):
    """A frame in another order, or in another library, gives the same new rows."""
    X, y = mixed(1)
    turn = np.random.default_rng(0).permutation(len(X))
    first = stage.fit_resample(X, y)[0].iloc[len(X) :]
    second = stage.fit_resample(X.iloc[turn], y[turn])[0].iloc[len(X) :]
    third = stage.fit_resample(pl.from_pandas(X), y)[0].slice(len(X))
    columns = list(X)

    def rows(frame):
        return sorted(map(repr, frame[columns].astype(object).where(frame.notna(), None).values))

    assert rows(first) == rows(second)
    assert third["amount"].to_list() == first["amount"].replace(np.nan, None).tolist()


def test_smote_says_by_which_rule_levels_are_made():
    """SMOTE on a frame with levels takes SMOTENC's rule: the same as naming the columns."""
    X, y = mixed()
    stage = dp.SMOTE()
    with pytest.warns(UserWarning, match=r"2 columns hold levels: .*SMOTENC's rule"):
        made = stage.fit_resample(X, y)[0]
    named = dp.SMOTENC(["plan", "active"]).fit_resample(X, y)[0]
    assert set(made["plan"].dropna()) == set(named["plan"].dropna())
    plain = dp.SMOTE(columns=["age", "amount", "visits"]).fit_resample(X, y)[0]
    assert len(plain) == len(made)


@pytest.mark.parametrize("features", [[1, 3], ["x1", "x3"], [False, True, False, True], [-3, -1]])
def test_smotenc_finds_columns_of_an_array(features):
    """Columns of codes are named by place, from the end too, by mask or by name, and stay codes."""
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(size=(60, 4))])
    X[:, [1, 3]] = random.integers(0, 3, (60, 2))
    y = np.repeat([0, 1], [45, 15])
    made, _ = dp.SMOTENC(features).fit_resample(X, y)
    assert made.shape == (90, 4)
    assert set(made[60:, [1, 3]].ravel()) <= {0.0, 1.0, 2.0}
    expected, _ = dp.SMOTENC([1, 3]).fit_resample(X, y)
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(
    ("features", "error", "words"),
    [
        (["plam"], ConfigError, r"categorical_features: .*plam.*plan"),
        ([9], ConfigError, "there is no column 9 of 6"),
        ([True], ConfigError, "a mask of 1 for 6 columns"),
        ([0, 1, 2, 3, 5], DataError, "no column holds numbers. Use SMOTEN"),
        ([], DataError, "no column holds levels. Name the columns that do, or use SMOTE"),
    ],
)
def test_smotenc_refuses_columns_that_do_not_suit(features, error, words):
    """Names that are not there, and frames all of numbers or all of levels, are told apart."""
    X, y = mixed()
    with pytest.raises(error, match=words):
        dp.SMOTENC(features).fit_resample(X, y)


def test_smoten_makes_rows_of_texts_and_codes():
    """Levels of an array of texts, and codes of numbers, come out as they were."""
    random = np.random.default_rng(0)
    y = np.repeat([0, 1], [40, 12])
    texts = random.choice(["a", "b", "c"], (52, 3)).astype(object)
    made, _ = dp.SMOTEN().fit_resample(texts, y)
    assert made.shape == (80, 3)
    assert set(made.ravel()) == {"a", "b", "c"}
    codes = random.integers(5, 9, (52, 3))
    made, _ = dp.SMOTEN().fit_resample(codes, y)
    assert made.dtype == codes.dtype
    assert set(made.ravel()) <= {5, 6, 7, 8}


def test_images_are_flattened_and_restored():
    """An array of any rank goes in and comes out, its type kept and its values rounded."""
    images = np.random.default_rng(0).integers(0, 255, (30, 5, 4, 3)).astype("uint8")
    y = np.repeat([0, 1], [20, 10])
    made, classes = dp.SMOTE().fit_resample(images, y)
    assert made.shape == (40, 5, 4, 3)
    assert made.dtype == np.uint8
    assert np.bincount(classes).tolist() == [20, 20]


def test_two_equally_rare_classes_do_not_receive_the_same_draws():
    """Of two classes with the same rows, new rows differ."""
    random = np.random.default_rng(0)
    few = random.normal(size=(12, 3))
    X = np.vstack([random.normal(size=(40, 3)), few, few])
    y = np.repeat([0, 1, 2], [40, 12, 12])
    made, classes = dp.SMOTE().fit_resample(X, y)
    first, second = (made[64:][classes[64:] == label] for label in (1, 2))
    assert not np.isclose(first, second).all(axis=1).any()


def test_too_few_rows_are_refused_before_anything_is_made():
    """The class, its rows, and the largest k that works are told; m_neighbors as well."""
    X, y = mixed(sizes=(30, 4))
    with pytest.raises(DataError, match=r"6 rows of a class, the class 1 has 4. Use at most 3"):
        dp.SMOTE().fit_resample(X, y)
    with pytest.raises(DataError, match=r"m_neighbors: 40 neighbours need 41 rows"):
        dp.BorderlineSMOTE(k_neighbors=2, m_neighbors=40).fit_resample(X, y)
    with pytest.raises(DataError, match=r"max_synthetic: .* would be synthetic"):
        dp.SMOTE(k_neighbors=2, max_synthetic=0.3).fit_resample(X, y)


def test_a_class_is_called_by_its_label():
    """What is told of a class names it as the target does."""
    X = pd.DataFrame({"a": [*range(30), *range(1000, 1010)]})
    y = ["good"] * 30 + ["bad"] * 10
    with pytest.raises(DataError, match="no row of the class 'bad' has a row of another class"):
        dp.ADASYN().fit_resample(X, y)
    with pytest.warns(UserWarning, match="the class 'bad': no row is in danger"):
        made, _ = dp.BorderlineSMOTE().fit_resample(X, y)
    assert len(made) == 40


def test_models_inside_may_be_given():
    """svm_estimator and kmeans_estimator are scikit-learn's, and are left as they are."""
    from sklearn.cluster import KMeans

    X, y = mixed()
    svm, clusters = SVC(kernel="linear"), KMeans(3, n_init=1, random_state=0)
    made, _ = dp.SVMSMOTE(svm_estimator=svm).fit_resample(X, y)
    assert len(made) == 140
    stage = dp.KMeansSMOTE(kmeans_estimator=clusters, cluster_balance_threshold=0.05)
    assert len(stage.fit_resample(X, y)[0]) == 140
    assert not hasattr(svm, "support_")
    assert not hasattr(clusters, "labels_")


def test_validation_folds_never_hold_a_made_row():
    """Inside imbalanced-learn's pipeline a model is scored on rows that were there."""
    from imblearn.pipeline import make_pipeline

    X, y = mixed()
    X = X[["amount", "visits"]].fillna(100.0)
    seen = []

    class Watching(LogisticRegression):
        def predict(self, X):
            seen.append(pd.DataFrame(X).round(9))
            return super().predict(X)

    cross_validate(make_pipeline(dp.SMOTE(), Watching()), X, y, cv=3, scoring="accuracy")
    real = set(map(tuple, X.round(9).to_numpy()))
    assert sum(map(len, seen)) == len(X)
    assert all(set(map(tuple, part.to_numpy())) <= real for part in seen)


def test_chains_are_two_stages():
    """SMOTE to a half and random under-sampling to 0.8, in a pipeline; the counts are told."""
    X, y = mixed()
    pipe = dp.Pipeline(
        [dp.SMOTE(sampling_strategy=0.5), dp.RandomUnderSampler(sampling_strategy=0.8)]
    )
    made, classes = pipe.fit_resample(X, y)
    assert np.bincount(np.asarray(classes)).tolist() == [43, 35]
    assert len(made) == 78


def test_a_file_is_balanced_as_a_frame_is(tmp_path):
    """From a file, through DuckDB, come the rows that a frame gives, with their parents."""
    X, y = mixed()
    X = X.drop(columns=["active", "seen"]).assign(label=y)
    X.to_csv(tmp_path / "in.csv", index=False)
    pipe = dp.Pipeline([dp.SMOTE()], target="label")
    result = dp.clean(tmp_path / "in.csv", pipeline=pipe)
    rows = result.data.to_pandas()
    again = dp.clean(X.reset_index(drop=True), pipeline=dp.Pipeline([dp.SMOTE()], target="label"))
    assert len(rows) == 140
    assert result.summary["rows_synthetic"] == 50
    np.testing.assert_allclose(
        rows["amount"].to_numpy("float64", na_value=np.nan),
        again.data["amount"].to_numpy("float64", na_value=np.nan),
    )
