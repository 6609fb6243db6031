"""Which rows of a table a person is to be asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from dataprep.errors import ConfigError, did_you_mean
from dataprep.labels.queueing import Measure

Strategy = Literal["auto", "uncertain", "wrong", "representative"]


@dataclass(frozen=True)
class AskedRows:
    """Which rows are wanted.

    Parameters
    ----------
    target : str
        The column of labels.
    n : int, default=100
        How many rows, at most.
    strategy : {"auto", "uncertain", "wrong", "representative"}, default="auto"
        ``uncertain``: rows without a label of which a classifier is unsure. ``wrong``: rows whose
        label is likely wrong. ``representative``: rows near the centres of clusters of those
        without a label. ``auto``: two thirds uncertain and a third wrong; all wrong, where every
        row has a label; representative ones, where too few have.
    measure : {"margin", "entropy", "least_confident"}, default="margin"
        Of uncertainty.
    teacher : str, classifier or callable, optional
        See `dataprep.labels.teachers.teacher_from`.
    columns : str, Selector or list, default="features"
        What the classifier sees, and by what rows are alike.
    group : str, optional
        Rows with the same value here are judged together.
    folds : int, default=5
    random_state : int, default=0
    """

    target: str
    n: int = 100
    strategy: Strategy = "auto"
    measure: Measure = "margin"
    teacher: Any = None
    columns: Any = "features"
    group: str | None = None
    folds: int = 5
    random_state: int = 0

    def check(self) -> None:
        """Raise for what is none of the choices."""
        for name, value, choices in (
            ("strategy", self.strategy, get_args(Strategy)),
            ("measure", self.measure, get_args(Measure)),
        ):
            if value not in choices:
                raise ConfigError(
                    f"unknown choice {value!r}", place=name, remedy=did_you_mean(value, choices)
                )
        for name, number, least in (("n", self.n, 1), ("folds", self.folds, 2)):
            if number < least:
                raise ConfigError(f"{number!r}", place=name, remedy=f"Give {least} or more.")
