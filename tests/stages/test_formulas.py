"""Cells that a spreadsheet would run."""

from __future__ import annotations

import pandas as pd
import pytest

import dataprep as dp


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5 degrees", "'-5 degrees"),
        ("@home", "'@home"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
        ("", ""),
        (" =1", " =1"),
        (None, None),
    ],
)
def test_which_cells_are_escaped(cell: str | None, expected: str | None) -> None:
    """Text that begins with a sign that a spreadsheet runs has an apostrophe put before it."""
    frame = pd.DataFrame({"note": [cell, "plain"]}, dtype="str")
    out = dp.EscapeFormulas().fit(frame).transform(frame)["note"].tolist()
    assert out[1] == "plain"
    assert out[0] == expected or (expected is None and pd.isna(out[0]))


def test_numbers_are_no_formulas() -> None:
    """A negative number is a number; only text, categories and identifiers are looked at."""
    frame = pd.DataFrame({"x": [-1.5, -2.0], "note": ["-a", "b"]})
    stage = dp.EscapeFormulas().fit(frame)
    assert stage.states_[0] == {"columns": ["note"]}
    assert stage.transform(frame)["x"].tolist() == [-1.5, -2.0]


def test_only_chosen_columns() -> None:
    """A column that is not chosen stays as it is."""
    frame = pd.DataFrame({"a": ["=1", "x"], "b": ["=1", "x"]})
    out = dp.EscapeFormulas(columns="a").fit(frame).transform(frame)
    assert out.iloc[0].tolist() == ["'=1", "=1"]


def test_the_ledger_tells() -> None:
    """An escaped cell is in the ledger with its reason."""
    frame = pd.DataFrame({"note": ["=1", "x"]})
    row = dp.clean(frame, pipeline=dp.Pipeline([dp.EscapeFormulas()])).ledger.iloc[0]
    assert row.tolist() == [
        *[0, "note", "0:escape_formulas", "escape", "=1", "'=1"],
        "a spreadsheet would run it",
    ]
