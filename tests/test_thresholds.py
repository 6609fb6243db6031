"""The best threshold: exact, on ties in the middle, by metric or by cost."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.thresholds import best_threshold

PEERS = {
    "accuracy": sklearn.metrics.accuracy_score,
    "balanced_accuracy": sklearn.metrics.balanced_accuracy_score,
    "f1": lambda a, b: sklearn.metrics.f1_score(a, b, zero_division=0),
    "f2": lambda a, b: sklearn.metrics.fbeta_score(a, b, beta=2, zero_division=0),
    "precision": lambda a, b: sklearn.metrics.precision_score(a, b, zero_division=0),
    "recall": sklearn.metrics.recall_score,
    "matthews": sklearn.metrics.matthews_corrcoef,
}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=30),
    st.sampled_from(sorted(PEERS)),
)
def test_no_threshold_is_better(rows, metric):
    """The score is what scikit-learn's metric says at the threshold, and no other is higher."""
    y = np.array([label for label, _ in rows]).astype("int64")
    p = np.array([score / 10 for _, score in rows])
    if len(set(y)) < 2:
        return
    found = best_threshold(y, p, metric)
    peer = PEERS[metric]
    assert peer(y, (p >= found.threshold).astype("int64")) == pytest.approx(found.score)
    others = [peer(y, (p >= t).astype("int64")) for t in np.arange(-0.05, 1.15, 0.05)]
    assert found.score >= max(others) - 1e-12
    assert best_threshold(y, p, peer).score == pytest.approx(found.score)
    for threshold, score in zip(
        found.candidates["threshold"], found.candidates["score"], strict=True
    ):
        assert peer(y, (p >= threshold).astype("int64")) == pytest.approx(score)


def test_calibrated_probabilities_have_the_threshold_of_theory():
    """With costs, the best threshold is fp / (fp + fn) (Elkan 2001)."""
    rng = np.random.default_rng(0)
    p = rng.random(100_000)
    y = rng.random(100_000) < p
    assert best_threshold(y, p, cost={"fp": 1, "fn": 4}).threshold == pytest.approx(0.2, abs=0.04)
    assert best_threshold(y, p, "accuracy").threshold == pytest.approx(0.5, abs=0.04)


def test_a_cost_matrix_says_the_same_as_its_mapping():
    """Rows are true classes, columns predicted ones, in sorted order whichever is positive."""
    y, p = [0, 0, 1, 1, 1], np.array([0.2, 0.6, 0.4, 0.7, 0.9])
    by_name = best_threshold(y, p, cost={"fp": 2, "fn": 5, "tp": -1})
    matrix = [[0, 2], [5, -1]]
    assert best_threshold(y, p, cost=matrix).score == by_name.score
    turned = best_threshold(y, 1 - p, cost=matrix, pos_label=0)
    assert turned.score == by_name.score
    assert turned.threshold == pytest.approx(1 - by_name.threshold)


def test_the_middle_of_the_widest_of_the_best_intervals():
    """Between 0.2 and 0.8 every threshold is as good: 0.5 is furthest from a mistake."""
    assert best_threshold([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]).threshold == pytest.approx(0.5)
    everything = best_threshold([0, 1], [0.3, 0.3], cost={"fn": 1})
    assert everything.threshold == pytest.approx(0.15)
    nothing = best_threshold([0, 1], [1.0, 1.0], cost={"fp": 1})
    assert nothing.threshold > 1.0


def test_weights_count_as_copies_of_rows():
    """A row of weight three is three rows."""
    y, p = np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.6, 0.7])
    weighed = best_threshold(y, p, "f1", sample_weight=[1, 1, 3, 1])
    copied = best_threshold(np.repeat(y, [1, 1, 3, 1]), np.repeat(p, [1, 1, 3, 1]), "f1")
    assert (weighed.threshold, weighed.score) == (copied.threshold, copied.score)


def test_two_columns_and_the_table_of_candidates():
    """What predict_proba returns is taken, and every candidate is in the table."""
    p = np.array([0.1, 0.5, 0.5, 0.9])
    found = dp.best_threshold(["a", "a", "b", "b"], np.column_stack([1 - p, p]))
    assert found.positive == "b"
    assert len(found.table) == 4
    assert found.table[["tp", "fp", "fn", "tn"]].sum(axis=1).tolist() == [4.0] * 4
    other = best_threshold(["a", "a", "b", "b"], np.column_stack([1 - p, p]), pos_label="a")
    assert other.score == found.score


def nothing(truth, predicted):
    return float("nan")


def test_a_metric_may_be_infinite_and_lack_a_value_here_and_there():
    """The best of the values that are there is chosen."""
    found = best_threshold([0, 1], [0.1, 0.2], lambda y, p: np.inf if p.sum() == 1 else np.nan)
    assert (found.threshold, found.score) == (pytest.approx(0.15), np.inf)


@pytest.mark.parametrize(
    ("y", "p", "options", "error", "told"),
    [
        ([1, 1], [0.1, 0.2], {}, DataError, "1 class, two are needed"),
        ([1, 2, 3], [0.1, 0.2, 0.3], {}, DataError, "3 classes, two are needed"),
        ([0.0, np.nan], [0.1, 0.2], {}, DataError, "row 1 has no class"),
        ([0, 1], [0.1, np.nan], {}, DataError, "nan in row 1 is no probability"),
        ([0, 1], [0.1, 2.0], {}, DataError, "2.0 in row 1"),
        ([0, 1], [0.1], {}, DataError, r"shape \(1,\) for 2 rows"),
        ([[0, 1]], [0.1, 0.2], {}, DataError, r"shape \(1, 2\)"),
        ([0, 1], [0.1, 0.2], {"metric": "recal"}, ConfigError, "Did you mean 'recall"),
        ([0, 1], [0.1, 0.2], {"cost": {"pf": 1}}, ConfigError, "unknown cost 'pf'"),
        ([0, 1], [0.1, 0.2], {"cost": [1, 2]}, ConfigError, "cost matrix of shape"),
        ([0, 1], [0.1, 0.2], {"cost": {"fp": np.nan}}, ConfigError, "are no costs"),
        ([0, 1], [0.1, 0.2], {"pos_label": 7}, DataError, "no class 7"),
        ([0, 1], [0.1, 0.2], {"pos_label": [1]}, DataError, r"no class \[1\]"),
        ([0, 1], [0.1, 0.2], {"sample_weight": [1, -1]}, DataError, "below 0"),
        ([0, 1], [0.1, 0.2], {"sample_weight": ["a", 1]}, DataError, "sample_weight: no numbers"),
        ([0, 1], ["a", "b"], {}, DataError, "probabilities: no numbers"),
        (["a", np.nan, "a"], [0.1] * 3, {}, DataError, "row 1 has no class"),
        (np.array(["a", "b", np.nan], object), [0.1] * 3, {}, DataError, "row 2 has no class"),
        (np.array(["a", "b", None], object), [0.1] * 3, {}, DataError, "row 2 has no class"),
        (pd.array(["a", "b", None], "string"), [0.1] * 3, {}, DataError, "row 2 has no class"),
        (np.array(["2024", "NaT"], "M8[Y]"), [0.1] * 2, {}, DataError, "row 1 has no class"),
        (np.array(["a", 1], object), [0.1, 0.2], {}, DataError, "of the types int, str"),
        ([[0], [0, 1]], [0.1, 0.2], {}, DataError, "y_true: rows of different lengths"),
        ([0, 1], [0.1, 0.2], {"metric": 5}, ConfigError, "unknown metric 5"),
        ([0, 1], [0.1, 0.2], {"metric": nothing}, ConfigError, "nothing is no number for any"),
        ([0, 1], [0.1, 0.2], {"metric": lambda a, b: "x"}, ConfigError, "metric: no numbers"),
        ([0, 1], [0.1, 0.2], {"metric": lambda a, b: [1, 2]}, ConfigError, "several values"),
        ([0, 1], [0.1, 0.2], {"cost": {"fp": "a"}}, ConfigError, "cost: no numbers: .*'a'"),
        ([0, 1], [0.1, 0.2], {"cost": {"fp": None}}, ConfigError, "are no costs"),
        ([0, 1], [0.1, 0.2], {"cost": [[0, 1], [1]]}, ConfigError, "cost: no numbers"),
    ],
)
def test_what_gives_no_threshold(y, p, options, error, told):
    """One class, gaps, shapes, words: each is told with its value."""
    with pytest.raises(error, match=told):
        best_threshold(y, p, **options)
