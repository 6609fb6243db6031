"""A reading, what a person may say of it, and cells held against a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dataprep.kinds import NUMERIC, Kind
from dataprep.styles import Style, any_of


@dataclass(frozen=True)
class Asked:
    """What a person says of how values are written.

    Parameters
    ----------
    decimal, thousands : str, optional
        The sign before decimals, and the sign between thousands.
    date_order : {"day", "month", "year"}, optional
        Which comes first; years of four digits speak for themselves.
    """

    decimal: str | None = None
    thousands: str | None = None
    date_order: str | None = None

    def allows(self, reading: Reading) -> bool:
        """Tell whether a reading is not against what was said."""
        style, kind = reading.style or Style(), reading.kind
        if kind in NUMERIC:
            signs = {style.decimal} if kind == "float" else set()
            wrong = self.decimal is not None and bool(signs - {self.decimal})
            wrong |= self.decimal is not None and style.grouping == self.decimal
            wrong |= self.thousands is not None and self.thousands in signs
            wrong |= bool(
                self.thousands
                and style.grouping
                and not re.fullmatch(any_of(self.thousands), style.grouping)
            )
            return not wrong
        return not (self.date_order and order_of(style) not in ("", self.date_order))


NOTHING_ASKED = Asked()


@dataclass(frozen=True)
class Reading:
    """A kind, and the style in which cells are of it; None for the plain one."""

    kind: Kind
    style: Style | None = None


def order_of(style: Style) -> str:
    """Return what a date in numbers begins with where that may be in doubt, else ``""``."""
    head = style.date.replace("%-", "%")[:5]
    orders = {("%d", "%m"): "day", ("%m", "%d"): "month", ("%y", "%m"): "year"}
    return orders.get((head[:2], head[3:]), "")


def all_match(pattern: str, cells: Sequence[str]) -> bool:
    """Tell whether a pattern matches the whole of every cell."""
    match = compiled(pattern).fullmatch
    return all(map(match, cells))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern, compiled once."""
    return re.compile(pattern)
