"""Judging: the evidence against each cell, weighed; a reason in words and the value implied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dataprep.kinds import NUMERIC, Kind
from dataprep.suspects.dependencies import BETWEEN, learn_dependencies
from dataprep.suspects.evidence import Evidence, either
from dataprep.suspects.formats import judge_format, learn_formats
from dataprep.suspects.numbers import judge_ends, learn_ends
from dataprep.suspects.spelling import judge_spelling, learn_spelling
from dataprep.suspects.texts import Levels, levels_of
from dataprep.table import steady

NOISE = (0.01, 0.05)
"""The least and the largest share of wrong cells that is reckoned with."""
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


@dataclass
class _Votes:
    """What the other columns imply for the cells of one column."""

    against: np.ndarray
    weight: np.ndarray
    agree: np.ndarray
    best: np.ndarray
    implied: np.ndarray
    reason: np.ndarray
    score: np.ndarray = field(init=False)


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
    }


def _noise(levels: Mapping[str, Levels], columns: Mapping[str, Any]) -> float:
    """Return the share of wrong cells that the columns' own profiles point to, within `NOISE`."""
    shares = []
    for name, profile in columns.items():
        if "format" in profile and len(levels[name].texts) > 1:
            alone = _alone(levels[name], profile, NOISE[0])
            tally = levels[name].tally()
            wrong = sum(tally[t] for t, e in alone.items() if either([x.score for x in e]) >= 0.5)
            shares.append(wrong / sum(tally.values()))
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
        The columns to judge; all others only bear witness.
    """
    profiles = learned["columns"]
    levels = {name: levels_of(arrays[name], p["kind"]) for name, p in profiles.items()}
    votes = _votes(levels, learned["dependencies"])
    return {
        name: _verdict(
            _alone(levels[name], profiles[name], learned["noise"]), levels[name], votes.get(name)
        )
        for name in columns
    }


def _alone(levels: Levels, profile: Mapping[str, Any], noise: float) -> dict[str, list[Evidence]]:
    """Return what a column's own profile has against each of its texts."""
    found: dict[str, list[Evidence]] = {}
    if "format" in profile:
        for text, evidence in judge_spelling(levels.texts, profile["spelling"], noise).items():
            found.setdefault(text, []).append(evidence)
        for text in levels.texts:
            against = judge_format(text, profile["format"])
            if against:
                found.setdefault(text, []).append(against)
    if "ends" in profile and profile["ends"][0] is not None:
        low, high = profile["ends"]
        numbers = np.array([float(text) for text in levels.texts])
        for text, score in zip(levels.texts, judge_ends(numbers, (low, high)), strict=True):
            if score:
                reason = f"far from all others, which lie in [{low:g}, {high:g}]"
                found.setdefault(text, []).append(Evidence(float(score), reason))
    return found


def _verdict(
    alone: Mapping[str, list[Evidence]], levels: Levels, votes: _Votes | None
) -> Verdict:
    listed = [alone.get(text, []) for text in levels.texts]
    ranked = [sorted(e, key=lambda one: -one.score) for e in listed]
    own = levels.spread(np.array([either([e.score for e in es]) for es in listed] or [0.0]), 0.0)
    reasons = np.array(["; ".join(e.reason for e in es) or None for es in ranked] or [None], object)
    repairs = np.array(
        [next((e.repair for e in es if e.repair), None) for es in ranked] or [None], object
    )
    reason, repair = levels.spread(reasons, None), levels.spread(repairs, None)
    if votes is None:
        return Verdict(own, reason, repair)
    own = np.where(votes.agree, own * CONFIRMED, own)
    score = 1 - (1 - own) * (1 - votes.score)
    voted = votes.score > 0
    joined = [
        f"{b}; {a}" if a and v and b else (b if v else a)
        for a, b, v in zip(reason, votes.reason, voted, strict=True)
    ]
    reason = np.array([*joined, None], object)[:-1]
    # What other rows imply comes before the nearest spelling.
    repair = np.where(voted & (votes.score >= 0.3), votes.implied, repair)
    return Verdict(score, reason, repair)


def _votes(levels: Mapping[str, Levels], found: list[dict[str, Any]]) -> dict[str, _Votes]:
    """Return what the dependencies imply for the cells of each column."""
    ballots = []
    for one in found:
        by = [levels[name] for name in one["by"]]
        gives = levels[one["gives"]]
        ballots.append((one, *_ballot(by, gives, one)))
    _more_specific_first(ballots)
    distrusted = _distrusted(ballots)
    votes: dict[str, _Votes] = {}
    rows = len(next(iter(levels.values())).codes) if levels else 0
    for one, implied, sure, says in ballots:
        sure = np.where(distrusted[tuple(one["by"])] | (says == 0), 0.0, sure)
        name = one["gives"]
        if name not in votes:
            votes[name] = _Votes(
                np.zeros(rows),
                np.zeros(rows),
                np.zeros(rows, bool),
                np.zeros(rows),
                np.full(rows, None, object),
                np.full(rows, None, object),
            )
        vote = votes[name]
        against = says < 0
        vote.weight += np.where(says != 0, one["strength"], 0.0) * (sure > 0)
        vote.against += np.where(against, sure * one["strength"], 0.0)
        vote.agree |= (says > 0) & (sure >= 0.7)
        better = against & (sure * one["strength"] > vote.best)
        vote.best = np.where(better, sure * one["strength"], vote.best)
        vote.implied = np.where(better, implied, vote.implied)
        giver = " and ".join(one["by"])
        texts = np.array(
            [f"{giver} gives {text[:60]!r} in most rows" if text else None for text in implied]
            or [None],
            object,
        )[: len(implied)]
        vote.reason = np.where(better, texts, vote.reason)
    for vote in votes.values():
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(vote.weight > 0, vote.against / vote.weight, 0.0)
        vote.score = np.where(share >= 0.3, share, 0.0)
        vote.agree &= vote.score == 0
    return votes


def _ballot(
    by: list[Levels], gives: Levels, one: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the text implied for each row, how surely, and whether the cell agrees (1) or not."""
    keys, named = _keys(by)
    implied = np.array([one["groups"].get(key, (None,))[0] for key in named] or [None], object)
    share = np.array([_sure(one["groups"].get(key)) for key in named] or [0.0])
    place = {text: i for i, text in enumerate(gives.texts)}
    code = np.array([place.get(text, -2) for text in implied], dtype=np.int64)
    told = keys >= 0
    sure = np.where(told, share[keys], 0.0)
    same = code[keys] == gives.codes
    says = np.where(sure > 0, np.where(same, 1, -1), 0)
    return np.where(told, implied[keys], None), sure, says


def _sure(group: list[Any] | None) -> float:
    """Return how surely a group implies its value: the share that has it, drawn towards a half."""
    if group is None:
        return 0.0
    return float((group[1] + 0.5) / (group[2] + 1.0))


def _keys(by: list[Levels]) -> tuple[np.ndarray, list[str]]:
    """Return for each row the position of its group's name, -1 where a part is missing."""
    if len(by) == 1:
        return by[0].codes, by[0].texts
    first, second = by
    width = len(second.texts) + 1
    joined = np.where((first.codes < 0) | (second.codes < 0), -1, first.codes * width + second.codes)
    unique, keys = np.unique(joined, return_inverse=True)
    names = [
        first.texts[u // width] + BETWEEN + second.texts[u % width] for u in unique if u >= 0
    ]
    return keys - int(len(unique) > len(names)), names


def _more_specific_first(ballots: list[Any]) -> None:
    """Let a column have no vote where a pair that it is part of has one."""
    for one, _, _, says in ballots:
        if len(one["by"]) == 2:
            for other, _, _, others in ballots:
                if other["gives"] == one["gives"] and len(other["by"]) == 1:
                    if other["by"][0] in one["by"]:
                        others[says != 0] = 0


def _distrusted(ballots: list[Any]) -> dict[tuple[str, ...], np.ndarray]:
    """Return where a giver contradicts most of what it gives: it is then the wrong one."""
    told: dict[tuple[str, ...], list[np.ndarray]] = {}
    for one, _, _, says in ballots:
        told.setdefault(tuple(one["by"]), []).append(says)
    found = {}
    for by, says in told.items():
        votes = np.sum([s != 0 for s in says], axis=0)
        against = np.sum([s < 0 for s in says], axis=0)
        found[by] = (votes > 1) & (against * 2 > votes)
    return found
