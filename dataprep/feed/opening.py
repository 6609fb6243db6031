"""What every way of feeding begins with: a caller's source, opened, and what weighs its rows."""

from __future__ import annotations

import warnings
from typing import Any

from dataprep.feed.parquet import Streamed
from dataprep.feed.rows import Held
from dataprep.feed.sources import opened
from dataprep.feed.weighing import Weigher, column_asked


def opened_weighed(source: Any, weights: Any, **said: Any) -> tuple[Held | Streamed, Weigher]:
    """Return a caller's rows and what weighs them; warn of columns that nobody left out.

    Parameters
    ----------
    source : frame, Result, Table, path or Rows
    weights : str or list of str, optional
        As in `dataprep.feed.dataset`.
    **said
        What else is said of the source, by the names of `dataprep.feed.sources.opened`.
    """
    rows = opened(source, weight=column_asked(weights), **said)
    # Rows that a caller opened have told already, and have it in `left_out`.
    if rows is not source and rows.left_out:
        told = ", ".join(f"{name} ({why})" for name, why in rows.left_out.items())
        warnings.warn(f"not fed: {told}; encode them, or name them in columns=[...]", stacklevel=3)
    return rows, Weigher.asked(rows, weights)
