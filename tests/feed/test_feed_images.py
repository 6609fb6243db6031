"""Pictures in batches: alone or beside features, kept or decoded anew, augmented alike anywhere."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from samples import flat

import dataprep as dp


@pytest.fixture
def drawn(tmp_path):
    """Return 24 grey pictures in a file, a frame that refers to them, and where they are."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 8, 6), dtype="uint8")
    np.save(tmp_path / "all.npy", pixels)
    frame = pd.DataFrame(
        {"image": [f"all.npy#{i}" for i in range(24)], "label": ["cat", "dog"] * 12}
    )
    return pixels, frame, {"image": "image", "image_root": tmp_path, "batch_size": 7}


@pytest.mark.parametrize("cache", [False, True])
def test_pictures_alone_are_the_features(drawn, cache):
    """They come as float32 from 0 to 255 with a channel, in the order of the rows."""
    pixels, frame, options = drawn
    fed = dp.feed.dataset(frame, "label", shuffle=False, cache=cache, **options)
    assert fed.element_spec[0].shape.as_list() == [None, 8, 6, 1]
    images = np.concatenate([x.numpy() for x, _ in fed])
    assert images.dtype == "float32"
    assert (images[..., 0] == pixels).all()
    assert flat(y.numpy().tolist() for _, y in fed) == [0, 1] * 12


def test_pictures_beside_features_come_under_their_name(drawn):
    """Where there are other features, all of them are in a dictionary; pictures are resized."""
    _, frame, options = drawn
    frame = frame.assign(age=np.arange(24.0))
    fed = dp.feed.dataset(frame, "label", image_size=(4, 4), **options)
    features, _ = next(iter(fed))
    assert features["image"].shape == (7, 4, 4, 1)
    assert features["age"].shape == (7,)
    with pytest.raises(dp.errors.ConfigError, match="make no matrix"):
        dp.feed.dataset(frame, "label", features="matrix", **options)
    with pytest.raises(dp.errors.DataError, match="decoded by TensorFlow"):
        dp.feed.arrays(dp.feed.opened(frame, target="label", image="image"))


def test_augmented_pictures_are_the_same_at_any_parallelism(drawn):
    """A picture's look depends on seed, reference and epoch: not on calls, cache or order."""
    _, frame, options = drawn
    stage = dp.ImageAugment(rotation_range=30, horizontal_flip=True, brightness_range=(0.8, 1.2))
    looks = []
    for how in ({"parallel_calls": 1}, {"parallel_calls": 8}, {"cache": True}):
        fed = dp.feed.dataset(frame, "label", augment=stage, seed=3, **how, **options)
        looks.append([[x.numpy().tobytes() for x, _ in fed] for _ in range(2)])
    assert looks[0] == looks[1] == looks[2]
    assert looks[0][0] != looks[0][1]
    plain = dp.feed.dataset(frame, "label", shuffle=False, augment=stage, **options)
    mixed = dp.feed.dataset(frame, "label", augment=stage, **options)
    ways = [{image.tobytes() for x, _ in fed for image in x.numpy()} for fed in (plain, mixed)]
    assert ways[0] == ways[1]


def test_balanced_pictures_have_a_look_for_each_time_they_come(drawn):
    """A rare picture that comes ten times in an epoch has ten looks; so have copies of a row."""
    _, frame, options = drawn
    stage = dp.ImageAugment(rotation_range=30)
    rare = frame.head(11).assign(label=["a"] * 10 + ["b"])
    fed = dp.feed.dataset(rare, "label", balance="class", augment=stage, seed=3, **options)
    found = [image.tobytes() for x, y in fed for image in x.numpy()[y.numpy() == 1]]
    assert len(found) == len(set(found)) == 10
    copies = frame.iloc[[0] * 10 + [1]]
    fed = dp.feed.dataset(copies, "label", augment=stage, **options)
    assert len({image.tobytes() for x, _ in fed for image in x.numpy()}) == 11


def test_a_rejected_row_leaves_the_looks_of_others(drawn):
    """A picture's look goes by its reference: without other rows it is the same, alone too."""
    _, frame, options = drawn
    stage = dp.ImageAugment(rotation_range=30, brightness_range=(0.8, 1.2))
    ways = []
    for rows in (frame, frame.drop(index=[0, 7]), frame[::-1]):
        fed = dp.feed.dataset(rows, "label", augment=stage, **options)
        ways.append({image.tobytes() for x, _ in fed for image in x.numpy()})
    assert ways[1] < ways[0] == ways[2]


def test_weights_of_mixed_pictures_are_mixed(drawn):
    """Through the feed too, the weight of a picture that is half another one is half of both."""
    _, frame, options = drawn
    frame = frame.assign(w=np.where(frame["label"] == "dog", 5.0, 1.0))
    stage = dp.ImageAugment(mixup=1.0)
    options |= {"weights": "w", "columns": []}
    for _, soft, weight in dp.feed.dataset(frame, "label", augment=stage, **options):
        assert weight.numpy() == pytest.approx(soft.numpy() @ [1.0, 5.0], rel=1e-5)


def test_a_result_is_fed_in_the_looks_of_its_pipeline(drawn):
    """Its training rows are augmented as its stage says, unless told not to; others never."""
    _, frame, options = drawn
    stage = dp.ImageAugment(rotation_range=30, per_class={"cat": 1.0})
    root = options.pop("image_root")
    pipe = dp.Pipeline([dp.Split(test=6), stage], target="label", image="image")
    result = dp.clean(frame, pipeline=pipe)
    del options["image"]

    def fed(**how):
        found = dp.feed.dataset(result, image_root=root, **{**options, **how})
        return [x.numpy().tobytes() for x, _ in found]

    assert fed() == fed(augment=stage) != fed(augment=None)
    assert fed(split="test") == fed(split="test", augment=None)
    with pytest.raises(dp.errors.ConfigError, match=r"there is no class 'cta'\. Did you"):
        fed(augment=dp.ImageAugment(per_class={"cta": 2.0}))


def test_pictures_of_several_sizes_need_a_size(tmp_path):
    """Without a size to bring them to, the first picture that differs is named."""
    import tensorflow as tf

    for name, side in (("a", 4), ("b", 5)):
        np.save(tmp_path / f"{name}.npy", np.zeros((1, side, side), "uint8"))
    frame = pd.DataFrame({"image": ["a.npy#0", "b.npy#0"] * 2, "y": [0, 1] * 2})
    options = {"image": "image", "image_root": tmp_path, "batch_size": 4}
    with pytest.raises(tf.errors.OpError, match=r"b\.npy#0"):
        list(dp.feed.dataset(frame, "y", **options))
    fed = dp.feed.dataset(frame, "y", image_size=(4, 4), **options)
    assert [x.shape for x, _ in fed] == [(4, 4, 4, 1)]


@pytest.fixture
def album(tmp_path):
    """Return a frame of a grey picture and two in colour, in two parts, and its options."""
    grey = np.arange(48, dtype="uint8").reshape(8, 6)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    for name in ("red", "blue"):
        colour = np.zeros((8, 6, 3), "uint8")
        colour[..., 0 if name == "red" else 2] = 200
        Image.fromarray(colour).save(tmp_path / f"{name}.png")
    names = ["grey.png", "red.png", "blue.png", "grey.png"]
    frame = pd.DataFrame({"image": names, "y": ["a", "b"] * 2})
    return frame, {"image": "image", "image_root": tmp_path, "batch_size": 4, "shuffle": False}


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [1, 0, 2, 3]])
@pytest.mark.parametrize("cache", [False, True])
def test_a_grey_picture_that_comes_first_takes_no_colour_away(album, order, cache):
    """Three channels come unless all pictures are grey, whatever the order of rows."""
    frame, options = album
    ((images, _),) = dp.feed.dataset(frame.iloc[order], "y", cache=cache, **options)
    assert images.shape == (4, 8, 6, 3)
    assert images.numpy()[order.index(1)].reshape(-1, 3).max(axis=0).tolist() == [200, 0, 0]
    ((images, _),) = dp.feed.dataset(frame, "y", channels=1, **options)
    assert images.shape == (4, 8, 6, 1)
    ((images, _),) = dp.feed.dataset(frame.iloc[[0, 3]], "y", **options)
    assert images.shape == (2, 8, 6, 1)
    with pytest.raises(dp.errors.ConfigError, match="channels: 2 is no number of channels"):
        dp.feed.dataset(frame, "y", channels=2, **options)


@pytest.mark.parametrize("measured", [False, True])
def test_held_out_pictures_have_the_channels_of_training_rows(album, measured):
    """Grey pictures of a part get three channels if training ones do; the reverse is refused."""
    import tensorflow as tf

    frame, options = album
    frame["part"] = ["test", "train", "train", "test"]
    stages = [dp.ImageStats(image_root=str(options["image_root"]))] if measured else []
    for parts, shape in ((["test", "train", "train", "test"], (2, 8, 6, 3)), (None, None)):
        frame["part"] = parts or ["train", "test", "test", "train"]
        pipe = dp.Pipeline([*stages, dp.Split(column="part", stratify=False)], target="y")
        pipe.image = "image"
        result = dp.clean(frame, pipeline=pipe)
        fed = dp.feed.dataset(result, split="test", **options)
        if shape:
            assert next(iter(fed))[0].shape == shape
        else:
            with pytest.raises(tf.errors.OpError, match=r"red.png: it is in colour.*channels=3"):
                list(fed)


def test_a_missing_reference_is_refused(drawn):
    """A row without a picture is told of before anything is decoded."""
    _, frame, options = drawn
    frame.loc[2, "image"] = None
    with pytest.raises(dp.errors.DataError, match="1 of 24 rows refer to no picture"):
        dp.feed.dataset(frame, "label", **options)
