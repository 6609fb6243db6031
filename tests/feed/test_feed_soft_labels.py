"""Soft labels: how likely each class is, through to the tensors."""

import warnings

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.cli import answer
from dataprep.errors import ConfigError

STAGES = [
    dp.Split(test=0.2),
    dp.PseudoLabel(soft=True, threshold=0.7, safeguard=False, rounds=1, folds=3),
]


def rows():
    """Return rows of which a third have a label."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "z": rng.normal(size=300)})
    frame["y"] = np.where(frame["x"] > 0, "yes", "no")
    frame.loc[rng.random(300) > 0.35, "y"] = None
    return frame


def labelled():
    """Return a result with soft labels."""
    return dp.clean(rows(), pipeline=dp.Pipeline(STAGES, target="y"))


def test_labels_are_how_likely_each_class_is():
    """Pseudo-labelled rows have probabilities, the others a one; features know nothing of it."""
    result = labelled()
    data = result.data[result.data["split"] == "train"]
    found = dp.feed.dataset(result, soft_labels=True, shuffle=False, features="matrix")
    X, y = (np.concatenate(part) for part in zip(*found.as_numpy_iterator(), strict=True))
    assert X.shape == (len(data), 2)
    assert y == pytest.approx(data[["_soft_no", "_soft_yes"]].to_numpy())
    assert y.sum(axis=1) == pytest.approx(1.0)
    own = data["_origin"].isna().to_numpy()
    assert set(y[own].ravel()) == {0.0, 1.0}
    assert ((y[~own] > 0) & (y[~own] < 1)).all(axis=1).any()


def test_rows_travel_with_their_own_label():
    """Shuffled, in batches that are not full, and with weights."""
    result = labelled()
    data = result.data[result.data["split"] == "train"]
    truth = dict(zip(data["x"].astype("float32"), data["_soft_yes"], strict=True))
    found = dp.feed.dataset(
        result, soft_labels=True, weights="sample_weight", batch_size=32, features="matrix"
    )
    for X, y, weight in found.as_numpy_iterator():
        assert y.shape == (len(X), 2)
        assert weight.shape == (len(X),)
        assert y[:, 1] == pytest.approx([truth[x] for x in X[:, 0]], abs=1e-6)


def test_held_out_rows_have_a_one_for_their_class():
    """Nobody guessed at them, so that a model is judged by what is known."""
    result = labelled()
    data = result.data[result.data["split"] == "test"]
    found = dp.feed.dataset(result, soft_labels=True, split="test", shuffle=False)
    y = np.concatenate([label for _, label in found.as_numpy_iterator()])
    assert y[:, 1].tolist() == data["y"].eq("yes").astype(float).tolist()


def test_codes_stay_the_default():
    """Without asking, labels are codes as ever."""
    label = next(iter(dp.feed.dataset(labelled())))[1]
    assert label.dtype == "int64"
    assert len(label.shape) == 1


def test_numbers_have_no_soft_labels():
    """A target of numbers is refused, and so are looks that go by the class of a picture."""
    frame = pd.DataFrame({"x": np.arange(30.0), "y": np.arange(30) + 0.5})
    with pytest.raises(ConfigError, match="'y' is a number, it has no classes"):
        dp.feed.dataset(frame, "y", soft_labels=True)
    with pytest.raises(ConfigError, match="mixup of image_augment goes by the class"):
        dp.feed.dataset(frame, "y", soft_labels=True, augment=dp.ImageAugment(mixup=0.2))


def test_files_in_windows_refuse_soft_labels(tmp_path):
    """What is not held in memory says what to do."""
    result = labelled()
    result.data[result.data["split"] == "train"].drop(columns="split").to_parquet(
        tmp_path / "train.parquet"
    )
    with pytest.raises(ConfigError, match="Give a window of"):
        dp.feed.dataset(tmp_path / "train.parquet", "y", soft_labels=True, window=10)
    whole = dp.feed.dataset(tmp_path / "train.parquet", "y", soft_labels=True)
    assert next(iter(whole))[1].shape[1] == 2


def test_soft_labels_of_a_file_are_those_of_a_frame(tmp_path):
    """A file's yes and no are true and false inside: columns, and what is fed, are the same."""
    path, recipe = tmp_path / "in.csv", tmp_path / "recipe.yaml"
    rows().to_csv(path, index=False)
    pipeline = dp.Pipeline(STAGES, target="y")
    recipe.write_text(
        "target: y\nstages:\n  - split: {test: 0.2}\n  - pseudo_label: "
        "{soft: true, threshold: 0.7, safeguard: false, rounds: 1, folds: 3}\n"
    )
    assert answer(["clean", str(path), "--pipeline", str(recipe), "-q"]) == 0
    frame = pd.read_csv(tmp_path / "in.clean.train.csv")
    expected = labelled().data
    assert [n for n in frame.columns if n.startswith("_soft_")] == ["_soft_no", "_soft_yes"]
    expected = expected.loc[expected["split"] == "train", ["_soft_no", "_soft_yes"]].to_numpy()
    for source in (dp.clean(path, pipeline=pipeline), frame):
        found = dp.feed.dataset(source, "y", soft_labels=True, shuffle=False)
        y = np.concatenate([label for _, label in found.as_numpy_iterator()])
        assert y == pytest.approx(expected, abs=1e-6)


def test_a_class_without_its_column_is_told():
    """Soft labels never become hard ones by a column that went missing, or has another name."""
    data = labelled().data
    for given in (data.drop(columns="_soft_no"), data.rename(columns={"_soft_no": "_soft_nein"})):
        with pytest.raises(ConfigError, match=r"not one column for each class \(no, yes\): _soft_"):
            dp.feed.dataset(given, "y", soft_labels=True)
        assert next(iter(dp.feed.dataset(given, "y")))[1].ndim == 1


def test_labels_that_are_all_sure_are_told():
    """Who forgot soft: true is told, of training rows; those that are held out have sure labels."""
    frame = pd.DataFrame({"x": np.arange(30.0), "y": ["no", "yes"] * 15})
    with pytest.warns(UserWarning, match=r"no column _soft_<label> .* with soft: true"):
        label = next(iter(dp.feed.dataset(frame, "y", soft_labels=True)))[1]
    assert set(label.numpy().ravel()) == {0.0, 1.0}
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.Split(test=0.4)], target="y"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        dp.feed.dataset(result, soft_labels=True, split="test")


def test_soft_labels_count_in_what_a_row_takes(tmp_path, monkeypatch):
    """A file whose probabilities are too many to be held is read in windows."""
    names = [f"_soft_{label}" for label in range(50)]
    frame = pd.DataFrame({"x": np.arange(100.0), "y": np.arange(100) % 50})
    frame[names] = 0.02
    frame.to_parquet(tmp_path / "rows.parquet")
    for name in ("_HELD", "_WINDOW"):
        monkeypatch.setattr(f"dataprep.feed.sources.{name}", 10_000)
    rows = dp.feed.opened(tmp_path / "rows.parquet", target="y")
    assert type(rows).__name__ == "Streamed"
