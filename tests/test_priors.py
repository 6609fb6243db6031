"""Prior correction: nothing where nothing shifted, the truth where the shift is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.priors import estimated_priors, prior_correction


def drawn(n, share, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype("int64")
    return pd.DataFrame(rng.normal(size=(n, 2)) + y[:, None] * 1.2, columns=["a", "b"]), y


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(1, 99))
def test_nothing_changes_where_nothing_shifted(probabilities, rows):
    """The same counts before and after leave every probability as it is."""
    counts = {"before": {0: rows, 1: 100 - rows}, "after": {0: 3 * rows, 1: 3 * (100 - rows)}}
    found = prior_correction(probabilities, counts)
    assert found == pytest.approx(np.array(probabilities), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99), st.integers(1, 99), st.integers(1, 99))
def test_the_way_there_and_back_ends_where_it_began(probability, before, after):
    """A shift and its inverse are nothing; the formula is Elkan's theorem 2."""
    here, there = {0: 100 - before, 1: before}, {0: 100 - after, 1: after}
    once = prior_correction([probability], {"before": here, "after": there})
    back = prior_correction(once, {"before": there, "after": here})
    assert back == pytest.approx([probability])
    b, b_new = after / 100, before / 100
    elkan = b_new * (probability - probability * b)
    elkan /= b - probability * b + b_new * probability - b * b_new
    assert once == pytest.approx([elkan])


@pytest.mark.filterwarnings("ignore:random_over_sampler")
@pytest.mark.parametrize("stage", [dp.RandomUnderSampler(), dp.RandomOverSampler()], ids=repr)
def test_a_model_of_resampled_rows_is_calibrated_again(stage):
    """Its Brier score comes back to that of a model of the rows as they were; ranks stay."""
    X, y = drawn(20_000, 0.05)
    new, truth = drawn(20_000, 0.05, seed=1)
    plain = LogisticRegression().fit(X, y).predict_proba(new)[:, 1]
    shifted = LogisticRegression().fit(*stage.fit_resample(X, y)).predict_proba(new)[:, 1]
    corrected = prior_correction(shifted, stage)
    expected = brier_score_loss(truth, plain)
    assert brier_score_loss(truth, shifted) > 2 * expected
    assert brier_score_loss(truth, corrected) == pytest.approx(expected, rel=0.02)
    assert corrected.mean() == pytest.approx(truth.mean(), abs=0.005)
    assert roc_auc_score(truth, corrected) == pytest.approx(roc_auc_score(truth, shifted))


def test_weights_shift_probabilities_too():
    """A pipeline that weighs rows has recorded the sums of weights."""
    X, y = drawn(20_000, 0.05)
    stage = dp.ClassWeight()
    out, target = stage.fit_resample(X, y)
    model = LogisticRegression().fit(out, target, sample_weight=stage.sample_weight_)
    new, truth = drawn(20_000, 0.05, seed=1)
    corrected = prior_correction(model.predict_proba(new)[:, 1], stage)
    assert corrected.mean() == pytest.approx(truth.mean(), abs=0.005)


def test_expectation_maximisation_finds_the_share_of_new_rows():
    """Rows of another month, with another share of positives, tell it themselves."""
    X, y = drawn(20_000, 0.3)
    model = LogisticRegression().fit(X, y)
    counts = {"before": {0: 7, 1: 3}, "after": {0: (y == 0).sum(), 1: (y == 1).sum()}}
    new, truth = drawn(20_000, 0.08, seed=1)
    said = model.predict_proba(new)
    assert estimated_priors(said, counts)["1"] == pytest.approx(truth.mean(), abs=0.01)
    corrected = prior_correction(said, counts, prior="em")
    assert corrected[:, 1].mean() == pytest.approx(truth.mean(), abs=0.01)
    given = prior_correction(said, counts, prior={0: 0.92, 1: 0.08})
    assert given[:, 1].mean() == pytest.approx(truth.mean(), abs=0.01)


def test_several_classes_in_the_order_of_the_model():
    """Columns are matched by label, numbers by value."""
    counts = {"before": {2: 80, 10: 15, 30: 5}, "after": {2: 80, 10: 80, 30: 80}}
    even = np.full((1, 3), 1 / 3)
    assert prior_correction(even, counts) == pytest.approx(np.array([[0.8, 0.15, 0.05]]))
    turned = prior_correction(even, counts, classes=np.array([30, 2, 10]))
    assert turned == pytest.approx(np.array([[0.05, 0.8, 0.15]]))


def test_a_pipeline_that_balanced_nothing_leaves_them():
    """There is no shift to undo."""
    pipe = dp.Pipeline([dp.Impute()], target="y").fit(pd.DataFrame({"x": [1.0, 2], "y": [0, 1]}))
    assert prior_correction([0.3], pipe).tolist() == [0.3]
    with pytest.raises(DataError, match="balanced no classes"):
        prior_correction([0.3], pipe, prior="em")


COUNTS = {"before": {"no": 9, "yes": 1}, "after": {"no": 5, "yes": 5}}


@pytest.mark.parametrize(
    ("probabilities", "counts", "options", "error", "told"),
    [
        ([0.5, np.nan], COUNTS, {}, DataError, "nan in row 1 is no probability"),
        ([[0.5, 0.4]], COUNTS, {}, DataError, "row 0 sums to 0.9"),
        ([[0.5, 0.4, 0.1]], COUNTS, {}, DataError, r"shape \(1, 3\) for 2 classes"),
        ([0.5], {"before": {"no": 1}}, {}, ConfigError, "no counts 'after'"),
        ([0.5], dp.Pipeline(), {}, ConfigError, "Fit the pipeline first"),
        ([0.5], COUNTS, {"prior": "emm"}, ConfigError, "Did you mean 'em'"),
        ([0.5], COUNTS, {"classes": ["no", "ja"]}, DataError, "no count of the class 'ja'"),
        ([0.5], COUNTS, {"classes": ["no"]}, DataError, "'yes' is not among the columns"),
        (
            [0.5],
            {**COUNTS, "after": {"no": 9, "yes": 0}},
            {},
            DataError,
            "0 rows of the class 'yes'",
        ),
        ([], COUNTS, {"prior": "em"}, DataError, "0 rows"),
        (["a"], COUNTS, {}, DataError, r"probabilities: no numbers: \['a'\]"),
        ([[0.1], [0.2, 0.3]], COUNTS, {}, DataError, "probabilities: no numbers"),
        ([0.5], COUNTS, {"prior": [0.5, 0.5]}, ConfigError, "prior: unknown choice"),
        ([0.5], COUNTS, {"prior": {"no": "a", "yes": 1}}, DataError, "prior: no numbers"),
        ([0.5], COUNTS, {"prior": {"no": np.inf, "yes": 1}}, DataError, "inf rows of the class"),
        ([0.5], COUNTS, {"classes": 2}, ConfigError, "2 is no list of classes"),
        ([0.5], COUNTS, {"classes": ["no", "no"]}, DataError, "'no' is there twice"),
    ],
)
def test_what_is_no_probability_or_no_count(probabilities, counts, options, error, told):
    """The value, its place and the remedy."""
    with pytest.raises(error, match=told):
        prior_correction(probabilities, counts, **options)


def test_classes_of_a_model_are_an_array():
    """``model.classes_`` names the shares that are estimated, in its order."""
    p = np.array([[0.05, 0.95]] * 8 + [[0.95, 0.05]] * 2)
    listed = estimated_priors(p, COUNTS, classes=["yes", "no"])
    assert estimated_priors(p, COUNTS, classes=np.array(["yes", "no"])) == listed
    assert list(listed) == ["yes", "no"]
    with pytest.raises(DataError, match="probabilities: no numbers"):
        estimated_priors([["a", "b"]], COUNTS)
