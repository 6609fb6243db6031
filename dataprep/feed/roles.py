"""What columns are for: roles that were named, those of what pipelines add, and parts of rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw

from dataprep.engines.index import is_unnamed_index
from dataprep.errors import ConfigError, did_you_mean
from dataprep.feed.columns import is_text
from dataprep.parts import PARTS, TRAIN, WEIGHT, part_of, split_column
from dataprep.provenance import with_added
from dataprep.table import Table

_ORIGIN = "_origin"
_SPLIT = "split"


def check_column(name: str | None, names: Collection[str], place: str) -> None:
    """Raise where a column that was named is not there."""
    if name is not None and name not in names:
        raise ConfigError(
            f"no column named {name!r}", place=place, remedy=did_you_mean(name, [*names])
        )


def one_of_role(table: Table, role: str) -> str | None:
    """Return the column of a role; of several, the one that was named."""
    return next((n for n, had in table.roles.items() if had == role and n in table.kinds), None)


def parts_in(table: Table, column: str) -> list[str]:
    """Return the parts that rows are in."""
    found = table.engine.rows(table.frame.select(nw.col(column).cast(nw.String)).unique())
    return parts_of({row[column] for row in found})


def parts_of(values: Collection[str | None]) -> list[str]:
    """Return the distinct values of a column of parts in order, those of a pipeline first."""
    names = {value for value in values if value is not None}
    return [*(part for part in PARTS if part in names), *sorted(names - set(PARTS))]


def with_roles(
    table: Table, parts: Callable[[Table, str], list[str]] = parts_in, **given: str | None
) -> Table:
    """Return a table with the roles that were named, and those of columns that pipelines add.

    Parameters
    ----------
    table : Table
    parts : callable, optional
        How it is found which parts a column names, where the table has no rows.
    **given : str, optional
        A column for each role.
    """
    roles = dict(table.roles)
    for role, name in given.items():
        check_column(name, table.columns, role)
        if name is not None:
            # Weights that others replace may follow from the target: they become no feature.
            kept = {n: had for n, had in roles.items() if had != role or role == "weight"}
            roles = {name: role} | {n: had for n, had in kept.items() if n != name}
    if table.kinds.get(WEIGHT) == "float":
        roles.setdefault(WEIGHT, "weight")
    roles = with_added(roles, table.kinds)
    for name in table.columns:
        if name in table.report.get("index", ()) or is_unnamed_index(name):
            # Labels of rows tell what was sorted or left out; where they are data, one names them.
            roles.setdefault(name, "index")
    split = table.report.get("part_column", _SPLIT)
    unsaid = split not in roles and "split" not in roles.values()
    if unsaid and _has_text(table, split) and set(parts(table, split)) <= set(PARTS):
        roles[split] = "split"
    return replace(table, roles=roles)


def _has_text(table: Table, name: str) -> bool:
    """Tell whether there is a column of that name, and of text."""
    return name in table.kinds and is_text(table.frame.collect_schema()[name])


def chosen_part(table: Table, split: str) -> Table:
    """Return the rows of a part; all of them where nothing was split and ``train`` is asked."""
    column = split_column(table)
    if column is None:
        check_part(split, [TRAIN], divided=False)
        return table
    check_part(split, parts_in(table, column))
    nowhere = table.values(n=nw.col(column).is_null().sum())["n"]
    if nowhere:
        warnings.warn(f"{column}: {nowhere:,} rows are in no part, and are left out", stacklevel=2)
    part = part_of(table, split)
    return replace(part, kinds={n: k for n, k in part.kinds.items() if n != column})


def check_part(split: str, parts: Sequence[str], *, divided: bool = True) -> None:
    """Raise where rows are in no such part."""
    if split in parts:
        return
    if not divided:
        raise ConfigError(
            f"there is no part {split!r}: the rows were not split",
            place="split",
            remedy="Add the stage split to the pipeline; 'train' takes all rows here.",
        )
    raise ConfigError(
        f"there is no part {split!r}", place="split", remedy=did_you_mean(split, parts)
    )


def origin_column(table: Table) -> str | None:
    """Return the column that says which stage made a row, where there is one."""
    shown = (name for name in table.columns if table.roles.get(name) == "provenance")
    # A pipeline puts underscores before a name that is taken.
    return next((name for name in shown if name.lstrip("_") == _ORIGIN.lstrip("_")), None)


def made_in(origins: Any) -> int:
    """Return how many rows were made, of an Arrow column that says by which stage.

    Examples
    --------
    >>> import pyarrow as pa
    >>> made_in(pa.array(["smote", None, "", "smote"]))
    2
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(origins.type):
        # So comes a column that has no value anywhere.
        return 0
    made = pc.not_equal(origins.cast(pa.string()), "")
    return int(pc.sum(made).as_py() or 0)
