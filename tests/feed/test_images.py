"""Pictures inside tf.data: read right, in parallel, and refused in words."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import dataprep as dp
from dataprep.errors import DataError
from dataprep.feed.images import images_of, pictures_of, size_of, told
from dataprep.feed.keys import keys_of
from dataprep.images.loading import UnreadableImage, pixels

SHARED = Path(__file__).parents[3] / "shared" / "data" / "images"


@pytest.fixture(scope="module")
def tf() -> Any:
    """Return TensorFlow, imported by the first test that needs it."""
    return pytest.importorskip("tensorflow", reason="feeding needs TensorFlow")


def noise(*shape: int) -> np.ndarray:
    """Return values from 0 to 255."""
    return np.random.default_rng(0).integers(0, 256, shape).astype("uint8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of pictures of many kinds, 12 pixels wide and 9 high, and of arrays."""
    colour, grey = noise(9, 12, 3), noise(9, 12)
    Image.fromarray(colour).save(tmp_path / "a.png")
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(colour).save(tmp_path / "b.jpg", quality=95)
    Image.fromarray(colour).convert("CMYK").save(tmp_path / "cmyk.jpg")
    Image.fromarray(colour).save(tmp_path / "c.bmp")
    Image.fromarray(colour).save(tmp_path / "d.webp", lossless=True)
    Image.fromarray(colour).save(tmp_path / "e.tiff")
    Image.fromarray(colour).convert("P").save(tmp_path / "f.gif")
    Image.fromarray(grey.astype("uint16") * 256).save(tmp_path / "deep.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(noise(12, 9, 3)).save(tmp_path / "turned.jpg", exif=turned)
    Image.fromarray(noise(30, 20, 3)).save(tmp_path / "large.png")
    np.save(tmp_path / "many.npy", noise(5, 9, 12, 3))
    np.savez(tmp_path / "many.npz", x=noise(5, 9, 12))
    head = bytes([0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0, 12])
    with gzip.open(tmp_path / "many-idx3-ubyte.gz", "wb") as file:
        file.write(head + noise(5, 9, 12).tobytes())
    return tmp_path


def test_every_kind_of_picture_is_what_the_loader_says(tf, folder):
    """What comes out is what `pixels` gives, whatever the format, turned as EXIF says."""
    names = [path.name for path in sorted(folder.iterdir()) if "many" not in path.name]
    names = [name for name in names if name != "large.png"]
    assert len(names) == 10
    found = images_of(tf.constant(names), root=folder, size=None, channels=3)
    assert found.dtype == tf.float32
    assert found.shape == (10, 9, 12, 3)
    for name, values in zip(names, found.numpy(), strict=True):
        expected = pixels(name, folder)
        assert np.array_equal(values, np.broadcast_to(expected, (9, 12, 3))), name


def test_items_of_arrays_are_gathered(tf, folder):
    """Items come in the order asked for, of several files too, colours and grey values alike."""
    names = ["many.npy#4", "many.npy#0", "many.npy#4"]
    found = images_of(tf.constant(names), root=folder, size=None, channels=3).numpy()
    assert np.array_equal(found, np.load(folder / "many.npy")[[4, 0, 4]])
    names = ["many.npz#x/1", "many-idx3-ubyte.gz#3", "many.npz#x/2"]
    found = images_of(tf.constant(names), root=folder, size=(9, 12), channels=1).numpy()
    expected = [noise(5, 9, 12)[i] for i in (1, 3, 2)]
    assert np.array_equal(found[..., 0], np.stack(expected))
    # Another number of channels, and files beside items, are read one by one.
    mixed = pictures_of(["many.npy#1", "a.png", "many.npz#x/2"], folder, None, 3)
    assert np.array_equal(mixed[0], np.load(folder / "many.npy")[1])
    assert np.array_equal(mixed[2][..., 1], noise(5, 9, 12)[2])


def test_sizes_and_channels_are_brought_to_what_is_asked_for(tf, folder):
    """Pictures are resized by way of all their pixels; colours become grey, grey three channels."""
    names = ["a.png", "large.png", "many.npy#0"]
    found = images_of(tf.constant(names), root=folder, size=(6, 5), channels=1)
    assert found.shape == (3, 6, 5, 1)
    expected = (
        Image.open(folder / "large.png").convert("L").resize((5, 6), Image.Resampling.BILINEAR)
    )
    assert np.array_equal(found.numpy()[1, ..., 0], np.asarray(expected))
    assert size_of("large.png", folder) == (30, 20)


def test_a_large_jpeg_is_decoded_at_a_part_of_its_size(tf, folder):
    """It is nearly what all of its pixels give, turned as EXIF says; a damaged one is told."""
    smooth = Image.fromarray(noise(8, 10, 3)).resize((400, 320), Image.Resampling.BICUBIC)
    turned = Image.Exif()
    turned[0x0112] = 6
    smooth.save(folder / "smooth.jpg", quality=95)
    smooth.save(folder / "smooth_turned.jpg", quality=95, exif=turned)
    for name, size in (("smooth.jpg", (32, 40)), ("smooth_turned.jpg", (40, 32))):
        (found,) = pictures_of([name], folder, size, 3)
        whole = Image.fromarray(pixels(name, folder))
        expected = np.asarray(whole.resize(size[::-1], Image.Resampling.BILINEAR))
        assert np.abs(found.astype(float) - expected).mean() < 2
    data = (folder / "smooth.jpg").read_bytes()
    (folder / "half.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableImage, match=r"half.jpg: the picture is damaged"):
        pictures_of(["half.jpg"], folder, (32, 40), 3)


def test_unequal_sizes_are_refused_unless_asked_for(tf, folder):
    """Two pictures are named, with their sizes and the parameter that brings them together."""
    for size, resize in ((None, True), ((9, 12), False)):
        with pytest.raises(DataError, match=r"large.png: it is 20 x 30.*12 x 9.*image_size="):
            pictures_of(["a.png", "b.jpg", "large.png"], folder, size, 3, resize)


def test_what_cannot_be_read_is_named(tf, folder):
    """A broken picture raises in the midst of tf.data, with its name and the stage to use."""
    (folder / "cut.jpg").write_bytes((folder / "b.jpg").read_bytes()[:300])
    (folder / "empty.png").write_bytes(b"")
    for name in ("cut.jpg", "empty.png", "gone.png", "many.npy#7"):
        with pytest.raises(UnreadableImage, match=f"{name}.*drop_corrupt_images"):
            pictures_of(["a.png", name], folder, (9, 12), 3)
        data = tf.data.Dataset.from_tensors(["a.png", name])
        read = data.map(lambda x: images_of(x, root=folder, size=(9, 12), channels=3))
        with pytest.raises(tf.errors.OpError) as caught:
            list(read)
        error = told(caught.value)
        assert isinstance(error, DataError)
        assert str(error).startswith(f"{name}: ")
        assert "Traceback" not in str(error)
    assert told(ValueError("something else")) is None


def test_any_number_of_calls_gives_the_same(tf, folder):
    """Batches come in order, with the same bytes, from one call and from eight."""
    names = ["a.png", "b.jpg", "d.webp", "many.npy#2", "large.png"] * 8
    found = []
    for calls in (1, 8):
        data = tf.data.Dataset.from_tensor_slices(names).batch(3)
        data = data.map(
            lambda x: images_of(x, root=folder, size=(8, 8), channels=3), num_parallel_calls=calls
        )
        assert data.element_spec.shape == (None, 8, 8, 3)
        found.append(b"".join(batch.numpy().tobytes() for batch in data))
    assert found[0] == found[1]


def test_the_feed_gives_each_row_its_look(tf, folder):
    """Shuffled, in any epoch and at any number of calls, a row has the look of its key."""
    frame = pd.DataFrame({"file": [f"many.npy#{i % 5}" for i in range(13)], "y": np.arange(13) / 2})
    stage = dp.ImageAugment(rotation_range=40, zoom_range=0.3, brightness_range=(0.5, 1.5))
    plain, keys = pictures_of(frame["file"], folder, None, 3), keys_of(frame["file"])
    for calls in (1, 8):
        data = dp.feed.dataset(
            frame,
            "y",
            batch_size=4,
            epoch=2,
            augment=stage,
            image="file",
            image_root=folder,
            classes=False,
            parallel_calls=calls,
        )
        seen: list[int] = []
        for images, y in data:
            rows = (y.numpy() * 2).astype("int64")
            expected, _ = stage.augmenter()(plain[rows], keys[rows], 2)
            assert np.array_equal(images, expected)
            seen += rows.tolist()
        assert sorted(seen) == list(range(13))
        assert seen != sorted(seen)


@pytest.mark.skipif(not SHARED.exists(), reason="the real pictures are not beside this checkout")
def test_real_pictures_are_read(tf):
    """Handwritten digits of a packed IDX file, and photographs of one that is broken."""
    names = [f"t10k-images-idx3-ubyte.gz#{i}" for i in (0, 9999)]
    found = images_of(tf.constant(names), root=SHARED, size=(28, 28), channels=1).numpy()
    assert found.shape == (2, 28, 28, 1)
    assert found.max() == 255
    photographs = SHARED / "near_duplicates"
    names = sorted(path.name for path in photographs.glob("*.jpg"))
    with pytest.raises(UnreadableImage, match="ukbench09268_corrupt"):
        pictures_of(names, photographs, (64, 64), 3)
    whole = [name for name in names if "corrupt" not in name]
    assert pictures_of(whole, photographs, (64, 64), 3).shape == (len(whole), 64, 64, 3)
