"""The order of rows: permutations by key, balanced classes, shards."""

import numpy as np
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st

from dataprep.errors import ConfigError, DataError
from dataprep.feed.order import balanced, length_of_shard, permutation

GOLDEN = [0, 3, 7, 8, 2, 6, 1, 9, 5, 4]
GOLDEN_SUM = 49882290219


@tries(50)
@given(st.integers(0, 300), st.integers(0, 2**40), st.integers(0, 10))
def test_an_order_holds_each_number_once(n, seed, epoch):
    """Every number below n occurs exactly once, whatever the key."""
    order = permutation(n, seed, f"epoch {epoch}")
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))


def test_the_order_of_a_key_is_for_ever():
    """The same key gives these very numbers on every machine and with every version of NumPy."""
    assert permutation(10, 0, "epoch 0").tolist() == GOLDEN
    big = permutation(100_000, 7, "epoch 3")
    assert int((big * np.arange(100_000) % 1_000_003).sum()) == GOLDEN_SUM


def test_orders_are_uniform_and_independent_of_each_other():
    """Each place sees each number about equally often; two epochs have no more than chance."""
    n, tries_made = 16, 4000
    orders = np.array([permutation(n, 0, f"epoch {i}") for i in range(tries_made)])
    for place in range(n):
        counts = np.bincount(orders[:, place], minlength=n)
        expected = tries_made / n
        # Chi-squared with 15 degrees of freedom: 45 is passed once in 10,000 times.
        assert ((counts - expected) ** 2 / expected).sum() < 45
    assert abs(np.corrcoef(permutation(10**5, 0, "a"), permutation(10**5, 0, "b"))[0, 1]) < 0.02


@tries(50)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=5), st.integers(0, 99))
def test_balanced_classes_are_equal_and_lose_no_row(sizes, seed):
    """All classes are as frequent, each row occurs, and no row twice more often than another."""
    codes = np.repeat(np.arange(len(sizes)), sizes)
    order, _ = balanced(codes, len(sizes), seed, "epoch 0")
    assert len(order) == len(sizes) * max(sizes)
    assert set(np.bincount(codes[order]).tolist()) == {max(sizes)}
    times = np.bincount(order, minlength=len(codes))
    for code in range(len(sizes)):
        own = times[codes == code]
        assert own.min() >= 1
        assert own.max() - own.min() <= 1


def test_of_as_many_rows_as_classes_one_is_of_each():
    """Every group of rows in a balanced order has all classes, in varying turns."""
    codes = np.repeat([0, 1, 2], [50, 5, 1])
    groups = codes[balanced(codes, 3, 0, "epoch 0")[0]].reshape(-1, 3)
    assert (np.sort(groups, axis=1) == [0, 1, 2]).all()
    assert len({tuple(group) for group in groups.tolist()}) == 6


def test_how_often_a_row_came_before_is_told():
    """The n-th time that a row comes in an order is told as such, whatever its class and place."""
    codes = np.repeat([0, 1, 2], [9, 4, 1])
    order, turns = balanced(codes, 3, 0, "epoch 0")
    before = dict.fromkeys(range(len(codes)), 0)
    # A class goes through all of its rows before one of them comes again.
    for row, turn in zip(order.tolist(), turns.tolist(), strict=True):
        assert turn == before[row]
        before[row] += 1
    assert before[13] == 9


def test_two_equally_rare_classes_are_drawn_independently():
    """Classes of the same size have orders of their own."""
    codes = np.repeat([0, 1], 100)
    order, _ = balanced(codes, 2, 0, "epoch 0")
    assert (order[codes[order] == 0] != order[codes[order] == 1] - 100).mean() > 0.9


@pytest.mark.parametrize("shard", [(2, 2), (-1, 2), (0, 0), (0.0, 2), "01", (1,), (True, 2), 3])
def test_what_is_no_shard_is_refused(shard):
    """A shard is (index, count)."""
    with pytest.raises(ConfigError, match="no shard"):
        length_of_shard(10, shard)


def test_shards_are_equally_long_and_never_empty():
    """What cannot be dealt equally is left over; more shards than rows are refused."""
    assert [length_of_shard(10, (i, 3)) for i in range(3)] == [3, 3, 3]
    with pytest.raises(DataError, match="shard 1 would be empty"):
        length_of_shard(2, (1, 3))
