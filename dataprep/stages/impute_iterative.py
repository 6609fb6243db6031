"""Missing values filled by models of each column given all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Gt

from dataprep.stages.chained import applied, learned
from dataprep.stages.learned_imputer import Filled, LearnedImputer
from dataprep.stages.mixed import (
    MOST_LEVELS,
    Places,
    coded,
    indicators,
    is_levelled,
    levels_told_apart,
)

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.stage import State


@dataclass(eq=False, repr=False)
class ImputeIterative(LearnedImputer):
    """Fill missing values by linear models of each column given all others, in turns.

    A missing number becomes what Bayesian ridge regression predicts, within the range that was
    seen; a missing level the one with the highest score of a ridge regression on each level.

    Parameters
    ----------
    columns : str, Selector or list, default="auto"
        What to fill: by default the features that are numbers, categories or booleans. Dates and
        times are filled where they are named. The target is filled only if named.
    predictors : str, Selector or list, default="features"
        What to predict from, beside the columns to fill; free text and identifiers have no part in
        it. Of a column with many levels the 30 most frequent ones have; fewer, down to 2, where
        there would be more than 200 numbers and levels in all.
    max_rows : int, default=5000
        About how many rows to learn from, drawn by row number.
    random_state : int, default=0
        Which rows those are.
    max_iter : int, default=10
        How many turns to take; in each, every column has a model of its own.
    tol : float, default=0.001
        Stop when no row changes by more than this share of the largest value, both in standard
        deviations.

    Notes
    -----
    On numbers alone the values are those of scikit-learn's ``IterativeImputer`` on standardised
    columns. The state holds coefficients, no rows: about 15 n² bytes of JSON for each turn over n
    numbers and levels, 6 MB for ten turns over 200. A row without a single value gets medians and
    the most frequent levels.

    References
    ----------
    S. van Buuren and K. Groothuis-Oudshoorn, "mice: Multivariate Imputation by Chained Equations
    in R", Journal of Statistical Software 45(3), 2011.

    Examples
    --------
    >>> import pandas as pd
    >>> train = pd.DataFrame({"side": [1.0, 2, 3, 4, 5, 6], "around": [4.0, 8, 12, 16, None, 24]})
    >>> ImputeIterative().fit(train).transform(train)["around"].round(2).tolist()
    [4.0, 8.0, 12.0, 16.0, 20.0, 24.0]
    >>> ImputeIterative(max_iter=0).fit(train)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: impute_iterative.max_iter: 0: input should be greater than ...
    """

    max_iter: Annotated[int, Ge(1)] = 10
    tol: Annotated[float, Gt(0)] = 1e-3

    @property
    def n_iter_(self) -> int:
        """Return how many turns were taken at ``fit``."""
        self._check_fitted()
        return int(self.states_[0]["model"].get("n_iter", 0))

    def model(self, arrays: Arrays, places: Places, filled: list[str]) -> State:
        """Return the models of each turn."""
        levels = levels_told_apart(places)
        model = learned(_blocks(arrays, places, levels), self.max_iter, self.tol)
        notes = []
        if not model["converged"]:
            notes.append(f"the values still moved after {self.max_iter} turns")
        if levels < MOST_LEVELS:
            notes.append(f"many columns of levels: the {levels} most frequent of each have a part")
        return {**model, "levels": levels, "notes": notes}

    def predicted(self, arrays: Arrays, state: State, missing: Filled) -> Filled:
        """Return predicted numbers in the columns' own units, and the best levels."""
        places = state["places"]
        model = state["model"]
        filled = applied(_blocks(arrays, places, model["levels"]), model)
        found = {}
        for block, (name, place) in zip(filled, places.items(), strict=True):
            if name not in missing:
                continue
            if is_levelled(place):
                found[name] = np.argmax(block, axis=1).astype("float64")
            else:
                numbers = block[:, 0] * place["scale"] + place["centre"]
                found[name] = np.clip(numbers, place["low"], place["high"])
        return found

    def why(self, name: str, state: State) -> str:
        """Say what the value was predicted from."""
        return f"predicted from {len(state['places']) - 1} other columns"


def _blocks(arrays: Arrays, places: Places, levels: int) -> list[np.ndarray]:
    return [indicators(coded(arrays[name], place), place, levels) for name, place in places.items()]
