"""What is secret is not shown: texts without it, and addresses without what may hold it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "***"
_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")
_SHORTEST = 4
"""A shorter secret would be taken out of the midst of ordinary words."""


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, however an address would spell them, and without logins.

    Parameters
    ----------
    text : str
    secrets : iterable of str
        Those of fewer than four signs are left: they are in every other word.

    Examples
    --------
    >>> scrubbed("no route to https://h/p%40ss", ["p@ss"])
    'no route to https://h/***'
    """
    spelled = {
        form
        for secret in secrets
        for form in (secret, quote(secret), quote(secret, safe=""), unquote(secret))
        if len(form) >= _SHORTEST
    }
    # The longest first: one secret may be a part of another.
    for form in sorted(spelled, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return _LOGIN.sub("", text)


def shown_uri(uri: str) -> str:
    """Return an address without user, password, query and fragment.

    Examples
    --------
    >>> shown_uri("postgresql://ada:secret@db:5432/sales?sslkey=k")
    'postgresql://db:5432/sales'
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else f"{host}{parts.path}"


def shown_origin(uri: str) -> str:
    """Return where an address leads, and no more: that of a webhook is a secret from its path on.

    Examples
    --------
    >>> shown_origin("https://user:secret@hooks.example.com:8443/services/T0/B0/key?x=1")
    'https://hooks.example.com:8443'
    """
    try:
        parts = urlsplit(uri)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.hostname or HIDDEN}{port}"
