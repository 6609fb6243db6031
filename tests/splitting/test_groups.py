"""Whole groups in parts: near the sizes, near the shares, never torn apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.errors import DataError
from dataprep.splitting.groups import grouped


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=4, max_size=60), st.integers(0, 5))
def test_every_part_has_a_group_and_no_group_is_torn_apart(sizes, seed):
    """However many groups there are, each goes to one part, and each part has one."""
    keys = np.repeat(np.arange(len(sizes)) * 7, sizes)
    total = len(keys)
    wanted = np.array([total // 4, total // 4, total - 2 * (total // 4)])
    if max(sizes) > wanted[-1]:
        return
    found = grouped(keys, np.zeros(total, dtype=int), wanted, seed, folds=False)
    assert found.keys.tolist() == np.unique(keys).tolist()
    assert set(found.of(keys).tolist()) == {0, 1, 2}


@pytest.mark.parametrize("count", [300, 30_000])
def test_sizes_and_classes_are_met_with_many_small_groups(count):
    """Parts have their share of rows and of a rare class, within a percent of the whole."""
    rng = np.random.default_rng(0)
    keys = rng.integers(0, count, 8 * count)
    codes = (rng.random(len(keys)) < 0.05).astype("int64")
    wanted = np.array([int(0.2 * len(keys)), int(0.1 * len(keys)), 0])
    wanted[-1] = len(keys) - wanted.sum()
    rows = grouped(keys, codes, wanted, 0, folds=False).of(keys)
    assert np.abs(np.bincount(rows) - wanted).max() < 0.01 * len(keys)
    shares = [codes[rows == part].mean() for part in range(3)]
    assert max(shares) - min(shares) < 0.01


def test_folds_of_groups_are_balanced():
    """Five folds of unequal groups have about as many rows each."""
    rng = np.random.default_rng(1)
    keys = np.repeat(np.arange(60), rng.integers(1, 30, 60))
    wanted = np.full(5, len(keys) // 5)
    rows = grouped(keys, np.zeros(len(keys), dtype=int), wanted, 0, folds=True).of(keys)
    assert np.ptp(np.bincount(rows)) <= 30


def test_the_seed_matters_and_the_order_of_rows_does_not():
    """Other seeds give other parts; rows that arrive in another order are in the same ones."""
    rng = np.random.default_rng(2)
    keys = rng.integers(0, 200, 2000)
    codes = rng.integers(0, 2, 2000)
    wanted = np.array([400, 1600])
    one, two = (grouped(keys, codes, wanted, seed, folds=False) for seed in (0, 1))
    assert one.places.tolist() != two.places.tolist()
    order = rng.permutation(2000)
    again = grouped(keys[order], codes[order], wanted, 0, folds=False)
    assert again.places.tolist() == one.places.tolist()


def test_groups_that_make_it_impossible_are_refused():
    """Too few groups, and one that is larger than training is to be."""
    none = np.zeros(10, dtype=int)
    with pytest.raises(DataError, match="1 group, and 2 parts"):
        grouped(none, none, np.array([2, 8]), 0, folds=False)
    keys = np.array([0] * 9 + [1])
    with pytest.raises(DataError, match="9 rows, more than the 8"):
        grouped(keys, none, np.array([2, 8]), 0, folds=False)
    many, classes = np.arange(20_000), np.arange(20_000)
    with pytest.raises(DataError, match="too many to be balanced"):
        grouped(many, classes, np.array([10_000, 10_000]), 0, folds=True)
