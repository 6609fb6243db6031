"""Engine: what a stage may ask of the place where a table lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import narwhals as nw

from dataprep.kinds import Kind
from dataprep.styles import Style

if TYPE_CHECKING:
    import numpy as np

Frame = Any
"""A narwhals DataFrame or LazyFrame."""
Arrays = dict[str, "np.ndarray"]
"""Columns as arrays: float64 (NaN), datetime64[us] (NaT), or objects (text or None)."""


@dataclass(frozen=True)
class Mapped:
    """Columns that a Python function computes, batch by batch, each row by itself.

    Parameters
    ----------
    columns : sequence of str
        What the function is given, as `Arrays`; the row numbers too, where it names `ROW`.
    makes : mapping of str to Kind
        The hidden columns that it returns.
    function : callable
        From arrays of a batch to arrays of the same length: a row's values must not depend on the
        rows that happen to lie in its batch.
    exact : bool, default=False
        Whether whole numbers and decimals are given as objects, with every digit, or None.
    """

    columns: Sequence[str]
    makes: Mapping[str, Kind]
    function: Callable[[Arrays], Mapping[str, Any]]
    exact: bool = False


class Engine(Protocol):
    """Where a table lives. An engine knows nothing about any stage."""

    name: str
    lossless_text: bool
    folds_names: bool

    def rows(self, frame: Frame) -> list[dict[str, Any]]:
        """Bring a small frame into Python."""

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Make a small frame of strings, numbers and booleans that joins with the engine's."""

    def join(self, frame: Frame, other: Frame, on: str) -> Frame:
        """Join ``other`` to the left frame, rows and their order kept."""

    def arrays(self, frame: Frame, columns: Sequence[str]) -> Arrays:
        """Return `ROW` and columns as arrays, in row order."""

    def mapped(self, frame: Frame, mapped: Mapped) -> Frame:
        """Add the columns that a function computes outside of the engine, by batch."""

    def keep(self, frame: Frame, *, in_order: bool = False) -> Frame:
        """Compute a frame once, in row order, so that later queries do not repeat the work.

        ``in_order`` says that it is in that order already.
        """

    def rested(self, frame: Frame) -> Frame:
        """Return the frame, computed where what was asked of it so far is too much at a time."""

    def listed(self, columns: Arrays) -> Frame:
        """Make a frame of arrays, of any length, that joins with the engine's.

        Whole numbers, floats (NaN is missing), and objects: text, or None.
        """

    def born(self, frame: Frame, made: Arrays, parent: str) -> Frame:
        """Return new rows: ``made``, which holds `ROW`, beside the cells of their parents.

        ``parent`` names the array with the row numbers of these, which ``made`` overrides where it
        has a column of the same name.
        """

    def stacked(self, frame: Frame, *others: Frame, in_order: bool = False) -> Frame:
        """Return the rows of frames as one, in row order, in the types of the first.

        Columns that another has not are missing in its rows. ``in_order`` says that the rows of
        each come after those before.
        """

    def without(self, frame: Frame, rows: Frame) -> Frame:
        """Return the frame without the rows whose numbers ``rows`` holds, in order."""

    def compute(
        self, frame: Frame, new: Sequence[nw.Expr], like: Mapping[str, str], *, whole: bool
    ) -> Frame:
        """Add columns; those named in ``like`` get the type of the column that they stand for.

        A fraction becomes the nearest whole number in an integer column. ``whole`` says that an
        expression looks at other rows.
        """

    def mark(self, frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
        """Add a boolean column for each pair: where they differ, missing equal to missing."""

    def write_texts(self, frame: Frame, kinds: Mapping[str, Kind], changed: Set[str]) -> Frame:
        """Write new text for the marked cells of ``changed`` columns, and for whole new columns."""

    def quantiles(
        self, frame: Frame, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Return exact quantiles of the finite values, linearly interpolated."""

    def group_quantiles(
        self, frame: Frame, key: str, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, dict[str, list[float | None]]]:
        """Return the same for each group: ``{group: {column: quantiles}}``."""

    def duplicates(
        self, frame: Frame, subset: Sequence[str], keep: str, completeness: Sequence[str]
    ) -> Frame:
        """Return the numbers of the rows to drop, and ``reason``: which row each one repeats."""

    def parse_counts(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Sequence[str],
        sentinels: Sequence[str],
        styles: Mapping[str, Style] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Count, per text column, the cells not of the given kind, not finite, and empty texts.

        ``styles`` tells how columns are written, where that is not the plain way.
        """

    def first_wrong(
        self,
        frame: Frame,
        column: str,
        kind: Kind,
        missing: Sequence[str],
        style: Style | None = None,
    ) -> tuple[int, str]:
        """Return the row number and the text of the first cell that is not of a kind."""

    def parse(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Mapping[str, Sequence[str]],
        styles: Mapping[str, Style] | None = None,
    ) -> Frame:
        """Replace text columns by typed ones; what cannot be read becomes null."""

    def sample(self, frame: Frame, columns: Sequence[str], rows: int) -> dict[str, list[Any]]:
        """Return the values of about ``rows`` rows spread over the table."""
