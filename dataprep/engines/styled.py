"""Cells in a style, read and written by DuckDB's SQL."""

from __future__ import annotations

from dataprep.engines.sql import in_list, literal
from dataprep.kinds import Kind
from dataprep.styles import APOSTROPHES, BLANKS, MINUS, Style, family_of


def read(text: str, kind: Kind, style: Style, type: str) -> str:
    """Return SQL for the value of a text in a style; null where it has none.

    Parameters
    ----------
    text : str
        SQL for the cell.
    kind : Kind
    style : Style
    type : str
        The SQL type of the value.
    """
    if kind == "boolean":
        true, false = family_of(style)
        word = f"lower(trim({text}))"
        return (
            f"case when {in_list(word, true)} then true when {in_list(word, false)} then false end"
        )
    if style.zone:
        instant = f"try_cast({text} as TIMESTAMPTZ)"
        return f"case when isfinite({instant}) then make_timestamp(epoch_us({instant})) end"
    if style.date and not style.is_iso:
        # A format without the hyphen reads both forms.
        format = style.date.replace("%-", "%").replace("%g", "%f")
        return f"try_strptime(trim({text}), {literal(format)})::{type}"
    return f"try_cast({_plain(text, style)} as {type})"


def _plain(text: str, style: Style) -> str:
    """Return SQL for a number as it stands without a style; what is no number stays none."""
    plain = text
    for affix in (style.prefix, style.suffix):
        if affix:
            plain = _without(plain, affix.strip(BLANKS))
    if style.prefix or style.suffix or style.grouping in tuple(BLANKS):
        plain = f"translate({plain}, {literal(BLANKS)}, '')"
    if style.grouping and style.grouping not in BLANKS:
        signs = APOSTROPHES if style.grouping in APOSTROPHES else style.grouping
        plain = f"translate({plain}, {literal(signs)}, '')"
    if style.decimal != ".":
        plain = f"replace({plain}, {literal(style.decimal)}, '.')"
    if style.negative == MINUS:
        plain = f"replace({plain}, {literal(MINUS)}, '-')"
    if style.negative == "()":
        bare = f"translate({plain}, '()', '')"
        plain = f"case when contains({plain}, '(') then '-' || {bare} else {plain} end"
    if style.negative == "5-":
        bare = f"rtrim({plain}, '- ')"
        plain = (
            f"case when ends_with(rtrim({plain}), '-') then '-' || ltrim({bare}) else {plain} end"
        )
    return plain


def _without(text: str, word: str) -> str:
    return f"replace({text}, {literal(word)}, '')"


def written(value: str, kind: Kind, style: Style) -> str:
    """Return SQL for the text of a value in a style."""
    if kind == "boolean":
        true, false = style.true or "true", style.false or "false"
        return f"case when {value} then {literal(true)} when not {value} then {literal(false)} end"
    if kind in ("date", "timestamp"):
        return _written_date(value, style) if style.date else f"{value}::VARCHAR"
    plain = f"abs({value})::VARCHAR"
    whole = f"split_part({plain}, '.', 1)"
    fraction = f"substr({plain}, strlen({whole}) + 1)"
    if style.decimals:
        short = f"starts_with({fraction}, '.') and strlen({fraction}) <= {style.decimals}"
        padded = f"rpad({fraction}, {style.decimals + 1}, '0')"
        # 1.5e+20 has an exponent behind its decimals.
        fraction = (
            f"case when {short} and not contains({plain}, 'e') then {padded} else {fraction} end"
        )
    if style.grouping:
        grouped = _grouped(whole, style)
        # Digits alone are grouped; 1e+20 has none to group.
        whole = f"case when regexp_full_match({whole}, '[0-9]+') then {grouped} else {whole} end"
    if style.decimal != ".":
        fraction = f"replace({fraction}, '.', {literal(style.decimal)})"
    number = f"{literal(style.prefix)} || {whole} || {fraction} || {literal(style.suffix)}"
    negative = {
        "()": f"'(' || {number} || ')'",
        "5-": f"{number} || '-'",
        MINUS: f"{literal(MINUS)} || {number}",
        "-": f"'-' || {number}",
    }[style.negative]
    return f"case when {value} < 0 then {negative} else {number} end"


def _grouped(whole: str, style: Style) -> str:
    """Return SQL for digits with their groups apart, counted from the right."""
    mark = f"\\1{style.grouping}"

    def apart(digits: str, size: int) -> str:
        every = literal(f"([0-9]{{{size}}})")
        marked = f"regexp_replace(reverse({digits}), {every}, {literal(mark)}, 'g')"
        return f"reverse(rtrim({marked}, {literal(style.grouping)}))"

    if not style.indian:
        return apart(whole, 3)
    upper = apart(f"left({whole}, -3)", 2)
    lakhs = f"{upper} || {literal(style.grouping)} || right({whole}, 3)"
    return f"case when strlen({whole}) > 3 then {lakhs} else {whole} end"


def _written_date(value: str, style: Style) -> str:
    if style.zone:
        hours = 0 if style.zone == "Z" else int(style.zone[:3])
        rest = style.zone[3:].removeprefix(":")
        minutes = hours * 60 + (int(f"{style.zone[0]}{rest}") if rest else 0)
        local = f"({value} + interval ({minutes}) minute)"
        return f"strftime({local}, {literal(style.date)}) || {literal(style.zone)}"
    text = f"strftime({value}, {literal(style.date)})"
    return f"upper({text})" if style.upper else text
