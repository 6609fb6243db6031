"""Which of several rows that are the same stays: one rule for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from dataprep.engine import Frame
from dataprep.table import ROW, hidden

# Row numbers stay below this, so that (completeness, earlier row) fits one whole number.
_MOST_ROWS = 2**40


def near_key(sample: Mapping[str, Sequence[Any]]) -> str | None:
    """Return the column of a sample whose values are (nearly) all different, if there is one.

    Rows that repeat must repeat in any one column too: the values of such a column alone leave
    few candidates, and only those need be compared whole.
    """
    distinct = {name: _distinct(values) for name, values in sample.items()}
    fullest = max(distinct, key=lambda name: distinct[name])
    return fullest if distinct[fullest] >= 0.99 * len(sample[fullest]) else None


def _distinct(values: Sequence[Any]) -> int:
    try:
        return len(set(values))
    except TypeError:
        # Lists and the like cannot be counted so; the column is passed over.
        return 0


def repeats(members: Frame, subset: Sequence[str], keep: str, completeness: Sequence[str]) -> Frame:
    """Return the rows to drop among ``members``, which all have an equal, and the reason.

    Parameters
    ----------
    members : frame
        Rows that agree with at least one other in ``subset``.
    keep : {"first", "last", "none", "most_complete"}
        Which row of a group stays; the most complete one is the first of those with the most
        present values in the columns ``completeness``.
    """
    row = nw.col(ROW)
    if keep == "none":
        return members.select(ROW, nw.lit("one of several rows that are the same").alias("reason"))
    if keep == "first":
        score = -row
    elif keep == "last":
        score = row
    else:
        present = nw.sum_horizontal(
            *[(~nw.col(name).is_null()).cast(nw.Int64) for name in completeness]
        )
        score = present * _MOST_ROWS + (_MOST_ROWS - 1 - row)
    best = members.with_columns(score.alias(hidden("score"))).with_columns(
        nw.col(hidden("score")).max().over(*subset).alias(hidden("best"))
    )
    top = nw.col(hidden("best"))
    if keep == "first":
        kept = -top
    elif keep == "last":
        kept = top
    else:
        kept = (_MOST_ROWS - 1) - top % _MOST_ROWS
    return (
        best.with_columns(kept.cast(nw.Int64).alias(hidden("kept")))
        .filter(row != nw.col(hidden("kept")))
        .select(
            ROW,
            nw.concat_str([nw.lit("same as row "), nw.col(hidden("kept")).cast(nw.String)]).alias(
                "reason"
            ),
        )
    )
