"""Stages that look at pictures: measures as columns, broken and repeated ones rejected."""

import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import dataprep as dp
from dataprep.errors import ConfigError, DataError
from dataprep.images import viewing
from dataprep.images.hashes import SIDE, phash, thumbnail


def cleaned(frame, root, *stages, **roles):
    """Clean a frame with stages whose pictures lie below a folder."""
    for stage in stages:
        if stage.pictures:
            stage.set_params(image_root=str(root))
    return dp.clean(frame, pipeline=dp.Pipeline(list(stages), image="image", **roles))


def test_measures_are_columns_that_are_no_features(photos, waves):
    """Each measure is a column, with the role of a measure; a selection by kind leaves it alone."""
    found = dp.clean(photos, pipeline=dp.Pipeline([dp.ImageStats(), dp.IQR(), dp.Scale()]))
    data = found.data.to_pandas()
    first = np.asarray(waves(0), dtype=float)
    assert data["image_mean"][0] == pytest.approx(first.mean())
    assert data["image_std"][0] == pytest.approx(first.std())
    assert data["image_width"].tolist() == [48] * 6
    assert data["image_format"].tolist() == ["PNG"] * 6
    assert data["image_problem"].isna().all()
    bits = int(phash(thumbnail(waves(0), SIDE, "L")[None])[0])
    assert data["image_hash"][0] == f"{bits:016x}"
    roles = found.summary["roles"]
    assert roles.pop("image") == "image"
    assert set(roles.values()) == {"measure"}
    assert len(roles) == 13
    chosen = dp.Pipeline([dp.ImageStats(features=True, prefix="p_"), dp.Scale(columns="numeric")])
    scaled = dp.clean(photos, pipeline=chosen).data.to_pandas()
    assert abs(scaled["p_mean"].mean()) < 1e-9


def test_ordinary_stages_treat_measures(photos, waves):
    """Outliers by standard deviation or brightness go by ZScore, as of any other column."""
    Image.new("RGB", (48, 32), (2, 2, 2)).save(photos / "cat" / "dark.png")
    for i in range(20):
        waves(i).save(photos / "dog" / f"more {i}.png")
    stages = [
        dp.ImageStats(),
        dp.ZScore(columns=["image_mean"], threshold=3, action="drop"),
        dp.IQR(columns=["image_std"], action="flag"),
    ]
    result = dp.clean(photos, pipeline=dp.Pipeline(stages))
    assert result.rejected["image"].tolist() == ["cat/dark.png"]
    assert "image_std_outlier" in result.data.columns


def test_rows_whose_picture_cannot_be_read_go_with_the_reason(tmp_path, waves):
    """Missing, empty, cut off and no picture at all are four reasons; the others stay."""
    waves().save(tmp_path / "a.png")
    waves().save(tmp_path / "b.png", format="JPEG")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:200])
    (tmp_path / "none.png").write_bytes(b"")
    (tmp_path / "text.png").write_bytes(b"hello")
    names = ["a.png", "b.png", "cut.png", "none.png", "text.png", "lost.png", None]
    frame = pd.DataFrame({"image": names, "age": range(7)})
    result = cleaned(frame, tmp_path, dp.DropCorruptImages())
    assert result.data["image"].tolist() == ["a.png", "b.png"]
    assert result.rejected["_reason"].tolist() == [
        "the picture is damaged: image file is truncated",
        "the file is empty (0 bytes)",
        "this is no picture that can be read, though it is named as PNG",
        f"no such file in {tmp_path}",
        "no picture is named",
    ]
    assert result.undo().equals(frame)
    strict = cleaned(frame, tmp_path, dp.DropCorruptImages(also=("extension",)))
    assert strict.data["image"].tolist() == ["a.png"]
    with pytest.raises(ConfigError, match=r"also\[0\].*'extension', 'animated'"):
        cleaned(frame, tmp_path, dp.DropCorruptImages(also=("colour",)))


def test_serving_keeps_every_row(tmp_path, waves):
    """At serving pictures are measured, and no row goes, whatever its picture."""
    waves().save(tmp_path / "a.png")
    pipe = dp.Pipeline(
        [dp.ImageStats(), dp.DropCorruptImages(), dp.ImageDuplicates()], image="image"
    )
    for stage in pipe.stages:
        stage.image_root = str(tmp_path)
    train = pd.DataFrame({"image": ["a.png", "a.png", "lost.png"], "x": [1, 2, 3]})
    assert len(pipe.fit_resample(train)[0]) == 1
    served = pipe.transform(train)
    assert served["image_width"].tolist()[:2] == [48, 48]
    assert served["image_problem"].notna().tolist() == [False, False, True]
    with pytest.raises(DataError, match="the column 'image' with the pictures is not there"):
        pipe.transform(train[["x"]])


def test_the_largest_of_repeated_pictures_stays(tmp_path, waves):
    """By default the one of most pixels stays, by choice the first; the reason names it."""
    waves().resize((24, 16)).save(tmp_path / "small.png")
    waves().save(tmp_path / "first.png")
    waves().save(tmp_path / "copy.png")
    waves(3).save(tmp_path / "other.png")
    frame = pd.DataFrame({"image": ["small.png", "first.png", "copy.png", "other.png"]})
    result = cleaned(frame, tmp_path, dp.ImageDuplicates())
    assert result.data["image"].tolist() == ["first.png", "other.png"]
    small, copy = result.rejected["_reason"]
    assert small.endswith(" of 64 bits from first.png (row 1)")
    assert copy == "the same pixels as first.png (row 1)"
    assert result.summary["stages"][0]["notes"] == ["4 pictures compared, 2 repeat another"]
    first = cleaned(frame, tmp_path, dp.ImageDuplicates(keep="first"))
    assert first.data["image"].tolist() == ["small.png", "other.png"]


def test_held_out_pictures_stay_and_their_copies_in_training_go(tmp_path, waves):
    """With a column of parts a copy in training goes, be it the larger one; tests stay whole."""
    waves().save(tmp_path / "large.png")
    waves().resize((24, 16)).save(tmp_path / "small.png")
    frame = pd.DataFrame(
        {
            "image": ["large.png", "small.png", "small.png", "large.png"],
            "part": ["train", "test", "test", "train"],
        }
    )
    result = cleaned(frame, tmp_path, dp.ImageDuplicates(split="part"))
    assert result.data["part"].tolist() == ["test", "test"]
    with pytest.raises(ConfigError, match=r"image_duplicates\.split: no row of 'part' is in 'tr"):
        cleaned(frame.replace("train", "fit"), tmp_path, dp.ImageDuplicates(split="part"))


@pytest.mark.parametrize("stage", [dp.ImageDuplicates, dp.FuzzyDuplicates])
def test_held_out_rows_are_compared_before_they_are_set_aside(stage):
    """Behind a split, copies of held-out rows would not be seen: that order is refused."""
    frame = pd.DataFrame({"image": ["a.png"] * 4, "part": ["train", "test"] * 2})
    stages = [dp.Split(column="part", stratify=False), stage(split="part")]
    with pytest.raises(ConfigError, match=r"stages\[1\]\.split: .* stands behind split.*before"):
        dp.clean(frame, image="image", pipeline=dp.Pipeline(stages))


def test_repeated_pictures_with_other_labels_are_told(tmp_path, waves):
    """The same picture in two classes is a fault of the labels, and a note says where."""
    waves().save(tmp_path / "a.png")
    waves().save(tmp_path / "b.png")
    frame = pd.DataFrame({"image": ["a.png", "b.png", "a.png"], "y": ["cat", "dog", "cat"]})
    with pytest.raises(DataError, match="the target is 'cat' in every row"):
        cleaned(frame, tmp_path, dp.ImageDuplicates(), target="y")
    stage = dp.ImageDuplicates(image_root=str(tmp_path))
    pipe = dp.Pipeline([stage], image="image", target="y")
    _, records = pipe.fit_table(pipe._open(frame, None, fitting=True).table)
    assert "1 of them have another 'y' than the one that stays: look at row 1" in records[0].notes


def test_a_mirrored_picture_repeats_only_if_asked(tmp_path, waves):
    """Mirrored and turned pictures are other pictures, unless ``flips`` says that they are not."""
    waves(2).save(tmp_path / "a.png")
    waves(2).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "m.png")
    waves(2).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "t.png")
    frame = pd.DataFrame({"image": ["a.png", "m.png", "t.png"]})
    assert len(cleaned(frame, tmp_path, dp.ImageDuplicates()).data) == 3
    result = cleaned(frame, tmp_path, dp.ImageDuplicates(flips=True))
    assert result.data["image"].tolist() == ["a.png"]
    mirrored, turned = result.rejected["_reason"]
    assert mirrored.endswith("a.png (row 0), mirrored")
    assert turned.endswith("a.png (row 0), turned by 90 degrees")


def test_pictures_are_read_once(photos, monkeypatch):
    """Three stages that look at the same pictures decode each of them once; a changed one again."""
    viewing._seen_before.clear()
    read = []
    whole = viewing.loaded
    monkeypatch.setattr(
        viewing, "loaded", lambda name, root: (read.append(name), whole(name, root))[1]
    )
    stages = [dp.ImageStats(), dp.DropCorruptImages(), dp.ImageDuplicates()]
    first = dp.clean(photos, pipeline=dp.Pipeline(stages))
    assert len(read) == 6
    path = photos / "cat" / "0.png"
    path.write_bytes((photos / "dog" / "0.png").read_bytes())
    os.utime(path, ns=(1, 1))
    again = dp.clean(photos, pipeline=dp.Pipeline(stages))
    assert len(read) == 7
    assert (first.summary["rows_rejected"], again.summary["rows_rejected"]) == (0, 1)


def test_the_number_of_threads_changes_nothing(photos, monkeypatch):
    """One thread or eight: the same columns, in the same order."""
    found = []
    for threads in (1, 8):
        viewing._seen_before.clear()
        monkeypatch.setattr(viewing, "_threads", lambda n=threads: n)
        data = dp.clean(photos, pipeline=dp.Pipeline([dp.ImageStats()])).data
        found.append(data.to_arrow())
    assert found[0].equals(found[1])


def test_what_is_remembered_is_bounded(photos, monkeypatch):
    """Past the bound pictures are read again, and nothing grows."""
    viewing._seen_before.clear()
    monkeypatch.setattr(viewing, "_REMEMBERED", 2)
    stages = [dp.ImageStats(), dp.DropCorruptImages()]
    result = dp.clean(photos, pipeline=dp.Pipeline(stages))
    assert result.summary["rows_out"] == 6
    assert len(viewing._seen_before) == 2


def test_a_saved_pipeline_of_pictures_is_the_same(photos, tmp_path):
    """Parameters and states come back from pipeline.json; the folder is not part of them."""
    pipe = dp.Pipeline([dp.ImageStats(), dp.ImageDuplicates(flips=True)])
    result = dp.clean(photos, pipeline=pipe)
    result.pipeline.save(tmp_path / "pipeline.json")
    text = (tmp_path / "pipeline.json").read_text()
    assert str(photos) not in text
    loaded = dp.Pipeline.load(tmp_path / "pipeline.json")
    assert loaded.roles_ == {"image": "image"}
    assert loaded.states_ == [{"image": "image"}, {"image": "image", "split": None}]
