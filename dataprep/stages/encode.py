"""Levels as numbers: a column for each, a code, a frequency, or what they say of the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import narwhals as nw
import numpy as np
from annotated_types import Ge

from dataprep.columns import known
from dataprep.engine import Arrays
from dataprep.errors import ConfigError, DataError, SchemaError
from dataprep.provenance import row_of_source
from dataprep.stage import Change, Mapped, Stage, State
from dataprep.stages import target_encoding
from dataprep.stages.chosen import levelled_of
from dataprep.stages.levels import Level, codes_of, level_counts
from dataprep.stages.one_hot import flags, is_new
from dataprep.table import ROW, Table, hidden, steady

Handle = Literal["value", "return_nan", "error"]
UNKNOWN, MISSING = -1, -2
"""The codes of ``ordinal`` for a new level and a missing one, as category_encoders has them."""


@dataclass(eq=False, repr=False)
class Encode(Stage):
    """Turn levels into numbers: one-hot, ordinal, by frequency, or by the target.

    Parameters
    ----------
    method : {"one_hot", "ordinal", "frequency", "target"}, default="one_hot"
        ``one_hot``: a column ``<name>_<level>`` of 0 and 1 for each level. ``ordinal``: a column
        ``<name>_ordinal`` with the level's place. ``frequency``: ``<name>_frequency``, its share
        of the rows. ``target``: ``<name>_target``, the mean of the target over its rows, drawn
        towards the mean of all; with several classes, a column for each.
    columns : str, Selector or list, default="category"
        The columns to encode; text, identifiers, booleans and whole numbers if named.
    order : mapping of str to list, optional
        For ``ordinal``, the levels of a column from the first to the last; otherwise they are
        sorted.
    max_levels : int or None, default=50
        How many levels of a column ``one_hot`` gives a column, the most frequent ones.
    handle_many : {"other", "error"}, default="other"
        Whether the rows of the other levels share a column ``<name>_other``, or are refused.
    handle_unknown : {"value", "return_nan", "error"}, default="value"
        What a level is that was not there at fit: ``value`` is 0 in all columns of ``one_hot`` but
        ``<name>_other``, the code -1, the frequency 0, the mean of the target.
    handle_missing : {"value", "return_nan", "error"}, default="value"
        What a missing value is: ``value`` is a level of its own (``<name>_missing``, the code -2)
        if there were any at fit, and otherwise a new one.
    keep : bool, default=False
        Whether the column stays beside what was made of it.
    target : str, optional
        The column that ``target`` learns from; by default the one with that role.
    target_type : {"auto", "binary", "multiclass", "continuous"}, default="auto"
        ``auto``: two values are binary; text, and whole numbers of at most ten values, are classes.
    smooth : "auto" or float, default="auto"
        How many rows the mean of all counts for; ``auto`` takes it from the variances.
    cv : int, default=5
        In how many parts the training rows are encoded, each from the other parts.
    random_state : int, default=0
        Which rows are in which part, by their numbers in the source.

    Notes
    -----
    ``target`` does not tell training rows their own target: ``fit_transform``, ``fit_resample`` and
    ``clean`` encode each part from the others, ``transform`` encodes from all training rows. Behind
    an over-sampler a new row is in the part of the row of the source whose cells it has, its first
    parent: no copy tells of its original. New rows between two parents are encoded, but not learned
    from: the parents may be in different parts.

    References
    ----------
    D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in
    classification and prediction problems", SIGKDD Explorations 3(1), 2001.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"plan": ["a", "b", None, "a", "a", "b"]})
    >>> stage = Encode(handle_unknown="error").fit(frame)
    >>> stage.transform(frame).columns.tolist()
    ['plan_a', 'plan_b', 'plan_missing']
    >>> stage.transform(pd.DataFrame({"plan": ["c"]}))
    Traceback (most recent call last):
        ...
    dataprep.errors.SchemaError: plan: 'c' in row 0 was not there at fit. Use ...
    """

    method: Literal["one_hot", "ordinal", "frequency", "target"] = "one_hot"
    columns: Any = "category"
    order: Mapping[str, Sequence[str | int | bool]] | None = None
    max_levels: Annotated[int, Ge(1)] | None = 50
    handle_many: Literal["other", "error"] = "other"
    handle_unknown: Handle = "value"
    handle_missing: Handle = "value"
    keep: bool = False
    target: str | None = None
    target_type: Literal["auto", "binary", "multiclass", "continuous"] = "auto"
    smooth: Literal["auto"] | Annotated[float, Ge(0)] = "auto"
    cv: Annotated[int, Ge(2)] = 5
    random_state: int = 0

    @property
    def supervised(self) -> bool:
        """Whether the target is learned from."""
        return self.method == "target"

    def learn(self, table: Table) -> State:
        """Return, for each column, its levels and the names of what is made of it."""
        columns = levelled_of(self, table)
        rows, present = table.height(), table.counts(columns)
        order = self.order or {}
        for name in order:
            known(name, table, "encode.order")
        goal = target_encoding.goal_of(self, table, columns) if self.supervised else {}
        apart = target_encoding.apart(table, columns, goal, self) if goal else table
        learned: dict[str, Any] = {}
        taken = set(table.columns)
        for name in columns:
            counts, missing = level_counts(table, name), rows - present[name]
            if missing and self.handle_missing == "error":
                raise _refused(table, name, nw.col(name).is_null(), "is missing", "handle_missing")
            match self.method:
                case "one_hot":
                    found = self._one_hot(name, counts, missing)
                case "ordinal":
                    levels = _ordered(name, counts, order.get(name))
                    found = _coded(name, "ordinal", levels, range(len(levels)), MISSING, UNKNOWN)
                case "frequency":
                    shares = [steady(count / rows) for count in counts.values()]
                    found = _coded(
                        name, "frequency", counts, shares, steady(missing / max(rows, 1)), 0.0
                    )
                case _:
                    statistics = target_encoding.statistics_of(
                        apart, name, list(counts), goal, self.cv
                    )
                    found = target_encoding.learned_of(name, statistics, goal, self.smooth)
            found["makes"] = _free(found["makes"], taken)
            taken.update(found["makes"])
            learned[name] = found
        return {"columns": learned, "goal": goal}

    def _one_hot(self, name: str, counts: Mapping[Level, int], missing: int) -> dict[str, Any]:
        """Return the levels that have a column, and the names: levels, other, missing."""
        levels, most = list(counts), self.max_levels
        many = most is not None and len(levels) > most
        if many:
            if self.handle_many == "error":
                raise DataError(
                    f"the column has {len(levels)} levels, {most} are allowed",
                    place=name,
                    remedy="Raise max_levels, merge levels first (merge_categories), let "
                    "handle_many='other' join the rare ones, or use another method.",
                )
            kept = set(sorted(levels, key=lambda level: -counts[level])[:most])
            levels = [level for level in levels if level in kept]
        ends = ["other"] * many + ["missing"] * bool(missing and self.handle_missing == "value")
        makes = [*(f"{name}_{level}" for level in levels), *(f"{name}_{end}" for end in ends)]
        return {"levels": levels, "all": list(counts) if many else [], "ends": ends, "makes": makes}

    def change(self, table: Table, state: State) -> Change:
        """Add the new columns and remove the old ones."""
        learned = {n: found for n, found in state["columns"].items() if n in table.kinds}
        self._refuse(table, learned)
        if self.method == "one_hot":
            adds: dict[str, Any] = {}
            for name, found in learned.items():
                adds.update(flags(name, found, self.handle_missing, self.handle_unknown))
            return Change(adds=adds, removes=self._removed(learned))
        return self._picked(table, {n: [found] for n, found in learned.items()})

    def change_training(self, table: Table, state: State) -> Change:
        """Do the same, but for ``target``, where no row is told its own."""
        if self.method != "target":
            return self.change(table, state)
        return self._picked(
            table,
            {
                name: [{**found, **part} for part in found["parts"]]
                for name, found in state["columns"].items()
            },
        )

    def _removed(self, learned: Mapping[str, Any]) -> dict[str, str]:
        return {} if self.keep else dict.fromkeys(learned, f"encoded: {self.method}")

    def _picked(self, table: Table, learned: Mapping[str, Sequence[Any]]) -> Change:
        """Return new columns with a value for each level, by the part that a row is in."""
        if not learned:
            return Change()
        kind: Any = "integer" if self.method == "ordinal" else "float"
        source = row_of_source(table)
        names = [new for parts in learned.values() for new in parts[0]["makes"]]
        tables = {
            name: (
                parts[0]["levels"],
                {
                    hidden(new): [self._values(part, place) for part in parts]
                    for place, new in enumerate(parts[0]["makes"])
                },
            )
            for name, parts in learned.items()
        }
        return Change(
            adds={new: (nw.col(hidden(new)), kind) for new in names},
            removes=self._removed(learned),
            mapped=Mapped(
                columns=[source, *learned],
                makes={hidden(new): kind for new in names},
                function=partial(_looked_up, tables, source, self.random_state),
                exact=True,
            ),
        )

    def _values(self, found: Mapping[str, Any], place: int) -> list[Any]:
        """Return the values of the levels, of a new one and of a missing one."""
        missing, unknown = found["missing"][place], found["unknown"][place]
        return [
            *found["values"][place],
            None if self.handle_unknown == "return_nan" else unknown,
            None if self.handle_missing == "return_nan" else missing,
        ]

    def _refuse(self, table: Table, learned: Mapping[str, Any]) -> None:
        """Raise for the first cell that is not to be let through."""
        for name, found in learned.items():
            column = nw.col(name)
            if self.handle_missing == "error" and table.counts([name])[name] < table.height():
                raise _refused(table, name, column.is_null(), "is missing", "handle_missing")
            if self.handle_unknown == "error":
                new = is_new(name, found.get("all") or found["levels"])
                if table.values(new=new.any())["new"]:
                    raise _refused(table, name, new, "was not there at fit", "handle_unknown")


def _looked_up(
    tables: Mapping[str, tuple[list[Level], dict[str, list[list[float | None]]]]],
    source: str,
    seed: int,
    arrays: Arrays,
) -> Arrays:
    """Return the numbers that stand for a batch of levels, by the part that a row is in."""
    found = {}
    for name, (levels, made) in tables.items():
        codes = codes_of(arrays[name], levels)
        for new, by_part in made.items():
            parts = target_encoding.parts_of(arrays[source], len(by_part), seed)
            found[new] = np.array(by_part, dtype="float64")[parts, codes]
    return found


def _coded(
    name: str, made: str, levels: Any, values: Any, missing: float, unknown: float
) -> dict[str, Any]:
    return {
        "levels": list(levels),
        "values": [list(values)],
        "missing": [missing],
        "unknown": [unknown],
        "makes": [f"{name}_{made}"],
    }


def _ordered(name: str, counts: Mapping[Level, int], order: Sequence[Level] | None) -> list[Level]:
    """Return the levels in order; one that a given order leaves out is an error."""
    if order is None:
        return list(counts)
    absent = [level for level in counts if level not in order]
    if absent:
        raise ConfigError(
            f"the order leaves out {', '.join(map(repr, absent[:5]))}",
            place=f"encode.order[{name!r}]",
            remedy="List every level of the column.",
        )
    return list(dict.fromkeys(order))


def _free(names: Sequence[str], taken: set[str]) -> list[str]:
    """Return names that no column has, whatever their case.

    ``a`` of ``b_c`` and ``a_b`` of ``c`` would have one in common; so would East and east in files.
    """
    found: list[str] = []
    known = {name.casefold() for name in taken}
    for name in names:
        while name.casefold() in known:
            name += "_"
        known.add(name.casefold())
        found.append(name)
    return found


def _refused(table: Table, name: str, where: nw.Expr, what: str, parameter: str) -> SchemaError:
    """Return an error that names the first such cell."""
    cells = table.frame.filter(where).select(ROW, name).sort(ROW).head(1)
    cell = table.engine.rows(cells)[0]
    shown = "the value" if what == "is missing" else repr(cell[name])
    return SchemaError(
        f"{shown} in row {cell[ROW]} {what}",
        place=name,
        remedy=f"Use {parameter}='value' or 'return_nan', or mend the cell first.",
    )
