"""TensorFlow without its own log: a person who runs a command sees what the command says."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from dataprep.optional import require

_WORDS = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR"}


def quieted() -> None:
    """Import TensorFlow with nothing said on standard error, then or later.

    What TensorFlow says while it is loaded goes past Python, to the descriptor itself.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    for name, value in _WORDS.items():
        os.environ.setdefault(name, value)
    # Keras tells of choices that are ours.
    warnings.filterwarnings("ignore", module="keras")
    with _nobody_hears():
        require("tensorflow", "tensorflow")
        require("keras", "tensorflow")


@contextmanager
def _nobody_hears() -> Iterator[None]:
    """Send standard error nowhere; signals that stop the program pass as ever."""
    kept, nobody = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nobody, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nobody)
