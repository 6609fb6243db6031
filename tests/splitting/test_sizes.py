"""How many rows each part gets: exact sums, near the shares, no class left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.errors import ConfigError
from dataprep.splitting.sizes import allotted, wanted_rows


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(4, 400), min_size=1, max_size=6),
    st.floats(0.05, 0.4),
    st.floats(0.05, 0.4),
)
def test_sums_are_exact_and_no_class_is_left_out(counts, test, validation):
    """Rows and columns add up, and each number is near its share."""
    wanted = wanted_rows(sum(counts), test, validation, None)
    if (wanted < len(counts)).any():
        return
    found = allotted(counts, wanted, np.ones(len(counts), dtype=bool))
    assert found.sum(axis=1).tolist() == counts
    assert found.sum(axis=0).tolist() == wanted.tolist()
    assert found.min() >= 1


def test_shares_are_met_to_a_row_where_classes_are_large():
    """A quarter of each class is a quarter of each class."""
    counts = [1000, 401, 99]
    wanted = wanted_rows(1500, 0.25, 0.25, None)
    found = allotted(counts, wanted, np.ones(3, dtype=bool))
    quotas = np.outer(counts, [0.25, 0.25, 0.5])
    assert np.abs(found - quotas).max() <= 1


def test_folds_are_of_equal_size():
    """No fold has more than one row more than another."""
    assert wanted_rows(103, 0.0, 0.0, 5).tolist() == [21, 21, 21, 20, 20]
    assert wanted_rows(103, 3, 0.0, 5).tolist() == [3, 20, 20, 20, 20, 20]


@pytest.mark.parametrize(
    ("height", "test", "validation", "folds", "told"),
    [
        (10, 0.5, 0.5, None, "test 5 and validation 5 of 10 rows leave none"),
        (10, 1.0, 0.0, None, "1.0 is no share"),
        (10, 11, 0.0, None, "test 11 of 10 rows"),
        (4, 0.0, 0.0, 5, "5 folds of 4 rows"),
        (10, 0.7, 0.0, 5, "5 folds of 3 rows"),
    ],
)
def test_what_leaves_no_training_row_is_refused(height, test, validation, folds, told):
    """The number of rows is in the error."""
    with pytest.raises(ConfigError, match=told):
        wanted_rows(height, test, validation, folds)
