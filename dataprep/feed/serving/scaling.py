"""Numbers brought to a common scale in a graph."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from dataprep.feed.serving.graph import Graph, Tensor, number, picked

if TYPE_CHECKING:
    from dataprep.stage import State

_NORMAL_END = 5.199337582605575
"""Where normal values are cut, as `dataprep.stages.ranks.normal_of` does."""


def scale(stage: Any, state: State, graph: Graph) -> None:
    """Replace values by scaled ones."""
    for name in graph.present(state["methods"]):
        learned, method = state["learned"][name], state["methods"][name]
        if learned is None:
            continue
        values = graph.columns[name].tensor
        graph.put(name, _scaled(stage, method, learned, values), "float")


def _scaled(stage: Any, method: str, learned: list[float], values: Tensor) -> Tensor:
    if method == "constant":
        return values * float(stage.factor)
    if method == "quantile":
        ranks = _rank(values, np.asarray(learned, dtype="float64"))
        return _normal(ranks) if stage.output_distribution == "normal" else ranks
    centre, spread = learned
    scaled = (values - float(centre)) * (1 / float(spread))
    if method != "min_max":
        return scaled
    low, high = map(float, stage.feature_range)
    if (low, high) != (0.0, 1.0):
        scaled = scaled * (high - low) + low
    return ops.clip(scaled, low, high) if stage.clip else scaled


def _rank(values: Tensor, known: np.ndarray) -> Tensor:
    """Return ranks from 0 to 1 among sorted quantiles, as `dataprep.stages.ranks.rank_of`."""
    last = len(known) - 1
    first_at = ops.searchsorted(known, values, side="left")
    behind = ops.searchsorted(known, values, side="right")
    # Between two quantiles in proportion; on one that repeats, the middle of its places.
    right = ops.clip(first_at, 1, last)
    below, above = picked(known, right - 1), picked(known, right)
    gap = ops.where(ops.equal(above, below), 1.0, above - below)
    between = ops.cast(right - 1, "float64") + (values - below) / gap
    middle = ops.cast(first_at + behind - 1, "float64") / 2.0
    ranks = ops.where(ops.equal(first_at, behind), between, middle) / float(last)
    ranks = ops.where(ops.less_equal(values, number(known[0])), 0.0, ranks)
    ranks = ops.where(ops.greater_equal(values, number(known[-1])), 1.0, ranks)
    return ops.where(ops.isnan(values), math.nan, ranks)


def _normal(ranks: Tensor) -> Tensor:
    """Return ranks as values of a standard normal variable."""
    values = math.sqrt(2.0) * ops.erfinv(2.0 * ranks - 1.0)
    return ops.clip(values, -_NORMAL_END, _NORMAL_END)
