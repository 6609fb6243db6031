"""A table as Great Expectations sees it, where it lies; texts where it wants these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from dataprep.engine import Frame
from dataprep.expectations.arguments import Seen
from dataprep.table import Table


class Views(Protocol):
    """Where expectations are asked of a table."""

    library: str
    """What it is called in messages."""
    eager: bool
    """Whether values that are unexpected cost next to nothing once they are counted."""

    def engine(self, seen: Seen, *, numbered: bool = False) -> Any:
        """Return a GX engine on a view where some columns are seen as another kind."""

    def spoken(self, regex: str) -> str | None:
        """Return what means here what a regular expression means to Python, if anything does."""

    def rows(self, engine: Any, condition: Any, reason: str) -> Frame:
        """Return `ROW` and ``reason`` of the rows where a metric's condition holds."""

    def repeated(self, engine: Any, columns: Sequence[str], where: Any, reason: str) -> Frame:
        """Return the same for rows that share their values of ``columns`` with another."""

    def elsewhere(self, columns: Sequence[str], seen: Seen) -> AbstractContextManager[Views]:
        """Give views of a few columns in another library, for what cannot be asked here."""

    def taken(self, found: Frame) -> Frame:
        """Return rows that were found elsewhere as a frame that goes with the table's."""

    def close(self) -> None:
        """Forget what was made for the questions; rows that were found stay."""


@contextmanager
def views_of(table: Table) -> Iterator[Views]:
    """Give the views of a table where it lies."""
    library = table.frame.implementation
    found: Views
    if library.is_duckdb():
        from dataprep.expectations.in_duckdb import SQL

        engine: Any = table.engine
        found = SQL(engine.connection, table.frame.to_native().sql_query(), table)
    elif library.is_pyspark():
        from dataprep.expectations.in_spark import Spark

        found = Spark(table)
    else:
        from dataprep.expectations.in_pandas import frames_of

        found = frames_of(table)
    try:
        yield found
    finally:
        found.close()
