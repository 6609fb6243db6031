"""ImageAugment as a stage: its parameters, and that it changes no row."""

from __future__ import annotations

import pickle
from copy import deepcopy
from inspect import signature

import pandas as pd
import pytest

import dataprep as dp
from dataprep.config import pipeline_from
from dataprep.errors import ConfigError
from dataprep.stages.augment.image_augment import REPLACED

GIVEN = {
    "rotation_range": 20,
    "width_shift_range": 0.2,
    "height_shift_range": [1, 2],
    "shear_range": 0.2,
    "zoom_range": [0.8, 1.1],
    "horizontal_flip": True,
    "brightness_range": [0.8, 1.2],
    "fill_mode": "reflect",
    "rand_augment": [2, 0.5],
    "per_class": {"rare": 2.0},
}


def test_no_row_changes(tmp_path):
    """Rows go through as they are, in training and at serving; a note says when it is done."""
    frame = pd.DataFrame({"image": ["a.png", "b.png"], "y": ["rare", "z"]})
    pipe = pipeline_from({"stages": [{"image_augment": GIVEN}], "target": "y", "image": "image"})
    result = dp.clean(frame, pipeline=pipe)
    pd.testing.assert_frame_equal(result.data, frame)
    assert result.summary["cells_changed"] == 0
    assert "while training reads" in result.summary["stages"][0]["notes"][0]
    pd.testing.assert_frame_equal(result.pipeline.transform(frame), frame)
    result.pipeline.save(tmp_path / "pipeline.json")
    loaded = dp.Pipeline.load(tmp_path / "pipeline.json").stages[0]
    assert loaded.get_params() == pipe.stages[0].get_params()
    assert pickle.loads(pickle.dumps(loaded)).get_params() == deepcopy(loaded).get_params()  # noqa: S301
    assert "rotation_range" in signature(dp.ImageAugment).parameters


@pytest.mark.parametrize("name", REPLACED)
def test_what_the_old_class_could_besides_is_told(name):
    """Each parameter that is not taken over names what does its work, in Python and in YAML."""
    with pytest.raises(ConfigError, match=rf"image_augment.{name}: no parameter .* Use "):
        dp.ImageAugment(rotation_range=3, **{name: 1})
    with pytest.raises(ConfigError, match=rf"stages\[0\].{name}: no parameter .* Use "):
        pipeline_from({"stages": [{"image_augment": {name: 1}}]})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rotation_range": -1}, "rotation_range: -1"),
        ({"zoom_range": 1.5}, "zoom_range"),
        ({"zoom_range": (1.2, 0.8)}, r"zoom_range: \(1.2, 0.8\).*Write \(0.8, 1.2\)"),
        ({"zoom_range": (0.8, 0.9, 1.0)}, "zoom_range"),
        ({"brightness_range": (1.2, 0.8)}, "the first is to be the smaller one"),
        ({"brightness_range": 0.2}, "brightness_range"),
        ({"fill_mode": "mirror"}, "fill_mode: 'mirror'.*'nearest'"),
        ({"interpolation": "cubic"}, "interpolation"),
        ({"crop": 1.0}, "crop"),
        ({"erasing": 2}, "erasing"),
        ({"mixup": -0.1}, "mixup"),
        ({"rand_augment": (2, 3.0)}, "rand_augment"),
        ({"width_shift_range": "far"}, "width_shift_range: 'far'"),
        ({"per_class": {"rare": -1.0}}, "per_class"),
        ({"random_state": -1}, "random_state: -1"),
    ],
)
def test_wrong_parameters_are_refused(given, says):
    """What is wrong is named with its value, when it is fitted."""
    with pytest.raises(ConfigError, match=says):
        dp.ImageAugment(**given).fit(pd.DataFrame({"a": [1, 2]}))


def test_a_class_that_is_not_there_is_told_when_learned():
    """Not first when training reads pictures, in TensorFlow's words."""
    frame = pd.DataFrame({"image": ["a.png", "b.png"], "y": ["rare", "z"]})
    pipe = dp.Pipeline([dp.ImageAugment(per_class={"raer": 2.0})], target="y", image="image")
    with pytest.raises(
        ConfigError, match=r"per_class: there is no class 'raer'\. Did you mean 'ra"
    ):
        dp.clean(frame, pipeline=pipe)


def test_a_second_one_is_refused():
    """Only one says how pictures look; the other would be ignored."""
    pipe = dp.Pipeline([dp.ImageAugment(rotation_range=9), dp.ImageAugment(zoom_range=0.3)])
    with pytest.raises(ConfigError, match=r"stages\[1\]: .* into one image_augment"):
        pipe.fit(pd.DataFrame({"image": ["a.png", "b.png"]}))


def test_an_unknown_parameter_has_a_near_one():
    """A misspelt key of YAML is guessed."""
    with pytest.raises(ConfigError, match="Did you mean 'rotation_range'"):
        pipeline_from({"stages": [{"image_augment": {"rotation": 20}}]})
