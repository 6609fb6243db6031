"""Secrets in texts: what a URI holds of them never reaches a log, an error or a file."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote, unquote, urlsplit

_SHOWN = "***"
_SHORTEST = 4
"""Shorter ones are hidden in URIs alone: to blot out every ``a`` would ruin all messages."""
_NAMES = (
    r"(?:pg|ssl)?pass(?:word|wd|phrase)?|pwd|(?:sas|access|auth|id|refresh)?[-_]?token|"
    r"api[-_]?key|secret(?:[-_]?access)?(?:[-_]?key)?|account[-_]?key|shared[-_]?key|"
    r"credentials?|sig|signature"
)
_NAMED = rf"(?:[\w-]*[-_])?(?:{_NAMES})"
"""A name with what stands before it, as in ``AWS_SECRET_ACCESS_KEY`` or ``x-api-key``."""
_VALUE = r"('[^']*'|[^&\s\"'<>;,)]+)"
_USER = re.compile(r"([a-z][a-z0-9+.-]*://)([^\s\"'<>/@:]*):([^\s\"'<>]*)@", re.IGNORECASE)
_WEB_USER = re.compile(r"(https?://)([^\s\"'<>/?#@]+)@", re.IGNORECASE)
"""A token is often all that stands there."""
_PARAMETER = re.compile(rf"(?<![\w-])({_NAMED})(\s*=\s*){_VALUE}", re.IGNORECASE)
_IN_ADDRESS = re.compile(rf"(?<=[?&])(key|code)(=){_VALUE}", re.IGNORECASE)
"""Names that are secrets in an address, and common words elsewhere."""
_known: dict[str, re.Pattern[str]] = {}


def is_secret_name(name: str) -> bool:
    """Tell whether a parameter or a variable of this name holds a secret.

    Examples
    --------
    >>> is_secret_name("SHOP_PASSWORD"), is_secret_name("PARTITION_KEY")
    (True, False)
    """
    return re.fullmatch(_NAMED, name, re.IGNORECASE) is not None


def remember(secret: str | None) -> None:
    """Have a secret hidden wherever it stands by itself in a text, from now on.

    A part of a longer word is none: a password ``customer`` leaves ``customer_id`` alone.

    Parameters
    ----------
    secret : str, optional
        As it is, and as a URI writes it.
    """
    text = secret or ""
    for form in {text, quote(text), quote(text, safe=""), unquote(text)}:
        if len(form) >= _SHORTEST:
            before, after = (r"(?<!\w)" * _in_word(form[0]), r"(?!\w)" * _in_word(form[-1]))
            _known[form] = re.compile(f"{before}{re.escape(form)}{after}")


def _in_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def remember_of(uri: str) -> None:
    """Have the secrets of a URI hidden wherever they stand in a text, from now on."""
    for found in _USER.finditer(uri):
        remember(found[3])
    for found in _WEB_USER.finditer(uri):
        if ":" not in found[2]:
            remember(found[2])
    for pattern in (_PARAMETER, _IN_ADDRESS):
        for found in pattern.finditer(uri):
            # Up to the next parameter, whatever signs are in it.
            remember(uri[found.start(3) :].partition("&")[0].strip("'"))


def masked(text: str) -> str:
    """Return a text with ``***`` instead of the secrets in it.

    These are passwords of URIs, all of the user of a web address, parameters that are named like
    a secret, and what was given to `remember`.

    Examples
    --------
    >>> masked("postgresql://me:s3cret@db/shop: refused")
    'postgresql://me:***@db/shop: refused'
    >>> masked("https://bucket/in.csv?version=3&X-Amz-Signature=f00d")
    'https://bucket/in.csv?version=3&X-Amz-Signature=***'
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = _known[secret].sub(_SHOWN, text)
    text = _USER.sub(rf"\1\2:{_SHOWN}@", text)
    text = _WEB_USER.sub(rf"\1{_SHOWN}@", text)
    for pattern in (_PARAMETER, _IN_ADDRESS):
        text = pattern.sub(rf"\1\2{_SHOWN}", text)
    return text


def masked_all(content: Any, but: Collection[str] = ()) -> Any:
    """Return what JSON could hold with every text in it masked.

    Parameters
    ----------
    content : object
        Its keys stay as they are: programs look for them.
    but : collection of str
        The keys whose values stay as well.
    """
    if isinstance(content, str):
        return masked(content)
    if isinstance(content, dict):
        return {
            key: value if key in but else masked_all(value, but) for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return [masked_all(value, but) for value in content]
    return content


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
