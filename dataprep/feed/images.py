"""Pictures in ``tf.data``: from a batch of references to a batch of values, read in parallel."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.errors import DataError
from dataprep.images.arrays import array_of
from dataprep.images.loading import FAILURES, UnreadableImage, loaded
from dataprep.images.references import Reference, parsed
from dataprep.optional import require

if TYPE_CHECKING:
    from pathlib import Path

Size = tuple[int, int]
"""Height and width, in pixels."""

_REMEDY = "Let the stage drop_corrupt_images reject such rows first."
_ORIENTATION, _UPRIGHT = 0x0112, 1
_THREADS = max(2, min(8, os.cpu_count() or 1))
_MODES = {1: "L", 3: "RGB"}
_TOLD = re.compile(r"(?:UnreadableImage|DataError): (.+?)\s*(?:\nTraceback|\Z)", re.S)


def images_of(
    references: Any,
    *,
    root: str | Path,
    size: Size | None,
    channels: int,
    resize: bool = True,
    only_grey: bool = False,
) -> Any:
    """Return the pictures that a batch of references names; in a graph as well as eagerly.

    Map it over batches with ``num_parallel_calls``: decoding and resizing leave Python free to run
    the other calls. What comes out does not depend on their number.

    Parameters
    ----------
    references : tensor of string, shape (n,)
        Paths of files, or items of IDX, NPY and NPZ files; see `dataprep.images.loading.pixels`.
    root : path
        What paths are relative to.
    size : (height, width), optional
        Pictures are brought to it, bilinearly, by way of all pixels where they get smaller; a JPEG
        is decoded at a half, a quarter or an eighth of its size where that is still enough.
        Without it all pictures of a batch must be of one size.
    channels : {1, 3}
        Grey values, or red, green and blue; pictures are converted.
    resize : bool, default=True
        Whether pictures of another ``size`` are brought to it, or refused.
    only_grey : bool, default=False
        Whether pictures in colour are refused where there is one channel, or made grey.

    Returns
    -------
    tensor of float32, shape (n, height, width, channels)
        Values from 0 to 255.

    Raises
    ------
    tensorflow.errors.OpError
        While a batch is read, when a picture cannot be, or is to be refused. `told` gives the
        `DataError` in it, with the name of the picture and the remedy.
    """
    import tensorflow as tf

    asked: dict[str, Any] = {
        "size": size,
        "channels": channels,
        "resize": resize,
        "only_grey": only_grey,
    }
    read = partial(_read, root=root, **asked)
    values = tf.numpy_function(read, [references], tf.uint8, stateful=False)
    values.set_shape((references.shape[0], *(size or (None, None)), channels))
    return tf.cast(values, tf.float32)


def _read(names: np.ndarray, **wanted: Any) -> np.ndarray:
    return pictures_of([name.decode() for name in names], **wanted)


def pictures_of(
    references: Sequence[str],
    root: str | Path,
    size: Size | None,
    channels: int,
    resize: bool = True,
    only_grey: bool = False,
) -> np.ndarray:
    """Return pictures as an array of uint8; the parameters are those of `images_of`.

    Raises
    ------
    UnreadableImage
        When a picture cannot be read, with its name.
    DataError
        When pictures are of different sizes that are not to be resized, with the names of two; or
        one is in colour where all are to be grey.
    """
    items = _items(references, root, channels)
    if items is not None and (size is None or items.shape[1:3] == size):
        return items
    wanted, first = size, None
    if wanted is None and len(references):
        first = references[0]
        wanted = size_of(first, root)
    wanted = wanted or (0, 0)
    made = np.empty((len(references), *wanted, channels), "uint8")

    def read(reference: str) -> Any:
        picture = None
        if size and resize:
            picture = _reduced(reference, root, channels, wanted, only_grey=only_grey)
        picture = picture or _picture(reference, root, channels, only_grey=only_grey)
        width, height = picture.size
        if (height, width) != wanted:
            if size is None or not resize:
                raise _unequal(reference, (height, width), first, wanted)
            picture = picture.resize(wanted[::-1], _bilinear())
        return np.asarray(picture).reshape(*wanted, channels)

    # In threads of this call, which end with it: a batch of its own is then read in parallel too.
    with ThreadPoolExecutor(_THREADS) as pool:
        for i, values in enumerate(pool.map(read, references)):
            made[i] = values
    return made


def size_of(reference: str, root: str | Path) -> Size:
    """Return the height and the width of a picture."""
    width, height = _picture(reference, root, 1).size
    return height, width


def told(error: BaseException) -> DataError | None:
    r"""Return what TensorFlow's error says of a picture or a row, without the words around it.

    Examples
    --------
    >>> print(told(ValueError("2 root error(s) found: UnreadableImage: a.png: cut.\nTraceback")))
    a.png: cut.
    >>> told(ValueError("something else")) is None
    True
    """
    found = _TOLD.search(str(error))
    return DataError(found[1]) if found else None


@contextmanager
def in_words() -> Iterator[None]:
    """Raise what TensorFlow meets in the rows it reads as the `DataError` that is in its words."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        found = told(error)
        if found is None:
            raise
        raise found from None


def _items(references: Sequence[str], root: str | Path, channels: int) -> np.ndarray | None:
    """Return items of arrays, gathered at once; None for what must be looked at one by one."""
    groups: dict[Reference, tuple[list[int], list[int]]] = {}
    for row, reference in enumerate(references):
        found = parsed(reference)
        if found.item is None:
            return None
        rows, places = groups.setdefault(found._replace(item=None), ([], []))
        rows.append(row)
        places.append(found.item)
    parts = [(rows, places, _bytes_of(file, root)) for file, (rows, places) in groups.items()]
    shapes: set[tuple[int, ...]] = {
        () if array is None else array.shape[1:] for _, _, array in parts
    }
    if len(shapes) != 1 or () in shapes:
        return None
    shape = shapes.pop()
    if shape[2] != channels or any(max(places) >= len(array) for _, places, array in parts):
        return None
    made = np.empty((len(references), *shape), "uint8")
    for rows, places, array in parts:
        made[rows] = array[places]
    return made


def _bytes_of(file: Reference, root: str | Path) -> Any:
    """Return an array of (pictures, height, width, channels) in bytes; None where it is none."""
    try:
        array = array_of(file.under(root), file.member)
    except DataError:
        # The picture is named where it is read.
        return None
    if array.dtype != np.uint8 or array.ndim not in (3, 4):
        return None
    return array if array.ndim == 4 else array[..., None]


def _picture(reference: str, root: str | Path, channels: int, *, only_grey: bool = False) -> Any:
    try:
        image = loaded(reference, root).image
    except UnreadableImage as error:
        raise UnreadableImage(error.message, place=error.place, remedy=_REMEDY) from None
    if only_grey and channels == 1 and image.mode != _MODES[1]:
        raise DataError(
            "it is in colour, and the pictures that were looked at are grey",
            place=reference,
            remedy="Say channels=3; or channels=1, which makes it grey.",
        )
    return image.convert(_MODES[channels])


def _reduced(
    reference: str, root: str | Path, channels: int, size: Size, *, only_grey: bool = False
) -> Any:
    """Return a JPEG decoded at a part of its size that is no smaller than the one asked for.

    None for what is no plain JPEG, damaged or to be refused: that is read in the usual way.
    """
    found = parsed(reference)
    if found.item is not None:
        return None
    pil = require("PIL.Image", "image")
    try:
        with pil.open(found.under(root), formats=["JPEG"]) as image:
            plain = image.mode == "L" or (image.mode == "RGB" and not only_grey)
            if not plain or image.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT:
                return None
            image.draft(image.mode, size[::-1])
            return image.convert(_MODES[channels])
    except (*FAILURES, pil.DecompressionBombError):
        return None


def _bilinear() -> Any:
    return require("PIL.Image", "image").Resampling.BILINEAR


def _unequal(reference: str, size: Size, first: str | None, wanted: Size) -> DataError:
    """Return an error for a picture that is of another size; sizes are told as width x height."""
    other = f"{first} is" if first is not None else "the first ones are"
    return DataError(
        f"it is {size[1]} x {size[0]} pixels, {other} {wanted[1]} x {wanted[0]}",
        place=reference,
        remedy="Give image_size=(height, width), to which all are brought.",
    )
