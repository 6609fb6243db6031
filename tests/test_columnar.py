"""Feather and ORC: types come back, parts that drift are joined, undo gives the input again."""

import datetime as dt
import warnings
from decimal import Decimal

import pyarrow as pa
import pytest
from conftest import cells, summary_of
from pyarrow import orc, parquet
from pyarrow.feather import read_table, write_feather

import dataprep as dp
from dataprep.errors import NoRowsError

ROWS = 60


def every(n, other):
    return [None if i % n == 0 else other(i) for i in range(ROWS)]


PLAIN = {
    "n": pa.array(every(7, lambda i: i % 50), pa.int16()),
    "x": pa.array(every(5, lambda i: i / 7)),
    "word": pa.array(every(6, lambda i: "xy"[i % 2])),
    "day": pa.array([dt.date(2024, 1, 1 + i % 28) for i in range(ROWS)]),
    "price": pa.array(every(9, lambda i: Decimal(i) / 100), pa.decimal128(10, 2)),
    "list": pa.array([[1, i] for i in range(ROWS)]),
}
RICH = PLAIN | {
    "half": pa.array([float(i % 9) for i in range(ROWS)], pa.float16()),
    "plan": pa.array(every(4, lambda i: "abc"[i % 3])).dictionary_encode(),
    "at": pa.array(
        [dt.datetime(2020, 1, 1) + dt.timedelta(hours=i) for i in range(ROWS)],
        pa.timestamp("ms", tz="Europe/Berlin"),
    ),
    "small": pa.array([i % 200 for i in range(ROWS)], pa.uint8()),
    "none": pa.nulls(ROWS),
}


def write(table, path):
    writers = {".orc": orc.write_table, ".parquet": parquet.write_table}
    writers.get(path.suffix, write_feather)(table, str(path))
    return read(path)


def read(path):
    readers = {".orc": orc.read_table, ".parquet": parquet.read_table}
    return readers.get(path.suffix, read_table)(str(path))


@pytest.mark.parametrize(
    ("suffix", "columns"), [("feather", RICH), ("arrow", RICH), ("orc", PLAIN)]
)
def test_types_come_back(dataprep, tmp_path, suffix, columns):
    """Without stages the output is the input; with them types stay; undo gives the input."""
    (tmp_path / "nothing.yaml").write_text("stages: []\n")
    given = write(pa.table(columns), tmp_path / f"in.{suffix}")
    words = ["clean", f"in.{suffix}", "-q"]
    out = tmp_path / f"in.clean.{suffix}"
    answer = dataprep(*words, "--pipeline", "nothing.yaml")
    assert answer.code == 0, answer.err
    assert read(out).to_pydict() == given.to_pydict()
    if suffix != "orc":
        kept = [name for name in columns if name != "none"]
        assert read(out).select(kept).schema.equals(given.select(kept).schema)
    answer = dataprep(*words, "-f")
    assert answer.code == 0, answer.err
    assert summary_of(out)["stages"][1]["cells_by_column"].keys() >= {"n", "x", "word", "price"}
    assert read(out).schema.field("n").type == given.schema.field("n").type
    assert dataprep("undo", out.name, "-o", f"back.{suffix}", "-q").code == 0
    assert read(tmp_path / f"back.{suffix}").to_pydict() == given.to_pydict()


@pytest.mark.parametrize("output", ["out.csv", "out.jsonl", "out.parquet", "out.orc"])
def test_undo_from_another_format(dataprep, tmp_path, output):
    """Whatever format was written, undo gives the Feather file back."""
    columns = {name: RICH[name] for name in (*PLAIN, "plan", "at")}
    del columns["list"]
    given = write(pa.table(columns), tmp_path / "in.feather")
    answer = dataprep("clean", "in.feather", "-o", output, "-q")
    assert answer.code == 0, answer.err
    assert dataprep("undo", output, "-o", "back.feather", "-q").code == 0
    back = read(tmp_path / "back.feather")
    assert back.to_pydict() == given.to_pydict()
    assert back.schema.equals(given.schema)


@pytest.mark.parametrize("suffix", ["feather", "orc"])
def test_parts_that_drift(dataprep, tmp_path, suffix):
    """Columns are joined by name; whole numbers join fractions; what differs is told."""
    (tmp_path / "nothing.yaml").write_text("stages: []\n")
    write(pa.table({"a": [1], "b": [2]}), tmp_path / f"p1.{suffix}")
    write(pa.table({"c": ["x"], "b": [2.5]}), tmp_path / f"p2.{suffix}")
    words = ["--pipeline", "nothing.yaml", "-o", "all.csv", "-q"]
    assert dataprep("clean", f"p1.{suffix}", f"p2.{suffix}", *words).code == 0
    assert cells(tmp_path / "all.csv") == [["a", "b", "c"], ["1", "2.0", ""], ["", "2.5", "x"]]
    assert summary_of(tmp_path / "all.csv")["input"]["drift"] == {
        f"p1.{suffix}": {"missing": ["c"], "retyped": {"b": "int64"}},
        f"p2.{suffix}": {"missing": ["a"], "added": ["c"]},
    }


@pytest.mark.parametrize("suffix", ["feather", "orc", "parquet"])
def test_whole_numbers_that_no_float_holds_join_no_fractions(refused, tmp_path, suffix):
    """Beyond 2**53 a join with decimals is refused, with the file, the column and the value."""
    write(pa.table({"a": [1, 2**53 + 1]}), tmp_path / f"p1.{suffix}")
    write(pa.table({"a": pa.array([2.5], pa.float32())}), tmp_path / f"p2.{suffix}")
    parts = [f"p1.{suffix}", f"p2.{suffix}"]
    refused(
        "clean", *parts, "-o", "all.csv", code=3, says=[parts[0], "'a'", "9007199254740993", "text"]
    )
    write(pa.table({"a": [1, 2**53 - 1]}), tmp_path / f"p1.{suffix}")
    table = dp.read([tmp_path / part for part in parts])
    assert table.to_arrow()["a"].to_pylist() == [1.0, 2.0**53 - 1, 2.5]


@pytest.mark.parametrize("suffix", ["feather", "orc"])
@pytest.mark.parametrize("keep", [0.5, 0.95])
def test_a_file_that_is_cut_off(refused, tmp_path, suffix, keep):
    """What is damaged is told with the file's name."""
    path = tmp_path / f"in.{suffix}"
    write(pa.table(PLAIN), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    refused("clean", path.name, "-q", code=3, says=[path.name, "cannot be read", "fetch it again"])


@pytest.mark.parametrize("suffix", ["feather", "orc"])
def test_a_file_without_rows(refused, tmp_path, suffix):
    """Columns without rows are no table."""
    write(pa.table({"a": pa.array([], pa.int64())}), tmp_path / f"in.{suffix}")
    refused("clean", f"in.{suffix}", "-q", code=3, says=[f"in.{suffix}", "no rows"])
    # As of CSV: what keeps back no other part of a job.
    with pytest.raises(NoRowsError):
        dp.read(tmp_path / f"in.{suffix}")


def test_the_first_feather_and_a_stream(dataprep, tmp_path):
    """The old form of Feather and a stream of Arrow batches are read as well."""
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        write_feather(table, str(tmp_path / "old.feather"), version=1)
    with pa.ipc.new_stream(str(tmp_path / "stream.arrow"), table.schema) as writer:
        writer.write_table(table)
    for name in ("old.feather", "stream.arrow"):
        assert dataprep("clean", name, "-o", "out.csv", "-q", "-f").code == 0
        assert cells(tmp_path / "out.csv") == [["a", "b"], ["1", "x"], ["2", "y"]]


def test_dictionaries_of_many_batches(dataprep, tmp_path, monkeypatch):
    """An Arrow file has one dictionary for all batches, whatever levels each of them holds."""
    from dataprep.jobs import columnar

    monkeypatch.setattr(columnar, "_ROW_GROUP", 2048)
    levels = pa.array([f"level {i // 1000}" for i in range(9000)]).dictionary_encode()
    given = write(pa.table({"a": levels, "b": range(9000)}), tmp_path / "in.feather")
    answer = dataprep("clean", "in.feather", "-q")
    assert answer.code == 0, answer.err
    out = read(tmp_path / "in.clean.feather")
    assert out.to_pydict() == given.to_pydict()
    assert out.schema.equals(given.schema)


def test_a_type_that_orc_has_not(refused, tmp_path):
    """What a format cannot hold is told before anything is published."""
    write(pa.table({"clock": pa.array([dt.time(1, 2)] * 3)}), tmp_path / "in.feather")
    refused("clean", "in.feather", "-o", "out.orc", "-q", code=3, says=["orc", "time64", "-o"])
