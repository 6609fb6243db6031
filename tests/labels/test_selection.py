"""Thresholds, shares and caps: which rows get a model's label."""

import numpy as np
import pytest

from dataprep.labels.confidence_thresholds import (
    LEAST_HELD_OUT,
    NEVER,
    adaptive_thresholds,
    held_out_precision,
    precision_thresholds,
    wilson,
)
from dataprep.labels.selection import class_rates, select


def drawn(n=300, k=3, seed=0, sharp=4.0):
    """Return probabilities that are calibrated, and classes drawn from them."""
    rng = np.random.default_rng(seed)
    odds = np.exp(sharp * rng.normal(size=(n, k)))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    codes = np.array([rng.choice(k, p=row) for row in probabilities])
    return probabilities, codes


def test_the_precision_asked_for_is_reached_on_other_rows():
    """Thresholds of one sample, labels of another: so many are right as were asked, or nearly."""
    told = []
    for seed in range(20):
        bounds = precision_thresholds(*drawn(n=400, seed=seed, sharp=2.0), 0.9).thresholds
        told.append(held_out_precision(*drawn(n=400, seed=1000 + seed, sharp=2.0), bounds))
    rows, right, units = np.sum(told, axis=0)
    assert units == rows
    assert rows > 2000
    assert 0.87 < right / rows < 0.95


def test_the_lowest_threshold_is_taken():
    """Golden: forty rows of a class, of which those below 0.7 are wrong."""
    sure = np.round(np.linspace(0.99, 0.6, 40), 2)
    held_out = np.column_stack([sure, 1 - sure])
    codes = (sure < 0.7).astype(int)
    found, shown = precision_thresholds(held_out, codes, 0.95)
    assert shown.tolist() == [40, 0]
    # 30 right ones, and one wrong: 31 of which 96.8 % are right; with two wrong ones 93.8 %.
    assert found[0] == pytest.approx(0.69)
    assert found[1] == NEVER


def test_rows_that_are_equally_sure_are_in_or_out_together():
    """A threshold between equals would be a matter of their order."""
    held_out = np.array([[0.9, 0.1]] * 20 + [[0.8, 0.2]] * 20)
    codes = np.array([0] * 20 + [0] * 10 + [1] * 10)
    assert precision_thresholds(held_out, codes, 0.95).thresholds[0] == pytest.approx(0.9)


def test_one_right_row_proves_nothing():
    """Peers take 1 of 1 for a precision of 100 %; here fewer than ten rows say nothing."""
    held_out = np.array([[0.9, 0.1]] * (LEAST_HELD_OUT - 1))
    found = precision_thresholds(held_out, np.zeros(len(held_out), int), 0.5)
    assert (found.thresholds == NEVER).all()
    assert found.shown.tolist() == [LEAST_HELD_OUT - 1] * 2


def test_one_right_group_proves_nothing():
    """A hundred copies of nine rows are nine: of ten a precision may be told."""
    sure = np.repeat(np.linspace(0.9, 0.8, LEAST_HELD_OUT), 100)
    held_out, codes = np.column_stack([sure, 1 - sure]), np.zeros(len(sure), int)
    groups = np.repeat(np.arange(LEAST_HELD_OUT), 100)
    assert precision_thresholds(held_out, codes, 0.5, groups).thresholds[0] == sure[-1]
    few = groups < LEAST_HELD_OUT - 1
    found = precision_thresholds(held_out[few], codes[few], 0.5, groups[few])
    assert (found.thresholds == NEVER).all()
    assert found.shown.tolist() == [LEAST_HELD_OUT - 1] * 2
    assert held_out_precision(held_out, codes, np.full(2, 0.85), groups) == (500, 500, 5)


def test_of_two_equally_likely_classes_none_is_taken():
    """Else the first in order would be, and other names would be other labels."""
    equal = np.full((30, 2), 0.5)
    assert not len(select(equal, np.zeros(2), np.ones(2), np.arange(30)))
    assert held_out_precision(equal, np.zeros(30, int), np.zeros(2)) == (0, 0, 0)
    assert (precision_thresholds(equal, np.zeros(30, int), 0.5).thresholds == NEVER).all()
    assert (adaptive_thresholds(equal, 0.3) == NEVER).all()


def test_adaptive_thresholds_are_those_of_the_paper():
    """FlexMatch: counts of sure rows as shares of the most, mapped by x / (2 - x)."""
    sure = np.array([[0.97, 0.03]] * 5 + [[0.01, 0.99]] * 4 + [[0.5, 0.5]] * 20)
    assert adaptive_thresholds(sure, 0.95) == pytest.approx([0.95, 0.95 * 0.8 / 1.2])


def test_adaptive_thresholds_label_nothing_that_is_not_sure():
    """The paper's warm-up would label every row here: a class without a sure row is given none."""
    unsure = np.array([[0.54, 0.46]] * 30 + [[0.47, 0.53]] * 30)
    assert (adaptive_thresholds(unsure, 0.95) == NEVER).all()
    # One sure row of a class beside a hundred of another: likelier than not, at the least.
    few = np.array([[0.97, 0.03, 0.0]] * 100 + [[0.01, 0.98, 0.01]])
    assert adaptive_thresholds(few, 0.95) == pytest.approx([0.95, 0.5, NEVER])


def test_sure_rows_without_a_label_are_told_apart():
    """Those that a frequent class holds back, and those that are one too many."""
    sure = np.linspace(0.99, 0.6, 8)
    probabilities = np.column_stack([sure, 1 - sure])
    bounds, ties = np.array([0.7, 0.7]), np.arange(8)
    found = select(probabilities, bounds, np.array([0.5, 1.0]), ties, max_total=2)
    assert found.positions.tolist() == [0, 1]
    assert found.capped.tolist() == [2]
    assert found.held_back.tolist() == [3, 4, 5]
    found = select(probabilities, bounds, np.ones(2), ties, max_per_class={0: 4})
    assert (found.capped.tolist(), found.held_back.tolist()) == ([4, 5], [])


def test_class_rates_are_those_of_the_paper():
    """CReST: the rarest class takes all, the largest least; equal classes all take all."""
    rates = class_rates(np.array([1000, 10, 100]), 1 / 3)
    assert rates == pytest.approx([(1 / 100) ** (1 / 3), 1.0, (1 / 10) ** (1 / 3)])
    assert class_rates(np.array([7, 7, 7]), 0.5).tolist() == [1.0] * 3
    assert class_rates(np.array([1000, 10]), 0.0).tolist() == [1.0, 1.0]


def test_classes_of_one_size_take_the_same_share():
    """Which of them comes first in the alphabet decides nothing, and the mean stays."""
    rates = class_rates(np.array([50, 10, 50]), 0.5)
    low = (10 / 50) ** 0.5
    assert rates == pytest.approx([(low + 1) / 2, 1.0, (low + 1) / 2])
    assert rates[0] == rates[2]


def test_caps_hold_by_class_and_in_total():
    """Every class gives up the same share to a cap in total, and the surest rows stay."""
    probabilities, _ = drawn(n=600, k=2)
    ties = np.arange(600)
    all_rows = select(probabilities, np.zeros(2), np.ones(2), ties)
    assert len(all_rows) == 600
    capped = select(probabilities, np.zeros(2), np.ones(2), ties, max_per_class={0: 7})
    assert (capped.codes == 0).sum() == 7
    assert (capped.codes == 1).sum() == (all_rows.codes == 1).sum()
    surest = np.sort(all_rows.confidence[all_rows.codes == 0])[-7:]
    assert np.sort(capped.confidence[capped.codes == 0]) == pytest.approx(surest)
    total = select(probabilities, np.zeros(2), np.ones(2), ties, max_total=100)
    shares = np.bincount(total.codes) / np.bincount(all_rows.codes)
    assert len(total) == 100
    assert shares[0] == pytest.approx(shares[1], abs=0.01)


def test_the_interval_is_wilsons():
    """Golden values, and an interval that holds the share at both ends."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 10)[0] == 0.0
