"""Values outside of learned bounds in a graph: clipped, made missing or flagged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from keras import ops

from dataprep.feed.serving.graph import Column, Graph, Tensor, number, numbers_for, truth

if TYPE_CHECKING:
    from dataprep.stage import Stage, State

_NO_BOUNDS = (-math.inf, math.inf)


def bounded(stage: Stage, state: State, graph: Graph) -> None:
    """Treat what lies outside of the bounds of the column, or of the row's group."""
    place = graph.places_of_groups(state["by"], state["groups"])
    action = stage.action  # type: ignore[attr-defined]
    for name in graph.present(state["columns"]):
        overall = state["overall"][name]
        if overall is None and not state["by"]:
            continue
        column = graph.columns[name]
        groups = [row["learned"][name] for row in state["groups"]]
        low, high = (_bound(side, overall, groups, place) for side in (0, 1))
        # NaN is on neither side.
        below, above = ops.less(column.tensor, low), ops.greater(column.tensor, high)
        if action == "clip":
            graph.columns[name] = column.filled(below, low).filled(above, high)
        elif action == "null":
            graph.columns[name] = column.filled(ops.logical_or(below, above), None)
        else:
            outside = truth(ops.logical_or(below, above))
            graph.columns[f"{name}_outlier"] = Column(outside, "boolean")


def _bound(side: int, overall: Any, groups: list[Any], place: Tensor | None) -> Any:
    """Return a bound: an array of a number, or a tensor by group; infinite where there is none."""
    none = _NO_BOUNDS[side]
    usual = none if overall is None or overall[side] is None else float(overall[side])
    if place is None:
        return number(usual)
    # A group without a spread has no bounds; one that lacks a side has that of all.
    own = [none if b is None else usual if b[side] is None else float(b[side]) for b in groups]
    return numbers_for(place, [*own, usual])
