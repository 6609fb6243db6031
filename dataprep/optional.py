"""One way to ask for a heavy or optional package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from dataprep.errors import MissingExtraError


def require(module: str, extra: str) -> ModuleType:
    """Import ``module`` or say which extra of the distribution brings it.

    Raises
    ------
    MissingExtraError
        When the package is not installed.
    """
    try:
        if module == "tensorflow" and module not in sys.modules:
            return _tensorflow()
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name not in (module, package):
            # It is there, and lacks something of its own.
            raise
        raise MissingExtraError(
            f"the package {package!r} is not installed",
            remedy=f"Install it with: pip install 'dataprep-pipeline[{extra}]'",
        ) from error


def _tensorflow() -> ModuleType:
    """Import TensorFlow without what it says about the machine, unless its log is asked for."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") == "0":
        return import_module("tensorflow")
    with _silence():
        found = import_module("tensorflow")
        # It looks for devices once, and says what it does not find.
        found.config.list_physical_devices()
    return found


@contextmanager
def _silence() -> Iterator[None]:
    """Let nothing through to the standard error of the process, libraries in C++ included."""
    try:
        kept = os.dup(2)
    except OSError:
        # It is closed: nothing gets through as it is.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
