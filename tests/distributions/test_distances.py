"""How far two histograms are apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import distance

from dataprep.distances import jensen_shannon, psi


def test_psi_by_hand() -> None:
    """The index is what the formula of the textbooks gives."""
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.1, 0.4, 0.5])
    by_hand = float(np.sum((q - p) * np.log(q / p)))
    assert psi([20, 30, 50], [10, 40, 50]) == pytest.approx(by_hand, abs=1e-15)


def test_psi_is_symmetric_and_scale_free() -> None:
    """Which side is the reference does not matter, nor how many rows there are."""
    a, b = [20, 30, 50], [10, 40, 50]
    assert psi(a, b) == pytest.approx(psi(b, a), abs=1e-15)
    assert psi(np.multiply(a, 7), b) == pytest.approx(psi(a, b), abs=1e-15)


def test_empty_bins_are_finite() -> None:
    """A level that is gone or new gives a large figure, not an infinite one."""
    assert 1 < psi([100, 0], [50, 50]) < 10
    assert psi([100, 0, 0], [50, 50, 0]) == psi([100, 0], [50, 50])


def test_nothing_to_compare() -> None:
    """Without rows on one side nothing can be told."""
    assert np.isnan(psi([0, 0], [1, 2]))
    assert np.isnan(jensen_shannon([1, 2], [0, 0]))


def test_other_bins_are_refused() -> None:
    """Histograms over other bins are a fault of the caller."""
    with pytest.raises(ValueError, match="other bins"):
        psi([1, 2], [1, 2, 3])


@pytest.mark.parametrize("seed", range(5))
def test_jensen_shannon_is_scipys(seed: int) -> None:
    """The distance is that of scipy, to base 2."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 50, 12), rng.integers(0, 50, 12)
    assert jensen_shannon(a, b) == pytest.approx(distance.jensenshannon(a, b, 2), abs=1e-12)
