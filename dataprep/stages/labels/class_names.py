"""The classes of a target by what people write for them."""

from __future__ import annotations

import math
import re

from dataprep.errors import DataError
from dataprep.kinds import LARGEST
from dataprep.resampling.classes import matched
from dataprep.stages.formulas import FIRST
from dataprep.stages.levels import EXACT, Level, level_counts, plain_level
from dataprep.styles import truth_of
from dataprep.table import Table

_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")


def check_names_classes(table: Table, target: str, place: str) -> None:
    """Raise for a target of dates, or of what is no plain value."""
    if table.kinds[target] in ("date", "timestamp", "other"):
        raise DataError(
            f"{target!r} is of kind {table.kinds[target]}, it names no classes",
            place=place,
            remedy="Name a column of classes as the target.",
        )


def check_no_soft_labels(table: Table, place: str) -> None:
    """Raise where soft labels would go on to say what the label of a row was before.

    Raises
    ------
    DataError
        When there are columns of soft labels.
    """
    soft = table.of_role("soft_label")
    if soft:
        raise DataError(
            f"{soft[0]!r} and other soft labels would still teach the label that a row had before",
            place=place,
            remedy="Let this stage stand before the one that gives soft labels, or soft be false.",
        )


class Classes:
    """What a label names: a class that rows have, or a new one where that is allowed.

    Parameters
    ----------
    table : Table
    target : str
    new_labels : bool
        Whether labels may name classes that no row has. Where no row has a label, they may.

    Attributes
    ----------
    counts : dict of level to int
        The rows of each class.
    """

    def __init__(self, table: Table, target: str, *, new_labels: bool) -> None:
        self.counts = level_counts(table, target)
        self._target = target
        self._dtype = table.frame.collect_schema()[target]
        self._boolean = table.kinds[target] == "boolean"
        self._new = new_labels or not self.counts

    def named(self, text: str) -> Level | None:
        """Return the class that a text means; None where there is none.

        Numbers are compared as numbers: a spreadsheet writes 1 as 1.0. What the column cannot hold,
        such as 2.5 among whole numbers, is no class.
        """
        if not text:
            return None
        if self._dtype.is_numeric():
            number = self._number(text)
            return number if self._new or number in self.counts else None
        for form in _forms(text):
            try:
                found: Level = matched(form, self.counts, "", self._target)
            except DataError:
                continue
            return found
        if not self._new:
            return None
        return truth_of(text) if self._boolean else text

    def are_same(self, was: str | None, text: str) -> bool:
        """Tell whether a label that a row had is the one that it has; None: not to be compared."""
        if was is None or was == text:
            return True
        return bool(was) == bool(text) and self.named(was) == self.named(text) is not None

    def _number(self, text: str) -> Level | None:
        """Return the number that a text means, if the column can hold it to the last digit."""
        if _WHOLE.fullmatch(text):
            number: Level = int(text.partition(".")[0])
        else:
            try:
                value = float(text)
            except ValueError:
                return None
            if not math.isfinite(value):
                return None
            number = plain_level(value)
        if self._dtype.is_integer():
            return number if isinstance(number, int) and self._holds(number) else None
        return number if isinstance(number, float) or abs(int(number)) <= EXACT else None

    def _holds(self, number: int) -> bool:
        bits = int(str(self._dtype).removeprefix("U").removeprefix("Int"))
        if self._dtype.is_unsigned_integer():
            return 0 <= number <= min((1 << bits) - 1, LARGEST)
        return abs(number) <= min((1 << bits - 1) - 1, LARGEST)


def _forms(text: str) -> list[str]:
    """Return what a text may stand for: a spreadsheet writes 1 as 1.0, a queue =x as '=x."""
    if _WHOLE.fullmatch(text):
        return [text, text.partition(".")[0]]
    guarded = text.startswith("'") and text[1:].startswith(FIRST)
    return [text, text[1:].strip()] if guarded else [text]
