"""Votes: what each row's other columns imply for its cells, by the dependencies learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.suspects.dependencies import BETWEEN
from dataprep.suspects.texts import Levels

LEAST = 0.3
"""A smaller share of the votes is no evidence."""
EVEN = 0.5
"""The score of two cells that contradict each other, with no other column to say which is wrong."""
FIRM = 0.7
"""The share of a group's rows from which a cell that agrees with them is confirmed."""


@dataclass
class Ballot:
    """What one dependency says about the cells of one column.

    Parameters
    ----------
    by : list of str
        The columns that vote.
    strength : float
        Of the dependency.
    groups : list of (str or None)
        The text that each group implies.
    keys : array of int64, shape (n_rows,)
        Each row's group; -1 where there is none.
    sure : array of float64, shape (n_rows,)
        The share of the group's rows that hold the implied text; 0 where there is no vote.
    says : array of int64, shape (n_rows,)
        1 where the cell agrees, -1 where it does not, 0 where there is no vote.
    """

    by: list[str]
    strength: float
    groups: list[str | None]
    keys: np.ndarray
    sure: np.ndarray
    says: np.ndarray


@dataclass
class Votes:
    """What is implied for the cells of one column.

    Parameters
    ----------
    score : array of float64, shape (n_rows,)
        The share of the votes against each cell.
    confirmed : array of bool, shape (n_rows,)
        Where other rows imply the very value.
    ballots : list of Ballot
    best : array of int64, shape (n_rows,)
        The surest ballot against the cell.
    even : array of bool, shape (n_rows,)
        Where the cell and another contradict each other, and nothing says which is wrong.
    """

    score: np.ndarray
    confirmed: np.ndarray
    ballots: list[Ballot]
    best: np.ndarray
    even: np.ndarray

    def implied(self, row: int) -> str | None:
        """Return the text implied for a cell with votes against it."""
        ballot = self.ballots[self.best[row]]
        return None if self.even[row] else ballot.groups[ballot.keys[row]]

    def reason(self, row: int) -> str:
        """Return in words what is against a cell."""
        ballot = self.ballots[self.best[row]]
        text, giver = str(ballot.groups[ballot.keys[row]]), " and ".join(ballot.by)
        told = f"{giver} gives {text[:60]!r} in most rows"
        return f"{told}; {giver} itself may be wrong" if self.even[row] else told


def votes_on(
    levels: Mapping[str, Levels], dependencies: Sequence[Mapping[str, Any]]
) -> dict[str, Votes]:
    """Return what the dependencies imply for the cells of each column that they give."""
    ballots: dict[str, list[Ballot]] = {}
    for one in dependencies:
        by = [levels[name] for name in one["by"]]
        ballots.setdefault(one["gives"], []).append(_ballot(by, levels[one["gives"]], one))
    for cast in ballots.values():
        _more_specific_first(cast)
    _set_aside_contradictory(ballots)
    votes = {name: _counted(cast) for name, cast in ballots.items()}
    _settle_even(votes)
    return votes


def _ballot(by: Sequence[Levels], gives: Levels, one: Mapping[str, Any]) -> Ballot:
    keys, names = _groups_of(by)
    found = [one["groups"].get(name) for name in names]
    place = {text: i for i, text in enumerate(gives.texts)}
    texts: list[Any] = [None if group is None else group[0] for group in found]
    # The share that holds the implied text, drawn towards a half where rows are few.
    share = [0.0 if g is None else (g[1] + 0.5) / (g[2] + 1.0) for g in found]
    sure = np.array([*share, 0.0])[keys]
    implied = np.array([*(place.get(text, -2) for text in texts), -2])[keys]
    says = np.where(sure > 0, np.where(implied == gives.codes, 1, -1), 0)
    return Ballot(one["by"], one["strength"], texts, keys, sure, says)


def _groups_of(by: Sequence[Levels]) -> tuple[np.ndarray, list[str]]:
    """Return the position of each row's group, -1 where a part is missing, and their names."""
    if len(by) == 1:
        return by[0].codes, by[0].texts
    first, second = by
    width = len(second.texts) + 1
    missing = (first.codes < 0) | (second.codes < 0)
    joined = np.where(missing, -1, first.codes * width + second.codes)
    unique, keys = np.unique(joined, return_inverse=True)
    present = unique[unique >= 0].tolist()
    names = [first.texts[u // width] + BETWEEN + second.texts[u % width] for u in present]
    return keys - int(len(unique) > len(names)), names


def _more_specific_first(ballots: Sequence[Ballot]) -> None:
    """Take the vote of a column away where a pair that it is part of has one."""
    for pair in ballots:
        for other in ballots:
            if len(pair.by) == 2 and len(other.by) == 1 and other.by[0] in pair.by:
                other.says[pair.says != 0] = 0


def _set_aside_contradictory(ballots: Mapping[str, Sequence[Ballot]]) -> None:
    """Take the votes away of what contradicts most cells that it votes on: it is the wrong one."""
    cast: dict[tuple[str, ...], list[Ballot]] = {}
    for one in (ballot for several in ballots.values() for ballot in several):
        cast.setdefault(tuple(one.by), []).append(one)
    for several in cast.values():
        votes = np.sum([one.says != 0 for one in several], axis=0)
        against = np.sum([one.says < 0 for one in several], axis=0)
        wrong = (votes > 1) & (2 * against > votes)
        for one in several:
            one.says[wrong] = 0


def _counted(ballots: list[Ballot]) -> Votes:
    says = np.array([one.says for one in ballots])
    strength = np.array([[one.strength] for one in ballots])
    weight = (strength * (says != 0)).sum(axis=0)
    against = strength * np.array([one.sure for one in ballots]) * (says < 0)
    share = np.divide(against.sum(axis=0), weight, out=np.zeros_like(weight), where=weight > 0)
    score = np.where(share >= LEAST, share, 0.0)
    firm = np.array([(one.says > 0) & (one.sure >= FIRM) for one in ballots]).any(axis=0)
    return Votes(
        score, firm & (score == 0), ballots, against.argmax(axis=0), np.zeros(len(score), bool)
    )


def _settle_even(votes: Mapping[str, Votes]) -> None:
    """Find pairs of cells that only contradict each other, and give both the same score."""
    alone = {
        name: {
            one.by[0]: (np.sum([o.says != 0 for o in vote.ballots], axis=0) == 1) & (one.says < 0)
            for one in vote.ballots
            if len(one.by) == 1
        }
        for name, vote in votes.items()
    }
    for name, by in alone.items():
        for other, against in by.items():
            back = alone.get(other, {}).get(name)
            if back is not None:
                votes[name].even |= against & back
    for vote in votes.values():
        vote.score = np.where(vote.even, np.minimum(vote.score, EVEN), vote.score)
