"""Columns against recorded ones."""

import pandas as pd

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
        "reordered": ["a", "b"],
    }
    assert "a was date, is integer" in str(found)


def test_a_category_that_becomes_text_is_no_drift():
    """One more level turns a category into text: that is no other type."""
    assert not schema_drift(TABLE, {**KINDS, "c": "category"})
    assert not schema_drift(TABLE, {**KINDS, "c": "identifier"})
