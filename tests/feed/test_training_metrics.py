"""Metrics against scikit-learn's, and what a constant guess gets."""

import numpy as np
import pytest
from sklearn import metrics as peer

from dataprep.feed.training.metrics import measured_classes, measured_numbers, precision_recall


def predictions(rows=400, shares=(0.7, 0.25, 0.05), seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(shares), rows, p=shares)
    scores = rng.normal(0, 1, (rows, len(shares))) + 2 * np.eye(len(shares))[codes]
    powers = np.exp(scores)
    return codes, powers / powers.sum(axis=1, keepdims=True)


def test_two_classes_agree_with_scikit_learn():
    """Every metric is what scikit-learn computes, for the rarer class."""
    codes, p = predictions(shares=(0.15, 0.85))
    found = measured_classes(codes, p, ["rare", "usual"])
    rare, taken = codes == 0, p.argmax(axis=1)
    assert found["positive"] == "rare"
    expected = {
        "pr_auc": peer.average_precision_score(rare, p[:, 0]),
        "roc_auc": peer.roc_auc_score(rare, p[:, 0]),
        "balanced_accuracy": peer.balanced_accuracy_score(codes, taken),
        "matthews": peer.matthews_corrcoef(codes, taken),
        "accuracy": peer.accuracy_score(codes, taken),
        "log_loss": peer.log_loss(codes, p),
        "brier": peer.brier_score_loss(rare, p[:, 0]),
    }
    assert found["metrics"] == pytest.approx(expected)
    assert found["confusion"] == peer.confusion_matrix(codes, taken).tolist()


def test_three_classes_agree_with_scikit_learn():
    """Means over classes, one against the rest, and figures of each class."""
    codes, p = predictions()
    found = measured_classes(codes, p, ["a", "b", "c"])
    one_hot, taken = np.eye(3)[codes], p.argmax(axis=1)
    expected = {
        "pr_auc": peer.average_precision_score(one_hot, p, average="macro"),
        "roc_auc": peer.roc_auc_score(codes, p, multi_class="ovr", average="macro"),
        "balanced_accuracy": peer.balanced_accuracy_score(codes, taken),
        "matthews": peer.matthews_corrcoef(codes, taken),
        "accuracy": peer.accuracy_score(codes, taken),
        "log_loss": peer.log_loss(codes, p),
        "brier": ((p - one_hot) ** 2).sum(axis=1).mean(),
    }
    assert found["metrics"] == pytest.approx(expected)
    told = peer.precision_recall_fscore_support(codes, taken)
    for i, one in enumerate(found["per_class"].values()):
        got = [one[name] for name in ("precision", "recall", "f1", "rows")]
        assert got == pytest.approx([column[i] for column in told])
    assert "positive" not in found


@pytest.mark.parametrize("shares", [(0.9, 0.1), (0.6, 0.3, 0.1)])
def test_the_constant_guess_gets_what_is_said(shares):
    """Predicting the classes' shares for every row comes to the figures of the constant guess."""
    codes, _ = predictions(shares=shares)
    shares = np.bincount(codes) / len(codes)
    constant = np.tile(shares, (len(codes), 1))
    found = measured_classes(codes, constant, [*range(len(shares))])
    assert found["metrics"] == pytest.approx(found["constant"])


def test_a_threshold_that_was_chosen_elsewhere():
    """What deciding at it comes to stands beside; at 0.5 it is what the largest says."""
    codes, p = predictions(shares=(0.9, 0.1))
    found = measured_classes(codes, p, ["no", "yes"], threshold=0.2)["at_threshold"]
    taken = p[:, 1] >= 0.2
    assert found["balanced_accuracy"] == pytest.approx(peer.balanced_accuracy_score(codes, taken))
    assert found["recall"] == pytest.approx(peer.recall_score(codes, taken))
    tn, fp, fn, tp = peer.confusion_matrix(codes, taken).ravel()
    assert [found[name] for name in ("tp", "fp", "fn", "tn")] == [tp, fp, fn, tn]


def test_a_class_without_rows_has_no_figures():
    """What cannot be known is None, and means are over the classes that are there."""
    codes = np.array([0, 0, 1, 1])
    p = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    found = measured_classes(codes, p, ["a", "b", "c"])
    assert [found["per_class"]["c"][name] for name in ("recall", "pr_auc", "roc_auc")] == [None] * 3
    assert found["metrics"]["balanced_accuracy"] == 0.75
    only = measured_classes(np.zeros(3, int), np.tile([0.9, 0.1], (3, 1)), ["a", "b"])
    assert only["metrics"]["roc_auc"] is None
    assert only["metrics"]["matthews"] == 0.0


def test_probabilities_of_0_cost_much_but_not_infinitely():
    """A class that was ruled out and came is counted, not a number lost."""
    found = measured_classes(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]), ["a", "b"])
    assert np.isfinite(found["metrics"]["log_loss"])


def test_numbers_agree_with_scikit_learn():
    """MAE, RMSE and R2, beside the best constant guess."""
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, 100)
    predicted = values + rng.normal(0, 1, 100)
    found = measured_numbers(values, predicted)
    assert found["metrics"] == pytest.approx(
        {
            "mae": peer.mean_absolute_error(values, predicted),
            "rmse": peer.root_mean_squared_error(values, predicted),
            "r2": peer.r2_score(values, predicted),
        }
    )
    mean = measured_numbers(values, np.full(100, values.mean()))
    assert mean["metrics"]["rmse"] == pytest.approx(found["constant"]["rmse"])
    assert mean["metrics"]["r2"] == pytest.approx(0.0)
    assert measured_numbers(np.ones(3), np.ones(3))["metrics"]["r2"] is None


def test_a_thinned_curve_keeps_its_ends():
    """A curve of many points has some hundred, the first and the last among them."""
    codes, p = predictions(5000, (0.9, 0.1))
    curve = precision_recall(codes == 1, p[:, 1])
    assert len(curve["recall"]) == len(curve["precision"]) < 900
    assert (curve["recall"][0], curve["recall"][-1]) == (0.0, 1.0)
    assert curve["precision"][-1] == pytest.approx((codes == 1).mean())
