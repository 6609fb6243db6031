"""What is shown comes from the summary, and nothing in it is taken for markup."""

import io
import json

import pytest
from rich.console import Console

from dataprep.report.stages import all_described, pipeline_schema, schema_of
from dataprep.report.text import show_run

STAGE = {
    "stage": "1:impute",
    "name": "impute",
    "rows_rejected": 0,
    "rows_synthetic": 0,
    "cells_changed": 1234,
    "cells_by_column": {"[red]a": 1200, "b": 34},
    "actions": {"impute": 1234},
    "columns_added": [],
    "columns_removed": {},
    "notes": ["[bold]a note"],
    "seconds": 0.1,
}
SUMMARY = {
    "input": {
        "paths": ["[x].csv"],
        "format": "csv",
        "rows": 5000,
        "columns": ["[red]a", "b"],
        "delimiter": ";",
        "header": True,
    },
    "output": {"path": "[x].clean.csv", "format": "csv", "bytes": 1},
    "folder": "[x].clean.dataprep",
    "rows_malformed": 2,
    "rows_in": 5000,
    "rows_kept": 4990,
    "rows_rejected": 10,
    "rows_synthetic": 0,
    "rows_out": 4990,
    "cells_changed": 1234,
    "seconds": 1.5,
    "stages": [STAGE],
}


def shown(summary, **options):
    """Return what a run shows."""
    file = io.StringIO()
    show_run(summary, Console(file=file, width=160, soft_wrap=True), **options)
    return file.getvalue()


def test_the_numbers_are_those_of_the_summary():
    """Rows, cells and malformed lines are said as they were counted."""
    text = shown(SUMMARY)
    assert "5,000 rows in = 4,990 kept + 10 rejected; 1,234 cells changed; 1.50 s" in text
    assert "5,000 rows, 2 columns, semicolon separated, with header" in text
    assert "2 lines are no rows: see malformed.csv" in text
    assert "1,234 cells filled" in text


def test_names_are_no_markup():
    """Brackets in names of files, columns and notes are shown as they stand."""
    text = shown(SUMMARY)
    for name in ("[x].csv", "[x].clean.csv", "[x].clean.dataprep", "[red]a 1,200", "[bold]a note"):
        assert name in text
    assert "dataprep undo '[x].clean.csv'" in text
    assert "dataprep apply '[x].clean.dataprep/pipeline.json' NEW.csv" in text


def test_rows_that_were_made_are_counted():
    """Synthetic rows stand in the equation."""
    assert "; 7 made" in shown({**SUMMARY, "rows_synthetic": 7})


def test_a_dry_run_says_so():
    """No output is named that was not written."""
    text = shown({**SUMMARY, "output": None, "folder": None}, dry_run=True)
    assert "nothing was written" in text
    assert "undo" not in text


@pytest.mark.parametrize("item", all_described(), ids=lambda item: item["name"])
def test_every_stage_has_a_schema_of_its_parameters(item):
    """The schema has the parameters, their defaults and meanings, and no others."""
    schema = schema_of(item["name"])
    assert list(schema["properties"]) == [parameter["name"] for parameter in item["parameters"]]
    assert schema["additionalProperties"] is False
    for parameter in item["parameters"]:
        inner = schema["properties"][parameter["name"]]
        assert inner.get("description", "") == parameter["doc"]
        assert {"anyOf", "type", "enum"} & set(inner)
        default = parameter["default"]
        assert inner["default"] == (list(default) if isinstance(default, tuple) else default)


def test_the_pipeline_s_schema_is_json():
    """It can be written out, and lists every stage."""
    schema = json.loads(json.dumps(pipeline_schema()))
    names = schema["properties"]["stages"]["items"]["anyOf"][0]["enum"]
    assert names == [item["name"] for item in all_described()]
