"""Missing values: dropped, imputed, indicated; expected arrays by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError, SchemaError


def listed(frame: Any, name: str) -> list[Any]:
    return [None if pd.isna(value) else value for value in frame[name].tolist()]


def imputed(frame: pd.DataFrame, name: str, **parameters: Any) -> list[Any]:
    return listed(dp.Impute(**parameters).fit(frame).transform(frame), name)


# ---- DropMissing

HOLES = pd.DataFrame(
    {
        "a": [1.0, None, 3.0, None],
        "b": ["x", "y", None, None],
        "c": [1.0, 2.0, 3.0, None],
        "d": [1, 2, 3, 4],
    }
)


def kept(frame: pd.DataFrame, **parameters: Any) -> list[int]:
    stage = dp.DropMissing(**parameters)
    return dp.clean(frame, pipeline=dp.Pipeline([stage])).data.index.tolist()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [0]),
        ({"columns": ["a"]}, [0, 2]),
        ({"columns": ["a", "b"], "how": "any"}, [0]),
        ({"columns": ["a", "b"], "how": "all"}, [0, 1, 2]),
        ({"how": "all"}, [0, 1, 2, 3]),
        ({"max_missing": 0.0}, [0]),
        ({"max_missing": 0.25}, [0, 1, 2]),
        ({"max_missing": 0.74}, [0, 1, 2]),
        ({"max_missing": 0.75}, [0, 1, 2, 3]),
        ({"columns": []}, [0, 1, 2, 3]),
    ],
)
def test_rows_are_dropped(parameters: dict[str, Any], expected: list[int]) -> None:
    """A row goes where any, all, or more than a share of its values are missing."""
    assert kept(HOLES, **parameters) == expected


def test_a_dropped_row_says_which_value_is_missing() -> None:
    """The reason names the first column that is missing, or how many are."""
    result = dp.clean(HOLES, pipeline=dp.Pipeline([dp.DropMissing()]))
    assert result.rejected["_reason"].tolist() == ["a is missing", "b is missing", "a is missing"]
    result = dp.clean(HOLES, pipeline=dp.Pipeline([dp.DropMissing(max_missing=0.5)]))
    assert result.rejected["_reason"].tolist() == ["at least 3 of 4 values missing"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"how": "any"}, ["d"]),
        ({"how": "all"}, ["a", "b", "c", "d"]),
        ({"max_missing": 0.25}, ["c", "d"]),
        ({"max_missing": 0.24}, ["d"]),
        ({"max_missing": 0.5}, ["a", "b", "c", "d"]),
        ({"max_missing": 0.3, "columns": ["a", "c"]}, ["b", "c", "d"]),
    ],
)
def test_columns_are_removed(parameters: dict[str, Any], expected: list[str]) -> None:
    """A column goes where any, all, or more than a share of its values are missing."""
    stage = dp.DropMissing(axis="columns", **parameters).fit(HOLES)
    assert stage.transform(HOLES).columns.tolist() == expected


def test_a_column_that_went_at_fit_is_gone_at_serving() -> None:
    """What was removed is decided by training rows: full or not, the column is gone later."""
    stage = dp.DropMissing(axis="columns", max_missing=0.4).fit(HOLES)
    full = HOLES.assign(a=1.0, b="x", c=None)
    assert stage.transform(full.astype({"c": float})).columns.tolist() == ["c", "d"]


def test_not_every_column_may_go() -> None:
    """A table without a column is no table: the error says what to do."""
    with pytest.raises(DataError, match="Raise max_missing"):
        dp.DropMissing(axis="columns").fit(HOLES[["a", "b"]])


# ---- Impute

AGES = pd.DataFrame({"x": [1.0, None, 2.0, 9.0]})


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("mean", 4.0), ("median", 2.0), ("most_frequent", 1.0), ("constant", 0.0), ("auto", 2.0)],
)
def test_numbers(strategy: str, expected: float) -> None:
    """Each strategy fills a number as arithmetic by hand does; ties go to the smallest."""
    assert imputed(AGES, "x", strategy=strategy) == [1.0, expected, 2.0, 9.0]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("forward", [None, 1.0, 1.0, 1.0, 4.0, 4.0]),
        ("backward", [1.0, 1.0, 4.0, 4.0, 4.0, None]),
        ("interpolate", [None, 1.0, 2.0, 3.0, 4.0, None]),
    ],
)
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_from_neighbours(strategy: str, expected: list[Any], library: str) -> None:
    """Values come from the rows before and after, and not from beyond the first and the last."""
    frame: Any = pl.DataFrame({"x": [None, 1.0, None, None, 4.0, None]})
    frame = {"pandas": frame.to_pandas, "polars": lambda: frame, "pyarrow": frame.to_arrow}[
        library
    ]()
    out = dp.Impute(strategy=strategy).fit(frame).transform(frame)
    values = out["x"].to_pylist() if library == "pyarrow" else out["x"].to_list()
    assert [None if value is None or value != value else value for value in values] == expected


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("forward", [1.0, 10.0, 1.0, 10.0, 5.0, 30.0, 5.0]),
        ("backward", [1.0, 10.0, 5.0, 30.0, 5.0, 30.0, None]),
        ("interpolate", [1.0, 10.0, 3.0, 20.0, 5.0, 30.0, None]),
    ],
)
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_from_neighbours_of_the_group(strategy: str, expected: list[Any], library: str) -> None:
    """With groups, only rows of the same group are neighbours; no group is a group too."""
    frame: Any = pl.DataFrame(
        {"x": [1.0, 10.0, None, None, 5.0, 30.0, None], "g": ["a", None] * 3 + ["a"]}
    )
    frame = {"pandas": frame.to_pandas, "polars": lambda: frame, "pyarrow": frame.to_arrow}[
        library
    ]()
    out = dp.Impute(strategy=strategy, columns="x", by="g").fit(frame).transform(frame)
    values = out["x"].to_pylist() if library == "pyarrow" else out["x"].to_list()
    assert [None if value is None or value != value else value for value in values] == expected


def test_interpolation_goes_by_the_distance_of_rows() -> None:
    """Between 0 and 10 over four rows lie 2.5, 5 and 7.5; whole numbers are rounded."""
    frame = pd.DataFrame({"x": [0.0, None, None, None, 10.0], "n": [0, None, None, None, 10]})
    frame = frame.astype({"n": "Int64"})
    assert imputed(frame, "x", strategy="interpolate") == [0.0, 2.5, 5.0, 7.5, 10.0]
    assert imputed(frame, "n", strategy="interpolate") == [0, 3, 5, 8, 10]


def test_whole_numbers_stay_whole() -> None:
    """Mean and median of an integer column are rounded, not cut off, and the type stays."""
    frame = pd.DataFrame({"n": pd.array([1, 2, None, 2, 5], dtype="Int64")})
    out = dp.Impute(strategy="mean").fit(frame).transform(frame)
    assert out["n"].tolist() == [1, 2, 3, 2, 5]  # 2.5 goes up
    assert out["n"].dtype == "Int64"
    assert imputed(pd.DataFrame({"n": pd.array([2, 2, 4, None])}), "n", strategy="mean")[-1] == 3


def test_levels() -> None:
    """Categories and booleans take their most frequent level, the smallest among equals."""
    frame = pd.DataFrame(
        {"c": ["b", "a", None, "b", "a"], "ok": pd.array([True, None, False, True, False])}
    )
    assert imputed(frame, "c") == ["b", "a", "a", "b", "a"]
    assert imputed(frame, "ok") == [True, False, False, True, False]


def test_times() -> None:
    """A date and a time take their most frequent value, which a state holds as text."""
    day, at = dt.date(2024, 1, 5), dt.datetime(2024, 1, 5, 8, 30, 0, 250)
    frame = pl.DataFrame(
        {
            "day": [day, None, day, dt.date(2023, 1, 1)],
            "at": [at, at, None, dt.datetime(2025, 1, 1)],
        }
    )
    stage = dp.Impute(strategy="most_frequent", columns="temporal").fit(frame)
    assert stage.states_[0]["overall"] == {"day": "2024-01-05", "at": "2024-01-05 08:30:00.000250"}
    out = stage.transform(frame)
    assert out["day"][1] == day
    assert out["at"][2] == at
    assert out.schema == frame.schema


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_times_with_a_zone(library: str) -> None:
    """The most frequent instant is filled in, in the zone of the column."""
    at = dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC)
    given: Any = pl.DataFrame({"at": [at, None, at]}).with_columns(
        pl.col("at").dt.convert_time_zone("Europe/Berlin")
    )
    given = {"pandas": given.to_pandas, "polars": lambda: given, "pyarrow": given.to_arrow}[
        library
    ]()
    stage = dp.Impute(strategy="most_frequent", columns="at")
    out = stage.fit(given).transform(given)["at"]
    assert (out.to_pylist() if library == "pyarrow" else out.to_list()) == [at] * 3
    assert "Europe/Berlin" in str(getattr(out, "dtype", getattr(out, "type", "")))


@pytest.mark.parametrize(
    ("name", "fill_value", "expected"),
    [
        ("x", None, 0.0),
        ("x", -1, -1.0),
        ("n", 7.0, 7),
        ("c", None, "missing"),
        ("c", "?", "?"),
        ("c", 0, "0"),
        ("ok", True, True),
        ("ok", None, None),
        ("at", "2020-02-03", pd.Timestamp("2020-02-03")),
    ],
)
def test_constants(name: str, fill_value: Any, expected: Any) -> None:
    """A constant is of the column's kind: 0 for numbers and "missing" for words by default."""
    frame = pd.DataFrame(
        {
            "x": [None, 1.0],
            "n": pd.array([None, 1], dtype="Int64"),
            "c": [None, "a"],
            "ok": pd.array([None, False], dtype="boolean"),
            "at": [None, pd.Timestamp("2024-01-01")],
        }
    )
    parameters = {"strategy": "constant", "columns": [name], "fill_value": fill_value}
    assert imputed(frame, name, **parameters)[0] == expected


@pytest.mark.parametrize(
    ("name", "fill_value"),
    [("n", 1.5), ("n", "a"), ("x", "a"), ("x", True), ("ok", 1), ("at", "soon")],
)
def test_a_constant_of_another_kind_is_refused(name: str, fill_value: Any) -> None:
    """A constant that the column cannot hold is an error with both in it."""
    frame = pd.DataFrame(
        {
            "x": [None, 1.5],
            "n": pd.array([None, 1]),
            "ok": pd.array([None, True]),
            "at": [None, pd.NaT],
        }
    ).astype({"at": "datetime64[us]"})
    with pytest.raises(ConfigError, match=f"fill_value: .*{name}"):
        dp.Impute(strategy="constant", columns=[name], fill_value=fill_value).fit(frame)


GROUPED = pd.DataFrame(
    {
        "x": [1.0, 3.0, None, 10.0, 30.0, None, None],
        "c": ["u", "u", None, "v", "v", None, None],
        "g": ["a", "a", "a", "b", "b", "b", "empty"],
    }
)


def test_by_group() -> None:
    """A group has its own value; one without a value has the whole column's, 6.5."""
    assert imputed(GROUPED, "x", strategy="median", by="g")[-5:] == [2.0, 10.0, 30.0, 20.0, 6.5]
    assert imputed(GROUPED, "c", strategy="most_frequent", by="g") == list("uuuvvvu")


def test_a_new_group_has_the_value_of_all() -> None:
    """A group that was not there at ``fit`` is filled as the whole column is."""
    stage = dp.Impute(strategy="median", by="g").fit(GROUPED)
    served = pd.DataFrame({"x": [None, None, None], "c": [None] * 3, "g": ["new", None, "b"]})
    served = served.astype({"x": float, "c": "str"})
    assert stage.transform(served)["x"].tolist() == [6.5, 6.5, 20.0]


@pytest.mark.parametrize("strategy", ["median", "forward"])
def test_groups_of_a_target_that_is_not_there_are_refused(strategy: Any) -> None:
    """Values that were learned by a column with a role ask for it at serving, by its name."""
    train = pd.DataFrame({"x": [1.0, None, 3.0], "y": ["a", "a", "b"]})
    pipe = dp.Pipeline([dp.Impute(strategy=strategy, by="y")], target="y").fit(train)
    with pytest.raises(SchemaError, match=r"'y', by which groups were learned, is not there"):
        pipe.transform(train[["x"]])


def test_times_by_group_are_refused_by_name() -> None:
    """The most frequent time of a group is not learned: naming such a column says what to do."""
    frame = GROUPED.assign(at=pd.Timestamp("2024-01-01"))
    with pytest.raises(ConfigError, match="leave out by"):
        dp.Impute(strategy="most_frequent", columns=["at"], by="g").fit(frame)
    assert "at" not in dp.Impute(strategy="most_frequent", by="g").fit(frame).states_[0]["overall"]


def test_overrides() -> None:
    """One column may have a strategy of its own, chosen by ``columns`` or not."""
    frame = AGES.assign(y=AGES["x"], z=AGES["x"])
    stage = dp.Impute(
        strategy="median", columns=["x", "y"], overrides={"y": "mean", "z": "constant"}
    )
    out = stage.fit(frame).transform(frame).iloc[1]
    assert out.tolist() == [2.0, 4.0, 0.0]
    with pytest.raises(ConfigError, match="overrides: no column named 'yy'"):
        dp.Impute(overrides={"yy": "mean"}).fit(frame)


def test_the_target_is_filled_only_if_named() -> None:
    """A missing target is not invented by the default columns."""
    frame = pd.DataFrame({"x": [1.0, None, 3.0], "y": [0.0, 1.0, None]})
    pipe = dp.Pipeline([dp.Impute(strategy="mean")], target="y").fit(frame)
    assert pipe.transform(frame)["y"].isna().tolist() == [False, False, True]
    pipe = dp.Pipeline([dp.Impute(strategy="mean", columns=["y"])], target="y").fit(frame)
    assert pipe.transform(frame)["y"].tolist() == [0.0, 1.0, 0.5]


def test_nothing_to_learn_from_is_noted() -> None:
    """A column without a value stays missing, and a note says so."""
    frame = pd.DataFrame({"x": [1.0, 2.0], "e": [float("nan")] * 2})
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.Impute()]))
    assert result.data["e"].isna().all()
    assert result.summary["stages"][0]["notes"] == ["nothing to learn from, left missing: e"]


def test_the_ledger_tells_the_value_and_its_source() -> None:
    """The reason of an imputed cell is the strategy with its value, or the group it came from."""
    result = dp.clean(AGES, pipeline=dp.Pipeline([dp.Impute(strategy="mean")]))
    row = result.ledger.iloc[0]
    assert (row["before"], row["after"], row["reason"]) == (None, "4.0", "mean 4.0") or (
        pd.isna(row["before"]) and (row["after"], row["reason"]) == ("4.0", "mean 4.0")
    )
    grouped = dp.clean(GROUPED, pipeline=dp.Pipeline([dp.Impute(strategy="mean", by="g")]))
    assert set(grouped.ledger["reason"]) == {"mean of its group (g)"}


def test_nan_is_missing_in_polars() -> None:
    """A NaN is filled as a null is, and one that is not treated stays NaN."""
    frame = pl.DataFrame({"x": [1.0, float("nan"), None, 3.0], "y": [float("nan"), 1.0, 1.0, None]})
    out = dp.Impute(columns=["x"], strategy="mean").fit(frame).transform(frame)
    assert out["x"].to_list() == [1.0, 2.0, 2.0, 3.0]
    assert out["y"].is_nan().to_list() == [True, False, False, None]


# ---- MissingIndicator


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["a_missing", "b_missing", "c_missing"]),
        ({"features": "all"}, ["a_missing", "b_missing", "c_missing", "d_missing"]),
        ({"columns": ["c", "d"]}, ["c_missing"]),
    ],
)
def test_indicators(parameters: dict[str, Any], expected: list[str]) -> None:
    """Columns with a missing value at ``fit``, or all of them, have an indicator."""
    out = dp.MissingIndicator(**parameters).fit(HOLES).transform(HOLES)
    assert out.columns.tolist() == [*HOLES.columns, *expected]
    assert out["c_missing"].tolist() == [False, False, False, True]


def test_indicators_are_decided_at_fit() -> None:
    """A column that was full at ``fit`` has no indicator when it is not full later."""
    stage = dp.MissingIndicator().fit(HOLES)
    served = HOLES.assign(a=1.0, d=None).astype({"d": float})
    out = stage.transform(served)
    assert "d_missing" not in out
    assert not out["a_missing"].any()


@pytest.mark.parametrize("named", [False, True])
def test_what_names_a_row_is_filled_only_if_named(named: bool) -> None:
    """The most frequent text, identifier or date is nobody else's; numbers and levels have one."""
    days = [dt.date(2024, 1, 1 + i % 9) if i else None for i in range(40)]
    frame = pl.DataFrame(
        {
            "mail": [f"p{i}@x.org" if i else None for i in range(40)],
            "zip": [f"{10000 + 7 * i}" if i else None for i in range(40)],
            "day": days,
            "plan": ["ab"[i % 2] if i else None for i in range(40)],
            "ok": [i % 2 == 0 if i else None for i in range(40)],
            "n": [i % 5 if i else None for i in range(40)],
        }
    )
    columns = frame.columns if named else "auto"
    out = dp.Impute(strategy="most_frequent", columns=columns).fit_transform(frame)
    missing = [name for name in out.columns if out[name].null_count()]
    assert missing == ([] if named else ["mail", "zip", "day"])
