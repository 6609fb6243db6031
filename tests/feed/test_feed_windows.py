"""Parquet larger than memory: windows of blocks, what they hold, and how random they are."""

import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from samples import big, flat, rows_of

import dataprep as dp


def test_windows_hold_every_row_once_with_all_that_belongs_to_it(tmp_path):
    """Labels, text and weights stay with their rows; two epochs differ; the length is exact."""
    fed = dp.feed.dataset(
        big(tmp_path), batch_size=64, target="y", window=250, weights="sample_weight"
    )
    assert int(fed.cardinality()) == 16
    orders = []
    for _ in range(2):
        order = []
        for x, y, weight in fed:
            rows = x["row"].numpy().astype(int)
            order += rows.tolist()
            assert (y.numpy() == rows // 250).all()
            assert weight.numpy() == pytest.approx(1 + rows / 1000)
            assert x["word"].numpy().tolist() == [f"w{i % 7}".encode() for i in rows]
        orders.append(order)
        assert sorted(order) == list(range(1000))
    assert orders[0] != orders[1]


def test_windows_are_resumed_and_parallel_as_memory_is(tmp_path):
    """A batch is the same whoever asks for it: from the start, from the middle, eight at a time."""
    path = big(tmp_path)
    options = {"target": "y", "batch_size": 32, "window": 200}
    epochs = [rows_of(dp.feed.dataset(path, **options, epoch=e)) for e in (0, 1)]
    fed = dp.feed.dataset(path, **options, parallel_calls=8)
    assert [rows_of(fed), rows_of(fed)] == epochs
    for batch in (1, 7, 31):
        assert rows_of(dp.feed.dataset(path, **options, epoch=1, batch=batch)) == epochs[1][batch:]


def test_two_iterations_at_once_do_not_disturb_each_other(tmp_path):
    """Two iterators of one dataset, taken in turns, give what they give alone."""
    fed = dp.feed.dataset(big(tmp_path), "y", batch_size=50, window=120, reshuffle=False)
    expected = rows_of(fed)
    pairs = [(rows_of([a])[0], rows_of([b])[0]) for a, b in zip(fed, fed.skip(0), strict=True)]
    assert pairs == [(rows, rows) for rows in expected]


def test_without_shuffle_files_come_in_their_order(tmp_path):
    """The order of the file, whatever the window."""
    fed = dp.feed.dataset(big(tmp_path), "y", batch_size=300, window=70, shuffle=False)
    assert flat(rows_of(fed)) == list(range(1000))


def test_shards_of_windows_are_disjoint_and_equal(tmp_path):
    """Three shards share no row and leave one of a thousand over, another in the next epoch."""
    path = big(tmp_path)
    fed = [dp.feed.dataset(path, "y", batch_size=50, window=150, shard=(i, 3)) for i in range(3)]
    left = []
    for _ in range(2):
        parts = [flat(rows_of(one)) for one in fed]
        assert [len(rows) for rows in parts] == [333] * 3
        assert len(set(flat(parts))) == 999
        left.append(set(range(1000)) - set(flat(parts)))
    assert left[0] != left[1]


def test_small_row_groups_make_a_window_random(tmp_path):
    """Of a file sorted by class, a batch has all four classes as far as a window has."""
    whole = dp.feed.dataset(big(tmp_path), "y", batch_size=100, window=1000)
    parts = dp.feed.dataset(big(tmp_path, group=20), "y", batch_size=100, window=300)
    for fed in (whole, parts):
        shares = np.array([np.bincount(y.numpy(), minlength=4) for _, y in fed]) / 100
        assert np.median(shares.max(axis=1)) < 0.6
        assert np.median(shares.min(axis=1)) > 0.05


def test_a_folder_of_files_is_one_table(tmp_path):
    """Files of a folder follow each other by their names; other columns in one are refused."""
    frame = pd.DataFrame({"row": np.arange(60.0), "y": np.arange(60) % 2})
    for i in range(3):
        part = frame.iloc[20 * i : 20 * i + 20]
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), tmp_path / f"{i}.parquet")
    for window in (None, 25):
        fed = dp.feed.dataset(tmp_path, "y", batch_size=60, shuffle=False, window=window)
        assert flat(rows_of(fed)) == list(range(60))
    rows = dp.feed.opened(tmp_path, target="y", window=25)
    assert rows.take(np.array([59, 3, 3, 20]))["row"].tolist() == [59, 3, 3, 20]
    assert rows.labels(np.array([59, 2])).tolist() == [1, 0]
    other = pa.table({"row": ["a"], "y": [1]})
    pq.write_table(other, tmp_path / "3.parquet")
    with pytest.raises(dp.errors.SchemaError, match=r"3\.parquet: row is not as in 0\.parquet"):
        dp.feed.dataset(tmp_path, "y")


def test_missing_values_of_a_file_are_told_before_or_while_it_is_read(tmp_path):
    """Nulls are known from the file's own statistics; NaN when its block comes."""
    path = tmp_path / "gaps.parquet"
    values = pa.array([1.0, None, 3.0] * 20)
    pq.write_table(pa.table({"x": values, "y": [0, 1, 1] * 20}), path)
    with pytest.raises(dp.errors.DataError, match=r"x \(20\), of 60 rows.*impute"):
        dp.feed.dataset(path, "y", window=10)
    nan = pa.array(np.array([1.0, np.nan, 3.0] * 20))
    pq.write_table(pa.table({"x": nan, "y": [0, 1, 1] * 20}), path)
    import tensorflow as tf

    with pytest.raises(tf.errors.OpError, match=r"missing values are left in 1 column: x"):
        list(dp.feed.dataset(path, "y", window=10, batch_size=5))


def test_memory_does_not_grow_with_the_file(tmp_path):
    """What lies in memory is some windows, however long the file; of labels, theirs alone."""
    path, names = tmp_path / "long.parquet", [f"x{i}" for i in range(16)]
    part = pa.table({**dict.fromkeys(names, np.ones(10_000, "float32")), "y": [0, 1] * 5_000})
    with pq.ParquetWriter(path, part.schema) as writer:
        for _ in range(40):
            writer.write_table(part)
    from dataprep.feed.feeds import feed_of
    from dataprep.feed.weighing import Weigher

    rows = dp.feed.opened(path, target="y", window=8_192)
    feed, window = feed_of(rows, 0, shuffle=True, weigher=Weigher()), 8_192 * (16 * 4 + 16)
    before, arrow = pa.total_allocated_bytes(), 0
    tracemalloc.start()
    try:
        for start in range(0, 400_000, 8_000):
            feed.part(0, start, start + 8_000)
            arrow = max(arrow, pa.total_allocated_bytes() - before)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        labels = rows.labels(np.arange(400_000))
        _, of_labels = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert highest < 8 * window
    assert arrow < 8 * window
    assert of_labels < 8 * window + 8 * labels.nbytes
