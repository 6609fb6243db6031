"""Expectations of a table in DuckDB, asked in SQL; only what was counted comes into Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import narwhals as nw

from dataprep.engine import Frame
from dataprep.engines.sql import quoted
from dataprep.expectations import gx
from dataprep.expectations.arguments import Seen
from dataprep.expectations.in_pandas import Frames, in_pandas
from dataprep.expectations.spelling_out import spelled_out
from dataprep.sizes import check_matrix
from dataprep.table import ROW, Table, text_of

_NAMES = count()
_SQL = {"integer": "BIGINT", "float": "DOUBLE", "timestamp": "TIMESTAMP"}
_LETTERS = 60
"""About so many signs a text has, where nobody counted them."""


class SQL:
    """DuckDB, by SQL; nothing is brought into Python but what was counted."""

    library = "DuckDB"
    eager = False

    def __init__(
        self, connection: Any, relation: str, table: Table, columns: Sequence[str] | None = None
    ) -> None:
        self.connection, self.relation, self.table = connection, relation, table
        self.columns = table.columns if columns is None else columns
        self._engines: dict[tuple[Any, ...], Any] = {}
        self._made: list[str] = []

    def engine(self, seen: Seen, *, numbered: bool = False) -> Any:
        """Return an engine on a view, which is made when it is first asked for."""
        key = (*sorted(seen.items()), numbered)
        if key not in self._engines:
            self._engines[key] = self._engine(seen, numbered=numbered)
        return self._engines[key]

    def _engine(self, seen: Seen, *, numbered: bool) -> Any:
        name = f"__expected_{next(_NAMES)}"
        columns = [self._shown(n, seen) for n in self.columns]
        columns += [quoted(ROW)] if numbered else []
        self.connection.execute(
            f"create temp view {name} as select {', '.join(columns)} from ({self.relation})"
        )
        self._made.append(name)
        gx.loaded()
        from great_expectations.execution_engine import SqlAlchemyExecutionEngine
        from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData

        from dataprep.expectations import duckdb_dialect

        engine = SqlAlchemyExecutionEngine(
            engine=duckdb_dialect.engine_on(self.connection), create_temp_table=False
        )
        engine.dialect_module = duckdb_dialect
        data = SqlAlchemyBatchData(execution_engine=engine, table_name=name)
        engine.load_batch_data(gx.BATCH, data)
        return engine

    def _shown(self, name: str, seen: Seen) -> str:
        """Return SQL for a column as it is seen."""
        if name not in seen:
            return quoted(name)
        if seen[name] == "text":
            return self._written(name)
        return f"{quoted(name)}::{_SQL[seen[name]]} as {quoted(name)}"

    def _written(self, name: str) -> str:
        """Return SQL for the text of a column's values, with nothing where they are missing."""
        if not self.table.has_text:
            return f"{quoted(name)}::VARCHAR as {quoted(name)}"
        text = quoted(text_of(name))
        if getattr(self.table.engine, "json_literals", False):
            text = f"({text}::JSON ->> '$')"
        return f"case when {quoted(name)} is not null then {text} end as {quoted(name)}"

    def spoken(self, regex: str) -> str | None:
        """Spell it out, and ask DuckDB, which has limits of its own."""
        import duckdb

        found = spelled_out(regex)
        try:
            self.connection.execute("select regexp_matches('', ?)", [found]).fetchall()
        except duckdb.Error:
            return None
        return found

    def rows(self, engine: Any, condition: Any, reason: str) -> Frame:
        """Keep them in a table of their own."""
        import sqlalchemy as sa
        from great_expectations.util import get_sqlalchemy_selectable

        test, domain, accessor = condition
        records = get_sqlalchemy_selectable(engine.get_domain_records({**domain, **accessor}))
        found = sa.select(sa.column(ROW), sa.literal(reason).label("reason"))
        return self._kept(engine, found.select_from(records).where(test))

    def repeated(self, engine: Any, columns: Sequence[str], where: Any, reason: str) -> Frame:
        """Count the rows of each value; those without any are left out."""
        import sqlalchemy as sa
        from great_expectations.util import get_sqlalchemy_selectable

        _, domain, accessor = where
        records = get_sqlalchemy_selectable(engine.get_domain_records({**domain, **accessor}))
        names = [sa.column(name) for name in columns]
        times = sa.func.count().over(partition_by=names).label("times")
        counted = sa.select(sa.column(ROW), times).select_from(records)
        if len(names) == 1:
            counted = counted.where(names[0].is_not(None))
        inner = counted.subquery()
        found = sa.select(inner.c[ROW], sa.literal(reason).label("reason"))
        return self._kept(engine, found.select_from(inner).where(inner.c.times > 1))

    def _kept(self, engine: Any, found: Any) -> Frame:
        import sqlalchemy as sa

        name = f"__failing_{next(_NAMES)}"
        self.connection.execute(f"create temp table {name} ({quoted(ROW)} BIGINT, reason VARCHAR)")
        target = sa.table(name, sa.column(ROW), sa.column("reason"))
        with engine.engine.connect() as connection:
            connection.execute(sa.insert(target).from_select([ROW, "reason"], found))
        return nw.from_native(self.connection.table(name))

    @contextmanager
    def elsewhere(self, columns: Sequence[str], seen: Seen) -> Iterator[Frames]:
        """Give a few columns in pandas, for what cannot be said in SQL.

        Raises
        ------
        DataError
            When they do not fit into memory.
        """
        schema = self.table.frame.collect_schema()
        worded = sum(schema[name] == nw.String or seen.get(name) == "text" for name in columns)
        check_matrix(self.table.height(), list(columns), worded, _LETTERS * worded)
        shown = [self._shown(n, seen) for n in columns]
        # A table of Arrow, before another query runs on the connection.
        arrow = self.connection.sql(
            f"select {', '.join([quoted(ROW), *shown])} from ({self.relation}) order by 1"
        ).to_arrow_table()
        rows = arrow.column(ROW).to_numpy()
        yield Frames(self.table, in_pandas(arrow.select(list(columns))), rows)

    def taken(self, found: Frame) -> Frame:
        """Return them as they are: pandas lists them as a table of the engine."""
        return found

    def close(self) -> None:
        """Forget the views; tables of rows stay for whoever asked for them."""
        for name in self._made:
            self.connection.execute(f"drop view if exists {name}")
