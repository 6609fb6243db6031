"""Which columns a parameter chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dataprep as dp
from dataprep.columns import Selector, resolve
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError
from dataprep.roles import roles_of
from dataprep.table import Table

ROWS = 30


@pytest.fixture(scope="module")
def table() -> Table:
    """One column of each kind, a target, an id and a weight among them."""
    frame = pd.DataFrame(
        {
            "customer_id": range(ROWS),
            "age": [20 + i for i in range(ROWS)],
            "rooms": [i % 3 for i in range(ROWS)],
            "income": [1000.5 + i for i in range(ROWS)],
            "x_1": [float(i % 2) for i in range(ROWS)],
            "plan": ["ab"[i % 2] for i in range(ROWS)],
            "note": [f"words {i}" for i in range(ROWS)],
            "open": [i % 2 == 0 for i in range(ROWS)],
            "seen": pd.date_range("2024-01-01", periods=ROWS),
            "zip": [f"{i:05d}" for i in range(ROWS)],
            "w": [1.0] * ROWS,
            "churned": [i % 2 for i in range(ROWS)],
        }
    )
    roles = {"target": "churned", "id": "customer_id", "weight": "w"}
    opened = open_frame(frame, roles=roles).table
    kinds = {**opened.kinds, "zip": "identifier"}
    return Table(opened.frame, kinds, opened.engine, opened.roles)


NUMERIC = ["age", "rooms", "income", "x_1"]
FEATURES = [*NUMERIC, "plan", "note", "open", "seen", "zip"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("age", ["age"]),
        (["income", "age"], ["age", "income"]),
        (("w",), ["w"]),
        ([], []),
        ("numeric", NUMERIC),
        ("continuous", ["age", "income"]),
        ("category", ["plan"]),
        ("text", ["note"]),
        ("boolean", ["open"]),
        ("temporal", ["seen"]),
        ("identifier", ["zip"]),
        ("features", FEATURES),
        ("target", ["churned"]),
        ("all", ["customer_id", *FEATURES, "w", "churned"]),
        ("/^x_/", ["x_1"]),
        ("/e$/", ["age", "income", "note"]),
        ("/nothing like it/", []),
        (dp.numeric(), NUMERIC),
        (dp.continuous(), ["age", "income"]),
        (dp.category() | dp.boolean(), ["plan", "open"]),
        (dp.numeric() - "age", ["rooms", "income", "x_1"]),
        (dp.numeric() - dp.matching("^x_"), ["age", "rooms", "income"]),
        (dp.numeric() & dp.matching("o"), ["rooms", "income"]),
        (dp.numeric() - (dp.continuous() | "x_1"), ["rooms"]),
        ((dp.numeric() - "age") | "age", NUMERIC),
        (dp.kind("float"), ["income", "x_1"]),
        (dp.role("weight"), ["w"]),
        (dp.target(), ["churned"]),
        (dp.all_columns() - "w", ["customer_id", *FEATURES, "churned"]),
        (dp.text() | dp.temporal() | dp.identifier(), ["note", "seen", "zip"]),
        ("numeric() - 'age'", ["rooms", "income", "x_1"]),
        ("kind('integer') | role('id')", ["customer_id", "age", "rooms"]),
        ("numeric() - ('age' | 'income')", ["rooms", "x_1"]),
    ],
    ids=str,
)
def test_columns_are_chosen(columns: Any, expected: list[str], table: Table) -> None:
    """Names, words, regular expressions and selectors choose columns, in the table's order."""
    assert resolve(columns, table) == expected


def test_selectors_leave_columns_with_a_role_alone(table: Table) -> None:
    """A target, id or weight is chosen by name or by role, never for being a number."""
    assert not set(resolve("numeric", table)) & {"churned", "customer_id", "w"}
    assert resolve("churned", table) == ["churned"]


def test_a_column_of_the_same_name_goes_before_a_word() -> None:
    """In a table with a column called ``text``, that word means the column."""
    frame = pd.DataFrame({"text": range(ROWS), "note": [f"words {i}" for i in range(ROWS)]})
    assert resolve("text", open_frame(frame).table) == ["text"]
    assert resolve(dp.text(), open_frame(frame).table) == ["note"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("incme", "no column named 'incme'. Did you mean 'income'?"),
        (["age", "plam"], "no column named 'plam'. Did you mean 'plan'?"),
        ("AGE", "Did you mean 'age'?"),
        ("numeric() - 'aeg'", "no column named 'aeg'. Did you mean 'age'?"),
        ("xyzzy", "There is: customer_id, age"),
    ],
)
def test_a_column_that_is_not_there_is_named(columns: Any, message: str, table: Table) -> None:
    """A wrong name is an error that says which columns are near, or all that there are."""
    with pytest.raises(ConfigError) as caught:
        resolve(columns, table)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("numerc()", "cannot use numerc(...)"),
        ("numerc()", "Did you mean 'numeric'?"),
        ("kind('flaot')", "unknown kind 'flaot'"),
        ("kind('flaot')", "Did you mean 'float'?"),
        ("matching('(')", "bad regular expression"),
        ("numeric() -", "cannot read"),
        ("numeric() + 'age'", "cannot use numeric() + 'age'"),
        ("__import__('os')", "cannot use __import__(...)"),
        ("numeric().source", "cannot use numeric().source"),
        ("[x for x in ()]", "cannot use"),
        ("numeric(1)", "cannot use numeric(...)"),
    ],
)
def test_a_selector_that_cannot_be_read_is_an_error(source: str, message: str) -> None:
    """Text that is no selector is refused with what could be meant, and never evaluated."""
    with pytest.raises(ConfigError) as caught:
        Selector.parse(source)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "selector",
    [dp.numeric() - "age", (dp.numeric() | dp.text()) & dp.matching("a'b"), dp.role("id") - "x y"],
)
def test_a_selector_is_its_text(selector: Selector) -> None:
    """What a selector shows is what YAML may say, and reads as the same selector."""
    assert Selector.parse(repr(selector)) == selector
    assert hash(Selector.parse(repr(selector))) == hash(selector)


def test_a_selector_as_a_parameter_is_saved_as_text(tmp_path: Any) -> None:
    """A pipeline with a selector comes back from JSON and does the same."""
    frame = pd.DataFrame({"age": [1.0, None, 3.0], "n": [None, 2.0, 2.0]})
    pipe = dp.Pipeline([dp.Impute(strategy="mean", columns=dp.numeric() - "n")]).fit(frame)
    pipe.save(tmp_path / "pipeline.json")
    again = dp.Pipeline.load(tmp_path / "pipeline.json")
    assert again.stages[0].parameters() == pipe.stages[0].parameters()
    assert again.transform(frame).equals(pipe.transform(frame))
    assert again.transform(frame)["n"].isna().sum() == 1


def test_columns_are_chosen_once_at_fit() -> None:
    """What was chosen at ``fit`` stays chosen: another table's numbers change nothing."""
    train = pd.DataFrame({"a": [float(i) for i in range(20)], "b": [1.0, 2.0] * 10})
    stage = dp.Quantile(columns="continuous", lower=0.1, upper=0.9).fit(train)
    served = pd.DataFrame({"a": [100.0] * 20, "b": [float(i) for i in range(20)]})
    assert stage.transform(served)["b"].equals(served["b"])
    assert stage.transform(served)["a"].max() < 20


def test_roles_name_columns_that_are_there() -> None:
    """A role is given to one column or to several, and a wrong name is an error."""
    assert roles_of({"target": "y", "id": ["a", "b"], "weight": None}, ["a", "b", "y"]) == {
        "y": "target",
        "a": "id",
        "b": "id",
    }
    with pytest.raises(ConfigError, match=r"target: no column named 'yy'. Did you mean 'y'\?"):
        roles_of({"target": "yy"}, ["a", "y"])


@pytest.mark.parametrize("wrong", [Path("more.csv"), [Path("more.csv")], 1.5, [["y"]]])
@pytest.mark.parametrize("role", ["target", "id"])
def test_what_is_no_name_is_told_with_its_parameter(role: str, wrong: Any, tmp_path: Path) -> None:
    """A second file where the target goes, say, is refused for a file and for a frame."""
    frame = pd.DataFrame({"x": [1, 2], "y": [0, 1]})
    frame.to_csv(tmp_path / "in.csv", index=False)
    for data in (frame, tmp_path / "in.csv"):
        with pytest.raises(ConfigError, match=rf"^{role}(\[\d\])?: .*(more\.csv|1\.5|'y')"):
            dp.clean(data, **{role: wrong})
