"""Provenance: where a row that was made comes from, and how it travels with the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

import narwhals as nw
import numpy as np

from dataprep.kinds import NUMERIC, Kind
from dataprep.parts import WEIGHT
from dataprep.table import ROW, Table, hidden, text_of

ORIGIN = hidden("origin")
"""The hidden column with the stage that made a row, or gave it its label; empty in all others."""
PARENT_A, PARENT_B = hidden("parent_a"), hidden("parent_b")
"""The hidden columns with the numbers of its parents, -1 for none."""
STEP = hidden("step")
"""The hidden column that says how far a row lies from the first to the second of them."""
DONOR = hidden("donor")
"""The hidden column with the row of the source whose cells a row has where no stage made them."""
PROVENANCE = (ORIGIN, PARENT_A, PARENT_B, STEP, DONOR)
SHOWN: Mapping[str, tuple[str, Kind]] = {
    "_origin": (ORIGIN, "category"),
    "_parent_a": (PARENT_A, "integer"),
    "_parent_b": (PARENT_B, "integer"),
    "_step": (STEP, "float"),
}
"""Columns in which a person sees it, the hidden ones behind them, and their kinds."""

LABEL_ROUND, LABEL_CONFIDENCE = "_label_round", "_label_confidence"
"""Columns of a label that a stage supplied: since which round, and how sure it was."""
LABEL_QUALITY, SUGGESTED_LABEL = "_label_quality", "_suggested_label"
"""Columns in which a stage says what it thinks of a label."""
SOFT_LABEL = "_soft_"
"""How the columns begin that hold the probability of each class."""


def with_added(roles: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return roles, with those of columns that an earlier run added: no features of the next one.

    Weights and probabilities are taken for such beside the confidence of a label, or where
    probabilities are several columns.

    Examples
    --------
    >>> with_added({}, {"age": "float", "_label_quality": "float", "_suggested_label": "other"})
    {'_label_quality': 'provenance', '_suggested_label': 'provenance'}
    >>> with_added({}, {"_soft_no": "float", "_soft_yes": "float", "_step": "float"})
    {'_soft_no': 'soft_label', '_soft_yes': 'soft_label'}
    """
    first = {name: _first_name(name) for name in kinds}
    whole = set(SHOWN) <= set(first.values())
    found = [
        name
        for name, known in first.items()
        if known in (LABEL_QUALITY, SUGGESTED_LABEL)
        or (known in (LABEL_ROUND, LABEL_CONFIDENCE) and kinds[name] in NUMERIC)
        or (known in SHOWN and (whole or _is_origin(name, kinds)))
    ]
    added = dict.fromkeys(found, "provenance")
    supplied = any(first[name] == LABEL_CONFIDENCE for name in found)
    softs = [n for n in kinds if n.startswith(SOFT_LABEL) and kinds[n] in NUMERIC]
    if supplied or len(softs) > 1:
        added |= dict.fromkeys(softs, "soft_label")
    if supplied and kinds.get(WEIGHT) in NUMERIC:
        # Beside the weight that was named, it is neither: it follows from the target.
        added[WEIGHT] = "provenance" if "weight" in roles.values() else "weight"
    return {**roles, **{name: role for name, role in added.items() if name not in roles}}


def _first_name(name: str) -> str:
    """Return the name without the underscores that `free_name` put in front."""
    return f"_{name.lstrip('_')}" if name.startswith("_") else name


def _is_origin(name: str, kinds: Mapping[str, Kind]) -> bool:
    return _first_name(name) == "_origin" and kinds[name] in ("text", "category", "identifier")


def origins(table: Table) -> list[str]:
    """Return the columns that say what made a row, or its label: in this run, and in earlier ones.

    Where all of them are empty, neither was made.
    """
    earlier = [name for name in table.of_role("provenance") if _is_origin(name, table.kinds)]
    return [*([ORIGIN] if table.made else []), *earlier]


def was_made(table: Table) -> nw.Expr:
    """Return where a stage made a row, or its label: of this run, or of an earlier one."""
    told = [~nw.col(name).is_null() & (nw.col(name) != "") for name in origins(table)]
    return reduce(or_, told, nw.lit(False))


def travelling(table: Table) -> list[str]:
    """Return the columns of a table that are there beside its visible ones and their texts."""
    return [ROW, *PROVENANCE] if table.made else [ROW]


def carried(table: Table, kinds: Mapping[str, Kind] | None = None) -> list[str]:
    """Return all columns that stay with a table of certain visible ones."""
    names = list(table.kinds if kinds is None else kinds)
    texts = [text_of(name) for name in names] if table.has_text else []
    return [*travelling(table), *names, *texts]


def numbered(table: Table) -> Table:
    """Return the table with the number from which rows that are made are counted."""
    highest = table.values(top=nw.col(ROW).max())["top"]
    return replace(table, next_row=0 if highest is None else int(highest) + 1)


def prepared(table: Table) -> Table:
    """Return the table with room for rows that are made: each of its own is its own donor."""
    if table.made:
        return table
    source = [
        nw.lit("").alias(ORIGIN),
        nw.lit(-1, dtype=nw.Int64()).alias(PARENT_A),
        nw.lit(-1, dtype=nw.Int64()).alias(PARENT_B),
        nw.lit(0.0).alias(STEP),
        nw.col(ROW).alias(DONOR),
    ]
    return replace(table, frame=table.frame.with_columns(*source), made=True)


def row_of_source(table: Table) -> str:
    """Return the column with the row of the source that each row is, or has its cells of."""
    return DONOR if table.made else ROW


def rows_of_source(table: Table) -> np.ndarray:
    """Return the row of the source that each row of an in-memory table is, or has its cells of."""
    rows: np.ndarray = table.frame[row_of_source(table)].to_numpy()
    return rows


def shown(table: Table) -> Table:
    """Return the table with its provenance among the visible columns, the last of them."""
    if not table.made:
        return table
    free = {name: free_name(name, table.columns) for name in SHOWN}
    made = nw.col(PARENT_A) >= 0
    values = [
        nw.when(nw.col(ORIGIN) != "").then(nw.col(ORIGIN)).alias(free["_origin"]),
        nw.when(made).then(nw.col(PARENT_A)).alias(free["_parent_a"]),
        nw.when(nw.col(PARENT_B) >= 0).then(nw.col(PARENT_B)).alias(free["_parent_b"]),
        nw.when(nw.col(PARENT_B) >= 0).then(nw.col(STEP)).alias(free["_step"]),
    ]
    like = {free["_parent_a"]: PARENT_A, free["_parent_b"]: PARENT_B}
    frame = table.engine.compute(table.frame, values, like, whole=False)
    kinds = {free[name]: kind for name, (_, kind) in SHOWN.items()}
    frame = table.engine.write_texts(frame, kinds, set())
    roles = {**table.roles, **dict.fromkeys(kinds, "provenance")}
    return replace(table, frame=frame, kinds={**table.kinds, **kinds}, roles=roles)


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return a name that no column has, in capitals or not, by underscores in front."""
    folded = {other.casefold() for other in taken}
    while name.casefold() in folded:
        name = f"_{name}"
    return name
