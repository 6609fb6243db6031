"""Pictures that repeat another one, resized or compressed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Le

from dataprep.images.hashes import TURNED
from dataprep.images.near import near_pairs, repeated
from dataprep.images.viewing import View, viewed
from dataprep.stage import Change, Phase, State
from dataprep.stages.images.image_column import Looking
from dataprep.stages.protected import part_column, protected_rows
from dataprep.table import ROW, Table

_SPLIT = "image_duplicates.split"
_FEW = 10
"""So many may be of one class by chance."""


@dataclass(eq=False, repr=False)
class ImageDuplicates(Looking):
    """Reject pictures that are nearly the same as another one. Training rows only.

    They are found by perceptual hashes, whatever their size, proportions or compression, and
    confirmed by a coloured thumbnail. Cropped pictures, and those turned by an odd angle, are not
    found.

    Parameters
    ----------
    image : str, optional
        The column of pictures; by default the one with the role ``image``.
    image_root : str, optional
        The folder that relative paths start from; by default that of the list or of the folder
        that was read, and the current one for frames.
    max_distance : int, default=6
        In how many of 64 bits two hashes may differ.
    min_correlation : float, default=0.98
        How much two thumbnails of 16 by 16 pixels in three colours must correlate; -1 leaves it to
        the hashes alone.
    hash : {"phash", "dhash"}, default="phash"
        By frequencies (a cosine transform), or by where it gets brighter from left to right.
    flips : bool, default=False
        Whether a picture that is mirrored or turned by quarter turns repeats its original.
    keep : {"largest", "first"}, default="largest"
        Which one stays: that of the most pixels, the first among equals, or the first row.
    split : str, optional
        The column that says in which part a row is; by default the one with the role ``split``.
        Rows that are not in ``train`` are never dropped; their copies in ``train`` are. So put it
        before a stage ``split``: behind one, only the rows for training are compared.

    Notes
    -----
    Each rejected picture is near to the one that stays, not merely to another rejected one: chains
    of pictures that fade into each other do not vanish. All pairs are found that the hashes allow,
    without comparing all: hashes that differ in few bits agree wholly in one of a few bands.

    Put it before a split, so that no picture is in two parts. Pictures that cannot be read are
    left alone.

    References
    ----------
    C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010.

    G. S. Manku, A. Jain and A. Das Sarma, "Detecting near-duplicates for web crawling", WWW 2007:
    the bands.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from PIL import Image
    >>> photos = pd.DataFrame({"image": ["small.png", "large.png"]})
    >>> with TemporaryDirectory() as folder:
    ...     picture = Image.radial_gradient("L")
    ...     picture.save(f"{folder}/large.png")
    ...     picture.resize((64, 64)).save(f"{folder}/small.png")
    ...     stage = ImageDuplicates(image="image", image_root=folder)
    ...     stage.fit_resample(photos)[0]["image"].tolist()
    ['large.png']
    """

    max_distance: Annotated[int, Ge(0), Le(20)] = 6
    min_correlation: Annotated[float, Ge(-1), Le(1)] = 0.98
    hash: Literal["phash", "dhash"] = "phash"
    flips: bool = False
    keep: Literal["largest", "first"] = "largest"
    split: str | None = None

    @property
    def phase(self) -> Phase:
        """Whether a picture repeats another depends on the other rows: a matter of training."""
        return "training"

    def learn(self, table: Table) -> State:
        """Return the column that names pictures, and the one that tells parts."""
        return {**super().learn(table), "split": part_column(table, self.split, _SPLIT)}

    def change(self, table: Table, state: State) -> Change:
        """Drop the pictures that repeat one that stays."""
        image = self._present(table, state)
        arrays = table.matrix([image])
        order = np.argsort(arrays[ROW], kind="stable")
        rows, references = arrays[ROW][order], arrays[image][order].tolist()
        views = viewed(references, self._root(table))
        seen = [i for i, view in enumerate(views) if view.grey is not None]
        held = protected_rows(table, state["split"], _SPLIT)[seen]
        gone = self._repeated([views[i] for i in seen], held) if seen else {}
        numbers, reasons = [], []
        for other in sorted(gone):
            kept, distance, way = gone[other]
            i, j = seen[other], seen[kept]
            numbers.append(int(rows[i]))
            other_one = f"{references[j]} (row {rows[j]})"
            reasons.append(_reason(views[i], views[j], other_one, distance, way))
        notes = [f"{len(seen):,} pictures compared, {len(gone):,} repeat another"]
        if not gone:
            return Change(notes=notes)
        notes += _labels(table, numbers, [int(rows[seen[gone[o][0]]]) for o in sorted(gone)])
        listed = {ROW: np.array(numbers), "reason": np.array(reasons, dtype=object)}
        return Change(rows=table.engine.listed(listed), notes=notes)

    def _repeated(self, views: Sequence[View], held: np.ndarray) -> dict[int, tuple[int, int, int]]:
        """Return by the place of a picture that goes which one stays, how near, and how turned."""
        pairs = near_pairs(
            np.stack([view.grey for view in views if view.grey is not None]),
            np.stack([view.colours for view in views if view.colours is not None]),
            max_distance=self.max_distance,
            min_correlation=self.min_correlation,
            hash=self.hash,
            flips=self.flips,
        )
        rank = np.arange(len(views))
        if self.keep == "largest":
            sizes = [m.width * m.height for m in (view.measures for view in views) if m is not None]
            rank[np.argsort(-np.array(sizes), kind="stable")] = np.arange(len(views))
        return repeated(pairs, rank, held)


def _reason(view: View, kept: View, named: str, distance: int, way: int) -> str:
    if view.digest == kept.digest:
        return f"the same pixels as {named}"
    turned = f", {TURNED[way]}" if way else ""
    return f"{distance} of 64 bits from {named}{turned}"


def _labels(table: Table, gone: Sequence[int], kept: Sequence[int]) -> list[str]:
    """Return a word on pictures that repeat one with another label, where there are any."""
    target = next(iter(table.of_role("target")), None)
    if target is None:
        return []
    arrays = table.matrix([target])
    label = dict(zip(arrays[ROW].tolist(), arrays[target].tolist(), strict=True))
    told = _one_sided([label[row] for row in gone], [*label.values()])
    differ = [a for a, b in zip(gone, kept, strict=True) if label[a] != label[b]]
    if not differ:
        return told
    said = f"{len(differ):,} of them have another {target!r} than the one that stays"
    return [*told, f"{said}: look at row {differ[0]}"]


def _one_sided(gone: Sequence[Any], labels: Sequence[Any]) -> list[str]:
    """Return a word on a class that most of what goes is of, though few of all rows are.

    Examples
    --------
    >>> _one_sided(["1"] * 12, ["1"] * 20 + ["2"] * 30)[0][:30]
    "12 of the 12 are of '1': small"
    """
    label, most = Counter(gone).most_common(1)[0]
    if most < _FEW or most < 0.8 * len(gone) or labels.count(label) > 0.5 * len(labels):
        return []
    return [
        f"{most:,} of the {len(gone):,} are of {label!r}: small, plain pictures of a class may be "
        "near without being copies; look at some, or raise min_correlation"
    ]
