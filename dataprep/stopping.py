"""Ctrl-C and SIGTERM: heard at once, and held back where half a step would be left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
HELD = [*SIGNALS, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])]
"""The signals that `held` holds back: the clock of a job with a time limit is one as well."""
received: list[int] = []
"""The signals that asked the program to stop, in the order they came."""


class Stopped(BaseException):
    """A signal asked the program to stop: all unwinds, so that nothing half-written stays."""


def listen() -> None:
    """Turn signals into `Stopped`, but for those that the caller had the program ignore."""
    for number in SIGNALS:
        # nohup ignores SIGHUP, and a shell ignores SIGINT for what it runs in the background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    # Noted as well as raised: a query that is cut off reports an error of its own instead.
    received.append(number)
    raise Stopped


def stop_listening() -> None:
    """Let further signals pass unheard, while the first is being answered."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held() -> Iterator[None]:
    """Hold signals back until the block is done, then let the first of them through."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in HELD
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
