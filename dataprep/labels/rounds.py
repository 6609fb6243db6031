"""What self-training is asked, and what it gives: settings, rows, rounds and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from dataprep.labels.calibration import Calibration
from dataprep.labels.selection import Selection

Outcome = Literal["kept", "rolled back", "nothing selected", "nothing changed"]


@dataclass(frozen=True)
class Settings:
    """How rows are chosen.

    Parameters
    ----------
    threshold : {"precision", "adaptive"} or array of shape (n_classes,)
        See `dataprep.labels.confidence_thresholds`; an array holds fixed thresholds.
    precision : float, default=0.95
        Of ``"precision"``.
    base : float, default=0.95
        The threshold of the class that most rows are surely given, of ``"adaptive"``.
    calibration : {"temperature", "sigmoid", "isotonic"} or None, default="temperature"
    alpha : float, default=1 / 3
        Of `class_rates`.
    max_per_class : mapping of int to int
    max_total : int, optional
    rounds : int, default=3
    weighted : bool, default=True
        Whether a student's rows count as much as they are sure.
    safeguard : bool, default=True
        Whether a round that does not help is rolled back.
    seed : int, default=0
    """

    threshold: Literal["precision", "adaptive"] | np.ndarray = "precision"
    precision: float = 0.95
    base: float = 0.95
    calibration: Calibration | None = "temperature"
    alpha: float = 1 / 3
    max_per_class: Mapping[int, int] = field(default_factory=dict)
    max_total: int | None = None
    rounds: int = 3
    weighted: bool = True
    safeguard: bool = True
    seed: int = 0


class Data(NamedTuple):
    """Rows with a label, and rows without; both in the order of their numbers.

    Some classifiers draw rows by where they stand.

    Parameters
    ----------
    X : array of shape (n_labelled, n_features)
    codes : array of int64, shape (n_labelled,)
        Classes from 0.
    fold : array of int64, shape (n_labelled,)
        In which fold each is held out; three folds at least.
    unlabelled : array of shape (n_unlabelled, n_features)
    rows : array of int64, shape (n_unlabelled,)
        Their row numbers, by which ties are drawn.
    is_code : tuple of bool
        Which features are codes of levels.
    n_classes : int
        Those that no labelled row has are given to none.
    weight : array of shape (n_labelled,), optional
        How much each counts, in learning and in the loss.
    unlabelled_weight : array of shape (n_unlabelled,), optional
        How much each counts once it has a label.
    groups : array of int64, shape (n_labelled,), optional
        Keys of groups, each in one fold. Rows of a group are alike: they are no evidence of their
        own, and errors, intervals and least numbers of rows are those of groups.
    """

    X: np.ndarray
    codes: np.ndarray
    fold: np.ndarray
    unlabelled: np.ndarray
    rows: np.ndarray
    is_code: tuple[bool, ...]
    n_classes: int
    weight: np.ndarray | None = None
    unlabelled_weight: np.ndarray | None = None
    groups: np.ndarray | None = None


class Round(NamedTuple):
    """What came of a round.

    Parameters
    ----------
    thresholds : array of shape (n_classes,)
    selected : array of int64, shape (n_classes,)
        Rows that were given each class.
    held_back, capped : int
        Rows that are sure enough, and get no label: see `Selection`.
    withdrawn : int
        Rows that had a label in the round before, and have it no more; 0 where the round does not
        count.
    relabelled : int
        Rows that have another label than in the round before; 0 where the round does not count.
    highest : array of shape (n_classes,)
        The highest confidence with which a row was given each class; 0 where none was.
    held_out : int
        Labelled rows that would have been given a label by teachers, and at thresholds, in which
        their fold had no part.
    right : int
        How many of these the right one.
    groups : int
        Of how many groups they are; each row is one where there are none.
    loss : float
        The logarithmic loss of the student on held-out rows, classes weighing the same.
    gain : float
        By how much that is lower than before the round.
    error : float
        The standard error of the gain; of groups where there are any.
    outcome : str
    """

    thresholds: np.ndarray
    selected: np.ndarray
    held_back: int
    capped: int
    withdrawn: int
    relabelled: int
    highest: np.ndarray
    held_out: int
    right: int
    groups: int
    loss: float
    gain: float
    error: float
    outcome: Outcome


class Labelled(NamedTuple):
    """What self-training gives.

    Parameters
    ----------
    selection : Selection
        The rows without a label that get one, and those that are sure enough and get none.
    since : array of int64, shape (n_selected,)
        The round since which each has its label, from 1.
    probabilities : array of shape (n_unlabelled, n_classes)
        Calibrated, of the last teacher whose labels were kept, or the first.
    thresholds : array of shape (n_classes,)
        Of that teacher.
    shown : array of int64, shape (n_classes,), or None
        Held-out rows, or groups of them, by which a precision chose each threshold; None where
        thresholds are other ones.
    judged : array of bool, shape (n_classes,)
        Which classes have enough labelled rows to be judged; others are given to none.
    loss : float
        Of the first teacher, as in `Round`.
    rounds : list of Round
    """

    selection: Selection
    since: np.ndarray
    probabilities: np.ndarray
    thresholds: np.ndarray
    shown: np.ndarray | None
    judged: np.ndarray
    loss: float
    rounds: list[Round]
