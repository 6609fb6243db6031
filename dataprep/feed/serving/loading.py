"""Models that were saved, with the layers and losses that Keras does not have."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from dataprep.errors import ReadError
from dataprep.feed.serving.naming import by_column
from dataprep.optional import require

_REGISTERS = (
    "dataprep.feed.serving.layers",
    "dataprep.feed.serving.spellings",
    "dataprep.feed.training.losses",
)
"""Modules whose classes Keras knows by name once they are imported."""


def load_model(path: str | Path) -> Any:
    """Return a model that was saved with layers or losses of dataprep's own.

    Keras' own ``load_model`` knows them only in a process that has made such a model.

    Parameters
    ----------
    path : path of a ``.keras`` file
        Such as ``model.keras`` and ``serving.keras`` of ``dataprep train``.

    Returns
    -------
    keras.Model

    Raises
    ------
    ReadError
        Where there is no such file, or it holds no model.
    MissingExtraError
        When TensorFlow is not installed.
    """
    require("tensorflow", "tensorflow")
    import keras

    if not Path(path).is_file():
        raise ReadError(
            "there is no such file",
            place=str(path),
            remedy="Give the .keras file that a model was saved as.",
        )
    for module in _REGISTERS:
        import_module(module)
    try:
        with by_column():
            return keras.models.load_model(path)
    except ValueError as error:
        raise ReadError(
            f"it holds no model of Keras: {str(error).splitlines()[0]}",
            place=str(path),
            remedy="Give the .keras file that a model was saved as.",
        ) from error
