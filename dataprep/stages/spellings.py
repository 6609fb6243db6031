"""How the values of a column are spelled: its words, the ``T`` of its times, its decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import narwhals as nw

from dataprep.kinds import PATTERNS, Kind
from dataprep.readings import PERCENT, iso_style
from dataprep.styles import BLANKS, Style, family_of
from dataprep.table import ROW, Table, hidden


def add_spellings(table: Table, kinds: Mapping[str, Kind], styles: dict[str, Style]) -> None:
    """Add to the styles how values are written: words, the ``T`` of times, decimals of prices."""
    times = [n for n, kind in kinds.items() if kind == "timestamp" and n not in styles]
    for name, cells in (table.engine.sample(table.frame, times, 200) if times else {}).items():
        plain = [str(cell).strip(" ") for cell in cells if cell is not None]
        found = iso_style(sorted(cell for cell in plain if re.match(PATTERNS["timestamp"], cell)))
        if found:
            styles[name] = found
    for name, style in styles.items():
        affix = (style.prefix + style.suffix).strip(BLANKS)
        if kinds[name] == "float" and affix not in ("", *PERCENT):
            styles[name] = replace(style, decimals=_decimals(table, name, style))
    for name in (name for name, kind in kinds.items() if kind == "boolean"):
        styles[name] = _words_of(table, name, styles.get(name, Style()))
        if styles[name] == Style():
            del styles[name]


def _decimals(table: Table, name: str, style: Style) -> int:
    """Return how many decimals every cell has; 0 where they differ."""
    sign = re.escape(style.decimal)
    cell = nw.col(name).cast(nw.String)
    length = cell.str.replace_all(f"^.*{sign}|[^0-9]", "").str.len_chars()
    present = replace(table, frame=table.frame.filter(cell.str.contains("[0-9]")))
    found = present.values(
        low=length.min(),
        high=length.max(),
        all=cell.str.contains(f"{sign}[0-9]+[^0-9]*$").all(),
    )
    return int(found["low"]) if found["all"] and found["low"] == found["high"] else 0


def _words_of(table: Table, name: str, style: Style) -> Style:
    """Return the style with the most frequent word for true and for false, as they are spelled."""
    spellings = spellings_of(table, name)
    trues, falses = family_of(style)
    true, false = _most(spellings, trues), _most(spellings, falses)
    if trues[0] == "true":
        true = true or _opposite(false, falses, trues)
        false = false or _opposite(true, trues, falses)
    true, false = true or style.true, false or style.false
    plain = (true, false) in (("true", "false"), ("", ""))
    return replace(style, true="" if plain else true, false="" if plain else false)


def spellings_of(table: Table, name: str) -> dict[str, int]:
    """Return how often each text occurs, blanks around it left out."""
    count = hidden("n")
    counted = table.frame.select(ROW, name).group_by(name).agg(nw.len().alias(count))
    spellings: dict[str, int] = {}
    for row in table.engine.rows(counted):
        if row[name] is not None:
            word = str(row[name]).strip(" ")
            spellings[word] = spellings.get(word, 0) + int(row[count])
    return spellings


def _most(spellings: Mapping[str, int], words: Iterable[str]) -> str:
    known = {word: n for word, n in spellings.items() if word.lower() in set(words)}
    return min(known, key=lambda word: (-known[word], word)) if known else ""


def _opposite(word: str, words: Sequence[str], others: Sequence[str]) -> str:
    """Return the word for the other truth value, in the same letters."""
    if not word:
        return ""
    other = others[words.index(word.lower())]
    return other.upper() if word.isupper() else other.title() if word.istitle() else other
