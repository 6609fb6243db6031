"""Columns that a stage can treat, among those that its parameter chooses."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import narwhals as nw

from dataprep.errors import ConfigError
from dataprep.kinds import NUMERIC, Kind

if TYPE_CHECKING:
    from dataprep.stage import Stage
    from dataprep.table import Table


WORDS: tuple[Kind, ...] = ("text", "category", "identifier")
_LEVELLED: tuple[Kind, ...] = (*WORDS, "boolean", "integer", "float")


def named(columns: Any) -> list[str]:
    """Return the columns that a parameter lists by name; those that a selector finds are not."""
    if isinstance(columns, str):
        return [columns]
    return list(columns) if isinstance(columns, list | tuple) else []


def numeric_of(stage: Stage, table: Table) -> list[str]:
    """Return the chosen columns that hold numbers.

    Raises
    ------
    ConfigError
        When a column of another kind was named; one that a selector finds is passed over.
    """
    return _of_kinds(stage, table, NUMERIC, "numbers", "numeric columns")


def words_of(stage: Stage, table: Table) -> list[str]:
    """Return the chosen columns that hold words: text, categories or identifiers.

    Raises
    ------
    ConfigError
        When a column of another kind was named; one that a selector finds is passed over.
    """
    columns = _of_kinds(stage, table, WORDS, "text", "columns of text")
    schema = table.frame.collect_schema()
    # A frame may have declared numbers to be categories.
    return [name for name in columns if schema[name] == nw.String]


def levelled_of(stage: Stage, table: Table) -> list[str]:
    """Return the chosen columns that hold levels: words, booleans, whole numbers.

    Raises
    ------
    ConfigError
        When a column of another kind was named; one that a selector finds is passed over.
    """
    columns = _of_kinds(stage, table, _LEVELLED, "levels", "categories or whole numbers")
    schema = table.frame.collect_schema()
    # pandas has no missing whole number in its oldest types: those columns are floats.
    floats = [name for name in columns if schema[name].is_float()]
    whole = table.values(
        **{f"w{i}": (nw.col(n).fill_null(0.0) % 1 == 0).all() for i, n in enumerate(floats)}
    )
    fractions = [name for i, name in enumerate(floats) if not whole[f"w{i}"]]
    for name in set(fractions).intersection(named(getattr(stage, "columns", "all"))):
        raise ConfigError(
            f"{name!r} has fractions, they are no levels",
            place=f"{stage.name()}.columns",
            remedy="Choose categories or whole numbers; bin this column first.",
        )
    return [name for name in columns if name not in fractions]


def _of_kinds(
    stage: Stage, table: Table, kinds: Collection[Kind], what: str, remedy: str
) -> list[str]:
    chosen = stage.chosen(table)
    for name in set(chosen).intersection(named(getattr(stage, "columns", "all"))):
        if table.kinds[name] not in kinds:
            raise ConfigError(
                f"{name!r} holds no {what}, it is of kind {table.kinds[name]}",
                place=f"{stage.name()}.columns",
                remedy=f"Choose {remedy}, or give its kind when the table is read.",
            )
    return [name for name in chosen if table.kinds[name] in kinds]
