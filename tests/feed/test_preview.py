"""The contact sheet: originals beside looks, in Python and as a command."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.stages.augment.image_augment import ImageAugment

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "sample_data" / "images"
RECIPE = ROOT / "pipelines" / "images.yaml"


@pytest.fixture(autouse=True)
def tf() -> Any:
    """Return TensorFlow, imported by the first test that needs it."""
    return pytest.importorskip("tensorflow", reason="feeding needs TensorFlow")


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """Return pictures of one colour each, one of them broken."""
    for i, value in enumerate((10, 100, 200)):
        Image.new("RGB", (40, 30), (value, 0, 0)).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    names = ["0.png", "1.png", "broken.png", "2.png"]
    return pd.DataFrame({"file": names, "kind": ["a", "b", "b", "a"]})


def test_originals_stand_beside_their_looks(frame, tmp_path):
    """A row for each readable picture of each class, a column for each epoch."""
    path = dp.feed.preview(
        frame,
        ImageAugment(brightness_range=(0.5, 0.5)),
        tmp_path / "sheet.png",
        target="kind",
        image="file",
        image_root=tmp_path,
        rows=3,
        copies=2,
    )
    sheet = np.asarray(Image.open(path))
    red = sheet[..., 0][sheet[..., 1] == 0]
    seen, counts = np.unique(red, return_counts=True)
    shown = set(seen[counts > 1000].tolist())
    assert shown == {10, 100, 200, 5, 50}
    assert sheet.shape[0] > 3 * 128
    assert not list(tmp_path.glob(".dataprep*"))


def test_the_sheet_shows_what_training_gets(tmp_path):
    """Pixel by pixel, a look on the sheet is that of the feed in the same epoch."""
    values = np.random.default_rng(0).integers(0, 256, (130, 140, 3), dtype="uint8")
    Image.fromarray(values).save(tmp_path / "a.png")
    options = {"image": "file", "image_root": tmp_path, "seed": 4, "epoch": 2}
    frame = pd.DataFrame({"file": ["a.png"]})
    stage = ImageAugment(rotation_range=40)
    sheet = dp.feed.preview(frame, stage, tmp_path / "s.png", rows=1, copies=1, **options)
    ((fed,),) = dp.feed.dataset(frame, augment=stage, batch_size=1, **options)
    shown = np.asarray(Image.open(sheet))[24:154, -144:-4]
    assert np.array_equal(shown, np.rint(fed.numpy()))


def test_what_cannot_be_shown_is_told(frame, tmp_path):
    """No column of pictures, no picture that can be read, no ImageAugment."""
    stage = ImageAugment(rotation_range=10)
    with pytest.raises(ConfigError, match="no column of pictures"):
        dp.feed.preview(pd.DataFrame({"x": [1.0, 2.0]}), stage, tmp_path / "a.png")
    with pytest.raises(DataError, match=r"file: none of the pictures can be read.*image_root"):
        dp.feed.preview(frame, stage, tmp_path / "a.png", image="file", image_root=tmp_path / "no")
    with pytest.raises(ConfigError, match="is no ImageAugment"):
        dp.feed.preview(frame, "rotate", tmp_path / "a.png", image="file")
    with pytest.raises(ConfigError, match="the part 'test' are held out, and stay as they are"):
        dp.feed.preview(frame, stage, tmp_path / "a.png", image="file", split="test")
    with pytest.raises(ConfigError, match="rows: 0 is less than 1"):
        dp.feed.preview(frame, stage, tmp_path / "a.png", image="file", rows=0)


def test_the_command_shows_a_folder_and_a_run(dataprep, tmp_path):
    """A folder with a recipe, then the run that was made of it, each give a PNG."""
    shutil.copytree(PHOTOS, tmp_path / "photos")
    first = dataprep("preview", "photos", "--pipeline", RECIPE, "--rows", 3, "--copies", 2)
    assert first.code == 0, first.err
    assert first.out == "preview.png: 3 pictures, 2 looks of each\n"
    assert first.err == ""
    again = dataprep("preview", "photos", "--pipeline", RECIPE)
    assert again.code == 2
    assert "preview.png: is there already. Overwrite it with -f" in again.err
    assert dataprep("clean", "photos", "--pipeline", RECIPE, "-q").code == 0
    run = dataprep("preview", "photos.clean.dataprep", "-o", "run.png", "--size", 24, 32, "--json")
    assert run.code == 0, run.err
    assert run.json == {"output": "run.png", "rows": 8, "copies": 7}
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    words = ["--image-root", "elsewhere", "-o", "moved.png"]
    assert dataprep("preview", "photos.clean.dataprep", *words).code == 0
    assert Image.open(tmp_path / "run.png").format == "PNG"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nowhere", "--pipeline", RECIPE], 3, "nowhere: no such file or folder"),
        ([PHOTOS], 2, "is no run folder, and no pipeline is given. Add --pipeline"),
        ([PHOTOS / "square", "--pipeline", RECIPE], 2, "have no labels. Put the pictures of each"),
        ([PHOTOS, "--pipeline", RECIPE, "--size", 0, 10], 2, "(0, 10) is no (height, width)"),
        ([PHOTOS, "--pipeline", RECIPE, "--size", 3000, 3000], 2, "Give a smaller (height, width)"),
        ([PHOTOS, "--pipeline", RECIPE, "-o", "a.jpg"], 2, "a.jpg: a contact sheet is a PNG file"),
        ([PHOTOS, "--pipeline", "plain.yaml"], 2, "plain.yaml: there is no stage image_augment"),
        ([PHOTOS, "--pipeline", RECIPE, "--target", "lable"], 2, "Did you mean 'label'"),
    ],
)
def test_the_command_refuses_in_words(refused, tmp_path, words, code, says):
    """What is missing is named, with what to do; nothing is left behind."""
    (tmp_path / "plain.yaml").write_text("stages: [drop_duplicates]\n")
    refused("preview", *words, code=code, says=says)
