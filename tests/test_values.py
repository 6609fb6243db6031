"""Numbers, dates and truth values as people write them, when the whole column agrees."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import cells, folder_of, summary_of, tries
from hypothesis import given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.engines.styled import read, written
from dataprep.errors import ConfigError, DataError
from dataprep.readings import like_number, rivals
from dataprep.readings.numbers import CURRENCIES
from dataprep.styles import Style

NBSP, NARROW, MINUS = "\u00a0", "\u202f", "\u2212"


def learned(values: list[Any], name: str = "x", **parameters: Any) -> dict[str, Any]:
    """Return what `Types` learns of one column of text."""
    frame = pd.DataFrame({name: pd.Series(values, dtype="str")})
    state: dict[str, Any] = dp.Types(**parameters).fit(frame).states_[0]
    return state


def read_as(values: list[Any], name: str = "x", **parameters: Any) -> tuple[str, list[Any]]:
    """Return the kind of a column of text, and its values."""
    frame = pd.DataFrame({name: pd.Series(values, dtype="str")})
    stage = dp.Types(**parameters).fit(frame)
    return stage.states_[0]["kinds"][name], stage.transform(frame)[name].tolist()


NUMBERS: list[tuple[list[str], str, list[float], dict[str, Any]]] = [
    (["1,234,567", "12"], "integer", [1234567, 12], {"grouping": ","}),
    (["1.234.567", "12"], "integer", [1234567, 12], {"decimal": ",", "grouping": "."}),
    (["1 234 567", "999"], "integer", [1234567, 999], {"grouping": " "}),
    ([f"1{NBSP}234", "5"], "integer", [1234, 5], {"grouping": NBSP}),
    ([f"1{NARROW}234", f"2{NBSP}345"], "integer", [1234, 2345], {"grouping": NARROW}),
    (["1'234'567", "1\u2019000"], "integer", [1234567, 1000], {"grouping": "'"}),
    (["12,34,567", "1,000"], "integer", [1234567, 1000], {"grouping": ",", "indian": True}),
    (["1.234,56", "-7"], "float", [1234.56, -7], {"decimal": ",", "grouping": "."}),
    (["1,234.56", "7"], "float", [1234.56, 7], {"grouping": ","}),
    (["12,5", ",25"], "float", [12.5, 0.25], {"decimal": ","}),
    (["0,125", "1,234"], "float", [0.125, 1.234], {"decimal": ","}),
    (["1 234,5", "0,5"], "float", [1234.5, 0.5], {"decimal": ",", "grouping": " "}),
    (["$ 1,200.00", "$ 5.5"], "float", [1200, 5.5], {"grouping": ",", "prefix": "$ "}),
    (["-$5", "$7", "$-6"], "integer", [-5, 7, -6], {"prefix": "$"}),
    (["($5)", "$7"], "integer", [-5, 7], {"prefix": "$", "negative": "()"}),
    (["1.200,50 EUR", "3 EUR"], "float", [1200.5, 3], None),  # type: ignore[list-item]
    (["1,50€", "3,25€"], "float", [1.5, 3.25], {"decimal": ",", "suffix": "€", "decimals": 2}),
    (["12.5 %", "-3 %"], "float", [12.5, -3], {"suffix": " %"}),
    (["50%", "7%"], "integer", [50, 7], {"suffix": "%"}),
    (["+5,5", "-2,5"], "float", [5.5, -2.5], {"decimal": ","}),
    (["5-", "7"], "integer", [-5, 7], {"negative": "5-"}),
    ([f"{MINUS}5.5", "7"], "float", [-5.5, 7], {"negative": MINUS}),
    (["1,5E+03", "2,5e-1"], "float", [1500, 0.25], {"decimal": ","}),
    (["₹ 1,00,000", "₹ 5"], "integer", [100000, 5], None),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("values", "kind", "numbers", "style"), NUMBERS, ids=lambda x: str(x)[:30])
def test_numbers(values: list[str], kind: str, numbers: list[float], style: Any) -> None:
    """Each form of a number is read as what it says, and its style is learned."""
    assert read_as(values) == (kind, numbers)
    if style is not None:
        assert learned(values)["styles"] == {"x": style}


DATES = [
    (["31/01/2024", "01/02/2024"], "%d/%m/%Y", [(2024, 1, 31), (2024, 2, 1)]),
    (["01/31/2024", "02/01/2024"], "%m/%d/%Y", [(2024, 1, 31), (2024, 2, 1)]),
    (["1/31/2024", "12/1/2024"], "%-m/%-d/%Y", [(2024, 1, 31), (2024, 12, 1)]),
    (["31-01-2024", "1-2-2024"], "%-d-%-m-%Y", [(2024, 1, 31), (2024, 2, 1)]),
    (["03.04.2024", "05.06.2024"], "%d.%m.%Y", [(2024, 4, 3), (2024, 6, 5)]),
    (["2024/01/31", "2024/02/01"], "%Y/%m/%d", [(2024, 1, 31), (2024, 2, 1)]),
    (["2024-1-31", "2024-2-1"], "%Y-%-m-%-d", [(2024, 1, 31), (2024, 2, 1)]),
    (["31-Jan-2024", "01-Feb-2024"], "%d-%b-%Y", [(2024, 1, 31), (2024, 2, 1)]),
    (["31 January 2024", "1 May 2024"], "%-d %B %Y", [(2024, 1, 31), (2024, 5, 1)]),
    (["January 31, 2024", "May 1, 2024"], "%B %-d, %Y", [(2024, 1, 31), (2024, 5, 1)]),
    (["31/01/68", "01/02/69"], "%d/%m/%y", [(2068, 1, 31), (1969, 2, 1)]),
    (["99-03-15", "24-01-31"], "%y-%m-%d", [(1999, 3, 15), (2024, 1, 31)]),
]


@pytest.mark.parametrize(("values", "format", "days"), DATES, ids=lambda x: str(x)[:30])
def test_dates(values: list[str], format: str, days: list[tuple[int, int, int]]) -> None:
    """Each form of a date is read when one order holds for all rows."""
    kind, found = read_as(values)
    assert kind == "date"
    assert [day.date() for day in found] == [date(*day) for day in days]
    assert learned(values)["styles"]["x"]["date"] == format


TIMES = [
    (["1/31/2024 1:05 PM", "2/1/2024 12:00 AM"], [(2024, 1, 31, 13, 5), (2024, 2, 1)]),
    (["31/01/2024, 10:00:05", "01/02/2024, 00:00:00"], [(2024, 1, 31, 10, 0, 5), (2024, 2, 1)]),
    (["31.01.2024 10:00", "01.02.2024 00:00"], [(2024, 1, 31, 10), (2024, 2, 1)]),
    (["2024-01-31T10:00:00Z", "2024-02-01T00:00:00Z"], [(2024, 1, 31, 10), (2024, 2, 1)]),
    (["2024-01-31T01:00:00+02:00", "2024-02-01T02:00:00+02:00"], [(2024, 1, 30, 23), (2024, 2, 1)]),
    (["2024-01-31 10:00", "2024-02-01 00:00"], [(2024, 1, 31, 10), (2024, 2, 1)]),
]


@pytest.mark.parametrize(("values", "times"), TIMES, ids=lambda x: str(x)[:30])
def test_times(values: list[str], times: list[Any]) -> None:
    """Times are read with any of these dates; with an offset, their values are in UTC."""
    kind, found = read_as(values)
    assert kind == "timestamp"
    assert found == [pd.Timestamp(datetime(*[*time, 0, 0][: max(len(time), 5)])) for time in times]


def test_capitals_of_months_are_learned() -> None:
    """31-JAN-2024 is written back in capitals."""
    assert learned(["31-JAN-2024", "01-MAY-2024"])["styles"]["x"]["upper"] is True


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["Ja", "nein"], [True, False]),
        (["oui", "non"], [True, False]),
        (["sí", "no"], [True, False]),
        (["on", "off"], [True, False]),
        (["j", "n"], [True, False]),
        (["T", "F"], [True, False]),
        (["\u662f", "\u5426"], [True, False]),
        (["\u0434\u0430", "\u043d\u0435\u0442"], [True, False]),
    ],
)
def test_booleans(words: list[str], values: list[bool]) -> None:
    """Words for true and false are read in pairs."""
    assert read_as(words * 10) == ("boolean", values * 10)
    assert learned(words * 10)["styles"]["x"] == dict(zip(("true", "false"), words, strict=True))


@pytest.mark.parametrize("words", [["sí", "true"], ["ja", "off"], ["oui"], ["ja", "maybe"]])
def test_words_that_are_no_pair_are_no_booleans(words: list[str]) -> None:
    """Words of two languages, or one word alone, are levels."""
    assert learned(words * 10)["kinds"] == {"x": "category"}


@pytest.mark.parametrize(
    "values",
    [
        ["192.168.100.101", "192.168.100.102"],
        ["612 345 678", "612 345 679", "912 345 678"],
        ["030 123 456", "1 234 567"],
        ["1.2.3", "1.10.0"],
        ["1,2,3", "4,5,6"],
        ["1,234,56", "7"],
        ["$5", "€6"],
        ["$5", "6"],
        ["1,234.5", "1.234,5"],
        ["12.5 %", "0.5"],
        ["12345678901234567,5", "2,5"],
        ["31/02/2024", "13/01/2024"],
        ["31/01/2024", "01/31/2024"],
        ["2024-1-5", "2024-01-05"],
        ["007,5", "8,5"],
        ["1,5", "2,5 approx."],
    ],
    ids=str,
)
def test_what_is_no_number_and_no_date(values: list[str]) -> None:
    """Addresses, telephone numbers, mixed styles and impossible days stay text."""
    # More levels than a category has, none of which changes the matter.
    state = learned(values)
    assert state["kinds"]["x"] in ("text", "category", "identifier")
    assert state["notes"] == []


AMBIGUOUS = [
    (["03/04/2024", "05/06/2024"], "--date-order", {"date_order": "day"}, date(2024, 4, 3)),
    (["03/04/2024", "05/06/2024"], "--date-order", {"date_order": "month"}, date(2024, 3, 4)),
    (["3-4-24", "5-6-24"], "--date-order", {"date_order": "month"}, date(2024, 3, 4)),
    (["21-03-15", "24-01-31"], "day, or year", {"date_order": "year"}, date(2021, 3, 15)),
    (["21/03/15", "24/01/31"], "day, or year", {"date_order": "day"}, date(2015, 3, 21)),
    (["21.03.15", "24.01.31"], "day, or year", {"date_order": "year"}, date(2021, 3, 15)),
    (["01-02-03 10:05"], "day, or month, or year", {"date_order": "year"}, date(2001, 2, 3)),
    (["1,234", "5,678"], "--decimal", {"decimal": ","}, 1.234),
    (["1,234", "5,678"], "--thousands", {"thousands": ","}, 1234),
    (["1,234", "5678"], "--decimal", {"decimal": ","}, 1.234),
    (["$1.234", "$5"], "--decimal", {"decimal": "."}, 1.234),
    (["$1.234", "$5"], "--decimal", {"thousands": "."}, 1234),
]


@pytest.mark.parametrize(("values", "flag", "said", "first"), AMBIGUOUS, ids=str)
def test_what_no_cell_settles_is_reported(
    values: list[str], flag: str, said: dict[str, Any], first: Any
) -> None:
    """An open order or sign is not guessed: the column stays, with the flag that settles it."""
    state = learned(values)
    assert state["kinds"]["x"] in ("text", "category")
    assert len(state["notes"]) == 1
    assert flag in state["notes"][0]
    found = read_as(values, **said)[1][0]
    assert (found.date() if hasattr(found, "date") else found) == first
    assert learned(values, **said)["notes"] == []


def test_a_cell_far_away_settles_an_order() -> None:
    """All rows are asked, not the first ones: one day past the twelfth is enough."""
    values = [f"{1 + i % 12:02}/{1 + i // 12 % 12:02}/2024" for i in range(9000)]
    assert learned(values)["kinds"] == {"x": "category"}
    values[8765] = "25/01/2024"
    assert learned(values)["styles"]["x"] == {"date": "%d/%m/%Y"}
    values[8765] = "01/25/2024"
    assert learned(values)["styles"]["x"] == {"date": "%m/%d/%Y"}
    values[4321] = "25/01/2024"
    assert learned(values)["kinds"] == {"x": "category"}


@pytest.mark.parametrize("place", [0, 25_000, 49_999])
def test_one_word_far_away_makes_a_pair(place: int, tmp_path: Path) -> None:
    """A single nein among thousands of ja is seen wherever it stands; ja alone stays a level."""
    values = ["ja"] * 50_000
    assert learned(values)["kinds"] == {"x": "category"}
    assert read_as(["ja", "ja"], kinds={"x": "boolean"}) == ("boolean", [True, True])
    values[place] = "Nein"
    assert learned(values)["kinds"] == {"x": "boolean"}
    assert learned(values)["styles"] == {"x": {"true": "ja", "false": "Nein"}}
    (tmp_path / "in.csv").write_text("x;y\n" + "".join(f"{value};1\n" for value in values))
    assert dp.read(tmp_path / "in.csv").kinds["x"] == "boolean"


@pytest.mark.parametrize("place", [0, 8000])
def test_one_number_far_away_tells_quantities_from_names(place: int) -> None:
    """Groups of one length are telephone numbers until one is shorter, wherever it stands."""
    values = [f"612 {i // 1000 + 100} {i % 1000:03}" for i in range(9000)]
    assert learned(values)["kinds"] == {"x": "text"}
    assert learned(values, thousands=" ")["kinds"] == {"x": "integer"}
    values[place] = "12 345"
    assert learned(values)["kinds"] == {"x": "integer"}
    values = [f"192.168.100.{i % 100 + 100}" for i in range(9000)]
    assert learned(values)["kinds"] == {"x": "category"}
    values[place] = "192.168.100.999"
    values[place + 1] = "1.000"
    assert learned(values)["kinds"] == {"x": "integer"}


def test_a_cell_far_away_makes_groups_of_whole_numbers() -> None:
    """A sample of small numbers misleads no one: 12,345 among them is still a number."""
    values: list[Any] = [str(i % 900) for i in range(9000)]
    values[8765] = "12,345,678"
    assert learned(values)["kinds"] == {"x": "integer"}
    values[1234] = "12.5"
    assert learned(values)["kinds"] == {"x": "float"}
    values[4321] = "12,5"
    assert learned(values)["kinds"] == {"x": "text"}


def test_points_of_decimals_are_doubted_beside_decimal_commas() -> None:
    """1.234 is a decimal, and it is said; where another column has decimal commas, it is open."""
    frame = pd.DataFrame({"a": ["1.234", "5.678"] * 9, "b": ["1.5", "2.25"] * 9})
    state = dp.Types().fit(frame).states_[0]
    assert state["kinds"] == {"a": "float", "b": "float"}
    assert "--thousands" in state["notes"][0]
    state = dp.Types().fit(frame.assign(b=["1,5", "2,25"] * 9)).states_[0]
    assert state["kinds"] == {"a": "category", "b": "float"}
    assert "--decimal" in state["notes"][0]


def test_missing_words_still_count() -> None:
    """Words for missing values, and sentinels, are missing in a style too."""
    kind, values = read_as(["1,5", "NA", "-", " 2,5 ", "-999", "?"], sentinels=(-999,))
    assert kind == "float"
    assert [None if value != value else value for value in values] == [
        1.5, None, None, 2.5, None, None,
    ]  # fmt: skip


def test_compact_dates_in_a_column_that_says_so() -> None:
    """19500411 is a day in a column named like a date, never a quantity; elsewhere a number."""
    values = ["19500411", "20240131", "19991231", "20000229"]
    assert learned(values, "birth_date")["kinds"] == {"birth_date": "date"}
    assert learned(values, "income")["kinds"] == {"income": "integer"}
    assert learned([*values, "20241399"], "birth_date")["kinds"] == {"birth_date": "identifier"}
    assert read_as(values, "birth_date")[1][0] == pd.Timestamp("1950-04-11")


def test_given_kinds_find_their_style() -> None:
    """A kind that a person names is read in the style of its cells; two styles are refused."""
    assert read_as(["1,234", "5,678"], kinds={"x": "integer"}) == ("integer", [1234, 5678])
    with pytest.raises(DataError, match="date-order"):
        learned(["03/04/2024"], kinds={"x": "date"})
    with pytest.raises(DataError, match="'abc' in row 1 is not of kind 'float'"):
        learned(["1,5", "abc"], kinds={"x": "float"})


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"decimal": ";"}, "types.decimal"),
        ({"thousands": "x"}, "between thousands"),
        ({"decimal": ",", "thousands": ","}, "as well"),
        ({"date_order": "dmy"}, "date_order"),
    ],
)
def test_parameters_are_checked(parameters: dict[str, Any], says: str) -> None:
    """Signs that stand for nothing are refused, with what may be given."""
    with pytest.raises(ConfigError, match=says):
        learned(["1"], **parameters)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_frames_do_the_same(library: str) -> None:
    """Polars and Arrow learn the same state and give the same values as pandas."""
    columns = {
        "a": ["1.234,5", "2", None],
        "day": ["31/12/2024", "01/02/2024", "NA"],
        "ok": ["ja", "nein", "ja"],
        "p": ["($5)", "$1,200.00", "?"],
    }
    frame: Any = pl.DataFrame(columns) if library == "polars" else pa.table(columns)
    stage = dp.Types().fit(frame)
    assert stage.states_ == dp.Types().fit(pd.DataFrame(columns)).states_
    out = stage.transform(frame)
    rows = out.to_dicts() if library == "polars" else out.to_pylist()
    assert [row["a"] for row in rows] == [1234.5, 2.0, None]
    assert [row["p"] for row in rows] == [-5, 1200, None]
    assert [str(row["day"])[:10] for row in rows] == ["2024-12-31", "2024-02-01", "None"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "file"])
def test_nan_is_a_missing_word_in_a_style_too(library: str, tmp_path: Path) -> None:
    """NaN and nan among decimal commas are null, not a number that spoils a mean."""
    values = {"x": ["1,5", "2,5", "NaN", "nan", "10,5"]}
    (tmp_path / "in.csv").write_text("x;y\n" + "".join(f"{value};1\n" for value in values["x"]))
    given: Any = {
        "pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table,
    }.get(library, lambda _: dp.read(tmp_path / "in.csv").to_arrow())(values)  # fmt: skip
    out = dp.Pipeline([dp.Types(), dp.Impute(strategy="mean")]).fit(given).transform(given)
    found = out["x"].to_pylist() if isinstance(out, pa.Table) else out["x"].to_list()
    assert [round(value, 6) for value in found] == [1.5, 2.5, 4.833333, 4.833333, 10.5]


# ---- styles are read as they are written

_signs = st.sampled_from([(".", ""), (".", ","), (",", ""), (",", "."), (",", NBSP), (".", "'")])
_affixes = st.sampled_from([("", ""), ("$", ""), ("", " EUR"), ("\u20ac ", ""), ("", "%")])
_negatives = st.sampled_from(["-", MINUS, "()", "5-"])


@st.composite
def styles(draw: Any) -> Style:
    decimal, grouping = draw(_signs)
    prefix, suffix = draw(_affixes)
    return Style(
        decimal=decimal,
        grouping=grouping,
        indian=grouping == "," and draw(st.booleans()),
        prefix=prefix,
        suffix=suffix,
        decimals=draw(st.sampled_from([0, 2, 5])),
        negative=draw(_negatives),
    )


@given(styles(), st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=20), st.booleans())
@tries(60)
def test_numbers_are_read_as_they_are_written(
    style: Style, numbers: list[int], whole: bool
) -> None:
    """What is written in a style has its pattern, is read back equal, and its style is found."""
    import re

    import duckdb

    kind: Any = "integer" if whole else "float"
    sql_type = "BIGINT" if whole else "DOUBLE"
    values = numbers if whole else [number / 1000 for number in numbers]
    cells_ = ", ".join(f"({value!r})" for value in values)
    asked = (
        f"select v, t, {read('t', kind, style, sql_type)} from "
        f"(select v, {written('v', kind, style)} as t from "
        f"(select col0::{sql_type} as v from (values {cells_})))"
    )
    with duckdb.connect() as connection:
        rows = connection.execute(asked).fetchall()
    assert all(value == back for value, _, back in rows)
    written_texts = {text for _, text, _ in rows}
    plain = {text for text in written_texts if "e" not in text}
    assert all(re.fullmatch(style.pattern(kind), text) for text in plain)
    assert plain == set() or rivals("x", plain) or kind == "float"


@given(
    st.dates(date(1970, 1, 1), date(2067, 12, 31)),
    st.sampled_from([case[1] for case in DATES] + ["%Y%m%d", "%d %b %y", "%Y.%m.%d"]),
)
@tries(60)
def test_dates_are_read_as_they_are_written(day: date, format: str) -> None:
    """A day that is written in a format is read back as that day, and matches its pattern."""
    import re

    import duckdb

    style = Style(date=format)
    value = f"date '{day}'"
    text = f"({written(value, 'date', style)})"
    with duckdb.connect() as connection:
        row = connection.execute(f"select {text}, {read(text, 'date', style, 'DATE')}").fetchall()
    assert row[0][1] == day
    assert re.fullmatch(style.pattern("date"), row[0][0])


# ---- files

COLUMNS = {
    "price": lambda i: f"{1 + i % 9}.{100 + 3 * i % 900},{i % 10}",
    "paid": lambda i: f"(${i}.25)" if i % 3 == 0 else f"${i}.50",
    "day": lambda i: f"{1 + i % 28:02}/{1 + i % 12:02}/2024",
    "at": lambda i: f"2024-01-{1 + i % 28:02}T10:{i % 60:02}:00+02:00",
    "ok": lambda i: "Ja" if i % 3 else "nein",
    "share": lambda i: f"{i % 100} %",
    "open": lambda i: f"0{1 + i % 9}/07/2024",
}


def a_file(path: Path, rows: int = 200, delimiter: str = ";", missing: str = "") -> Path:
    """Write a table in mixed styles, with a missing cell in each column and one far price."""
    lines = [delimiter.join(COLUMNS)]
    for i in range(rows):
        row = [make(i) for make in COLUMNS.values()]
        row[i % len(row)] = missing if i < len(row) else row[i % len(row)]
        if i == 150:
            row[0] = "9.876.543.210,5"
        lines.append(delimiter.join(f'"{c}"' if delimiter in c else c for c in row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


KINDS = {
    "price": "float",
    "paid": "float",
    "day": "date",
    "at": "timestamp",
    "ok": "boolean",
    "share": "integer",
    "open": "category",
}


@pytest.mark.parametrize("delimiter", [";", ","])
def test_new_values_are_written_in_the_column_s_style(dataprep, tmp_path, delimiter):
    """Filled and clipped cells are as their column; all others keep their very text; undo."""
    given_file = a_file(tmp_path / "in.csv", delimiter=delimiter)
    answer = dataprep(
        "clean", "in.csv", "--missing", "most_frequent", "--set", "impute.columns=features"
    )
    assert answer.code == 0, answer.err
    assert "--date-order day" in answer.out
    summary = summary_of(tmp_path / "in.clean.csv")
    assert summary["columns"] == KINDS
    assert "open" in summary["input"]["notes"][0]
    before = cells(given_file, delimiter)
    after = cells(tmp_path / "in.clean.csv", delimiter)
    ledger = pd.read_parquet(folder_of(tmp_path / "in.clean.csv") / "ledger.parquet")
    changed = {
        (row, before[0][i]): b
        for row, (old, new) in enumerate(zip(before[1:], after[1:], strict=True))
        for i, (a, b) in enumerate(zip(old, new, strict=True))
        if a != b
    }
    told = zip(ledger["row"], ledger["column"], ledger["after"], strict=True)
    assert changed == {(row, column): text for row, column, text in told}
    assert len(changed) == len(COLUMNS) + 1
    assert changed[1, "paid"].startswith(("$", "($"))
    assert changed[2, "day"][2::3] == "//0"[:2] + changed[2, "day"][8]
    assert changed[3, "at"].endswith(":00+02:00")
    assert changed[4, "ok"] == "Ja"
    assert changed[5, "share"].endswith(" %")
    assert changed[150, "price"].count(",") == 1
    assert dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_bytes() == given_file.read_bytes()
    # What was written is read again as it was.
    assert {**dp.read(tmp_path / "in.clean.csv").kinds, "open": ""} == {**KINDS, "open": ""}


@pytest.mark.parametrize(
    ("prices", "filled"),
    [
        (["$0.75", "$1,200.50", "$3,600.00"], "$1,200.50"),
        (["$0.75", "$1,200.50", "$3,600.0"], "$1,200.5"),
        (["$1.50", "$2.50", "$5"], "$2.5"),
        (["$1.25", "$2.125", "$3.13"], "$2.125"),
    ],
    ids=str,
)
def test_prices_are_filled_in_with_the_decimals_of_all_others(dataprep, tmp_path, prices, filled):
    """Where every price has two decimals, a median of 1200.5 has two as well."""
    lines = [f'{i},"{price}"\n' for i, price in enumerate([*prices, ""])]
    (tmp_path / "in.csv").write_text("id,price\n" + "".join(lines))
    assert dataprep("clean", "in.csv", "-q", "--outliers", "none").code == 0
    assert cells(tmp_path / "in.clean.csv")[-1][1] == filled


def test_a_frozen_style_is_applied_and_refuses_others(dataprep, tmp_path):
    """``apply`` reads as the pipeline learned; a cell in another style is an error."""
    a_file(tmp_path / "in.csv")
    assert dataprep("clean", "in.csv", "-q").code == 0
    pipeline = tmp_path / "in.clean.dataprep" / "pipeline.json"
    state = json.loads(pipeline.read_text())["types"]["state"]
    assert state["styles"]["price"] == {"decimal": ",", "grouping": "."}
    assert state["styles"]["at"] == {"date": "%Y-%m-%dT%H:%M:%S", "zone": "+02:00"}
    # Days that leave the order open are read in the order of fit.
    header = ";".join(COLUMNS)
    row = "1.234,5;$5.00;03/04/2024;2024-01-01T10:00:00+02:00;nein;5 %;01/01/2024"
    (tmp_path / "new.csv").write_text(f"{header}\n{row}\n{row.replace('5.00', '')}\n")
    (tmp_path / "new.csv").write_text(f"{header}\n{row}\n;;;;;;\n")
    done = dataprep("apply", pipeline, "new.csv", "-o", "out.parquet", "-q")
    assert done.code == 0, done.err
    out = pd.read_parquet(tmp_path / "out.parquet")
    assert out["price"][0] == 1234.5
    assert str(out["day"][0])[:10] == "2024-04-03"
    assert not out["ok"][0]
    (tmp_path / "bad.csv").write_text(f"{header}\n{row}\n{row.replace('1.234,5', '1,234.5')}\n")
    refused = dataprep("apply", pipeline, "bad.csv", "-q")
    assert refused.code != 0
    assert "price" in refused.err
    assert "'1,234.5' in row 1" in refused.err


def test_a_pipeline_of_a_frame_reads_a_file_as_it_is_told(dataprep, tmp_path):
    """Fitted on values, it takes no style from the rows that are served, but from the flags."""
    frame = pd.DataFrame({"x": [1.5, 2.5, None], "day": pd.to_datetime(["2024-01-31"] * 3)})
    dp.Pipeline([dp.Impute()]).fit(frame).save(tmp_path / "pipeline.json")
    path = tmp_path / "new.csv"
    path.write_text("x;day\n1,234;2024-01-31 00:00:00\n;2024-02-01 00:00:00\n")
    for more in ("", "1,5;2024-02-01 00:00:00\n", "1,234,567;2024-02-01 00:00:00\n"):
        path.write_text(path.read_text() + more)
        refused = dataprep("apply", "pipeline.json", "new.csv", "-q", "-f")
        assert refused.code != 0
        assert "'1,234' in row 0 is not of kind 'float'" in refused.err
        assert "--decimal" in refused.err
    path.write_text("x;day\n1.234,5;31/01/2024 00:00\n;01/02/2024 00:00\n")
    flags = ("--decimal", ",", "--date-order", "day")
    done = dataprep("apply", "pipeline.json", "new.csv", "-q", "-f", *flags)
    assert done.code == 0, done.err
    assert cells(tmp_path / "new.clean.csv", ";")[2] == ["2,0", "01/02/2024 00:00"]


def test_signs_are_not_said_twice(dataprep, tmp_path):
    """A pipeline that was fitted on a file knows how it is written; a flag is refused."""
    (tmp_path / "in.csv").write_text("x;y\n1,5;1\n2,5;2\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    pipeline = "in.clean.dataprep/pipeline.json"
    refused = dataprep("apply", pipeline, "in.csv", "-o", "o.csv", "--decimal", ".")
    assert refused.code == 2
    assert "--decimal: is '.', but the pipeline has learned" in refused.err


def test_a_beginning_that_misleads_costs_no_truth(tmp_path):
    """Decimal commas that end after the part that is looked at first are seen."""
    path = tmp_path / "in.csv"
    rows = [f"{i % 700 / 4}".replace(".", ",") + ";" + "x" * 20 for i in range(20_000)]
    path.write_text("x;pad\n" + "\n".join(rows) + "\n")
    assert dp.read(path).kinds["x"] == "float"
    rows[19_990] = "1.5;" + "x" * 20
    path.write_text("x;pad\n" + "\n".join(rows) + "\n")
    assert dp.read(path).kinds["x"] == "category"


def test_flags_settle_what_is_open(dataprep, tmp_path):
    """The flags that a note names do what it says, in the library too."""
    path = tmp_path / "in.csv"
    path.write_text("when;amount\n" + "03/04/2024;1,234\n05/06/2024;5,678\n" * 9)
    assert dp.read(path).kinds == {"when": "category", "amount": "category"}
    assert len(dp.read(path).report["notes"]) == 2
    table = dp.read(path, date_order="month", decimal=",")
    assert table.kinds == {"when": "date", "amount": "float"}
    assert table.report["notes"] == []
    flags = ("--date-order", "day", "--thousands", ",", "-q", "--dedupe", "none")
    assert dataprep("clean", "in.csv", *flags).code == 0
    kinds = {"when": "date", "amount": "integer"}
    assert summary_of(tmp_path / "in.clean.csv")["columns"] == kinds


def test_json_lines_hold_styled_strings(dataprep, tmp_path):
    """Numbers in strings are read in their style, and stay strings."""
    lines = [json.dumps({"x": f"{i},5" if i != 5 else None, "n": i}) for i in range(40)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    done = dataprep("clean", "in.jsonl", "-q", "--dedupe", "none")
    assert done.code == 0, done.err
    found = [json.loads(line) for line in (tmp_path / "in.clean.jsonl").read_text().splitlines()]
    assert found[4]["x"] == "4,5"
    assert found[5]["x"] == "20,5"


def test_whole_numbers_beyond_63_bits_are_left_alone() -> None:
    """Hashes of 64 bits without a sign are of kind other: no overflow, nothing changed."""
    values = [1, 2**64 - 1, None, 3]
    for frame in (pa.table({"u": pa.array(values, pa.uint64()), "x": [1.0, None, 3.0, 3.0]}),):
        result = dp.clean(frame)
        assert result.data["u"].to_pylist() == values
        assert result.data["x"].to_pylist() == [1.0, 3.0, 3.0, 3.0]
        pipe = dp.Pipeline([dp.IQR()]).fit(frame)
        assert pipe.transform(frame.slice(3, 1))["u"].to_pylist() == [3]


def test_every_currency_that_is_read_is_like_a_number() -> None:
    """What finds a table's delimiter and header knows the currencies that values are read with."""
    assert all(like_number(f"{sign} 1,5") and like_number(f"1,5{sign}") for sign in CURRENCIES)
