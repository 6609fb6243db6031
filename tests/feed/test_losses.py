"""Losses against a formula in NumPy, and against the one-hot losses of Keras."""

import numpy as np
import pytest

from dataprep.errors import ConfigError


@pytest.fixture(scope="module")
def losses():
    """Return the module of losses, which loads Keras."""
    from dataprep.feed.training import losses

    return losses


def rows(count=50, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (count, classes)).astype("float32")
    return rng.integers(0, classes, count), logits


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def formula(codes, p, gamma, weights=None):
    chosen = np.take_along_axis(p, codes[..., None], axis=-1)[..., 0]
    weight = 1.0 if weights is None else np.asarray(weights)[codes]
    return -weight * (1 - chosen) ** gamma * np.log(chosen)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("weights", [None, [0.5, 1.0, 2.0, 0.0]])
def test_focal_loss_is_the_formula(losses, gamma, weights):
    """The loss of each row is -w (1 - p)^gamma log p, from logits and from probabilities."""
    codes, logits = rows()
    expected = formula(codes, softmax(logits.astype("float64")), gamma, weights)
    for given, from_logits in ((logits, True), (softmax(logits), False)):
        loss = losses.SparseCategoricalFocalLoss(gamma, weights, from_logits, reduction="none")
        np.testing.assert_allclose(np.asarray(loss(codes, given)), expected, rtol=2e-3, atol=1e-5)


def test_golden_values(losses):
    """Three rows whose losses were worked out by hand: p = 0.5, 0.25 and 0.125, gamma = 2."""
    p = np.array([[0.5, 0.5], [0.25, 0.75], [0.125, 0.875]])
    loss = losses.SparseCategoricalFocalLoss(gamma=2.0, reduction="none")
    expected = [0.25 * np.log(2), 0.5625 * np.log(4), 0.765625 * np.log(8)]
    np.testing.assert_allclose(np.asarray(loss(np.zeros(3, "int32"), p)), expected, rtol=1e-5)


def test_shares_of_classes_cost_what_each_class_costs(losses):
    """Labels of mixed pictures: the sum of the losses of all classes, each times its share."""
    codes, logits = rows()
    others, weights = (codes + 1) % 4, [0.5, 1.0, 2.0, 3.0]
    shares = 0.7 * np.eye(4)[codes] + 0.3 * np.eye(4)[others]
    loss = losses.SparseCategoricalFocalLoss(2.0, weights, from_logits=True, reduction="none")
    one, other, both = (np.asarray(loss(labels, logits)) for labels in (codes, others, shares))
    np.testing.assert_allclose(both, 0.7 * one + 0.3 * other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_it_equals_the_one_hot_loss_of_keras(losses, gamma):
    """Codes give what CategoricalFocalCrossentropy gives for the same rows, one-hot."""
    import keras

    codes, logits = rows(classes=5)
    one_hot, p = np.eye(5, dtype="float32")[codes], softmax(logits)
    peer = keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=gamma)
    own = losses.SparseCategoricalFocalLoss(gamma, [0.25] * 5)
    assert float(own(codes, p)) == pytest.approx(float(peer(one_hot, p)), rel=1e-4)


def test_gamma_0_is_cross_entropy(losses):
    """Without focus it is SparseCategoricalCrossentropy, sample weights included."""
    import keras

    codes, logits = rows()
    weight = np.linspace(0, 2, len(codes))
    own = losses.SparseCategoricalFocalLoss(0.0, from_logits=True)
    peer = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    given = {"sample_weight": weight}
    assert float(own(codes, logits, **given)) == pytest.approx(
        float(peer(codes, logits, **given)), rel=1e-5
    )


def test_shapes_of_labels(losses):
    """Codes in a column, and a class for each pixel, are taken as well."""
    codes, logits = rows(24, 3)
    loss = losses.SparseCategoricalFocalLoss(from_logits=True, reduction="none")
    flat = np.asarray(loss(codes, logits))
    np.testing.assert_allclose(np.asarray(loss(codes[:, None], logits)), flat)
    pixels = np.asarray(loss(codes.reshape(2, 3, 4), logits.reshape(2, 3, 4, 3)))
    np.testing.assert_allclose(pixels, flat.reshape(2, 3, 4))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_slopes_stay_finite(losses, gamma):
    """Rows that are told with certainty, rightly or wrongly, have a loss and a slope."""
    import tensorflow as tf

    logits = tf.Variable([[200.0, -200.0], [-200.0, 200.0], [0.0, 0.0]])
    loss = losses.SparseCategoricalFocalLoss(gamma, from_logits=True)
    with tf.GradientTape() as tape:
        value = loss(np.zeros(3, "int32"), logits)
    assert np.isfinite(float(value))
    assert np.isfinite(tape.gradient(value, logits).numpy()).all()
    assert np.isfinite(float(losses.SparseCategoricalFocalLoss(gamma)([1], [[1.0, 0.0]])))


def test_class_balanced_weights_are_the_papers_but_for_their_sum(losses):
    """Weights are proportional to (1 - beta) / (1 - beta^n), and average 1 over rows."""
    counts, beta = np.array([5000, 500, 5]), 0.999
    loss = losses.ClassBalancedFocalLoss(counts.tolist(), beta, gamma=1.0, reduction="none")
    paper = (1 - beta) / (1 - beta**counts)
    weights = paper / (paper @ counts / counts.sum())
    np.testing.assert_allclose(loss.class_weight, weights)
    codes, logits = rows(classes=3)
    p = softmax(logits)
    np.testing.assert_allclose(
        np.asarray(loss(codes, p)), formula(codes, p, 1.0, weights), rtol=2e-3, atol=1e-5
    )


def test_losses_are_saved_with_a_model(losses, tmp_path):
    """A compiled model comes back with the same loss, without being told of it."""
    import keras

    codes, logits = rows(classes=2)
    for loss in (
        losses.SparseCategoricalFocalLoss(1.5, [1.0, 3.0], from_logits=True),
        losses.ClassBalancedFocalLoss([90, 10], 0.99, 1.5, from_logits=True),
    ):
        given = keras.Input((2,))
        model = keras.Model(given, keras.layers.Dense(2)(given))
        model.compile(loss=loss)
        model.save(tmp_path / "model.keras")
        back = keras.models.load_model(tmp_path / "model.keras").loss
        assert type(back) is type(loss)
        assert back.get_config() == loss.get_config()
        assert float(back(codes, logits)) == float(loss(codes, logits))


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("SparseCategoricalFocalLoss", {"gamma": -1}, "gamma: -1 is below 0"),
        ("SparseCategoricalFocalLoss", {"gamma": float("nan")}, "gamma: nan is below 0"),
        ("SparseCategoricalFocalLoss", {"class_weight": [1, -2]}, "class_weight: -2 is below 0"),
        ("ClassBalancedFocalLoss", {"class_counts": [5, 0]}, "at least one row for each class"),
        ("ClassBalancedFocalLoss", {"class_counts": [5, 1], "beta": 1.0}, "beta: 1.0 is not in"),
    ],
)
def test_parameters_that_make_no_loss_are_refused(losses, name, parameters, said):
    """The message names the parameter and the value."""
    with pytest.raises(ConfigError, match=said.replace("(", r"\(")):
        getattr(losses, name)(**parameters)


def test_a_loss_of_your_own_fits_the_network(losses):
    """One that takes probabilities of a network that gives logits, or other classes, is refused."""
    import keras

    for wrong in (
        losses.SparseCategoricalFocalLoss(),
        keras.losses.SparseCategoricalCrossentropy(),
    ):
        with pytest.raises(ConfigError, match="Make it with from_logits=True"):
            losses.loss_of(wrong, [5, 5], from_logits=True)
        assert losses.loss_of(wrong, [5, 5], from_logits=False) is wrong
    three = losses.SparseCategoricalFocalLoss(class_weight=[1.0, 2.0, 3.0], from_logits=True)
    with pytest.raises(ConfigError, match="weights of 3 classes, and there are 2"):
        losses.loss_of(three, [5, 5], from_logits=True)


def test_held_out_rows_are_judged_without_weights_of_classes(losses):
    """The same loss, but for its weights; a loss that has none is itself."""
    weighed = losses.ClassBalancedFocalLoss([90, 10], gamma=1.5, from_logits=True)
    plain = losses.without_weights(weighed)
    assert (plain.gamma, plain.class_weight, plain.from_logits) == (1.5, None, True)
    assert losses.without_weights(plain) is plain
