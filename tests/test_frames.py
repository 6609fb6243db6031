"""Frames come back as they came: types that stages do not see, exact where nothing changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep import sizes
from dataprep.engines.frames import open_frame
from dataprep.errors import DataError

PRICES = [Decimal("1.50"), None, Decimal("3.25"), Decimal("2.00")] * 10
LONG = [Decimal("123456789012345678.123456"), None, Decimal("1.000001")] * 10
WORDS = ["a", None, "b", "a"] * 10
HALVES = [np.float16(1.5), None, np.float16(2.5), np.float16(2.0)] * 10

ARROW = {
    "decimal": pa.array(PRICES, pa.decimal128(10, 2)),
    "long decimal": pa.array(LONG, pa.decimal128(38, 6)),
    "dictionary": pa.array(WORDS, pa.string()).dictionary_encode(),
    "dictionary of large text": pa.array(WORDS, pa.large_string()).dictionary_encode(),
    "dictionary of numbers": pa.array([1, None, 2, 1] * 10).dictionary_encode(),
    "large text": pa.array(WORDS, pa.large_string()),
    "view": pa.array(WORDS, pa.string_view()),
    "half float": pa.array(HALVES, pa.float16()),
    "narrow": pa.array([1, 2, None, 3] * 10, pa.int8()),
    "unsigned": pa.array([1, 2, None, 3] * 10, pa.uint64()),
}
PANDAS: dict[str, Any] = {
    "decimals as objects": PRICES,
    "arrow decimals": pd.array(PRICES, dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
    "booleans as objects": [True, None, False, True] * 10,
    "whole numbers as objects": pd.Series([1, None, 2, 3] * 10, dtype=object),
    "half float": np.array([1.5, np.nan, 2.5, 2.0] * 10, dtype="float16"),
    "numbers as category": pd.Categorical([1, None, 2, 1] * 10),
}


@pytest.mark.parametrize("column", ARROW.values(), ids=ARROW.keys())
def test_an_arrow_type_is_filled_kept_and_undone(column):
    """Whatever Arrow calls a number or a text is imputed, keeps its type, and comes back."""
    given = pa.table({"x": column})
    result = dp.clean(given, dedupe="none")
    assert result.data.schema == given.schema
    assert result.data["x"].null_count == 0
    pairs = zip(result.data["x"].to_pylist(), given["x"].to_pylist(), strict=True)
    assert all(new == old for new, old in pairs if old is not None)
    assert result.undo().equals(given)


@pytest.mark.parametrize("column", PANDAS.values(), ids=PANDAS.keys())
def test_a_pandas_column_is_filled_kept_and_undone(column):
    """Objects that are numbers or booleans are imputed as what they are, and stay objects."""
    given = pd.DataFrame({"x": column})
    result = dp.clean(given, dedupe="none")
    there = given["x"].notna()
    assert result.data["x"].dtype == given["x"].dtype
    assert result.data["x"].notna().all()
    assert result.data["x"][there].tolist() == given["x"][there].tolist()
    pd.testing.assert_frame_equal(result.undo(), given)


def test_objects_of_several_types_are_left_alone():
    """A column of numbers and texts is neither: no stage guesses."""
    given = pd.DataFrame({"x": pd.Series([1, "a", None, dt.date(2020, 1, 1)] * 5, dtype=object)})
    pd.testing.assert_frame_equal(dp.clean(given, dedupe="none").data, given)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_minus_zero_is_zero(make):
    """0.0 and -0.0 are one value to every library."""
    kept, _ = dp.DropDuplicates().fit_resample(make({"x": [0.0, -0.0, 1.0]}), None)
    assert len(kept) == 2


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table])
def test_large_whole_numbers_keep_their_digits(make):
    """A median of whole numbers beyond 2**53 is the number itself, in groups as well."""
    large = [2**53 + 1, None, 2**60 + 1, None]
    frame = make({"g": ["a", "a", "b", "b"], "x": large})
    by_group = dp.Impute(strategy="median", by="g").fit_transform(frame)["x"]
    overall = dp.Impute(strategy="median").fit_transform(frame)["x"]
    assert list(map(int, by_group.to_numpy())) == [large[0], large[0], large[2], large[2]]
    middle = (large[0] + large[2]) // 2
    assert list(map(int, overall.to_numpy())) == [large[0], middle, large[2], middle]


def test_a_constant_for_numbers_as_category_is_a_number():
    """Levels that are numbers are filled with one, and a word is refused in words."""
    frame = pd.DataFrame({"x": pd.Categorical([1, 2, None])})
    filled = dp.Impute(strategy="constant", fill_value=7).fit_transform(frame)["x"]
    assert filled.tolist() == [1, 2, 7]
    assert filled.cat.categories.dtype == "int64"
    with pytest.raises(dp.errors.ConfigError, match="does not fit 'x'"):
        dp.Impute(strategy="constant", fill_value="none").fit(frame)


def test_an_array_comes_back_as_an_array():
    """What dp.clean gives for an array is an array, and so is what undo gives."""
    given = np.array([[1.0, np.nan], [3.0, 4.0], [5.0, 6.0]])
    result = dp.clean(given)
    np.testing.assert_array_equal(result.data, [[1, 5], [3, 4], [5, 6]])
    np.testing.assert_array_equal(result.undo(), given)


def test_a_target_may_have_a_number_for_a_name():
    """Columns of pandas may be called 0, 1, 2, and a target too."""
    frame = pd.DataFrame([[1.0, 0], [None, 1], [3.0, 1]])
    result = dp.clean(frame, target=1)
    assert result.pipeline.roles_ == {"1": "target"}
    assert result.data.columns.tolist() == [0, 1]


def test_a_pipeline_of_one_s_own_is_left_as_it_was():
    """A target that is given beside a pipeline does not become the pipeline's."""
    pipe = dp.Pipeline([dp.Impute()])
    result = dp.clean(pd.DataFrame({"a": [1.0, None], "y": [0, 1]}), target="y", pipeline=pipe)
    assert pipe.target is None
    assert result.pipeline.target == "y"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"outliers": "none", "pipeline": dp.Pipeline([])}, "outliers: 'none' would be ignored"),
        ({"targt": "y"}, "targt: unknown option 'targt'. Did you mean 'target'?"),
        ({"delimiter": ";"}, "'delimiter' is for files"),
    ],
)
def test_what_would_be_ignored_is_refused(given, says):
    """An option that clean cannot heed is named, with the nearest it can."""
    with pytest.raises(dp.errors.ConfigError) as caught:
        dp.clean(pd.DataFrame({"a": [1.0, None]}), **given)
    assert says in str(caught.value)


def test_groups_do_not_meet():
    """A level that looks like a missing group, or like two, is a group of its own."""
    frame = pd.DataFrame(
        {
            "g": ["∅", None, "a\x1f2b", "a", "∅", None, "a\x1f2b", "a"],
            "h": ["c", "c", "c", "b\x1f2c", "c", "c", "c", "b\x1f2c"],
            "x": [1.0, 2.0, 3.0, 4.0, None, None, None, None],
        }
    )
    for by in ("g", ["g", "h"]):
        filled = dp.Impute(strategy="mean", by=by).fit_transform(frame)["x"].tolist()
        assert filled == [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0]


def test_a_fraction_is_a_group_that_was_not_seen():
    """At serving, a fraction in a column of whole groups has the whole column's value."""
    train = pd.DataFrame({"g": [1.0, 1.0, 2.0], "x": [1.0, 1.0, 9.0]})
    stage = dp.Impute(strategy="median", by="g").fit(train)
    served = pd.DataFrame({"g": [1.0, 1.5, 2.0], "x": [None, None, None]}, dtype=float)
    assert stage.transform(served)["x"].tolist() == [1.0, 1.0, 9.0]
    with pytest.raises(dp.errors.DataError, match="has fractions and cannot name groups"):
        dp.Impute(strategy="median", by="g").fit(served.assign(x=1.0))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
@pytest.mark.parametrize("by", [None, "g"])
def test_whole_numbers_of_fit_that_come_as_floats(make, by):
    """Fractions, infinities and huge numbers are treated as floats, by group as well."""
    train = make({"age": [20, 30, 40, 50], "g": list("aabb")})
    ages = [2.5, float("inf"), 1e19, None]
    served = make({"age": ages, "g": list("abab")})
    for stage in (dp.Impute(by=by), dp.Impute(strategy="mean", by=by)):
        filled = list(map(float, stage.fit(train).transform(served)["age"].to_numpy()))
        assert filled == [*ages[:3], 45.0 if by else 35.0]
    for stage in (dp.IQR(by=by), dp.ZScore(by=by), dp.MAD(by=by), dp.Quantile(by=by)):
        clipped = stage.fit(train).transform(served)["age"].to_numpy()
        assert max(clipped[:3]) < 100


def test_every_row_dropped_is_noted():
    """A run that leaves nothing says which stage took it."""
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [None, None]}, dtype=float)
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.DropMissing()]))
    assert len(result.data) == 0
    assert "no row is left of 2" in result.summary["stages"][0]["notes"][0]
    assert len(result.undo()) == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda columns: pd.DataFrame(columns),
        lambda columns: pd.DataFrame({**columns, "l": [np.array(x) for x in columns["l"]]}),
        pl.DataFrame,
        pa.table,
    ],
    ids=["pandas", "pandas arrays", "polars", "pyarrow"],
)
def test_rows_with_lists_are_compared(make):
    """A list is a value like any other: equal lists make equal rows, on every library."""
    result = dp.clean(make({"l": [[1, 2], [1, 2], [3]], "a": [1.0, 1.0, 2.0]}), missing="none")
    assert len(result.data) == 2
    assert result.summary["rows_rejected"] == 1


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_names_that_differ_in_case_alone_are_two_columns(make):
    """What is done to a is not done to A."""
    frame = make({"a": ["1", "2", "3"], "A": ["7", "8", None]})
    typed = dp.Types().fit(frame).transform(frame)
    assert list(typed["a"].to_numpy()) == [1, 2, 3]
    assert int(typed["A"].to_numpy()[0]) == 7
    rows = make({"a": [1, 1, 1, 1], "A": [1, 1, 2, 2]})
    assert len(dp.DropDuplicates().fit_resample(rows, None)[0]) == 2


def test_arrow_windows_refuse_names_that_differ_in_case_alone():
    """Where two names would be one, the message names both."""
    frame = pa.table({"a": [1.0, None], "A": [1.0, 2.0]})
    with pytest.raises(dp.errors.DataError, match="'a' and 'A' differ in case alone"):
        dp.Impute(strategy="forward").fit_transform(frame)


def test_long_decimals_that_do_not_change_are_not_cast():
    """A decimal near full precision stays, whatever becomes of the others."""
    column = pa.array([Decimal(10**18 - 1), Decimal(5), Decimal(7), None], pa.decimal128(18, 0))
    out = dp.Impute(strategy="constant", fill_value=3).fit_transform(pa.table({"x": column}))
    assert out["x"].to_pylist() == [Decimal(10**18 - 1), Decimal(5), Decimal(7), Decimal(3)]


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (dp.IQR(k="3"), "iqr.k: '3': input should be of type float"),
        (dp.IQR(k=True), "iqr.k: True: input should be of type float"),
        (dp.IQR(k=float("inf")), "iqr.k: inf: input should be a finite number"),
        (dp.ZScore(threshold=float("nan")), "z_score.threshold: nan"),
    ],
)
def test_a_parameter_that_only_looks_like_a_number_is_refused(stage, says):
    """Text, truth values and infinities are no thresholds."""
    with pytest.raises(dp.errors.ConfigError) as caught:
        stage.fit(pd.DataFrame({"a": [1, 2, 3]}))
    assert says in str(caught.value)


def test_a_bound_beyond_all_numbers_is_none():
    """A factor so large that the fence overflows treats nothing."""
    frame = pd.DataFrame({"a": [1, 2, 3, 400]})
    assert dp.IQR(k=1e308).fit_transform(frame).equals(frame)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_matrix_knows_how_long_its_texts_are(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long texts count by their signs: past the limit a matrix is refused before it is made."""
    long = open_frame(library({"note": ["x" * 20_000, None] * 20})).table
    short = open_frame(library({"note": ["x", None] * 20})).table
    monkeypatch.setattr(sizes, "LARGEST_MATRIX", 100_000)
    assert len(short.matrix(["note"])["note"]) == 40
    with pytest.raises(DataError, match=r"40 rows and 1 columns would take"):
        long.matrix(["note"])


def test_only_a_large_matrix_is_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """A person who asks for a log hears of what may fill the memory, not of every column."""
    opened = open_frame(pd.DataFrame({"note": ["x" * 4_000_000] * 30, "n": [1] * 30})).table
    with caplog.at_level("INFO", "dataprep"):
        opened.matrix(["n"])
        assert not caplog.messages
        opened.matrix(["note"])
        assert caplog.messages == ["a matrix of 1 columns: about 114 MB"]


def test_a_pipeline_fitted_on_a_file_repairs_frames_without_a_target(tmp_path):
    """A pipeline that learned from a file takes frames that lack the columns with a role."""
    path = tmp_path / "given.csv"
    frame = pd.DataFrame({"who": range(40), "age": [20.0, None, 40.0, 30.0] * 10, "y": [0, 1] * 20})
    frame.to_csv(path, index=False)
    pipe = dp.clean(path, target="y", id="who").pipeline
    assert pipe.transform(pd.DataFrame({"age": [None, 50.0]}))["age"].tolist() == [30.0, 50.0]


TARGETS = {
    "list": ["no", "no", None, "no"],
    "list of numbers": [1, 2, None, 1],
    "array of texts": np.array(["no", "no", "no", "no"]),
    "array of objects": np.array([False, False, None, False], dtype=object),
    "floats": np.array([1.0, 2.0, np.nan, 1.0]),
    "pandas": pd.Series(["no", "no", None, "no"], index=list("abcd"), name="y"),
    "pandas string": pd.Series(["no", "no", None, "no"], dtype="string"),
    "pandas category": pd.Series(["no", "no", None, "no"], dtype="category"),
    "pandas Int64": pd.Series([1, 2, None, 1], dtype="Int64"),
    "pandas frame": pd.DataFrame({"y": ["no", "no", None, "no"]}),
    "polars": pl.Series("y", ["no", "no", None, "no"]),
    "polars Enum": pl.Series("y", ["no", "no", None, "no"], dtype=pl.Enum(["no"])),
    "polars integers": pl.Series("y", [1, 2, None, 1]),
    "polars booleans": pl.Series("y", [False, False, None, False]),
    "pyarrow": pa.array(["no", "no", None, "no"]),
    "pyarrow dictionary": pa.array(["no", "no", None, "no"]).dictionary_encode(),
    "all missing": [None] * 4,
    "all missing, pandas": pd.Series([None] * 4),
}


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
def test_a_class_that_no_row_came_with_comes_back(y: Any) -> None:
    """The label that a stage gave is in y, in its container and of its type; the rest stays."""
    was = np.ravel(np.asarray(y, dtype=object)).tolist()
    present = [value for value in was if not pd.isna(value)]
    new = {str: "yes", bool: True}.get(type((present or [""])[0]), 3)
    answers = [{"row": 2, "label": str(new)}]
    X = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    made = dp.MergeLabels(answers, new_labels=True).fit_resample(X, y)[1]
    assert type(made) is type(y)
    found = np.ravel(np.asarray(made, dtype=object)).tolist()
    assert found[2] == new
    assert [pd.isna(v) or v for v in found[:2] + found[3:]] == [
        pd.isna(v) or v for v in was[:2] + was[3:]
    ]
    dtype = getattr(y, "dtype", None)
    if str(dtype) in ("Int64", "float64", "string", "boolean", "Boolean", "object"):
        assert made.dtype == dtype


def test_rules_label_a_target_that_has_no_label() -> None:
    """No row of y has a class, and all get one: y says so, as the stage's facts do."""
    X = pd.DataFrame({"x": np.arange(20.0)})
    rules = [
        {"label": label, "when": {"column": "x", "operator": operator, "value": 9.5}}
        for label, operator in (("low", "<"), ("high", ">"))
    ]
    labels = dp.LabelingRules(rules).fit_resample(X, [None] * 20)[1]
    assert labels == ["low"] * 10 + ["high"] * 10


def test_a_class_of_another_type_is_refused_in_words() -> None:
    """Where y holds numbers, a word is no class of it, and the error names both."""
    X = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    stage = dp.MergeLabels([{"row": 2, "label": "many"}], new_labels=True)
    with pytest.raises(DataError, match="the class 'many' is no int, as the others are"):
        stage.fit_resample(X, [1, 2, None])


def test_supplied_labels_are_balanced_behind() -> None:
    """Rows that a stage labels count for the stage that balances classes, frame and y alike."""
    X = pd.DataFrame({"x": np.arange(40.0)})
    y = pd.Series(np.where(X["x"] < 15, "low", "high")).where(X.index % 2 == 0, None)
    stages = [dp.LabelSpreading(n_neighbors=3), dp.RandomOverSampler()]
    _, labels = dp.Pipeline(stages).fit_resample(X, y)
    counts = labels.value_counts()
    assert labels.notna().all()
    assert counts["low"] == counts["high"] > 20
