"""Probabilities out of fold: folds of rows and groups, and what may not be judged."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from dataprep.errors import DataError
from dataprep.labels.out_of_fold import dealable, dealt, out_of_fold, predicted_by_fold
from dataprep.labels.teachers import teacher_from


def test_a_class_counts_its_groups_where_there_are_groups():
    """Rows of a group go together; rows without a label count nothing."""
    codes = np.array([0, 0, 0, 1, 1, -1])
    assert dealable(codes, None, 3).tolist() == [3, 2, 0]
    assert dealable(codes, np.array([5, 5, 6, 6, 6, 9]), 3).tolist() == [2, 1, 0]


def test_fewer_groups_than_folds_are_told_of_the_folds():
    """The message is about folds, and names the parameter that asked for them."""
    groups = np.repeat([1, 2, 3], 10)
    codes = np.tile([0, 1], 15)
    with pytest.raises(DataError, match=r"label_errors.folds: 3 groups, and 5 folds. Ask"):
        dealt(codes, 5, groups=groups, place="label_errors.folds")
    teacher = teacher_from(GaussianNB(), place="label_errors.teacher")
    with pytest.raises(DataError, match=r"label_errors.folds: a class has 3 groups of rows"):
        out_of_fold(np.zeros((30, 1)), codes, teacher, groups=groups)


def test_nobody_is_judged_by_who_never_saw_the_class():
    """A class whose rows are all in one fold is refused before anything is fitted."""
    y = np.array([0, 0, 0, 0, 1, 1])
    fold = np.array([0, 1, 0, 1, 0, 0])
    teacher = teacher_from(GaussianNB(), place="label_errors.teacher")
    with pytest.raises(DataError, match=r"label_errors.folds: all rows of a class are in one fold"):
        predicted_by_fold(np.zeros((6, 1)), y, fold, teacher)
    assert teacher.model_ is None


def test_a_row_without_probabilities_is_named_by_its_position():
    """A teacher that knows nothing of one row of a fold: the message says which."""

    class Blank(GaussianNB):
        def predict_proba(self, X):
            return np.where(X == 17, np.nan, super().predict_proba(X))

    X = np.arange(20.0)[:, None]
    with pytest.raises(DataError, match="teacher: the probabilities of row 17 hold NaN"):
        out_of_fold(X, np.repeat([0, 1], 10), teacher_from(Blank()), folds=2)


def test_too_many_groups_are_told_of_the_folds():
    """The message names the parameter of the stage, and no parameter of a split."""
    groups = np.arange(300_000)
    with pytest.raises(DataError, match=r"^label_errors\.folds: 300,000 groups of 1,000") as caught:
        dealt(groups % 1000, 5, groups=groups, place="label_errors.folds")
    assert "stratify" not in str(caught.value)
