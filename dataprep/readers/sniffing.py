"""How a text is delimited: by what cuts it into the most regular, most telling cells."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from itertools import dropwhile, islice

from dataprep.kinds import MISSING
from dataprep.readers.records import BLANKS, WIDE_BLANKS, Form, Record, sample_records
from dataprep.readings import like_number, like_time

STRONG = (",", ";", "\t", "|", "\x1f", "\x01", "||", "::", "~|~", "|~|", "^", "~")
WEAK = (":", WIDE_BLANKS, " ", BLANKS)
"""Signs that texts and times are full of: they must cut the first line like all others."""
_ROWS = 200
_BEYOND_DOUBT = 0.985
"""No sign of less rank would cut the text any better."""
_WORD = re.compile(r"\s*[\w@.+#/&'()-]+\s*")
_TEXT = re.compile(r"[^;|\t\"]*")


def best_form(text: str, given: Form | None, delimiter: str | None) -> Form:
    """Return the form whose cells are the most regular and the most telling.

    Parameters
    ----------
    text : str
        The beginning of a file.
    given : Form, optional
        Quote and escape where they are known.
    delimiter : str, optional
        The delimiter where it is known.

    Notes
    -----
    In the spirit of G. J. J. van den Burg, A. Nazábal and C. Sutton, "Wrangling messy CSV files by
    detecting row and type patterns", Data Mining and Knowledge Discovery 33 (2019): a dialect is as
    good as its rows are alike, times the share of its cells that look like something.
    """
    text = "".join(islice(io.StringIO(text, newline=""), 2 * _ROWS))
    best, top = Form(delimiter or ",", *_quotes(given)), (0.0, 0)
    delimiters = (delimiter,) if delimiter else (*STRONG, *WEAK)
    for rank, sign in enumerate(delimiters):
        if sign not in text and sign not in (BLANKS, WIDE_BLANKS):
            continue
        if sign * 2 in STRONG and not delimiter and _is_doubled(text, sign):
            continue
        forms = [given_form(sign, given)] if given else list(_forms(text, sign))
        for form in forms:
            score = _score(sample_records(text, form, _ROWS), form)
            score = score if sign in STRONG or delimiter else score * 0.9
            if (round(score, 3), -rank) > top:
                best, top = form, (round(score, 3), -rank)
        if top[0] > _BEYOND_DOUBT:
            break
    if delimiter or top[0] > 0:
        return best
    # A single column: by a sign that does not cut it.
    return given_form(next((sign for sign in STRONG if sign not in text), ","), given)


def _quotes(given: Form | None) -> tuple[str, str]:
    return (given.quote, given.escape) if given else ('"', '"')


def given_form(delimiter: str, given: Form | None) -> Form:
    """Return a delimiter with the quotes that are given."""
    return Form(delimiter, *_quotes(given))


def _forms(text: str, sign: str) -> Iterable[Form]:
    """Give the forms that the signs of a text allow."""
    # Of two that cut a text as well the first is taken.
    forms = [Form(sign), Form(sign, '"', "\\")] if '\\"' in text else [Form(sign)]
    yield from reversed(forms) if _escapes_inside(text, sign) else forms
    if '"' in text and _is_lonely(text):
        yield Form(sign, "", "")
    if _guards_with_single(text, sign):
        yield Form(sign, "'", "'")
        if "\\'" in text:
            yield Form(sign, "'", "\\")
    if f"\\{sign}" in text:
        yield Form(sign, "", "\\")


def _is_lonely(text: str) -> bool:
    """Tell whether a quote often opens and does not end in its line."""
    odd = sum(line.count('"') % 2 for line in text.splitlines()[:_ROWS])
    return odd > 2


def _escapes_inside(text: str, sign: str) -> bool:
    """Tell whether a backslash and a quote stand in quotes, and no cell can end there."""
    d = re.escape(sign)
    return bool(re.search(rf'(?:^|{d}) *"(?:[^"\\]|\\.)*\\"(?! *(?:{d}|[\r\n"]|$))', text, re.M))


def _guards_with_single(text: str, sign: str) -> bool:
    """Tell whether single quotes guard delimiters, or stand around all names or most rows."""
    if "'" not in text or sign in (BLANKS, WIDE_BLANKS):
        return False
    d, text = re.escape(sign), text.replace("\r\n", "\n").replace("\r", "\n")
    head = "\n".join(text.split("\n")[:_ROWS])
    in_quotes = re.compile(rf"'[^']*'(?:{d} *'[^']*')+")
    whole = [bool(in_quotes.fullmatch(line.strip())) for line in head.split("\n") if line.strip()]
    # Names may stand below a title, and then it is the rows that tell.
    if whole and (whole[0] or sum(whole) > len(whole) / 2):
        return True
    around = re.findall(rf"(?:^|{d}) *'((?:[^']|'')*)'(?={d}|\n|$)", head, re.M)
    guarding = [cell for cell in around if sign in cell or "\n" in cell or "''" in cell]
    return len(around) > 2 and bool(guarding)


def _is_doubled(text: str, sign: str) -> bool:
    """Tell whether a sign hardly ever stands alone, but in quotes."""
    text = re.sub('"[^"]*"', '"', text)
    pairs = text.count(sign * 2)
    return pairs > 0 and text.count(sign) - 2 * pairs <= pairs // 20


def _score(records: list[Record], form: Form) -> float:
    """Return how regular rows are, times how telling their cells: 0 for a single column."""
    widths = Counter(len(record.cells) for record in records)
    if not widths:
        return 0.0
    # Of equally frequent widths the wider: title lines are narrow.
    width = max(widths, key=lambda w: (widths[w] if w > 1 else 0, w))
    if width < 2 or (form.delimiter in WEAK and not _is_cut_alike(records[0], width, form)):
        return 0.0
    lines = sum(record.lines for record in records)
    rows = [record.cells for record in records if len(record.cells) == width]
    covered = sum(record.lines for record in records if len(record.cells) == width)
    share = covered / lines
    told = sum(_telling(cell) for row in rows for cell in row) / (len(rows) * width)
    near = sum(n for w, n in widths.items() if w > 1 and abs(w - width) <= 2) / len(records)
    below = list(dropwhile(lambda record: len(record.cells) != width, records))
    even = sum(len(record.cells) == width for record in below) / len(below)
    if len(records[0].cells) == 1 and even < 0.75:
        # Text under a name of its own, with commas here and there.
        return 0.0
    few = 0.7 if len(rows) == 1 and len(records) > 2 else 1.0
    return (0.8 * share + 0.2 * near) * told * few


def _is_cut_alike(first: Record, width: int, form: Form) -> bool:
    """Tell whether a weak sign cuts the first line like the others; colons may lack one name."""
    cells = len(first.cells)
    return cells == width or (form.delimiter == ":" and cells > 2 and abs(cells - width) == 1)


def _telling(cell: str) -> float:
    if cell.strip() in MISSING or like_number(cell) or like_time(cell):
        return 1.0
    if _WORD.fullmatch(cell):
        return 0.97
    if _TEXT.fullmatch(cell):
        # A comma that nothing follows is a delimiter, as a rule.
        return 0.9 if not re.search(r",\S|[:=]\S*[:=]", cell) else 0.6
    if "\n" in cell:
        return 0.5
    return 0.35 if re.search(r"[;|\t]", cell) else 0.6
