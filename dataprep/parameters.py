"""Parameters of an estimator: read, set, copied and shown, as scikit-learn asks for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Self, TypeVar, cast

from dataprep.errors import ConfigError, did_you_mean

F = TypeVar("F", bound=Callable[..., Any])

OUTPUTS = ("default", "pandas", "polars")


class Parameters:
    """``get_params``, ``set_params``, ``set_output`` and ``clone``."""

    _sklearn_output_config: dict[str, str]

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, as scikit-learn's ``get_params`` does."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as scikit-learn's ``set_params`` does."""
        known = self._parameter_names()
        for name, value in params.items():
            if name not in known:
                raise ConfigError(
                    f"Invalid parameter {name!r} for estimator {self!r}",
                    remedy=f"Valid parameters are: {known!r}. {did_you_mean(name, known)}",
                )
            setattr(self, name, value)
        return self

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what ``transform`` returns: ``"default"``, ``"pandas"`` or ``"polars"``."""
        if transform is not None:
            if transform not in OUTPUTS:
                raise ConfigError(
                    f"transform={transform!r}", remedy="Use 'default', 'pandas' or 'polars'."
                )
            self._sklearn_output_config = {"transform": transform}
        return self

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted copy, its stages unfitted too."""
        made = type(self)(**{k: _unfitted(v) for k, v in self.get_params(deep=False).items()})
        if hasattr(self, "_sklearn_output_config"):
            made._sklearn_output_config = dict(self._sklearn_output_config)
        return made

    def _repr_html_(self) -> str:
        """Show a fitted or unfitted estimator in a notebook."""
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"


def _unfitted(value: Any) -> Any:
    """Return a copy of a parameter; of a stage, or of a list of them, without what was learned."""
    if isinstance(value, Parameters):
        return value.__sklearn_clone__()
    if isinstance(value, list | tuple):
        return type(value)(_unfitted(item) for item in value)
    return deepcopy(value)


class _Available:
    """A method that is there only while a condition on the estimator's parameters holds."""

    def __init__(self, function: Any, condition: str) -> None:
        self.function, self.condition = function, condition
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self.function
        try:
            there = getattr(instance, self.condition)
        except ConfigError:
            # What is wrong with a parameter is told by the call, not by the look for a method.
            there = True
        if not there:
            raise AttributeError(
                f"{type(instance).__name__} has no {self.__name__!r} with these parameters"
            )
        return self.function.__get__(instance, owner)


def available_if(condition: str) -> Callable[[F], F]:
    """Make a method depend on a property of the estimator."""

    def conditional(function: F) -> F:
        return cast("F", _Available(function, condition))

    return conditional
