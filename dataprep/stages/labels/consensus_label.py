"""One label from those of several annotators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import narwhals as nw
import numpy as np
from annotated_types import Ge, Le, MinLen

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.labels.agreement import fleiss_kappa, krippendorff_alpha, mean_kappas
from dataprep.labels.annotators import NO_VOTE, counted, dawid_skene, posterior, shares
from dataprep.labels.plurality import most_of
from dataprep.parts import label_of, split_column, target_of
from dataprep.stage import Change, Mapped, Phase, Stage, State
from dataprep.stages.chosen import levelled_of
from dataprep.stages.levels import check_exact, codes_of, plain_level
from dataprep.table import ROW, as_steady, hidden, steady

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.kinds import Kind
    from dataprep.table import Table

_LABEL, _SURE = hidden("consensus"), hidden("consensus confidence")
_DOUBTFUL = 0.9
"""An item with a lower confidence is worth asking again."""
_ASKED, _SHOWN = 20, 5
"""So many of these, and of annotators, are told a program, and a person."""
_NO_CLASSES = "fractions or times are no classes"


@dataclass(eq=False, repr=False)
class ConsensusLabel(Stage):
    """Make one label of those that several annotators gave: the target. Training rows only.

    Parameters
    ----------
    columns : str, Selector or list, default="/^label_/"
        The columns of labels, one for each annotator; missing where someone gave none. They are
        no features from then on: ``fit_resample`` gives the others, and the label as ``y``; rows
        for ``transform`` come without them, as they are unlabelled. Columns with fractions or times
        are not counted, and a note names them.
    method : {"dawid_skene", "majority"}, default="dawid_skene"
        ``majority``: the most frequent label. ``dawid_skene``: the likeliest one, given how often
        each annotator errs and in which way, which is learned from the labels themselves.
    output : str, default="label"
        The column of the label; the target, where the table has none, and else no feature: a given
        ``y`` or target stays what it is, and a note says so. ``_label_confidence`` beside it, or as
        ``output`` is called, is how likely the label is, or its share of the votes. Put
        the stage before ``split``: behind one, rows that are held out get no label.
    min_confidence : float, default=0.0
        A label that is less sure is left missing; so is one of two that are equally likely. Such
        rows stay, and a note tells how many: ``drop_missing`` behind this stage drops them,
        ``pseudo_label`` gives them one.

    Attributes
    ----------
    agreement_ : dict
        Of the last fit: ``fleiss_kappa``, ``krippendorff_alpha``, how many rows have two labels or
        more (``compared``), and for each annotator ``votes``,
        ``kappa`` (the mean of Cohen's with each other one) and, by Dawid and Skene, ``accuracy``
        and the ``confusion`` matrix, None of who shares no row with another; ``ask_again``: the
        numbers of the rows that are least sure.

    References
    ----------
    A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the
    EM Algorithm", Applied Statistics 28(1), 1979.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "label_ann": ["a", "a", "b", "b", "b", "a"],
    ...     "label_bob": ["a", "a", "b", "b", "b", None],
    ...     "label_cy": ["a", "a", "a", "b", "a", "a"],
    ... })
    >>> stage = ConsensusLabel(method="majority")
    >>> stage.fit_resample(frame)[1].tolist()
    ['a', 'a', 'b', 'b', 'b', 'a']
    >>> round(stage.agreement_["annotators"]["label_cy"]["kappa"], 2)
    0.31
    """

    labels: ClassVar[bool] = True

    columns: Columns = "/^label_/"
    method: Literal["dawid_skene", "majority"] = "dawid_skene"
    output: Annotated[str, MinLen(1)] = "label"
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.0

    @property
    def phase(self) -> Phase:
        """Labels are known in training only."""
        return "training"

    def learn(self, table: Table) -> State:
        """Return the classes, and how each annotator errs."""
        columns = levelled_of(self, table)
        chosen = table.counts(self.chosen(table))
        passed_over = [n for n, present in chosen.items() if present and n not in columns]
        arrays = table.matrix(columns)
        given = {n: present for n in columns if (present := _present(arrays[n]))}
        levels = sorted({plain_level(v) for values in given.values() for v in values}, key=_order)
        if not levels and passed_over:
            raise DataError(
                f"{_listed(passed_over)}: {_NO_CLASSES}",
                place=f"{self.name()}.columns",
                remedy="Write labels as texts or whole numbers; mend or drop cells that are none.",
            )
        if not levels:
            return {"columns": columns, "labels": []}
        if all(table.kinds[name] == "boolean" for name in given):
            # A matrix holds truth values as numbers.
            levels = [bool(level) for level in levels]
        check_exact(levels, ", ".join(columns), self.name())
        if len({isinstance(level, str) for level in levels}) > 1:
            raise DataError(
                "some labels are texts and some are numbers",
                place=f"{self.name()}.columns",
                remedy="Write them in one way; or read them all as texts, by a first stage types: "
                f"{{kinds: {{{', '.join(f'{name}: category' for name in columns)}}}}}.",
            )
        votes = _votes(arrays, columns, levels)
        state: State = {"columns": columns, "labels": levels, "passed_over": passed_over}
        counts = counted(votes, len(levels))
        # Who labelled no row that another one did is in line with nobody, whatever they said.
        shared = counts.sum(axis=1) > 1
        compared = (votes[shared] != NO_VOTE).any(axis=0)
        told: dict[str, Any] = {n: {} for n in columns}
        if self.method == "dawid_skene":
            found = dawid_skene(votes, len(levels))
            state["priors"] = as_steady(found.priors)
            state["confusion"] = [as_steady(one) for one in found.confusion]
            for name, confusion, known in zip(columns, state["confusion"], compared, strict=True):
                right = float(found.priors @ np.diagonal(np.array(confusion)))
                told[name] = {
                    "accuracy": steady(right) if known else None,
                    "confusion": confusion if known else None,
                }
        for name, cast, kappa in zip(columns, votes.T, mean_kappas(votes), strict=True):
            told[name] |= {"votes": int((cast != NO_VOTE).sum()), "kappa": _or_none(kappa)}
        sure = _confidence(self, state, votes).max(axis=1)
        order = np.lexsort((arrays[ROW], sure))
        doubtful = order[(sure[order] < _DOUBTFUL) & (counts.sum(axis=1)[order] > 0)]
        state["agreement"] = {
            "fleiss_kappa": _or_none(fleiss_kappa(counts)),
            "krippendorff_alpha": _or_none(krippendorff_alpha(counts)),
            "annotators": told,
            "compared": int(shared.sum()),
            "doubtful": len(doubtful),
            "ask_again": arrays[ROW][doubtful[:_ASKED]].tolist(),
        }
        self.agreement_ = state["agreement"]
        return state

    def change(self, table: Table, state: State) -> Change:
        """Add the label, and how sure it is."""
        columns, labels = state["columns"], state["labels"]
        if not labels:
            shown = ", ".join(columns) or repr(self.columns)
            return Change(notes=[f"no label in {shown}: there is nothing to decide"])
        kinds: dict[type, Kind] = {str: "category", bool: "boolean"}
        kind = kinds.get(type(labels[0]), "integer")
        made: Kind = "text" if kind == "category" else kind
        confidence = f"_{self.output}_confidence"
        roles = {confidence: "provenance", **dict.fromkeys(columns, "provenance")}
        notes = _notes(state["agreement"])
        if others := state.get("passed_over"):
            notes.insert(0, f"not counted, as {_NO_CLASSES}: {_listed(others)}")
        behind, target = split_column(table) is not None, target_of(table)
        roles[self.output] = "target" if target is None and not behind else "provenance"
        if behind:
            notes.append("behind a split: rows that are held out get no label; put it before")
        elif target is not None:
            notes.append(f"the target stays {target!r}: {self.output!r} is a column beside it")
        return Change(
            adds={self.output: (nw.col(_LABEL), kind), confidence: (nw.col(_SURE), "float")},
            roles=roles,
            mapped=Mapped(columns, {_LABEL: made, _SURE: "float"}, partial(_decided, self, state)),
            notes=notes,
            facts={"labels": [label_of(label) for label in labels], **state["agreement"]},
        )


def _decided(stage: ConsensusLabel, state: State, arrays: Arrays) -> dict[str, np.ndarray]:
    """Return the label of each row, and its confidence."""
    labels = state["labels"]
    votes = _votes(arrays, state["columns"], labels)
    found = most_of(_confidence(stage, state, votes))
    silent = (votes == NO_VOTE).all(axis=1)
    none = (found.shares < stage.min_confidence) | silent
    names = np.empty(len(labels) + 1, dtype=object)
    names[:-1] = labels
    # The last one, None, is that of the code -1 of a tie, too.
    made = names[np.where(none, -1, found.codes)]
    sure = np.where(silent, np.nan, np.round(found.shares, 6))
    numbers = not isinstance(labels[0], str | bool)
    return {_LABEL: made.astype("float64") if numbers else made, _SURE: sure}


def _confidence(stage: ConsensusLabel, state: State, votes: np.ndarray) -> np.ndarray:
    if stage.method == "majority":
        return shares(votes, len(state["labels"]))
    return posterior(votes, np.array(state["priors"]), np.array(state["confusion"]))


def _votes(arrays: Arrays, columns: list[str], levels: list[Any]) -> np.ndarray:
    """Return the codes of the labels; a missing one is no vote, nor is one not there at fit."""
    return np.column_stack([np.maximum(codes_of(arrays[n], levels), NO_VOTE) for n in columns])


def _present(values: np.ndarray) -> list[Any]:
    """Return the distinct values of a column."""
    return [v for v in set(values.tolist()) if v is not None and v == v]


def _listed(columns: list[str]) -> str:
    return ", ".join(columns[:_SHOWN]) + ", ..." * (len(columns) > _SHOWN)


def _order(level: Any) -> tuple[bool, Any]:
    return isinstance(level, str), level


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else steady(round(float(value), 9))


def _notes(agreement: dict[str, Any]) -> list[str]:
    people = agreement["annotators"]
    known = [(told["kappa"], name) for name, told in people.items() if told["kappa"] is not None]
    notes = []
    if agreement["fleiss_kappa"] is not None:
        shown = ", ".join(f"{name} {kappa:.2f}" for kappa, name in sorted(known)[:_SHOWN])
        beside = f"; of each with the others, the least first: {shown}" if known else ""
        more = ", ..." if len(known) > _SHOWN else ""
        notes.append(
            f"{len(people)} annotators, Fleiss' kappa {agreement['fleiss_kappa']:.2f}{beside}{more}"
        )
    if not agreement["compared"]:
        notes.append("no row has the labels of two annotators: how far they agree is not known")
    if agreement["doubtful"]:
        n, rows = agreement["doubtful"], agreement["ask_again"]
        shown = ", ".join(map(str, rows[:_SHOWN])) + (", ..." if n > _SHOWN else "")
        what, which = ("label is", "row") if n == 1 else ("labels are", "rows")
        notes.append(
            f"{n:,} {what} less than {_DOUBTFUL:.0%} sure, and worth asking again: {which} {shown}"
        )
    return notes
