"""Webhooks: the summary of a run, posted as JSON."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from dataprep.errors import ConfigError
from dataprep.jobs.batch.hooks import Webhook
from dataprep.jobs.batch.words import filled
from dataprep.secrets import shown_origin

_AGAIN = (429, 500, 502, 503, 504)
_PAUSE = 2.0
"""The second try is at once; so many seconds, doubled, before the third, and doubled again."""
_LONGEST_PAUSE = 10.0


def post(hook: Webhook, body: bytes, day: date) -> str:
    """Post a text to a webhook, and return what went wrong; empty when nothing did.

    Nothing secret is in what is returned. Redirections are not followed: headers are for the
    address that the job names, and for no other one.

    Parameters
    ----------
    hook : Webhook
    body : bytes
        JSON.
    day : date
        What ``${date}`` stands for.
    """
    try:
        url = filled(hook.url, day, f"{hook.place}.url")
        headers = {
            name: filled(value, day, f"{hook.place}.headers.{name}")
            for name, value in hook.headers.items()
        }
    except ConfigError as error:
        # It names the variable, not its value.
        return error.message
    answers: list[str] = []

    def send() -> None:
        answers.append(_sent(url, headers, body, hook))

    # urllib3 limits the time between two bytes, not that of all: a thread of its own can be left.
    worker = threading.Thread(target=send, daemon=True)
    worker.start()
    pauses = sum(min(_LONGEST_PAUSE, _PAUSE * 2**i) for i in range(hook.retries))
    worker.join(hook.timeout * (hook.retries + 1) + pauses + 1)
    wrong = answers[0] if answers else f"gave no answer within {hook.timeout:g} s"
    return f"{shown_origin(url)} {wrong}" if wrong else ""


def _sent(url: str, headers: Mapping[str, str], body: bytes, hook: Webhook) -> str:
    """Post, and return what went wrong."""
    from urllib3.exceptions import HTTPError, MaxRetryError
    from urllib3.util import Retry, Timeout

    again = Retry(
        total=hook.retries,
        redirect=False,
        # A post may be repeated: its run is named in it.
        allowed_methods=None,
        status_forcelist=_AGAIN,
        raise_on_status=False,
        backoff_factor=_PAUSE,
        backoff_max=_LONGEST_PAUSE,
        respect_retry_after_header=False,
    )
    own = {"Content-Type": "application/json", "User-Agent": "dataprep"}
    told = {**own, **_login(url, headers), **headers}
    try:
        with _pool(url) as pool:
            answer = pool.request(
                "POST",
                url,
                body=body,
                headers=told,
                retries=again,
                redirect=False,
                timeout=Timeout(total=hook.timeout),
                # What it says is nobody's business, and may never end.
                preload_content=False,
            )
            answer.close()
    except MaxRetryError as error:
        return f"could not be reached: {_worded(error.reason or error)}"
    except (HTTPError, ValueError, OSError) as error:
        return f"could not be reached: {_worded(error)}"
    if 300 <= answer.status < 400:
        return f"answered {answer.status}: redirections are not followed; name the last address"
    return "" if answer.status < 300 else f"answered {answer.status}"


def _login(url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the header for the user that an address names, unless there is one already."""
    import urllib3

    login = _user_of(url)
    if not login or any(name.lower() == "authorization" for name in headers):
        return {}
    return {"Authorization": urllib3.make_headers(basic_auth=login)["authorization"]}


def _user_of(url: str) -> str:
    """Return ``user:password``, as an address means them; empty where it names none."""
    parts = urlsplit(url)
    return f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""


def _pool(url: str) -> Any:
    """Return a pool of connections, through the proxy that the environment names."""
    import urllib3

    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return urllib3.PoolManager()
    login = _user_of(proxy)
    told = urllib3.make_headers(proxy_basic_auth=login) if login else None
    return urllib3.ProxyManager(proxy, proxy_headers=told)


def _worded(error: BaseException) -> str:
    """Return the kind of an error, and no more: its text may repeat the address."""
    kinds = {
        "NameResolutionError": "its name is not known",
        "NewConnectionError": "no connection",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "SSLError": "its certificate is not trusted",
        "ProxyError": "the proxy cannot be reached",
        "ProtocolError": "the connection was broken off",
        "LocationParseError": "it is no address",
    }
    return kinds.get(type(error).__name__, type(error).__name__)
