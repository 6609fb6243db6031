"""Pictures that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import narwhals as nw
import numpy as np

from dataprep.engine import Arrays, Mapped
from dataprep.images.measures import told
from dataprep.images.viewing import viewed
from dataprep.stage import Change, Phase, State
from dataprep.stages.images.image_column import Looking
from dataprep.table import Table, hidden

_WHY = hidden("why no picture")


@dataclass(eq=False, repr=False)
class DropCorruptImages(Looking):
    """Reject rows whose picture cannot be read whole. Training rows only.

    There is no such file, it is empty, cut off, damaged, or no picture whatever its name says; the
    reason is in the ledger.

    Parameters
    ----------
    image : str, optional
        The column of pictures; by default the one with the role ``image``.
    image_root : str, optional
        The folder that relative paths start from; by default that of the list or of the folder
        that was read, and the current one for frames.
    also : sequence of {"extension", "animated", "16-bit", "cmyk"}, default=()
        What else is rejected though it can be read: a file whose name says another format, one of
        several frames, one of more than 8 bits, one of CMYK colours.

    Notes
    -----
    Put it before a split: rows that are held out are never dropped, and a picture that cannot be
    read would stop the training when the model is judged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from PIL import Image
    >>> photos = pd.DataFrame({"image": ["cat.png", "lost.png"], "label": ["cat", "dog"]})
    >>> with TemporaryDirectory() as folder:
    ...     Image.new("L", (4, 3)).save(f"{folder}/cat.png")
    ...     stage = DropCorruptImages(image="image", image_root=folder)
    ...     stage.fit_resample(photos)[0]["image"].tolist()
    ['cat.png']
    """

    also: Sequence[Literal["extension", "animated", "16-bit", "cmyk"]] = ()

    @property
    def phase(self) -> Phase:
        """Rows are dropped in training only."""
        return "training"

    def change(self, table: Table, state: State) -> Change:
        """Drop the rows of pictures that cannot be read, each with its reason."""
        image = self._present(table, state)
        function = partial(_reasons, image, self._root(table), tuple(self.also))
        return Change(
            drops={"unreadable": ~nw.col(_WHY).is_null()},
            reason={"unreadable": nw.col(_WHY)},
            mapped=Mapped([image], {_WHY: "text"}, function),
        )


def _reasons(image: str, root: str, also: tuple[str, ...], arrays: Arrays) -> dict[str, Any]:
    views = viewed(arrays[image].tolist(), root)
    reasons = [view.unreadable or told(view.odd, also) for view in views]
    return {_WHY: np.array([*reasons, None], dtype=object)[:-1]}
