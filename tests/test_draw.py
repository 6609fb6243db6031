"""Random numbers keyed by seed, stage and row."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pytest
from scipy import stats

from dataprep.draw import PRIME, integers, uniform

ROWS = np.arange(200_000)
KEYS = [(0, "split"), (1, "split"), (0, "smote"), (2**40, "augment"), (-7, "")]


@pytest.mark.parametrize(("seed", "stage"), KEYS)
def test_numbers_are_uniform(seed: int, stage: str) -> None:
    """A chi-squared test over 100 bins does not tell the numbers from uniform ones."""
    drawn = uniform(ROWS, seed, stage)
    counts = np.histogram(drawn, bins=100, range=(0, 1))[0]
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("step", [2, 7, 1000, 4096, PRIME // 3])
def test_numbers_are_uniform_over_every_so_many_rows(step: int) -> None:
    """Row numbers with gaps, as they are left after rows were dropped, draw as well as others."""
    counts = np.histogram(uniform(np.arange(50_000) * step, 3, "split"), bins=50, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-4


def test_consecutive_rows_form_no_lattice() -> None:
    """Neighbours are uncorrelated at small lags, and pairs of them fill the unit square evenly."""
    drawn = uniform(ROWS, 0, "split")
    for lag in (1, 2, 3, 10, 1000):
        assert abs(np.corrcoef(drawn[:-lag], drawn[lag:])[0, 1]) < 0.01
    pairs = np.histogram2d(drawn[:-1:2], drawn[1::2], bins=30, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-4


def test_differences_of_neighbours_take_many_values() -> None:
    """An affine map alone would leave two differences between neighbours; here there are many."""
    drawn = uniform(ROWS[:5000], 0, "split")
    assert len(np.unique(np.diff(drawn).round(9))) > 4900


@pytest.mark.parametrize(("one", "other"), [(KEYS[0], KEYS[1]), (KEYS[0], KEYS[2])])
def test_seeds_and_stages_are_independent(one: Any, other: Any) -> None:
    """Another seed, or another stage, draws numbers that have nothing to do with these."""
    a, b = uniform(ROWS, *one), uniform(ROWS, *other)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.01
    assert (a == b).mean() < 1e-4


def test_a_rows_number_depends_on_its_key_alone() -> None:
    """The order of rows, their partition and the other rows change nothing."""
    whole = uniform(ROWS, 5, "split")
    order = np.random.default_rng(0).permutation(ROWS)
    np.testing.assert_array_equal(uniform(order, 5, "split"), whole[order])
    parts = [uniform(part, 5, "split") for part in np.array_split(ROWS, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert uniform(ROWS[1234:1235], 5, "split")[0] == whole[1234]


def test_the_numbers_are_these() -> None:
    """The same seed gives the same numbers next month: a change here breaks saved pipelines."""
    expected = [0.86933, 0.22247, 0.99243, 0.7524]
    assert uniform(np.arange(4), 0, "split").round(5).tolist() == expected


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "duckdb"])
def test_expressions_equal_numpy(backend: str) -> None:
    """The same arithmetic as an expression gives the same bits, for large row numbers too."""
    rows = np.concatenate([ROWS[:1000], [PRIME - 1, PRIME, PRIME + 1, 2**40, 2**53, 2**62]])
    given: Any = nw.from_dict({"row": rows.astype("int64")}, backend="pyarrow")
    if backend == "duckdb":
        import duckdb

        arrow = given.to_native()
        given = nw.from_native(duckdb.sql("select * from arrow"))
        assert arrow.num_rows == len(rows)
    elif backend != "pyarrow":
        given = nw.from_native(getattr(given, f"to_{backend}")())
    found = given.select(
        "row",
        u=uniform(nw.col("row"), 9, "split"),
        i=integers(nw.col("row"), 6, 9, "split"),
    )
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    found = found.sort("row")
    np.testing.assert_array_equal(found["u"].to_numpy(), uniform(rows, 9, "split"))
    np.testing.assert_array_equal(found["i"].to_numpy(), integers(rows, 6, 9, "split"))


@pytest.mark.parametrize("high", [1, 2, 6, 1000])
def test_whole_numbers_are_uniform(high: int) -> None:
    """Each whole number below the limit is drawn equally often, and no other."""
    drawn = integers(ROWS, high, 0, "split")
    counts = np.bincount(drawn, minlength=high)
    assert len(counts) == high
    assert high == 1 or stats.chisquare(counts).pvalue > 1e-4


def test_whole_numbers_reach_a_large_limit() -> None:
    """With the largest limit the products stay below 2**63."""
    drawn = integers(ROWS, 2**31, 0, "split")
    assert drawn.min() >= 0
    assert drawn.max() < 2**31
    assert drawn.max() > 2**31 * 0.999
