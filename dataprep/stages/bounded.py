"""Bounds learned for each column, and what is done to the values outside of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from dataprep.kinds import Kind
from dataprep.stage import Change, Phase, Stage, State
from dataprep.stages.chosen import numeric_of
from dataprep.stages.grouped import Learnt, as_held, as_rows, names_of, present
from dataprep.table import ALL, Grouped, Table

Tail = Literal["both", "left", "right"]
Action = Literal["clip", "drop", "null", "flag"]
Bounds = tuple[float | None, float | None]


@dataclass(eq=False, repr=False)
class Bounded(Stage):
    """Learn a lower and an upper bound for each column, and treat what lies outside."""

    def measure(self, table: Table, columns: list[str]) -> Grouped[Any]:
        """Return what the fences are made of, for each group and column."""
        raise NotImplementedError

    def fences(self, measured: Any) -> Bounds | None:
        """Return the bounds; None where the spread is zero or nothing is present."""
        raise NotImplementedError

    @property
    def phase(self) -> Phase:
        """Dropping rows is for training; the other actions repair."""
        return "training" if self.action == "drop" else "repair"  # type: ignore[attr-defined]

    def learn(self, table: Table) -> State:
        """Return bounds for each column, and for each group where groups are asked for."""
        by = names_of(self.by, table)  # type: ignore[attr-defined]
        columns = [name for name in numeric_of(self, table) if name not in by]
        overall = self._bounds(table, columns)[ALL]
        groups = as_rows(self._bounds(table.groups(by), columns)) if by else []
        return {"columns": columns, "by": by, "overall": overall, "groups": groups}

    def _bounds(self, table: Table, columns: list[str]) -> Grouped[list[float | None] | None]:
        return {
            group: {
                name: self._fitting(self.fences(found[name]), table.kinds[name]) for name in columns
            }
            for group, found in self.measure(table, columns).items()
        }

    def _fitting(self, bounds: Bounds | None, kind: Kind) -> list[float | None] | None:
        """Return bounds that a column's type can hold: whole numbers, rounded inward."""
        if bounds is None:
            return None
        tail = self.tail  # type: ignore[attr-defined]
        # A bound beyond all numbers is none.
        bottom, top = (None if b is None or not math.isfinite(b) else b for b in bounds)
        low = bottom if tail in ("both", "left") else None
        high = top if tail in ("both", "right") else None
        return [low, high] if kind != "integer" else _inward(low, high)

    def change(self, table: Table, state: State) -> Change:
        """Clip, null, flag or drop what lies outside the bounds."""
        flat = {
            f"{side} {name}": bound
            for name, bounds in state["overall"].items()
            for side, bound in _sides(bounds or (None, None), table.kinds.get(name))
        }
        groups = [
            {
                "group": row["group"],
                "learned": {
                    f"{side} {name}": bound
                    for name, bounds in row["learned"].items()
                    # A group without a spread of its own is left alone, not judged by the others.
                    for side, bound in _sides(
                        bounds or _no_bounds(table.kinds.get(name)), table.kinds.get(name)
                    )
                },
            }
            for row in state["groups"]
        ]
        learnt = Learnt(present(state["by"], table), flat, groups)
        columns = [
            name
            for name in state["columns"]
            if name in table.kinds and (state["by"] or state["overall"][name] is not None)
        ]
        notes = _idle_notes(state)
        schema = table.frame.collect_schema()
        outside, clipped, reasons = {}, {}, {}
        for name in columns:
            low, high = learnt.value(f"low {name}"), learnt.value(f"high {name}")
            outside[name] = _outside(nw.col(name), low, high)
            clipped[name] = _clipped(nw.col(name), low, high, schema[name])
            reasons[name] = self._reason(name, state)
        lookup = learnt.lookup
        match self.action:  # type: ignore[attr-defined]
            case "clip":
                return Change(
                    cells=clipped, action="clip", reason=reasons, lookup=lookup, notes=notes
                )
            case "null":
                cells = {name: nw.when(~outside[name]).then(nw.col(name)) for name in columns}
                return Change(
                    cells=cells, action="null", reason=reasons, lookup=lookup, notes=notes
                )
            case "flag":
                adds = {f"{name}_outlier": (outside[name], "boolean") for name in columns}
                return Change(adds=adds, lookup=lookup, notes=notes)  # type: ignore[arg-type]
            case _:
                drops = {f"{name}: {reasons[name]}": outside[name] for name in columns}
                return Change(drops=drops, lookup=lookup, notes=notes)

    def _reason(self, name: str, state: State) -> str:
        if state["by"]:
            return f"outside the bounds of its group ({', '.join(state['by'])})"
        low, high = state["overall"][name]
        shown = ["-inf" if low is None else f"{low:g}", "inf" if high is None else f"{high:g}"]
        return f"outside [{shown[0]}, {shown[1]}]"


def _inward(low: float | None, high: float | None) -> list[float | None]:
    """Return the whole numbers nearest to the bounds from within."""
    return [
        None if low is None else max(math.ceil(low), -(2**63)),
        None if high is None else min(math.floor(high), 2**63 - 1),
    ]


def _sides(bounds: Sequence[float | None], kind: Kind | None) -> list[tuple[str, float | None]]:
    """Return the bounds by name; floats at fit may be whole numbers now, and the other way."""
    low, high = _inward(*bounds) if kind == "integer" else (as_held(b, kind) for b in bounds)
    return [("low", low), ("high", high)]


def _no_bounds(kind: Kind | None) -> tuple[float, float]:
    # Among whole numbers an infinity would turn the column into floats.
    return (-(2**62), 2**62) if kind == "integer" else (-math.inf, math.inf)


def _idle_notes(state: State) -> list[str]:
    idle = [name for name, bounds in state["overall"].items() if bounds is None]
    if not idle or state["by"]:
        return []
    return [f"no spread, left alone: {', '.join(idle)}"]


def _outside(column: nw.Expr, low: Any, high: Any) -> nw.Expr:
    tests = []
    if low is not None:
        tests.append(column < low)
    if high is not None:
        tests.append(column > high)
    if not tests:
        return column.is_null() & ~column.is_null()
    found: nw.Expr = tests[0] if len(tests) == 1 else tests[0] | tests[1]
    return found.fill_null(False)


def _clipped(column: nw.Expr, low: Any, high: Any, dtype: Any) -> nw.Expr:
    plain = not isinstance(low, nw.Expr) and not isinstance(high, nw.Expr)
    if plain and low is None and high is None:
        return column
    # A bound may be beyond what a narrow or unsigned type holds: clip would have to cast it.
    if plain and (dtype == nw.Int64 or not dtype.is_integer()):
        return column.clip(low, high)
    new = column
    if low is not None:
        new = nw.when((column < low).fill_null(False)).then(low).otherwise(new)
    if high is not None:
        new = nw.when((column > high).fill_null(False)).then(high).otherwise(new)
    return new
