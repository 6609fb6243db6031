"""Formats: the shapes of a column's values, and values of another shape."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dataprep.suspects.evidence import Evidence

MAIN = 0.05
"""A shape of at least this share of a column is one of its formats."""
ALONE = 0.9
"""A shape of at least this share is the only format."""
MOST_STRAY = 0.1
"""Where more than this share has none of the formats, the column has no format."""
FIXED = 0.95
"""The share that one exact shape must have for the column's values to be of one length."""
NUMBERS = 0.6
"""The share of plain numbers from which numbers with a unit are strays."""
FEW = 20
"""Fewer values have no format."""
WORDS_FOR_MISSING = frozenset(
    (
        "empty", "missing", "unknown", "unspecified", "undefined", "none", "null", "nan", "na",
        "n/a", "n.a.", "nil", "?", "??", "-", "--", "---", ".", "#n/a", "#value!", "#ref!", "tbd",
        "not available", "not applicable", "not known", "no data", "no value",
    )
)  # fmt: skip
NAMES = frozenset(("Null", "Nan", "Na", "Nil"))
"""So written they are people: who means a missing value writes null, NULL, NaN or nil."""
SHORT = 3
"""A code in capitals of at most so many signs may spell a word for missing: NA is Namibia."""
CLOSED = 100
"""At most so many distinct values, each often repeated, are a list of codes or words."""
OFTEN = (5, 0.0005)
"""A value of such a list that so many rows hold, and this share of them, belongs there."""
RARE_WORD = 0.01
"""A word for missing that more rows than this share hold is one of the column's levels."""

_CLASSES = str.maketrans(
    string.digits + string.ascii_lowercase + string.ascii_uppercase,
    "9" * 10 + "a" * 26 + "A" * 26,
)
_RUN, _CAPITAL = re.compile(r"(.)\1+"), re.compile(r"\bAa\b")
_WORDS = re.compile(r"\b([Aa])(?: [Aa])+\b")
_UNIT = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:\s*[^\w\s]|\s*[^\W\d_]{2})[^\d]*")


def exact_shape(text: str) -> str:
    """Return a text with each digit as 9 and each letter as a, A or (beyond ASCII) w.

    Examples
    --------
    >>> exact_shape("Al-17 é")
    'Aa-99 w'
    """
    shape = text.translate(_CLASSES)
    if shape.isascii():
        return shape
    return "".join("w" if not sign.isascii() and sign.isalpha() else sign for sign in shape)


def loose_shape(text: str) -> str:
    """Return a shape that forgets lengths, capitals within a word, and how many words follow.

    Examples
    --------
    >>> [loose_shape(t) for t in ("New York City", "boston", "12.50", "1xx18", " x")]
    ['A', 'a', '9.9', '9a9', ' a']
    """
    return _loose(exact_shape(text))


@lru_cache(maxsize=100_000)
def _loose(exact: str) -> str:
    shape = _RUN.sub(r"\1", exact)
    return _WORDS.sub(r"\1", _CAPITAL.sub("A", shape))


def learn_formats(tally: Mapping[str, int]) -> dict[str, Any]:
    """Return the formats of a column: shapes that nearly all its values have.

    Parameters
    ----------
    tally : mapping of str to int
        How many rows hold each text.

    Returns
    -------
    dict
        ``main`` shapes, the share ``stray`` that has none of them, ``exact`` shape where nearly
        all values have one, whether they are ``numbers``, whether ``words`` for missing are
        suspicious, and the values ``known`` for frequent in a column of few values.
    """
    rows = sum(tally.values())
    loose: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    united: Counter[str] = Counter()
    for text, count in tally.items():
        loose[loose_shape(text)] += count
        exact[exact_shape(text)] += count
        united[loose_shape(text)] += count if _UNIT.fullmatch(text) else 0
    learned: dict[str, Any] = {
        "main": [], "stray": 1.0, "exact": None, "numbers": False, "words": False, "known": []
    }  # fmt: skip
    if rows < FEW:
        return learned
    if len(tally) <= CLOSED and rows >= FEW * len(tally):
        often = max(OFTEN[0], OFTEN[1] * rows)
        learned["known"] = sorted(text for text, count in tally.items() if count >= often)
    numbers = sum(count for shape, count in loose.items() if _is_number(shape))
    least = ALONE if max(loose.values()) >= ALONE * rows else MAIN
    main = [shape for shape, count in sorted(loose.items()) if count >= least * rows]
    if rows > numbers >= NUMBERS * rows and any(_is_number(s) for s in main):
        # A minority with a unit is no format of its own, however regular.
        plain = [s for s in main if _is_number(s) or 2 * united[s] < loose[s]]
        learned["numbers"] = len(plain) < len(main) or numbers > (1 - MOST_STRAY) * rows
        main = plain if learned["numbers"] else main
    stray = 1 - sum(loose[shape] for shape in main) / rows
    if stray <= MOST_STRAY or learned["numbers"]:
        learned |= {"main": main, "stray": round(stray, 6)}
        shape, count = max(exact.items(), key=lambda item: (item[1], item[0]))
        if count >= FIXED * rows and len(tally) > 2:
            learned["exact"] = shape
    words = sum(count for text, count in tally.items() if _says_missing(text, learned))
    learned["words"] = words <= RARE_WORD * rows
    return learned


def _says_missing(text: str, learned: Mapping[str, Any]) -> bool:
    """Tell whether a text is a word for missing, and not one of the column's own values."""
    word = text.strip()
    if word.lower() not in WORDS_FOR_MISSING or word in NAMES or text in learned["known"]:
        return False
    is_code = len(word) <= SHORT and word.isupper() and exact_shape(text) == learned["exact"]
    return not is_code


def _is_number(shape: str) -> bool:
    return re.fullmatch(r"[+-]?9(?:\.9)?", shape) is not None


def judge_format(text: str, learned: Mapping[str, Any]) -> Evidence | None:
    """Return what a column's formats have against a text.

    Examples
    --------
    >>> formats = learn_formats({"10018": 50, "10019": 40, "20001": 9, "1xx18": 1})
    >>> judge_format("1xx18", formats).reason
    "of the form '9aa99', where 99 % are of the form '99999'"
    """
    if _says_missing(text, learned):
        return Evidence(0.75, "a word for a missing value") if learned["words"] else None
    if not learned["main"] or (text in learned["known"] and not learned["numbers"]):
        return None
    shape, sure = loose_shape(text), max(0.0, 1 - learned["stray"] / (2 * MOST_STRAY))
    most = f"{1 - learned['stray']:.0%}".replace("%", " %")
    if learned["exact"] is not None and exact_shape(text) != learned["exact"]:
        return Evidence(
            0.9 * sure,
            f"of the form {exact_shape(text)[:40]!r}, where {most} are of the form "
            f"{learned['exact'][:40]!r}",
        )
    if shape in learned["main"]:
        return None
    if learned["numbers"]:
        found = _UNIT.fullmatch(text.strip())
        repair = found.group(1) if found else None
        return Evidence(max(0.65, 0.9 * sure), "not a plain number, as the others are", repair)
    return Evidence(
        _weight(shape, learned["main"]) * sure,
        f"of the form {shape[:40]!r}, which is rare: {most} are of the form "
        + " or ".join(repr(main[:40]) for main in learned["main"][:3]),
    )


def _weight(shape: str, main: list[str]) -> float:
    """Return how much a stray shape says: words come in more shapes than codes do."""
    together = "".join(main)
    if not any(sign.isalpha() for sign in together):
        return 0.9
    if "9" in shape and "9" not in together:
        return 0.8
    mixed = re.compile(r"9[Aa]|[Aa]9")
    if mixed.search(shape) and not mixed.search(together):
        return 0.8
    return 0.75 if "9" in together and len(main) <= 2 else 0.4
