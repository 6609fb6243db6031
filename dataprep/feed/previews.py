"""A contact sheet: pictures beside the looks that training will see, as one PNG file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep import draw
from dataprep.arrays import library_of
from dataprep.errors import ConfigError, DataError
from dataprep.feed.asking import check_size, check_training_only
from dataprep.feed.channels import channels_of
from dataprep.feed.images import Size, pictures_of
from dataprep.feed.sources import opened
from dataprep.files import working_folder
from dataprep.images.loading import UnreadableImage
from dataprep.optional import require
from dataprep.stages.augment.image_augment import ImageAugment
from dataprep.table import Table

if TYPE_CHECKING:
    from dataprep.feed.rows import Rows

_CELL = 128
"""The least height of a picture on the sheet; smaller ones are shown enlarged."""
_LARGEST = 256
"""The longer side, where pictures are larger and no size is asked for."""
_MOST_PIXELS = 2**26
"""Of a sheet; more take minutes, and gigabytes."""
_GAP, _HEAD, _LINE = 4, 24, 15
_FONT = 12
_PAPER, _INK = 255, 0
_TRIED = 50
"""How many unreadable pictures are passed by for each one that is shown."""


def preview(
    source: Any,
    augment: ImageAugment,
    path: str | Path = "preview.png",
    *,
    target: str | None = None,
    rows: int = 8,
    copies: int = 7,
    split: str = "train",
    image: str | None = None,
    image_root: str | Path | None = None,
    image_size: Size | None = None,
    epoch: int = 0,
    seed: int = 0,
) -> Path:
    """Write a PNG of originals beside what they look like in epoch 0, 1, 2, ...

    The looks are those that `dataprep.feed.dataset` gives with the same ``augment`` and ``seed``.
    Only what MixUp and CutMix take as partners differs: the pictures of the sheet.

    Parameters
    ----------
    source : frame, Result, Table or path
        As of `dataprep.feed.dataset`.
    augment : ImageAugment
    path : path, default="preview.png"
        Where to write; a file that is there is replaced.
    target : str, optional
        The column of classes, from each of which pictures are shown.
    rows : int, default=8
        How many pictures.
    copies : int, default=7
        How many epochs.
    split : str, default="train"
    image, image_root, image_size
        As of `dataprep.feed.dataset`. By default pictures are brought to the size of the first one,
        and to at most 256 pixels.
    epoch : int, default=0
        The first epoch that is shown.
    seed : int, default=0

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ConfigError
        When ``augment`` is none, there is no column of pictures, the sheet would be too large, or
        pictures that are held out would be augmented.
    DataError
        When none of the pictures can be read.
    """
    check_size(image_size)
    check_training_only(split, None, augment)
    require("tensorflow", "tensorflow")
    require("PIL", "image")
    if not isinstance(augment, ImageAugment):
        raise ConfigError(
            f"{augment!r} is no ImageAugment",
            place="augment",
            remedy="Give e.g. dp.ImageAugment(rotation_range=20).",
        )
    for name, value in (("rows", rows), ("copies", copies)):
        if value < 1:
            raise ConfigError(f"{value!r} is less than 1", place=name, remedy="Give 1 or more.")
    frame = library_of(source) is not None
    if image is None and (frame or (isinstance(source, Table) and not source.of_role("image"))):
        raise _no_pictures()
    found = opened(
        source, target=target, split=split, columns=[], image=image, image_root=image_root
    )
    if found.image is None:
        raise _no_pictures()
    places, names, size = _shown(found, rows, image_size)
    if (pixels := len(names) * (copies + 1) * size[0] * size[1]) > _MOST_PIXELS:
        raise ConfigError(
            f"the sheet would have {pixels:,} pixels, more than {_MOST_PIXELS:,}",
            place="image_size",
            remedy="Give a smaller (height, width), or fewer rows and copies.",
        )
    originals = pictures_of(names, found.image_root, size, channels_of(found).number)
    labels = None if found.target is None else found.labels(places)
    classes = found.classes
    augmenter = augment.augmenter(len(classes) if classes else None, classes=classes, seed=seed)
    keys = found.keys(places)
    columns = [originals]
    for number in range(epoch, epoch + copies):
        looks, _ = augmenter(originals, keys, number, labels)
        columns.append(np.asarray(np.rint(looks.numpy()).clip(0, 255), dtype="uint8"))
    heads = ["original", *(f"epoch {number}" for number in range(epoch, epoch + copies))]
    told = [[str(_class_of(found, label))] for label in ([] if labels is None else labels)]
    sides = [[*(told[i] if told else []), Path(name).name] for i, name in enumerate(names)]
    return _written(Path(path), _sheet(columns, heads, sides))


def _no_pictures() -> ConfigError:
    return ConfigError(
        "there is no column of pictures",
        place="image",
        remedy="Name it: image='...' here, --image of a command, or image: in YAML.",
    )


def _class_of(rows: Rows, label: Any) -> Any:
    return rows.classes[int(label)] if rows.classes else label


def _shown(rows: Rows, count: int, size: Size | None) -> tuple[np.ndarray, list[str], Size]:
    """Return which pictures are shown: readable ones, class by class; and their size."""
    names: list[str] = []
    places: list[int] = []
    assert rows.image is not None  # noqa: S101 - the caller has looked
    for place in _in_turns(rows)[: count * _TRIED]:
        name = str(rows.take(np.array([place]))[rows.image][0])
        try:
            picture = pictures_of([name], rows.image_root, size, 3)
        except UnreadableImage:
            continue
        size = size or _bounded(picture.shape[1], picture.shape[2])
        names.append(name)
        places.append(int(place))
        if len(names) == count:
            break
    if size is None or not names:
        raise DataError(
            "none of the pictures can be read",
            place=rows.image,
            remedy="Check the folder that they are in: image_root=...",
        )
    return np.array(places, dtype="int64"), names, size


def _in_turns(rows: Rows) -> np.ndarray:
    """Return all positions, drawn without replacement, one of each class in turn."""
    positions = np.arange(rows.height)
    drawn = draw.order(positions, 0, "preview").argsort(kind="stable")
    if rows.classes is None:
        return np.asarray(drawn)
    codes = rows.labels(drawn)
    turn = np.empty(len(codes), dtype="int64")
    for code in range(len(rows.classes)):
        turn[codes == code] = np.arange((codes == code).sum())
    return np.asarray(drawn[np.lexsort((codes, turn))])


def _bounded(height: int, width: int) -> Size:
    """Return a size of the same shape whose longer side is at most 256 pixels."""
    scale = min(1.0, _LARGEST / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _sheet(columns: Sequence[np.ndarray], heads: list[str], sides: list[list[str]]) -> Any:
    """Return a picture of pictures: a row for each original, a column for each epoch."""
    pil = require("PIL.Image", "image")
    drawing = require("PIL.ImageDraw", "image")
    font = require("PIL.ImageFont", "image").load_default(_FONT)
    height, width = columns[0].shape[1:3]
    times = max(1, -(-_CELL // height))
    height, width = height * times, width * times
    margin = 2 * _GAP + max(int(font.getlength(line)) for side in sides for line in side)
    whole = (
        margin + len(columns) * (width + _GAP),
        _HEAD + len(sides) * (height + _GAP),
    )
    sheet = pil.new("RGB", whole, (_PAPER,) * 3)
    pen = drawing.Draw(sheet)
    for i, (pictures, head) in enumerate(zip(columns, heads, strict=True)):
        left = margin + i * (width + _GAP)
        pen.text((left, _GAP), head, (_INK,) * 3, font)
        for j, picture in enumerate(pictures):
            coloured = np.broadcast_to(picture, (*picture.shape[:2], 3))
            shown = pil.fromarray(np.ascontiguousarray(coloured)).resize(
                (width, height), pil.Resampling.NEAREST
            )
            sheet.paste(shown, (left, _HEAD + j * (height + _GAP)))
    for j, side in enumerate(sides):
        for k, line in enumerate(side):
            pen.text((_GAP, _HEAD + j * (height + _GAP) + k * _LINE), line, (_INK,) * 3, font)
    return sheet


def _written(path: Path, sheet: Any) -> Path:
    """Write a picture beside its place, and rename it there."""
    with working_folder(path.parent, path) as folder:
        draft = folder / "sheet.png"
        sheet.save(draft, "PNG")
        draft.replace(path)
    return path
