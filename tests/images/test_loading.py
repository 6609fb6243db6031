"""A picture is read whole and as it is meant, or the reason is told why it is not."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from dataprep.errors import DataError
from dataprep.images.arrays import array_of, is_array_file
from dataprep.images.loading import UnreadableImage, loaded, pixels
from dataprep.images.measures import oddities
from dataprep.images.references import joined, parsed

GREY = np.arange(12, dtype="uint8").reshape(3, 4) * 20


def write_idx(path, array):
    """Write an array as IDX, packed where the name says so."""
    opened = gzip.open if path.suffix == ".gz" else open
    code = {"uint8": 8, "float32": 13}[str(array.dtype)]
    with opened(path, "wb") as file:
        file.write(bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape))
        file.write(array.astype(array.dtype.newbyteorder(">")).tobytes())
    return path


@pytest.mark.parametrize("text", ["a.jpg", "ä b/c#d.png", "x#y/3.JPG", "/abs/1.webp", "me.jpg#1"])
def test_a_path_names_itself(text):
    """A path is no item of a file, whatever signs are in it."""
    assert parsed(text) == (text, None, None)


@pytest.mark.parametrize("item", [("a-idx3-ubyte.gz", 0, None), ("b c.npz", 12, "x_train")])
def test_references_of_items_come_back(item):
    """What names an item of a file is read as it was written."""
    assert parsed(joined(*item)) == item


def test_values_are_those_of_the_file(tmp_path):
    """A grey picture has one channel, a coloured one three, and each value is the file's."""
    Image.fromarray(GREY).save(tmp_path / "grey.png")
    colour = np.stack([GREY, GREY // 2, 255 - GREY], axis=-1)
    Image.fromarray(colour).save(tmp_path / "ä b.bmp")
    assert pixels("grey.png", tmp_path)[:, :, 0].tolist() == GREY.tolist()
    assert pixels("ä b.bmp", tmp_path).tolist() == colour.tolist()
    assert pixels(str(tmp_path / "grey.png"), "elsewhere").shape == (3, 4, 1)


def test_the_orientation_of_a_photograph_is_applied(tmp_path):
    """A picture that EXIF says lies on its side stands upright, whichever way it lies."""
    marked = np.zeros((4, 6), dtype="uint8")
    marked[0, 0] = 255
    corners = [(0, 0), (0, 5), (3, 5), (3, 0), (0, 0), (0, 3), (5, 3), (5, 0)]
    for orientation, corner in enumerate(corners, start=1):
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(marked).save(tmp_path / "turned.png", exif=exif)
        found = pixels("turned.png", tmp_path)[:, :, 0]
        assert found.shape == ((4, 6) if orientation < 5 else (6, 4))
        assert tuple(np.argwhere(found == 255)[0]) == corner


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "F"])
def test_every_mode_becomes_grey_or_colours(tmp_path, waves, mode):
    """However colours are stored, bytes of one or three channels come out, near to the original."""
    image = waves().convert("L") if mode in ("I;16", "F") else waves()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype("uint16") * 256 + 255)
    elif mode == "F":
        image = Image.fromarray(np.asarray(image).astype("float32") / 255)
    else:
        image = image.convert(mode)
    image.save(tmp_path / "a.tif")
    found = pixels("a.tif", tmp_path)
    assert found.dtype == np.uint8
    grey = mode in ("1", "L", "LA", "I;16", "F")
    assert found.shape == (32, 48, 1 if grey else 3)
    if mode != "1":
        expected = np.asarray(waves().convert("L" if grey else "RGB"), dtype=float)
        # A palette has few colours.
        assert np.abs(found.squeeze() - expected).mean() < (20 if mode == "P" else 6)


def test_what_is_odd_is_told(tmp_path, waves):
    """A name of another format, several frames, 16 bits and CMYK are told, and the picture read."""
    waves().save(tmp_path / "jpeg.png", format="JPEG")
    waves().save(tmp_path / "plain.JPG", format="JPEG")
    waves().save(tmp_path / "moving.gif", save_all=True, append_images=[waves(1), waves(2)])
    waves().convert("CMYK").save(tmp_path / "print.jpg")
    Image.fromarray(np.asarray(waves(mode="L")).astype("uint16") * 256).save(tmp_path / "deep.png")
    told = {path.name: oddities(loaded(path.name, tmp_path)) for path in tmp_path.iterdir()}
    assert told == {
        "jpeg.png": {"extension": "named as PNG, but it is JPEG"},
        "plain.JPG": {},
        "moving.gif": {"animated": "3 frames, of which the first is taken"},
        "print.jpg": {"cmyk": "CMYK colours"},
        "deep.png": {"16-bit": "16 bits a value, of which the upper 8 are taken"},
    }
    first = np.asarray(Image.open(tmp_path / "moving.gif").convert("RGB"))
    assert pixels("moving.gif", tmp_path).tolist() == first.tolist()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.png", b"", "the file is empty (0 bytes)"),
        ("page.jpg", b"<html>", "this is no picture that can be read, though it is named as JPEG"),
        ("noise.xyz", b"\x00\x01\x02" * 99, "this is no picture that can be read"),
        ("lost.png", None, "no such file in"),
        ("https://host/a.png", None, "this is an address"),
        ("a\0b.png", None, "cannot be read: embedded null"),
        ("", None, "no picture is named"),
        (None, None, "no picture is named"),
        (".", None, "this is a folder"),
        ("photo.png#3", None, "no such file in"),
        ("array.npy#3", None, "no array of pictures can be read"),
    ],
)
def test_what_is_no_picture_says_why(tmp_path, name, content, says):
    """What cannot be read raises one kind of error, with the name, the reason and a remedy."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableImage) as caught:
        pixels(name, tmp_path)
    assert says in caught.value.message
    assert caught.value.remedy
    assert isinstance(caught.value, DataError)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_picture_that_is_cut_off_is_refused(tmp_path, waves, format, share):
    """A file that ends too early gives no half picture, whatever its format."""
    path = tmp_path / f"whole.{format.lower()}"
    waves(size=(96, 64)).save(path, format=format)
    content = path.read_bytes()
    (tmp_path / "cut.bin").write_bytes(content[: int(len(content) * share)])
    assert pixels(path.name, tmp_path).shape == (64, 96, 3)
    with pytest.raises(UnreadableImage, match=r"damaged|no picture"):
        pixels("cut.bin", tmp_path)


def test_a_picture_of_too_many_pixels_is_refused(tmp_path, monkeypatch):
    """A small file that would fill the memory is refused, as Pillow sees it."""
    Image.new("1", (300, 300)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(UnreadableImage, match="exceeds limit"):
        pixels("bomb.png", tmp_path)


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    """Where the package is not installed, the error names it, no module of it, and the extra."""
    from dataprep.errors import MissingExtraError
    from dataprep.images import loading

    loading._pillow.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(MissingExtraError, match=r"'PIL' is not .*pipeline\[image\]"):
        pixels("a.png", tmp_path)


# ---- arrays


PICTURES = np.random.default_rng(0).integers(0, 256, (5, 6, 7), dtype="uint8")


@pytest.mark.parametrize("name", ["a-images-idx3-ubyte.gz", "a.idx3-ubyte", "a.npy", "a.npz"])
def test_items_of_an_array_are_pictures(tmp_path, name):
    """Each item of an IDX, NPY or NPZ file is a picture, the first of them number 0."""
    path = tmp_path / name
    if "idx" in name:
        write_idx(path, PICTURES)
    elif name.endswith("npy"):
        np.save(path, PICTURES)
    else:
        np.savez(path, x=PICTURES, y=np.arange(5))
    assert is_array_file(path)
    for i in (0, 4):
        assert pixels(f"{name}#{i}", tmp_path)[:, :, 0].tolist() == PICTURES[i].tolist()
    with pytest.raises(UnreadableImage, match=r"of shape \(5, 6, 7\) has no such picture"):
        pixels(f"{name}#5", tmp_path)


def test_an_array_that_was_written_anew_is_read_anew(tmp_path):
    """What is kept open is not mistaken for a file that took its place."""
    np.save(tmp_path / "a.npy", PICTURES)
    assert pixels("a.npy#1", tmp_path)[0, 0, 0] == PICTURES[1, 0, 0]
    np.save(tmp_path / "a.npy", np.concatenate([255 - PICTURES, PICTURES]))
    assert pixels("a.npy#1", tmp_path)[0, 0, 0] == 255 - PICTURES[1, 0, 0]


def test_values_of_arrays_become_bytes(tmp_path):
    """Floats of a unit, floats up to 255, 16 bits, booleans and one channel mean what they mean."""
    full = PICTURES[:, :, :, None].repeat(3, axis=3)
    kept = {
        "unit": PICTURES / 255.0,
        "wide": PICTURES.astype("float32"),
        "deep": PICTURES.astype("uint16") * 256,
        "long": PICTURES.astype("int64"),
        "one": PICTURES[:, :, :, None],
        "three": full,
        "four": np.concatenate([full, full[..., :1]], axis=-1),
    }
    np.savez(tmp_path / "all.npz", **kept, flags=PICTURES > 127)
    for name in kept:
        assert pixels(f"all.npz#{name}/2", tmp_path)[:, :, 0].tolist() == PICTURES[2].tolist(), name
    assert set(np.unique(pixels("all.npz#flags/0", tmp_path))) == {0, 255}


def test_a_dark_picture_of_an_array_stays_dark(tmp_path):
    """What is white is decided once for an array, by its type and its largest value."""
    shape = (3, 2, 2)
    floats, deep = np.zeros(shape), np.zeros(shape, "int16")
    floats[:] = np.array([200.0, 1.0, 2.0])[:, None, None]
    deep[:] = np.array([30000, 3000, 100])[:, None, None]
    expected = {"floats": [200, 1, 2], "deep": [117, 11, 0], "unsigned": [117, 11, 0]}
    np.savez(tmp_path / "all.npz", floats=floats, deep=deep, unsigned=deep.astype("uint16"))
    for name, values in expected.items():
        found = [int(pixels(f"all.npz#{name}/{i}", tmp_path).max()) for i in range(3)]
        assert found == values, name


def test_of_an_array_too_it_is_told_that_bits_are_left_out(tmp_path):
    """Items of 16 bits say that their upper 8 are taken; whole numbers up to 255 lose nothing."""
    np.savez(tmp_path / "all.npz", deep=PICTURES.astype("uint16") * 256, long=PICTURES.astype("u4"))
    said = "16 bits a value, of which the upper 8 are taken"
    assert oddities(loaded("all.npz#deep/0", tmp_path)) == {"16-bit": said}
    assert oddities(loaded("all.npz#long/0", tmp_path)) == {}


def test_a_picture_with_values_that_are_no_numbers_is_none(tmp_path):
    """An item of an array with NaN is refused, and the others of the array are read."""
    values = np.full((2, 4, 4), 100.0)
    values[0, :2] = np.nan
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(UnreadableImage, match=r"a\.npy#0: 8 of 16 values are no numbers"):
        pixels("a.npy#0", tmp_path)
    assert pixels("a.npy#1", tmp_path).max() == 100


@pytest.mark.parametrize("low_high", [(-1.0, 1.0), (0.0, 1.7), (0.0, 4000.0), (0.0, np.inf)])
def test_an_array_whose_white_is_not_clear_is_refused(tmp_path, low_high):
    """Standardised values, those a little above 1, and those above 255 are told, not guessed."""
    np.save(tmp_path / "a.npy", np.resize(np.array(low_high), (3, 4, 4)))
    with pytest.raises(UnreadableImage, match=r"white is not clear.*as uint8"):
        pixels("a.npy#0", tmp_path)


def test_deep_files_are_read_by_their_mode(tmp_path):
    """16 bits are the upper 8 in dark pictures too; 32 bits, and floats above 1, are refused."""
    for value in (200, 20000):
        full = np.full((3, 4), value)
        Image.fromarray(full.astype("uint16")).save(tmp_path / f"{value}.png")
        Image.fromarray(full.astype("uint16")).save(tmp_path / f"{value}.tif")
        Image.fromarray(full.astype("int32")).save(tmp_path / f"{value} wide.tif")
        Image.fromarray(full.astype("float32")).save(tmp_path / f"{value} real.tif")
        for suffix in ("png", "tif"):
            assert pixels(f"{value}.{suffix}", tmp_path).max() == value >> 8
        for name in ("wide", "real"):
            with pytest.raises(UnreadableImage, match="which of them is white is not clear"):
                pixels(f"{value} {name}.tif", tmp_path)
    (tmp_path / "a.pgm").write_bytes(b"P5 1 1 65535 " + (20000).to_bytes(2, "big"))
    assert pixels("a.pgm", tmp_path).max() == 78


def test_an_archive_is_unpacked_once_for_all_threads(tmp_path, monkeypatch):
    """However many threads ask at a time, an array is loaded once; and not kept beyond a bound."""
    from concurrent.futures import ThreadPoolExecutor

    from dataprep.images import arrays

    np.savez_compressed(tmp_path / "all.npz", **{f"x{i}": PICTURES for i in range(3)})
    loads, load = [], arrays._loaded

    def counted(path, member):
        loads.append(member)
        return load(path, member)

    monkeypatch.setattr(arrays, "_loaded", counted)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: array_of(tmp_path / "all.npz", "x0"), range(64)))
    assert loads == ["x0"]
    assert all(array is found[0] for array in found)
    monkeypatch.setattr(arrays, "_MOST_BYTES", 2 * PICTURES.nbytes)
    for name in ("x1", "x2", "x1", "x0"):
        array_of(tmp_path / "all.npz", name)
    assert loads == ["x0", "x1", "x2", "x0"]
    assert arrays._opened._bytes() <= 2 * PICTURES.nbytes


def test_broken_arrays_say_so(tmp_path):
    """A file that is cut off, of objects or of no such array is an error of the project."""
    whole = write_idx(tmp_path / "whole-idx3-ubyte", PICTURES).read_bytes()
    (tmp_path / "cut-idx3-ubyte").write_bytes(whole[:100])
    (tmp_path / "cut-idx3-ubyte.gz").write_bytes(gzip.compress(whole)[:60])
    (tmp_path / "head-idx3-ubyte").write_bytes(whole[:6])
    np.save(tmp_path / "objects.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "two.npz", x_train=PICTURES, x_test=PICTURES)
    for name, says in [
        ("cut-idx3-ubyte", "shorter than it says"),
        ("cut-idx3-ubyte.gz", "Compressed file ended|shorter"),
        ("head-idx3-ubyte", "shorter than it says"),
        ("objects.npy", "never loaded"),
        ("two.npz", "several arrays"),
    ]:
        with pytest.raises((DataError, ValueError), match=says):
            array_of(tmp_path / name)
    with pytest.raises(UnreadableImage, match="no array 'y'"):
        pixels("two.npz#y/0", tmp_path)
