"""Labels for rows that have none, as a Change: values, reasons, origin, round and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from dataprep.kinds import NUMERIC, Kind
from dataprep.provenance import LABEL_CONFIDENCE, LABEL_ROUND, SOFT_LABEL
from dataprep.stage import Change, Mapped
from dataprep.stages.labels.asked import words_of
from dataprep.table import ROW, Table, hidden

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.stages.levels import Level

_WEIGHT = "sample_weight"
_LABEL, _WHY, _NO_LABEL = hidden("label"), hidden("why label"), hidden("no label")
_CONFIDENCE, _ROUND, _FACTOR = hidden("confidence"), hidden("round"), hidden("factor")


@dataclass(frozen=True)
class Supplied:
    """What a stage knows of the rows of a table, in the order of their numbers.

    Parameters
    ----------
    labels : list of values
        The classes; codes are places in it.
    rows : array of int64, shape (n_rows,)
        Row numbers, rising.
    own : array of int64, shape (n_rows,)
        The code of the label that a row has already, -1 for none.
    given : array of int64, shape (n_rows,)
        The code of the label that it gets, -1 for none.
    confidence : array of float64, shape (n_rows,)
        NaN where it gets none.
    rounds : array of int64, shape (n_rows,)
        Since which round it has it; 0 where it gets none.
    without : array of object, shape (n_rows,)
        Why a row gets none; None where it does, or has its own.
    soft : array of shape (n_rows, n_classes), optional
        Probabilities to go along.
    """

    labels: Sequence[Level]
    rows: np.ndarray
    own: np.ndarray
    given: np.ndarray
    confidence: np.ndarray
    rounds: np.ndarray
    without: np.ndarray
    soft: np.ndarray | None = None


def change_of(
    table: Table,
    target: str,
    found: Supplied,
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
    found : Supplied
    origin : str
        Who gives them.
    weight : bool
        Whether confidence becomes the row's weight, times the one that it has.
    drop : bool
        Whether rows that still have no label are rejected.
    notes : sequence of str
    facts : dict
    """
    kind: Kind = table.kinds[target]
    levelled = kind not in NUMERIC and kind != "boolean"
    makes: dict[str, Kind] = {
        _LABEL: "text" if levelled else kind,
        _ROUND: "integer",
        _CONFIDENCE: "float",
        _FACTOR: "float",
        _WHY: "text",
        _NO_LABEL: "text",
    }
    softs = _soft_names(found, table, target) if found.soft is not None else []
    makes |= {hidden(name): "float" for name in softs}
    is_new = ~nw.col(_ROUND).is_null()
    column, label = nw.col(target), nw.col(_LABEL)
    if not levelled and kind != "boolean":
        # Beside another type, an engine would take both through floats.
        label = label.cast(table.frame.collect_schema()[target])
    cells = {target: nw.when(is_new).then(label).otherwise(column)}
    adds: dict[str, tuple[nw.Expr, Kind]] = {}
    reason: dict[str, str | nw.Expr] = {target: nw.col(_WHY)}
    for name, value, held in (
        (LABEL_ROUND, nw.col(_ROUND), "integer"),
        (LABEL_CONFIDENCE, nw.col(_CONFIDENCE), "float"),
    ):
        if name in table.kinds:
            # An earlier stage gave labels as well.
            cells[name] = nw.when(is_new).then(value).otherwise(nw.col(name))
            reason[name] = f"label by {origin}"
        else:
            adds[name] = (value, held)  # type: ignore[assignment]
    roles = dict.fromkeys((n for n in (LABEL_ROUND, LABEL_CONFIDENCE) if n in adds), "provenance")
    kinds: dict[str, Kind] = {}
    own = next(iter(table.of_role("weight")), None)
    if weight and own is not None:
        cells[own], kinds[own] = nw.col(own) * nw.col(_FACTOR), "float"
        reason[own] = "times the confidence of its label"
    elif weight:
        adds[_WEIGHT], roles[_WEIGHT] = (nw.col(_FACTOR), "float"), "weight"
    for name in softs:
        adds[name], roles[name] = (nw.col(hidden(name)), "float"), "soft_label"
    without = "no label"
    reason[without] = nw.col(_NO_LABEL)
    return Change(
        cells=cells,
        action="relabel",
        reason=reason,
        claims=is_new,
        drops={without: ~nw.col(_NO_LABEL).is_null()} if drop else {},
        adds=adds,
        roles=roles,
        kinds=kinds,
        mapped=Mapped([ROW], makes, partial(_looked_up, found, origin, makes, softs)),
        notes=notes,
        facts=facts,
    )


def _soft_names(found: Supplied, table: Table, target: str) -> list[str]:
    # As they are written in a file, whose yes and no are true and false inside.
    return [f"{SOFT_LABEL}{word}" for word in words_of(table, target, found.labels)]


def _looked_up(
    found: Supplied, origin: str, makes: dict[str, Kind], softs: Sequence[str], arrays: Arrays
) -> Arrays:
    """Return what is known of the rows of a batch."""
    at = np.searchsorted(found.rows, arrays[ROW].astype("int64"))
    codes, rounds, confidence = found.given[at], found.rounds[at], found.confidence[at]
    new = codes >= 0
    why = np.full(len(at), None, dtype=object)
    pairs = zip(rounds[new].tolist(), confidence[new].tolist(), strict=True)
    # One text for each row, whatever the engine: they write numbers in different ways.
    why[new] = [f"{origin}: round {turn}, confidence {sure:.3f}" for turn, sure in pairs]
    made = {
        _LABEL: _values(found.labels, codes, makes[_LABEL]),
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
