"""Numbers brought to a common scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Annotated, Any, Literal

import narwhals as nw
from annotated_types import Ge

from dataprep.columns import known
from dataprep.engine import Arrays
from dataprep.errors import ConfigError
from dataprep.stage import Change, Mapped, Stage, State
from dataprep.stages.chosen import numeric_of
from dataprep.stages.ranks import normal_of, rank_of
from dataprep.table import ALL, Table, hidden

Method = Literal["standard", "min_max", "robust", "quantile", "constant"]
_IDLE = "its values do not differ, or by too little or too much"


@dataclass(eq=False, repr=False)
class Scale(Stage):
    """Bring numeric columns to a common scale; whole numbers become floats.

    Parameters
    ----------
    method : {"standard", "min_max", "robust", "quantile", "constant"}, default="standard"
        ``standard``: less the mean, by the standard deviation (population). ``min_max``: the range
        at fit becomes ``feature_range``. ``robust``: less the median, by the distance of two
        quantiles. ``quantile``: the rank among the values at fit, from 0 to 1, or as a normal
        variable. ``constant``: times ``factor``, nothing is learned.
    columns : str, Selector or list, default="numeric"
        The numeric columns to scale.
    overrides : mapping of str to str, optional
        Another method for some columns: ``{"income": "robust"}``.
    feature_range : (float, float), default=(0.0, 1.0)
        What ``min_max`` gives for the least and the greatest value at fit.
    clip : bool, default=False
        Whether ``min_max`` keeps later values within ``feature_range``.
    quantile_range : (float, float), default=(25.0, 75.0)
        The two quantiles of ``robust``, in percent.
    output_distribution : {"uniform", "normal"}, default="uniform"
        What ``quantile`` gives.
    n_quantiles : int, default=1000
        How many quantiles ``quantile`` learns, at most as many as there are rows.
    factor : float, default=1.0
        What ``constant`` multiplies by: 1/255 for the values of a pixel.

    Notes
    -----
    Missing values stay missing; infinities take no part in learning. A column whose values do not
    differ at fit, or by too little or too much for a float to divide by, is left alone, and a note
    says so. ``robust`` only centres a column whose two quantiles are equal. ``quantile`` learns
    from all rows, where scikit-learn's takes a sample of 10,000 by default.

    References
    ----------
    scikit-learn's `StandardScaler`, `MinMaxScaler`, `RobustScaler`, `QuantileTransformer`, whose
    results these are.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [20, 30, 40], "pixel": [0, 51, 255]})
    >>> stage = Scale(method="min_max", overrides={"pixel": "constant"}, factor=1 / 255)
    >>> stage.fit(frame).transform(frame).to_dict("list")
    {'age': [0.0, 0.5, 1.0], 'pixel': [0.0, 0.2, 1.0]}
    >>> Scale(quantile_range=(75.0, 25.0)).fit(frame)
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: scale.quantile_range: 75.0 is not below 25.0. Give the ...
    """

    method: Method = "standard"
    columns: Any = "numeric"
    overrides: Mapping[str, Method] | None = None
    feature_range: tuple[float, float] = (0.0, 1.0)
    clip: bool = False
    quantile_range: tuple[float, float] = (25.0, 75.0)
    output_distribution: Literal["uniform", "normal"] = "uniform"
    n_quantiles: Annotated[int, Ge(2)] = 1000
    factor: float = 1.0

    def learn(self, table: Table) -> State:
        """Return centre and scale of each column, or its quantiles; None where nothing differs."""
        self._check_ranges()
        overrides = self.overrides or {}
        methods: dict[str, Method] = dict.fromkeys(numeric_of(self, table), self.method)
        for name, method in overrides.items():
            if known(name, table, "scale.overrides") not in methods:
                raise ConfigError(
                    f"{name!r} is none of the chosen numeric columns",
                    place="scale.overrides",
                    remedy="Choose it with columns=[...] as well, or leave it out here.",
                )
            methods[name] = method
        learned = {}
        for method in dict.fromkeys(methods.values()):
            names = [name for name, own in methods.items() if own == method]
            learned.update(self._learned(table, method, names))
        return {"methods": methods, "learned": {name: learned[name] for name in methods}}

    def _check_ranges(self) -> None:
        for name in ("feature_range", "quantile_range"):
            low, high = getattr(self, name)
            if not low < high:
                raise ConfigError(
                    f"{low} is not below {high}",
                    place=f"scale.{name}",
                    remedy="Give the smaller number first.",
                )
        if not 0 <= self.quantile_range[0] < self.quantile_range[1] <= 100:
            raise ConfigError(
                f"{self.quantile_range} is no range of percentages",
                place="scale.quantile_range",
                remedy="Give two numbers from 0 to 100, such as (25.0, 75.0).",
            )

    def _learned(self, table: Table, method: Method, names: list[str]) -> dict[str, Any]:
        """Return ``[centre, scale]`` of each column: what to subtract, what to divide by."""
        if method == "constant":
            return {name: [0.0, 1.0] for name in names}
        if method == "standard":
            moments = table.moments(names)[ALL]
            return {name: _moving(*found) for name, found in moments.items()}
        if method == "quantile":
            number = max(2, min(self.n_quantiles, table.height()))
            asked = [i / (number - 1) for i in range(number)]
            known_ranks = table.quantiles(names, asked)[ALL]
            return {name: q if _differ(q) else None for name, q in known_ranks.items()}
        low, high = (p / 100 for p in self.quantile_range)
        found: dict[str, Any] = table.quantiles(names, (0.0, low, 0.5, high, 1.0))[ALL]
        learned: dict[str, Any] = dict.fromkeys(names)
        for name in (name for name, quantiles in found.items() if _differ(quantiles)):
            least, q1, median, q3, most = found[name]
            # As scikit-learn: an inner range of one value is no scale, the column is only centred.
            centre, scale = (least, most - least) if method == "min_max" else (median, q3 - q1 or 1)
            learned[name] = _moving(centre, scale)
        return learned

    def change(self, table: Table, state: State) -> Change:
        """Replace the values by the scaled ones."""
        methods = {name: m for name, m in state["methods"].items() if name in table.kinds}
        idle = [name for name in methods if state["learned"][name] is None]
        moving = [name for name in methods if name not in idle]
        ranked = {n: state["learned"][n] for n in moving if methods[n] == "quantile"}
        cells = {
            name: nw.col(hidden(f"scaled {name}"))
            if name in ranked
            else self._moved(name, methods[name], *state["learned"][name])
            for name in moving
        }
        schema = table.frame.collect_schema()
        return Change(
            cells=cells,
            action="scale",
            reason={name: methods[name] for name in moving},
            # Whole numbers, and decimals of few digits, cannot hold what they become.
            kinds={name: "float" for name in moving if schema[name] != nw.Float32},
            mapped=Mapped(
                columns=list(ranked),
                makes={hidden(f"scaled {name}"): "float" for name in ranked},
                function=partial(_ranked, ranked, self.output_distribution),
            )
            if ranked
            else None,
            notes=[f"{_IDLE}, left alone: {', '.join(idle)}"] if idle else (),
        )

    def _moved(self, name: str, method: Method, centre: float, scale: float) -> nw.Expr:
        column = nw.col(name)
        if method == "constant":
            return column * self.factor
        # Not a division: some engines make it this product, and the last digit would be theirs.
        scaled = (column - centre) * (1 / scale)
        if method != "min_max":
            return scaled
        low, high = self.feature_range
        if (low, high) != (0.0, 1.0):
            scaled = scaled * (high - low) + low
        return scaled.clip(low, high) if self.clip else scaled


def _differ(quantiles: list[float | None]) -> bool:
    return quantiles[0] is not None and quantiles[0] != quantiles[-1]


def _moving(centre: float | None, scale: float | None) -> list[float | None] | None:
    """Return centre and scale; None where floats cannot hold the scale or its reciprocal."""
    return [centre, scale] if scale and isfinite(scale) and isfinite(1 / scale) else None


def _ranked(learned: Mapping[str, list[float]], output: str, arrays: Arrays) -> Arrays:
    """Return the ranks of a batch of values among the learned quantiles."""
    to = normal_of if output == "normal" else rank_of
    return {hidden(f"scaled {name}"): to(arrays[name], q) for name, q in learned.items()}
