"""Training from rows to metrics: which rows do what, and that nothing of one gets into another."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.feed.sources import opened
from dataprep.feed.training.balancing import balanced_classes, weights_to_take
from dataprep.feed.training.holding import Origin, divided, origin_of, unfed
from dataprep.feed.training.trained import check_free

SPLIT = {"test": 0.2, "validation": 0.15}


def customers(rows=400, seed=0):
    """Return customers, about one in five of whom left; who is old and pays much does."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, rows),
            "charge": rng.normal(50, 20, rows),
            "plan": rng.choice(["basic", "plus", "pro"], rows),
            "since": pd.date_range("2020-01-01", periods=rows),
        }
    )
    z = (frame["age"] - 45) / 5 + (frame["charge"] - 60) / 10
    frame["y"] = np.where(z + rng.logistic(0, 0.5, rows) > 0, "left", "stays")
    return frame


def quickly(source, target="y", **options):
    """Train for a few epochs."""
    return dp.training.train(source, target, **{"epochs": 3, "learning_rate": 0.01, **options})


@pytest.fixture(scope="module")
def balanced():
    """Return the result of a pipeline that divides, makes rows and weighs them."""
    stages = [dp.Split(**SPLIT), dp.SMOTENC(sampling_strategy=0.8), dp.ClassWeight()]
    return dp.clean(customers(), pipeline=dp.Pipeline(stages, target="y"))


@pytest.fixture(scope="module")
def trained(balanced):
    """Return a model that was trained on it."""
    return quickly(balanced, None)


def test_looking_at_the_names_loads_no_tensorflow():
    """The modules of training are listed, and metrics computed, without TensorFlow."""
    code = (
        "import sys, dataprep as dp; dir(dp.training); dp.training.Trained;"
        "dp.training.measured_numbers; dp.training.train;"
        "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---- which rows


def parts_of(source, seed=0, **options):
    return divided(source, origin_of(source), seed, **{"target": "y", **options})


def test_rows_of_a_split_stay_where_they_are(balanced):
    """The parts are those of the run, with the codes of the training rows."""
    parts = parts_of(balanced)
    heights = [rows.height for rows in (parts.train, parts.validation, parts.test)]
    assert heights == [len(balanced.train), len(balanced.validation), len(balanced.test)]
    assert parts.train.classes == parts.validation.classes == parts.test.classes
    assert parts.notes == []


def test_rows_are_put_aside_where_nothing_was_split():
    """A fifth for testing and a tenth for validation, by class; no row is in two parts."""
    frame = customers()
    parts = parts_of(frame)
    held = (parts.test, parts.validation, parts.train)
    assert [rows.height for rows in held] == [80, 40, 280]
    ages = [rows.matrix[:, 0] for rows in held]
    assert sorted(np.concatenate(ages)) == sorted(frame["age"].astype("float32"))
    share = (frame["y"] == "left").mean()
    for rows in held:
        assert (rows.y == 0).mean() == pytest.approx(share, abs=0.5 / rows.height + 1e-9)
    assert "20% for test and 10% for validation" in parts.notes[0]
    again, other = parts_of(frame), parts_of(frame, seed=1)
    assert (again.train.matrix == parts.train.matrix).all()
    assert not (other.train.matrix == parts.train.matrix).all()


def test_validation_rows_are_drawn_beside_a_test_part():
    """A split without validation rows keeps its test part; a tenth of the training rows choose."""
    stages = [dp.Split(test=0.2)]
    result = dp.clean(customers(), pipeline=dp.Pipeline(stages, target="y"))
    parts = parts_of(result)
    assert parts.test.height == 80
    assert (parts.validation.height, parts.train.height) == (32, 288)
    assert "what stages learned, they learned from those rows too" in parts.notes[1]


def test_without_a_test_part_the_figures_are_called_too_good():
    """Validation rows judge where there are no others, and the notes say what that means."""
    stages = [dp.Split(test=0, validation=0.2)]
    result = dp.clean(customers(), pipeline=dp.Pipeline(stages, target="y"))
    assert "somewhat too good" in parts_of(result).notes[0]


def test_made_rows_without_a_split_are_refused():
    """Rows like those that were trained on would be judged on: the remedy is a split."""
    pipeline = dp.Pipeline([dp.SMOTENC()], target="y")
    result = dp.clean(customers(), pipeline=pipeline)
    for source in (result, result.data):
        with pytest.raises(ConfigError, match=r"rows were made.*split: {test: 0.2"):
            parts_of(source)


def test_groups_without_a_split_are_refused():
    """Rows of one person must not come on both sides."""
    frame = customers().assign(person=[f"p{i % 50}" for i in range(400)])
    result = dp.clean(frame, pipeline=dp.Pipeline([], target="y", group="person"))
    with pytest.raises(ConfigError, match="rows belong to groups"):
        parts_of(result)


def test_too_few_rows_of_a_class_are_refused():
    """A class that cannot be in every part is named."""
    frame = customers()
    frame.loc[:1, "y"] = "moved"
    with pytest.raises(DataError, match=r"2 rows of the class 'moved' .* 3 are needed"):
        parts_of(frame)
    frame.loc[1, "y"] = "yes"
    with pytest.raises(DataError, match="1 row of the class 'moved' cannot be divided"):
        parts_of(frame)


def test_columns_that_are_no_features_are_told():
    """Each column without a role that is left out has its reason."""
    result = dp.clean(customers(), pipeline=dp.Pipeline([], target="y"))
    assert unfed(origin_of(result), opened(result), None) == {"since": "of kind timestamp"}
    named = opened(result, columns=["since"])
    assert unfed(origin_of(result), named, None) == {}


def test_what_balances_the_classes_is_known():
    """Weights, a balanced stream and made rows are counted; nothing is nothing."""
    frame = pd.DataFrame({"x": np.arange(10.0), "y": ["a"] * 8 + ["b"] * 2})
    rows = opened(frame, target="y")
    assert balanced_classes(rows, None, None, None) is None
    natural = {"a": 8.0, "b": 2.0}
    for options in (("class", None), (None, "class")):
        found = balanced_classes(rows, *options, None)
        assert found["before"] == natural
        assert found["after"]["a"] == pytest.approx(found["after"]["b"])
    pipe = dp.Pipeline([dp.RandomOverSampler()], target="y")
    result = dp.clean(frame, pipeline=pipe)
    found = balanced_classes(opened(result), None, None, pipe)
    assert (found["before"], found["after"]) == (natural, {"a": 8.0, "b": 8.0})


def test_counts_of_another_target_are_not_taken():
    """A pipeline that balanced y says nothing of z, the labels of which may be the same."""
    frame = pd.DataFrame({"x": np.arange(20.0), "y": ["a"] * 16 + ["b"] * 4, "z": ["a", "b"] * 10})
    pipe = dp.Pipeline([dp.RandomOverSampler(), dp.ClassWeight()], target="y")
    result = dp.clean(frame, pipeline=pipe)
    assert balanced_classes(opened(result), None, None, pipe)["before"] == {"a": 16, "b": 4}
    rows = opened(result.data, target="z")
    assert balanced_classes(rows, None, None, pipe) is None
    later = dp.Pipeline([dp.ClassWeight(target="z"), dp.ClassWeight(target="y")], target="y")
    result = dp.clean(frame, pipeline=later)
    found = balanced_classes(opened(result), "sample_weight", None, later)
    assert found["before"] == {"a": 16, "b": 4}


def test_classes_are_balanced_once():
    """Weights of the rows are left out, and told, where a stream or a loss balances already."""
    frame = pd.DataFrame({"x": np.arange(10.0), "y": ["a"] * 8 + ["b"] * 2, "sample_weight": 1.0})
    rows = opened(frame, target="y")
    assert weights_to_take(rows, "auto", None, None) == ("sample_weight", [])
    for options in (("class", None), (None, [1.0, 4.0])):
        weights, (note,) = weights_to_take(rows, "auto", *options)
        assert weights is None
        assert "the rows' weights were left out" in note
        assert weights_to_take(rows, "sample_weight", *options) == ("sample_weight", [])
        with pytest.raises(ConfigError, match="both make up for the sizes of classes"):
            weights_to_take(rows, "class", *options)
    with pytest.raises(ConfigError, match="balance='class' and the loss both"):
        weights_to_take(rows, None, "class", [1.0, 4.0])
    plain = opened(frame[["x", "y"]], target="y")
    assert weights_to_take(plain, "auto", "class", None) == (None, [])


def test_weights_of_classes_in_the_loss_are_counted():
    """What a loss makes of the classes is undone for the figures as any other balancing is."""
    frame = pd.DataFrame({"x": np.arange(10.0), "y": ["a"] * 8 + ["b"] * 2})
    found = balanced_classes(opened(frame, target="y"), None, None, None, [0.5, 2.0])
    assert found == {"before": {"a": 8.0, "b": 2.0}, "after": {"a": 4.0, "b": 4.0}}


# ---- what comes of it


def test_a_model_tells_more_than_a_constant_guess(trained):
    """On test rows ranks and probabilities are better than those of the best constant."""
    judged = trained.metrics["judged"]
    assert trained.metrics["part"] == "test"
    assert judged["rows"] == 80
    assert judged["positive"] == "left"
    assert judged["metrics"]["pr_auc"] > judged["constant"]["pr_auc"] + 0.3
    assert judged["metrics"]["balanced_accuracy"] > 0.7
    assert judged["corrected"]["log_loss"] < judged["constant"]["log_loss"]
    assert "Trained(mlp, " in repr(trained)
    assert "a constant guess" in repr(trained)


def test_the_threshold_is_chosen_on_validation_rows(trained, balanced):
    """It is what dp.best_threshold finds there, for the metric that was asked for."""
    said = predicted(trained, balanced.validation)[:, 0]
    truth = (balanced.validation["y"] == "left").astype(int)
    expected = dp.best_threshold(truth, said, "balanced_accuracy").threshold
    assert trained.metrics["threshold"]["threshold"] == pytest.approx(expected, abs=1e-4)
    used = trained.metrics["judged"]["at_threshold"]["threshold"]
    assert used == trained.metrics["threshold"]["threshold"]


def predicted(trained, frame):
    """Return what the model says of prepared rows."""
    import tensorflow as tf

    given = {}
    for name, tensor in trained.model.input.items():
        values = frame[name].to_numpy()
        text = tensor.dtype == "string"
        given[name] = tf.constant(list(values)) if text else tf.constant(values, tf.float32)
    return np.asarray(trained.model(given)).astype("float64")


def test_the_metrics_are_those_of_the_saved_model(trained, balanced, tmp_path):
    """A model that is loaded again, given prepared columns, has the very figures."""
    import keras

    from dataprep.feed.training.metrics import measured_classes

    folder = trained.save(tmp_path / "model")
    trained.model, kept = keras.models.load_model(folder / "model.keras"), trained.model
    said = predicted(trained, balanced.test)
    trained.model = kept
    codes = (balanced.test["y"] == "stays").to_numpy().astype(int)
    found = measured_classes(codes, said, ["left", "stays"])["metrics"]
    assert found == pytest.approx(trained.metrics["judged"]["metrics"], abs=1e-4)


def test_the_saved_folder_tells_all(trained, tmp_path, recwarn):
    """Metrics, history and parameters are plain files; nothing is written over unasked."""
    import keras

    folder = trained.save(tmp_path / "model")
    assert keras.models.load_model(folder / "model.keras").compiled
    assert not [w for w in recwarn if "optimizer" in str(w.message)]
    told = json.loads((folder / "training.json").read_text())
    assert told["classes"] == ["left", "stays"]
    assert told["features"] == ["age", "charge", "plan"]
    assert told["left_out"] == {"since": "of kind timestamp"}
    assert told["loaded_by"] == "dataprep.feed.load_model"
    assert json.loads((folder / "metrics.json").read_text()) == trained.metrics
    history = pd.read_csv(folder / "history.csv")
    assert history["val_loss"].tolist() == pytest.approx(trained.history["val_loss"])
    with pytest.raises(ConfigError, match="is there already"):
        trained.save(folder)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(ConfigError, match="is no folder of a model"):
        trained.save(tmp_path / "mine", force=True)
    assert trained.save(folder, force=True) == folder
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "model"]


def test_a_column_of_weights_that_was_named_is_the_one_that_weighs():
    """It stands for that of the pipeline, and neither is a feature."""
    frame = customers().assign(sample_weight=1.0, a=2.0)
    trained = quickly(frame, weights="a", epochs=1)
    assert trained.parameters["weights"] == "a"
    assert not {"a", "sample_weight"} & set(trained.parameters["features"])
    with pytest.raises(ConfigError, match="no column named 'b'"):
        quickly(frame, weights="b")


def test_only_the_folder_of_a_model_is_written_over(tmp_path):
    """Another program's training.json, or a file beside a model's, keeps a folder as it is."""
    (tmp_path / "training.json").write_text('{"epochs": 3}')
    with pytest.raises(ConfigError, match="is no folder of a model"):
        check_free(tmp_path, force=True)
    (tmp_path / "training.json").write_text('{"dataprep": "1", "pictures": ["a.png"]}')
    for name in ("model.keras", "a.png", "logs"):
        (tmp_path / name).touch()
    check_free(tmp_path, force=True)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ConfigError, match=r"did not write.*: notes\.txt"):
        check_free(tmp_path, force=True)


NAMES = ["km/h", "_under", "a b", " ", "größe", "速度", "relu", "x" * 300, "column_0", "a:b^c"]


def test_columns_may_have_any_name(tmp_path, recwarn):
    """Names that no tensor may have are the keys of a saved model's inputs, without a warning."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(size=60) for name in NAMES})
    frame["plan/€"] = rng.choice(["basic", "plus"], 60)
    frame["y"] = rng.choice(["no", "yes"], 60)
    stages = [dp.Split(**SPLIT), dp.Scale(columns=["km/h"])]
    found = quickly(dp.clean(frame, pipeline=dp.Pipeline(stages, target="y")), None, epochs=1)
    assert [*found.model.input] == [*found.serving.input] == [*NAMES, "plan/€"]
    folder = found.save(tmp_path / "model")
    loaded = dp.feed.load_model(folder / "model.keras")
    given = {name: tf.constant(frame[name].to_numpy(), tf.float32) for name in NAMES}
    given["plan/€"] = tf.constant(frame["plan/€"].tolist())
    np.testing.assert_allclose(loaded(given), found.model(given), atol=1e-6)
    assert not [w for w in recwarn if "When providing `inputs`" in str(w.message)]


def test_serving_takes_rows_as_they_come(trained, balanced):
    """The model with the pipeline's repair in front says of raw rows what it says of clean ones."""
    from dataprep.feed.serving import model_inputs

    assert trained.parameters["serving"] == "serving.keras"
    raw = customers().iloc[:40]
    given = model_inputs(balanced.pipeline, raw)
    said = np.asarray(trained.serving(given))
    clean = balanced.pipeline.transform(raw)
    np.testing.assert_allclose(said, predicted(trained, clean), atol=1e-5)


@pytest.mark.slow
def test_a_seed_repeats_a_training(balanced):
    """The same seed gives the same history, another seed another one."""
    again, other = (quickly(balanced, None, epochs=1, schedule=None, seed=s) for s in (0, 1))
    same = quickly(balanced, None, epochs=1, schedule=None)
    assert again.history["val_loss"] == pytest.approx(same.history["val_loss"], rel=1e-4)
    assert abs(other.history["val_loss"][0] - same.history["val_loss"][0]) > 1e-4


def test_only_training_rows_are_shuffled_weighted_and_augmented(balanced, monkeypatch):
    """Held-out rows come in order, as they are; weights and augmentation go to the rest."""
    from dataprep import feed

    asked, real = [], feed.dataset

    def spied(rows, **options):
        asked.append((rows, options))
        return real(rows, **options)

    monkeypatch.setattr(feed, "dataset", spied, raising=False)
    seen = []

    def augment(features, label):
        seen.append(1)
        return features, label

    quickly(balanced, None, epochs=1, augment=augment)
    (_, first), *others = asked
    assert (first["weights"], first["augment"]) == ("sample_weight", augment)
    assert len(others) == 2
    for rows, options in others:
        assert options["shuffle"] is False
        assert not {"weights", "augment", "balance"} & set(options)
        assert rows.height in (len(balanced.validation), len(balanced.test))
    assert seen == [1]


def test_what_cannot_be_read_while_training_is_told_in_words(tmp_path):
    """A picture that cannot be read is named; kept pictures are read as they are asked for."""
    pixels = np.random.default_rng(0).integers(0, 256, (80, 8, 8), dtype="uint8")
    np.save(tmp_path / "all.npy", pixels)
    frame = pd.DataFrame({"image": [f"all.npy#{i}" for i in range(80)], "y": ["a", "b"] * 40})
    frame.loc[7, "image"] = "gone.png"
    options = {"image": "image", "image_root": tmp_path, "image_size": (8, 8), "epochs": 1}
    with pytest.raises(DataError, match=r"^gone\.png: ") as caught:
        dp.training.train(frame, "y", **options)
    assert "Traceback" not in str(caught.value)
    with pytest.raises(DataError, match=r"^gone\.png: "):
        dp.feed.dataset(frame, "y", cache=True, **{k: options[k] for k in options if k != "epochs"})


def test_mixed_pictures_are_trained_on_with_shares_of_classes(tmp_path):
    """The loss takes soft labels by itself; one of your own that cannot is refused in words."""
    import keras

    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype="uint8")
    np.save(tmp_path / "all.npy", pixels)
    frame = pd.DataFrame({"image": [f"all.npy#{i}" for i in range(40)], "y": ["a", "b"] * 20})
    stages = [dp.Split(test=8, validation=8), dp.ImageAugment(mixup=0.4)]
    result = dp.clean(frame, pipeline=dp.Pipeline(stages, target="y", image="image"))
    options = {"epochs": 1, "image_root": tmp_path, "image_size": (8, 8)}
    for loss in ("auto", "class_balanced_focal"):
        found = dp.training.train(result, loss=loss, **options)
        assert np.isfinite(found.history["loss"] + found.history["val_loss"]).all()
    codes = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.raises(ConfigError, match="loss: SparseCategoricalCrossentropy takes codes"):
        dp.training.train(result, loss=codes, **options)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["focal", "class_balanced_focal"])
def test_losses_by_name(loss):
    """Each learns to tell the classes apart."""
    found = quickly(customers(), loss=loss)
    assert found.parameters["loss"] == loss
    assert found.metrics["judged"]["metrics"]["roc_auc"] > 0.8
    assert ("corrected" in found.metrics["judged"]) == (loss == "class_balanced_focal")


@pytest.mark.slow
def test_three_classes():
    """More than two classes have no threshold; figures are means over them."""
    frame = customers()
    frame["y"] = pd.qcut(frame["age"], 3, labels=["young", "middle", "old"]).astype(str)
    found = quickly(frame, epochs=4)
    assert found.metrics["threshold"] is None
    assert found.metrics["judged"]["metrics"]["balanced_accuracy"] > 0.6
    assert sorted(found.metrics["curves"]) == ["middle", "old", "young"]


@pytest.mark.slow
def test_a_number_is_predicted_in_its_own_unit():
    """A target of numbers far from zero comes out as it is, with errors beside the mean's."""
    frame = customers().drop(columns="since")
    frame["y"] = 1e6 + 1000 * frame["age"]
    found = quickly(frame, epochs=8)
    judged = found.metrics["judged"]
    assert judged["metrics"]["mae"] < 0.8 * judged["constant"]["mae"]
    assert predicted(found, frame[:5]).ravel() == pytest.approx(frame["y"][:5], rel=0.015)
    assert found.classes is None
    with pytest.raises(ConfigError, match="'focal' is for classes"):
        quickly(frame, loss="focal")


def test_a_model_of_your_own():
    """Keras models are trained in place; one that predicts something else is refused."""
    import keras

    given = keras.Input((2,))
    model = keras.Model(given, keras.layers.Dense(2, "softmax")(given), name="mine")
    frame = customers()[["age", "charge", "y"]]
    frame[["age", "charge"]] = (frame[["age", "charge"]] - 45) / 20
    found = quickly(frame, model=model, epochs=6, learning_rate=0.05)
    assert found.model is model
    assert found.parameters["model"] == "mine"
    assert found.metrics["judged"]["metrics"]["roc_auc"] > 0.8
    wrong = keras.Model(given, keras.layers.Dense(1, "sigmoid")(given))
    with pytest.raises(ConfigError, match="End it with a layer of 2 units"):
        quickly(frame, model=wrong)
    logits = keras.Model(given, keras.layers.Dense(2)(given))
    with pytest.raises(ConfigError, match=r"gives no probabilities, but .*activation softmax"):
        quickly(frame, model=logits)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": 0}, "epochs: 0 is no whole number of at least 1"),
        ({"epochs": 2.5}, "epochs: 2.5 is no whole number"),
        ({"batch_size": 0}, "batch_size: 0 is no whole number"),
        ({"patience": "3"}, "patience: '3' is no whole number"),
        ({"seed": -1}, "seed: -1 is no whole number of at least 0"),
        ({"learning_rate": -1.0}, "learning_rate: -1.0 is no number above 0"),
        ({"learning_rate": "fast"}, "learning_rate: 'fast' is no number"),
        ({"clip_norm": 0}, "clip_norm: 0 is no number above 0"),
        ({"clip_norm": -1.0}, "clip_norm: -1.0 is no number above 0"),
        ({"loss": "focall"}, "loss: unknown choice 'focall'. Did you mean 'focal'"),
        ({"model": "mpl"}, "model: unknown choice 'mpl'. Did you mean 'mlp'"),
        ({"schedule": "cosin"}, "schedule: unknown choice 'cosin'"),
        ({"metric": "f3"}, "metric: unknown choice 'f3'"),
        ({"model": "cnn"}, "model: 'cnn' is for pictures"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, said):
    """The parameter, its value and the remedy are named."""
    with pytest.raises(ConfigError, match=said):
        quickly(customers(60), **options)


def test_checks_come_before_anything_is_read():
    """A wrong parameter is told without a source being looked at."""
    with pytest.raises(ConfigError, match="patience"):
        dp.training.train("nowhere", "y", patience=0)


def test_rows_of_a_frame_have_no_origin():
    """Nothing is known of a plain frame."""
    assert origin_of(customers()) == Origin()
