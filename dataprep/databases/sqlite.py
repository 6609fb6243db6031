"""What is read of SQLite, whose columns may hold a value of another type in every row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dataprep.databases.address import Name, Rows, check_names, identifier
from dataprep.databases.connecting import ask
from dataprep.errors import DataError, ReadError, did_you_mean

_EXACT = 2**53
"""A float holds every whole number up to this one."""
_FIRST = {"integer": "0", "real": "0.5", "text": "'x'", "blob": "x'00'"}
"""What the driver tells the type of a column by."""
_RENAMED = re.compile(r":\d+$")
_TABLES = (
    "select name from sqlite_master where type in ('table', 'view') "
    "and name not like 'sqlite~_%' escape '~' order by name"
)


def found_table(connection: Any, wanted: Name) -> Name | None:
    """Return a table as the database has it; None where there is none. Case does not matter."""
    known = tables(connection)
    if wanted.schema not in (None, "main"):
        return None
    folded = {name.lower(): name for name in known}
    name = folded.get(wanted.table.lower())
    return None if name is None else Name(name, None, True)


def no_table(connection: Any, wanted: Name, place: str) -> ReadError:
    """Return the error for a table that is not there."""
    remedy = did_you_mean(str(wanted), tables(connection))
    return ReadError(f"no table {wanted}", place=place, remedy=remedy)


def tables(connection: Any) -> list[str]:
    """Return the names of the tables that a person made."""
    return [str(row["name"]) for row in ask(connection, _TABLES)]


def columns(connection: Any) -> list[str]:
    """Return the names of the columns of all these tables."""
    asked = f"select distinct c.name from ({_TABLES}) t, pragma_table_info(t.name) c order by 1"
    return [str(row["name"]) for row in ask(connection, asked)]


def key_columns(connection: Any, table: Name) -> list[str]:
    """Return the columns of a table's primary key, in order."""
    asked = f"select name from pragma_table_info({text(table.table)}) where pk > 0 order by pk"
    return [str(row["name"]) for row in ask(connection, asked)]


def text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


@dataclass
class Reader:
    """Reads a table or a query.

    The driver takes the type of a column from its first rows. So all values are looked at once,
    and a row that tells the types goes before the others.

    Parameters
    ----------
    connection : Connection
    rows : Rows
    """

    connection: Any
    rows: Rows
    sql: str = ""
    _types: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find out the types of the columns."""
        asked = self._asked()
        with self.connection.cursor() as cursor:
            cursor.execute(f"select * from ({asked}) limit 0")
            names = cursor.fetch_record_batch().schema.names
        if any(_RENAMED.search(name) for name in names):
            self._check_names(asked)
        self._types = self._looked_at(asked, names)
        cells = [self._cell(name, type) for name, type in self._types.items()]
        firsts = ", ".join(
            f"{_FIRST[type]} as {identifier(name)}" for name, type in self._types.items()
        )
        self.sql = f"select {firsts} union all select {', '.join(cells)} from ({asked})"

    def _check_names(self, asked: str) -> None:
        """Raise for names that differ in case alone: within another query, SQLite numbers them."""
        with self.connection.cursor() as cursor:
            cursor.execute(asked)
            names = [str(told[0]) for told in cursor.description]
        check_names(names, self.rows, fold=str.lower)

    def _asked(self) -> str:
        if self.rows.query is not None:
            return self.rows.query
        wanted = self.rows.table
        if wanted is None:
            raise ValueError("neither a table nor a query")
        table = found_table(self.connection, wanted)
        if table is None:
            raise no_table(self.connection, wanted, self.rows.address.shown)
        key = ", ".join(map(identifier, key_columns(self.connection, table)))
        return f"select * from {table.sql}" + (f" order by {key}" if key else "")

    def _looked_at(self, asked: str, names: list[str]) -> dict[str, str]:
        """Return the type that all values of a column are of."""
        tests = []
        for i, name in enumerate(names):
            cell = identifier(name)
            tests += [f"max(typeof({cell}) = '{t}') as {t[0]}{i}" for t in _FIRST]
            big = f"typeof({cell}) = 'integer' and {cell} not between {-_EXACT} and {_EXACT}"
            tests.append(f"max({big}) as o{i}")
        # So many columns at a time as SQLite allows in a row of results.
        found: dict[str, Any] = {}
        for i in range(0, len(tests), 1000):
            found |= ask(
                self.connection, f"select {', '.join(tests[i : i + 1000])} from ({asked})"
            )[0]
        return {name: self._type(name, found, i) for i, name in enumerate(names)}

    def _type(self, name: str, found: dict[str, Any], i: int) -> str:
        integer, real, words, blob = (found[f"{t}{i}"] for t in "irtb")
        if blob:
            if integer or real or words:
                raise DataError(
                    f"the column {name!r} holds blobs beside other values",
                    place=self.rows.shown,
                    remedy=f"Read it by a query with hex({identifier(name)}) or "
                    f"cast({identifier(name)} as text).",
                )
            return "blob"
        if words or (integer and real and found[f"o{i}"]):
            return "text"
        return "real" if real else "integer" if integer else "text"

    def _cell(self, name: str, type: str) -> str:
        cell = identifier(name)
        if type == "text":
            # Seventeen digits give every float back; a cast alone would write fifteen.
            real = f"printf('%!.17g', {cell})"
            return f"case typeof({cell}) when 'real' then {real} else cast({cell} as text) end"
        return f"cast({cell} as real)" if type == "real" else cell

    def schema(self, given: Any) -> Any:
        """Return the schema that batches are brought to."""
        return pa.schema([pa.field(column.name, column.type) for column in given])

    def batches(self, stream: Any, schema: Any) -> Iterator[Any]:
        """Give the batches of a query without the row that told the types."""
        is_first, height = True, 0
        for batch in stream:
            rows = batch.slice(1) if is_first else batch
            is_first = False
            if rows.num_rows:
                self._check_texts(rows, height)
                height += rows.num_rows
                yield pa.record_batch(rows.columns, schema=schema)

    def _check_texts(self, rows: Any, height: int) -> None:
        """Raise for text that is no UTF-8, which SQLite takes all the same."""
        for name, column in zip(rows.schema.names, rows.columns, strict=True):
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                cells = enumerate(column.cast(pa.binary()).to_pylist())
                i, cell = next((i, cell) for i, cell in cells if cell and not _is_utf8(cell))
                raise DataError(
                    f"the column {name!r} holds bytes that are no UTF-8, first in row "
                    f"{height + i + 1} of those read: {cell[:40]!r}",
                    place=self.rows.shown,
                    remedy=f"Mend them, or read it by a query with hex({identifier(name)}).",
                ) from None

    def exact(self, schema: Any) -> Any:
        """Return the schema as it is: all values were looked at before."""
        return schema


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
