"""Which stages can be said in a graph, where that is written, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataprep.errors import ConfigError

if TYPE_CHECKING:
    from dataprep.feed.serving.graph import Graph
    from dataprep.stage import Stage, State

Translation = Callable[["Stage", "State", "Graph"], None]
"""From a stage and what it learned to columns of a graph, which it replaces, adds or removes."""

_TRANSLATED = {
    "types": "dataprep.feed.serving.reading:types",
    "impute": "dataprep.feed.serving.missing:impute",
    "missing_indicator": "dataprep.feed.serving.missing:missing_indicator",
    "drop_missing": "dataprep.feed.serving.missing:drop_missing",
    "z_score": "dataprep.feed.serving.bounds:bounded",
    "mad": "dataprep.feed.serving.bounds:bounded",
    "iqr": "dataprep.feed.serving.bounds:bounded",
    "quantile": "dataprep.feed.serving.bounds:bounded",
    "scale": "dataprep.feed.serving.scaling:scale",
    "encode": "dataprep.feed.serving.encoding:encode",
    "merge_categories": "dataprep.feed.serving.words:merge_categories",
    "normalise_text": "dataprep.feed.serving.words:normalise_text",
    "escape_formulas": "dataprep.feed.serving.words:escape_formulas",
    "drop_columns": "dataprep.feed.serving.missing:drop_columns",
    "drift": "dataprep.feed.serving.watching:unchanged",
}

_FILL = "Use impute (a median, mean or most frequent value, by group if need be) in its place."
_LEAVE = "Leave it out of the pipeline that is served, or call pipeline.transform before the model."

REFUSED = {
    "impute_knn": ("it looks up the nearest of the training rows that it keeps", _FILL),
    "impute_iterative": ("it predicts each column from the others, round by round", _FILL),
    "isolation_outliers": ("it walks a forest of trees that Python code holds", _LEAVE),
    "lof": ("it looks up the nearest of the training rows that it keeps", _LEAVE),
    "image_stats": ("it opens the file of each picture", _LEAVE),
    "detect_errors": ("it judges cells by forms and dependencies in Python code", _LEAVE),
}
"""Stages of the repair phase that no graph has, with the reason and the remedy."""


def translation_of(label: str, stage: Stage) -> Translation:
    """Return the function that says a stage of the repair phase in a graph.

    Raises
    ------
    ConfigError
        When there is none, with the reason.
    """
    name = stage.name()
    if name in REFUSED:
        raise refusal(label, *REFUSED[name])
    if name not in _TRANSLATED:
        raise refusal(label, "nobody has written how", _LEAVE)
    module, function = _TRANSLATED[name].split(":")
    found: Translation = getattr(import_module(module), function)
    return found


def refusal(label: str, why: Any, remedy: str = _LEAVE) -> ConfigError:
    """Return the error for what a graph cannot say."""
    return ConfigError(f"this stage cannot be part of a model: {why}", place=label, remedy=remedy)
