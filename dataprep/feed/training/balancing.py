"""How often classes are, and how often a network is shown them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataprep.errors import ConfigError
from dataprep.feed.rows import Rows
from dataprep.feed.weighing import CLASS, SAMPLE, Weigher, asked
from dataprep.parts import label_of
from dataprep.pipeline import Pipeline

Balanced = Mapping[str, Mapping[Any, float]]
"""``{"before": {label: rows}, "after": {label: rows, or their weights}}``."""


def weights_to_take(
    rows: Rows, weights: Any, balance: str | None, by_loss: Sequence[float] | None
) -> tuple[Any, list[str]]:
    """Return the weights that rows are fed with, and what the reader of the metrics must know.

    Parameters
    ----------
    rows : Rows
    weights : optional
        As for ``dp.feed.dataset``; ``"auto"`` takes those of the rows, where nothing else makes up
        for the sizes of classes.
    balance : {"class"}, optional
    by_loss : sequence of float, optional
        The weights of classes in the loss.

    Raises
    ------
    ConfigError
        When classes would be balanced twice.
    """
    chosen = "auto" if isinstance(weights, str) and weights == "auto" else None
    named = [] if chosen else asked(weights)
    ways = {
        "balance='class'": balance is not None,
        "weights='class'": CLASS in named,
        "the loss": by_loss is not None,
    }
    taken = [way for way, there in ways.items() if there]
    if len(taken) > 1:
        raise ConfigError(
            f"{' and '.join(taken)} both make up for the sizes of classes",
            place="balance" if balance else "weights",
            remedy="Keep one of them.",
        )
    if not chosen:
        return weights, []
    if rows.weight is None:
        return None, []
    if taken:
        told = f"the rows' weights were left out, as {taken[0]} makes up for the sizes of classes:"
        return None, [f"{told} weights='sample_weight' takes them all the same"]
    return SAMPLE, []


def balanced_classes(
    rows: Rows,
    weights: Any,
    balance: str | None,
    pipeline: Pipeline | None,
    by_loss: Sequence[float] | None = None,
) -> Balanced | None:
    """Return what `dp.prior_correction` must know; None where nothing balances the classes.

    Parameters
    ----------
    rows : Rows
        Those to train on.
    weights, balance : optional
        As ``dp.feed.dataset`` is given them.
    pipeline : Pipeline, optional
        What may have resampled the rows.
    by_loss : sequence of float, optional
        The weights of classes in the loss, by their codes.
    """
    if rows.classes is None:
        return None
    counts = {label_of(label): float(n) for label, n in rows.class_counts().items()}
    before = _recorded(pipeline, rows.target) or counts
    # A stream that is balanced has as many rows of each class.
    after = dict.fromkeys(counts, 1.0) if balance == "class" else dict(counts)
    if weights is not None:
        weigher, weighed = Weigher.asked(rows, weights), np.zeros(len(counts))
        for block in rows.blocks():
            codes = block.labels(np.arange(block.height))
            weighed += np.bincount(codes, weigher.of(block), minlength=len(counts))
        after = {
            label: after[label] * weight / counts[label] if counts[label] else 0.0
            for label, weight in zip(counts, weighed.tolist(), strict=True)
        }
    if by_loss is not None:
        after = {label: n * w for (label, n), w in zip(after.items(), by_loss, strict=True)}
    if set(before) != set(after) or not min(after.values()) > 0:
        return None
    return None if _shares(before) == _shares(after) else {"before": before, "after": after}


def _recorded(pipeline: Pipeline | None, target: str | None) -> Mapping[str, float] | None:
    """Return the rows of each class of a target before a stage balanced it, where one did."""
    if pipeline is None:
        return None
    main = next((name for name, role in pipeline.roles_.items() if role == "target"), None)
    for (_, stage), state in zip(pipeline.steps_of(), pipeline.states_, strict=True):
        balances = stage.balances or stage.weighs
        if balances and (getattr(stage, "target", None) or main) == target:
            found: Mapping[str, float] = state["classes"]
            return found
    return None


def _shares(counts: Mapping[Any, float]) -> dict[Any, float]:
    total = sum(counts.values())
    return {label: round(rows / total, 9) for label, rows in sorted(counts.items())}
