"""The words of a job: ``${date}`` and ``${VARIABLE}`` in its paths, times and amounts."""

from __future__ import annotations

import os
import re
from datetime import date
from urllib.parse import quote

from dataprep.errors import ConfigError
from dataprep.secrets import is_secret_name, remember

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 366 * _UNITS["d"]
"""Clocks of the system do not take any number."""
_BYTES = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_LEAST = 32e6
"""The engine does not even open a small file in less."""
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


def filled_uri(text: str, day: date, place: str) -> str:
    """Return a URI in which variables are filled in.

    A variable within it is written as URIs have it: a password may hold any sign. That of a host
    may hold its port, or be a list of hosts. One that the text begins with is a URI itself, or its
    beginning.

    Examples
    --------
    >>> os.environ["SHOP_PASSWORD"] = "p@ss/word"
    >>> filled_uri("postgresql://me:${SHOP_PASSWORD}@db/shop", date(2026, 3, 1), "source.uri")
    'postgresql://me:p%40ss%2Fword@db/shop'
    >>> os.environ["SHOP_SERVER"] = "db:5433"
    >>> filled_uri("postgresql://me@${SHOP_SERVER}/shop", date(2026, 3, 1), "source.uri")
    'postgresql://me@db:5433/shop'
    """

    def meant(found: re.Match[str]) -> str:
        value = _meant(found[1], day, place)
        if is_secret_name(found[1] or ""):
            remember(value)
        if found.start() == 0:
            return value
        return quote(value, safe=":,[]" if _in_host(found) else "")

    return _WORD.sub(meant, text)


def _in_host(found: re.Match[str]) -> bool:
    """Tell whether a variable of a URI stands where its host does: behind user and password."""
    before = _WORD.sub("", found.string[: found.start()]).partition("://")[2]
    after = re.split("[/?#]", _WORD.sub("", found.string[found.end() :]), maxsplit=1)[0]
    return not re.search("[/?#]", before) and "@" not in after


def dated(text: str, day: date) -> str:
    """Return a text in which ``${date}`` is filled in, and nothing else.

    Examples
    --------
    >>> dated("select * from sales where day = '${date}' and note <> '$$'", date(2026, 3, 1))
    "select * from sales where day = '2026-03-01' and note <> '$$'"
    """
    return re.sub(r"\$\{(date(?::[^}]*)?)\}", lambda found: _meant(found[1], day, ""), text)


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
    if not 0 < seconds <= _LONGEST:
        what = "is longer than a year" if seconds > 0 else "is no length of time"
        raise ConfigError(f"{given!r} {what}", place=place, remedy="Write e.g. 90s, 30m or 2h.")
    return seconds


def check_memory(given: str, place: str) -> None:
    """Raise for what is no amount of memory; the engine would take -1GB for no limit."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B)\s*", given, re.IGNORECASE)
    if found is None or float(found[1]) * _BYTES[found[2][0].upper()] < _LEAST:
        raise ConfigError(
            f"{given!r} is no amount of memory that a job can work in",
            place=place,
            remedy="Write it as 512MB or 2GB; 32MB at least.",
        )
