"""Rows scored by how unusual they are as a whole, and what is done to those above a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import narwhals as nw
import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.errors import ConfigError
from dataprep.stage import Change, Mapped, Phase, Stage, State
from dataprep.stages.chosen import named
from dataprep.stages.mixed import USABLE, Place, Places, coded, is_levelled, places_of
from dataprep.table import ROW, hidden, steady

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.kinds import Kind
    from dataprep.table import Table

Action = Literal["flag", "drop"]
Contamination = Literal["auto"] | Annotated[float, Gt(0), Le(0.5)]
_DIGITS = 6
"""Of a score, after the point: what is beyond them is rounding."""
_SCORE, _WHY = hidden("score"), hidden("why")


@dataclass(eq=False, repr=False)
class Scored(Stage):
    """Score each row by how unusual it is, and flag or drop those above a threshold."""

    columns: Any = "features"
    contamination: Contamination = "auto"
    action: Action = "flag"
    outlier: str = "outlier"
    max_rows: Annotated[int, Ge(2)] = 5000
    random_state: Annotated[int, Ge(0)] = 0

    def model(self, columns: Arrays, places: Places, numbers: np.ndarray) -> State:
        """Return what the sampled rows, of these row numbers, teach, as plain JSON."""
        raise NotImplementedError

    def scores(self, columns: Arrays, places: Places, model: State) -> np.ndarray:
        """Return a score for each row, by itself: the higher, the more unusual."""
        raise NotImplementedError

    def training_scores(
        self, columns: Arrays, places: Places, model: State, numbers: np.ndarray
    ) -> np.ndarray:
        """Return the same for training rows of these numbers, some of which the model holds."""
        return self.scores(columns, places, model)

    def usual_bound(self) -> float:
        """Return the score above which rows are outliers where no share of them is given."""
        raise NotImplementedError

    @property
    def phase(self) -> Phase:
        """Dropping rows is for training; flags are for every row."""
        return "training" if self.action == "drop" else "repair"

    def learn(self, table: Table) -> State:
        """Return the places of columns, the model, and the threshold."""
        usable = [name for name in self.chosen(table) if table.kinds[name] in USABLE]
        for name in set(self.chosen(table)).intersection(named(self.columns)):
            if name not in usable:
                raise ConfigError(
                    f"{name!r} has no place among numbers, it is of kind {table.kinds[name]}",
                    place=f"{self.name()}.columns",
                    remedy="Choose numbers, times, categories and booleans.",
                )
        arrays = table.matrix(usable, rows=self.max_rows, seed=self.random_state)
        places = places_of(arrays, {name: table.kinds[name] for name in usable})
        # A column with a single value tells no row from another.
        places = {name: place for name, place in places.items() if _varies(place)}
        if not places:
            return {"places": {}, "model": {}, "threshold": None}
        columns = _coded(arrays, places)
        model = self.model(columns, places, arrays[ROW])
        threshold = self.usual_bound()
        if self.contamination != "auto":
            found = self.training_scores(columns, places, model, arrays[ROW])
            threshold = float(np.quantile(np.round(found, _DIGITS), 1 - self.contamination))
        return {"places": places, "model": model, "threshold": steady(threshold)}

    def change(self, table: Table, state: State) -> Change:
        """Flag the unusual rows and give their scores, or drop them."""
        return self._change(table, state, training=False)

    def change_training(self, table: Table, state: State) -> Change:
        """Do the same, but score no row by what the model holds of the row itself."""
        return self._change(table, state, training=True)

    def _change(self, table: Table, state: State, *, training: bool) -> Change:
        places = state["places"]
        if not places:
            notes = ["no column tells one row from another: none is an outlier"]
            if self.action == "drop":
                return Change(notes=notes)
            unknown = nw.lit(None).cast(nw.Float64)
            return Change(adds=self._flags(nw.lit(False), unknown), notes=notes)
        mapped = Mapped(
            [ROW, *(column for column in places if column in table.kinds)],
            {_SCORE: "float", _WHY: "text"},
            partial(_scored, self, state, training),
        )
        unusual = nw.col(_SCORE) > state["threshold"]
        if self.action == "drop":
            return Change(
                drops={"unusual": unusual}, reason={"unusual": nw.col(_WHY)}, mapped=mapped
            )
        return Change(adds=self._flags(unusual, nw.col(_SCORE)), mapped=mapped)

    def _flags(self, unusual: nw.Expr, score: nw.Expr) -> dict[str, tuple[nw.Expr, Kind]]:
        name = self.outlier
        return {name: (unusual, "boolean"), f"{name}_score": (score, "float")}


def _scored(stage: Scored, state: State, training: bool, arrays: Arrays) -> dict[str, np.ndarray]:
    places, model, numbers = state["places"], state["model"], arrays[ROW]
    # A target may be among the columns of fit, and does not come to serving.
    nothing = np.full(len(numbers), np.nan)
    columns = _coded({name: arrays.get(name, nothing) for name in places}, places)
    scores = (
        stage.training_scores(columns, places, model, numbers)
        if training
        else stage.scores(columns, places, model)
    )
    scores = np.round(scores, _DIGITS)
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
    return {name: coded(arrays[name], place, far=True) for name, place in places.items()}
