"""Jitter and MixUp: new rows beside the given ones, for classes, numbers, or no target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, kstest

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.stages.augment.mixup import _steps

both = pytest.mark.parametrize("stage", [dp.Jitter, dp.MixUp])


@pytest.fixture
def rows() -> tuple[pd.DataFrame, np.ndarray]:
    """Return 120 rows of all kinds of columns, and a class that one in six has."""
    random = np.random.default_rng(0)
    y = np.repeat([0, 1], [100, 20])
    frame = pd.DataFrame(
        {
            "age": pd.array(random.integers(20, 70, 120), dtype="Int64"),
            "pay": random.normal(3000, 400, 120),
            "size": random.integers(0, 3, 120),
            "same": 5.0,
            "plan": random.choice(["a", "b"], 120),
            "active": random.random(120) < 0.5,
            "note": [f"note {i}" for i in range(120)],
        },
        index=[f"r{i}" for i in range(120)],
    )
    frame.loc[frame.index[::10], ["age", "pay"]] = None
    return frame, y


@both
def test_rare_classes_grow_and_given_rows_stay(stage, rows):
    """Types, labels and cells of the given rows are as they were; new ones have their class."""
    X, y = rows
    sampler = stage()
    made, classes = sampler.fit_resample(X, y)
    assert np.bincount(classes).tolist() == [100, 100]
    pd.testing.assert_frame_equal(made.iloc[:120], X)
    assert made.dtypes.to_dict() == X.dtypes.to_dict()
    origin = sampler.provenance_
    assert len(origin) == 80
    assert (y[origin["parent_a"]] == 1).all()
    # ``size`` is a number, but one of three: a code.
    for name in ("size", "same", "plan", "active", "note"):
        assert (made[name].to_numpy()[120:] == X[name].to_numpy()[origin["parent_a"]]).all()


@both
@pytest.mark.parametrize("target", ["classes", "numbers", "none"])
def test_a_share_of_new_rows_whatever_the_target(stage, target, rows):
    """With ``share`` there are so many more rows, of each class, for numbers, for no target."""
    X, y = rows
    price = np.arange(120) * 1.5
    given = {"classes": y, "numbers": price, "none": None}[target]
    sampler = stage(share=0.25)
    made, after = sampler.fit_resample(X, given)
    assert len(made) == 150
    assert len(sampler.provenance_) == 30
    if target == "classes":
        assert np.bincount(after).tolist() == [125, 25]
    if target == "none":
        assert after is None


@both
def test_the_order_of_the_input_does_not_matter(stage, rows):
    """Rows in another order give the same new rows."""
    X, y = rows
    turn = np.random.default_rng(1).permutation(len(X))
    first = stage().fit_resample(X, y)[0].iloc[120:].reset_index(drop=True)
    second = stage().fit_resample(X.iloc[turn], y[turn])[0].iloc[120:].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, second)


@both
def test_the_seed_tells_the_rows(stage, rows):
    """The same seed gives the same rows, another one others, a second stage in a row others too."""
    X, y = rows
    one, again, other = (
        stage(random_state=seed).fit_resample(X[["age", "pay"]], y)[0] for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, again)
    assert not one["pay"].iloc[120:].equals(other["pay"].iloc[120:])
    twice = dp.Pipeline([stage(share=0.5), stage(share=0.5)], target="y")
    made = dp.clean(X.assign(y=y), pipeline=twice).data
    assert len(made) == 120 + 60 + 90
    assert (
        not made["pay"]
        .iloc[120:180]
        .reset_index(drop=True)
        .equals(made["pay"].iloc[180:240].reset_index(drop=True))
    )


def test_jitter_adds_noise_of_the_scale_asked_for():
    """Noise is normal, a tenth of a column's standard deviation, or the share named for it."""
    random = np.random.default_rng(0)
    X = pd.DataFrame({"a": random.normal(0, 5, 2000), "b": random.normal(0, 1, 2000)})
    sampler = dp.Jitter(share=1.0, scales={"b": 0.5}, clip=False)
    made, _ = sampler.fit_resample(X)
    parent = sampler.provenance_["parent_a"].to_numpy()
    for name, scale in (("a", 0.1), ("b", 0.5)):
        noise = made[name].to_numpy()[2000:] - X[name].to_numpy()[parent]
        assert kstest(noise / (scale * X[name].std()), "norm").pvalue > 0.01
    assert sampler.noise_["a"]["noise"] == pytest.approx(0.1 * X["a"].std(ddof=0))


def test_jitter_stays_in_the_range_and_among_whole_numbers(rows):
    """Whole numbers are rounded, none is outside of what was there, what is missing stays so."""
    X, _ = rows
    sampler = dp.Jitter(share=3.0, scale=2.0)
    made, _ = sampler.fit_resample(X)
    new = made.iloc[120:]
    parent = sampler.provenance_["parent_a"].to_numpy()
    assert made["age"].dtype == X["age"].dtype
    assert X["age"].min() <= new["age"].min() <= new["age"].max() <= X["age"].max()
    assert (new["age"].isna().to_numpy() == X["age"].isna().to_numpy()[parent]).all()
    assert dp.Jitter(share=3.0, scale=2.0, clip=False).fit_resample(X)[0]["pay"].max() > (
        X["pay"].max()
    )


def test_jitter_leaves_codes_and_infinity_alone():
    """A column of few numbers gets no noise but where it is named; infinity and constants stay."""
    X = pd.DataFrame({"code": [0.0, 1.0] * 20, "same": 3.0, "x": [np.inf, *np.linspace(0, 1, 39)]})
    made, _ = dp.Jitter(share=1.0).fit_resample(X)
    assert set(made["code"]) == {0.0, 1.0}
    assert set(made["same"]) == {3.0}
    assert np.isfinite(made["x"].iloc[40:]).sum() == (made["x"].iloc[40:] <= 1).sum()
    named, _ = dp.Jitter(share=1.0, scales={"code": 0.1}).fit_resample(X)
    assert len(set(named["code"])) > 2


def test_jitter_that_moves_nothing_says_so():
    """Where no column gets noise, new rows are copies, and that is told."""
    X = pd.DataFrame({"plan": list("ab") * 10})
    with pytest.warns(UserWarning, match="no column of numbers gets noise: new rows are copies"):
        dp.Jitter().fit_resample(X, [0] * 15 + [1] * 5)


def test_mixup_lies_where_the_provenance_says(rows):
    """A number is a + t (b - a), the nearer parent first; levels are that parent's."""
    X, y = rows
    sampler = dp.MixUp(alpha=1.0)
    made, _ = sampler.fit_resample(X, y)
    origin = sampler.provenance_
    a, b = origin["parent_a"].to_numpy(), origin["parent_b"].to_numpy()
    step = origin["step"].to_numpy()
    assert (a != b).all()
    assert ((step >= 0) & (step <= 0.5)).all()
    assert (y[b] == 1).all()
    pay = X["pay"].to_numpy()
    first, second = np.where(np.isnan(pay[a]), pay[b], pay[a]), pay[b]
    expected = np.where(np.isnan(second), first, first + step * (second - first))
    np.testing.assert_allclose(made["pay"].to_numpy()[120:], expected)
    assert (made["plan"].to_numpy()[120:] == X["plan"].to_numpy()[a]).all()


@given(st.floats(0.05, 5.0))
def test_steps_are_those_of_the_beta_distribution(alpha):
    """The smaller of l and 1 - l, for l from Beta(alpha, alpha), by its inverse."""
    drawn = (np.arange(400) + 0.5) / 400
    found = np.sort(_steps(drawn, alpha))
    # Both halves fold onto one: the distribution function of a step t is 2 F(t).
    np.testing.assert_allclose(
        2 * beta.cdf(found, alpha, alpha), np.sort(2 * np.minimum(drawn, 1 - drawn)), atol=1e-6
    )


@both
@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, pl.DataFrame])
def test_codes_are_those_of_the_first_parent(stage, form):
    """A flag of 0 and 1 is no quantity to either stage, in arrays as in frames; x is moved."""
    random = np.random.default_rng(0)
    given = np.column_stack([random.normal(size=60), random.integers(0, 2, 60)])
    X = form(given) if form is not pl.DataFrame else pl.DataFrame(given, schema=["0", "1"])
    sampler = stage(scale=0.5) if stage is dp.Jitter else stage(alpha=1.0)
    made = np.asarray(sampler.fit_resample(X, [0] * 45 + [1] * 15)[0])[60:]
    origin = sampler.provenance_["parent_a"]
    np.testing.assert_array_equal(made[:, 1], given[origin, 1])
    assert (made[:, 0] != given[origin, 0]).mean() > 0.9


def test_a_target_of_few_numbers_with_fractions_is_mixed():
    """What is no class is a quantity, few values or not; the codes among the features stay."""
    y = np.repeat([0.5, 1.5, 2.5], 20)
    X = pd.DataFrame({"x": np.arange(60.0), "flag": np.arange(60) % 2})
    made, after = dp.MixUp(share=1.0, alpha=1.0).fit_resample(X, y)
    assert set(after) - set(y)
    assert set(made["flag"]) == {0, 1}


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.repeat(np.arange(12), 20), True),
        (np.repeat(np.arange(12.0), 20), True),
        (np.repeat(np.arange(12), 9), False),
        (np.repeat(np.arange(1, 13), 20), False),
        (np.repeat([1, 5, 9], 2), True),
        (np.array([1, 5, 9, 9, 9]), False),
        (np.repeat([0.5, 1.5], 20), False),
    ],
)
def test_what_is_a_class_to_the_feed_is_one_here(y, classes):
    """One rule: numbered classes are not mixed, and quantities are fed and mixed as such."""
    frame = pd.DataFrame({"x": np.linspace(0, 1, len(y)), "y": y})
    assert (dp.feed.opened(frame, target="y").classes is not None) == classes
    stage = dp.MixUp(share=0.5, alpha=1.0)
    pipeline = dp.Pipeline([stage], target="y")
    notes = str(dp.clean(frame, pipeline=pipeline).summary)
    assert ("'y' is mixed as a number" in notes) == (not classes)
    assert pipeline.states_[0]["classed"] == classes


def test_partners_of_any_class_give_the_class_of_the_nearer_parent(rows):
    """With ``partners="any"`` the second parent may be of another class; the first one's counts."""
    X, y = rows
    sampler = dp.MixUp(partners="any", alpha=1.0)
    _, classes = sampler.fit_resample(X, y)
    origin = sampler.provenance_
    assert set(y[origin["parent_b"]]) == {0, 1}
    assert (classes[120:] == y[origin["parent_a"]]).all()
    # A class of a single row has partners among the others.
    one = np.repeat([0, 1], [119, 1])
    assert np.bincount(sampler.fit_resample(X, one)[1]).tolist() == [119, 119]


@pytest.mark.parametrize(
    "y",
    [
        [float(i) for i in range(6)],
        np.arange(6) * 0.5,
        pd.Series(np.arange(6) * 0.5, index=list("uvwxyz")),
        pl.Series([0.5, 1, 2, 3, 4, 5]),
        pa.array([0.5, 1, 2, 3, 4, 5]),
    ],
)
def test_numbers_to_predict_are_mixed_as_features_are(y):
    """A target of numbers is interpolated, and comes back as what it was given as."""
    X = pd.DataFrame({"x": np.asarray(y, dtype=float) * 10 + 7}, index=list("uvwxyz"))
    made, after = dp.MixUp(share=1.0, alpha=1.0).fit_resample(X, y)
    assert type(after) is type(y)
    np.testing.assert_allclose(made["x"], np.asarray(after, dtype=float) * 10 + 7)
    # Noise on the features leaves the target alone.
    jittered, same = dp.Jitter(share=1.0).fit_resample(X, y)
    assert set(np.asarray(same, float)) <= set(np.asarray(y, float))
    assert len(jittered) == 12


def test_a_missing_target_is_the_partners():
    """Of a row without a target the new one takes that of the other; whole numbers stay whole."""
    y = pd.Series([1, None, 30, 40, 50, 60], dtype="Int64")
    made, after = dp.MixUp(share=1.0, alpha=1.0).fit_resample(pd.DataFrame({"x": range(6)}), y)
    assert after.dtype == y.dtype
    assert after.isna().sum() == 1
    assert len(made) == 12


def test_a_file_is_augmented_as_a_frame_is(tmp_path, rows):
    """From a file come the rows that a frame gives; undo gives the file's cells again."""
    X, y = rows
    X = X.drop(columns=["active"]).assign(y=y * 1.5 + np.arange(120))
    X.to_csv(tmp_path / "in.csv", index=False)
    stages = [dp.Jitter(share=0.2), dp.MixUp(share=0.2)]
    read = dp.clean(tmp_path / "in.csv", pipeline=dp.Pipeline(stages, target="y"))
    found = read.data.to_pandas()
    expected = dp.clean(X.reset_index(drop=True), pipeline=dp.Pipeline(stages, target="y")).data
    assert len(found) == 120 + 24 + 29
    for name in ("pay", "y", "_step"):
        np.testing.assert_allclose(
            found[name].to_numpy("float64", na_value=np.nan),
            expected[name].to_numpy("float64", na_value=np.nan),
        )
    assert read.undo().to_pandas()["pay"].isna().sum() == X["pay"].isna().sum()


def test_held_out_rows_are_no_parents(rows):
    """Behind a split only training rows are parents, and no new row is in another part."""
    X, y = rows
    stages = [dp.Split(test=0.3), dp.Jitter(share=0.5), dp.MixUp()]
    made = dp.clean(X.assign(y=y), pipeline=dp.Pipeline(stages, target="y")).data
    new = made["_origin"].notna()
    assert set(made["split"][new]) == {"train"}
    train = set(np.flatnonzero((made["split"] == "train").to_numpy()))
    parents = made.loc[new, ["_parent_a", "_parent_b"]].to_numpy("float64").ravel()
    known = set(parents[~np.isnan(parents)].astype(int))
    assert known <= train | set(range(120, len(made)))


@pytest.mark.parametrize(
    ("stage", "error", "words"),
    [
        (dp.Jitter(share=0.5, sampling_strategy=0.9), ConfigError, "say two things"),
        (dp.Jitter(scales={"pya": 0.1}), ConfigError, "no column of numbers is named 'pya'.*'pay'"),
        (dp.Jitter(scales={"plan": 0.1}), ConfigError, "no column of numbers is named 'plan'"),
        (dp.Jitter(share=0.001), DataError, "0.001 of 120 rows is no new row. Give a larger share"),
        (dp.Jitter(share=-1.0), ConfigError, "share: -1.0: input should be greater than 0"),
        (dp.MixUp(alpha=0.0), ConfigError, "alpha: 0.0: input should be greater than 0"),
        (dp.MixUp(share=2.0, max_synthetic=0.5), DataError, "max_synthetic: .* would be synthetic"),
        (dp.Jitter(share=2.0, max_synthetic=0.5), DataError, r"Make fewer rows \(share\)"),
        (dp.MixUp(max_synthetic=0.1), DataError, r"Make fewer rows \(sampling_strategy\)"),
        (dp.MixUp(columns=["pay"]), None, ""),
    ],
)
def test_what_does_not_suit_is_refused(stage, error, words, rows):
    """Parameters that contradict each other, the columns or the budget are told by name."""
    X, y = rows
    if error is None:
        assert len(stage.fit_resample(X, y)[0]) == 200
        return
    with pytest.raises(error, match=words):
        stage.fit_resample(X, y)


@pytest.mark.parametrize(
    ("stage", "remedy"),
    [
        (dp.Jitter(), "Give share=0.5"),
        (dp.MixUp(), "Give share=0.5"),
        (dp.TabularVAE(), "Jitter and MixUp, with share=0.5"),
        (dp.SMOTE(), "give a target of classes"),
    ],
)
def test_a_target_of_numbers_without_a_share(stage, remedy, rows):
    """Who needs classes is named with what takes numbers, alone and in a pipeline."""
    X, _ = rows
    price = np.random.default_rng(0).normal(size=len(X))
    words = rf"continuous; .* and {stage.name()} needs classes\. .*{remedy}"
    with pytest.raises(DataError, match=words):
        stage.fit_resample(X, price)
    with pytest.raises(DataError, match=words):
        dp.Pipeline([stage], target="price").fit(X.assign(price=price))


def test_true_and_false_are_written_as_in_reports(rows):
    """Messages, notes and the counts of a run spell a class in one way."""
    X, y = rows
    pipe = dp.Pipeline([dp.MixUp()], target="left")
    result = dp.clean(X.assign(left=y == 0), pipeline=pipe)
    told = result.summary["stages"][0]["notes"]
    assert "80.0 % of the class 'false' are synthetic rows" in told[0]
    assert set(result.pipeline.class_counts_["before"]) == {"true", "false"}
    with pytest.raises(DataError, match="the class 'false' would be synthetic"):
        dp.MixUp(max_synthetic=0.5).fit_resample(X, y == 0)


@pytest.mark.parametrize("stage", [dp.MixUp(share=0.5), dp.SMOTE()])
def test_what_has_a_role_is_the_parents_and_told(stage, rows):
    """An id is no feature: a new row has its first parent's, and a note says so."""
    X, y = rows
    frame = X[["pay", "size"]].fillna(0.0).assign(customer=np.arange(120), left=y)
    result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="left", id="customer"))
    assert any("parent: customer" in note for note in result.summary["stages"][0]["notes"])
    made = result.data[result.data["_origin"] == stage.name()]
    origin = dict(zip(result.provenance["row"], result.provenance["parent_a"], strict=True))
    assert made["customer"].tolist() == list(origin.values())


def test_too_few_rows_have_no_partner():
    """A class of one row, a table of one row, and infinite numbers are refused by name."""
    X = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match=r"the class 1 has 1 row.*partners='any'"):
        dp.MixUp().fit_resample(X, [0, 0, 1])
    with pytest.raises(DataError, match="1 row, and no other to mix it with"):
        dp.MixUp(share=1.0).fit_resample(X.head(1))
    with pytest.raises(DataError, match="x: 1 infinite numbers"):
        dp.MixUp(share=1.0).fit_resample(pd.DataFrame({"x": [1.0, 2.0, np.inf]}))
    with pytest.raises(DataError, match="1 rows have no class"):
        dp.clean(
            pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": ["a", None, "a"]}),
            pipeline=dp.Pipeline([dp.MixUp(share=1.0)], target="y"),
        )


def test_the_budget_of_a_share_counts_rows_made_before(rows):
    """Rows of an earlier stage count; what is asked for is told with the parameter to change."""
    X, _ = rows
    pipe = dp.Pipeline([dp.Jitter(share=0.5), dp.Jitter(share=0.5, max_synthetic=0.5)])
    with pytest.raises(DataError, match=r"55.6 % of the training .* fewer rows \(share\)"):
        pipe.fit_resample(X)


def test_a_sparse_matrix_is_refused_in_words():
    """Noise on the zeros of a sparse matrix would fill it: scikit-learn's words say what to do."""
    from scipy import sparse

    matrix = sparse.csr_matrix(np.eye(6))
    for stage in (dp.Jitter(), dp.MixUp()):
        with pytest.raises((DataError, TypeError), match=r"(?i)sparse"):
            stage.fit_resample(matrix, [0, 0, 0, 0, 1, 1])
