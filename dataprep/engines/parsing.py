"""Reading text as numbers, booleans and dates: DuckDB's SQL, for files and for frames alike.

A cast that DuckDB would accept too readily (``1.5`` as an integer, ``1_000``, ``nan``) is refused
here; the cheap test comes first, and the regular expression sees only what it left over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataprep.kinds import FALSE, LEADING_ZERO, PATTERNS, TRUE, Kind
from dataprep.table import ROW, hidden

Ask = Callable[[str], Any]
"""Runs SQL over the relation ``given`` and returns something with ``fetchall``."""


@dataclass(frozen=True)
class Stored:
    """A column whose values were read along with its text.

    Parameters
    ----------
    kind : Kind
    value : str
        The name of the hidden column with the values.
    usual : bool
        Whether a text is stored only where it is not what the value would be written as.
    odd : str, optional
        The name of the hidden column with those texts; None where there are none.
    """

    kind: Kind
    value: str
    usual: bool = False
    odd: str | None = None

    def text(self, cell: str) -> str:
        """Return SQL for the cell's very text, given SQL for where it would be stored."""
        if not self.usual:
            return cell
        written = f"{quoted(self.value)}::VARCHAR"
        return f"coalesce({quoted(self.odd)}, {written})" if self.odd else written


_TYPES: dict[str, str] = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def in_list(expression: str, words: Sequence[str]) -> str:
    """Return an SQL test of membership; false for an empty list."""
    if not words:
        return "false"
    return f"{expression} in ({', '.join(literal(word) for word in words)})"


def typed(column: str, kind: Kind, *, finite: bool = False) -> str:
    """Return SQL that reads a text column as a kind; null where it cannot.

    ``finite`` says that no cell is an infinity or NaN, which saves a test.
    """
    name = quoted(column)
    if kind == "boolean":
        word = f"lower(trim({name}))"
        return (
            f"case when {in_list(word, TRUE)} then true when {in_list(word, FALSE)} then false end"
        )
    if kind == "float":
        cast = f"try_cast({name} as DOUBLE)"
        return cast if finite else f"case when isfinite({cast}) then {cast} end"
    if kind in _TYPES:
        return f"try_cast({name} as {_TYPES[kind]})"
    return name


def parsed(
    column: str,
    kind: Kind,
    missing: Sequence[str],
    *,
    finite: bool = False,
    stored: str | None = None,
) -> str:
    """Return SQL for a column read as a kind, disguised missing values and sentinels as null.

    ``stored`` names a column that holds the value already.
    """
    value = stored or typed(column, kind, finite=finite)
    if stored and kind == "float" and not finite:
        value = f"case when isfinite({stored}) then {stored} end"
    if kind in ("text", "identifier", "other"):
        return f"{value} as {quoted(column)}"
    if kind == "category":
        value = (
            f"case when {in_list(f'trim({quoted(column)})', missing)} then null else {value} end"
        )
    elif numbers := [word for word in missing if _is_number(word)]:
        # By value: a sentinel -999 may be spelled -999.0.
        value = f"case when {value} not in ({', '.join(numbers)}) then {value} end"
    return f"{value} as {quoted(column)}"


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.lower() not in ("nan", "inf")


def _too_long(name: str) -> str:
    """Return an SQL test for whole numbers that a float would not hold: names, not quantities."""
    return f"(length({name}) > 15 and regexp_matches(trim({name}), '^[+-]?[0-9]{{16,}}$'))"


def _wrong(column: str, value: str, kind: Kind, words: Sequence[str]) -> str:
    """Return an SQL condition: a cell that is present, no word for missing, and not of the kind.

    ``value`` is the cell read as the kind. The cases go from cheap to dear: DuckDB evaluates each
    for the rows alone that the ones before it left over.
    """
    name = quoted(column)
    missing = in_list(f"trim({name})", words)
    matches = f"regexp_matches(trim({name}), {literal(PATTERNS[kind])})"
    if kind in ("integer", "date"):
        fast = f"when {value}::VARCHAR = {name} then false"
    elif kind == "float":
        # Past these beginnings, a number has no leading zeros; NaN and infinity are words.
        plain = f"{name} >= '1' or starts_with({name}, '0.')"
        plain += f" or (starts_with({name}, '-') and not starts_with({name}, '-0'))"
        fast = (
            f"when {value} is null then not {missing} "
            f"when ({plain}) and isfinite({value}) then contains({name}, '_') or {_too_long(name)}"
        )
        matches += f" and not regexp_matches(trim({name}), {literal(LEADING_ZERO)})"
        matches += f" and not ({_too_long(name)}) and isfinite({value})"
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
) -> dict[str, dict[str, Any]]:
    """Count cells that are wrong or not finite, for one kind per column.

    ``stored`` tells which columns hold their values already.

    Returns
    -------
    dict
        ``{column: {"wrong": n, "infinite": n}}``.
    """
    if not columns:
        return {}
    inner, parts = [], []
    words = [*missing, *sentinels]
    for i, (column, kind) in enumerate(columns.items()):
        name = quoted(column)
        held = (stored or {}).get(column)
        held = held if held and held.kind == kind else None
        value = quoted(held.value) if held else typed(column, kind, finite=True)
        text = name
        if held and held.usual:
            # What is written as its value would be is right: only the odd texts are in question.
            text = quoted(held.odd) if held.odd else "null::VARCHAR"
        held_as = quoted(hidden(f"read {i}"))
        inner += [f"{text} as {name}", f"{value} as {held_as}"]
        wrong = _wrong(column, held_as, kind, words) if kind in PATTERNS else "false"
        infinite = f"count_if(not isfinite({held_as}))" if kind == "float" else "0"
        parts += [f"count_if({wrong})", infinite]
    row = ask(f"select {', '.join(parts)} from (select {', '.join(inner)} from given)").fetchall()[
        0
    ]
    return {
        column: {"wrong": row[2 * i], "infinite": row[2 * i + 1]}
        for i, column in enumerate(columns)
    }


def first_wrong(ask: Ask, column: str, kind: Kind, missing: Sequence[str]) -> tuple[int, str]:
    """Return the row number and the text of the first cell that is not of the kind."""
    name = quoted(column)
    condition = _wrong(column, f"({typed(column, kind, finite=True)})", kind, missing)
    row = ask(
        f"select {quoted(ROW)}, {name} from given where {condition} order by 1 limit 1"
    ).fetchall()[0]
    return int(row[0]), str(row[1])


def disguised(ask: Ask, column: str, missing: Sequence[str]) -> dict[str, int]:
    """Return how often each disguised missing value stands in a column."""
    name = f"trim({quoted(column)})"
    rows = ask(
        f"select {name}, count(*) from given where {in_list(name, missing)} group by 1 order by 1"
    ).fetchall()
    return {str(word): int(count) for word, count in rows}
