"""The exception tree. Every error names the place, the value and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from dataprep.secrets import masked

__all__ = [
    "ConfigError",
    "DataError",
    "DataprepError",
    "DriftError",
    "ExpectationError",
    "LedgerError",
    "MissingExtraError",
    "NoRowsError",
    "OutputError",
    "ReadError",
    "SchemaError",
    "did_you_mean",
]


class DataprepError(Exception):
    """Base of all errors that dataprep raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong, with the offending value in it.
    place : str, default=""
        Where: a file, a column, or a path in a configuration such as ``stages[2].threshold``.
    remedy : str, default=""
        What the person can do about it.

    Examples
    --------
    >>> print(DataprepError("no such file", place="in.csv", remedy="Check the path."))
    in.csv: no such file. Check the path.
    """

    exit_code = 3

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        self.message, self.place, self.remedy = message, place, remedy
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        if self.remedy:
            # A message of several lines ends with a list.
            text = text if text.endswith("\n") else f"{text.rstrip('.')}. "
        return masked(text + self.remedy)


class ConfigError(DataprepError, ValueError):
    """A parameter, a flag or a configuration file is wrong."""

    exit_code = 2


class DataError(DataprepError, ValueError):
    """The data cannot be treated as asked."""


class SchemaError(DataError):
    """Columns are missing, unexpected or of another type than those learned from."""


class ExpectationError(DataError):
    """An expectation could not be asked of the data, so that nobody knows whether it is met.

    Attributes
    ----------
    verdict : dataprep.expectations.verdicts.Verdict or None
        What came of the whole suite: of the other expectations, and the error of each like this.
    """

    verdict: Any = None


class DriftError(DataError):
    """Rows are not distributed as those that were learned from, and that was not to be."""

    exit_code = 1


class ReadError(DataprepError, OSError):
    """An input cannot be read."""

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        DataprepError.__init__(self, message, place=place, remedy=remedy)


class NoRowsError(ReadError):
    """An input is whole, and holds no rows."""


class OutputError(ReadError):
    """An output cannot be written."""


class LedgerError(DataprepError, AssertionError):
    """The row equations do not hold: a fault of dataprep itself, never silenced."""


class MissingExtraError(DataprepError, ImportError):
    """An optional package is needed and not installed."""

    exit_code = 2


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known words, or all of them when none is near.

    Examples
    --------
    >>> did_you_mean("incme", ["income", "age"])
    "Did you mean 'income'?"
    >>> did_you_mean("xyz", ["income", "age"])
    'There is: income, age.'
    """
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), folded, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(folded[name]) for name in near)}?"
    shown = ", ".join(names[:20]) + (f", ... ({len(names)} in all)" if len(names) > 20 else "")
    return f"There is: {shown or 'nothing'}."
