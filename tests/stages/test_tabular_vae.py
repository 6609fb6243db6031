"""TabularVAE: rows of a learned model, the same ones each time, judged, and from no other rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.apply import apply
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError, DataError, MissingExtraError
from dataprep.provenance import PARENT_A, numbered

SMALL = {"epochs": 3, "batch_size": 64, "hidden": (16,), "embedding_dim": 3}


def customers(height: int = 300, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows of which one in six bought: those are older, and on the plan ``plus``."""
    random = np.random.default_rng(seed)
    y = np.arange(height) % 6 == 0
    frame = pd.DataFrame(
        {
            "age": pd.array(random.normal(40 + 20 * y, 4).round().astype(int), dtype="Int64"),
            "pay": np.where(random.random(height) < 0.4, 0.0, random.gamma(2, 100, height)),
            "plan": np.where(random.random(height) < 0.1 + 0.8 * y, "plus", "basic"),
            "active": pd.array(random.random(height) < 0.5, dtype="boolean"),
            "same": 3.0,
            "nothing": np.nan,
            "note": [f"note {i}" for i in range(height)],
        }
    )
    frame.loc[::9, "age"] = pd.NA
    frame.loc[::7, "active"] = pd.NA
    return frame, np.where(y, "yes", "no")


@pytest.fixture(scope="module")
def made():
    """Return what a well trained model made, once for all tests that look at it."""
    X, y = customers()
    stage = dp.TabularVAE(epochs=150, batch_size=50, hidden=(32,), embedding_dim=4)
    with pytest.warns(
        UserWarning,
        match=r"told from real rows .* % copies \(24.0 % of real rows are, of each other\)",
    ):
        rows, classes = stage.fit_resample(X, y)
    return stage, X, y, rows, classes


def test_rare_classes_grow_by_rows_like_theirs(made):
    """New rows are of the class' kind: its ages, its plan, its share of zeros and of gaps."""
    _, X, y, rows, classes = made
    assert pd.Series(classes).value_counts().to_dict() == {"no": 250, "yes": 250}
    pd.testing.assert_frame_equal(rows.iloc[:300], X)
    assert rows.dtypes.to_dict() == X.dtypes.to_dict()
    new, own = rows.iloc[300:], X[y == "yes"]
    # Those of the other class are 40 years old on average, these are 60.
    assert float(new["age"].mean()) > 53
    assert (new["plan"] == "plus").mean() > 0.7
    assert abs((new["pay"] == 0).mean() - 0.4) < 0.25
    assert abs(new["age"].isna().mean() - own["age"].isna().mean()) < 0.15
    assert set(new["same"]) == {3.0}
    assert new["nothing"].isna().all()
    assert X["age"].min() <= new["age"].min() <= new["age"].max() <= X["age"].max()
    assert X["pay"].max() >= new["pay"].max()


def test_each_new_row_has_the_closest_real_one_for_a_parent(made):
    """The parent is a row of the class; text is the parent's, and that is what the note says."""
    stage, X, y, rows, _ = made
    origin = stage.provenance_
    parent = origin["parent_a"].to_numpy()
    assert (y[parent] == "yes").all()
    assert origin["parent_b"].isna().all()
    assert (rows["note"].to_numpy()[300:] == X["note"].to_numpy()[parent]).all()
    assert (rows["plan"].to_numpy()[300:] == X["plan"].to_numpy()[parent]).mean() > 0.9


def test_quality_and_privacy_are_told(made):
    """By class: an AUC, distances to real rows beside those among them, copies, each column."""
    stage, X, y, rows, _ = made
    assert list(stage.quality_) == ["yes"]
    found = stage.quality_["yes"]
    assert 0.4 < found["auc"] < 0.95
    learned = [name for name in X if name != "note"]
    own, new = X.loc[y == "yes", learned], rows.loc[rows.index[300:], learned]
    assert found["copies_real"] == own.duplicated(keep=False).mean() > 0.05
    # So many have a twin that the closest 5 % are no nearer than twins are.
    assert found["distance_real"] == 0.0
    assert found["near_copies_real"] == found["copies_real"]
    equal = new.merge(own.drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    # Judged as they were written, whole numbers rounded.
    assert found["copies"] == pytest.approx(equal.mean())
    assert found["near_copies"] == found["copies"]
    assert max(found["columns"].values()) < 0.3
    assert set(found["columns"]) == {"age", "pay", "plan", "active", "same", "nothing"}
    assert found["columns"]["same"] == found["columns"]["nothing"] == 0.0
    with pytest.raises(AttributeError, match="no quality_ before fit_resample"):
        _ = dp.TabularVAE().quality_


def test_the_same_rows_each_time_and_in_any_order():
    """The same seed gives the same rows, whatever the order of the input; another seed others."""
    X, y = customers(120)
    turn = np.random.default_rng(0).permutation(120)
    one = dp.TabularVAE(**SMALL).fit_resample(X, y)[0].iloc[120:]
    two = dp.TabularVAE(**SMALL).fit_resample(X.iloc[turn], y[turn])[0].iloc[120:]
    other = dp.TabularVAE(random_state=1, **SMALL).fit_resample(X, y)[0].iloc[120:]
    pd.testing.assert_frame_equal(one.reset_index(drop=True), two.reset_index(drop=True))
    assert not one["pay"].reset_index(drop=True).equals(other["pay"].reset_index(drop=True))


def test_a_loaded_pipeline_makes_the_same_rows_without_tensorflow(tmp_path, monkeypatch):
    """The state holds the weights: no training, and no TensorFlow, is needed to make the rows."""
    X, y = customers(120)
    frame = X.assign(bought=y)
    pipe = dp.Pipeline([dp.TabularVAE(**SMALL)], target="bought")
    expected = dp.clean(frame, pipeline=pipe)
    expected.pipeline.save(tmp_path / "pipeline.json")
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    loaded = dp.Pipeline.load(tmp_path / "pipeline.json")
    stage, state = loaded.stages[0], loaded.states_[0]
    assert len(json.dumps(state)) < 100_000
    table = numbered(open_frame(frame, roles={"target": "bought"}).table)
    after, _ = apply(table, "0:tabular_vae", stage, stage.change(table, state))
    new = replace(after, frame=after.frame.filter(nw.col(PARENT_A) >= 0)).to_pandas()
    old = expected.data[expected.data["_origin"].notna()][frame.columns]
    for name in ("pay", "plan", "note", "bought"):
        assert new[name].tolist() == old[name].tolist()


def test_without_tensorflow_the_extra_is_named(monkeypatch):
    """Where TensorFlow is not installed, the error says what to install."""
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    X, y = customers(60)
    with pytest.raises(MissingExtraError, match=r"dataprep-pipeline\[tensorflow\]"):
        dp.TabularVAE(**SMALL).fit_resample(X, y)


def test_random_states_of_others_are_left_alone():
    """Neither NumPy's, nor TensorFlow's, nor Keras' random numbers are other ones afterwards."""
    import keras
    import tensorflow as tf

    X, y = customers(60)

    def drawn(between):
        np.random.seed(3)
        tf.random.set_seed(3)
        keras.utils.set_random_seed(3)
        between()
        return (
            np.random.random(),
            float(tf.random.uniform(())),
            float(keras.random.uniform(())),
        )

    expected = drawn(lambda: None)
    assert drawn(lambda: dp.TabularVAE(**SMALL).fit_resample(X, y)) == expected


@pytest.mark.slow
def test_one_thread_or_two_and_another_process_make_the_same_rows():
    """The rows do not depend on how many processors there are, nor on the process."""
    program = (
        "import hashlib, sys; sys.path.insert(0, 'tests/stages')\n"
        "from test_tabular_vae import SMALL, customers\n"
        "import warnings; warnings.simplefilter('ignore')\n"
        "import dataprep as dp\n"
        "X, y = customers(240)\n"
        "made = dp.TabularVAE(**{**SMALL, 'epochs': 30}).fit_resample(X, y)[0]\n"
        "print(hashlib.sha256(made.to_csv().encode()).hexdigest())\n"
    )

    def digest(cores):
        start = f"import os; os.sched_setaffinity(0, {cores!r})\n" if cores else ""
        done = subprocess.run(
            [sys.executable, "-c", start + program], capture_output=True, text=True, check=True
        )
        return done.stdout, done.stderr

    available = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    alone = digest({min(available)} if available else None)
    together = digest(None)
    assert alone[0] == together[0]
    assert alone[1] == "", "TensorFlow's log"


@pytest.mark.parametrize(
    ("change", "parameters", "error", "words"),
    [
        (
            {"y": ["no"] * 59 + ["yes"]},
            {},
            DataError,
            "'yes' has 1 row, too few to learn",
        ),
        ({"y": ["no"] * 56 + ["yes"] * 4}, {}, DataError, "has 4 rows, too few"),
        ({"columns": ["same", "nothing", "note"]}, {}, DataError, "there is nothing to learn"),
        ({"pay": np.inf}, {}, DataError, "pay: 60 infinite numbers"),
        ({}, {"epochs": 0}, ConfigError, "epochs: 0"),
        ({}, {"hidden": ()}, ConfigError, r"hidden: \(\): a list .* 1 or more items, such as"),
        (
            {},
            {"hidden": 64},
            ConfigError,
            r"hidden: 64: input should be a list, such as \[128,",
        ),
        ({}, {"hidden": [-1]}, ConfigError, r"\[-1\]: .* than or equal to 1, such as \[128, 128\]"),
        ({}, {"max_synthetic": 0.1}, DataError, "max_synthetic: .* would be synthetic"),
    ],
)
def test_what_does_not_suit_is_refused(change, parameters, error, words):
    """Too few rows, nothing that varies, infinite numbers, and wrong parameters are told."""
    X, y = customers(60)
    X = X[change.pop("columns")] if "columns" in change else X
    y = change.pop("y", y)
    with pytest.raises(error, match=words):
        dp.TabularVAE(**{**SMALL, **parameters}).fit_resample(X.assign(**change), y)


def test_many_levels_and_few_rows():
    """A column of 80 levels, five rows of a class: rows are made, and none is outside of them."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "town": pd.Categorical([f"t{i % 80}" for i in range(400)]),
            "x": random.normal(size=400),
        }
    )
    y = ["no"] * 395 + ["yes"] * 5
    made, classes = dp.TabularVAE(**SMALL).fit_resample(X, y)
    assert pd.Series(classes).value_counts().to_dict() == {"no": 395, "yes": 395}
    assert set(made["town"]) <= set(X["town"])


def test_max_rows_keeps_the_rare():
    """Of more rows than ``max_rows`` those of rare classes are all learned from."""
    from dataprep.generative.model import _drawn

    y = np.repeat([0, 1, 2], [1000, 60, 5])
    few = _drawn(y, np.arange(len(y)), 200, 0)
    assert np.bincount(y[few]).tolist() == [135, 60, 5]
    assert len(_drawn(y, np.arange(len(y)), 5000, 0)) == len(y)


def test_an_altered_state_is_refused():
    """Weights that were cut are refused in words, not read as others."""
    from dataprep.generative.decoder import Decoder

    state = Decoder([np.eye(2, dtype="float32"), np.ones(2, "float32")], np.ones(2)).to_state()
    with pytest.raises(DataError, match="the weights cannot be read"):
        Decoder.from_state({**state, "weights": state["weights"][:-8]})


def test_altered_shapes_are_refused():
    """Shapes that are not those of the weights, or not of layers, are refused in words too."""
    from dataprep.generative.decoder import Decoder

    state = Decoder([np.ones((2, 3), "float32"), np.ones(3, "float32")], np.ones(3)).to_state()
    for shapes in ([[2, 4], [4], [4]], [[3, 2], [3], [3]], [[6], [3], [3]], [], [[2, 3], [3]]):
        with pytest.raises(DataError, match=r"the weights cannot be read.*fit the pipeline again"):
            Decoder.from_state({**state, "shapes": shapes})


def test_weights_of_another_table_are_refused():
    """Weights that are whole, but not as wide as the columns that were learned, are refused."""
    from dataprep.generative.columns import learned
    from dataprep.generative.decoder import Decoder
    from dataprep.generative.model import Model

    columns = learned(np.array([[1.0], [2.0], [4.0]]), np.empty((3, 0), "int32"), 0)
    decoder = Decoder([np.ones((4, 3), "float32"), np.ones(3, "float32")], np.ones(3))
    with pytest.raises(DataError, match="not of 1 numbers and 2 classes"):
        Model.from_state(Model(columns, 1, 2, decoder, [1.0, 1.0]).to_state())


@pytest.mark.parametrize("seed", [2**31 - 1, 2**32])
def test_any_seed_and_levels_alone(seed, recwarn):
    """A seed of any size is one, and a table without numbers is learned without a warning."""
    X, y = customers(60)
    made, _ = dp.TabularVAE(random_state=seed, **SMALL).fit_resample(X[["plan", "active"]], y)
    assert set(made["plan"]) <= {"plus", "basic"}
    assert not [w for w in recwarn if "radient" in str(w.message)]


def test_every_row_of_an_epoch_is_learned_from(monkeypatch):
    """Where the rows are no multiple of ``batch_size``, those left over are a batch too."""
    from dataprep.generative import network

    seen = []

    def step(*others):
        return lambda rows, number: seen.extend(rows.numpy().tolist()) or float(len(rows))

    monkeypatch.setattr(network, "_step", step)
    settings = network.Settings(1, 50, 2, (4,), 2.0, 0)
    y = np.zeros(99, "int64")
    network.trained(np.ones((99, 2), "float32"), y, 1, [], settings)
    assert sorted(seen) == list(range(99))


def test_many_rows_are_made_as_few_are():
    """Rows are made in parts: the first ones are the same, however many follow."""
    from dataprep.generative.columns import learned, width_of
    from dataprep.generative.decoder import Decoder
    from dataprep.generative.model import Model

    random = np.random.default_rng(0)
    codes = random.integers(0, 5, (50, 2)).astype("int32")
    columns = learned(random.normal(size=(50, 1)), codes, 0)
    width = width_of(columns)
    weights = [random.normal(size=(4, width)).astype("float32"), np.zeros(width, "float32")]
    model = Model(columns, 1, 2, Decoder(weights, np.full(width, 0.1)), [1.0, 1.0])
    many, few = model.rows(1, 9_000, 0, "test"), model.rows(1, 5_000, 0, "test")
    for a, b in zip(many, few, strict=True):
        np.testing.assert_array_equal(a[:5_000], b)
    # No part repeats another.
    assert not np.array_equal(many[0][4_000:8_000], many[0][:4_000])
    assert [len(part) for part in model.rows(0, 0, 0, "test")] == [0, 0]


def test_nothing_is_imported_before_it_is_needed():
    """``import dataprep`` and the stage itself load no TensorFlow."""
    program = (
        "import sys, dataprep as dp; dp.TabularVAE(); dp.Jitter(); dp.MixUp()\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
