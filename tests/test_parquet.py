"""Parquet files: types, time zones, dictionaries and NaN come back; what changed is imputed."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import summary_of
from pyarrow import csv

ROWS = 200
NAN = float("nan")


def every(n, value, other):
    return [other(i) if i % n else value for i in range(ROWS)]


COLUMNS = {
    "amount": pa.array(every(10, None, lambda i: NAN if i % 10 == 1 else i / 7)),
    "ratio": pa.array(every(7, NAN, lambda i: 1.5), pa.float32()),
    "plan": pa.array(every(3, None, lambda i: "ab"[i % 2])).dictionary_encode(),
    "word": pa.array(every(3, None, lambda i: "xy"[i % 2]), pa.large_string()),
    "at": pa.array(
        [dt.datetime(2020, 1, 1) + dt.timedelta(hours=i) for i in range(ROWS)],
        pa.timestamp("ms", tz="Europe/Berlin"),
    ),
    "price": pa.array(every(5, None, lambda i: Decimal(i) / 100), pa.decimal128(10, 2)),
    "half": pa.array(every(9, None, np.float16), pa.float16()),
    "list": pa.array([[1, i] for i in range(ROWS)]),
    "struct": pa.array([{"a": i} for i in range(ROWS)]),
    "bytes": pa.array([bytes([i]) for i in range(ROWS)]),
    "small": pa.array(every(4, None, lambda i: i % 100), pa.int8()),
    "clock": pa.array([dt.time(1, 2, i % 60) for i in range(ROWS)]),
    "digits": pa.array(every(3, None, lambda i: " 5")),
}


@pytest.fixture
def given(tmp_path):
    table = pa.table(COLUMNS, metadata={"made by": "hand"})
    table = pa.concat_tables([table, table.slice(0, 3)])
    pq.write_table(table, tmp_path / "in.parquet")
    return pq.read_table(tmp_path / "in.parquet")


def same(one, other):
    """Tell whether two tables are the same, NaN like NaN."""
    return one.schema.equals(other.schema, check_metadata=True) and all(
        repr(one[name].to_pylist()) == repr(other[name].to_pylist()) for name in one.column_names
    )


def test_what_no_stage_touched_is_as_it_was(dataprep, tmp_path, given):
    """Without stages, types, metadata, time zones, dictionaries and NaN are those of the input."""
    (tmp_path / "nothing.yaml").write_text("stages: []\n")
    assert dataprep("clean", "in.parquet", "--pipeline", "nothing.yaml", "-q").code == 0
    assert same(pq.read_table(tmp_path / "in.clean.parquet"), given)


def test_missing_values_are_imputed_and_types_stay(dataprep, tmp_path, given):
    """NaN is missing as null is; strings of few levels are categories; every type stays."""
    assert dataprep("clean", "in.parquet", "-q").code == 0
    out = pq.read_table(tmp_path / "in.clean.parquet")
    assert out.schema.equals(given.schema, check_metadata=True)
    assert [n for n in out.column_names if out[n].null_count] == []
    assert not np.isnan(out["amount"].to_numpy()).any()
    impute = summary_of(tmp_path / "in.clean.parquet")["stages"][1]["cells_by_column"]
    assert impute == {
        "amount": 40, "ratio": 29, "plan": 67, "word": 67, "price": 40, "half": 23, "small": 50,
        "digits": 67,
    }  # fmt: skip


@pytest.mark.parametrize("output", ["out.parquet", "out.csv", "out.jsonl"])
def test_undo_gives_the_parquet_back(dataprep, tmp_path, given, output):
    """Whatever format was written, undo gives the input's rows and schema."""
    assert dataprep("clean", "in.parquet", "-o", output, "-q").code == 0
    assert dataprep("undo", output, "-o", "back.parquet", "-q").code == 0
    assert same(pq.read_table(tmp_path / "back.parquet"), given)


def test_known_kinds_hold_for_parquet(dataprep, tmp_path, given):
    """A kind that is given reads text, or names an identifier; undo brings the text back."""
    words = ["--type", "digits=integer", "--type", "word=identifier", "-o", "out.parquet", "-q"]
    assert dataprep("clean", "in.parquet", *words).code == 0
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.schema.field("digits").type == pa.int64()
    assert set(out["digits"].to_pylist()) == {5}
    assert out["word"].null_count == given["word"].slice(0, ROWS).null_count
    assert dataprep("undo", "out.parquet", "-o", "back.parquet", "-q").code == 0
    assert same(pq.read_table(tmp_path / "back.parquet"), given)


def test_a_kind_that_the_file_contradicts_is_refused(refused, given):
    """Numbers of a Parquet file are not read as dates."""
    refused(
        "clean", "in.parquet", "--type", "small=date", code=3,
        says=["small", "'integer'", "'date'"],
    )  # fmt: skip


def test_an_empty_selection_keeps_the_columns(dataprep, tmp_path, given):
    """CSV from Parquet writes values as DuckDB does, and no cell is lost."""
    (tmp_path / "nothing.yaml").write_text("stages: []\n")
    words = ["--pipeline", "nothing.yaml", "-o", "out.jsonl", "-q"]
    assert dataprep("clean", "in.parquet", *words).code == 0
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert len(lines) == len(given)
    assert json.loads(lines[1])["plan"] == given["plan"][1].as_py()


def test_long_decimals_that_were_there_stay(dataprep, tmp_path):
    """To impute a decimal column changes no other cell, however many digits it has."""
    column = [Decimal("1.10"), None, Decimal("1234567890123456789.25"), Decimal("3.33")] * 3
    pq.write_table(pa.table({"x": pa.array(column, pa.decimal128(30, 2))}), tmp_path / "in.parquet")
    words = ["--outliers", "none", "--dedupe", "none", "-q"]
    assert dataprep("clean", "in.parquet", *words).code == 0
    out = pq.read_table(tmp_path / "in.clean.parquet")["x"].to_pylist()
    assert [new for new, old in zip(out, column, strict=True) if old] == [x for x in column if x]
    assert summary_of(tmp_path / "in.clean.parquet")["cells_changed"] == 3


def test_names_fields_and_infinities_survive(dataprep, tmp_path):
    """Names that differ in case alone, fields that cannot be missing, metadata, infinities."""
    schema = pa.schema(
        [
            pa.field("a", pa.int64(), nullable=False, metadata={"unit": "m"}),
            pa.field("A", pa.dictionary(pa.int32(), pa.string())),
            pa.field("f", pa.float64()),
        ]
    )
    levels = pa.array(["x", "y", None] * 20).dictionary_encode()
    floats = [float("inf"), NAN, None, 1.5, 2.5, 3.5] * 10
    given = pa.table([pa.array(range(100, 160)), levels, pa.array(floats)], schema=schema)
    pq.write_table(given, tmp_path / "in.parquet")
    given = pq.read_table(tmp_path / "in.parquet")
    for name in ("out.parquet", "out.jsonl", "out.csv"):
        assert dataprep("clean", "in.parquet", "-o", name, "-q", "-f").code == 0
        assert dataprep("undo", name, "-o", "back.parquet", "-q", "-f").code == 0
        assert same(pq.read_table(tmp_path / "back.parquet"), given)
    assert pq.read_schema(tmp_path / "out.parquet").names == ["a", "A", "f"]
    assert "nfinity" not in (tmp_path / "out.jsonl").read_text()


def test_a_kind_given_at_fit_holds_at_serving(dataprep, tmp_path, given):
    """A pipeline fitted on a Parquet file with a known kind applies to that file, and others."""
    words = ["--type", "digits=integer", "-o", "out.parquet", "-q"]
    assert dataprep("clean", "in.parquet", *words).code == 0
    answer = dataprep(
        "apply", "out.dataprep/pipeline.json", "in.parquet", "-o", "new.parquet", "-q"
    )
    assert answer.code == 0, answer.err
    new = pq.read_table(tmp_path / "new.parquet")
    assert new.schema.field("digits").type == pa.int64()
    assert len(new) == len(given)


def test_columns_that_drift_are_joined_by_name(dataprep, tmp_path):
    """Parts of one table may lack columns, and hold whole numbers where others hold fractions."""
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "p1.parquet")
    pq.write_table(pa.table({"b": [2.5], "c": ["x"], "a": [1]}), tmp_path / "p2.parquet")
    (tmp_path / "nothing.yaml").write_text("stages: []\n")
    words = ["--pipeline", "nothing.yaml", "-o", "all.parquet", "-q"]
    assert dataprep("clean", "p1.parquet", "p2.parquet", *words).code == 0
    assert pq.read_table(tmp_path / "all.parquet").to_pydict() == {
        "a": [1, 1], "b": [2.0, 2.5], "c": [None, "x"],
    }  # fmt: skip
    assert summary_of(tmp_path / "all.parquet")["input"]["drift"] == {
        "p1.parquet": {"missing": ["c"], "retyped": {"b": "int64"}},
        "p2.parquet": {"added": ["c"]},
    }


def test_columns_that_do_not_join_are_refused(refused, tmp_path):
    """Text in one part and numbers in another are no column."""
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "p1.parquet")
    pq.write_table(pa.table({"a": ["x"], "b": [2]}), tmp_path / "p2.parquet")
    refused(
        "clean", "p1.parquet", "p2.parquet", "-o", "all.parquet", code=3,
        says=["p2.parquet", "cannot be joined", "int64", "string"],
    )  # fmt: skip


@pytest.mark.parametrize("fitted_on", ["in.parquet", "in.csv"])
def test_a_pipeline_goes_from_one_format_to_the_other(dataprep, tmp_path, fitted_on):
    """What was fitted on Parquet reads the same rows of a CSV as what they are, and vice versa."""
    table = pa.table(
        {
            "age": pa.array([20, None, 40] * 20),
            "share": pa.array([0.5, 1.25, None] * 20),
            "plan": ["a", "b", None] * 20,
            "at": pa.array([dt.datetime(2024, 1, 1 + i % 9, 7, 30) for i in range(60)]),
            "ok": [True, False, None] * 20,
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    csv.write_csv(table, tmp_path / "in.csv")
    assert dataprep("clean", fitted_on, "--outliers", "none", "-q").code == 0
    learned = tmp_path / "in.clean.dataprep" / "pipeline.json"
    answers = [
        dataprep("apply", learned, f"in.{end}", "-o", f"out_{end}.csv", "-q")
        for end in ("parquet", "csv")
    ]
    assert [answer.code for answer in answers] == [0, 0], answers[1].err
    outputs = [csv.read_csv(tmp_path / f"out_{end}.csv") for end in ("parquet", "csv")]
    assert outputs[0].column("age").null_count == 0
    assert outputs[0].drop("at").to_pylist() == outputs[1].drop("at").to_pylist()
