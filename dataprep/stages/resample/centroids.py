"""Common classes as the centres of their clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.models import as_json, made
from dataprep.resampling.centroids import centres_of
from dataprep.resampling.classes import shown
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.strategy import PythonOnly, Strategy
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler

_CLUSTERERS = {
    "k_means": "sklearn.cluster:KMeans",
    "mini_batch_k_means": "sklearn.cluster:MiniBatchKMeans",
    "bisecting_k_means": "sklearn.cluster:BisectingKMeans",
}


@dataclass(eq=False, repr=False)
class ClusterCentroids(Sampler):
    """Put the centres of clusters in the place of the rows of common classes.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as small as the smallest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    estimator : str or scikit-learn clusterer, optional
        What finds clusters: "k_means" (the default), "mini_batch_k_means", "bisecting_k_means", or,
        in Python, any clusterer with ``n_clusters`` and ``cluster_centers_``.
    voting : {"auto", "hard", "soft"}, default="auto"
        ``soft``: the centres are new rows, which take all other cells from the nearest row.
        ``hard``: the nearest row of each centre is kept, a row only once. ``auto``: ``hard`` for
        sparse matrices.
    columns : str, Selector or list, default="features"
        What clusters are found by, as it stands: scale numbers before. A centre has the level that
        most of its rows have; a missing number counts as the mean of its class.

    Notes
    -----
    A class that is to keep all of its rows is left as it is. Rows are clustered in an order that
    follows their contents; in the same order imbalanced-learn finds the same centres.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20, 21, 22, 60, 61, 63, 40, 41]})
    >>> y = ["no", "no", "no", "no", "no", "no", "yes", "yes"]
    >>> sampler = ClusterCentroids()
    >>> sorted(sampler.fit_resample(X, y)[0]["age"].tolist())
    [21, 40, 41, 61]
    >>> sampler.provenance_["parent_a"].tolist()
    [1, 4]
    >>> ClusterCentroids(voting="weich").fit_resample(X, y)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: cluster_centroids.voting: 'weich': input should be 'auto', ...
    """

    sampling = "under"
    sees = "concerned"
    reason = "a centre stands for it"

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    estimator: (
        Literal["k_means", "mini_batch_k_means", "bisecting_k_means"]
        | Annotated[Any, PythonOnly()]
        | None
    ) = None
    voting: Literal["auto", "hard", "soft"] = "auto"
    columns: Columns = "features"

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them."""
        return {
            **super().parameters(),
            "estimator": as_json(self.estimator, f"{self.name()}.estimator"),
        }

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where the clusterer is none."""
        self._clusterer()

    def _clusterer(self) -> Any:
        place = f"{self.name()}.estimator"
        given = "k_means" if self.estimator is None else self.estimator
        needed = ("fit", "predict", "n_clusters")
        return made(given, _CLUSTERERS, needed, self.seed, place)

    def fit_resample(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Return training rows as they are to be: see `Sampler.fit_resample`."""
        sparse = type(X).__module__.startswith("scipy.sparse")
        self.voting_ = "hard" if sparse and self.voting == "auto" else self.voting
        return super().fit_resample(X, y)

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Find the centres of each class."""
        voting = getattr(self, "voting_", self.voting)
        gone, births, notes = [np.empty(0, "int64")], [], []
        labels = getattr(self, "sampling_strategy_", wanted)
        for (code, height), label in zip(wanted.items(), labels, strict=False):
            own = rows.of(code)
            if height >= len(own):
                continue
            hard = voting == "hard"
            found = centres_of(rows, code, height, self._clusterer(), each_once=hard)
            gone.append(np.setdiff1d(own, found.nearest) if hard else own)
            if not hard:
                births.append(found)
            if not found.distinct:
                notes.append(f"the class {shown(label)} has fewer than {height:,} distinct rows")
        drop = np.sort(np.concatenate(gone))
        if not births:
            return Plan(drop, notes=tuple(notes))
        made_rows = Births(
            np.concatenate([found.nearest for found in births]),
            numbers=np.concatenate([found.numbers for found in births]),
            codes=np.concatenate([found.codes for found in births]),
        )
        return Plan(drop, made_rows, tuple(notes))
