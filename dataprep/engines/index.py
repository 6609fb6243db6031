"""Columns that hold the index of a pandas frame, where Arrow data came from one."""

from __future__ import annotations

import json
import re
from typing import Any

_UNNAMED = re.compile(r"__index_level_\d+__")
"""What pandas calls the levels of an index without a name."""


def index_columns(schema: Any) -> list[str]:
    """Return the columns of an Arrow schema that were an index: labels of rows, no measurements.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of a table, or of a Parquet or Feather file.

    Examples
    --------
    >>> import pandas as pd
    >>> import pyarrow as pa
    >>> frame = pd.DataFrame({"x": [1, 2, 3, 4]})
    >>> index_columns(pa.Table.from_pandas(frame).schema)
    []
    >>> index_columns(pa.Table.from_pandas(frame[frame["x"] != 3]).schema)
    ['__index_level_0__']
    """
    try:
        told = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))["index_columns"]
    except (ValueError, KeyError, TypeError):
        told = []
    # A range is described, and is no column.
    named = [name for name in told if isinstance(name, str)]
    return [n for n in schema.names if n in named or is_unnamed_index(n)]


def is_unnamed_index(name: str) -> bool:
    """Tell whether a column is called as pandas calls an index without a name."""
    return _UNNAMED.fullmatch(name) is not None
