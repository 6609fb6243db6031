"""Work with a database that a signal can end: while a driver waits, Python hears none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from dataprep.stopping import Stopped

_PATIENCE = 5.0
"""So many seconds a statement that was cancelled has to end."""
_AGAIN = 0.1
P = ParamSpec("P")
T = TypeVar("T")


def attended(work: Callable[P, T]) -> Callable[P, T]:
    """Have a function that waits for a database run beside the main thread, which hears signals.

    Where one stops the main thread, the statement that runs is cancelled, and no later one is
    committed. The driver of SQLite cannot cancel: its statement is left to itself, and its
    transaction is rolled back.
    """

    @wraps(work)
    def watched(*args: P.args, **kwargs: P.kwargs) -> T:
        if threading.current_thread() is not threading.main_thread():
            return work(*args, **kwargs)
        worker = _Worker(partial(work, *args, **kwargs))
        try:
            worker.start()
            # Windows hears Ctrl-C between two waits only.
            while not worker.ended.wait(1.0):
                pass
        except BaseException:
            worker.leave()
            raise
        if worker.error is not None:
            raise worker.error
        result: T = worker.result
        return result

    return watched


@contextmanager
def cancellable(connection: Any) -> Iterator[None]:
    """Let what a connection does in the block be cancelled, where its function is attended."""
    worker = threading.current_thread()
    if not isinstance(worker, _Worker):
        yield
        return
    worker.use(connection)
    try:
        yield
    finally:
        # What is being closed must not be cancelled.
        with worker.lock:
            worker.connection = None


def commit(connection: Any) -> None:
    """Commit a transaction, unless a signal came before; one that comes meanwhile has to wait."""
    worker = threading.current_thread()
    if not isinstance(worker, _Worker):
        connection.commit()
        return
    with worker.lock:
        worker.check()
        connection.commit()


class _Worker(threading.Thread):
    """Runs a function, and can be left."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(name="dataprep-database", daemon=True)
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.connection: Any = None
        self.is_left = False

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the function was called
            self.error = error
        finally:
            self.ended.set()

    def use(self, connection: Any) -> None:
        with self.lock:
            self.check()
            self.connection = connection

    def check(self) -> None:
        if self.is_left:
            raise Stopped

    def leave(self) -> None:
        """Cancel what runs, and wait a little for its end."""
        with self.lock:
            self.is_left = True
        # Beside this thread as well: a server may be out of reach.
        canceller = threading.Thread(target=self._cancel, daemon=True)
        canceller.start()
        canceller.join(_PATIENCE)

    def _cancel(self) -> None:
        """Cancel one statement after the other, until there is none or they cannot be."""
        while not self.ended.is_set():
            with self.lock:
                if self.connection is None:
                    return
                try:
                    self.connection.adbc_cancel()
                except Exception:  # noqa: BLE001 - of whatever driver
                    return
            self.ended.wait(_AGAIN)
