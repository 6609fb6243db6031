"""What all resampling has in common: which classes, which rows, and what is made of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from dataprep.columns import Columns
from dataprep.parts import label_of
from dataprep.resampling.limits import budget
from dataprep.resampling.strategy import Sampling, Strategy, resolve_strategy
from dataprep.sizes import check_made
from dataprep.stage import Change, NewRows, Stage
from dataprep.stages.resample.counting import (
    Counts,
    by_code,
    counts_of,
    made_before,
    of_classes,
    target_of,
)
from dataprep.stages.resample.features import COPIED, Features, features_of
from dataprep.table import ROW

if TYPE_CHECKING:
    from dataprep.resampling.rows import Births, Plan, Rows
    from dataprep.stage import Phase, State
    from dataprep.table import Table


class Sampler(Stage):
    """A stage that balances classes: it says which rows go, and which are made, as a `Plan`.

    Subclasses are dataclasses with the parameters of imbalanced-learn's estimator of the same name,
    and one method, `plan`. The classes, the rows as arrays, new rows on every engine and their
    provenance are worked out here.
    """

    sampler = True
    sampling: ClassVar[Sampling]
    """Whether the strategy tells rows to make, rows to keep, or classes that may lose rows."""
    sees: ClassVar[Literal["concerned", "all"]] = "all"
    """Whether a plan needs all rows, or only those of the classes that the strategy names."""
    draws: ClassVar[bool] = True
    """Whether a plan draws rows, and so needs their keys."""
    compares: ClassVar[bool] = True
    """Whether a plan compares rows by their distances."""
    studies: ClassVar[bool] = False
    """Whether a plan needs what was learned from the rows, beside how many of each class."""
    carried_as: ClassVar[str] = "no part in distances, taken from the first parent"
    """What is told of columns that are neither numbers nor levels."""
    reason: ClassVar[str] = "left out to balance the classes"

    sampling_strategy: Strategy
    columns: Columns

    @property
    def amount(self) -> str:
        """The parameter that says how many rows are made."""
        return "sampling_strategy"

    @property
    def phase(self) -> Phase:
        """Rows go and come in training only."""
        return "training"

    @property
    def supervised(self) -> bool:
        """It balances the classes of the target."""
        return True

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Return which rows go and which are made.

        Parameters
        ----------
        rows : Rows
        wanted : mapping of int to int
            By class: rows to make (over-sampling), rows to keep (under-sampling), or 0 for the
            classes that may lose rows (cleaning).
        """
        raise NotImplementedError

    def study(self, rows: Rows, wanted: Mapping[int, int]) -> State:
        """Return what training rows teach a plan, as plain JSON, and remember it for `plan`.

        Where a stage `studies`, this becomes ``learned`` in its state, and `plan` is only called
        after it, or after `recall`.
        """
        raise NotImplementedError

    def recall(self, learned: State) -> None:
        """Remember for `plan` what `study` returned."""

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where there are too few rows for the method; nothing was computed yet."""

    def categories(self, table: Table, columns: list[str]) -> list[str]:
        """Return which features are levels, not numbers: what a table says, by default."""
        return [name for name in columns if table.kinds[name] in ("category", "boolean")]

    def coded(self, names: list[str]) -> list[str]:
        """Return which columns of an array of numbers hold codes of levels: none, by default."""
        return []

    @property
    def _sampling_type(self) -> str:
        """What imbalanced-learn's ensembles ask of a sampler."""
        kinds = {"over": "over-sampling", "under": "under-sampling", "clean": "clean-sampling"}
        return kinds[self.sampling]

    # ---- as a stage

    def learn(self, table: Table) -> State:
        """Count the classes and see what is to be made or left of them."""
        target = target_of(table, self.name())
        counts = counts_of(table, target)
        y = table.matrix([target])[target] if callable(self.sampling_strategy) else None
        state = self.state_of(counts, target, y, made_before(table, target))
        self.check(counts, self.sampling_strategy_)
        if self.studies:
            features = self.features(table, target, np.arange(len(counts)))
            state["learned"] = self.study(features.rows, by_code(counts, state))
        return state

    def state_of(self, counts: Counts, target: str, y: Any, made: Counts) -> State:
        """Return what is learned from classes; ``made``: how many rows of each are not real."""
        wanted = resolve_strategy(
            self.sampling_strategy,
            counts,
            self.sampling,
            stage=self.name(),
            target=target,
            y=y,
            remedy=self.classes_or,
        )
        note = self._budgeted(counts, wanted, made)
        self.sampling_strategy_ = wanted
        self.made_before_ = sum(made.values())
        return {
            "classes": {label_of(label): rows for label, rows in counts.items()},
            "wanted": {label_of(label): rows for label, rows in wanted.items()},
            "notes": [note] if note else [],
        }

    def change(self, table: Table, state: State) -> Change:
        """Plan on the rows as arrays, and give back what is to go and to come."""
        target = target_of(table, self.name())
        counts = counts_of(table, target)
        labels, wanted = list(counts), by_code(counts, state)
        codes = np.arange(len(labels))
        if self.sees == "concerned":
            codes = np.array(sorted(wanted), dtype="int64")
            table = of_classes(table, target, [labels[code] for code in codes])
        return self.changed(table, target, codes, wanted, state)

    def changed(
        self,
        table: Table,
        target: str | None,
        codes: np.ndarray,
        wanted: Mapping[int, int],
        state: State,
        beside: Sequence[str] = (),
    ) -> Change:
        """Return what a plan changes, given the rows that it is made for.

        Parameters
        ----------
        table : Table
        target : str or None
            Without one, all rows are of the class 0.
        codes : array of int64
            The numbers of the classes that are there.
        wanted : mapping of int to int
        state : State
        beside : sequence of str
            Columns that are no features, and are made as those are.
        """
        if self.studies:
            self.recall(state["learned"])
        if self.sampling == "over":
            check_made(sum(wanted.values()), len(table.columns), self.name(), self.amount)
        features = self.features(table, target, codes, beside)
        plan = self.plan(features.rows, wanted)
        gone = {ROW: features.row_numbers[plan.drop]}
        gone["reason"] = np.full(len(plan.drop), self.reason, dtype=object)
        made = None if not plan.births else self.new_rows(features, plan.births)
        return Change(
            rows=table.engine.listed(gone) if len(plan.drop) else None,
            made=made,
            notes=[*state["notes"], *features.notes, *plan.notes],
        )

    def features(
        self, table: Table, target: str | None, classes: np.ndarray, beside: Sequence[str] = ()
    ) -> Features:
        """Return the features of the rows that a plan is made for, of these classes."""
        columns = [name for name in self.chosen(table) if name not in table.roles]
        columns += beside
        # To draw rows, levels need not be told apart.
        levelled = self.categories(table, columns) if self.compares else []
        # Where rows are made, an id is there twice.
        named = [n for n in table.columns if table.roles.get(n) in COPIED and n not in beside]
        return features_of(
            table,
            columns,
            levelled,
            target,
            classes,
            keyed=self.draws,
            compared=self.compares,
            others=self.others(table, columns, target),
            carried_as=self.carried_as,
            copied=named if self.sampling == "over" else (),
        )

    def others(self, table: Table, columns: Sequence[str], target: str | None) -> list[str]:
        """Return the columns that tell rows apart which hold the same in those for a draw."""
        return [name for name in table.columns if name not in columns and name != target]

    def new_rows(self, features: Features, births: Births) -> NewRows:
        """Return what an engine needs to make rows, from positions."""
        numbers = features.row_numbers
        b = np.full(len(births), -1) if births.parent_b is None else births.parent_b
        step = np.full(len(births), np.nan) if births.step is None else births.step
        return NewRows(
            numbers[births.parent_a],
            np.where(b < 0, -1, numbers[b]),
            np.where(b < 0, np.nan, step),
            features.made_columns(births),
            partial(features.made_values, births),
        )

    def _budgeted(self, counts: Counts, wanted: Counts, before: Counts) -> str:
        """Hold the rows to be made against what is allowed of them."""
        limit = getattr(self, "max_synthetic", None)
        if self.sampling != "over" or limit is None:
            return ""
        made = {label: rows + before.get(label, 0) for label, rows in wanted.items()}
        real = {label: rows - before.get(label, 0) for label, rows in counts.items()}
        place = f"{self.name()}.max_synthetic"
        return budget(made, real, limit, place=place, by=self.amount).note

    def seed_of(self, label: int) -> str:
        """Return the name under which draws for a class are made: equally rare ones differ."""
        return f"{self.seed_name}/{label}"

    @property
    def seed(self) -> int:
        """The seed of all draws. None, imbalanced-learn's default, is one too: the same rows."""
        return getattr(self, "random_state", 0) or 0

    @property
    def seed_name(self) -> str:
        """The name under which draws are made: the same stage a second time draws others."""
        made = getattr(self, "made_before_", 0)
        return f"{self.name()} after {made}" if made else self.name()

    # ---- as an estimator

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn how many rows each class has, and check the parameters against that.

        Parameters
        ----------
        X : frame, array of shape (n_rows, ...), or sparse matrix
        y : array-like of shape (n_rows,), optional

        Returns
        -------
        self
        """
        from dataprep.stages.resample.given import fit

        if y is None:
            return super().fit(X, y)
        fit(self, X, y)
        return self

    def fit_resample(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Return training rows as they are to be: some gone, some made.

        Parameters
        ----------
        X : frame, array of shape (n_rows, ...), or sparse matrix
            An array of more than two dimensions is flattened and restored.
        y : array-like of shape (n_rows,), optional
            Classes; optional where the frame holds them.

        Returns
        -------
        X : of the kind that was given
        y : of the kind that was given
        """
        from dataprep.stages.resample.given import resample

        return super().fit_resample(X, y) if y is None else resample(self, X, y)
