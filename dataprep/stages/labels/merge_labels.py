"""Labels that people gave, merged into the rows that they were asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import narwhals as nw
import numpy as np

from dataprep.errors import ConfigError
from dataprep.kinds import LARGEST
from dataprep.labels.answers import Answer, from_json, read_answers
from dataprep.parts import split_column
from dataprep.stage import Change, Mapped, Phase, Stage, State
from dataprep.stages.labels.asked import keys_of, labels_there, words_of
from dataprep.stages.labels.class_names import Classes, check_names_classes, check_no_soft_labels
from dataprep.stages.labels.judging import placed
from dataprep.stages.labels.supplier import labelled_column
from dataprep.stages.levels import Level
from dataprep.table import ROW, Table, hidden

if TYPE_CHECKING:
    from dataprep.engine import Frame
    from dataprep.kinds import Kind

_LABEL, _WHY = hidden("label"), hidden("why label")
_SHOWN = 5


@dataclass(eq=False, repr=False)
class MergeLabels(Stage):
    """Write the labels that people gave into the target: what `dataprep label-queue` asked for.

    Only answers that are sure to be meant are taken. What contradicts another answer, is for a row
    that has changed since, or names a class that is not there, is told and left.

    Parameters
    ----------
    answers : str or list of dict, default=()
        The CSV of the queue, filled in; a relative path in a pipeline file starts from its folder.
        Or ``{row: 3, label: yes, by: ann, at: 2024-05-01}`` for each row, counted from 0.
    by : str, optional
        Who gave those labels that do not say so (column ``_by``), for the ledger.
    at : str, optional
        When, likewise (column ``_at``): a date, such as 2024-05-01, with a time or without.
    new_labels : bool, default=False
        Whether labels may name classes that no row has yet.
    target : str, optional
        The column of classes; by default the pipeline's target.

    Attributes
    ----------
    outcomes_ : dict
        Row numbers by what became of their answers: ``merged``, ``confirmed`` (the label was that
        already), ``contradicted``, ``changed``, ``unknown_label``, ``no_such_row``.

    Notes
    -----
    Rows are told by their numbers in the input: put it before stages that hold rows out, or drop
    some. A row counts as changed where its cells, or its label, are not those that the queue was
    written from. A relabelled row is a row of the source: it counts against no budget.

    Examples
    --------
    >>> import pandas as pd
    >>> import dataprep as dp
    >>> frame = pd.DataFrame({"x": [1, 2, 3, 4], "y": ["no", "yes", None, "no"]})
    >>> stage = MergeLabels([{"row": 2, "label": "yes", "by": "ann"}, {"row": 3, "label": "ja"}])
    >>> result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
    >>> result.data["y"].tolist()
    ['no', 'yes', 'yes', 'no']
    >>> result.ledger[["row", "action", "after", "reason"]].values.tolist()
    [[2, 'relabel', 'yes', 'labelled by ann']]
    >>> stage.outcomes_["unknown_label"]
    [3]
    """

    answers: str | Sequence[dict[str, Any]] = ()
    by: str | None = None
    at: str | None = None
    new_labels: bool = False
    target: str | None = None

    labels: ClassVar[bool] = True
    files: ClassVar[tuple[str, ...]] = ("answers",)

    @property
    def phase(self) -> Phase:
        """Labels are known in training only."""
        return "training"

    @property
    def supervised(self) -> bool:
        """The target is what is changed."""
        return True

    def learn(self, table: Table) -> State:
        """Read the answers; they are the state, so that a run is repeated without the file."""
        target = labelled_column(self, table)
        check_names_classes(table, target, self.name())
        check_no_soft_labels(table, self.name())
        self._check_date()
        place = f"{self.name()}.answers"
        if isinstance(self.answers, str):
            found = read_answers(self.answers)
        else:
            found = from_json(self.answers, place)
        return {"target": target, "answers": [answer.as_dict() for answer in found]}

    def _check_date(self) -> None:
        try:
            datetime.fromisoformat(self.at or "2000-01-01")
        except ValueError:
            raise ConfigError(
                f"{self.at!r} is no date",
                place=f"{self.name()}.at",
                remedy="Write it as 2024-05-01, or as 2024-05-01 14:30.",
            ) from None

    def change(self, table: Table, state: State) -> Change:
        """Write the answers that can be taken."""
        target = state["target"]
        answers: dict[int, list[Answer]] = defaultdict(list)
        for given in state["answers"]:
            answers[given["row"]].append(Answer(**given))
        classes = Classes(table, target, new_labels=self.new_labels)
        merged, told = _judged(table, target, answers, classes)
        self.outcomes_ = {outcome: sorted(rows) for outcome, rows in told.items()}
        facts = {outcome: len(rows) for outcome, rows in told.items()}
        notes = _notes(answers, told, self._unknown(table, target, classes, told), self.by)
        if split_column(table) is not None and told["changed"] + told["no_such_row"]:
            notes.append("behind a split: rows that are held out get no label; put it before")
        if not merged:
            return Change(notes=notes, facts=facts)
        rows = sorted(merged)
        labels, why = np.empty(len(rows), dtype=object), np.empty(len(rows), dtype=object)
        labels[:] = [merged[row] for row in rows]
        why[:] = [self._why(answers[row]) for row in rows]
        dtype, new = table.frame.collect_schema()[target], nw.col(_LABEL)
        makes: dict[str, Kind] = {_LABEL: "text", _WHY: "text"}
        if dtype.is_numeric():
            makes[_LABEL] = "integer" if dtype.is_integer() else "float"
            # Beside another type, an engine would take both through floats.
            new = new.cast(dtype)
        elif dtype == nw.Boolean:
            makes[_LABEL] = "boolean"
        numbers = np.array(rows, dtype="int64")
        values = {_LABEL: (numbers, labels), _WHY: (numbers, why)}
        return Change(
            cells={target: nw.when(new.is_null()).then(nw.col(target)).otherwise(new)},
            action="relabel",
            reason={target: nw.col(_WHY)},
            mapped=Mapped([ROW], makes, partial(placed, values)),
            notes=notes,
            facts=facts,
        )

    def _unknown(
        self, table: Table, target: str, classes: Classes, told: Mapping[str, list[int]]
    ) -> str:
        """Return why labels name no class, with the classes that there are."""
        if not told["unknown_label"]:
            return ""
        named = words_of(table, target, list(classes.counts)[:_SHOWN])
        there = ", ".join(named) + ", ..." * (len(classes.counts) > _SHOWN)
        if self.new_labels or not named:
            return f"a column of kind {table.kinds[target]} cannot hold it"
        return f"no class of that name among {there}; --new-labels (new_labels) allows it"

    def _why(self, given: Sequence[Answer]) -> str:
        """Return who gave a label, when, and why the row was asked for."""
        by = ", ".join(dict.fromkeys(one.by or self.by or "" for one in given)).strip(", ")
        at = max(one.at or self.at or "" for one in given)
        asked = next((one.reason for one in given if one.reason), "")
        when = f" on {at}" if at else ""
        return f"labelled by {by or 'a person'}{when}{f'; asked for: {asked}' if asked else ''}"


def _judged(
    table: Table, target: str, answers: Mapping[int, list[Answer]], classes: Classes
) -> tuple[dict[int, Level], dict[str, list[int]]]:
    """Return the labels to write, and the rows by what became of their answers."""
    there = _there(table, target, list(answers)) if answers else {}
    merged: dict[int, Level] = {}
    told: dict[str, list[int]] = {
        outcome: []
        for outcome in (
            "merged", "confirmed", "contradicted", "changed", "unknown_label", "no_such_row"
        )
    }  # fmt: skip
    for row, given in answers.items():
        if row not in there:
            told["no_such_row"].append(row)
            continue
        text, key = there[row]
        label = [classes.named(one.label) for one in given]
        if None in label:
            told["unknown_label"].append(row)
        elif len(set(label)) > 1:
            told["contradicted"].append(row)
        elif any(one.key not in ("", key) for one in given):
            told["changed"].append(row)
        elif label[0] == classes.named(text):
            told["confirmed"].append(row)
        elif any(not classes.are_same(one.was, text) for one in given):
            told["changed"].append(row)
        else:
            told["merged"].append(row)
            merged[row] = label[0]  # type: ignore[assignment]
    return merged, told


def _there(table: Table, target: str, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return the label and the key of rows, by their numbers."""
    known = [row for row in rows if row <= LARGEST]
    frame: Frame = table.frame.filter(nw.col(ROW).is_in(known))
    keys = keys_of(table, frame, target)
    return {row: (label, keys[row]) for row, label in labels_there(table, frame, target).items()}


def _notes(
    answers: Mapping[int, Sequence[Answer]],
    told: Mapping[str, list[int]],
    unknown: str,
    by: str | None,
) -> list[str]:
    if not answers:
        return ["no row was given a label: there is no answer"]
    notes = [f"{len(told['merged']):,} of {len(answers):,} labelled rows were merged"]
    blind = sum(any(not one.key for one in answers[row]) for row in told["merged"])
    if blind:
        notes.append(f"{blind:,} of them without a key: not checked whether the rows are the same")
    if told["confirmed"]:
        said = [one.by or by for row in told["confirmed"] for one in answers[row]]
        people = ", ".join(filter(None, dict.fromkeys(said)))
        whose = f", as {people} confirmed" if people else ""
        notes.append(f"{len(told['confirmed']):,} had that label already{whose}")
    for outcome, why in (
        ("contradicted", "people do not agree"),
        ("changed", "the row, or its label, is not what the queue was written from"),
        ("unknown_label", unknown),
        ("no_such_row", "there is no such row here"),
    ):
        rows = sorted(told[outcome])
        if rows:
            shown = ", ".join(f"{row} ({_said(answers[row])})" for row in rows[:_SHOWN])
            more = ", ..." if len(rows) > _SHOWN else ""
            notes.append(f"{len(rows):,} not merged, {why}: {shown}{more}")
    return notes


def _said(given: Sequence[Answer]) -> str:
    """Return the labels of a row, and who gave them where they differ."""
    if len({one.label for one in given}) == 1:
        return given[0].label
    return ", ".join(f"{one.label} by {one.by}" if one.by else one.label for one in given)
