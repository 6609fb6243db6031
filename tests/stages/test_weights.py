"""ClassWeight: the known formulas, on training rows only, and refusals in words."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.weighting import class_weights


def frame_of(counts):
    y = np.repeat(list(counts), list(counts.values()))
    return pd.DataFrame({"x": np.arange(len(y))}), pd.Series(y, name="y")


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.integers(0, 9), st.integers(1, 500), min_size=2, max_size=5),
    st.sampled_from(["balanced", "effective_number", "sqrt"]),
)
def test_weights_average_one_over_rows_and_favour_the_rare(counts, method):
    """Whatever the method, training sees as much weight as it had rows."""
    found = class_weights(counts, method)
    assert sum(found[k] * n for k, n in counts.items()) == pytest.approx(sum(counts.values()))
    by_size = sorted(counts, key=counts.get)
    assert all(found[a] >= found[b] - 1e-12 for a, b in itertools.pairwise(by_size))


def test_balanced_is_scikit_learns():
    """The same numbers as compute_class_weight."""
    X, y = frame_of({"a": 70, "b": 25, "c": 5})
    stage = dp.ClassWeight().fit(X, y)
    expected = compute_class_weight("balanced", classes=np.array(["a", "b", "c"]), y=y)
    assert list(stage.class_weight_.values()) == pytest.approx(expected.tolist())
    assert stage.keras_class_weight_ == dict(enumerate(stage.class_weight_.values()))


def test_effective_numbers_are_those_of_the_paper():
    """Ratios of weights are ratios of (1 - beta) / (1 - beta ** n)."""
    found = class_weights({0: 1000, 1: 10}, "effective_number", 0.999)
    assert found[1] / found[0] == pytest.approx((1 - 0.999**1000) / (1 - 0.999**10))
    even = class_weights({0: 1000, 1: 10}, "effective_number", 0.0)
    assert even == {0: pytest.approx(1.0), 1: pytest.approx(1.0)}


def test_rows_that_are_held_out_have_no_weight():
    """Weights are those of the training rows, and only they have one."""
    X, y = frame_of({"no": 80, "yes": 20})
    frame = X.assign(y=y)
    pipe = dp.Pipeline([dp.Split(test=0.25), dp.ClassWeight()], target="y")
    data = dp.clean(frame, pipeline=pipe).data
    train = data["split"] == "train"
    assert data["sample_weight"][~train].isna().all()
    assert data["sample_weight"][train].sum() == pytest.approx(75)
    assert pipe.class_counts_ == {
        "before": {"no": 60, "yes": 15},
        "after": {"no": pytest.approx(37.5), "yes": pytest.approx(37.5)},
    }


def test_fit_resample_gives_the_weights_apart():
    """They are no feature: a model takes them as sample_weight."""
    X, y = frame_of({0: 6, 1: 2})
    stage = dp.ClassWeight()
    out, _ = stage.fit_resample(X, y)
    assert out.columns.tolist() == ["x"]
    assert stage.sample_weight_ == pytest.approx([4 / 6] * 6 + [2.0] * 2)


def test_given_weights_are_taken_as_they_are():
    """Labels match by value or by text, as they come out of YAML."""
    X, y = frame_of({0: 6, 1: 2})
    assert dp.ClassWeight(weights={0: 1.0, 1: 9.0}).fit(X, y).class_weight_ == {0: 1.0, 1: 9.0}
    assert dp.ClassWeight(weights={"0": 1.0, "1": 9.0}).fit(X, y).class_weight_ == {0: 1.0, 1: 9.0}


def test_a_pipeline_of_weights_is_saved_and_loaded(tmp_path):
    """The weights are in the state, readable."""
    X, y = frame_of({"no": 6, "yes": 2})
    pipe = dp.Pipeline([dp.ClassWeight(weights={"no": 1.0, "yes": 3.0})], target="y")
    pipe.fit(X.assign(y=y)).save(tmp_path / "pipeline.json")
    state = json.loads((tmp_path / "pipeline.json").read_text())["stages"][0]["state"]
    assert dict(zip(state["labels"], state["weights"], strict=True)) == {"no": 1.0, "yes": 3.0}
    assert dp.Pipeline.load(tmp_path / "pipeline.json").stages[0].weights == {"no": 1.0, "yes": 3.0}


def test_a_second_stage_multiplies():
    """Two stages that weigh rows weigh them together, in one column."""
    X, y = frame_of({"no": 6, "yes": 2})
    stages = [dp.ClassWeight(weights={"no": 1.0, "yes": 3.0}), dp.ClassWeight()]
    result = dp.clean(X.assign(y=y), pipeline=dp.Pipeline(stages, target="y"))
    expected = [2 / 3] * 6 + [6.0] * 2
    assert result.data["sample_weight"].tolist() == pytest.approx(expected)
    assert result.undo().equals(X.assign(y=y))


@pytest.mark.parametrize(
    ("parameters", "error", "told"),
    [
        ({"weights": {"no": 1.0}}, ConfigError, "no weight for the class 'yes' of y"),
        ({"weights": {"no": 1.0, "ja": 2.0}}, DataError, "there is no class 'ja' in y"),
        ({"weights": {"no": 1.0, "yes": 0.0}}, ConfigError, "greater than 0"),
        ({"weights": {"no": 1.0, "yes": -2.0}}, ConfigError, "greater than 0"),
        ({"beta": 1.0}, ConfigError, "less than 1"),
        ({"method": "balance"}, ConfigError, "balanced"),
        ({"target": "z"}, ConfigError, "no column named 'z'"),
        ({"target": "half"}, DataError, "'half' is continuous"),
        ({"target": "gap"}, DataError, "1 rows have no class in 'gap'"),
        ({"target": "same"}, DataError, "more than 1 class is needed, there is only 1"),
        ({"target": "when"}, DataError, "is of kind timestamp"),
    ],
    ids=str,
)
def test_what_cannot_be_weighed(parameters, error, told):
    """The label or the column is in the error, and what to do."""
    X, y = frame_of({"no": 6, "yes": 2})
    frame = X.assign(y=y, half=np.arange(8) / 2, gap=[None, *"abababa"], same=1)
    frame["when"] = pd.Timestamp("2024-01-01")
    with pytest.raises(error, match=told):
        dp.Pipeline([dp.ClassWeight(**parameters)], target="y").fit(frame)


def test_before_fit_and_without_a_target():
    """Both are said."""
    with pytest.raises(AttributeError, match="no weights before fit"):
        _ = dp.ClassWeight().class_weight_
    with pytest.raises(DataError, match="requires y to be passed"):
        dp.ClassWeight().fit(pd.DataFrame({"x": [1, 2]}))


def test_hundreds_of_classes_have_a_weight_each():
    """So many that no engine could hold them as one expression."""
    labels = [f"c{i % 300}" for i in range(900)]
    result = dp.clean(
        pd.DataFrame({"x": range(900), "y": labels}),
        pipeline=dp.Pipeline([dp.ClassWeight()], target="y"),
    )
    assert result.data["sample_weight"].tolist() == [1.0] * 900
