"""Trends: what a run found against what earlier runs of the same job found.

A measure is compared with the median of earlier runs. It jumps when it is farther away than the
usual spread allows (a multiple of the median absolute deviation, or of what so many rows give by
chance), and farther than a least difference that a person cares about: without spread in the
history, 0.1 % is no jump from 0.05 %.

References
----------
.. [1] P. J. Rousseeuw, C. Croux, "Alternatives to the median absolute deviation", Journal of the
   American Statistical Association 88, 1993.
.. [2] J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on
   Information Theory 37, 1991.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from dataprep.distances import jensen_shannon
from dataprep.watchkeys import TrendKeys

_NORMAL = 1.4826
"""The standard deviation of a normal distribution, in median absolute deviations."""
_SHARES = ("rejected", "malformed", "cells", "missing")
_MEASURES = ("rows", *_SHARES, "categories", "seconds")

Measures = Mapping[str, Mapping[str, Any]]
"""By measure, by what it is about (a stage, a column, or nothing)."""


@dataclass(frozen=True)
class Jump:
    """A measure of a run that is not what earlier runs lead one to expect.

    Parameters
    ----------
    measure : str
        Such as ``rejected``.
    about : str
        The stage or the column; empty for the whole.
    value, usual, bound : float
        What was found, the median of earlier runs, and how far it might have gone.
    runs : int
        How many earlier runs there are.
    """

    measure: str
    about: str
    value: float
    usual: float
    bound: float
    runs: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as a summary holds it."""
        return asdict(self)

    def __str__(self) -> str:
        """Say in a line what was found and what is usual.

        Examples
        --------
        >>> print(Jump("rejected", "", 0.121, 0.004, 0.014, 20))
        rejected: 12.1% of rows, where 0.4% is usual in the last 20 runs (at most 1.4%)
        """
        what = self.measure + (f" of {self.about}" if self.about else "")
        side = "at most" if self.value > self.usual else "at least"
        if self.measure == "categories":
            return (
                f"{what}: the shares are {self.value:.2f} away from those of the last {self.runs} "
                f"runs (at most {self.bound:.2f})"
            )
        value, usual, bound = (
            _shown(self.measure, x) for x in (self.value, self.usual, self.bound)
        )
        unit = {"seconds": " s", "missing": " of values"}.get(self.measure, "")
        unit = " of rows" if self.measure in ("rejected", "malformed") else unit
        return (
            f"{what}: {value}{unit}, where {usual} is usual in the last {self.runs} runs "
            f"({side} {bound})"
        )


def measured(
    summary: Mapping[str, Any], profile: Mapping[str, Any] | None, seconds: float
) -> dict[str, dict[str, Any]]:
    """Return the measures of a run that made something.

    Parameters
    ----------
    summary : mapping
        With the counts of all its tables.
    profile : mapping, optional
        Of the rows as they were read: `dataprep.jobs.batch.profile.profiled`.
    seconds : float
        How long it took.
    """
    rows, malformed = summary["rows_in"], summary["rows_malformed"]
    tables = len(summary["parts"]["made"]) if "parts" in summary else 1
    found: dict[str, dict[str, Any]] = {
        "rows": {"": rows / max(1, tables)},
        "rejected": {"": _share(summary["rows_rejected"], rows)},
        "malformed": {"": _share(malformed, rows + malformed)},
        "cells": {one["stage"]: _share(one["cells_changed"], rows) for one in summary["stages"]},
        "seconds": {"": round(seconds, 3)},
    }
    if profile is not None:
        seen = profile["rows"]
        found["missing"] = {n: _share(count, seen) for n, count in profile["missing"].items()}
        # Of all values: what is in none of the frequent levels counts as one of its own.
        found["categories"] = {
            name: {
                level: _share(count, seen - profile["missing"][name])
                for level, count in levels.items()
            }
            for name, levels in profile["levels"].items()
        }
    return found


def jumps(keys: TrendKeys, now: Measures, before: Sequence[Measures]) -> list[Jump]:
    """Return what of a run jumps.

    Parameters
    ----------
    keys : TrendKeys
    now : mapping
        As `measured` returns it.
    before : sequence of mapping
        Those of earlier runs; of fewer than ``min_runs`` nothing is said.

    Examples
    --------
    >>> before = [{"rows": {"": 1000}, "rejected": {"": 0.01}}] * 5
    >>> now = {"rows": {"": 1000}, "rejected": {"": 0.15}}
    >>> [str(jump) for jump in jumps(TrendKeys(), now, before)]
    ['rejected: 15.0% of rows, where 1.0% is usual in the last 5 runs (at most 2.6%)']
    """
    return list(_jumps(keys, now, before))


def _jumps(keys: TrendKeys, now: Measures, before: Sequence[Measures]) -> Iterator[Jump]:
    rows = max(1.0, now["rows"][""])
    for measure in _MEASURES:
        least = getattr(keys, measure)
        for about, value in now.get(measure, {}).items() if least is not None else ():
            known = [run[measure][about] for run in before if about in run.get(measure, {})]
            if len(known) < keys.min_runs:
                continue
            if measure == "categories":
                value, usual, allowed = _away(value, known, rows, keys.spread)
            else:
                usual = median(known)
                chance = _chance(measure, usual, rows)
                allowed = keys.spread * max(_spread(known), chance)
            allowed = max(allowed, least * usual if measure == "rows" else least)
            # That shares are nearer to their means than usual is no news.
            gone = value - usual if measure == "categories" else abs(value - usual)
            if gone > allowed:
                bound = max(0.0, usual + math.copysign(allowed, value - usual))
                yield Jump(
                    measure,
                    about,
                    value=_round(value),
                    usual=_round(usual),
                    bound=_round(bound),
                    runs=len(known),
                )


def _away(
    now: Mapping[str, float], known: Sequence[Mapping[str, float]], rows: float, spread: float
) -> tuple[float, float, float]:
    """Return how far shares are from their means, how far is usual, and how much farther goes."""
    levels = sorted({level for shares in (now, *known) for level in shares})
    means = {name: sum(run.get(name, 0.0) for run in known) / len(known) for name in levels}
    usual = [_distance(run, means, levels) for run in known]
    # By chance, n rows of k levels are sqrt((k - 1) / (8 n ln 2)) away: chi-squared, by and large.
    free = max(1, len(levels) - 1)
    chance = math.sqrt(free / (8 * rows * math.log(2)))
    middle = max(median(usual), chance)
    return (
        _distance(now, means, levels),
        middle,
        spread * max(_spread(usual), chance / math.sqrt(2 * free)),
    )


def _distance(one: Mapping[str, float], other: Mapping[str, float], levels: Sequence[str]) -> float:
    """Return the Jensen-Shannon distance, from 0 to 1; what is in no level is one of its own."""
    shares = [[run.get(name, 0.0) for name in levels] for run in (one, other)]
    distance = jensen_shannon(*([*some, max(0.0, 1.0 - sum(some))] for some in shares))
    return 0.0 if math.isnan(distance) else distance


def _spread(known: Sequence[float]) -> float:
    middle = median(known)
    return _NORMAL * median(abs(value - middle) for value in known)


def _chance(measure: str, usual: float, rows: float) -> float:
    """Return the standard deviation that so many rows give to a share, or to their own count."""
    if measure == "rows":
        return math.sqrt(usual)
    if measure not in _SHARES:
        return 0.0
    # With one more row of each sort: of a share of nothing, one row is no wonder.
    share = min(1.0, (usual * rows + 1) / (rows + 2))
    return math.sqrt(share * (1 - share) / rows)


def _share(part: float, whole: float) -> float:
    return _round(part / whole) if whole else 0.0


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def _shown(measure: str, value: float) -> str:
    return f"{value:.1%}" if measure in _SHARES else f"{value:,.0f}"
