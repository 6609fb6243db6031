"""DuckDB as Great Expectations speaks to it: one connection, rows that stay, types and regexes.

Great Expectations takes the types and the dialect of a database from a module. This is that module.
"""

from __future__ import annotations

from typing import Any

import duckdb
import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
from duckdb_engine import ConnectionWrapper
from duckdb_engine import Dialect as Given
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    FLOAT,
    INTEGER,
    NUMERIC,
    SMALLINT,
    TEXT,
    TIME,
    TIMESTAMP,
    VARCHAR,
)

from dataprep.engines.sql import quoted

_TYPES: dict[str, type[Any]] = {
    "BIGINT": BIGINT,
    "BLOB": BLOB,
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "DECIMAL": DECIMAL,
    "DOUBLE": DOUBLE,
    "FLOAT": FLOAT,
    "INTEGER": INTEGER,
    "SMALLINT": SMALLINT,
    "TEXT": TEXT,
    "TIME": TIME,
    "TIMESTAMP": TIMESTAMP,
    "VARCHAR": VARCHAR,
}
for _name, _base in {
    "TINYINT": SMALLINT,
    "UTINYINT": SMALLINT,
    "USMALLINT": INTEGER,
    "UINTEGER": BIGINT,
    "UBIGINT": NUMERIC,
    "HUGEINT": NUMERIC,
    "UHUGEINT": NUMERIC,
    "TIMESTAMP_S": TIMESTAMP,
    "TIMESTAMP_MS": TIMESTAMP,
    "TIMESTAMP_NS": TIMESTAMP,
}.items():
    # Great Expectations looks names of types up in this module: DuckDB's own are there, too.
    _TYPES[_name] = globals()[_name] = type(_name, (_base,), {})


class _Compiler(PGCompiler):  # type: ignore[misc]
    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        """Have ~ find a match anywhere, as on PostgreSQL: DuckDB's own wants all of the text."""
        if operator.opstring not in ("~", "!~"):
            return str(super().visit_custom_op_binary(element, operator, **kw))
        left, right = self.process(element.left, **kw), self.process(element.right, **kw)
        found = f"regexp_matches({left}, {right})"
        return found if operator.opstring == "~" else f"(NOT {found})"

    def visit_join(self, join: Any, *args: Any, **kw: Any) -> str:
        """Join on values that are missing on both sides too: a gap is like another gap."""

        def safe(element: Any, **_: Any) -> Any:
            if getattr(element, "operator", None) is sa.sql.operators.eq:
                return element.left.is_not_distinct_from(element.right)
            return None

        clause = sa.sql.visitors.replacement_traverse(join.onclause, {}, safe)
        joined = sa.sql.expression.Join(join.left, join.right, clause, join.isouter, join.full)
        return str(super().visit_join(joined, *args, **kw))


class _Quoting(sa.dialects.postgresql.base.PGIdentifierPreparer):  # type: ignore[misc]
    def _requires_quotes(self, value: str) -> bool:
        """Quote each name: DuckDB has words of its own that PostgreSQL has not."""
        return True


class Lent(Given):  # type: ignore[misc]
    """DuckDB's dialect on a connection of somebody else's; columns as DuckDB describes them."""

    supports_statement_cache = False
    statement_compiler = _Compiler
    preparer = _Quoting

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        """Return names and types of the columns of a table or view."""
        described = connection.exec_driver_sql(f"describe {quoted(str(table_name))}").fetchall()
        return [
            {"name": row[0], "type": _type_of(row[1]), "nullable": True, "default": None}
            for row in described
        ]

    def get_pk_constraint(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        """Return that there is no primary key."""
        return {"constrained_columns": [], "name": None}

    # Transactions are those of whoever lent the connection.
    def do_begin(self, connection: Any) -> None:
        """Begin nothing: each query is by itself."""

    def do_commit(self, connection: Any) -> None:
        """Leave the transaction of the owner alone."""

    def do_rollback(self, connection: Any) -> None:
        """Leave the transaction of the owner alone."""


def _type_of(name: str) -> Any:
    bare = name.partition("(")[0].partition(" WITH ")[0].upper()
    return _TYPES.get(bare, sa.types.NullType)()


class dialect(sa.dialects.postgresql.dialect):  # type: ignore[misc]  # noqa: N801
    """What Great Expectations takes DuckDB for, whose SQL it writes patterns in."""


class _Borrowed(ConnectionWrapper):  # type: ignore[misc]
    """A connection of somebody else's, which is not ours to close."""

    def close(self) -> None:
        """Leave it open."""


def engine_on(connection: duckdb.DuckDBPyConnection) -> Any:
    """Return an SQLAlchemy engine whose every query runs on a connection that is open already.

    Its temporary tables, views and settings are then there. Great Expectations gives a connection
    back before it reads the rows, and DuckDB then has none: so they are kept as they come.
    """
    sa.dialects.registry.register("duckdb.lent", __name__, "Lent")
    engine = sa.create_engine(
        "duckdb+lent://", creator=lambda: _Borrowed(connection), poolclass=sa.pool.StaticPool
    )
    sa.event.listen(engine, "after_cursor_execute", _keep_rows)
    return engine


def _keep_rows(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    if cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, cursor.description, cursor.fetchall()
        )
