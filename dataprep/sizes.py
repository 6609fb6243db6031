"""How much memory columns take as arrays, and how much they may."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dataprep.errors import DataError

LARGEST_MATRIX = 2 * 2**30
"""How many bytes a matrix may take."""
_WORTH_TELLING = 100 * 2**20
"""A smaller one is not worth a line in the log."""
_TEXT = 57
"""How many bytes a text takes besides its signs: Python's string, and the pointer to it."""
log = logging.getLogger("dataprep")


_FEWER = {"sampling_strategy": "0.5 or {'cap': 100000}", "share": "0.1"}
"""Values of the parameters that say how many rows are made."""


def check_made(rows: int, columns: int, stage: str, by: str = "sampling_strategy") -> None:
    """Say how much memory new rows will take; raise where there is not so much left.

    Parameters
    ----------
    rows, columns : int
    stage : str
        Who makes them.
    by : str, default="sampling_strategy"
        The parameter that says how many, for messages.
    """
    import psutil

    size, left = 2 * 8 * rows * columns, psutil.virtual_memory().available
    level = logging.INFO if size >= _WORTH_TELLING else logging.DEBUG
    log.log(level, "%s: %d new rows: about %.0f MB", stage, rows, size / 2**20)
    if size > left:
        raise DataError(
            f"{rows:,} new rows of {columns} columns would take {size / 2**30:.1f} GB, "
            f"{left / 2**30:.1f} GB are left",
            place=stage,
            remedy=f"Ask for fewer rows with {by}, e.g. {_FEWER[by]}.",
        )


def check_matrix(rows: int, columns: Sequence[str], texts: int, length: float) -> None:
    """Say how much memory a matrix will take; raise where that is more than `LARGEST_MATRIX`.

    Parameters
    ----------
    rows : int
    columns : sequence of str
    texts : int
        How many of the columns hold text.
    length : float
        How many signs the texts of a row have together, in the mean.
    """
    size = rows * (8 * (1 + len(columns) - texts) + _TEXT * texts + length)
    level = logging.INFO if size >= _WORTH_TELLING else logging.DEBUG
    log.log(level, "a matrix of %d columns: about %.0f MB", len(columns), size / 2**20)
    if size > LARGEST_MATRIX:
        raise DataError(
            f"a matrix of {rows:,} rows and {len(columns)} columns would take "
            f"{size / 2**30:.1f} GB",
            place=", ".join(columns[:5]),
            remedy="Choose fewer columns, or let the stage learn from fewer rows.",
        )
