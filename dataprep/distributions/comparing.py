"""Current rows against a reference, column by column: tests and distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np

from dataprep.distances import jensen_shannon, psi
from dataprep.distributions.drifted import ColumnDrift, Drifted
from dataprep.distributions.judging import Thresholds, judged
from dataprep.distributions.recording import Recorded, boundaries, of_levels
from dataprep.distributions.seen import (
    TIMES,
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
from dataprep.kinds import Kind
from dataprep.table import Table

_NAMED = 10
"""New and gone levels that are named."""


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
        elif not _alike(record, kind := table.kinds[name]) and table.counts([name])[name]:
            found[name] = _retyped(fact, record, table, height)
        elif record["form"] == "levels":
            found[name] = _of_levels(fact, *_levels(name, record, table, values))
        elif record["form"] == "presence":
            here = table.counts([name])[name]
            found[name] = _missing(fact, record, height - here, here)
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


def _alike(record: Recorded, kind: Kind) -> bool:
    """Tell whether a column can be what was recorded, by its kind."""
    if record["form"] != "presence":
        return fits(record["form"], kind)
    # Whether a text or a number names rows, its values alone decide.
    return (record["kind"] in TIMES) == (kind in TIMES) or "other" in (record["kind"], kind)


def _retyped(fact: ColumnDrift, record: Recorded, table: Table, height: int) -> ColumnDrift:
    here = table.counts([fact.column])[fact.column]
    return replace(
        _missing(fact, record, height - here, here),
        missing_p=None,
        verdict="retyped",
        reasons=[f"was {record['kind']}, is {table.kinds[fact.column]}"],
    )


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
