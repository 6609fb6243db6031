"""Missing values filled from the nearest complete rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Ge

from dataprep.neighbours import Neighbours
from dataprep.neighbours.columns import ROWS_AT_A_TIME, distances_with_gaps, nearest
from dataprep.stages.learned_imputer import Filled, LearnedImputer
from dataprep.stages.mixed import (
    Place,
    Places,
    coded,
    is_levelled,
    is_missing,
    kept,
    read,
    standardised,
)

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.stage import State


@dataclass(eq=False, repr=False)
class ImputeKNN(LearnedImputer):
    """Fill missing values from the rows that are nearest in the other columns.

    A missing number becomes the mean of its neighbours, a missing level the one that most of them
    have. Distances are taken over the columns that both rows have: numbers and times in standard
    deviations, levels as equal or not.

    Parameters
    ----------
    columns : str, Selector or list, default="auto"
        What to fill: by default the features that are numbers, categories or booleans. Dates and
        times are filled where they are named. The target is filled only if named.
    predictors : str, Selector or list, default="features"
        What distances are taken over, beside the columns to fill; free text and identifiers have
        no part in them.
    max_rows : int, default=5000
        About how many rows to learn from, drawn by row number; they are kept in the state.
    random_state : int, default=0
        Which rows those are.
    n_neighbors : int, default=5
        How many rows to take; fewer where not so many have the value.
    weights : {"uniform", "distance"}, default="uniform"
        Whether near neighbours count for more: by one over the distance.

    Notes
    -----
    The state holds values of training rows: mind that where they are confidential. Among equally
    distant rows the first are taken, among equally frequent levels the one that is more frequent
    overall. A row without a single value gets medians and the most frequent levels.

    References
    ----------
    O. Troyanskaya et al., "Missing value estimation methods for DNA microarrays", Bioinformatics
    17(6), 2001.

    Examples
    --------
    >>> import pandas as pd
    >>> train = pd.DataFrame({"height": [150.0, 152, 180, 182], "weight": [50.0, 52, 80, None]})
    >>> stage = ImputeKNN(n_neighbors=1).fit(train)
    >>> stage.transform(train)["weight"].tolist()
    [50.0, 52.0, 80.0, 80.0]
    >>> ImputeKNN(columns="note").fit(train.assign(note=list("abcd")))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: impute_knn.columns: rows that are alike say nothing of 'note', ...
    """

    n_neighbors: Annotated[int, Ge(1)] = 5
    weights: Literal["uniform", "distance"] = "uniform"

    def model(self, arrays: Arrays, places: Places, filled: list[str]) -> State:
        """Return the sampled rows: codes of levels, numbers, None for what is missing."""
        return {"donors": {n: kept(coded(arrays[n], place)) for n, place in places.items()}}

    def predicted(self, arrays: Arrays, state: State, missing: Filled) -> Filled:
        """Return the mean or the vote of the nearest donors that have a value."""
        places = state["places"]
        donors = {n: read(state["model"]["donors"][n], place) for n, place in places.items()}
        there = [standardised(donors[n], place) for n, place in places.items()]
        here = [standardised(coded(arrays[n], place), place) for n, place in places.items()]
        has = {name: np.flatnonzero(~is_missing(donors[name])) for name in missing}
        height = len(here[0])
        found = {name: np.full(height, np.nan) for name in missing}
        for start in range(0, height, ROWS_AT_A_TIME):
            part = slice(start, start + ROWS_AT_A_TIME)
            distances = distances_with_gaps([column[part] for column in here], there)
            for name, lack in missing.items():
                rows = np.flatnonzero(lack[part])
                if len(rows):
                    near = nearest(
                        distances[np.ix_(rows, has[name])],
                        min(self.n_neighbors, len(has[name])),
                    )
                    values = donors[name][has[name]][near.indices]
                    found[name][start + rows] = _agreed(values, self._weights(near), places[name])
        return found

    def _weights(self, near: Neighbours) -> np.ndarray:
        """Return how much each neighbour counts, of shape (n_rows, k)."""
        comparable = np.isfinite(near.distances)
        if self.weights == "uniform":
            return np.where(comparable, 1.0, 0.0)
        # Where rows are the same, they alone count.
        same = near.distances == 0
        inverse = np.divide(
            1.0, near.distances, out=np.zeros(near.distances.shape), where=comparable & ~same
        )
        return np.where(same.any(axis=1, keepdims=True), np.where(same, 1.0, 0.0), inverse)

    def why(self, name: str, state: State) -> str:
        """Say how many rows were asked."""
        kind = "vote" if is_levelled(state["places"][name]) else "mean"
        return f"{kind} of the {self.n_neighbors} nearest rows"


def _agreed(values: np.ndarray, weights: np.ndarray, place: Place) -> np.ndarray:
    """Return the weighted mean of numbers, or the level with the most weight; NaN without any.

    Parameters
    ----------
    values, weights : arrays of shape (n_rows, k)
    place : dict

    Returns
    -------
    array of shape (n_rows,)
    """
    levels = len(place["levels"]) if is_levelled(place) else 0
    votes = np.zeros((len(values), max(levels, 1)))
    total = np.zeros(len(values))
    rows = np.arange(len(values))
    # Neighbour by neighbour: the order in which an axis is summed may depend on the shape.
    for value, weight in zip(values.T, weights.T, strict=True):
        votes[rows, value if levels else 0] += weight if levels else weight * value
        total += weight
    with np.errstate(invalid="ignore", divide="ignore"):
        agreed: np.ndarray = (
            votes.argmax(axis=1).astype("float64") if levels else votes[:, 0] / total
        )
    return np.where(total > 0, agreed, np.nan)
