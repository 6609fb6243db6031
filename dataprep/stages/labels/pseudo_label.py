"""Labels for rows without one, by a model that learns from its own surest labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns
from dataprep.errors import ConfigError, DataError
from dataprep.keys import joint_keys
from dataprep.labels.calibration import Calibration
from dataprep.labels.chains import LEAST_FOLDS
from dataprep.labels.out_of_fold import dealt
from dataprep.labels.rounds import Data, Settings
from dataprep.labels.self_training import self_train
from dataprep.labels.teachers import TeacherName, teacher_from
from dataprep.models import as_json
from dataprep.resampling.classes import matched
from dataprep.resampling.limits import Share
from dataprep.resampling.strategy import PythonOnly
from dataprep.stage import State
from dataprep.stages.labels import pseudo_label_facts as telling
from dataprep.stages.labels.supplied import Given
from dataprep.stages.labels.supplier import (
    LabelSupplier,
    by_hand,
    labelled_before,
)
from dataprep.stages.levels import Level, codes_of

if TYPE_CHECKING:
    from dataprep.labels.teachers import Encoding, Teacher
    from dataprep.stages.labels.features import Seen
    from dataprep.table import Table

Label = bool | int | float | str
Probability = Annotated[float, Gt(0), Le(1)]


@dataclass(eq=False, repr=False)
class PseudoLabel(LabelSupplier):
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
        that most rows are given with more than that, lower for others, down to one half; a class
        that no row is given so surely is given to none (FlexMatch, without its warm-up). A number:
        the same for all classes; ``{label: number}``: for each.
    precision : float, default=0.95
        The share of right labels that ``threshold="precision"`` aims at.
    base : float, default=0.95
        The highest threshold of ``threshold="adaptive"``: above it a row is surely of a class.
        Below one half it is the threshold of all classes that a row is surely given.
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
        In how many parts labelled rows are held out, each once, at least 3; groups stay together.
        Classes with fewer labelled rows than that are given to none.
    safeguard : bool, default=True
        Whether a round is rolled back that does not help held-out rows.
    weight : bool, default=True
        Whether confidence becomes the weight of a row, in ``sample_weight`` or times the weight
        that is there; students learn with it too. A weight that is there counts in any case.
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
    same, is lower than the teacher's by more than 1.645 standard errors, of groups where there are
    any. With labels drawn at random 1 run of 60 passes, but 8 or 9 at fixed thresholds. How often a
    class is given, and how surely, is divided out first: what counts is that classes are told apart
    better. For each fold there is a chain of its own: teacher, calibration,
    thresholds, labels and students, in which the fold has no part; by the fold it is judged. The
    precision that is told is measured so, too. Validation and test have no part in it, and a row
    there that lacks its target stays as it is. Rows that another stage made or labelled neither
    teach nor judge: they would confirm what they come from. Every round judges all rows anew, so
    that a label that lost its support is withdrawn. The column ``_label_round`` says since which
    round a row has its label, ``_label_confidence`` how sure it was; ``_origin`` is
    ``pseudo_label``. They count as made rows where a later stage has a budget. The first teachers
    cost ``folds * (folds + 1) / 2 + 1`` fits, the students of each round ``folds ** 2 + 1``.

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

    fewer: ClassVar[str] = "lower max_total"
    earlier: ClassVar[str] = "they neither teach nor judge"

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
    folds: Annotated[int, Ge(LEAST_FOLDS)] = 5
    safeguard: bool = True
    weight: bool = True
    soft: bool = False
    unlabelled: Literal["drop", "keep"] = "drop"
    max_synthetic: Share = "warn"
    target: str | None = None
    columns: Columns = "features"
    random_state: Annotated[int, Ge(0)] = 0

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them."""
        return {
            **super().parameters(),
            "teacher": as_json(self.teacher, f"{self.name()}.teacher"),
        }

    def learn(self, table: Table) -> State:
        """Return the classes, how many rows each has, and how many rows have none."""
        teacher_from(self.teacher, place=f"{self.name()}.teacher")
        state = super().learn(table)
        labelled = sum(state["classes"].values()) - labelled_before(table, state["target"])
        if labelled < self.folds:
            raise DataError(
                f"{labelled} rows have a label of a person in {state['target']!r}, fewer than the "
                f"{self.folds} folds",
                place=f"{self.name()}.folds",
                remedy="Label more rows by hand, or ask for fewer folds.",
            )
        return state

    def given(self, table: Table, target: str, labels: Sequence[Level]) -> Given:
        """Train, and return the labels that are sure enough."""
        group, weight = ([*table.of_role(role), None][0] for role in ("group", "weight"))
        found = self.seen(table, target, [n for n in (group, weight) if n is not None])
        own = codes_of(found.arrays[target], labels)
        teaching, lacking = by_hand(table, found.arrays, own) >= 0, own < 0
        settings = self._settings(labels, target)
        learned, notes = None, []
        if lacking.any():
            teacher = self._teacher()
            data = self._data(found, own, teaching, teacher.encoding, len(labels), group, weight)
            learned = self_train(data, teacher, settings)
            notes = telling.notes_of(learned, labels, settings)
            if group is None and (copies := found.copies(np.flatnonzero(teaching))):
                notes.append(telling.COPIES.format(copies, len(data.X)))
            if not teacher.weighs and (self.weight or weight is not None):
                notes.append(f"{teacher.name} takes no weights: rows count the same in learning")
        if found.left_out:
            notes.append(f"not seen by the teacher: {', '.join(found.left_out)}")
        facts = {"labelled": int(teaching.sum())}
        facts |= telling.facts_of(learned, labels, int(lacking.sum()))
        self.rounds_ = facts["rounds"]
        return telling.given_of(
            found.rows, own, learned, labels, settings, notes, facts, soft=self.soft
        )

    def _settings(self, labels: Sequence[Level], target: str) -> Settings:
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
                    remedy="Give one for each class; by a max_per_class of 0 one is given to none.",
                )
            threshold = np.array([given[label] for label in labels])
        elif not isinstance(threshold, str):
            threshold = np.full(len(labels), float(threshold))
        caps: Any = self.max_per_class or {}
        if isinstance(caps, int):
            caps = dict.fromkeys(labels, caps)
        caps = _by_label(caps, labels, f"{self.name()}.max_per_class", target)
        return Settings(
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

    def _teacher(self) -> Teacher:
        given = "logistic_regression" if self.teacher is None else self.teacher
        return teacher_from(given, place=f"{self.name()}.teacher", seed=self.random_state)

    def _data(
        self,
        found: Seen,
        own: np.ndarray,
        teaching: np.ndarray,
        encoding: Encoding,
        n_classes: int,
        group: str | None,
        weight: str | None,
    ) -> Data:
        """Return the rows that teach, dealt into folds, and those without a label."""
        lacking, rows = own < 0, found.rows
        matrix = found.matrix(encoding)
        keys = joint_keys([found.arrays[group][teaching]]) if group else None
        weights = found.weights(weight) if weight else None
        return Data(
            X=matrix.X[teaching],
            codes=own[teaching],
            fold=dealt(
                own[teaching],
                self.folds,
                rows=rows[teaching],
                groups=keys,
                seed=self.random_state,
                place=f"{self.name()}.folds",
            ),
            unlabelled=matrix.X[lacking],
            rows=rows[lacking],
            is_code=matrix.is_code,
            n_classes=n_classes,
            weight=None if weights is None else weights[teaching],
            unlabelled_weight=None if weights is None else weights[lacking],
            groups=keys,
        )


def _by_label(
    given: Mapping[Any, Any], labels: Sequence[Level], place: str, target: str
) -> dict[Any, Any]:
    """Return what a person said of classes, under the labels that they have."""
    counts = dict.fromkeys(labels, 0)
    return {matched(key, counts, place, target): value for key, value in given.items()}
