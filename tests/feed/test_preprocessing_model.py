"""A preprocessing model does to a batch what ``pipeline.transform`` does to a frame."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, SchemaError
from dataprep.feed.serving.translations import REFUSED, translation_of
from dataprep.registry import stage_class, stage_names
from dataprep.testing.tables import class_table, given_as, sample_table, text_table
from tests.contracts.test_check_stage import VARIANTS

ROOT = Path(__file__).parent.parent.parent
ADULT = ROOT.parent / "shared" / "data" / "tables" / "adult-train.csv"
NAMES = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours per week", "country"),
    "income",
]
UNTRANSLATED_DATES = ("when", "order", "sent")
"""Columns whose dates are written in a way that no graph reads."""


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Without TensorFlow's own words; imported here, so that collecting tests does not."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return pytest.importorskip("tensorflow", reason="the extra 'tensorflow' is not installed")


def frame_of(table: Any) -> pd.DataFrame:
    """Return an Arrow table as the pandas frame that a caller has."""
    return given_as(table, "pandas", 1, Path())


def strange(train: pd.DataFrame) -> pd.DataFrame:
    """Return rows as at serving: gaps, unseen levels, infinities and extremes among them."""
    new = train.head(12).copy()
    column = new.columns.get_loc
    for i, value in enumerate((np.inf, -np.inf, 1e300, -1e300, 1e-300, np.nan, -0.0)):
        new.iloc[i, column("amount")] = value
    for i, value in enumerate((2**40, -(2**40), 0)):
        new.iloc[i, column("count")] = value
    new.iloc[2:4, column("children")] = [pd.NA, 77]
    new.iloc[1:5, column("plan")] = ["unseen", None, "nan", "plus "]
    new.iloc[3:6, column("active")] = pd.NA
    new.iloc[4:7, column("note")] = [None, "plain words 1", "-1"]
    return new


def check_equal(pipeline: dp.Pipeline, rows: pd.DataFrame, **options: Any) -> None:
    """Hold a model's output against ``transform``: every row at once, and each alone."""
    from dataprep.feed.serving import model_inputs, preprocessing_model

    wanted = pipeline.transform(rows)
    features = [name for name in wanted.columns if name not in pipeline.roles_]
    inputs = model_inputs(pipeline, rows)
    for dtype, nearness in (("float64", 1e-12), ("float32", 1e-6)):
        model = preprocessing_model(pipeline, dtype=dtype, **options)
        assert list(model.input) == list(inputs)
        found = model(inputs)
        assert list(found) == features
        for name in features:
            check_column(found[name].numpy(), wanted[name], nearness)
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


def is_refused(name: str, parameters: dict[str, Any]) -> bool:
    """Tell whether no graph can say a stage with these parameters."""
    strategies = {parameters.get("strategy"), *parameters.get("overrides", {}).values()}
    return (
        name in REFUSED
        or bool(strategies & {"forward", "backward", "interpolate"})
        or parameters.get("case") == "title"
        or bool(parameters.get("regex"))
    )


REPAIRS = [
    pytest.param(name, parameters, id=f"{name}-{i}")
    for name, variants in VARIANTS.items()
    for i, parameters in enumerate(variants)
    if stage_class(name)(**parameters).phase == "repair"
]


@pytest.mark.parametrize(("name", "parameters"), REPAIRS)
def test_each_stage_is_as_in_transform_or_refused(name: str, parameters: dict[str, Any]) -> None:
    """Every stage of the repair phase, with each set of parameters, is equal or refused."""
    from dataprep.feed.serving import preprocessing_model

    options = {"new_spellings": "new_level"} if name == "merge_categories" else {}
    if name == "types":
        table = text_table().drop_columns(list(UNTRANSLATED_DATES))
        train = frame_of(table)
        rows = train
    else:
        train = frame_of(sample_table())
        rows = strange(train)
    pipeline = dp.Pipeline([stage_class(name)(**parameters)]).fit(train)
    if is_refused(name, parameters):
        with pytest.raises(ConfigError, match=f"0:{name}: this stage cannot be part of a model"):
            preprocessing_model(pipeline)
        return
    if "error" in (parameters.get("handle_unknown"), parameters.get("handle_missing")):
        rows = train
    check_equal(pipeline, rows, **options)
