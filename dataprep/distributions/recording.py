"""Distributions of columns as plain JSON: order statistics with exact counts, or counted levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataprep.distributions.seen import (
    Form,
    Levels,
    Numbers,
    coded_columns,
    form_of,
    seen_levels,
    seen_numbers,
)
from dataprep.table import Table

_PER_MILLE = np.array([0, 1, 2, 5, *range(10, 1000, 10), 995, 998, 999, 1000])
"""A sketch holds the values at these shares of the rows: every hundredth, and the far ends."""
KEPT_LEVELS = 200
"""Levels that are recorded by name; the others are counted as one."""
Recorded = dict[str, Any]
"""The distribution of a column, as JSON holds it."""


def recorded(table: Table, columns: Sequence[str]) -> dict[str, Recorded]:
    """Return the distribution of columns, as JSON holds it.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        Those of which nothing can be said (of kind ``other``) are left out.

    Returns
    -------
    dict
        By column: ``form``, ``kind``, ``rows`` with a value, ``missing`` ones. Numbers, times (in
        microseconds since 1970) and lengths of texts: ``edges``, at most 107 of their values, with
        the exact number of rows ``below`` each and ``upto`` it. Levels: the counts of the 200 most
        frequent ``levels``, the ``rest``, and how many ``distinct`` ones there are.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> table = open_frame(pd.DataFrame({"plan": ["a", "b", "a", None] * 5})).table
    >>> recorded(table, ["plan"])["plan"]["levels"]
    {'a': 10, 'b': 5}
    """
    coded = coded_columns(table, columns)
    forms = {n: form for n in columns if (form := form_of(n, table, coded)) is not None}
    numbers: dict[str, Form] = {n: form for n, form in forms.items() if form != "levels"}
    found = {
        name: sketch(seen, numbers[name], table.kinds[name])
        for name, seen in seen_numbers(table, numbers)
    }
    for name, form in forms.items():
        if form == "levels":
            found[name] = of_levels(seen_levels(table, name), table.kinds[name])
    return {name: found[name] for name in forms}


def present(table: Table, columns: Sequence[str]) -> dict[str, Recorded]:
    """Return of columns that are not to be compared what they are, and how many values they have.

    Parameters
    ----------
    table : Table
    columns : sequence of str
    """
    counts, height = table.counts(columns), table.height()
    return {
        name: {
            "form": "presence",
            "kind": table.kinds[name],
            "rows": counts[name],
            "missing": height - counts[name],
        }
        for name in columns
    }


def sketch(seen: Numbers, form: Form, kind: str) -> Recorded:
    """Return the sketch of numbers: order statistics, and the exact counts at each.

    The distribution function is exact at the edges, so that the Kolmogorov-Smirnov statistic of
    two columns at the edges of one is at most the true one, and less by no more than what lies
    between two edges: one hundredth of the rows, where no value holds more.
    """
    values = seen.values
    # Whole numbers, so that no rounding decides which rows these are.
    places = -(-_PER_MILLE * len(values) // 1000) - 1
    edges = np.unique(values[np.maximum(places, 0)]) if len(values) else values
    whole = form != "numbers" or kind == "integer"
    return {
        "form": form,
        "kind": kind,
        "rows": len(values),
        "missing": seen.missing,
        "edges": [int(edge) if whole else float(edge) for edge in edges],
        "below": np.searchsorted(values, edges, "left").tolist(),
        "upto": np.searchsorted(values, edges, "right").tolist(),
    }


def of_levels(seen: Levels, kind: str, most: int | None = KEPT_LEVELS) -> Recorded:
    """Return the most frequent levels with their counts, all without ``most``; the rest as one."""
    kept = dict(list(seen.counts.items())[:most])
    return {
        "form": "levels",
        "kind": kind,
        "rows": seen.present,
        "missing": seen.missing,
        "levels": kept,
        "rest": seen.present - sum(kept.values()),
        "distinct": seen.distinct,
    }


def boundaries(record: Mapping[str, Any]) -> list[tuple[float, bool, int]]:
    """Return the boundaries of the bins for the stability index, from a sketch.

    They are the deciles of the reference; one that holds a tenth of the rows or more is a bin of
    its own.

    Returns
    -------
    list of (float, bool, int)
        A value, whether the bin before it holds it too, and the reference rows up to there.
    """
    rows, found = record["rows"], []
    upto, below = np.asarray(record["upto"]), np.asarray(record["below"])
    wanted = -(-np.arange(1, 10) * rows // 10)
    for i in np.unique(np.searchsorted(upto, wanted)).tolist():
        edge = float(record["edges"][i])
        if 10 * (upto[i] - below[i]) >= rows:
            found.append((edge, False, int(below[i])))
        found.append((edge, True, int(upto[i])))
    return found
