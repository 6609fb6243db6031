"""Columns that a stage can treat, among those that its parameter chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataprep.errors import ConfigError
from dataprep.kinds import NUMERIC

if TYPE_CHECKING:
    from dataprep.stage import Stage
    from dataprep.table import Table


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
    chosen = stage.chosen(table)
    for name in set(chosen).intersection(named(getattr(stage, "columns", "all"))):
        if table.kinds[name] not in NUMERIC:
            raise ConfigError(
                f"{name!r} holds no numbers, it is of kind {table.kinds[name]}",
                place=f"{stage.name()}.columns",
                remedy="Choose numeric columns, or give its kind when the table is read.",
            )
    return [name for name in chosen if table.kinds[name] in NUMERIC]
