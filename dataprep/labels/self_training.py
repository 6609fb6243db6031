"""Self-training: a model labels rows, learns from them, and is held back where that does harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataprep.labels.calibration import log_losses
from dataprep.labels.chains import Taught, judged_classes, teach
from dataprep.labels.out_of_fold import dealable
from dataprep.labels.rounds import Data, Labelled, Outcome, Round, Settings
from dataprep.labels.selection import NOTHING, Selection

if TYPE_CHECKING:
    from dataprep.labels.teachers import Teacher

LEAST_ERRORS = 1.645
"""By so many standard errors a round must help.

Of runs with labels drawn at random, 1 of 60 passes with thresholds by precision, 8 or 9 at fixed
ones: folds share most rows, so that the error is larger than it seems.
"""


def self_train(data: Data, teacher: Teacher, settings: Settings) -> Labelled:
    """Return labels for rows without one, and what each round came to.

    For each fold a chain of teachers learns from the other folds, is calibrated by these, labels
    the rows without a label, and its student learns from both: so the held-out rows tell how good
    labels and students are, and have no part in either. One more chain learns from all labelled
    rows, and gives the labels. Every round judges all rows again: labels that lost their support
    are withdrawn.

    Parameters
    ----------
    data : Data
    teacher : Teacher
    settings : Settings

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
    judged = judged_classes(data)
    judge = _Judge(data, judged)
    taught = teach(data, teacher, settings, {}, 0)
    before, kept, since = judge.losses(taught), NOTHING, np.empty(0, "int64")
    given, first, rounds = taught, before, list[Round]()
    for number in range(1, settings.rounds + 1):
        selection = taught.labels[()]
        outcome: Outcome | None = None
        if not len(selection) and not len(kept):
            outcome, kept = "nothing selected", selection
        elif selection.like(kept):
            outcome = "nothing changed"
        student = taught
        if outcome is None:
            student = teach(data, teacher, settings, taught.labels, number)
        after = judge.losses(student)
        gain, error = judge.gain(before, after)
        if outcome is None:
            helped = gain > LEAST_ERRORS * error or not settings.safeguard
            outcome = "kept" if helped else "rolled back"
        loss = judge.mean(after)
        rounds.append(_round(taught, selection, kept, loss, gain, error, outcome))
        if outcome != "kept":
            break
        since = _since(selection, kept, since, number)
        kept, given, before = selection, taught, after
        taught = student
        if not len(kept):
            # The student is the first teacher again.
            break
    return Labelled(
        kept,
        since,
        given.unlabelled,
        given.thresholds,
        given.shown,
        judged,
        judge.mean(first),
        rounds,
    )


class _Judge:
    """Weighs losses of held-out rows: all classes that can be judged the same.

    Parameters
    ----------
    data : Data
    judged : array of bool, shape (n_classes,)
    """

    def __init__(self, data: Data, judged: np.ndarray) -> None:
        self.rows = judged[data.codes]
        self.codes = data.codes[self.rows]
        weight = np.ones(len(data.codes)) if data.weight is None else data.weight
        total = np.bincount(data.codes, weight, data.n_classes)
        present = judged & (total > 0)
        self.shares = weight[self.rows] / np.where(total > 0, total, 1.0)[self.codes]
        # Rows of a group are alike: what they tell together counts once.
        self.units = np.arange(int(self.rows.sum()))
        if data.groups is not None:
            _, self.units = np.unique(data.groups[self.rows], return_inverse=True)
        self.counts = dealable(data.codes, data.groups, data.n_classes)
        self.n_classes = max(int(present.sum()), 1)

    def losses(self, taught: Taught) -> np.ndarray:
        """Return the loss of each row that judges."""
        return log_losses(taught.held_out[self.rows], self.codes)

    def mean(self, losses: np.ndarray) -> float:
        """Return the mean of losses, in which classes weigh the same."""
        return float((losses * self.shares).sum()) / self.n_classes

    def gain(self, before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
        """Return by how much losses fell, and the standard error of that.

        Row by row, or group by group, in pairs.
        """
        fallen = before - after
        means = np.bincount(self.codes, fallen * self.shares, len(self.counts))
        # Of few rows the spread is larger than it seems.
        few = self.counts / np.maximum(self.counts - 1, 1)
        apart = (fallen - means[self.codes]) * self.shares * np.sqrt(few[self.codes])
        variance = float((np.bincount(self.units, apart) ** 2).sum())
        return self.mean(fallen), float(np.sqrt(variance)) / self.n_classes


def _since(selection: Selection, kept: Selection, since: np.ndarray, number: int) -> np.ndarray:
    """Return the round since which each row has its label."""
    found = np.full(len(selection), number)
    _, here, there = np.intersect1d(selection.positions, kept.positions, return_indices=True)
    same = selection.codes[here] == kept.codes[there]
    found[here[same]] = since[there[same]]
    return found


def _round(
    taught: Taught,
    selection: Selection,
    kept: Selection,
    loss: float,
    gain: float,
    error: float,
    outcome: Outcome,
) -> Round:
    told = taught.unlabelled
    top = told.max(axis=1)
    highest = np.array([column[column >= top].max(initial=0.0) for column in told.T])
    _, here, there = np.intersect1d(selection.positions, kept.positions, return_indices=True)
    counts = outcome == "kept"
    return Round(
        thresholds=taught.thresholds,
        selected=np.bincount(selection.codes, minlength=len(highest)),
        held_back=len(selection.held_back),
        capped=len(selection.capped),
        withdrawn=len(kept) - len(here) if counts else 0,
        relabelled=int((selection.codes[here] != kept.codes[there]).sum()) if counts else 0,
        highest=highest,
        held_out=taught.told,
        right=taught.right,
        groups=taught.groups,
        loss=loss,
        gain=gain,
        error=error,
        outcome=outcome,
    )
