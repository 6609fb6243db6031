"""Mistakes that other libraries make, one test for each, so that this one does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.draw import uniform

OUTLIERS = [dp.IQR, dp.ZScore, dp.MAD, dp.Quantile]
SKEWED = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 500.0, -500.0]


def command(*arguments: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dataprep.cli", *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("stage", OUTLIERS)
def test_every_row_is_kept_or_dropped_and_none_is_both(stage: Any) -> None:
    """Values on a bound, missing or infinite ones too, are in the kept or in the dropped rows."""
    learned = stage(action="drop").fit(pd.DataFrame({"x": SKEWED}))
    low, high = learned.states_[0]["overall"]["x"]
    edges = [np.nextafter(b, b + d) for b in (low, high) for d in (-1, 1)]
    frame = pd.DataFrame({"x": [*SKEWED, low, high, *edges, np.nan, np.inf, -np.inf]})
    result = dp.clean(frame, pipeline=dp.Pipeline([stage(action="drop")]))
    kept, dropped = set(result.data.index), set(result.rejected["_row"])
    assert kept | dropped == set(range(len(frame)))
    assert not kept & dropped
    assert dropped


@pytest.mark.parametrize("stage", OUTLIERS)
def test_three_rows_in_are_three_rows_out(stage: Any) -> None:
    """A trimmer of outliers trims training rows, and no row that is to be predicted."""
    pipe = dp.Pipeline([stage(action="drop"), dp.DropMissing(), dp.DropDuplicates()])
    pipe.fit(pd.DataFrame({"x": SKEWED}))
    served = pd.DataFrame({"x": [1e9, np.nan, 1e9]}, index=["a", "b", "c"])
    pd.testing.assert_frame_equal(pipe.transform(served), served)


def test_a_label_is_no_position() -> None:
    """After rows were dropped, the outlier is clipped, and the row at its old place is not."""
    frame = pd.DataFrame(
        {"x": [1.0, 1.0, 1.0, 2.0, 3.0, 900.0, 4.0, 3.5], "n": [0, 0, 0, 1, 2, 3, 4, 5]}
    )
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.DropDuplicates(), dp.IQR(columns="x")]))
    assert result.data.index.tolist() == [0, 3, 4, 5, 6, 7]
    changed = result.data["x"] != frame["x"].loc[result.data.index]
    assert result.data.index[changed].tolist() == [5]
    assert result.ledger.query("column == 'x'")["row"].tolist() == [5]
    assert result.rejected["_row"].tolist() == [1, 2]


@pytest.mark.parametrize("stage", OUTLIERS[:3])
@pytest.mark.parametrize("action", ["clip", "drop", "null"])
def test_no_spread_removes_nothing(stage: Any, action: str) -> None:
    """With a deviation of zero nothing is divided by it, and not everything is an outlier."""
    values = [7.0] * 50
    result = dp.clean(pd.DataFrame({"x": values}), pipeline=dp.Pipeline([stage(action=action)]))
    assert result.data["x"].tolist() == values
    assert "no spread" in result.summary["stages"][0]["notes"][0]


def test_statistics_are_those_of_fit(tmp_path: Path) -> None:
    """``apply`` fills and clips new rows with what training rows taught, for frames and files."""
    train = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0, None]})
    served = pd.DataFrame({"x": [1000.0, 2000.0, None, 3000.0]})
    pipe = dp.Pipeline([dp.Impute(strategy="mean"), dp.IQR(k=1.0)]).fit(train)
    high = pipe.states_[1]["overall"]["x"][1]
    assert pipe.transform(served)["x"].tolist() == [high, high, 3.0, high]
    train.to_csv(tmp_path / "train.csv", index=False)
    served.to_csv(tmp_path / "served.csv", index=False, na_rep="NA")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("stages: [{impute: {strategy: mean}}, {iqr: {k: 1.0}}]\n")
    command("clean", tmp_path / "train.csv", "--pipeline", recipe, "-q")
    learned = tmp_path / "train.clean.dataprep" / "pipeline.json"
    before = json.loads(learned.read_text())["stages"]
    command("apply", learned, tmp_path / "served.csv", "-q")
    out = pd.read_csv(tmp_path / "served.clean.csv")["x"].tolist()
    assert out == [high, high, 3.0, high]
    kept = json.loads((tmp_path / "served.clean.dataprep" / "pipeline.json").read_text())["stages"]
    assert kept == before


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "UInt8", "Int32"])
def test_whole_numbers_are_rounded_and_keep_their_type(dtype: str) -> None:
    """A mean of 2.67 becomes 3 and not 2, in a nullable column, which keeps its type."""
    frame = pd.DataFrame({"n": pd.array([2, 2, 4, None], dtype=dtype)})
    out = dp.Impute(strategy="mean").fit(frame).transform(frame)["n"]
    assert out.tolist() == [2, 2, 4, 3]
    assert out.dtype == dtype


@pytest.mark.parametrize("stage", [*OUTLIERS, dp.Impute, dp.DropDuplicates, dp.DropMissing])
def test_missing_values_are_welcome(stage: Any) -> None:
    """No stage refuses a column because it has a NaN in it."""
    frame = pd.DataFrame({"x": [*SKEWED, np.nan], "n": pd.array([*range(11), None], dtype="Int64")})
    result = dp.clean(frame, pipeline=dp.Pipeline([stage()]))
    assert result.summary["rows_in"] == 12


def test_draws_for_different_purposes_differ() -> None:
    """Two classes of the same size draw different numbers when their names key the draw."""
    rows = np.arange(1000)
    a, b = uniform(rows, 0, "smote/a"), uniform(rows, 0, "smote/b")
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.1
    assert not (a == b).any()


def test_text_stays_the_text_that_it_was(tmp_path: Path) -> None:
    """NA of Namibia, leading zeros, 1.50 and whole numbers beside missing ones stay so."""
    lines = ["land,zip,price,age,name"]
    for i in range(40):
        land = ("NA", "DE", "FR", "ZA")[i % 4]
        age = "" if i == 7 else str(20 + i % 30)
        lines.append(f"{land},{i * 7:05d},{i}.50,{age},{'NA' if i == 5 else f'name {i}'}")
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    command("clean", path, "-q")
    out = (tmp_path / "data.clean.csv").read_text().splitlines()
    differing = [i for i, (a, b) in enumerate(zip(lines, out, strict=True)) if a != b]
    assert differing == [8]
    assert out[8] == lines[8].replace(",7.50,,", ",7.50,30,")


def test_rows_with_the_same_label_are_rows_of_their_own() -> None:
    """With an index whose labels repeat, the right row is dropped and the others all stay."""
    frame = pd.DataFrame({"x": SKEWED, "n": range(11)}, index=[0, 1, 2] * 3 + [0, 1])
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.IQR(columns="x", action="drop")]))
    assert result.data["n"].tolist() == list(range(9))
    assert result.data.index.tolist() == [0, 1, 2] * 3
    assert result.rejected["n"].tolist() == [9, 10]
    pd.testing.assert_frame_equal(result.undo(), frame)


@pytest.mark.parametrize(
    "column",
    [[None, None, None], [5.0, 5.0, 5.0], [1.0], [None]],
    ids=["null", "same", "one", "no"],
)
def test_a_poor_column_is_no_reason_to_fail(column: list[Any]) -> None:
    """All null, constant, or a single row: the default cleaning passes, and says what it did."""
    frame = pd.DataFrame({"x": pd.array(column, dtype="Float64"), "id": range(len(column))})
    result = dp.clean(frame)
    assert result.data["x"].isna().tolist() == frame["x"].isna().tolist()
    assert result.summary["rows_out"] == len(column)


def test_no_rows_at_fit_are_an_error_that_says_so() -> None:
    """Nothing can be learned from no rows; at serving, no rows in are no rows out."""
    frame = pd.DataFrame({"x": SKEWED})
    with pytest.raises(dp.DataprepError, match="0 sample"):
        dp.clean(frame.iloc[:0])
    assert len(dp.Pipeline([dp.Impute(), dp.IQR()]).fit(frame).transform(frame.iloc[:0])) == 0
