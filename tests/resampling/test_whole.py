"""Whole numbers of new rows are held by their type, and lie between their parents."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.resampling.whole import whole_between, whole_of

LONG = st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=60, deadline=None)
@given(a=LONG, b=LONG, step=st.floats(0, 1))
def test_no_number_is_beyond_its_parents(a, b, step):
    """However large and far apart the parents are, a step of 0 is the first and 1 the second."""
    first, second = np.array([a]), np.array([b])
    made = whole_between(first, second, np.array([step])).item()
    assert min(a, b) <= made <= max(a, b)
    assert whole_between(first, second, np.array([0.0])).item() == a
    # A float of 53 bits times a gap of 64 is as near as floats come.
    assert abs(whole_between(first, second, np.array([1.0])).item() - b) <= abs(b - a) >> 53


def test_small_gaps_are_exact_in_both_types():
    """Between 2**63 and its neighbours each digit counts."""
    steps = np.array([0.0, 0.25, 0.5, 1.0])
    a, b = np.full(4, 2**63, "uint64"), np.full(4, 2**63 - 8, "uint64")
    assert (whole_between(a, b, steps) - np.uint64(2**63 - 8)).tolist() == [8, 6, 4, 0]
    a, b = np.full(4, -(2**63)), np.full(4, -(2**63) + 8)
    assert (whole_between(a, b, steps) + 2**62 + 2**62).tolist() == [0, 2, 4, 8]


def test_a_step_to_the_other_side_ends_at_the_type():
    """SVMSMOTE steps away from a neighbour: no number wraps round."""
    a, b = np.array([2**63 - 5]), np.array([2**63 - 105])
    assert whole_between(a, b, np.array([-0.02])).item() == 2**63 - 3
    assert whole_between(a, b, np.array([-0.5])).item() == 2**63 - 1


def test_floats_end_at_the_range_of_a_type():
    """What is too large or small for a type is its largest or smallest number."""
    wide = np.array([343.4, -65.3, 1e30, -1e30, 99.6])
    assert whole_of(wide, np.dtype("uint8")).tolist() == [255, 0, 255, 0, 100]
    assert whole_of(wide, np.dtype("int8")).tolist() == [127, -65, 127, -128, 100]
    ends = [343, -65, 2**63 - 1, -(2**63), 100]
    assert whole_of(wide, np.dtype("int64")).tolist() == ends
