"""Probabilities of classes for rows that the teacher did not learn from."""

from __future__ import annotations

import numpy as np

from dataprep.draw import order
from dataprep.errors import DataError
from dataprep.labels.teachers import Teacher
from dataprep.splitting.groups import grouped


def dealable(codes: np.ndarray, groups: np.ndarray | None = None, n_classes: int = 0) -> np.ndarray:
    """Return how many rows each class has that may be in folds of their own, or how many groups.

    Parameters
    ----------
    codes : array of int64, shape (n_rows,)
        The class of each row, counted from 0; rows below 0 are of none.
    groups : array of int64, shape (n_rows,), optional
        Keys of groups that are not torn apart.
    n_classes : int, default=0
        So many at least are told.

    Examples
    --------
    >>> dealable(np.array([0, 0, 1, 1, 1]), np.array([7, 7, 7, 8, 9])).tolist()
    [1, 3]
    """
    known = codes >= 0
    if groups is None:
        return np.bincount(codes[known], minlength=n_classes)
    of_groups = np.unique(groups, return_inverse=True)[1][known]
    n = int(codes.max(initial=0)) + 1
    return np.bincount(np.unique(of_groups * n + codes[known]) % n, minlength=n_classes)


def dealt(
    codes: np.ndarray,
    folds: int,
    *,
    rows: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    seed: int = 0,
    place: str = "folds",
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
    place : str, default="folds"
        The parameter, for messages.

    Returns
    -------
    array of int64, shape (n_rows,)

    Raises
    ------
    DataError
        When there are fewer groups than folds, or too many groups of too many classes.

    Examples
    --------
    >>> dealt(np.array([0, 0, 0, 1, 1, 1]), 3).tolist()
    [0, 2, 1, 1, 2, 0]
    """
    if groups is not None:
        if (n_groups := len(np.unique(groups))) < folds:
            raise DataError(
                f"{n_groups} group{'s' * (n_groups != 1)}, and {folds} folds",
                place=place,
                remedy="Ask for fewer folds, or for finer groups.",
            )
        wanted = np.full(folds, len(codes) // folds)
        wanted[: len(codes) % folds] += 1
        try:
            return grouped(groups, codes, wanted, seed, folds=True).of(groups)
        except DataError as error:
            # It speaks of a split, which this is none of.
            raise DataError(
                error.message, place=place, remedy="Judge fewer rows, or in coarser groups."
            ) from None
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

    Raises
    ------
    DataError
        When a class has fewer rows, or lies in fewer groups, than there are folds, and as
        `predicted_by_fold` does.

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
    place = _folds_beside(teacher)
    counts = dealable(y, groups)
    rare = int(np.argmin(counts))
    if counts[rare] < folds:
        unit = "rows" if groups is None else "groups of rows"
        raise DataError(
            f"a class has {counts[rare]} {unit}, fewer than the {folds} folds",
            place=place,
            remedy=f"Ask for at most {max(2, int(counts[rare]))} folds, or leave the class out.",
        )
    fold = dealt(y, folds, rows=rows, groups=groups, seed=seed, place=place)
    order = None if rows is None else np.argsort(rows, kind="stable")
    return predicted_by_fold(
        X, y, fold, teacher, order=order, sample_weight=sample_weight, is_code=is_code
    )


def predicted_by_fold(
    X: np.ndarray,
    y: np.ndarray,
    fold: np.ndarray,
    teacher: Teacher,
    *,
    order: np.ndarray | None = None,
    sample_weight: np.ndarray | None = None,
    is_code: tuple[bool, ...] = (),
) -> np.ndarray:
    """Return the probability of each class for each row, told by the rows of the other folds.

    Parameters
    ----------
    X : array of shape (n_rows, n_features)
    y : array of int64, shape (n_rows,)
        Classes, counted from 0.
    fold : array of int64, shape (n_rows,)
    teacher : Teacher
    order : array of int64, shape (n_rows,), optional
        The positions of rows as they are given to the teacher, some of which draw rows by where
        they stand; by default as they are.
    sample_weight : array of shape (n_rows,), optional
    is_code : tuple of bool
        Which features are codes of levels; see `Teacher.fit`.

    Returns
    -------
    array of shape (n_rows, n_classes), float64

    Raises
    ------
    DataError
        When all rows of a class are in one fold, when the teacher gives no probabilities, or with
        its own message where it fails.
    """
    order = np.arange(len(y)) if order is None else order
    found = np.zeros((len(y), int(y.max()) + 1))
    turns = np.unique(fold).tolist()
    for turn in turns:
        inside = fold[order] == turn
        learned, judged = order[~inside], order[inside]
        if len(np.setdiff1d(y[judged], y[learned])):
            raise DataError(
                "all rows of a class are in one fold: nobody is left to learn it from",
                place=_folds_beside(teacher),
                remedy="Ask for fewer folds, or for finer groups, or leave the class out.",
            )
        weight = None if sample_weight is None else sample_weight[learned]
        try:
            teacher.fit(X[learned], y[learned], weight, is_code=is_code)
            told = teacher.predict_proba(X[judged], judged)
        except DataError as error:
            error.add_note(f"in fold {turn + 1} of {len(turns)}")
            raise
        found[np.ix_(judged, teacher.classes_)] = told
    return found


def _folds_beside(teacher: Teacher) -> str:
    """Return the parameter of folds that stands beside the teacher's, for messages."""
    stage = teacher.place.rpartition(".")[0]
    return f"{stage}.folds" if stage else "folds"
