"""What texts may mean: the kinds and styles in which all of some cells can be read.

Nothing is decided from these cells alone: whoever asks holds the readings against all rows, and
comes back with the cells that one did not fit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from dataprep.kinds import (
    CANDIDATES,
    NUMERIC,
    PATTERNS,
    Kind,
    named_like_date,
    named_like_identifier,
)
from dataprep.styles import (
    BLANKS,
    BOOLEANS,
    MINUS,
    Style,
    any_of,
    body_pattern,
    date_pattern,
)

CURRENCIES = (
    "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₫", "₪", "฿", "₦", "₱", "₡", "₵", "₸", "¢",
    "R$", "US$", "A$", "C$", "CA$", "AU$", "NZ$", "HK$", "S$", "NT$", "zł", "Kč", "kr", "kr.",
    "Ft", "lei", "Fr.", "Rs", "Rs.", "лв", "\u0440\u0443\u0431.",
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY",
    "RMB", "INR", "RUB", "BRL", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
    "RON", "BGN", "TRY", "UAH", "ILS", "ZAR", "MXN", "ARS", "CLP", "COP", "PEN", "KRW", "TWD",
    "HKD", "SGD", "THB", "IDR", "MYR", "PHP", "VND", "AED", "SAR", "EGP", "NGN", "KES", "PKR",
)  # fmt: skip
PERCENT = ("%", "\u2030")
COMPACT = "(1[6-9]|2[01])[0-9]{2}" + date_pattern("%Y%m%d").removeprefix("[0-9]{4}")
"""20240131: a day in a column that says so."""
_GROUPINGS = (",", ".", " ", "'")
_NUMBER = r"[0-9](?:[0-9.,'\u2019 \u00a0\u202f\u2009]*[0-9])?(?:[eE][+-]?[0-9]{1,3})?|[.,][0-9]+"


@dataclass(frozen=True)
class Asked:
    """What a person says of how values are written.

    Parameters
    ----------
    decimal, thousands : str, optional
        The sign before decimals, and the sign between thousands.
    date_order : {"day", "month"}, optional
        Whether the day or the month comes first.
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
    """Return ``"day"`` or ``"month"`` where a date in numbers begins with it, else ``""``.

    Dates with dots begin with the day wherever they are written.
    """
    head = style.date.replace("%-", "%")[:5]
    if head[:2] in ("%d", "%m") and head[3:] in ("%d", "%m"):
        return "day" if head.startswith("%d") else "month"
    return ""


def rivals(
    name: str,
    cells: Collection[str],
    asked: Asked = NOTHING_ASKED,
    tried: Collection[Reading] = (),
    kind: Kind | None = None,
) -> list[Reading]:
    """Return the readings that all cells allow: one, or two that give other values.

    Parameters
    ----------
    name : str
        The column's name: 20240131 is a date where it says so.
    cells : collection of str
        Texts without blanks around them, none of which stands for a missing value.
    asked : Asked, optional
    tried : collection of Reading, optional
        Those that some other cell did not allow.
    kind : Kind, optional
        The only kind that is wanted.

    Examples
    --------
    >>> [(r.kind, r.style.plain()) for r in rivals("x", {"1.234,5", "7"})]
    [('float', {'decimal': ',', 'grouping': '.'})]
    >>> [(r.kind, r.style.plain()) for r in rivals("x", {"1,234", "7"})]
    [('integer', {'grouping': ','}), ('float', {'decimal': ','})]
    >>> [r.style.date for r in rivals("x", {"03/04/2024"})]
    ['%d/%m/%Y', '%m/%d/%Y']
    """
    for found in _readings(name, sorted(cells), asked, kind):
        left = [
            reading
            for reading in found
            if reading not in tried
            and asked.allows(reading)
            and (kind is None or reading.kind == kind)
        ]
        if left:
            return left
    return []


def _readings(
    name: str, cells: Sequence[str], asked: Asked, kind: Kind | None
) -> Iterable[list[Reading]]:
    if named_like_date(name) or kind == "date":
        yield _compact_dates(cells)
    for plain in CANDIDATES:
        if _all_match(PATTERNS[plain], cells):
            yield [Reading(plain)]
    if not cells or not any(map(str.isdigit, "".join(cells[:1]))):
        yield _words(cells)
        # Names of months may stand first; numbers have a digit in every cell.
        yield _dates(cells, asked)
        return
    yield _dates(cells, asked)
    if not named_like_identifier(name) or kind is not None:
        yield _numbers(cells, asked, kind)


def _all_match(pattern: str, cells: Sequence[str]) -> bool:
    match = _compiled(pattern).fullmatch
    return all(map(match, cells))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _compact_dates(cells: Sequence[str]) -> list[Reading]:
    """Return 20240131 as a date."""
    found = bool(cells) and _all_match(COMPACT, cells)
    return [Reading("date", Style(date="%Y%m%d"))] if found else []


def _words(cells: Sequence[str]) -> list[Reading]:
    """Return words for true and false other than the English ones: both must be there."""
    words = {cell.lower() for cell in cells}
    for trues, falses in BOOLEANS[1:]:
        if words <= {*trues, *falses} and words & set(trues) and words & set(falses):
            true = next(word for word in trues if word in words)
            false = next(word for word in falses if word in words)
            return [Reading("boolean", Style(true=true, false=false))]
    return []


# ---- dates


def _formats() -> list[str]:
    days = []
    for sign in "/-.":
        for year in ("%Y", "%y"):
            days += [f"%d{sign}%m{sign}{year}", f"%m{sign}%d{sign}{year}"]
    days += ["%Y/%m/%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y.%-m.%-d", "%Y-%-m-%-d"]
    for month in ("%b", "%B"):
        days += [f"%d{sign}{month}{sign}{year}" for sign in "- /." for year in ("%Y", "%y")]
        days += [f"%d. {month} %Y", f"{month} %d, %Y", f"{month} %d %Y", f"%Y-{month}-%d"]
    return days


_TIMES = (
    "%H:%M", "%H:%M:%S", "%H:%M:%S.%g", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p",
    "%I:%M:%S%p",
)  # fmt: skip
_FORMATS = _formats()
_DATES = re.compile(r"[0-9]{1,4}[-/. ]|[A-Za-z]{3,9}[ -]|[0-9]{1,2}\. [A-Za-z]")


def _dates(cells: Sequence[str], asked: Asked) -> list[Reading]:
    """Return the formats of dates and times that all cells are in."""
    if not cells or not _DATES.match(cells[0]):
        return []
    zoned = _zoned(cells)
    if zoned:
        return zoned
    found = []
    clock = ":" in cells[0]
    for format in _FORMATS:
        # What cannot begin a cell need not be tried with each time.
        head = date_pattern(format)
        if not (_compiled(head).match(cells[0]) if clock else _all_match(head, cells)):
            continue
        for time in [f"{sign}{t}" for sign in (" ", "T", ", ") for t in _TIMES] if clock else [""]:
            if _all_match(date_pattern(format + time), cells):
                kind: Kind = "timestamp" if time else "date"
                found.append(Reading(kind, _cased(_padded(format + time, cells), cells)))
                break
    dotted = [r for r in found if r.style and r.style.date.replace("%-", "%")[2:3] == "."]
    if asked.date_order != "month" and any(order_of(r.style or Style()) == "month" for r in dotted):
        # Dates with dots begin with the day, unless a person says otherwise.
        return [r for r in found if order_of(r.style or Style()) != "month"]
    return found[:2] if found and order_of(found[0].style or Style()) else found[:1]


def _padded(format: str, cells: Sequence[str]) -> str:
    """Return a format with hyphens where days, months and hours lack their zeros."""
    if format.startswith("%Y") or _all_match(date_pattern(format, padded=True), cells):
        return format
    return re.sub("%([dmHI])", r"%-\1", format)


def _cased(format: str, cells: Sequence[str]) -> Style:
    named = "%b" in format.lower()
    return Style(date=format, upper=named and all(cell == cell.upper() for cell in cells))


def _zoned(cells: Sequence[str]) -> list[Reading]:
    """Return times of ISO 8601 with their offset from UTC."""
    style = replace(iso_style(cells[:1]) or Style(date="%Y-%m-%d %H:%M:%S"), zone="Z")
    if not _all_match(style.pattern("timestamp"), cells):
        return []
    zones = {match[0] for cell in cells if (match := re.search("(Z|[+-][0-9:]{2,6})$", cell))}
    zone = zones.pop() if len(zones) == 1 else "Z"
    return [Reading("timestamp", replace(style, zone=zone))]


def iso_style(cells: Iterable[str]) -> Style | None:
    """Return how plain times are written, where that is not ``2024-01-31 10:00:00``."""
    for cell in cells:
        sign = "T" if "T" in cell else " "
        clock = re.split("[T ]", cell)[1:]
        time = re.match("[0-9:]+(\\.[0-9]+)?", clock[0]) if clock else None
        if not time:
            return None
        seconds = ":%S" if time[0].count(":") == 2 else ""
        fraction = "" if not time[1] else ".%g" if len(time[1]) == 4 else ".%f"
        format = f"%Y-%m-%d{sign}%H:%M{seconds}{fraction}"
        return None if format == "%Y-%m-%d %H:%M:%S" else Style(date=format)
    return None


# ---- numbers


@cache
def _affixed() -> re.Pattern[str]:
    words = sorted((*CURRENCIES, *PERCENT), key=len, reverse=True)
    affix = "|".join(map(re.escape, words))
    blank = f"[{BLANKS}]*"
    sign = rf"[+\-{MINUS}]?"
    return re.compile(
        rf"(?P<open>\()?(?P<sign>{sign})(?P<prefix>(?:{affix}){blank})?(?P<inner>{sign})"
        rf"(?P<body>{_NUMBER})(?P<trail>-?)(?P<suffix>{blank}(?:{affix}))?(?P<last>-?)(?P<close>\))?"
    )


def _numbers(cells: Sequence[str], asked: Asked, kind: Kind | None) -> list[Reading]:
    """Return the readings as numbers: as groups of thousands first, then as decimals."""
    match = _affixed().fullmatch
    prefixes: dict[str, int] = {}
    suffixes: dict[str, int] = {}
    bodies, forms = set(), set()
    for cell in cells:
        found = match(cell)
        if found is None or bool(found["open"]) != bool(found["close"]):
            return []
        for counts, affix in ((prefixes, found["prefix"]), (suffixes, found["suffix"])):
            counts[affix or ""] = counts.get(affix or "", 0) + 1
        bodies.add(found["body"])
        signs = found["sign"] + found["inner"] + found["trail"] + found["last"]
        form = "()" if found["open"] else "5-" if found["trail"] + found["last"] else signs
        if (found["open"] and signs) or len(signs) > 1:
            return []
        forms.add(form)
    negatives = forms - {"", "+", "-"}
    if len(negatives) > 1 or not (_agree(prefixes) and _agree(suffixes)):
        return []
    if any(prefixes) and any(suffixes):
        return []
    common = Style(
        prefix=max(sorted(prefixes), key=prefixes.__getitem__),
        suffix=max(sorted(suffixes), key=suffixes.__getitem__),
        negative=negatives.pop() if negatives else "-",  # type: ignore[arg-type]
    )
    return [
        Reading(found, replace(common, decimal=decimal, grouping=grouping, indian=indian))
        for found, decimal, grouping, indian in _bodies(sorted(bodies), common, asked, kind)
    ]


def _agree(affixes: Iterable[str]) -> bool:
    """Tell whether all cells have the same affix, whatever blanks are beside it."""
    return len({affix.strip(BLANKS) for affix in affixes}) == 1


def _bodies(
    bodies: Sequence[str], common: Style, asked: Asked, wanted: Kind | None
) -> list[tuple[Kind, str, str, bool]]:
    """Return kind, decimal sign, grouping and whether it is Indian: of groups, of decimals."""
    joined = "".join(bodies)
    grouped: list[tuple[Kind, str, str, bool]] = []
    decimals: list[tuple[Kind, str, str, bool]] = []
    for sign in _GROUPINGS:
        present = re.search(any_of(sign), joined)
        if not present or _is_code(bodies, sign, asked):
            continue
        others = [","] if sign == "." else ["."] if sign == "," else [".", ","]
        for decimal, indian in [(d, i) for d in others for i in (False, sign == ",")]:
            made = _kind_in(bodies, decimal, sign, indian, wanted)
            if made:
                grouped.append((made, decimal, present[0], indian and sign == ","))
                break
    for decimal in ".,":
        made = _kind_in(bodies, decimal, "", False, wanted)
        if made and (decimal in joined or (made == "integer" and decimal == ".")):
            decimals.append((made, decimal, "", False))
    told = asked.thousands == "." or asked.decimal == ","
    plain = (common.prefix + common.suffix).strip(BLANKS) in ("", *PERCENT)
    if plain and not told and any(decimal == "." for _, decimal, _, _ in decimals):
        # A point is a decimal sign unless another cell speaks against it.
        return decimals[:1]
    return [*grouped[:1], *decimals[:1]]


def _kind_in(
    bodies: Sequence[str], decimal: str, grouping: str, indian: bool, wanted: Kind | None
) -> Kind | None:
    kinds: tuple[Kind, ...] = ("float",) if wanted == "float" else ("integer", "float")
    for kind in kinds:
        if _all_match(body_pattern(kind, decimal, grouping, indian), bodies):
            return kind
    return None


def _is_code(bodies: Sequence[str], sign: str, asked: Asked) -> bool:
    """Tell whether what looks like groups names something: an address, a phone number."""
    if asked.thousands is not None:
        return False
    parts = [re.split(any_of(sign), body) for body in bodies]
    four = all(len(groups) == 4 and all(g.isdigit() for g in groups) for groups in parts)
    if sign == "." and four and all(int(g) < 256 for groups in parts for g in groups):
        return True
    # Quantities are of several lengths; telephone and tax numbers of one.
    lengths = {sum(map(len, groups)) for groups in parts}
    long = len(bodies) > 2 and len(lengths) == 1 and lengths.pop() >= 9
    return sign in " ." and long and all(body.replace(sign, "").isdigit() for body in bodies)


def unsettled(reading: Reading, cells: Iterable[str], asked: Asked) -> bool:
    """Tell whether no cell says that its comma, or a currency's point, is before decimals."""
    style = reading.style or Style()
    if reading.kind != "float" or style == Style() or style.grouping:
        return False
    if asked.decimal or asked.thousands or style.suffix.strip(BLANKS) in PERCENT:
        return False
    sign = re.escape(style.decimal)
    bodies = [found["body"] for cell in cells if (found := _affixed().fullmatch(cell))]
    marked = [body for body in bodies if style.decimal in body]
    return bool(marked) and _all_match(f"[1-9][0-9]{{0,2}}({sign}[0-9]{{3}})+", marked)


def grouped_rival(cells: Collection[str]) -> Reading | None:
    """Return the reading of plain decimals as groups: every cell is like 1.234, or below 1,000."""
    body = body_pattern("integer", ",", ".")
    found = any("." in cell for cell in cells)
    if found and _all_match(rf"[+\-]?{body}", sorted(cells)):
        return Reading("integer", Style(decimal=",", grouping="."))
    return None
