"""Training rows as arrays, and what is to become of them: rows that go, rows that are born."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dataprep.draw import order, order_of_copies


@dataclass(frozen=True)
class Rows:
    """Training rows as arrays, in row order.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_numbers), float64
        NaN where missing.
    codes : array of shape (n_rows, n_categories), int32
        The level of each categorical feature, -1 where it is missing.
    y : array of shape (n_rows,), int64
        Classes, by their place among the sorted ones.
    keys : array of shape (n_rows,), int64
        A number for a row's contents: it does not depend on where the row stands.
    ties : array of shape (n_rows,), optional
        The same for what else a row holds: it orders rows whose keys are equal.
    names : tuple of str, default=()
        What the columns of ``numbers`` are called, and after them those of ``codes``.
    """

    numbers: np.ndarray
    codes: np.ndarray
    y: np.ndarray
    keys: np.ndarray
    ties: np.ndarray | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.y)

    def of(self, label: int) -> np.ndarray:
        """Return the positions of a class' rows, ordered by contents, then by position."""
        return self.ordered(np.flatnonzero(self.y == label))

    def ordered(self, positions: np.ndarray) -> np.ndarray:
        """Return positions by their rows' contents, equal ones in row order."""
        ties = positions if self.ties is None else self.ties[positions]
        return positions[np.lexsort((positions, ties, self.keys[positions]))]

    def shuffled(self, label: int, seed: int, stage: str) -> np.ndarray:
        """Return the positions of a class' rows in the order in which they are drawn."""
        own = self.of(label)
        keys, places = self.keys[own], np.arange(len(own))
        # Rows that hold the same stand side by side: how far is the first of them?
        first = np.maximum.accumulate(np.where(np.diff(keys, prepend=-1) != 0, places, 0))
        drawn = order_of_copies(order(keys, seed, stage), places - first, seed, stage)
        shuffled: np.ndarray = own[np.argsort(drawn, kind="stable")]
        return shuffled

    def take(self, positions: np.ndarray) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.numbers[positions],
            self.codes[positions],
            self.y[positions],
            self.keys[positions],
            None if self.ties is None else self.ties[positions],
            self.names,
        )


@dataclass(frozen=True)
class Births:
    """Rows to be made; parents are positions in the `Rows` that a plan was made for.

    Parameters
    ----------
    parent_a : array of shape (n_made,), int64
        A row of the new one's class: whose cells it takes where nothing else is said.
    parent_b : array of shape (n_made,), int64, optional
        -1 where there is none.
    step : array of shape (n_made,), float64, optional
        How far from a to b: numbers are ``a + step * (b - a)``. NaN where there is no b.
    numbers : array of shape (n_made, n_numbers), optional
        Where they are no point between the parents.
    codes : array of shape (n_made, n_categories), optional
        Levels; those of ``parent_a`` where they are not given.
    kept : array of bool, shape (n_numbers,), optional
        The columns of numbers that are those of ``parent_a`` too.
    """

    parent_a: np.ndarray
    parent_b: np.ndarray | None = None
    step: np.ndarray | None = None
    numbers: np.ndarray | None = None
    codes: np.ndarray | None = None
    kept: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.parent_a)

    def part(self, start: int, stop: int) -> Births:
        """Return some of the rows, by their running numbers."""
        cut = slice(start, stop)
        return replace(
            self,
            parent_a=self.parent_a[cut],
            parent_b=None if self.parent_b is None else self.parent_b[cut],
            step=None if self.step is None else self.step[cut],
            numbers=None if self.numbers is None else self.numbers[cut],
            codes=None if self.codes is None else self.codes[cut],
        )

    @property
    def parents(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The positions of first parents, and of second ones: where there is none, the first."""
        if self.numbers is not None or self.parent_b is None or self.step is None:
            return self.parent_a, None
        return self.parent_a, np.where(self.parent_b < 0, self.parent_a, self.parent_b)

    def numbers_of(self, numbers: np.ndarray) -> np.ndarray:
        """Return the numbers of the new rows, given those of all rows."""
        a, b = self.parents
        return self.numbers_between(numbers[a], None if b is None else numbers[b])

    def numbers_between(self, a: np.ndarray, b: np.ndarray | None) -> np.ndarray:
        """Return the numbers of the new rows, given those of their parents.

        A number that one parent lacks is the other's. Between finite numbers none is infinite.
        """
        if self.numbers is not None:
            return self.numbers
        if b is None or self.step is None:
            return a
        step = np.nan_to_num(self.step)[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            made: np.ndarray = a + step * (b - a)
            beyond = np.isinf(made) & np.isfinite(a) & np.isfinite(b)
            if beyond.any():
                # The way from a to b is longer than the largest float.
                largest = np.finfo("float64").max
                made[beyond] = np.clip(a * (1 - step) + b * step, -largest, largest)[beyond]
        lacking = np.isnan(made)
        if lacking.any():
            made[lacking] = np.where(np.isnan(a), b, a)[lacking]
        if self.kept is not None:
            made[:, self.kept] = a[:, self.kept]
        return made


@dataclass(frozen=True)
class Plan:
    """What is to become of rows.

    Parameters
    ----------
    drop : array of int64
        Positions of the rows that leave, ascending.
    births : Births, optional
    notes : sequence of str
        What a person should know, in a sentence each.
    """

    drop: np.ndarray
    births: Births | None = None
    notes: tuple[str, ...] = ()
