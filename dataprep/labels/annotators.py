"""Several people's labels of the same items: one label from them, and how far they agree."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dataprep.errors import DataError

NO_VOTE = -1
"""The code where an annotator gave no label."""


class Consensus(NamedTuple):
    """What annotators say together.

    Parameters
    ----------
    probabilities : array of shape (n_items, n_classes)
        How likely each class is; rows sum to one.
    priors : array of shape (n_classes,)
        The share of each class.
    confusion : array of shape (n_annotators, n_classes, n_classes)
        How likely an annotator gives the label of the column to an item of the row's class. A
        class that no item is of has a row of zeros.
    rounds : int
        Of expectation and maximisation.
    converged : bool
    log_likelihood : float
        Of the votes.
    """

    probabilities: np.ndarray
    priors: np.ndarray
    confusion: np.ndarray
    rounds: int
    converged: bool
    log_likelihood: float


def counted(votes: np.ndarray, n_classes: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return how many votes each class has for each item, of shape (n_items, n_classes).

    With ``weights``, of shape (n_columns,), a vote counts as much as its column does.
    """
    found = np.zeros((len(votes), n_classes), "int64" if weights is None else "float64")
    for column, given in enumerate(votes.T):
        items = np.flatnonzero(given != NO_VOTE)
        found[items, given[items]] += 1 if weights is None else weights[column]
    return found


def shares(votes: np.ndarray, n_classes: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the share of each class among the votes for an item.

    Parameters
    ----------
    votes : array of int64, shape (n_items, n_columns)
        Codes of classes, `NO_VOTE` where there is none.
    n_classes : int
    weights : array of shape (n_columns,), optional
        What a vote of each column counts.

    Returns
    -------
    array of shape (n_items, n_classes)
        Rows sum to one, or hold zeros where nobody voted.

    Examples
    --------
    >>> shares(np.array([[0, 0, 1], [1, -1, -1], [-1, -1, -1]]), 2).round(2).tolist()
    [[0.67, 0.33], [0.0, 1.0], [0.0, 0.0]]
    """
    counts = counted(votes, n_classes, weights)
    total = counts.sum(axis=1, keepdims=True)
    found: np.ndarray = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    return found


def dawid_skene(
    votes: np.ndarray,
    n_classes: int,
    *,
    annotators: np.ndarray | None = None,
    smoothing: float = 0.0,
    silence_tells: bool = False,
    max_rounds: int = 200,
    tolerance: float = 1e-6,
) -> Consensus:
    """Return each item's likely class, given how often each annotator errs and in which way.

    Expectation and maximisation from the shares of votes, in logarithms: a thousand votes for an
    item are no product that vanishes.

    Parameters
    ----------
    votes : array of int64, shape (n_items, n_columns)
        Codes of classes from 0 on, `NO_VOTE` where there is none.
    n_classes : int
    annotators : array of int64, shape (n_columns,), optional
        Whose column it is, from 0 on: one annotator may have several. By default each has one.
    smoothing : float, default=0.0
        Votes added to every cell of every confusion matrix; the paper adds none.
    silence_tells : bool, default=False
        Whether giving no label is an outcome of its own, the last column of confusion matrices: for
        those who can vote for one class only, and say by silence what else they know. By default
        it says nothing: the annotator did not see the item.
    max_rounds : int, default=200
    tolerance : float, default=1e-6
        The largest change of a probability in the last round.

    Returns
    -------
    Consensus

    Raises
    ------
    DataError
        When there is no vote at all, or a vote is for no class.

    References
    ----------
    A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the
    EM Algorithm", Applied Statistics 28(1), 1979.

    Examples
    --------
    Two who agree outweigh one who does not, and one who always says the same tells nothing.

    >>> votes = np.array([[0, 0, 0], [0, 0, 0], [1, 1, 0], [1, 1, 0], [1, 0, 0]])
    >>> dawid_skene(votes, 2).probabilities.argmax(axis=1).tolist()
    [0, 0, 1, 1, 0]
    """
    _check(votes, n_classes)
    whose = np.arange(votes.shape[1]) if annotators is None else np.asarray(annotators)
    silent, n_outcomes = (votes == NO_VOTE).all(axis=1), n_classes
    outcomes = votes
    if silence_tells:
        n_outcomes = n_classes + 1
        outcomes = np.where((votes == NO_VOTE) & ~silent[:, None], n_classes, votes)
    cast = _cast(outcomes, whose, n_outcomes)
    found = shares(votes, n_classes)
    likelihood, converged, rounds = -np.inf, False, 0
    for rounds in range(1, max_rounds + 1):  # noqa: B007 - told in the result
        # Who got no vote says nothing of how frequent classes are.
        priors = found[~silent].mean(axis=0)
        told = _told(found, cast, n_outcomes, smoothing)
        new, likelihood = _expected(priors, told, cast, silent)
        moved = float(np.abs(new - found)[~silent].max())
        found = new
        if moved <= tolerance:
            converged = True
            break
    confusion = _matrices(told, cast, (int(whose.max()) + 1, n_classes, n_outcomes), smoothing)
    return Consensus(found, priors, confusion, rounds, converged, likelihood)


def posterior(votes: np.ndarray, priors: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    """Return how likely each class is, given votes and what was learned of each annotator.

    Parameters
    ----------
    votes : array of int64, shape (n_items, n_annotators)
    priors : array of shape (n_classes,)
    confusion : array of shape (n_annotators, n_classes, n_classes)
        As in `Consensus`.

    Returns
    -------
    array of shape (n_items, n_classes)
        Rows sum to one; the priors where nobody voted. Votes that no class allows, which cannot
        be among those that were learned from, are told by the shares of the votes.

    Examples
    --------
    >>> votes = np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 1]])
    >>> told = dawid_skene(votes, 2)
    >>> posterior(votes[:1], told.priors, told.confusion).argmax(axis=1).tolist()
    [0]
    """
    cast = _cast(votes, np.arange(votes.shape[1]), confusion.shape[2])
    told = confusion[cast.who, :, cast.label]
    found, _ = _expected(priors, told, cast, np.zeros(len(votes), bool))
    impossible = np.isnan(found).any(axis=1)
    found[impossible] = shares(votes[impossible], len(priors))
    return found


def _check(votes: np.ndarray, n_classes: int) -> None:
    if not (votes != NO_VOTE).any():
        raise DataError(
            "nobody voted: every label is missing",
            place="votes",
            remedy="Name the columns that hold the labels.",
        )
    if votes.max() >= n_classes or votes.min() < NO_VOTE:
        raise DataError(
            f"votes from {votes.min()} to {votes.max()}, for classes from 0 to {n_classes - 1}",
            place="votes",
            remedy=f"Give codes of classes, {NO_VOTE} for no vote.",
        )


class _Cast(NamedTuple):
    """The votes by pairs of an annotator and a label given: only the pairs that there are.

    Parameters
    ----------
    who, label : arrays of int64, shape (n_pairs,)
    votes : sparse array of shape (n_items, n_pairs)
        How often an item has the pair's vote.
    """

    who: np.ndarray
    label: np.ndarray
    votes: Any


def _cast(votes: np.ndarray, whose: np.ndarray, n_outcomes: int) -> _Cast:
    from scipy.sparse import csr_array

    items, columns = np.nonzero(votes != NO_VOTE)
    given = whose[columns] * n_outcomes + votes[items, columns]
    pairs, pair = np.unique(given, return_inverse=True)
    ones = np.ones(len(items))
    counts = csr_array((ones, (items, pair)), shape=(len(votes), len(pairs)))
    return _Cast(pairs // n_outcomes, pairs % n_outcomes, counts)


def _totals(told: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Return the sums over an annotator's pairs, of shape (n_annotators, n_classes)."""
    found = np.zeros((int(who.max()) + 1, told.shape[1]))
    np.add.at(found, who, told)
    return found


def _told(found: np.ndarray, cast: _Cast, n_outcomes: int, smoothing: float) -> np.ndarray:
    """Return the chances that make the votes likeliest (the paper's equation 2.3).

    Returns
    -------
    array of shape (n_pairs, n_classes)
        How likely the annotator gives the pair's label to an item of each class.
    """
    counts: np.ndarray = cast.votes.T @ found
    total = (_totals(counts, cast.who) + smoothing * n_outcomes)[cast.who]
    counts += smoothing
    np.divide(counts, total, out=counts, where=total > 0)
    return counts


def _matrices(
    told: np.ndarray, cast: _Cast, shape: tuple[int, int, int], smoothing: float
) -> np.ndarray:
    """Return the confusion matrices whole, of shape (n_annotators, n_classes, n_outcomes)."""
    found = np.zeros(shape)
    found[cast.who, :, cast.label] = told
    if smoothing:
        # What is left is shared by the labels that an annotator never gave.
        never = np.ones((shape[0], 1, shape[2]), bool)
        never[cast.who, 0, cast.label] = False
        left = (1 - found.sum(axis=2, keepdims=True)) / np.maximum(never.sum(axis=2)[..., None], 1)
        found += never * left
    return found


def _expected(
    priors: np.ndarray, told: np.ndarray, cast: _Cast, silent: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the probabilities of classes given the votes (2.5), and the log-likelihood."""
    with np.errstate(divide="ignore"):
        found: np.ndarray = cast.votes @ np.log(told)
        found += np.log(priors)
    top = found.max(axis=1, keepdims=True)
    # What no class allows is not a number: never an item that was learned from.
    with np.errstate(invalid="ignore"):
        np.exp(found - top, out=found)
    total = found.sum(axis=1, keepdims=True)
    found /= total
    return found, float((np.log(total) + top)[~silent].sum())
