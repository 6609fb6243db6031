"""Confident learning on arrays: by hand, by its properties, and at the edges."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from dataprep.errors import DataError
from dataprep.labels.confident import estimated, found
from dataprep.labels.ranking import quality, runner_up
from dataprep.labels.validation import check_order, check_probabilities

METHODS = ("argmax", "confident_joint", "prune_by_class", "prune_by_noise_rate", "both")
P = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.7, 0.2, 0.1],
        [0.2, 0.7, 0.1],
        [0.1, 0.8, 0.1],
        [0.2, 0.6, 0.2],
        [0.1, 0.1, 0.8],
        [0.3, 0.1, 0.6],
        [0.5, 0.1, 0.4],
    ]
)
Y = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def random_labels(n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities, labels of which a fifth is wrong, and the true ones."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, k, n)
    y = np.where(draw.random(n) < 0.2, draw.integers(0, k, n), truth)
    y[:k] = np.arange(k)
    scores = draw.normal(size=(n, k))
    scores[np.arange(n), truth] += 3
    odds = np.exp(scores)
    return odds / odds.sum(axis=1, keepdims=True), y, truth


def test_the_confident_joint_is_that_of_the_paper_s_definition():
    """Thresholds are mean self-confidences; a class that reaches its own counts."""
    noise = estimated(P, Y)
    assert noise.thresholds.round(3).tolist() == [0.6, 0.7, 0.6]
    # Row 4 reaches no threshold, row 7 none either: 0.5 < 0.6 and 0.4 < 0.6.
    assert noise.counts.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 2]]


def test_of_several_confident_classes_the_likeliest_of_all_counts():
    """With classes of unequal size it may be one that does not reach its own, high threshold."""
    draw = np.random.default_rng(0)
    shares = np.array([0.8, 0.15, 0.05])
    truth = draw.choice(3, 600, p=shares)
    y = np.where(draw.random(600) < 0.2, draw.choice(3, 600, p=shares), truth)
    probabilities = draw.dirichlet(np.ones(3), 600) * 0.6 + 0.4 * shares
    thresholds = [probabilities[y == j, j].mean() for j in range(3)]
    counts, below = np.zeros((3, 3), int), 0
    for row, label in zip(probabilities, y, strict=True):
        reached = [j for j in range(3) if row[j] >= thresholds[j]]
        if reached:
            j = reached[0] if len(reached) == 1 else int(row.argmax())
            counts[label, j] += 1
            below += j not in reached
    assert below
    assert estimated(probabilities, y).counts.tolist() == counts.tolist()


def test_the_joint_is_calibrated_to_the_sizes_of_classes():
    """Each row of the calibrated joint sums to how many rows have the label, in whole numbers."""
    for n, k in ((200, 3), (1000, 7), (501, 20)):
        probabilities, y, _ = random_labels(n, k)
        noise = estimated(probabilities, y)
        assert noise.calibrated.sum(axis=1).tolist() == np.bincount(y, minlength=k).tolist()
        assert noise.joint.sum() == pytest.approx(1)


def test_the_noise_matrix_and_its_inverse_are_conditional_shares():
    """Columns of the noise matrix and rows of its inverse sum to one, both of one joint."""
    probabilities, y, _ = random_labels(2000, 4)
    noise = estimated(probabilities, y)
    np.testing.assert_allclose(noise.noise_matrix.sum(axis=0), 1)
    np.testing.assert_allclose(noise.inverse.sum(axis=1), 1)
    true = noise.joint.sum(axis=0)
    np.testing.assert_allclose(noise.noise_matrix * true, noise.joint)


def test_the_noise_matrix_is_near_the_noise_that_was_made():
    """With a fifth of the labels drawn anew, the diagonal is four fifths and a bit."""
    probabilities, y, _ = random_labels(20_000, 4)
    diagonal = np.diagonal(estimated(probabilities, y).noise_matrix)
    np.testing.assert_allclose(diagonal, 0.8 + 0.2 / 4, atol=0.05)


def test_each_method_finds_what_it_defines():
    """By hand: which of eight rows each of the published ways takes for wrong."""
    assert np.flatnonzero(found(P, Y, "argmax")).tolist() == [2, 7]
    for method in METHODS[1:]:
        assert np.flatnonzero(found(P, Y, method)).tolist() == [2], method


@pytest.mark.parametrize("method", METHODS)
def test_no_row_whose_label_is_likeliest_is_found(method):
    """Whatever the counts ask for, a label that the probabilities agree with is let be."""
    probabilities, y, _ = random_labels(3000, 5)
    wrong = found(probabilities, y, method)
    assert not (wrong & (probabilities.argmax(axis=1) == y)).any()


@pytest.mark.parametrize("method", METHODS)
def test_a_label_that_ties_with_the_likeliest_class_is_let_be(method):
    """Whether its class stands first or last: only a class that exceeds the label speaks of it."""
    probabilities, y, _ = random_labels(900, 3)
    rounded = probabilities.round(1)
    wrong = found(rounded, y, method)
    assert wrong.any()
    assert (rounded.max(axis=1) > rounded[np.arange(len(y)), y])[wrong].all()
    even = np.full((40, 2), 0.5)
    assert not found(even, np.arange(40) % 2, method).any()


@pytest.mark.parametrize("method", METHODS[2:])
def test_no_pruning_empties_a_class(method):
    """Of labels that all are confidently of another class, one is taken for right."""
    for own in (1, 8):
        y = np.array([0] * own + [1] * 40 + [2] * 40)
        probabilities = np.full((len(y), 3), 0.05)
        probabilities[np.arange(len(y)), np.maximum(y, 1)] = 0.9
        noise = estimated(probabilities, y)
        assert noise.calibrated[0].tolist() == [1, own - 1, 0]
        assert int(found(probabilities, y, method).sum()) == own - 1


def test_prunings_take_as_many_rows_as_the_joint_holds_at_most():
    """By class and by noise rate: never more of a label than are estimated to be wrong."""
    probabilities, y, _ = random_labels(3000, 5)
    noise = estimated(probabilities, y)
    off = noise.calibrated.sum(axis=1) - np.diagonal(noise.calibrated)
    for method in ("prune_by_class", "prune_by_noise_rate", "both"):
        taken = np.bincount(y[found(probabilities, y, method, noise)], minlength=5)
        assert (taken <= off).all()


def test_both_is_the_intersection():
    """``both`` finds what the two prunings find together."""
    probabilities, y, _ = random_labels(3000, 5)
    one, other = (found(probabilities, y, m) for m in ("prune_by_class", "prune_by_noise_rate"))
    np.testing.assert_array_equal(found(probabilities, y, "both"), one & other)


@pytest.mark.parametrize("method", METHODS)
def test_most_of_what_is_found_is_wrong(method):
    """Of labels of which a fifth was drawn anew, precision and recall are far above chance."""
    probabilities, y, truth = random_labels(5000, 5)
    wrong = found(probabilities, y, method)
    assert (y != truth)[wrong].mean() > 0.75
    assert wrong[y != truth].mean() > 0.7


@pytest.mark.parametrize("method", METHODS[:3])
def test_names_of_classes_do_not_matter(method):
    """Other numbers for the classes give the same rows; elsewhere, ties of rounding may not."""
    probabilities, y, _ = random_labels(1500, 4)
    order = np.array([2, 0, 3, 1])
    again = found(probabilities[:, order], np.argsort(order)[y], method)
    np.testing.assert_array_equal(found(probabilities, y, method), again)


def test_blocks_do_not_matter(monkeypatch):
    """A handful of rows at a time, and all at once, find the same."""
    probabilities, y, _ = random_labels(3000, 5)
    at_once = (
        [found(probabilities, y, m) for m in METHODS],
        quality(probabilities, y, "confidence_weighted_entropy"),
    )
    monkeypatch.setattr("dataprep.labels.ranking._CELLS", 35)
    for method, expected in zip(METHODS, at_once[0], strict=True):
        np.testing.assert_array_equal(found(probabilities, y, method), expected)
    np.testing.assert_array_equal(
        quality(probabilities, y, "confidence_weighted_entropy"), at_once[1]
    )


def test_a_class_without_rows_is_reached_by_nobody():
    """A column of a class that no label has does no harm."""
    probabilities = np.column_stack([P * 0.9, np.full(len(P), 0.1)])
    noise = estimated(probabilities, Y)
    assert np.isnan(noise.thresholds[3])
    assert noise.counts[3].sum() == noise.counts[:, 3].sum() == 0
    assert np.flatnonzero(found(probabilities, Y, "both")).tolist() == [2]


def test_equal_probabilities_reach_their_own_mean():
    """A mean of equal numbers may exceed them by rounding, and each row still counts."""
    probabilities = np.tile([0.1, 0.9], (7, 1))
    assert estimated(probabilities, np.ones(7, dtype=int)).counts.tolist() == [[0, 0], [0, 7]]


def test_single_precision_is_enough():
    """Probabilities of a network, in float32, find the rows that float64 finds."""
    probabilities, y, _ = random_labels(3000, 5)
    small = probabilities.astype("float32")
    check_probabilities(small, y)
    for method in METHODS:
        differ = found(small, y, method) != found(probabilities, y, method)
        assert differ.sum() <= 2, method


def test_little_memory_is_needed_beside_the_probabilities():
    """Beside 16 MB of probabilities, less than as much again."""
    probabilities, y, _ = random_labels(200_000, 10)
    tracemalloc.start()
    try:
        check_probabilities(probabilities, y)
        found(probabilities, y, "both", estimated(probabilities, y))
        quality(probabilities, y, "confidence_weighted_entropy")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < probabilities.nbytes


def test_many_classes_need_no_more_than_their_matrices():
    """With more classes than rows, little beside the joint and the calibrated joint is held."""
    probabilities, y, _ = random_labels(1200, 1200)
    tracemalloc.start()
    try:
        found(probabilities, y, "both", estimated(probabilities, y))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4.5 * 8 * 1200**2


def test_qualities_order_labels_from_sure_to_wrong():
    """All three rankings lie within 0 and 1, and order clear cases alike."""
    rows = np.array([[1.0, 0.0], [0.7, 0.3], [0.5, 0.5], [0.2, 0.8], [0.0, 1.0]])
    y = np.zeros(5, dtype=int)
    for ranking in ("self_confidence", "normalised_margin", "confidence_weighted_entropy"):
        scores = quality(rows, y, ranking)
        assert scores.min() >= 0
        assert scores.max() <= 1
        assert (np.diff(scores) < 0).all(), ranking


def test_entropy_takes_confidence_from_undecided_rows():
    """Of two labels of one probability, the one whose row is spread over classes is less sure."""
    rows = np.array([[0.5, 0.5, 0.0], [0.5, 0.25, 0.25]])
    first, second = quality(rows, np.zeros(2, dtype=int), "confidence_weighted_entropy")
    assert first > second


def test_the_suggestion_is_another_class():
    """The likeliest class other than the label is suggested, also where the label is likeliest."""
    classes, probabilities = runner_up(P, Y)
    assert classes.tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert probabilities[2] == 0.7


@pytest.mark.parametrize(
    ("probabilities", "y", "told"),
    [
        (P[:, :2], Y, "labels from 0 to 2, and probabilities of 2 classes"),
        (P[:5], Y, "probabilities of the shape (5, 3), for 8 rows"),
        (P * 2, Y, "row 0 sum to 2, not to 1"),
        (np.where(P == 0.9, np.nan, P), Y, "row 0 hold NaN"),
        (np.column_stack([P[:, 0] - 1, P[:, 1] + 1, P[:, 2]]), Y, "a probability of -0.9"),
    ],
)
def test_what_are_no_probabilities_is_refused(probabilities, y, told):
    """Other shapes, labels without a column, sums, NaN and negative numbers, each in words."""
    with pytest.raises(DataError) as caught:
        check_probabilities(probabilities, y)
    assert told in str(caught.value)


def test_rounded_probabilities_are_such():
    """Numbers that were written with three digits need not sum to one exactly."""
    probabilities, y, _ = random_labels(500, 6)
    check_probabilities(probabilities.round(3), y)


@pytest.mark.parametrize("order", [[1, 2, 0, *range(3, 10)], [0, 9, *range(2, 9), 1]])
def test_columns_in_another_order_are_told(order):
    """Three columns of ten, or two, that stand for each other's classes are found and named."""
    probabilities, y, _ = random_labels(3000, 10)
    names = [f"c{i}" for i in range(10)]
    check_order(probabilities, y, names)
    with pytest.raises(DataError, match="worse than chance") as caught:
        check_order(probabilities[:, order], y, names)
    told = str(caught.value).partition(" have ")[0].partition("labels ")[2].split(", ")
    assert len(told) > 1
    assert set(told) <= {names[i] for i in range(10) if order[i] != i}


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 1, 3], [0, 2, 3, 1]])
def test_classes_that_are_alike_in_another_order_are_told(order):
    """Two swapped, or three in a circle, that have more in common than with the others."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 4, 800)
    y = np.where(draw.random(800) < 0.2, draw.integers(0, 4, 800), truth)
    apart = np.abs(np.arange(4) - truth[:, None] - draw.normal(0, 0.4, 800)[:, None])
    probabilities = np.exp(-2 * apart)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    check_order(probabilities, y, "abcd")
    with pytest.raises(DataError, match="in another order"):
        check_order(probabilities[:, order], y, "abcd")


def test_probabilities_that_know_nothing_are_in_no_wrong_order():
    """Random ones, of few rows or many classes, differ from chance by chance only."""
    for seed, (n, k) in enumerate([(60, 2), (300, 40), (900, 300)]):
        draw = np.random.default_rng(seed)
        probabilities = draw.dirichlet(np.ones(k), n)
        check_order(probabilities, draw.integers(0, k, n), [str(i) for i in range(k)])


@pytest.mark.parametrize("row", [[0.3, 0.3, 0.4], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_rows_of_probabilities_are_in_no_wrong_order(row, dtype):
    """What is left of their differences is rounding, not an order."""
    draw = np.random.default_rng(0)
    for n in (100, 10_000):
        check_order(np.tile(np.array(row, dtype), (n, 1)), draw.integers(0, 3, n), list("abc"))
