"""What a column of SQLite makes of the values that it is given, tried on them.

A column has an affinity, by its declared type, and turns texts into numbers, whole numbers into
floats and floats into texts on its own [1]_.

References
----------
.. [1] https://www.sqlite.org/datatype3.html
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from dataprep.databases.address import Name, identifier
from dataprep.databases.connecting import ask, run

TRIED = "dataprep_tried"
"""A table that this connection alone sees: columns of one affinity, with what came of values."""
_RULES = (
    ("INT", "integer"),
    ("CHAR|CLOB|TEXT", "text"),
    ("BLOB", "blob"),
    ("REAL|FLOA|DOUB", "real"),
)
_TURNING = {("text", "integer"), ("text", "numeric"), ("text", "real"), ("integer", "real"),
            ("real", "text")}  # fmt: skip


def affinity_of(declared: str) -> str:
    """Return the affinity of a column by its declared type: the first rule that fits.

    Examples
    --------
    >>> affinity_of("varchar(20)"), affinity_of("decimal(20,2)"), affinity_of("")
    ('text', 'numeric', 'blob')
    """
    if not declared:
        return "blob"
    for pattern, affinity in _RULES:
        if re.search(pattern, declared, re.IGNORECASE):
            return affinity
    return "numeric"


def declared_types(connection: Any, table: Name) -> dict[str, str]:
    """Return the declared types of a table's columns."""
    from dataprep.databases.sqlite import text

    rows = ask(connection, f"select name, type from pragma_table_info({text(table.table)})")
    return {str(row["name"]): str(row["type"] or "") for row in rows}


def turned(connection: Any, table: Name, schema: Any, cells: list[str]) -> dict[str, str]:
    """Return the columns that a table may turn into other values, with an SQL test for each.

    Parameters
    ----------
    connection : Connection
    table : Name
    schema : pyarrow.Schema
        Of what comes in.
    cells : list of str
        SQL for the columns that come in.

    Returns
    -------
    tests : dict of str to str
        Of the rows of `tried`.
    """
    declared = declared_types(connection, table)
    tests: dict[str, str] = {}
    columns: list[str] = []
    for field, cell in zip(schema, cells, strict=True):
        affinity = affinity_of(declared[field.name])
        storage = _storage(field, cell)
        if (storage, affinity) in _TURNING:
            after = f"{TRIED}_{len(columns)}"
            tests[field.name] = _test(storage, cell, after)
            columns.append(f"{after} {affinity}")
    if columns:
        run(connection, f"create temp table {TRIED} ({', '.join(columns)})")
    return tests


def _storage(field: Any, cell: str) -> str:
    if pa.types.is_floating(field.type) or cell != identifier(field.name):
        return "real"
    if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type):
        return "integer"
    return "text" if pa.types.is_string(field.type) else "other"


def _test(storage: str, before: str, after: str) -> str:
    if storage == "integer":
        return f"{after} <> {before}"
    if storage == "real":
        return f"cast({after} as real) <> {before}"
    # Seventeen digits tell a float; a cast to text writes fifteen.
    forms = [_plain(f"cast({after} as text)"), _plain(f"printf('%!.17g', {after})")]
    return f"typeof({after}) <> 'text' and {_plain(before)} not in ({', '.join(forms)})"


def _plain(text: str) -> str:
    """Return SQL for a number as text without the zeros that end it."""
    return (
        f"case when {text} like '%.%' and {text} not like '%e%' "
        f"then rtrim(rtrim({text}, '0'), '.') else {text} end"
    )


def tried(connection: Any, cells: list[str], incoming: str) -> str:
    """Let SQLite turn values as the table would, and return SQL for the rows before and after.

    Parameters
    ----------
    connection : Connection
    cells : list of str
        SQL for the columns that `turned` told, in order.
    incoming : str
        The table with the rows that come in.
    """
    names = ", ".join(f"{TRIED}_{i}" for i in range(len(cells)))
    run(
        connection,
        f"insert into {TRIED} (rowid, {names}) select rowid, {', '.join(cells)} from {incoming}",
    )
    return f"{incoming} join {TRIED} on {incoming}.rowid = {TRIED}.rowid"
