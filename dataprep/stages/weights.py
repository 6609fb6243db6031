"""Weights that make up for classes of unequal size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import narwhals as nw
from annotated_types import Ge, Gt, Lt

from dataprep.columns import known
from dataprep.engine import Arrays
from dataprep.errors import ConfigError, DataError
from dataprep.parts import label_of, new_weight
from dataprep.resampling.classes import check_class_counts, matched
from dataprep.stage import Change, Mapped, Phase, Stage, State
from dataprep.stages.levels import Level, by_level, level_counts, looked_up
from dataprep.table import Table, hidden, steady
from dataprep.weighting import Method, class_weights

_FOUND = hidden("weight")
_MOST_LEVELS = 40
"""Classes up to which an engine is asked; more of them are looked up in Python."""


@dataclass(eq=False, repr=False)
class ClassWeight(Stage):
    """Weigh training rows, so that each class counts as much as it should.

    It adds the column ``sample_weight``; where a column has the role of a weight already, that one
    is multiplied instead. Rows that are held out have no weight.

    Parameters
    ----------
    method : {"balanced", "effective_number", "sqrt"}, default="balanced"
        ``balanced``: every class counts the same, as scikit-learn's ``class_weight="balanced"``.
        ``sqrt``: half the way there. ``effective_number``: rows of a class that has many already
        add ever less. Weights average 1 over the training rows.
    beta : float, default=0.999
        Of ``effective_number``, in [0, 1).
    weights : dict, optional
        ``{label: weight}`` of every class, taken as it is, instead of a method.
    target : str, optional
        The column of classes; by default the pipeline's target.

    Attributes
    ----------
    class_weight_ : dict
        ``{label: weight}``, as scikit-learn takes it.
    keras_class_weight_ : dict
        ``{0: weight, 1: weight, ...}`` by the place of a class among the sorted ones, as Keras'
        ``fit(class_weight=...)`` takes it.

    References
    ----------
    Y. Cui, M. Jia, T.-Y. Lin, Y. Song and S. Belongie, "Class-Balanced Loss Based on Effective
    Number of Samples", CVPR 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> frame, y = pd.DataFrame({"x": [1, 2, 3, 4]}), ["no", "no", "no", "yes"]
    >>> stage = ClassWeight().fit(frame, y)
    >>> stage.class_weight_
    {'no': 0.666666666667, 'yes': 2.0}
    >>> stage.keras_class_weight_
    {0: 0.666666666667, 1: 2.0}
    >>> X, y = stage.fit_resample(frame, y)
    >>> stage.sample_weight_.round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    >>> ClassWeight(weights={"yes": 5.0}).fit(frame, y)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: class_weight.weights: no weight for the class 'no' of target...
    """

    method: Method = "balanced"
    beta: Annotated[float, Ge(0), Lt(1)] = 0.999
    weights: dict[bool | int | float | str, Annotated[float, Gt(0)]] | None = None
    target: str | None = None

    weighs: ClassVar[bool] = True

    @property
    def phase(self) -> Phase:
        """Rows are weighed in training only."""
        return "training"

    @property
    def supervised(self) -> bool:
        """Weights are those of classes."""
        return True

    @property
    def class_weight_(self) -> dict[Level, float]:
        """The weight of each class."""
        learned = self._learned
        return dict(zip(learned["labels"], learned["weights"], strict=True))

    @property
    def keras_class_weight_(self) -> dict[int, float]:
        """The weight of each class, by its place among the sorted ones."""
        return dict(enumerate(self._learned["weights"]))

    @property
    def _learned(self) -> State:
        if "learned_" not in self.__dict__:
            raise AttributeError(
                "there are no weights before fit; of a loaded pipeline they are in its states_"
            )
        learned: State = self.learned_
        return learned

    def learn(self, table: Table) -> State:
        """Return the weight of each class."""
        column = self._target_of(table)
        counts = _class_counts(table, column)
        if self.weights is None:
            found = class_weights(counts, self.method, self.beta)
        else:
            found = _given(self.weights, counts, column)
        weights = [steady(found[label]) for label in counts]
        self.learned_ = {
            "target": column,
            "classes": {label_of(label): rows for label, rows in counts.items()},
            "labels": list(counts),
            "weights": weights,
        }
        return self.learned_

    def change(self, table: Table, state: State) -> Change:
        """Add the weights, or multiply those that are there."""
        pairs = dict(zip(state["labels"], state["weights"], strict=True))
        weight, mapped = _weight_of(state["target"], pairs)
        told = ", ".join(f"{label} {value:.3g}" for label, value in pairs.items())
        notes = [f"weight by class: {told}"]
        own = next(iter(table.of_role("weight")), None)
        if own is None:
            new = new_weight(table, self.name())
            return Change(
                adds={new: (weight, "float")},
                roles={new: "weight"},
                mapped=mapped,
                notes=notes,
            )
        how = "given" if self.weights else self.method
        return Change(
            cells={own: nw.col(own) * weight},
            mapped=mapped,
            kinds={own: "float"},
            action="weigh",
            reason=f"times the weight of its class ({how})",
            notes=notes,
        )

    def _target_of(self, table: Table) -> str:
        if self.target is not None:
            return known(self.target, table, "class_weight.target")
        column = next(iter(table.of_role("target")), None)
        if column is None:
            raise DataError(
                "requires y to be passed, but the target y is None",
                place="class_weight",
                remedy="Pass y, or name the target: Pipeline([...], target='y').",
            )
        return column


def _class_counts(table: Table, column: str) -> dict[Level, int]:
    """Return the rows of each class, in order; raise where a column holds none."""
    kind = table.kinds[column]
    if kind in ("date", "timestamp", "other"):
        raise DataError(
            f"{column!r} is of kind {kind}, it names no classes",
            place="class_weight",
            remedy="Name a column of classes.",
        )
    if kind == "float":
        fraction = table.values(n=(nw.col(column).fill_null(0.0) % 1 != 0).any())
        if fraction["n"]:
            raise DataError(
                f"Unknown label type: {column!r} is continuous, it has fractions",
                place="class_weight",
                remedy="Classes are weighed: give a target of classes, or bin this one first.",
            )
    counts = level_counts(table, column)
    if (missing := table.height() - sum(counts.values())) > 0:
        raise DataError(
            f"{missing:,} rows have no class in {column!r}",
            place="class_weight",
            remedy="Drop these rows first (DropMissing), or fill in their class.",
        )
    check_class_counts(counts, column)
    return counts


def _weight_of(column: str, weights: Mapping[Level, float]) -> tuple[nw.Expr, Mapped | None]:
    """Return an expression for a row's weight; many classes are looked up in Python."""
    if len(weights) <= _MOST_LEVELS:
        return by_level(column, weights, nw.lit(1.0)), None
    found: dict[Any, float] = {**weights, None: 1.0}
    function = partial(_looked_up, column, found)
    return nw.col(_FOUND), Mapped([column], {_FOUND: "float"}, function)


def _looked_up(column: str, found: Mapping[Any, float], arrays: Arrays) -> dict[str, Any]:
    return {_FOUND: looked_up(arrays[column], found, 1.0).astype("float64")}


def _given(
    weights: Mapping[Any, float], counts: Mapping[Level, int], column: str
) -> dict[Level, float]:
    """Return the weights that a person gave, under the labels of the classes."""
    place = "class_weight.weights"
    found = {matched(label, counts, place, column): value for label, value in weights.items()}
    for label in counts:
        if label not in found:
            raise ConfigError(
                f"no weight for the class {label!r} of {column}",
                place=place,
                remedy="Give one for each class; 1.0 leaves it as it is.",
            )
    return found
