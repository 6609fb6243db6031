"""What augmentation has in common: new rows for rare classes, or a share of new rows for all."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any, Self

import narwhals as nw
import numpy as np

from dataprep.errors import ConfigError, DataError
from dataprep.estimator import Estimator
from dataprep.kinds import NUMERIC, are_classes, few_values
from dataprep.parts import label_of, target_of
from dataprep.provenance import origins, was_made
from dataprep.resampling.classes import check_labels
from dataprep.resampling.limits import Share, budget
from dataprep.stages.resample.counting import Counts, counts_of, made_before
from dataprep.stages.resample.sampler import Sampler

if TYPE_CHECKING:
    from dataprep.stage import Change, State
    from dataprep.table import Table

_ALL = ""
"""The name of all rows in a state, where they are of no classes."""


class Augmenter(Sampler):
    """A stage that makes rows beside those that are there, for any target, or none.

    Without ``share`` it balances classes, as samplers do. With it each class grows by that share;
    where the target is a number, or there is none, all rows together do.
    """

    sampling = "over"
    classes_or = "Give share=0.5, for half as many new rows with any target, or classes."
    interpolates = False
    """Whether a target of numbers is made as features are."""

    share: float | None
    max_synthetic: Share

    @property
    def amount(self) -> str:
        """The parameter that says how many rows are made."""
        return "sampling_strategy" if self.share is None else "share"

    @property
    def balances(self) -> bool:
        """Whether it balances classes by rows."""
        return self.share is None

    def learn(self, table: Table) -> State:
        """Count the rows, and what is to be made of them."""
        if self.share is None:
            return super().learn(table)
        self._check_share()
        target = target_of(table)
        number = target is not None and is_number(table, target)
        if target is not None and not number:
            counts, before = counts_of(table, target), made_before(table, target)
            check_labels(counts, target)
        else:
            counts, before = {_ALL: table.height()}, _made(table)
        wanted = {label: floor(self.share * rows + 0.5) for label, rows in counts.items()}
        if not any(wanted.values()):
            raise DataError(
                f"{self.share} of {sum(counts.values()):,} rows is no new row",
                place=f"{self.name()}.share",
                remedy="Give a larger share.",
            )
        state: dict[str, Any] = {
            "classes": {label_of(label): rows for label, rows in counts.items()},
            "wanted": {label_of(label): rows for label, rows in wanted.items() if rows},
            "notes": [],
            "classed": target is not None and not number,
            "number": target if number and self.interpolates else None,
        }
        self.sampling_strategy_ = {label: rows for label, rows in wanted.items() if rows}
        self.made_before_ = sum(before.values())
        if state["classed"]:
            note = self._budgeted(counts, wanted, before)
        else:
            # Only the table's share counts.
            made = {None: wanted[_ALL] + before[_ALL]}
            real = {None: counts[_ALL] - before[_ALL]}
            place = f"{self.name()}.max_synthetic"
            limit = self.max_synthetic
            note = budget(made, real, limit, place=place, by=self.amount).note
        mixed = f"{target!r} is mixed as a number: it holds no classes" if state["number"] else ""
        state["notes"] = [told for told in (note, mixed) if told]
        self.check(counts, self.sampling_strategy_)
        if self.studies:
            state["learned"] = self.study(self._all_features(table, state).rows, {})
        return state

    def change(self, table: Table, state: State) -> Change:
        """Plan on the rows as arrays, and give back what is to come."""
        self.number_ = state.get("number")
        if not state.get("classed", True):
            return self._change_all(table, state)
        return super().change(table, state)

    def _change_all(self, table: Table, state: State) -> Change:
        beside = [state["number"]] if state["number"] else []
        wanted = {0: state["wanted"][_ALL]}
        return self.changed(table, None, np.zeros(1, int), wanted, state, beside)

    def _all_features(self, table: Table, state: State) -> Any:
        """Return the features of all rows, whatever their class."""
        beside = [state["number"]] if state["number"] else []
        return self.features(table, None, np.zeros(1, int), beside)

    def _check_share(self) -> None:
        if self.sampling_strategy != "auto":
            raise ConfigError(
                f"sampling_strategy={self.sampling_strategy!r} and share={self.share} say two "
                "things",
                place=f"{self.name()}.share",
                remedy="Give sampling_strategy to balance classes, or share for rows of all.",
            )

    # ---- as an estimator

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from training rows: see `Sampler.fit`. With ``share``, ``y`` may be anything."""
        return super().fit(X, y) if self.share is None else Estimator.fit(self, X, y)

    def fit_resample(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Return training rows, the new ones after them: see `Sampler.fit_resample`."""
        if self.share is None:
            return super().fit_resample(X, y)
        return Estimator.fit_resample(self, X, y)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: nearly all numbers of a sparse matrix are no measurements."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


def are_codes(column: np.ndarray) -> bool:
    """Tell whether a column of numbers holds codes, which no arithmetic suits."""
    values = column[np.isfinite(column)]
    return few_values(len(np.unique(values)), len(values))


def is_number(table: Table, target: str) -> bool:
    """Tell whether a target is a quantity: numbers that are no classes."""
    if table.kinds[target] not in NUMERIC:
        return False
    value = nw.col(target)
    broken = (value.fill_null(0) % 1 != 0).any()
    found = table.values(low=value.min(), high=value.max(), broken=broken)
    distinct, present = table.n_unique([target])[target], table.counts([target])[target]
    ends = (found["low"], found["high"])
    return not are_classes(distinct, present, ends, whole=not found["broken"])


def _made(table: Table) -> Counts:
    """Return how many rows were made by earlier stages, of earlier runs too."""
    made = table.values(n=was_made(table).sum())["n"] if origins(table) else 0
    return {_ALL: int(made or 0)}
