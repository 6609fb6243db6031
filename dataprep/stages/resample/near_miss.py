"""Common classes without the rows that are far from the smallest one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.resampling.classes import shown
from dataprep.resampling.nearmiss import near_misses
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler


@dataclass(eq=False, repr=False)
class NearMiss(Sampler):
    """Keep the rows of common classes that are nearest to those of the smallest class.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as small as the smallest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    version : {1, 2, 3}, default=1
        Kept are the rows with the smallest mean distance to their nearest rows of the smallest
        class (1), or to their farthest ones (2); or, among the rows that are near to some of the
        smallest class, those with the largest mean distance to their nearest of it (3).
    n_neighbors : int, default=3
        How many rows of the smallest class the mean is taken over.
    n_neighbors_ver3 : int, default=3
        In the third version, how many rows are near to each of the smallest class.
    columns : str, Selector or list, default="features"
        What distances are taken over, as it stands: scale numbers before. Categories and booleans
        count as in SMOTENC, missing values as in scikit-learn's ``nan_euclidean_distances``.

    Notes
    -----
    On floats without gaps the rows that stay are those of imbalanced-learn, ties included. In the
    third version fewer rows than asked for may be near enough; a note says so.

    References
    ----------
    I. Mani and J. Zhang, "kNN approach to unbalanced data distributions: a case study involving
    information extraction", Workshop on Learning from Imbalanced Datasets, ICML 2003.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20, 30, 39, 40, 41, 50, 80]})
    >>> y = ["no", "no", "no", "yes", "yes", "no", "no"]
    >>> NearMiss(n_neighbors=2).fit_resample(X, y)[0]["age"].tolist()
    [39, 40, 41, 50]
    >>> NearMiss().fit_resample(X, y)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: near_miss.n_neighbors: 3 rows of the smallest class are wanted, \
'yes' has 2. Ask for at most 2.
    """

    sampling = "under"
    draws = False
    reason = "others of its class are nearer to the smallest class"

    sampling_strategy: Strategy = "auto"
    version: Literal[1, 2, 3] = 1
    n_neighbors: Annotated[int, Ge(1)] = 3
    n_neighbors_ver3: Annotated[int, Ge(1)] = 3
    columns: Columns = "features"

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where a class has fewer rows than neighbours are asked for."""
        smallest = min(counts, key=counts.__getitem__)
        if self.n_neighbors > counts[smallest]:
            raise DataError(
                f"{self.n_neighbors} rows of the smallest class are wanted, {smallest!r} has "
                f"{counts[smallest]}",
                place=f"{self.name()}.n_neighbors",
                remedy=f"Ask for at most {counts[smallest]}.",
            )
        least = min(wanted, key=counts.__getitem__, default=smallest)
        if self.version == 3 and self.n_neighbors_ver3 > counts[least]:
            raise DataError(
                f"{self.n_neighbors_ver3} near rows are wanted, {least!r} has {counts[least]}",
                place=f"{self.name()}.n_neighbors_ver3",
                remedy=f"Ask for at most {counts[least]}.",
            )

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Keep the nearest of each class."""
        kept = near_misses(rows, wanted, self.version, self.n_neighbors, self.n_neighbors_ver3)
        left = np.bincount(rows.y[kept])
        labels = getattr(self, "sampling_strategy_", wanted)
        notes = tuple(
            f"only {left[code]:,} of {height:,} rows of the class {shown(label)} are near enough"
            for (code, height), label in zip(wanted.items(), labels, strict=False)
            if left[code] < height
        )
        return Plan(np.flatnonzero(~kept), notes=notes)
