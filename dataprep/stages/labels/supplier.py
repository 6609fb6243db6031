"""What stages have in common that give labels to rows without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from dataprep.columns import known
from dataprep.errors import DataError
from dataprep.parts import label_of, new_weight
from dataprep.provenance import origins
from dataprep.resampling.classes import check_class_counts
from dataprep.resampling.limits import Share, budget
from dataprep.stage import Change, Phase, Stage, State
from dataprep.stages.labels.class_names import check_names_classes, check_no_soft_labels
from dataprep.stages.labels.features import Seen, seen
from dataprep.stages.labels.supplied import Given, change_of
from dataprep.stages.levels import MISSING, Level, check_exact, codes_of, level_counts
from dataprep.stages.resample.counting import made_before, target_of

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.table import Table


class LabelSupplier(Stage):
    """A stage that gives labels: subclasses say which; here they are counted and written."""

    relabels: ClassVar[bool] = True
    weighs: ClassVar[bool] = True
    labels: ClassVar[bool] = True
    fewer: ClassVar[str] = "raise min_confidence"
    """What makes fewer rows get a label, for messages."""
    earlier: ClassVar[str] = "they teach, and judge nothing"
    """What part labels have that earlier stages gave, for messages."""

    weight: bool
    unlabelled: Literal["drop", "keep"]
    max_synthetic: Share
    target: str | None

    @property
    def phase(self) -> Phase:
        """Labels are given in training only."""
        return "training"

    @property
    def supervised(self) -> bool:
        """Labels come from those that are there."""
        return True

    @property
    def balances(self) -> bool:
        """Classes are as frequent as rows are of them."""
        return False

    def given(self, table: Table, target: str, labels: Sequence[Level]) -> Given:
        """Return the labels that the method gives."""
        raise NotImplementedError

    def classes(self, counts: dict[Level, int], target: str) -> list[Level]:
        """Return the classes, by default those that labelled rows have; raise for too few."""
        if not counts:
            raise DataError(
                f"no row has a label in {target!r}",
                place=self.name(),
                remedy="Label a few rows of each class; `dataprep label-queue` chooses them.",
            )
        check_class_counts(counts, target, self.name())
        return list(counts)

    def learn(self, table: Table) -> State:
        """Return the classes, how many rows each has, and how many rows have none."""
        target = labelled_column(self, table)
        if table.counts([target])[target]:
            # A column without any value may be of any kind.
            check_names_classes(table, target, self.name())
        counts = level_counts(table, target)
        labels = self.classes(counts, target)
        check_exact(labels, target, self.name())
        unlabelled = table.height() - sum(counts.values())
        if unlabelled and not getattr(self, "soft", False):
            check_no_soft_labels(table, self.name())
        if self.weight and not table.of_role("weight"):
            # Told before anything is computed.
            new_weight(table, f"{self.name()}.weight")
        return {
            "target": target,
            "labels": labels,
            "classes": {label_of(label): counts.get(label, 0) for label in labels},
            "unlabelled": unlabelled,
        }

    def change(self, table: Table, state: State) -> Change:
        """Give labels to the rows that have none."""
        target, labels = state["target"], state["labels"]
        found = self.given(table, target, labels)
        lacking = found.own < 0
        codes = np.where(lacking, found.codes, -1)
        new = codes >= 0
        return change_of(
            table,
            target,
            labels,
            replace(
                found,
                codes=codes,
                confidence=np.where(new, found.confidence, np.nan),
                without=np.where(lacking & ~new, found.without, texts([None])),
            ),
            self.name(),
            weight=self.weight,
            drop=self.unlabelled == "drop",
            notes=[
                *_notes(codes, lacking, found, labels),
                *self._budgeted(table, target, state, codes),
                *self._earlier(table, target),
                *found.notes,
            ],
            facts={"labelled": int((~lacking).sum()), "unlabelled": int(lacking.sum())}
            | _counted(codes, labels)
            | found.facts,
        )

    def seen(self, table: Table, target: str, beside: Sequence[str] = ()) -> Seen:
        """Return the features of the rows, which must be some, and other columns beside them."""
        names = [n for n in self.chosen(table) if n not in table.roles and n != target]
        found = seen(table, names, [target, *beside, *origins(table)])
        if not found.places:
            raise DataError(
                "there is no feature to tell rows apart by",
                place=f"{self.name()}.columns",
                remedy="Choose numbers, times, categories or booleans.",
            )
        return found

    def _budgeted(self, table: Table, target: str, state: State, codes: np.ndarray) -> list[str]:
        """Hold the rows that get a label against what is allowed of them."""
        before = {label_of(k): n for k, n in made_before(table, target).items()}
        rows = np.bincount(codes[codes >= 0], minlength=len(state["labels"])).tolist()
        names = list(state["classes"])
        made = {n: count + before.get(n, 0) for n, count in zip(names, rows, strict=True)}
        real = {n: count - before.get(n, 0) for n, count in state["classes"].items()}
        place = f"{self.name()}.max_synthetic"
        note = budget(made, real, self.max_synthetic, place=place, by=self.fewer).note
        return [note.replace("synthetic rows", "rows that a stage made or labelled")] * bool(note)

    def _earlier(self, table: Table, target: str) -> list[str]:
        rows = labelled_before(table, target)
        return [f"{rows:,} labels are of earlier stages: {self.earlier}"] * bool(rows)


def labelled_column(stage: Any, table: Table) -> str:
    """Return the column whose labels a stage gives: its own ``target``, or the table's."""
    if stage.target is not None:
        return known(stage.target, table, f"{stage.name()}.target")
    return target_of(table, stage.name())


def by_hand(table: Table, arrays: Arrays, own: np.ndarray) -> np.ndarray:
    """Return codes of labels without those that a stage gave, or that are of rows that one made.

    Such a label may teach, but nothing is judged by it.
    """
    judging = own
    for name in origins(table):
        told = codes_of(arrays[name], [""])
        judging = np.where((told == 0) | (told == MISSING), judging, MISSING)
    return judging


def texts(told: Sequence[str | None]) -> np.ndarray:
    """Return texts as an array of objects."""
    made = np.empty(len(told), dtype=object)
    made[:] = told
    return made


def left_out(found: Seen) -> list[str]:
    """Return a word on columns that have no place among numbers."""
    told = ", ".join(found.left_out)
    return [f"no part in it: {told}"] if told else []


def labelled_before(table: Table, target: str) -> int:
    """Return how many rows have a label that no person gave."""
    counts = made_before(table, target)
    return sum(n for label, n in counts.items() if label is not None and label == label)


def _counted(codes: np.ndarray, labels: Sequence[Level]) -> dict[str, Any]:
    rows = np.bincount(codes[codes >= 0], minlength=len(labels)).tolist()
    return {"selected": dict(zip(map(label_of, labels), rows, strict=True))}


def _notes(
    codes: np.ndarray, lacking: np.ndarray, found: Given, labels: Sequence[Level]
) -> list[str]:
    """Return how many rows got a label; and where none did, how sure the surest would be."""
    there = int(lacking.sum())
    if not there:
        return ["every row has a label already: nothing to supply"]
    rows = _counted(codes, labels)["selected"]
    by_class = ", ".join(f"{name} {n:,}" for name, n in rows.items() if n)
    told = f"{sum(rows.values()):,} of {there:,} rows got a label"
    if by_class:
        return [f"{told}: {by_class}"]
    sure = found.confidence[lacking]
    highest = float(np.nanmax(sure)) if np.isfinite(sure).any() else 0.0
    return [f"{told}; the highest confidence was {highest:.3f}"]
