"""Files, through DuckDB: out of memory, in order, with each cell's text beside its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import count
from typing import Any

import duckdb
import narwhals as nw
import numpy as np

from dataprep.engines.parsing import (
    Stored,
    disguised,
    first_wrong,
    in_list,
    literal,
    parse_counts,
    parsed,
    quoted,
    typed,
)
from dataprep.engines.portable import Portable
from dataprep.engines.repeats import near_key, repeats
from dataprep.engines.statistics import between, ranks, sorted_quantiles
from dataprep.kinds import FALSE, TRUE, Kind
from dataprep.ledger import differs_of, new_of
from dataprep.table import ROW, Frame, hidden, text_of

BASE, CELLS = "__source__", "__cells__"
"""The source's rows as text, with `ROW`; and the table that holds them."""
_SAMPLE = 20_000
_MOST_BITS = 2**31 - 1


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
        self.lossless_text = False
        self.json_literals = False
        self.height = 0
        self._names = count()
        self._boolean_words: dict[str, tuple[str, str]] = {}
        self._finite: dict[str, bool] = {}
        self._stored: dict[str, Stored] = {}
        self._cells: dict[str, str] = {}
        self._base: Frame | None = None

    def close(self) -> None:
        """Let go of all memory and files."""
        self.connection.close()

    def table(self, name: str) -> Frame:
        """Return a table or view as a frame."""
        return nw.from_native(self.connection.table(name))

    def load(self, rows: str, columns: Sequence[str], guessed: Mapping[str, Kind]) -> Frame:
        """Read text columns into memory, those with a guessed kind as values, too.

        A whole number or date that is written the usual way is its own text; only the odd
        spellings are kept beside it.

        Parameters
        ----------
        rows : str
            SQL for a relation of text columns.
        columns : sequence of str
        guessed : mapping of str to Kind
            Kinds that the beginning of a file suggests; a wrong guess costs time, not truth.
        """
        inner, outer = [], []
        for i, name in enumerate(columns):
            kind = guessed.get(name)
            inner.append(quoted(name))
            self._cells[name] = quoted(hidden(f"cell {i}"))
            if kind is None:
                outer.append(f"{quoted(name)} as {self._cells[name]}")
                continue
            value, odd = hidden(f"value {i}"), hidden(f"odd {i}")
            has_odd = kind in ("integer", "date")
            self._stored[name] = Stored(kind, value, has_odd, odd if has_odd else None)
            inner.append(f"{typed(name, kind, finite=True)} as {quoted(value)}")
            if has_odd:
                usual = f"{quoted(value)}::VARCHAR = {quoted(name)}"
                kept = f"case when {usual} then null else {quoted(name)} end"
                outer += [quoted(value), f"{kept} as {quoted(odd)}"]
            else:
                outer += [quoted(value), f"{quoted(name)} as {self._cells[name]}"]
        self.connection.execute(
            f"create table {CELLS} as select {', '.join(outer)} "
            f"from (select {', '.join(inner)} from {rows})"
        )
        self.height = self.connection.execute(f"select count(*) from {CELLS}").fetchall()[0][0]
        self._drop_empty_odds()
        texts = [f"{self._text(name)} as {quoted(name)}" for name in columns]
        self.connection.execute(
            f"create view {BASE} as select rowid as {quoted(ROW)}, {', '.join(texts)} from {CELLS}"
        )
        self.lossless_text = True
        copies = [f"{self._text(name)} as {quoted(text_of(name))}" for name in columns]
        everything = ", ".join([f"rowid as {quoted(ROW)}", *texts, *copies])
        self._base = nw.from_native(self.connection.sql(f"select {everything} from {CELLS}"))
        return self._base

    def _drop_empty_odds(self) -> None:
        """Give back the memory of columns of odd texts that hold none."""
        with_odds = {name: held.odd for name, held in self._stored.items() if held.odd}
        if not with_odds:
            return
        counts = ", ".join(f"count({quoted(odd)})" for odd in with_odds.values())
        row = self.connection.execute(f"select {counts} from {CELLS}").fetchall()[0]
        for (name, odd), odds in zip(with_odds.items(), row, strict=True):
            if not odds:
                self.connection.execute(f"alter table {CELLS} drop column {quoted(odd)}")
                self._stored[name] = replace(self._stored[name], odd=None)

    def _text(self, name: str) -> str:
        cell = self._cells[name]
        return self._stored[name].text(cell) if name in self._stored else cell

    def _with_values(self) -> Any:
        """Return the base with its hidden columns of values and odd texts."""
        hidden = [
            quoted(name)
            for held in self._stored.values()
            for name in (held.value, held.odd)
            if name
        ]
        names = [name for name in self._base.collect_schema().names() if name != ROW]  # type: ignore[union-attr]
        texts = []
        for name in names:
            plain = name.removeprefix(text_of(""))
            texts.append(f"{self._text(plain)} as {quoted(name)}")
        shown = ", ".join([f"rowid as {quoted(ROW)}", *texts, *hidden])
        return self.connection.sql(f"select {shown} from {CELLS}")

    def query(self, frame: Frame, sql: str) -> Any:
        """Run SQL over a frame, which it calls ``given``."""
        return frame.to_native().query("given", sql)

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
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        if rows:
            marks = ", ".join("?" for _ in columns)
            self.connection.executemany(f"insert into {name} values ({marks})", rows)
        return self.table(name)

    def written(self, value: str, column: str, kind: Kind) -> str:
        """Return SQL for the text that stands for a typed value in the source's format."""
        if self.json_literals:
            bare = kind in ("integer", "float", "boolean")
            return f"{value}::VARCHAR" if bare else f"to_json({value}::VARCHAR)::VARCHAR"
        if kind == "boolean":
            true, false = self._boolean_words.get(column, ("true", "false"))
            return (
                f"case when {value} then {literal(true)} when not {value} then {literal(false)} end"
            )
        return f"{value}::VARCHAR"

    def write_texts(self, frame: Frame, kinds: Mapping[str, Kind], changed: Set[str]) -> Frame:
        """Write new text where a cell was marked as changed, and for new columns."""
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

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame into a table, in row order."""
        name = self._new("kept")
        relation = frame.to_native().order(quoted(ROW))
        relation.create(name)
        return self.table(name)

    def without(self, frame: Frame, rows: Frame) -> Frame:
        """Return the frame without some rows.

        A bit for each row instead of an anti join: DuckDB's joins do not keep the order of rows.
        """
        if self.height >= _MOST_BITS:
            return self.keep(super().without(frame, rows))
        name = self._new("gone")
        bits = f"bitstring_agg({quoted(ROW)}::BIGINT, 0::BIGINT, {max(self.height, 1)}::BIGINT)"
        self.query(rows, f"select {bits} as bits from given").create(name)
        # A variable is a constant to the planner, so that the test moves into the scan.
        self.connection.execute(f"set variable {name} = (select bits from {name})")
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

    def mark(self, frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
        """Add a boolean column for each pair; one operator, where narwhals would need four."""
        flags = ", ".join(
            f"{quoted(a)} is distinct from {quoted(b)} as {quoted(name)}"
            for name, (a, b) in pairs.items()
        )
        return nw.from_native(frame.to_native().project(f"*, {flags}")) if flags else frame

    def quantiles(
        self, frame: Frame, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Return exact quantiles at bounded memory, in one pass when the sample is a fair one.

        A sample brackets each quantile; a pass counts what lies below the bracket and lists what
        lies inside it, where the order statistics are then found (Floyd and Rivest, 1975).
        """
        samples = self.sample(frame, columns, _SAMPLE)
        if self.height <= _SAMPLE:
            return {
                name: sorted_quantiles(_present(samples[name]), probabilities) for name in columns
            }
        brackets = {
            (name, p): _bracket(_present(samples[name]), p)
            for name in columns
            for p in probabilities
        }
        found: dict[tuple[str, float], float | None] = {}
        while brackets:
            answers = self._count_brackets(frame, brackets)
            wider = {}
            for key, (low, high) in brackets.items():
                total, below, at_low, inside = answers[key]
                value = _select(total, below, at_low, inside, key[1], low)
                if value is _OUTSIDE:
                    wider[key] = _wider(_present(samples[key[0]]), low, high)
                else:
                    found[key] = value
            brackets = wider
        return {name: [found[name, p] for p in probabilities] for name in columns}

    def _count_brackets(self, frame: Frame, brackets: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return for each bracket: values in all, below it, at its low end, and those inside."""
        columns = list(dict.fromkeys(name for name, _ in brackets))
        # Text that was parsed is finite by then; other doubles may not be.
        doubles = set()
        if not self.lossless_text:
            schema = frame.collect_schema()
            doubles = {name for name in columns if schema[name].is_float()}
        values = [
            f"case when isfinite({quoted(n)}) then {quoted(n)} end" if n in doubles else quoted(n)
            for n in columns
        ]
        inner = ", ".join(f"{value} as x{i}" for i, value in enumerate(values))
        parts = [f"count(x{i})" for i in range(len(columns))]
        for (name, _), (low, high) in brackets.items():
            x = f"x{columns.index(name)}"
            within = [f"{x} is not null"]
            if low is not None:
                within.append(f"{x} > {_number(low)}")
            if high is not None:
                within.append(f"{x} < {_number(high)}")
            low_text = _number(low)
            parts += [
                "0" if low is None else f"count_if({x} < {low_text})",
                "0" if low is None else f"count_if({x} = {low_text})",
                f"list({x}) filter ({' and '.join(within)})",
            ]
        asked = f"select {', '.join(parts)} from (select {inner} from given)"
        row = self.query(frame, asked).fetchall()[0]
        found = {}
        for i, (name, p) in enumerate(brackets):
            at = len(columns) + 3 * i
            found[name, p] = (row[columns.index(name)], row[at], row[at + 1], row[at + 2] or [])
        return found

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
        columns = [key] if key else list(subset)
        hashed = f"hash({', '.join(map(quoted, columns))})"
        mark = quoted(hidden("hash"))
        keys, members = self._new("repeated"), self._new("members")
        self.query(
            frame, f"select {hashed} as {mark} from given group by 1 having count(*) > 1"
        ).create(keys)
        wanted = ", ".join(map(quoted, dict.fromkeys([ROW, *subset, *completeness])))
        whole = ", ".join(map(quoted, subset))
        self.query(
            frame,
            f"select {wanted} from given where {hashed} in (select {mark} from {keys}) "
            f"qualify count(*) over (partition by {whole}) > 1",
        ).create(members)
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
    ) -> dict[str, dict[str, Any]]:
        """Count the cells that are present, and those not of the given kind."""
        stored = self._stored if frame is self._base else {}
        asked = self._with_values() if stored else frame.to_native()
        counts = parse_counts(
            lambda sql: asked.query("given", sql), columns, missing, sentinels, stored
        )
        for name, kind in columns.items():
            if kind == "float":
                self._finite[name] = counts[name]["infinite"] == 0
        return counts

    def first_wrong(
        self, frame: Frame, column: str, kind: Kind, missing: Sequence[str]
    ) -> tuple[int, str]:
        """Return the row number and the text of the first cell that is not of the kind."""
        return first_wrong(self._relation(frame), column, kind, missing)

    def disguised(self, frame: Frame, column: str, missing: Sequence[str]) -> dict[str, int]:
        """Return how often each disguised missing value stands in a column."""
        return disguised(self._relation(frame), column, missing)

    def parse(
        self, frame: Frame, columns: Mapping[str, Kind], missing: Mapping[str, Sequence[str]]
    ) -> Frame:
        """Read text columns as other kinds."""
        names = frame.to_native().columns
        stored = self._stored if frame is self._base else {}
        relation = self._with_values() if stored else frame.to_native()
        chosen = []
        for name in names:
            if name not in columns:
                chosen.append(quoted(name))
                continue
            kind, held = columns[name], stored.get(name)
            chosen.append(
                parsed(
                    name,
                    kind,
                    missing.get(name, ()),
                    finite=self._finite.get(name, False),
                    stored=quoted(held.value) if held and held.kind == kind else None,
                )
            )
        for name in (name for name, kind in columns.items() if kind == "boolean"):
            self._boolean_words[name] = self._words(frame, name)
        return nw.from_native(relation.project(", ".join(chosen)))

    def _words(self, frame: Frame, name: str) -> tuple[str, str]:
        """Return how the column spells true and false."""
        word = f"trim({quoted(name)})"
        row = self.query(
            frame,
            f"select mode({word} order by {word}) filter ({in_list(f'lower({word})', TRUE)}), "
            f"mode({word} order by {word}) filter ({in_list(f'lower({word})', FALSE)}) from given",
        ).fetchall()[0]
        return row[0] or "true", row[1] or "false"

    def _relation(self, frame: Frame) -> Any:
        return lambda sql: self.query(frame, sql)

    def _new(self, stem: str) -> str:
        return f"__{stem}_{next(self._names)}"


_OUTSIDE = object()


def _present(values: Sequence[Any]) -> list[Any]:
    return sorted(v for v in values if v is not None and v == v and abs(v) != float("inf"))


def _bracket(sample: list[Any], probability: float) -> tuple[Any, Any]:
    """Return two sample values with the quantile between them, almost surely."""
    size = len(sample)
    if size < _SAMPLE // 4:
        return None, None
    spread = 5 * (probability * (1 - probability) / size) ** 0.5 + 2 / size
    low, high = probability - spread, probability + spread
    return (
        sample[int(low * size)] if low > 0 else None,
        sample[int(np.ceil(high * size))] if high * size < size - 1 else None,
    )


def _wider(sample: list[Any], low: Any, high: Any) -> tuple[Any, Any]:
    """Return a bracket ten times as wide, or none at all where the sample misled."""
    if low is None or high is None:
        return None, None
    below, above = int(np.searchsorted(sample, low)), int(np.searchsorted(sample, high, "right"))
    reach = 10 * max(1, above - below)
    return (
        sample[below - reach] if below - reach > 0 else None,
        sample[above + reach] if above + reach < len(sample) else None,
    )


def _select(
    total: int, below: int, at_low: int, inside: list[Any], probability: float, low: Any
) -> Any:
    if total == 0:
        return None
    ordered = np.sort(np.asarray(inside))

    def statistic(rank: int) -> Any:
        place = rank - below - at_low
        if rank < below or place >= len(ordered):
            return _OUTSIDE
        return low if place < 0 else ordered[place : place + 1].tolist()[0]

    first, second, fraction = ranks(total, probability)
    a, b = statistic(first), statistic(second)
    return _OUTSIDE if a is _OUTSIDE or b is _OUTSIDE else between(a, b, fraction)


def _number(value: Any) -> str:
    return f"{value!r}::DOUBLE" if isinstance(value, float) else str(value)


def _sql_type(values: Sequence[Any]) -> str:
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return "BOOLEAN"
    if present and all(isinstance(value, int) for value in present):
        return "BIGINT"
    if present and all(isinstance(value, int | float) for value in present):
        return "DOUBLE"
    return "VARCHAR"
