"""Stages that watch: they compare tables, which a batch is not."""

from __future__ import annotations

from dataprep.feed.serving.graph import Graph
from dataprep.stage import Stage, State


def unchanged(stage: Stage, state: State, graph: Graph) -> None:
    """Leave all columns as they are: nothing is compared where a model serves."""
