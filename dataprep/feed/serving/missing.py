"""Missing values in a graph: filled, indicated; columns that leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from dataprep.feed.serving.graph import Column, Graph, numbers_for, picked, truth
from dataprep.feed.serving.translations import refusal

if TYPE_CHECKING:
    from dataprep.stage import Stage, State

_NEIGHBOURS = ("forward", "backward", "interpolate")


def impute(stage: Stage, state: State, graph: Graph) -> None:
    """Fill with the value of the column, or of the row's group."""
    strategies = {n: s for n, s in state["strategies"].items() if n in graph.columns}
    for name, strategy in strategies.items():
        if strategy in _NEIGHBOURS:
            raise refusal(
                graph.label,
                f"{strategy!r} fills {name!r} from the rows around, and a model sees a row alone",
                "Use strategy='median', 'mean', 'most_frequent' or 'constant'.",
            )
    groups = state["groups"]
    place = graph.places_of_groups(state["by"] if groups else [], groups)
    for name in strategies:
        overall = state["overall"].get(name)
        own = [row["learned"].get(name) for row in groups]
        values = [overall if value is None else value for value in own]
        column = graph.columns[name]
        if place is None or set(values) <= {overall}:
            if overall is not None:
                graph.columns[name] = column.filled(column.is_missing, overall)
        elif column.is_text:
            graph.columns[name] = _filled_by_group(column, place, [*values, overall])
        else:
            fill = numbers_for(place, [*values, overall])
            graph.columns[name] = column.filled(column.is_missing, fill)


def _filled_by_group(column: Column, place: Any, values: list[Any]) -> Column:
    """Return a column of text filled with the value of each row's group."""
    missing = column.is_missing
    for value in dict.fromkeys(value for value in values if value is not None):
        here = picked(np.array([other == value for other in values]), place)
        column = column.filled(ops.logical_and(missing, here), value)
    return column


def missing_indicator(stage: Stage, state: State, graph: Graph) -> None:
    """Add where values are missing."""
    for name in graph.present(state["columns"]):
        graph.put(f"{name}_missing", truth(graph.columns[name].is_missing), "boolean")


def drop_missing(stage: Stage, state: State, graph: Graph) -> None:
    """Remove the columns; rows leave in training only."""
    graph.remove(state["remove"])


def drop_columns(stage: Stage, state: State, graph: Graph) -> None:
    """Remove the columns."""
    graph.remove(state["remove"])
