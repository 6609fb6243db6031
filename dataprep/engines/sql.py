"""The words of SQL: names, strings and lists, quoted."""

from __future__ import annotations

from collections.abc import Sequence


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
