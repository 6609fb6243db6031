"""Loading: from a reference to a picture in memory, or to the reason why there is none."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataprep.errors import ConfigError, DataError
from dataprep.images.arrays import array_of
from dataprep.images.ranges import BYTE, DEEP, UNIT, as_bytes, white_of
from dataprep.images.references import Reference, parsed
from dataprep.optional import require

if TYPE_CHECKING:
    import numpy as np

_SAME = {"MPO": "JPEG", "APNG": "PNG"}
"""Formats that are called as another one: what phones call .jpg may hold two pictures."""


class UnreadableImage(DataError):  # noqa: N818 - the picture is, not an error of its own
    """A picture cannot be read whole."""


@dataclass(frozen=True)
class Picture:
    """A picture in memory, and how it was stored.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode ``L`` or ``RGB``, turned as its EXIF orientation says.
    format : str
        ``JPEG``, ``PNG``, ...; ``array`` for an item of an array.
    mode : str
        How colours are stored, in Pillow's words: ``RGB``, ``CMYK``, ``I;16``, ...
    frames : int
        How many pictures the file holds; the first is taken.
    bits : int
        Bits of a value that mean something: 16 where the upper 8 of them are taken.
    named : str
        The format that the file's name says; empty where it says none.
    """

    image: Any
    format: str
    mode: str
    frames: int = 1
    bits: int = 8
    named: str = ""


def pixels(reference: str, root: str | Path = ".") -> np.ndarray:
    """Return the values of a picture.

    Parameters
    ----------
    reference : str
        The path of a file relative to ``root``, or absolute; ``FILE#17`` is the 17th item, from 0,
        of an IDX or NPY file, ``FILE.npz#ARRAY/17`` of an NPZ file.
    root : path, default="."

    Returns
    -------
    array of uint8, shape (height, width, channels)
        One channel for a grey picture, else three: red, green, blue. Turned as the EXIF
        orientation says; of several frames the first; transparency is left out; 16 bits become
        the upper 8. In arrays the largest value of all pictures tells whether floats go up to 1 or
        to 255, and whole numbers up to 255 or to 65,535.

    Raises
    ------
    UnreadableImage
        When there is no such file, it cannot be read whole, or which value is white is not clear.
    MissingExtraError
        Where Pillow is not installed.
    """
    import numpy as np

    values = np.asarray(loaded(reference, root).image)
    return values if values.ndim == 3 else values[:, :, None]


def loaded(reference: str | None, root: str | Path = ".") -> Picture:
    """Return a picture, read whole, with how it was stored; see `pixels`."""
    if not isinstance(reference, str) or not reference.strip():
        raise UnreadableImage(
            "no picture is named", place=repr(reference), remedy="Give the path of a file."
        )
    found = parsed(reference)
    if found.item is not None:
        return _item(reference, found, root)
    path = found.under(root)
    _check_file(reference, path)
    return _file(reference, path)


def _check_file(reference: str, path: Path) -> None:
    """Raise for what is no file, or an empty one."""
    try:
        if path.is_dir():
            raise _unreadable(reference, "this is a folder", "Name a file inside it.")
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        if isinstance(error, UnreadableImage):
            raise
        if "://" in reference:
            raise _unreadable(
                reference, "this is an address", "Fetch the pictures first."
            ) from None
        said = getattr(error, "strerror", None) or str(error)
        if isinstance(error, FileNotFoundError):
            raise _unreadable(
                reference,
                f"no such file in {path.parent}",
                "Check the path, and the folder that it is relative to.",
            ) from None
        raise _unreadable(reference, f"cannot be read: {said}", "Check the path.") from None
    if not size:
        raise _unreadable(reference, "the file is empty (0 bytes)", "Fetch it again.")


def _file(reference: str, path: Path) -> Picture:
    """Read a picture's file whole; whatever Pillow raises on the way is a reason."""
    pil, named = _pillow(), _named(path.suffix.lower())
    try:
        with pil.open(path) as image:
            format = _SAME.get(image.format, image.format)
            mode, bits = image.mode, _bits(image)
            # A phone's second picture is a smaller one of the same.
            frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
            image.seek(0)
            image.load()
            upright = require("PIL.ImageOps", "image").exif_transpose(image)
            return Picture(_plain(upright, reference, bits), format, mode, frames, bits, named)
    except UnreadableImage:
        raise
    except pil.UnidentifiedImageError:
        said = "this is no picture that can be read"
        said += f", though it is named as {named}" if named else ""
        raise _unreadable(reference, said, "Look at the file.") from None
    except pil.DecompressionBombError as error:
        raise _unreadable(reference, str(error), "Make it smaller first.") from None
    except FAILURES as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unreadable(reference, f"the picture is damaged: {said}", "Fetch it again.") from None


FAILURES = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError,
    AttributeError, NotImplementedError, RuntimeError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What decoders raise when a file is not as they expect."""


def _item(reference: str, found: Reference, root: str | Path) -> Picture:
    """Return an item of an array, as a picture."""
    import numpy as np

    try:
        array = array_of(found.under(root), found.member)
    except (DataError, ConfigError) as error:
        raise _unreadable(reference, error.message, error.remedy) from None
    index = found.item or 0
    if array.ndim not in (3, 4) or index >= len(array):
        raise _unreadable(
            reference,
            f"the array of shape {array.shape} has no such picture",
            "Give (pictures, height, width) or (pictures, height, width, channels).",
        )
    values = np.asarray(array[index])
    if values.ndim == 3 and values.shape[2] not in (1, 3, 4):
        raise _unreadable(
            reference,
            f"a picture of shape {values.shape}",
            "Give 1, 3 or 4 channels, the last axis.",
        )
    absent = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
    if absent:
        raise _unreadable(
            reference,
            f"{absent:,} of {values.size:,} values are no numbers (NaN)",
            "Fill them, or leave the picture out.",
        )
    bits = 8
    if values.dtype == bool:
        values = values * np.uint8(BYTE)
    elif values.dtype != np.uint8:
        try:
            white = white_of(found.under(root), found.member)
        except DataError as error:
            raise _unreadable(reference, error.message, error.remedy) from None
        values, bits = as_bytes(values, white), 16 if white == DEEP else 8
    values = values[:, :, 0] if values.ndim == 3 and values.shape[2] == 1 else values
    image = _pillow().fromarray(np.ascontiguousarray(values))
    return Picture(_plain(image, reference, bits), "array", image.mode, bits=bits)


def header_channels(reference: str, root: str | Path = ".") -> int | None:
    """Return how many channels `pixels` will give, by what stands before the values.

    Parameters
    ----------
    reference, root : as for `pixels`

    Returns
    -------
    {1, 3} or None
        None where it cannot be read, as far as is seen before all of it is.
    """
    found = parsed(reference)
    path = found.under(root)
    try:
        if found.item is not None:
            shape = array_of(path, found.member).shape
            return 1 if len(shape) == 3 or shape[-1] == 1 else 3
        with _pillow().open(path) as image:
            return 1 if _is_grey(image.mode) else 3
    except (DataError, ConfigError, _pillow().DecompressionBombError, *FAILURES):
        return None


def _is_grey(mode: str) -> bool:
    """Tell whether pictures of a mode, in Pillow's words, have grey values only."""
    return mode in ("1", "L", "LA", "La") or mode.startswith(("I", "F"))


def _plain(image: Any, reference: str, bits: int) -> Any:
    """Return a picture as grey values of 8 bits, or as red, green and blue.

    What is white goes by the mode, never by the values of one picture: a dark one stays dark.
    """
    if image.mode in ("L", "RGB"):
        return image
    if image.mode.startswith(("I", "F")):
        import numpy as np

        values = np.asarray(image)
        white = UNIT if image.mode.startswith("F") else DEEP
        low, high = values.min(initial=0), values.max(initial=0)
        if (white == DEEP and bits != 16) or low < 0 or not high <= white:
            kind = "floats" if white == UNIT else f"{bits} bits"
            raise _unreadable(
                reference,
                f"values in {kind}, from {low:g} to {high:g}: which of them is white is not clear",
                "Store it with 8 or 16 bits, or as floats from 0 to 1.",
            )
        return _pillow().fromarray(as_bytes(values, white))
    return image.convert("L" if _is_grey(image.mode) else "RGB")


def _bits(image: Any) -> int:
    """Return the bits of a value, which Pillow tells of grey pictures by the mode alone."""
    if image.mode.startswith("I;16"):
        return 16
    raw = image.tile[0][3] if getattr(image, "tile", None) else ""
    raw = raw[0] if isinstance(raw, tuple) and raw else raw
    if ";16" in str(raw) or (image.mode == "I" and image.format in ("PNG", "PPM")):
        return 16
    return 32 if image.mode in ("I", "F") else 8


def _unreadable(reference: str, said: str, remedy: str) -> UnreadableImage:
    return UnreadableImage(said, place=reference, remedy=remedy)


@cache
def _pillow() -> Any:
    """Return Pillow with all of its formats: to load them while threads read is not safe."""
    image: Any = require("PIL.Image", "image")
    image.init()
    return image


@cache
def _named(suffix: str) -> str:
    """Return the format that a suffix stands for."""
    format = str(_pillow().registered_extensions().get(suffix, ""))
    return _SAME.get(format, format)
