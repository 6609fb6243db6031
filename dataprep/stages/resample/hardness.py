"""Common classes without the rows that a classifier finds hard to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.labels.out_of_fold import predicted_by_fold
from dataprep.labels.ranking import own_probability
from dataprep.labels.teachers import Teacher
from dataprep.models import as_json, made
from dataprep.resampling.hardness import easy, folds_of
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import PythonOnly, Strategy
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler

_CLASSIFIERS = {
    "random_forest": "sklearn.ensemble:RandomForestClassifier",
    "hist_gradient_boosting": "sklearn.ensemble:HistGradientBoostingClassifier",
    "decision_tree": "sklearn.tree:DecisionTreeClassifier",
    "logistic_regression": "sklearn.linear_model:LogisticRegression",
}


@dataclass(eq=False, repr=False)
class InstanceHardnessThreshold(Sampler):
    """Keep the rows of common classes that a classifier tells best from the others.

    Parameters
    ----------
    estimator : str or scikit-learn classifier, optional
        Who judges: "random_forest" (the default), "hist_gradient_boosting", "decision_tree",
        "logistic_regression", or, in Python, any classifier with ``predict_proba``.
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as small as the smallest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, default=0
        For the folds, and for the classifier.
    cv : int, default=5
        Into how many folds the rows are dealt; each is judged by what the others teach.
    columns : str, Selector or list, default="features"
        What the classifier sees; categories and booleans as the places of their levels, gaps as
        NaN, which not every classifier takes.

    Notes
    -----
    Where rows are told equally well, more may be kept than asked for, as in imbalanced-learn.

    References
    ----------
    M. R. Smith, T. Martinez and C. Giraud-Carrier, "An instance level analysis of data
    complexity", Machine Learning 95(2), 2014.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20, 21, 22, 61, 24, 60, 62, 63]})
    >>> y = ["no", "no", "no", "no", "no", "yes", "yes", "yes"]
    >>> sampler = InstanceHardnessThreshold("decision_tree", sampling_strategy={"no": 4}, cv=3)
    >>> sampler.fit_resample(X, y)[0]["age"].tolist()
    [20, 21, 22, 24, 60, 62, 63]
    >>> InstanceHardnessThreshold("random_forrest").fit_resample(X, y)
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: instance_hardness_threshold.estimator: unknown estimator \
'random_forrest'. Did you mean 'random_forest'?
    """

    sampling = "under"
    reason = "hard to tell from other classes"

    estimator: (
        Literal["random_forest", "hist_gradient_boosting", "decision_tree", "logistic_regression"]
        | Annotated[Any, PythonOnly()]
        | None
    ) = None
    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    cv: Annotated[int, Ge(2)] = 5
    columns: Columns = "features"

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them."""
        return {
            **super().parameters(),
            "estimator": as_json(self.estimator, f"{self.name()}.estimator"),
        }

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where no other row of a class is left to teach, or the classifier is none."""
        self._classifier()
        for label, rows in counts.items():
            if rows < 2:
                raise DataError(
                    f"the class {label!r} has {rows} row: no other is left to learn it from",
                    place=f"{self.name()}.cv",
                    remedy="Make more of it first (RandomOverSampler), or leave it out.",
                )

    def _classifier(self) -> Teacher:
        from sklearn.base import clone

        place = f"{self.name()}.estimator"
        given = "random_forest" if self.estimator is None else self.estimator
        model = made(given, _CLASSIFIERS, ("fit", "predict_proba"), self.seed, place)
        return Teacher(type(model).__name__, "codes", place, lambda *_: clone(model), self.seed)

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Judge all rows, and keep the easy ones."""
        folds = folds_of(rows, self.cv, self.seed, self.name())
        found = own_probability(judged(rows, folds, self._classifier()), rows.y)
        return Plan(np.flatnonzero(~easy(found, rows.y, wanted)))


def judged(rows: Rows, folds: np.ndarray, classifier: Teacher) -> np.ndarray:
    """Return the probabilities of classes, told of each fold by the others, wherever rows stand."""
    levels = np.where(rows.codes < 0, np.nan, rows.codes)
    order = np.lexsort((np.arange(len(rows)), rows.y, rows.keys))
    X = np.column_stack([rows.numbers, levels])
    return predicted_by_fold(X, rows.y, folds, classifier, order=order)
