"""Tables as matrices for a network, and back: modes of numbers, levels, what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from dataprep.generative.columns import MOST_LEVELS, decoded, encoded, learned, spans_of, width_of
from dataprep.generative.modes import modes_of

NO_CODES = np.empty((400, 0), "int32")


def scores(X, spans):
    """Return what a network would answer that has learned a matrix by heart."""
    raw = X.astype("float64").copy()
    for span in spans:
        raw[:, span.start : span.stop] *= 50.0
        if span.step >= 0:
            raw[:, span.step] = np.arctanh(raw[:, span.step])
    return raw


def test_two_heaps_are_two_modes():
    """Numbers that gather around two places have two modes with those means and spreads."""
    random = np.random.default_rng(0)
    column = np.concatenate([random.normal(0, 1, 600), random.normal(100, 5, 400)])
    found = modes_of(column, 0)
    heavy = np.array(found["weights"]) > 0.1
    np.testing.assert_allclose(np.sort(np.array(found["means"])[heavy]), [0, 100], atol=1.0)
    np.testing.assert_allclose(np.sort(np.array(found["spreads"])[heavy]), [1, 5], rtol=0.15)
    assert found == modes_of(np.random.default_rng(1).permutation(column), 0)


@pytest.mark.parametrize(
    ("column", "spikes", "modes", "missing"),
    [
        ([5.0] * 40, [5.0], 0, False),
        ([0.0, 1.0, np.nan] * 20, [0.0, 1.0], 0, True),
        ([np.nan] * 9, [], 0, True),
        ([0.0] * 300 + list(range(1, 101)), [0.0], 1, False),
        ([*[0.0] * 30, 7.0], [0.0, 7.0], 0, False),
        ([1.0, 2.0], [], 1, False),
    ],
)
def test_values_that_many_rows_share_are_cases_of_their_own(column, spikes, modes, missing):
    """Constants, codes, a zero in most rows, and what is missing are no part of a mixture."""
    found = modes_of(np.array(column), 0)
    assert found["spikes"] == spikes
    assert (len(found["means"]) > 0) == bool(modes)
    assert found["missing"] is missing


def test_rows_come_back_from_their_matrix():
    """What a network answers that knows a matrix by heart is read as the very rows."""
    random = np.random.default_rng(0)
    numbers = np.column_stack(
        [
            np.concatenate([random.normal(0, 1, 200), random.normal(50, 3, 200)]),
            np.where(random.random(400) < 0.5, 0.0, random.gamma(2, 3, 400)),
            np.where(random.random(400) < 0.1, np.nan, random.normal(size=400)),
            np.full(400, 7.0),
            np.full(400, np.nan),
        ]
    )
    codes = np.column_stack([random.integers(-1, 3, 400), np.zeros(400, int)]).astype("int32")
    columns, keys = learned(numbers, codes, 0), np.arange(400)
    X, spans = encoded(columns, numbers, codes, keys, 0), spans_of(columns)
    assert X.shape == (400, width_of(columns))
    assert [span.stop - span.start for span in spans[3:5]] == [0, 0]
    for span in spans:
        if span.stop > span.start:
            assert (X[:, span.start : span.stop].sum(axis=1) == 1).all()
    still = np.zeros(X.shape[1])
    again, levels = decoded(columns, scores(X, spans), still, 5, keys, 0, "test")
    # A number far from the mean of its mode is written as the farthest that can be.
    near = np.abs(X[:, [span.step for span in spans if span.step >= 0]]).max(axis=1) < 0.99
    assert near.mean() > 0.98
    np.testing.assert_allclose(again[near], numbers[near], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(levels, codes)


def test_whole_numbers_are_made_whole():
    """They are judged as they will be written: rounded, they may be those of a real row."""
    column = np.random.default_rng(0).integers(0, 100, (400, 1)).astype(float)
    for numbers, whole in ((column, True), (column + 0.5, False)):
        columns = learned(numbers, NO_CODES, 0)
        raw = np.zeros((400, width_of(columns)))
        made, _ = decoded(columns, raw, np.ones(raw.shape[1]), 1, np.arange(400), 0, "test")
        assert (made % 1 == 0).all() == whole


def test_numbers_far_from_zero_keep_their_spread():
    """Times in milliseconds, which all begin alike, are told apart as others are."""
    near = np.random.default_rng(0).normal(0, 100, 400)[:, None]
    far = near + 1_700_000_012_345
    made = []
    for numbers in (near, far):
        columns, keys = learned(numbers, NO_CODES, 0), np.arange(400)
        X = encoded(columns, numbers, NO_CODES, keys, 0)
        raw = scores(X, spans_of(columns))
        made.append(decoded(columns, raw, np.zeros(X.shape[1]), 1, keys, 0, "test")[0])
    np.testing.assert_allclose(made[1] - 1_700_000_012_345, made[0], atol=0.1)
    np.testing.assert_allclose(made[1], far, atol=20.0)


def test_made_numbers_stay_in_the_range_that_was_there():
    """However far a step leads, no number is beyond those of training rows."""
    column = np.random.default_rng(0).gamma(2, 3, 400)[:, None]
    columns = learned(column, NO_CODES, 0)
    raw = np.random.default_rng(1).normal(0, 100, (400, width_of(columns)))
    made, _ = decoded(columns, raw, np.ones(width_of(columns)), 1, np.arange(400), 0, "test")
    assert column.min() <= made.min() <= made.max() <= column.max()


def test_rare_levels_share_a_slot_and_are_drawn_by_how_frequent_they_are():
    """Of more than 50 levels the rarest have one slot; none of them is lost."""
    codes = np.concatenate([np.repeat(np.arange(80), 5), np.full(900, 60)]).astype("int32")[:, None]
    columns = learned(np.empty((len(codes), 0)), codes, 0)
    assert width_of(columns) == MOST_LEVELS + 1
    assert columns[0]["levels"][0] == 60
    assert len(columns[0]["rest"]) == 30
    raw = np.zeros((4000, MOST_LEVELS + 1))
    raw[:, -1] = 50.0
    _, made = decoded(columns, raw, np.zeros(raw.shape[1]), 0, np.arange(4000), 0, "test")
    assert set(made[:, 0].tolist()) == set(columns[0]["rest"])
    assert np.bincount(made[:, 0])[columns[0]["rest"]].min() > 80
