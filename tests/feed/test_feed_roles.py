"""What columns are for: parts, weights and rows that stages made, whatever rows come from."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from samples import big, people

import dataprep as dp
from dataprep.errors import ConfigError, DataError

MADE = {
    "_origin": ["smote"] * 18 + [None] * 82,
    "_parent_a": pd.array([1] * 18 + [None] * 82, dtype="Int64"),
    "_parent_b": pd.array([2] * 18 + [None] * 82, dtype="Int64"),
    "_step": [0.5] * 18 + [None] * 82,
}


def forms_of(frame, folder):
    """Return what has the same rows: a frame, a table, an Arrow table, and files both ways."""
    path = folder / "rows.parquet"
    frame.to_parquet(path)
    return [
        (frame, {}),
        (dp.read(path), {}),
        (pa.Table.from_pandas(frame), {}),
        (path, {}),
        (path, {"window": 20}),
    ]


@pytest.mark.parametrize("split", ["test", "validation", "rubbish"])
def test_rows_that_were_not_split_have_no_held_out_part(tmp_path, split):
    """All rows of a file would otherwise be those to train on and those to judge on."""
    for source, options in forms_of(people(), tmp_path):
        with pytest.raises(ConfigError, match=f"no part '{split}': the rows were not split"):
            dp.feed.opened(source, target="churned", split=split, **options)


def test_a_file_in_windows_may_be_of_one_part(tmp_path):
    """A column that names one part says which; text of that name that names none is a feature."""
    path = tmp_path / "rows.parquet"
    people().assign(split="test").to_parquet(path)
    rows = dp.feed.opened(path, target="churned", split="test", window=20)
    assert (rows.height, rows.split, "split" in rows.kinds) == (100, "test", False)
    with pytest.raises(ConfigError, match="no part 'train'"):
        dp.feed.opened(path, target="churned", window=20)
    for source, options in forms_of(people().assign(split="left"), tmp_path):
        assert "split" in dp.feed.opened(source, target="churned", **options).kinds


def test_rows_in_no_part_are_told_of():
    """A row whose part is missing is left out, and that is said."""
    frame = people().assign(split=["train"] * 60 + ["test"] * 30 + [None] * 10)
    with pytest.warns(UserWarning, match="10 rows are in no part"):
        assert dp.feed.opened(frame, target="churned").height == 60


def test_weights_that_others_replace_are_no_feature(tmp_path):
    """What ClassWeight gives follows from the target, and would tell it."""
    frame = people().assign(sample_weight=np.where(people()["churned"] == "yes", 5.0, 1.0), a=2.0)
    for source, options in forms_of(frame, tmp_path):
        rows = dp.feed.opened(source, target="churned", weight="a", **options)
        assert (rows.weight, list(rows.kinds)) == ("a", ["row", "plan", "paid"])
    pipeline = dp.Pipeline([dp.ClassWeight()], target="churned")
    result = dp.clean(people().assign(a=2.0), pipeline=pipeline)
    rows = dp.feed.opened(result, weight="a")
    assert (rows.weight, list(rows.kinds)) == ("a", ["row", "plan", "paid"])
    assert dp.feed.opened(result).weight == "sample_weight"


def test_one_column_weighs_rows_and_it_is_the_one_that_was_named():
    """Names of other columns are refused, and so are several."""
    frame = people().assign(sample_weight=1.0, a=2.0, b=3.0)
    _, _, found = dp.feed.arrays(frame, "churned", weights="a", columns=["row"])
    assert set(found.tolist()) == {2.0}
    rows = dp.feed.opened(frame, target="churned")
    for source, weights, says in (
        (frame, ["a", "b"], "'a' and 'b' are several columns"),
        (frame, ["a", "nope"], "'a' and 'nope' are several columns"),
        (rows, "nope", "'nope' are not the weights of these rows, which are 'sample_weight'"),
        (rows, ["a", "class"], "'a' are not the weights"),
    ):
        with pytest.raises(ConfigError, match=says):
            dp.feed.arrays(source, "churned", weights=weights, columns=["row"])
    with pytest.raises(DataError, match="plan: holds no numbers"):
        dp.feed.opened(frame, target="churned", weight="plan")


def test_a_feature_may_weigh_rows_of_files_too(tmp_path):
    """A column that is chosen as a feature and as the weight is read once, for both."""
    path = big(tmp_path)
    for window in (None, 100):
        rows = dp.feed.opened(
            path, target="y", weight="row", columns=["row", "word"], window=window
        )
        (block, *_) = rows.blocks()
        assert block.w.tolist() == block.take(np.arange(block.height))["row"].tolist()


def test_made_rows_are_counted_wherever_rows_come_from(tmp_path):
    """Rows that stages made are known in frames, tables, files and exports."""
    frame = people().assign(**MADE)
    for source, options in forms_of(frame, tmp_path):
        rows = dp.feed.opened(source, target="churned", **options)
        assert (rows.made, list(rows.kinds)) == (18, ["row", "plan", "paid"])
    alone = frame.drop(columns=["_parent_a", "_parent_b", "_step"])
    for source, options in forms_of(alone, tmp_path):
        assert dp.feed.opened(source, target="churned", **options).made == 18
    for nothing in ("", None, np.nan):
        for source, options in forms_of(frame.assign(_origin=nothing), tmp_path):
            assert dp.feed.opened(source, target="churned", **options).made == 0
    assert dp.feed.export(frame, tmp_path / "out", "churned")["made"] == 18
    assert dp.feed.opened(tmp_path / "out").made == 18


def test_made_rows_of_a_pipeline_are_never_drawn_for_judging(tmp_path):
    """A result, its file and its export are refused alike: nothing was split off before."""
    from dataprep.feed.training.holding import divided, origin_of

    pipeline = dp.Pipeline([dp.SMOTENC()], target="churned")
    result = dp.clean(people().drop(columns="plan"), pipeline=pipeline)
    path = tmp_path / "made.parquet"
    result.data.to_parquet(path)
    dp.feed.export(result, tmp_path / "out")
    for source, target in (
        (result, None),
        (path, "churned"),
        (tmp_path / "out", None),
        (dp.feed.opened(path, target="churned"), None),
    ):
        with pytest.raises(ConfigError, match="80 rows were made"):
            divided(source, origin_of(source), 0, target=target, columns=["row"])


def test_rows_know_their_part(tmp_path):
    """Held-out rows stay as they are, opened before or exported, and nothing trains on them."""
    from dataprep.feed.training.holding import divided, origin_of

    frame = people().assign(split=["train"] * 60 + ["test"] * 40)
    rows = dp.feed.opened(frame, target="churned", split="test")
    manifest = dp.feed.export(rows, tmp_path / "out")
    assert (rows.split, manifest["split"]) == ("test", "test")
    for source in (rows, tmp_path / "out"):
        assert dp.feed.opened(source, split="test").height == 40
        for options in ({"augment": lambda x, y: (x, y)}, {"balance": "class"}):
            with pytest.raises(ConfigError, match="part 'test' are held out"):
                dp.feed.dataset(source, **options)
        with pytest.raises(ConfigError, match="no part 'validation'"):
            dp.feed.opened(source, split="validation")
        with pytest.raises(ConfigError, match="part 'test' are held out, and nothing is trained"):
            divided(source, origin_of(source), 0)


def test_a_file_in_windows_is_not_judged_on_what_it_trained_on(tmp_path):
    """Without a split there is nothing to validate on, and training says so."""
    from dataprep.feed.training.holding import divided, origin_of

    rows = dp.feed.opened(big(tmp_path), target="y", window=100)
    with pytest.raises(ConfigError, match="cannot be divided here"):
        divided(rows, origin_of(rows), 0)


def test_a_folder_whose_names_hold_a_column_is_refused(tmp_path):
    """The column of ``year=2024/`` is in no file: it would be lost."""
    table = pa.table({"x": [1.0, 2.0] * 4, "y": [0, 1] * 4, "year": [2023] * 4 + [2024] * 4})
    pq.write_to_dataset(table, tmp_path / "rows", partition_cols=["year"])
    with pytest.raises(dp.errors.ReadError, match=r"holds the column 'year'.*read_table"):
        dp.feed.opened(tmp_path / "rows", target="y")


def test_what_is_not_in_a_run_is_named(tmp_path, monkeypatch):
    """An unknown target of a held-out part is an error in words."""
    from dataprep.cli import answer

    monkeypatch.chdir(tmp_path)
    people().to_csv("in.csv", index=False)
    (tmp_path / "pipe.yaml").write_text("target: churned\nstages:\n  - split: {test: 0.2}\n")
    assert answer(["clean", "in.csv", "--pipeline", "pipe.yaml", "-q"]) == 0
    with pytest.raises(ConfigError, match=r"target: no column named 'churn'.*'churned'"):
        dp.feed.opened("in.clean.dataprep", target="churn", split="test")
    rows = dp.feed.opened("in.clean.dataprep", split="test", weight="row")
    assert (rows.split, rows.weight, rows.height) == ("test", "row", 20)
