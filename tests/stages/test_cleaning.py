import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError

STAGES = (
    dp.TomekLinks(),
    dp.EditedNearestNeighbours(),
    dp.RepeatedEditedNearestNeighbours(),
    dp.AllKNN(),
    dp.NeighbourhoodCleaningRule(),
)


@pytest.fixture
def people() -> pd.DataFrame:
    """Return 120 rows of mixed kinds, with gaps, labels of their own and a rare class."""
    rng = np.random.default_rng(0)
    rare = rng.random(120) < 0.2
    frame = pd.DataFrame(
        {
            "age": pd.array(rng.integers(20, 60, 120), "Int64"),
            "income": rng.normal(50, 10, 120) + 5 * rare,
            "plan": pd.Categorical(rng.choice(["basic", "gold"], 120)),
            "member": rng.random(120) < 0.5,
            "note": [f"person {i}" for i in range(120)],
            "churned": np.where(rare, "yes", "no"),
        },
        index=[f"p{i}" for i in range(120)],
    )
    frame.loc["p3", "age"] = pd.NA
    frame.loc[["p5", "p6"], "income"] = np.nan
    return frame


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name())
def test_mixed_rows_with_gaps_are_cleaned_as_they_are(stage, people):
    """Kept rows keep labels, dtypes and order; those that left are rejected with the reason."""
    result = dp.clean(people, pipeline=dp.Pipeline([stage], target="churned"))
    data, rejected = result.data, result.rejected
    assert 0 < len(rejected) == 120 - len(data)
    assert set(rejected["churned"]) == {"no"}
    assert set(rejected["_reason"]) == {stage.reason}
    pd.testing.assert_frame_equal(data, people.loc[data.index])


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name())
def test_the_order_of_rows_does_not_matter(stage, people):
    """The same people stay, on pandas and Polars."""
    X, y = people.drop(columns="churned"), people["churned"]
    stay = set(stage.fit_resample(X, y)[0]["note"])
    turned = np.random.default_rng(1).permutation(120)
    assert set(stage.fit_resample(X.iloc[turned], y.iloc[turned])[0]["note"]) == stay
    other = pl.from_pandas(X.reset_index(drop=True))
    assert set(stage.fit_resample(other, y.to_numpy())[0]["note"]) == stay


def test_classes_are_named_by_their_labels(people):
    """A list of labels says which classes may lose rows."""
    X, y = people.drop(columns="churned"), people["churned"]
    stage = dp.EditedNearestNeighbours(sampling_strategy=["yes"])
    left = stage.fit_resample(X, y)[1].value_counts()
    assert left["no"] == (y == "no").sum()
    assert left.get("yes", 0) < (y == "yes").sum()
    with pytest.raises(DataError, match=r"there is no class 'yess' in .*Did you mean 'yes'"):
        dp.TomekLinks(sampling_strategy=["yess"]).fit_resample(X, y)


def test_more_neighbours_than_rows_are_refused_before_any_work(people):
    """The largest number that works is named."""
    with pytest.raises(DataError, match=r"all_knn\.n_neighbors: 120 .* Ask for at most 119"):
        dp.AllKNN(n_neighbors=120).fit_resample(people.drop(columns="churned"), people["churned"])


def test_the_rule_takes_parameters_of_what_edits_first(people):
    """As a dict, that JSON holds; what it cannot mean is refused."""
    X, y = people.drop(columns="churned"), people["churned"]
    usual = dp.NeighbourhoodCleaningRule().fit_resample(X, y)[0]
    strict = dp.NeighbourhoodCleaningRule(edited_nearest_neighbours={"kind_sel": "all"})
    assert len(strict.fit_resample(X, y)[0]) < len(usual)
    for given, message in (
        ({"kind": "all"}, "Invalid parameter 'kind'"),
        ({"sampling_strategy": ["yes"]}, "Give a word"),
        ({"n_neighbors": 500}, "Ask for at most 119"),
    ):
        with pytest.raises((ConfigError, DataError), match=message):
            dp.NeighbourhoodCleaningRule(edited_nearest_neighbours=given).fit_resample(X, y)


def test_images_are_cleaned_in_their_shape():
    """An array of any rank is flattened for distances, and only for them."""
    rng = np.random.default_rng(0)
    images, y = rng.normal(size=(80, 4, 5)), (rng.random(80) < 0.2).astype("int64")
    stage = dp.EditedNearestNeighbours()
    left, _ = stage.fit_resample(images, y)
    assert 0 < len(left) < 80
    assert np.array_equal(left, images[stage.sample_indices_])


def test_the_number_of_rounds_is_told():
    """As imbalanced-learn's ``n_iter_``."""
    X = np.array([[20.0], [21.0], [24.0], [30.0], [31.0], [32.0], [10.0]])
    stage = dp.RepeatedEditedNearestNeighbours(n_neighbors=2)
    stage.fit_resample(X, [0, 0, 0, 0, 1, 1, 0])
    assert stage.n_iter_ == 2
