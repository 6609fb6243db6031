"""Bad input: each error names the place, the value and the remedy, before an epoch begins."""

import numpy as np
import pandas as pd
import pytest
from samples import people

import dataprep as dp
from dataprep.errors import ConfigError, DataError, ReadError


def wrong(**changes):
    """Return the frame with some columns replaced."""
    return people().assign(**changes)


@pytest.mark.parametrize(
    ("frame", "options", "error", "says"),
    [
        (people(), {"target": "churn"}, ConfigError, "target: no column named 'churn'.*'churned'"),
        (people(), {"columns": ["rows"]}, ConfigError, "no column named 'rows'.*'row'"),
        (people(), {"columns": ["row", "churned"]}, ConfigError, "is the target"),
        (wrong(churned="no"), {}, DataError, "the target is 'no' in every row"),
        (wrong(churned=[None] + ["a", "b", "c"] * 33), {}, DataError, "missing in 1 of 100 rows"),
        (wrong(row=np.nan), {}, DataError, r"missing values .*row \(100\).*impute"),
        (wrong(row=np.inf), {}, DataError, "infinite.*row.*iqr"),
        (wrong(plan=[None] * 100), {}, DataError, r"plan \(100\)"),
        (people(), {"features": "matrix"}, DataError, "text in a matrix of numbers: plan.*encode"),
        (people(), {"features": "table"}, ConfigError, "unknown form 'table'"),
        (people(), {"batch_size": 0}, ConfigError, "batch_size: 0 is no whole number"),
        (people(), {"batch_size": 2.0}, ConfigError, "batch_size: 2.0 is no whole number"),
        (people(), {"seed": -1}, ConfigError, "seed: -1"),
        (people(), {"batch_size": 101, "drop_remainder": True}, DataError, "larger than the 100"),
        (
            people(),
            {"batch": 1, "batch_size": 100},
            ConfigError,
            "an epoch has 1 batches",
        ),
        (people(), {"shard": (100, 101)}, DataError, "shard 100 would be empty"),
        (people(), {"shard": (2, 2)}, ConfigError, "no shard"),
        (people(), {"split": "test"}, ConfigError, "no part 'test': the rows were not split"),
        (people(), {"weights": "sample_weight"}, ConfigError, "no column of weights.*class_weight"),
        (people(), {"weights": "wight"}, ConfigError, "weight: no column named 'wight'"),
        (people(), {"weights": 3}, ConfigError, "3 names no weights"),
        (wrong(w=-1.0), {"weights": "w"}, DataError, "100 of 100 weights.*negative"),
        (people(), {"weights": "class", "balance": "class"}, ConfigError, "Keep one of the two"),
        (people(), {"balance": "row"}, ConfigError, "cannot balance by 'row'"),
        (
            people(),
            {"target": "row", "balance": "class", "classes": False},
            ConfigError,
            "a number",
        ),
        (people(), {"target": "churned", "classes": False}, DataError, "no number"),
        (people(), {"classes": ["no", "yes", "no"]}, ConfigError, "classes: 'no' is there more"),
        (people(), {"classes": ["no"]}, DataError, "'yes' in some rows, which is no class"),
        (people(), {"augment": "flip"}, ConfigError, "'flip' is no augmentation"),
        (people(), {"augment": dp.ImageAugment()}, ConfigError, "no pictures"),
        (
            people(),
            {"augment": dp.Impute()},
            ConfigError,
            "Impute does not change.*into the pipeline",
        ),
        (people().head(0), {}, DataError, "no rows"),
        (people()[["churned"]], {}, DataError, "no feature left"),
        ([1, 2], {}, ConfigError, "list cannot be fed"),
        ("nowhere.parquet", {}, ReadError, "no such file"),
    ],
)
def test_what_cannot_be_fed_is_refused_in_words(frame, options, error, says):
    """The message names the column or parameter, the value, and what to do."""
    given = {"target": "churned", **options}
    with pytest.raises(error, match=f"(?s){says}") as raised:
        dp.feed.dataset(frame, **given)
    assert raised.value.remedy


def test_held_out_rows_are_neither_augmented_nor_repeated():
    """Augmentation and balance are for training rows, whatever the source."""
    frame = wrong(split=["train"] * 60 + ["test"] * 40)
    for options in ({"augment": lambda x, y: (x, y)}, {"balance": "class"}):
        with pytest.raises(ConfigError, match="part 'test' are held out"):
            dp.feed.dataset(frame, "churned", split="test", **options)


def test_a_column_of_parts_divides_a_frame():
    """The column that the stage Split adds is no feature, and its parts are told apart."""
    frame = wrong(split=["train"] * 60 + ["test"] * 40)
    assert dp.feed.opened(frame, target="churned").height == 60
    assert "split" not in dp.feed.opened(frame, target="churned", split="test").kinds
    with pytest.raises(ConfigError, match=r"no part 'validation'.*There is: train, test"):
        dp.feed.opened(frame, target="churned", split="validation")


def test_a_batch_that_holds_all_rows_is_told_of(recwarn):
    """A batch size above the number of rows is worth a warning, where somebody gave it."""
    fed = dp.feed.dataset(people(), "churned")
    assert not [w for w in recwarn if "batch_size" in str(w.message)]
    assert [len(y) for _, y in fed] == [100]
    with pytest.warns(UserWarning, match="batch_size=128 is larger than the 100 rows"):
        dp.feed.dataset(people(), "churned", batch_size=128)
    with pytest.raises(DataError, match="no batch would be left"):
        dp.feed.dataset(people(), "churned", drop_remainder=True)


def test_files_that_are_none_are_refused(tmp_path):
    """A CSV, a damaged file, an empty folder and a folder of something else are told apart."""
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReadError, match=r"in\.csv: is no Parquet file.*dataprep clean"):
        dp.feed.dataset(tmp_path / "in.csv", "b")
    with pytest.raises(ReadError, match="neither a run folder nor"):
        dp.feed.dataset(tmp_path, "b")
    (tmp_path / "in.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(ReadError, match="cannot be read"):
        dp.feed.dataset(tmp_path / "in.parquet", "b")


def test_files_in_windows_cannot_be_balanced_or_cut_by_a_column(tmp_path):
    """What needs all rows at once says how many that are."""
    path = tmp_path / "rows.parquet"
    wrong(split=["train"] * 60 + ["test"] * 40).to_parquet(path)
    with pytest.raises(ConfigError, match=r"several parts lie in one file.*100 rows"):
        dp.feed.dataset(path, "churned", window=20)
    people().to_parquet(path)
    with pytest.raises(ConfigError, match="window of 100 rows"):
        dp.feed.dataset(path, "churned", window=20, balance="class")


def test_a_column_that_no_tensor_holds_is_named():
    """Lists in cells are refused by name."""
    frame = pd.DataFrame({"x": [[1], [2]], "y": [0, 1]})
    with pytest.raises(DataError, match=r"no feature left to feed: x \(of kind other\)"):
        dp.feed.dataset(frame, "y")
    with pytest.raises(DataError, match="no tensor holds: x"):
        dp.feed.dataset(frame, "y", columns=["x"])
