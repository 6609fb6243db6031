"""``dp.feed.dataset``: what batches hold, in which order, and what resumes and repeats it."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st
from samples import big, flat, people, rows_of

import dataprep as dp

GOLDEN = [25, 76, 30, 53, 96]


def test_an_epoch_has_every_row_once_and_the_next_one_another_order():
    """Three epochs hold all rows each, in three orders; the first differs from the source's."""
    fed = dp.feed.dataset(people(), "churned", batch_size=16)
    epochs = [flat(rows_of(fed)) for _ in range(3)]
    assert all(sorted(rows) == list(range(100)) for rows in epochs)
    assert len({tuple(rows) for rows in epochs}) == 3
    assert epochs[0] != list(range(100))
    assert int(fed.cardinality()) == len(list(fed)) == 7


@tries(8)
@given(st.integers(1, 40), st.integers(1, 40), st.booleans(), st.booleans())
@pytest.mark.filterwarnings("ignore:batch_size")
def test_batches_are_cut_from_the_order_and_counted_before(height, size, drop, shuffle):
    """The number of batches is known, all but the last are full, and rows keep their labels."""
    frame = people().head(height).assign(churned=np.arange(height) % 2)
    if height < 2 or (drop and size > height):
        return
    fed = dp.feed.dataset(
        frame, "churned", batch_size=size, drop_remainder=drop, shuffle=shuffle, columns=["row"]
    )
    batches = [(x["row"].numpy(), y.numpy()) for x, y in fed]
    assert (
        len(batches) == int(fed.cardinality()) == (height // size if drop else -(-height // size))
    )
    assert all(len(x) == size for x, _ in batches[: height // size])
    assert all((x % 2 == y).all() for x, y in batches)
    rows = np.concatenate([x for x, _ in batches]).astype(int).tolist()
    assert len(set(rows)) == len(rows)
    assert shuffle or rows == list(range(len(rows)))
    assert drop or len(rows) == height


def test_the_order_is_golden():
    """The first batch of a seed and an epoch is this one, on every machine."""
    fed = dp.feed.dataset(people(), "churned", batch_size=5, epoch=2, seed=3)
    assert rows_of(fed.take(1)) == [GOLDEN]


@pytest.mark.parametrize("features", ["dict", "matrix"])
def test_parallel_calls_change_nothing(features):
    """One and eight parallel calls give the same bytes, of labels and weights as well."""
    frame = people().drop(columns="plan")
    options = {"batch_size": 3, "seed": 5, "weights": "class", "features": features}
    fed = [dp.feed.dataset(frame, "churned", parallel_calls=n, **options) for n in (1, 8, None)]
    for _ in range(2):
        first, *others = [[bytes_of(batch) for batch in one] for one in fed]
        assert others == [first, first]


@pytest.mark.slow
def test_two_processes_feed_the_same():
    """Another process, with another hash seed, gives byte-identical batches."""
    code = (
        "import sys; sys.path[:0] = ['tests/feed', 'tests']\n"
        "import hashlib, dataprep as dp\n"
        "from samples import people\n"
        "from test_feed_dataset import bytes_of\n"
        "fed = dp.feed.dataset(people(), 'churned', batch_size=7, epoch=4, balance='class')\n"
        "print(hashlib.sha256(b''.join(map(bytes_of, fed))).hexdigest())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "77", "TF_CPP_MIN_LOG_LEVEL": "2"}
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
    ).stdout.split()[-1]
    fed = dp.feed.dataset(people(), "churned", batch_size=7, epoch=4, balance="class")
    assert hashlib.sha256(b"".join(map(bytes_of, fed))).hexdigest() == there


def bytes_of(batch):
    """Return all bytes of a batch."""
    import tensorflow as tf

    return b"".join(
        np.asarray(tensor).astype("S").tobytes()
        if tensor.dtype == tf.string
        else tensor.numpy().tobytes()
        for tensor in tf.nest.flatten(batch)
    )


def test_an_epoch_can_be_resumed_at_a_batch():
    """From (epoch, batch) come the very batches that were to come, as often as asked."""
    fed = dp.feed.dataset(people(), "churned", batch_size=8, seed=1)
    epochs = [rows_of(fed) for _ in range(3)]
    rest = dp.feed.dataset(people(), "churned", batch_size=8, seed=1, epoch=1, batch=5)
    assert int(rest.cardinality()) == 13 - 5
    assert rows_of(rest) == epochs[1][5:]
    assert rows_of(rest) == epochs[1][5:]
    later = dp.feed.dataset(people(), "churned", batch_size=8, seed=1, epoch=2)
    assert rows_of(later) == epochs[2]


def test_repeat_goes_on_with_the_next_epoch():
    """``.repeat(2)`` gives two epochs, and the iteration after it the third."""
    expected = dp.feed.dataset(people(), "churned", batch_size=30)
    epochs = [rows_of(expected) for _ in range(3)]
    fed = dp.feed.dataset(people(), "churned", batch_size=30)
    assert rows_of(fed.repeat(2)) == [*epochs[0], *epochs[1]]
    assert rows_of(fed) == epochs[2]


def test_a_look_at_one_batch_is_no_epoch():
    """Keras looks at a batch before it trains: the number of the epoch is not used up by it."""
    fed = dp.feed.dataset(people(), "churned", batch_size=30)
    first = rows_of(fed.take(1))
    assert rows_of(fed)[:1] == first
    assert rows_of(fed)[:1] != first


def test_without_reshuffle_every_epoch_is_the_same():
    """``reshuffle=False`` repeats the first epoch."""
    fed = dp.feed.dataset(people(), "churned", batch_size=30, reshuffle=False, epoch=3)
    assert rows_of(fed) == rows_of(fed)
    assert rows_of(fed) == rows_of(dp.feed.dataset(people(), "churned", batch_size=30, epoch=3))


def test_balanced_batches_have_a_known_length_and_lose_no_row():
    """90 and 10 rows make an epoch of 180, half of each class, all of them there."""
    fed = dp.feed.dataset(people(), "churned", batch_size=20, balance="class")
    assert int(fed.cardinality()) == 9
    labels = np.concatenate([y.numpy() for _, y in fed])
    assert np.bincount(labels).tolist() == [90, 90]
    assert set(flat(rows_of(fed))) == set(range(100))
    assert all(abs(y.numpy().mean() - 0.5) <= 0.05 for _, y in fed)


def test_weights_of_classes_and_rows_multiply():
    """Class weights make both classes count the same; a column of weights multiplies them."""
    frame = people().assign(trust=np.linspace(0.5, 1.5, 100))
    fed = dp.feed.dataset(frame, "churned", batch_size=100, weights="class", shuffle=False)
    (x, y, weight), *_ = fed
    assert weight.dtype == "float32"
    assert weight.numpy()[:2].tolist() == pytest.approx([5.0, 100 / 180])
    assert "trust" in x
    fed = dp.feed.dataset(
        frame, "churned", batch_size=100, weights=["class", "trust"], shuffle=False
    )
    (x, _, both), *_ = fed
    assert both.numpy() == pytest.approx(weight.numpy() * frame["trust"].to_numpy(), rel=1e-6)
    assert "trust" not in x
    assert [float(weight.numpy()[y.numpy() == c].sum()) for c in (0, 1)] == pytest.approx([50, 50])


def test_labels_are_codes_of_sorted_classes_or_numbers():
    """Text, booleans and few whole numbers are classes; a continuous number is fed as it is."""
    frame = people()
    for target, dtype, first in (
        ("churned", "int64", [1, 0, 0]),
        ("plan", "int64", [0, 1, 2]),
        ("paid", "int64", [1, 0, 1]),
        ("row", "float32", [0.0, 1.0, 2.0]),
    ):
        fed = dp.feed.dataset(
            frame,
            target,
            batch_size=100,
            shuffle=False,
            columns=["row"] if target != "row" else ["paid"],
        )
        label = next(iter(fed))[1]
        assert (label.dtype, label.numpy()[:3].tolist()) == (dtype, first)
    codes = frame.assign(y=frame.index % 4 + 5, z=np.repeat(np.arange(50), 2))
    assert dp.feed.opened(codes, target="y").classes == [5, 6, 7, 8]
    # 50 numbers, two rows each, count something; 12 codes from 0, each in some rows, are classes.
    assert dp.feed.opened(codes, target="z").classes is None
    many = frame.assign(y=frame.index % 12)
    assert dp.feed.opened(pd.concat([many] * 2), target="y").classes == list(range(12))
    number = frame.assign(y=frame.index % 4 + 5)
    assert next(iter(dp.feed.dataset(number, "y", shuffle=False, batch_size=50)))[1][0] == 0
    asked = dp.feed.dataset(number, "y", shuffle=False, batch_size=50, classes=False)
    assert next(iter(asked))[1].numpy()[0] == 5.0


def test_without_a_target_batches_are_features():
    """Rows to predict for come alone."""
    fed = dp.feed.dataset(people(), batch_size=50, shuffle=False)
    assert [sorted(x) for x in fed] == [["churned", "paid", "plan", "row"]] * 2


def test_a_function_augments_batches_and_leaves_weights():
    """A function of (features, label) changes both; it draws nothing for itself."""
    frame = people()[["row", "churned"]]
    fed = dp.feed.dataset(
        frame,
        "churned",
        batch_size=50,
        shuffle=False,
        features="matrix",
        weights="class",
        augment=lambda x, y: (x * 2.0, 1 - y),
    )
    x, y, w = next(iter(fed))
    assert x.numpy().ravel().tolist() == (np.arange(50) * 2.0).tolist()
    assert (y.numpy()[:2].tolist(), w.shape) == ([0, 1], (50,))


def test_keras_trains_on_it():
    """``model.fit`` takes it for several epochs, with sample weights, and knows its length."""
    import keras

    keras.utils.set_random_seed(0)
    frame = people().drop(columns="plan")
    fed = dp.feed.dataset(frame, "churned", batch_size=16, features="matrix", weights="class")
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    history = model.fit(fed, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    # The two epochs were 0 and 1, the look at a batch before them not counted.
    next_one = dp.feed.dataset(frame, "churned", batch_size=16, features="matrix", epoch=2)
    assert (next(iter(fed))[0].numpy() == next(iter(next_one))[0].numpy()).all()


def test_importing_feed_loads_no_tensorflow():
    """TensorFlow is loaded by the first dataset, not by an import."""
    code = (
        "import sys, dataprep.feed, dataprep as dp; dp.feed.arrays, dp.feed.export, dp.feed.opened;"
        "dp.feed.dataset; print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_without_tensorflow_the_extra_is_named(monkeypatch):
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(dp.errors.MissingExtraError, match=r"dataprep-pipeline\[tensorflow\]"):
        dp.feed.dataset(people(), "churned")


def test_files_are_fed_as_frames_are(tmp_path):
    """A file that is held in memory gives what the frame gives, cache or no cache."""
    path = big(tmp_path)
    frame = dp.feed.dataset(pd.read_parquet(path), "y", batch_size=64)
    expected = rows_of(frame)
    assert rows_of(dp.feed.dataset(path, "y", batch_size=64)) == expected
    assert rows_of(dp.feed.dataset(path, "y", batch_size=64, window=100, cache=True)) == expected


def test_a_closed_standard_error_is_none_to_silence(monkeypatch):
    """Where there is no standard error, TensorFlow is imported plainly."""
    from dataprep import optional

    def closed(_):
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(optional.os, "dup", closed)
    with optional._silence():
        pass
