"""When a difference is drift: significant after a correction, and large by one measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from dataprep.distributions.corrections import Correction, corrected
from dataprep.distributions.drifted import ColumnDrift, shown

_ORDER = {"gone": 0, "retyped": 1, "drift": 2, "stable": 3, "too few rows": 3, "not compared": 4}


@dataclass(frozen=True)
class Thresholds:
    """When a difference counts: it must be significant, and large enough by one measure.

    Parameters
    ----------
    alpha : float, default=0.01
        The level of significance, of corrected p-values.
    psi : float, default=0.2
        Population stability index.
    distance : float, default=0.2
        Kolmogorov-Smirnov statistic of numbers, Jensen-Shannon distance of levels.
    missing : float, default=0.05
        Difference of the shares of missing values.
    correction : {"holm", "bonferroni", "bh"}, optional, default="holm"
    min_rows : int, default=50
        Rows that each side must have: with a value for distributions, all for missing shares.
    """

    alpha: float = 0.01
    psi: float = 0.2
    distance: float = 0.2
    missing: float = 0.05
    correction: Correction | None = "holm"
    min_rows: int = 50


THRESHOLDS = tuple(one.name for one in fields(Thresholds))


def judged(facts: Sequence[ColumnDrift], thresholds: Thresholds) -> list[ColumnDrift]:
    """Correct the p-values of columns together, and say which drifted; the worst first."""
    tests = [(i, name) for i, f in enumerate(facts) for name in ("p", "missing_p") if _p(f, name)]
    found = corrected([_p(facts[i], name)[0] for i, name in tests], thresholds.correction)
    adjusted = {key: float(p) for key, p in zip(tests, found, strict=True)}
    listed = [
        _verdict(
            replace(
                fact,
                p_adjusted=adjusted.get((i, "p")),
                missing_p_adjusted=adjusted.get((i, "missing_p")),
            ),
            thresholds,
        )
        for i, fact in enumerate(facts)
    ]
    return sorted(listed, key=lambda one: (_ORDER[one.verdict], -one.severity))


def _p(fact: ColumnDrift, name: str) -> list[float]:
    value = fact.p_value if name == "p" else fact.missing_p
    return [] if value is None else [value]


def _verdict(fact: ColumnDrift, asked: Thresholds) -> ColumnDrift:
    if fact.verdict in ("gone", "retyped"):
        return fact
    reasons, sizes = [], [0.0]
    distance = fact.statistic if fact.test == "ks" else fact.jensen_shannon
    enough = min(fact.rows_reference, fact.rows_current) >= asked.min_rows
    if enough and distance is not None and fact.psi is not None and fact.p_adjusted is not None:
        size = max(fact.psi / asked.psi, distance / asked.distance)
        sizes.append(size)
        if size >= 1 and fact.p_adjusted <= asked.alpha:
            called = "KS" if fact.test == "ks" else "Jensen-Shannon"
            reasons.append(f"PSI {fact.psi:.3g}, {called} {distance:.3g}")
            if fact.new_levels:
                reasons.append(f"new: {', '.join(map(shown, fact.new_levels))}")
    change = abs(fact.missing_current - fact.missing_reference)
    # A row without a value is a row: enough of them can be compared where no value is left.
    whole = min(fact.height_reference, fact.height_current) >= asked.min_rows
    if whole and fact.missing_p_adjusted is not None:
        sizes.append(change / asked.missing)
        if change >= asked.missing and fact.missing_p_adjusted <= asked.alpha:
            reasons.append(
                f"missing {fact.missing_reference:.1%} before, {fact.missing_current:.1%} now"
            )
    if reasons:
        return replace(fact, verdict="drift", reasons=reasons, severity=max(sizes))
    if fact.test is None and fact.rows_reference and fact.rows_current:
        return replace(fact, verdict="not compared", severity=max(sizes))
    empty = whole and not (fact.rows_reference or fact.rows_current)
    return replace(
        fact, verdict="stable" if enough or empty else "too few rows", severity=max(sizes)
    )
