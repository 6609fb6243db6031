"""Rows drawn at random: counts, keys, what stays, and the same for every container."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

import dataprep as dp
from dataprep.errors import ConfigError, DataError

pytestmark = pytest.mark.filterwarnings("ignore:.*are synthetic rows")
BOTH = [dp.RandomOverSampler, dp.RandomUnderSampler]


def people() -> tuple[pd.DataFrame, np.ndarray]:
    """Return 60 rows of every type, and three classes of 40, 15 and 5 rows."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, 60),
            "income": rng.normal(3000, 500, 60),
            "plan": pd.Categorical(rng.choice(["b", "a"], 60), ["b", "a", "unused"], ordered=True),
            "active": pd.array(rng.choice([True, False, None], 60), "boolean"),
            "visits": pd.array([None if i % 9 == 4 else i for i in range(60)], "Int64"),
            "seen": pd.date_range("2024-01-01", periods=60, tz="Europe/Berlin"),
            "note": [f"row {i}" for i in range(60)],
        },
        index=[f"p{i}" for i in range(60)],
    )
    return frame, np.array(["common"] * 40 + ["rare"] * 15 + ["scarce"] * 5)


@pytest.mark.parametrize("sampler", BOTH)
def test_types_columns_and_labels_stay(sampler):
    """Every type, level and label of a kept row is as it was, new rows have their donors'."""
    X, y = people()
    got, classes = sampler().fit_resample(X, y)
    assert got.dtypes.to_dict() == X.dtypes.to_dict()
    assert got.columns.tolist() == X.columns.tolist()
    assert len(set(np.unique(classes, return_counts=True)[1])) == 1
    pd.testing.assert_frame_equal(got, X.loc[got.index.tolist()])


def test_whole_numbers_as_labels_go_on_after_the_last():
    """In pandas, rows that are made get labels that no other row has."""
    X, y = people()
    X.index = range(100, 160)
    got, _ = dp.RandomOverSampler().fit_resample(X, y)
    assert got.index[:60].tolist() == list(range(100, 160))
    assert got.index[60:].tolist() == list(range(160, 160 + len(got) - 60))


@pytest.mark.parametrize("sampler", BOTH)
@pytest.mark.parametrize("replacement", [False, True])
def test_the_order_of_rows_does_not_matter(sampler, replacement):
    """Of the same rows in another order the same ones are drawn."""
    X, y = people()
    chosen = {"replacement": replacement} if sampler is dp.RandomUnderSampler else {}
    order = np.random.default_rng(0).permutation(60)
    one, _ = sampler(**chosen).fit_resample(X, y)
    other, _ = sampler(**chosen).fit_resample(X.iloc[order], y[order])
    assert sorted(one["note"]) == sorted(other["note"])


def test_rows_that_are_the_same_are_drawn_one_by_one(tmp_path):
    """Of 600 copies and 400 other rows about as many stay as of any: not all copies, nor none."""
    frame = pd.DataFrame({"x": [0] * 600 + list(range(1, 411)), "y": [0] * 1000 + [1] * 10})
    frame = frame.sample(frac=1.0, random_state=0, ignore_index=True)
    sampler = dp.RandomUnderSampler(sampling_strategy={0: 200})
    kept, _ = sampler.fit_resample(frame[["x"]], frame["y"])
    assert 100 <= (kept["x"] == 0).sum() <= 140
    frame.to_csv(tmp_path / "in.csv", index=False)
    pipe = dp.Pipeline([sampler], target="y")
    from_file = dp.clean(tmp_path / "in.csv", pipeline=pipe).data.to_pandas()
    assert from_file["x"].tolist() == kept["x"].tolist()
    assert pipe.fit_resample(frame)[0]["x"].tolist() == kept["x"].tolist()
    backwards, _ = sampler.fit_resample(frame[["x"]][::-1], frame["y"][::-1])
    assert sorted(backwards["x"]) == sorted(kept["x"])


def test_two_equally_rare_classes_get_different_draws():
    """Classes of the same size are not drawn in lockstep, which imbalanced-learn's seeds do."""
    X = np.arange(60.0).reshape(-1, 1)
    y = np.repeat([0, 1, 2], [40, 10, 10])
    sampler = dp.RandomOverSampler()
    sampler.fit_resample(X, y)
    parents = sampler.provenance_["parent_a"].to_numpy()
    first, second = parents[:30] - 40, parents[30:] - 50
    assert sorted(first) != sorted(second)


@pytest.mark.parametrize("sampler", BOTH)
def test_images_are_flattened_and_restored(sampler):
    """An array of four dimensions comes back with its own shape and type."""
    X = np.random.default_rng(0).integers(0, 255, (30, 4, 5, 3)).astype("uint8")
    y = [0] * 25 + [1] * 5
    got, classes = sampler().fit_resample(X, y)
    assert got.shape[1:] == (4, 5, 3)
    assert got.dtype == np.uint8
    assert isinstance(classes, list)
    assert {image.tobytes() for image in got} <= {image.tobytes() for image in X}


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("options", [{}, {"shrinkage": 1.0}])
def test_sparse_rows_stay_sparse(form, options):
    """A sparse matrix comes back in its form, with the rows that a dense one gives."""
    X = np.random.default_rng(0).poisson(0.3, (40, 6)).astype(float)
    y = np.array([0] * 30 + [1] * 10)
    dense, _ = dp.RandomOverSampler(**options).fit_resample(X, y)
    got, _ = dp.RandomOverSampler(**options).fit_resample(form(X), y)
    assert got.format == form(X).format
    np.testing.assert_allclose(got.toarray(), dense)


@pytest.mark.parametrize("sampler", BOTH)
@pytest.mark.parametrize("to", [pl.from_pandas, pa.Table.from_pandas])
def test_frames_of_every_library_give_the_same_rows(sampler, to):
    """What is drawn does not depend on what holds the rows."""
    X, y = people()
    X = X.reset_index(drop=True)
    expected, _ = sampler().fit_resample(X, y)
    got, classes = sampler().fit_resample(to(X), pl.Series(y))
    assert type(got) is type(to(X))
    assert list(got["note"]) == expected["note"].tolist() or got["note"].to_pylist() == list(
        expected["note"]
    )
    assert isinstance(classes, pl.Series)


@pytest.mark.parametrize("sampler", BOTH)
def test_alone_and_in_a_pipeline_the_same_rows(sampler):
    """A stage by itself, in a pipeline, and on a frame with its target give the same rows."""
    X, y = people()
    alone, _ = sampler().fit_resample(X, y)
    piped, _ = dp.Pipeline([sampler()]).fit_resample(X, y)
    cleaned = dp.clean(X.assign(y=y), pipeline=dp.Pipeline([sampler()], target="y")).data
    assert alone["note"].tolist() == piped["note"].tolist() == cleaned["note"].tolist()


def test_noise_is_as_wide_as_the_bandwidth():
    """Shrinkage moves numbers by normal noise of the stated standard deviation."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(20_000, 2)), rng.normal(0, 3, (500, 2))])
    y = np.repeat([0, 1], [20_000, 500])
    sampler = dp.RandomOverSampler(shrinkage=0.5)
    got, _ = sampler.fit_resample(X, y)
    moved = got[len(X) :] - X[sampler.provenance_["parent_a"]]
    expected = 0.5 * (4 / (4 * 500)) ** (1 / 6) * X[20_000:].std(axis=0)
    np.testing.assert_allclose(moved.std(axis=0), expected, rtol=0.02)
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.02)


def test_a_limit_on_made_rows_is_kept():
    """Beyond ``max_synthetic`` nothing is made, and the message says what would do."""
    X, y = people()
    with pytest.raises(DataError, match=r"62.5 % of the class 'rare'.* would be synthetic"):
        dp.RandomOverSampler(max_synthetic=0.5).fit_resample(X, y)
    with pytest.warns(UserWarning, match="62.5 % of the class 'rare'"):
        dp.RandomOverSampler().fit_resample(X, y)


@pytest.mark.parametrize("sampler", BOTH)
@pytest.mark.parametrize(
    ("y", "what"),
    [
        ([1] * 60, "more than 1 class is needed"),
        ([*[0, 1] * 29, 0, None], "rows have no class"),
        ([*[0.0, 1.0] * 29, 0.0, np.nan], "NaN|no class"),
        ([*[0.0, 1.0] * 29, 0.0, np.inf], "infinity"),
        (np.linspace(0, 1, 60), "continuous"),
        ([0, 1], "inconsistent numbers of samples"),
    ],
)
def test_targets_that_are_no_classes_are_refused(sampler, y, what):
    """One class, missing or infinite ones, numbers to predict: each is told before any work."""
    X, _ = people()
    with pytest.raises(DataError, match=what):
        sampler().fit_resample(X, y)


def test_a_pipeline_without_target_is_told_what_to_do():
    """What balances classes asks for the target by its name."""
    X, _ = people()
    with pytest.raises(ConfigError, match="--target COL"):
        dp.clean(X, pipeline=dp.Pipeline([dp.RandomUnderSampler()]))


def test_a_function_as_strategy_works_but_is_not_saved(tmp_path):
    """Python code has no place in a file; the message names the parameter."""
    X, y = people()
    sampler = dp.RandomOverSampler(sampling_strategy=lambda y: {"scarce": 9})
    pipe = dp.Pipeline([sampler])
    _, classes = pipe.fit_resample(X, y)
    assert (classes == "scarce").sum() == 9
    with pytest.raises(ConfigError, match=r"random_over_sampler\.sampling_strategy"):
        pipe.save(tmp_path / "pipeline.json")


@pytest.mark.parametrize(
    "sampler", [dp.RandomOverSampler(), dp.SMOTE(k_neighbors=2), dp.ClusterCentroids()]
)
def test_rows_and_classes_have_the_same_labels(sampler):
    """In pandas X and y can be joined: their labels agree, alone and in a pipeline."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(50, 2)), columns=["a", "b"], index=range(1000, 1050))
    y = pd.Series([1] * 10 + [0] * 40, index=X.index, name="y")
    for stage in (sampler, dp.Pipeline([sampler])):
        got, classes = stage.fit_resample(X, y)
        pd.testing.assert_index_equal(got.index, classes.index)
        assert got.index.is_unique


@pytest.mark.parametrize("sampler", BOTH)
def test_names_that_are_no_text_stay(sampler):
    """Columns called 0, 1, 2 are called so afterwards."""
    X = pd.DataFrame(np.arange(40.0).reshape(20, 2))
    got, _ = sampler().fit_resample(X, [0] * 15 + [1] * 5)
    assert got.columns.tolist() == [0, 1]


def test_a_stage_that_comes_twice_draws_twice():
    """The second time other numbers are drawn, not the same ones again."""
    X = np.random.default_rng(0).normal(size=(200, 3))
    pipe = dp.Pipeline([dp.SMOTE(sampling_strategy=0.5), dp.SMOTE()])
    pipe.fit_resample(X, np.repeat([0, 1], [180, 20]))
    steps = [part["step"].tolist() for _, part in pipe.provenance_.groupby("stage")]
    assert not set(steps[0]) & set(steps[1])


def test_more_rows_than_there_is_memory_for_are_refused():
    """Before anything is made, with the number of bytes and what to do."""
    with pytest.raises(DataError, match=r"new rows of 1 columns would take .* GB"):
        dp.RandomOverSampler(sampling_strategy={1: 10**15}).fit_resample(
            np.arange(20.0).reshape(-1, 1), [0] * 15 + [1] * 5
        )


@pytest.mark.parametrize(
    "sampler",
    [dp.RandomUnderSampler(), dp.RandomUnderSampler(replacement=True), dp.RandomOverSampler()],
)
@pytest.mark.parametrize("where", ["pandas", "polars", "file"])
def test_of_rows_with_the_same_features_the_same_are_drawn(sampler, where, tmp_path):
    """Ids tell them apart, wherever in the table they stand."""
    frame = pd.DataFrame({"x": [1, 2, 3] * 40, "y": [0] * 90 + [1] * 30})
    frame["id"] = [f"p{i}" for i in range(120)]
    drawn = []
    for shuffled in (frame, frame[::-1], frame.sample(frac=1.0, random_state=4)):
        given = shuffled.reset_index(drop=True)
        if where == "polars":
            given = pl.DataFrame(given)
        elif where == "file":
            given.to_csv(tmp_path / "in.csv", index=False)
            given = tmp_path / "in.csv"
        data = dp.clean(given, pipeline=dp.Pipeline([sampler], target="y", id="id")).data
        data = data if where == "pandas" else data.to_pandas()
        drawn.append(sorted(data["id"].tolist()))
    assert drawn[0] == drawn[1] == drawn[2]
    alone, _ = sampler.__class__(**{**sampler.get_params(), "columns": ["x"]}).fit_resample(
        frame[["x", "id"]], frame["y"]
    )
    assert sorted(alone["id"]) == drawn[0]


@pytest.mark.parametrize("sampler", [dp.RandomOverSampler, dp.RandomUnderSampler, dp.SMOTE])
def test_no_seed_is_a_seed(sampler):
    """imbalanced-learn's default, None, is taken, and gives the same rows every time."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.repeat([0, 1], [45, 15])
    got, _ = sampler(random_state=None).fit_resample(X, y)
    np.testing.assert_array_equal(got, sampler().fit_resample(X, y)[0])


@pytest.mark.parametrize("stage", [dp.RandomOverSampler(), dp.RandomUnderSampler()])
def test_rows_without_features_are_drawn(stage):
    """Pictures have references and no features: they are told apart, and drawn, all the same."""
    frame = pd.DataFrame({"image": [f"{i}.png" for i in range(40)], "y": ["a"] * 30 + ["b"] * 10})
    pipeline = dp.Pipeline([stage], target="y", image="image")
    for given in (frame, frame.iloc[::-1]):
        data = dp.clean(given, pipeline=pipeline).data
        assert data["y"].value_counts().nunique() == 1
        assert data[data["y"] == "b"]["image"].nunique() == 10
    kept = [set(dp.clean(f, pipeline=pipeline).data["image"]) for f in (frame, frame.iloc[::-1])]
    assert kept[0] == kept[1]
