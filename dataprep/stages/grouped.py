"""What is learned for a whole column or for each group of one, in one shape of state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from dataprep.columns import known
from dataprep.errors import SchemaError
from dataprep.groups import join_group, split_group
from dataprep.kinds import Kind
from dataprep.stage import Lookup
from dataprep.table import Table, hidden

Learned = Mapping[str, Any]


def names_of(by: str | Sequence[str] | None, table: Table) -> list[str]:
    """Return the columns that name groups, checked."""
    return [known(name, table, "by") for name in ([by] if isinstance(by, str) else by or [])]


def present(by: Sequence[str], table: Table) -> list[str]:
    """Return the columns that name groups; one with a role may not have come to serving."""
    for name in by:
        if name not in table.kinds:
            raise SchemaError(
                f"the column {name!r}, by which groups were learned, is not there",
                place="by",
                remedy="Bring it to serving, or group by a feature.",
            )
    return list(by)


def as_rows(groups: Mapping[str, Learned]) -> list[dict[str, Any]]:
    """Return what was learned for each group as JSON holds it, in order."""
    return [
        {"group": split_group(key), "learned": dict(learned)}
        for key, learned in sorted(groups.items())
    ]


def as_held(value: Any, kind: Kind | None) -> Any:
    """Return a learned value as the column holds it now: a float, where whole numbers came so.

    Of whole numbers by group pandas makes a column that takes no fraction and no infinity.
    """
    return float(value) if kind == "float" and isinstance(value, int) else value


class Learnt:
    """Expressions for learned values: a constant, or the value of the row's own group.

    Parameters
    ----------
    by : sequence of str
        The columns that name the group; none for values of the whole column.
    overall : mapping of str to value
        What holds where the group is new.
    groups : list of {"group": [...], "learned": {name: value}}
        What was learned for each group.
    """

    def __init__(
        self, by: Sequence[str], overall: Learned, groups: Sequence[Mapping[str, Any]]
    ) -> None:
        self.by, self.overall, self.groups = list(by), overall, groups

    @property
    def lookup(self) -> Lookup | None:
        """Return what the Change must join."""
        if not self.by:
            return None
        rows: dict[str, dict[str, Any]] = {}
        for row in self.groups:
            learned = {name: v for name, v in row["learned"].items() if v is not None}
            merged = {**self.overall, **learned}
            rows[join_group(row["group"])] = {
                _hidden(name): value for name, value in merged.items() if self._is_known(name)
            }
        return Lookup(self.by, rows)

    def _is_known(self, name: str) -> bool:
        return self.overall.get(name) is not None or any(
            row["learned"].get(name) is not None for row in self.groups
        )

    def value(self, name: str) -> Any:
        """Return the value of ``name``: None, plain, or an expression by group."""
        overall = self.overall.get(name)
        if not self.by or not self._is_known(name):
            return overall
        column = nw.col(_hidden(name))
        return column if overall is None else column.fill_null(overall)


def _hidden(name: str) -> str:
    return hidden(f"learned {name}")
