"""Instance hardness: which rows a classifier finds easy, by folds that follow contents."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from imblearn.under_sampling import InstanceHardnessThreshold as Peer
from sklearn.tree import DecisionTreeClassifier

from dataprep.labels.teachers import teacher_from
from dataprep.resampling.hardness import easy, folds_of
from dataprep.resampling.rows import Rows
from dataprep.stages.resample.hardness import judged


def rows_of(seed: int, n: int = 60, classes: int = 3) -> Rows:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) ** 2 // (n * n // classes + 1))
    X = rng.normal(size=(n, 3)) + y[:, None]
    return Rows(X, np.empty((n, 0), "int32"), y, rng.permutation(n))


@pytest.mark.parametrize("seed", range(10))
def test_the_rows_kept_are_those_of_imbalanced_learn(seed: int) -> None:
    """With the same probabilities, tied or not, the same rows are easy."""
    rows = rows_of(seed)
    counts = np.bincount(rows.y)
    told = np.random.default_rng(seed).integers(0, 8, size=(len(rows), 3)) / 8
    wanted: Any = {label: int(counts.min()) - seed % 3 for label in range(3)}
    kept = easy(told[np.arange(len(rows)), rows.y], rows.y, wanted)
    place = "imblearn.under_sampling._prototype_selection._instance_hardness_threshold"
    peer = Peer(sampling_strategy=wanted)
    with patch(f"{place}.cross_val_predict", return_value=told):
        peer.fit_resample(rows.numbers, rows.y)
    assert np.flatnonzero(kept).tolist() == np.sort(peer.sample_indices_).tolist()


def test_folds_are_even() -> None:
    """Each class is dealt out evenly, and another seed deals otherwise."""
    rows = rows_of(0)
    folds = folds_of(rows, 4, 0, "iht")
    for label in range(3):
        sizes = np.bincount(folds[rows.y == label], minlength=4)
        assert sizes.max() - sizes.min() <= 1
    assert (folds != folds_of(rows, 4, 1, "iht")).any()


def test_the_order_of_rows_does_not_matter() -> None:
    """Folds and probabilities follow a row to another place."""
    rows = rows_of(1)
    moved = np.random.default_rng(2).permutation(len(rows))
    folds = folds_of(rows, 3, 0, "iht")
    np.testing.assert_array_equal(folds_of(rows.take(moved), 3, 0, "iht"), folds[moved])
    tree = teacher_from(DecisionTreeClassifier(max_depth=2, max_features=1, random_state=0))
    found = judged(rows, folds, tree)
    np.testing.assert_array_equal(judged(rows.take(moved), folds[moved], tree), found[moved])


def test_a_row_is_told_by_others() -> None:
    """Rows that differ from their class are hard; levels and gaps are taken."""
    codes = np.array([[0]] * 10 + [[1]] * 10, "int32")
    codes[3] = -1
    numbers = np.full((20, 1), np.nan)
    y = np.array([0] * 9 + [1] * 11)
    rows = Rows(numbers, codes, y, np.arange(20))
    tree = teacher_from(DecisionTreeClassifier(random_state=0))
    found = judged(rows, np.arange(20) % 5, tree)
    assert found[9, 1] == 0
    assert (found[10:, 1] == 1).all()
