"""Outliers: bounds by hand, tails, actions, groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.errors import ConfigError

# Quartiles 2 and 4, so that Tukey's fences are -1 and 7; median 3, median deviation 1.
X = [1.0, 2.0, 3.0, 4.0, 100.0]
LOW = [-100.0, 2.0, 3.0, 4.0, 100.0]


def frame(values: list[Any], **others: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"x": values, **others})


def bounds(stage: Any, values: list[Any]) -> Any:
    return stage.fit(frame(values)).states_[0]["overall"]["x"]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (dp.IQR(), [-1.0, 7.0]),
        (dp.IQR(k=3.0), [-4.0, 10.0]),
        (dp.IQR(k=0.0), [2.0, 4.0]),
        (dp.IQR(tail="left"), [-1.0, None]),
        (dp.IQR(tail="right"), [None, 7.0]),
        (dp.Quantile(lower=0.25, upper=0.75), [2.0, 4.0]),
        (dp.Quantile(lower=0.125, upper=0.875), [1.5, 52.0]),
        (dp.Quantile(lower=0.0, upper=1.0), [1.0, 100.0]),
    ],
)
def test_quantile_bounds(stage: Any, expected: list[float]) -> None:
    """Fences come from exact quantiles, linearly interpolated."""
    assert bounds(stage, X) == expected


def test_z_score_bounds() -> None:
    """Mean 22 and population deviation sqrt(1522) give the bounds."""
    mean, spread = np.mean(X), np.std(X)
    assert bounds(dp.ZScore(threshold=1.5), X) == pytest.approx(
        [mean - 1.5 * spread, mean + 1.5 * spread], rel=1e-11
    )
    assert np.std(X) == pytest.approx(1522**0.5)


def test_mad_bounds() -> None:
    """Median 3 and median deviation 1 give 3 -/+ threshold / 0.6745."""
    assert bounds(dp.MAD(), X) == pytest.approx([3 - 3.5 / 0.6745, 3 + 3.5 / 0.6745])
    assert bounds(dp.MAD(threshold=0.6745), X) == pytest.approx([2.0, 4.0])


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("both", [-1.0, 2.0, 3.0, 4.0, 7.0]),
        ("left", [-1.0, 2.0, 3.0, 4.0, 100.0]),
        ("right", [-100.0, 2.0, 3.0, 4.0, 7.0]),
    ],
)
def test_tails(tail: str, expected: list[float]) -> None:
    """A tail that is not asked for stays as it is."""
    assert dp.IQR(tail=tail).fit(frame(X)).transform(frame(LOW))["x"].tolist() == expected


def test_clip_moves_to_the_bound() -> None:
    """Values outside take the bound; a missing value stays missing."""
    out = dp.IQR().fit(frame(X)).transform(frame([-5.0, -1.0, None, 7.0, 7.5]))["x"]
    assert out.fillna(-9).tolist() == [-1.0, -1.0, -9.0, 7.0, 7.0]


def test_null_makes_missing() -> None:
    """Values outside become missing, those on the bound stay."""
    out = dp.IQR(action="null").fit(frame(X)).transform(frame([-5.0, -1.0, 7.0, 7.5]))["x"]
    assert out.isna().tolist() == [True, False, False, True]


def test_flag_adds_a_column() -> None:
    """Values stay; a boolean column says which of them lie outside, missing ones do not."""
    out = dp.IQR(action="flag").fit(frame(X)).transform(frame([-5.0, None, 3.0, 8.0]))
    assert out.columns.tolist() == ["x", "x_outlier"]
    assert out["x_outlier"].tolist() == [True, False, False, True]
    assert out["x"].fillna(-9).tolist() == [-5.0, -9.0, 3.0, 8.0]


def test_drop_rejects_the_row_whole() -> None:
    """A row outside is rejected with the bound as its reason; one with a missing value stays."""
    given = frame([*X, None], name=list("abcdef"))
    result = dp.clean(given, pipeline=dp.Pipeline([dp.IQR(action="drop")]))
    assert result.data["name"].tolist() == ["a", "b", "c", "d", "f"]
    assert result.rejected.to_dict("list") == {
        "x": [100.0],
        "name": ["e"],
        "_row": [4],
        "_stage": ["0:iqr"],
        "_reason": ["x: outside [-1, 7]"],
    }


def test_the_first_condition_gives_the_reason() -> None:
    """A row that is outside in two columns is dropped once, for the first of them."""
    given = frame(X, z=X)
    result = dp.clean(given, pipeline=dp.Pipeline([dp.IQR(action="drop")]))
    assert result.rejected["_reason"].tolist() == ["x: outside [-1, 7]"]


def test_ledger_holds_the_learned_bound() -> None:
    """The ledger says what a cell was, what it became, and the bounds that decided."""
    result = dp.clean(frame(X), pipeline=dp.Pipeline([dp.IQR()]))
    assert result.ledger.to_dict("records") == [
        {
            "row": 4,
            "column": "x",
            "stage": "0:iqr",
            "action": "clip",
            "before": "100.0",
            "after": "7.0",
            "reason": "outside [-1, 7]",
        }
    ]


@pytest.mark.parametrize("stage", [dp.IQR(), dp.ZScore(), dp.MAD(), dp.Quantile()])
@pytest.mark.parametrize("action", ["clip", "drop", "null", "flag"])
def test_zero_spread_is_left_alone(stage: Any, action: str) -> None:
    """A column without a spread is not treated, whatever the action, and a note says so."""
    stage = type(stage)(action=action)
    result = dp.clean(frame([5.0] * 20), pipeline=dp.Pipeline([stage]))
    assert result.data["x"].tolist() == [5.0] * 20
    assert result.summary["stages"][0]["notes"] == ["no spread, left alone: x"]
    assert len(result.ledger) == 0


@pytest.mark.parametrize("stage", [dp.IQR(), dp.MAD()])
def test_a_spread_of_zero_does_not_make_an_outlier_of_all_else(stage: Any) -> None:
    """Where most values are the same, the few others are not all outliers for it."""
    values = [0.0] * 30 + [1.0, 2.0, 3.0]
    result = dp.clean(frame(values), pipeline=dp.Pipeline([stage]))
    assert result.data["x"].tolist() == values
    assert result.summary["stages"][0]["notes"] == ["no spread, left alone: x"]


def test_rounding_is_no_spread() -> None:
    """The deviation of a constant that floats cannot hold exactly is zero."""
    assert bounds(dp.ZScore(), [0.1] * 1001) is None
    assert bounds(dp.ZScore(), [1e9 + 0.1] * 1001) is None


def test_bounds_of_integers_are_rounded_inward() -> None:
    """An integer column keeps its type, and no value is moved outside the true bounds."""
    given = pd.DataFrame({"n": [0, 3, 4, 6, 100]})
    stage = dp.IQR(k=0.5).fit(given)  # quartiles 3 and 6: fences 1.5 and 7.5
    assert stage.states_[0]["overall"]["n"] == [2, 7]
    out = stage.transform(given)["n"]
    assert out.tolist() == [2, 3, 4, 6, 7]
    assert out.dtype == "int64"


def test_large_integers_keep_their_digits() -> None:
    """Whole numbers past 2**53 are not taken through floats."""
    big = 2**53 + 1
    given = pd.DataFrame({"n": [big, big + 1, big + 2, big + 3, big + 4, 0]})
    out = dp.IQR().fit(given).transform(given)["n"]
    assert out.tolist()[:5] == given["n"].tolist()[:5]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("by", [None, "g"])
def test_bounds_beyond_a_narrow_type(library: str, by: str | None) -> None:
    """A lower bound of -5 clips nothing in an unsigned column, and the type stays."""
    import pyarrow as pa

    given: Any = pa.table({"n": pa.array([1, 2, 3, 4, 100, 5], pa.uint8()), "g": ["a"] * 6})
    if library == "polars":
        given = pl.from_arrow(given)
    elif library == "pandas":
        given = given.to_pandas()
    out = dp.IQR(k=3, by=by).fit(given).transform(given)["n"]
    assert (out.to_pylist() if library == "pyarrow" else out.to_list()) == [1, 2, 3, 4, 12, 5]
    assert str(getattr(out, "dtype", getattr(out, "type", ""))).lower() == "uint8"


def test_infinite_values_do_not_decide_the_bounds() -> None:
    """Infinities are outliers, and no part of mean, deviation or quantile."""
    values = [*X, np.inf, -np.inf]
    assert bounds(dp.IQR(), values) == [-1.0, 7.0]
    assert bounds(dp.ZScore(), values) == bounds(dp.ZScore(), X)
    out = dp.IQR().fit(frame(values)).transform(frame(values))["x"].tolist()
    assert out == [1.0, 2.0, 3.0, 4.0, 7.0, 7.0, -1.0]


GROUPS = frame(
    [1.0, 2.0, 3.0, 4.0, 100.0, 101.0, 102.0, 103.0, 104.0, 5.0],
    g=["a"] * 5 + ["b"] * 5,
)


def test_bounds_by_group() -> None:
    """Each group is judged by its own bounds: 100 is far out in one and usual in the other."""
    stage = dp.IQR(by="g").fit(GROUPS)
    assert stage.states_[0]["groups"] == [
        {"group": ["a"], "learned": {"x": [-1.0, 7.0]}},
        {"group": ["b"], "learned": {"x": [98.0, 106.0]}},
    ]
    assert stage.transform(GROUPS)["x"].tolist() == [
        *[1.0, 2.0, 3.0, 4.0, 7.0],
        *[101.0, 102.0, 103.0, 104.0, 98.0],
    ]


def test_a_new_group_has_the_bounds_of_all() -> None:
    """A group that was not there at ``fit`` is judged as the whole column is."""
    stage = dp.IQR(by="g").fit(GROUPS)
    low, high = stage.states_[0]["overall"]["x"]
    out = stage.transform(frame([-1e6, 1e6], g=["new", None]))
    assert out["x"].tolist() == [low, high]


def test_a_group_without_spread_is_left_alone() -> None:
    """A constant group is not clipped to its constant, nor judged by the others."""
    given = frame([*X, 900.0, 900.0, 900.0], g=["a"] * 5 + ["b"] * 3)
    stage = dp.IQR(by="g").fit(given)
    served = frame([900.0, 1e6, 1e6], g=["b", "b", "a"])
    assert stage.transform(served)["x"].tolist() == [900.0, 1e6, 7.0]


def test_rows_without_a_group_are_a_group() -> None:
    """Rows where the group is missing have bounds of their own."""
    given = frame([*X, 1.0, 2.0, 3.0, 4.0, 50.0], g=["a"] * 5 + [None] * 5)
    out = dp.IQR(by="g").fit(given).transform(given)
    assert out["x"].tolist() == [1.0, 2.0, 3.0, 4.0, 7.0, 1.0, 2.0, 3.0, 4.0, 7.0]


def test_two_columns_name_a_group() -> None:
    """Groups by two columns are their combinations, whatever signs their texts hold."""
    given = frame(X * 2, g=["a"] * 10, h=[1] * 5 + [2] * 5)
    groups = dp.IQR(by=["g", "h"]).fit(given).states_[0]["groups"]
    assert [row["group"] for row in groups] == [["a", "1"], ["a", "2"]]


@pytest.mark.parametrize("action", ["clip", "null", "flag", "drop"])
def test_phase_follows_the_action(action: str) -> None:
    """Only dropping is for training; the other actions repair at serving too."""
    assert dp.IQR(action=action).phase == ("training" if action == "drop" else "repair")
    assert hasattr(dp.IQR(action=action), "transform") is (action != "drop")
    assert hasattr(dp.IQR(action=action), "fit_resample") is (action == "drop")


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (dp.IQR(k=-1), "k"),
        (dp.ZScore(threshold=0), "threshold"),
        (dp.Quantile(lower=1.5), "lower"),
        (dp.MAD(tail="up"), "tail"),
        (dp.IQR(action="trim"), "action"),
        (dp.IQR(columns="y"), "no column named 'y'"),
        (dp.IQR(by="y"), "by: no column named 'y'"),
    ],
)
def test_a_wrong_parameter_is_named(stage: Any, message: str) -> None:
    """A parameter outside its range or its choices is refused at ``fit``, with its name."""
    with pytest.raises(ConfigError, match=message):
        stage.fit(frame(X))


def test_quantiles_in_the_wrong_order_are_refused() -> None:
    """A lower probability above the upper one would clip everything to nonsense."""
    with pytest.raises(ConfigError, match="lower"):
        dp.Quantile(lower=0.9, upper=0.1).fit(frame(X))


@pytest.mark.parametrize("words", ["note", "when", "ok"])
def test_a_column_that_is_no_number_is_refused_by_name(words: str) -> None:
    """Text, times and booleans have no outliers: naming such a column is an error."""
    given = frame(
        X,
        note=list("abcde"),
        when=pd.date_range("2024-01-01", periods=5),
        ok=[True, False] * 2 + [True],
    )
    with pytest.raises(ConfigError, match=words):
        dp.IQR(columns=words).fit(given)
