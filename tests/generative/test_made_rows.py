"""Made rows beside real ones: copies, strangers, and rows of the same kind are told apart."""

from __future__ import annotations

import numpy as np

from dataprep.generative.quality import MOST_PARENTS, closest, judged

NAMES = ("x", "y", "plan")


def rows(seed: int, height: int = 300, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of one distribution, or of one that is shifted."""
    random = np.random.default_rng(seed)
    numbers = random.normal(shift, 1.0, (height, 2))
    numbers[random.random((height, 2)) < 0.1] = np.nan
    return numbers, random.integers(-1, 3, (height, 1)).astype("int32")


def test_rows_of_the_same_kind_are_good():
    """Fresh rows of one distribution are told apart by chance, and are no copies."""
    found = judged(rows(0), rows(1), NAMES, 0)
    assert 0.4 < found["auc"] < 0.6
    assert 0.0 <= found["near_copies"] < 0.1
    assert found["copies"] == found["copies_real"] or found["copies"] < 0.02
    assert max(found["columns"].values()) < 0.15


def test_copies_are_found_out():
    """Rows that a model knows by heart are copies, however like the real ones as a whole."""
    real = rows(0)
    found = judged(real, tuple(part[:200] for part in real), NAMES, 0)
    assert found["copies"] == 1.0
    assert found["distance_made"] == 0.0
    assert found["near_copies"] > 0.9


def test_strangers_are_found_out():
    """Rows of another distribution are told from real ones at once, in the column that is off."""
    real, made = rows(0), rows(1, shift=5.0)
    found = judged(real, made, NAMES, 0)
    assert found["auc"] > 0.99
    assert found["near_copies"] == 0.0
    assert found["columns"]["x"] > 0.8 > 0.2 > found["columns"]["plan"]


def test_few_rows_are_judged_as_far_as_they_go():
    """Of few rows no classifier learns; of a single one not even distances are known."""
    few = judged(rows(0, 20), rows(1, 40), NAMES, 0)
    assert few["auc"] is None
    assert few["near_copies"] is not None
    one = judged(rows(0, 1), rows(1, 5), NAMES, 0)
    assert one["near_copies"] is one["distance_real"] is None


def test_the_closest_row_counts_what_is_missing():
    """What is missing is nearer to what is missing than to a number."""
    real = (np.array([[np.nan], [0.0], [3.0]]), np.zeros((3, 1), "int32"))
    made = (np.array([[np.nan], [0.1], [9.0]]), np.zeros((3, 1), "int32"))
    assert closest(real, made, 0).tolist() == [0, 1, 2]


def test_copies_are_found_out_where_real_rows_have_twins():
    """However many real rows are equal to each other, a table that is copied is seen at once."""
    numbers, codes = rows(0)
    real = tuple(np.concatenate([part, part[:20]]) for part in (numbers, codes))
    found = judged(real, tuple(part[:200] for part in real), NAMES, 0)
    assert found["distance_real"] == 0.0
    assert found["near_copies"] == found["copies"] == 1.0
    assert found["near_copies_real"] == found["copies_real"] < 0.15


def test_of_many_real_rows_the_closest_of_some_is_found():
    """Beyond so many rows, a parent is looked for among drawn ones, the same ones each time."""
    numbers = np.arange(3.0 * MOST_PARENTS)[:, None]
    real = (numbers, np.zeros(numbers.shape, "int32"))
    made = (numbers[::1000], real[1][::1000])
    found = closest(real, made, 0)
    np.testing.assert_array_equal(found, closest(real, made, 0))
    assert 0 < np.abs(found - np.arange(len(numbers))[::1000]).max() < 50
