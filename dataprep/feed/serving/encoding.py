"""Levels as numbers in a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from dataprep.feed.serving.graph import (
    FIRST,
    MISSING,
    NEW,
    Graph,
    Tensor,
    numbers_for,
    picked,
    truth,
)

if TYPE_CHECKING:
    from dataprep.kinds import Kind
    from dataprep.stage import State


def encode(stage: Any, state: State, graph: Graph) -> None:
    """Add the numbers that stand for levels, and remove the columns."""
    names = graph.present(state["columns"])
    for name in names:
        found = state["columns"][name]
        if stage.method == "one_hot":
            _flags(stage, graph, name, found)
        else:
            _values(stage, graph, name, found)
    if not stage.keep:
        graph.remove(names)


def _values(stage: Any, graph: Graph, name: str, found: dict[str, Any]) -> None:
    """Add a number for each level, one column for each output."""
    kind: Kind = "integer" if stage.method == "ordinal" else "float"
    codes = _let_through(stage, name, graph.codes(name, found["levels"]))
    for place, new in enumerate(found["makes"]):
        missing = None if stage.handle_missing == "return_nan" else found["missing"][place]
        unknown = None if stage.handle_unknown == "return_nan" else found["unknown"][place]
        values = numbers_for(codes, [missing, unknown, *found["values"][place]])
        graph.put(new, values, kind)


def _flags(stage: Any, graph: Graph, name: str, found: dict[str, Any]) -> None:
    """Add a column of 0 and 1 for each level, for the others, and for a missing value."""
    levels = found["all"] or found["levels"]
    codes = _let_through(stage, name, graph.codes(name, levels))
    flags = [truth(ops.equal(codes, FIRST + levels.index(one))) for one in found["levels"]]
    if "other" in found["ends"]:
        kept = set(found["levels"])
        others = [0.0, 1.0, *(float(level not in kept) for level in levels)]
        flags.append(picked(np.array(others), codes))
    if "missing" in found["ends"]:
        flags.append(truth(ops.equal(codes, MISSING)))
    hidden = [
        code
        for code, handle in ((MISSING, stage.handle_missing), (NEW, stage.handle_unknown))
        if handle == "return_nan"
    ]
    for new, flag in zip(found["makes"], flags, strict=True):
        for code in hidden:
            flag = ops.where(ops.equal(codes, code), float("nan"), flag)
        graph.put(new, flag, "float" if hidden else "integer")


def _let_through(stage: Any, name: str, codes: Tensor) -> Tensor:
    """Return the codes, with a check where a missing or a new level is to be refused."""
    refused = (
        (MISSING, stage.handle_missing, "handle_missing", "is missing"),
        (NEW, stage.handle_unknown, "handle_unknown", "was not there at fit"),
    )
    for code, handle, parameter, what in refused:
        if handle == "error":
            from dataprep.feed.serving.layers import Checked

            message = f"{name}: a value {what}. Use {parameter}='value' or 'return_nan'."
            codes = Checked(message)([codes, ops.equal(codes, code)])
    return codes
