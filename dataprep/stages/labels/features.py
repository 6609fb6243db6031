"""The features of a table as a teacher takes them: codes and gaps for trees, else indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataprep.errors import DataError
from dataprep.keys import content_keys
from dataprep.sizes import check_matrix
from dataprep.stages.mixed import (
    USABLE,
    Place,
    coded,
    indicators,
    is_levelled,
    is_missing,
    levels_told_apart,
    places_of,
    standardised,
)
from dataprep.table import ROW

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.labels.teachers import Encoding
    from dataprep.table import Table

_MOST_CODES = 254
"""scikit-learn's boosting takes fewer than 256 levels; rare ones share the last code."""


@dataclass(frozen=True)
class Matrix:
    """Features as numbers.

    Parameters
    ----------
    X : array of shape (n_rows, n_features), float64
    is_code : tuple of bool
        Which features are codes of levels.
    """

    X: np.ndarray
    is_code: tuple[bool, ...]


@dataclass(frozen=True)
class Seen:
    """Features of rows as they came, to be encoded for a teacher.

    Parameters
    ----------
    arrays : dict of str to array of shape (n_rows,)
        The features that can be used, and other columns that were asked for.
    places : dict of str to dict
        The features that a teacher sees, as `dataprep.stages.mixed.places_of` describes them.
    left_out : list of str
        The features that it does not see: texts, identifiers, and those without a value.
    """

    arrays: Arrays
    places: Mapping[str, Place]
    left_out: list[str]

    @property
    def rows(self) -> np.ndarray:
        """The row numbers."""
        return self.arrays[ROW]

    def matrix(self, encoding: Encoding) -> Matrix:
        """Return the features as a teacher takes them."""
        most = levels_told_apart(self.places)
        widths = {
            name: 1 if encoding == "codes" else _width(place, most)
            for name, place in self.places.items()
        }
        further = [name for name, width in widths.items() for _ in range(1, width)]
        check_matrix(len(self.rows), [*widths, *further], 0, 0.0)
        X = np.empty((len(self.rows), sum(widths.values())))
        is_code: list[bool] = []
        for name, place in self.places.items():
            values = coded(self.arrays[name], place, far=True)
            made = _codes(values, place) if encoding == "codes" else _filled(values, place, most)
            X[:, len(is_code) : len(is_code) + widths[name]] = made
            is_code += [encoding == "codes" and is_levelled(place)] * widths[name]
        return Matrix(X, tuple(is_code))

    def weights(self, column: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Return weights of rows, of all by default; raise where they are none.

        Parameters
        ----------
        column : str
        rows : array of int64, optional
            Positions.

        Raises
        ------
        DataError
            For texts and times, and for weights that are missing, negative or infinite.
        """
        values = self.arrays[column]
        if values.dtype != np.float64:
            raise DataError(
                "weights of rows are no numbers",
                place=column,
                remedy="Read the column as numbers, or give another one the role weight.",
            )
        positions = np.arange(len(values)) if rows is None else rows
        found: np.ndarray = values[positions]
        wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
        if len(wrong):
            first = int(wrong[0])
            row, value = int(self.rows[positions[first]]), float(found[first])
            told = "missing" if np.isnan(value) else f"{value:g}"
            raise DataError(
                f"{len(wrong):,} of {len(found):,} weights are missing, negative or infinite: of "
                f"row {row:,} it is {told}",
                place=column,
                remedy="Fill in weights from 0 on, or take the role weight from the column.",
            )
        return found

    def copies(self, rows: np.ndarray) -> int:
        """Return how many of some rows have the same features as one before them."""
        keys = content_keys({n: self.arrays[n][rows] for n in self.places}, list(self.places))
        return len(keys) - len(np.unique(keys))


def seen(table: Table, columns: list[str], beside: list[str] | None = None) -> Seen:
    """Return the features of a table, and other columns beside them.

    Parameters
    ----------
    table : Table
    columns : list of str
        Features; those of kinds that have no place among numbers are left out.
    beside : list of str, optional
        Columns to be had as arrays that are no features: target, groups.
    """
    usable = [name for name in columns if table.kinds[name] in USABLE]
    arrays = table.matrix([*usable, *(n for n in beside or [] if n not in usable)])
    places = places_of(arrays, {name: table.kinds[name] for name in usable})
    return Seen(arrays, places, [name for name in columns if name not in places])


def _codes(values: np.ndarray, place: Place) -> np.ndarray:
    """Return a column as trees take it: codes of levels, of which missing is one; else NaN."""
    if is_levelled(place):
        missing = values < 0
        # As a level: boosting does not tell a gap from the only level beside it.
        first = int(missing.any())
        found: np.ndarray = np.minimum(values, _MOST_CODES - first).astype("float64") + first
        found[missing] = 0.0
        return found[:, None]
    return values[:, None]


def _width(place: Place, most: int) -> int:
    """Return how many columns `_filled` makes of one."""
    own = min(most, len(place["levels"])) if is_levelled(place) else 1
    return own + bool(place["gaps"])


def _filled(values: np.ndarray, place: Place, most: int) -> np.ndarray:
    """Return a column standardised, or as indicators, without gaps: they have their own."""
    gaps = is_missing(values)
    if is_levelled(place):
        made = np.nan_to_num(indicators(values, place, most))
    else:
        made = standardised(np.where(gaps, place["median"], values), place)[:, None]
    return np.hstack([made, gaps[:, None]]) if place["gaps"] else made
