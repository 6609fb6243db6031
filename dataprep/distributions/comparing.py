"""Current rows against a reference, column by column: tests, distances, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from dataprep.distances import jensen_shannon, psi
from dataprep.distributions.corrections import Correction, corrected
from dataprep.distributions.drifted import ColumnDrift, Drifted
from dataprep.distributions.recording import Recorded, boundaries, of_levels
from dataprep.distributions.seen import (
    Form,
    Levels,
    Numbers,
    fits,
    seen_levels,
    seen_numbers,
    truths,
)
from dataprep.distributions.statistics import (
    binned,
    chi_squared,
    cramers_v,
    exact,
    ks_of_sketch,
    share_p,
    wasserstein_of_sketch,
)
from dataprep.table import Table

_NAMED = 10
"""New and gone levels that are named."""
_ORDER = {"gone": 0, "retyped": 1, "drift": 2, "stable": 3, "too few rows": 3}


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


def compared(
    reference: Mapping[str, Recorded],
    table: Table,
    thresholds: Thresholds,
    *,
    target: str | None = None,
    values: Table | None = None,
) -> Drifted:
    """Compare the rows of a table with recorded distributions.

    Parameters
    ----------
    reference : mapping of str to dict
        From `recorded`.
    table : Table
        A target that is not there is left out: at serving nobody knows it yet.
    thresholds : Thresholds
    target : str, optional
        The column whose drift is told apart.
    values : Table, optional
        The rows of the reference, where they are at hand: then statistics of numbers are exact.

    Returns
    -------
    Drifted
        Without a classifier.
    """
    height = table.height()
    wanted = {n: r for n, r in reference.items() if n in table.kinds or n != target}
    found = [
        replace(one, role="target" if one.column == target else "feature")
        for one in _facts(wanted, table, height, values)
    ]
    return Drifted(
        columns=judged(found, thresholds),
        rows_reference=max((r["rows"] + r["missing"] for r in reference.values()), default=0),
        rows_current=height,
        thresholds=asdict(thresholds),
    )


def _facts(
    reference: Mapping[str, Recorded], table: Table, height: int, values: Table | None
) -> list[ColumnDrift]:
    """Return what there is to tell of each column, without a verdict on its difference."""
    found: dict[str, ColumnDrift] = {}
    numbers: dict[str, Form] = {}
    for name, record in reference.items():
        fact = ColumnDrift(name, record["kind"], rows_reference=record["rows"])
        if name not in table.kinds:
            found[name] = replace(fact, verdict="gone", reasons=["the column is gone"])
        elif not fits(record["form"], kind := table.kinds[name]) and table.counts([name])[name]:
            why = f"was {record['kind']}, is {kind}"
            found[name] = replace(fact, verdict="retyped", reasons=[why])
        elif record["form"] == "levels":
            found[name] = _of_levels(fact, *_levels(name, record, table, values))
        elif fits(record["form"], kind):
            numbers[name] = record["form"]
        else:
            found[name] = _missing(fact, record, height)
    whole = seen_numbers(values, numbers) if values is not None else iter(())
    for name, seen in seen_numbers(table, numbers):
        known = next(whole, (name, None))[1]
        fact = ColumnDrift(name, reference[name]["kind"], rows_reference=reference[name]["rows"])
        found[name] = _of_numbers(fact, reference[name], seen, known)
    return [found[name] for name in reference]


def _of_numbers(
    fact: ColumnDrift, record: Recorded, seen: Numbers, known: Numbers | None
) -> ColumnDrift:
    fact = _missing(fact, record, seen.missing, len(seen.values))
    current = seen.values
    if not record["rows"] or not len(current):
        return fact
    if known is None:
        ks, area = ks_of_sketch(record, current), wasserstein_of_sketch(record, current)
    else:
        ks, area = exact(known.values, current)
    bins = boundaries(record)
    before = np.diff([0, *(rows for _, _, rows in bins), record["rows"]])
    up_to = [np.searchsorted(current, v, "right" if held else "left") for v, held, _ in bins]
    after = np.diff([0, *up_to, len(current)])
    first, last = record["edges"][0], record["edges"][-1]
    spread = _edge(record, 0.75) - _edge(record, 0.25)
    return replace(
        fact,
        test="ks",
        statistic=ks.value,
        statistic_at_most=ks.at_most,
        p_value=ks.p_value,
        psi=psi(before, after),
        jensen_shannon=jensen_shannon(before, after),
        effect=area / spread if spread else None,
        outside=int(((current < first) | (current > last)).sum()),
    )


def _edge(record: Recorded, share: float) -> float:
    """Return the quantile of a sketch."""
    place = np.searchsorted(np.asarray(record["upto"]), np.ceil(share * record["rows"]))
    return float(record["edges"][place])


def _levels(
    name: str, record: Recorded, table: Table, values: Table | None
) -> tuple[Recorded, Levels]:
    """Return the levels of both sides under the same names."""
    seen = seen_levels(table, name)
    if values is not None and record["rest"]:
        # What a record counts as one has names here.
        record = of_levels(seen_levels(values, name), record["kind"], most=None)
    if "boolean" in (table.kinds[name], record["kind"]):
        seen = replace(seen, counts=truths(seen.counts))
        record = {**record, "levels": truths(record["levels"])}
    return record, seen


def _of_levels(fact: ColumnDrift, record: Recorded, seen: Levels) -> ColumnDrift:
    fact = _missing(fact, record, seen.missing, seen.present)
    if not record["rows"] or not seen.present:
        return fact
    known: Mapping[str, int] = record["levels"]
    # Where the reference names all of its levels, others are new; else they may be in its rest.
    new = {} if record["rest"] else {n: c for n, c in seen.counts.items() if n not in known}
    whole = sum(seen.counts.values()) == seen.present
    gone = {n: c for n, c in known.items() if n not in seen.counts} if whole else {}
    names = [*known, *new]
    before = np.array([*(known.get(n, 0) for n in names), record["rest"]])
    after = [seen.counts.get(n, 0) for n in names]
    counts = np.array([before, [*after, seen.present - sum(after)]])
    test, bins = chi_squared(*counts), binned(counts)
    return replace(
        fact,
        test="chi2",
        statistic=test.value,
        statistic_at_most=test.at_most,
        p_value=test.p_value,
        psi=psi(*bins),
        jensen_shannon=jensen_shannon(*bins),
        effect=cramers_v(test.value, int(counts.sum())),
        new_levels=_largest(new, seen.present),
        gone_levels=_largest(gone, record["rows"]),
    )


def _largest(levels: Mapping[str, int], rows: int) -> dict[str, float]:
    first = sorted(levels.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMED]
    return {name: count / rows for name, count in first}


def _missing(fact: ColumnDrift, record: Recorded, missing: int, present: int = 0) -> ColumnDrift:
    """Add how many values are missing, and whether that may be chance."""
    before, rows = record["missing"], record["rows"] + record["missing"]
    some = bool(before or missing) and rows > 0 and missing + present > 0
    return replace(
        fact,
        rows_current=present,
        height_reference=rows,
        height_current=missing + present,
        missing_reference=before / rows if rows else 0.0,
        missing_current=missing / (missing + present) if missing + present else 0.0,
        missing_p=share_p([[before, record["rows"]], [missing, present]]) if some else None,
    )


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
                reasons.append(f"new: {', '.join(fact.new_levels)}")
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
    empty = whole and not (fact.rows_reference or fact.rows_current)
    return replace(
        fact, verdict="stable" if enough or empty else "too few rows", severity=max(sizes)
    )
