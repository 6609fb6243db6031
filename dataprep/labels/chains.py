"""Teachers that have not seen a fold, and what each of them would label: no row judges itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dataprep.draw import order
from dataprep.errors import DataError
from dataprep.labels.calibration import Calibrator, calibrator, evened
from dataprep.labels.confidence_thresholds import (
    NEVER,
    adaptive_thresholds,
    held_out_precision,
    precision_thresholds,
)
from dataprep.labels.selection import NOTHING, Selection, class_rates, select

if TYPE_CHECKING:
    from dataprep.labels.rounds import Data, Settings
    from dataprep.labels.teachers import Teacher

LEAST_FOLDS = 3
"""One to judge, one to calibrate by, one to learn from."""
Out = tuple[int, ...]
"""The folds that a model did not learn from. ``()``: it learned from all; it gives the labels."""


class Taught(NamedTuple):
    """What the teachers of a round say.

    Parameters
    ----------
    held_out : array of shape (n_labelled, n_classes)
        Of each row by the chain that has not seen its fold, as if classes were equally frequent.
    unlabelled : array of shape (n_unlabelled, n_classes)
        Calibrated; by the teacher that has seen all labelled rows.
    thresholds : array of shape (n_classes,)
        Of that teacher.
    labels : dict of tuple to Selection
        What each model would label, by the folds that it has not seen.
    shown : array of int64, shape (n_classes,), or None
        Held-out rows, or groups, by which a precision chose them.
    told : int
        Labelled rows that would get a label from the chain that has not seen them.
    right : int
        How many of these the right one.
    groups : int
        Of how many groups they are; each row is one where there are none.
    """

    held_out: np.ndarray
    unlabelled: np.ndarray
    thresholds: np.ndarray
    labels: Mapping[Out, Selection]
    shown: np.ndarray | None
    told: int
    right: int
    groups: int


def judged_classes(data: Data) -> np.ndarray:
    """Return which classes can be judged: those with as many rows as folds, in three of them.

    So that one row is held out, one is what its teacher is calibrated by, and one is learned from.
    Of a single such class it cannot be told whether a row is of it: then there is none.
    """
    counts = np.bincount(data.codes, minlength=data.n_classes)
    folds = np.unique(data.fold)
    spread = sum(
        np.bincount(data.codes[data.fold == fold], minlength=data.n_classes) > 0 for fold in folds
    )
    found: np.ndarray = (counts >= len(folds)) & (spread >= LEAST_FOLDS)
    return found if found.sum() > 1 else np.zeros_like(found)


def teach(
    data: Data, teacher: Teacher, settings: Settings, labels: Mapping[Out, Selection], number: int
) -> Taught:
    """Fit the teachers of a round, and return what each would label.

    For each fold there is a chain: a teacher that learns from the other folds, and for each of
    these one that has not seen that one either. By what the latter say of the fold that they lack,
    the chain is calibrated and gets its thresholds; so a fold has no part in the chain that it
    judges. The last chain learns from all rows, and the teachers of the other chains stand for
    those that lack a fold.

    Only the fold that judges is kept apart in all rounds. The labels that a model without two folds
    learns were chosen by its chain's thresholds, in which the second of them had a part: from the
    second round on, thresholds are chosen by rows that are not quite unseen.

    Parameters
    ----------
    data : Data
    teacher : Teacher
    settings : Settings
    labels : dict of tuple to Selection
        What each model learns beside the labelled rows; empty before the first round.
    number : int
        The round, for messages.
    """
    judged = judged_classes(data)
    folds = np.unique(data.fold).tolist()
    ties = order(data.rows, settings.seed, "pseudo labels")
    raw, judging = (np.zeros((len(data.codes), data.n_classes)) for _ in range(2))
    chosen: dict[Out, Selection] = {}
    told = np.zeros(3, "int64")

    early: dict[frozenset[int], tuple[np.ndarray, np.ndarray]] = {}

    def learned(out: Out) -> tuple[np.ndarray, np.ndarray]:
        """Return what a model says of the last fold that it lacks, and of unlabelled rows."""
        lacking = data.fold[np.isin(data.fold, out)]
        found = early.pop(frozenset(out), None)
        if found is None:
            try:
                _fit(data, teacher, settings, out, labels.get(out, NOTHING))
                found = (
                    _told(teacher, data.X[np.isin(data.fold, out)], data.n_classes),
                    _told(teacher, data.unlabelled, data.n_classes, data.rows),
                )
            except DataError as error:
                error.add_note(f"in round {number} of {settings.rounds}")
                raise
            if len(out) > 1 and not labels:
                # Nothing but folds is learned from: the other chain's model is the same.
                early[frozenset(out)] = found
        return found[0][lacking == out[-1]] if out else found[0], found[1]

    chains = [(fold,) for fold in folds] if judged.any() else []
    for out in [*chains, ()]:
        own, inside = np.isin(data.fold, out), ~np.isin(data.fold, out)
        inner: dict[Out, np.ndarray] = {}
        said = raw.copy()
        for fold in folds if out else []:
            if fold not in out:
                said[data.fold == fold], inner[*out, fold] = learned((*out, fold))
        raw[own], found = learned(out)
        judges = inside & judged[data.codes]
        correct = _calibrated(said[judges], data.codes[judges], settings)
        found = correct(found)
        bounds, shown = _thresholds(data, inside, correct(said[inside]), found, settings, judged)
        rates = np.ones(data.n_classes)
        counts = np.bincount(data.codes[inside], minlength=data.n_classes)
        if judged.any():
            rates[judged] = class_rates(counts[judged], settings.alpha)
        for model, probabilities in [(out, found), *((k, correct(p)) for k, p in inner.items())]:
            chosen[model] = select(
                probabilities,
                bounds,
                rates,
                ties,
                max_per_class=settings.max_per_class,
                max_total=settings.max_total,
            )
        if out:
            told += held_out_precision(
                correct(raw[own]), data.codes[own], bounds, _of(data.groups, own)
            )
            # Of classes that cannot be judged nothing is told: what they take is left out.
            told_apart = evened(said[judges] * judged, data.codes[judges])
            judging[own] = told_apart(raw[own] * judged)
    return Taught(judging, found, bounds, chosen, shown, *told.tolist())


def _fit(
    data: Data,
    teacher: Teacher,
    settings: Settings,
    out: Out,
    labels: Selection,
) -> None:
    """Teach by the labelled rows of the other folds, and by rows that were given a label."""
    own = ~np.isin(data.fold, out)
    X, codes, weight = data.X[own], data.codes[own], None
    if data.weight is not None:
        weight = data.weight[own]
    if len(labels):
        X = np.concatenate([X, data.unlabelled[labels.positions]])
        codes = np.concatenate([codes, labels.codes])
        if settings.weighted or data.weight is not None:
            sure = labels.confidence if settings.weighted else np.ones(len(labels))
            if data.unlabelled_weight is not None:
                sure = sure * data.unlabelled_weight[labels.positions]
            weight = np.concatenate([np.ones(int(own.sum())) if weight is None else weight, sure])
    teacher.fit(X, codes, weight if teacher.weighs else None, is_code=data.is_code)


def _told(
    teacher: Teacher, X: np.ndarray, n_classes: int, rows: np.ndarray | None = None
) -> np.ndarray:
    """Return probabilities of all classes; a class that was not taught has none."""
    found = np.zeros((len(X), n_classes))
    if len(X):
        found[:, teacher.classes_] = teacher.predict_proba(X, rows)
    return found


def _calibrated(held_out: np.ndarray, codes: np.ndarray, settings: Settings) -> Calibrator:
    if settings.calibration is None or not len(codes):
        return lambda given: given
    return calibrator(held_out, codes, settings.calibration)


def _thresholds(
    data: Data,
    inside: np.ndarray,
    held_out: np.ndarray,
    unlabelled: np.ndarray,
    settings: Settings,
    judged: np.ndarray,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the threshold of each class, and by how many held-out rows a precision chose it.

    Of classes that nothing can judge there is none.
    """
    shown = None
    if isinstance(settings.threshold, np.ndarray):
        found = settings.threshold
    elif settings.threshold == "adaptive":
        found = adaptive_thresholds(unlabelled, settings.base)
    else:
        # Rows of classes that cannot be judged are wrong labels where they get another class.
        counted = judged[held_out.argmax(axis=1)]
        rows = np.flatnonzero(inside)[counted]
        found, shown = precision_thresholds(
            held_out[counted], data.codes[rows], settings.precision, _of(data.groups, rows)
        )
    return np.where(judged, found, NEVER), shown


def _of(groups: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if groups is None else groups[rows]
