"""Rules that vote for labels: what each votes, how far they agree, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from dataprep.errors import ConfigError, did_you_mean
from dataprep.kinds import Kind
from dataprep.labels.annotators import NO_VOTE, counted, dawid_skene, shares
from dataprep.labels.conditions import Arrays, Condition, condition_of

Combining = Literal["weighted_vote", "dawid_skene"]
_KEYS = ("name", "label", "when", "weight")


@dataclass(frozen=True)
class Rule:
    """A rule that votes for a label where its condition holds, and abstains elsewhere.

    Parameters
    ----------
    name : str
    label : str, int, float or bool
    when : Condition
    weight : float, default=1.0
    """

    name: str
    label: Any
    when: Condition
    weight: float = 1.0


def rules_of(given: Sequence[Any], kinds: Mapping[str, Kind], place: str) -> list[Rule]:
    """Return the rules that data mean; see `dataprep.labels.conditions.condition_of`.

    Raises
    ------
    ConfigError
        For a rule without a label or a condition, or with the name of another one.

    Examples
    --------
    >>> given = [{"name": "child", "label": "no",
    ...           "when": {"column": "age", "operator": "<", "value": 18}}]
    >>> rules_of(given, {"age": "integer"}, "rules")[0].label
    'no'
    """
    rules: list[Rule] = []
    for i, one in enumerate(given):
        where = f"{place}[{i}]"
        if not isinstance(one, Mapping):
            raise ConfigError(
                f"{one!r} is no rule",
                place=where,
                remedy="Write {name: ..., label: ..., when: ...}.",
            )
        for key in one:
            if key not in _KEYS:
                raise ConfigError(
                    f"unknown key {key!r}", place=where, remedy=did_you_mean(str(key), _KEYS)
                )
        for key in ("label", "when"):
            if one.get(key) is None:
                raise ConfigError(
                    f"a rule needs {key!r}",
                    place=where,
                    remedy="Write {name: ..., label: ..., when: ...}.",
                )
        _check_label(one["label"], f"{where}.label")
        name = str(one.get("name", f"rule {i + 1}"))
        if any(name == rule.name for rule in rules):
            raise ConfigError(
                f"{name!r} is there already", place=f"{where}.name", remedy="Name it otherwise."
            )
        rules.append(
            Rule(
                name,
                one["label"],
                condition_of(one["when"], kinds, f"{where}.when"),
                _weight(one.get("weight", 1.0), f"{where}.weight"),
            )
        )
    return rules


def _check_label(label: Any, place: str) -> None:
    if not isinstance(label, str | int | float) or label != label:
        raise ConfigError(
            f"{label!r} is no label",
            place=place,
            remedy="Give a text, a number or a truth value; write dates in quotes.",
        )


def _weight(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf:
        raise ConfigError(f"{value!r}", place=place, remedy="Give a number above 0.")
    return float(value)


def cast(rules: Sequence[Rule], codes: Sequence[int], arrays: Arrays, height: int) -> np.ndarray:
    """Return the votes of rules.

    Parameters
    ----------
    rules : sequence of Rule
    codes : sequence of int
        The code of the label of each.
    arrays : mapping of str to array of shape (n_rows,)
    height : int
        The number of rows.

    Returns
    -------
    array of int64, shape (n_rows, n_rules)
        `NO_VOTE` where a rule abstains.
    """
    votes = np.full((height, len(rules)), NO_VOTE, dtype="int64")
    for column, (rule, code) in enumerate(zip(rules, codes, strict=True)):
        votes[rule.when.holds(arrays), column] = code
    return votes


def combined(
    votes: np.ndarray, n_classes: int, weights: np.ndarray, method: Combining = "weighted_vote"
) -> np.ndarray:
    """Return how likely each class is, by the votes for a row.

    Parameters
    ----------
    votes : array of int64, shape (n_rows, n_rules)
    n_classes : int
    weights : array of shape (n_rules,)
        What a vote counts, for "weighted_vote".
    method : {"weighted_vote", "dawid_skene"}

    Returns
    -------
    array of shape (n_rows, n_classes)
        Zeros for classes that no rule voted for.

    References
    ----------
    A. J. Ratner, S. H. Bach, H. Ehrenberg, J. Fries, S. Wu and C. Ré, "Snorkel: Rapid Training
    Data Creation with Weak Supervision", VLDB 2017. A. P. Dawid and A. M. Skene, "Maximum
    Likelihood Estimation of Observer Error-Rates Using the EM Algorithm", Applied Statistics
    28(1), 1979.

    Examples
    --------
    >>> votes = np.array([[0, 1, 1], [0, -1, -1], [-1, -1, -1]])
    >>> combined(votes, 2, np.array([3.0, 1.0, 1.0])).tolist()
    [[0.6, 0.4], [1.0, 0.0], [0.0, 0.0]]
    """
    if method == "weighted_vote" or not (votes != NO_VOTE).any():
        return shares(votes, n_classes, weights)
    # A rule votes for one class only: how often it abstains, class by class, tells how it errs.
    found = dawid_skene(votes, n_classes, smoothing=1.0, silence_tells=True).probabilities
    return np.where(counted(votes, n_classes) > 0, found, 0.0)


def facts_of(rules: Sequence[Rule], votes: np.ndarray, own: np.ndarray) -> list[dict[str, Any]]:
    """Return of each rule how often it votes, and how far it agrees with others and the truth.

    Parameters
    ----------
    rules : sequence of Rule
    votes : array of int64, shape (n_rows, n_rules)
    own : array of int64, shape (n_rows,)
        Codes of the labels that people gave to rows; negative where there is none.

    Returns
    -------
    list of dict
        ``coverage``: the share of rows that it votes on; ``overlap``: that another votes on as
        well; ``conflict``: that another votes otherwise on. ``accuracy``: the share of right
        votes among those on ``labelled`` rows, None without such.

    Examples
    --------
    >>> rules = [Rule(name, name, Condition(frozenset(), lambda a: a)) for name in "ab"]
    >>> votes = np.array([[0, 1], [0, -1], [-1, 1], [0, 1]])
    >>> [(f["coverage"], f["overlap"], f["conflict"], f["accuracy"])
    ...  for f in facts_of(rules, votes, np.array([0, 0, 0, -1]))]
    [(0.75, 0.5, 0.5, 1.0), (0.75, 0.5, 0.5, 0.0)]
    """
    height = max(1, len(votes))
    cast_votes = votes != NO_VOTE
    told = []
    for i, rule in enumerate(rules):
        here = cast_votes[:, i]
        others = np.delete(votes, i, axis=1)
        beside = here & (others != NO_VOTE).any(axis=1)
        unlike = here & ((others != NO_VOTE) & (others != votes[:, [i]])).any(axis=1)
        judged = here & (own >= 0)
        right = int((votes[judged, i] == own[judged]).sum())
        told.append(
            {
                "rule": rule.name,
                "label": str(rule.label),
                "coverage": float(round(here.sum() / height, 6)),
                "overlap": float(round(beside.sum() / height, 6)),
                "conflict": float(round(unlike.sum() / height, 6)),
                "labelled": int(judged.sum()),
                "accuracy": float(round(right / judged.sum(), 6)) if judged.any() else None,
            }
        )
    return told
