"""The log of a run: lines for a person, or lines of JSON for a program."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

from dataprep.jobs.batch.events import Event, Listener

log = logging.getLogger("dataprep")
_LEVELS = {"waiting": logging.WARNING, "note": logging.WARNING}
_SHOWN = ("state", "exit", "seconds", "version", "key")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, and what an event adds.

    What a stage or the command says is of the run that goes on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run: dict[str, Any] = {}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        kind = "error" if record.levelno >= logging.ERROR else "progress"
        told |= {"event": kind, **self.run, **getattr(record, "event", {})}
        return json.dumps(told, ensure_ascii=False, default=str)


def start_logging(form: str, *, quiet: bool) -> None:
    """Write the log to standard error, as text or as lines of JSON.

    Parameters
    ----------
    form : {"text", "json"}
    quiet : bool
        Whether only warnings and errors are told.
    """
    handler = logging.StreamHandler(sys.stderr)
    # As the history has it, whatever zone the machine is in.
    text = logging.Formatter("%(asctime)s dataprep: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    text.converter = time.gmtime
    handler.setFormatter(JsonLines() if form == "json" else text)
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet else logging.INFO)


def stop_logging() -> None:
    """Leave the log to whoever runs commands in a process of their own making."""
    log.handlers = []
    log.propagate = True


def logging_listener() -> Listener:
    """Return a listener that writes each event to the log."""

    def listen(event: Event) -> None:
        shown = {key: event.data[key] for key in _SHOWN if key in event.data}
        of_run = {"job": event.job, "run": event.run}
        for handler in log.handlers:
            if isinstance(handler.formatter, JsonLines):
                handler.formatter.run = of_run
        if event.kind == "ended" and "message" in event.data:
            shown["error"] = event.data["message"]
        told = {"event": event.kind, **of_run, **shown}
        level = _LEVELS.get(event.kind, logging.INFO)
        log.log(level, "%s", event.message, extra={"event": told})
        if event.data.get("state") == "not met":
            # What could not run at all is told by the command.
            log.error("%s", event.data["message"], extra={"event": of_run})

    return listen


def told_as_json(text: str) -> bool:
    """Write an error as a line of JSON, where the log is written so, and tell whether it is."""
    if not any(isinstance(handler.formatter, JsonLines) for handler in log.handlers):
        return False
    log.error("%s", text)
    return True
