"""Statistics of two samples, beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dataprep.distances import psi
from dataprep.distributions.corrections import corrected
from dataprep.distributions.recording import boundaries, sketch
from dataprep.distributions.seen import Numbers
from dataprep.distributions.statistics import (
    binned,
    chi_squared,
    exact,
    ks_of_sketch,
    share_p,
    wasserstein_of_sketch,
)

SAMPLES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "ties": lambda rng, n: rng.integers(0, 15, n).astype(float),
    "mass point": lambda rng, n: np.maximum(rng.normal(size=n), 0.0),
    "heavy tail": lambda rng, n: rng.standard_cauchy(n),
    "constant": lambda rng, n: np.full(n, 3.0),
}
values = st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), min_size=1, max_size=400)


def recorded(x: np.ndarray) -> dict:
    return sketch(Numbers(np.sort(x), 0), "numbers", "float")


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize(("n", "m"), [(50, 70), (1, 5), (3000, 911)])
def test_exact_statistics_are_scipys(kind: str, n: int, m: int) -> None:
    """Kolmogorov-Smirnov and Wasserstein agree to twelve digits."""
    rng = np.random.default_rng(n + m)
    a, b = np.sort(SAMPLES[kind](rng, n)), np.sort(SAMPLES[kind](rng, m) + 0.3)
    expected = stats.ks_2samp(a, b, method="asymp")
    found, area = exact(a, b)
    assert found.value == found.at_most == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-12)
    assert area == pytest.approx(stats.wasserstein_distance(a, b), rel=1e-9, abs=1e-12)


def test_millions_of_rows_do_not_overflow() -> None:
    """The product of two numbers of rows does not fit into 64 bits at some point."""
    rng = np.random.default_rng(0)
    a = np.sort(rng.normal(size=5_000))
    record = {**recorded(a), "rows": 5_000_000_000}
    record["below"] = [one * 1_000_000 for one in record["below"]]
    record["upto"] = [one * 1_000_000 for one in record["upto"]]
    assert ks_of_sketch(record, a).p_value == pytest.approx(1.0)


@settings(max_examples=100, deadline=None)
@given(values, values)
def test_a_sketch_holds_the_true_statistic_between_two_figures(a: list, b: list) -> None:
    """What is told from a sketch is a lower and an upper bound of Kolmogorov-Smirnov's."""
    first, second = np.sort(np.array(a)), np.sort(np.array(b))
    found, true = ks_of_sketch(recorded(first), second), exact(first, second)[0].value
    assert found.value - 1e-12 <= true <= found.at_most + 1e-12


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sketch_is_near_the_truth(kind: str) -> None:
    """Of a few thousand rows, the error is below a hundredth, and the area a few per cent."""
    rng = np.random.default_rng(7)
    a, b = np.sort(SAMPLES[kind](rng, 5000)), np.sort(SAMPLES[kind](rng, 4000) + 0.3)
    found = ks_of_sketch(recorded(a), b)
    # Two ends of a gap, each at most a hundredth of its rows away, and chance among the current.
    assert found.at_most - found.value <= 0.03
    assert abs(exact(a, b)[0].value - found.value) <= 0.01
    if kind != "heavy tail":
        area = exact(a, b)[1]
        assert wasserstein_of_sketch(recorded(a), b) == pytest.approx(area, rel=0.1)


@pytest.mark.parametrize("size", [1, 2, 9, 10, 11, 999, 12_345])
def test_a_sketch_is_small_and_exact_at_its_edges(size: int) -> None:
    """At most 107 values, smallest and largest among them, and counts that are counts."""
    x = np.sort(np.random.default_rng(size).normal(size=size).round(2))
    record = recorded(x)
    assert len(record["edges"]) <= 107
    assert (record["edges"][0], record["edges"][-1]) == (x[0], x[-1])
    for edge, below, upto in zip(record["edges"], record["below"], record["upto"], strict=True):
        assert (below, upto) == (int((x < edge).sum()), int((x <= edge).sum()))


def test_bins_are_deciles() -> None:
    """A tenth of the reference lies in each bin, and a value that holds as much is a bin."""
    even = recorded(np.arange(1000.0))
    assert np.diff([0, *(n for _, _, n in boundaries(even)), 1000]).tolist() == [100] * 10
    zeros = recorded(np.concatenate([np.zeros(600), np.arange(1.0, 401)]))
    assert boundaries(zeros)[:2] == [(0.0, False, 0), (0.0, True, 600)]


def test_chi_squared_is_scipys() -> None:
    """Without rare levels, it is the test of the contingency table."""
    table = np.array([[120, 80, 41, 30], [100, 95, 60, 20]])
    expected = stats.chi2_contingency(table, correction=False)
    found = chi_squared(*table)
    assert found.value == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-12)


def test_rare_levels_are_taken_together() -> None:
    """Five rows are expected in each bin of rare levels, and no other level is in one."""
    table = np.array([[500, 3, 1, 0, 2, 4], [480, 1, 2, 2, 4, 3]], dtype=float)
    kept = binned(table)
    assert kept.tolist() == [[500, 10], [480, 12]]
    alone = binned(np.array([[1000.0, 500, 0], [10, 5, 4]]))
    assert alone.tolist() == [[1000, 500, 0], [10, 5, 4]]
    many = np.random.default_rng(0).multinomial(500, np.full(400, 1 / 400), size=2).astype(float)
    kept = binned(many)
    assert kept.sum() == many.sum()
    assert kept.shape[1] > 50
    assert (kept.sum(axis=0) * kept.sum(axis=1).min() / kept.sum()).min() >= 5
    assert chi_squared([10], [20]).p_value == 1.0


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([600_000, 300_000, 100_000, 0], [900, 450, 0, 150]),
        ([100_000, 0], [0, 500]),
        ([100_000, *[0] * 500], [0, *[1] * 500]),
        ([2_000] * 500 + [0] * 100, [0] * 300 + [5] * 300),
    ],
)
def test_levels_that_took_the_place_of_others_are_found(before: list, now: list) -> None:
    """Few rows against many: a level that only the few have is not hidden behind another."""
    counts = np.array([before, now], dtype=float)
    assert chi_squared(*counts).p_value < 1e-6
    assert psi(*binned(counts)) > 1


@pytest.mark.parametrize("sizes", [(1_000_000, 1_500), (500, 500)])
@pytest.mark.parametrize("levels", [4, 600, 20_000])
def test_rare_levels_give_no_false_alarms(sizes: tuple[int, int], levels: int) -> None:
    """Of draws from one source, at most as many are significant as the level of the test says."""
    shares = 1 / np.arange(1, levels + 1)
    found = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        before, now = (rng.multinomial(n, shares / shares.sum()) for n in sizes)
        # As they are recorded: the reference's most frequent levels first.
        ranked = np.lexsort([-now, -before])
        found.append(chi_squared(before[ranked], now[ranked]).p_value)
    # 5 are expected; more than 13 come of chance once in a thousand times.
    assert sum(p <= 0.05 for p in found) <= 13


def test_shares() -> None:
    """Two shares are compared by chi-squared, by Fisher's exact test where there are few."""
    many = [[30, 70], [50, 50]]
    assert share_p(many) == pytest.approx(stats.chi2_contingency(many, correction=False).pvalue)
    few = [[1, 30], [9, 20]]
    assert share_p(few) == pytest.approx(stats.fisher_exact(few)[1])
    assert share_p([[0, 10], [0, 20]]) == 1.0


def test_corrections() -> None:
    """Holm and Bonferroni by hand, Benjamini and Hochberg as scipy."""
    p = [0.001, 0.04, 0.03, 0.9, 0.01]
    assert corrected(p, "bonferroni") == pytest.approx([0.005, 0.2, 0.15, 1, 0.05])
    assert corrected(p, "holm") == pytest.approx([0.005, 0.09, 0.09, 0.9, 0.04])
    assert corrected(p, "bh") == pytest.approx(stats.false_discovery_control(p))
    assert corrected(p, None).tolist() == p
    assert corrected([]).tolist() == []
