"""Columns against recorded ones."""

import json

import pandas as pd
import pytest

from dataprep.engines.frames import open_frame
from dataprep.expectations.drift_of_schema import schema_drift

TABLE = open_frame(pd.DataFrame({"a": [1, 2], "b": [1.5, 2.5], "c": ["x", "y"]})).table
KINDS = dict(TABLE.kinds)


def test_the_same_columns_are_no_drift():
    """What was recorded of a table is what it has."""
    assert not schema_drift(TABLE, KINDS)
    assert str(schema_drift(TABLE, KINDS)) == "the columns are as recorded"


def test_added_gone_retyped_and_reordered_columns_are_told():
    """Each sort of drift has a list of its own, as JSON holds it."""
    found = schema_drift(TABLE, {"b": "float", "a": "date", "old": "text"})
    assert found.as_dict() == {
        "added": ["c"],
        "gone": ["old"],
        "retyped": {"a": ["date", "integer"]},
        "reordered": ["a"],
        "examples": {},
    }
    assert "a was date, is integer" in str(found)


def test_a_category_that_becomes_text_is_no_drift():
    """One more level turns a category into text: that is no other type."""
    assert not schema_drift(TABLE, {**KINDS, "c": "category"})
    assert not schema_drift(TABLE, {**KINDS, "c": "identifier"})


def test_a_column_without_a_value_is_of_any_kind():
    """What is empty today has nothing that would not fit."""
    frame = pd.DataFrame({"a": pd.Series([None, None], dtype=object), "b": [float("nan")] * 2})
    assert not schema_drift(open_frame(frame).table, {"a": "integer", "b": "date"})


def test_whole_numbers_with_gaps_are_whole_in_pandas():
    """A gap makes floats of whole numbers; a half makes them floats."""
    table = open_frame(pd.DataFrame({"a": [1, None], "b": [1.5, None]})).table
    found = schema_drift(table, {"a": "integer", "b": "integer"})
    assert found.retyped == {"b": ("integer", "float")}


@pytest.mark.parametrize(
    ("names", "moved"),
    [("abcd", []), ("bcda", ["a"]), ("dabc", ["d"]), ("acbd", ["b"]), ("badc", ["a", "c"])],
)
def test_only_columns_that_moved_are_told(names, moved):
    """One column at the other end is one, not all."""
    table = open_frame(pd.DataFrame([[1] * 4], columns=list(names))).table
    found = schema_drift(table, dict.fromkeys("abcd", "integer"))
    assert len(found.reordered) == len(moved)
    stayed = [name for name in names if name not in found.reordered]
    assert stayed == sorted(stayed)


QTY = "\n".join(map(str, range(1, 31)))


@pytest.mark.parametrize(
    ("recorded", "text", "says"),
    [
        ("integer", QTY, "as recorded"),
        ("identifier", f"{QTY}\n30", "as recorded"),
        ("text", "2024-01-31\n2024-02-01", "as recorded"),
        ("float", "1\n2\n2", "as recorded"),
        ("integer", '""\nNA\n""', "as recorded"),
        ("integer", f"{QTY}\n41.5", "qty was integer, is float ('41.5' in row 30)"),
        ("integer", f"{QTY}\nabc", "qty was integer, is text ('abc' in row 30)"),
        ("integer", "a\nb\nc", "qty was integer, is text"),
        ("date", "2024-01-31\n2024-02-30\n2024-03-01", "('2024-02-30' in row 1)"),
    ],
)
def test_kinds_of_a_file_differ_where_a_value_does(dataprep, tmp_path, recorded, text, says):
    """Of a file, a column is of another kind when a cell is; that cell is named."""
    (tmp_path / "in.csv").write_text(f"qty,b\n{text.replace(chr(10), ',x' + chr(10))},x\n")
    (tmp_path / "s.json").write_text(json.dumps({"columns": {"qty": recorded, "b": "category"}}))
    answer = dataprep("validate", "in.csv", "--schema", "s.json")
    assert says in answer.out, answer.out + answer.err
    assert answer.code == ("as recorded" not in says)
