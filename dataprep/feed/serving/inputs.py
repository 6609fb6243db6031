"""Rows of a frame as what a preprocessing model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from dataprep.feed.serving.model import input_kinds
from dataprep.optional import require
from dataprep.registry import engine_functions
from dataprep.table import Table

if TYPE_CHECKING:
    from dataprep.kinds import Kind
    from dataprep.pipeline import Pipeline

_UNITS = {"date": "D", "timestamp": "us"}


def model_inputs(pipeline: Pipeline, rows: Any) -> dict[str, Any]:
    """Return rows as the inputs of the pipeline's `preprocessing_model`.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted.
    rows : pandas, Polars or Arrow frame, or Table
        With the columns of fit; those with a role may be absent.

    Returns
    -------
    dict of str to tensor of shape (n_rows,)
        float64 with NaN where missing, or text with ``""``.

    Raises
    ------
    SchemaError
        When columns are missing, or hold values of another type than at fit.
    """
    tf = require("tensorflow", "tensorflow")
    kinds = input_kinds(pipeline)
    given = rows.to_arrow() if isinstance(rows, Table) else rows
    table = pipeline.table_for(engine_functions().open_frame(given).table)
    frame = table.frame
    # Whole numbers that are names keep every digit.
    schema = frame.collect_schema()
    names = [n for n, kind in kinds.items() if not _is_number(kind) and schema[n].is_integer()]
    frame = frame.with_columns(*[nw.col(name).cast(nw.String) for name in names])
    arrays = table.engine.arrays(frame, list(kinds))
    return {name: tf.constant(_plain(arrays[name], kind)) for name, kind in kinds.items()}


def _plain(values: np.ndarray, kind: Kind) -> np.ndarray:
    """Return an array as numbers or text."""
    if _is_number(kind):
        numbers: np.ndarray = values.astype("float64")
        return numbers
    if kind in _UNITS and values.dtype.kind == "M":
        texts = np.datetime_as_string(values.astype(f"datetime64[{_UNITS[kind]}]"))
        listed = [_time(text) for text in texts.tolist()]
    else:
        listed = [_text(value) for value in values.tolist()]
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found


def _is_number(kind: Kind) -> bool:
    return kind in ("integer", "float", "boolean")


def _time(text: str) -> str:
    """Return a time as it is usually written: no ``T``, no fraction of zero."""
    return "" if text == "NaT" else text.replace("T", " ").removesuffix(".000000")


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
