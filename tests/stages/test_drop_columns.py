"""Columns that say nothing, or nothing more than another: which go, which stay, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.stages.correlated import correlations

ROWS = 200


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(size=ROWS)
    return pd.DataFrame(
        {
            "x": x,
            "twice": 2 * x + rng.normal(0, 0.01, ROWS),
            "minus": -np.exp(x),
            "other": rng.normal(size=ROWS),
            "same": ["kg"] * ROWS,
            "nearly": [1] + [0] * (ROWS - 1),
            "none": [np.nan] * ROWS,
            "gaps": [np.nan] * 150 + [1.0, 2.0] * 25,
            "mark": ["Y"] * 20 + [None] * (ROWS - 20),
            "name": [f"row {i}" for i in range(ROWS)],
        }
    )


def removed(**parameters: Any) -> dict[str, str]:
    result = dp.clean(frame(), pipeline=dp.Pipeline([dp.DropColumns(**parameters)]))
    pd.testing.assert_frame_equal(result.undo(), frame())
    found: dict[str, str] = result.summary["stages"][0]["columns_removed"]
    return found


SILENT = {"constant": False, "empty": False, "near_constant": None}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {},
            {
                "same": "constant: one value in all 200 rows",
                "nearly": "near-constant: 199 of 200 rows agree",
                "none": "empty: no value in 200 rows",
            },
        ),
        (SILENT, {}),
        ({**SILENT, "constant": True}, {"same": "constant: one value in all 200 rows"}),
        ({**SILENT, "empty": True}, {"none": "empty: no value in 200 rows"}),
        (
            {**SILENT, "near_constant": 0.9},
            {
                "nearly": "near-constant: 199 of 200 rows agree",
                "mark": "near-constant: 180 of 200 rows agree",
            },
        ),
        (
            {**SILENT, "max_missing": 0.5},
            {
                "none": "200 of 200 values missing",
                "gaps": "150 of 200 values missing",
                "mark": "180 of 200 values missing",
            },
        ),
        ({**SILENT, "distinct": True}, {"name": "distinct: no two of 200 values agree"}),
        (
            {**SILENT, "distinct": True, "columns": ["x", "other", "name"]},
            dict.fromkeys(["x", "other", "name"], "distinct: no two of 200 values agree"),
        ),
    ],
)
def test_which_columns_go_and_why(parameters: dict[str, Any], expected: dict[str, str]) -> None:
    """Each parameter removes the columns that it describes, each with its reason."""
    assert removed(**parameters) == expected


def test_the_later_of_two_correlated_columns_goes() -> None:
    """A column that follows an earlier one goes, whatever the sign; ranks find curves too."""
    found = removed(**SILENT, max_correlation=0.95)
    assert list(found) == ["twice"]
    assert found["twice"] == "correlates with 'x': 1.000 (pearson)"
    assert removed(**SILENT, max_correlation=0.95, correlation="spearman") == {
        "twice": "correlates with 'x': 1.000 (spearman)",
        "minus": "correlates with 'x': -1.000 (spearman)",
    }


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations_are_those_of_pandas(method: Any) -> None:
    """Over the rows where both are present, the correlations are the ones that pandas finds."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) + 1e6
    if method == "pearson":
        values[rng.random(values.shape) < 0.2] = np.nan
    expected = pd.DataFrame(values).corr(method)
    np.testing.assert_allclose(correlations(list(values.T), method), expected, atol=1e-8)


def test_a_column_without_spread_correlates_with_none() -> None:
    """Constant and empty columns have no correlation, and no division by zero is noticed."""
    x = np.arange(5.0)
    with np.errstate(all="raise"):
        found = correlations([x, np.full(5, 0.1), np.full(5, np.nan)], "pearson")
    assert found.tolist() == [[1.0, 0.0, 0.0], [0.0] * 3, [0.0] * 3]


def test_target_and_id_stay_unless_named() -> None:
    """A constant id is no feature; a named column goes whatever its role."""
    given = pd.DataFrame({"id": ["a"] * 4, "x": [1.0, 2.0, 3.0, 4.0], "y": [0, 1, 0, 1]})
    pipe = dp.Pipeline([dp.DropColumns()], target="y", id="id").fit(given)
    assert pipe.transform(given).columns.tolist() == ["id", "x", "y"]
    pipe = dp.Pipeline([dp.DropColumns(columns=["id", "x"])], target="y", id="id").fit(given)
    assert pipe.transform(given).columns.tolist() == ["x", "y"]


def test_what_goes_is_learned_once() -> None:
    """Later rows lose the columns of fit, however they vary, and keep the others."""
    stage = dp.DropColumns().fit(pd.DataFrame({"a": [1, 1], "b": [1, 2]}))
    assert stage.transform(pd.DataFrame({"a": [1, 2], "b": [3, 3]})).columns.tolist() == ["b"]


def test_a_single_row_decides_nothing() -> None:
    """Every column of one row is constant: none goes for it."""
    given = pd.DataFrame({"a": [1], "b": ["x"]})
    assert dp.DropColumns().fit(given).transform(given).columns.tolist() == ["a", "b"]


def test_nothing_left_is_an_error() -> None:
    """A table that would lose all of its features is refused."""
    with pytest.raises(DataError, match="every feature would go: a, b"):
        dp.DropColumns().fit(pd.DataFrame({"a": [1, 1], "b": [2, 2]}))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"near_constant": 0.0}, "drop_columns.near_constant"),
        ({"max_missing": 1.5}, "drop_columns.max_missing"),
        ({"max_correlation": 1.0}, "drop_columns.max_correlation"),
        ({"correlation": "kendall"}, "drop_columns.correlation"),
        ({"columns": "naem"}, "Did you mean 'name'"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], message: str) -> None:
    """A parameter that cannot be meant is refused at fit."""
    with pytest.raises(ConfigError, match=message):
        dp.DropColumns(**parameters).fit(frame())


def test_a_name_may_end_in_a_blank(tmp_path):
    """A column of a file whose name ends in a blank is counted like any other."""
    path = tmp_path / "regions.csv"
    regions = ["west ", "west", "east", "north", "west "] * 40
    pd.DataFrame({"region": regions, "x": range(200)}).to_csv(path, index=False)
    stages = [dp.Encode(method="one_hot", columns=["region"]), dp.DropColumns(near_constant=0.7)]
    after = dp.clean(path, pipeline=dp.Pipeline(stages)).data
    assert after.columns == ["x", "region_west "]
