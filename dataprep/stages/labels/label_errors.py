"""Wrong labels, found by confident learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns, known
from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.keys import value_keys
from dataprep.labels.checked import agreement_beyond_chance, check_probabilities
from dataprep.labels.confident import Method, Noise, estimated, found
from dataprep.labels.probabilities import out_of_fold
from dataprep.labels.ranking import Ranking, own_probability, quality, runner_up
from dataprep.labels.teachers import TeacherName, teacher_as_json, teacher_from
from dataprep.models import as_json
from dataprep.parts import label_of
from dataprep.provenance import DONOR
from dataprep.resampling.strategy import PythonOnly
from dataprep.stages.labels.features import Seen, seen
from dataprep.stages.labels.judging import Action, LabelJudge
from dataprep.stages.labels.verdicts import Verdicts, coded_labels
from dataprep.table import as_steady

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
    probabilities : str or array of shape (n_rows, n_classes), optional
        Probabilities from elsewhere, instead of a teacher: how the names of their columns begin,
        which end with the class (``p_`` for ``p_no`` and ``p_yes``); in Python also an array for
        the rows of the input, the classes in order.
    folds : int, default=5
        In how many parts rows are judged, each by what the others teach. Labels of classes with
        fewer rows are not judged.
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
        ``flag`` adds ``_label_quality`` for all rows, and ``_suggested_label`` for those whose
        label seems wrong, in ``clean`` though not in ``fit_resample``, whose columns are features.
        ``drop`` rejects these, ``relabel`` gives them the likelier class where
        it leads by ``margin``, ``weight`` multiplies their ``sample_weight`` by the quality.
    margin : float, default=0.5
        By how much the likelier class must exceed the label for ``relabel``, from 0 to 1.
    max_share : float, optional
        At most this share of the rows is treated, the worst ones.
    columns : str, Selector or list, default="features"
        What the teacher sees: numbers, times, categories and booleans.
    group : str, optional
        Rows with the same value here are judged together, by other groups; by default the column
        with the role ``group``. A row that was made is judged together with its parent.
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
    A row whose label is the likeliest class is never taken for wrong. Rows without a label have no
    part. The summary tells the noise matrix, which the label of a row follows from its true class,
    and which pairs of classes are confused.

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
            "teacher": teacher_as_json(self.teacher, f"{self.name()}.teacher"),
            "probabilities": as_json(self.probabilities, f"{self.name()}.probabilities"),
        }

    def judged(self, table: Table, target: str) -> Verdicts:
        """Return what the probabilities say of the labels."""
        given = self.probabilities is not None
        group = self._group_of(table)
        wanted = [] if given else [n for n in self.chosen(table) if n not in table.roles]
        weight = [] if given else table.of_role("weight")
        donor = [DONOR] if table.made and group is None else []
        beside = [target, *([group] if group else []), *weight, *donor]
        prefix = self.probabilities
        prefixed = self._prefixed(table, prefix) if isinstance(prefix, str) else []
        told = seen(table, [n for n in wanted if n != target], [*beside, *prefixed])
        labels, y = coded_labels(told.arrays[target], table.kinds[target])
        P = self._given(told, labels) if given else None
        kept, notes = self._kept(y, labels, given=given)
        classes = np.unique(y[kept])
        if len(classes) < 2:
            raise DataError(
                f"{len(classes)} class of {target!r} has {self.folds} rows or more, 2 are needed",
                place=f"{self.name()}.folds",
                remedy="Ask for fewer folds, or give more rows.",
            )
        codes = np.searchsorted(classes, y[kept])
        if P is None:
            P = self._taught(told, kept, codes, group or next(iter(donor), None), weight)
            if told.left_out:
                notes.append(f"not seen by the teacher: {_listed(told.left_out)}")
        else:
            P = P if len(kept) == len(y) else P[kept]
            check_probabilities(P, codes, f"{self.name()}.probabilities")
        notes += self._agreement(P, codes, given=given)
        noise = estimated(P, codes)
        self.noise_ = noise
        likely, leads = runner_up(P, codes)
        return Verdicts(
            rows=told.rows[kept],
            y=codes,
            labels=[labels[code] for code in classes],
            quality=quality(P, codes, self.ranking),
            wrong=found(P, codes, self.method, noise),
            likely=likely,
            lead=leads - own_probability(P, codes),
            told=notes,
            facts={"method": self.method, **_facts(noise, [labels[c] for c in classes])},
        )

    def _group_of(self, table: Table) -> str | None:
        if self.group is not None:
            return known(self.group, table, f"{self.name()}.group")
        return next(iter(table.of_role("group")), None)

    def _kept(
        self, y: np.ndarray, labels: list[Any], *, given: bool
    ) -> tuple[np.ndarray, list[str]]:
        """Return the positions of the rows to be judged, and what is told of the others."""
        counts = np.bincount(y[y >= 0], minlength=len(labels))
        notes = []
        if (missing := int((y < 0).sum())) > 0:
            notes.append(f"{missing:,} rows have no label and no part in it")
        rare = np.flatnonzero((counts < (1 if given else self.folds)) & (counts > 0))
        if len(rare):
            shown = _listed([f"{label_of(labels[c])} ({counts[c]})" for c in rare.tolist()])
            notes.append(f"not judged, fewer rows than the {self.folds} folds: {shown}")
        judged = (y >= 0) & ~np.isin(y, rare)
        return np.flatnonzero(judged), notes

    def _taught(
        self,
        told: Seen,
        kept: np.ndarray,
        codes: np.ndarray,
        group: str | None,
        weight: list[str],
    ) -> np.ndarray:
        """Return what a teacher says of each row that it did not learn from."""
        place = f"{self.name()}.teacher"
        teacher = teacher_from(self.teacher, place=place, seed=self.random_state)
        if not told.places:
            raise DataError(
                "there is no feature to judge labels by",
                place=f"{self.name()}.columns",
                remedy="Choose numbers, times, categories or booleans; or give probabilities.",
            )
        made = told.matrix(teacher.encoding)
        return out_of_fold(
            made.X[kept],
            codes,
            teacher,
            folds=self.folds,
            rows=told.rows[kept],
            groups=value_keys(told.arrays[group])[kept] if group else None,
            sample_weight=told.arrays[weight[0]][kept] if weight else None,
            is_code=made.is_code,
            seed=self.random_state,
        )

    def _prefixed(self, table: Table, prefix: str) -> list[str]:
        names = [name for name in table.columns if name.startswith(prefix)]
        if not names:
            raise ConfigError(
                f"no column begins with {prefix!r}",
                place=f"{self.name()}.probabilities",
                remedy=did_you_mean(prefix, table.columns),
            )
        return names

    def _given(self, told: Seen, labels: list[Any]) -> np.ndarray:
        """Return the probabilities that were given, a column for each class in order."""
        place = f"{self.name()}.probabilities"
        if not isinstance(self.probabilities, str):
            P = np.asarray(self.probabilities)
            if P.ndim != 2 or P.shape[1] != len(labels) or told.rows.max() >= len(P):
                raise DataError(
                    f"an array of the shape {P.shape}, for {len(labels)} classes and rows up to "
                    f"number {told.rows.max():,}",
                    place=place,
                    remedy="Give a row for each row of the input, and a column for each class "
                    f"in this order: {_listed([label_of(label) for label in labels])}.",
                )
            aligned: np.ndarray = P[told.rows]
            return aligned
        columns = []
        for label in labels:
            name = f"{self.probabilities}{label_of(label)}"
            if name not in told.arrays:
                there = [n for n in told.arrays if n.startswith(self.probabilities)]
                raise DataError(
                    f"no column {name!r}, and {label_of(label)!r} is a label",
                    place=place,
                    remedy=did_you_mean(name, there),
                )
            columns.append(told.arrays[name].astype("float64"))
        return np.column_stack(columns)

    def _agreement(self, P: np.ndarray, codes: np.ndarray, *, given: bool) -> list[str]:
        """Return what is told where labels are predicted no better than by chance, or raise."""
        kappa, lowest = agreement_beyond_chance(P, codes)
        if kappa > 0:
            return []
        if given and kappa < lowest:
            raise DataError(
                f"they predict the labels worse than chance (Cohen's kappa {kappa:.2f}): their "
                "columns, or their rows, are in another order",
                place=f"{self.name()}.probabilities",
                remedy="Give the classes in sorted order, and the rows in that of the table.",
            )
        return [
            f"labels are predicted no better than by chance (Cohen's kappa {kappa:.2f}): "
            "take no verdict for granted"
        ]


def _facts(noise: Noise, labels: list[Any]) -> dict[str, Any]:
    if len(labels) > _MOST_CLASSES:
        return {}
    return {
        "classes": [label_of(label) for label in labels],
        "thresholds": as_steady(noise.thresholds),
        "confident_joint": noise.counts.tolist(),
        "noise_matrix": as_steady(noise.noise_matrix),
        "inverse_noise_matrix": as_steady(noise.inverse),
    }


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
