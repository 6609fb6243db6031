"""Baselines to judge data by: what is trained on it, and how well.

The names are imported when they are first used: ``import dataprep.feed.training`` loads no
TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "ClassBalancedFocalLoss": "dataprep.feed.training.losses",
    "SparseCategoricalFocalLoss": "dataprep.feed.training.losses",
    "Trained": "dataprep.feed.training.trained",
    "measured_classes": "dataprep.feed.training.metrics",
    "measured_numbers": "dataprep.feed.training.metrics",
    "train": "dataprep.feed.training.fit",
}

__all__ = [*_HOME]

if TYPE_CHECKING:
    from dataprep.feed.training.fit import train as train
    from dataprep.feed.training.losses import ClassBalancedFocalLoss as ClassBalancedFocalLoss
    from dataprep.feed.training.losses import (
        SparseCategoricalFocalLoss as SparseCategoricalFocalLoss,
    )
    from dataprep.feed.training.metrics import measured_classes as measured_classes
    from dataprep.feed.training.metrics import measured_numbers as measured_numbers
    from dataprep.feed.training.trained import Trained as Trained


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dataprep.feed.training' has no attribute {name!r}")
    if _HOME[name].endswith(".losses"):
        from dataprep.optional import require

        require("keras", "tensorflow")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
