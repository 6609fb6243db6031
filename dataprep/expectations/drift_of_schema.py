"""Columns against a recorded schema: added, gone, of another kind, in another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataprep.table import Table

_ALIKE = (frozenset({"category", "text"}), frozenset({"identifier", "text"}))
"""Kinds that one more row can turn into each other: they are no drift."""


@dataclass(frozen=True)
class SchemaDrift:
    """How columns differ from those that were recorded.

    Parameters
    ----------
    added, gone : tuple of str
    retyped : mapping of str to (str, str)
        The kind that was recorded, and the one that is there.
    reordered : tuple of str
        The columns of both that stand in another order, in the new one.
    """

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    retyped: Mapping[str, tuple[str, str]] | None = None
    reordered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.added or self.gone or self.retyped or self.reordered)

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``summary.json`` holds it."""
        return {
            "added": list(self.added),
            "gone": list(self.gone),
            "retyped": {name: list(kinds) for name, kinds in (self.retyped or {}).items()},
            "reordered": list(self.reordered),
        }

    def __str__(self) -> str:
        """Say in a line what differs."""
        told = []
        if self.added:
            told.append(f"columns added: {', '.join(self.added)}")
        if self.gone:
            told.append(f"columns gone: {', '.join(self.gone)}")
        kinds = (f"{name} was {was}, is {now}" for name, (was, now) in (self.retyped or {}).items())
        told += kinds
        if self.reordered:
            told.append(f"in another order: {', '.join(self.reordered)}")
        return "; ".join(told) or "the columns are as recorded"


def schema_drift(table: Table, recorded: Mapping[str, str]) -> SchemaDrift:
    """Compare a table's columns with recorded ones.

    Parameters
    ----------
    table : Table
    recorded : mapping of str to str
        Kinds by column, in their order: the ``columns`` of a ``summary.json``, or the ``kinds_``
        of a fitted pipeline.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> table = open_frame(pd.DataFrame({"b": [1.5], "a": [1], "new": ["x"]})).table
    >>> print(schema_drift(table, {"a": "integer", "b": "integer", "old": "text"}))
    columns added: new; columns gone: old; b was integer, is float; in another order: b, a
    """
    there = table.kinds
    both = [name for name in there if name in recorded]
    retyped = {
        name: (recorded[name], str(there[name]))
        for name in both
        if recorded[name] != there[name] and not _alike(recorded[name], there[name])
    }
    order = [name for name in recorded if name in there]
    return SchemaDrift(
        tuple(name for name in there if name not in recorded),
        tuple(name for name in recorded if name not in there),
        retyped,
        tuple(now for now, was in zip(both, order, strict=True) if now != was),
    )


def _alike(one: str, other: str) -> bool:
    return any({one, other} <= pair for pair in _ALIKE)
