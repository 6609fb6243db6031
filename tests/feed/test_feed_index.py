"""The index of a pandas frame, stored in Arrow data: no feature, for it tells what was sorted."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dataprep as dp


def frame(name):
    """Return rows in the order of their labels, with an index that tells them."""
    made = pd.DataFrame({"x": np.arange(40.0), "y": ["no"] * 20 + ["yes"] * 20})
    return made[made.index != 3].rename_axis(name)


@pytest.mark.parametrize("name", [None, "who"])
def test_a_stored_index_is_no_feature(name, tmp_path):
    """Parquet, Arrow, Polars and what is read or cleaned from them have the column x alone."""
    path = tmp_path / "in.parquet"
    frame(name).to_parquet(path)
    sources = [
        path,
        pa.Table.from_pandas(frame(name)),
        dp.read(path),
        dp.clean(path, target="y"),
        dp.clean(pa.Table.from_pandas(frame(name)), target="y"),
        *([pl.read_parquet(path)] if name is None else []),
    ]
    for source in sources:
        assert dp.feed.opened(source, target="y").kinds == {"x": "float"}
    assert dp.feed.opened(path, target="y", window=5).kinds == {"x": "float"}


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_run_keeps_a_stored_index_and_does_not_feed_it(suffix, tmp_path):
    """The output has the column, undo gives it back, and training does not see it."""
    from dataprep.cli import answer

    path, out = tmp_path / "in.parquet", tmp_path / f"out.{suffix}"
    frame("who").to_parquet(path)
    assert answer(["clean", str(path), "--target", "y", "-o", str(out), "-q"]) == 0
    assert dp.feed.opened(tmp_path / "out.dataprep").kinds == {"x": "float"}
    assert answer(["undo", str(out), "-o", str(tmp_path / "back.parquet"), "-q"]) == 0
    back = pq.read_table(tmp_path / "back.parquet")
    assert back.column("who").to_pylist() == [0, 1, 2, *range(4, 40)]


def test_a_stored_index_that_is_named_is_a_feature(tmp_path):
    """Who names the column in columns=[...] means it."""
    frame("who").to_parquet(tmp_path / "in.parquet")
    rows = dp.feed.opened(tmp_path / "in.parquet", target="y", columns=["x", "who"])
    assert list(rows.kinds) == ["x", "who"]
