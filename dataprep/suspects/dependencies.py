"""Dependencies: columns whose value follows from one or two others in nearly all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from dataprep.draw import uniform
from dataprep.suspects.texts import Levels
from dataprep.table import steady

SURE = 0.85
"""How much of the way from chance to certainty a dependency must be."""
LOOSE = 0.45
"""The same, where nearly every group has a value far ahead of the next."""
AHEAD = 3
"""How far ahead of the next a group's value then is."""
COVERED = 0.1
"""The share of rows whose group has another row."""
SEARCHED = 10_000
"""In how many rows dependencies are searched for; the groups are learned from all."""
MOST_GIVERS = 4
"""How many dependencies are kept for a column."""
MOST_GROUPS = 10_000
"""How many groups are kept for a dependency."""
PARTNERS = 6
"""How many columns are tried in pairs for a column that no single one gives."""
FEWEST_ROWS = 30
"""The least number of rows in groups with other rows."""
FEWEST = 10
"""How many rows more a pair must explain than its better column."""
GAIN = 0.7
"""What a pair must leave, at most, of what its better column leaves unexplained."""
UNLIKELY = 1e-6
"""A group with other values as unlikely as this is no mistake, it is mixed."""
MOST_REPEATED = 0.5
"""Where more rows than this share repeat others, they are the way the table is."""
BETWEEN = "\x1f"
"""Stands between the texts of two columns in the name of a group."""


def learn_dependencies(
    columns: Mapping[str, Levels], rows: np.ndarray, noise: float = 0.01
) -> list[dict[str, Any]]:
    """Return the dependencies that hold approximately.

    Parameters
    ----------
    columns : mapping of str to Levels
    rows : array of int64, shape (n_rows,)
        Row numbers, by which chance is drawn.
    noise : float, default=0.01
        The share of wrong cells to reckon with.

    Returns
    -------
    list of dict
        ``by`` (one or two columns), ``gives``, ``strength`` from 0 (chance) to 1, ``loose``, and
        ``groups``: ``{group: [value, rows with it, rows]}`` where a value has the majority.

    Notes
    -----
    The strength is (a - c) / (1 - noise - c), at most 1, with a the share of rows whose value is
    the most frequent of the other rows in their group, and c the same share after the values were
    shuffled.

    References
    ----------
    Y. Huhtala et al., "TANE: an efficient algorithm for discovering functional and approximate
    dependencies", The Computer Journal 42(2), 1999.
    """
    names = [name for name, levels in columns.items() if len(levels.texts) > 1]
    if len(names) < 2:
        return []
    order = np.argsort(uniform(rows, 0, "dependencies"), kind="stable")[:SEARCHED]
    order = order[_first_of_each({name: columns[name].codes[order] for name in names})]
    codes = {name: columns[name].codes[order] for name in names}
    shuffled = {
        name: codes[name][np.argsort(uniform(rows[order], 0, f"shuffle {name}"), kind="stable")]
        for name in names
    }
    found: list[dict[str, Any]] = []
    for gives in names:

        def strength_of(*by: str, gives: str = gives) -> tuple[float, bool]:
            parts = tuple(codes[name] for name in by)
            return _strength(parts, codes[gives], shuffled[gives], noise)

        singles = {name: strength_of(name) for name in names if name != gives}
        ranked: list[tuple[float, bool, tuple[str, ...]]]
        ranked = [(strength, loose, (name,)) for name, (strength, loose) in singles.items()]
        for pair in _pairs(singles):
            strength, _ = strength_of(*pair)
            # A pair that adds little to one of its columns only repeats that one.
            if strength >= SURE and _adds(tuple(codes[n] for n in pair), codes[gives]):
                ranked.append((strength, False, pair))
        kept = [one for one in ranked if one[0] >= SURE or one[1]]
        kept.sort(key=lambda one: -round(one[0], 2))
        pairs = [one for one in kept if len(one[2]) == 2][: MOST_GIVERS // 2]
        found += [
            {"by": list(by), "gives": gives, "strength": steady(min(1.0, s)), "loose": s < SURE}
            for s, _, by in pairs + [one for one in kept if len(one[2]) == 1][:MOST_GIVERS]
        ]
    for one in found:
        by = [columns[name] for name in one["by"]]
        one["groups"] = _groups(by, columns[one["gives"]], one["loose"], noise)
    return [one for one in found if one["groups"]]


def _first_of_each(codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return where a row does not repeat an earlier one, unless most rows do.

    Where few rows come again, those groups of a column that has no others say nothing new.
    """
    from pandas import DataFrame

    again: np.ndarray = DataFrame(codes).duplicated().to_numpy()
    return ~again if again.mean() < MOST_REPEATED else np.ones(len(again), bool)


def _pairs(singles: Mapping[str, tuple[float, bool]]) -> list[tuple[str, str]]:
    """Return the pairs worth a try: of the best columns, and of the best one with each other."""
    ranked = sorted(singles, key=lambda name: -singles[name][0])
    if not ranked:
        return []
    wanted = {
        *combinations(ranked[:PARTNERS], 2),
        *((ranked[0], name) for name in ranked[1:]),
    }
    names = list(singles)
    return sorted(
        (tuple(sorted(pair, key=names.index)) for pair in wanted),  # type: ignore[misc]
        key=lambda pair: [names.index(name) for name in pair],
    )


def _adds(pair: tuple[np.ndarray, ...], gives: np.ndarray) -> bool:
    """Tell whether a pair explains more than its better column, over the rows that it covers."""
    group = _combined(pair)
    _, code, size = np.unique(group, return_inverse=True, return_counts=True)
    rows = (group >= 0) & (size[code] > 1)
    single = max(_agreement(codes[rows], gives[rows])[0] for codes in pair)
    both = _agreement(group[rows], gives[rows])[0]
    explained = (both - single) * rows.sum()
    return explained >= FEWEST and (1 - both) < GAIN * (1 - single)


def _strength(
    by: tuple[np.ndarray, ...], gives: np.ndarray, shuffled: np.ndarray, noise: float
) -> tuple[float, bool]:
    """Return how far from chance a dependency is, and whether it is a loose one."""
    group = _combined(by)
    agreed, ahead, covered = _agreement(group, gives)
    if covered < COVERED or covered * len(group) < FEWEST_ROWS:
        return 0.0, False
    chance, _, _ = _agreement(group, shuffled)
    room = 1 - noise - chance
    # By luck alone, shares of so few rows differ by so much.
    luck = 4 * (chance * (1 - chance) / (covered * len(group))) ** 0.5
    strength = (agreed - chance) / room if room > 0 and agreed > chance + luck else 0.0
    groups = len(np.unique(group))
    return strength, LOOSE <= strength < SURE and ahead >= 0.8 and groups >= 20 and chance < 0.3


def _combined(by: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return one code for a row's group; -1 where a part is missing."""
    group = by[0]
    for codes in by[1:]:
        joined = group * (int(codes.max()) + 1) + codes
        group = np.where((group < 0) | (codes < 0), -1, joined)
    return group


def _agreement(group: np.ndarray, gives: np.ndarray) -> tuple[float, float, float]:
    """Return shares of rows: that agree with the others, whose value leads, that have others."""
    size, most, second, _, _ = _counted(group, gives)
    several = size > 1
    rows = size[several].sum()
    if not rows:
        return 0.0, 0.0, 0.0
    leads = several & (most > 1) & (most > second)
    ahead = leads & (most >= AHEAD * second) & (most > 2)
    return (
        float(most[leads].sum() / rows),
        float(size[ahead].sum() / rows),
        float(rows / len(group)),
    )


def _counted(group: np.ndarray, gives: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return for each group its size, its two largest counts, the leading value, and its code."""
    known = group >= 0
    group, values = group[known], gives[known] + 1
    width = int(values.max(initial=0)) + 1
    pairs, counts = np.unique(group * width + values, return_counts=True)
    owner, value = pairs // width, pairs % width
    # Largest count first within a group; the smaller code among equals.
    order = np.lexsort((value, -counts, owner))
    owner, value, counts = owner[order], value[order], counts[order]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    size = np.add.reduceat(counts, first) if len(first) else counts
    follows = np.append(first[1:], len(owner)) - first > 1
    second = np.where(follows, counts[np.minimum(first + 1, len(counts) - 1)], 0)
    return size, counts[first], second, value[first] - 1, owner[first]


def _mixed(size: np.ndarray, most: np.ndarray, wrong: float) -> np.ndarray:
    """Tell which groups hold more other values than a share ``wrong`` of mistakes explains.

    By Chernoff's bound on the chance of so many: exp(-n KL(share, wrong)).
    """
    share = np.clip(1 - most / size, 1e-12, 1 - 1e-12)
    wrong = min(wrong, 0.5)
    apart = share * np.log(share / wrong) + (1 - share) * np.log((1 - share) / (1 - wrong))
    mixed: np.ndarray = (share > wrong) & (np.exp(-size * apart) < UNLIKELY)
    return mixed


def _groups(by: Sequence[Levels], gives: Levels, loose: bool, noise: float) -> dict[str, list[Any]]:
    """Return the value that each group implies."""
    size, most, second, value, code = _counted(_combined(tuple(b.codes for b in by)), gives.codes)
    told = (most > 1) & (most > second) & (value >= 0)
    if loose:
        told &= (most >= AHEAD * second) & (most > 2)
    else:
        others = size[most > 1].sum()
        told &= ~_mixed(size, most, max(noise, 1 - most[most > 1].sum() / max(1, others)))
    chosen = np.flatnonzero(told)
    chosen = np.sort(chosen[np.argsort(-size[chosen], kind="stable")][:MOST_GROUPS])
    found = {}
    for i in chosen.tolist():
        parts, rest = [], int(code[i])
        for levels in reversed(by[1:]):
            rest, last = divmod(rest, int(levels.codes.max()) + 1)
            parts.append(levels.texts[last])
        parts.append(by[0].texts[rest])
        name = BETWEEN.join(reversed(parts))
        found[name] = [gives.texts[int(value[i])], int(most[i]), int(size[i])]
    return found
