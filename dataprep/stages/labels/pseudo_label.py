"""Labels for rows without one, by a model that learns from its own surest labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns, known
from dataprep.errors import ConfigError, DataError
from dataprep.keys import joint_keys
from dataprep.labels.calibration import Calibration
from dataprep.labels.out_of_fold import dealt
from dataprep.labels.rounds import Data, Rules
from dataprep.labels.self_training import self_train
from dataprep.labels.teachers import TeacherName, teacher_from
from dataprep.models import as_json
from dataprep.parts import label_of
from dataprep.resampling.classes import check_class_counts, matched
from dataprep.resampling.limits import Share, budget
from dataprep.resampling.strategy import PythonOnly
from dataprep.stage import Change, Phase, Stage, State
from dataprep.stages.labels import telling
from dataprep.stages.labels.features import seen
from dataprep.stages.labels.supplied import Supplied, change_of
from dataprep.stages.levels import Level, codes_of, level_counts
from dataprep.stages.resample.counting import made_before

if TYPE_CHECKING:
    from dataprep.labels.rounds import Labelled
    from dataprep.stages.labels.features import Seen
    from dataprep.table import Table

Label = bool | int | float | str
Probability = Annotated[float, Gt(0), Le(1)]


@dataclass(eq=False, repr=False)
class PseudoLabel(Stage):
    """Give rows without a target the label that a model is sure of; learn from these, and go on.

    A teacher learns from the labelled rows and labels those that it is surest of; a student learns
    from both, and is the next round's teacher. Labelled rows that are held out say how sure is sure
    enough, and whether a round helped: if not, it is rolled back, and said so.

    Parameters
    ----------
    teacher : str, scikit-learn classifier or callable, optional
        Who labels: "logistic_regression" (the default), "hist_gradient_boosting", "random_forest",
        "extra_trees"; in Python any classifier with ``predict_proba``, or a function
        ``(n_features, n_classes)`` that returns a Keras model.
    threshold : {"precision", "adaptive"}, float or dict, default="precision"
        The least confidence of a label. ``precision``: for each class the lowest one at which
        held-out labels are right as often as ``precision`` asks. ``adaptive``: `base` for the class
        that most rows are surely given, lower for others (FlexMatch). A number: the same for all
        classes; ``{label: number}``: for each.
    precision : float, default=0.95
        The share of right labels that ``threshold="precision"`` aims at.
    base : float, default=0.95
        The highest threshold of ``threshold="adaptive"``.
    calibration : {"temperature", "sigmoid", "isotonic"} or None, default="temperature"
        How confidence is corrected by held-out rows before it is compared with a threshold.
        ``isotonic`` is for a thousand labelled rows and more.
    alpha : float, default=1/3
        How much frequent classes hold back: of the l-th largest, the ``(size of the l-th smallest /
        size of the largest) ** alpha`` surest rows are taken (CReST). 0: all.
    max_per_class : int or dict, optional
        The most rows that a class is given; ``{label: rows}`` for some.
    max_total : int, optional
        The most rows that are given a label; every class gives up the same share.
    rounds : int, default=3
        How often, at most, rows are labelled and a student learns from them.
    folds : int, default=5
        In how many parts labelled rows are held out, each once; groups stay together.
    safeguard : bool, default=True
        Whether a round is rolled back that does not help held-out rows.
    weight : bool, default=True
        Whether confidence becomes the weight of a row, in ``sample_weight`` or times the weight
        that is there; students learn with it too.
    soft : bool, default=False
        Whether the columns ``_soft_<label>`` with the probability of each class are added, to be
        learned from in place of the label.
    unlabelled : {"drop", "keep"}, default="drop"
        What becomes of rows that still have no label; dropped ones are rejected with the reason.
    max_synthetic : float or "warn", default="warn"
        The largest share of rows with such a label in a class and in the table; by default more
        than half is told.
    target : str, optional
        The column of classes; by default the pipeline's target.
    columns : str, Selector or list, default="features"
        What the teacher sees; texts and identifiers have no part in it.
    random_state : int, default=0
        For folds, for rows that are equally sure, and for the teacher.

    Attributes
    ----------
    rounds_ : list of dict
        What each round came to, as in ``summary.json``.

    Notes
    -----
    A round helps if the logarithmic loss of its student on held-out rows, all classes weighing the
    same, is lower than the teacher's by more than the standard error of the difference. Held-out
    rows are never taught or labelled by a model that has learned from them: each fold has a
    teacher, labels and students of its own. All are training rows: validation and test have no part
    in it, and a row there that lacks its target stays as it is. Every round judges all rows anew,
    so that a label that lost its support is withdrawn. The column ``_label_round`` says since which
    round a row has its label, ``_label_confidence`` how sure it was; ``_origin`` is
    ``pseudo_label``. They count as made rows where a later stage has a budget.

    References
    ----------
    D. Yarowsky, "Unsupervised Word Sense Disambiguation Rivaling Supervised Methods", ACL 1995.
    B. Zhang et al., "FlexMatch", NeurIPS 2021. C. Wei et al., "CReST", CVPR 2021. C. Guo et al.,
    "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [i / 60 for i in range(60)]})
    >>> frame["y"] = [("no", "yes")[i >= 30] if i % 2 else None for i in range(60)]
    >>> import dataprep as dp
    >>> stage = PseudoLabel(rounds=1, safeguard=False)
    >>> result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
    >>> result.data.loc[[0, 1, 58], ["y", "_origin"]].fillna("").values.tolist()
    [['no', 'pseudo_label'], ['no', ''], ['yes', 'pseudo_label']]
    >>> PseudoLabel().fit(frame[["x"]], [None] * 60)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: pseudo_label: no row has a label in...
    """

    weighs: ClassVar[bool] = True
    relabels: ClassVar[bool] = True
    labels: ClassVar[bool] = True

    teacher: TeacherName | Annotated[Any, PythonOnly()] | None = None
    threshold: Literal["precision", "adaptive"] | Probability | dict[Label, Probability] = (
        "precision"
    )
    precision: Probability = 0.95
    base: Probability = 0.95
    calibration: Calibration | None = "temperature"
    alpha: Annotated[float, Ge(0)] = 1 / 3
    max_per_class: Annotated[int, Ge(1)] | dict[Label, Annotated[int, Ge(0)]] | None = None
    max_total: Annotated[int, Ge(1)] | None = None
    rounds: Annotated[int, Ge(1)] = 3
    folds: Annotated[int, Ge(2)] = 5
    safeguard: bool = True
    weight: bool = True
    soft: bool = False
    unlabelled: Literal["drop", "keep"] = "drop"
    max_synthetic: Share = "warn"
    target: str | None = None
    columns: Columns = "features"
    random_state: Annotated[int, Ge(0)] = 0

    @property
    def phase(self) -> Phase:
        """Labels are given in training only."""
        return "training"

    @property
    def supervised(self) -> bool:
        """The teacher learns from the target."""
        return True

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them."""
        return {
            **super().parameters(),
            "teacher": as_json(self.teacher, f"{self.name()}.teacher"),
        }

    def learn(self, table: Table) -> State:
        """Return the classes, how many rows each has, and how many rows have none."""
        teacher_from(self.teacher, place=f"{self.name()}.teacher")
        column = self._target_of(table)
        counts = _class_counts(table, column)
        labelled = sum(counts.values())
        if labelled < self.folds:
            raise DataError(
                f"{labelled} rows have a label in {column!r}, fewer than the {self.folds} folds",
                place=f"{self.name()}.folds",
                remedy="Label more rows by hand, or ask for fewer folds.",
            )
        return {
            "target": column,
            "classes": {label_of(label): rows for label, rows in counts.items()},
            "labels": list(counts),
            "unlabelled": table.height() - labelled,
        }

    def change(self, table: Table, state: State) -> Change:
        """Train, and write the labels that are sure enough into the target."""
        target, labels = state["target"], state["labels"]
        group = next(iter(table.of_role("group")), None)
        features = [n for n in self.chosen(table) if n not in table.roles and n != target]
        found = seen(table, features, [target, *([group] if group else [])])
        own = codes_of(found.arrays[target], labels)
        rules = self._rules(labels, state["classes"], target)
        learned = self._learned(found, own, rules, group) if state["unlabelled"] else None
        facts = telling.facts_of(learned, labels, state, rules)
        self.rounds_ = facts["rounds"]
        notes = [*telling.notes_of(facts, rules), *self._budgeted(table, state, learned)]
        if found.left_out:
            notes.append(f"not seen by the teacher: {', '.join(found.left_out)}")
        return change_of(
            table,
            target,
            self._supplied(found.rows, own, learned, labels, facts),
            self.name(),
            weight=self.weight,
            drop=self.unlabelled == "drop",
            notes=notes,
            facts=facts,
        )

    def _target_of(self, table: Table) -> str:
        if self.target is not None:
            return known(self.target, table, f"{self.name()}.target")
        column = next(iter(table.of_role("target")), None)
        if column is None:
            raise DataError(
                "requires y to be passed, but the target y is None",
                place=self.name(),
                remedy="Pass y, or name the target: Pipeline([...], target='y').",
            )
        return column

    def _rules(self, labels: Sequence[Level], counts: Mapping[str, int], target: str) -> Rules:
        """Return the parameters under the codes of classes."""
        threshold: Any = self.threshold
        if isinstance(threshold, Mapping):
            place = f"{self.name()}.threshold"
            given = _by_label(threshold, labels, place, target)
            absent = [label for label in labels if label not in given]
            if absent:
                raise ConfigError(
                    f"no threshold for the class {absent[0]!r} of {target}",
                    place=place,
                    remedy="Give one for each class; 1.0 for those that are to be given to none.",
                )
            threshold = np.array([given[label] for label in labels])
        elif not isinstance(threshold, str):
            threshold = np.full(len(labels), float(threshold))
        caps: Any = self.max_per_class or {}
        if isinstance(caps, int):
            caps = dict.fromkeys(labels, caps)
        caps = _by_label(caps, labels, f"{self.name()}.max_per_class", target)
        return Rules(
            threshold=threshold,
            precision=self.precision,
            base=self.base,
            calibration=self.calibration,
            alpha=self.alpha,
            max_per_class={labels.index(label): rows for label, rows in caps.items()},
            max_total=self.max_total,
            rounds=self.rounds,
            weighted=self.weight,
            safeguard=self.safeguard,
            seed=self.random_state,
        )

    def _learned(self, found: Seen, own: np.ndarray, rules: Rules, group: str | None) -> Labelled:
        """Train on the rows as arrays."""
        place = f"{self.name()}.teacher"
        given = "logistic_regression" if self.teacher is None else self.teacher
        teacher = teacher_from(given, place=place, seed=self.random_state)
        matrix, known = found.matrix(teacher.encoding), own >= 0
        keys = joint_keys([found.arrays[group][known]]) if group else None
        fold = dealt(
            own[known], self.folds, rows=found.rows[known], groups=keys, seed=self.random_state
        )
        X, rows = matrix.X, found.rows
        return self_train(
            Data(X[known], own[known], fold, X[~known], rows[~known], matrix.is_code),
            teacher,
            rules,
        )

    def _supplied(
        self,
        rows: np.ndarray,
        own: np.ndarray,
        learned: Labelled | None,
        labels: Sequence[Level],
        facts: Mapping[str, Any],
    ) -> Supplied:
        """Return what is known of all rows, in the order of their numbers."""
        height, order = len(rows), np.argsort(rows, kind="stable")
        given, since = np.full(height, -1), np.zeros(height, "int64")
        confidence, without = np.full(height, np.nan), np.full(height, None, dtype=object)
        soft = np.eye(len(labels))[own] if self.soft else None
        if learned is not None:
            lacking = np.flatnonzero(own < 0)
            chosen = lacking[learned.selection.positions]
            given[chosen], since[chosen] = learned.selection.codes, learned.since
            confidence[chosen] = learned.selection.confidence
            left = np.setdiff1d(np.arange(len(lacking)), learned.selection.positions)
            without[lacking[left]] = telling.reasons_of(learned, left, labels)
            if soft is not None:
                soft[lacking] = learned.probabilities
        return Supplied(
            labels,
            rows[order],
            own[order],
            given[order],
            confidence[order],
            since[order],
            without[order],
            None if soft is None else soft[order],
        )

    def _budgeted(self, table: Table, state: State, learned: Labelled | None) -> list[str]:
        """Hold the rows that get a label against what is allowed of them."""
        before = {label_of(k): n for k, n in made_before(table, state["target"]).items()}
        codes = np.empty(0, "int64") if learned is None else learned.selection.codes
        rows = np.bincount(codes, minlength=len(state["labels"])).tolist()
        names = list(state["classes"])
        made = {n: count + before.get(n, 0) for n, count in zip(names, rows, strict=True)}
        real = {n: count - before.get(n, 0) for n, count in state["classes"].items()}
        place = f"{self.name()}.max_synthetic"
        note = budget(made, real, self.max_synthetic, place=place, by="max_total").note
        return [note.replace("synthetic rows", "rows that a stage made or labelled")] * bool(note)


def _class_counts(table: Table, column: str) -> dict[Level, int]:
    """Return the labelled rows of each class, in order; raise where there are no classes."""
    kind = table.kinds[column]
    if kind in ("date", "timestamp", "other"):
        raise DataError(
            f"{column!r} is of kind {kind}, it names no classes",
            place=PseudoLabel.name(),
            remedy="Name a column of classes.",
        )
    counts = level_counts(table, column) if table.counts([column])[column] else {}
    if not counts:
        raise DataError(
            f"no row has a label in {column!r}: there is nothing to learn from",
            place=PseudoLabel.name(),
            remedy="Label some rows of every class by hand first.",
        )
    check_class_counts(counts, column, PseudoLabel.name())
    return counts


def _by_label(
    given: Mapping[Any, Any], labels: Sequence[Level], place: str, target: str
) -> dict[Any, Any]:
    """Return what a person said of classes, under the labels that they have."""
    counts = dict.fromkeys(labels, 0)
    return {matched(key, counts, place, target): value for key, value in given.items()}
