"""Rows made more in some places than in others: in sparse clusters, or where others are near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.resampling.adasyn import adasyn
from dataprep.resampling.draws import Maker
from dataprep.resampling.kmeans_smote import kmeans_smote
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.resample.neighbourly import NeighbourSampler


@dataclass(eq=False, repr=False)
class KMeansSMOTE(NeighbourSampler):
    """Make rows of the rare classes within clusters that hold many of them, more in sparse ones.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    k_neighbors : int, default=2
        How many of the nearest rows a new one may lie towards; a cluster needs more of the class.
    kmeans_estimator : int or clusterer, optional
        The number of clusters, or what finds them (``fit_predict``); by default
        ``sklearn.cluster.MiniBatchKMeans`` with 8.
    cluster_balance_threshold : float or "auto", default="auto"
        The least share of the class in a cluster; ``auto``: half of the class's share of all rows
        to be made. With a single cluster there is none.
    density_exponent : float or "auto", default="auto"
        How much sparse clusters are preferred: the power of the mean distance.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that count; others, and text and times, are those of the first parent.

    Notes
    -----
    Columns of levels and missing values are treated as `SMOTE` does; the clusters are found from an
    indicator for each level, and medians. The clusters' shares are rounded so that they add up;
    imbalanced-learn rounds each of them up.

    References
    ----------
    F. Last, G. Douzas, F. Bacao, "Oversampling for imbalanced learning based on k-means and
    SMOTE", arXiv 1711.00837.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 31, 50, 51, 52, 53, 70, 71, 72]})
    >>> y = [0, 0, 0, 0, 0, 0, 1, 1, 1]
    >>> sampler = KMeansSMOTE(kmeans_estimator=3)
    >>> sampler.fit_resample(X, y)[0]["age"].tail(3).between(70, 72).tolist()
    [True, True, True]
    >>> KMeansSMOTE(kmeans_estimator=9).fit_resample(X, y)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: k_means_smote: no cluster has more than 2 rows of the class 1, ...
    """

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    k_neighbors: Annotated[int, Ge(1)] = 2
    kmeans_estimator: Any = None
    cluster_balance_threshold: float | Literal["auto"] = "auto"
    density_exponent: float | Literal["auto"] = "auto"
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows within clusters."""
        return kmeans_smote(
            rows,
            wanted,
            self.k_neighbors,
            self.kmeans_estimator,
            self.cluster_balance_threshold,
            self.density_exponent,
            maker,
        )


@dataclass(eq=False, repr=False)
class ADASYN(NeighbourSampler):
    """Make rows of the rare classes, more of those that have more of other classes around them.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class about as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    n_neighbors : int, default=5
        How many of the nearest rows are looked at, and may be gone towards.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that count; others, and text and times, are those of the first parent.

    Notes
    -----
    Each row's share is rounded, as in imbalanced-learn: the count is about what was asked for.
    Columns of levels and missing values are treated as `SMOTE` does.

    References
    ----------
    H. He, Y. Bai, E. A. Garcia, S. Li, "ADASYN: adaptive synthetic sampling approach for
    imbalanced learning", IJCNN 2008.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 62, 90, 95]})
    >>> sampler = ADASYN(n_neighbors=1)
    >>> sampler.fit_resample(X, [0, 0, 0, 0, 1, 1, 1])[0]["age"].tolist()
    [30, 40, 50, 60, 62, 90, 95, 90]
    >>> ADASYN(n_neighbors=1).fit_resample(X, [0, 0, 0, 0, 0, 1, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: adasyn: no row of the class 1 has a row of another class near it. \
Use SMOTE, or a larger n_neighbors...
    """

    neighbours = "n_neighbors"

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    n_neighbors: Annotated[int, Ge(1)] = 5
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows by how many strangers are around each."""
        return adasyn(rows, wanted, self.n_neighbors, maker)
