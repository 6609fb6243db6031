"""scikit-learn's estimators as parameters: by name where JSON is to hold them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from dataprep.errors import ConfigError, did_you_mean


def made(
    given: Any, known: Mapping[str, str], methods: tuple[str, ...], random_state: int, place: str
) -> Any:
    """Return the estimator that a parameter means, its draws fixed.

    Parameters
    ----------
    given : str or scikit-learn estimator
    known : mapping of str to str
        Names, and where their classes are: ``module:Class``.
    methods : tuple of str
        What it must have, a method or a parameter.
    random_state : int
        For those of its parameters of that name that say nothing.
    place : str
        The parameter, for messages.

    Raises
    ------
    ConfigError
        For an unknown name, or an object without such methods.
    """
    from sklearn.base import clone

    if isinstance(given, str):
        if given not in known:
            raise ConfigError(
                f"unknown estimator {given!r}", place=place, remedy=did_you_mean(given, known)
            )
        module, name = known[given].split(":")
        model = getattr(import_module(module), name)()
    else:
        # By its parameters it is copied.
        methods = (*methods, "get_params")
        lacking = [name for name in methods if not hasattr(given, name)]
        if isinstance(given, type) or lacking:
            raise ConfigError(
                f"{given!r} has no {' and no '.join(lacking) or 'parameters yet: it is a class'}",
                place=place,
                remedy=f"Give one of {', '.join(map(repr, known))}, or an object that has "
                f"{', '.join(methods)}.",
            )
        model = clone(given)
    draws = {
        name: random_state % 2**32
        for name, value in model.get_params().items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    }
    return model.set_params(**draws)


def as_json(given: Any, place: str) -> str | None:
    """Return an estimator's name, or raise: objects are not saved."""
    if given is None or isinstance(given, str):
        return given
    raise ConfigError(
        f"{type(given).__name__} is an object, which JSON cannot hold",
        place=place,
        remedy="Give its name to save the pipeline, or use it with fit_resample(X, y) only.",
    )
