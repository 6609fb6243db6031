"""Scales: scikit-learn's results, types, what is left alone, and the way back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.preprocessing import (
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

import dataprep as dp
from dataprep.errors import ConfigError


@pytest.fixture
def numbers() -> pd.DataFrame:
    """Return 500 rows of floats with a gap, of few whole numbers, and of a skewed column."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "normal": rng.normal(3, 7, 500),
            "whole": rng.integers(0, 9, 500),
            "skewed": rng.exponential(size=500),
        }
    )
    frame.loc[3, "normal"] = np.nan
    return frame


@pytest.mark.parametrize(
    ("parameters", "theirs"),
    [
        ({}, StandardScaler()),
        ({"method": "min_max"}, MinMaxScaler()),
        (
            {"method": "min_max", "feature_range": (-1.0, 2.0), "clip": True},
            MinMaxScaler((-1, 2), clip=True),
        ),
        ({"method": "robust"}, RobustScaler()),
        (
            {"method": "robust", "quantile_range": (10.0, 80.0)},
            RobustScaler(quantile_range=(10, 80)),
        ),
        ({"method": "quantile", "n_quantiles": 50}, QuantileTransformer(n_quantiles=50)),
        (
            {"method": "quantile", "n_quantiles": 100, "output_distribution": "normal"},
            QuantileTransformer(n_quantiles=100, output_distribution="normal"),
        ),
    ],
)
def test_results_are_those_of_scikit_learn(
    numbers: pd.DataFrame, parameters: dict[str, Any], theirs: Any
) -> None:
    """Values at fit, and others beyond them, become what scikit-learn makes of them."""
    stage, theirs = dp.Scale(**parameters).fit(numbers), theirs.fit(numbers)
    for frame in (numbers, numbers * 1.5 - 2):
        np.testing.assert_allclose(
            stage.transform(frame).to_numpy(), theirs.transform(frame), rtol=1e-9, atol=1e-9
        )


def test_a_quantile_for_each_row_is_a_rank(numbers: pd.DataFrame) -> None:
    """With as many quantiles as rows, by default, values that differ become their ranks."""
    out = dp.Scale(method="quantile").fit(numbers).transform(numbers)["skewed"]
    np.testing.assert_allclose(out, (numbers["skewed"].rank() - 1) / 499, atol=1e-12)
    theirs = QuantileTransformer(n_quantiles=500).fit_transform(numbers[["skewed"]])
    np.testing.assert_allclose(out, theirs.ravel(), rtol=1e-9, atol=1e-9)


def test_a_constant_factor_learns_nothing(numbers: pd.DataFrame) -> None:
    """Times a factor is what it says, for a column that does not vary as well."""
    frame = pd.DataFrame({"pixel": [0, 51, 255], "same": [255, 255, 255]})
    out = dp.Scale(method="constant", factor=1 / 255).fit(frame).transform(frame)
    assert out["pixel"].tolist() == pytest.approx([0, 0.2, 1])
    assert out["same"].tolist() == [1.0] * 3


def test_each_column_may_have_its_own_method() -> None:
    """An override takes the place of the method for its column, and the ledger says which."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 5.0], "b": [1.0, 2.0, 5.0]})
    stage = dp.Scale(overrides={"b": "min_max"})
    result = dp.clean(frame, pipeline=dp.Pipeline([stage]))
    assert result.data["b"].tolist() == [0.0, 0.25, 1.0]
    assert dict(zip(result.ledger["column"], result.ledger["reason"], strict=True)) == {
        "a": "standard",
        "b": "min_max",
    }


def test_what_does_not_vary_is_left_alone() -> None:
    """A constant or empty column stays as it is, type and all, and a note names it."""
    frame = pd.DataFrame({"x": [1, 2], "same": [7, 7], "none": [np.nan, np.nan]})
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.Scale()]))
    assert result.data["same"].tolist() == [7, 7]
    assert result.data["same"].dtype == "int64"
    assert result.summary["stages"][0]["notes"] == [
        "its values do not differ, or by too little or too much, left alone: same, none"
    ]


def test_infinities_decide_nothing() -> None:
    """An infinite value takes no part in what is learned, and stays infinite."""
    stage = dp.Scale().fit(pd.DataFrame({"x": [1.0, 3.0, np.inf]}))
    out = stage.transform(pd.DataFrame({"x": [1.0, 3.0, np.inf, np.nan]}))["x"].tolist()
    assert out[:3] == [-1.0, 1.0, np.inf]
    assert np.isnan(out[3])


def given_types(library: str) -> Any:
    """Return columns of small integers, of integers with gaps, of decimals and of short floats."""
    columns: dict[str, Any] = {
        "small": pa.array([1, 2, 4], pa.int8()),
        "gaps": pa.array([1, None, 4], pa.int64()),
        "money": pa.array([Decimal("1.50"), Decimal("2.25"), None]),
        "short": pa.array([1.0, 2.0, 4.0], pa.float32()),
    }
    table = pa.table(columns)
    if library == "pandas":
        types = {pa.int64(): pd.Int64Dtype()}
        frame = table.to_pandas(types_mapper=types.get)
        return frame.assign(held=pd.Series([1, 2, None], dtype=object))
    return pl.from_arrow(table) if library == "polars" else table


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_whole_numbers_and_decimals_become_floats_and_come_back(library: str) -> None:
    """A scaled column is of floats whatever it was; undo gives the column as it came."""
    given = given_types(library)
    result = dp.clean(given, pipeline=dp.Pipeline([dp.Scale()]))
    types = result.data.schema if library != "pandas" else result.data.dtypes
    names = list(given.columns) if library != "pyarrow" else given.column_names
    shown = {name: str(types.field(name).type if library == "pyarrow" else types[name]).lower()
             for name in names}  # fmt: skip
    assert all("float" in t or t == "double" for t in shown.values()), shown
    assert "32" in shown["short"] or shown["short"] == "float"
    back = result.undo()
    if library == "pandas":
        pd.testing.assert_frame_equal(back, given)
    else:
        assert back.equals(given)


def test_large_whole_numbers_come_back_whole() -> None:
    """Undo takes the column as it came, not back through floats, which would lose digits."""
    frame = pd.DataFrame({"n": [2**60 + 1, 2**60 + 3, 2**60 + 7]})
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.Scale(method="min_max")]))
    assert result.undo()["n"].tolist() == frame["n"].tolist()


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_file_is_scaled_and_taken_back(tmp_path: Path, suffix: str) -> None:
    """In a file too, whole numbers become floats, and undo gives the very file again."""
    from dataprep.jobs.clean import clean_path
    from dataprep.jobs.reading import Reading
    from dataprep.jobs.running import Running
    from dataprep.jobs.undo import undo_path

    frame = pd.DataFrame({"n": [0, 2, 4, 10], "x": [0.5, 1.5, 2.5, 7.25], "w": list("abcd")})
    path = tmp_path / f"in.{suffix}"
    match suffix:
        case "csv":
            frame.to_csv(path, index=False)
        case "parquet":
            frame.to_parquet(path)
        case _:
            frame.to_json(path, orient="records", lines=True)
    output = tmp_path / f"out.{suffix}"
    pipe = dp.Pipeline([dp.Scale(method="min_max")])
    clean_path(path, output, lambda table: pipe, {}, Reading(), Running())
    assert dp.read(output).to_pandas()["n"].tolist() == [0.0, 0.2, 0.4, 1.0]
    restored = tmp_path / f"back.{suffix}"
    undo_path(output, restored, Running())
    match suffix:
        case "csv":
            assert restored.read_bytes() == path.read_bytes()
        case "parquet":
            pd.testing.assert_frame_equal(pd.read_parquet(restored), frame)
        case _:
            pd.testing.assert_frame_equal(pd.read_json(restored, lines=True), frame)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "z"}, "scale.method"),
        ({"feature_range": (1.0, 0.0)}, "scale.feature_range"),
        ({"quantile_range": (-5.0, 50.0)}, "no range of percentages"),
        ({"n_quantiles": 1}, "scale.n_quantiles"),
        ({"columns": "w"}, "'w' holds no numbers"),
        ({"overrides": {"w": "robust"}}, "none of the chosen numeric columns"),
        ({"overrides": {"m": "robust"}}, "no column named 'm'"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], message: str) -> None:
    """A parameter that cannot be meant is refused at fit, with what to do."""
    with pytest.raises(ConfigError, match=message):
        dp.Scale(**parameters).fit(pd.DataFrame({"n": [1, 2], "w": ["a", "b"]}))


def test_an_inner_range_of_zero_is_only_centred() -> None:
    """``robust`` centres a column whose inner half is one value, as scikit-learn does."""
    frame = pd.DataFrame({"x": [5.0] * 9 + [100.0]})
    out = dp.Scale(method="robust").fit(frame).transform(frame)
    assert out["x"].tolist() == [0.0] * 9 + [95.0]
    assert out["x"].tolist() == RobustScaler().fit_transform(frame)[:, 0].tolist()


@pytest.mark.parametrize("values", [[0.0, 1e-310, 2e-310], [-1e308, 0.0, 1e308]])
@pytest.mark.parametrize("method", ["standard", "min_max", "robust"])
def test_a_range_beyond_floats_is_left_alone(method: str, values: list[float]) -> None:
    """Where no float holds a scale or its reciprocal, no value is lost, and a note says so."""
    stage = dp.Scale(method=method, quantile_range=(0.0, 100.0))
    result = dp.clean(pd.DataFrame({"x": values}), pipeline=dp.Pipeline([stage]))
    assert result.data["x"].tolist() == values
    assert "left alone: x" in result.summary["stages"][0]["notes"][0]
