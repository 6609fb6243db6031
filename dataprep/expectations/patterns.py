"""What the texts of a column have in common, as a regular expression that every engine reads."""

from __future__ import annotations

import re
from itertools import groupby

import narwhals as nw

from dataprep.table import Table

EMAIL = r"^[^@ ]+@[^@ ]+\.[^@ .]+$"
_SAMPLE = 1000
_MOST_RUNS = 12
_CLASSES = {"9": "[0-9]", "a": "[a-z]", "A": "[A-Z]"}


def pattern_of(table: Table, column: str) -> str | None:
    """Return a pattern that all texts of a column match, or None where none is plain.

    It is read off a sample and kept only where every row has it.
    """
    sampled = table.engine.sample(table.frame, [column], _SAMPLE)[column]
    seen = [text for text in sampled if isinstance(text, str) and text]
    found = common(seen)
    if found is None:
        return None
    missed = (~nw.col(column).str.contains(found)).sum()
    return None if table.values(n=missed)["n"] else found


def common(texts: list[str]) -> str | None:
    """Return a pattern that all of some texts match.

    Examples
    --------
    >>> common(["C-000006", "C-000012"])
    '^C-[0-9]{6}$'
    >>> common(["AB-1", "CD-22", "EF-333"])
    '^[A-Z]{2}-[0-9]{1,3}$'
    >>> common(["ann@example.net", "b.c@example.com"]) == EMAIL
    True
    >>> common(["a note", "Another, longer note"])
    """
    if len(set(texts)) < 2:
        return None
    if all(re.search(EMAIL, text) for text in texts):
        return EMAIL
    runs = [_runs(text) for text in texts]
    if len({tuple(kind for kind, _ in each) for each in runs}) > 1 or len(runs[0]) > _MOST_RUNS:
        return None
    parts = []
    for pieces in zip(*runs, strict=True):
        kind, same = pieces[0][0], {piece for _, piece in pieces}
        if kind not in _CLASSES or (len(same) == 1 and kind != "9"):
            if len(same) > 1:
                return None
            parts.append(re.escape(pieces[0][1]).replace("\\-", "-").replace("\\ ", " "))
            continue
        lengths = {len(piece) for piece in same}
        low, high = min(lengths), max(lengths)
        times = "" if high == 1 else f"{{{low}}}" if low == high else f"{{{low},{high}}}"
        parts.append(_CLASSES[kind] + times)
    if not any("[" in part for part in parts):
        return None
    return f"^{''.join(parts)}$"


def _runs(text: str) -> list[tuple[str, str]]:
    """Return runs of digits, of small and of large letters; other signs are runs of their own."""
    return [(kind, "".join(run)) for kind, run in groupby(text, key=_class_of)]


def _class_of(sign: str) -> str:
    if "0" <= sign <= "9":
        return "9"
    if "a" <= sign <= "z":
        return "a"
    return "A" if "A" <= sign <= "Z" else f"={sign}"
