"""How the columns of an output become those of a table: nothing is rounded or cut unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dataprep.databases.address import Name, identifier
from dataprep.databases.connecting import ask
from dataprep.errors import OutputError

_TEXTS = ("text", "character varying", "character", "name", "citext")
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
        if nested and not pa.types.is_list(type):
            raise _refused(column, place)
        return type
    if nested or pa.types.is_duration(type):
        raise _refused(column, place)
    if pa.types.is_decimal(type):
        return pa.string()
    in_zone = pa.types.is_timestamp(type) and type.tz is not None
    return pa.string() if in_zone or pa.types.is_time(type) else type


def _refused(column: Any, place: str) -> OutputError:
    return OutputError(
        f"the column {column.name!r} is of type {column.type}, which the database has not",
        place=place,
        remedy="Leave it out, or make it text in the query or the file that is read.",
    )


def fitted(
    connection: Any, target: Any, table: Name, schema: Any, incoming: str
) -> tuple[list[str], dict[str, str]]:
    """Return SQL for the columns that come in, as the types of those of a table.

    Returns
    -------
    cells : list of str
    lossy : dict of str to str
        By column an SQL test: the value would become another.
    """
    if target.address.kind == "sqlite":
        # A column of SQLite takes every value as it is.
        return [cell_of(field) for field in schema], {}
    wanted, come = _types(connection, table.sql), _types(connection, incoming)
    cells, lossy = [], {}
    for field in schema:
        name, cell = field.name, identifier(field.name)
        old, new = come[name], wanted[name]
        if old == new:
            cells.append(cell)
            continue
        if old in _TEXTS:
            # Of a text too long for its column, an assignment raises and a cast cuts.
            cells.append(cell if new.startswith(_TEXTS) else f"{cell}::{new}")
            continue
        # By way of its text: a cast of a float keeps fifteen digits.
        through = "::text" if old in ("double precision", "real") and "numeric" in new else ""
        cells.append(f"{cell}{through}::{new}")
        lossy[name] = f"{cell}{through}::{new}::{old} is distinct from {cell}"
    return cells, lossy


def check_loss(
    connection: Any, target: Any, table: Name, lossy: dict[str, str], incoming: str
) -> None:
    """Raise where a value would be rounded.

    Parameters
    ----------
    connection : Connection
    target : Target
    table : Name
    lossy : dict of str to str
        See `fitted`.
    incoming : str
        The table with the rows that come in.
    """
    if not lossy:
        return
    tests = ", ".join(
        f"count(*) filter (where {test}) as c{i}" for i, test in enumerate(lossy.values())
    )
    found = ask(connection, f"select {tests} from {incoming}")[0]
    wanted = _types(connection, table.sql)
    for i, name in enumerate(lossy):
        if found[f"c{i}"]:
            raise OutputError(
                f"{found[f'c{i}']} values of the column {name!r} do not fit {wanted[name]} in "
                f"{table} without loss",
                place=target.address.shown,
                remedy="Give the column of the table a wider type, or round the values first.",
            )


def _types(connection: Any, table: str) -> dict[str, str]:
    from dataprep.databases.postgresql import text

    rows = ask(
        connection,
        "select attname::text as name, format_type(atttypid, atttypmod) as type "
        f"from pg_attribute where attrelid = {text(table)}::regclass "
        "and attnum > 0 and not attisdropped",
    )
    return {str(row["name"]): str(row["type"]) for row in rows}
