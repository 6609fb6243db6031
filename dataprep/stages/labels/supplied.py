"""Labels for rows that have none, as a Change: values, causes, origin, round and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from dataprep.kinds import NUMERIC, TYPED, Kind
from dataprep.parts import new_weight
from dataprep.provenance import LABEL_CONFIDENCE, LABEL_ROUND, SOFT_LABEL, free_name
from dataprep.stage import Change, Mapped
from dataprep.stages.labels.asked import words_of
from dataprep.stages.levels import MISSING
from dataprep.table import ROW, Table, hidden

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.stages.levels import Level

_LABEL, _WHY, _NO_LABEL = hidden("label"), hidden("why label"), hidden("no label")
_CONFIDENCE, _ROUND, _FACTOR = hidden("confidence"), hidden("round"), hidden("factor")


@dataclass(frozen=True)
class Given:
    """What a method says of the rows of a table, in the order of their numbers.

    Parameters
    ----------
    rows : array of int64, shape (n_rows,)
        Row numbers, rising.
    own : array of int64, shape (n_rows,)
        Codes of the labels that are there; negative where there is none.
    codes : array of int64, shape (n_rows,)
        Codes of the labels that the method gives, -1 where it gives none.
    confidence : array of float64, shape (n_rows,)
        From 0 to 1.
    without : array of object, shape (n_rows,)
        Why it gives none, as a text.
    why : array of object, shape (n_rows,)
        What gives it, as a text.
    notes : sequence of str
    facts : dict
    rounds : array of int64, shape (n_rows,), optional
        Since which round a row has its label, where there are rounds.
    soft : array of shape (n_rows, n_classes), optional
        Probabilities to go along.
    """

    rows: np.ndarray
    own: np.ndarray
    codes: np.ndarray
    confidence: np.ndarray
    without: np.ndarray
    why: np.ndarray
    notes: Sequence[str] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    rounds: np.ndarray | None = None
    soft: np.ndarray | None = None


def change_of(
    table: Table,
    target: str,
    labels: Sequence[Level],
    found: Given,
    origin: str,
    *,
    weight: bool,
    drop: bool,
    notes: Sequence[str],
    facts: dict[str, Any],
) -> Change:
    """Return the change that writes labels into the target, and says where they come from.

    Parameters
    ----------
    table : Table
    target : str
    labels : list of values
        The classes; codes are places in it.
    found : Given
        With the labels that are to be written alone: -1, NaN and None elsewhere.
    origin : str
        Who gives them.
    weight : bool
        Whether confidence becomes the row's weight, times the one that it has.
    drop : bool
        Whether rows that still have no label are rejected.
    notes : sequence of str
    facts : dict
    """
    kind, before = _kind_of(table, target, labels, found.own), table.kinds[target]
    # As they are written in a file, whose yes and no are true and false inside.
    words = [] if found.soft is None else words_of(table, target, labels)
    softs = [f"{SOFT_LABEL}{word}" for word in words]
    makes: dict[str, Kind] = {
        _LABEL: kind if kind in TYPED else "text",
        _ROUND: "integer",
        _CONFIDENCE: "float",
        _FACTOR: "float",
        _WHY: "text",
        _NO_LABEL: "text",
        **{hidden(name): "float" for name in softs},
    }
    is_new = ~nw.col(_CONFIDENCE).is_null()
    label = nw.col(_LABEL)
    cells: dict[str, nw.Expr] = {}
    kinds: dict[str, Kind] = {}
    if kind != before:
        # No row has a label: nothing of the column is lost.
        cells[target], kinds[target] = nw.when(is_new).then(label), kind
    else:
        if kind in NUMERIC:
            # Beside another type, an engine would take both through floats.
            label = label.cast(table.frame.collect_schema()[target])
        cells[target] = nw.when(is_new).then(label).otherwise(nw.col(target))
    adds: dict[str, tuple[nw.Expr, Kind]] = {}
    roles: dict[str, str] = {}
    without = "no label"
    reason: dict[str, str | nw.Expr] = {target: nw.col(_WHY), without: nw.col(_NO_LABEL)}
    beside: list[tuple[str, str, Kind, str]] = [
        (LABEL_CONFIDENCE, _CONFIDENCE, "float", "provenance"),
        *[(name, hidden(name), "float", "soft_label") for name in softs],
    ]
    if found.rounds is not None:
        beside.insert(0, (LABEL_ROUND, _ROUND, "integer", "provenance"))
    for name, made, held, role in beside:
        earlier = next((n for n in table.of_role(role) if n.lstrip("_") == name.lstrip("_")), None)
        if earlier is not None:
            # An earlier stage gave labels as well.
            cells[earlier] = nw.when(is_new).then(nw.col(made)).otherwise(nw.col(earlier))
            reason[earlier] = f"label by {origin}"
        else:
            # A column that a person calls so stays as it is.
            free = free_name(name, table.columns) if role == "provenance" else name
            adds[free], roles[free] = (nw.col(made), held), role
    own = next(iter(table.of_role("weight")), None)
    if weight and own is not None:
        cells[own], kinds[own] = nw.col(own) * nw.col(_FACTOR), "float"
        reason[own] = "times the confidence of its label"
    elif weight:
        name = new_weight(table, f"{origin}.weight")
        adds[name], roles[name] = (nw.col(_FACTOR), "float"), "weight"
    return Change(
        cells=cells,
        action="relabel",
        reason=reason,
        claims=is_new,
        drops={without: ~nw.col(_NO_LABEL).is_null()} if drop else {},
        adds=adds,
        roles=roles,
        kinds=kinds,
        mapped=Mapped([ROW], makes, partial(_looked_up, labels, found, origin, makes, softs)),
        notes=notes,
        facts=facts,
    )


def kind_of(labels: Sequence[Level]) -> Kind | None:
    """Return the kind of a column of labels; None where they are of several.

    Examples
    --------
    >>> kind_of(["a", "b"]), kind_of([1, 2]), kind_of([1, 2.5]), kind_of([True, "a"])
    ('category', 'integer', 'float', None)
    """
    types = {type(label) for label in labels}
    alone: dict[type, Kind] = {bool: "boolean", str: "category", int: "integer", float: "float"}
    if len(types) == 1:
        return alone[types.pop()]
    return "float" if types == {int, float} else None


def _kind_of(table: Table, target: str, labels: Sequence[Level], own: np.ndarray) -> Kind:
    """Return the kind of the target: that of the labels, where no row has one that would tell."""
    kind = table.kinds[target]
    made = kind_of(labels)
    if made is None or (own != MISSING).any():
        return kind
    fits = made == kind or (kind == "float" and made == "integer")
    return kind if fits or (made == "category" and kind not in (*TYPED, "other")) else made


def _looked_up(
    labels: Sequence[Level],
    found: Given,
    origin: str,
    makes: dict[str, Kind],
    softs: Sequence[str],
    arrays: Arrays,
) -> Arrays:
    """Return what is known of the rows of a batch."""
    at = np.searchsorted(found.rows, arrays[ROW].astype("int64"))
    codes, confidence = found.codes[at], found.confidence[at]
    new = codes >= 0
    rounds = np.zeros(len(at), "int64") if found.rounds is None else found.rounds[at]
    causes = found.why[at[new]].tolist()
    why = np.full(len(at), None, dtype=object)
    # One text for each row, whatever the engine: they write numbers in different ways.
    why[new] = [
        f"{origin}: {cause}, confidence {sure:.3f}"
        for cause, sure in zip(causes, confidence[new].tolist(), strict=True)
    ]
    made = {
        _LABEL: _values(labels, codes, makes[_LABEL]),
        _ROUND: np.where(new, rounds, np.nan),
        _CONFIDENCE: np.where(new, confidence, np.nan),
        _FACTOR: np.where(new, confidence, 1.0),
        _WHY: why,
        _NO_LABEL: found.without[at],
    }
    if found.soft is not None:
        made |= {hidden(name): found.soft[at, i] for i, name in enumerate(softs)}
    return made


def _values(labels: Sequence[Level], codes: np.ndarray, kind: Kind) -> np.ndarray:
    """Return the labels of codes as a column of a kind, missing where there is none."""
    if kind in NUMERIC:
        numbers = np.array([*labels, np.nan], dtype="float64")
        values: np.ndarray = numbers[codes]
        return values
    # -1 is the last of them.
    named = np.empty(len(labels) + 1, dtype=object)
    named[:] = [*labels, None]
    known: np.ndarray = named[codes]
    return known
