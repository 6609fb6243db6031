"""What came of a comparison: facts by column, and of all columns together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verdict = Literal["drift", "stable", "too few rows", "gone", "retyped", "not compared"]
ALARMS = ("drift", "gone", "retyped")
_SHOWN = 5


@dataclass(frozen=True)
class ColumnDrift:
    """How far a column's distribution is from the recorded one.

    Parameters
    ----------
    column, kind : str
    role : {"feature", "target"}
        Drift of a target is label shift: the classes have other shares than in training.
    verdict : {"drift", "stable", "too few rows", "gone", "retyped", "not compared"}
        Of what is not compared, it is known that it is there, and no more of it missing.
    reasons : list of str
        What made it drift, in words.
    test : {"ks", "chi2"}, optional
        Kolmogorov-Smirnov for numbers, times and lengths; chi-squared for levels.
    statistic, statistic_at_most : float, optional
        From a sketch the Kolmogorov-Smirnov statistic lies between the two; else they are equal.
    p_value, p_adjusted : float, optional
        Before and after the correction for many columns.
    psi, jensen_shannon : float, optional
        Over the deciles of the reference, or over the levels.
    effect : float, optional
        Of numbers: Wasserstein's distance over the reference's interquartile range; of levels:
        Cramér's V.
    rows_reference, rows_current : int
        Rows with a value.
    height_reference, height_current : int
        All rows.
    missing_reference, missing_current : float
        Shares of rows without one.
    missing_p, missing_p_adjusted : float, optional
        Of these shares being equal; None where no row lacks a value.
    outside : int, optional
        Current values below the smallest recorded one or above the largest.
    new_levels, gone_levels : dict of str to float
        The largest ones, with their share; new ones are told where all levels were recorded.
    """

    column: str
    kind: str
    role: str = "feature"
    verdict: Verdict = "stable"
    reasons: Sequence[str] = ()
    test: str | None = None
    statistic: float | None = None
    statistic_at_most: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    psi: float | None = None
    jensen_shannon: float | None = None
    effect: float | None = None
    rows_reference: int = 0
    rows_current: int = 0
    height_reference: int = 0
    height_current: int = 0
    missing_reference: float = 0.0
    missing_current: float = 0.0
    missing_p: float | None = None
    missing_p_adjusted: float | None = None
    outside: int | None = None
    new_levels: Mapping[str, float] = field(default_factory=dict)
    gone_levels: Mapping[str, float] = field(default_factory=dict)
    severity: float = 0.0
    """How large the largest effect is, in thresholds: 1 is just enough for drift."""

    @property
    def drifted(self) -> bool:
        """Whether it is not what was recorded."""
        return self.verdict in ALARMS

    def __str__(self) -> str:
        """Say it in a phrase."""
        if not self.reasons:
            return f"{self.column}: {self.verdict}"
        return f"{self.column}: {'; '.join(self.reasons)}"


@dataclass(frozen=True)
class Separation:
    """How well a classifier tells the two sets of rows apart.

    Parameters
    ----------
    auc : float, optional
        0.5: not at all; None where nothing could be tried.
    p_value : float, optional
    drifted : bool
    rows : tuple of int
        Reference and current rows that had a part.
    importances : dict of str to float
        By how much the AUC falls when a column is shuffled, the largest first; only where the sets
        are told apart.
    note : str
        Why nothing was tried, if so.
    """

    auc: float | None = None
    p_value: float | None = None
    drifted: bool = False
    rows: tuple[int, int] = (0, 0)
    importances: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def __str__(self) -> str:
        """Say it in a sentence."""
        if self.auc is None:
            return f"no classifier was tried: {self.note}"
        told = "tells" if self.drifted else "does not tell"
        by = f", by {', '.join(list(self.importances)[:3])}" if self.importances else ""
        return f"a classifier {told} the rows apart: AUC {self.auc:.3f}, p {self.p_value:.2g}{by}"


@dataclass(frozen=True, repr=False)
class Drifted:
    """What came of a comparison of current rows with a reference.

    Parameters
    ----------
    columns : list of ColumnDrift
        The worst first.
    classifier : Separation, optional
        Of all columns together, where both sets of rows were at hand.
    added : list of str
        Columns that the reference does not have.
    rows_reference, rows_current : int
    thresholds : dict
        What was asked for.
    """

    columns: Sequence[ColumnDrift]
    rows_reference: int
    rows_current: int
    thresholds: Mapping[str, Any]
    classifier: Separation | None = None
    added: Sequence[str] = ()

    @property
    def drifted(self) -> bool:
        """Whether any column drifted, or the classifier tells the rows apart."""
        joint = self.classifier is not None and self.classifier.drifted
        return joint or any(one.drifted for one in self.columns)

    @property
    def judged(self) -> bool:
        """Whether there was anything that could be judged."""
        joint = self.classifier is not None and self.classifier.auc is not None
        silent = ("too few rows", "not compared")
        return joint or any(one.verdict not in silent for one in self.columns)

    @property
    def drifted_features(self) -> list[str]:
        """The features that drifted."""
        return [one.column for one in self.columns if one.drifted and one.role == "feature"]

    @property
    def drifted_target(self) -> list[str]:
        """The target, if it drifted."""
        return [one.column for one in self.columns if one.drifted and one.role == "target"]

    def __getitem__(self, column: str) -> ColumnDrift:
        """Return the facts of a column."""
        for one in self.columns:
            if one.column == column:
                return one
        raise KeyError(column)

    def __repr__(self) -> str:
        """Say in a line what was found."""
        drifted = sum(one.drifted for one in self.columns)
        joint = "" if self.classifier is None else f"; {self.classifier}"
        return f"Drifted({drifted} of {len(self.columns)} columns{joint})"

    def notes(self) -> list[str]:
        """Return a sentence for each of the worst columns that drifted."""
        told = [f"drift in {one}" for one in self.columns if one.drifted]
        more = len(told) - _SHOWN
        return told[:_SHOWN] + ([f"drift in {more} more columns"] if more > 0 else [])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "drifted": self.drifted,
            "drifted_features": self.drifted_features,
            "drifted_target": self.drifted_target,
            "rows_reference": self.rows_reference,
            "rows_current": self.rows_current,
            "thresholds": dict(self.thresholds),
            "columns_added": list(self.added),
            "columns": [_plain(one) for one in self.columns],
            "classifier": None if self.classifier is None else _plain(self.classifier),
        }

    def to_frame(self) -> Any:
        """Return the facts by column as a pandas frame, the worst first."""
        import pandas as pd

        return pd.DataFrame([_plain(one) for one in self.columns])


def shown(level: str) -> str:
    r"""Return a level as it can be read: in quotes where it has blanks or signs that do not show.

    Examples
    --------
    >>> print(shown("gold"), shown(" gold"), shown("a\tb"))
    gold ' gold' 'a\tb'
    """
    plain = level.isprintable() and level == level.strip() and level
    return level if plain else repr(level)


def _plain(fact: ColumnDrift | Separation) -> dict[str, Any]:
    """Return facts as JSON holds them."""
    found = asdict(fact)
    return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}
