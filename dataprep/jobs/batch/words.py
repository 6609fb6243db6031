"""What stands for something else in the paths of a job: ``${date}`` and ``${VARIABLE}``."""

from __future__ import annotations

import os
import re
from datetime import date

from dataprep.errors import ConfigError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WORD = re.compile(r"\$(?:\$|\{([^}]*)\})")


def filled(text: str, day: date, place: str) -> str:
    """Return a text in which what stands for something else is replaced by it.

    Parameters
    ----------
    text : str
        ``${NAME}`` is a variable of the environment, ``${date}`` and ``${date:%Y-%m}`` the day
        of the run, ``$$`` a dollar.
    day : date
    place : str
        Where the text stands, for errors.

    Raises
    ------
    ConfigError
        When a variable is not set.

    Examples
    --------
    >>> filled("in/${date:%Y}/${date}.csv", date(2026, 3, 1), "source.path")
    'in/2026/2026-03-01.csv'
    """
    return _WORD.sub(lambda found: _meant(found[1], day, place), text)


def _meant(name: str | None, day: date, place: str) -> str:
    if name is None:
        return "$"
    if name == "date" or name.startswith("date:"):
        # Most systems have no day without a format.
        return day.strftime(name.removeprefix("date").removeprefix(":") or "%Y-%m-%d")
    value = os.environ.get(name)
    if not value:
        state = "is not set" if value is None else "is empty"
        raise ConfigError(
            f"the variable {name!r} {state}",
            place=place,
            remedy=f"Set it for the run, e.g. {name}=... dataprep run; a dollar is written $$.",
        )
    return value


def seconds_of(given: float | str | None, place: str) -> float | None:
    """Return a length of time in seconds.

    Examples
    --------
    >>> seconds_of("1.5h", "timeout"), seconds_of(20, "timeout")
    (5400.0, 20.0)
    """
    if given is None:
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*", str(given))
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else 0.0
    if seconds <= 0:
        raise ConfigError(
            f"{given!r} is no length of time", place=place, remedy="Write e.g. 90s, 30m or 2h."
        )
    return seconds
