"""Rows that are nearly like others: a little noise on their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from annotated_types import Ge, Gt

from dataprep.columns import Columns
from dataprep.errors import ConfigError, did_you_mean
from dataprep.resampling.draws import Draws
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.augment.augmenter import Augmenter, are_codes
from dataprep.table import steady

if TYPE_CHECKING:
    from dataprep.stage import State

_NONE = np.empty(0, dtype="int64")


@dataclass(eq=False, repr=False)
class Jitter(Augmenter):
    """Make rows that are like others but for a little noise on their numbers.

    A new number is ``x + e``, where e is normal with the standard deviation ``scale * s`` and s is
    that of the column over the training rows.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class, as in imbalanced-learn: "auto" makes every class as large as
        the largest. Also ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    share : float, optional
        Instead: so many new rows for each row that is there, 0.5 for half as many. Each class grows
        by that share; it needs no classes, and no target.
    scale : float, default=0.1
        The noise, as a share of a column's standard deviation.
    scales : dict, optional
        ``{column: scale}`` where another one suits; 0 leaves a column as it is.
    clip : bool, default=True
        Whether new numbers stay in the range that the column has.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        Whose numbers get noise, and what tells rows apart when they are drawn.

    Notes
    -----
    Levels, text and times are those of the parent, and so is the target. A column of at most ten
    distinct numbers, each there twice or more on average, is taken for one of codes: it gets noise
    only where ``scales`` names it. Whole numbers are rounded; what is missing stays missing. Draws
    are keyed by the rows' contents: the order of the input does not matter.

    References
    ----------
    C. M. Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", Neural Computation
    7(1), 1995.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60], "plan": ["a", "b", "a", "b"]})
    >>> sampler = Jitter(share=0.5, random_state=5)
    >>> sampler.fit_resample(X)[0].tail(2)
       age plan
    4   39    b
    5   60    b
    >>> sampler.provenance_["parent_a"].tolist()
    [1, 3]
    >>> Jitter(share=0.5, scales={"agee": 0.2}).fit_resample(X)
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: jitter.scales: no column of numbers is named 'agee'. \
Did you mean 'age'?
    in stage 0:jitter
    """

    compares = False
    studies = True

    sampling_strategy: Strategy = "auto"
    share: Annotated[float, Gt(0)] | None = None
    scale: Annotated[float, Ge(0)] = 0.1
    scales: dict[str, Annotated[float, Ge(0)]] | None = None
    clip: bool = True
    random_state: Annotated[int, Ge(0)] | None = 0
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def study(self, rows: Rows, wanted: Mapping[int, int]) -> State:
        """Return the noise of each column, and its range."""
        names, own = rows.names[: rows.numbers.shape[1]], self.scales or {}
        for name in own:
            if name not in names:
                raise ConfigError(
                    f"no column of numbers is named {name!r}",
                    place=f"{self.name()}.scales",
                    remedy=did_you_mean(name, names),
                )
        learned: dict[str, Any] = {}
        for name, column in zip(names, rows.numbers.T, strict=True):
            values = column[np.isfinite(column)]
            scale = own.get(name, 0.0 if are_codes(column) else self.scale)
            noise = scale * _spread(values)
            if noise:
                ends = [float(values.min()), float(values.max())]
                learned[name] = {"noise": steady(noise), "range": ends}
        self.recall(learned)
        return learned

    def recall(self, learned: State) -> None:
        """Remember the noise of each column, and its range."""
        self.noise_: State = learned

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Draw rows of each class with replacement, and move their numbers."""
        parents, moved = [_NONE], [np.empty((0, rows.numbers.shape[1]))]
        for label, height in wanted.items():
            draws, own = Draws(self.seed, self.seed_of(label)), rows.of(label)
            picked = own[draws.whole("row", height, len(own))]
            made = rows.numbers[picked]
            for i, name in enumerate(rows.names[: made.shape[1]]):
                if found := self.noise_.get(name):
                    made[:, i] += found["noise"] * draws.normal(f"noise {i}", height)
                    if self.clip:
                        # What lies outside already is no number: infinity stays what it is.
                        inside = np.isfinite(made[:, i])
                        made[inside, i] = np.clip(made[inside, i], *found["range"])
            parents.append(picked)
            moved.append(made)
        births = Births(np.concatenate(parents), numbers=np.concatenate(moved))
        told = () if self.noise_ else ("no column of numbers gets noise: new rows are copies",)
        return Plan(_NONE, births, told)


def _spread(values: np.ndarray) -> float:
    """Return the standard deviation; of a constant column 0, whatever rounding leaves."""
    if not len(values):
        return 0.0
    # A sum depends on the order of its terms in the last bits.
    values = np.sort(values)
    spread = float(values.std())
    return 0.0 if spread <= 1e-12 * float(np.abs(values).max()) else spread
