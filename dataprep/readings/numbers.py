"""Numbers in words of people: signs between digits, currencies, negatives."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cache

from dataprep.kinds import Kind
from dataprep.readings.reading import Asked, Reading, all_match
from dataprep.styles import BLANKS, MINUS, Style, any_of, body_pattern

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
_GROUPINGS = (",", ".", " ", "'")
_NUMBER = (
    r"[0-9](?:[0-9.,'\u2019 \u00a0\u202f\u2009]*[0-9])?\.?(?:[eE][+-]?[0-9]{1,3})?"
    r"|[.,][0-9]+(?:[eE][+-]?[0-9]{1,3})?"
)


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


def like_number(cell: str) -> bool:
    """Tell whether a cell is like a number: digits, signs between them, a currency or percent.

    Examples
    --------
    >>> [like_number(cell) for cell in ("-1.234,5", " $ 5 ", "(7 %)", "3e-4", "+1 kr", ".5", "5.")]
    [True, True, True, True, True, True, True]
    >>> [like_number(cell) for cell in ("", "-", "x1", "5 apples", "2024-01-31")]
    [False, False, False, False, False]
    """
    return _affixed().fullmatch(cell.strip()) is not None


def numbers(cells: Sequence[str], asked: Asked, kind: Kind | None) -> list[Reading]:
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
        if not present:
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
        if all_match(body_pattern(kind, decimal, grouping, indian), bodies):
            return kind
    return None


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
    return bool(marked) and all_match(f"[1-9][0-9]{{0,2}}({sign}[0-9]{{3}})+", marked)


def grouped_rival(cells: Collection[str]) -> Reading | None:
    """Return the reading of plain decimals as groups: every cell is like 1.234, or below 1,000."""
    body = body_pattern("integer", ",", ".")
    found = any("." in cell for cell in cells)
    if found and all_match(rf"[+\-]?{body}", sorted(cells)):
        return Reading("integer", Style(decimal=",", grouping="."))
    return None
