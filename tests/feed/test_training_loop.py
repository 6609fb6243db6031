"""The loop over epochs: when it stops, which weights it keeps, and how the rate falls."""

from dataclasses import replace

import numpy as np
import pytest

from dataprep.errors import DataError


@pytest.fixture(scope="module")
def plan():
    """Return how to train."""
    from dataprep.feed.training.loop import Plan

    return Plan(epochs=6, learning_rate=0.01, schedule=None, patience=2, clip_norm=1.0)


def tiny(scale=1.0):
    """Return a network and four batches of eight rows."""
    import keras
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x = rng.normal(0, scale, (32, 3)).astype("float32")
    given = keras.Input((3,))
    start = keras.initializers.GlorotUniform(seed=0)
    network = keras.Model(given, keras.layers.Dense(2, kernel_initializer=start)(given))
    return network, tf.data.Dataset.from_tensor_slices((x, (x[:, 0] > 0).astype("int64"))).batch(8)


def trained(plan, losses, **options):
    """Train while validation rows come to given losses; return the course and all weights."""
    import keras

    from dataprep.feed.training.loop import fitted

    network, batches = tiny()
    seen, left = [], iter(losses)

    def judge():
        seen.append(network.get_weights())
        return {"loss": next(left)}

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return fitted(network, batches, loss, judge, plan, **options), network, seen


def test_the_best_weights_are_kept(plan):
    """Two epochs without a smaller loss end the training, and the weights of the best come back."""
    course, network, seen = trained(plan, [3, 2, 1, 4, 5, 0])
    assert course.best_epoch == 3
    assert course.history["val_loss"] == [3, 2, 1, 4, 5]
    for kept, best in zip(network.get_weights(), seen[2], strict=True):
        np.testing.assert_array_equal(kept, best)


def test_the_best_weights_are_kept_to_the_last_epoch(plan):
    """A training that was not stopped early has the best weights as well."""
    course, network, seen = trained(plan, [3, 1, 2, 0.8, 0.5, 0.9])
    assert (course.best_epoch, len(course.history["loss"])) == (5, 6)
    np.testing.assert_array_equal(network.get_weights()[0], seen[4][0])


def test_cosine_falls_to_a_hundredth(plan):
    """The rate follows half a cosine over all epochs."""
    course, *_ = trained(replace(plan, schedule="cosine"), [6, 5, 4, 3, 2, 1])
    done = np.arange(1, 7) / 6
    expected = 0.01 * (0.01 + 0.99 * (1 + np.cos(np.pi * done)) / 2)
    np.testing.assert_allclose(course.history["learning_rate"], expected, rtol=1e-4)


def test_plateau_halves_the_rate(plan):
    """After epochs that were no better the rate is half of what it was."""
    course, *_ = trained(replace(plan, schedule="plateau", patience=3), [1, 2, 3, 0.5, 2, 2])
    np.testing.assert_allclose(
        course.history["learning_rate"], [0.01, 0.01, 0.005, 0.0025, 0.0025, 0.00125]
    )


def test_gradients_are_clipped_together(plan):
    """The optimizer cuts the norm of all gradients at the bound."""
    network = trained(replace(plan, clip_norm=0.5, epochs=1), [1])[1]
    assert network.optimizer.global_clipnorm == 0.5


def test_a_loss_that_is_no_number_ends_it(plan):
    """A rate that is too large is told with its epoch, not trained on to the end."""
    with pytest.raises(DataError, match=r"the loss is (nan|inf) in epoch 1.*smaller learning"):
        trained(replace(plan, learning_rate=1e38, clip_norm=None), [1] * 6)


def test_logs_for_tensorboard_and_lines_for_a_person(plan, tmp_path):
    """Both parts have their curves, and each epoch is told in a line."""
    lines = []
    trained(replace(plan, epochs=2), [2, 1], logs=tmp_path / "logs", progress=lines.append)
    assert {path.parent.name for path in tmp_path.rglob("*tfevents*")} == {"train", "validation"}
    assert len(lines) == 2
    assert lines[1].startswith("epoch 2 of 2: loss ")
    assert lines[1].endswith("validation loss 1.0000")
