"""Secrets in texts: what a URI holds of them never reaches a log, an error or a file."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote, urlsplit

_SHOWN = "***"
_SHORTEST = 4
"""Shorter ones are hidden in URIs alone: to blot out every ``a`` would ruin all messages."""
_NAMES = (
    r"pass(?:word|wd)?|pwd|passphrase|sslpassword|token|sas_?token|access_?token|auth_?token|"
    r"api_?key|apikey|secret(?:_?access_?key)?|account_?key|client_?secret|credential|"
    r"sig|signature|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)"
)
_USER = re.compile(r"([a-z][a-z0-9+.-]*://)([^\s\"'<>/@:]*):([^\s\"'<>]*)@", re.IGNORECASE)
_PARAMETER = re.compile(rf"(?<![\w-])({_NAMES})(\s*=\s*)('[^']*'|[^&\s\"'<>;,)]+)", re.IGNORECASE)
_known: set[str] = set()


def remember(secret: str | None) -> None:
    """Have a secret hidden wherever it stands in a text, from now on.

    Parameters
    ----------
    secret : str, optional
        As it is, and as a URI writes it.
    """
    text = secret or ""
    for form in {text, quote(text), quote(text, safe=""), unquote(text)}:
        if len(form) >= _SHORTEST:
            _known.add(form)


def remember_of(uri: str) -> None:
    """Have the secrets of a URI hidden wherever they stand in a text, from now on."""
    for found in _USER.finditer(uri):
        remember(found[3])
    for found in _PARAMETER.finditer(uri):
        remember(found[3].strip("'"))


def masked(text: str) -> str:
    """Return a text with ``***`` instead of the secrets in it.

    These are passwords of URIs, parameters that are named like a secret, and what was given to
    `remember`.

    Examples
    --------
    >>> masked("postgresql://me:s3cret@db/shop: refused")
    'postgresql://me:***@db/shop: refused'
    >>> masked("https://bucket/in.csv?version=3&X-Amz-Signature=f00d")
    'https://bucket/in.csv?version=3&X-Amz-Signature=***'
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, _SHOWN)
    text = _USER.sub(rf"\1\2:{_SHOWN}@", text)
    return _PARAMETER.sub(rf"\1\2{_SHOWN}", text)


def masked_all(content: Any) -> Any:
    """Return what JSON could hold with every text in it masked, keys included."""
    if isinstance(content, str):
        return masked(content)
    if isinstance(content, dict):
        return {masked_all(key): masked_all(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [masked_all(value) for value in content]
    return content


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
        return _SHOWN
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
        return _SHOWN
    return f"{parts.scheme}://{parts.hostname or _SHOWN}{port}"
