"""Spelling: rare values that are a few typed characters away from a much more frequent one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import numpy as np

from dataprep.suspects.evidence import Evidence

FARTHEST = 0.34
"""Edits for each character up to which a value may be another one typed wrong."""
MOST_LEVELS = 2000
"""How many frequent values a column's profile holds."""
COMPARABLE = 20
"""Neighbours of which one is so many times as frequent do not count as two values of their own."""
RARER = 5
"""How many times as frequent the other value must be."""
COMMON_NEIGHBOURS = 0.5
"""Where so many frequent values have a neighbour like that, being near says nothing."""
MOST_LIKE = 0.95
"""Of a column's rare values, at least the rest of this share is like no other."""
LEAST_TYPED = 0.002
"""The least share of a value's rows to be typed wrong that is reckoned with."""
LONGEST = 300
"""Longer texts are not compared."""
MOST_EDITS = 3
"""Differences of more edits than this are counted together."""


def learn_spelling(tally: Mapping[str, int]) -> dict[str, Any]:
    """Return a column's frequent values, and how near to each other those tend to be.

    Parameters
    ----------
    tally : mapping of str to int
        How many rows hold each text.

    Returns
    -------
    dict
        ``levels``: frequent texts with their counts; ``counts``: those of texts that repeat;
        ``unlisted``: how many rows the most frequent of the others may have;
        ``near``: for each kind of difference, the share of frequent texts with such a neighbour
        among them; ``rare``: rare texts that are right, for each frequent text; ``typed``: the
        share of rows with more neighbours of frequent texts than those account for.
    """
    rows = sum(tally.values())
    ordered = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
    solid: list[str] = []
    covered = 0
    for text, count in ordered[:MOST_LEVELS]:
        if count < 3 or (solid and covered >= 0.98 * rows):
            break
        if _comparable(text):
            solid.append(text)
        covered += count
    levels = {text: tally[text] for text in solid}
    learned: dict[str, Any] = {
        "levels": levels,
        "counts": {t: n for t, n in ordered[: 2 * MOST_LEVELS] if n > 1 and t not in levels},
        "near": {},
        "unlisted": ordered[2 * MOST_LEVELS][1] if len(ordered) > 2 * MOST_LEVELS else 1,
    }
    near: dict[str, int] = {}
    for text, found in nearest(solid, solid, apart=True).items():
        alike = [(o, d) for o, d in found if tally[text] <= COMPARABLE * tally[o]]
        alike = [(o, d) for o, d in alike if tally[o] <= COMPARABLE * tally[text]]
        near["any"] = near.get("any", 0) + bool(alike)
        for kind in {wider for o, d in alike for wider in _wider(kind_of_edit(text, o, d))}:
            near[kind] = near.get(kind, 0) + 1
    learned["near"] = {
        kind: round((near.get(kind, 0) + 0.5) / (len(solid) + 1), 6) for kind in sorted(near)
    }
    rare = sorted(t for t in tally if t not in learned["levels"] and _comparable(t))
    asked = rare[:: 1 + len(rare) // MOST_LEVELS]
    close = nearest(asked, solid)
    like = len(close) * len(rare) / max(1, len(asked))
    alike_share = min(learned["near"].get("any", 0.0), MOST_LIKE)
    # Of the rare values of their own, as many have a neighbour as of the frequent ones.
    own = (len(rare) - like) / (1 - alike_share)
    held = sum(tally[text] for text in close) * len(rare) / max(1, len(asked))
    wrong = max(0.0, 1 - own * alike_share / like) * held if like else 0.0
    learned["rare"] = round((own + 1) / (len(solid) + 1), 6)
    learned["typed"] = round(max(LEAST_TYPED, wrong / max(1, rows)), 6)
    return learned


def _wider(kind: str) -> list[str]:
    """Return a kind of difference and those that allow for more of it."""
    name, _, edits = kind.partition(" ")
    return [f"{name} {n}" for n in range(int(edits), MOST_EDITS + 1)] if edits else [kind]


def _comparable(text: str) -> bool:
    return 1 < len(text) <= LONGEST and any(c.isalpha() for c in text)


def nearest(
    texts: Sequence[str], others: Sequence[str], *, apart: bool = False
) -> dict[str, list[tuple[str, float]]]:
    """Return for each text the others within `FARTHEST`, nearest first (at most three).

    Distances are edits (transpositions count once) for each character of the longer text, capitals
    and blanks at the ends ignored. ``apart``: a text is no neighbour of itself.
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    if not texts or not others:
        return {}
    right = [other.strip().lower() for other in others]
    found = {}
    step = max(1, 4_000_000 // len(others))
    for start in range(0, len(texts), step):
        batch = texts[start : start + step]
        left = [text.strip().lower() for text in batch]
        distances = cdist(
            left, right, scorer=OSA.normalized_distance, score_cutoff=FARTHEST, dtype=np.float32
        )
        # Beyond the cut-off the distance is given as 1.
        within = distances <= FARTHEST + 1e-6
        for i in np.flatnonzero(within.any(axis=1)).tolist():
            text, close = batch[i], np.flatnonzero(within[i])
            # One more than are kept: one may be the text itself.
            ranked = close[np.argsort(distances[i][close], kind="stable")[:4]].tolist()
            kept = [(others[j], float(distances[i][j])) for j in ranked]
            kept = [(o, d) for o, d in kept if not (apart and o == text)]
            if kept:
                found[text] = kept[:3]
    return found


def kind_of_edit(text: str, other: str, distance: float) -> str:
    """Return what two texts differ in, and how much, in a word that neighbours are counted by.

    Examples
    --------
    >>> [kind_of_edit("ward 1", o, 0.1) for o in ("ward 2", "wart 1", "Ward 1", "ward x")]
    ['digits', 'letters 1', 'form', 'mixed']
    """
    from rapidfuzz.distance import Levenshtein

    a, b = text.strip().lower(), other.strip().lower()
    if a == b:
        return "form"
    touched = ""
    for edit in Levenshtein.editops(a, b):
        touched += a[edit.src_pos] if edit.tag in ("replace", "delete") else ""
        touched += b[edit.dest_pos] if edit.tag in ("replace", "insert") else ""
    digits = sum(c.isdigit() for c in touched)
    if digits:
        return "digits" if digits == sum(c.isalnum() for c in touched) else "mixed"
    edits = round(distance * max(len(a), len(b)))
    return f"letters {min(edits, MOST_EDITS)}"


def judge_spelling(
    texts: Sequence[str], learned: Mapping[str, Any], noise: float = 0.01
) -> dict[str, Evidence]:
    """Return what a column's frequent values have against texts.

    Parameters
    ----------
    texts : sequence of str
    learned : mapping
        What `learn_spelling` returned.
    noise : float, default=0.01
        The share of a value's rows that one expects to be typed wrong.

    Examples
    --------
    >>> learned = learn_spelling({"birmingham": 40, "boaz": 30, "birminghxm": 1})
    >>> judge_spelling(["birminghxm", "boaz", "dothan"], learned)["birminghxm"].repair
    'birmingham'
    """
    levels, counts = learned["levels"], learned["counts"]
    if not levels:
        return {}
    asked = [text for text in texts if _comparable(text)]
    against = {}
    for text, found in nearest(asked, list(levels), apart=True).items():
        count = max(1, levels.get(text, counts.get(text, learned["unlisted"])))
        evidence = [
            (_chance(text, other, distance, count, learned, noise), distance, other)
            for other, distance in found
            if levels[other] >= RARER * count
        ]
        if not evidence:
            continue
        score, distance, other = max(evidence, key=lambda e: (round(e[0], 2), -e[1], e[2]))
        if score < 0.1:
            continue
        rivals = [o for _, d, o in evidence if o != other and d < distance + 0.02]
        against[text] = Evidence(
            score,
            f"like {other[:60]!r}, which is {levels[other] / count:,.0f} times as frequent",
            None if rivals else other,
        )
    return against


def _chance(
    text: str, other: str, distance: float, count: int, learned: Mapping[str, Any], noise: float
) -> float:
    """Return how likely a rare text is a frequent one typed wrong, and not one of its own."""
    kind = kind_of_edit(text, other, distance)
    near = learned["near"].get(kind, 0.5 / (len(learned["levels"]) + 1))
    if near > COMMON_NEIGHBOURS and kind != "form":
        return 0.0
    # Rare values of their own are as often near a frequent one as frequent ones are.
    own = learned["rare"] * near
    expected = min(noise, learned["typed"]) * learned["levels"][other]
    # A wrong text that comes again is one of about as many as the right one has signs.
    same = expected / len(other)
    typed = expected * _at_least(count, same) / _at_least(1, same)
    return float(typed / (typed + own))


def _at_least(count: int, mean: float) -> float:
    """Return how likely a Poisson number is at least ``count``."""
    term, below = exp(-mean), 0.0
    for i in range(count):
        below += term
        term *= mean / (i + 1)
        if term == 0.0 or below >= 1.0:
            break
    return max(1.0 - below, 1e-12)
