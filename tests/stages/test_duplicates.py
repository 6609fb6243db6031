"""Duplicates: which row of a group stays, and why the others go."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

import dataprep as dp

ROWS = {
    "id": [1, 1, 2, 1, 3, 2],
    "name": ["Ann", "Ann", None, "Ann", "Cy", None],
    "x": [None, 1.5, 2.0, 1.5, 3.0, 2.0],
}


def result_of(library: str, **parameters: Any) -> Any:
    frame: Any = pl.DataFrame(ROWS, strict=False)
    frame = {"pandas": frame.to_pandas, "polars": lambda: frame, "pyarrow": frame.to_arrow}[
        library
    ]()
    return dp.clean(frame, pipeline=dp.Pipeline([dp.DropDuplicates(**parameters)]))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize(
    ("parameters", "gone"),
    [
        ({}, [3, 5]),
        ({"keep": "last"}, [1, 2]),
        ({"keep": "none"}, [1, 2, 3, 5]),
        ({"subset": "id"}, [1, 3, 5]),
        ({"subset": ["id"], "keep": "last"}, [0, 1, 2]),
        ({"subset": ["id"], "keep": "none"}, [0, 1, 2, 3, 5]),
        ({"subset": ["id"], "keep": "most_complete"}, [0, 3, 5]),
        ({"subset": dp.matching("^(id|name)$")}, [1, 3, 5]),
        ({"subset": []}, []),
    ],
)
def test_which_row_stays(library: str, parameters: dict[str, Any], gone: list[int]) -> None:
    """The first, last, most complete or no row stays; a missing value agrees with a missing one."""
    rejected = result_of(library, **parameters).rejected
    assert list(rejected["_row"].to_pylist() if library == "pyarrow" else rejected["_row"]) == gone


def test_the_reason_names_the_row_that_stays() -> None:
    """A rejected row says which row it repeats, or that it is one of several."""
    assert result_of("polars").rejected["_reason"].to_list() == ["same as row 1", "same as row 2"]
    reasons = result_of("polars", keep="none").rejected["_reason"]
    assert set(reasons) == {"one of several rows that are the same"}


def test_rows_stay_at_serving() -> None:
    """Duplicates are dropped in training only."""
    frame = pd.DataFrame(ROWS)
    assert dp.Pipeline([dp.DropDuplicates()]).fit(frame).transform(frame).equals(frame)
    assert not hasattr(dp.DropDuplicates(), "transform")


def test_values_are_compared_and_not_spellings(tmp_path: Any) -> None:
    """In a file, 1.5 and 1.50 agree in a float column, and each row keeps its own text."""
    path = tmp_path / "data.csv"
    path.write_text("x,name\n1.5,a\n1.50,a\n2.0,b\n")
    result = dp.clean(path, pipeline=dp.Pipeline([dp.DropDuplicates()]))
    assert result.rejected.to_dict("records") == [
        {
            "x": "1.50",
            "name": "a",
            "_row": 1,
            "_stage": "0:drop_duplicates",
            "_reason": "same as row 0",
        }
    ]


def test_the_target_leaves_with_its_row() -> None:
    """``fit_resample`` drops the same rows of the features and of the target."""
    frame = pd.DataFrame({"x": [1, 1, 2]}, index=["p", "q", "r"])
    X, y = dp.DropDuplicates().fit_resample(frame, [0, 0, 1])
    assert X.index.tolist() == ["p", "r"]
    assert y == [0, 1]


def test_rows_that_differ_in_the_target_are_no_duplicates() -> None:
    """The target is a column: two rows with the same features and another label both stay."""
    X, y = dp.DropDuplicates().fit_resample(pd.DataFrame({"x": [1, 1, 1]}), [0, 1, 1])
    assert y == [0, 1]
    assert len(X) == 2
