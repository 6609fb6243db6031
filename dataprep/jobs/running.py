"""Where and within which bounds a run works, and what its engine says in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dataprep.engines.duckdb import DuckDB
from dataprep.errors import ConfigError, DataError, DataprepError, OutputError, did_you_mean

Progress = Callable[[str], None]


@dataclass
class Running:
    """Where and within which bounds a run works."""

    memory_limit: str = "1GB"
    engine: str = "duckdb"
    threads: int | None = None
    progress: Progress = field(default=lambda _: None)


def new_engine(running: Running, spill: Path) -> DuckDB:
    """Return an engine that spills into a folder."""
    if running.engine == "spark":
        raise ConfigError(
            "Spark is no engine of this command yet",
            place="--engine",
            remedy="Use duckdb (it spills to disk), or the library on a Spark frame.",
        )
    if running.engine not in ("duckdb", "memory"):
        raise ConfigError(
            f"unknown engine {running.engine!r}",
            place="--engine",
            remedy=did_you_mean(running.engine, ("duckdb", "memory")),
        )
    limit = running.memory_limit if running.engine == "duckdb" else "80%"
    try:
        return DuckDB(limit, str(spill), running.threads)
    except duckdb.Error as error:
        raise ConfigError(
            f"{running.memory_limit!r}: {str(error).splitlines()[0]}",
            place="--memory-limit",
            remedy="Write it as 512MB or 2GB.",
        ) from None


@contextmanager
def opened_engine(running: Running, spill: Path) -> Iterator[DuckDB]:
    """Give an engine that is closed at the end, and explain what goes wrong in it."""
    with closing(new_engine(running, spill)) as engine, explained(running):
        yield engine


@contextmanager
def explained(running: Running) -> Iterator[None]:
    """Say in words, and with a remedy, what an engine says of itself."""
    try:
        yield
    except duckdb.Error as error:
        raise _explained(error, running) from error


def _explained(error: duckdb.Error, running: Running) -> DataprepError:
    text = str(error)
    first = text.splitlines()[0]
    if "Out of Memory" in text:
        return DataError(
            f"{running.memory_limit} of memory is not enough: {first}",
            place="--memory-limit",
            remedy="Raise it.",
        )
    if any(
        sign in text
        for sign in ("No space left", "File too large", "Could not write", "Disk quota")
    ):
        return OutputError(
            f"the disk is full or a limit was reached: {first}",
            remedy="Free some space, or write elsewhere with -o.",
        )
    return DataError(f"the engine failed: {first}", remedy="Please report it with the command.")
