"""Rows that are unlike the others as a whole, though each of their values may be a usual one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import narwhals as nw
import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.errors import ConfigError
from dataprep.stage import Change, Mapped, Phase, Stage, State
from dataprep.stages import density, isolation
from dataprep.stages.chosen import named
from dataprep.stages.mixed import (
    USABLE,
    Place,
    Places,
    coded,
    indicators,
    is_levelled,
    is_missing,
    kept,
    places_of,
    read,
    shares,
    standardised,
)
from dataprep.table import hidden, steady

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.table import Table

Action = Literal["flag", "drop"]
Contamination = Literal["auto"] | Annotated[float, Gt(0), Le(0.5)]
_FURTHEST = 1e6
"""In standard deviations: where infinities lie."""
_DIGITS = 6
"""Of a score, after the point: what is beyond them is rounding."""
_SCORE, _WHY = hidden("score"), hidden("why")


@dataclass(eq=False, repr=False)
class Multivariate(Stage):
    """Score each row by how unusual it is, and flag or drop those above a threshold."""

    def model(self, columns: Arrays, places: Places) -> State:
        """Return what the sampled rows teach, as plain JSON."""
        raise NotImplementedError

    def scores(self, columns: Arrays, places: Places, model: State) -> np.ndarray:
        """Return a score for each row, by itself: the higher, the more unusual."""
        raise NotImplementedError

    def usual_bound(self) -> float:
        """Return the score above which rows are outliers where no share of them is given."""
        raise NotImplementedError

    @property
    def phase(self) -> Phase:
        """Dropping rows is for training; flags are for every row."""
        return "training" if self.action == "drop" else "repair"  # type: ignore[attr-defined]

    def learn(self, table: Table) -> State:
        """Return the places of columns, the model, and the threshold."""
        usable = [name for name in self.chosen(table) if table.kinds[name] in USABLE]
        for name in set(self.chosen(table)).intersection(named(self.columns)):  # type: ignore[attr-defined]
            if name not in usable:
                raise ConfigError(
                    f"{name!r} has no place among numbers, it is of kind {table.kinds[name]}",
                    place=f"{self.name()}.columns",
                    remedy="Choose numbers, times, categories and booleans.",
                )
        arrays = table.matrix(usable, rows=self.max_rows, seed=self.random_state)  # type: ignore[attr-defined]
        places = places_of(arrays, {name: table.kinds[name] for name in usable})
        # A column with a single value tells no row from another.
        places = {name: place for name, place in places.items() if _varies(place)}
        if not places:
            return {"places": {}, "model": {}, "threshold": None}
        columns = _coded(arrays, places)
        model = self.model(columns, places)
        threshold = self.usual_bound()
        if self.contamination != "auto":  # type: ignore[attr-defined]
            found = np.round(self.scores(columns, places, model), _DIGITS)
            threshold = float(np.quantile(found, 1 - self.contamination))  # type: ignore[attr-defined]
        return {"places": places, "model": model, "threshold": steady(threshold)}

    def change(self, table: Table, state: State) -> Change:
        """Flag the unusual rows and give their scores, or drop them."""
        name, places = self.outlier, state["places"]  # type: ignore[attr-defined]
        if not places:
            notes = ["no column tells one row from another: none is an outlier"]
            nothing = {name: nw.lit(False), f"{name}_score": nw.lit(None).cast(nw.Float64)}
            flags = {name: (nothing[name], "boolean"), f"{name}_score": (nothing[f"{name}_score"], "float")}
            return Change(adds=flags if self.action == "flag" else {}, notes=notes)  # type: ignore
        mapped = Mapped(
            [column for column in places if column in table.kinds],
            {_SCORE: "float", _WHY: "text"},
            partial(_scored, self, state),
        )
        unusual = nw.col(_SCORE) > state["threshold"]
        if self.action == "drop":  # type: ignore[attr-defined]
            return Change(drops={name: unusual}, reason={name: nw.col(_WHY)}, mapped=mapped)
        return Change(
            adds={name: (unusual, "boolean"), f"{name}_score": (nw.col(_SCORE), "float")},
            mapped=mapped,
        )


def _scored(stage: Multivariate, state: State, arrays: Arrays) -> dict[str, np.ndarray]:
    places = state["places"]
    height = len(next(iter(arrays.values())))
    # A target may be among the columns of fit, and does not come to serving.
    nothing = np.full(height, np.nan)
    columns = _coded({name: arrays.get(name, nothing) for name in places}, places)
    scores = np.round(stage.scores(columns, places, state["model"]), _DIGITS)
    bound = f"above {state['threshold']:.4g}"
    # One text for each row, whatever the engine: they write numbers in different ways.
    reasons = [f"score {score:.4g} {bound}" for score in scores.tolist()]
    return {_SCORE: scores, _WHY: np.array([*reasons, None], dtype=object)[:-1]}


def _varies(place: Place) -> bool:
    if place["gaps"]:
        return True
    several = len(place["levels"]) > 1 if is_levelled(place) else place["low"] < place["high"]
    return bool(several)


def _coded(arrays: Arrays, places: Places) -> Arrays:
    return {name: coded(arrays[name], place, _FURTHEST) for name, place in places.items()}


def _filled(column: np.ndarray, place: Place) -> np.ndarray:
    """Return a coded column standardised, the median where it is missing."""
    present = np.where(is_missing(column), place["median"], column)
    return standardised(present, place)


def _gaps(column: np.ndarray, place: Place) -> list[np.ndarray]:
    """Return an indicator of missing values, where there were any at ``fit``."""
    return [is_missing(column).astype("float64")] if place["gaps"] else []


@dataclass(eq=False, repr=False)
class IsolationOutliers(Multivariate):
    """Find rows that random splits set apart early, by an isolation forest.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        What to judge rows by; free text and identifiers have no part in it.
    n_estimators : int, default=100
        How many trees.
    max_samples : int, default=256
        How many rows each of them sees.
    contamination : "auto" or float, default="auto"
        The share of training rows to be treated as outliers, at most 0.5; by default those with a
        score above 0.5.
    action : {"flag", "drop"}, default="flag"
        ``flag`` adds the columns ``outlier`` and ``outlier_score``; ``drop`` rejects the row
        (training only), its score in the reason.
    outlier : str, default="outlier"
        The name of the added columns.
    max_rows : int, default=20000
        About how many rows to learn from, drawn by row number.
    random_state : int, default=0
        For those rows and for the trees.

    Notes
    -----
    Scores lie between 0 and 1; 0.5 is as easily isolated as most. On numbers alone they are those
    of scikit-learn's ``IsolationForest`` on standardised columns, with the sign changed. Levels
    count by how frequent they are, missing as one of them; a missing number is the median, with an
    indicator beside it.

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

    columns: Any = "features"
    n_estimators: Annotated[int, Ge(1)] = 100
    max_samples: Annotated[int, Ge(2)] = 256
    contamination: Contamination = "auto"
    action: Action = "flag"
    outlier: str = "outlier"
    max_rows: Annotated[int, Ge(2)] = 20_000
    random_state: Annotated[int, Ge(0)] = 0

    def usual_bound(self) -> float:
        """Return the score of a row that takes as long to isolate as most."""
        return 0.5

    def model(self, columns: Arrays, places: Places) -> State:
        """Return the trees."""
        return isolation.learned(
            _by_frequency(columns, places), self.n_estimators, self.max_samples, self.random_state
        )

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
class LOF(Multivariate):
    """Find rows in sparser surroundings than their neighbours', by the local outlier factor.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        What to judge rows by; free text and identifiers have no part in it.
    n_neighbors : int, default=20
        How many neighbours are the surroundings of a row.
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

    Notes
    -----
    The score is 1 for a row in surroundings as dense as its neighbours', more in sparser ones. On
    numbers alone it is that of scikit-learn's ``LocalOutlierFactor(novelty=True)`` on standardised
    columns, with the sign changed. Rows that are the same count once among those learned from: a
    heap of them would be infinitely dense. Of a category the 30 most frequent levels have an
    indicator each; a missing number is the median, with an indicator beside it. The state holds
    values of training rows: mind that where they are confidential.

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
    [[30, 30, True, 16.210062]]
    >>> kept, _ = LOF(n_neighbors=5, action="drop").fit_resample(frame)
    >>> len(kept)
    100
    >>> LOF(columns="note").fit(frame.assign(note=[f"n{i}" for i in range(101)]))
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: lof.columns: 'note' has no place among numbers, ...
    """

    columns: Any = "features"
    n_neighbors: Annotated[int, Ge(1)] = 20
    contamination: Contamination = "auto"
    action: Action = "flag"
    outlier: str = "outlier"
    max_rows: Annotated[int, Ge(2)] = 5000
    random_state: Annotated[int, Ge(0)] = 0

    def usual_bound(self) -> float:
        """Return the factor that the paper's authors call outlying, as scikit-learn does."""
        return 1.5

    def model(self, columns: Arrays, places: Places) -> State:
        """Return the different rows, and how dense it is around each of them."""
        X = _side_by_side(columns, places)
        _, first = np.unique(X, axis=0, return_index=True)
        first = np.sort(first)
        k = min(self.n_neighbors, len(first) - 1)
        reach, found = density.densities(X[first], k)
        return {
            "rows": {name: kept(column[first]) for name, column in columns.items()},
            "reach": [steady(float(x)) for x in reach],
            "density": [steady(float(x)) for x in found],
            "k": k,
        }

    def scores(self, columns: Arrays, places: Places, model: State) -> np.ndarray:
        """Return the local outlier factor of each row."""
        rows = {name: read(model["rows"][name], place) for name, place in places.items()}
        others = _side_by_side(rows, places)
        reach, found = np.array(model["reach"]), np.array(model["density"])
        return density.factors(_side_by_side(columns, places), others, reach, found, model["k"])


def _side_by_side(columns: Arrays, places: Places) -> np.ndarray:
    """Return a matrix of numbers and of indicators of levels."""
    found = []
    for name, place in places.items():
        if is_levelled(place):
            found.append(np.nan_to_num(indicators(columns[name], place), nan=0.0))
        else:
            found.append(_filled(columns[name], place)[:, None])
        found += [gap[:, None] for gap in _gaps(columns[name], place)]
    return np.hstack(found)
