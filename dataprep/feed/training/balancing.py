"""How often classes are, and how often a network is shown them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataprep.feed.rows import Rows
from dataprep.feed.weighing import Weigher
from dataprep.parts import label_of
from dataprep.pipeline import Pipeline

Balanced = Mapping[str, Mapping[Any, float]]
"""``{"before": {label: rows}, "after": {label: rows, or their weights}}``."""


def balanced_classes(
    rows: Rows, weights: Any, balance: str | None, pipeline: Pipeline | None
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
    """
    if rows.classes is None:
        return None
    counts = {label_of(label): float(n) for label, n in rows.class_counts().items()}
    before = counts
    if pipeline is not None and pipeline.class_counts_:
        before = pipeline.class_counts_["before"]
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
    if set(before) != set(after) or not min(after.values()) > 0:
        return None
    return None if _shares(before) == _shares(after) else {"before": before, "after": after}


def _shares(counts: Mapping[Any, float]) -> dict[Any, float]:
    total = sum(counts.values())
    return {label: round(rows / total, 9) for label, rows in sorted(counts.items())}
