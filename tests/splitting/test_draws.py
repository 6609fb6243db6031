"""Drawn parts: exact sizes, no row's part but by its own number or key."""

import numpy as np

from dataprep.splitting.draws import cuts_of, order_of, places_by_cuts, places_by_key
from dataprep.splitting.times import first_moments, places_by_time


def test_each_stratum_has_exactly_its_rows():
    """Cuts give each part the number of rows that it is to have, a class of none as well."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 999)
    counts = np.bincount(codes)
    sizes = np.column_stack([[5, 0, 7], counts - 100, [95, 100, 93]])
    order = order_of(np.arange(999), seed=4)
    rows = places_by_cuts(codes, order, cuts_of(codes, order, sizes))
    for code in range(3):
        found = np.bincount(rows[codes == code], minlength=3)
        assert found.tolist() == sizes[code].tolist()


def test_no_two_rows_are_at_the_same_place_of_the_order():
    """Draws of 31 bits collide among many rows; the row's number settles it."""
    order = order_of(np.arange(300_000), seed=0)
    assert len(np.unique(order)) == 300_000
    assert order.min() >= 0


def test_a_key_stays_in_its_part_when_more_is_held_out():
    """Who was in the test part is in it still when it grows; nobody moves between folds."""
    keys = np.arange(5000) * 977
    small = places_by_key(keys, 0.1, 0.0, None, seed=0)
    large = places_by_key(keys, 0.3, 0.0, None, seed=0)
    assert ((small == 0) <= (large == 0)).all()
    one = places_by_key(keys, 0.0, 0.0, 4, seed=0)
    other = places_by_key(keys, 0.2, 0.0, 4, seed=0)
    assert (one[other > 0] == other[other > 0] - 1).all()
    assert abs(small.mean() - 0.9) < 0.02
    assert abs(np.bincount(one) / 5000 - 0.25).max() < 0.03


def test_moments_are_never_torn_apart():
    """Ties in time are on one side, and each part is as near its size as they allow."""
    times = np.array([1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0])
    firsts = first_moments(times, np.array([3, 2, 5]))
    assert firsts == [4.0, 2.0] or firsts == [4.0, 3.0]
    rows = places_by_time(times, firsts)
    assert all(len(set(rows[times == moment])) == 1 for moment in times)
    assert (np.diff(rows) <= 0).all()


def test_a_heap_of_one_moment_leaves_a_row_to_every_part():
    """Where the last moment holds nearly all rows, the others still go round."""
    times = np.array([1.0, 2.0, *[3.0] * 50])
    rows = places_by_time(times, first_moments(times, np.array([5, 5, 42])))
    assert rows.tolist() == [2, 1, *[0] * 50]
