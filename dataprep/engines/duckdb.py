"""Files, through DuckDB: out of memory, in order, with each cell's text beside its value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa

from dataprep.engine import Arrays, Frame, Mapped
from dataprep.engines import styled
from dataprep.engines.batches import even
from dataprep.engines.cells import BASE, Cells
from dataprep.engines.differing import comparable
from dataprep.engines.matrix import ROWS_AT_A_TIME, arrays_of, made_by, table_of
from dataprep.engines.parsing import (
    Guess,
    Stored,
    first_wrong,
    literal,
    parse_counts,
    parsed,
    quoted,
    spelled,
)
from dataprep.engines.portable import Portable
from dataprep.engines.quantiles import bracketed_quantiles
from dataprep.engines.repeats import near_key, repeats
from dataprep.engines.statistics import sorted_quantiles
from dataprep.kinds import TYPED, Kind
from dataprep.ledger import differs_of, new_of
from dataprep.provenance import DONOR
from dataprep.styles import Style
from dataprep.table import ROW, hidden, text_of

_MOST_BITS = 2**31 - 1
_SHARE_OF_MEMORY = 0.9
_MANY = 500
_MANY_COLUMNS = 250
_HARMLESS = re.compile(r"[\w .:/?+-]*")
"""Signs that numbers, dates and words for a missing value are made of."""


class DuckDB(Portable):
    """The engine of files.

    Parameters
    ----------
    memory_limit : str, default="1GB"
        Past it, DuckDB spills to ``temp_directory``.
    temp_directory : str, optional
        Where it spills; a folder that the caller removes.
    threads : int, optional
        All cores by default.
    """

    name = "duckdb"

    def __init__(
        self,
        memory_limit: str = "1GB",
        temp_directory: str | None = None,
        threads: int | None = None,
    ) -> None:
        config: dict[str, Any] = {"memory_limit": memory_limit}
        if temp_directory:
            config["temp_directory"] = temp_directory
        if threads:
            config["threads"] = threads
        self.connection = duckdb.connect(config=config)
        # A moment is written by it, and the same file gives the same text everywhere.
        self.connection.execute("set timezone = 'UTC'")
        self.cells = "__cells__"
        self._spill = temp_directory
        self.lossless_text = False
        self.json_literals = False
        self.json_strings: set[str] = set()
        self.height = 0
        self._top = 0
        """Past the number of the last row that was made, where there is one."""
        self._names = count()
        self._styles: dict[str, Style] = {}
        self._finite: dict[str, bool] = {}
        self._harmless: set[str] = set()
        self._nans: dict[str, str] = {}
        self._base: Frame | None = None
        self._stored: Cells | None = None

    def close(self) -> None:
        """Let go of all memory and files."""
        self.connection.close()

    def table(self, name: str) -> Frame:
        """Return a table or view as a frame."""
        return nw.from_native(self.connection.table(name))

    def make_room(self, size: int) -> None:
        """Let the cells be kept in a file if they would not fit into memory.

        What is spilled is read again, whole, by every query; a database file holds a third of it.

        Parameters
        ----------
        size : int
            How many bytes they are expected to take.
        """
        if self._spill and size > _SHARE_OF_MEMORY * self._memory():
            path = str(Path(self._spill) / "cells.db")
            self.connection.execute(f"attach {literal(path)} as cells")
            self.cells = "cells.main.__cells__"

    def share_memory(self, engines: int) -> None:
        """Work with a part of the memory: there are so many engines at a time."""
        self.connection.execute(f"set memory_limit = '{self._memory() // engines // 2**20}MiB'")

    def _memory(self) -> int:
        asked = "select parse_formatted_bytes(current_setting('memory_limit'))"
        return int(self.connection.execute(asked).fetchall()[0][0])

    def load(self, rows: str, columns: Sequence[str], guessed: Mapping[str, Guess]) -> Frame:
        """Read text columns into memory, those with a guessed kind as values; see `Cells`."""
        for gone in (
            f"view if exists {BASE}",
            f"table if exists {self.cells}",
            "table if exists reject_errors",
            "table if exists reject_scans",
        ):
            self.connection.execute(f"drop {gone}")
        cells = Cells(self.connection, self.cells, rows, columns, guessed)
        self.height, self.lossless_text = cells.height, True
        self._base, self._stored = nw.from_native(cells.texts()), cells
        return self._base

    def repeats_header(self, cells: Mapping[str, str]) -> bool:
        """Tell whether a row of the source holds the names of its columns."""
        return self._stored is not None and self._stored.has_row(cells)

    def adopt(self, rows: str) -> Frame:
        """Take typed rows as they are, NaN as missing; ``rows`` is SQL for a relation."""
        self.connection.execute(
            f"create table {self.cells} as select row_number() over () - 1 as {quoted(ROW)}, * "
            f"from {rows}"
        )
        self.connection.execute(f"create view {BASE} as select * from {self.cells}")
        self.height = self.connection.execute(f"select count(*) from {self.cells}").fetchall()[0][0]
        frame = self.table(BASE)
        floats = [name for name, dtype in frame.collect_schema().items() if dtype.is_float()]
        for name in floats:
            nans = f"select {quoted(ROW)} from {BASE} where isnan({quoted(name)})"
            if self.connection.execute(f"{nans} limit 1").fetchall():
                self._nans[name] = self._bits(nw.from_native(self.connection.sql(nans)))
        if not self._nans:
            return frame
        values = (
            f"case when not isnan({quoted(n)}) then {quoted(n)} end as {quoted(n)}"
            for n in self._nans
        )
        return nw.from_native(
            self.connection.sql(f"select * replace ({', '.join(values)}) from {BASE}")
        )

    @property
    def columns_with_nans(self) -> list[str]:
        """The columns of typed rows in which NaN was read as missing."""
        return list(self._nans)

    def came(self, name: str) -> str:
        """Return SQL for a column of typed rows: NaN again where no stage filled it."""
        value = quoted(name)
        if name not in self._nans:
            return value
        # A row that was made has the cells of a row of the source.
        row = quoted(DONOR) if self._top else quoted(ROW)
        was_nan = f"get_bit(getvariable('{self._nans[name]}'), {row}::INTEGER) = 1"
        return f"case when {value} is null and {was_nan} then 'nan' else {value} end"

    def _bits(self, rows: Frame) -> str:
        """Return the name of a variable with a bit for each row, set for those given.

        A variable is a constant to the planner, so that a test of it moves into the scan.
        """
        last = max(self.height, self._top, 1)
        bits = f"bitstring_agg({quoted(ROW)}::BIGINT, 0::BIGINT, {last}::BIGINT)"
        name = self._create("bits", rows, f"select {bits} as bits from given")
        self.connection.execute(f"set variable {name} = (select bits from {name})")
        return name

    def _with_values(self, frame: Frame) -> tuple[Any, Mapping[str, Stored]]:
        """Return a relation, and what is stored of its columns as values where it is the source."""
        if self._stored is None or frame is not self._base:
            return frame.to_native(), {}
        return self._stored.with_values(), self._stored.stored

    def query(self, frame: Frame, sql: str) -> Any:
        """Run SQL over a frame, which it calls ``given``; to be fetched before the next query.

        Not `DuckDBPyRelation.query`, which makes a view first and so plans the frame twice.
        """
        return self.connection.execute(self._over(frame.to_native(), sql))

    def _over(self, relation: Any, sql: str) -> str:
        return f"with given as not materialized ({relation.sql_query()}) {sql}"

    def _create(self, stem: str, frame: Frame, sql: str) -> str:
        """Make a table of what SQL over a frame gives, and return its name."""
        name = self._new(stem)
        self.connection.execute(f"create table {name} as {self._over(frame.to_native(), sql)}")
        return name

    def rows(self, frame: Frame) -> list[dict[str, Any]]:
        """Bring a small frame into Python."""
        native = frame.to_native()
        return [dict(zip(native.columns, row, strict=True)) for row in native.fetchall()]

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Make a small table of strings, numbers and booleans."""
        name = self._new("small")
        kinds = {
            column: "BIGINT" if column == ROW else _sql_type(values)
            for column, values in columns.items()
        }
        spec = ", ".join(f"{quoted(column)} {kind}" for column, kind in kinds.items())
        self.connection.execute(f"create temp table {name} ({spec})")
        height = min(map(len, columns.values()))
        if height > _MANY:
            # Row by row takes a second for every few thousand.
            arrays = [pa.array(list(values)) for values in columns.values()]
            self.connection.register("many", pa.table(arrays, list(columns)))
            self.connection.execute(f"insert into {name} from many")
            self.connection.unregister("many")
        elif height:
            marks = ", ".join("?" for _ in columns)
            rows = [list(row) for row in zip(*columns.values(), strict=True)]
            self.connection.executemany(f"insert into {name} values ({marks})", rows)
        return self.table(name)

    def written(self, value: str, column: str, kind: Kind) -> str:
        """Return SQL for the text that stands for a typed value in the source's format."""
        style = self._styles.get(column)
        text = styled.written(value, kind, style) if style else f"{value}::VARCHAR"
        if not self.json_literals:
            return text
        string = f"to_json({text})::VARCHAR"
        if kind not in ("integer", "float", "boolean"):
            return string
        if column not in self.json_strings:
            return f"{value}::VARCHAR"
        # A number that stood in quotes stays in them; what was missing goes with the others.
        came = quoted(text_of(column))
        bare = f"{came} <> 'null' and not starts_with({came}, '\"')"
        return f"case when {bare} then {value}::VARCHAR else {string} end"

    def write_texts(self, frame: Frame, kinds: Mapping[str, Kind], changed: Set[str]) -> Frame:
        """Write new text where a cell was marked as changed, and for new columns."""
        if not self.lossless_text:
            return frame
        texts = []
        for name, kind in kinds.items():
            text = quoted(text_of(name))
            if name in changed:
                new = self.written(quoted(new_of(name)), name, kind)
                kept = f"case when {quoted(differs_of(name))} then {new} else {text} end"
                texts.append(f"{kept} as {text}")
            else:
                texts.append(f"{self.written(quoted(name), name, kind)} as {text}")
        old = ", ".join(quoted(text_of(name)) for name in changed)
        rest = f"* exclude ({old})" if old else "*"
        return nw.from_native(frame.to_native().project(", ".join([rest, *texts])))

    def arrays(self, frame: Frame, columns: Sequence[str]) -> Arrays:
        """Return `ROW` and columns as arrays, in row order."""
        shown = ", ".join(quoted(name) for name in (ROW, *columns))
        asked = self._over(frame.to_native(), f"select {shown} from given order by 1")
        return arrays_of(self.connection.sql(asked).to_arrow_table())

    def mapped(self, frame: Frame, mapped: Mapped) -> Frame:
        """Add the columns that a function computes, by batch; they wait in a table of their own."""
        shown = ", ".join(quoted(name) for name in dict.fromkeys([ROW, *mapped.columns]))
        name, beside = self._new("mapped"), self.connection.cursor()
        for i, part in enumerate(self.batches(frame, f"select {shown} from given", ROWS_AT_A_TIME)):
            beside.register("made", made_by(mapped, part).append_column(ROW, part.column(ROW)))
            beside.execute(
                f"insert into {name} from made" if i else f"create table {name} as from made"
            )
            beside.unregister("made")
        beside.close()
        # Both are in row order: to join them by number and sort takes three times as long.
        row = quoted(ROW)
        same = f"given.{row} is not distinct from m.{row}"
        checked = f"case when {same} then given.{row} else error('rows out of order') end"
        rows = f"select {checked} as {row}, given.* exclude ({row}), m.* exclude ({row})"
        return self.table(
            self._create("kept", frame, f"{rows} from given positional join {name} m")
        )

    def listed(self, columns: Arrays) -> Frame:
        """Make a table of arrays."""
        name = self._new("listed")
        self.connection.register("listed", table_of(columns))
        self.connection.execute(f"create table {name} as from listed")
        self.connection.unregister("listed")
        return self.table(name)

    def born(self, frame: Frame, made: Arrays, parent: str) -> Frame:
        """Join the arrays to the rows of the parents."""
        beside = self.listed(made).to_native()
        names = [quoted(n) for n in frame.collect_schema().names() if n not in made]
        self._top = max(self._top, int(made[ROW].max(initial=0)) + 1)
        return self.table(
            self._create(
                "born",
                frame,
                f"select {', '.join(f'p.{n}' for n in names)}, m.* from ({beside.sql_query()}) m "
                f"join given p on p.{quoted(ROW)} = m.{quoted(parent)} order by m.{quoted(ROW)}",
            )
        )

    def stacked(self, frame: Frame, *others: Frame, in_order: bool = False) -> Frame:
        """Return the rows of all, in row order, as a table."""
        parts = ["from given", *(f"from ({other.to_native().sql_query()})" for other in others)]
        rows = f"select * from ({' union all by name '.join(parts)})"
        ordered = "" if in_order else f" order by {quoted(ROW)}"
        return self.table(self._create("stacked", frame, f"{rows}{ordered}"))

    def keep(self, frame: Frame, *, in_order: bool = False) -> Frame:
        """Compute a frame into a table, in row order: to sort a wide one takes longest."""
        ordered = "" if in_order else f" order by {quoted(ROW)}"
        return self.table(self._create("kept", frame, f"from given{ordered}"))

    def rested(self, frame: Frame) -> Frame:
        """Return the frame; of many columns as a table.

        Each step that waits holds a block of rows of each column, however few rows there are.
        """
        return self.keep(frame) if len(frame.to_native().columns) > _MANY_COLUMNS else frame

    def without(self, frame: Frame, rows: Frame) -> Frame:
        """Return the frame without some rows.

        A bit for each row instead of an anti join: DuckDB's joins do not keep the order of rows.
        """
        if max(self.height, self._top) >= _MOST_BITS:
            return self.keep(super().without(frame, rows))
        name = self._bits(rows)
        stays = f"coalesce(get_bit(getvariable('{name}'), {quoted(ROW)}::INTEGER), 0) = 0"
        return nw.from_native(frame.to_native().filter(stays))

    def join(self, frame: Frame, other: Frame, on: str) -> Frame:
        """Join ``other`` to the left frame, in its order."""
        return self.keep(super().join(frame, other, on))

    def compute(
        self, frame: Frame, new: Sequence[nw.Expr], like: Mapping[str, str], *, whole: bool
    ) -> Frame:
        """Add columns; those that look at other rows are computed once."""
        computed = super().compute(frame, new, like, whole=whole)
        return self.keep(computed) if whole else computed

    def settled(self, frame: Frame, like: Mapping[str, str]) -> Frame:
        """Keep decimals that did not change: on the way through doubles they would lose digits."""
        native = frame.to_native()
        types = dict(zip(native.columns, map(str, native.types), strict=True))
        columns = []
        for name, old in like.items():
            if types[old].startswith("DECIMAL") and types[name] != types[old]:
                new, came = quoted(name), quoted(old)
                same = f"{new} is not distinct from {came}::DOUBLE"
                kept = f"case when {same} then {came} else {new}::{types[old]} end"
                columns.append(f"{kept} as {new}")
        if not columns:
            return frame
        return nw.from_native(native.project(f"* replace ({', '.join(columns)})"))

    def mark(self, frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
        """Add a boolean column for each pair; one operator, where narwhals would need four."""
        schema = frame.collect_schema()
        flags = ", ".join(
            f"{quoted(a)} is distinct from {quoted(b)} as {quoted(name)}"
            if comparable(schema[a], schema[b])
            else f"({quoted(a)} is not null or {quoted(b)} is not null) as {quoted(name)}"
            for name, (a, b) in pairs.items()
        )
        return nw.from_native(frame.to_native().project(f"*, {flags}")) if flags else frame

    def quantiles(
        self, frame: Frame, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Return exact quantiles at bounded memory."""
        schema = frame.collect_schema()
        floats = {name for name in columns if schema[name].is_float()}
        ask = self._relation(frame)
        return bracketed_quantiles(ask, self.height, columns, floats, probabilities)

    def group_quantiles(
        self, frame: Frame, key: str, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, dict[str, list[float | None]]]:
        """Return exact quantiles for each group."""
        found: dict[str, dict[str, list[float | None]]] = {}
        for name in columns:
            value = quoted(name)
            wanted = f"list({value} order by {value}) filter (isfinite({value}))"
            for group, values in self.query(
                frame, f"select {quoted(key)}, {wanted} from given group by 1"
            ).fetchall():
                found.setdefault(group, {})[name] = sorted_quantiles(values or [], probabilities)
        return found

    def duplicates(
        self, frame: Frame, subset: Sequence[str], keep: str, completeness: Sequence[str]
    ) -> Frame:
        """Return the rows to drop among those that agree in ``subset``."""
        key = near_key(self.sample(frame, subset, 4000))
        hashed = f"hash({', '.join(map(quoted, [key] if key else subset))})"
        # Half the bits are half the memory; the few rows that meet by chance are told apart below.
        value = f"({hashed} >> 32)::UINTEGER"
        mark = quoted(hidden("repeated"))
        repeated = f"select {value} as {mark} from given group by 1 having count(*) > 1"
        keys = self._create("repeated", frame, repeated)
        wanted = ", ".join(map(quoted, dict.fromkeys([ROW, *subset, *completeness])))
        whole = ", ".join(map(quoted, subset))
        members = self._create(
            "members",
            frame,
            f"select {wanted} from given where {value} in (select {mark} from {keys}) "
            f"qualify count(*) over (partition by {whole}) > 1",
        )
        return repeats(self.table(members), subset, keep, completeness)

    def sample(self, frame: Frame, columns: Sequence[str], rows: int) -> dict[str, list[Any]]:
        """Return the values of rows at equal distances."""
        names = ", ".join(map(quoted, columns))
        # A list of row numbers lets the scan pass over what it need not read; a modulo does not.
        wanted = f"select unnest(range(0, {self.height}, {max(1, self.height // rows)}))"
        found = self.query(
            frame, f"select {names} from given where {quoted(ROW)} in ({wanted})"
        ).fetchall()
        return {name: [row[i] for row in found] for i, name in enumerate(columns)}

    def parse_counts(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Sequence[str],
        sentinels: Sequence[str],
        styles: Mapping[str, Style] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Count the cells that are present, and those not of the given kind."""
        relation, stored = self._with_values(frame)
        given = nw.from_native(relation)
        ask = self._relation(given)
        counts = parse_counts(ask, columns, missing, sentinels, stored, styles)
        for name, kind in columns.items():
            if kind == "float":
                self._finite[name] = counts[name]["infinite"] == 0
            if not counts[name]["empty"] and all(map(_HARMLESS.fullmatch, [*missing, *sentinels])):
                self._harmless.add(name)
        return counts

    def is_harmless(self, name: str, kind: Kind, delimiter: str) -> bool:
        """Tell whether no text of a column is empty or would need quotes in a CSV file."""
        style = self._styles.get(name)
        return (
            kind in TYPED
            and not _HARMLESS.fullmatch(delimiter)
            and not (style and delimiter in style.signs)
            and (name in self._harmless or not self.lossless_text)
        )

    def copy(self, frame: Frame, sql: str, path: Path, options: str) -> int:
        """Write what SQL over a frame gives to a file, in order; return the number of rows."""
        asked = self._over(frame.to_native(), sql)
        row = self.connection.execute(f"copy ({asked}) to {literal(str(path))} ({options})")
        return int(row.fetchall()[0][0])

    def batches(self, frame: Frame, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """Give the rows of a query in order, so many at a time; their text may pass 2 GB."""
        self.connection.execute("set arrow_large_buffer_size = true")
        try:
            asked = self.connection.sql(self._over(frame.to_native(), sql))
            yield from even(asked.to_arrow_reader(rows), rows)
        finally:
            self.connection.execute("reset arrow_large_buffer_size")

    def first_wrong(
        self,
        frame: Frame,
        column: str,
        kind: Kind,
        missing: Sequence[str],
        style: Style | None = None,
    ) -> tuple[int, str]:
        """Return the row number and the text of the first cell that is not of the kind."""
        return first_wrong(self._relation(frame), column, kind, missing, style)

    def parse(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Mapping[str, Sequence[str]],
        styles: Mapping[str, Style] | None = None,
    ) -> Frame:
        """Read text columns as other kinds, and remember how they are written."""
        styles = dict(styles or {})
        names = frame.to_native().columns
        relation, stored = self._with_values(frame)
        words = spelled(self._relation(frame), columns, missing, stored)
        chosen = []
        for name in names:
            if name not in columns:
                chosen.append(quoted(name))
                continue
            kind, held, style = columns[name], stored.get(name), styles.get(name)
            known = held and kind != "category" and held.holds(kind, style)
            chosen.append(
                parsed(
                    name,
                    kind,
                    words[name],
                    style,
                    finite=self._finite.get(name, False),
                    stored=held.typed if held and known else None,
                )
            )
        self._styles.update(styles)
        return nw.from_native(relation.project(", ".join(chosen)))

    def _relation(self, frame: Frame) -> Any:
        return lambda sql: self.query(frame, sql)

    def _new(self, stem: str) -> str:
        return f"__{stem}_{next(self._names)}"


def _sql_type(values: Sequence[Any]) -> str:
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return "BOOLEAN"
    if present and all(isinstance(value, int) for value in present):
        return "BIGINT"
    if present and all(isinstance(value, int | float) for value in present):
        return "DOUBLE"
    return "VARCHAR"
