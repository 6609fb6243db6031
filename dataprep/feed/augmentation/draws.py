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
    """What is drawn for the pictures of a batch; all of it at once, as small operations are dear.

    Parameters
    ----------
    seed : str
    keys : tensor of int64, shape (n,)
    epoch : tensor of int64, shape ()
    purposes : sequence of str
        What is drawn for: one number for each picture and purpose, independent of the others.
    """

    def __init__(self, seed: str, keys: Any, epoch: Any, purposes: Sequence[str]) -> None:
        by_purpose = [draw.constants(0, f"image_augment/{seed}/{name}") for name in purposes]
        # An epoch takes the place of the key's high part, which no number of pictures reaches.
        rows = (keys + epoch * draw.PRIME)[:, None]
        whole = draw.mixed(rows, list(np.array(by_purpose, dtype="int64").T))
        uniform = tf.cast(whole, tf.float64) / 2.0**31
        n = len(purposes)
        self._whole = dict(zip(purposes, tf.unstack(whole, n, axis=1), strict=True))
        self._uniform = dict(zip(purposes, tf.unstack(uniform, n, axis=1), strict=True))

    def whole(self, purpose: str) -> Any:
        """Return whole numbers in [0, `draw.PRIME`), an int64 of shape (n,)."""
        return self._whole[purpose]

    def uniform(self, purpose: str) -> Any:
        """Return uniform float64 numbers in [0, 1), of shape (n,)."""
        return self._uniform[purpose]

    def between(self, low: Any, high: Any, purpose: str) -> Any:
        """Return uniform float64 numbers between bounds, each of shape (n,) or ()."""
        return low + (high - low) * self._uniform[purpose]

    def choice(self, among: int, purpose: str) -> Any:
        """Return uniform whole numbers in [0, among), an int64 of shape (n,)."""
        return self._whole[purpose] * among // draw.PRIME

    def beta(self, alpha: float, purpose: str) -> Any:
        """Return float64 numbers of Beta(alpha, alpha), by its quantiles."""
        knots = tf.constant(betaincinv(alpha, alpha, np.linspace(0, 1, _KNOTS)))
        place = self._uniform[purpose] * (_KNOTS - 1)
        below = tf.cast(place, tf.int64)
        low, high = tf.gather(knots, below), tf.gather(knots, below + 1)
        return low + (high - low) * (place - tf.cast(below, tf.float64))
