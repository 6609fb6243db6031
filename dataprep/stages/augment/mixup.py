"""Rows between two others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.resampling.between import together
from dataprep.resampling.classes import shown
from dataprep.resampling.draws import Draws
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.augment.augmenter import Augmenter, are_codes
from dataprep.stages.resample.counting import Counts

_HALF_A_STEP = 0.5 / 2**31


@dataclass(eq=False, repr=False)
class MixUp(Augmenter):
    """Make rows between two others, mostly near one of them.

    A new number is ``a + t * (b - a)``: with l drawn from Beta(alpha, alpha), t is the smaller of l
    and 1 - l, so that a is the nearer parent. Where the target is a number, it is mixed alike.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class, as in imbalanced-learn: "auto" makes every class as large as
        the largest. Also ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    share : float, optional
        Instead: so many new rows for each row that is there, 0.5 for half as many. Each class grows
        by that share; it needs no classes, and no target.
    alpha : float, default=0.2
        Of the beta distribution: small, new rows are near one parent; 1, they are anywhere between
        the two.
    partners : {"same_class", "any"}, default="same_class"
        Whom a row is mixed with. ``any``: the new row has the class of the nearer parent. Where the
        target is a number, or there is none, every row is a partner.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        Whose numbers are mixed, and what tells rows apart when they are drawn.

    Notes
    -----
    Levels, text and times are those of the nearer parent, and so are the numbers of a column of at
    most ten, each there twice or more on average: codes. Other whole numbers are rounded. A number
    that one parent lacks is the other's. In the paper the labels are mixed as well, ``1 - t`` of
    one class and ``t`` of the other: a table's target cannot say that. A target of more than ten
    distinct numbers, of numbers with fractions, or that are there once on average, is no class, but
    for whole numbers from 0 to n - 1 with ten rows each. What is no class is mixed: a note says so.

    References
    ----------
    H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, "mixup: Beyond Empirical Risk Minimization",
    ICLR 2018.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"rooms": [1.0, 2.0, 4.0, 6.0], "town": list("abab")})
    >>> sampler = MixUp(share=0.5, alpha=1.0)
    >>> made, price = sampler.fit_resample(X, [100.5, 200.0, 400.0, 600.0])
    >>> made.tail(2).assign(price=price[-2:]).round(2).values.tolist()
    [[1.8, 'b', 180.26], [1.43, 'a', 143.75]]
    >>> sampler.provenance_[["parent_a", "parent_b", "step"]].round(3).values.tolist()
    [[1.0, 0.0, 0.198], [0.0, 1.0, 0.435]]
    >>> MixUp().fit_resample(X, ["no", "no", "no", "yes"])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: mix_up.partners: the class 'yes' has 1 row, and no other to mix it \
with. Use partners='any', or RandomOverSampler.
    """

    interpolates = True
    carried_as = "not mixed, taken from the nearer parent"

    sampling_strategy: Strategy = "auto"
    share: Annotated[float, Gt(0)] | None = None
    alpha: Annotated[float, Gt(0)] = 0.2
    partners: Literal["same_class", "any"] = "same_class"
    random_state: Annotated[int, Ge(0)] | None = 0
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where a row has no partner."""
        for label, made in wanted.items():
            if made and sum(counts.values()) < 2:
                raise DataError(
                    "there is 1 row, and no other to mix it with",
                    place=f"{self.name()}.partners",
                    remedy="Use RandomOverSampler.",
                )
            if made and counts[label] < 2 and self.partners == "same_class":
                raise DataError(
                    f"the class {shown(label)} has 1 row, and no other to mix it with",
                    place=f"{self.name()}.partners",
                    remedy="Use partners='any', or RandomOverSampler.",
                )

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Draw two rows for each new one, and how far it lies from the first to the second."""
        everyone = rows.ordered(np.arange(len(rows)))
        made = []
        for label, height in wanted.items():
            draws, own = Draws(self.seed, self.seed_of(label)), rows.of(label)
            among = own if self.partners == "same_class" else everyone
            first = own[draws.whole("row", height, len(own))]
            # Its place among the others is left out: no row is mixed with itself.
            sorter = np.argsort(among)
            place = sorter[np.searchsorted(among, first, sorter=sorter)]
            drawn = draws.whole("partner", height, len(among) - 1)
            second = among[drawn + (drawn >= place)]
            made.append(Births(first, second, _steps(draws.unit("step", height), self.alpha)))
        births = together(made)
        return Plan(np.empty(0, dtype="int64"), births and replace(births, kept=self._kept(rows)))

    def _kept(self, rows: Rows) -> np.ndarray:
        """Return which columns of numbers hold codes, of which there is nothing between two."""
        target = getattr(self, "number_", None)
        named = zip(rows.names, rows.numbers.T, strict=False)
        return np.array([name != target and are_codes(column) for name, column in named], bool)


def _steps(drawn: np.ndarray, alpha: float) -> np.ndarray:
    """Return how far new rows lie from the nearer parent, for uniform numbers in [0, 1).

    Examples
    --------
    >>> _steps(np.array([0.0, 0.25, 0.5, 0.9]), 1.0).round(6).tolist()
    [0.0, 0.25, 0.5, 0.1]
    """
    from scipy.special import betaincinv

    # The middle of each of the intervals that uniform numbers stand for: never 0 or 1. The smaller
    # half of them gives the smaller of l and 1 - l.
    drawn = drawn + _HALF_A_STEP
    steps: np.ndarray = betaincinv(alpha, alpha, np.minimum(drawn, 1.0 - drawn))
    return steps
