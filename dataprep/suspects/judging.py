"""Judging: the evidence against each cell, weighed; a reason in words and the value implied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.kinds import NUMERIC, Kind
from dataprep.suspects.combinations import Conflicts, conflicts_in, learn_combinations
from dataprep.suspects.dependencies import learn_dependencies
from dataprep.suspects.evidence import Evidence, either
from dataprep.suspects.formats import judge_format, learn_formats
from dataprep.suspects.numbers import judge_ends, learn_ends
from dataprep.suspects.spelling import judge_spelling, learn_spelling
from dataprep.suspects.texts import Levels, levels_of
from dataprep.suspects.votes import Votes, votes_on
from dataprep.table import steady

NOISE = (0.01, 0.05)
"""The least and the largest share of wrong cells that is reckoned with."""
SAMPLED = 2000
"""In how many texts of a column that share is looked for."""
CONFIRMED = 0.25
"""What is left of other evidence where several other rows imply the very value."""
WORDS = ("text", "category", "identifier")


@dataclass
class Verdict:
    """What is thought of the cells of one column.

    Parameters
    ----------
    score : array of float64, shape (n_rows,)
        How likely each cell is wrong, from 0 to 1.
    reason : array of object, shape (n_rows,)
        In words; None where nothing is against the cell.
    repair : array of object, shape (n_rows,)
        The text implied; None where none is.
    """

    score: np.ndarray
    reason: np.ndarray
    repair: np.ndarray


def learn_profiles(
    arrays: Mapping[str, np.ndarray], kinds: Mapping[str, Kind], rows: np.ndarray
) -> dict[str, Any]:
    """Return the profile of each column and the dependencies between them, as plain JSON."""
    levels = {name: levels_of(arrays[name], kinds[name]) for name in kinds}
    columns: dict[str, Any] = {}
    for name, kind in kinds.items():
        columns[name] = {"kind": kind}
        if kind in WORDS:
            tally = levels[name].tally()
            columns[name] |= {"format": learn_formats(tally), "spelling": learn_spelling(tally)}
        elif kind in NUMERIC:
            columns[name]["ends"] = learn_ends(arrays[name])
    noise = _noise(levels, columns)
    return {
        "noise": noise,
        "columns": columns,
        "dependencies": learn_dependencies(levels, rows, noise),
        "combinations": learn_combinations(levels),
    }


def _noise(levels: Mapping[str, Levels], columns: Mapping[str, Any]) -> float:
    """Return the share of wrong cells that the columns' own profiles point to, within `NOISE`."""
    shares = []
    for name, profile in columns.items():
        if "format" in profile and len(levels[name].texts) > 1:
            tally = levels[name].tally()
            texts = levels[name].texts[:: 1 + len(tally) // SAMPLED]
            alone = _alone(texts, profile, NOISE[0])
            wrong = sum(tally[t] for t, e in alone.items() if either([x.score for x in e]) >= 0.5)
            shares.append(wrong / sum(tally[text] for text in texts))
    return steady(min(max(sum(shares) / len(shares), NOISE[0]), NOISE[1])) if shares else NOISE[0]


def judge(
    arrays: Mapping[str, np.ndarray], learned: Mapping[str, Any], columns: Sequence[str]
) -> dict[str, Verdict]:
    """Return the verdict on the cells of some columns; each row is judged by itself.

    Parameters
    ----------
    arrays : mapping of str to array, shape (n_rows,)
        As in `dataprep.table.Table.matrix`.
    learned : mapping
        What `learn_profiles` returned.
    columns : sequence of str
        The columns to judge; all others only bear witness. One that is absent does neither.
    """
    profiles = {name: p for name, p in learned["columns"].items() if name in arrays}
    levels = {name: levels_of(arrays[name], p["kind"]) for name, p in profiles.items()}
    dependencies = [d for d in learned["dependencies"] if {*d["by"], d["gives"]} <= set(profiles)]
    combinations = [c for c in learned["combinations"] if set(c["columns"]) <= set(profiles)]
    votes = votes_on(levels, dependencies)
    conflicts = conflicts_in(levels, combinations)
    return {
        name: _verdict(
            _alone(levels[name].texts, profiles[name], learned["noise"]),
            levels[name],
            votes.get(name),
            conflicts.get(name),
        )
        for name in columns
        if name in profiles
    }


def _alone(
    texts: Sequence[str], profile: Mapping[str, Any], noise: float
) -> dict[str, list[Evidence]]:
    """Return what a column's own profile has against each of its texts."""
    found: dict[str, list[Evidence]] = {}
    if "format" in profile:
        for text, evidence in judge_spelling(texts, profile["spelling"], noise).items():
            found.setdefault(text, []).append(evidence)
        for text in texts:
            against = judge_format(text, profile["format"])
            if against:
                found.setdefault(text, []).append(against)
    if "ends" in profile and profile["ends"][0] is not None:
        low, high = profile["ends"]
        numbers = np.array([float(text) for text in texts])
        for text, score in zip(texts, judge_ends(numbers, (low, high)), strict=True):
            if score:
                reason = f"far from all others, which lie in [{low:g}, {high:g}]"
                found.setdefault(text, []).append(Evidence(float(score), reason))
    return found


def _verdict(
    alone: Mapping[str, list[Evidence]],
    levels: Levels,
    votes: Votes | None,
    conflicts: Conflicts | None,
) -> Verdict:
    listed = {t: sorted(found, key=lambda one: -one.score) for t, found in alone.items()}
    by_level = np.zeros(len(levels.texts))
    for i, text in enumerate(levels.texts):
        if text in listed:
            by_level[i] = either([one.score for one in listed[text]])
    own = levels.spread(by_level, 0.0)
    score, against = own, np.zeros(len(own), bool)
    if votes is not None:
        score = either([np.where(votes.confirmed, own * CONFIRMED, own), votes.score])
        against = votes.score > 0
    if conflicts is not None:
        # A dependency between the two columns says the same, and more.
        score = np.where(against, score, either([score, conflicts.score]))
    reason, repair = np.full(len(score), None, object), np.full(len(score), None, object)
    for row in np.flatnonzero(score > 0).tolist():
        evidence = listed[levels.texts[levels.codes[row]]] if own[row] else []
        told = [one.reason for one in evidence]
        implied: list[str | None] = [one.repair for one in evidence if one.repair is not None]
        if votes is not None and against[row]:
            # What other rows imply comes before the nearest spelling.
            told.insert(0, votes.reason(row))
            implied.insert(0, votes.implied(row))
        elif conflicts is not None and conflicts.score[row]:
            told.append(conflicts.reason(row))
        reason[row], repair[row] = "; ".join(told), next(iter(implied), None)
    return Verdict(score, reason, repair)
