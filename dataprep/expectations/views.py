"""A table as Great Expectations sees it, where it lies: values, and texts where it wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import narwhals as nw

from dataprep.engine import Frame
from dataprep.table import Table

_TEXTUAL = ("_match_", "_value_lengths_", "_parseable")


class Views(Protocol):
    """Where expectations are asked of a table."""

    library: str
    """What it is called in messages."""
    eager: bool
    """Whether values that are unexpected cost next to nothing once they are counted."""

    def engine(self, texts: Sequence[str], *, numbered: bool = False) -> Any:
        """Return a GX engine on a view where the columns ``texts`` are as they are written."""

    def understands(self, regex: str) -> bool:
        """Tell whether a regular expression means here what it means to Python."""

    def rows(self, engine: Any, condition: Any, reason: str) -> Frame:
        """Return `ROW` and ``reason`` of the rows where a metric's condition holds."""

    def repeated(self, engine: Any, columns: Sequence[str], where: Any, reason: str) -> Frame:
        """Return the same for rows that share their values of ``columns`` with another."""

    def elsewhere(
        self, columns: Sequence[str], texts: Sequence[str]
    ) -> AbstractContextManager[Views]:
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


def as_written(table: Table, kind: str, columns: Sequence[str]) -> list[str]:
    """Return the columns of an expectation that it sees as they are written, not as they are.

    Parameters
    ----------
    table : Table
    kind : str
        The type of the expectation.
    columns : sequence of str
    """
    if not any(word in kind for word in _TEXTUAL):
        return []
    schema = table.frame.collect_schema()
    return [name for name in columns if name in schema and schema[name] != nw.String]
