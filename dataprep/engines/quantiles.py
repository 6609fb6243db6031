"""Exact quantiles of columns too long to sort, in two passes over them.

A sample brackets each quantile; a pass counts what lies below the bracket and fetches what lies
inside it, where the order statistics are then found.

References
----------
R. W. Floyd and R. L. Rivest, "Expected time bounds for selection", CACM 18(3), 1975.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import isqrt
from typing import Any

import numpy as np

from dataprep.engines.parsing import Ask, quoted
from dataprep.engines.statistics import between, ranks, sorted_quantiles
from dataprep.table import ROW

SAMPLE = 100_000
"""Rows in a sample; a table with fewer is sorted."""
_DEVIATIONS = 4
_MOST_VALUES = 4_000_000

Key = tuple[str, float]


@dataclass(frozen=True)
class Bracket:
    """Two values with a quantile between them, almost surely.

    Parameters
    ----------
    low, high : number, optional
        None where the bracket has no end on that side.
    tied_low, tied_high : bool
        Whether the sample has the end more than once: many rows may be equal to it, and those are
        counted, not fetched.
    share : float
        The share of rows that is likely to be fetched.
    """

    low: Any = None
    high: Any = None
    tied_low: bool = False
    tied_high: bool = False
    share: float = 1.0

    def inside(self, value: str) -> str:
        """Return an SQL test for the rows to be fetched."""
        tests = [f"{value} is not null"]
        if self.low is not None:
            tests.append(f"{value} {'>' if self.tied_low else '>='} {_number(self.low)}")
        if self.high is not None:
            tests.append(f"{value} {'<' if self.tied_high else '<='} {_number(self.high)}")
        return f"({' and '.join(tests)})"

    def counted(self, value: str, *, finite: str) -> list[str]:
        """Return SQL for the rows below, and those at the low and the high end not fetched."""
        return [
            "0" if self.low is None else f"count_if({value} < {_number(self.low)}{finite})",
            f"count_if({value} = {_number(self.low)})" if self.tied_low else "0",
            f"count_if({value} = {_number(self.high)})" if self.tied_high else "0",
        ]

    def among(self, values: np.ndarray) -> np.ndarray:
        """Return the values that lie inside, of those fetched for other brackets as well."""
        if self.low is not None:
            values = values[values > self.low if self.tied_low else values >= self.low]
        if self.high is not None:
            values = values[values < self.high if self.tied_high else values <= self.high]
        return values


def bracket(sample: np.ndarray, probability: float, widened: int = 1) -> Bracket:
    """Return a bracket from a sorted sample, or an open one where the sample is too small."""
    size = len(sample)
    if size < SAMPLE // 20:
        return Bracket()
    spread = _DEVIATIONS * (probability * (1 - probability) / size) ** 0.5 + 2 / size
    low = int((probability - widened * spread) * size)
    high = int(np.ceil((probability + widened * spread) * size))
    bottom = sample[low].item() if low > 0 else None
    top = sample[high].item() if high < size - 1 else None
    tied_low = bottom is not None and sample[low + 1].item() == bottom
    # Where both ends are one value, its rows must not be counted twice.
    tied_high = top is not None and top != bottom and sample[high - 1].item() == top
    made = Bracket(bottom, top, tied_low, tied_high)
    return replace(made, share=len(made.among(sample)) / size)


def bracketed_quantiles(
    ask: Ask,
    height: int,
    columns: Sequence[str],
    floats: Set[str],
    probabilities: Sequence[float],
) -> dict[str, list[float | None]]:
    """Return exact quantiles of each column's finite values.

    Parameters
    ----------
    ask : callable
        Runs SQL over the relation ``given``.
    height : int
        Row numbers stay below it.
    columns : sequence of str
    floats : set of str
        The columns that may hold infinities and NaN.
    probabilities : sequence of float
    """
    step = max(1, height // SAMPLE)
    rows = f"{quoted(ROW)} in (select unnest(range(0, {height}, {step})))" if step > 1 else "true"
    samples = {name: np.sort(x) for name, x in _fetched(ask, columns, rows).items()}
    if step == 1:
        return {name: sorted_quantiles(samples[name].tolist(), probabilities) for name in columns}
    found: dict[Key, float | None] = {}
    wanted = [(name, p) for name in columns for p in probabilities]
    widened = 1
    while wanted:
        brackets = {(name, p): bracket(samples[name], p, widened) for name, p in wanted}
        answers = _tried(ask, height, floats, brackets)
        found |= {key: value for key, value in answers.items() if value is not _OUTSIDE}
        wanted = [key for key in wanted if key not in found]
        # A sample that misleads so far tells nothing: take all values.
        widened = widened * 10 if widened < 100 else SAMPLE
    return {name: [found[name, p] for p in probabilities] for name in columns}


_OUTSIDE = object()


def _tried(
    ask: Ask, height: int, floats: Set[str], brackets: Mapping[Key, Bracket]
) -> dict[Key, Any]:
    """Return the quantiles, and `_OUTSIDE` where a bracket missed one."""
    names = list(dict.fromkeys(name for name, _ in brackets))
    parts = [
        f"count_if(isfinite({quoted(n)}))" if n in floats else f"count({quoted(n)})" for n in names
    ]
    for (name, _), tried in brackets.items():
        # NaN is above all to DuckDB; of what lies below, only -inf is to be left out.
        finite = f" and {quoted(name)} <> '-inf'" if name in floats else ""
        parts += tried.counted(quoted(name), finite=finite)
    row = ask(f"select {', '.join(parts)} from given").fetchall()[0]
    totals, counts = dict(zip(names, row, strict=False)), iter(row[len(names) :])
    below = {key: (next(counts), next(counts), next(counts)) for key in brackets}
    found: dict[Key, Any] = {}
    for part in _parts(names, height, brackets):
        here = {key: tried for key, tried in brackets.items() if key[0] in part}
        tests = [tried.inside(quoted(name)) for (name, _), tried in here.items()]
        values = _fetched(ask, part, " or ".join(tests))
        for (name, p), tried in here.items():
            inside = tried.among(values[name])
            found[name, p] = _selected(totals[name], below[name, p], inside, tried, p)
    return found


def _parts(names: list[str], height: int, brackets: Mapping[Key, Bracket]) -> list[list[str]]:
    """Return the columns to fetch at a time, so that memory stays bounded."""
    share = {
        name: sum(tried.share for (of, _), tried in brackets.items() if of == name)
        for name in names
    }
    # A row inside one column's bracket is fetched for all columns of its part.
    most = max(1, isqrt(int(_MOST_VALUES / (height * max(*share.values(), 1e-3)))))
    return [names[i : i + most] for i in range(0, len(names), most)]


def _selected(
    total: int, counts: tuple[int, int, int], inside: np.ndarray, tried: Bracket, p: float
) -> Any:
    if total == 0:
        return None
    below, at_low, at_high = counts
    start = below + at_low
    end = start + len(inside)
    places = ranks(total, p)
    within = sorted({rank - start for rank in places[:2] if start <= rank < end})
    split = np.partition(inside, within) if within else inside

    def statistic(rank: int) -> Any:
        if rank < below or rank >= end + at_high:
            return _OUTSIDE
        if rank < start:
            return tried.low
        return split[rank - start].item() if rank < end else tried.high

    a, b = statistic(places[0]), statistic(places[1])
    return _OUTSIDE if a is _OUTSIDE or b is _OUTSIDE else between(a, b, places[2])


def _fetched(ask: Ask, columns: Sequence[str], where: str) -> dict[str, np.ndarray]:
    """Return the finite values of some rows."""
    shown = ", ".join(f"{quoted(name)} as x{i}" for i, name in enumerate(columns))
    arrays = ask(f"select {shown} from given where {where}").fetchnumpy()
    found = {}
    for i, name in enumerate(columns):
        values = arrays[f"x{i}"]
        values = values.compressed() if isinstance(values, np.ma.MaskedArray) else values
        found[name] = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return found


def _number(value: Any) -> str:
    return f"{value!r}::DOUBLE" if isinstance(value, float) else str(value)
