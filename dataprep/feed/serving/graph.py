"""Columns as tensors of a Keras graph: what the translations of stages work on.

All of it is made of stock layers and operations of Keras, so that a saved model loads anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from dataprep.feed.serving.translations import refusal
from dataprep.kinds import NUMERIC, Kind

Tensor = Any
"""A symbolic tensor of Keras."""

MISSING, NEW, FIRST = 0, 1, 2
"""The codes of a missing value, of a level that is none of those known, and of the first known."""
_NO_LEVEL = "\x1fnone"
MISSING_TEXT = "\x1fmissing"
"""What stands for a missing text inside a graph: an empty text is one that a stage has made."""


@dataclass(frozen=True)
class Column:
    """A column of a graph.

    Parameters
    ----------
    tensor : KerasTensor of shape (batch,)
        Numbers and booleans as float64, NaN where missing; others as text, `MISSING_TEXT` where
        missing.
    kind : Kind
        What it holds at this place of the pipeline.
    empties : bool, default=False
        Whether a text may be empty: at the input, such a one is missing.
    """

    tensor: Tensor
    kind: Kind
    empties: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the tensor holds text: categories, identifiers, dates and times as well."""
        return bool(self.tensor.dtype == "string")

    @property
    def is_missing(self) -> Tensor:
        """Where the value is missing, as booleans."""
        return ops.equal(self.tensor, MISSING_TEXT) if self.is_text else ops.isnan(self.tensor)

    def filled(self, where: Tensor, value: Any) -> Column:
        """Return the column with a value, or another tensor, where a condition holds."""
        if self.is_text and not hasattr(value, "dtype"):
            value = MISSING_TEXT if value is None else text_of_level(value)
        elif value is None:
            value = math.nan
        elif isinstance(value, bool | int):
            value = float(value)
        return replace(self, tensor=ops.where(where, value, self.tensor))

    def rewritten(self, texts: Tensor, *, empties: bool = False) -> Column:
        """Return the column with other texts where it is not missing."""
        tensor = ops.where(self.is_missing, MISSING_TEXT, texts)
        return Column(tensor, self.kind, empties or self.empties)

    def codes(self, levels: Sequence[Any]) -> Tensor:
        """Return `MISSING`, `NEW`, or `FIRST` plus the place among levels, as int64.

        Parameters
        ----------
        levels : sequence of str, number or bool
            Distinct.
        """
        if self.is_text:
            # A lookup must have a word: one that no cell holds.
            lookup = keras.layers.StringLookup(
                vocabulary=[text_of_level(level) for level in levels] or [f"{_NO_LEVEL} "],
                mask_token=MISSING_TEXT,
                oov_token=_NO_LEVEL,
            )
            return lookup(self.tensor)
        numbers = np.array([float(level) for level in levels])
        order = np.argsort(numbers, kind="stable")
        return ops.where(self.is_missing, MISSING, _among(self.tensor, numbers[order], order))


def column_of(given: Tensor, kind: Kind) -> Column:
    """Return an input as a column: an empty text is a missing value."""
    if given.dtype == "string":
        given = ops.where(ops.equal(given, ""), MISSING_TEXT, given)
    return Column(given, kind)


def text_of_level(value: Any) -> str:
    """Return a level as the text that stands for it in a column of text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def picked(values: np.ndarray, codes: Tensor) -> Tensor:
    """Return the value that stands at each code, of an array that the graph holds."""
    return ops.take(values, codes)


def number(value: float) -> np.ndarray:
    """Return a learned number as float64, of shape (1,).

    Of Python's floats, comparisons of Keras make float32; so do saved arrays without a dimension.
    """
    return np.array([value], dtype="float64")


def numbers_for(codes: Tensor, values: Iterable[float | None]) -> Tensor:
    """Return a number for each code, NaN for None."""
    listed = [math.nan if value is None else float(value) for value in values]
    return picked(np.array(listed, dtype="float64"), codes)


def truth(condition: Tensor) -> Tensor:
    """Return a condition as numbers, 1 where it holds."""
    return ops.cast(condition, "float64")


def _among(values: Tensor, known: np.ndarray, order: np.ndarray) -> Tensor:
    """Return the codes of values among sorted ones, `NEW` where they are none of them."""
    if not len(known):
        return ops.full_like(ops.cast(values, "int64"), NEW)
    at = ops.minimum(ops.searchsorted(known, values), len(known) - 1)
    codes = picked((order + FIRST).astype("int64"), at)
    return ops.where(ops.equal(picked(known, at), values), codes, NEW)


@dataclass
class Graph:
    """The columns of a model as it is made, stage by stage.

    Parameters
    ----------
    columns : dict of str to Column
        In order; a translation changes it.
    label : str
        The stage at hand, as ``2:iqr``, for errors.
    """

    columns: dict[str, Column]
    label: str = ""

    def present(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are columns here: a target does not come to serving."""
        return [name for name in names if name in self.columns]

    def put(self, name: str, tensor: Tensor, kind: Kind) -> None:
        """Replace a column, or add one."""
        self.columns[name] = Column(tensor, kind)

    def codes(self, name: str, levels: Sequence[Any]) -> Tensor:
        """Return the codes of a column, see `Column.codes`."""
        column = self.columns[name]
        if column.is_text and "" in levels and not column.empties:
            raise refusal(
                self.label,
                f"a level of {name!r} is the empty text, which a model takes for a missing value",
                "Make empty texts missing before fit: NormaliseText(empty='missing').",
            )
        return column.codes(levels)

    def remove(self, names: Iterable[str]) -> None:
        """Remove columns that are here."""
        for name in self.present(names):
            del self.columns[name]

    def places_of_groups(
        self, by: Sequence[str], groups: Sequence[Mapping[str, Any]]
    ) -> Tensor | None:
        """Return, for each row, which of the learned groups it is in, or how many there are.

        Parameters
        ----------
        by : sequence of str
            The columns that name a group; none of them: there are no groups.
        groups : sequence of {"group": [...], ...}
            As `dataprep.stages.grouped.as_rows` wrote them.
        """
        if not by:
            return None
        for name in by:
            if self.columns[name].kind in ("timestamp", "other"):
                raise refusal(
                    self.label,
                    f"{name!r}, by which groups were learned, is of kind {self.columns[name].kind}",
                    "Group by a category, whole numbers or a date.",
                )
        joint, known, radix = None, np.zeros(len(groups), dtype="int64"), 1
        for i, name in enumerate(by):
            parts = [row["group"][i] for row in groups]
            levels = sorted({part for part in parts if part is not None})
            column = self.columns[name]
            codes = self.codes(name, [_level(part, column) for part in levels])
            place = {None: MISSING, **{part: FIRST + j for j, part in enumerate(levels)}}
            known += radix * np.array([place[part] for part in parts], dtype="int64")
            joint = codes * radix if joint is None else joint + codes * radix
            radix *= len(levels) + FIRST
        order = np.argsort(known, kind="stable")
        found = _among(joint, known[order], order)
        # What is none of the known groups stands after the last of them.
        return picked(np.array([0, len(groups), *range(len(groups))], dtype="int64"), found)


def _level(part: str, column: Column) -> Any:
    """Return the value of a column that a part of a group's name is the text of."""
    if column.is_text:
        return part
    return part == "true" if column.kind == "boolean" else float(part)


def is_number(kind: Kind) -> bool:
    """Tell whether columns of a kind are numbers in a graph."""
    return kind in NUMERIC or kind == "boolean"
