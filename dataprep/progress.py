"""What a command is doing, while it does it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataprep.jobs.running import Running


@contextmanager
def shown_progress(silent: bool, memory_limit: str, engine: str) -> Iterator[Running]:
    """Show what is being done: a spinner on a terminal, else a log line per stage."""
    from dataprep.jobs.running import Running

    if silent:
        yield Running(memory_limit, engine)
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield Running(memory_limit, engine, progress=lambda what: status.update(what))
    else:
        logging.basicConfig(format="%(asctime)s dataprep: %(message)s", stream=sys.stderr)
        logger = logging.getLogger("dataprep")
        logger.setLevel(logging.INFO)
        yield Running(memory_limit, engine, progress=logger.info)
