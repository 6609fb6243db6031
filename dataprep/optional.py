"""One way to ask for a heavy or optional package."""

from __future__ import annotations

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
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the package {module!r} is not installed",
            remedy=f"Install it with: pip install 'dataprep-pipeline[{extra}]'",
        ) from error
