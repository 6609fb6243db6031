"""Rows that are unlike the others as a whole, though each of their values may be a usual one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge

from dataprep.neighbours.columns import Points
from dataprep.stages import density, isolation
from dataprep.stages.mixed import (
    Place,
    Places,
    is_levelled,
    is_missing,
    kept,
    read,
    shares,
    standardised,
)
from dataprep.stages.scored import Scored
from dataprep.table import steady

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.stage import State


@dataclass(eq=False, repr=False)
class IsolationOutliers(Scored):
    """Find rows that random splits set apart early, by an isolation forest.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        What to judge rows by; free text and identifiers have no part in it.
    contamination : "auto" or float, default="auto"
        The share of training rows to be treated as outliers, at most 0.5; by default those with a
        score above 0.6.
    action : {"flag", "drop"}, default="flag"
        ``flag`` adds the columns ``outlier`` and ``outlier_score``; ``drop`` rejects the row
        (training only), its score in the reason.
    outlier : str, default="outlier"
        The name of the added columns.
    max_rows : int, default=20000
        About how many rows to learn from, drawn by row number.
    random_state : int, default=0
        For those rows and for the trees.
    n_estimators : int, default=100
        How many trees.
    max_samples : int, default=256
        How many rows each of them sees.

    Notes
    -----
    Scores lie between 0 and 1; 0.5 is as easily isolated as most. On numbers alone they are those
    of scikit-learn's ``IsolationForest`` on standardised columns, with the sign changed. Its own
    "auto" takes all above 0.5, which is 10 to 46 % of the rows of ordinary tables; 0.6, the paper's
    contour of potential anomalies, is 1 to 3 %. Levels count by how frequent they are, missing as
    one of them; a missing number is the median, with an indicator beside it.

    References
    ----------
    F. T. Liu, K. M. Ting and Z.-H. Zhou, "Isolation Forest", ICDM 2008.

    Examples
    --------
    >>> import pandas as pd
    >>> square = [(x, y) for x in range(10) for y in range(10)]
    >>> frame = pd.DataFrame([*square, (30, 30)], columns=["x", "y"])
    >>> found = IsolationOutliers(contamination=0.01).fit_transform(frame)
    >>> found[found["outlier"]].values.tolist()
    [[30, 30, True, 0.895879]]
    >>> IsolationOutliers(contamination=0.9).fit(frame)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: isolation_outliers.contamination: 0.9: input should be ...
    """

    max_rows: Annotated[int, Ge(2)] = 20_000
    n_estimators: Annotated[int, Ge(1)] = 100
    max_samples: Annotated[int, Ge(2)] = 256

    def usual_bound(self) -> float:
        """Return the score that the paper's authors take for potential anomalies."""
        return 0.6

    def model(self, columns: Arrays, places: Places, numbers: np.ndarray) -> State:
        """Return the trees."""
        X = _by_frequency(columns, places)
        return isolation.learned(X, self.n_estimators, self.max_samples, self.random_state)

    def scores(self, columns: Arrays, places: Places, model: State) -> np.ndarray:
        """Return how easily each row is isolated."""
        return isolation.scores(_by_frequency(columns, places), model)


def _by_frequency(columns: Arrays, places: Places) -> np.ndarray:
    """Return a matrix in which a level is as far out as it is rare."""
    found = []
    for name, place in places.items():
        if is_levelled(place):
            found.append(shares(columns[name], place))
        else:
            found += [_filled(columns[name], place), *_gaps(columns[name], place)]
    return np.column_stack(found)


@dataclass(eq=False, repr=False)
class LOF(Scored):
    """Find rows in sparser surroundings than their neighbours', by the local outlier factor.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        What to judge rows by; free text and identifiers have no part in it.
    contamination : "auto" or float, default="auto"
        The share of training rows to be treated as outliers, at most 0.5; by default those with a
        factor above 1.5.
    action : {"flag", "drop"}, default="flag"
        ``flag`` adds the columns ``outlier`` and ``outlier_score``; ``drop`` rejects the row
        (training only), its score in the reason.
    outlier : str, default="outlier"
        The name of the added columns.
    max_rows : int, default=5000
        About how many rows to learn from, drawn by row number; they are kept in the state.
    random_state : int, default=0
        Which rows those are.
    n_neighbors : int, default=20
        How many neighbours are the surroundings of a row.

    Notes
    -----
    The score is 1 for a row in surroundings as dense as its neighbours', more in sparser ones. On
    numbers alone it is that of scikit-learn's ``LocalOutlierFactor`` on standardised columns, with
    the sign changed, unless more rows lie upon each other than there are neighbours: such a heap is
    as dense as if its rows differed. As there, a training row is no neighbour of its own:
    ``fit_transform`` and ``clean`` leave it out, whereas ``transform`` takes every row for a new
    one (``novelty=True``). Levels are equal or not, missing is one of
    them; a missing number is the median, with an indicator beside it. The state holds values of
    training rows: mind that where they are confidential.

    References
    ----------
    M. M. Breunig, H.-P. Kriegel, R. T. Ng and J. Sander, "LOF: Identifying Density-Based Local
    Outliers", SIGMOD 2000.

    Examples
    --------
    >>> import pandas as pd
    >>> square = [(x, y) for x in range(10) for y in range(10)]
    >>> frame = pd.DataFrame([*square, (30, 30)], columns=["x", "y"])
    >>> found = LOF(n_neighbors=5).fit_transform(frame)
    >>> found[found["outlier"]].values.tolist()
    [[30, 30, True, 20.331435]]
    >>> kept, _ = LOF(n_neighbors=5, action="drop").fit_resample(frame)
    >>> len(kept)
    100
    >>> frame["note"] = [f"text {i}" for i in range(101)]
    >>> LOF(columns="note").fit(frame)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: lof.columns: 'note' has no place among numbers, ...
    """

    n_neighbors: Annotated[int, Ge(1)] = 20

    def usual_bound(self) -> float:
        """Return the factor that the paper's authors call outlying, as scikit-learn does."""
        return 1.5

    def model(self, columns: Arrays, places: Places, numbers: np.ndarray) -> State:
        """Return the sampled rows, their numbers, and how dense it is around each of them."""
        points = _points(columns, places)
        k = min(self.n_neighbors, len(points.numbers) - 1)
        reach, found = density.densities(points, k)
        return {
            "rows": {name: kept(column) for name, column in columns.items()},
            "numbers": numbers.tolist(),
            "reach": [steady(float(x)) for x in reach],
            "density": [steady(float(x)) for x in found],
            "k": k,
        }

    def scores(self, columns: Arrays, places: Places, model: State) -> np.ndarray:
        """Return the local outlier factor of each row."""
        return self._factors(columns, places, model)

    def training_scores(
        self, columns: Arrays, places: Places, model: State, numbers: np.ndarray
    ) -> np.ndarray:
        """Return the same, where a row of the sample is no neighbour of its own."""
        held = np.array(model["numbers"])
        at = np.minimum(np.searchsorted(held, numbers), len(held) - 1)
        return self._factors(columns, places, model, np.where(held[at] == numbers, at, -1))

    def _factors(
        self, columns: Arrays, places: Places, model: State, itself: np.ndarray | None = None
    ) -> np.ndarray:
        rows = {name: read(model["rows"][name], place) for name, place in places.items()}
        reach, found = np.array(model["reach"]), np.array(model["density"])
        points, others = _points(columns, places), _points(rows, places)
        return density.factors(points, others, reach, found, model["k"], itself)


def _points(columns: Arrays, places: Places) -> Points:
    """Return rows without gaps: missing is one of the levels, or an indicator beside a number."""
    height = len(next(iter(columns.values())))
    numbers, codes = [np.zeros((height, 0))], [np.zeros((height, 0), dtype="int64")]
    for name, place in places.items():
        if is_levelled(place):
            codes.append(columns[name][:, None])
        else:
            numbers += [
                c[:, None] for c in (_filled(columns[name], place), *_gaps(columns[name], place))
            ]
    return Points(np.hstack(numbers), np.hstack(codes))


def _filled(column: np.ndarray, place: Place) -> np.ndarray:
    """Return a coded column standardised, the median where it is missing."""
    present = np.where(is_missing(column), place["median"], column)
    return standardised(present, place)


def _gaps(column: np.ndarray, place: Place) -> list[np.ndarray]:
    """Return an indicator of missing values, where there were any at ``fit``."""
    return [is_missing(column).astype("float64")] if place["gaps"] else []
