"""The classes that are to have their share of every part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import narwhals as nw
import numpy as np

from dataprep.columns import known
from dataprep.errors import ConfigError, DataError
from dataprep.kinds import NUMERIC, most_levels
from dataprep.stages.levels import MISSING, Level, codes_of, level_counts
from dataprep.table import Table

_LABEL_MORE = "Label more rows (`dataprep label-queue` chooses them), or leave the split out."


class Strata(NamedTuple):
    """A column of classes.

    Parameters
    ----------
    column : str
    levels : list of values, in order
    codes : array of int64 of shape (n_rows,)
        The place of each row's class among the levels; that after the last of them where it is
        missing.
    """

    column: str
    levels: list[Level]
    codes: np.ndarray

    @property
    def needed(self) -> np.ndarray:
        """Which codes must be in every part: all but the missing class."""
        return np.arange(len(self.levels) + 1) < len(self.levels)


class Unlabelled(NamedTuple):
    """Rows that lack what is to be predicted: no model can be judged by them.

    Parameters
    ----------
    column : str
        The target.
    rows : array of bool of shape (n_rows,)
    """

    column: str
    rows: np.ndarray


def unlabelled_of(table: Table) -> Unlabelled | None:
    """Return the rows without a target; None where there is no target, or no such row.

    Raises
    ------
    DataError
        When no row has one.
    """
    target = next(iter(table.of_role("target")), None)
    present = 0 if target is None else table.counts([target])[target]
    if target is None or present == table.height():
        return None
    if not present:
        raise DataError(
            f"{target!r} is missing in every row: no model can be judged by any part",
            place="split",
            remedy="Label some rows (`dataprep label-queue` chooses them), or leave the split out: "
            "rules (labeling_rules) need no labels.",
        )
    return Unlabelled(target, lacking(table.matrix([target])[target]))


def lacking(values: np.ndarray) -> np.ndarray:
    """Return where values are missing."""
    missing: np.ndarray = codes_of(values, []) == MISSING
    return missing


def strata_of(table: Table, stratify: bool | str | None) -> Strata | None:
    """Return the classes that matter to a split; None where none do.

    Parameters
    ----------
    table : Table
    stratify : bool or str, optional
        A column; True: the target; None: the target where it is a class; False: none.

    Raises
    ------
    ConfigError
        When the target is asked for, and there is none.
    DataError
        When a column is asked for that is no class.
    """
    if stratify is False:
        return None
    target = next(iter(table.of_role("target")), None)
    column = known(stratify, table, "split.stratify") if isinstance(stratify, str) else target
    if column is None:
        if stratify:
            raise ConfigError(
                "there is no target to stratify by",
                place="split.stratify",
                remedy="Name a column, or the pipeline's target.",
            )
        return None
    if (why := _no_class(table, column)) is not None:
        if stratify:
            raise DataError(
                f"{column!r} {why}, it is no class",
                place="split.stratify",
                remedy="Name a category, bin this column first, or leave stratify out.",
            )
        return None
    levels = list(level_counts(table, column))
    codes = codes_of(table.matrix([column])[column], levels)
    return Strata(column, levels, np.where(codes < 0, len(levels), codes))


def _no_class(table: Table, column: str) -> str | None:
    """Return why a column holds no classes; None where it does."""
    kind = table.kinds[column]
    if kind in ("date", "timestamp", "other"):
        return f"is of kind {kind}"
    if kind == "float":
        whole = table.values(whole=(nw.col(column).fill_null(0.0) % 1 == 0).all())
        if not whole["whole"]:
            return "has fractions"
    present = table.counts([column])[column]
    if not present:
        return "has no value"
    most = most_levels(present)
    if kind == "boolean" or not table.many_levels([column], most):
        return None
    what = "numbers" if kind in NUMERIC else "texts"
    return f"has more than {most} different {what} in {present:,} rows"


def check_room(
    strata: Strata, counts: np.ndarray, wanted: np.ndarray, places: Sequence[str]
) -> None:
    """Raise where a class has too few rows to be in every part, or a part has too few for all.

    ``counts`` are the rows of each class that are drawn, those that have a target.
    """
    parts = f"{len(places)} parts ({', '.join(places)})"
    for level, rows in zip(strata.levels, counts.tolist(), strict=False):
        if 0 < rows < len(places):
            raise DataError(
                f"the class {level!r} of {strata.column} has {rows} row{'s' * (rows != 1)}, "
                f"and there are {parts}",
                place="split.stratify",
                remedy=_what_would_work(rows),
            )
    classes = int((counts[: len(strata.levels)] > 0).sum())
    for place, rows in zip(places, wanted.tolist(), strict=True):
        if rows < classes:
            raise DataError(
                f"the part {place!r} is to have {rows} row{'s' * (rows != 1)}, and there are "
                f"{classes} classes of {strata.column}",
                place="split.stratify",
                remedy="Give it more rows, or give stratify=False.",
            )


def _what_would_work(rows: int) -> str:
    fewer = f"Ask for at most {rows} parts, merge" if rows > 1 else "Merge"
    return f"{fewer} or drop the class, or give stratify=False."


def check_in_every_part(
    strata: Strata | None, unlabelled: Unlabelled | None, rows: np.ndarray, places: Sequence[str]
) -> None:
    """Raise where a class is missing in a part, whatever the way in which rows were divided.

    Parameters
    ----------
    strata : Strata, optional
    unlabelled : Unlabelled, optional
        A class all of whose rows are among them is in no part but training.
    rows : array of int64 of shape (n_rows,)
        The place of each row among the parts.
    places : sequence of str
    """
    if strata is None:
        return
    count, parts = len(strata.levels) + 1, len(places)
    found = np.bincount(strata.codes * parts + rows, minlength=count * parts)
    found = found.reshape(count, parts)[:-1]
    drawn = strata.codes if unlabelled is None else strata.codes[~unlabelled.rows]
    there = np.bincount(drawn, minlength=count)[:-1] > 0
    for code, place in np.argwhere((found == 0) & there[:, None]):
        total = int(found[code].sum())
        raise DataError(
            f"the class {strata.levels[code]!r} of {strata.column}, with {total:,} "
            f"row{'s' * (total != 1)} in all, has none in the part {places[place]!r}",
            place="split",
            remedy="Make the part larger, divide in another way, merge or drop the class, or give "
            "stratify=False.",
        )


def check_labelled(unlabelled: Unlabelled | None, rows: np.ndarray, places: Sequence[str]) -> None:
    """Raise where a part has no row with a target, whatever the way in which rows were divided."""
    if unlabelled is None:
        return
    labelled = np.bincount(rows[~unlabelled.rows], minlength=len(places))
    for place in np.flatnonzero(labelled == 0).tolist():
        raise DataError(
            f"no row in the part {places[place]!r} has a target: {unlabelled.column!r} is missing "
            f"in {int(unlabelled.rows.sum()):,} of {len(rows):,} rows",
            place="split",
            remedy=_LABEL_MORE,
        )
