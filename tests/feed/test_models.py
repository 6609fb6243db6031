"""The baselines: what they take, what they give, and that a seed makes them."""

import random

import numpy as np
import pandas as pd
import pytest

from dataprep.errors import DataError
from dataprep.feed.sources import opened


def table(rows=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows),
            "income": rng.normal(3000, 500, rows),
            "same": 7.0,
            "plan": rng.choice(["basic", "plus", "pro"], rows),
            "city": [f"c{i % 25}" for i in range(rows)],
            "note": [f"note {i}" for i in range(rows)],
            "y": rng.choice(["no", "yes"], rows),
        }
    )


def test_columns_are_described_from_the_rows():
    """Means and variances are NumPy's, levels come by frequency, free text is left out."""
    from dataprep.feed.training.columns import described

    frame = table()
    frame.loc[:4, "plan"] = "basic"
    found = described(opened(frame, target="y", columns="features"))
    for name in ("age", "income"):
        expected = (frame[name].mean(), frame[name].var(ddof=0))
        assert found.numbers[name] == pytest.approx(expected, rel=1e-6)
    assert found.numbers["same"] == (7.0, 1.0)
    assert found.levels["plan"][0] == "basic"
    assert sorted(found.levels["plan"]) == ["basic", "plus", "pro"]
    assert list(found.left_out) == ["note"]


def test_a_table_without_features_is_refused():
    """Where nothing but free text is left, the message says what to do."""
    from dataprep.feed.training.columns import described

    with pytest.raises(DataError, match=r"no column is a feature: note .*Encode text"):
        described(opened(table()[["note", "y"]], target="y"))


def test_moments_of_blocks_are_those_of_the_whole(monkeypatch):
    """Joining blocks gives the mean and variance of all rows, far from zero as well."""
    from dataprep.feed.training import columns

    monkeypatch.setattr(columns, "_AT_A_TIME", 7)
    frame = table()
    frame["far"] = 2.0**20 + frame["age"]
    found = columns.described(opened(frame[["far", "y"]], target="y")).numbers["far"]
    assert found == pytest.approx((frame["far"].mean(), frame["age"].var(ddof=0)))


@pytest.fixture(scope="module")
def made():
    """Return a perceptron for the table, with 60 rows as it takes them."""
    import tensorflow as tf

    from dataprep.feed.training.columns import described
    from dataprep.feed.training.models import mlp

    frame = table()
    rows = opened(frame, target="y", columns=["age", "income", "same", "plan", "city"])
    given = {name: tf.constant(values) for name, values in rows.take(np.arange(60)).items()}
    return mlp(described(rows), 2, units=(8,), seed=1), given, rows


def test_the_perceptron_takes_prepared_columns(made):
    """The saved whole goes from columns to probabilities; its front learns nothing."""
    network, given, _ = made
    said = np.asarray(network.whole(None)(given))
    assert said.shape == (60, 2)
    np.testing.assert_allclose(said.sum(axis=1), 1.0, rtol=1e-5)
    assert network.features == "dict"
    assert network.front.trainable_weights == []


def test_numbers_are_normalised_and_unknown_levels_have_a_place(made):
    """Numbers come around 0 with variance 1; a new level has code 0, and changes nothing else."""
    network, given, _ = made
    found = network.front(given)
    numbers = np.asarray(found["numbers"])
    np.testing.assert_allclose(numbers.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(numbers.std(axis=0), [1, 1, 0], atol=1e-4)
    codes = np.asarray(found["codes"])
    assert codes.min() == 1
    import tensorflow as tf

    new = np.asarray(network.front({**given, "plan": tf.fill(60, "new")})["codes"])
    assert (new[:, 0] == 0).all()
    assert (new[:, 1] == codes[:, 1]).all()


def test_a_seed_makes_a_model_and_leaves_the_world_alone(made):
    """The same seed gives the same weights, another others; no global random state is used."""
    from dataprep.feed.training.columns import described
    from dataprep.feed.training.models import mlp

    columns = described(made[2])
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.random()
    random.seed(5)
    np.random.seed(5)
    one, same, other = (mlp(columns, 2, units=(8,), seed=s).inner for s in (3, 3, 4))
    assert (random.random(), np.random.random()) == expected
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True)
    )


@pytest.mark.parametrize(("side", "channels", "last"), [(28, 1, 7), (64, 3, 8), (224, 3, 14)])
def test_the_residual_network_fits_pictures_of_many_sizes(side, channels, last):
    """Before the mean is taken a picture is 7 to 14 wide, and the weights are few."""
    import keras

    from dataprep.feed.training.models import cnn

    network = cnn((side, side, channels), 3)
    sizes = [
        layer.input.shape
        for layer in network.inner.layers
        if isinstance(layer, keras.layers.GlobalAveragePooling2D)
    ]
    assert sizes == [(None, last, last, 64)]
    assert network.inner.output_shape == (None, 3)
    assert network.inner.count_params() < 100_000


def test_pictures_are_scaled_around_zero():
    """The front brings 0 to -1 and 255 to 1."""
    from dataprep.feed.training.models import cnn

    front = cnn((28, 28, 1), 2).front
    found = np.asarray(front(np.array([0.0, 255.0]).reshape(2, 1, 1, 1) * np.ones((1, 28, 28, 1))))
    assert found[0].max() == -1.0
    assert found[1].min() == 1.0


@pytest.mark.parametrize(("given", "wanted"), [(1, 3), (3, 1), (3, 3)])
def test_pictures_of_other_channels_are_taken(given, wanted):
    """Grey pictures are taken in colour, and those in colour as grey, where the first one is."""
    import tensorflow as tf

    from dataprep.feed.training.models import cnn

    batches = tf.data.Dataset.from_tensors((tf.fill((2, 28, 28, given), 255.0), [0, 1]))
    images, _ = next(iter(cnn((28, 28, wanted), 2).fed(batches, None)))
    assert images.shape == (2, 28, 28, wanted)
    np.testing.assert_allclose(np.asarray(images), 1.0, atol=1e-3)
