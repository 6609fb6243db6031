"""What text columns hold: types over all rows, disguised missing values, identifiers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import DataError, SchemaError


def kinds(**columns: list[Any]) -> dict[str, str]:
    return dp.Types().fit(pd.DataFrame(columns)).states_[0]["kinds"]


WORDS = [f"word {i}" for i in range(40)]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", "+3", None], "integer"),
        ([" 4 ", "5", "6"], "integer"),
        (["1", "2.5", "1e3", ".5", "5."], "float"),
        (["1", "2", "NA", "?"], "integer"),
        (["yes", "No", "TRUE", "f"], "boolean"),
        (["2024-01-31", "2023-12-01", "NA"], "date"),
        (["2024-01-31 10:00", "2024-01-31T10:00:01.5"], "timestamp"),
        (["a", "b"] * 10, "category"),
        (["a", "b", "NA"] * 10, "category"),
        (WORDS, "text"),
        (["00060", "10115"] * 10, "category"),
        ([f"{i:05d}" for i in range(60)], "identifier"),
        (["2024-02-30", "2024-01-01"], "text"),
        (["1_000", "2_000"], "text"),
        (["inf", "1.5"], "text"),
        (["1,5", "2,5"], "float"),
        (["99999999999999999999", "1"], "identifier"),
        ([None, None], "text"),
    ],
    ids=str,
)
def test_kinds(cells: list[Any], kind: str) -> None:
    """A column is what all of its present values are."""
    assert kinds(x=cells) == {"x": kind}


def test_one_cell_far_away_decides() -> None:
    """Types are inferred over all rows: one word after many numbers makes levels of them."""
    cells = [str(i % 500) for i in range(30_000)]
    assert kinds(x=cells) == {"x": "integer"}
    cells[28_765] = "n.a."
    assert kinds(x=cells) == {"x": "category"}
    cells[28_765] = "3.5"
    assert kinds(x=cells) == {"x": "float"}


def test_whole_numbers_that_name_are_identifiers() -> None:
    """A gapless numbering, and a column named like a key, are names and no quantities."""
    gapless = [str(i) for i in range(100, 140)]
    assert kinds(x=gapless, zip=["1", "2", "3", "4"] * 10) == {
        "x": "identifier",
        "zip": "identifier",
    }


def test_columns_are_read() -> None:
    """Cells become values, disguised missing ones become missing, and nothing is truncated."""
    frame = pd.DataFrame(
        {
            "n": ["1", "?", " 3 "],
            "x": ["1.50", "-", "1e3"],
            "ok": ["yes", "NA", "F"],
            "day": ["2024-01-31", "", "2024-02-29"],
            "zip": ["00060", "NA", "10115"],
        }
    )
    out = dp.Types().fit(frame).transform(frame)
    assert out["n"].tolist() == [1, pd.NA, 3]
    assert out["x"].fillna(-1).tolist() == [1.5, -1.0, 1000.0]
    assert out["ok"].tolist() == [True, pd.NA, False]
    assert out["day"].isna().tolist() == [False, True, False]
    assert out["day"][2] == pd.Timestamp("2024-02-29")
    assert out["zip"].tolist() == ["00060", "NA", "10115"]


def test_namibia_is_a_level() -> None:
    """NA in a category is a level; an empty cell, a question mark and n/a are missing."""
    cells = ["NA", "DE", "FR", "?", "n/a", ""] * 6
    out = dp.Types().fit(pd.DataFrame({"land": cells})).transform(pd.DataFrame({"land": cells}))
    assert out["land"][:3].tolist() == ["NA", "DE", "FR"]
    assert out["land"][3:6].isna().all()


def test_parameters() -> None:
    """Known kinds, more words for missing, and sentinels are taken as they are given."""
    frame = pd.DataFrame(
        {"age": ["34", "-999", "none"], "n": ["1", "2", "3"], "z": ["5", "-999", "6"]}
    )
    missing = (*dp.Types().missing, "none")
    stage = dp.Types(kinds={"n": "float"}, missing=missing, sentinels=(-999,)).fit(frame)
    assert stage.states_[0]["kinds"] == {"age": "integer", "n": "float", "z": "integer"}
    out = stage.transform(frame)
    assert out["age"].tolist() == [34, pd.NA, pd.NA]
    assert out["z"].tolist() == [5, pd.NA, 6]
    assert out["n"].dtype == "float64"


def test_only_chosen_columns_are_read() -> None:
    """A column that is not chosen stays text."""
    frame = pd.DataFrame({"a": ["1", "2"], "b": ["1", "2"]})
    out = dp.Types(columns=["a"]).fit(frame).transform(frame)
    assert out["a"].dtype == "int64"
    assert out["b"].tolist() == ["1", "2"]


def test_a_given_kind_that_does_not_hold_is_refused() -> None:
    """The error names the column, the row and the cell."""
    with pytest.raises(DataError, match=r"age: '3.5' in row 1 is not of kind 'integer'"):
        dp.Types(kinds={"age": "integer"}).fit(pd.DataFrame({"age": ["3", "3.5"]}))


def test_another_kind_at_serving_is_refused() -> None:
    """A cell that is not of the kind of ``fit`` is an error, and not made missing in silence."""
    stage = dp.Types().fit(pd.DataFrame({"age": ["3", "4"]}))
    assert stage.transform(pd.DataFrame({"age": ["5", "NA"]}))["age"].tolist() == [5, pd.NA]
    with pytest.raises(SchemaError, match=r"age: 'old' in row 1 .* at fit"):
        stage.transform(pd.DataFrame({"age": ["5", "old"]}))


def test_columns_with_types_stay_as_they_are() -> None:
    """What is typed already is not read again."""
    frame = pd.DataFrame({"n": [1, 2], "x": [0.5, 1.5], "t": ["1", "2"]})
    out = dp.Types().fit(frame).transform(frame)
    assert out.dtypes.astype(str).tolist() == ["int64", "float64", "int64"]
