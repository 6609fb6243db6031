"""Levels as numbers: golden values, scikit-learn's results, and no target that leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

import dataprep as dp
from dataprep.errors import ConfigError, DataError, SchemaError

TRAIN = pd.DataFrame({"c": ["b", "a", None, "b", "b", "a"], "x": range(6)})
SERVED = pd.DataFrame({"c": ["a", "b", None, "new"], "x": range(4)})


def encoded(**parameters: Any) -> dict[str, list[Any]]:
    out = dp.Encode(**parameters).fit(TRAIN).transform(SERVED).drop(columns="x")
    return {
        name: [None if pd.isna(value) else value for value in column]
        for name, column in out.to_dict("list").items()
    }


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {"c_a": [1, 0, 0, 0], "c_b": [0, 1, 0, 0], "c_missing": [0, 0, 1, 0]}),
        (
            {"max_levels": 1},
            {"c_b": [0, 1, 0, 0], "c_other": [1, 0, 0, 1], "c_missing": [0, 0, 1, 0]},
        ),
        (
            {"handle_missing": "return_nan"},
            {"c_a": [1, 0, None, 0], "c_b": [0, 1, None, 0]},
        ),
        (
            {"handle_unknown": "return_nan"},
            {"c_a": [1, 0, 0, None], "c_b": [0, 1, 0, None], "c_missing": [0, 0, 1, None]},
        ),
        ({"method": "ordinal"}, {"c_ordinal": [0, 1, -2, -1]}),
        ({"method": "ordinal", "order": {"c": ["b", "z", "a"]}}, {"c_ordinal": [2, 0, -2, -1]}),
        (
            {"method": "ordinal", "handle_missing": "return_nan", "handle_unknown": "return_nan"},
            {"c_ordinal": [0, 1, None, None]},
        ),
        ({"method": "frequency"}, {"c_frequency": [0.333333333333, 0.5, 0.166666666667, 0.0]}),
        (
            {"method": "target", "target": "x", "target_type": "continuous", "smooth": 0.0},
            {"c_target": [3.0, 2.33333333333, 2.0, 2.5]},
        ),
    ],
)
def test_what_becomes_of_a_level(parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    """Known, missing and new levels have the place that the parameters give them."""
    assert encoded(**parameters) == expected


def test_the_column_goes_and_comes_back() -> None:
    """The encoded column is removed, unless it is to be kept, and undo gives it back."""
    result = dp.clean(TRAIN, pipeline=dp.Pipeline([dp.Encode()]))
    assert result.data.columns.tolist() == ["x", "c_a", "c_b", "c_missing"]
    assert result.summary["stages"][0]["columns_removed"] == {"c": "encoded: one_hot"}
    pd.testing.assert_frame_equal(result.undo(), TRAIN)
    kept = dp.Encode(keep=True).fit(TRAIN).transform(TRAIN)
    assert kept.columns.tolist() == ["c", "x", "c_a", "c_b", "c_missing"]


def test_one_hot_and_ordinal_are_those_of_scikit_learn() -> None:
    """The numbers are scikit-learn's, for levels that were there at fit."""
    frame = pd.DataFrame({"c": list("badcab") * 5, "d": list("xyzzyx") * 5})
    one_hot = OneHotEncoder(sparse_output=False).fit(frame)
    ours = dp.Encode().fit(frame)
    np.testing.assert_array_equal(ours.transform(frame), one_hot.transform(frame))
    names = one_hot.get_feature_names_out().tolist()
    assert ours.get_feature_names_out().tolist() == names
    ordinal = dp.Encode(method="ordinal").fit(frame).transform(frame)
    np.testing.assert_array_equal(ordinal, OrdinalEncoder().fit_transform(frame))


def people(rows: int = 400, levels: int = 12) -> tuple[pd.DataFrame, np.ndarray, Any]:
    """Return a frame of levels, a number that depends on them, and the generator."""
    rng = np.random.default_rng(3)
    code = rng.integers(0, levels, rows)
    frame = pd.DataFrame({"c": [f"level {i:02d}" for i in code]})
    return frame, code * 2.5 + rng.normal(1e4, 3, rows), rng


@pytest.mark.parametrize("smooth", ["auto", 0.0, 5.0])
@pytest.mark.parametrize("kind", ["continuous", "binary", "multiclass"])
def test_target_encodings_are_those_of_scikit_learn(kind: str, smooth: Any) -> None:
    """What later rows are encoded by is what scikit-learn's TargetEncoder learns."""
    X, number, rng = people()
    y: Any = number
    if kind == "binary":
        y = (number > np.median(number)).astype(int)
    elif kind == "multiclass":
        y = rng.choice(["p", "q", "r"], len(X))
    theirs = TargetEncoder(smooth=smooth, target_type=kind).fit(X, y)
    ours = dp.Encode(method="target", smooth=smooth).fit(X, y)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-9)
    new = pd.DataFrame({"c": ["never seen"]})
    np.testing.assert_allclose(ours.transform(new), theirs.transform(new), rtol=1e-9)


def test_classes_have_a_column_each() -> None:
    """Several classes give a column each, two classes one, which is for the second."""
    X, _, rng = people(60)
    three = dp.Encode(method="target").fit(X, rng.choice(["p", "q", "r"], len(X)))
    names = ["c_target_p", "c_target_q", "c_target_r"]
    assert three.get_feature_names_out().tolist() == names
    two = dp.Encode(method="target").fit(X, ["no", "yes"] * 30)
    assert two.get_feature_names_out().tolist() == ["c_target"]
    booleans = dp.Encode(method="target", target="b").fit(X.assign(b=[True, False] * 30))
    assert booleans.get_feature_names_out().tolist() == ["b", "c_target"]


def test_noise_of_many_levels_tells_nothing_of_the_target() -> None:
    """Encoded apart, levels of noise do not correlate with the target; at once, they do."""
    rng = np.random.default_rng(0)
    rows = 4000
    X = pd.DataFrame({"c": [f"l{i}" for i in rng.integers(0, 1500, rows)]})
    y = rng.normal(size=rows)
    stage = dp.Encode(method="target", columns="c")
    apart = stage.fit_transform(X, y)["c_target"].to_numpy()
    at_once = stage.transform(X)["c_target"].to_numpy()
    assert abs(np.corrcoef(apart, y)[0, 1]) < 0.05
    assert np.corrcoef(at_once, y)[0, 1] > 0.3


@pytest.mark.parametrize("way", ["fit_transform", "fit_resample", "clean"])
def test_no_row_is_told_its_own_target(way: str) -> None:
    """A row's encoding does not change with its own target, however training rows are made."""
    X, y, _ = people(80)

    def trained(target: np.ndarray) -> np.ndarray:
        steps = [dp.DropDuplicates(subset="id"), dp.Encode(method="target", columns="c", cv=4)]
        frame = X.assign(id=range(len(X)))
        if way == "clean":
            pipe = dp.Pipeline(steps, target="y")
            return dp.clean(frame.assign(y=target), pipeline=pipe).data["c_target"].to_numpy()
        pipe = dp.Pipeline(steps)
        if way == "fit_resample":
            return pipe.fit_resample(frame, target)[0]["c_target"].to_numpy()
        return pipe.fit_transform(frame, target)["c_target"].to_numpy()

    before = trained(y)
    for row in (0, 17, 79):
        other = y.copy()
        other[row] += 1000.0
        after = trained(other)
        assert after[row] == before[row]
        assert (after != before).any()


def test_every_way_to_training_rows_gives_the_same() -> None:
    """Cross-fitting is keyed by row: the same rows are encoded alike, whatever the engine."""
    X, y, _ = people(90)
    stage = dp.Encode(method="target", random_state=5)
    once = stage.fit_transform(X, y)["c_target"].to_list()
    again = stage.fit_transform(pl.DataFrame(X), y)["c_target"].to_list()
    assert once == again
    assert (
        once != dp.Encode(method="target", random_state=6).fit_transform(X, y)["c_target"].to_list()
    )


def test_columns_of_the_same_name_are_told_apart() -> None:
    """``a`` of ``b_c`` and ``a_b`` of ``c`` get a column each, and none is overwritten."""
    frame = pd.DataFrame({"a": ["b_c", "x"] * 5, "a_b": ["c", "y"] * 5, "a_x": range(10)})
    out = dp.Encode(columns=["a", "a_b"]).fit(frame).transform(frame)
    assert out.columns.tolist() == ["a_x", "a_b_c", "a_x_", "a_b_c_", "a_b_y"]
    assert out["a_x"].tolist() == list(range(10))


def test_whole_numbers_and_booleans_are_levels_if_named() -> None:
    """Codes and flags can be encoded, and whole numbers that gaps made floats."""
    frame = pd.DataFrame({"n": [1.0, 2.0, None], "b": [True, False, True], "x": [0.5, 1.5, 2.5]})
    out = dp.Encode(columns=["n", "b"]).fit(frame).transform(frame)
    names = ["x", "n_1", "n_2", "n_missing", "b_False", "b_True"]
    assert out.columns.tolist() == names
    assert out["n_missing"].tolist() == [0, 0, 1]
    with pytest.raises(ConfigError, match="'x' has fractions"):
        dp.Encode(columns="x").fit(frame)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"max_levels": 1, "handle_many": "error"}, DataError, "c: the column has 2 levels, 1 are"),
        ({"handle_missing": "error"}, SchemaError, "c: the value in row 2 is missing"),
        ({"method": "ordinal", "order": {"c": ["a"]}}, ConfigError, "the order leaves out 'b'"),
        ({"method": "ordinal", "order": {"d": ["a"]}}, ConfigError, "no column named 'd'"),
        ({"method": "target"}, DataError, "requires y to be passed"),
        ({"method": "target", "target": "c"}, ConfigError, "is the target itself"),
        ({"method": "target", "target": "xx"}, ConfigError, "Did you mean 'x'"),
        (
            {"method": "target", "target": "x", "target_type": "binary"},
            ConfigError,
            "has 6 values, binary is 2",
        ),
        ({"cv": 1}, ConfigError, "encode.cv"),
        ({"smooth": -1.0}, ConfigError, "encode.smooth"),
    ],
)
def test_what_is_refused_at_fit(parameters: dict[str, Any], error: Any, message: str) -> None:
    """What cannot be encoded as asked is refused, with the place and what to do."""
    with pytest.raises(error, match=message):
        dp.Encode(**parameters).fit(TRAIN)


@pytest.mark.parametrize("method", ["one_hot", "ordinal", "frequency"])
def test_a_new_level_can_be_refused(method: str) -> None:
    """With ``handle_unknown="error"`` a new level is named, with its row."""
    stage = dp.Encode(method=method, handle_unknown="error").fit(TRAIN)
    with pytest.raises(SchemaError, match="c: 'new' in row 3 was not there at fit"):
        stage.transform(SERVED)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("method", ["ordinal", "frequency", "target"])
def test_large_whole_numbers_are_told_apart(method: str, library: str) -> None:
    """Whole numbers that no float tells apart keep their own codes, with gaps as without."""
    keys = [2**53, 2**53 + 1, 2**53 + 1, 2**53 + 2, 2**62 + 1, 2**62 + 1, 2**62 + 1, None]
    columns = {"n": pd.array(keys, dtype="Int64"), "x": np.arange(8.0)}
    frame: Any = pd.DataFrame(columns)
    if library == "polars":
        frame = pl.from_pandas(frame)
    stage = dp.Encode(method=method, columns="n", target="x", smooth=0.0)
    out = stage.fit(frame).transform(frame)[f"n_{method}"].to_list()
    assert (
        out
        == {
            "ordinal": [0, 1, 1, 2, 3, 3, 3, -2],
            "frequency": [0.125, 0.25, 0.25, 0.125, 0.375, 0.375, 0.375, 0.125],
            "target": [0.0, 1.5, 1.5, 3.0, 5.0, 5.0, 5.0, 7.0],
        }[method]
    )


def test_rows_that_learning_rejected_teach_nothing() -> None:
    """``fit_transform`` encodes from the rows that were learned from, not from all that came."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=400), "g": rng.choice(list("abc"), 400)})
    frame.loc[7, "x"] = 1000.0
    y = rng.normal(size=400)
    y[7] = 1e6
    pipe = dp.Pipeline([dp.ZScore(action="drop"), dp.Encode(method="target", columns="g")])
    out = pipe.fit_transform(frame, y)["g_target"]
    trained = pipe.fit_resample(frame, y)[0]["g_target"]
    assert out.abs().max() < 1
    assert out.drop(index=7).tolist() == trained.tolist()


def test_a_level_without_a_target_was_there_at_fit() -> None:
    """A level whose rows all lack the target is known: it has the mean of all."""
    frame = pd.DataFrame({"c": ["a", "a", "b", "b", "z"], "y": [0.0, 2.0, 4.0, 6.0, None]})
    stage = dp.Encode(method="target", target="y", columns="c", handle_unknown="error", smooth=0.0)
    out = stage.fit(frame).transform(frame)["c_target"].tolist()
    assert out == [1.0, 1.0, 5.0, 5.0, 3.0]


def test_levels_that_differ_in_case_alone_have_columns_of_their_own(tmp_path: Any) -> None:
    """To a file's engine East and east would be one name: each level's flags stay its own."""
    frame = pd.DataFrame({"a": ["East", "east", "West"] * 10, "v": [i % 7 for i in range(30)]})
    frame.to_csv(tmp_path / "in.csv", index=False)
    pipe = dp.Pipeline([dp.Encode(columns="a")])
    here, file = (dp.clean(given, pipeline=pipe) for given in (frame, tmp_path / "in.csv"))
    expected = here.data.to_dict("list")
    assert list(expected) == ["v", "a_East", "a_West", "a_east_"]
    assert expected["a_east_"] == [0, 1, 0] * 10
    assert {name: list(x) for name, x in file.data.to_pandas().items()} == expected


@pytest.mark.filterwarnings("ignore:.*are synthetic rows")
@pytest.mark.parametrize("where", ["pandas", "polars", "file"])
def test_no_copy_of_a_row_tells_of_its_target(where: str, tmp_path: Path) -> None:
    """Behind an over-sampler, copies are encoded in one part: levels of noise stay noise."""
    rng = np.random.default_rng(3)
    levels, rare = rng.integers(0, 300, 2000), rng.random(2000) < 0.2
    frame = pd.DataFrame({"c": [f"l{i}" for i in levels], "y": rare.astype("int64")})
    steps = [dp.RandomOverSampler(), dp.Encode(method="target", columns="c")]
    given: Any = frame if where == "pandas" else pl.DataFrame(frame)
    if where == "file":
        given = tmp_path / "in.csv"
        frame.to_csv(given, index=False)
    result = dp.clean(given, pipeline=dp.Pipeline(steps, target="y"))
    data = result.data if where == "pandas" else result.data.to_pandas()
    assert len(data) > 3000
    assert abs(np.corrcoef(data["c_target"], data["y"])[0, 1]) < 0.1


@pytest.mark.filterwarnings("ignore:.*are synthetic rows")
def test_rows_between_parents_are_encoded_and_not_learned_from() -> None:
    """Encodings behind SMOTE are those of the source's rows; new ones have their parents'."""
    X, number, rng = people(200)
    X["x"] = rng.normal(size=len(X))
    y = (number > np.quantile(number, 0.8)).astype(int)
    encode = dp.Encode(method="target", columns="c", cv=4)
    pipe = dp.Pipeline([dp.SMOTE(columns="x", max_synthetic=1.0), encode])
    made = pipe.fit_resample(X, y)[0]["c_target"].to_numpy()
    apart = encode.fit_transform(X, y)["c_target"].to_numpy()
    np.testing.assert_array_equal(made[: len(X)], apart)
    np.testing.assert_array_equal(made[len(X) :], apart[pipe.provenance_["parent_a"]])
