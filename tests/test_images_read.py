"""Folders, lists and arrays of pictures are read as tables, and nothing in them is lost."""

import gzip
import json
import os
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import cells, summary_of
from PIL import Image

import dataprep as dp
from dataprep.errors import ConfigError, DataError, ReadError


def rows_of(table):
    """Return the rows of a table as tuples, None where nothing is."""
    columns = table.to_arrow().to_pydict()
    return list(zip(*columns.values(), strict=True))


def test_a_folder_of_classes_is_a_table(photos):
    """The folders right below are the labels; the references are paths below the folder."""
    table = dp.read(photos)
    assert rows_of(table) == [(f"{c}/{i}.png", c) for c in ("cat", "dog") for i in range(3)]
    assert table.roles == {"image": "image"}
    assert table.kinds["label"] == "category"
    report = table.report
    assert report["format"] == "pictures"
    assert report["image_root"] == str(photos)
    assert report["classes"] == {"cat": 3, "dog": 3}
    assert "files_skipped" not in report


def test_a_flat_folder_has_no_labels(photos):
    """Pictures that lie in the folder itself are a table of one column."""
    table = dp.read(str(photos / "cat"))
    assert rows_of(table) == [("0.png",), ("1.png",), ("2.png",)]


def test_names_may_be_anything(photos, waves):
    """Blanks, umlauts, quotes, commas, line breaks and capitals in names come as they are."""
    names = [
        "a b.PNG",
        "größer.Jpeg",
        "名.png",
        'quo"te,.png',
        "line\nbreak.png",
        "x#1.png",
        "=1.png",
    ]
    for name in names:
        waves().save(photos / "cat" / name, format="PNG")
    (photos / "cat" / "deep" / "er").mkdir(parents=True)
    waves().save(photos / "cat" / "deep" / "er" / "z.png")
    found = rows_of(dp.read(photos))
    assert {f"cat/{name}" for name in names} <= {reference for reference, _ in found}
    assert ("cat/deep/er/z.png", "cat") in found
    kept = dp.clean(photos, pipeline=dp.Pipeline([dp.DropCorruptImages()]))
    assert kept.summary["rows_rejected"] == 0


def test_what_is_no_picture_is_told(photos):
    """Files that are no rows are counted by reason and listed; hidden folders are not entered."""
    (photos / "cat" / "notes.md").write_text("Our cats.")
    (photos / ".DS_Store").write_bytes(b"\0")
    (photos / "dog" / "Thumbs.db").write_bytes(b"\0")
    (photos / "dog" / "gone.png").symlink_to(photos / "nowhere.png")
    (photos / ".git").mkdir()
    (photos / ".git" / "a.png").write_bytes(b"")
    report = dp.read(photos).report
    assert report["rows"] == 6
    assert report["files_skipped"] == {
        "hidden": 2,
        "no picture by its name": 1,
        "a link to nothing": 1,
    }
    assert {"file": "cat/notes.md", "reason": "no picture by its name"} in report["skipped_files"]


def test_links_are_followed_and_do_not_go_in_circles(photos, tmp_path, waves):
    """A link to a folder or a file elsewhere is read; one to a folder above it is not entered."""
    waves(8).save(tmp_path / "other.png")
    (photos / "cat" / "linked.png").symlink_to(tmp_path / "other.png")
    (tmp_path / "birds").mkdir()
    waves(9).save(tmp_path / "birds" / "1.png")
    (photos / "bird").symlink_to(tmp_path / "birds")
    (photos / "cat" / "round").symlink_to(photos)
    report = dp.read(photos).report
    assert report["classes"] == {"bird": 1, "cat": 4, "dog": 3}
    assert report["files_skipped"] == {"a link to a folder above it": 1}


@pytest.mark.skipif(sys.platform == "darwin", reason="there, names are always UTF-8")
def test_a_name_that_is_not_utf8_is_told(photos, waves):
    """A file whose name no text can hold is no row, and is listed."""
    waves().save(photos / "cat" / "new.png")
    os.rename(  # noqa: PTH104 - a name of bytes
        os.fsencode(photos / "cat" / "new.png"), os.fsencode(photos / "cat") + b"/\xff.png"
    )
    report = dp.read(photos).report
    assert report["skipped_files"] == [{"file": r"cat/\xff.png", "reason": "its name is not UTF-8"}]


def test_folders_of_parts_are_a_column(photos, waves):
    """Where the folders are called train, valid and test, these are parts, and classes below."""
    for part in ("train", "valid", "test"):
        for label in ("cat", "dog"):
            (photos / part / label).mkdir(parents=True)
            waves().save(photos / part / label / "0.png")
    for label in ("cat", "dog"):
        for path in (photos / label).iterdir():
            path.unlink()
        (photos / label).rmdir()
    table = dp.read(photos)
    assert ("valid/dog/0.png", "dog", "validation") in rows_of(table)
    assert any("parts" in note for note in table.report["notes"])
    pipe = dp.Pipeline([dp.Split(column="part", stratify=False)], target="label")
    assert dp.clean(photos, pipeline=pipe).test.height() == 2
    anew = dp.Split(test=0.5, stratify=False)
    with pytest.raises(dp.errors.ConfigError, match=r"Say split: \{column: part\}"):
        dp.clean(photos, pipeline=dp.Pipeline([anew], target="label"))
    shutil.rmtree(photos / "test")
    shutil.rmtree(photos / "valid")
    assert dp.clean(photos, pipeline=dp.Pipeline([anew], target="label")).test.height() == 1


def laid_out(folder, waves, *places):
    """Put pictures at places of a folder."""
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        waves().save(folder / place)
    return folder


@pytest.mark.parametrize(
    ("train", "test"), [("Train", "Test"), ("training", "testing"), ("TRAIN", "valid")]
)
def test_parts_may_be_spelt_otherwise(tmp_path, waves, train, test):
    """Capitals and other names of parts are no classes."""
    places = [f"{part}/{label}/0.png" for part in (train, test) for label in "ab"]
    found = rows_of(dp.read(laid_out(tmp_path / "all", waves, *places)))
    held = "validation" if test == "valid" else "test"
    assert {row[1:] for row in found} == {(x, part) for x in "ab" for part in ("train", held)}


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_lone_part_is_one(tmp_path, waves, part):
    """A folder of one part with classes in it has their labels, not the name of the part."""
    folder = laid_out(tmp_path / "all", waves, f"{part}/a/0.png", f"{part}/b/0.png")
    assert {row[1:] for row in rows_of(dp.read(folder))} == {("a", part), ("b", part)}


def test_a_class_may_be_called_as_a_part_is(tmp_path, waves):
    """A folder of trains beside one of buses is a class."""
    folder = laid_out(tmp_path / "all", waves, "train/0.png", "bus/0.png")
    assert {row[1] for row in rows_of(dp.read(folder))} == {"train", "bus"}


@pytest.mark.parametrize(
    ("stray", "parts"),
    [
        ("cover.png", ("train", "test")),
        ("more/a/0.png", ("train", "test")),
        ("cover.png", ("train",)),
    ],
)
def test_what_lies_beside_parts_is_refused(tmp_path, waves, stray, parts):
    """A picture beside the parts is named: parts would silently become classes."""
    places = [f"{part}/{label}/0.png" for part in parts for label in "ab"]
    folder = laid_out(tmp_path / "all", waves, *places, stray)
    with pytest.raises(ReadError, match=rf"by name, and '{stray}' lies in none of them.*Put it"):
        dp.read(folder)


def test_an_empty_part_is_refused(tmp_path, waves):
    """A part without pictures is told of as a class is."""
    folder = laid_out(tmp_path / "all", waves, "test/a/0.png", "test/b/0.png")
    (folder / "train").mkdir()
    with pytest.raises(ReadError, match="'train' holds no picture"):
        dp.read(folder)


def test_pictures_beside_the_classes_have_no_label(photos, waves):
    """A picture that lies in no class folder is a row without a label, and a note says so."""
    waves().save(photos / "stray.png")
    table = dp.read(photos)
    assert ("stray.png", None) in rows_of(table)
    assert table.report["notes"] == ["1 pictures lie in no class folder: they have no label"]


# ---- bad input


def test_an_empty_class_is_refused(photos, refused):
    """A folder of a class without pictures is named: no row would stand for it."""
    (photos / "bird").mkdir()
    (photos / "bird" / "readme.txt").write_text("soon")
    (photos / ".cache").mkdir()
    refused("clean", photos, code=3, says=["photos", "'bird' holds no picture", "take the folder"])


def test_a_folder_without_pictures_is_refused(tmp_path, refused):
    """A folder that holds neither tables nor pictures says what it could hold."""
    (tmp_path / "void" / "cat").mkdir(parents=True)
    refused("clean", tmp_path / "void", code=3, says=["no file of this folder", "pictures"])


def test_labels_that_are_not_there_are_asked_for(photos, refused):
    """A target on a flat folder, or an array without labels, says where labels come from."""
    words = ["clean", photos / "cat", "--target", "label"]
    refused(*words, code=2, says=["target: the pictures of", "no labels", "a folder of its own"])
    np.save(photos.parent / "x.npy", PICTURES)
    refused("clean", "x.npy", "--target", "label", code=2, says="Put the file of the labels")


def test_two_folders_of_pictures_are_refused(photos, refused):
    """Pictures come from one folder: two have no common root."""
    refused("clean", photos / "cat", photos / "dog", code=3, says="one folder or file at a time")


def test_a_table_in_the_folder_is_what_is_read(photos):
    """A folder with a list of its pictures is the list; a text beside them is none."""
    (photos / "readme.txt").write_text("about these")
    assert dp.read(photos).report["format"] == "pictures"
    (photos / "readme.txt").unlink()
    (photos / "list.csv").write_text("file,age\ncat/0.png,3\ndog/1.png,4\n")
    result = dp.clean(photos, image="file", pipeline=dp.Pipeline([dp.DropCorruptImages()]))
    assert result.summary["input"]["image_root"] == str(photos)
    assert result.summary["rows_out"] == 2


@pytest.mark.parametrize("table", ["data.json", "iris.data", "numbers.txt"])
def test_a_table_with_a_plot_beside_it_is_a_table(tmp_path, waves, table):
    """A figure in the folder of a table, or below it, does not make it one of pictures."""
    content = '[{"a": 1}, {"a": 2}]' if table.endswith("json") else "a,b\n1,2\n3,4\n"
    folder = laid_out(tmp_path / "all", waves, "plots/fig.png", "fig.png")
    (folder / table).write_text(content)
    assert dp.read(folder).to_arrow()["a"].to_pylist() in ([1, 2], [1, 3])


@pytest.mark.parametrize(
    ("remark", "places"),
    [("data.json", ["plots/a.png", "figures/b.png"]), ("labels.txt", ["a.png", "b.png"])],
)
def test_a_table_or_pictures_is_asked(tmp_path, waves, remark, places):
    """Where either may be meant, both are named, and how to say which."""
    folder = laid_out(tmp_path / "all", waves, *places)
    (folder / remark).write_text("[]")
    with pytest.raises(ReadError, match=rf"'{remark}' may be a table, and '.*png' .*Give the tab"):
        dp.read(folder)


def test_an_output_in_the_folder_is_no_table_of_it(photos, dataprep):
    """What a run has written among the pictures does not make them a folder of tables."""
    assert dataprep("clean", photos, "-o", photos / "photos.clean.csv", "-q").code == 0
    assert dp.read(photos).report["format"] == "pictures"


def test_a_single_picture_asks_for_its_folder(photos, refused):
    """A picture is no table: the folder is to be given."""
    refused("clean", photos / "cat" / "0.png", code=3, says=["an image", "give the folder"])
    Image.new("RGB", (4, 4)).save("one.bmp")
    Path("cut.jpg").write_bytes(bytes(range(256)) * 9)
    for name in ("one.bmp", "cut.jpg"):
        refused("clean", name, code=3, says="give the folder that they are in, or a list of them")


def test_a_table_is_no_frame_to_be_cleaned(photos):
    """What `dp.read` gives is refused in words that say what to give instead."""
    table = dp.read(photos)
    for refuse in (dp.clean, dp.Pipeline([dp.DropCorruptImages()]).fit):
        with pytest.raises(DataError, match=r"a Table, .* is no frame\. .*to_pandas"):
            refuse(table)


def test_what_dropped_a_class_is_told(photos):
    """Where no class but one is left, or no row, the error says which stages dropped the others."""
    for path in (photos / "cat").iterdir():
        path.write_bytes(b"nothing")
    stages = [dp.DropCorruptImages(), dp.Split(test=0.5)]
    for pipe in (dp.Pipeline(stages[:1], target="label"), dp.Pipeline(stages, target="label")):
        with pytest.raises(dp.errors.DataError, match="dropped by 0:drop_corrupt_images 3: check"):
            dp.clean(photos, pipeline=pipe)
    for path in (photos / "dog").iterdir():
        path.write_bytes(b"nothing")
    with pytest.raises(dp.errors.DataError, match="0 samples cannot be divided") as caught:
        dp.clean(photos, pipeline=dp.Pipeline(stages, target="label"))
    assert "rows were dropped before, by 0:drop_corrupt_images 6" in caught.value.__notes__


def test_the_closing_words_fit_pictures(photos, dataprep):
    """New rows are a folder, parts are undone by one of them, and looks are for later."""
    stages = "[split: {test: 0.5}, class_weight: {}, image_augment: {rotation_range: 9}]"
    Path("r.yaml").write_text(f"target: label\nimage: image\nstages: {stages}\n")
    said = dataprep("clean", photos, "--pipeline", "r.yaml", "-o", "p.csv").out
    assert "pipeline.json NEW_FOLDER" in said
    assert "dataprep undo p.train.csv" in said
    assert dataprep("undo", "p.train.csv", "-o", "back.csv").code == 0
    assert "sums of weights: cat" in said
    assert "nothing to do" not in said


# ---- lists


def test_a_list_names_pictures_beside_it(photos, dataprep):
    """Paths in a list start from its folder, whatever the current one; --image names the column."""
    (photos / "deep.tsv").write_text("path\tage\ncat/0.png\t3\ncat/lost.png\t4\n\t5\n")
    recipe = photos.parent / "recipe.yaml"
    recipe.write_text("stages: [image_stats, drop_corrupt_images]")
    answer = dataprep(
        "clean", photos / "deep.tsv", "--image", "path", "--pipeline", recipe, "-o", "out.csv", "-q"
    )
    assert answer.code == 0, answer.err
    summary = summary_of("out.csv")
    assert summary["input"]["image_root"] == str(photos)
    assert summary["roles"]["path"] == "image"
    assert [row[-1] for row in cells("out.dataprep/rejected.csv")[1:]] == [
        f"no such file in {photos}/cat",
        "no picture is named",
    ]


def test_without_a_column_of_pictures_the_way_is_shown(dataprep, tmp_path):
    """A stage of pictures on a table without them says how to name the column, and which are."""
    (tmp_path / "a.csv").write_text("path,age\ncat.png,3\ndog.png,4\n")
    (tmp_path / "p.yaml").write_text("stages: [image_stats]")
    answer = dataprep("clean", "a.csv", "--pipeline", "p.yaml")
    assert answer.code == 2
    assert "image_stats.image: no column holds pictures. Name it: --image COL" in answer.err
    answer = dataprep("clean", "a.csv", "--pipeline", "p.yaml", "--image", "pth")
    assert answer.code == 2
    assert "Did you mean 'path'?" in answer.err


# ---- there and back


def test_undo_gives_the_listing_again(photos, dataprep):
    """The listing comes back cell for cell from an output in parts, rejected rows too."""
    (photos / "cat" / "9.png").write_bytes(b"")
    (photos.parent / "p.yaml").write_text(
        "target: label\nstages: [image_stats, drop_corrupt_images, split: {test: 0.4}]"
    )
    assert dataprep("clean", photos, "--pipeline", "p.yaml", "-q").code == 0
    assert (photos.parent / "photos.clean.test.csv").exists()
    assert dataprep("undo", "photos.clean.csv", "-q").code == 0
    expected = [["image", "label"], *map(list, rows_of(dp.read(photos)))]
    assert cells("photos.clean.restored.csv") == expected


def test_apply_measures_a_new_folder(photos, dataprep, waves):
    """A pipeline that was fitted on a folder is applied to another, as many rows out as in."""
    (photos.parent / "p.yaml").write_text(
        "target: label\nstages: [image_stats, drop_corrupt_images]"
    )
    assert dataprep("clean", photos, "--pipeline", "p.yaml", "-q").code == 0
    new = photos.parent / "new"
    new.mkdir()
    waves(3, size=(20, 10)).save(new / "a.png")
    (new / "b.png").write_bytes(b"")
    answer = dataprep("apply", "photos.clean.dataprep/pipeline.json", new, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["input"]["image_root"] == str(new)
    found = pd.read_csv(answer.json["output"]["path"])
    assert found["image_width"].tolist()[0] == 20
    assert found["image_problem"].tolist()[1] == "the file is empty (0 bytes)"


def test_a_run_without_stages_of_pictures_says_so(photos, dataprep):
    """Where no stage looks at the pictures, a note names those that would."""
    answer = dataprep("clean", photos, "--json")
    assert answer.code == 0
    assert any("drop_corrupt_images" in note for note in answer.json["input"]["notes"])
    assert answer.json["rows_out"] == 6


# ---- arrays


PICTURES = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype="uint8")
LABELS = np.array([3, 1, 4, 1, 5, 9], dtype="uint8")


def write_idx(path, array):
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    content = head + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("beside", ["", ".gz"])
def test_an_idx_file_finds_its_labels(tmp_path, suffix, beside):
    """The labels beside an IDX file are found by its name, packed or not; rows name its items."""
    write_idx(tmp_path / f"t-images-idx3-ubyte{suffix}", PICTURES)
    write_idx(tmp_path / f"t-labels-idx1-ubyte{beside}", LABELS)
    table = dp.read(tmp_path / f"t-images-idx3-ubyte{suffix}")
    assert rows_of(table) == [
        (f"t-images-idx3-ubyte{suffix}#{i}", int(n)) for i, n in enumerate(LABELS)
    ]
    assert table.report["image_root"] == str(tmp_path)


def test_an_array_without_labels_says_so(tmp_path):
    """Where no labels are found, there is no such column, and a note tells what was looked for."""
    np.save(tmp_path / "x_train.npy", PICTURES)
    table = dp.read(tmp_path / "x_train.npy")
    assert table.columns == ["image"]
    assert "y_train.npy" in table.report["notes"][0]
    np.save(tmp_path / "y_train.npy", LABELS)
    assert dp.read(tmp_path / "x_train.npy").columns == ["image", "label"]


def test_an_archive_of_several_arrays_asks_which(tmp_path, dataprep):
    """An NPZ file with training and test pictures asks for one; labels go by its name."""
    arrays = {"x_train": PICTURES, "y_train": LABELS[:, None], "x_test": PICTURES[:2]}
    np.savez(tmp_path / "all.npz", **arrays, y_test=np.array(["b", "a"]))
    answer = dataprep("clean", "all.npz")
    assert answer.code == 3
    assert "2 arrays hold pictures: x_train (6, 5, 4), x_test" in answer.err
    assert "--member x_train" in answer.err
    assert dataprep("clean", "all.npz", "--member", "x_test", "-q").code == 0
    assert cells("all.clean.csv")[1:] == [["all.npz#x_test/0", "b"], ["all.npz#x_test/1", "a"]]
    answer = dataprep("clean", "all.npz", "--member", "x_tset", "-f")
    assert "Did you mean 'x_test'" in answer.err
    pipeline = dp.Pipeline([dp.ImageStats()])
    found = dp.clean(tmp_path / "all.npz", member="x_train", pipeline=pipeline).data.to_pandas()
    assert found["image_mean"].tolist() == pytest.approx(PICTURES.mean(axis=(1, 2)))


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("a-labels-idx1-ubyte", LABELS, "the file of the pictures"),
        ("a.npy", LABELS, r"of shape \(6,\) holds no pictures"),
        ("a.npy", PICTURES[:0], "there are no pictures"),
        ("x.npy", PICTURES, "6 pictures, and labels of shape"),
        (
            "a.npy",
            np.zeros((9, 3, 16, 16), "u1"),
            r"channels first\. Put them last: array\.transpose",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, name, array, says):
    """Labels alone, no pictures, and another number of labels are errors with a remedy."""
    if name.endswith("npy"):
        np.save(tmp_path / name, array)
        np.save(tmp_path / name.replace("x", "y"), LABELS[:4]) if "x" in name else None
    else:
        write_idx(tmp_path / name, array)
    with pytest.raises(ReadError, match=says):
        dp.read(tmp_path / name)
    with pytest.raises(ConfigError, match="Leave it out"):
        dp.read(tmp_path / name, member="x")


def test_what_is_read_is_in_the_summary(photos):
    """summary.json can be read by other programs: it is plain JSON."""
    result = dp.clean(photos)
    assert json.loads(json.dumps(result.summary))["input"]["format"] == "pictures"
    assert result.summary["input"]["sha256"]
