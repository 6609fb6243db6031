"""Columns of mixed kinds as numbers: what a model of rows learns from and is applied to.

A column is described by plain JSON, its *place* in the model: a number (times too, in seconds)
by centre and scale, a column of levels by its levels, the most frequent first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.kinds import NUMERIC, Kind
from dataprep.stages.levels import MISSING, codes_of
from dataprep.table import steady

if TYPE_CHECKING:
    from dataprep.engine import Arrays

TEMPORAL: frozenset[Kind] = frozenset({"date", "timestamp"})
LEVELLED: frozenset[Kind] = frozenset({"category", "boolean"})
USABLE: frozenset[Kind] = NUMERIC | TEMPORAL | LEVELLED
"""Kinds that have a place among numbers; free text and identifiers have none."""
MOST_LEVELS = 30
"""So many levels, the most frequent ones, have an indicator of their own."""
MOST_INDICATORS = 200
"""So many numbers stand for a row: what is learned of them grows with the square."""
FURTHEST = 1e6
"""In scales from the centre: no value is further out, infinities are there."""

Place = dict[str, Any]
Places = Mapping[str, Place]


def places_of(arrays: Arrays, kinds: Mapping[str, Kind]) -> dict[str, Place]:
    """Describe columns; those without a single value have no place.

    Parameters
    ----------
    arrays : dict of str to array of shape (n_rows,)
    kinds : mapping of str to Kind
        The columns to describe, and what they hold.

    Returns
    -------
    dict of str to dict
        ``{"kind", "median", "centre", "scale", "low", "high", "gaps"}`` of numbers,
        ``{"kind", "levels", "shares", "gaps"}`` of levels; ``gaps`` is the share that is missing,
        ``shares`` are those of the levels among the values that are present.
    """
    found = {}
    for name, kind in kinds.items():
        if kind in LEVELLED:
            place = _levels(arrays[name], kind)
        else:
            place = _number(numbers_in(arrays[name]), kind)
        if place is not None:
            found[name] = place
    return found


def _number(values: np.ndarray, kind: Kind) -> Place | None:
    present = values[~np.isnan(values)]
    if not len(present):
        return None
    # Divided by the largest, because squares and sums of huge numbers are none.
    largest = float(np.abs(present).max()) or 1.0
    centre = float((present / largest).mean()) * largest
    spread = float((present / largest).std()) * largest
    # What is left of a constant column is rounding, not spread.
    constant = spread <= 1e-12 * abs(centre)
    return {
        "kind": kind,
        "median": steady(float(np.median(present))),
        "centre": float(present[0]) if constant else steady(centre),
        "scale": 1.0 if constant else steady(spread),
        "low": float(present.min()),
        "high": float(present.max()),
        "gaps": steady(1 - len(present) / len(values)),
    }


def _levels(values: np.ndarray, kind: Kind) -> Place | None:
    counts = Counter(level for level in values.tolist() if level is not None and level == level)
    if not counts:
        return None
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    total = sum(counts.values())
    return {
        "kind": kind,
        "levels": [_plain_level(level, kind) for level, _ in ordered],
        "shares": [steady(count / total) for _, count in ordered],
        "gaps": steady(1 - total / len(values)),
    }


def _plain_level(level: Any, kind: Kind) -> Any:
    """Return a level as JSON holds it; those of some categories are whole numbers."""
    if kind == "boolean":
        return bool(level)
    whole = isinstance(level, float) and level.is_integer()
    return int(level) if whole else level


def numbers_in(values: np.ndarray) -> np.ndarray:
    """Return a column as float64, NaN where a value is missing or not finite.

    Times become seconds since 1970.
    """
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[us]").astype("int64") / 1e6
        return np.where(np.isnat(values), np.nan, seconds)
    # A column without a single value may arrive as objects.
    numbers = values.astype("float64")
    return np.where(np.isfinite(numbers), numbers, np.nan)


def coded(values: np.ndarray, place: Place, *, far: bool = False) -> np.ndarray:
    """Return a column as numbers in its own unit, or as codes of its levels.

    Parameters
    ----------
    values : array of shape (n_rows,)
    place : dict
    far : bool, default=False
        Whether infinities are numbers `FURTHEST` from the centre; by default they are missing.

    Returns
    -------
    array of shape (n_rows,)
        float64 with NaN for missing, or int64: a position among the levels, `MISSING`, `UNSEEN`.
    """
    if is_levelled(place):
        codes: np.ndarray = codes_of(values, place["levels"])
        return codes
    if not far or values.dtype.kind == "M":
        return numbers_in(values)
    low, high = (place["centre"] + sign * FURTHEST * place["scale"] for sign in (-1, 1))
    bounded: np.ndarray = np.clip(values.astype("float64"), low, high)
    return bounded


def is_missing(column: np.ndarray) -> np.ndarray:
    """Return where a coded column has no value."""
    missing: np.ndarray = column == MISSING if column.dtype.kind == "i" else np.isnan(column)
    return missing


def kept(column: np.ndarray) -> list[Any]:
    """Return a coded column as JSON holds it."""
    return [None if value != value else value for value in column.tolist()]


def read(values: list[Any], place: Place) -> np.ndarray:
    """Return a coded column that JSON held."""
    return np.array(values, dtype="int64" if is_levelled(place) else "float64")


def standardised(column: np.ndarray, place: Place) -> np.ndarray:
    """Return numbers as distances from the centre, in scales, within bounds; codes as they are."""
    if is_levelled(place):
        return column
    with np.errstate(over="ignore"):
        distances = (column - place["centre"]) / place["scale"]
    bounded: np.ndarray = np.clip(distances, -FURTHEST, FURTHEST)
    return bounded


def is_levelled(place: Place) -> bool:
    """Tell whether a place is one of levels."""
    return "levels" in place


def levels_told_apart(places: Places) -> int:
    """Return how many levels of each column have an indicator: fewer where columns are many.

    Examples
    --------
    >>> levels_told_apart({"a": {"levels": [*range(40)]}, "b": {"kind": "float"}})
    30
    >>> levels_told_apart({name: {"levels": [*range(40)]} for name in range(20)})
    10
    """
    levels = [len(place["levels"]) for place in places.values() if is_levelled(place)]
    room = MOST_INDICATORS - (len(places) - len(levels))
    fitting = (n for n in range(MOST_LEVELS, 2, -1) if sum(min(n, m) for m in levels) <= room)
    return next(fitting, 2)


def indicators(column: np.ndarray, place: Place, most: int) -> np.ndarray:
    """Return a coded column as numbers: standardised, or one indicator for each frequent level.

    Parameters
    ----------
    column : array of shape (n_rows,)
    place : dict
    most : int
        How many levels have an indicator, at most.

    Returns
    -------
    array of shape (n_rows, width)
        Rows where the value is missing are NaN; a rare or unseen level has no indicator set.
    """
    if not is_levelled(place):
        return standardised(column, place).reshape(-1, 1)
    found: np.ndarray = (column[:, None] == np.arange(min(most, len(place["levels"])))).astype(
        "float64"
    )
    found[column == MISSING] = np.nan
    return found


def shares(column: np.ndarray, place: Place) -> np.ndarray:
    """Return how frequent the level of each row was at ``fit``; missing is a level as well."""
    present = 1 - place["gaps"]
    # The last two are reached by the negative codes of unseen and missing.
    known = np.array([*(share * present for share in place["shares"]), 0.0, place["gaps"]])
    found: np.ndarray = known[column]
    return found


def values_from(numbers: np.ndarray, place: Place, *, whole: bool) -> np.ndarray:
    """Return predicted numbers as values of the column's kind.

    Parameters
    ----------
    numbers : array of shape (n_rows,)
        Numbers in the column's own unit, or codes of its levels.
    place : dict
    whole : bool
        Whether the column holds whole numbers now, whatever it held at ``fit``.
    """
    if is_levelled(place):
        levels = np.empty(len(place["levels"]), dtype=object)
        levels[:] = place["levels"]
        chosen: np.ndarray = levels[numbers.astype("int64")]
        return chosen
    if place["kind"] in TEMPORAL:
        unit = 86_400 if place["kind"] == "date" else 1
        seconds = _rounded(numbers / unit) * unit
        return (seconds.astype("int64") * 1_000_000).astype("datetime64[us]")
    if whole:
        # The next float is beyond what an integer column holds.
        held: np.ndarray = np.clip(_rounded(numbers), -(2.0**63), 2.0**63 - 1024)
        return held
    return _rounded(numbers) if place["kind"] == "integer" else numbers


def _rounded(numbers: np.ndarray) -> np.ndarray:
    # Halves go up, as when an engine puts a fraction into whole numbers.
    whole: np.ndarray = np.floor(numbers + 0.5)
    return whole
