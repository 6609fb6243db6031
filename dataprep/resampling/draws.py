"""Draws of one class: keyed by seed, stage, class and running number, from no shared stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataprep import draw


@dataclass(frozen=True)
class Draws:
    """Random numbers for the new rows of one class.

    Parameters
    ----------
    seed : int
        The stage's ``random_state``.
    stage : str
        The stage's name.
    code : int
        The class: two equally rare classes get different draws.

    Examples
    --------
    >>> Draws(0, "smote", 1).whole("row", 4, 10).tolist()
    [3, 5, 1, 4]
    >>> Draws(0, "smote", 2).whole("row", 4, 10).tolist()
    [4, 0, 5, 4]
    """

    seed: int
    stage: str
    code: int

    def _purpose(self, what: str) -> str:
        return f"{self.stage}/{self.code}/{what}"

    def whole(self, what: str, count: int, high: int) -> np.ndarray:
        """Return ``count`` whole numbers in [0, high), other ones for each purpose ``what``."""
        drawn: np.ndarray = draw.integers(np.arange(count), high, self.seed, self._purpose(what))
        return drawn

    def unit(self, what: str, count: int) -> np.ndarray:
        """Return ``count`` numbers in [0, 1), other ones for each purpose ``what``."""
        drawn: np.ndarray = draw.uniform(np.arange(count), self.seed, self._purpose(what))
        return drawn

    def fixed(self, what: str) -> int:
        """Return one number below 2**31, as a ``random_state`` for a model of scikit-learn."""
        return int(self.whole(what, 1, 2**31 - 1)[0])
