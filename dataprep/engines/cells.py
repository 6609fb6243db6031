"""The cells of a text file in DuckDB's memory: their very text, and values where they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dataprep.engines import styled
from dataprep.engines.parsing import NOTHING, STORED, Guess, Stored, literal, quoted
from dataprep.table import ROW, hidden, text_of

BASE = "__source__"
"""The view of the source's rows as they came, with `ROW`."""


class Cells:
    """Columns of text, those with a guessed kind kept as values.

    A whole number, a date or a level that is written the usual way is its own text; only the odd
    spellings are kept beside it. A decimal, or a value in a style, is kept as value and as text.

    Parameters
    ----------
    connection : DuckDBPyConnection
    table : str
        The name of the table that is to hold them.
    rows : str
        SQL for a relation of text columns.
    columns : sequence of str
    guessed : mapping of str to Guess
    """

    def __init__(
        self,
        connection: Any,
        table: str,
        rows: str,
        columns: Sequence[str],
        guessed: Mapping[str, Guess],
    ) -> None:
        self.connection, self.table, self.columns = connection, table, list(columns)
        self.stored: dict[str, Stored] = {}
        self._cells = {name: quoted(hidden(f"cell {i}")) for i, name in enumerate(columns)}
        inner, outer = [], []
        for i, name in enumerate(columns):
            guess, text, cell = guessed.get(name), quoted(name), self._cells[name]
            inner.append(text)
            if guess is None:
                outer.append(f"{text} as {cell}")
                continue
            held = self.stored[name] = Stored(
                guess.kind, hidden(f"value {i}"), cell, guess.levels, guess.style
            )
            value = quoted(held.value)
            inner.append(f"{self._value(text, guess, i)} as {value}")
            odd = f"case when {_is_usual(held, text)} then null else {text} end"
            outer += [value, f"{text if held.keeps_text else odd} as {cell}"]
        connection.execute(
            f"create table {table} as select {', '.join(outer)} "
            f"from (select {', '.join(inner)} from {rows})"
        )
        self.height = self._without_empty_columns()
        texts = ", ".join(f"{self._text(name)} as {quoted(name)}" for name in columns)
        connection.execute(
            f"create view {BASE} as select rowid as {quoted(ROW)}, {texts} from {table}"
        )

    def _value(self, text: str, guess: Guess, i: int) -> str:
        """Return SQL for the value of a text, if it is of the kind that was guessed."""
        if guess.style:
            # What has no text to fall back on must hold every whole number.
            type = "BIGINT" if guess.kind == "integer" else STORED[guess.kind]
            return styled.read(text, guess.kind, guess.style, type)
        return f"try_cast({text} as {self._type_of(guess, i)})"

    def _type_of(self, guess: Guess, i: int) -> str:
        if guess.kind != "category":
            return STORED[guess.kind]
        name = f"__levels_{i}"
        levels = ", ".join(map(literal, guess.levels))
        self.connection.execute(f"create or replace type {name} as enum ({levels})")
        return name

    def _without_empty_columns(self) -> int:
        """Drop columns of odd texts that hold none; return the number of rows."""
        odd = [(name, held) for name, held in self.stored.items() if not held.keeps_text]
        counts = ["count(*)", *(f"count({held.cell})" for _, held in odd)]
        row = self.connection.execute(f"select {', '.join(counts)} from {self.table}").fetchall()[0]
        for (name, held), texts in zip(odd, row[1:], strict=True):
            if not texts:
                self.connection.execute(f"alter table {self.table} drop column {held.cell}")
                self.stored[name] = replace(held, cell=NOTHING)
        return int(row[0])

    def _text(self, name: str) -> str:
        return self.stored[name].text if name in self.stored else self._cells[name]

    def has_row(self, texts: Mapping[str, str]) -> bool:
        """Tell whether a row holds certain texts, none of which is a number or a date."""
        tests = []
        for name, text in texts.items():
            held = self.stored.get(name)
            if held and held.kind != "category" and held.cell == NOTHING:
                # All cells are numbers or dates.
                return False
            cell = self._text(name) if not held or held.kind == "category" else held.cell
            tests.append(f"{cell} = {literal(text)}")
        if not tests:
            return False
        asked = f"select 1 from {self.table} where {' and '.join(tests)} limit 1"
        return bool(self.connection.execute(asked).fetchall())

    def texts(self) -> Any:
        """Return a relation of the texts: to become values, and to be kept."""
        return self.connection.sql(f"select {self._shown()} from {self.table}")

    def with_values(self) -> Any:
        """Return the same with the hidden columns that it is made of."""
        return self.connection.sql(f"select {self._shown()}, * from {self.table}")

    def _shown(self) -> str:
        texts = [f"{self._text(name)} as {quoted(name)}" for name in self.columns]
        copies = [f"{self._text(name)} as {quoted(text_of(name))}" for name in self.columns]
        return ", ".join([f"rowid as {quoted(ROW)}", *texts, *copies])


def _is_usual(held: Stored, text: str) -> str:
    """Return an SQL test: the value is written as the text that it was read from."""
    if held.kind == "category":
        # A level is read from its very text alone.
        return f"{quoted(held.value)} is not null"
    usual = f"{quoted(held.value)}::VARCHAR = {text}"
    if held.kind not in ("date", "timestamp"):
        return usual
    # Beyond lie 'infinity' and years that few programs can hold.
    value = quoted(held.value)
    return f"{usual} and {value} >= '0001-01-01' and {value} < '10000-01-01'"
