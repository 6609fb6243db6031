"""The features of a table as arrays for resampling, and arrays as values of columns again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from dataprep.engine import Mapped
from dataprep.errors import DataError
from dataprep.keys import content_keys
from dataprep.kinds import NUMERIC
from dataprep.resampling.rows import Births, Rows
from dataprep.resampling.whole import EXACT, bounds, whole_between, whole_or_same
from dataprep.table import ROW, hidden

if TYPE_CHECKING:
    from dataprep.engine import Arrays, Frame
    from dataprep.table import Table

_WHOLE = {
    getattr(nw, f"{sign}Int{bits}"): np.dtype(f"{sign}int{bits}".lower())
    for sign in ("", "U")
    for bits in (8, 16, 32, 64)
}
"""Types of whole numbers in frames, and in arrays."""
COPIED = ("id", "weight", "group", "image")
"""Roles whose columns are no features: a new row has what its first parent has."""
TIE = hidden("tie")
"""The hidden column with a key of what rows hold beside the columns by which they are drawn."""


@dataclass(frozen=True)
class Features:
    """Features of training rows as arrays, and the way back.

    Parameters
    ----------
    rows : Rows
    row_numbers : array of int64, shape (n_rows,)
    numeric : list of str
        The columns of ``rows.numbers``.
    levelled : dict of str to array
        The columns of ``rows.codes``, with their levels in order.
    booleans : frozenset of str
        Which of those are true or false.
    notes : tuple of str
        Which columns have no part, and why.
    whole : dict of str to dtype
        The numeric columns of whole numbers, with their types.
    large : dict of str to function
        Those of them that floats would change. To call it gives all digits, 0 where missing.
    """

    rows: Rows
    row_numbers: np.ndarray
    numeric: list[str]
    levelled: dict[str, np.ndarray]
    booleans: frozenset[str]
    notes: tuple[str, ...] = ()
    whole: dict[str, np.dtype] = field(default_factory=dict)
    large: Mapping[str, Callable[[], np.ndarray]] = field(default_factory=dict)

    def made_columns(self, births: Births) -> list[str]:
        """Return the columns in which new rows differ from their first parents."""
        between = births.parent_b is not None or births.numbers is not None
        voted = births.codes is not None
        kept = np.zeros(len(self.numeric), bool) if births.kept is None else births.kept
        numeric = [name for name, same in zip(self.numeric, kept, strict=True) if not same]
        return [*(numeric if between else []), *(self.levelled if voted else [])]

    def made_values(self, births: Births, start: int, stop: int) -> Arrays:
        """Return the values of some new rows in those columns."""
        part = births.part(start, stop)
        found: Arrays = {}
        made = set(self.made_columns(births))
        if made.intersection(self.numeric):
            numbers = part.numbers_of(self.rows.numbers)
            for i, name in enumerate(self.numeric):
                if name in made:
                    found[name] = self._held(name, i, part, numbers[:, i])
        if part.codes is not None:
            for i, (name, levels) in enumerate(self.levelled.items()):
                found[name] = self._decoded(name, part.codes[:, i], levels)
        return found

    def _held(self, name: str, i: int, births: Births, made: np.ndarray) -> np.ndarray:
        """Return numbers as the column can hold them."""
        if name not in self.whole:
            return made
        if name not in self.large:
            held: np.ndarray = np.clip(made, *bounds(self.whole[name]))
            return held
        (a, b), values, lacking = births.parents, self.large[name](), np.isnan(made)
        if b is None or births.step is None:
            same = made == self.rows.numbers[a, i]
            held = whole_or_same(np.where(lacking, 0.0, made), values[a], same)
        else:
            present = ~np.isnan(self.rows.numbers[:, i])
            first, second = np.where(present[a], a, b), np.where(present[b], b, a)
            held = whole_between(values[first], values[second], np.nan_to_num(births.step))
        # An array of whole numbers has no word for what is missing: a mask says it.
        return np.ma.masked_array(held, lacking) if lacking.any() else held

    def _decoded(self, name: str, codes: np.ndarray, levels: np.ndarray) -> np.ndarray:
        if name in self.booleans:
            # -1 stands for missing; see `dataprep.apply`.
            levels = levels.astype("int64")
        lacking = {"i": -1, "f": np.nan}.get(levels.dtype.kind)
        known: np.ndarray = np.append(levels, np.array([lacking], dtype=levels.dtype))[codes]
        return known


def features_of(
    table: Table,
    columns: Sequence[str],
    levelled: Sequence[str],
    target: str | None,
    classes: np.ndarray,
    *,
    keyed: bool,
    compared: bool,
    others: Sequence[str] = (),
    carried_as: str = "no part in distances, taken from the first parent",
    copied: Sequence[str] = (),
) -> Features:
    """Return the features of a table: numbers and levels; other columns are carried along.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        Those that may count.
    levelled : sequence of str
        Which of them are levels.
    target : str or None
        Without one, all rows are of one class.
    classes : array of int64, shape (n_classes,)
        The numbers of the classes that are there, in their order.
    keyed : bool
        Whether rows are drawn, by keys of their contents.
    compared : bool
        Whether rows are compared, by distances: then there must be features, and finite numbers.
    others : sequence of str
        What tells rows apart for a draw that hold the same in ``columns``.
    carried_as : str
        What is told of columns that are neither numbers nor levels.
    copied : sequence of str
        Columns with a role, of which the same is told.
    """
    numeric = [n for n in columns if n not in levelled and table.kinds[n] in NUMERIC]
    # Rows that are drawn are told apart by all that they hold.
    carried = [n for n in columns if n not in levelled and n not in numeric]
    classed = [] if target is None else [target]
    arrays = table.matrix([*(columns if keyed else (*numeric, *levelled)), *classed])
    levels = {name: levels_in(arrays[name]) for name in levelled}
    height = len(arrays[ROW])
    keys = row_keys(arrays, columns) if keyed else np.zeros(height, "int64")
    y = np.zeros(height, "int64")
    if target is not None and height:
        y = classes[np.unique(arrays.pop(target), return_inverse=True)[1]]
    numbers, codes = np.empty((height, len(numeric))), np.empty((height, len(levels)), "int32")
    for i, name in enumerate(numeric):
        # Of many rows, only one column is there twice.
        numbers[:, i] = arrays.pop(name)
        if compared and (infinite := int(np.isinf(numbers[:, i]).sum())):
            raise DataError(
                f"{infinite:,} infinite numbers: no distance to them is known",
                place=name,
                remedy="Clip them with IQR or Quantile first, or make them missing.",
            )
    for i, (name, found) in enumerate(levels.items()):
        codes[:, i] = codes_in(arrays.pop(name), found)
    booleans = frozenset(n for n in levelled if table.kinds[n] == "boolean")
    notes: tuple[str, ...] = ()
    carried += copied
    if compared and carried:
        shown = ", ".join(carried[:5]) + (", ..." if len(carried) > 5 else "")
        notes = (f"{carried_as}: {shown}",)
    ties = None
    if keyed and others and len(np.unique(keys)) < height:
        ties = table.engine.arrays(with_ties(table, others), [TIE])[TIE]
    rows = Rows(numbers, codes, y, keys, ties, (*numeric, *levels))
    schema = table.frame.collect_schema()
    whole = {name: _WHOLE[schema[name]] for name in numeric if schema[name] in _WHOLE}
    large = {
        # Only where rows are made between others are they wanted.
        name: cache(partial(_digits, table, name, whole[name]))
        for i, name in enumerate(numeric)
        if name in whole and bool((np.abs(numbers[:, i]) >= EXACT).any())
    }
    return Features(rows, arrays[ROW], numeric, levels, booleans, notes, whole, large)


def _digits(table: Table, name: str, dtype: np.dtype) -> np.ndarray:
    """Return a column of whole numbers, 0 where missing; by its text: a matrix holds floats."""
    frame = table.frame.with_columns(nw.col(name).cast(nw.String))
    texts = replace(table, frame=frame).matrix([name])[name]
    return np.array([int(text) if text is not None else 0 for text in texts], dtype=dtype)


def row_keys(arrays: Arrays, columns: Sequence[str]) -> np.ndarray:
    """Return the keys of rows, by which they are drawn: those of an array without names too."""
    if not columns:
        # Pictures without measures: rows are told apart by what else they hold.
        return np.zeros(len(next(iter(arrays.values()))), "int64")
    placed = {str(i): arrays[name] for i, name in enumerate(columns)}
    return content_keys(placed, list(placed))


def with_ties(table: Table, others: Sequence[str]) -> Frame:
    """Return a key of each row's contents in other columns, by batches, beside its number."""

    def keyed(arrays: Arrays) -> Arrays:
        return {TIE: row_keys(arrays, others)}

    frame = table.frame.select(ROW, *others)
    return table.engine.mapped(frame, Mapped(others, {TIE: "integer"}, keyed)).select(ROW, TIE)


def _present(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return np.array([value is not None for value in values], dtype=bool)
    present: np.ndarray = values == values
    return present


def levels_in(values: np.ndarray) -> np.ndarray:
    """Return the levels of a column in order, without what is missing."""
    return np.unique(values[_present(values)])


def codes_in(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return the place of each value among the levels, -1 where it is missing."""
    present = _present(values)
    codes = np.full(len(values), -1, dtype="int32")
    codes[present] = np.searchsorted(levels, values[present])
    return codes
