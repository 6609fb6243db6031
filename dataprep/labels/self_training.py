"""Self-training: a model labels rows, learns from them, and is held back where that does harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dataprep.draw import order
from dataprep.errors import DataError
from dataprep.labels.calibration import Calibrator, calibrator, log_losses
from dataprep.labels.rounds import Data, Labelled, Outcome, Round, Rules
from dataprep.labels.selection import (
    NOTHING,
    Selection,
    adaptive_thresholds,
    class_rates,
    held_out_precision,
    precision_thresholds,
    select,
)

if TYPE_CHECKING:
    from dataprep.labels.teachers import Teacher


class _Taught(NamedTuple):
    """What the teachers of a round say: calibrated probabilities."""

    held_out: np.ndarray
    unlabelled: list[np.ndarray]
    """One array for each fold, told without it, and the last by all labelled rows."""


def self_train(data: Data, teacher: Teacher, rules: Rules) -> Labelled:
    """Return labels for rows without one, and what each round came to.

    For each fold a teacher of its own learns from the other folds, labels the rows without a
    label, and its student learns from both: so the held-out rows tell how good labels and students
    are, and have no part in either. One more teacher learns from all labelled rows, and gives the
    labels. Every round judges all rows again: labels that lost their support are withdrawn.

    Parameters
    ----------
    data : Data
    teacher : Teacher
    rules : Rules

    Returns
    -------
    Labelled

    Raises
    ------
    DataError
        Where the teacher fails, with its own message and the round in a note.

    References
    ----------
    D. Yarowsky, "Unsupervised Word Sense Disambiguation Rivaling Supervised Methods", ACL 1995.
    """
    counts = np.bincount(data.codes)
    rates = class_rates(counts, rules.alpha)
    ties = order(data.rows, rules.seed, "pseudo labels")
    chains = len(np.unique(data.fold)) + 1
    taught = _taught(data, teacher, rules, [NOTHING] * chains, 0)
    first, kept, told = _losses(taught, data), NOTHING, taught.unlabelled[-1]
    losses, since, rounds = first, np.empty(0, "int64"), list[Round]()
    for number in range(1, rules.rounds + 1):
        thresholds = [_thresholds(taught, data, rules, chain) for chain in range(chains)]
        chosen = [
            select(
                found,
                bounds,
                rates,
                ties,
                max_per_class=rules.max_per_class,
                max_total=rules.max_total,
            )
            for found, bounds in zip(taught.unlabelled, thresholds, strict=True)
        ]
        selection = chosen[-1]
        outcome: Outcome | None = None
        if not len(selection):
            outcome = "nothing selected"
        elif selection.like(kept):
            outcome = "nothing changed"
        student = None if outcome else _taught(data, teacher, rules, chosen, number)
        after = losses if student is None else _losses(student, data)
        gain, error = _gain(losses, after, data.codes, counts)
        if outcome is None:
            outcome = "kept" if gain > error or not rules.safeguard else "rolled back"
        rounds.append(
            _round(taught, data, thresholds[-1], selection, kept, after, gain, error, outcome)
        )
        if outcome != "kept" or student is None:
            break
        since = _since(selection, kept, since, number)
        kept, told = selection, taught.unlabelled[-1]
        taught, losses = student, after
    return Labelled(kept, since, told, _balanced(first, data.codes, counts), rounds)


def _taught(
    data: Data, teacher: Teacher, rules: Rules, chosen: list[Selection], number: int
) -> _Taught:
    """Fit a teacher without each fold, and one with all; each with its own labels beside."""
    n_classes = int(data.codes.max()) + 1
    held_out = np.zeros((len(data.codes), n_classes))
    unlabelled = []
    folds = [*np.unique(data.fold), None]
    for fold, labels in zip(folds, chosen, strict=True):
        own = np.ones(len(data.codes), bool) if fold is None else data.fold != fold
        X, codes, weight = data.X[own], data.codes[own], None
        if len(labels):
            X = np.concatenate([X, data.unlabelled[labels.positions]])
            codes = np.concatenate([codes, labels.codes])
            if rules.weighted:
                weight = np.concatenate([np.ones(int(own.sum())), labels.confidence])
        try:
            teacher.fit(X, codes, weight, is_code=data.is_code)
            if fold is not None:
                held_out[np.ix_(~own, teacher.classes_)] = teacher.predict_proba(data.X[~own])
            found = np.zeros((len(data.rows), n_classes))
            found[:, teacher.classes_] = teacher.predict_proba(data.unlabelled)
        except DataError as error:
            error.add_note(f"in round {number} of {rules.rounds}")
            raise
        unlabelled.append(found)
    correct: Calibrator = (
        (lambda given: given)
        if rules.calibration is None
        else calibrator(held_out, data.codes, rules.calibration)
    )
    return _Taught(correct(held_out), [correct(found) for found in unlabelled])


def _thresholds(taught: _Taught, data: Data, rules: Rules, chain: int) -> np.ndarray:
    if isinstance(rules.threshold, np.ndarray):
        return rules.threshold
    if rules.threshold == "adaptive":
        return adaptive_thresholds(taught.unlabelled[chain], rules.base)
    return precision_thresholds(taught.held_out, data.codes, rules.precision)


def _losses(taught: _Taught, data: Data) -> np.ndarray:
    return log_losses(taught.held_out, data.codes)


def _balanced(losses: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> float:
    """Return the mean of losses, in which classes weigh the same."""
    return float((losses / counts[codes]).sum() / len(counts))


def _gain(
    before: np.ndarray, after: np.ndarray, codes: np.ndarray, counts: np.ndarray
) -> tuple[float, float]:
    """Return by how much losses fell, and the standard error of that: row by row, in pairs."""
    fallen = before - after
    gain = _balanced(fallen, codes, counts)
    means = np.bincount(codes, fallen, len(counts)) / counts
    square = np.bincount(codes, (fallen - means[codes]) ** 2, len(counts))
    # Of a class with one row nothing is known of the spread.
    variance = square / np.maximum(counts - 1, 1) / counts
    return gain, float(np.sqrt(variance.sum())) / len(counts)


def _since(selection: Selection, kept: Selection, since: np.ndarray, number: int) -> np.ndarray:
    """Return the round since which each row has its label."""
    found = np.full(len(selection), number)
    _, here, there = np.intersect1d(selection.positions, kept.positions, return_indices=True)
    same = selection.codes[here] == kept.codes[there]
    found[here[same]] = since[there[same]]
    return found


def _round(
    taught: _Taught,
    data: Data,
    thresholds: np.ndarray,
    selection: Selection,
    kept: Selection,
    after: np.ndarray,
    gain: float,
    error: float,
    outcome: Outcome,
) -> Round:
    counts = np.bincount(data.codes)
    told = taught.unlabelled[-1]
    highest = np.zeros(len(counts))
    np.maximum.at(highest, told.argmax(axis=1), told.max(axis=1))
    _, here, there = np.intersect1d(selection.positions, kept.positions, return_indices=True)
    held_out, right = held_out_precision(taught.held_out, data.codes, thresholds)
    return Round(
        thresholds=thresholds,
        selected=np.bincount(selection.codes, minlength=len(counts)),
        withdrawn=len(kept) - len(here),
        relabelled=int((selection.codes[here] != kept.codes[there]).sum()),
        highest=highest,
        held_out=held_out,
        right=right,
        loss=_balanced(after, data.codes, counts),
        gain=gain,
        error=error,
        outcome=outcome,
    )
