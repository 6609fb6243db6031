"""Sampling strategies: what each asks for, and what each is refused for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from dataprep.errors import ConfigError, DataError
from dataprep.resampling.strategy import Strategy, resolve_strategy

KINDS = {"over": "over-sampling", "under": "under-sampling", "clean": "clean-sampling"}
WORDS = ["auto", "minority", "majority", "not minority", "not majority", "all"]


def outcome(function: Any) -> Any:
    """Return what a function gives, or that it refuses."""
    try:
        return dict(function())
    except ValueError:
        return "refused"


def theirs(strategy: Any, counts: dict[Any, int], kind: str) -> Any:
    from imblearn.utils import check_sampling_strategy

    y = np.repeat(list(counts), list(counts.values()))
    found = outcome(lambda: check_sampling_strategy(strategy, y, KINDS[kind]))
    # A cleaning method reaches no number: only the classes count.
    return dict.fromkeys(found, 0) if kind == "clean" and found != "refused" else found


def ours(strategy: Any, counts: dict[Any, int], kind: Any, **more: Any) -> Any:
    return resolve_strategy(strategy, counts, kind, stage="smote", **more)


tables = st.lists(st.integers(1, 40), min_size=1, max_size=5).map(lambda n: dict(enumerate(n)))


@settings(max_examples=150, deadline=None)
@given(tables, st.sampled_from(list(KINDS)), st.data())
def test_counts_are_those_of_imbalanced_learn(counts: Any, kind: Any, data: Any) -> None:
    """Words, ratios, counts and lists come to the same, and are refused in the same cases."""
    labels = st.lists(st.sampled_from(list(counts)), unique=True, min_size=1)
    strategy = data.draw(
        st.sampled_from(WORDS)
        | st.floats(0.01, 1)
        | labels
        | st.dictionaries(st.sampled_from([*counts, 99]), st.integers(1, 50), min_size=1)
    )
    least = min(counts.values())
    if (
        kind == "under"
        and isinstance(strategy, dict)
        and any(strategy.get(label, n) < n == least for label, n in counts.items())
    ):
        # They would remove rows of the smallest class.
        return
    assert outcome(lambda: ours(strategy, counts, kind)) == theirs(strategy, counts, kind)


@pytest.mark.parametrize("labels", [[True, False], ["b", "a"], [2.0, 1.0], [np.int64(1), 0]])
def test_labels_of_any_type(labels: list[Any]) -> None:
    """The result speaks of the labels that the counts speak of."""
    counts = dict(zip(sorted(labels), (30, 10), strict=True))
    rare = max(labels)
    assert ours("auto", counts, "over") == {rare: 20}
    assert ours({rare: 15}, counts, "over") == {rare: 5}


@pytest.mark.parametrize(
    ("key", "label"),
    [("1", 1), (1, "1"), ("1", 1.0), (1.0, 1), ("true", True), (True, "true"), (np.int64(1), 1)],
)
def test_a_label_is_found_by_its_text(key: Any, label: Any) -> None:
    """YAML and the command line write "1" for the class 1, and the other way round."""
    counts = {label: 10, "other": 30}
    assert ours({key: 12}, counts, "over") == {label: 2}
    assert ours([key], counts, "clean") == {label: 0}


def test_truth_and_number_are_told_apart() -> None:
    """Where the value itself is there, the text of another does not matter."""
    assert ours({1: 12}, {1: 10, "1": 10, "x": 30}, "over") == {1: 2}
    assert ours({"1": 12}, {1: 10, "1": 10, "x": 30}, "over") == {"1": 2}


def test_shares_of_the_largest_class() -> None:
    """A float is a share of the largest class; 1.0 is as many as it has, 1 is a single row."""
    counts = {"a": 1000, "b": 200, "c": 10}
    assert ours({"b": 0.5, "c": 0.1}, counts, "over") == {"b": 300, "c": 90}
    assert ours({"c": 1.0, "b": 201}, counts, "over") == {"b": 1, "c": 990}
    assert ours({"a": 0.3, "b": 0.05}, counts, "under") == {"a": 300, "b": 50}
    assert ours({"a": 0.29}, {"a": 100, "b": 20}, "under") == {"a": 29}
    with pytest.raises(DataError, match=r"\['b'\]: 100 rows are fewer than the 200"):
        ours({"b": 0.1}, counts, "over")


def test_a_cap() -> None:
    """Nothing grows beyond it, nothing stays above it, and what is beyond it already is left."""
    counts = {"a": 1000, "b": 200, "c": 10}
    assert ours({"cap": 100}, counts, "over") == {"b": 0, "c": 90}
    assert ours({"cap": 5000}, counts, "over") == {"b": 800, "c": 990}
    assert ours({"cap": 100}, counts, "under") == {"a": 100, "b": 100}
    assert ours({"cap": 5}, counts, "under") == {"a": 5, "b": 5, "c": 5}
    assert ours({"cap": 15}, {"cap": 10, "hat": 20}, "over") == {"cap": 5}


def test_a_function_of_y() -> None:
    """It is given y; without one, as on files, it is refused."""
    counts = {"a": 30, "b": 10}
    assert ours(lambda y: {"b": len(y)}, counts, "over", y=[0] * 25) == {"b": 15}
    with pytest.raises(ConfigError, match="fit_resample"):
        ours(lambda y: {"b": 1}, counts, "over")
    with pytest.raises(ConfigError, match="returned None"):
        ours(lambda y: None, counts, "over", y=[0])


REFUSED = [
    ("over", "mnority", "Did you mean 'minority'"),
    ("over", "majority", "add rows to the largest class. Use 'auto'"),
    ("under", "minority", "remove rows of the smallest class. Use 'auto'"),
    ("clean", "minority", "remove rows of the smallest class. Use 'auto'"),
    ("over", {"rrae": 30}, "no class 'rrae' in churned. Did you mean 'rare'"),
    ("clean", ["x"], "no class 'x' in churned. There is: common, rare"),
    ("over", {"rare": 5}, r"\['rare'\]: 5 rows are fewer than the 10"),
    ("under", {"common": 200}, r"\['common'\]: 200 rows are more than the 100"),
    ("under", {"rare": 5}, r"5 rows would remove 5 of the smallest class.*'cap': 5"),
    ("over", 0.1, r"0.1 asks for no new row: there are 10 rows of 'rare' and 100.*above 0.1"),
    ("under", 0.05, r"0.05 asks for 200 rows of 'common'.*Give a ratio above 0.1"),
    ("clean", 0.5, "cannot reach a ratio"),
    ("clean", {"rare": 5}, r"Give the classes that may lose rows: \['rare'\]"),
    ("clean", {"cap": 5}, "cleaning method"),
    ("over", ["rare"], "not how many rows"),
    ("over", 0, r"0.0 is not in \(0, 1\]"),
    ("over", {"rare": 1.5}, "1.5 is no number of rows"),
    ("over", {"rare": True}, "True is no number of rows"),
    ("over", {"rare": -3}, "-3 is no number of rows"),
    ("under", {"common": 0}, "0 is no number of rows"),
    ("over", {"cap": 0.5}, "0.5 is no number of rows. Give a whole number from 1.$"),
    ("over", None, "None is no sampling strategy"),
    ("over", True, "True is no sampling strategy"),
]


@pytest.mark.parametrize(("kind", "strategy", "words"), REFUSED)
def test_what_is_refused(kind: Any, strategy: Any, words: str) -> None:
    """Each refusal names the parameter, the value and what would work."""
    counts = {"common": 100, "rare": 10}
    with pytest.raises((ConfigError, DataError), match=f"^smote.sampling_strategy.*{words}"):
        ours(strategy, counts, kind, target="churned")


def test_a_ratio_is_of_two_classes() -> None:
    """For more of them the message says how to write it."""
    with pytest.raises(DataError, match=r"here are 3\. Give a share of the largest class for each"):
        ours(0.5, {0: 30, 1: 20, 2: 10}, "over")


def test_one_class_named_twice() -> None:
    """1 and "1" cannot both be said of the same class."""
    with pytest.raises(ConfigError, match="the class 1 is there twice"):
        ours({1: 20, "1": 30}, {0: 50, 1: 10}, "over")


@pytest.mark.parametrize("label", [None, math.nan, np.nan, np.datetime64("NaT"), pd.NA, pd.NaT])
def test_a_missing_class(label: Any) -> None:
    """Rows without a class cannot be balanced."""
    with pytest.raises(DataError, match="churned: 3 rows have no class"):
        ours("auto", {"a": 30, "b": 10, label: 3}, "over", target="churned")


@pytest.mark.parametrize("label", [0.5, math.inf, -math.inf, np.float32(2.25)])
def test_numbers_are_no_classes(label: Any) -> None:
    """A continuous target, or an infinite one, is refused."""
    with pytest.raises(DataError, match="churned: Unknown label type: continuous"):
        ours("auto", {0.0: 30, 1.0: 10, label: 3}, "over", target="churned")


def test_one_class_only() -> None:
    """Levels without rows are no classes."""
    with pytest.raises(DataError, match="more than 1 class is needed, there is only 'a'"):
        ours("auto", {"a": 30, "b": 0}, "over")


def test_the_annotation() -> None:
    """Pydantic takes every form, and the schema for editors leaves functions out."""
    adapter = TypeAdapter(Strategy)
    for value in (0.5, 1, "auto", {"a": 3, 1: 0.5}, {"cap": 5}, ["a"], ("a",), len):
        assert adapter.validate_python(value) == value
    for value in (0.0, 1.5, "mnority", {"a": "b"}, None):
        with pytest.raises(ValueError, match="validation error"):
            adapter.validate_python(value)
    forms = adapter.json_schema()["anyOf"]
    assert [form.get("type") for form in forms] == ["number", "string", "object", "array"]
