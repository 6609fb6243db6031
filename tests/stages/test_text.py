"""Text in one spelling: what is changed, in which order, and what is left alone."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pandas as pd
import polars as pl
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.errors import ConfigError


def normal(text: str | None, **parameters: Any) -> Any:
    frame = pl.DataFrame({"t": [text, "x"]}, schema={"t": pl.String})
    return dp.NormaliseText(columns="t", **parameters).fit(frame).transform(frame)["t"].to_list()[0]


@pytest.mark.parametrize(
    ("given_text", "parameters", "expected"),
    [
        ("  a \t b\r\nc ", {}, "a b c"),
        ("a\u00a0\u2003b", {}, "a b"),
        ("\ufeffa\u200b", {}, "a"),
        ("  a  b ", {"strip": False}, " a b "),
        ("  a  b ", {"collapse": False}, "a  b"),
        ("ﬁn \uff21\uff22 ②", {}, "fin AB 2"),
        ("ﬁn", {"form": "NFC"}, "ﬁn"),
        ("e\u0301", {"form": "NFC"}, "é"),
        ("é", {"form": "NFD"}, "e\u0301"),
        ("e\u0301", {"form": None}, "e\u0301"),
        ("it's o'neill's ÉLAN", {"case": "title"}, "It's O'neill's Élan"),
        ("Straße", {"case": "casefold"}, "strasse"),
        ("Straße", {"case": "upper"}, "STRASSE"),
        ("ÄB", {"case": "lower"}, "äb"),
        ("a.b.c", {"replacements": {".": ""}}, "abc"),
        ("a1b22", {"replacements": {r"\d+": "#"}, "regex": True}, "a#b#"),
        ("ann lee", {"replacements": {r"(\w+) (\w+)": r"\2, \1"}, "regex": True}, "lee, ann"),
        ("aa", {"replacements": {"a": "b", "bb": "c"}}, "c"),
        ("   ", {}, ""),
        ("   ", {"empty": "missing"}, None),
        (None, {}, None),
        ("NA", {}, "NA"),
        ("00060", {}, "00060"),
    ],
)
def test_what_becomes_of_a_text(
    given_text: str | None, parameters: dict[str, Any], expected: str | None
) -> None:
    """Each parameter does what it says, and a missing cell stays missing."""
    assert normal(given_text, **parameters) == expected


@tries(200)
@given(
    text=st.text(),
    form=st.sampled_from([None, "NFC", "NFD", "NFKC", "NFKD"]),
    case=st.sampled_from([None, "lower", "casefold"]),
)
def test_what_is_normal_stays_so(text: str, form: Any, case: Any) -> None:
    """To normalise twice is to normalise once, in a form that Unicode knows to be normal."""
    work = dp.NormaliseText(form=form, case=case)._normaliser()
    once = work(text)
    assert once is not None
    assert work(once) == once
    assert form is None or unicodedata.is_normalized(form, once)


def test_numbers_and_identifiers_are_no_text_unless_named() -> None:
    """By default text and category features are looked at; codes and the target are left alone."""
    frame = pd.DataFrame(
        {"code": [" 1", " 2"], "n": [1, 2], "note": [" a", " b"], "y": [" p", "q"]}
    )
    pipe = dp.Pipeline([dp.NormaliseText()], target="y", id="code")
    out = pipe.fit(frame).transform(frame)
    assert out["note"].tolist() == ["a", "b"]
    assert out["code"].tolist() == [" 1", " 2"]
    assert out["y"].tolist() == [" p", "q"]
    named = dp.Pipeline([dp.NormaliseText(columns="code")], id="code")
    assert named.fit(frame).transform(frame)["code"].tolist() == ["1", "2"]


def test_the_ledger_says_what_was_asked_for() -> None:
    """A changed cell is in the ledger, an unchanged one is not, and undo gives the text back."""
    frame = pd.DataFrame({"note": [" a", "b", None]})
    stage = dp.NormaliseText(case="lower", replacements={"x": "y"})
    result = dp.clean(frame, pipeline=dp.Pipeline([stage]))
    entry = [0, "note", "0:normalise_text", "normalise", " a", "a"]
    why = "replacements, lower case, NFKC, blanks"
    assert result.ledger.values.tolist() == [[*entry, why]]
    pd.testing.assert_frame_equal(result.undo(), frame)


def test_a_category_stays_one() -> None:
    """A pandas category comes back as a category, with the levels that are new."""
    frame = pd.DataFrame({"c": pd.Categorical([" a", "b", " a", "b"])})
    out = dp.NormaliseText().fit(frame).transform(frame)["c"]
    assert out.tolist() == ["a", "b", "a", "b"]
    assert isinstance(out.dtype, pd.CategoricalDtype)


def test_numbers_that_are_declared_categories_are_passed_over() -> None:
    """A category of whole numbers has no spelling."""
    frame = pd.DataFrame({"c": pd.Categorical([1, 2, 1, 2])})
    assert dp.NormaliseText().fit(frame).transform(frame)["c"].tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"replacements": {"(": ""}, "regex": True}, "no regular expression"),
        ({"replacements": {"a": r"\2"}, "regex": True}, "invalid group reference"),
        ({"replacements": {"": "x"}}, "empty text"),
        ({"case": "Upper"}, "normalise_text.case"),
        ({"form": "NFX"}, "normalise_text.form"),
        ({"columns": "n"}, "'n' holds no text"),
        ({"columns": "nott"}, "Did you mean 'note'"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], message: str) -> None:
    """A parameter that cannot be meant is refused at fit, with what to do."""
    frame = pd.DataFrame({"note": ["a", "b"], "n": [1, 2]})
    with pytest.raises(ConfigError, match=message):
        dp.NormaliseText(**parameters).fit(frame)


def test_the_ends_alone_are_stripped_beside_many_inner_blanks() -> None:
    """All of 200,000 blanks inside stay; to search through them from each would take minutes."""
    text = "a" + " " * 200_000 + "b"
    stage = dp.NormaliseText(columns="c", collapse=False)
    out = stage.fit_transform(pd.DataFrame({"c": [f"\u3000\ufeff{text}\u2028\u200b"]}))
    assert out["c"].tolist() == [text]


def test_all_blanks_of_unicode_are_stripped() -> None:
    """Whatever a regular expression takes for a blank goes from the ends."""
    blanks = "".join(c for c in map(chr, range(0x110000)) if re.match(r"\s", c))
    stage = dp.NormaliseText(columns="c", collapse=False, form=None)
    assert stage.fit_transform(pd.DataFrame({"c": [f"{blanks}a{blanks}"]}))["c"].tolist() == ["a"]


def test_none_and_nan_among_objects_stay_what_they_were() -> None:
    """A missing cell of an object column is no other kind of missing afterwards."""
    given = pd.DataFrame(
        {"a": ["x ", None, "z"], "b": [None] * 3, "c": ["q", None, float("nan")]}, dtype=object
    )
    result = dp.clean(given, pipeline=dp.Pipeline([dp.NormaliseText()]))
    assert result.data["a"].tolist() == ["x", None, "z"]
    assert result.data["b"].tolist() == [None] * 3
    assert result.data["c"][1] is None
    pd.testing.assert_frame_equal(result.undo(), given)
