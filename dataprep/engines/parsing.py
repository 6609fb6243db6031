"""Reading text as numbers, booleans and dates: DuckDB's SQL, for files and for frames alike.

A cast that DuckDB would accept too readily (``1.5`` as an integer, ``1_000``, ``nan``) is refused
here; the cheap test comes first, and the regular expression sees only what it left over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from dataprep.engines import styled
from dataprep.engines.sql import in_list as in_list
from dataprep.engines.sql import literal as literal
from dataprep.engines.sql import quoted as quoted
from dataprep.kinds import LEADING_ZERO, NUMERIC, PATTERNS, Kind
from dataprep.styles import PLAIN, Style, reading_of
from dataprep.table import ROW, hidden

NOTHING = "null::VARCHAR"
"""SQL for a column that has no text."""

Ask = Callable[[str], Any]
"""Runs SQL over the relation ``given`` and returns something with ``fetchall``."""


@dataclass(frozen=True)
class Guess:
    """What the beginning of a file says of a column; to be wrong costs time, not truth.

    Parameters
    ----------
    kind : Kind
    levels : sequence of str
        The texts of a category.
    style : Style, optional
        How the values are written, as far as reading goes.
    """

    kind: Kind
    levels: Sequence[str] = ()
    style: Style | None = None


@dataclass(frozen=True)
class Stored:
    """A column that is kept as values, with the texts that they would not be written as.

    Parameters
    ----------
    kind : Kind
    value : str
        The name of the hidden column with the values.
    cell : str
        SQL for the column of texts; for whole numbers, dates and categories the odd ones alone,
        ``null`` where there are none.
    levels : sequence of str
        The texts that the values of a category may be.
    style : Style, optional
        How the values are written, as far as reading goes.
    """

    kind: Kind
    value: str
    cell: str
    levels: Sequence[str] = ()
    style: Style | None = None

    @property
    def keeps_text(self) -> bool:
        """Whether every text is kept: the value does not say how it was written."""
        return self.kind == "float" or self.style is not None

    def holds(self, kind: Kind, style: Style | None) -> bool:
        """Tell whether the values are those that a kind and a style read."""
        return self.kind == kind and self.style == reading_of(style)

    @property
    def text(self) -> str:
        """SQL for a cell's very text."""
        if self.keeps_text:
            return self.cell
        written = f"{quoted(self.value)}::VARCHAR"
        return written if self.cell == NOTHING else f"coalesce({self.cell}, {written})"

    @property
    def typed(self) -> str:
        """SQL for a cell's value."""
        name = quoted(self.value)
        if self.kind != "integer" or self.style is not None:
            return name
        # Four bytes hold most whole numbers; what they cannot hold is among the odd texts.
        if self.cell == NOTHING:
            return f"{name}::BIGINT"
        return f"coalesce({name}::BIGINT, try_cast({self.cell} as BIGINT))"


STORED: dict[str, str] = {
    "integer": "INTEGER",
    "float": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""The types that values are kept in while the texts are loaded."""
_TYPES: dict[str, str] = {**STORED, "integer": "BIGINT"}


def typed(column: str, kind: Kind, style: Style | None = None, *, finite: bool = False) -> str:
    """Return SQL that reads a text column as a kind; null where it cannot.

    ``finite`` says that no cell is an infinity or NaN, which saves a test.
    """
    name, style = quoted(column), reading_of(style)
    if kind == "boolean":
        return styled.read(name, kind, style or PLAIN, "BOOLEAN")
    if kind not in _TYPES:
        return name
    type = _TYPES[kind]
    value = styled.read(name, kind, style, type) if style else f"try_cast({name} as {type})"
    if kind == "float" and not finite:
        # NaN and infinity are words, in a style too.
        return f"case when isfinite({value}) then {value} end"
    return value


def parsed(
    column: str,
    kind: Kind,
    missing: Sequence[str],
    style: Style | None = None,
    *,
    finite: bool = False,
    stored: str | None = None,
) -> str:
    """Return SQL for a column read as a kind, disguised missing values and sentinels as null.

    ``stored`` names a column that holds the value already.
    """
    value = stored or typed(column, kind, style, finite=finite)
    if stored and kind == "float" and not finite:
        value = f"case when isfinite({stored}) then {stored} end"
    if kind in ("text", "identifier", "other"):
        return f"{value} as {quoted(column)}"
    name = quoted(column)
    if kind == "category":
        # By raw text: the caller has looked up how the words are spelled, blanks included.
        return f"case when {in_list(name, missing)} then null else {value} end as {name}"
    if kind in NUMERIC:
        # By value: a sentinel -999 may be spelled -999.0.
        numbers = [number for word in missing if (number := _number(word)) is not None]
        test = f"{value} not in ({', '.join(map(repr, numbers))})" if numbers else ""
    else:
        pattern = (style or PLAIN).pattern(kind)
        words = [word for word in missing if re.fullmatch(pattern, word)]
        test = f"trim({name}) not in ({', '.join(map(literal, words))})" if words else ""
    return f"case when {test} then {value} end as {name}" if test else f"{value} as {name}"


def _number(word: str) -> int | float | None:
    """Return the number that a word is, if it is a finite one."""
    for read in (int, float):
        try:
            number: int | float = read(word)
        except ValueError:
            continue
        return number if isfinite(number) else None
    return None


def _too_long(name: str) -> str:
    """Return an SQL test for whole numbers that a float would not hold: names, not quantities."""
    # CASE, not AND: outside of a filter, DuckDB evaluates both sides of AND for every row.
    long = f"regexp_matches(trim({name}), '^[+-]?[0-9]{{16,}}$')"
    return f"case when strlen({name}) > 15 then {long} else false end"


def _wrong(
    column: str, value: str, kind: Kind, words: Sequence[str], style: Style | None = None
) -> str:
    """Return an SQL condition: a cell that is present, no word for missing, and not of the kind.

    ``value`` is the cell read as the kind. The cases go from cheap to dear: DuckDB evaluates each
    for the rows alone that the ones before it left over.
    """
    name = quoted(column)
    missing = in_list(f"trim({name})", words)
    if style := reading_of(style):
        none = f"{value} is null" + (f" or not isfinite({value})" if kind == "float" else "")
        pattern = literal(f" *({style.pattern(kind)}) *")
        return (
            f"case when {name} is null then false when {none} then not {missing} "
            f"when regexp_full_match({name}, {pattern}) then false else not {missing} end"
        )
    matches = f"regexp_matches(trim({name}), {literal(PATTERNS[kind])})"
    if kind == "integer":
        fast = f"when {value}::VARCHAR = {name} then false"
    elif kind == "date":
        # Others than ten characters are 'infinity', or a year that few programs can hold.
        fast = f"when {value}::VARCHAR = {name} then strlen({name}) <> 10"
    elif kind == "float":
        # NaN and infinity are words; a longer whole number is a name.
        fast = (
            f"when {value} is null or not isfinite({value}) then not {missing} "
            f"when regexp_full_match({name}, '-?(0|[1-9][0-9]{{0,14}})([.][0-9]+)?') then false"
        )
        matches += f" and not regexp_matches(trim({name}), {literal(LEADING_ZERO)})"
        matches += f" and not ({_too_long(name)})"
    else:
        fast = f"when {value} is null then not {missing}"
        matches = matches if kind == "timestamp" else "true"
    return (
        f"case when {name} is null then false {fast} "
        f"else not ({value} is not null and {matches}) and not {missing} end"
    )


def parse_counts(
    ask: Ask,
    columns: Mapping[str, Kind],
    missing: Sequence[str],
    sentinels: Sequence[str],
    stored: Mapping[str, Stored] | None = None,
    styles: Mapping[str, Style] | None = None,
) -> dict[str, dict[str, Any]]:
    """Count cells that are wrong, not finite, or an empty text, for one kind per column.

    ``stored`` tells which columns hold their values already, ``styles`` how columns are written.

    Returns
    -------
    dict
        ``{column: {"wrong": n, "infinite": n, "empty": n}}``.
    """
    if not columns:
        return {}
    inner, parts = [], []
    words = [*missing, *sentinels]
    for i, (column, kind) in enumerate(columns.items()):
        name = quoted(column)
        held = (stored or {}).get(column)
        style = (styles or {}).get(column)
        held = held if held and held.holds(kind, style) else None
        value = held.typed if held else typed(column, kind, style, finite=True)
        # What is written as its value would be is right: only the odd texts are in question.
        text = held.cell if held else name
        held_as = quoted(hidden(f"read {i}"))
        inner += [f"{text} as {name}", f"{value} as {held_as}"]
        wrong = _wrong(column, held_as, kind, words, style) if kind in PATTERNS else "false"
        infinite = f"count_if(not isfinite({held_as}))" if kind == "float" else "0"
        parts += [f"count_if({wrong})", infinite, f"count_if({name} = '')"]
    row = ask(f"select {', '.join(parts)} from (select {', '.join(inner)} from given)").fetchall()[
        0
    ]
    return {
        column: dict(zip(("wrong", "infinite", "empty"), row[3 * i : 3 * i + 3], strict=True))
        for i, column in enumerate(columns)
    }


def first_wrong(
    ask: Ask, column: str, kind: Kind, missing: Sequence[str], style: Style | None = None
) -> tuple[int, str]:
    """Return the row number and the text of the first cell that is not of the kind."""
    name = quoted(column)
    value = f"({typed(column, kind, style, finite=True)})"
    condition = _wrong(column, value, kind, missing, style)
    row = ask(
        f"select {quoted(ROW)}, {name} from given where {condition} order by 1 limit 1"
    ).fetchall()[0]
    return int(row[0]), str(row[1])


def spelled(
    ask: Ask,
    columns: Mapping[str, Kind],
    missing: Mapping[str, Sequence[str]],
    stored: Mapping[str, Stored] | None = None,
) -> dict[str, Sequence[str]]:
    """Return what counts as missing in each column, for a category the very texts that do.

    A category has few levels: each is trimmed once, not once for each of its cells.
    """
    found = {name: missing.get(name, ()) for name in columns}
    for name in (name for name, kind in columns.items() if kind == "category" and found[name]):
        held = (stored or {}).get(name)
        if held and held.kind == "category" and held.cell == NOTHING:
            words = set(found[name])
            found[name] = [level for level in held.levels if level.strip(" ") in words]
            continue
        levels = f"select distinct {quoted(name)} as level from given"
        rows = ask(
            f"select level from ({levels}) where {in_list('trim(level)', found[name])} order by 1"
        ).fetchall()
        found[name] = [str(level) for (level,) in rows]
    return found
