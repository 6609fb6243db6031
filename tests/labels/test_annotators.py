"""Labels of several people: the example of Dawid and Skene, published kappas, and edges."""

from __future__ import annotations

import numpy as np
import pytest

from dataprep.errors import DataError
from dataprep.labels import annotators
from dataprep.labels.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    mean_kappas,
)
from dataprep.labels.annotators import NO_VOTE, counted, dawid_skene, posterior, shares

# Table 1 of Dawid and Skene (1979): 45 patients, the first observer three times, four others once.
PATIENTS = """
111 1 1 1 1  333 4 3 3 4  112 2 1 2 2  222 3 1 2 1  222 3 2 2 2  222 3 3 2 2  122 2 1 1 1
333 3 4 3 3  222 2 2 2 3  232 2 2 2 3  444 4 4 4 4  222 3 3 4 3  111 1 1 1 1  222 3 2 1 2
121 1 1 1 1  111 2 1 1 1  111 1 1 1 1  111 1 1 1 1  222 2 2 2 1  222 1 3 2 2  222 2 2 2 2
222 2 2 2 1  222 3 2 2 2  221 2 2 2 2  111 1 1 1 1  111 1 1 1 1  232 2 2 2 2  111 1 1 1 1
111 1 1 1 1  112 1 1 2 1  111 1 1 1 1  333 3 2 3 3  111 1 1 1 1  222 2 2 2 2  222 3 2 3 2
433 4 3 4 3  221 2 2 3 2  232 3 2 3 3  333 3 4 3 2  111 1 1 1 1  111 1 1 1 1  121 2 1 1 1
232 2 2 2 2  121 1 1 1 1  222 2 2 2 2
"""
VOTES = np.array([int(sign) for sign in PATIENTS if sign.isdigit()]).reshape(45, 7) - 1
OBSERVERS = np.array([0, 0, 0, 1, 2, 3, 4])


def by_the_formulas(
    votes: np.ndarray, whose: np.ndarray, k: int, rounds: int, smoothing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and confusion by equations 2.3 to 2.5 as they stand, all cells."""
    n, observers = len(votes), whose.max() + 1
    counts = np.zeros((n, observers, k))
    for i, row in enumerate(votes):
        for column, label in enumerate(row):
            counts[i, whose[column], label] += label != NO_VOTE
    T = counts.sum(axis=1) / counts.sum(axis=(1, 2))[:, None]
    for _ in range(rounds):
        p = T.mean(axis=0)
        pi = np.einsum("ij,iol->ojl", T, counts) + smoothing
        pi /= np.maximum(pi.sum(axis=2, keepdims=True), 1e-300)
        T = p * np.prod(pi[None] ** counts[:, :, None, :], axis=(1, 3))
        T /= T.sum(axis=1, keepdims=True)
    return T, pi


def test_dawid_and_skene_s_patients_are_those_of_the_paper():
    """The shares of the classes are the paper's: 0.40, 0.42, 0.11 and 0.07."""
    told = dawid_skene(VOTES, 4, annotators=OBSERVERS)
    assert told.converged
    assert told.priors.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    # Observer 1 of the paper, its table 2: nine of ten patients of class 1 are called so.
    assert told.confusion[0, 0].round(2).tolist() == [0.89, 0.11, 0.0, 0.0]
    np.testing.assert_allclose(told.probabilities.sum(axis=1), 1)
    # Patient 3: of seven votes four are for 2, and so is the consensus; patient 11 is surely 4.
    assert told.probabilities[2].argmax() == 1
    assert told.probabilities[10].round(3).tolist() == [0, 0, 0, 1]


def test_rounds_are_those_of_the_formulas():
    """After as many rounds, logarithms and the plain formulas give the same probabilities."""
    told = dawid_skene(VOTES, 4, annotators=OBSERVERS, max_rounds=7, tolerance=0.0)
    assert not told.converged
    expected, _ = by_the_formulas(VOTES, OBSERVERS, 4, 7)
    np.testing.assert_allclose(told.probabilities, expected, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_labels_that_nobody_gave_are_told_as_by_the_formulas(smoothing):
    """Of nine labels four are given: counting the pairs there are is counting all cells."""
    draw = np.random.default_rng(4)
    votes = draw.choice([1, 2, 5, 8], (50, 4))
    votes[draw.random(votes.shape) < 0.3] = NO_VOTE
    votes = votes[(votes != NO_VOTE).any(axis=1)]
    whose = np.array([0, 1, 1, 2])
    told = dawid_skene(votes, 9, annotators=whose, smoothing=smoothing, max_rounds=5, tolerance=0.0)
    probabilities, confusion = by_the_formulas(votes, whose, 9, 5, smoothing)
    np.testing.assert_allclose(told.probabilities, probabilities, atol=1e-12)
    np.testing.assert_allclose(told.confusion, confusion, atol=1e-12)


def test_many_labels_are_counted_by_the_pairs_that_there_are(monkeypatch):
    """Of 300 labels, each given by two: the rounds see 600 pairs, not 180,000 cells."""
    seen = []

    def spying(priors, told, *rest):
        seen.append(told.shape)
        return expected(priors, told, *rest)

    expected = annotators._expected
    monkeypatch.setattr(annotators, "_expected", spying)
    votes = np.repeat(np.arange(600)[:, None] % 300, 2, axis=1)
    told = dawid_skene(votes, 300)
    assert (told.probabilities.argmax(axis=1) == votes[:, 0]).all()
    assert set(seen) == {(600, 300)}


def test_the_likelihood_never_falls():
    """Each round of expectation and maximisation makes the votes likelier."""
    told = [
        dawid_skene(VOTES, 4, annotators=OBSERVERS, max_rounds=n).log_likelihood
        for n in range(1, 15)
    ]
    assert (np.diff(told) >= -1e-9).all()


def test_a_thousand_votes_for_an_item_do_not_vanish():
    """Products of a thousand probabilities are zero in floats; in logarithms they are not."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 3, 40)
    votes = np.where(draw.random((40, 2000)) < 0.4, truth[:, None], draw.integers(0, 3, (40, 2000)))
    told = dawid_skene(votes, 3)
    assert not np.isnan(told.probabilities).any()
    assert (told.probabilities.argmax(axis=1) == truth).all()


def test_two_good_annotators_outvote_three_who_guess():
    """Who errs at random counts little, and the majority is wrong more often."""
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 3, 600)
    good = [np.where(draw.random(600) < 0.92, truth, draw.integers(0, 3, 600)) for _ in range(2)]
    bad = [np.where(draw.random(600) < 0.15, truth, draw.integers(0, 3, 600)) for _ in range(3)]
    votes = np.column_stack([*good, *bad])
    told = dawid_skene(votes, 3).probabilities.argmax(axis=1)
    majority = shares(votes, 3).argmax(axis=1)
    assert (told == truth).mean() > 0.9 > (majority == truth).mean()


def test_missing_votes_are_no_votes():
    """Who labelled half of the items is judged by those, and who got no vote has the priors."""
    draw = np.random.default_rng(2)
    truth = draw.integers(0, 2, 300)
    votes = np.column_stack([truth, truth, np.where(draw.random(300) < 0.8, truth, 1 - truth)])
    votes[draw.random(votes.shape) < 0.4] = NO_VOTE
    votes[0] = NO_VOTE
    told = dawid_skene(votes, 2)
    np.testing.assert_allclose(told.probabilities[0], told.priors)
    voted = (votes != NO_VOTE).any(axis=1)
    assert (told.probabilities.argmax(axis=1) == truth)[voted].mean() > 0.95


def test_new_votes_are_judged_by_what_was_learned():
    """What was learned gives the rows it was learned from the same probabilities."""
    votes = VOTES[:, 2:]
    told = dawid_skene(votes, 4)
    again = posterior(votes, told.priors, told.confusion)
    np.testing.assert_allclose(again, told.probabilities, atol=1e-5)


def test_votes_that_no_class_allows_are_counted():
    """A combination that has probability zero is told by the shares of its votes."""
    confusion = np.array([np.eye(2), np.eye(2), np.eye(2)])
    found = posterior(np.array([[0, 0, 1]]), np.array([0.5, 0.5]), confusion)
    assert found.round(2).tolist() == [[0.67, 0.33]]


@pytest.mark.parametrize(
    ("votes", "told"),
    [([[NO_VOTE, NO_VOTE]], "nobody voted"), ([[0, 2]], "votes from 0 to 2")],
)
def test_votes_for_nothing_are_refused(votes, told):
    """No vote at all, and votes for a class that there is not."""
    with pytest.raises(DataError, match=told):
        dawid_skene(np.array(votes), 2)


def test_fleiss_kappa_is_that_of_the_published_example():
    """Ten subjects, fourteen raters, five classes: 0.210."""
    counts = np.array(
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ]
    )  # fmt: skip
    assert round(fleiss_kappa(counts), 3) == 0.210


def test_krippendorff_s_alpha_is_that_of_the_published_example():
    """Four observers, twelve units with gaps (0), classes: 0.743 (Krippendorff 2011, C)."""
    given = ["123321412000", "123322412503", "033323422510", "123324412510"]
    columns = [[int(sign) - 1 for sign in row] for row in given]
    votes = np.array(columns).T
    assert round(krippendorff_alpha(counted(votes, 5)), 3) == 0.743


def test_cohen_s_kappa_is_scikit_learn_s():
    """Over the items that both labelled."""
    from sklearn.metrics import cohen_kappa_score

    draw = np.random.default_rng(3)
    one, other = draw.integers(0, 3, 200), draw.integers(0, 3, 200)
    other[:120] = one[:120]
    expected = cohen_kappa_score(one[10:], other[10:])
    one[:10] = NO_VOTE
    assert cohen_kappa(one, other) == pytest.approx(expected)


def test_nothing_to_compare_is_not_a_number():
    """No item in common, one class only, or one vote an item: no agreement is known."""
    assert np.isnan(cohen_kappa(np.array([0, NO_VOTE]), np.array([NO_VOTE, 0])))
    assert np.isnan(fleiss_kappa(np.array([[2, 0], [2, 0]])))
    assert np.isnan(krippendorff_alpha(np.array([[1, 0], [0, 1]])))
    assert np.isnan(mean_kappas(np.array([[0], [1]]))).all()
