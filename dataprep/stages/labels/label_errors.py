"""Wrong labels, found by confident learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns, known
from dataprep.errors import ConfigError, DataError
from dataprep.keys import value_keys
from dataprep.labels.agreement import cohen_kappa
from dataprep.labels.confident import Method, Noise, estimated, found
from dataprep.labels.out_of_fold import dealable, out_of_fold
from dataprep.labels.ranking import Ranking, likeliest, own_probability, quality, runner_up
from dataprep.labels.teachers import TeacherName, teacher_from
from dataprep.labels.validation import check_order, check_probabilities
from dataprep.models import as_json
from dataprep.parts import label_of
from dataprep.provenance import origins
from dataprep.resampling.strategy import PythonOnly
from dataprep.sizes import check_matrix
from dataprep.stages.labels.features import seen
from dataprep.stages.labels.given_probabilities import of_array, of_columns, rows_of
from dataprep.stages.labels.judging import Action, LabelJudge, of_source
from dataprep.stages.labels.verdicts import Verdicts, coded_labels
from dataprep.table import ROW, as_steady

if TYPE_CHECKING:
    from dataprep.table import Table

_MOST_CLASSES = 30
"""Matrices of more classes are not told in the summary, only the pairs that matter."""


@dataclass(eq=False, repr=False)
class LabelErrors(LabelJudge):
    """Find wrong labels by confident learning, and flag, drop, replace or weigh down their rows.

    Every label is judged by a classifier that did not learn from its row. How often labels of a
    class are of another one in truth is estimated from the confident predictions; so many rows are
    taken for wrong, the least likely ones. Training rows only.

    Parameters
    ----------
    teacher : str, scikit-learn classifier or callable, optional
        Who judges: "hist_gradient_boosting" (the default), "random_forest", "extra_trees",
        "logistic_regression"; in Python, any classifier with ``predict_proba``, or a function
        ``(n_features, n_classes)`` that returns a Keras model.
    probabilities : str, array or frame of shape (n_rows, n_classes), optional
        Probabilities from elsewhere, instead of a teacher: how the names of their columns begin,
        which end with the class (``p_`` for ``p_no`` and ``p_yes``); in Python also an array for
        the rows of the input, the classes in order, or a frame with a column named as each class.
    folds : int, default=5
        In how many parts rows are judged, each by what the others teach. Labels of classes with
        fewer rows, or in fewer groups, are not judged.
    method : str, default="prune_by_noise_rate"
        Which rows are taken for wrong. "argmax": another class is the likeliest;
        "confident_joint": another class is confidently so; "prune_by_class": as many of each class
        as are estimated to be wrong, the least sure ones; "prune_by_noise_rate": as many of each
        class and each other class, those where the other exceeds it most; "both": what both of
        these find.
    ranking : str, default="self_confidence"
        What the quality of a label is, from 0 to 1: "self_confidence", its probability;
        "normalised_margin", by how much it exceeds that of any other class;
        "confidence_weighted_entropy", less where all classes are likely.
    action : {"flag", "drop", "relabel", "weight"}, default="flag"
        ``flag`` adds ``_label_quality`` for all rows that are judged, and ``_suggested_label`` for
        those whose label seems wrong, in ``clean`` though not in ``fit_resample``, whose columns
        are features. ``drop`` rejects these, ``relabel`` gives them the likelier class where
        it leads by ``margin``, ``weight`` multiplies their ``sample_weight`` by the quality.
    margin : float, default=0.5
        By how much the likelier class must exceed the label for ``relabel``, from 0 to 1.
    max_share : float, optional
        At most this share of the rows is treated, the worst ones.
    columns : str, Selector or list, default="features"
        What the teacher sees: numbers, times, categories and booleans.
    group : str, optional
        Rows with the same value here are judged together, by other groups; by default the column
        with the role ``group``.
    random_state : int, default=0
        For the folds, and for the teacher.

    Attributes
    ----------
    verdicts_ : Verdicts
        What was found in the rows of the last fit: ``rows``, ``quality``, ``wrong``, ``likely``.
    noise_ : Noise
        ``thresholds``, the confident joint as ``counts``, ``joint``, ``noise_matrix``, ``inverse``.

    Notes
    -----
    A row whose label no other class exceeds is never taken for wrong. Rows without a label have no
    part, and with a teacher neither have rows that an earlier stage made or labelled: they are
    near-copies of rows that are judged. Let this stage stand before such stages. A row of the
    source that is relabelled has this stage as its origin, and counts as made where rows are held
    against a budget. The summary tells the noise matrix, which the label of a row follows from its
    true class, and which pairs of classes are confused.

    References
    ----------
    C. G. Northcutt, L. Jiang and I. L. Chuang, "Confident Learning: Estimating Uncertainty in
    Dataset Labels", Journal of Artificial Intelligence Research 70, 2021.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [*range(20, 40), *range(60, 80)]})
    >>> y = pd.Series(["young"] * 20 + ["old"] * 20, name="y")
    >>> y[3] = "old"
    >>> stage = LabelErrors("logistic_regression").fit(X, y)
    >>> stage.verdicts_.rows[stage.verdicts_.wrong].tolist()
    [3]
    >>> LabelErrors("logistic_regression", action="relabel").fit_resample(X, y)[1][3]
    'young'
    >>> LabelErrors("logistic_regresion").fit(X, y)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: label_errors.teacher: unknown estimator 'logistic_regresion'...
    """

    by_whom = "out of fold"

    teacher: TeacherName | Annotated[Any, PythonOnly()] | None = None
    probabilities: str | Annotated[Any, PythonOnly()] | None = None
    folds: Annotated[int, Ge(2)] = 5
    method: Method = "prune_by_noise_rate"
    ranking: Ranking = "self_confidence"
    action: Action = "flag"
    margin: Annotated[float, Ge(0), Le(1)] = 0.5
    max_share: Annotated[float, Gt(0), Le(1)] | None = None
    columns: Columns = "features"
    group: str | None = None
    random_state: Annotated[int, Ge(0)] = 0

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them."""
        return {
            **super().parameters(),
            "teacher": as_json(self.teacher, f"{self.name()}.teacher"),
            "probabilities": as_json(self.probabilities, f"{self.name()}.probabilities"),
        }

    @property
    def numbers_rows(self) -> bool:
        """An array of probabilities has a row for each of the input, neither fewer nor more."""
        return self.probabilities is not None and not isinstance(self.probabilities, str)

    def judged(self, table: Table, target: str) -> Verdicts:
        """Return what the probabilities say of the labels."""
        told = (
            self._taught(table, target)
            if self.probabilities is None
            else self._given(table, target)
        )
        y, P = told.y, told.P
        self.noise_ = estimated(P, y)
        likely, leads = runner_up(P, y)
        return Verdicts(
            rows=told.rows,
            y=y,
            labels=told.labels,
            quality=quality(P, y, self.ranking),
            wrong=found(P, y, self.method, self.noise_),
            likely=likely,
            lead=leads - own_probability(P, y),
            told=[*told.notes, *_agreement(P, y)],
            facts={"method": self.method, **_facts(self.noise_, told.labels)},
        )

    def _taught(self, table: Table, target: str) -> _Told:
        """Return what a teacher says of each row that it did not learn from."""
        teacher = teacher_from(self.teacher, place=f"{self.name()}.teacher", seed=self.random_state)
        weight = table.of_role("weight")[:1]
        apart = self._group_of(table, target)
        features = [n for n in self.chosen(table) if n not in table.roles and n != apart]
        beside = [target, *weight, *([apart] if apart else []), *origins(table)]
        seen_ = seen(table, features, beside)
        if not seen_.places:
            raise DataError(
                "there is no feature to judge labels by",
                place=f"{self.name()}.columns",
                remedy="Choose numbers, times, categories or booleans; or give probabilities.",
            )
        labels, y = coded_labels(seen_.arrays[target], table.kinds[target])
        groups = value_keys(seen_.arrays[apart], apart=True) if apart else None
        notes = _without_label(y)
        y, of_stages = of_source(table, seen_.arrays, y, self.name())
        notes += of_stages
        counts = dealable(y, groups, len(labels))
        unit = "groups of rows" if apart else "rows"
        if len(rare := np.flatnonzero((counts < self.folds) & (counts > 0))):
            shown = _listed([f"{label_of(labels[c])} ({counts[c]})" for c in rare.tolist()])
            notes.append(f"not judged, fewer {unit} than the {self.folds} folds: {shown}")
        kept = np.flatnonzero((y >= 0) & ~np.isin(y, rare))
        classes, codes = np.unique(y[kept], return_inverse=True)
        if len(classes) < 2:
            raise DataError(
                f"{len(classes)} class of {target!r} has {self.folds} {unit} or more, 2 are needed",
                place=f"{self.name()}.folds",
                remedy="Ask for fewer folds, or give more rows.",
            )
        made = seen_.matrix(teacher.encoding)
        check_matrix(len(kept), [label_of(labels[code]) for code in classes], 0, 0.0)
        P = out_of_fold(
            made.X if len(kept) == len(y) else made.X[kept],
            codes,
            teacher,
            folds=self.folds,
            rows=seen_.rows[kept],
            groups=groups[kept] if groups is not None else None,
            sample_weight=seen_.weights(weight[0], kept) if weight else None,
            is_code=made.is_code,
            seed=self.random_state,
        )
        if seen_.left_out:
            notes.append(f"not seen by the teacher: {_listed(seen_.left_out)}")
        return _Told(seen_.rows[kept], codes, [labels[code] for code in classes], P, notes)

    def _group_of(self, table: Table, target: str) -> str | None:
        if self.group == target:
            raise ConfigError(
                f"{target!r} is the target: each class would be one group",
                place=f"{self.name()}.group",
                remedy="Name the column that says which rows belong together.",
            )
        if self.group is not None:
            return known(self.group, table, f"{self.name()}.group")
        return next(iter(table.of_role("group")), None)

    def _given(self, table: Table, target: str) -> _Told:
        """Return what the probabilities that were given say."""
        place, given, kind = f"{self.name()}.probabilities", self.probabilities, table.kinds[target]
        arrays = table.matrix([target])
        labels, y = coded_labels(arrays[target], kind)
        if isinstance(given, str):
            labels, P = of_columns(table, given, labels, target, place)
        else:
            labels, P = of_array(given, labels, kind, place)
            P = rows_of(P, arrays[ROW], table.next_row, made=table.made, place=place)
        kept = np.flatnonzero(y >= 0)
        if len(kept) < len(y):
            P = P[kept]
        rows, codes = arrays[ROW][kept], y[kept]
        check_probabilities(P, codes, place, rows)
        check_order(P, codes, [label_of(label) for label in labels], place)
        return _Told(rows, codes, labels, P, _without_label(y))


class _Told(NamedTuple):
    """The rows that are judged, their labels as places among the classes, and what is said."""

    rows: np.ndarray
    y: np.ndarray
    labels: list[Any]
    P: np.ndarray
    notes: list[str]


def _without_label(y: np.ndarray) -> list[str]:
    missing = int((y < 0).sum())
    return [f"{missing:,} rows have no label and no part in it"] * (missing > 0)


def _agreement(P: np.ndarray, y: np.ndarray) -> list[str]:
    """Return what is told where labels are predicted no better than by chance."""
    kappa = cohen_kappa(likeliest(P), y)
    # By chance it is not more than one over the root of the rows, in standard errors.
    if kappa > 2 / np.sqrt(len(y)):
        return []
    return [
        f"labels are predicted no better than by chance (Cohen's kappa {kappa:.2f}): "
        "take no verdict for granted"
    ]


def _facts(noise: Noise, labels: list[Any]) -> dict[str, Any]:
    if len(labels) > _MOST_CLASSES:
        return {}
    return {
        "classes": [label_of(label) for label in labels],
        "thresholds": [None if t != t else t for t in as_steady(noise.thresholds)],
        "confident_joint": noise.counts.tolist(),
        "noise_matrix": as_steady(noise.noise_matrix),
        "inverse_noise_matrix": as_steady(noise.inverse),
    }


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
