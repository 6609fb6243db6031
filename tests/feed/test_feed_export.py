"""Exports: shards, their manifest, and the way back."""

import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from samples import big, flat, people, rows_of

import dataprep as dp
from dataprep.errors import ConfigError, DataError, OutputError, ReadError


def test_an_export_in_parquet_is_fed_as_its_source(tmp_path):
    """Features, labels, classes and weights come back; the manifest tells of each shard."""
    manifest = dp.feed.export(people(), tmp_path / "out", "churned", shards=3, weights="class")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
    assert [shard["rows"] for shard in manifest["shards"]] == [33, 33, 34]
    for shard in manifest["shards"]:
        content = (tmp_path / "out" / shard["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == shard["sha256"]
        assert len(content) == shard["bytes"]
    assert (manifest["classes"], manifest["seed"], manifest["rows"]) == (["no", "yes"], None, 100)
    assert manifest["columns"]["paid"] == {"kind": "boolean", "type": "float32"}
    rows, source = dp.feed.opened(tmp_path / "out"), dp.feed.opened(people(), target="churned")
    assert (rows.kinds, rows.classes, rows.target) == (source.kinds, source.classes, "churned")
    at = np.arange(100)
    for name, values in source.take(at).items():
        assert rows.take(at)[name].tolist() == values.tolist()
    X, y, w = dp.feed.arrays(people(), "churned", weights="class", columns=["row"])
    again = dp.feed.arrays(tmp_path / "out", weights="sample_weight", columns=["row"])
    assert all((a == b).all() for a, b in zip((X, y, w), again, strict=True))
    assert dp.feed.opened(tmp_path / "out", window=20).classes == ["no", "yes"]


@pytest.mark.parametrize("change", ["missing", "added", "edited"])
def test_an_export_whose_shards_are_not_those_of_its_manifest_is_refused(tmp_path, change):
    """A shard that is gone, was added or was written again is named."""
    manifest = dp.feed.export(people(), tmp_path / "out", "churned", shards=3)
    first, second, _ = (tmp_path / "out" / shard["file"] for shard in manifest["shards"])
    if change == "missing":
        first.unlink()
    elif change == "added":
        first = tmp_path / "out" / "more.parquet"
        first.write_bytes(second.read_bytes())
    else:
        table = pq.read_table(first)
        pq.write_table(table.take(list(range(table.num_rows))[::-1]), first)
    words = {"missing": "not there any more", "added": "no shard", "edited": "was changed"}
    with pytest.raises(ReadError, match=f"{first.name}: .*{words[change]}"):
        dp.feed.opened(tmp_path / "out")


def test_a_seed_writes_rows_in_random_order(tmp_path):
    """The same seed gives the same bytes, from memory; all rows are there."""
    one = dp.feed.export(people(), tmp_path / "a", "churned", seed=1, shards=2)
    two = dp.feed.export(people(), tmp_path / "b", "churned", seed=1, shards=2)
    assert one == two
    rows = flat(rows_of(dp.feed.dataset(tmp_path / "a", shuffle=False, batch_size=50)))
    assert sorted(rows) == list(range(100)) != rows


def test_files_in_windows_are_exported_in_small_groups(tmp_path):
    """A sorted file becomes shards in random order, without being held in memory."""
    path = big(tmp_path)
    manifest = dp.feed.export(path, tmp_path / "out", "y", seed=3, window=100, shards=4)
    assert [shard["rows"] for shard in manifest["shards"]] == [250] * 4
    rows = flat(rows_of(dp.feed.dataset(tmp_path / "out", shuffle=False, batch_size=500)))
    assert sorted(rows) == list(range(1000)) != rows
    first = pq.read_table(tmp_path / "out" / manifest["shards"][0]["file"])
    assert first.schema.names == ["row", "word", "y"]
    assert str(first.schema.field("y").type) == "int64"


def test_records_are_read_by_tensorflow_alone(tmp_path):
    """What the manifest says of columns and classes is enough to read the records."""
    import tensorflow as tf

    manifest = dp.feed.export(
        people(), tmp_path / "out", "churned", format="tfrecord", shards=2, weights="class"
    )
    types = {name: told["type"] for name, told in manifest["columns"].items()}
    assert types == {
        "row": "float32",
        "plan": "string",
        "paid": "float32",
        "churned": "int64",
        "sample_weight": "float32",
    }
    spec = {name: tf.io.FixedLenFeature([], dtype) for name, dtype in types.items()}
    files = [str(tmp_path / "out" / shard["file"]) for shard in manifest["shards"]]
    found = tf.io.parse_example(list(tf.data.TFRecordDataset(files)), spec)
    assert found["row"].numpy().tolist() == list(range(100))
    assert found["plan"].numpy()[:2].tolist() == [b"plan 0", b"plan 1"]
    assert found["churned"].numpy().tolist() == [int(i % 10 == 0) for i in range(100)]
    with pytest.raises(ReadError, match="TFRecordDataset"):
        dp.feed.opened(tmp_path / "out")


def test_an_export_replaces_nothing_but_an_export(tmp_path):
    """A folder that is there is left alone, unless it is an export and force is said."""
    out = tmp_path / "out"
    dp.feed.export(people(), out, "churned", shards=3)
    with pytest.raises(ConfigError, match="is there already"):
        dp.feed.export(people(), out, "churned")
    dp.feed.export(people(), out, "churned", force=True)
    assert sorted(path.name for path in out.iterdir()) == [
        "00000-of-00001.parquet",
        "manifest.json",
    ]
    (tmp_path / "mine").mkdir()
    with pytest.raises(ConfigError, match="no export of dataprep"):
        dp.feed.export(people(), tmp_path / "mine", "churned", force=True)
    (tmp_path / "mine" / "manifest.json").write_text('{"name": "an app"}')
    with pytest.raises(ConfigError, match="no export of dataprep"):
        dp.feed.export(people(), tmp_path / "mine", "churned", force=True)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"did not write.*: notes\.txt"):
        dp.feed.export(people(), out, "churned", force=True)
    assert (out / "notes.txt").read_text() == "mine"
    with pytest.raises(OutputError, match="does not exist"):
        dp.feed.export(people(), tmp_path / "no" / "out", "churned")
    with pytest.raises(ConfigError, match=r"unknown format 'parket'.*'parquet'"):
        dp.feed.export(people(), tmp_path / "new", "churned", format="parket")
    with pytest.raises(DataError, match="cannot be dealt to 101 shards"):
        dp.feed.export(people(), tmp_path / "new", "churned", shards=101)
    assert not (tmp_path / "new").exists()


def test_weights_are_not_written_over_a_feature(tmp_path):
    """A column that is called as the weights are stays what it is."""
    frame = people().assign(sample_weight=2.0)
    options = {"columns": ["row", "sample_weight"], "weights": "class"}
    with pytest.raises(ConfigError, match="'sample_weight' is a column of the rows already"):
        dp.feed.export(frame, tmp_path / "out", "churned", **options)


def test_a_failed_export_leaves_nothing(tmp_path, monkeypatch):
    """What goes wrong while shards are written leaves neither a folder nor a draft."""
    from dataprep.feed import exports

    def fail(*_):
        raise DataError("full", place="here", remedy="Stop.")

    monkeypatch.setattr(exports, "_write_parquet", fail)
    with pytest.raises(DataError, match="full"):
        dp.feed.export(people(), tmp_path / "out", "churned")
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_of_something_else_is_refused(tmp_path):
    """A folder whose manifest.json is another program's is no export."""
    people().to_parquet(tmp_path / "a.parquet")
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ReadError, match="no manifest of an export"):
        dp.feed.opened(tmp_path)
