"""Conditions as data, and rules that vote."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.errors import ConfigError
from dataprep.kinds import Kind
from dataprep.labels.annotators import NO_VOTE
from dataprep.labels.conditions import condition_of
from dataprep.labels.rules import combined, rules_of

KINDS: dict[str, Kind] = {
    "age": "float", "note": "text", "paid": "boolean", "day": "date", "code": "category",
    "id": "integer", "list": "other",
}  # fmt: skip
ARRAYS = {
    "age": np.array([10.0, 20.0, 30.0, np.nan]),
    "note": np.array(["Free money", None, "a.c", "abc"], dtype=object),
    "paid": np.array([1.0, 0.0, np.nan, 1.0]),
    "day": np.array(["2024-01-01", "2024-06-01", "NaT", "2025-01-01"], "datetime64[us]"),
    "code": np.array(["1", "02", None, "b"], dtype=object),
}


@pytest.mark.parametrize(
    ("column", "operator", "value", "expected"),
    [
        ("age", "=", 20, [0, 1, 0, 0]),
        ("age", "!=", 20, [1, 0, 1, 0]),
        ("age", "between", [10, 20], [1, 1, 0, 0]),
        ("age", "in", [10, 30.0], [1, 0, 1, 0]),
        ("age", "not in", [10], [0, 1, 1, 0]),
        ("age", "is missing", None, [0, 0, 0, 1]),
        ("age", "is present", None, [1, 1, 1, 0]),
        ("note", "contains", "free", [1, 0, 0, 0]),
        ("note", "contains", "a.c", [0, 0, 1, 0]),
        ("note", "matches", "^a.c$", [0, 0, 1, 1]),
        ("note", "in", ["abc"], [0, 0, 0, 1]),
        ("paid", "=", True, [1, 0, 0, 1]),
        ("day", ">=", "2024-06-01", [0, 1, 0, 1]),
        ("code", "=", 1, [1, 0, 0, 0]),
        ("code", "!=", "02", [1, 0, 0, 1]),
    ],
)
def test_each_operator_holds_where_it_should(
    column: str, operator: str, value: Any, expected: list[int]
) -> None:
    """Golden values; what is missing meets nothing but "is missing"."""
    one = {"column": column, "operator": operator} | ({} if value is None else {"value": value})
    assert condition_of(one, KINDS, "when").holds(ARRAYS).astype(int).tolist() == expected


def test_what_is_missing_is_neither_met_nor_refuted() -> None:
    """As in SQL: not (age > 15) says nothing of a row without an age."""
    old = {"column": "age", "operator": ">", "value": 15}
    assert condition_of({"not": old}, KINDS, "w").holds(ARRAYS).tolist() == [True, *[False] * 3]
    either = {"any": [old, {"column": "note", "operator": "=", "value": "abc"}]}
    assert condition_of(either, KINDS, "w").holds(ARRAYS).tolist() == [False, True, True, True]


LEAVES = st.sampled_from(
    [
        {"column": "age", "operator": ">", "value": 15},
        {"column": "paid", "operator": "=", "value": True},
        {"column": "note", "operator": "contains", "value": "a"},
        {"column": "day", "operator": "is missing"},
    ]
)
TREES: Any = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_negation_is_undone_by_negation_and_excludes(tree: Any) -> None:
    """Not not c is c; c and not c never hold at once, for any nesting."""
    plain = condition_of(tree, KINDS, "w").holds(ARRAYS)
    negated = condition_of({"not": tree}, KINDS, "w").holds(ARRAYS)
    assert not (plain & negated).any()
    assert (condition_of({"not": {"not": tree}}, KINDS, "w").holds(ARRAYS) == plain).all()


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("age > 3", "'age > 3' is no condition"),
        ({"column": "aeg", "operator": "=", "value": 1}, "Did you mean 'age'?"),
        ({"column": "age", "operater": "=", "value": 1}, "Did you mean 'operator'?"),
        ({"column": "age", "operator": "="}, "'=' needs a value"),
        ({"column": "age", "operator": "=", "value": "old"}, "'old' is no number"),
        ({"column": "age", "operator": "=", "value": True}, "True is no number"),
        ({"column": "age", "operator": "matches", "value": "1"}, "'matches' is for text"),
        ({"column": "note", "operator": "<", "value": "b"}, "compares numbers or times"),
        ({"column": "note", "operator": "matches", "value": "("}, "no regular expression"),
        ({"column": "day", "operator": ">", "value": "soon"}, "'soon' is no time"),
        ({"column": "age", "operator": "in", "value": []}, "[] is no list"),
        ({"column": "age", "operator": "between", "value": [2, 1]}, "nothing is between 2.0 and"),
        ({"column": "age", "operator": "is missing", "value": 3}, "compared with no value"),
        ({"column": "day", "operator": "<", "value": "today"}, "'today' is no time"),
        ({"column": "day", "operator": "=", "value": "NaT"}, "'NaT' is no time"),
        ({"column": "day", "operator": ">", "value": 5}, "'5' is no time"),
        ({"column": "day", "operator": ">", "value": "2024-02-31"}, "'2024-02-31' is no time"),
        ({"column": "day", "operator": ">", "value": "2024-01-31T08:00-05:00"}, "is no time"),
        ({"column": "id", "operator": "=", "value": 2**53}, "is not told from other numbers"),
        ({"column": "id", "operator": "in", "value": [1, 2**53 + 1]}, "--type COL=text"),
        ({"column": "age", "operator": "<", "value": float("nan")}, "nan is not told"),
        ({"column": ["age"], "operator": "=", "value": 1}, "no column ['age']"),
        ({"column": "list", "operator": "=", "value": 1}, "holds what no value is compared with"),
        ({"column": "age", "operator": "between", "value": [1]}, "[1] is no list of 2"),
        ({"column": "age", "operator": "in", "value": 1}, "1 is no list"),
        ({"all": []}, "[] is no list of conditions"),
        ({"all": [], "any": []}, "'any' has no place beside all. Nest one in the other."),
    ],
)
def test_what_is_no_condition_is_told_with_its_place(condition: Any, told: str) -> None:
    """A wrong condition names the place, the value and what to write."""
    with pytest.raises(ConfigError) as caught:
        condition_of(condition, KINDS, "rules[0].when")
    assert told in str(caught.value)
    assert "rules[0].when" in str(caught.value)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["age"], "'age' is no rule"),
        ([{"label": "a", "wen": 1}], "Did you mean 'when'?"),
        ([{"label": "a"}], "a rule needs 'when'"),
        ([{"label": "a", "when": {"column": "age", "operator": "is missing"}, "weight": 0}], "0"),
        (
            [{"name": "n", "label": "a", "when": {"column": "age", "operator": "is missing"}}] * 2,
            "'n' is there already",
        ),
    ],
)
def test_what_is_no_rule_is_told(rules: Any, told: str) -> None:
    """A wrong rule is told by its place."""
    with pytest.raises(ConfigError) as caught:
        rules_of(rules, KINDS, "rules")
    assert told in str(caught.value)


def test_dawid_skene_finds_the_rule_that_errs() -> None:
    """Three rules of which one is noise: the two good ones decide, though one vote is unlike."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    votes = np.column_stack(
        [np.where(rng.random(600) < right, truth, 1 - truth) for right in (0.95, 0.9, 0.5)]
    )
    votes[rng.random(votes.shape) < 0.2] = NO_VOTE
    plain = combined(votes, 2, np.ones(3)).argmax(axis=1)
    weighed = combined(votes, 2, np.ones(3), "dawid_skene").argmax(axis=1)
    assert (weighed == truth).mean() > (plain == truth).mean() + 0.03


@pytest.mark.parametrize("shares", [(500, 400), (700, 100, 100)])
def test_dawid_skene_tells_classes_by_rules_that_vote_for_one_each(shares: Any) -> None:
    """Three sources, each right in 85 % and one rule for each class: no class swallows others."""
    rng = np.random.default_rng(0)
    classes, truth = len(shares), np.repeat(np.arange(len(shares)), shares)
    columns = []
    for _ in range(3):
        right = rng.random(len(truth)) < 0.85
        said = np.where(right, truth, rng.integers(0, classes, len(truth)))
        seen = rng.random(len(truth)) < 0.7
        columns += [np.where(seen & (said == label), label, NO_VOTE) for label in range(classes)]
    votes = np.column_stack(columns)
    found = combined(votes, classes, np.ones(votes.shape[1]), "dawid_skene")
    sure, given = found.max(axis=1), found.argmax(axis=1)
    named = sure >= 0.5
    right = given[named] == truth[named]
    assert right.mean() > 0.9
    assert set(given[named]) == set(range(classes))
    assert abs(sure[named].mean() - right.mean()) < 0.05
    voted = np.array([[label in row for label in range(classes)] for row in votes.tolist()])
    assert not found[~voted].any()
