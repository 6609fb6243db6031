"""Columns of numbers and levels as a matrix for a network, and its answers as columns again.

A column has slots, of which each row is in one: a value that many rows share, a mode of the other
numbers, a level, what is missing. Where the slot is a mode, one more number says how far from its
mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dataprep.draw import normal, uniform
from dataprep.generative.modes import modes_of, places_in

Column = dict[str, Any]
"""What was learned of a column, as plain JSON: `Modes` of numbers, or levels."""

MOST_LEVELS = 50
"""So many levels have a slot; the rarer ones share one."""


class Span(NamedTuple):
    """Where a column stands in the matrix.

    Parameters
    ----------
    step : int
        The place of the number that says how far from the mean of a mode; -1 where there is none.
    start, stop : int
        The slots; none where a column has a single one.
    modes : tuple of int
        Which of the slots are modes, counted from ``start``.
    """

    step: int
    start: int
    stop: int
    modes: tuple[int, int]


def learned(numbers: np.ndarray, codes: np.ndarray, random_state: int) -> list[Column]:
    """Return what training rows teach about their columns.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_numbers)
        NaN where missing.
    codes : array of shape (n_rows, n_categories)
        -1 where missing.
    random_state : int
    """
    found: list[Column] = [dict(modes_of(column, random_state)) for column in numbers.T]
    return [*found, *(_levels_of(column) for column in codes.T)]


def _levels_of(column: np.ndarray) -> Column:
    """Return the levels of a column by how frequent they are, and how frequent the rest is."""
    counts = np.bincount(column[column >= 0]) if (column >= 0).any() else np.zeros(0, int)
    # Of equally frequent levels the first: a stable sort.
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    return {
        "levels": order[:MOST_LEVELS].tolist(),
        "rest": order[MOST_LEVELS:].tolist(),
        "rest_rows": counts[order[MOST_LEVELS:]].tolist(),
        "missing": bool((column < 0).any()),
    }


def slots_of(column: Column) -> int:
    """Return how many slots a column has."""
    if "levels" in column:
        return len(column["levels"]) + bool(column["rest"]) + bool(column["missing"])
    return len(column["spikes"]) + len(column["means"]) + bool(column["missing"])


def spans_of(columns: Sequence[Column]) -> list[Span]:
    """Return where each column stands in the matrix."""
    found, place = [], 0
    for column in columns:
        step, slots = -1, slots_of(column)
        spikes, modes = len(column.get("spikes", ())), len(column.get("means", ()))
        if modes:
            step, place = place, place + 1
        width = slots if slots > 1 else 0
        found.append(Span(step, place, place + width, (spikes, spikes + modes)))
        place += width
    return found


def width_of(columns: Sequence[Column]) -> int:
    """Return how many columns the matrix has."""
    return max((span.stop for span in spans_of(columns)), default=0)


def encoded(
    columns: Sequence[Column],
    numbers: np.ndarray,
    codes: np.ndarray,
    keys: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Return rows as a matrix.

    Parameters
    ----------
    columns : sequence of Column
    numbers, codes : arrays of shape (n_rows, ...)
        As of `learned`.
    keys : array of int64, shape (n_rows,)
        By which a mode is drawn for a number that may be of several.
    seed : int

    Returns
    -------
    array of shape (n_rows, width), float32
    """
    made = np.zeros((len(keys), width_of(columns)), dtype="float32")
    rows = np.arange(len(keys))
    for i, (column, span) in enumerate(zip(columns, spans_of(columns), strict=True)):
        if "levels" in column:
            slots = _slots_of_codes(column, codes[:, i - numbers.shape[1]])
        else:
            drawn = uniform(keys, seed, f"mode {i}")
            slots, steps = places_in(column, numbers[:, i], drawn)
            if span.step >= 0:
                made[:, span.step] = steps
        if span.stop > span.start:
            made[rows, span.start + slots] = 1.0
    return made


def decoded(
    columns: Sequence[Column],
    raw: np.ndarray,
    deviations: np.ndarray,
    n_numbers: int,
    turns: np.ndarray,
    seed: int,
    name: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that a network describes: slots are drawn by their chances.

    Parameters
    ----------
    columns : sequence of Column
    raw : array of shape (n_rows, width)
        Scores of the slots, and numbers whose hyperbolic tangent is a step.
    deviations : array of shape (width,)
        The standard deviations of the steps.
    n_numbers : int
        How many of the columns, the first ones, hold numbers.
    turns : array of shape (n_rows,), int64
        The running numbers of the rows, which key the draws.
    seed : int
    name : str
        What the draws are for.

    Returns
    -------
    numbers : array of shape (n_rows, n_numbers), float64
    codes : array of shape (n_rows, n_columns - n_numbers), int32
    """
    numbers = np.empty((len(raw), n_numbers))
    codes = np.empty((len(raw), len(columns) - n_numbers), dtype="int32")
    for i, (column, span) in enumerate(zip(columns, spans_of(columns), strict=True)):
        slots = np.zeros(len(raw), dtype="int64")
        if span.stop > span.start:
            drawn = uniform(turns, seed, f"{name}/slot {i}")
            slots = _drawn_slots(raw[:, span.start : span.stop], drawn)
        if "levels" in column:
            drawn = uniform(turns, seed, f"{name}/rest {i}")
            codes[:, i - n_numbers] = _codes_of_slots(column, slots, drawn)
            continue
        steps = np.zeros(len(raw))
        if span.step >= 0:
            noise = normal(turns, seed, f"{name}/step {i}")
            steps = np.tanh(raw[:, span.step]) + deviations[span.step] * noise
        numbers[:, i] = _values_of_slots(column, slots, np.clip(steps, -1.0, 1.0))
    return numbers, codes


def _drawn_slots(scores: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return a slot for each row, drawn by the softmax of their scores."""
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    running = np.cumsum(chances, axis=1)
    slots: np.ndarray = (running < (drawn * running[:, -1])[:, None]).sum(axis=1)
    return slots


def _values_of_slots(column: Column, slots: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the numbers of slots, and of steps where those are modes."""
    spikes, means = np.array(column["spikes"], float), np.array(column["means"], float)
    values = np.full(len(slots), np.nan)
    shared = slots < len(spikes)
    values[shared] = spikes[slots[shared]]
    between = ~shared & (slots < len(spikes) + len(means))
    mode = slots[between] - len(spikes)
    spreads = np.array(column["spreads"], float)
    values[between] = means[mode] + 4.0 * spreads[mode] * steps[between]
    if len(means):
        values[between] = np.clip(values[between], column["low"], column["high"])
    return np.rint(values) if column.get("whole") else values


def _slots_of_codes(column: Column, codes: np.ndarray) -> np.ndarray:
    """Return the slot of each code; the last one is that of missing ones."""
    levels, rest = column["levels"], column["rest"]
    table = np.zeros(max([*levels, *rest], default=-1) + 2, dtype="int64")
    table[levels] = np.arange(len(levels))
    table[rest] = len(levels)
    # The code -1, of missing ones, is the last place of the table.
    table[-1] = slots_of(column) - 1
    slots: np.ndarray = table[codes]
    return slots


def _codes_of_slots(column: Column, slots: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the code of each slot; a rare level is drawn by how frequent it is."""
    levels = np.array([*column["levels"], *([-2] if column["rest"] else []), -1], dtype="int32")
    codes: np.ndarray = levels[slots]
    if column["rest"]:
        rest, running = np.array(column["rest"], "int32"), np.cumsum(column["rest_rows"])
        which = np.searchsorted(running, drawn * running[-1], side="right")
        codes = np.where(codes == -2, rest[which], codes)
    return codes
