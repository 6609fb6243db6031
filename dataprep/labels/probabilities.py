"""Probabilities of classes for rows that the teacher did not learn from."""

from __future__ import annotations

import numpy as np

from dataprep.draw import order
from dataprep.errors import DataError
from dataprep.labels.teachers import Teacher
from dataprep.splitting.groups import grouped


def dealt(
    codes: np.ndarray,
    folds: int,
    *,
    rows: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Return the fold of each row: every class dealt out evenly, by the rows' numbers.

    Parameters
    ----------
    codes : array of int64, shape (n_rows,)
        The class of each row, counted from 0.
    folds : int
    rows : array of int64, shape (n_rows,), optional
        Row numbers, by which rows are drawn; by default their positions.
    groups : array of int64, shape (n_rows,), optional
        Keys of groups: each is in one fold, and classes are about even.
    seed : int, default=0

    Returns
    -------
    array of int64, shape (n_rows,)

    Raises
    ------
    DataError
        When there are fewer groups than folds.

    Examples
    --------
    >>> dealt(np.array([0, 0, 0, 1, 1, 1]), 3).tolist()
    [0, 2, 1, 1, 2, 0]
    """
    if groups is not None:
        wanted = np.full(folds, len(codes) // folds)
        wanted[: len(codes) % folds] += 1
        return grouped(groups, codes, wanted, seed, folds=True).of(groups)
    numbers = np.arange(len(codes)) if rows is None else rows
    drawn = order(numbers, seed, "label folds")
    by_class = np.lexsort((drawn, codes))
    found = np.empty(len(codes), dtype="int64")
    # Dealt on from class to class, so that no fold has the first row of all of them.
    found[by_class] = np.arange(len(codes)) % folds
    return found


def out_of_fold(
    X: np.ndarray,
    y: np.ndarray,
    teacher: Teacher,
    *,
    folds: int = 5,
    rows: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    sample_weight: np.ndarray | None = None,
    is_code: tuple[bool, ...] = (),
    seed: int = 0,
) -> np.ndarray:
    """Return the probability of each class for each row, told by the rows of the other folds.

    Parameters
    ----------
    X : array of shape (n_rows, n_features)
    y : array of int64, shape (n_rows,)
        Classes from 0 to the number of classes less one; each is there.
    teacher : Teacher
    folds : int, default=5
    rows : array of int64, shape (n_rows,), optional
        Row numbers, by which folds are drawn; by default the rows' positions.
    groups : array of int64, shape (n_rows,), optional
        Keys of groups that are not torn apart.
    sample_weight : array of shape (n_rows,), optional
    is_code : tuple of bool
        Which features are codes of levels; see `Teacher.fit`.
    seed : int, default=0

    Returns
    -------
    array of shape (n_rows, n_classes), float64
        A class that no row of the other folds has is given 0.

    Raises
    ------
    DataError
        When a class has fewer rows than there are folds, when there are fewer groups than folds,
        or with the teacher's own message where it fails.

    Examples
    --------
    >>> from dataprep.labels.teachers import teacher_from
    >>> X = np.repeat([0.0, 1.0], 10)[:, None]
    >>> y = np.repeat([0, 1], 10)
    >>> y[3] = 1
    >>> found = out_of_fold(X, y, teacher_from("logistic_regression"))
    >>> found.shape, bool(found[3, 1] < 0.5)
    ((20, 2), True)
    """
    counts = np.bincount(y)
    rare = int(np.argmin(counts))
    if counts[rare] < folds:
        raise DataError(
            f"a class has {counts[rare]} rows, fewer than the {folds} folds",
            place=teacher.place.rpartition(".")[0] or "folds",
            remedy=f"Ask for at most {max(2, int(counts[rare]))} folds, or leave the class out.",
        )
    fold = dealt(y, folds, rows=rows, groups=groups, seed=seed)
    # In the order of row numbers: some classifiers draw rows by where they stand.
    start = np.arange(len(y)) if rows is None else np.argsort(rows, kind="stable")
    found = np.zeros((len(y), len(counts)))
    for turn in range(folds):
        inside = fold[start] == turn
        learned, judged = start[~inside], start[inside]
        if not len(judged):
            continue
        weight = None if sample_weight is None else sample_weight[learned]
        try:
            teacher.fit(X[learned], y[learned], weight, is_code=is_code)
            told = teacher.predict_proba(X[judged])
        except DataError as error:
            error.add_note(f"in fold {turn + 1} of {folds}")
            raise
        found[np.ix_(judged, teacher.classes_)] = told
    return found
