"""How a column writes its values: signs of numbers, formats of dates, words for true and false.

A style is learned with the kinds (`dataprep.readings`), kept as plain JSON, and read and written
by SQL (`dataprep.engines.styled`). A column without one is written as Python and DuckDB would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Literal

from dataprep.kinds import PATTERNS, Kind

BLANKS = " \u00a0\u202f\u2009"
"""Blank, no-break, narrow no-break and thin blank: one sign, as grouping goes."""
APOSTROPHES = "'\u2019"
MINUS = "\u2212"
"""The minus of Unicode, which typesetters use."""

BOOLEANS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("true", "yes", "t", "y"), ("false", "no", "f", "n")),
    (("on",), ("off",)),
    (("ja",), ("nein",)),
    (("j",), ("n",)),
    (("ja",), ("nee",)),
    (("ja",), ("nej",)),
    (("wahr",), ("falsch",)),
    (("oui",), ("non",)),
    (("vrai",), ("faux",)),
    (("s\u00ed", "si"), ("no",)),
    (("s\u00ec",), ("no",)),
    (("verdadero",), ("falso",)),
    (("vero",), ("falso",)),
    (("sim",), ("n\u00e3o", "nao")),
    (("verdadeiro",), ("falso",)),
    (("tak",), ("nie",)),
    (("ano",), ("ne",)),
    (("da",), ("nu",)),
    (("da",), ("ne",)),
    (("igen",), ("nem",)),
    (("evet",), ("hay\u0131r",)),
    (("kyll\u00e4",), ("ei",)),
    (("\u0434\u0430",), ("\u043d\u0435\u0442",)),
    (("\u0442\u0430\u043a",), ("\u043d\u0456",)),
    (("\u662f",), ("\u5426",)),
    (("\u771f",), ("\u5047",)),
    (("\u306f\u3044",), ("\u3044\u3044\u3048",)),
    (("\uc608",), ("\uc544\ub2c8\uc624",)),
)
"""Words for true and for false, in families: a column keeps to one. English ones may mix."""
_TRUTH = {
    word: meant
    for family in BOOLEANS
    for words, meant in zip(family, (True, False), strict=True)
    for word in words
}

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_LONG_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
_TOKENS = {
    "%d": "(0?[1-9]|[12][0-9]|3[01])",
    "%m": "(0?[1-9]|1[0-2])",
    "%H": "([01]?[0-9]|2[0-3])",
    "%I": "(0?[1-9]|1[0-2])",
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%b": f"(?i:{_MONTHS})",
    "%B": f"(?i:{_LONG_MONTHS})",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
    "%f": "[0-9]{1,6}",
    "%g": "[0-9]{3}",
    "%p": "(?i:am|pm)",
}
_PADDED = {
    "%d": "(0[1-9]|[12][0-9]|3[01])",
    "%m": "(0[1-9]|1[0-2])",
    "%H": "([01][0-9]|2[0-3])",
    "%I": "(0[1-9]|1[0-2])",
}
_UNPADDED = {
    "%-d": "([1-9]|[12][0-9]|3[01])",
    "%-m": "([1-9]|1[0-2])",
}
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"


@dataclass(frozen=True)
class Style:
    """How a column writes its values.

    Parameters
    ----------
    decimal : str, default="."
        The sign before decimals.
    grouping : str, default=""
        The sign between thousands; any of its kind (blanks, apostrophes) is read.
    indian : bool, default=False
        Whether groups are of two digits above the first of three: ``12,34,567``.
    prefix, suffix : str, default=""
        What stands before and after the number, blanks included: ``"$"``, ``" EUR"``, ``" %"``.
    decimals : int, default=0
        How many decimals a number is written with at least; it is read with any.
    negative : {"-", "\u2212", "()", "5-"}, default="-"
        How negative numbers look; a hyphen before them is read in every style.
    date : str, default=""
        The format of dates or times in the letters of ``strftime``: ``"%d/%m/%Y"``.
    upper : bool, default=False
        Whether names of months are in capitals.
    zone : str, default=""
        The offset that times end with: ``"Z"``, ``"+02:00"``. Their values are in UTC.
    true, false : str, default=""
        The words of a boolean column.

    Examples
    --------
    >>> Style(decimal=",", grouping=".", suffix=" EUR").plain()
    {'decimal': ',', 'grouping': '.', 'suffix': ' EUR'}
    >>> bool(re.fullmatch(Style(decimal=",").pattern("float"), "-12,5"))
    True
    """

    decimal: str = "."
    grouping: str = ""
    indian: bool = False
    prefix: str = ""
    suffix: str = ""
    decimals: int = 0
    negative: Literal["-", "\u2212", "()", "5-"] = "-"
    date: str = ""
    upper: bool = False
    zone: str = ""
    true: str = ""
    false: str = ""

    def plain(self) -> dict[str, Any]:
        """Return what differs from the default, as JSON holds it."""
        return {
            item.name: value
            for item in fields(self)
            if (value := getattr(self, item.name)) != item.default
        }

    @property
    def is_iso(self) -> bool:
        """Whether times are those that a cast reads, seconds, fraction and ``T`` as they come."""
        return self.date.startswith(("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"))

    @property
    def reading(self) -> Style | None:
        """The style as reading goes; None where cells are read as they are without one."""
        kept = replace(self, decimals=0)
        if self.is_iso and not self.zone:
            kept = replace(kept, date="")
        if family_of(self) == BOOLEANS[0]:
            kept = replace(kept, true="", false="")
        return None if kept == PLAIN else kept

    @property
    def signs(self) -> str:
        """The signs, other than digits, that cells may be made of."""
        own = (self.decimal, self.grouping, self.prefix, self.suffix, self.negative, self.date)
        extra = BLANKS if self.grouping in BLANKS else APOSTROPHES
        return "".join((*own, extra, self.zone, self.true, self.false))

    def pattern(self, kind: Kind) -> str:
        """Return the regular expression of a whole cell, blanks around it left out."""
        return _pattern(self, kind)


PLAIN = Style()


def truth_of(text: str) -> bool | None:
    """Return what a word for true or for false means; None for any other text.

    Examples
    --------
    >>> truth_of("TRUE"), truth_of("nein"), truth_of("perhaps")
    (True, False, None)
    """
    return _TRUTH.get(text.strip().casefold())


def family_of(style: Style) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words for true and false that a boolean style reads."""
    true, false = style.true.lower(), style.false.lower()
    for trues, falses in BOOLEANS:
        if true in trues and false in falses:
            return trues, falses
    return BOOLEANS[0]


def reading_of(style: Style | None) -> Style | None:
    """Return what of a style matters to reading; None where it is as without one."""
    return style.reading if style else None


def styles_of(state: Mapping[str, Any]) -> dict[str, Style]:
    """Return the styles that a state holds as JSON, if any."""
    return {name: Style(**plain) for name, plain in state.get("styles", {}).items()}


def any_of(sign: str) -> str:
    """Return a regular expression for a sign and those like it."""
    for alike in (BLANKS, APOSTROPHES):
        if sign and sign in alike:
            return f"[{alike}]"
    return re.escape(sign)


def body_pattern(kind: Kind, decimal: str, grouping: str, indian: bool = False) -> str:
    """Return the regular expression of a number without sign, prefix and suffix."""
    # More digits than these are a name: a float would not hold them.
    whole = f"(0|[1-9][0-9]{{0,{17 if kind == 'integer' else 14}}})"
    if grouping:
        sign = any_of(grouping)
        three = f"{sign}[0-9]{{3}}"
        groups = f"[1-9][0-9]{{0,2}}({three}){{0,4}}"
        if indian:
            groups = f"[1-9][0-9]{{0,2}}|[1-9][0-9]?({sign}[0-9]{{2}}){{0,6}}{three}"
        whole = f"(0|{groups})"
    if kind == "integer":
        return whole
    point = re.escape(decimal)
    return f"({whole}({point}[0-9]+)?|{point}[0-9]+)([eE][+-]?[0-9]{{1,3}})?"


@cache
def _pattern(style: Style, kind: Kind) -> str:
    if kind == "boolean":
        words = "|".join(re.escape(word) for words in family_of(style) for word in words)
        return f"(?i:{words})"
    if kind in ("date", "timestamp"):
        if not style.date or (style.is_iso and not style.zone):
            return PATTERNS[kind]
        return PATTERNS[kind][:-1] + _ZONE if style.zone else date_pattern(style.date)
    body = body_pattern(kind, style.decimal, style.grouping, style.indian)
    blank = f"[{BLANKS}]*"
    before = f"({any_of_words(style.prefix)}{blank})" if style.prefix else ""
    after = f"({blank}{any_of_words(style.suffix)})" if style.suffix else ""
    sign = rf"[+\-{MINUS if style.negative == MINUS else ''}]?"
    # The sign stands before the currency or behind it, not on both sides.
    front = f"({sign}{before}|{before}{sign})" if before else sign
    number = f"{front}{body}{after}"
    if style.negative == "()":
        return f"({number}|\\({before}{body}{after}\\))"
    if style.negative == "5-":
        return f"({number}|{before}{body}-{after}|{before}{body}{after}-)"
    return number


def any_of_words(affix: str) -> str:
    """Return a regular expression for a prefix or suffix without its blanks."""
    return re.escape(affix.strip(BLANKS))


def date_pattern(format: str, *, padded: bool = False) -> str:
    """Return the regular expression of a date format.

    A day, month or hour may lack its zero, unless the year leads or ``padded`` says so.
    """
    strict = padded or format.startswith("%Y")
    tokens = {**_TOKENS, **{f"%-{token[1]}": _TOKENS[token] for token in ("%d", "%m", "%H", "%I")}}
    if strict:
        tokens |= {**_PADDED, **_UNPADDED}
    parts = re.split(r"(%-?[a-zA-Z])", format)
    return "".join(tokens.get(part) or re.escape(part) for part in parts)
