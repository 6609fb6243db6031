"""Feeding training: from prepared rows to ``tf.data``; the only importer of TensorFlow.

The names are imported when they are first used: ``import dataprep.feed`` loads no TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# No module is called as a function is: its import would put the module in the function's place.
_HOME = {
    "arrays": "dataprep.feed.matrices",
    "dataset": "dataprep.feed.datasets",
    "export": "dataprep.feed.exports",
    "load_model": "dataprep.feed.serving",
    "model_inputs": "dataprep.feed.serving",
    "opened": "dataprep.feed.sources",
    "preprocessing_model": "dataprep.feed.serving",
    "preview": "dataprep.feed.previews",
}

__all__ = [*_HOME]

if TYPE_CHECKING:
    from dataprep.feed.datasets import dataset as dataset
    from dataprep.feed.exports import export as export
    from dataprep.feed.matrices import arrays as arrays
    from dataprep.feed.previews import preview as preview
    from dataprep.feed.serving import load_model as load_model
    from dataprep.feed.serving import model_inputs as model_inputs
    from dataprep.feed.serving import preprocessing_model as preprocessing_model
    from dataprep.feed.sources import opened as opened


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dataprep.feed' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
