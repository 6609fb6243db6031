"""SMOTE, and its rules for columns of levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.resampling.draws import Maker
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.smote import smote
from dataprep.resampling.smoten import smoten
from dataprep.resampling.strategy import Strategy
from dataprep.stages.resample.neighbourly import NeighbourSampler

if TYPE_CHECKING:
    from dataprep.table import Table


@dataclass(eq=False, repr=False)
class SMOTE(NeighbourSampler):
    """Make rows of the rare classes, each between a row and one of its nearest of the same class.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    k_neighbors : int, default=5
        How many of the nearest rows a new one may lie towards.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that distances are taken over and new values are made in; others, and text and
        times, are those of the first parent.

    Notes
    -----
    Columns of levels are treated by the rule of SMOTENC, without being named; where there are no
    numbers beside them, two unlike levels are 1 apart, and SMOTEN knows better. A missing value
    does not count in a distance, and is missing in a new row only if both parents lack it. Whole
    numbers are rounded. Scale the columns first: distances are taken as the numbers are.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
    over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 62, 70], "plan": list("aababb")})
    >>> sampler = SMOTE(k_neighbors=1)
    >>> sampler.fit_resample(X, [0, 0, 0, 0, 1, 1])[0].tail(2)
       age plan
    6   70    b
    7   69    b
    >>> sampler.provenance_[["parent_a", "parent_b", "step"]].round(2).values.tolist()
    [[4.0, 5.0, 0.99], [5.0, 4.0, 0.08]]
    >>> SMOTE().fit_resample(X, [0, 0, 0, 0, 1, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: smote.k_neighbors: 5 neighbours need 6 rows of a class, \
the class 1 has 2. Use at most 1, or RandomOverSampler...
    """

    sees = "concerned"

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    k_neighbors: Annotated[int, Ge(1)] = 5
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows between neighbours."""
        return smote(rows, wanted, self.k_neighbors, maker)


@dataclass(eq=False, repr=False)
class SMOTENC(NeighbourSampler):
    """Make rows of the rare classes where some columns are numbers and some are levels.

    Two unlike levels are as far apart as the median standard deviation of the class's numbers; a
    new row takes the level that most of its parent's neighbours have.

    Parameters
    ----------
    categorical_features : "auto" or list of str, int or bool, default="auto"
        Which columns are levels: by name, by place, or a mask of all features. ``auto``: those of
        categories and of true and false. The others must be numbers.
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    k_neighbors : int, default=5
        How many of the nearest rows a new one may lie towards, and whose levels vote.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that count; others, and text and times, are those of the first parent.

    Notes
    -----
    Of levels with equally many votes one is drawn. A missing level neither counts in a distance
    nor votes.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
    over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 62, 70], "plan": [1, 1, 2, 1, 2, 2]})
    >>> sampler = SMOTENC(["plan"], k_neighbors=1)
    >>> sampler.fit_resample(X, [0, 0, 0, 0, 1, 1])[0]["plan"].tolist()
    [1, 1, 2, 1, 2, 2, 2, 2]
    >>> SMOTENC(["age", "plan"], k_neighbors=1).fit_resample(X, [0, 0, 0, 0, 1, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: smotenc.categorical_features: no column holds numbers. Use SMOTEN...
    """

    sees = "concerned"
    categorical_features: Literal["auto"] | list[str | int] | tuple[str | int, ...] = "auto"
    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    k_neighbors: Annotated[int, Ge(1)] = 5
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows between neighbours, their levels by vote."""
        return smote(rows, wanted, self.k_neighbors, maker)

    def note_on_levels(self, columns: int) -> str:
        """Return nothing: this is what was asked for."""
        return ""

    def categories(self, table: Table, columns: list[str]) -> list[str]:
        """Return the columns that are named, or those that hold levels."""
        if self.categorical_features == "auto":
            return super().categories(table, columns)
        named = self.coded([name for name in table.columns if name not in table.roles])
        return [name for name in columns if name in named]

    def coded(self, names: list[str]) -> list[str]:
        """Return the columns that are named, by name, by place, or by a mask."""
        if self.categorical_features == "auto":
            return []
        place, given = f"{self.name()}.categorical_features", list(self.categorical_features)
        if given and all(isinstance(item, bool) for item in given):
            if len(given) != len(names):
                raise ConfigError(
                    f"a mask of {len(given)} for {len(names)} columns",
                    place=place,
                    remedy="Give True or False for each column, or names.",
                )
            return [name for name, chosen in zip(names, given, strict=True) if chosen]
        for item in given:
            if isinstance(item, str) and item not in names:
                raise ConfigError(
                    f"there is no feature {item!r}", place=place, remedy=did_you_mean(item, names)
                )
            if not isinstance(item, str) and not -len(names) <= item < len(names):
                raise ConfigError(
                    f"there is no column {item} of {len(names)}",
                    place=place,
                    remedy=f"Count from 0 to {len(names) - 1}, or give names.",
                )
        return [item if isinstance(item, str) else names[item] for item in given]

    def check_columns(self, numbers: int, levels: int) -> None:
        """Raise where there are no numbers, or no levels."""
        if not (numbers and levels):
            raise DataError(
                "no column holds numbers" if levels else "no column holds levels",
                place=f"{self.name()}.categorical_features",
                remedy="Use SMOTEN." if levels else "Name the columns that do, or use SMOTE.",
            )

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: a sparse matrix has no levels."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


@dataclass(eq=False, repr=False)
class SMOTEN(NeighbourSampler):
    """Make rows of the rare classes where all columns are levels.

    Rows are near by the value difference metric: two levels are like each other where the classes
    have like shares of them. A new row has the levels that are most frequent in the neighbourhood
    of a row.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    k_neighbors : int, default=5
        How many neighbours vote, beside the row itself.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        The columns that count: every value of theirs is a level, numbers too. Text and times are
        those of the parent.

    Notes
    -----
    Missing is a level of its own. A new row has one parent and no step.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
    over-sampling technique", Journal of Artificial Intelligence Research 16, 2002; the metric:
    C. Stanfill, D. Waltz, "Toward memory-based reasoning", Communications of the ACM 29(12), 1986.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"plan": list("aabbcc"), "paid": [True, True, True, False, False, False]})
    >>> SMOTEN(k_neighbors=1).fit_resample(X, [0, 0, 0, 0, 1, 1])[0].tail(2)["plan"].tolist()
    ['c', 'c']
    >>> SMOTEN().fit_resample(X, [0, 0, 0, 0, 1, 1])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: smoten.k_neighbors: 5 neighbours need 6 rows of a class, \
the class 1 has 2. Use at most 1, or RandomOverSampler...
    """

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    k_neighbors: Annotated[int, Ge(1)] = 5
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Make rows of the levels that neighbourhoods have most."""
        return smoten(rows, wanted, self.k_neighbors, maker)

    def note_on_levels(self, columns: int) -> str:
        """Return nothing: this is what was asked for."""
        return ""

    def categories(self, table: Table, columns: list[str]) -> list[str]:
        """Return all features but text and times."""
        told = ("category", "boolean", "integer", "float", "identifier")
        return [name for name in columns if table.kinds[name] in told]

    def coded(self, names: list[str]) -> list[str]:
        """Return all columns: each number is a code."""
        return names

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: a sparse matrix has no levels."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags
