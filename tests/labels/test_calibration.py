"""Calibrators: learned from held-out rows, applied to any."""

import numpy as np
import pytest

from dataprep.labels.calibration import calibrator, log_losses


def too_sure(n=4000, k=3, seed=0):
    """Return a model's probabilities that are too sure, the true ones, and drawn classes."""
    rng = np.random.default_rng(seed)
    logits = 1.5 * rng.normal(size=(n, k))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    told = np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)
    codes = np.array([rng.choice(k, p=row) for row in true])
    return told, true, codes


@pytest.mark.parametrize("method", ["temperature", "sigmoid", "isotonic"])
def test_confidence_is_how_often_it_is_right(method):
    """Among rows that say 80 %, four of five are right; the loss falls."""
    told, _, codes = too_sure()
    correct = calibrator(told[:2000], codes[:2000], method)
    found = correct(told[2000:])
    assert found.sum(axis=1) == pytest.approx(1.0)
    right = found.argmax(axis=1) == codes[2000:]
    assert found.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.03)
    assert log_losses(found, codes[2000:]).mean() < log_losses(told[2000:], codes[2000:]).mean()


def test_temperature_finds_the_one_that_was_applied():
    """Golden: logits were multiplied by 3, so that the temperature gives the true ones back."""
    told, true, codes = too_sure(n=8000)
    assert calibrator(told, codes)(told) == pytest.approx(true, abs=0.03)


def test_temperature_keeps_the_order_of_classes():
    """The likeliest class stays the likeliest."""
    told, _, codes = too_sure(n=300)
    assert (calibrator(told, codes)(told).argmax(axis=1) == told.argmax(axis=1)).all()


@pytest.mark.parametrize("method", ["temperature", "sigmoid", "isotonic"])
def test_zeros_and_few_rows_are_no_obstacle(method):
    """A forest that is sure beyond doubt, and a class without a held-out row."""
    told = np.array([[1.0, 0.0, 0.0]] * 5 + [[0.0, 1.0, 0.0]] * 5)
    found = calibrator(told, np.array([0] * 5 + [1] * 4 + [0]), method)(told)
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx(1.0)
