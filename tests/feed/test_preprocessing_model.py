"""A preprocessing model does to a batch what ``pipeline.transform`` does to a frame."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contracts.test_check_stage import VARIANTS
from held_against_transform import check_equal, frame_of

import dataprep as dp
from dataprep.errors import ConfigError
from dataprep.feed.serving.translations import REFUSED, translation_of
from dataprep.registry import stage_class, stage_names
from dataprep.testing.tables import class_table, sample_table, text_table

UNTRANSLATED_DATES = ("when", "order", "sent")
"""Columns whose dates are written in a way that no graph reads."""


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Without TensorFlow's own words; imported here, so that collecting tests does not."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return pytest.importorskip("tensorflow", reason="the extra 'tensorflow' is not installed")


def strange(train: pd.DataFrame) -> pd.DataFrame:
    """Return rows as at serving: gaps, unseen levels, infinities and extremes among them."""
    new = train.head(12).copy()
    column = new.columns.get_loc
    for i, value in enumerate((np.inf, -np.inf, 1e300, -1e300, 1e-300, np.nan, -0.0)):
        new.iloc[i, column("amount")] = value
    for i, value in enumerate((2**40, -(2**40), 0)):
        new.iloc[i, column("count")] = value
    new.iloc[2:4, column("children")] = [pd.NA, 77]
    new.iloc[1:5, column("plan")] = ["unseen", None, "nan", "plus "]
    new.iloc[3:6, column("active")] = pd.NA
    new.iloc[4:7, column("note")] = [None, "plain words 1", "-1"]
    return new


def is_refused(name: str, parameters: dict[str, Any]) -> bool:
    """Tell whether no graph can say a stage with these parameters."""
    strategies = {parameters.get("strategy"), *parameters.get("overrides", {}).values()}
    return (
        bool(strategies & {"forward", "backward", "interpolate"})
        or parameters.get("case") == "title"
        or bool(parameters.get("regex"))
    )


REPAIRS = [
    pytest.param(name, parameters, id=f"{name}-{i}")
    for name, variants in VARIANTS.items()
    for i, parameters in enumerate(variants)
    if stage_class(name)(**parameters).phase == "repair"
]


@pytest.mark.parametrize(("name", "parameters"), REPAIRS)
def test_each_stage_is_as_in_transform_or_refused(name: str, parameters: dict[str, Any]) -> None:
    """Every stage of the repair phase, with each set of parameters, is equal or refused."""
    stage = stage_class(name)(**parameters)
    if name in REFUSED:
        with pytest.raises(ConfigError, match=f"0:{name}: this stage cannot be part of a model"):
            translation_of(f"0:{name}", stage)
        return
    if name == "types":
        table = text_table().drop_columns(list(UNTRANSLATED_DATES))
        train = frame_of(table)
        rows = train
    else:
        train = frame_of(sample_table())
        rows = strange(train)
    pipeline = dp.Pipeline([stage]).fit(train)
    if is_refused(name, parameters):
        with pytest.raises(ConfigError, match=f"0:{name}: this stage cannot be part of a model"):
            dp.feed.preprocessing_model(pipeline)
        return
    if "error" in (parameters.get("handle_unknown"), parameters.get("handle_missing")):
        rows = train
    check_equal(pipeline, rows)


def test_every_repair_stage_is_translated_or_refused() -> None:
    """No registered stage of the repair phase is forgotten; a refusal says why and what to do."""
    repairing = set()
    for name in stage_names():
        for parameters in VARIANTS.get(name, [{}]):
            stage = stage_class(name)(**parameters)
            if stage.phase == "repair":
                repairing.add(name)
                if name in REFUSED:
                    with pytest.raises(ConfigError, match=REFUSED[name][0]):
                        translation_of(f"0:{name}", stage)
                else:
                    assert callable(translation_of(f"0:{name}", stage))
    assert set(REFUSED) <= repairing
    assert len(repairing) >= 17


def test_a_stage_of_another_package_is_refused() -> None:
    """What nobody has translated is told by its label."""

    class Mine(dp.Stage):
        def learn(self, table: Any) -> dict[str, Any]:
            return {}

        def change(self, table: Any, state: Any) -> dp.Change:
            return dp.Change()

    with pytest.raises(ConfigError, match=r"3:mine: this stage cannot.*nobody has written how"):
        translation_of("3:mine", Mine())


def test_the_training_phase_is_left_out() -> None:
    """Rows that training drops, makes or weighs are no matter of a model."""
    train = frame_of(class_table())
    stages = [
        dp.DropDuplicates(),
        dp.Split(test=0.2),
        dp.Impute(by="plan"),
        dp.IQR(action="drop"),
        dp.RandomOverSampler(),
        dp.ClassWeight(),
        dp.Scale(),
    ]
    pipeline = dp.Pipeline(stages, target="label").fit(train)
    check_equal(pipeline, strange(train).drop(columns="label"), dtype="float32")


def test_loaded_pipelines_give_the_same_model(tmp_path: Path) -> None:
    """A pipeline that was saved and loaded is as good as the one that was fitted."""
    train = frame_of(sample_table())
    pipeline = dp.Pipeline([dp.Impute(), dp.MAD(), dp.Encode()]).fit(train)
    pipeline.save(tmp_path / "pipeline.json")
    check_equal(dp.Pipeline.load(tmp_path / "pipeline.json"), strange(train))


def test_awkward_names_of_columns() -> None:
    """Blanks, slashes, letters of all kinds, names of Keras' own layers: the keys are the names."""
    names = ["a b", "a/b", "a_b", "\u00e4 \u20ac", "where", "equal_3", "dense", "_x", "mean", "1"]
    values = np.arange(len(names) * 4.0).reshape(4, len(names))
    train = pd.DataFrame(values, columns=names)
    train.iloc[1] = np.nan
    pipeline = dp.Pipeline([dp.Impute(strategy="mean"), dp.IQR(), dp.Scale()]).fit(train)
    check_equal(pipeline, pd.concat([train, train * 1e4]))


def test_a_single_feature_and_levels_that_are_numbers() -> None:
    """Whole numbers encoded as levels, in an order of their own, need not be sorted."""
    train = pd.DataFrame({"size": pd.array([3, 1, None, 2, 3], dtype="Int64")})
    rows = pd.DataFrame({"size": pd.array([None, 7, 2, 1, -1, 3], dtype="Int64")})
    for stage in (
        dp.Encode(method="ordinal", columns="size", order={"size": [3, 1, 2]}),
        dp.Encode(columns="size", handle_missing="return_nan", max_levels=2),
        dp.Encode(method="frequency", columns="size"),
    ):
        check_equal(dp.Pipeline([stage]).fit(train), rows)


def test_levels_with_signs_of_their_own() -> None:
    """Line ends, quotes and the words of lookups are levels like others."""
    levels = ["[UNK]", "line\nend", 'quo"te', "\u00e9", " ", "nan", "0"]
    train = pd.DataFrame({"plan": pd.Series([*levels, None] * 3, dtype=object)})
    stages = [dp.Impute(columns="plan", strategy="constant"), dp.Encode(columns="plan")]
    check_equal(dp.Pipeline(stages).fit(train), pd.concat([train, train.replace("0", "new")]))


@pytest.mark.parametrize("method", ["one_hot", "ordinal"])
def test_empty_texts_that_arise_inside_are_no_missing_values(tmp_path: Path, method: Any) -> None:
    """Cells of blanks alone are empty texts once they are stripped, and are not filled."""
    import tensorflow as tf

    rows = pd.DataFrame({"t": ["  ", "a", "b", " ", None, "a", "a", "c"]})
    fill = dp.Impute(strategy="most_frequent")
    stages = [
        dp.NormaliseText(),
        dp.MissingIndicator(),
        fill,
        dp.Encode(columns=["t"], method=method),
    ]
    pipeline = dp.Pipeline(stages).fit(rows)
    check_equal(pipeline, rows)
    model, inputs = dp.feed.preprocessing_model(pipeline), dp.feed.model_inputs(pipeline, rows)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served").serve(inputs)
    for name, values in model(inputs).items():
        np.testing.assert_array_equal(served[name], values)


def test_a_level_that_is_an_empty_text_is_refused() -> None:
    """At the input it would be a missing value; with the remedy that is told the model is made."""
    rows = pd.DataFrame({"t": ["", "a", "b", "a", "c", "", "b"]})
    encode = dp.Encode(columns=["t"], method="one_hot")
    with pytest.raises(
        ConfigError, match=r"0:encode: .* empty text.*NormaliseText\(empty='missing'"
    ):
        dp.feed.preprocessing_model(dp.Pipeline([encode]).fit(rows))
    mended = dp.Pipeline([dp.NormaliseText(empty="missing"), dp.Impute(), encode]).fit(rows)
    check_equal(mended, rows)


def test_groups_by_several_columns() -> None:
    """Groups by text, truth, whole numbers and dates: gaps are groups, new ones have all rows'."""
    train = frame_of(sample_table())
    by = ["plan", "active", "children", "day"]
    stages = [
        dp.IQR(columns=["amount"], by=by[:3], k=0.2),
        dp.Impute(strategy="mean", columns=["amount", "count"], by=by),
        dp.Impute(strategy="most_frequent", columns=["plan", "active"], by="children"),
    ]
    check_equal(dp.Pipeline(stages).fit(train), strange(train))


def test_ranks_at_repeated_quantiles() -> None:
    """Values on quantiles that repeat, between them and beyond all of them."""
    train = pd.DataFrame({"x": [0.0, 1.0, 1.0, 1.0, 4.0, 4.5, 4.5, 90.0]})
    near = np.nextafter(1.0, 2.0)
    rows = pd.DataFrame({"x": [-1, 0, 0.5, 1, near, 3, 4.5, 89.999999, 90, 1e300, np.nan]})
    for output in ("uniform", "normal"):
        stage = dp.Scale(method="quantile", n_quantiles=8, output_distribution=output)
        check_equal(dp.Pipeline([stage]).fit(train), rows)


@pytest.mark.parametrize(
    "stages",
    [
        [dp.Quantile(action="null"), dp.Impute(strategy="mean")],
        [dp.Quantile(action="flag")],
        [dp.IQR(k=0, action="flag")],
        [dp.Scale(method="quantile")],
        [dp.Scale(method="min_max", feature_range=(0.1, 0.7), clip=True)],
    ],
    ids=["null", "flag", "fences", "ranks", "range"],
)
@pytest.mark.parametrize("factor", [1.0, 1e300])
def test_values_on_learned_bounds(stages: list[dp.Stage], factor: float, tmp_path: Path) -> None:
    """A bound that no float32 is, with values on it and beside it, saved and loaded as well."""
    import keras

    low, high = 1.09 * factor, 47.66 * factor
    train = pd.DataFrame({"x": [low] * 50 + [high * (1 + i / 100) for i in range(50)]})
    near = [np.nextafter(low, 0), low, np.nextafter(low, high)]
    rows = pd.DataFrame({"x": [*near, high, *train["x"].tail(3), np.nan]})
    pipeline = dp.Pipeline(stages).fit(train)
    check_equal(pipeline, rows)
    model = dp.feed.preprocessing_model(pipeline, dtype="float64")
    model.save(tmp_path / "model.keras")
    inputs = dp.feed.model_inputs(pipeline, rows)
    again = keras.models.load_model(tmp_path / "model.keras")(inputs)
    for name, values in model(inputs).items():
        np.testing.assert_array_equal(again[name].numpy(), values.numpy())
