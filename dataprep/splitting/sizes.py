"""How many rows each part gets, in all and of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dataprep.errors import ConfigError

TRAIN, VALIDATION, TEST = "train", "validation", "test"


def places_of(test: float, validation: float, folds: int | None) -> list[str]:
    """Return the parts in the order in which they are filled; the last one takes the rest.

    Examples
    --------
    >>> places_of(0.2, 0.1, None), places_of(0.2, 0.0, 3), places_of(0, 0, 2)
    (['test', 'validation', 'train'], ['test', '0', '1', '2'], ['0', '1'])
    """
    held_out = [TEST] if test else []
    if folds:
        return held_out + [str(fold) for fold in range(folds)]
    return [*held_out, *([VALIDATION] if validation else []), TRAIN]


def wanted_rows(height: int, test: float, validation: float, folds: int | None) -> np.ndarray:
    """Return how many rows each part of `places_of` is to have.

    Parameters
    ----------
    height : int
        How many rows there are.
    test, validation : float or int
        Shares of all rows below 1, or numbers of rows.
    folds : int, optional
        The rows that are not for testing are spread over so many.

    Returns
    -------
    array of int64 of shape (n_parts,)
        Its sum is ``height``.

    Raises
    ------
    ConfigError
        When no row would be left for training, or a fold would have none.

    Examples
    --------
    >>> wanted_rows(10, 0.25, 2, None).tolist(), wanted_rows(10, 0, 0, 3).tolist()
    ([3, 2, 5], [4, 3, 3])
    >>> wanted_rows(10, 0.5, 5, None)
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: split.test: test 5 and validation 5 of 10 rows leave none for \
training. Ask for less.
    """
    asked = {TEST: _rows(height, test, TEST), VALIDATION: _rows(height, validation, VALIDATION)}
    held_out = [rows for rows in asked.values() if rows]
    left = height - sum(held_out)
    if left < (folds or 1):
        told = " and ".join(f"{name} {rows}" for name, rows in asked.items() if rows)
        if folds and left >= 1:
            raise ConfigError(
                f"{folds} folds of {left} rows", place="split.folds", remedy="Ask for fewer folds."
            )
        raise ConfigError(
            f"{told} of {height} rows leave none for training"
            if told
            else f"{folds} folds of {height} rows",
            place="split.test" if told else "split.folds",
            remedy="Ask for less.",
        )
    if not folds:
        return np.array([*held_out, left])
    even, more = divmod(left, folds)
    return np.array([*held_out, *(even + (fold < more) for fold in range(folds))])


def _rows(height: int, share: float, name: str) -> int:
    if isinstance(share, int):
        return share
    if share >= 1:
        raise ConfigError(
            f"{share!r} is no share of the rows",
            place=f"split.{name}",
            remedy="Give a share below 1, or a number of rows as a whole number.",
        )
    # Halves go up on every machine; a part that is asked for has a row.
    return max(1, int(share * height + 0.5)) if share else 0


def allotted(counts: Sequence[int], wanted: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Return how many rows of each class go into each part.

    Parameters
    ----------
    counts : sequence of int, of length n_classes
        The rows of each class; their sum is that of ``wanted``.
    wanted : array of int64 of shape (n_parts,)
    needed : array of bool of shape (n_classes,)
        Classes that must be in every part: these have at least ``n_parts`` rows.

    Returns
    -------
    array of int64 of shape (n_classes, n_parts)
        The sums over rows and columns are ``counts`` and ``wanted``, exactly; each number is as
        near its share as that allows (the method of largest remainders).

    Examples
    --------
    >>> allotted([90, 10], np.array([20, 80]), np.array([True, True])).tolist()
    [[18, 72], [2, 8]]
    >>> allotted([97, 3], np.array([10, 90]), np.array([True, True])).tolist()
    [[9, 88], [1, 2]]
    """
    left = np.asarray(counts, dtype="int64").copy()
    columns = []
    for j, rows in enumerate(wanted[:-1]):
        later = len(wanted) - 1 - j
        low = needed.astype("int64")
        high = left - low * later
        column = _rounded(left * (rows / left.sum()), int(rows), low, high)
        columns.append(column)
        left = left - column
    return np.column_stack([*columns, left])


def _rounded(quotas: np.ndarray, total: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return whole numbers near quotas, with a given sum, between bounds."""
    found: np.ndarray = np.clip(np.floor(quotas + 1e-9).astype("int64"), low, high)
    while (short := total - int(found.sum())) != 0:
        lacking = quotas - found
        if short > 0:
            found[np.argmax(np.where(found < high, lacking, -np.inf))] += 1
        else:
            found[np.argmin(np.where(found > low, lacking, np.inf))] -= 1
    return found
