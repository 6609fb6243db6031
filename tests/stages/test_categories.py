"""Levels merged: spellings, rare levels, and those that must never be one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.errors import ConfigError
from dataprep.stages.categories import index_of
from dataprep.stages.spelling import fingerprint, meaning, ngram_fingerprint, spellings

ALL = ("fingerprint", "ngram", "edit")


def frame_of(**counts: int) -> pd.DataFrame:
    return pd.DataFrame({"c": [level for level, n in counts.items() for _ in range(n)]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Berlin", " berlin "),
        ("Berlin", "BERLIN."),
        ("Müller, Anna", "anna muller"),
        ("São Paulo", "Sao Paulo"),
        ("U.S.A.", "USA"),
        ("O'Brien", "OBrien"),
        ("Straße", "STRASSE"),
    ],
)
def test_fingerprints_that_are_the_same(one: str, other: str) -> None:
    """Case, accents, punctuation, blanks and the order of words are no part of a fingerprint."""
    assert fingerprint(one) == fingerprint(other)
    assert spellings({one: 5, other: 4}, ["fingerprint"], 0.2) == {other: one}


@pytest.mark.parametrize(
    ("one", "other"), [("Self-emp", "self emp"), ("New York", "NewYork"), ("e-mail", "Email")]
)
def test_ngram_fingerprints_that_are_the_same(one: str, other: str) -> None:
    """Where the blanks are is no part of an n-gram fingerprint."""
    assert ngram_fingerprint(one) == ngram_fingerprint(other)
    assert spellings({one: 5, other: 4}, ["ngram"], 0.2) == {other: one}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Type 1", "Type 2"),
        ("Type 1", "Type  II"),
        ("Phase I", "Phase II"),
        ("Group A", "Group B"),
        ("Block A1", "Block B1"),
        ("1.5 mg", "15 mg"),
        ("C", "C++"),
        ("A", "A-"),
        ("A+", "A-"),
        ("-1", "1"),
        ("<=50K", ">50K"),
        ("5%", "5"),
        ("male", "female"),
        ("active", "inactive"),
        ("valid", "invalid"),
        ("married", "unmarried"),
        ("India", "Indian"),
        ("Niger", "Nigeria"),
        ("Gambia", "Zambia"),
        ("Iran", "Iraq"),
        ("Austria", "Australia"),
        ("hyperthyroidism", "hypothyroidism"),
        ("abab", "baba"),
        ("мой", "мои"),
        ("が", "か"),
        ("?", "-"),
    ],
)
def test_levels_that_mean_other_things_are_never_merged(one: str, other: str) -> None:
    """Numbers, signs, letters that stand alone, short words and other beginnings tell apart."""
    assert spellings({one: 500, other: 1}, ALL, 1.0) == {}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Berlin", "Berlln"),
        ("Berlin", "Berln"),
        ("Berlin", "Bertlin"),
        ("Berlin", "Belrin"),
        ("birmingham", "birminghxm"),
        ("General Hospital", "Genxral Hospitxl"),
    ],
)
def test_slips_of_the_pen_are_merged(right: str, wrong: str) -> None:
    """A letter more, less, other or swapped, in a word of some length, is a misspelling."""
    assert spellings({right: 10, wrong: 1}, ALL, 0.2) == {wrong: right}


def test_a_misspelling_is_rarer_than_the_right_spelling() -> None:
    """Two levels that are both frequent are two, unless their key is the same."""
    assert spellings({"Ireland": 10, "Iceland": 9}, ALL, 0.2) == {}
    assert spellings({"Berlin": 10, "berlin": 9}, ALL, 0.2) == {"berlin": "Berlin"}


def test_no_chain_of_spellings_drifts_away() -> None:
    """A level joins one that stays, not one that was merged itself."""
    found = spellings({"carton": 100, "cartxn": 10, "caxtxn": 1}, ALL, 0.2)
    assert found == {"cartxn": "carton"}


def test_many_levels_are_compared_in_blocks() -> None:
    """Misspellings are found among thousands of levels, and nothing else is merged."""
    letters = "bcdfghjklmnpqrstvwxz"
    # More begin with the same two letters than are compared at once.
    names = [
        f"{a}a{b}e{c}o{d}u{b}{c}" for a in "bc" for b in letters for c in letters for d in "mnt"
    ]
    counts = dict.fromkeys(names, 50)
    wrong = {f"{name[:4]}y{name[5:]}": name for name in names[::97]}
    found = spellings({**counts, **dict.fromkeys(wrong, 1)}, ("edit",), 0.2)
    assert found == wrong


@tries(100)
@given(st.dictionaries(st.text("abB 1-.é", max_size=7), st.integers(1, 9), max_size=12))
def test_spellings_keep_their_promises(counts: dict[str, int]) -> None:
    """A level goes to a more frequent one that stays and means the same, in any order given."""
    found = spellings(counts, ALL, 0.5)
    for level, to in found.items():
        assert to not in found
        assert counts[to] >= counts[level]
        assert meaning(to) == meaning(level)
    assert spellings(dict(reversed(counts.items())), ALL, 0.5) == found


def test_rare_levels_become_other() -> None:
    """Rarity is judged after spellings were joined, and the ledger says how rare."""
    frame = frame_of(**{"Berlin": 6, "berlin": 2, "Bonn": 2, "Köln": 1, "koln": 1})
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.MergeCategories(min_count=3)]))
    assert result.data["c"].value_counts().to_dict() == {"Berlin": 8, "other": 4}
    assert sorted(set(result.ledger["reason"])) == ["rare: 2 of 12", "spelling of 'Berlin'"]
    pd.testing.assert_frame_equal(result.undo(), frame)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["a", "new", None, "b"]),
        ({"handle_unknown": "other"}, ["a", "other", None, "b"]),
        ({"handle_unknown": "missing"}, ["a", None, None, "b"]),
        ({"min_share": 0.5}, ["a", "new", None, "other"]),
        ({"min_share": 0.5, "handle_unknown": "other", "other": "b"}, ["a", "b", None, "b"]),
    ],
)
def test_levels_at_serving_have_a_place(parameters: dict[str, Any], expected: list[Any]) -> None:
    """New and missing levels are treated as the parameters say, rare ones as at fit."""
    stage = dp.MergeCategories(**parameters).fit(frame_of(a=7, b=3))
    served = stage.transform(pd.DataFrame({"c": ["a", "new", None, "b"]}))["c"].tolist()
    assert [None if pd.isna(level) else level for level in served] == expected


def test_a_new_spelling_of_a_known_level_is_found_by_its_key() -> None:
    """A spelling that was not there at fit joins its level, one that means otherwise does not."""
    stage = dp.MergeCategories(handle_unknown="other").fit(frame_of(**{"Type 1": 5, "New York": 5}))
    served = pd.DataFrame({"c": ["TYPE 1", "type 3", "new-york", "NewYork."]})
    assert stage.transform(served)["c"].tolist() == ["Type 1", "other", "New York", "New York"]


def test_nothing_is_merged_where_nothing_is_asked_for() -> None:
    """Without variants and bounds every level stays."""
    frame = frame_of(a=5, A=1, b=1)
    stage = dp.MergeCategories(variants=()).fit(frame)
    pd.testing.assert_frame_equal(stage.transform(frame), frame)


def test_a_column_of_rare_levels_only_is_noted() -> None:
    """Where every level is rare the column becomes constant, and a note says so."""
    result = dp.clean(
        frame_of(a=5, b=5, c=5), pipeline=dp.Pipeline([dp.MergeCategories(min_share=0.5)])
    )
    assert result.summary["stages"][0]["notes"] == ["c: every level is rare"]


def test_the_target_is_left_alone() -> None:
    """The classes of a target are not merged unless it is named."""
    frame = frame_of(Yes=5, yes=1, no=5).assign(x="a")
    pipe = dp.Pipeline([dp.MergeCategories()], target="c")
    assert set(pipe.fit(frame).transform(frame)["c"]) == {"Yes", "yes", "no"}
    pipe = dp.Pipeline([dp.MergeCategories(columns="c")], target="c")
    assert set(pipe.fit(frame).transform(frame)["c"]) == {"Yes", "no"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"variants": ("soundex",)}, "merge_categories.variants"),
        ({"min_count": 0}, "merge_categories.min_count"),
        ({"min_share": 2.0}, "merge_categories.min_share"),
        ({"columns": "n"}, "'n' holds no text"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], message: str) -> None:
    """A parameter that cannot be meant is refused at fit."""
    frame = frame_of(a=2).assign(n=[1, 2])
    with pytest.raises(ConfigError, match=message):
        dp.MergeCategories(**parameters).fit(frame)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [({}, ["Berlin", "Other"]), ({"min_count": 8}, ["Other"])],
)
def test_a_spelling_of_other_is_merged_too(parameters: dict[str, Any], expected: list[str]) -> None:
    """A level that is called as rare ones would be is a spelling like any other, and they join."""
    frame = frame_of(Other=6, other=1, Berlin=6, berlin=1)
    out = dp.MergeCategories(**parameters).fit(frame).transform(frame)["c"]
    assert sorted(set(out)) == expected


def test_spellings_of_a_merged_level_go_where_it_went() -> None:
    """At serving, the spellings of a level that was rare or misspelt at fit are known."""
    stage = dp.MergeCategories(min_count=5).fit(frame_of(Berlin=60, Berlln=2, Bonn=2))
    served = pd.DataFrame({"c": ["Bonn", "BONN", "bonn ", "BERLLN", "Ulm"]})
    assert stage.transform(served)["c"].tolist() == ["other", "other", "other", "Berlin", "Ulm"]


def test_the_keys_of_levels_are_worked_out_once() -> None:
    """Serving rows one by one does not read every learned level anew."""
    frame = frame_of(**{f"level {i}": 1 for i in range(500)})
    stage = dp.MergeCategories(columns="c").fit(frame)
    served = pd.DataFrame({"c": ["LEVEL 5"]})
    assert stage.transform(served)["c"].tolist() == ["level 5"]
    before = index_of.cache_info().misses
    for _ in range(3):
        stage.transform(served)
    assert index_of.cache_info().misses == before
