"""What is read of PostgreSQL: names as it knows them, and its types as Arrow's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataprep.databases.address import Name, Rows, identifier
from dataprep.databases.connecting import ask
from dataprep.errors import ConfigError, DataError, ReadError, did_you_mean

_AS_TEXT = frozenset({
    "uuid", "inet", "cidr", "macaddr", "macaddr8", "xml", "citext",
})  # fmt: skip
"""Types whose very text is what people mean by them; the driver gives their bytes."""
_TYPE, _MODE = b"POSTGRESQL:type", b"POSTGRESQL:typmod"
_UNNAMED = re.compile(r"unnamed<oid:(\d+)>")
_MOST_DIGITS = 38
ORIGIN = b"dataprep:postgresql"
"""The key of a field's metadata that tells its type in the database, where Arrow has none."""
_SYSTEM = ("pg_catalog", "information_schema")
_TABLES = (
    "select n.nspname as schema, c.relname as table, pg_table_is_visible(c.oid) as plain "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
    "where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname !~ '^pg_(toast|temp)' "
    "order by n.nspname in ('pg_catalog', 'information_schema'), 1, 2"
)


def found_table(connection: Any, wanted: Name) -> Name | None:
    """Return a table with its schema, as the database has it; None where there is none.

    A name without quotes may stand for one in small letters, as in SQL.
    """
    known = ask(connection, _TABLES)
    spelled = [wanted]
    if not wanted.is_quoted:
        spelled.append(Name(wanted.table.lower(), wanted.schema and wanted.schema.lower()))
    for name in spelled:
        for row in known:
            here = row["plain"] if name.schema is None else row["schema"] == name.schema
            if here and row["table"] == name.table:
                return Name(name.table, row["schema"], True)
    return None


def no_table(connection: Any, wanted: Name, place: str) -> ReadError:
    """Return the error for a table that is not there."""
    remedy = did_you_mean(str(wanted), tables(connection))
    return ReadError(f"no table {wanted}", place=place, remedy=remedy)


def tables(connection: Any) -> list[str]:
    """Return the names of the tables that a person made, as they are written."""
    return [
        Name(row["table"], None if row["plain"] else row["schema"]).shown
        for row in ask(connection, _TABLES)
        if row["schema"] not in _SYSTEM
    ]


def columns(connection: Any) -> list[str]:
    """Return the names of the columns of all these tables."""
    listed = ", ".join(map(text, _SYSTEM))
    asked = (
        "select distinct column_name::text as name from information_schema.columns "
        f"where table_schema not in ({listed}) order by 1"
    )
    return [row["name"] for row in ask(connection, asked)]


def key_columns(connection: Any, table: Name) -> list[str]:
    """Return the columns of a table's primary key, in order."""
    found = ask(
        connection,
        "select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid "
        f"and a.attnum = any(i.indkey) where i.indrelid = {text(table.sql)}::regclass "
        "and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)",
    )
    return [row["name"] for row in found]


def text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass
class _Digits:
    """How many digits the numbers of a column have, before and after the point."""

    whole: int = 0
    fraction: int = 0

    @property
    def type(self) -> Any:
        """The narrower of the two decimals, of 18 and of 38 digits, that holds them all."""
        wide = self.whole + self.fraction
        return pa.decimal128(18 if wide <= 18 else _MOST_DIGITS, self.fraction)


@dataclass
class Reader:
    """Reads a table or a query.

    Parameters
    ----------
    connection : Connection
    rows : Rows
    """

    connection: Any
    rows: Rows
    sql: str = ""
    _free: dict[str, _Digits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find out what to ask for, so that each column comes as a type that Arrow has."""
        asked = self._asked()
        with self.connection.cursor() as cursor:
            given = cursor.adbc_execute_schema(asked)
        if not len(given):
            raise ConfigError(
                f"the {'table' if self.rows.query is None else 'query'} has no columns",
                place=self.rows.shown,
                remedy="Name another table, or write one statement that only reads: select ...",
            )
        types = {f.name: self._type_of(f) for f in given}
        self._origins = {n: t for n, t in types.items() if t in {*_AS_TEXT, "json", "jsonb"}}
        texts = [name for name, type in types.items() if type in _AS_TEXT]
        self.sql = asked
        if len(types) == len(given):
            self._check_arrays([f.name for f in given if pa.types.is_list(f.type)])
        if texts and len(types) == len(given):
            cells = ", ".join(
                f"{identifier(n)}::text as {identifier(n)}" if n in texts else identifier(n)
                for n in types
            )
            self.sql = f"select {cells} from ({asked}) as given"

    def _check_arrays(self, names: list[str]) -> None:
        """Raise for arrays that are no plain lists: the driver gives their items in one row."""
        for name in names:
            test = "bool_or(array_ndims({0}) > 1 or array_lower({0}, 1) <> 1)"
            asked = f"select {test.format(identifier(name))} as odd from ({self.sql}) as given"
            if ask(self.connection, asked)[0]["odd"]:
                raise self._value(name, "arrays of several dimensions, or not from 1", "text")

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

    def _type_of(self, column: Any) -> str:
        """Return the name of a column's type; ``enum`` for those that the driver does not know."""
        name: str = (column.metadata or {}).get(_TYPE, b"").decode()
        found = _UNNAMED.fullmatch(name)
        if found is None:
            return name
        row = ask(
            self.connection,
            "select typname::text as name, typtype::text as type from pg_type "
            f"where oid = {found[1]}",
        )[0]
        return "enum" if row["type"] == "e" else str(row["name"])

    def schema(self, given: Any) -> Any:
        """Return the schema that batches are brought to.

        Raises
        ------
        DataError
            When a column has a type that Arrow has not, with the cast to write.
        """
        return pa.schema([self._field(column) for column in given])

    def _field(self, column: Any) -> Any:
        name, type = self._type_of(column), column.type
        if name == "numeric":
            return pa.field(column.name, self._decimal(column))
        origin = self._origins.get(column.name)
        metadata = {ORIGIN: origin.encode()} if origin else None
        if name in ("enum", "json", "jsonb"):
            return pa.field(column.name, pa.string(), metadata=metadata)
        cast = {"money": "numeric", "oid": "bigint", "interval": "text", "_oid": "bigint[]"}
        if name in cast or not _is_plain(type):
            known = "[]" if name.startswith("_") else ""
            raise self._refused(column.name, name, cast.get(name, f"text{known}"))
        return pa.field(column.name, type, metadata=metadata)

    def _decimal(self, column: Any) -> Any:
        """Return the decimal that was declared; text, to be looked at, where none was."""
        mode = int(column.metadata.get(_MODE, b"-1"))
        if mode < 0:
            self._free[column.name] = _Digits()
            return pa.string()
        width, scale = (mode - 4) >> 16 & 0xFFFF, (mode - 4) & 0x7FF
        # Eleven bits with a sign.
        scale = scale - 0x800 if scale >= 0x400 else scale
        if width > _MOST_DIGITS or not 0 <= scale <= width:
            raise self._refused(column.name, f"numeric({width}, {scale})", "text")
        return pa.decimal128(width, scale)

    def _refused(self, column: str, type: str, cast: str) -> DataError:
        told = type.removeprefix("_") + ("[]" if type.startswith("_") else "")
        return self._wrong(column, f"is of type {told}, which cannot be carried as it is", cast)

    def batches(self, stream: Any, schema: Any) -> Iterator[Any]:
        """Give the batches of a query in the types of a schema."""
        for batch in stream:
            columns = []
            for column, wanted in zip(batch.columns, schema, strict=True):
                if isinstance(column, pa.ExtensionArray):
                    column = column.storage
                name = wanted.name
                if name in self._free:
                    self._look_at(name, column)
                elif pa.types.is_decimal(wanted.type):
                    self._check_numbers(name, column)
                else:
                    self._check_times(name, column)
                columns.append(column.cast(wanted.type))
            yield pa.record_batch(columns, schema=schema)

    def _check_numbers(self, name: str, column: Any) -> None:
        if pc.any(pc.match_substring_regex(column, "[a-z]")).as_py():
            raise self._value(name, "NaN or infinity, which no decimal is", "double precision")

    def _check_times(self, name: str, column: Any) -> None:
        """Raise for ``infinity``, for which the driver gives a day far away; in lists as well."""
        while pa.types.is_list(column.type):
            column = column.flatten()
        instant = pa.types.is_timestamp(column.type)
        if not (instant or pa.types.is_date(column.type)):
            return
        first: Any = date(1, 1, 1)
        last: Any = date(9999, 12, 31)
        if instant:
            zone = UTC if column.type.tz else None
            first = datetime(1, 1, 1, tzinfo=zone)
            last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=zone)
        low, high = pc.min_max(column).values()
        if low.is_valid and not (
            pc.greater_equal(low, pa.scalar(first, column.type)).as_py()
            and pc.less_equal(high, pa.scalar(last, column.type)).as_py()
        ):
            raise self._value(name, "infinity, or a time outside of the years 1 to 9999", "text")

    def _look_at(self, name: str, column: Any) -> None:
        """Count the digits of numbers whose type says nothing of them."""
        self._check_numbers(name, column)
        plain = pc.utf8_ltrim(column, "-")
        lengths = pc.utf8_length(plain)
        point = pc.find_substring(plain, ".")
        whole = pc.max(pc.if_else(pc.less(point, 0), lengths, point)).as_py()
        none = pa.scalar(0, lengths.type)
        after = pc.subtract(pc.subtract(lengths, point), 1)
        fraction = pc.max(pc.if_else(pc.less(point, 0), none, after)).as_py()
        digits = self._free[name]
        digits.whole = max(digits.whole, whole or 0)
        digits.fraction = max(digits.fraction, fraction or 0)
        if digits.whole + digits.fraction > _MOST_DIGITS:
            raise self._value(name, f"numbers of more than {_MOST_DIGITS} digits", "text")

    def _value(self, column: str, what: str, cast: str) -> DataError:
        return self._wrong(column, f"holds {what}", cast)

    def _wrong(self, column: str, what: str, cast: str) -> DataError:
        cell = identifier(column) if not re.fullmatch(r"[a-z_][a-z0-9_]*", column) else column
        return DataError(
            f"the column {column!r} {what}",
            place=self.rows.shown,
            remedy=f"Read it by a query with {cell}::{cast} as {cell}.",
        )

    def exact(self, schema: Any) -> Any:
        """Return the schema with the types that only all rows could tell."""
        fields = [
            f.with_type(self._free[f.name].type) if f.name in self._free else f for f in schema
        ]
        return pa.schema(fields)


def _is_plain(type: Any) -> bool:
    """Tell whether a type is one of Arrow's own that every format can hold, or a list of one."""
    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return _is_plain(type.value_type)
    tests = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string,
        pa.types.is_large_string, pa.types.is_binary, pa.types.is_date, pa.types.is_timestamp,
        pa.types.is_time,
    )  # fmt: skip
    return any(test(type) for test in tests)
