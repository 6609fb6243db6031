"""Spellings of the same level: keys that they share, and few edits between them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

Variant = Literal["fingerprint", "ngram", "edit"]

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})
# Only of Latin letters: elsewhere a mark may make another letter, as in Cyrillic and Japanese.
_MARKS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_ABBREVIATED = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
_NO_WORD = re.compile(r"[^\w\s]|_")
_MEANING = re.compile(
    r"\w*\d\w*(?:[.,:/]\d\w*)*"  # numbers, and codes that hold one
    r"|\b[ivx]+\b|(?<![\w-])[^\W\d_](?![\w-])"  # Roman numerals and single letters: Group A
    r"|[+#<>=%~≤≥≠±$€£¥]|(?<!\w)-(?=\d)|(?<=\w)-(?!\w)"  # signs: C and C++, A and A-, -1 and 1
)
_LEAST_LETTERS, _LETTERS_FOR_TWO = 5, 12
_LARGEST_BLOCK = 1000


def folded(level: str) -> str:
    """Return a level in lower case, Latin letters without marks, punctuation kept.

    Examples
    --------
    >>> folded("  U.S.A., São Paulo ")
    'usa., sao paulo'
    """
    text = unmarked(level)
    return _ABBREVIATED.sub("", text.replace("'", "").replace("\u2019", "")).strip()


def unmarked(level: str) -> str:
    """Return a level in lower case, Latin letters without marks, all else kept."""
    text = unicodedata.normalize("NFKD", level).lower().translate(_LETTERS)
    return unicodedata.normalize("NFKC", _MARKS.sub("", text))


def fingerprint(level: str) -> str:
    """Return OpenRefine's fingerprint: the distinct words in order, no punctuation.

    Examples
    --------
    >>> fingerprint("Müller, Anna") == fingerprint("anna  MULLER")
    True
    """
    return " ".join(sorted(set(_NO_WORD.sub("", folded(level)).split())))


def ngram_fingerprint(level: str, n: int = 2) -> str:
    """Return OpenRefine's n-gram fingerprint: the distinct runs of ``n`` letters, in order.

    Examples
    --------
    >>> ngram_fingerprint("Self-emp") == ngram_fingerprint("self emp")
    True
    """
    text = _squeezed(level)
    return "".join(sorted({text[i : i + n] for i in range(len(text) - n + 1)}))


def meaning(level: str) -> list[str]:
    """Return the parts of a level that no spelling may change: numbers, signs, single letters.

    Examples
    --------
    >>> meaning("Type 1"), meaning("type II"), meaning("A-"), meaning("C++")
    (['1'], ['ii'], ['-'], ['c', '+', '+'])
    """
    return _MEANING.findall(folded(level))


def is_misspelt(one: str, other: str) -> bool:
    """Tell whether two levels differ by slips of the pen: one edit in a word, two in all.

    An edit is a letter more, less, another, or two swapped. Words have five letters at least, and
    the same first one; a word that goes on where the other ends (India, Indian) is another word.

    Examples
    --------
    >>> [is_misspelt("Berlin", other) for other in ("Berlln", "Berln", "Merlin", "Berliner")]
    [True, True, False, False]
    >>> is_misspelt("Type 1", "Type 2"), is_misspelt("male", "mole")
    (False, False)
    """
    from rapidfuzz.distance import OSA

    if meaning(one) != meaning(other):
        return False
    pairs = list(zip(*map(_words, (one, other)), strict=False))
    if len(_words(one)) != len(_words(other)):
        return False
    differing = [(a, b) for a, b in pairs if a != b]
    if len(differing) > (2 if len(_squeezed(one)) >= _LETTERS_FOR_TWO else 1):
        return False
    return all(
        a[0] == b[0]
        and min(len(a), len(b)) >= _LEAST_LETTERS
        and max(len(a), len(b)) > _LEAST_LETTERS
        and not a.startswith(b)
        and not b.startswith(a)
        and OSA.distance(a, b, score_cutoff=1) <= 1
        for a, b in differing
    )


def _words(level: str) -> list[str]:
    return _NO_WORD.sub(" ", folded(level)).split()


def _squeezed(level: str) -> str:
    return "".join(_NO_WORD.sub("", folded(level)).split())


def spellings(
    counts: Mapping[str, int], variants: Iterable[Variant], ratio: float
) -> dict[str, str]:
    """Return the levels that are spellings of another, each with the most frequent one.

    Parameters
    ----------
    counts : mapping of str to int
        How often each level occurs.
    variants : iterable of {"fingerprint", "ngram", "edit"}
        What makes two levels one.
    ratio : float
        A level with an edit occurs at most so many times as often as what it is a spelling of.

    Examples
    --------
    >>> counts = {"Berlin": 9, "berlin ": 2, "Berlln": 1, "Type 1": 5, "Type 2": 1}
    >>> spellings(counts, ["fingerprint", "edit"], 0.2)
    {'berlin ': 'Berlin', 'Berlln': 'Berlin'}
    """
    keys = [KEYS[variant] for variant in variants if variant in KEYS]
    near = _neighbours(list(counts)) if "edit" in variants else {}
    kept = Kept(keys)
    found: dict[str, str] = {}
    # The most frequent first: each level joins one that stays, so that no chain drifts away.
    for level in sorted(counts, key=lambda level: (-counts[level], level)):
        to = kept.same_as(level)
        if to is None:
            frequent = (
                other
                for other in near.get(level, ())
                if other not in found and counts[level] <= ratio * counts[other]
            )
            to = next((o for o in sorted(frequent, key=lambda o: (-counts[o], o))), None)
        if to is None:
            kept.add(level)
        else:
            found[level] = to
    return found


class Kept:
    """Levels that stay, found by the keys that their spellings share.

    Parameters
    ----------
    keys : sequence of functions
        From a level to its key.
    """

    def __init__(self, keys: Sequence[Callable[[str], str]]) -> None:
        self.keys = keys
        self._by_key: dict[tuple[int, str], list[str]] = defaultdict(list)

    def add(self, level: str) -> None:
        """Let a level stay."""
        for i, key in enumerate(self.keys):
            self._by_key[i, key(level)].append(level)

    def same_as(self, level: str) -> str | None:
        """Return the first level that shares a key and means the same, if there is one."""
        for i, key in enumerate(self.keys):
            made = key(level)
            for other in self._by_key.get((i, made), ()) if made else ():
                if meaning(other) == meaning(level):
                    return other
        return None


def _same_letters(level: str) -> str:
    """Return the n-gram fingerprint with the number of letters.

    Runs of letters in order forget how often they came: short words of the same few letters
    ("abab", "baba") are then told apart by their first letter.
    """
    text = _squeezed(level)
    return f"{text[:1]}{len(text)} {ngram_fingerprint(level)}" if len(text) > 1 else ""


KEYS: dict[Variant, Callable[[str], str]] = {
    "fingerprint": fingerprint,
    "ngram": _same_letters,
}


def _neighbours(levels: Sequence[str]) -> dict[str, list[str]]:
    """Return the pairs of levels that differ by slips of the pen, both ways."""
    import numpy as np
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    found: dict[str, set[str]] = defaultdict(set)
    for block in _blocks({level: _squeezed(level) for level in levels}):
        texts = [text for _, text in block]
        far = cdist(texts, texts, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
        for i, j in np.argwhere(np.triu(far <= 2, k=1)):
            one, other = block[i][0], block[j][0]
            if is_misspelt(one, other):
                found[one].add(other)
                found[other].add(one)
    return {level: sorted(others) for level, others in found.items()}


def _blocks(texts: Mapping[str, str], letters: int = 2) -> Iterator[list[tuple[str, str]]]:
    """Give groups of levels that begin, or end, alike: the only ones to be compared."""
    for ends in (False, True):
        blocks: dict[str, dict[str, str]] = defaultdict(dict)
        for level, text in texts.items():
            if len(text) >= _LEAST_LETTERS:
                blocks[text[0] + text[-letters:] if ends else text[:letters]][level] = text
        for block in blocks.values():
            if len(block) > _LARGEST_BLOCK and letters < _LETTERS_FOR_TWO:
                yield from _blocks(block, letters + 2)
            elif len(block) > 1:
                listed = sorted(block.items())
                for start in range(0, len(listed), _LARGEST_BLOCK):
                    yield listed[start : start + _LARGEST_BLOCK]
