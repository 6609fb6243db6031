"""What a column holds: its kind, from its type, its name and its values."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

import narwhals as nw

Kind = Literal[
    "integer", "float", "boolean", "date", "timestamp", "category", "text", "identifier", "other"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
NUMERIC: frozenset[Kind] = frozenset({"integer", "float"})
TYPED: frozenset[Kind] = NUMERIC | {"boolean", "date", "timestamp"}
"""Kinds whose every value has one form; the others are text."""

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "-")
"""Disguised missing values of typed columns, blanks around them ignored."""
MISSING_LEVELS = ("", "N/A", "n/a", "?")
"""Those that cannot be a level of a category: ``NA`` is Namibia, ``-`` a sign, ``null`` a word."""

PATTERNS: dict[Kind, str] = {
    "integer": r"^[+-]?(0|[1-9][0-9]{0,18})$",
    "float": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$",
    "boolean": r"(?i)^(true|false|yes|no|t|f|y|n)$",
    "date": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    "timestamp": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]"
    r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$",
}
LEADING_ZERO = r"^[+-]?0[0-9]+$"
CANDIDATES: tuple[Kind, ...] = ("integer", "float", "boolean", "date", "timestamp")

LARGEST = 2**63 - 1
"""The largest whole number that columns of integers compute with."""
FEW_LEVELS = 10
"""A numeric column with at most so many distinct values is a code, not a measurement."""

_ROWS_OF_A_CLASS = 10

_ID_LAST = {
    "id", "ids", "uuid", "guid", "key", "zip", "zipcode", "postcode", "postal", "phone",
    "telephone", "mobile", "fax", "ssn", "isbn", "iban", "code", "number", "no",
}  # fmt: skip
_DATE_WORDS = {
    "date", "day", "dt", "dob", "birthday", "birthdate", "born", "since", "until", "joined",
    "datum", "tag", "stichtag", "geburtsdatum", "fecha", "data", "jour", "ymd", "yyyymmdd",
}  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def few_values(distinct: int, present: int) -> bool:
    """Tell whether numbers are codes: few of them, each there twice or more on average.

    Examples
    --------
    >>> few_values(10, 20), few_values(10, 19), few_values(11, 1000)
    (True, False, False)
    """
    return distinct <= FEW_LEVELS and 2 * distinct <= present


def are_classes(
    distinct: int, present: int, ends: tuple[float | None, float | None], *, whole: bool
) -> bool:
    """Tell whether the numbers of a target are classes, and no quantity.

    Parameters
    ----------
    distinct, present : int
        How many values there are, and how many rows that have one.
    ends : tuple of float
        The smallest value and the largest.
    whole : bool
        Whether all are whole numbers: others are no classes.

    Examples
    --------
    >>> are_classes(3, 6, (1, 7), whole=True), are_classes(3, 5, (1, 7), whole=True)
    (True, False)
    >>> are_classes(12, 240, (0, 11), whole=True), are_classes(12, 240, (0, 12), whole=True)
    (True, False)
    """
    if not whole:
        return False
    # Labels of a hundred classes are 0 to 99; what counts or measures has gaps, or is rarer.
    numbered = ends[0] == 0 and ends[1] == distinct - 1
    return few_values(distinct, present) or (numbered and present >= _ROWS_OF_A_CLASS * distinct)


def named_like_identifier(name: str) -> bool:
    """Tell whether a column's name says that its numbers are names, not quantities.

    Examples
    --------
    >>> [named_like_identifier(n) for n in ("customer_id", "zip", "userId", "paid", "income")]
    [True, True, True, False, False]
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    return bool(words) and (words[-1] in _ID_LAST or words == ["index"])


def named_like_date(name: str) -> bool:
    """Tell whether a column's name says that 20240131 is a day in it.

    Examples
    --------
    >>> [named_like_date(n) for n in ("birth_date", "orderDate", "fecha", "update", "income")]
    [True, True, True, False, False]
    """
    return any(word.lower() in _DATE_WORDS for word in _WORDS.findall(name))


def most_levels(rows: int) -> int:
    """Return how many distinct values a category of ``rows`` present values may have at most."""
    return int(min(1000, max(rows * 0.1, min(20, rows / 2))))


def kind_of_dtype(dtype: Any) -> Kind:
    """Return the kind that a narwhals data type implies; strings come back as ``text``."""
    if dtype in (nw.Int128, nw.UInt128):
        # More than any library computes with.
        return "other"
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "float"
    if dtype == nw.Boolean:
        return "boolean"
    if dtype == nw.Date:
        return "date"
    if dtype == nw.Datetime:
        return "timestamp"
    if dtype in (nw.Categorical, nw.Enum):
        return "category"
    if dtype == nw.String:
        return "text"
    return "other"
