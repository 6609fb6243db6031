"""What can be fed: frames, results, tables, and run folders with the parts of their run."""

import json
import shutil

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from samples import big, people

import dataprep as dp

DIRTY = "customer;income;plan;since;trial;churned\n" + "".join(
    f"{i:05d};{'' if i % 7 == 0 else f'1.{i:03d},5'};{'NA' if i % 5 else 'gold'};"
    f"{i % 28 + 1:02d}.03.2024;{'yes' if i % 2 else 'no'};{'ja' if i % 4 == 0 else 'nein'}\n"
    for i in range(200)
)
YAML = """
target: churned
id: customer
stages:
  - impute: {}
  - split: {test: 0.2, validation: 0.1}
  - class_weight: {}
  - random_over_sampler: {}
"""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """Return the run folder of a German CSV, split, weighed and with rows made."""
    from dataprep.cli import answer

    folder = tmp_path_factory.mktemp("run")
    (folder / "in.csv").write_text(DIRTY, encoding="utf-8")
    (folder / "pipe.yaml").write_text(YAML, encoding="utf-8")
    words = ["clean", folder / "in.csv", "--pipeline", folder / "pipe.yaml", "-q"]
    assert answer([str(word) for word in words]) == 0
    return folder / "in.clean.dataprep"


@pytest.mark.parametrize("missing", [False, True])
def test_frames_of_every_library_are_fed_alike(missing):
    """pandas, Polars and Arrow frames give equal features, labels and classes."""
    frame = people().assign(
        count=pd.array(np.arange(100), dtype="Int64"),
        day=pd.date_range("1970-01-02", periods=100, freq="D"),
        level=pd.Categorical(["a", "b"] * 50),
    )
    if missing:
        frame.loc[3, "churned"] = None
    frames = [
        frame,
        pl.from_pandas(frame),
        pa.Table.from_pandas(frame),
        pl.from_pandas(frame).lazy(),
    ]
    if missing:
        for given in frames:
            with pytest.raises(dp.errors.DataError, match="missing in 1 of 100 rows"):
                dp.feed.opened(given, target="churned")
        return
    names = ["row", "plan", "paid", "count", "day", "level"]
    opened = [dp.feed.opened(given, target="churned", columns=names) for given in frames]
    at = np.array([99, 0, 50])
    first = opened[0].take(at)
    assert list(first) == ["row", "plan", "paid", "count", "day", "level"]
    assert first["day"].tolist() == [100.0, 1.0, 51.0]
    assert first["level"].tolist() == ["b", "a", "a"]
    for rows in opened:
        assert rows.classes == ["no", "yes"]
        assert rows.labels(at).tolist() == [0, 1, 1]
        for name, values in rows.take(at).items():
            assert values.dtype == first[name].dtype
            assert values.tolist() == first[name].tolist()


def test_a_result_is_fed_by_its_parts():
    """Roles come from the pipeline, held-out rows stay out, and codes are those of training."""
    frame = people().drop(columns="plan")
    pipe = dp.Pipeline(
        [dp.Split(test=0.2, validation=0.1), dp.ClassWeight(), dp.RandomOverSampler()],
        target="churned",
        id="row",
    )
    result = dp.clean(frame, pipeline=pipe)
    heights = {}
    for part in ("train", "validation", "test"):
        rows = dp.feed.opened(result, split=part)
        assert (rows.target, list(rows.kinds), rows.weight) == (
            "churned",
            ["paid"],
            "sample_weight",
        )
        assert rows.classes == ["no", "yes"]
        heights[part] = rows.height
    assert heights["validation"] + heights["test"] == 30
    assert heights["train"] == 2 * 63
    # The frame alone is known by the columns that the pipeline added.
    again = dp.feed.opened(result.data, target="churned", columns=["paid"])
    assert (again.height, again.weight) == (heights["train"], "sample_weight")


def test_a_run_folder_is_read_with_the_kinds_of_its_run(run_folder):
    """Words for missing, decimal commas, days first and yes/no are read as the run read them."""
    usual = dp.feed.opened(run_folder)
    assert usual.kinds == {"income": "float", "plan": "category", "trial": "boolean"}
    assert usual.left_out == {"since": "of kind date"}
    rows = dp.feed.opened(run_folder, columns="features")
    assert rows.kinds == {
        "income": "float", "plan": "category", "since": "date", "trial": "boolean",
    }  # fmt: skip
    assert (rows.target, rows.classes, rows.weight) == ("churned", [False, True], "sample_weight")
    assert {"_origin", "_parent_a", "customer"} <= set(rows.roles)
    taken = rows.take(np.arange(rows.height))
    frame = pd.read_csv(
        run_folder.parent / "in.clean.train.csv", sep=";", dtype=str, keep_default_na=False
    )
    income = frame["income"].str.replace(".", "").str.replace(",", ".").astype("float32")
    assert taken["income"].tolist() == income.tolist()
    assert taken["plan"].tolist() == frame["plan"].tolist()
    assert set(taken["plan"]) == {"NA", "gold"}
    days = pd.to_datetime(frame["since"], dayfirst=True)
    assert taken["since"].tolist() == ((days - pd.Timestamp(0)).dt.days).tolist()
    assert taken["trial"].tolist() == (frame["trial"] == "yes").astype(float).tolist()
    assert rows.labels(np.arange(5)).tolist() == (frame["churned"][:5] == "ja").tolist()


def test_the_parts_of_a_run_are_its_files(run_folder):
    """Each part has the rows that the summary counts; another name lists the parts there are."""
    told = json.loads((run_folder / "summary.json").read_text())["output"]["parts"]
    for part, file in told.items():
        rows = dp.feed.opened(run_folder, split=part)
        assert (rows.height, rows.classes) == (file["rows"], [False, True])
    with pytest.raises(dp.errors.ConfigError, match=r"no part 'valid'.*'validation'"):
        dp.feed.opened(run_folder, split="valid")
    with pytest.raises(dp.errors.DataError, match=r"weights are missing.*held out"):
        dp.feed.arrays(run_folder, split="test", weights="sample_weight", columns=["income"])


def copied(run_folder, name):
    """Copy a run and its files under another name, and return the folder."""
    stem = run_folder.name.removesuffix(".dataprep")
    for path in run_folder.parent.glob(f"{stem}.*.csv"):
        shutil.copy(path, name.with_name(path.name.replace(stem, name.stem)))
    return shutil.copytree(run_folder, name)


def test_a_run_folder_may_be_moved_with_its_data(run_folder, tmp_path):
    """The data are those beside the folder, named like it; never those of the original."""
    moved = copied(run_folder, tmp_path / "moved.dataprep")
    assert dp.feed.opened(moved).height == dp.feed.opened(run_folder).height
    (tmp_path / "moved.test.csv").unlink()
    with pytest.raises(dp.errors.ReadError, match=r"moved\.test\.csv: is not there"):
        dp.feed.opened(moved, split="test")
    again = copied(run_folder, run_folder.with_name("again.dataprep"))
    (again.parent / "again.test.csv").unlink()
    with pytest.raises(dp.errors.ReadError, match=r"again\.test\.csv"):
        dp.feed.opened(again, split="test")


@pytest.mark.parametrize("change", ["cells", "rows", "columns"])
def test_data_that_changed_after_the_run_are_refused(run_folder, tmp_path, change):
    """Cells that were edited, rows that were cut and columns in another order are not fed."""
    moved = copied(run_folder, tmp_path / "moved.dataprep")
    path = tmp_path / "moved.test.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    if change == "cells":
        lines = [line.replace(";no;", ";NO;") for line in lines]
    elif change == "rows":
        lines = lines[:-3]
    else:
        lines = [";".join(reversed(line.split(";"))) for line in lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(dp.errors.ReadError, match=r"moved\.test\.csv: was changed since"):
        dp.feed.opened(moved, split="test")


def test_a_run_in_parquet_is_read_as_one_in_csv(tmp_path, monkeypatch):
    """Kinds and roles of the run hold for its Parquet output, in memory or in windows."""
    from dataprep.cli import answer

    monkeypatch.chdir(tmp_path)
    frame = people().assign(sample=np.arange(100) / 7)
    frame.to_parquet("in.parquet")
    (tmp_path / "pipe.yaml").write_text(YAML.replace("customer", "row"), encoding="utf-8")
    assert answer(["clean", "in.parquet", "--pipeline", "pipe.yaml", "-q"]) == 0
    whole = dp.feed.opened("in.clean.dataprep")
    parts = dp.feed.opened("in.clean.dataprep", window=20)
    for rows in (whole, parts):
        assert rows.kinds == {"plan": "category", "paid": "boolean", "sample": "float"}
        assert (rows.target, rows.classes) == ("churned", ["no", "yes"])
    at = np.arange(whole.height)
    for name, values in whole.take(at).items():
        assert parts.take(at)[name].tolist() == values.tolist()
    (tmp_path / "in.clean.train.parquet").unlink()
    with pytest.raises(dp.errors.ReadError, match=r"in\.clean\.train\.parquet: is not there"):
        dp.feed.opened("in.clean.dataprep")


def test_arrays_are_the_rows_in_the_order_of_the_source(tmp_path):
    """Matrices, dictionaries and files in windows give the same arrays."""
    path = big(tmp_path)
    X, y, w = dp.feed.arrays(path, "y", columns=["row"], weights="sample_weight")
    assert (X.shape, X.dtype, y.dtype, w.dtype) == ((1000, 1), "float32", "int64", "float32")
    assert X.ravel().tolist() == list(range(1000))
    assert y.tolist() == (np.arange(1000) // 250).tolist()
    streamed = dp.feed.arrays(dp.feed.opened(path, target="y", window=130), features="dict")
    assert streamed[0]["word"][:3].tolist() == ["w0", "w1", "w2"]
    assert streamed[0]["row"].tolist() == X.ravel().tolist()


@pytest.mark.parametrize("window", [None, 20])
def test_labels_are_told_apart_exactly(tmp_path, window):
    """Whole numbers beyond 2**53 are classes of their own; decimals are numbers everywhere."""
    from decimal import Decimal

    path = tmp_path / "rows.parquet"
    labels = [2**53, 2**53 + 1, 5, 2**53 + 1] * 10
    price = [Decimal("1.5"), Decimal("2.5")] * 20
    table = pa.table({"x": np.arange(40.0), "y": labels, "price": pa.array(price)})
    pq.write_table(table, path, row_group_size=15)
    rows = dp.feed.opened(path, target="y", columns=["x"], window=window)
    assert rows.classes == [5, 2**53, 2**53 + 1]
    assert rows.labels(np.arange(40)).tolist() == [1, 2, 0, 2] * 10
    assert rows.class_counts() == {5: 10, 2**53: 10, 2**53 + 1: 20}
    rows = dp.feed.opened(path, target="price", columns=["x"], window=window)
    assert rows.classes is None
    assert rows.labels(np.array([3, 0])).tolist() == [2.5, 1.5]


@pytest.mark.parametrize("window", [None, 20])
def test_a_file_without_statistics_is_checked_as_others_are(tmp_path, window):
    """Nulls that no statistics tell of are found when they are read."""
    path = tmp_path / "rows.parquet"
    whole = people()
    for column, says in (("plan", r"plan \(1\)"), ("churned", "the target is missing in 1 of 100")):
        table = pa.Table.from_pandas(whole.assign(**{column: [None, *whole[column][1:]]}))
        pq.write_table(table, path, write_statistics=False)
        with pytest.raises(dp.errors.DataError, match=says):
            list(dp.feed.opened(path, target="churned", window=window).blocks())


def test_of_a_file_only_what_is_needed_is_read(tmp_path, monkeypatch):
    """Columns that are no features stay on the disk; labels need the target alone."""
    from dataprep.feed.files import Files

    read = []
    whole, batches = Files.read, Files.batches

    def reading(self, columns):
        read.append(list(columns))
        return whole(self, columns)

    def streaming(self, columns, groups):
        read.append(list(columns))
        return batches(self, columns, groups)

    monkeypatch.setattr(Files, "read", reading)
    monkeypatch.setattr(Files, "batches", streaming)
    path = big(tmp_path)
    dp.feed.opened(path, target="y", columns=["row"])
    assert read == [["row", "y", "sample_weight"]]
    rows = dp.feed.opened(path, target="y", window=100)
    read.clear()
    assert rows.labels(np.arange(1000)).tolist() == (np.arange(1000) // 250).tolist()
    assert {tuple(columns) for columns in read} == {("y",)}
    assert rows.labels(np.arange(0)).tolist() == []


def test_long_text_counts_as_much_as_it_takes(tmp_path):
    """Whether a file is held in memory goes by how long its text is."""
    path = tmp_path / "rows.parquet"
    text = [f"{i:05d}" + "x" * 60_000 for i in range(5_000)]
    pq.write_table(pa.table({"t": text, "y": np.arange(5_000) % 2}), path, row_group_size=500)
    rows = dp.feed.opened(path, target="y")
    assert 500 < rows.window < 1500


def test_values_that_float32_makes_equal_are_told_of(recwarn):
    """Times a minute apart and large whole numbers lose values; days and even numbers do not."""
    frame = people().assign(
        minute=pd.date_range("2024-01-01", periods=100, freq="min"),
        large=2**24 + np.arange(100),
    )
    with pytest.warns(UserWarning, match="become equal as float32: large, minute;"):
        dp.feed.opened(frame, target="churned", columns=["large", "minute"])
    recwarn.clear()
    kept = people().assign(
        day=pd.date_range("2024-01-01", periods=100, freq="D"),
        even=2**24 + 2 * np.arange(100),
    )
    dp.feed.opened(kept, target="churned", columns=["day", "even"])
    assert not [w for w in recwarn if "float32" in str(w.message)]


def test_arrays_of_rows_are_the_callers_own():
    """What is done to them does not change what the rows feed later."""
    rows = dp.feed.opened(people(), target="churned", columns=["row"])
    X, y = dp.feed.arrays(rows)
    X *= 100
    y += 1
    assert dp.feed.arrays(rows)[0].ravel().tolist() == list(range(100))
    assert dp.feed.arrays(rows)[1].max() == 1
