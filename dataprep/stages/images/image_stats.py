"""Measures of pictures as columns, which the ordinary stages then treat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Arrays, Mapped
from dataprep.images.hashes import phash
from dataprep.images.measures import told
from dataprep.images.viewing import View, viewed
from dataprep.kinds import Kind
from dataprep.stage import Change, State
from dataprep.stages.images.image_column import Looking
from dataprep.table import Table, hidden, steady

_MEASURED: dict[str, Kind] = {
    "width": "integer", "height": "integer", "channels": "integer", "mean": "float",
    "std": "float", "sharpness": "float", "near_black": "float", "near_white": "float",
    "frames": "integer", "format": "category", "mode": "category", "hash": "identifier",
    "problem": "text",
}  # fmt: skip


@dataclass(eq=False, repr=False)
class ImageStats(Looking):
    """Measure the picture of each row, so that other stages can treat its measures.

    It adds the columns ``image_width``, ``image_height`` and ``image_channels`` (1 or 3);
    ``image_mean`` and ``image_std`` of all values, in [0, 255]; ``image_sharpness``, the variance
    of the Laplacian; ``image_near_black`` and ``image_near_white``, the shares of grey pixels at
    most 10 and at least 245; ``image_frames``; ``image_format`` and ``image_mode``, how it is
    stored; ``image_hash``, a perceptual hash of 64 bits as 16 digits; and ``image_problem``: why it
    cannot be read, or what is odd about it (a suffix of another format, several frames, 16 bits,
    CMYK), missing where nothing is.

    Parameters
    ----------
    image : str, optional
        The column of pictures; by default the one with the role ``image``.
    image_root : str, optional
        The folder that relative paths start from; by default that of the list or of the folder
        that was read, and the current one for frames.
    prefix : str, default="image_"
        What the names of the added columns begin with.
    features : bool, default=False
        Whether the measures are features of a model. By default they have the role ``measure``:
        stages treat them where they are named, and no selection by kind chooses them.

    Notes
    -----
    Each picture is read whole and turned as its EXIF orientation says, by several threads; the
    stages after this one do not read it again. Of a picture that cannot be read all measures are
    missing, and `DropCorruptImages` rejects its row. Sharpness depends on size: compare pictures of
    one size by it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from PIL import Image
    >>> photos = pd.DataFrame({"image": ["grey.png", "lost.png"]})
    >>> with TemporaryDirectory() as folder:
    ...     Image.new("L", (4, 3), 200).save(f"{folder}/grey.png")
    ...     found = ImageStats(image="image", image_root=folder).fit_transform(photos)
    >>> found["image_mean"].tolist(), found["image_problem"].str[:12].tolist()[1]
    ([200.0, nan], 'no such file')
    >>> ImageStats().fit(photos)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: image_stats.image: no column holds pictures. Name it: --image ...
    """

    prefix: str = "image_"
    features: bool = False

    def change(self, table: Table, state: State) -> Change:
        """Add the measures of each row's picture."""
        image = self._present(table, state)
        makes = {hidden(f"image {name}"): kind for name, kind in _MEASURED.items()}
        mapped = Mapped([image], makes, partial(_measured, image, self._root(table)))
        names = {name: f"{self.prefix}{name}" for name in _MEASURED}
        return Change(
            adds={
                names[name]: (nw.col(hidden(f"image {name}")), kind)
                for name, kind in _MEASURED.items()
            },
            roles={} if self.features else dict.fromkeys(names.values(), "measure"),
            mapped=mapped,
        )


def _measured(image: str, root: str, arrays: Arrays) -> dict[str, Any]:
    """Return the measures of a batch of pictures."""
    views = viewed(arrays[image].tolist(), root)
    found: dict[str, list[Any]] = {name: [] for name in _MEASURED}
    for view in views:
        for name in _MEASURED:
            found[name].append(_measure(view, name))
    found["hash"] = _hashes(views)
    return {
        hidden(f"image {name}"): np.array(
            [*values, None], dtype=object if kind not in ("integer", "float") else "float64"
        )[:-1]
        for (name, kind), values in zip(_MEASURED.items(), found.values(), strict=True)
    }


def _measure(view: View, name: str) -> Any:
    if name == "problem":
        return view.unreadable or told(view.odd)
    if view.measures is None:
        return None
    if name in ("format", "mode", "frames"):
        return getattr(view, name)
    value = getattr(view.measures, name, None)
    return steady(value) if isinstance(value, float) else value


def _hashes(views: list[View]) -> list[str | None]:
    """Return perceptual hashes, all of them computed at once."""
    found: list[str | None] = [None] * len(views)
    seen = [(i, view.grey) for i, view in enumerate(views) if view.grey is not None]
    if seen:
        for (i, _), bits in zip(seen, phash(np.stack([g for _, g in seen])).tolist(), strict=True):
            found[i] = f"{bits:016x}"
    return found
