"""Drift: whether rows are still distributed as those that were learned from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Interval, Lt

from dataprep.columns import resolve
from dataprep.distributions.comparing import compared
from dataprep.distributions.corrections import Correction
from dataprep.distributions.judging import THRESHOLDS, Thresholds
from dataprep.distributions.recording import present, recorded
from dataprep.errors import ConfigError, DriftError
from dataprep.parts import split_column, target_of
from dataprep.stage import Change, Stage, State
from dataprep.table import Table

_LEFT_OUT = ("date", "timestamp", "identifier", "other")
_ALONE = "recorded, and compared with nothing: these are the rows that were learned from"
log = logging.getLogger("dataprep")


@dataclass(eq=False, repr=False)
class Drift(Stage):
    """Compare the distributions of columns with those of the rows that were learned from.

    It changes nothing. ``fit`` records the distributions in ``pipeline.json``, of the rows as the
    stages before left them; these must not drop or make rows, which ``transform`` does not.
    ``transform``, ``apply`` and jobs with frozen statistics compare. Rows that a split holds out
    are compared at once. A column drifts where the difference is significant and large, by one
    measure at least.

    Parameters
    ----------
    columns : str, Selector or list, optional
        By default features and target; not identifiers, and not times, which always move on: of
        these only whether they are there, and the shares of missing values.
    action : {"warn", "fail"}, default="warn"
        ``warn`` tells it in the log and in the summary; ``fail`` raises `DriftError`: exit code 1.
    alpha : float, default=0.01
        The level of significance, after the correction.
    psi : float, default=0.2
        The population stability index that is large enough.
    distance : float, default=0.2
        Likewise the Kolmogorov-Smirnov statistic of numbers, the Jensen-Shannon distance of levels.
    missing : float, default=0.05
        Likewise the difference of the shares of missing values.
    correction : {"holm", "bonferroni", "bh"}, optional, default="holm"
        How p-values are corrected for the number of columns.
    min_rows : int, default=50
        A column with fewer rows on a side is not judged.

    Notes
    -----
    What is recorded are values: up to 107 of each column of numbers, up to 200 levels of others.
    Of texts it is their lengths alone.

    References
    ----------
    N. Siddiqi, *Credit Risk Scorecards*, Wiley, 2006 (the index, and 0.1 and 0.25 as its marks);
    J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Transactions on Information
    Theory 37(1), 1991; S. Rabanser, S. Günnemann and Z. Lipton, "Failing Loudly", NeurIPS 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> train = pd.DataFrame({"age": range(20, 70), "plan": ["a", "b"] * 25})
    >>> stage = Drift(action="fail").fit(train)
    >>> stage.transform(train).equals(train)
    True
    >>> stage.transform(train.assign(age=train["age"] + 30))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.DriftError: drift: age: PSI 2.41, KS 0.6. Look at these rows, or fit anew...
    """

    columns: Any = None
    action: Literal["warn", "fail"] = "warn"
    alpha: Annotated[float, Gt(0), Lt(1)] = 0.01
    psi: Annotated[float, Gt(0)] = 0.2
    distance: Annotated[float, Interval(gt=0, le=1)] = 0.2
    missing: Annotated[float, Interval(gt=0, le=1)] = 0.05
    correction: Correction | None = "holm"
    min_rows: Annotated[int, Ge(1)] = 50

    watches: ClassVar[bool] = True

    @property
    def thresholds(self) -> Thresholds:
        """When a difference counts."""
        return Thresholds(**{name: getattr(self, name) for name in THRESHOLDS})

    def learn(self, table: Table) -> State:
        """Record the distributions."""
        names = compared_columns(table, self.columns)
        others = [] if self.columns is not None else other_columns(table, names)
        found = {**recorded(table, names), **present(table, others)}
        return {"target": target_of(table), "columns": found}

    def change(self, table: Table, state: State) -> Change:
        """Compare, and change nothing."""
        found = compared(state["columns"], table, self.thresholds, target=state["target"])
        notes = found.notes()
        if notes and self.action == "fail":
            raise DriftError(
                "; ".join(note.removeprefix("drift in ") for note in notes),
                place="drift",
                remedy="Look at these rows, or fit anew.",
            )
        for note in notes:
            log.warning("%s", note)
        return Change(notes=notes, facts=found.as_dict())

    def change_training(self, table: Table, state: State) -> Change:
        """Do nothing: these are the rows that were recorded."""
        # Behind a split there are others.
        return Change(notes=[] if split_column(table) else [_ALONE])


def other_columns(table: Table, compared: Sequence[str]) -> list[str]:
    """Return the columns of which it is only looked at whether they are there, and filled."""
    return [n for n in table.columns if n not in compared and n not in table.roles]


def compared_columns(table: Table, columns: Any = None, target: str | None = None) -> list[str]:
    """Return the columns to compare: those named, or features and target but names and times.

    Parameters
    ----------
    table : Table
    columns : str, Selector or list, optional
    target : str, optional
        A column that is the target though the table does not say so.

    Raises
    ------
    ConfigError
        For a column that was asked for and cannot be compared.
    """
    if columns is not None:
        names = resolve(columns, table)
        for name in names:
            if table.kinds[name] == "other":
                raise ConfigError(
                    f"{name!r} holds values of more than one kind, or of none that can be compared",
                    place="columns",
                    remedy="Leave it out, or make numbers, texts or times of it.",
                )
        return names
    return [
        name
        for name, kind in table.kinds.items()
        if name == target or (kind not in _LEFT_OUT and table.roles.get(name, "target") == "target")
    ]
