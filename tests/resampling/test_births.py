"""What every method that makes rows keeps, whatever the data."""

import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.errors import ConfigError, DataError
from dataprep.resampling.adasyn import adasyn
from dataprep.resampling.borderline import borderline_smote
from dataprep.resampling.draws import Maker
from dataprep.resampling.kmeans_smote import dealt, kmeans_smote
from dataprep.resampling.rows import Births, Rows
from dataprep.resampling.smote import smote
from dataprep.resampling.smoten import smoten
from dataprep.resampling.svm_smote import svm_smote
from dataprep.resampling.votes import voted

METHODS = {
    "smote": partial(smote, k=3),
    "borderline-1": partial(borderline_smote, k=3, m=8, kind="borderline-1"),
    "borderline-2": partial(borderline_smote, k=3, m=8, kind="borderline-2"),
    "svm_smote": partial(svm_smote, k=3, m=8, svm_estimator=None, out_step=0.5),
    "kmeans_smote": partial(
        kmeans_smote,
        k=2,
        kmeans_estimator=3,
        cluster_balance_threshold=0.05,
        density_exponent="auto",
    ),
    "adasyn": partial(adasyn, k=4),
}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def made_rows(seed=0, levels=0, gaps=0.0, sizes=(80, 25, 25)):
    """Overlapping classes with keys that do not follow the rows' order."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    numbers = random.normal(size=(len(y), 4)) + 0.6 * y[:, None]
    numbers[random.random(numbers.shape) < gaps] = np.nan
    codes = random.integers(0, 4, (len(y), levels)).astype("int32")
    codes[random.random(codes.shape) < gaps] = -1
    return Rows(numbers, codes, y, random.permutation(len(y)).astype("int64"))


def content(rows, births):
    """New rows by what they are, not by where their parents stand."""
    made = births.numbers_of(rows.numbers)
    codes = births.codes if births.codes is not None else rows.codes[births.parent_a]
    whole = np.column_stack([rows.y[births.parent_a], made.round(9), codes, births.step.round(9)])
    return sorted(map(tuple, np.nan_to_num(whole, nan=-99.0).tolist()))


@each_method
@pytest.mark.parametrize(("levels", "gaps"), [(0, 0.0), (2, 0.0), (2, 0.1)])
def test_counts_and_parents(method, levels, gaps):
    """As many rows as wanted, each of its class, between two different rows, all numbers there."""
    rows = made_rows(levels=levels, gaps=gaps)
    births = method(rows, {1: 40, 2: 30}, maker=Maker("x")).births
    assert births is not None
    made = np.bincount(rows.y[births.parent_a], minlength=3)
    rounding = 12 if method is METHODS["adasyn"] else 0
    assert np.abs(made - [0, 40, 30]).max() <= rounding
    assert (births.parent_a != births.parent_b).all()
    assert ((births.step >= -0.5) & (births.step < 1)).all()
    assert (births.codes is None) == (levels == 0)
    if not gaps:
        a, b = rows.numbers[births.parent_a], rows.numbers[births.parent_b]
        expected = a + births.step[:, None] * (b - a)
        np.testing.assert_allclose(births.numbers_of(rows.numbers), expected, atol=1e-12)


@each_method
@pytest.mark.parametrize("levels", [0, 2])
def test_the_order_of_rows_does_not_matter(method, levels):
    """The same rows in another order give the same new rows."""
    rows = made_rows(1, levels=levels, gaps=0.05)
    again = rows.take(np.random.default_rng(5).permutation(len(rows)))
    wanted = {1: 30, 2: 30}
    here = method(rows, wanted, maker=Maker("x")).births
    there = method(again, wanted, maker=Maker("x")).births
    assert content(rows, here) == content(again, there)


@each_method
def test_ties_do_not_depend_on_the_order_of_rows(method):
    """On a grid, where many rows are equally near, keys decide."""
    rows = made_rows(2)
    rows = Rows(rows.numbers.round(), rows.codes, rows.y, rows.keys)
    again = rows.take(np.arange(len(rows))[::-1])
    wanted = {1: 30, 2: 30}
    here = method(rows, wanted, maker=Maker("x")).births
    there = method(again, wanted, maker=Maker("x")).births
    assert content(rows, here) == content(again, there)


@each_method
def test_seeds_and_classes_draw_apart(method):
    """Another seed gives other rows, and two classes of the same rows do not draw the same."""
    rows = made_rows(3)
    twice = Rows(rows.numbers, rows.codes, rows.y, rows.keys)
    first, second = (method(twice, {1: 40, 2: 40}, maker=Maker("x", s)).births for s in (0, 1))
    assert content(twice, first) != content(twice, second)
    steps = [first.step[twice.y[first.parent_a] == label] for label in (1, 2)]
    n = min(map(len, steps))
    assert (steps[0][:n] != steps[1][:n]).mean() > 0.9


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(4, 30),
    width=st.integers(1, 4),
    k=st.integers(1, 3),
    count=st.integers(1, 60),
    seed=st.integers(0, 99),
    gaps=st.sampled_from([0.0, 0.3]),
)
def test_smote_rows_lie_between_their_parents(n, width, k, count, seed, gaps):
    """Every number lies between those of the parents; where one has none, it is the other's."""
    rows = made_rows(seed, gaps=gaps, sizes=(5, n))
    rows = Rows(rows.numbers[:, :width].round(1), rows.codes, rows.y, rows.keys)
    births = smote(rows, {1: count}, k, Maker("smote", seed)).births
    made = births.numbers_of(rows.numbers)
    a, b = rows.numbers[births.parent_a], rows.numbers[births.parent_b]
    assert len(made) == count
    assert (rows.y[births.parent_b] == 1).all()
    low, high = np.fmin(a, b), np.fmax(a, b)
    np.testing.assert_array_equal(np.isnan(made), np.isnan(low))
    assert ((made >= low - 1e-12) & (made <= high + 1e-12) | np.isnan(made)).all()


def test_half_way_at_most_towards_another_class():
    """borderline-2 stays on the near half of the way to a row of another class."""
    rows = made_rows(4)
    births = METHODS["borderline-2"](rows, {1: 400}, maker=Maker("x")).births
    away = rows.y[births.parent_b] != 1
    assert away.any()
    assert births.step[away].max() < 0.5 < births.step[~away].max()


def test_equal_rows_are_neighbours_but_not_their_own():
    """A row that is there many times goes with the others like it, never with itself."""
    rows = Rows(
        np.zeros((12, 2)), np.empty((12, 0), dtype="int32"), np.repeat([0, 1], 6), np.arange(12)
    )
    births = smote(rows, {1: 50}, 2, Maker("smote", 0)).births
    assert (births.parent_a != births.parent_b).all()


def test_nothing_in_danger_is_said():
    """Borderline-SMOTE makes no row of a class that stands apart, and says so."""
    rows = made_rows(0, sizes=(30, 20))
    far = Rows(rows.numbers + 100 * rows.y[:, None], rows.codes, rows.y, rows.keys)
    plan = METHODS["borderline-1"](far, {1: 10}, maker=Maker("x"))
    assert plan.births is None
    assert "no row is in danger" in plan.notes[0]


def test_refusals_say_what_would_work():
    """Classes that a method has no use for are refused, with the remedy."""
    rows = made_rows(0, sizes=(30, 20))
    far = Rows(rows.numbers + 100 * rows.y[:, None], rows.codes, rows.y, rows.keys)
    with pytest.raises(DataError, match=r"no row of the class 1 .* Use SMOTE"):
        METHODS["adasyn"](far, {1: 10}, maker=Maker("adasyn"))
    with pytest.raises(DataError, match="round to none"):
        METHODS["adasyn"](made_rows(), {1: 1}, maker=Maker("adasyn"))
    with pytest.raises(DataError, match="no cluster has more than 25 rows of the class 1"):
        kmeans_smote(far, {1: 10}, 25, 2, "auto", "auto", Maker("kmeans_smote"))
    lost = Rows(np.where(rows.y == 1, 0.0, 1.0)[:, None] * rows.numbers, *_rest(rows))
    lost.numbers[rows.y == 1] = rows.numbers[:20] + 1e-9
    with pytest.raises(DataError, match="all support vectors of the class 1 are noise"):
        svm_smote(lost, {1: 10}, 3, 1, None, 0.5, Maker("svm_smote"))


def _rest(rows):
    return rows.codes, rows.y, rows.keys


def test_no_number_between_finite_ones_is_infinite():
    """The way between two numbers may be longer than any float, and beyond the farther one too."""
    a, b = np.array([[1.7e308], [-1.7e308], [1.0], [5.0]]), np.array([[-1.7e308]] * 3 + [[np.inf]])
    births = Births(np.arange(4), np.arange(4), np.array([0.25, 0.5, 0.5, 0.5]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = births.numbers_between(a, b)[:, 0]
        away = replace(births, step=np.full(4, -0.5)).numbers_between(a, b)[:, 0]
    np.testing.assert_allclose(made, [0.85e308, -1.7e308, -0.85e308, np.inf])
    assert away[0] == np.finfo("float64").max


def test_a_model_without_support_vectors_is_refused():
    """svm_estimator must be a support vector machine."""
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(ConfigError, match=r"svm_smote.svm_estimator: .* no support_"):
        svm_smote(made_rows(), {1: 5}, 3, 8, LogisticRegression(), 0.5, Maker("svm_smote"))


def test_one_sort_of_support_vectors_gets_all_rows():
    """Where no support vector is in danger, the safe ones get all rows: the count holds."""
    rows = made_rows(0, sizes=(30, 20))
    far = Rows(rows.numbers + 100 * rows.y[:, None], rows.codes, rows.y, rows.keys)
    births = METHODS["svm_smote"](far, {1: 33}, maker=Maker("x")).births
    assert len(births) == 33
    assert (births.step <= 0).all()


def test_one_cluster_has_no_threshold():
    """With one cluster, KMeans-SMOTE is SMOTE."""
    rows = made_rows(0, sizes=(500, 6))
    plan = kmeans_smote(rows, {1: 9}, 2, 1, "auto", "auto", Maker("x"))
    assert len(plan.births) == 9


@given(st.lists(st.floats(0, 10), min_size=1, max_size=6), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_what_is_dealt_adds_up(weights, count):
    """Shares are whole, add up, and are within one of the exact ones."""
    each = dealt(weights, count)
    assert sum(each) == count
    if sum(weights) > 1e-300:
        exact = np.array(weights) / sum(weights) * count
        assert np.abs(np.array(each) - exact).max() <= 1 + 1e-9


def test_tied_levels_come_out_equally_often():
    """Of two levels with as many votes each is drawn about half the time; others never."""
    drawn = np.random.default_rng(0).random(2000)
    made = voted(np.array([[3, 1, 3, 1, 2]]), np.array([0]), np.zeros(2000, dtype=int), drawn)
    assert set(made.tolist()) == {1, 3}
    assert 900 < (made == 1).sum() < 1100


def test_smoten_makes_seen_levels_and_counts():
    """SMOTEN makes the rows that are wanted, of levels of the class, in any order of rows."""
    rows = made_rows(0, levels=3, gaps=0.1)
    rows = Rows(np.empty((len(rows), 0)), rows.codes, rows.y, rows.keys)
    births = smoten(rows, {1: 40, 2: 7}, 4, Maker("smoten")).births
    assert np.bincount(rows.y[births.parent_a]).tolist() == [0, 40, 7]
    assert births.parent_b is None
    assert births.step is None
    again = rows.take(np.arange(len(rows))[::-1])
    there = smoten(again, {1: 40, 2: 7}, 4, Maker("smoten")).births
    np.testing.assert_array_equal(births.codes, there.codes)
