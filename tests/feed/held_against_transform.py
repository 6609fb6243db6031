"""A preprocessing model held against ``pipeline.transform``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import dataprep as dp
from dataprep.testing.tables import given_as


def frame_of(table: Any) -> pd.DataFrame:
    """Return an Arrow table as the pandas frame that a caller has."""
    return given_as(table, "pandas", 1, Path())


def check_equal(pipeline: dp.Pipeline, rows: pd.DataFrame, *, dtype: Any = "float64") -> None:
    """Hold a model's output against ``transform``: every row at once, and one alone."""
    from dataprep.feed.serving import model_inputs, preprocessing_model

    wanted = pipeline.transform(rows)
    features = [name for name in wanted.columns if name not in pipeline.roles_]
    inputs = model_inputs(pipeline, rows)
    model = preprocessing_model(pipeline, dtype=dtype)
    assert list(model.input) == list(inputs)
    found = model(inputs)
    assert list(found) == features
    for name in features:
        check_column(found[name].numpy(), wanted[name], 1e-6 if dtype == "float32" else 1e-12)
    alone = model({name: values[5:6] for name, values in inputs.items()})
    for name in features:
        np.testing.assert_array_equal(alone[name].numpy(), found[name].numpy()[5:6])


def check_column(found: np.ndarray, wanted: pd.Series, nearness: float) -> None:
    """Hold a column's values against those of a frame."""
    if found.dtype == object:
        texts = ["" if pd.isna(value) else str(value) for value in wanted]
        if wanted.name == "day":
            texts = [text.removesuffix(" 00:00:00") for text in texts]
        assert [value.decode() for value in found] == texts, wanted.name
        return
    numbers = pd.to_numeric(wanted).astype("Float64").to_numpy("float64", na_value=np.nan)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(
            found, numbers.astype(found.dtype), nearness, nearness, err_msg=str(wanted.name)
        )
