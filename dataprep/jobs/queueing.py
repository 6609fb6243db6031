"""Queues of rows that are worth labelling by hand: which rows, and why."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.columns import known, resolve
from dataprep.errors import DataError
from dataprep.jobs.asked_rows import AskedRows
from dataprep.keys import value_keys
from dataprep.labels.answers import (
    AT,
    BY,
    COLUMNS,
    KEY,
    LABEL,
    REASON,
    ROW_NUMBER,
    SCORE,
    SUGGESTED,
    WAS,
)
from dataprep.labels.clustering import clustered
from dataprep.labels.confident import found as found_wrong
from dataprep.labels.out_of_fold import dealable, out_of_fold
from dataprep.labels.queueing import uncertainty, worth_asking
from dataprep.labels.ranking import own_probability, runner_up
from dataprep.labels.teachers import teacher_from
from dataprep.parts import training
from dataprep.stages.formulas import FIRST
from dataprep.stages.labels.asked import keys_of, labels_there, words_of
from dataprep.stages.labels.class_names import check_names_classes
from dataprep.stages.labels.features import Seen, seen
from dataprep.stages.levels import codes_of, level_counts
from dataprep.table import ROW, Table, text_of

_SHARE_WRONG = 3
"""Of the rows of a queue, one in so many is likely wrong, where some have no label."""
_DIGITS = 4


@dataclass(frozen=True)
class Queue:
    """Rows that are worth a person's time, best first.

    Parameters
    ----------
    rows : list of dict
        Each with the columns of the CSV: `dataprep.labels.answers.COLUMNS`, then the input's.
    columns : list of str
        Their names.
    strategies : dict of str to int
        How many rows each strategy gave.
    notes : list of str
    """

    rows: list[dict[str, Any]]
    columns: list[str]
    strategies: dict[str, int]
    notes: list[str] = field(default_factory=list)

    def to_csv(self) -> str:
        """Return the queue as CSV, to be filled in; no cell of the input runs as a formula."""
        text = StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            writer.writerow({name: _harmless(value) for name, value in row.items()})
        return text.getvalue()


def _harmless(value: Any) -> Any:
    """Return a cell with an apostrophe before what a spreadsheet would run."""
    if not isinstance(value, str) or not value.startswith(FIRST):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


@dataclass
class _Chosen:
    """Positions among the rows of a table, with what is told of each."""

    at: np.ndarray
    scores: np.ndarray
    reasons: list[str]
    suggested: list[str]


def queue_of(table: Table, asked: AskedRows) -> Queue:
    """Return the rows of a table that are most worth labelling by hand.

    Rows that are held out, by a column with the role ``split``, are never asked for.

    Raises
    ------
    ConfigError
        For an unknown column or choice.
    DataError
        Where rows of the kind that was asked for are not there.
    """
    asked.check()
    target = known(asked.target, table, "target")
    if not table.height():
        raise DataError("there is no row", place="data", remedy="Give rows to choose from.")
    check_names_classes(table, target, "target")
    table = training(replace(table, roles={**table.roles, target: "target"}))
    features = [name for name in resolve(asked.columns, table) if name not in table.roles]
    group = [known(asked.group, table, "group")] if asked.group else table.of_role("group")[:1]
    weight = table.of_role("weight")[:1]
    found = seen(table, [n for n in features if n not in group], [target, *group, *weight])
    if not found.places:
        raise DataError(
            "there is no feature to judge rows by",
            place="columns",
            remedy="Choose numbers, times, categories or booleans.",
        )
    counts = level_counts(table, target)
    labels = list(counts)
    own = codes_of(found.arrays[target], labels)
    words = words_of(table, target, labels)
    chooser = _Chooser(found, own, words, asked, group, weight)
    parts = chooser.chosen()
    return _queue(table, target, found, parts, chooser.notes)


class _Chooser:
    """Chooses rows by one strategy, or by several."""

    def __init__(
        self,
        found: Seen,
        own: np.ndarray,
        words: Sequence[str],
        asked: AskedRows,
        group: Sequence[str],
        weight: Sequence[str],
    ) -> None:
        self.found, self.own, self.words, self.asked = found, own, words, asked
        self.X = found.matrix("indicators").X
        self.groups = value_keys(found.arrays[group[0]], apart=True) if group else None
        self.weight = found.arrays[weight[0]] if weight else None
        self.notes = (
            [f"not seen by the classifier: {', '.join(found.left_out)}"] if found.left_out else []
        )
        sizes = dealable(own, self.groups, len(words))
        self.usable = np.flatnonzero(sizes >= asked.folds)
        self.taught = np.flatnonzero(np.isin(own, self.usable))
        self.lacking = np.flatnonzero(own < 0)
        rare = [word for i, word in enumerate(words) if i not in self.usable]
        if rare:
            unit = "groups" if group else "rows"
            self.notes.append(f"classes of fewer than {asked.folds} {unit}: {', '.join(rare)}")

    def chosen(self) -> dict[str, _Chosen]:
        """Return what each strategy chooses."""
        strategy, n = self.asked.strategy, self.asked.n
        can_teach = len(self.usable) > 1
        nothing_known = not can_teach and len(self.lacking)
        if strategy == "representative" or (strategy == "auto" and nothing_known):
            self._need(len(self.lacking) > 0, "every row has a label", "Use the strategy wrong.")
            return {"representative": self.representative(n)}
        self._need(
            can_teach,
            f"fewer than two classes have {self.asked.folds} labelled rows",
            "Label more rows: the strategy representative chooses some.",
        )
        if strategy == "wrong" or (strategy == "auto" and not len(self.lacking)):
            return {"wrong": self.wrong(n)}
        self._need(len(self.lacking) > 0, "every row has a label", "Use the strategy wrong.")
        if strategy == "uncertain":
            return {"uncertain": self.uncertain(n)}
        wrong = self.wrong(n // _SHARE_WRONG)
        return {"uncertain": self.uncertain(n - len(wrong.at)), "wrong": wrong}

    def _need(self, there: bool, lacking: str, remedy: str) -> None:
        if not there:
            raise DataError(lacking, place="strategy", remedy=remedy)

    def _weight_of(self) -> np.ndarray | None:
        """Return how much each row that teaches counts."""
        return None if self.weight is None else self.weight[self.taught]

    def uncertain(self, n: int) -> _Chosen:
        """Return rows without a label of which a classifier is unsure."""
        asked = self.asked
        teacher = teacher_from(asked.teacher, place="teacher", seed=asked.random_state)
        made = self.found.matrix(teacher.encoding)
        teacher.fit(
            made.X[self.taught], self.own[self.taught], self._weight_of(), is_code=made.is_code
        )
        P = teacher.predict_proba(made.X[self.lacking])
        score = np.round(uncertainty(P, asked.measure), _DIGITS)
        at = worth_asking(score, self.X[self.lacking], self.found.rows[self.lacking], n)
        order = np.argsort(-P[at], axis=1, kind="stable")[:, :2]
        names = [self.words[code] for code in teacher.classes_.tolist()]
        told = [
            f"uncertain: {names[first]} {P[row, first]:.2f}, {names[second]} {P[row, second]:.2f}"
            for row, (first, second) in zip(at.tolist(), order.tolist(), strict=True)
        ]
        likely = [names[first] for first in order[:, 0].tolist()]
        return _Chosen(self.lacking[at], score[at], told, likely)

    def wrong(self, n: int) -> _Chosen:
        """Return rows whose label is likely wrong, by confident learning."""
        asked, kept = self.asked, self.taught
        if n < 1:
            return _Chosen(np.empty(0, "int64"), np.empty(0), [], [])
        teacher = teacher_from(asked.teacher, place="teacher", seed=asked.random_state)
        made = self.found.matrix(teacher.encoding)
        y = np.searchsorted(self.usable, self.own[kept])
        P = out_of_fold(
            made.X[kept],
            y,
            teacher,
            folds=asked.folds,
            rows=self.found.rows[kept],
            groups=None if self.groups is None else self.groups[kept],
            sample_weight=self._weight_of(),
            is_code=made.is_code,
            seed=asked.random_state,
        )
        wrong = np.flatnonzero(found_wrong(P, y, "prune_by_noise_rate"))
        quality = own_probability(P, y)[wrong]
        other, sure = (values[wrong] for values in runner_up(P, y))
        score = np.round(1 - quality, _DIGITS)
        at = worth_asking(score, self.X[kept[wrong]], self.found.rows[kept[wrong]], n)
        names = [self.words[code] for code in self.usable.tolist()]
        told = [
            f"likely wrong: {names[y[wrong[i]]]} has quality {quality[i]:.2f}, "
            f"{names[other[i]]} {sure[i]:.2f}"
            for i in at.tolist()
        ]
        return _Chosen(kept[wrong[at]], score[at], told, [names[other[i]] for i in at.tolist()])

    def representative(self, n: int) -> _Chosen:
        """Return the row nearest to the centre of each of n clusters, that of the largest first."""
        found = clustered(self.X[self.lacking], n, seed=self.asked.random_state)
        sizes = np.bincount(found.member_of)
        order = np.lexsort((self.found.rows[self.lacking[found.representatives]], -sizes))
        at, sizes = self.lacking[found.representatives[order]], sizes[order]
        told = [f"representative: of {size:,} rows like it" for size in sizes.tolist()]
        score = np.round(sizes / len(self.lacking), _DIGITS)
        return _Chosen(at, score, told, [""] * len(at))


def _queue(
    table: Table,
    target: str,
    found: Seen,
    parts: Mapping[str, _Chosen],
    notes: list[str],
) -> Queue:
    """Return the chosen rows with their cells."""
    numbers = [row for part in parts.values() for row in found.rows[part.at].tolist()]
    cells = _cells(table, target, numbers)
    rows = []
    for part in parts.values():
        for at, score, reason, likely in zip(
            part.at.tolist(), part.scores.tolist(), part.reasons, part.suggested, strict=True
        ):
            row = int(found.rows[at])
            key, was, shown = cells[row]
            asked = {ROW_NUMBER: row, KEY: key, REASON: reason, SCORE: score, WAS: was}
            rows.append({**asked, SUGGESTED: likely, LABEL: "", BY: "", AT: "", **shown})
    if not rows:
        notes.append("no row is worth asking for: no label seems wrong")
    strategies = {name: len(part.at) for name, part in parts.items()}
    visible = [name for name in table.columns if name not in COLUMNS]
    return Queue(rows, [*COLUMNS, *visible], strategies, notes)


def _cells(
    table: Table, target: str, rows: Sequence[int]
) -> dict[int, tuple[str, str, dict[str, Any]]]:
    """Return key, label and cells of rows, by their numbers; as the file has them."""
    frame = table.frame.filter(nw.col(ROW).is_in(list(rows)))
    keys, labels = keys_of(table, frame, target), labels_there(table, frame, target)
    visible = [name for name in table.columns if name not in COLUMNS]
    held = [text_of(name) if table.has_text else name for name in visible]
    found = {}
    for row in table.engine.rows(frame.select(*dict.fromkeys([ROW, *held]))):
        shown = {name: row[column] for name, column in zip(visible, held, strict=True)}
        number = int(row[ROW])
        found[number] = (keys[number], labels[number], shown)
    return found
