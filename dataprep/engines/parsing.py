"""Reading text as numbers, booleans and dates: DuckDB's SQL, for files and for frames alike.

A cast that DuckDB would accept too readily (``1.5`` as an integer, ``1_000``, ``nan``) is refused
here; the cheap test comes first, and the regular expression sees only what it left over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dataprep.kinds import FALSE, LEADING_ZERO, PATTERNS, TRUE, Kind
from dataprep.table import ROW

Ask = Callable[[str], Any]
"""Runs SQL over the relation ``given`` and returns something with ``fetchall``."""

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


def typed(column: str, kind: Kind) -> str:
    """Return SQL that reads a text column as a kind; null where it cannot."""
    name = quoted(column)
    if kind == "boolean":
        word = f"lower(trim({name}))"
        return f"case when {in_list(word, TRUE)} then true when {in_list(word, FALSE)} then false end"
    if kind == "float":
        cast = f"try_cast({name} as DOUBLE)"
        return f"case when isfinite({cast}) then {cast} end"
    if kind in _TYPES:
        return f"try_cast({name} as {_TYPES[kind]})"
    return name


def parsed(column: str, kind: Kind, missing: Sequence[str]) -> str:
    """Return SQL for a column read as a kind, disguised missing values and sentinels as null."""
    value = typed(column, kind)
    if kind in ("text", "identifier", "other"):
        return f"{value} as {quoted(column)}"
    if kind == "category":
        value = f"case when {in_list(f'trim({quoted(column)})', missing)} then null else {value} end"
    elif numbers := [word for word in missing if _is_number(word)]:
        value = f"case when not {in_list(f'trim({quoted(column)})', numbers)} then {value} end"
    return f"{value} as {quoted(column)}"


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.lower() not in ("nan", "inf")


def _wrong(column: str, kind: Kind) -> str:
    """Return an SQL condition for present cells that are not of the kind, cheap tests first."""
    name, value = quoted(column), typed(column, kind)
    pattern = literal(PATTERNS[kind])
    if kind in ("integer", "date"):
        return f"({value})::VARCHAR is distinct from {name} and not (({value}) is not null and regexp_matches(trim({name}), {pattern}))"
    if kind == "float":
        odd = f"left({name}, 1) in ('0', ' ', '+') and regexp_matches(trim({name}), {literal(LEADING_ZERO)})"
        return f"(({value}) is null or contains({name}, '_') or ({odd}))"
    if kind == "timestamp":
        return f"(({value}) is null or not regexp_matches(trim({name}), {pattern}))"
    return f"({value}) is null"


def parse_counts(
    ask: Ask,
    columns: Mapping[str, Kind],
    missing: Sequence[str],
    sentinels: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """Count cells that are present, disguised as missing, and wrong, for one kind per column.

    Returns
    -------
    dict
        ``{column: {"present": n, "wrong": n, "example": text, "row": n}}``; the example is the
        first wrong cell.
    """
    if not columns:
        return {}
    parts = []
    words = [*missing, *sentinels]
    for i, (column, kind) in enumerate(columns.items()):
        name = quoted(column)
        wrong = "false"
        if kind in PATTERNS:
            wrong = f"{name} is not null and {_wrong(column, kind)} and not {in_list(f'trim({name})', words)}"
        parts.append(f"count({name}) as p{i}")
        parts.append(f"count(*) filter ({wrong}) as w{i}")
    row = ask(f"select {', '.join(parts)} from given").fetchall()[0]
    found: dict[str, dict[str, Any]] = {}
    for i, column in enumerate(columns):
        found[column] = {"present": row[2 * i], "wrong": row[2 * i + 1]}
    return found


def first_wrong(
    ask: Ask, column: str, kind: Kind, missing: Sequence[str]
) -> tuple[int, str]:
    """Return the row number and the text of the first cell that is not of the kind."""
    name = quoted(column)
    condition = f"{name} is not null and {_wrong(column, kind)} and not {in_list(f'trim({name})', missing)}"
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
