"""Random numbers by (seed, purpose, picture, epoch), in a graph: the arithmetic of `draw`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from scipy.special import betaincinv

from dataprep import draw

_KNOTS = 4097


class Draws:
    """What is drawn for the pictures of a batch.

    Parameters
    ----------
    seed : int
    keys : tensor of int64, shape (n,)
    epoch : tensor of int64, shape ()
    """

    def __init__(self, seed: str, keys: Any, epoch: Any) -> None:
        self._seed = seed
        # An epoch takes the place of the key's high part, which no number of pictures reaches.
        self._rows = (keys + epoch * draw.PRIME)[:, None]

    def whole(self, purposes: Sequence[str]) -> Any:
        """Return whole numbers in [0, `draw.PRIME`) for purposes; shape (n, n_purposes)."""
        by_purpose = [draw.constants(0, f"image_augment/{self._seed}/{name}") for name in purposes]
        return draw.mixed(self._rows, list(np.array(by_purpose, dtype="int64").T))

    def uniform(self, *purposes: str) -> list[Any]:
        """Return uniform float64 numbers in [0, 1) for each purpose; each of shape (n,)."""
        drawn = tf.cast(self.whole(purposes), tf.float64) / 2.0**31
        return list(tf.unstack(drawn, num=len(purposes), axis=1))

    def between(self, low: Any, high: Any, purpose: str) -> Any:
        """Return uniform float64 numbers between bounds, each of shape (n,) or ()."""
        (drawn,) = self.uniform(purpose)
        return low + (high - low) * drawn

    def choice(self, among: int, purpose: str) -> Any:
        """Return uniform whole numbers in [0, among), an int64 of shape (n,)."""
        return self.whole([purpose])[:, 0] * among // draw.PRIME

    def beta(self, alpha: float, purpose: str) -> Any:
        """Return float64 numbers of Beta(alpha, alpha), by its quantiles."""
        knots = betaincinv(alpha, alpha, np.linspace(0, 1, _KNOTS))
        (drawn,) = self.uniform(purpose)
        place = drawn * (_KNOTS - 1)
        below = tf.cast(place, tf.int64)
        low, high = tf.gather(knots, below), tf.gather(knots, below + 1)
        return low + (high - low) * (place - tf.cast(below, tf.float64))
