"""Arrays of pictures as rows: IDX, NPY and NPZ files, with the labels that lie beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError, DataError, ReadError, did_you_mean
from dataprep.images.arrays import array_of, members_of
from dataprep.images.references import joined

_CHANNELS = (1, 3, 4)
"""Of pictures: grey, colour, colour and transparency."""
_PAIRS = (("images", "labels"), ("image", "label"), ("x", "y"), ("data", "labels"), ("X", "y"))
"""What arrays of pictures are called, and those of their labels."""

Rows = list[tuple[str | None, ...]]


def listed_array(path: Path, member: str | None) -> tuple[list[str], Rows, list[str]]:
    """List the pictures of a file, with their labels where there are any.

    Parameters
    ----------
    path : Path
        An IDX, NPY or NPZ file.
    member : str, optional
        The array of an NPZ file with several.

    Returns
    -------
    columns : list of str
    rows : list of tuple
    notes : list of str
    """
    try:
        if path.name.lower().endswith(".npz"):
            name, labels, notes = _in_archive(path, member)
            shape = members_of(path)[name]
            _refuse_channels_first(path, shape)
            count = shape[0]
            return _rows(path, count, labels, notes, name)
        if member is not None:
            raise ConfigError(f"{path} is no archive", place="member", remedy="Leave it out.")
        pictures = array_of(path)
        if pictures.ndim not in (3, 4):
            raise ReadError(
                f"an array of shape {pictures.shape} holds no pictures",
                place=str(path),
                remedy="Give the file of the pictures; that of the labels is found beside it."
                if pictures.ndim == 1
                else "Give (pictures, height, width), or one more axis for channels.",
            )
        _refuse_channels_first(path, pictures.shape)
        labels, notes = _beside(path)
        return _rows(path, len(pictures), labels, notes)
    except DataError as error:
        raise ReadError(error.message, place=error.place, remedy=error.remedy) from None


def _refuse_channels_first(path: Path, shape: tuple[int, ...]) -> None:
    """Raise for pictures as other libraries keep them, rather than reject each of them."""
    if len(shape) == 4 and shape[1] in _CHANNELS and shape[3] not in _CHANNELS:
        raise ReadError(
            f"an array of shape {shape} has its channels first",
            place=str(path),
            remedy="Put them last: array.transpose(0, 2, 3, 1).",
        )


def _rows(
    path: Path, count: int, labels: Any, notes: list[str], member: str | None = None
) -> tuple[list[str], Rows, list[str]]:
    if not count:
        raise ReadError("there are no pictures", place=str(path), remedy="Give a file with some.")
    references = [joined(path.name, i, member) for i in range(count)]
    if labels is None:
        return ["image"], [(reference,) for reference in references], notes
    values = labels.reshape(len(labels)) if labels.size == len(labels) else None
    if values is None or len(values) != count:
        raise ReadError(
            f"{count:,} pictures, and labels of shape {labels.shape}",
            place=str(path),
            remedy="Give one label a picture.",
        )
    texts = [v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist()]
    return ["image", "label"], list(zip(references, texts, strict=True)), notes


def _in_archive(path: Path, member: str | None) -> tuple[str, Any, list[str]]:
    """Return which array of an NPZ file holds the pictures, and its labels."""
    shapes = members_of(path)
    pictures = [name for name, shape in shapes.items() if len(shape) in (3, 4)]
    if member is not None and member not in pictures:
        raise ConfigError(
            f"no array of pictures {member!r} in {path}",
            place="member",
            remedy=did_you_mean(member, pictures),
        )
    if not pictures:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ReadError(
            f"no array holds pictures: {told or 'the file is empty'}",
            place=str(path),
            remedy="Give (pictures, height, width) or (pictures, height, width, channels).",
        )
    if member is None and len(pictures) > 1:
        told = ", ".join(f"{name} {shapes[name]}" for name in pictures)
        raise ReadError(
            f"{len(pictures)} arrays hold pictures: {told}",
            place=str(path),
            remedy=f"Choose one: --member {pictures[0]}.",
        )
    name = member or pictures[0]
    found = [other for other in _called(name) if other in shapes]
    if not found:
        return name, None, [f"no labels: none of {', '.join(_called(name))} is in the file"]
    return name, array_of(path, found[0]), []


def _beside(path: Path) -> tuple[Any, list[str]]:
    """Return the labels of an IDX or NPY file, from the file beside it that is called so."""
    names = [re.sub("idx[34]", "idx1", name) for name in _called(path.name)]
    plain = [name.removesuffix(".gz") for name in names]
    names = list(dict.fromkeys([*names, *plain, *(f"{name}.gz" for name in plain)]))
    for name in names:
        if name != path.name and (found := path.with_name(name)).is_file():
            return array_of(found), []
    return None, [f"no labels: there is no {names[0]} beside it" if names else "no labels"]


def _called(name: str) -> list[str]:
    """Return what the labels of an array may be called.

    Examples
    --------
    >>> _called("x_train"), _called("t10k-images-idx3-ubyte.gz")
    (['y_train'], ['t10k-labels-idx3-ubyte.gz'])
    """
    found = []
    for pictures, labels in _PAIRS:
        word = rf"(?<![A-Za-z]){pictures}(?![A-Za-z])"
        if re.search(word, name):
            found.append(re.sub(word, labels, name))
    return found
