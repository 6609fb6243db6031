"""Who is told when a run has ended: commands without a shell, and webhooks, read and checked."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dataprep.documents import Document
from dataprep.errors import ConfigError
from dataprep.jobfile import section_of
from dataprep.jobs.batch.words import filled, seconds_of
from dataprep.optional import require
from dataprep.watchkeys import HOOKS, HookKeys

_PATIENCE = {"command": 60.0, "url": 10.0}
"""So many seconds a command may take, and a try at an address."""
_HOW = "Write [[mail, -s, failed, ops@example.com]], or {url: https://...}."
_PLAIN = re.compile(r"https?://", re.I)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What the name of a header may be (RFC 9110)."""


@dataclass(frozen=True)
class Command:
    """A program that is run when a run has ended.

    Parameters
    ----------
    place : str
        Where it stands, such as ``on_failure[0]``.
    words : tuple of str
        The program, as a path, and its arguments.
    timeout : float
        In seconds.
    folder : Path
        Where it works: that of the file which names it.
    """

    place: str
    words: tuple[str, ...]
    timeout: float
    folder: Path

    def __str__(self) -> str:
        """Return how it is called where anybody reads: arguments may be secrets."""
        return f"{self.place} ({Path(self.words[0]).name})"


@dataclass(frozen=True)
class Webhook:
    """An address that the summary is posted to.

    Parameters
    ----------
    place : str
    url : str
        With ``${NAME}`` as it was written: it is filled in when it is used, and not before.
    headers : mapping of str to str
        Likewise.
    timeout : float
        Of a try, in seconds.
    retries : int
    """

    place: str
    url: str
    headers: Mapping[str, str]
    timeout: float
    retries: int

    def __repr__(self) -> str:
        """Return how it is called where anybody reads."""
        return str(self)

    def __str__(self) -> str:
        """Return its place alone; what was filled in tells where it leads."""
        return f"{self.place} (webhook)"


Hook = Command | Webhook


def hooks_of(document: Document, day: date) -> dict[str, tuple[Hook, ...]]:
    """Return the hooks of a job by the key that lists them.

    Parameters
    ----------
    document : Document
    day : date
        What ``${date}`` stands for.

    Raises
    ------
    ConfigError
        With the line of what is no hook, or of a program that is not there.
    """
    found = {}
    for key in HOOKS:
        given = document.content.get(key)
        if given is None:
            continue
        single = not isinstance(given, list)
        if not single and _is_unclear(given):
            raise ConfigError(
                "these could be one command or several",
                place=document.place(key),
                remedy=f"Write [[{given[0]}, ...]] for one of these words, or [[{given[0]}], ...] "
                "for one of each.",
            )
        listed = [given] if single else given
        found[key] = tuple(
            _hook(one, document, key if single else f"{key}[{i}]", day)
            for i, one in enumerate(listed)
        )
    return found


def _is_unclear(given: list[Any]) -> bool:
    """Tell whether a list of texts could be the words of one command, or commands."""
    texts = len(given) > 1 and all(isinstance(one, str) for one in given)
    return texts and not all(" " in one.strip() for one in given)


def _hook(given: Any, document: Document, path: str, day: date) -> Hook:
    place = document.place(path)
    if isinstance(given, Mapping):
        keys = section_of(HookKeys, given, document, path)
    elif isinstance(given, str | list):
        keys = HookKeys(command=given)
    else:
        raise ConfigError(f"{given!r} is no hook", place=place, remedy=_HOW)
    if (keys.command is None) == (keys.url is None):
        raise ConfigError("a hook is either a command or a url", place=place, remedy=_HOW)
    kind = "command" if keys.url is None else "url"
    timeout = seconds_of(keys.timeout, document.place(f"{path}.timeout")) or _PATIENCE[kind]
    if keys.url is None:
        if keys.headers:
            raise ConfigError(
                "a command has no headers",
                place=document.place(f"{path}.headers"),
                remedy="It finds what it needs in its environment.",
            )
        if isinstance(given, Mapping) and "retries" in given:
            raise ConfigError(
                "a command is not tried again",
                place=document.place(f"{path}.retries"),
                remedy="Leave it out; it is for addresses.",
            )
        words = _words(keys.command, document, path)
        return Command(path, words, timeout, document.base(path))
    _check_address(keys, document, path, day)
    require("urllib3", "webhooks")
    return Webhook(path, keys.url, dict(keys.headers or {}), timeout, keys.retries)


def _words(given: Any, document: Document, path: str) -> tuple[str, ...]:
    place = document.place(path)
    if isinstance(given, str):
        if _PLAIN.match(given):
            raise ConfigError(
                "an address alone is no hook", place=place, remedy="Write {url: ...}."
            )
        try:
            words = shlex.split(given)
        except ValueError as error:
            raise ConfigError(
                f"the command cannot be split into words: {str(error).lower()}",
                place=place,
                remedy="No shell sees it. Write its words as a list.",
            ) from None
    else:
        words = list(given)
    if not words or not all(isinstance(word, str) and word for word in words[:1]):
        raise ConfigError("names no program", place=place, remedy=_HOW)
    if not all(isinstance(word, str) for word in words):
        raise ConfigError(
            "the words of a command are texts",
            place=place,
            remedy='Put quotes around numbers, e.g. ["exit", "3"].',
        )
    # A path starts from the folder of its file, as all paths do; a bare name is looked for.
    named = words[0]
    program = str(document.base(path) / named) if "/" in named else named
    there = shutil.which(program)
    if there is None:
        raise ConfigError(
            f"there is no program {named!r}",
            place=place,
            remedy="No shell looks for it, and cron knows few folders: write its whole path.",
        )
    return (there, *words[1:])


def _check_address(keys: HookKeys, document: Document, path: str, day: date) -> None:
    """Raise for what is no address and no header; errors do not repeat it, nor is it kept."""
    place = document.place(f"{path}.url")
    try:
        parts = urlsplit(filled(str(keys.url), day, place))
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ConfigError:
        raise
    except ValueError:
        whole = False
    if not whole:
        raise ConfigError(
            "its url is none of http:// or https://", place=place, remedy="Write all of it."
        )
    try:
        numbered = parts.port != 0
    except ValueError:
        numbered = False
    if not numbered:
        raise ConfigError(
            "the port of its url is none", place=place, remedy="Ports go from 1 to 65535."
        )
    for name, value in (keys.headers or {}).items():
        place = document.place(f"{path}.headers.{name}")
        text = filled(value, day, place)
        if not _TOKEN.fullmatch(name) or not (text.isprintable() and text.isascii()):
            raise ConfigError(
                f"{name!r} cannot be a header",
                place=place,
                remedy="Its name is letters, digits and hyphens; its value stands in one line, "
                "in signs of ASCII.",
            )
