"""How the columns of an output become those of a table: nothing is rounded or cut unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataprep.databases import affinity, postgresql
from dataprep.databases.address import Name, identifier
from dataprep.databases.connecting import ask, explained
from dataprep.databases.losing import TEXTS, loss_of
from dataprep.errors import OutputError

INCOMING = "dataprep_incoming"
"""The table with the rows that come in, which their connection alone sees."""
_DIGITS_OF_A_FLOAT = 15
_REAL = b"dataprep:real"


def listed(names: Sequence[str]) -> str:
    """Return names as SQL lists them."""
    return ", ".join(map(identifier, names))


def arriving(schema: Any, kind: str, place: str) -> Any:
    """Return a schema in types that the driver of a database takes.

    Raises
    ------
    OutputError
        When a column has a type that the database has not.
    """
    fields = []
    for field in schema:
        type = _arriving(field, kind, place)
        metadata = dict(field.metadata or {})
        if kind == "sqlite" and pa.types.is_decimal(field.type):
            # By way of its text, which SQLite reads exactly: Arrow's own cast is one bit off.
            fits = field.type.precision <= _DIGITS_OF_A_FLOAT
            metadata |= {_REAL: b""} if fits else {}
        fields.append(pa.field(field.name, type, metadata=metadata))
    return pa.schema(fields)


def cell_of(field: Any) -> str:
    """Return SQL for a column that comes in, as what it is."""
    cell = identifier(field.name)
    return f"cast({cell} as real)" if _REAL in (field.metadata or {}) else cell


def _arriving(column: Any, kind: str, place: str) -> Any:
    type = column.type
    if pa.types.is_dictionary(type):
        type = type.value_type
    if pa.types.is_float16(type):
        return pa.float32()
    if pa.types.is_large_string(type) or pa.types.is_null(type):
        return pa.string()
    if pa.types.is_uint64(type):
        type = pa.decimal128(20, 0)
    nested = pa.types.is_nested(type)
    if kind == "postgresql":
        type = _in_microseconds(type)
        if nested and not pa.types.is_list(type):
            raise _refused(column, place)
        return type
    if nested or pa.types.is_duration(type):
        raise _refused(column, place)
    if pa.types.is_decimal(type):
        return pa.string()
    in_zone = pa.types.is_timestamp(type) and type.tz is not None
    return pa.string() if in_zone or pa.types.is_time(type) else type


def _in_microseconds(type: Any) -> Any:
    """Return a type of times in the unit of PostgreSQL; others as they are."""
    if pa.types.is_list(type):
        return pa.list_(_in_microseconds(type.value_type))
    if pa.types.is_timestamp(type):
        return pa.timestamp("us", type.tz)
    return pa.time64("us") if pa.types.is_time(type) else type


def taken(column: Any, field: Any, kind: str, place: str) -> Any:
    """Return the values of a column in the type that the driver takes.

    Parameters
    ----------
    column : pyarrow.Array
    field : pyarrow.Field
        See `arriving`.
    kind : {"postgresql", "sqlite"}
    place : str

    Raises
    ------
    OutputError
        When a value is one that the database has not, or has not so finely.
    """
    what = ""
    try:
        values = column if column.type == field.type else column.cast(field.type)
    except pa.ArrowInvalid as error:
        what = f"values that {field.type} cannot hold ({error})"
    else:
        if kind == "sqlite" and pa.types.is_floating(field.type):
            what = "NaN, which SQLite keeps as NULL" if _any(pc.is_nan(values)) else ""
        elif kind == "postgresql" and pa.types.is_string(field.type):
            zero = _any(pc.match_substring(values, "\0"))
            what = "a sign of number 0, which PostgreSQL has not" if zero else ""
        if not what:
            return values
    raise OutputError(
        f"the column {field.name!r} holds {what}",
        place=place,
        remedy="Impute, round or replace these values first.",
    )


def _any(found: Any) -> bool:
    return bool(pc.any(found).as_py())


def _refused(column: Any, place: str) -> OutputError:
    return OutputError(
        f"the column {column.name!r} is of type {column.type}, which the database has not",
        place=place,
        remedy="Leave it out, or make it text in the query or the file that is read.",
    )


@dataclass(frozen=True)
class Fit:
    """How the columns that come in become those of a table.

    Parameters
    ----------
    cells : list of str
        SQL for each of them.
    lossy : dict of str to str
        By column an SQL test: the value would become another.
    types : dict of str to str
        Of the columns of the table.
    """

    cells: list[str]
    lossy: dict[str, str]
    types: dict[str, str]


def fitted(connection: Any, target: Any, table: Name, schema: Any) -> Fit:
    """Return how the columns that come in become those of a table."""
    if target.address.kind == "sqlite":
        cells = [cell_of(field) for field in schema]
        lossy = affinity.turned(connection, table, schema, cells)
        declared = affinity.declared_types(connection, table)
        return Fit(cells, lossy, {name: declared.get(name, "its type") for name in schema.names})
    wanted, come = _types(connection, table.sql), _types(connection, INCOMING)
    cells, lossy = [], {}
    for field in schema:
        name, cell = field.name, identifier(field.name)
        old, new = come[name], wanted[name]
        if old == new:
            cells.append(cell)
            continue
        if (test := loss_of(cell, old, new)) is not None:
            lossy[name] = test
        if old in TEXTS:
            cells.append(cell if new.startswith(TEXTS) else f"{cell}::{new}")
            continue
        # By way of its text: a cast of a float keeps fifteen digits.
        through = "::text" if old in ("double precision", "real") and "numeric" in new else ""
        cells.append(f"{cell}{through}::{new}")
    return Fit(cells, lossy, wanted)


def check_loss(connection: Any, target: Any, table: Name, schema: Any, fit: Fit) -> None:
    """Raise where a value would become another in the table, or is none of its type.

    Parameters
    ----------
    connection : Connection
    target : Target
    table : Name
    schema : pyarrow.Schema
        Of the rows that come in.
    fit : Fit
    """
    if not fit.lossy:
        return
    rows = INCOMING
    if target.address.kind == "sqlite":
        cells = [c for name, c in zip(schema.names, fit.cells, strict=True) if name in fit.lossy]
        rows = affinity.tried(connection, cells, INCOMING)
    for name, test in fit.lossy.items():
        # One at a time: of a value that is no date, say, the database tells no column.
        try:
            with explained(target.address, write=True, place=target.shown):
                count = ask(connection, f"select count(*) as n from {rows} where {test}")[0]["n"]
        except OutputError as failure:
            if failure.message.startswith("cannot"):
                failure.message = f"the column {name!r} {failure.message}"
                failure.remedy = f"Its values must fit {fit.types[name]} in {table}."
            raise
        if count:
            raise OutputError(
                f"{count} values of the column {name!r} do not fit {fit.types[name]} in "
                f"{table} without loss",
                place=target.shown,
                remedy="Give the column of the table a wider type, or round, shorten or convert "
                "the values first.",
            )


def _types(connection: Any, table: str) -> dict[str, str]:
    rows = ask(
        connection,
        # Of a domain, the type that it restricts.
        "select attname::text as name, case typtype when 'd' then "
        "format_type(typbasetype, typtypmod) else format_type(atttypid, atttypmod) end as type "
        "from pg_attribute join pg_type t on t.oid = atttypid "
        f"where attrelid = {postgresql.text(table)}::regclass and attnum > 0 and not attisdropped",
    )
    return {str(row["name"]): str(row["type"]) for row in rows}
