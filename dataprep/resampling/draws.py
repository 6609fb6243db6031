"""Who draws: keyed by seed, stage, class and running number, from no shared stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dataprep.draw import integers, normal, uniform


@dataclass(frozen=True)
class Draws:
    """Random numbers for the new rows of one class.

    Parameters
    ----------
    seed : int
    name : str
        What they are for: the stage and the class, so that equally rare classes differ.

    Examples
    --------
    >>> Draws(0, "smote/1").whole("row", 4, 10).tolist()
    [3, 5, 1, 4]
    >>> Draws(0, "smote/2").whole("row", 4, 10).tolist()
    [4, 0, 5, 4]
    """

    seed: int
    name: str

    def whole(self, what: str, count: int, high: int) -> np.ndarray:
        """Return ``count`` whole numbers in [0, high), other ones for each purpose ``what``."""
        drawn: np.ndarray = integers(np.arange(count), high, self.seed, f"{self.name}/{what}")
        return drawn

    def unit(self, what: str, count: int) -> np.ndarray:
        """Return ``count`` numbers in [0, 1), other ones for each purpose ``what``."""
        drawn: np.ndarray = uniform(np.arange(count), self.seed, f"{self.name}/{what}")
        return drawn

    def normal(self, what: str, count: int) -> np.ndarray:
        """Return ``count`` normal numbers, other ones for each purpose ``what``."""
        drawn: np.ndarray = normal(np.arange(count), self.seed, f"{self.name}/{what}")
        return drawn

    def part(self, what: str) -> Draws:
        """Return draws of their own for a part of the work."""
        return Draws(self.seed, f"{self.name}/{what}")


@dataclass(frozen=True)
class Maker:
    """The stage that makes rows, as far as an algorithm needs to know it.

    Parameters
    ----------
    stage : str
        Its name: it keys the draws, and errors begin with it.
    seed : int, default=0
    labels : mapping of int to label, optional
        What the classes are called, for messages; by default by their codes.
    """

    stage: str
    seed: int = 0
    labels: Mapping[int, Any] = field(default_factory=dict)

    def draws(self, code: int) -> Draws:
        """Return the draws for a class."""
        return Draws(self.seed, f"{self.stage}/{code}")

    def named(self, code: int) -> str:
        """Return what a class is called.

        Examples
        --------
        >>> Maker("smote", labels={1: "fraud"}).named(1)
        "the class 'fraud'"
        """
        return f"the class {self.labels.get(code, code)!r}"
