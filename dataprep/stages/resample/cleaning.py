"""Rows of common classes that lie among others: cleaned away, judged by their neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.resampling.tomek import linked
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler

if TYPE_CHECKING:
    pass


class Cleaning(Sampler):
    """What methods that look at neighbours have in common."""

    sampling = "clean"
    draws = False

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where there are fewer rows than neighbours to look at."""
        k, height = getattr(self, "n_neighbors", 1), sum(counts.values())
        if k >= height:
            raise DataError(
                f"{k} neighbours of each row are wanted, and there are {height} rows",
                place=f"{self.name()}.n_neighbors",
                remedy=f"Ask for at most {height - 1}.",
            )


def without(kept: np.ndarray, rows: Rows) -> np.ndarray:
    """Return the positions of the rows that are not kept."""
    gone = np.ones(len(rows), dtype=bool)
    gone[kept] = False
    return np.flatnonzero(gone)


@dataclass(eq=False, repr=False)
class TomekLinks(Cleaning):
    """Reject rows of common classes whose nearest row is one of another class, and vice versa.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        As in imbalanced-learn: which classes may lose rows; "auto" means all but the smallest.
    columns : str, Selector or list, default="features"
        What distances are taken over, as it stands: scale numbers before. Categories and booleans
        count as in SMOTENC, missing values as in scikit-learn's ``nan_euclidean_distances``.

    Notes
    -----
    On floats without gaps the rows that stay are those of imbalanced-learn, ties included.

    References
    ----------
    I. Tomek, "Two modifications of CNN", IEEE Transactions on Systems, Man, and Cybernetics 6,
    1976.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 30.0, 31.0, 50.0, 60.0]})
    >>> TomekLinks().fit_resample(X, [0, 0, 1, 0, 0])[0]["age"].tolist()
    [20.0, 31.0, 50.0, 60.0]
    >>> TomekLinks(sampling_strategy=0.5).fit_resample(X, [0, 0, 1, 0, 0])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: tomek_links.sampling_strategy: ...
    """

    reason = "in a Tomek link with a row of another class"

    sampling_strategy: Strategy = "auto"
    columns: Columns = "features"

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Find the links."""
        return Plan(linked(rows, wanted))
