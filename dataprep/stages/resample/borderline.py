"""Rows made where a class meets the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Le

from dataprep.columns import Columns
from dataprep.resampling.borderline import Kind, borderline_smote
from dataprep.resampling.draws import Maker
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.resampling.svm_smote import svm_smote
from dataprep.stages.resample.neighbourly import NeighbourSampler


@dataclass(eq=False, repr=False)
class BorderlineSMOTE(NeighbourSampler):
    """Make rows of the rare classes from those in danger.

    A row is in danger where at least half of its neighbours, but not all, are of other classes.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    k_neighbors : int, default=5
        How many of the nearest rows a new one may lie towards.
    m_neighbors : int, default=10
        How many of the nearest rows of any class tell whether a row is in danger.
    kind : {"borderline-1", "borderline-2"}, default="borderline-1"
        ``borderline-1``: towards rows of the same class. ``borderline-2``: towards rows of any
        class, of another at most half of the way.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that count; others, and text and times, are those of the first parent.

    Notes
    -----
    Columns of levels and missing values are treated as `SMOTE` does. Of a class without a row in
    danger nothing is made, and the summary says so.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, "Borderline-SMOTE: a new over-sampling method in imbalanced
    data sets learning", ICIC 2005.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 62, 70]})
    >>> sampler = BorderlineSMOTE(k_neighbors=1, m_neighbors=2)
    >>> sampler.fit_resample(X, [0, 0, 0, 0, 1, 1])[0]["age"].tolist()
    [30, 40, 50, 60, 62, 70, 63, 64]
    >>> sampler.provenance_["parent_a"].tolist()
    [4, 5]
    >>> BorderlineSMOTE(k_neighbors=1).fit_resample(X, [0, 0, 0, 0, 1, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: borderline_smote.m_neighbors: 10 neighbours need 11 rows, \
there are 6. Use at most 5...
    """

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    k_neighbors: Annotated[int, Ge(1)] = 5
    m_neighbors: Annotated[int, Ge(1)] = 10
    kind: Kind = "borderline-1"
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows from those in danger."""
        return borderline_smote(rows, wanted, self.k_neighbors, self.m_neighbors, self.kind, maker)


@dataclass(eq=False, repr=False)
class SVMSMOTE(NeighbourSampler):
    """Make rows of the rare classes around their support vectors.

    From a support vector in danger (at least half of its neighbours are of other classes) a new
    row lies towards a neighbour; from a safe one away from it. One among strangers only is noise.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    k_neighbors : int, default=5
        How many of the nearest rows of the class a new one may lie towards.
    m_neighbors : int, default=10
        How many of the nearest rows of any class tell danger from safety and noise.
    svm_estimator : classifier, optional
        With ``support_`` after ``fit``; by default ``sklearn.svm.SVC(gamma="scale")``.
    out_step : float, default=0.5
        How far a new row may lie beyond a safe support vector: its step is negative.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that count; others, and text and times, are those of the first parent.

    Notes
    -----
    Columns of levels and missing values are treated as `SMOTE` does; the model sees an indicator
    for each level, and medians. Where all support vectors are in danger, or all are safe, they get
    all new rows, so that the count holds; imbalanced-learn makes fewer. The time that it takes
    grows with the square of the number of rows.

    References
    ----------
    H. M. Nguyen, E. W. Cooper, K. Kamei, "Borderline over-sampling for imbalanced data
    classification", International Journal of Knowledge Engineering and Soft Data Paradigms 3(1),
    2009.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 65, 70]})
    >>> sampler = SVMSMOTE(k_neighbors=1, m_neighbors=2)
    >>> sampler.fit_resample(X, [0, 0, 0, 0, 1, 1])[0]["age"].tolist()
    [30, 40, 50, 60, 65, 70, 68, 68]
    >>> SVMSMOTE(out_step=2.0).fit_resample(X, [0, 0, 0, 0, 1, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: svmsmote.out_step: 2.0: input should be less than or equal to 1...
    """

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    k_neighbors: Annotated[int, Ge(1)] = 5
    m_neighbors: Annotated[int, Ge(1)] = 10
    svm_estimator: Any = None
    out_step: Annotated[float, Ge(0), Le(1)] = 0.5
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows around support vectors."""
        k, m = self.k_neighbors, self.m_neighbors
        return svm_smote(rows, wanted, k, m, self.svm_estimator, self.out_step, maker)
