"""How many rows of each class there are, are made, and are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from dataprep.errors import ConfigError
from dataprep.parts import label_of
from dataprep.provenance import origins, was_made
from dataprep.table import hidden

if TYPE_CHECKING:
    from dataprep.stage import State
    from dataprep.table import Table

Counts = dict[Any, int]
"""Rows by class, the classes in order."""
_COUNT = hidden("n")


def target_of(table: Table, stage: str) -> str:
    """Return the column with the classes, or raise."""
    names = table.of_role("target")
    if not names:
        raise ConfigError(
            # scikit-learn's words, which its checks look for.
            "requires y to be passed, but the target y is None",
            place=stage,
            remedy="Name it: --target COL, target: COL in YAML, or dp.Pipeline(..., target=COL).",
        )
    return names[0]


def counts_of(table: Table, target: str) -> Counts:
    """Return how many rows each class has, the classes in order."""
    counted = table.frame.group_by(target).agg(nw.len().alias(_COUNT)).sort(target)
    return {row[target]: int(row[_COUNT]) for row in table.engine.rows(counted)}


def asked_of(counts: Counts, state: State) -> Counts:
    """Return what the state holds for each class, by its label."""
    wanted = state["wanted"]
    return {label: wanted[label_of(label)] for label in counts if label_of(label) in wanted}


def by_code(counts: Counts, state: State) -> dict[int, int]:
    """Return what the state holds for each class, by the place of its label."""
    labels = list(counts)
    return {labels.index(label): rows for label, rows in asked_of(counts, state).items()}


def of_classes(table: Table, target: str, labels: list[Any]) -> Table:
    """Return the rows of some classes."""
    return replace(table, frame=table.frame.filter(nw.col(target).is_in(labels)))


def made_before(table: Table, target: str) -> Counts:
    """Return how many rows of each class stages made, or gave their label, of earlier runs too."""
    if not origins(table):
        return {}
    made = table.frame.filter(was_made(table))
    counted = made.group_by(target).agg(nw.len().alias(_COUNT))
    return {row[target]: int(row[_COUNT]) for row in table.engine.rows(counted)}
