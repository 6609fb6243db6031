"""What a run tells while it goes on: to the log now, to other listeners as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataprep.secrets import masked, masked_all

READ_BACK = (
    "job", "folder", "path", "version", "files", "key", "configuration", "columns_in", "columns",
    "measures",
)  # fmt: skip
"""What of a summary programs read again: a password that is a word of it must not change it."""


@dataclass(frozen=True)
class Event:
    """Something that happened in a run.

    Parameters
    ----------
    kind : str
        ``waiting``, ``started``, ``progress``, ``note``, ``published`` or ``ended``.
    job : str
    run : int
        Its number in the history.
    message : str
        For a person.
    data : mapping
        For a program; of ``ended`` the whole summary of the run, whatever came of it.
    """

    kind: str
    job: str
    run: int
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]
"""Called with each event, in order, in the thread of the run; it must not raise."""


@dataclass(frozen=True)
class Teller:
    """Tells the listeners of a run what happens in it.

    Parameters
    ----------
    job : str
    run : int
    listeners : sequence of callable
    """

    job: str
    run: int
    listeners: Sequence[Listener]

    def tell(self, kind: str, message: str, data: Mapping[str, Any] | None = None) -> None:
        """Tell all listeners of an event."""
        shown = masked_all(dict(data or {}), but=READ_BACK)
        event = Event(kind, self.job, self.run, masked(message), shown)
        for listener in self.listeners:
            listener(event)

    def progress(self, message: str) -> None:
        """Tell what is being done now."""
        self.tell("progress", message)

    def note(self, message: str) -> None:
        """Tell what a person should know."""
        self.tell("note", message)
