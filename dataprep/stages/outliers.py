"""Values far from the rest of their column: z-score, modified z-score, quartiles, quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le

from dataprep.errors import ConfigError
from dataprep.stages.bounded import Action, Bounded, Bounds, Tail
from dataprep.table import Grouped, Table


@dataclass(eq=False, repr=False)
class ZScore(Bounded):
    """Treat values more than some standard deviations from the mean as outliers.

    Parameters
    ----------
    columns : str, Selector or list, default="numeric"
        The numeric columns to look at.
    threshold : float, default=3.0
        In standard deviations (population, ``ddof=0``).
    tail : {"both", "left", "right"}, default="both"
        Which side to treat: low values are the left tail.
    action : {"clip", "drop", "null", "flag"}, default="clip"
        ``clip`` moves to the bound, ``drop`` rejects the row (training only), ``null`` makes the
        cell missing, ``flag`` adds a column ``<name>_outlier``.
    by : str or list of str, optional
        Learn the bounds within groups; a group that was not seen has those of the whole column.

    Notes
    -----
    Mean and deviation are pulled by the outliers themselves: with n rows no value can be more than
    sqrt(n - 1) deviations away. `MAD` and `IQR` do not have that weakness.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 100.0]})
    >>> round(float(ZScore(threshold=2).fit(frame).transform(frame)["x"].max()), 2)
    70.58
    """

    columns: Any = "numeric"
    threshold: Annotated[float, Gt(0)] = 3.0
    tail: Tail = "both"
    action: Action = "clip"
    by: str | Sequence[str] | None = None

    def measure(self, table: Table, columns: list[str]) -> Grouped[Any]:
        """Return mean and standard deviation."""
        return table.moments(columns)

    def fences(self, measured: Any) -> Bounds | None:
        """Return mean -/+ threshold deviations."""
        mean, spread = measured
        if not spread:
            return None
        return mean - self.threshold * spread, mean + self.threshold * spread


@dataclass(eq=False, repr=False)
class MAD(Bounded):
    """Treat values with a large modified z-score as outliers: median and median deviation.

    Parameters
    ----------
    columns : str, Selector or list, default="numeric"
        The numeric columns to look at.
    threshold : float, default=3.5
        In modified z-scores, ``0.6745 * (x - median) / MAD``.
    tail, action, by
        As in `ZScore`.

    References
    ----------
    B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", ASQC, 1993.
    """

    columns: Any = "numeric"
    threshold: Annotated[float, Gt(0)] = 3.5
    tail: Tail = "both"
    action: Action = "clip"
    by: str | Sequence[str] | None = None

    def measure(self, table: Table, columns: list[str]) -> Grouped[Any]:
        """Return the median, and the median of the distances from it."""
        medians = table.quantiles(columns, (0.5,))
        deviations = table.around(medians).quantiles(columns, (0.5,))
        return {
            group: {name: (found[name][0], deviations[group][name][0]) for name in columns}
            for group, found in medians.items()
        }

    def fences(self, measured: Any) -> Bounds | None:
        """Return median -/+ threshold deviations / 0.6745."""
        median, deviation = measured
        if not deviation:
            return None
        reach = self.threshold * deviation / 0.6745
        return median - reach, median + reach


@dataclass(eq=False, repr=False)
class IQR(Bounded):
    """Treat values far outside the middle half of a column as outliers (Tukey's fences).

    Parameters
    ----------
    columns : str, Selector or list, default="numeric"
        The numeric columns to look at.
    k : float, default=1.5
        The fences are ``q1 - k * (q3 - q1)`` and ``q3 + k * (q3 - q1)``; 3 marks far outliers.
    tail, action, by
        As in `ZScore`.

    References
    ----------
    J. W. Tukey, "Exploratory Data Analysis", Addison-Wesley, 1977.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 100.0]})
    >>> IQR().fit(frame).transform(frame)["x"].tolist()
    [1.0, 2.0, 3.0, 4.0, 7.0]
    >>> IQR(action="drop").fit_resample(frame, [0, 0, 1, 1, 1])[1]
    [0, 0, 1, 1]
    """

    columns: Any = "numeric"
    k: Annotated[float, Ge(0)] = 1.5
    tail: Tail = "both"
    action: Action = "clip"
    by: str | Sequence[str] | None = None

    def measure(self, table: Table, columns: list[str]) -> Grouped[Any]:
        """Return the quartiles."""
        return table.quantiles(columns, (0.25, 0.75))

    def fences(self, measured: Any) -> Bounds | None:
        """Return Tukey's fences."""
        q1, q3 = measured
        if q1 is None or q1 == q3:
            return None
        return q1 - self.k * (q3 - q1), q3 + self.k * (q3 - q1)


@dataclass(eq=False, repr=False)
class Quantile(Bounded):
    """Treat values beyond two quantiles as outliers; with ``clip``, that is winsorising.

    Parameters
    ----------
    columns : str, Selector or list, default="numeric"
        The numeric columns to look at.
    lower : float, default=0.01
        A probability.
    upper : float, default=0.99
        A probability, at least ``lower``.
    tail, action, by
        As in `ZScore`.
    """

    columns: Any = "numeric"
    lower: Annotated[float, Ge(0), Le(1)] = 0.01
    upper: Annotated[float, Ge(0), Le(1)] = 0.99
    tail: Tail = "both"
    action: Action = "clip"
    by: str | Sequence[str] | None = None

    def measure(self, table: Table, columns: list[str]) -> Grouped[Any]:
        """Return the two quantiles, and the extremes."""
        if self.lower > self.upper:
            raise ConfigError(
                f"lower={self.lower} is above upper={self.upper}",
                place="quantile.lower",
                remedy="Give the smaller probability as lower.",
            )
        return table.quantiles(columns, (0.0, self.lower, self.upper, 1.0))

    def fences(self, measured: Any) -> Bounds | None:
        """Return the two quantiles; a column with a single value has no spread."""
        least, low, high, most = measured
        return None if least is None or least == most else (low, high)
